/** The state of the queue. */
export interface QueueDepth {
  /** Steps that wait for a worker, not counting those that pause before a retry. */
  readonly waiting: number;
  /** Steps that are being processed. */
  readonly active: number;
  /** Failed steps that wait for a retry; counted up to a thousand. */
  readonly retried: number;
  /** Age of the step that has waited longest, in milliseconds. */
  readonly oldestMs: number;
}

/** The queue as seen from outside. */
export abstract class QueueProbe {
  /** @throws StoreUnavailableError soon, if Redis is unreachable */
  abstract ping(): Promise<void>;

  /** @throws StoreUnavailableError soon, if Redis is unreachable */
  abstract depth(): Promise<QueueDepth>;
}
