import type { AccessRecord, PeopleLine, SourceAccess } from '../../model/sharing.js';

/** Access of the originals as it was read, and what became of it on the copies. Only of a transfer that carries sharing. */
export interface LedgerAccess {
  /** The people map, in the order of its lines. */
  people(): Promise<readonly PeopleLine[]>;
  /** Keeps the access of originals whose access differs from that of the folder they are planned in. Idempotent. */
  noteSourceAccess(access: ReadonlyMap<number, SourceAccess>): Promise<void>;
  /** The next `limit` of them with an ordinal above `after`, in order. */
  sourceAccess(after: number, limit: number): Promise<{ ordinal: number; access: SourceAccess }[]>;
  /** Stores what is to be done on a copy, or what came of it, in place of an earlier record. Durable; keeps the counts. */
  recordAccess(record: AccessRecord): Promise<void>;
  /** Records with an ordinal above `after`, in order; `outcome`: those with a grant of this outcome. */
  accessRecords(
    after: number,
    limit: number,
    outcome?: AccessRecord['grants'][number]['outcome'],
  ): Promise<AccessRecord[]>;
  accessRecord(ordinal: number): Promise<AccessRecord | undefined>;
}
