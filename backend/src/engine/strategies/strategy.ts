import type { ItemToCopy, EarlierCopy } from '../destination-copies.js';
import type { Checksums, DriveItem } from '../ports/drive.js';
import type { CopyMethod } from '../model/items.js';
import type { Fallback } from '../model/reasons.js';

/** One item to copy. */
export interface CopyJob {
  readonly item: ItemToCopy;
  /** The destination folder. */
  readonly parentId: string;
  readonly earlier: EarlierCopy;
}

/** The copy that a strategy made; not verified yet. */
export interface MadeCopy {
  readonly copy: DriveItem;
  readonly way: CopyMethod;
  /** Checksums of the bytes sent. */
  readonly computed?: Checksums;
  /** What the copy lacks, as text for people. */
  readonly lossy?: readonly string[];
}

/** A method of copying an item. The attempt loop tries the strategies in order. */
export interface CopyStrategy {
  /** Whether this strategy can copy such an item. */
  suits(item: ItemToCopy): boolean;
  /**
   * Makes one copy. Reading and sending may resume where they broke off; only the attempt loop begins an item again.
   * @throws CannotCopyError if another strategy may work
   */
  copy(job: CopyJob, signal: AbortSignal): Promise<MadeCopy>;
}

/** This strategy can't copy the item; the next one may (rclone: `fs.ErrorCantCopy`). */
export class CannotCopyError extends Error {
  constructor(
    readonly fallback: Fallback,
    /** Google's refusal, if it was asked. */
    override readonly cause?: unknown,
  ) {
    super(`not by this strategy: ${fallback}`);
  }
}
