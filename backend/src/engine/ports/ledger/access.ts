import type { AccessOutcome, AccessRecord, PeopleLine, SourceAccess } from '../../model/sharing.js';
import type { AccessRow } from '../../sharing/access-table.js';

/** The access of the originals and its outcomes on the copies; only for transfers that carry sharing over. */
export interface LedgerAccess {
  /** The transfer's people map, in the order of its lines. */
  people(): Promise<readonly PeopleLine[]>;
  /**
   * Stores the access of originals whose access differs from that of their folder in the plan, and replaces what was
   * stored for them. Idempotent.
   * @returns false if nothing was stored: the plan is not the newest, or the transfer is neither planning nor updating
   */
  storeSourceAccess(access: ReadonlyMap<number, SourceAccess>, plan: number): Promise<boolean>;
  /** The next `limit` stored entries with an ordinal above `after`, in order. */
  sourceAccess(after: number, limit: number): Promise<{ ordinal: number; access: SourceAccess }[]>;
  /**
   * Replaces the list of who can open the originals and could open the copies.
   * @returns false if nothing was stored: the plan is not the newest, or the transfer is neither planning nor updating
   */
  storeAccessTable(rows: readonly AccessRow[], plan: number): Promise<boolean>;
  /** Up to `count` rows of that list, from position `from`. */
  accessTable(from: number, count: number): Promise<AccessRow[]>;
  /** Stores the record of a copy, replaces an earlier one, and updates the counts. Durable. */
  recordAccess(record: AccessRecord): Promise<void>;
  /** Records with an ordinal above `after`, in order; `outcome`: those with a grant of this outcome. */
  accessRecords(after: number, limit: number, outcome?: AccessOutcome): Promise<AccessRecord[]>;
  accessRecord(ordinal: number): Promise<AccessRecord | undefined>;
}
