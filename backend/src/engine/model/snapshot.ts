import type { ItemCode, Limit, Side } from '../errors.js';
import type { TimelineStep } from './conclusion.js';
import type { ItemState, CopyMethod } from './items.js';
import type { LinkCounts } from './links.js';
import type { StoredNotify } from './notify.js';
import type { DeltaFacts, PlanFacts } from './plan-facts.js';
import type { Usage } from './quota-units.js';
import type { ScheduleSnapshot } from './schedule.js';
import type { AccessCounts } from './sharing.js';
import type { TransferState } from './states.js';

/** A transfer as readers see it. The item counts always add up to `found`. */
export interface TransferSnapshot {
  readonly state: TransferState;
  /** Increases with each change. */
  readonly revision: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** When the last run ended, if links were listed or rewritten since. */
  readonly ranUntil?: number;
  /** When it entered this state. Epoch milliseconds, as all times here. */
  readonly since?: number;
  /** When this run began, a whole second as `triedAt` of items is; missing in the first one. */
  readonly beganAt?: number;
  /** While it is finishing: the step that it has noted since it entered this state. */
  readonly step?: TimelineStep;
  /** Milliseconds that it has spent in ACTIVE_STATES, including the current state. */
  readonly activeMs: number;
  /** In parked states: since when, because of which side, and when it resumes automatically. */
  readonly parked?: { readonly side: Side; readonly since: number };
  readonly resumeAt?: number;
  /** The limit that it waits for, if it is one of these. `hours`: its allowed hours are over. */
  readonly limit?: Limit | 'hours';
  /** Only if the transfer has a schedule. */
  readonly schedule?: ScheduleSnapshot;
  /** If it is paused or parked: the state that `resume` leads back to. */
  readonly resumeState?: TransferState;
  /** If it failed: the state in which it did. */
  readonly failedIn?: TransferState;
  /**
   * Sides whose account must consent again before the transfer resumes, because Google or the account ended the access.
   */
  readonly unconfirmed: readonly Side[];
  /**
   * When an account withdrew its access, or left after the end. Only its own `resume` before the end removes the entry.
   */
  readonly withdrawn: Readonly<Partial<Record<Side, number>>>;
  readonly problem?: { readonly code: ItemCode; readonly detail: string };
  readonly found: number;
  readonly counts: Readonly<Record<ItemState, number>>;
  readonly bytes: { readonly found: number; readonly verified: number; readonly copying: number };
  readonly originals: { readonly trashed: number; readonly kept: number };
  readonly ways: Readonly<Record<CopyMethod, number>>;
  readonly verification: { readonly checksum: number; readonly presence: number };
  /** Numbers of failed, unverified and skipped items by reason code. */
  readonly failures: Readonly<Partial<Record<ItemCode, number>>>;
  readonly unverified: Readonly<Partial<Record<ItemCode, number>>>;
  readonly skips: Readonly<Partial<Record<ItemCode, number>>>;
  readonly plan?: PlanFacts;
  readonly delta?: DeltaFacts;
  readonly undo: { readonly trashed: number; readonly left: number; readonly restored: number };
  /** `expiresAt`: when the last open share expires; missing if not all of them are known to expire. */
  readonly shares: { readonly open: number; readonly withdrawn: number; readonly expiresAt?: number };
  /** Only if the transfer carries sharing over. */
  readonly sharing?: AccessCounts;
  /** Only if the transfer lists or rewrites links. */
  readonly links?: LinkCounts;
  /** Averages over the last minute of work; 0 outside ACTIVE_STATES, and if nothing has arrived for a minute. */
  readonly rate: { readonly itemsPerSecond: number; readonly bytesPerSecond: number };
  /** How often Google slowed down requests of this transfer. */
  readonly slowDowns: number;
  /** What it has used at Google in its count and all its runs. */
  readonly usage: Usage;
  /** When the last SLOW_DOWNS_KEPT times were; epoch milliseconds of whole seconds, oldest first. */
  readonly slowedAt: readonly number[];
  /** Recent progress: items copied in each period of `everySeconds` from `from` on; the last period is not over. */
  readonly pace?: { readonly from: number; readonly everySeconds: number; readonly items: readonly number[] };
  /** Bytes relayed so far, by the ordinals of the items that are being relayed. */
  readonly underWay?: ReadonlyMap<number, number>;
  readonly resultFolderId?: string;
  /** The name that a person gave the transfer. */
  readonly title?: string;
  /** Who gets mails; missing: nobody. */
  readonly notify?: StoredNotify;
  /** Names of the first selected items. */
  readonly names: readonly string[];
  /** Name of the folder that the copies go to. */
  readonly targetName?: string;
}

/** Number of slow-down times that are kept; the oldest are dropped. */
export const SLOW_DOWNS_KEPT = 100;
