import type { AccessOutcome, AccessRecord, PeopleLine, SourceAccess } from '../../model/sharing.js';
import type { AccessRow } from '../../sharing/access-table.js';

/** Access of the originals as it was read, and what became of it on the copies. Only of a transfer that carries sharing. */
export interface LedgerAccess {
  /** The people map that the transfer was created with, in the order of its lines. */
  people(): Promise<readonly PeopleLine[]>;
  /**
   * Keeps the access of originals whose access differs from that of the folder they are planned in, in place of what was
   * kept of them. Idempotent.
   * @returns false, and nothing is kept, when the plan is not the newest or the transfer is neither planning nor updating
   */
  storeSourceAccess(access: ReadonlyMap<number, SourceAccess>, plan: number): Promise<boolean>;
  /** The next `limit` of them with an ordinal above `after`, in order. */
  sourceAccess(after: number, limit: number): Promise<{ ordinal: number; access: SourceAccess }[]>;
  /**
   * Replaces the list of who can open the originals and could open the copies.
   * @returns false, and nothing is kept, when the plan is not the newest or the transfer is neither planning nor updating
   */
  storeAccessTable(rows: readonly AccessRow[], plan: number): Promise<boolean>;
  /** `count` of its rows from a position on. */
  accessTable(from: number, count: number): Promise<AccessRow[]>;
  /** Stores what is to be done on a copy, or what came of it, in place of an earlier record. Durable; keeps the counts. */
  recordAccess(record: AccessRecord): Promise<void>;
  /** Records with an ordinal above `after`, in order; `outcome`: those with a grant of this outcome. */
  accessRecords(after: number, limit: number, outcome?: AccessOutcome): Promise<AccessRecord[]>;
  accessRecord(ordinal: number): Promise<AccessRecord | undefined>;
}
