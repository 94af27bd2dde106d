import { DelayedError } from 'bullmq';

/** Milliseconds after which a job that was held back returns at the earliest. */
const MIN_HELD_MS = 500;
/** Milliseconds between two returning jobs, so that many of them cost little. */
const RETURN_INTERVAL_MS = 50;

/** What is needed of BullMQ's `Job`. */
export interface ReturnableJob {
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
  promote(): Promise<void>;
}

/**
 * Divides the concurrent jobs of a process between their owners (accounts, or webhooks), and one more owner: so the next
 * owner finds a free place although jobs in progress may take minutes.
 */
export class FairShare {
  private readonly underWay = new Map<string, number>();
  /** The jobs held back for each owner, in the order in which they return. */
  private readonly heldBack = new Map<string, { readonly job: ReturnableJob; readonly returnsAt: number }[]>();
  private nextReturn = -Infinity;

  /**
   * @param places concurrent jobs of the process
   * @param onError called if a held-back job could not be promoted; it then returns at its time
   */
  constructor(
    private readonly places: number,
    private readonly onError: (error: unknown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Runs `work` in a place of the owner. If the owner has its share already, the job is delayed, and starts as soon as
   * one of the owner's jobs ends, or at a set time in any process.
   * @param token of BullMQ, for the lock of the job
   * @throws DelayedError if the job was delayed, as BullMQ expects
   */
  async run(owner: string, job: ReturnableJob, token: string | undefined, work: () => Promise<void>): Promise<void> {
    if (!this.takePlace(owner)) {
      await job.moveToDelayed(this.holdBack(owner, job), token);
      throw new DelayedError();
    }
    try {
      await work();
    } finally {
      void this.leavePlace(owner)?.promote().catch(this.onError);
    }
  }

  private takePlace(owner: string): boolean {
    const own = this.underWay.get(owner) ?? 0;
    const others = this.underWay.size - (own > 0 ? 1 : 0);
    if (own >= Math.max(1, Math.floor(this.places / (others + 2)))) return false;
    this.underWay.set(owner, own + 1);
    return true;
  }

  /** @returns a held-back job of the owner, which need not wait any longer */
  private leavePlace(owner: string): ReturnableJob | undefined {
    const left = (this.underWay.get(owner) ?? 0) - 1;
    if (left > 0) this.underWay.set(owner, left);
    else this.underWay.delete(owner);
    const now = this.now();
    const waiting = (this.heldBack.get(owner) ?? []).filter(({ returnsAt }) => returnsAt > now);
    const next = waiting.shift();
    if (waiting.length > 0) this.heldBack.set(owner, waiting);
    else this.heldBack.delete(owner);
    return next?.job;
  }

  /** @returns when the job returns at the latest (ms) */
  private holdBack(owner: string, job: ReturnableJob): number {
    this.nextReturn = Math.max(this.now() + MIN_HELD_MS, this.nextReturn + RETURN_INTERVAL_MS);
    const waiting = this.heldBack.get(owner) ?? [];
    this.heldBack.set(owner, [...waiting, { job, returnsAt: this.nextReturn }]);
    return this.nextReturn;
  }
}
