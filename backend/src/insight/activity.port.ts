import type { CopyMethod, ItemState } from '../engine/model/items.js';
import type { LinkOutcomeName } from '../engine/model/links.js';
import type { AccessOutcome } from '../engine/model/sharing.js';
import type { UsageCounter } from '../engine/model/quota-units.js';
import type { TransferState } from '../engine/model/states.js';

/** What can come of a permission of a copy. */
export type SharingOutcome = Exclude<AccessOutcome, 'waiting'>;

/** What can come of a link in a copied document. */
export type SettledLink = Exclude<LinkOutcomeName, 'waiting'>;

/**
 * What is counted over time, with a bounded set of names: codes are those of problems and reasons, never text from a
 * client or Google.
 */
export type Fact =
  | 'request'
  /** Error responses by problem code. */
  | `problem:${string}`
  /** `GET /session/validate`: valid tokens, and the codes of invalid ones. */
  | 'validated'
  | `rejected:${string}`
  /** Connected accounts by session type, and the codes of failed sign-ins. */
  | `connected:${string}`
  | `refused:${string}`
  /** Items that entered a state, methods and bytes of verified ones, reasons of failed and unverified ones. */
  | `item:${ItemState}`
  | `way:${CopyMethod}`
  | `bytes:${CopyMethod}`
  | `reason:${string}`
  | `transfer:${TransferState}`
  /** Permissions of copies by outcome, and why they are narrower or wider. */
  | `permission:${SharingOutcome}`
  | `permission_reason:${string}`
  /** Links in copied documents by outcome, and why they were not rewritten. */
  | `link:${SettledLink}`
  | `link_reason:${string}`
  /** Requests to Google, and those that it refused because of a rate limit. */
  | 'google'
  | 'slowed'
  /** What requests to Google used: requests by class, and bytes. */
  | `usage:${UsageCounter}`;

/** Requests of one account to Google, of one kind. */
export interface AccountActivity {
  /** Id of the account's credential. */
  readonly credentialId: string;
  readonly kind: 'read' | 'write';
}

/** What happened in a period of time. */
export interface ActivityBatch {
  readonly facts: ReadonlyMap<Fact, number>;
  /** Accounts seen, as opaque texts. */
  readonly accounts: ReadonlySet<string>;
  /** Requests to Google, and how many it refused because of a rate limit. */
  readonly byAccount: readonly (AccountActivity & { readonly asked: number; readonly slowed: number })[];
}

/** Length of a bucket and how long it is kept: twice the longest range that is read from it, for comparison. */
export interface Level {
  readonly name: 'minute' | 'ten-minutes' | 'hour' | 'day';
  readonly seconds: number;
  readonly keptSeconds: number;
}

/** Buckets begin at multiples of their length since 1970, so in UTC. */
export const LEVELS = {
  minute: { name: 'minute', seconds: 60, keptSeconds: 2.1 * 3600 },
  tenMinutes: { name: 'ten-minutes', seconds: 600, keptSeconds: 49 * 3600 },
  hour: { name: 'hour', seconds: 3600, keptSeconds: 15 * 24 * 3600 },
  day: { name: 'day', seconds: 24 * 3600, keptSeconds: 62 * 24 * 3600 },
} as const satisfies Record<string, Level>;

/** A stored bucket; empty if nothing happened. */
export interface Bucket {
  /** Start, epoch milliseconds. */
  readonly at: number;
  readonly facts: ReadonlyMap<string, number>;
  readonly byAccount: readonly (AccountActivity & { readonly asked: number; readonly slowed: number })[];
}

/** Counts over time of all processes together, in bounded space. */
export abstract class ActivityStore {
  /**
   * Adds to the current buckets, in one round trip.
   * @param process the reporting process, which thereby counts as alive
   * @throws StoreUnavailableError if the store cannot be reached; a part may have been added
   */
  abstract add(
    batch: ActivityBatch,
    now: number,
    process: { readonly role: string; readonly id: string },
  ): Promise<void>;

  /** Removes a process that ends, so that it does not count as silent. */
  abstract leave(process: { readonly role: string; readonly id: string }): Promise<void>;

  /** @returns `count` buckets, the last of which contains `now` */
  abstract read(level: Level, now: number, count: number): Promise<Bucket[]>;

  /** Approximate number of different accounts in these buckets (HyperLogLog: mostly within one per cent). */
  abstract accounts(level: Level, now: number, count: number): Promise<number>;

  /** Processes of the last hour by their last heartbeat (ms). */
  abstract processes(): Promise<{ readonly role: string; readonly id: string; readonly at: number }[]>;
}
