import type { CopyMethod, ItemState } from '../engine/model/items.js';
import type { TransferState } from '../engine/model/states.js';

/**
 * What is counted over time, by bounded names: codes are those of problems and reasons, never anything that a client or
 * Google wrote.
 */
export type Fact =
  | 'request'
  /** Answers with a problem, by its code. */
  | `problem:${string}`
  /** `GET /session/validate`: tokens that were live, and the codes of those that were not. */
  | 'validated'
  | `rejected:${string}`
  /** Accounts connected, by type of the session, and the codes of those that were not. */
  | `connected:${string}`
  | `refused:${string}`
  /** Items that came into a state, ways and bytes of the verified ones, reasons of failed and unverified ones. */
  | `item:${ItemState}`
  | `way:${CopyMethod}`
  | `bytes:${CopyMethod}`
  | `reason:${string}`
  | `transfer:${TransferState}`
  /** Requests to Google, and those it refused because they came too fast. */
  | 'google'
  | 'slowed';

/** Requests of one account to Google, of one kind. */
export interface Lane {
  /** Id of the account's credential. */
  readonly credentialId: string;
  readonly kind: 'read' | 'write';
}

/** What happened in a stretch of time. */
export interface ActivityBatch {
  readonly facts: ReadonlyMap<Fact, number>;
  /** Accounts seen, as texts that tell nothing about them. */
  readonly accounts: ReadonlySet<string>;
  /** Requests to Google, and how many of them it refused because they came too fast. */
  readonly lanes: readonly (Lane & { readonly asked: number; readonly slowed: number })[];
}

/** How long a bucket is and how long it is kept: twice the longest range it is read for, so that it can be compared. */
export interface Level {
  readonly name: 'minute' | 'ten-minutes' | 'hour' | 'day';
  readonly seconds: number;
  readonly keptSeconds: number;
}

/** Buckets begin at whole multiples of their length since 1970, so in UTC. */
export const LEVELS = {
  minute: { name: 'minute', seconds: 60, keptSeconds: 2.1 * 3600 },
  tenMinutes: { name: 'ten-minutes', seconds: 600, keptSeconds: 49 * 3600 },
  hour: { name: 'hour', seconds: 3600, keptSeconds: 15 * 24 * 3600 },
  day: { name: 'day', seconds: 24 * 3600, keptSeconds: 62 * 24 * 3600 },
} as const satisfies Record<string, Level>;

/** A bucket as it was kept; one in which nothing happened is empty. */
export interface Bucket {
  /** Its beginning, epoch milliseconds. */
  readonly at: number;
  readonly facts: ReadonlyMap<string, number>;
  readonly lanes: readonly (Lane & { readonly asked: number; readonly slowed: number })[];
}

/** Counts over time, of all processes together, in a space that does not grow. */
export abstract class ActivityStore {
  /**
   * Adds to the buckets of now, in one round trip.
   * @param process the reporting process, which is alive
   * @throws StoreUnavailableError when the store cannot be reached; then some of it may have been added
   */
  abstract add(
    batch: ActivityBatch,
    now: number,
    process: { readonly role: string; readonly id: string },
  ): Promise<void>;

  /** A process ends, and is no longer missed. */
  abstract leave(process: { readonly role: string; readonly id: string }): Promise<void>;

  /** @returns `count` buckets, the last of which is the one that `now` is in */
  abstract read(level: Level, now: number, count: number): Promise<Bucket[]>;

  /** About how many different accounts were seen in these buckets (HyperLogLog: within one per cent, mostly). */
  abstract accounts(level: Level, now: number, count: number): Promise<number>;

  /** Processes by their last sign of life (ms), of the last hour. */
  abstract processes(): Promise<{ readonly role: string; readonly id: string; readonly at: number }[]>;
}
