/** Where BullMQ keeps a queue: its key of the active jobs, and what each key of a job begins with. */
export interface QueueKeys {
  readonly active: string;
  readonly prefix: string;
}

/** Which workers live, and the jobs of those that do not. Each worker has BullMQ's id: its locks begin with that. */
export abstract class WorkerStore {
  /**
   * Notes that a worker lives, by the store's clock.
   * @returns those that have not said so for `silenceMs`
   */
  abstract beat(worker: string, silenceMs: number): Promise<string[]>;

  /**
   * Hands the locks of a dead worker's jobs over, so that one heir alone puts them back. Each such job counts as stalled.
   * One that has stalled more than `maxStalls` times keeps its lock: BullMQ drops it once that expires.
   * @param heir the lock token that the jobs get
   * @returns ids of the jobs that have this token now
   */
  abstract inherit(queue: QueueKeys, worker: string, heir: string, maxStalls: number): Promise<string[]>;

  /** The jobs of a dead worker are back in the queue. */
  abstract forget(worker: string): Promise<void>;
}
