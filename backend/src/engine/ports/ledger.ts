import type { TransferOrder } from '../model/order.js';
import type { LedgerChanges } from './ledger/changes.js';
import type { LedgerItems } from './ledger/items.js';
import type { LedgerLog } from './ledger/log.js';
import type { LedgerPlan } from './ledger/plan.js';
import type { LedgerShares } from './ledger/shares.js';
import type { LedgerStates } from './ledger/states.js';
import type { LedgerSummary } from './ledger/summary.js';
import type { LedgerUploads } from './ledger/uploads.js';

/**
 * A transfer's memory, and the truth about it: the queue may be lost, this may not. One ledger belongs to one transfer.
 * Every method is atomic, and safe to repeat after a crash. All reject with a CodedError `service_unavailable` while the
 * store cannot be reached. *Durable* means: when it resolves it outlives a loss of power.
 */
export interface Ledger
  extends LedgerStates, LedgerLog, LedgerPlan, LedgerItems, LedgerChanges, LedgerUploads, LedgerShares, LedgerSummary {
  readonly order: TransferOrder;
}

// The words that the ledger is written in.
export * from '../model/conclusion.js';
export * from '../model/items.js';
export * from '../model/order.js';
export * from '../model/plan-facts.js';
export { FALLBACKS, type Fallback } from '../model/reasons.js';
export * from '../model/snapshot.js';
export * from '../model/states.js';
export * from './ledger/changes.js';
export * from './ledger/items.js';
export * from './ledger/log.js';
export * from './ledger/plan.js';
export * from './ledger/shares.js';
export * from './ledger/states.js';
export * from './ledger/summary.js';
export * from './ledger/uploads.js';
