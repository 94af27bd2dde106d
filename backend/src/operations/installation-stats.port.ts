import type { TransferState } from '../engine/model/states.js';
import type { SessionType } from '../session/session.port.js';

/** `disabled`: by CloudMover, because its receiver failed; `off`: by the operator. */
export type WebhookState = 'enabled' | 'disabled' | 'off';

export interface TransferStats {
  /** Open transfers by state. */
  readonly open: ReadonlyMap<TransferState, number>;
  /** How many of them wait because the units of the day are used up. */
  readonly waitingForUnits: number;
  /** Shares that ended transfers left behind. */
  readonly sharesToSweep: number;
}

/** The state of the whole installation according to the store. All methods throw StoreUnavailableError. */
export abstract class InstallationStats {
  /** Valid sessions by type. */
  abstract sessions(): Promise<Record<SessionType, number>>;

  abstract transfers(): Promise<TransferStats>;

  /** Webhooks by state. */
  abstract webhooks(): Promise<Record<WebhookState, number>>;

  /** Bytes that the store uses and, if there is a limit, may use; of several nodes, those of the fullest. */
  abstract memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number | null }>;
}
