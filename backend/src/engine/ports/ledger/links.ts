import type { DocumentRecord, LinkOutcomeName } from '../../model/links.js';

/** The links in the copied documents; only for transfers that list or rewrite them. */
export interface LedgerLinks {
  /** Stores the record of a copy, replaces an earlier one, and updates the counts. Durable. */
  recordLinks(record: DocumentRecord): Promise<void>;
  /**
   * Records with an ordinal above `after`, in order; fewer than `limit` where they have thousands of links, none only at
   * the end. `outcome`: those with a link of this outcome, or documents that could not be read.
   */
  linkRecords(after: number, limit: number, outcome?: LinkOutcomeName | 'unread'): Promise<DocumentRecord[]>;
  linkRecord(ordinal: number): Promise<DocumentRecord | undefined>;
}
