import type { Conclusion } from '../../model/conclusion.js';
import type { DeltaFacts, PlanFacts } from '../../model/plan-facts.js';
import type { TransferSnapshot } from '../../model/snapshot.js';

/** A transfer as a whole: what readers see of it. */
export interface LedgerSummary {
  /** The snapshot's `revision` alone, for as little as possible; 0 when the transfer is gone. */
  revision(): Promise<number>;
  snapshot(): Promise<TransferSnapshot>;
  /** Replaces what the planning, or a delta run, found. */
  storeFacts(facts: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }): Promise<void>;
  /** Names for the heading: of the chosen items, and of the folder they go to. */
  name(names: { readonly chosen?: readonly string[]; readonly target?: string }): Promise<void>;
  /** Gives the transfer a name of its own; undefined: removes it. */
  entitle(title: string | undefined): Promise<void>;
  /** Fixes the id of the new folder that everything goes into, before it is made. Durable. @returns the id fixed first */
  fixResultFolder(id: string): Promise<string>;
  /** Counts that Google slowed an account down for what this transfer asked. One may be lost in a crash. */
  slowedDown(): Promise<void>;
  /** Keeps the figures of an end, in place of earlier ones; leaving the end drops them. */
  conclude(conclusion: Conclusion): Promise<void>;
  conclusion(): Promise<Conclusion | undefined>;
  /** After an end: frees the memory of what neither the report nor a retry, a delta run or an undo needs. */
  shrink(): Promise<void>;
}
