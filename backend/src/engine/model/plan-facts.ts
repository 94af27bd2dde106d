import type { ItemCode } from '../errors.js';
import type { CopyMethod } from './items.js';
import type { LinkFacts } from './links.js';
import type { AccessChange } from './sharing.js';

/** A count that may have stopped early. */
export interface Counted {
  readonly items: number;
  /** There are more than `items`. */
  readonly isMore: boolean;
}

/** What planning found out about the whole plan; grows while it runs. */
export interface PlanFacts {
  /** Items and bytes by their probable copy method. */
  readonly forecast: Readonly<Partial<Record<CopyMethod | 'none', { readonly items: number; readonly bytes: number }>>>;
  /** Number of items that can't be copied, or only with loss, by reason code. `LedgerPlan.foreseen` lists them. */
  readonly problems: Readonly<Partial<Record<ItemCode, number>>>;
  /**
   * Number of shortcut targets outside the plan that were not checked, because there are too many; missing if all were.
   */
  readonly targetsUnasked?: number;
  /**
   * Number of items for which the destination account's own access was not checked, because there are too many; missing
   * if all were. Their predictions are based on what the source's listing shows.
   */
  readonly rightsUnasked?: number;
  /** Figures that help a person decide. Missing in plans of earlier versions. */
  readonly tallied?: {
    readonly folders: number;
    /** Items that the source account does not own. */
    readonly foreign: number;
    /** Items whose original a move would trash if every copy is verified. */
    readonly movable: number;
    /** Docs editors files that can be copied only with loss, whether conversion is allowed or not. */
    readonly convertible: { readonly items: number; readonly bytes: number };
    /** Items that will be directly in the target folder, or in the new folder in it. */
    readonly top?: number;
  };
  /** How the second listing differed from the first; the plan includes it. */
  readonly changedMeanwhile: { readonly added: number; readonly removed: number };
  /** Items that the filter excluded. */
  readonly filteredOut: number;
  readonly deepest: number;
  readonly largestFolder: { readonly path: string; readonly children: number } | null;
  /** Items whose name exists in the target folder, by what will happen to them. */
  readonly conflicts: { readonly skipped: number; readonly replaced: number; readonly merged: number };
  /** The destination's storage in bytes when it was planned; `limit` is null if the drive states none. */
  readonly space: { readonly limit: number | null; readonly used: number } | null;
  /** Items in the target folder, and in its shared drive, when they were counted; missing if they were not. */
  readonly holds?: { readonly folder?: Counted; readonly drive?: Counted };
  /** Who can open the originals and could open the copies; only where sharing is carried over, once it is counted. */
  readonly access?: AccessFacts;
  /** Links in the documents; only where they are listed or rewritten, once they are estimated. */
  readonly links?: LinkFacts;
  /**
   * Quota units that counting used, and that the run will probably use; missing until it is counted, and in plans of
   * earlier versions.
   */
  readonly units?: { readonly counting: number; readonly run: number };
  /** Id of the source's My Drive root, if all of My Drive was selected: each item in it counts as selected. */
  readonly topId?: string;
  /** Where a delta run continues to read the source's changes, by shared drive (`''`: My Drive). */
  readonly changesFrom: Readonly<Record<string, string>>;
  /** Number of items when the plan was last complete; later ones belong to a delta run that was interrupted. */
  readonly complete?: number;
  /** Epoch milliseconds. */
  readonly plannedAt: number;
}

/** Something to know about the access of the copies before the start. */
export interface AccessWarning {
  /**
   * `unused_line`: no item is shared with whom this line of the people map names; `unreadable`: the source may not read
   * the permissions of items; `target_unreadable`: the destination may not read who can open the target folder;
   * `existing_unreadable`: nor who can open folders in it that are merged, or items that are replaced.
   */
  readonly code: 'unused_line' | 'unreadable' | 'target_unreadable' | 'existing_unreadable';
  readonly line?: number;
  readonly from?: string;
  readonly items?: number;
}

/** Who can open the originals and could open the copies, in figures. `LedgerAccess.accessTable` lists the grantees. */
export interface AccessFacts {
  /** Copies that get permissions of their own. */
  readonly items: number;
  /** These permissions. */
  readonly permissions: number;
  /** Grantees: keeps + less + loses = all who can open originals. */
  readonly counts: Readonly<Record<AccessChange, number>>;
  /** Grantees for whom Google is known to refuse something. */
  readonly refused: number;
  /** Grantees that can open the target folder. */
  readonly target: number;
  /** At most MAX_ACCESS_WARNINGS. */
  readonly warnings: readonly AccessWarning[];
  /** All of them. */
  readonly warningCount: number;
}

export const MAX_ACCESS_WARNINGS = 100;

/** Number of items whose permissions the source could not read; they are not carried over. */
export const unreadableItems = ({ plan }: { readonly plan?: Pick<PlanFacts, 'access'> }): number =>
  plan?.access?.warnings.find(({ code }) => code === 'unreadable')?.items ?? 0;

/** What a delta run found in the source. */
export interface DeltaFacts {
  readonly added: number;
  readonly changed: number;
  readonly renamed: number;
  /** Moved or deleted in the source, or edited in the destination: their copies were left unchanged. */
  readonly left: number;
  /** Copies whose originals have not changed. */
  readonly unchanged: number;
  /** Google's list of changes had expired, so every folder was listed and compared with the plan. */
  readonly listedAnew?: true;
  /** Epoch milliseconds. */
  readonly at: number;
}
