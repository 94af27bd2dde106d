import type { TransferOrder } from '../model/order.js';
import type { LedgerAccess } from './ledger/access.js';
import type { LedgerChanges } from './ledger/changes.js';
import type { LedgerItems } from './ledger/items.js';
import type { LedgerLinks } from './ledger/links.js';
import type { LedgerLog } from './ledger/log.js';
import type { LedgerPlan } from './ledger/plan.js';
import type { LedgerSchedule } from './ledger/schedule.js';
import type { LedgerShares } from './ledger/shares.js';
import type { LedgerStates } from './ledger/states.js';
import type { LedgerSummary } from './ledger/summary.js';
import type { LedgerUploads } from './ledger/uploads.js';

/**
 * The record of one transfer and the source of truth about it: the queue may be lost, the ledger may not. Every method
 * is atomic, and safe to repeat after a crash. All reject with a CodedError `service_unavailable` while the store
 * cannot be reached. *Durable* means that once the method resolves, its change survives a loss of power.
 */
export interface Ledger
  extends
    LedgerStates,
    LedgerLog,
    LedgerPlan,
    LedgerItems,
    LedgerChanges,
    LedgerUploads,
    LedgerSchedule,
    LedgerShares,
    LedgerSummary,
    LedgerAccess,
    LedgerLinks {
  readonly order: TransferOrder;
}
