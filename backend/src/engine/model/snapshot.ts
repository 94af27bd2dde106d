import type { ItemCode, Side } from '../errors.js';
import type { ItemState, CopyMethod } from './items.js';
import type { DeltaFacts, PlanFacts } from './plan-facts.js';
import type { TransferState } from './states.js';

/** What a reader of a transfer sees; the counts of items always add up to `found`. */
export interface TransferSnapshot {
  readonly state: TransferState;
  /** Grows with each change. */
  readonly revision: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** When it came into this state. Epoch milliseconds, as all times here. */
  readonly since?: number;
  /** Milliseconds in ACTIVE_STATES since it started, the current state included. */
  readonly activeMs: number;
  /** Of the parked states: since when, which side, and when it resumes automatically. */
  readonly parked?: { readonly side: Side; readonly since: number };
  readonly resumeAt?: number;
  /** Of a transfer that was put aside: the state that `resume` leads back to. */
  readonly resumeState?: TransferState;
  /** Sides whose account must consent again before `resume` has an effect: Google or the account ended their access. */
  readonly unconfirmed: readonly Side[];
  /** Accounts that withdrew their access, or left after the end, and when. Only their own `resume` before the end removes it. */
  readonly withdrawn: Readonly<Partial<Record<Side, number>>>;
  readonly problem?: { readonly code: ItemCode; readonly detail: string };
  readonly found: number;
  readonly counts: Readonly<Record<ItemState, number>>;
  readonly bytes: { readonly found: number; readonly verified: number; readonly copying: number };
  readonly originals: { readonly trashed: number; readonly kept: number };
  readonly ways: Readonly<Record<CopyMethod, number>>;
  readonly verification: { readonly checksum: number; readonly presence: number };
  /** Failed items by reason code; those that arrived and could not be verified; and those that were left out. */
  readonly failures: Readonly<Partial<Record<ItemCode, number>>>;
  readonly unverified: Readonly<Partial<Record<ItemCode, number>>>;
  readonly skips: Readonly<Partial<Record<ItemCode, number>>>;
  readonly plan?: PlanFacts;
  readonly delta?: DeltaFacts;
  readonly undo: { readonly trashed: number; readonly left: number; readonly restored: number };
  /** `expiresAt`: when the last of the open ones ends by itself; missing when not all of them are known to. */
  readonly shares: { readonly open: number; readonly withdrawn: number; readonly expiresAt?: number };
  /** Averages over the last minute of work; 0 in states that are not ACTIVE_STATES, and when nothing arrives any more. */
  readonly rate: { readonly itemsPerSecond: number; readonly bytesPerSecond: number };
  /** How many times Google slowed an account down for what this transfer asked. */
  readonly slowDowns: number;
  /** When it did so, the last SLOW_DOWNS_KEPT times; epoch milliseconds of whole seconds, oldest first. */
  readonly slowedAt: readonly number[];
  /** How it went lately: items copied in each `everySeconds` from `from` on, the last of them being still under way. */
  readonly pace?: { readonly from: number; readonly everySeconds: number; readonly items: readonly number[] };
  /** Bytes that have passed of the items that are relayed now, by ordinal. */
  readonly underWay?: ReadonlyMap<number, number>;
  readonly resultFolderId?: string;
  /** The name that a person gave it. */
  readonly title?: string;
  /** Of the first chosen items. */
  readonly names: readonly string[];
  /** Of the folder they go to. */
  readonly targetName?: string;
}

/** How many times of slow-downs are kept: the oldest go. */
export const SLOW_DOWNS_KEPT = 100;
