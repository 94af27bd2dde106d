import type { CarriedItem, EarlierCopy } from '../destination-copies.js';
import type { Checksums, DriveItem } from '../ports/drive.js';
import type { CopyMethod } from '../model/items.js';
import type { Fallback } from '../model/reasons.js';

/** One item to copy. */
export interface CopyJob {
  readonly item: CarriedItem;
  /** The destination folder. */
  readonly parentId: string;
  readonly earlier: EarlierCopy;
}

/** What a strategy made. Nothing of it is verified yet. */
export interface Made {
  readonly copy: DriveItem;
  readonly way: CopyMethod;
  /** Of the bytes that were sent. */
  readonly computed?: Checksums;
  /** What the copy lacks, in words. */
  readonly lossy?: readonly string[];
}

/** One method of copying an item. The attempt loop tries the strategies in order. */
export interface CopyStrategy {
  /** Whether items like this can be copied so. */
  suits(item: CarriedItem): boolean;
  /**
   * Makes one copy, without a second attempt: what fails is tried again by the attempt loop.
   * @throws CannotCopyError where only this strategy is ruled out
   */
  copy(job: CopyJob, signal: AbortSignal): Promise<Made>;
}

/** An item can't be copied by this strategy; the next one may work (rclone: `fs.ErrorCantCopy`). */
export class CannotCopyError extends Error {
  constructor(
    readonly fallback: Fallback,
    /** What Google refused, if it was requested. */
    override readonly cause?: unknown,
  ) {
    super(`not by this strategy: ${fallback}`);
  }
}
