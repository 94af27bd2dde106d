import type { Conclusion } from '../../model/conclusion.js';
import type { Notify, StoredNotify } from '../../model/notify.js';
import type { DeltaFacts, PlanFacts } from '../../model/plan-facts.js';
import type { Usage } from '../../model/quota-units.js';
import type { TransferSnapshot } from '../../model/snapshot.js';

/** A transfer as a whole, as readers see it. */
export interface LedgerSummary {
  /** The snapshot's `revision` alone, at little cost; 0 if the transfer no longer exists. */
  revision(): Promise<number>;
  snapshot(): Promise<TransferSnapshot>;
  /** Replaces what planning, or a delta run, found out. @param plan only while the newest plan has this number */
  storeFacts(facts: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }, plan?: number): Promise<void>;
  /** Stores names for the heading: of the selected items, and of the folder that the copies go to. */
  name(names: { readonly chosen?: readonly string[]; readonly target?: string }): Promise<void>;
  /** Sets the transfer's name; undefined removes it. */
  entitle(title: string | undefined): Promise<void>;
  /** Sets who gets mails; undefined: nobody. */
  setNotify(notify: Notify | undefined): Promise<void>;
  /** The snapshot's `notify` alone, at little cost. */
  notify(): Promise<StoredNotify | undefined>;
  /**
   * Fixes the id of the folder that the copies go to, before it is created. Durable. @returns the id that was fixed
   * first
   */
  fixResultFolder(id: string): Promise<string>;
  /** Counts that Google slowed down a request of this transfer. A crash may lose one. */
  slowedDown(): Promise<void>;
  /** Adds to what the transfer has used at Google. Has no effect on a transfer that no longer exists. */
  countUsage(usage: Usage): Promise<void>;
  /** Stores the conclusion of an end, replacing an earlier one. It is dropped when the transfer leaves its end. */
  conclude(conclusion: Conclusion): Promise<void>;
  conclusion(): Promise<Conclusion | undefined>;
  /** After an end: deletes what neither the report nor a retry, delta run or undo needs. */
  shrink(): Promise<void>;
}
