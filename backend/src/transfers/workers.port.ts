/** BullMQ's keys of a queue: that of the active jobs, and the prefix of each job's keys. */
export interface QueueKeys {
  readonly active: string;
  readonly prefix: string;
}

/** Which workers are alive, and the jobs of dead ones. Workers have BullMQ's ids, with which their locks begin. */
export abstract class WorkerStore {
  /**
   * Records a worker's heartbeat, with the store's clock.
   * @returns workers without a heartbeat for `silenceMs`
   */
  abstract beat(worker: string, silenceMs: number): Promise<string[]>;

  /**
   * Transfers the locks of a dead worker's jobs to an heir, so that only one process returns them to the queue. Each
   * such job counts as stalled. A job that has stalled more than `maxStalls` times keeps its lock, and BullMQ drops it
   * when that expires.
   * @param heir the new lock token of the jobs
   * @returns ids of the jobs that now have this token
   */
  abstract inherit(queue: QueueKeys, worker: string, heir: string, maxStalls: number): Promise<string[]>;

  /** Forgets a dead worker, whose jobs are back in the queue. */
  abstract forget(worker: string): Promise<void>;
}
