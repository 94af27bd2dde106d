import type { TransferState } from '../engine/model/states.js';
import type { SessionType } from '../session/session.port.js';

/** `disabled`: by CloudMover, because its receiver failed; `off`: by the operator. */
export type WebhookState = 'enabled' | 'disabled' | 'off';

/** The state of the whole installation according to the store. All methods throw StoreUnavailableError. */
export abstract class InstallationStats {
  /** Valid sessions by type. */
  abstract sessions(): Promise<Record<SessionType, number>>;

  /** Open transfers by state, and shares that ended transfers left behind. */
  abstract transfers(): Promise<{ readonly open: ReadonlyMap<TransferState, number>; readonly sharesToSweep: number }>;

  /** Webhooks by state. */
  abstract webhooks(): Promise<Record<WebhookState, number>>;

  /** Bytes that the store uses and, if there is a limit, may use; on all nodes together. */
  abstract memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number | null }>;
}
