import type { Mark, Pace } from './pace.js';

/** What is paced together: requests of one kind, or all of them, of an account or of the project. */
export interface LaneName {
  readonly account: string;
  readonly kind: 'read' | 'write' | 'all';
}

/** A lane as it is in the store. All times are the store's, which is one clock for all processes. */
export interface Reading {
  /** Now, and the units let through so far. */
  readonly now: Mark;
  /** See `Measure`. */
  readonly recent: Mark;
  readonly earlier: Mark;
  /** Undefined when no limit is known. */
  readonly pace: Pace | undefined;
  /** Milliseconds until the account may be asked again; 0 when it may. */
  readonly pausedMs: number;
  /** Milliseconds until the reserved time begins; undefined when nothing was reserved because the pace is another now. */
  readonly startsInMs: number | undefined;
}

/** Bytes that an account has written in an hour. */
export interface HourOfBytes {
  /** Its beginning, epoch milliseconds. */
  readonly at: number;
  readonly bytes: number;
}

/** What all processes know together of the accounts' paces. Methods may reject while the store cannot be reached. */
export abstract class PaceStore {
  /**
   * Adds what was let through since the last call, and reserves time at the end of the lane's queue.
   * @param epoch of the pace that `spanMs` was computed by, 0 for none; with another one nothing is reserved
   */
  abstract reserve(lane: LaneName, epoch: number, admitted: number, spanMs: number): Promise<Reading>;

  /**
   * Replaces the pace of an epoch, if it is still that; the queue begins anew `startsInMs` from now. While a lane stays
   * shut what is reserved stays so, and the queue goes on behind it.
   */
  abstract change(lane: LaneName, epoch: number, next: Pace, startsInMs: number): Promise<Reading>;

  /** Nothing is to be sent for an account for so long. */
  abstract pause(account: string, ms: number): Promise<void>;

  /** Counts bytes that an account wrote. */
  abstract addBytes(account: string, bytes: number): Promise<void>;

  /** The hours of the last day in which the account wrote bytes, oldest first. */
  abstract bytesOfDay(account: string): Promise<HourOfBytes[]>;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/**
 * The longest wait for an account, and the furthest that time is reserved. Larger values in the store are wrong and
 * ignored: they would park the account forever.
 */
export const LONGEST_PAUSE_MS = HOUR_MS;
/** How often the marks are set. */
export const RECENT_MS = 3_000;
export const EARLIER_MS = 30_000;

interface MemoryLane {
  admitted: number;
  reservedUntil: number;
  pace: Pace | undefined;
  /** The mark before the last one, and the last one. */
  recent: [Mark, Mark];
  earlier: [Mark, Mark];
}

/** For one process. */
export class MemoryPaceStore extends PaceStore {
  private readonly lanes = new Map<string, MemoryLane>();
  private readonly pausedUntil = new Map<string, number>();
  private readonly bytes = new Map<string, Map<number, number>>();

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  override reserve(name: LaneName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    const lane = this.lane(name);
    lane.admitted += admitted;
    if ((lane.pace?.epoch ?? 0) !== epoch) return Promise.resolve(this.read(name, lane));
    const now = this.now();
    const start = Math.max(lane.reservedUntil, now, now + this.pausedFor(name.account));
    if (spanMs > 0) lane.reservedUntil = start + spanMs;
    return Promise.resolve(this.read(name, lane, start - now));
  }

  override change(name: LaneName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    const lane = this.lane(name);
    if ((lane.pace?.epoch ?? 0) !== epoch) return Promise.resolve(this.read(name, lane));
    const kept = next.phase === 'shut' && lane.pace?.phase === 'shut' ? lane.reservedUntil : 0;
    lane.pace = next;
    lane.reservedUntil = Math.max(kept, this.now() + startsInMs);
    return Promise.resolve(this.read(name, lane));
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

  /** Takes over what another store said last. */
  adopt(name: LaneName, { pace, pausedMs }: Reading): void {
    this.lane(name).pace = pace;
    if (pausedMs > 0) void this.pause(name.account, pausedMs);
  }

  private lane({ account, kind }: LaneName): MemoryLane {
    const key = `${kind} ${account}`;
    let lane = this.lanes.get(key);
    const mark = { at: this.now(), admitted: lane?.admitted ?? 0 };
    if (!lane) {
      lane = { admitted: 0, reservedUntil: 0, pace: undefined, recent: [mark, mark], earlier: [mark, mark] };
      this.lanes.set(key, lane);
    }
    lane.recent = marksAt(mark, lane.recent, RECENT_MS);
    lane.earlier = marksAt(mark, lane.earlier, EARLIER_MS);
    return lane;
  }

  private read({ account }: LaneName, lane: MemoryLane, startsInMs?: number): Reading {
    const now = this.now();
    return {
      now: { at: now, admitted: lane.admitted },
      recent: lane.recent[0],
      earlier: lane.earlier[0],
      pace: lane.pace,
      pausedMs: this.pausedFor(account),
      startsInMs,
    };
  }
}

/** The next two marks; after a time without requests they begin anew. */
function marksAt(now: Mark, [before, last]: [Mark, Mark], everyMs: number): [Mark, Mark] {
  const age = now.at - last.at;
  if (age >= 2 * everyMs) return [now, now];
  return age >= everyMs ? [last, now] : [before, last];
}

/** How long a store that failed is left alone. */
const AWAY_MS = 5_000;

/**
 * The shared store; while it is away, a process paces by itself from what it knew last. Never rejects: a request is
 * not to fail because of pacing.
 */
export class SteadyPaceStore extends PaceStore {
  private readonly own: MemoryPaceStore;
  private awayUntil = 0;

  constructor(
    private readonly shared: PaceStore,
    private readonly now: () => number = Date.now,
  ) {
    super();
    this.own = new MemoryPaceStore(now);
  }

  override reserve(lane: LaneName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    return this.read(lane, (store) => store.reserve(lane, epoch, admitted, spanMs));
  }

  override change(lane: LaneName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    return this.read(lane, (store) => store.change(lane, epoch, next, startsInMs));
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

  private async read(lane: LaneName, ask: (store: PaceStore) => Promise<Reading>): Promise<Reading> {
    const reading = await this.either(ask);
    if (this.now() >= this.awayUntil) this.own.adopt(lane, reading);
    return reading;
  }

  private async either<T>(ask: (store: PaceStore) => Promise<T>): Promise<T> {
    if (this.now() >= this.awayUntil) {
      try {
        return await ask(this.shared);
      } catch {
        this.awayUntil = this.now() + AWAY_MS;
      }
    }
    return ask(this.own);
  }
}
