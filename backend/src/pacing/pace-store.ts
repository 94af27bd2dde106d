import type { Mark, Measure, Pace } from './calculator.js';
import { DAY_MS, HOUR_MS } from '../engine/times.js';

/** Requests that share one limit: those of one kind, or all, of an account or of the project. */
export interface LimiterName {
  readonly account: string;
  readonly kind: 'read' | 'write' | 'all';
}

/** A limiter's state in the store. All times are the store's, which is one clock for all processes. */
export interface Reading extends Measure {
  /** Undefined when no limit is known. */
  readonly pace: Pace | undefined;
  /** Milliseconds until the account may send again; 0: now. */
  readonly pausedMs: number;
  /** Milliseconds until the reserved time begins; undefined if nothing was reserved because the pace has changed. */
  readonly startsInMs: number | undefined;
}

/** Bytes that an account wrote in an hour. */
export interface HourOfBytes {
  /** Start of the hour, epoch milliseconds. */
  readonly at: number;
  readonly bytes: number;
}

/** The accounts' paces, shared by all processes. Methods may reject while the store cannot be reached. */
export abstract class PaceStore {
  /**
   * Counts units admitted since the last call, and reserves time at the end of the limiter's queue.
   * @param epoch of the pace that `spanMs` was computed from, 0 for none; if the pace has another one, nothing is
   *   reserved
   */
  abstract reserve(limiter: LimiterName, epoch: number, admitted: number, spanMs: number): Promise<Reading>;

  /**
   * Replaces the pace of an epoch, unless it has changed; the queue starts again in `startsInMs`. While a limiter stays
   * shut, reserved time stays reserved, and the queue continues after it.
   */
  abstract change(limiter: LimiterName, epoch: number, next: Pace, startsInMs: number): Promise<Reading>;

  /** Stops all requests of an account for `ms`. */
  abstract pause(account: string, ms: number): Promise<void>;

  /** Counts bytes that an account wrote. */
  abstract addBytes(account: string, bytes: number): Promise<void>;

  /** The hours of the last day in which the account wrote bytes, oldest first. */
  abstract bytesOfDay(account: string): Promise<HourOfBytes[]>;
}

/**
 * The longest wait for an account, and how far ahead time is reserved. A larger value in the store is wrong and would
 * block the account forever, so it is ignored.
 */
export const LONGEST_PAUSE_MS = HOUR_MS;
/** Milliseconds between two marks of each sort. */
export const RECENT_MS = 3_000;
export const EARLIER_MS = 30_000;

interface LimiterState {
  admitted: number;
  reservedUntil: number;
  pace: Pace | undefined;
  /** For each sort, the last mark but one, and the last. */
  recent: [Mark, Mark];
  earlier: [Mark, Mark];
}

/** A store for one process. */
export class MemoryPaceStore extends PaceStore {
  private readonly limiters = new Map<string, LimiterState>();
  private readonly pausedUntil = new Map<string, number>();
  private readonly bytes = new Map<string, Map<number, number>>();

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  override reserve(name: LimiterName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    const limiter = this.limiter(name);
    limiter.admitted += admitted;
    if ((limiter.pace?.epoch ?? 0) !== epoch) return Promise.resolve(this.read(name, limiter));
    const now = this.now();
    const start = Math.max(limiter.reservedUntil, now, now + this.pausedFor(name.account));
    if (spanMs > 0) limiter.reservedUntil = start + spanMs;
    return Promise.resolve(this.read(name, limiter, start - now));
  }

  override change(name: LimiterName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    const limiter = this.limiter(name);
    if ((limiter.pace?.epoch ?? 0) !== epoch) return Promise.resolve(this.read(name, limiter));
    const kept = next.phase === 'shut' && limiter.pace?.phase === 'shut' ? limiter.reservedUntil : 0;
    limiter.pace = next;
    limiter.reservedUntil = Math.max(kept, this.now() + startsInMs);
    return Promise.resolve(this.read(name, limiter));
  }

  override pause(account: string, ms: number): Promise<void> {
    const till = this.now() + Math.min(ms, LONGEST_PAUSE_MS);
    this.pausedUntil.set(account, Math.max(this.pausedUntil.get(account) ?? 0, till));
    return Promise.resolve();
  }

  override addBytes(account: string, bytes: number): Promise<void> {
    const hours = this.bytes.get(account) ?? new Map<number, number>();
    const hour = Math.floor(this.now() / HOUR_MS) * HOUR_MS;
    hours.set(hour, (hours.get(hour) ?? 0) + bytes);
    for (const at of hours.keys()) if (at <= this.now() - DAY_MS - HOUR_MS) hours.delete(at);
    this.bytes.set(account, hours);
    return Promise.resolve();
  }

  override bytesOfDay(account: string): Promise<HourOfBytes[]> {
    const hours = [...(this.bytes.get(account) ?? [])].filter(([at]) => at > this.now() - DAY_MS - HOUR_MS);
    return Promise.resolve(hours.sort(([a], [b]) => a - b).map(([at, bytes]) => ({ at, bytes })));
  }

  private pausedFor(account: string): number {
    return Math.max(0, (this.pausedUntil.get(account) ?? 0) - this.now());
  }

  /** Adopts the last state of another store. */
  adopt(name: LimiterName, { now, pace, pausedMs }: Reading): void {
    // Including the units, because the pace's next measurement begins at a mark of the other store.
    Object.assign(this.limiter(name), { pace, admitted: now.admitted });
    if (pausedMs > 0) void this.pause(name.account, pausedMs);
  }

  private limiter({ account, kind }: LimiterName): LimiterState {
    const key = `${kind} ${account}`;
    let limiter = this.limiters.get(key);
    const now = { at: this.now(), admitted: limiter?.admitted ?? 0 };
    if (!limiter) {
      limiter = { admitted: 0, reservedUntil: 0, pace: undefined, recent: [now, now], earlier: [now, now] };
      this.limiters.set(key, limiter);
    }
    limiter.recent = marksAt(now, limiter.recent, RECENT_MS);
    limiter.earlier = marksAt(now, limiter.earlier, EARLIER_MS);
    return limiter;
  }

  private read({ account }: LimiterName, state: LimiterState, startsInMs?: number): Reading {
    const { admitted, pace, recent, earlier } = state;
    const now = { at: this.now(), admitted };
    return { now, recent: recent[0], earlier: earlier[0], pace, pausedMs: this.pausedFor(account), startsInMs };
  }
}

/** The next two marks; both are new after a time without requests. */
function marksAt(now: Mark, [before, last]: [Mark, Mark], everyMs: number): [Mark, Mark] {
  const age = now.at - last.at;
  if (age >= 2 * everyMs) return [now, now];
  return age >= everyMs ? [last, now] : [before, last];
}

/** How long (ms) a store is not called after a failure. */
const RETRY_AFTER_MS = 5_000;

/**
 * Uses the shared store; while that cannot be reached, the process paces alone from the last known state. Never
 * rejects, so that no request fails because of pacing.
 */
export class SteadyPaceStore extends PaceStore {
  private readonly own: MemoryPaceStore;
  private unreachableUntil = 0;

  constructor(
    private readonly shared: PaceStore,
    private readonly now: () => number = Date.now,
  ) {
    super();
    this.own = new MemoryPaceStore(now);
  }

  override reserve(limiter: LimiterName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    return this.read(limiter, (store) => store.reserve(limiter, epoch, admitted, spanMs));
  }

  override change(limiter: LimiterName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    return this.read(limiter, (store) => store.change(limiter, epoch, next, startsInMs));
  }

  override pause(account: string, ms: number): Promise<void> {
    return this.either((store) => store.pause(account, ms));
  }

  override addBytes(account: string, bytes: number): Promise<void> {
    return this.either((store) => store.addBytes(account, bytes));
  }

  override bytesOfDay(account: string): Promise<HourOfBytes[]> {
    return this.either((store) => store.bytesOfDay(account));
  }

  private async read(limiter: LimiterName, ask: (store: PaceStore) => Promise<Reading>): Promise<Reading> {
    const reading = await this.either(ask);
    if (this.now() >= this.unreachableUntil) this.own.adopt(limiter, reading);
    return reading;
  }

  private async either<T>(ask: (store: PaceStore) => Promise<T>): Promise<T> {
    if (this.now() >= this.unreachableUntil) {
      try {
        return await ask(this.shared);
      } catch {
        this.unreachableUntil = this.now() + RETRY_AFTER_MS;
      }
    }
    return ask(this.own);
  }
}
