import type { ItemCode } from '../errors.js';
import type { CopyMethod } from './items.js';

/** A count that may have been cut off. */
export interface Counted {
  readonly items: number;
  /** There are more than these. */
  readonly isMore: boolean;
}

/** What the planning found out about the whole; grows while it counts. */
export interface PlanFacts {
  /** Items and bytes by the way they will probably take. */
  readonly forecast: Readonly<Partial<Record<CopyMethod | 'none', { readonly items: number; readonly bytes: number }>>>;
  /** Items that can't be copied, or only with loss, by reason code. Each is found again by `predicted`. */
  readonly problems: Readonly<Partial<Record<ItemCode, number>>>;
  /** Items outside the plan that shortcuts point at, and that are too many to be checked; missing when there are none. */
  readonly targetsUnasked?: number;
  /** What a person decides by. Missing in plans of earlier versions. */
  readonly tallied?: {
    readonly folders: number;
    /** Items that belong to others than the source account. */
    readonly foreign: number;
    /** Items whose original a move would put into the trash, if each copy is verified. */
    readonly movable: number;
    /** Docs editors files that are carried only with loss, whether it was allowed or not. */
    readonly convertible: { readonly items: number; readonly bytes: number };
    /** Items that will lie in the target folder itself, or in the new one that is made in it. */
    readonly top?: number;
  };
  /** What the second listing found different from the first; it is in the plan. */
  readonly changedMeanwhile: { readonly added: number; readonly removed: number };
  /** Items that the filter left out. */
  readonly filteredOut: number;
  readonly deepest: number;
  readonly largestFolder: { readonly path: string; readonly children: number } | null;
  /** Names met in the target folder, of items that will be skipped or put in place of others. */
  readonly conflicts: { readonly skipped: number; readonly replaced: number; readonly merged: number };
  /** Of the destination, when it was planned: bytes; null where the drive states no limit. */
  readonly space: { readonly limit: number | null; readonly used: number } | null;
  /** What the target folder, and the shared drive that it lies in, held when it was counted; missing where not counted. */
  readonly holds?: { readonly folder?: Counted; readonly drive?: Counted };
  /** Id of the top of the source's My Drive, where all that lies in it was chosen: each item of it is one of the plan's tops. */
  readonly topId?: string;
  /** Where the source's list of changes continues, by shared drive (`''`: My Drive): what a delta run reads. */
  readonly changesFrom: Readonly<Record<string, string>>;
  /** Items of the plan when it was last complete; what comes after belongs to a delta run that was broken off. */
  readonly complete?: number;
  /** Epoch milliseconds. */
  readonly plannedAt: number;
}

/** What a delta run found in the source since the plan. */
export interface DeltaFacts {
  readonly added: number;
  readonly changed: number;
  readonly renamed: number;
  /** Moved or deleted in the source, or edited in the destination: the copies were left as they are. */
  readonly left: number;
  /** Copies whose originals are as they were: there was nothing to do. */
  readonly unchanged: number;
  /** Google had no list of the changes any more: every folder was listed, and compared with the plan. */
  readonly listedAnew?: true;
  /** Epoch milliseconds. */
  readonly at: number;
}
