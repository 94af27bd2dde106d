/** How far the workers are behind. */
export interface QueueDepth {
  /** Steps that wait for a worker, those of the pause between two tries not among them. */
  readonly waiting: number;
  /** Steps that a worker is at. */
  readonly active: number;
  /** Steps that failed and wait to be tried again; counted up to a thousand. */
  readonly retried: number;
  /** Age of the step that has waited longest, in milliseconds. */
  readonly oldestMs: number;
}

/** What can be known about the queue from outside. */
export abstract class QueueProbe {
  /** @throws StoreUnavailableError soon, when the queue's Redis is away */
  abstract ping(): Promise<void>;

  /** @throws StoreUnavailableError soon, when the queue's Redis is away */
  abstract depth(): Promise<QueueDepth>;
}
