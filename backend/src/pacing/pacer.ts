import { freed, isLimited, isNoisy, type Measure, type Pace, rateOf, refused, reopened, restOf } from './pace.js';
import {
  DAY_MS,
  HOUR_MS,
  type LaneName,
  MemoryPaceStore,
  type PaceStore,
  type Reading,
  SteadyPaceStore,
} from './pace-store.js';
import type { Cost } from './quota-units.js';
import { RetryBudget } from './retry-budget.js';

/** A request about to be sent to Google. */
export interface PacedRequest extends Cost {
  /** Id of the account's credential. */
  readonly account: string;
  /** A person waits: it goes before what waits already. */
  readonly urgent?: boolean;
  /** How long it may be made to wait, in milliseconds. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the account begins to be slowed down because Google refused this request; of many that are refused
   * together, in all processes, it is that of one.
   */
  readonly onSlowDown?: (() => void) | undefined;
}

/** The wait for a permit would take longer than the request allows, or Google asked for a pause of minutes. */
export class WaitTooLongError extends Error {
  override readonly name = 'WaitTooLongError';

  constructor(
    /** Milliseconds until a new attempt makes sense. */
    readonly ms: number,
  ) {
    super('Google allows the next request of this account only later.');
  }
}

/** Leave to send one request; what became of it must be told, once. */
export interface Permit {
  /** Google carried it out, or refused it for a reason of its own. */
  allowed(): void;
  /** Google asked to slow down. */
  refused(retryAfterMs?: number): void;
  /** No answer, or none that tells anything about the pace. */
  unclear(): void;
}

export interface PacerOptions {
  /** Bounds all accounts together; Google allows a project 1,000,000 unless it granted more. Default: no bound. */
  readonly projectUnitsPerMinute?: number | undefined;
  readonly clock?: PacerClock;
  /** [0, 1) */
  readonly random?: () => number;
}

export interface PacerClock {
  /** Milliseconds since 1970, never less than before. */
  now(): number;
  /** Runs something later; answers how to call it off. */
  after(ms: number, run: () => void): () => void;
}

/** Not the wall clock, which may be set while somebody waits. */
const REAL_TIME: PacerClock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A pause that Google asks for and that is longer is told to whoever asks, who has better to do than to wait. */
export const LONG_PAUSE_MS = 120_000;
/** Reserved at once: pacing costs one round trip to the store in so much time, not one a call. */
const LEASE_MS = 250;
/** How long before its end the next is asked for. */
const AHEAD_MS = 125;
/** What other processes found out is known here after so long; under a limit, sooner. */
const KNOWN_MS = 500;
const FRESH_MS = 100;
/**
 * Requests under way while no limit is known: begun with, and added for each that Google lets through, fewer when there
 * are many. What is under way is what is refused when an account meets its first limit.
 */
const FIRST_WINDOW = 4;
const WINDOW_GROWTH = 0.3;
const WIDE_WINDOW = 32;
const WIDE_GROWTH = 0.1;
/**
 * Quota units a second that every account may spend: Google's default of 325,000 a minute and user ("Usage limits").
 * Below it a limit is not likely to be met, so the way there is short.
 */
const USUAL_UNITS_PER_SECOND = 325_000 / 60;
/** Reading and writing that are refused within so much time of each other have met a limit they share. */
const TOGETHER_MS = 1_000;
/** Of so many answers, a share that no noise explains. */
const SHARE_OF = 32;
const NOISE_SHARE = 0.5;
/** Bytes an account may upload and copy in 24 hours (Google Workspace help, "Shared drive limits"). */
const BYTES_PER_DAY = 750e9;
const BYTES_KEPT_MS = 1_000;
/** Bounds the memory of a process that sees many accounts. */
const MAX_ACCOUNTS = 10_000;

/**
 * Paces the requests to Google for each account, writes apart from reads, together with all other processes on the same
 * store. While Google refuses nothing, nothing waits. See `Pace` for how the rate is found.
 */
export class Pacer {
  private readonly store: PaceStore;
  private readonly clock: PacerClock;
  private readonly random: () => number;
  private readonly accounts = new Map<string, Account>();
  private readonly project: Lane | undefined;

  /** @param shared what the processes know together; without it this one paces by itself */
  constructor(
    shared?: PaceStore,
    { projectUnitsPerMinute, clock = REAL_TIME, random = Math.random }: PacerOptions = {},
  ) {
    const now = () => clock.now();
    this.store = shared ? new SteadyPaceStore(shared, now) : new MemoryPaceStore(now);
    this.clock = clock;
    this.random = random;
    if (projectUnitsPerMinute !== undefined)
      this.project = this.lane({ account: 'project', kind: 'all' }, projectUnitsPerMinute / 60);
  }

  /**
   * Waits until a request may be sent.
   * @throws WaitTooLongError · the signal's reason
   */
  async take(request: PacedRequest): Promise<Permit> {
    const permit = await this.account(request.account).take(request);
    if (!this.project || request.units === 0) return permit;
    try {
      (await this.project.take(request, request.account)).allowed();
      return permit;
    } catch (error) {
      permit.unclear();
      throw error;
    }
  }

  /** Milliseconds that Google told an account to wait still. */
  pausedMs(account: string): number {
    return this.account(account).pausedMs;
  }

  /** False when refusals of late had nothing to do with how fast the account was: each request waits for itself. */
  holdsBack({ account, kind }: Pick<PacedRequest, 'account' | 'kind'>): boolean {
    const { all, [kind]: lane } = this.account(account).lanes;
    return lane.holdsBack && all.holdsBack;
  }

  /** Successes and retries of an account. */
  retriesOf(account: string): RetryBudget {
    return this.account(account).retries;
  }

  /** Counts what an account uploaded or copied for its day. */
  wrote(account: string, bytes: number): void {
    this.account(account).wrote(bytes);
  }

  /**
   * Milliseconds until an account whose day is used up may write again: when its own bytes of the last 24 hours fall
   * below what a day allows. Where they do not reach it, somebody else wrote the rest, and it is an hour.
   */
  async dayEndsInMs(name: string): Promise<number> {
    await this.account(name).keepBytes();
    const hours = await this.store.bytesOfDay(name);
    let sum = hours.reduce((total, { bytes }) => total + bytes, 0);
    if (sum < BYTES_PER_DAY * 0.98) return HOUR_MS;
    for (const { at, bytes } of hours) {
      sum -= bytes;
      if (sum < BYTES_PER_DAY * 0.98) return Math.max(60_000, at + HOUR_MS + DAY_MS - this.clock.now());
    }
    return HOUR_MS;
  }

  /** Stores what is still to be stored. */
  async close(): Promise<void> {
    await Promise.all([...this.accounts.values()].map((account) => account.keepBytes()));
  }

  private account(name: string): Account {
    let account = this.accounts.get(name);
    if (!account) {
      if (this.accounts.size >= MAX_ACCOUNTS)
        for (const [other, { isIdle }] of this.accounts) if (isIdle) this.accounts.delete(other);
      account = new Account(name, this.store, this.clock, (lane) => this.lane(lane));
      this.accounts.set(name, account);
    }
    return account;
  }

  private lane(name: LaneName, fixedRate?: number): Lane {
    const pause = (ms: number) => (fixedRate === undefined ? this.account(name.account).pause(ms) : undefined);
    const pausedMs = () => (fixedRate === undefined ? this.account(name.account).pausedMs : 0);
    return new Lane(name, this.store, this.clock, this.random, { pause, pausedMs }, fixedRate);
  }
}

/**
 * An account's lanes: reading, writing, and both together. Google limits how much is written apart from how much is asked
 * for in all; which of the two was met, only what else is refused at that time tells.
 */
class Account {
  readonly lanes: { readonly read: Lane; readonly write: Lane; readonly all: Lane };
  readonly retries: RetryBudget;
  private pausedUntil = 0;
  private bytes = 0;
  private keeping = false;

  constructor(
    private readonly name: string,
    private readonly store: PaceStore,
    private readonly clock: PacerClock,
    lane: (name: LaneName) => Lane,
  ) {
    this.lanes = {
      read: lane({ account: name, kind: 'read' }),
      write: lane({ account: name, kind: 'write' }),
      all: lane({ account: name, kind: 'all' }),
    };
    this.retries = new RetryBudget(() => clock.now());
  }

  get isIdle(): boolean {
    return this.lanes.read.isIdle && this.lanes.write.isIdle && this.bytes === 0;
  }

  async take(request: PacedRequest): Promise<Permit> {
    const { all, [request.kind]: lane } = this.lanes;
    const other = this.lanes[request.kind === 'read' ? 'write' : 'read'];
    const own = await lane.take(request, request.kind);
    if (request.units === 0) return own;
    let shared: Permit;
    try {
      shared = await all.take(request, request.kind);
    } catch (error) {
      own.unclear();
      throw error;
    }
    return {
      allowed: () => (own.allowed(), shared.allowed()),
      unclear: () => (own.unclear(), shared.unclear()),
      refused: (retryAfterMs) => {
        lane.noteRefusal();
        if (all.isLimited || other.isRefused) {
          for (const each of [lane, other]) each.free();
          own.unclear();
          shared.refused(retryAfterMs);
        } else {
          own.refused(retryAfterMs);
          shared.unclear();
        }
      },
    };
  }

  get pausedMs(): number {
    return Math.max(0, this.pausedUntil - this.clock.now());
  }

  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.clock.now() + ms);
  }

  wrote(bytes: number): void {
    this.bytes += bytes;
    if (this.keeping) return;
    this.keeping = true;
    this.clock.after(BYTES_KEPT_MS, () => {
      this.keeping = false;
      void this.keepBytes();
    });
  }

  async keepBytes(): Promise<void> {
    const { bytes } = this;
    this.bytes = 0;
    if (bytes > 0) await this.store.addBytes(this.name, bytes);
  }
}

interface Waiter {
  /** Groups take turns. */
  readonly group: string;
  readonly units: number;
  /** To be run when its turn has come, */
  readonly go: () => void;
  /** or when it would have to wait for so many milliseconds. */
  readonly giveUp: (ms: number) => void;
}

/** Reserved time: `units` from `at` (this process's clock) on. */
interface Lease {
  at: number;
  units: number;
  readonly msPerUnit: number;
}

/** Requests that are paced together. */
class Lane {
  private readonly waiting = new WaitingLine();
  private reading: Reading | undefined;
  /** When it was read, on this process's clock. */
  private readAt = 0;
  private leases: Lease[] = [];
  private isAsking = false;
  private isChanging = false;
  private isToBeFreed = false;
  /** Units let through that the store has not been told of. */
  private unreported = 0;
  private underWay = 0;
  private refusedAt = -Infinity;
  /** Of the last answers, the older the less they count. */
  private refusedShare = 0;
  private window = FIRST_WINDOW;
  /** Units handed out in this stretch of LEASE_MS and in the one before. */
  private demand = { since: 0, units: 0, before: 0 };
  private callOff: (() => void) | undefined;

  constructor(
    private readonly name: LaneName,
    private readonly store: PaceStore,
    private readonly clock: PacerClock,
    private readonly random: () => number,
    private readonly account: { readonly pause: (ms: number) => void; readonly pausedMs: () => number },
    private readonly fixedRate?: number,
  ) {}

  get isIdle(): boolean {
    return this.underWay === 0 && this.waiting.isEmpty;
  }

  get holdsBack(): boolean {
    return !isNoisy(this.pace, this.measure.now.at) || this.refusedShare > NOISE_SHARE;
  }

  /** Whether a limit is known here, or being looked for. */
  get isLimited(): boolean {
    return isLimited(this.pace);
  }

  /** Whether something of it is being refused about now. */
  get isRefused(): boolean {
    return this.pace?.phase === 'shut' || this.clock.now() - this.refusedAt < TOGETHER_MS;
  }

  noteRefusal(): void {
    this.refusedAt = this.clock.now();
  }

  /** Gives up a limit that was thought to be this lane's. */
  free(): void {
    this.isToBeFreed = this.isChanging;
    if (!this.isChanging && this.isLimited)
      void this.change((pace, measure) => (isLimited(pace) ? freed(pace, measure) : undefined), 0);
  }

  /** @param group those who wait in one group do not hold up those of another */
  async take(request: PacedRequest, group: string): Promise<Permit> {
    request.signal?.throwIfAborted();
    return new Promise((permit, fail) => {
      const paused = this.account.pausedMs();
      if (paused > Math.min(request.patienceMs, LONG_PAUSE_MS)) return fail(new WaitTooLongError(paused));
      let isServed = false;
      let stopWaiting: (() => void) | undefined;
      const leave = (reason: Error) => {
        isServed = true;
        this.waiting.remove(waiter);
        stopWaiting?.();
        request.signal?.removeEventListener('abort', onAbort);
        fail(reason);
      };
      const onAbort = () => {
        leave(request.signal?.reason as Error);
        this.serve();
      };
      const waiter: Waiter = {
        group,
        units: request.units,
        giveUp: (ms) => leave(new WaitTooLongError(ms)),
        go: () => {
          isServed = true;
          stopWaiting?.();
          request.signal?.removeEventListener('abort', onAbort);
          permit(this.permit(request));
        },
      };
      this.waiting.add(waiter, request.urgent ?? false);
      this.serve();
      if (isServed) return;
      request.signal?.addEventListener('abort', onAbort, { once: true });
      if (Number.isFinite(request.patienceMs))
        stopWaiting = this.clock.after(request.patienceMs, () => {
          leave(new WaitTooLongError(Math.max(this.account.pausedMs(), 1_000)));
          this.serve();
        });
    });
  }

  private get pace(): Pace | undefined {
    return this.reading?.pace;
  }

  private get epoch(): number {
    return this.pace?.epoch ?? 0;
  }

  /** As read last, with what has happened here since. */
  private get measure(): Measure {
    const unread = { at: this.clock.now(), admitted: 0 };
    const { now, recent, earlier } = this.reading ?? { now: unread, recent: unread, earlier: unread };
    return {
      now: { at: now.at + this.clock.now() - this.readAt, admitted: now.admitted + this.unreported },
      recent,
      earlier,
    };
  }

  /** Hands out what may go now; sees to it that it is called again when more may. */
  private serve(): void {
    this.callOff?.();
    this.callOff = undefined;
    if (this.isChanging) return;
    for (let next = this.waiting.first; next; next = this.waiting.first) {
      if (!this.reading) return this.ask(0, 0);
      const paused = this.account.pausedMs();
      if (paused > LONG_PAUSE_MS) {
        next.giveUp(paused);
        continue;
      }
      const wait = paused || (next.units > 0 ? this.waitFor(next.units) : 0);
      if (wait === undefined) return;
      if (wait > 0) {
        this.callOff = this.clock.after(Math.min(wait, KNOWN_MS), () => this.serve());
        return;
      }
      // Under a limit that others may just have found lower, it is asked about again.
      if (this.leases.length > 0 && this.clock.now() - this.readAt > FRESH_MS) return this.ask(0, 0);
      this.spend(next.units);
      this.waiting.take(next);
      next.go();
    }
  }

  /** Milliseconds until so many units may be spent; undefined while that is to be found out. */
  private waitFor(units: number): number | undefined {
    const now = this.clock.now();
    const isShut = this.pace?.phase === 'shut' && this.fixedRate === undefined;
    const rate = this.fixedRate ?? (isShut ? 0 : rateOf(this.pace, this.measure));
    if (rate === Infinity) return this.name.kind === 'all' || this.underWay < this.window ? 0 : undefined;

    // Time that passed unused is gone.
    this.leases = this.leases.filter(({ at, units: left, msPerUnit }) => at + left * msPerUnit > now - KNOWN_MS);
    const held = this.leases.reduce((sum, lease) => sum + lease.units, 0);
    const last = this.leases.at(-1);
    const endsIn = last ? last.at + last.units * last.msPerUnit - now : 0;
    if (isShut) {
      if (held < units) this.ask(units, this.pace?.gapMs ?? 0);
    } else if (held < units || (endsIn < AHEAD_MS && held < this.waiting.units)) {
      const wanted = Math.min(Math.max(this.waiting.units - held, this.recentDemand(now)), (rate * LEASE_MS) / 1_000);
      const amount = Math.max(wanted, units - held, 0.001);
      this.ask(amount, (amount / rate) * 1_000);
    }
    if (held < units - 1e-6) return undefined;
    return Math.max(0, (this.leases[0]?.at ?? now) - now);
  }

  private spend(units: number): void {
    const now = this.clock.now();
    if (now - this.demand.since >= LEASE_MS)
      this.demand = { since: now, units: 0, before: now - this.demand.since < 2 * LEASE_MS ? this.demand.units : 0 };
    this.demand.units += units;
    for (let left = units; left > 1e-6;) {
      const lease = this.leases[0];
      if (!lease) break;
      const part = Math.min(left, lease.units);
      lease.units -= part;
      lease.at += part * lease.msPerUnit;
      left -= part;
      if (lease.units <= 1e-6) this.leases.shift();
    }
  }

  private recentDemand(now: number): number {
    return now - this.demand.since < LEASE_MS ? Math.max(this.demand.units, this.demand.before) : 0;
  }

  /** Tells the store what passed, hears what others found, and reserves time, all in one. */
  private ask(units: number, spanMs: number): void {
    if (this.isAsking) return;
    this.isAsking = true;
    const { epoch } = this;
    const reported = this.unreported;
    void this.store.reserve(this.name, epoch, reported, spanMs).then((reading) => {
      this.isAsking = false;
      this.unreported -= reported;
      this.learn(reading);
      if (reading.startsInMs !== undefined && spanMs > 0 && this.epoch === epoch)
        this.leases.push({ at: this.clock.now() + reading.startsInMs, units, msPerUnit: spanMs / units });
      this.serve();
    });
  }

  private learn(reading: Reading): void {
    const { epoch } = this;
    this.reading = reading;
    this.readAt = this.clock.now();
    if (reading.pausedMs > 0) this.account.pause(reading.pausedMs);
    if (this.epoch === epoch) return;
    this.leases = [];
    this.window = FIRST_WINDOW;
    if (this.pace?.phase === 'noisy') this.refusedShare = 0;
  }

  private permit({ units, onSlowDown }: PacedRequest): Permit {
    if (units === 0) return this.freePermit();
    const { epoch } = this;
    const isTry = this.pace?.phase === 'shut';
    this.underWay++;
    const settle = () => {
      this.underWay--;
      if (this.clock.now() - this.readAt >= KNOWN_MS) this.ask(0, 0);
      this.serve();
    };
    return {
      allowed: () => {
        this.unreported += units;
        this.refusedShare -= this.refusedShare / SHARE_OF;
        this.widen();
        if (isTry && this.pace?.phase === 'shut')
          void this.change(
            (pace, measure) => (pace?.phase === 'shut' ? reopened(pace, measure, units) : undefined),
            units,
          );
        settle();
      },
      refused: (retryAfterMs = 0) => {
        this.pause(retryAfterMs);
        this.refusedShare += (1 - this.refusedShare) / SHARE_OF;
        // Many refused together are one event: what was sent before the pace changed says nothing about it.
        if (epoch === this.epoch && this.holdsBack) {
          const wasShut = this.pace?.phase === 'shut';
          void this.change((pace, measure) => refused(pace, measure, units, this.random()), units).then((put) => {
            if (put?.phase === 'shut' && !wasShut) onSlowDown?.();
          });
        }
        settle();
      },
      unclear: settle,
    };
  }

  /** Lets more requests be under way, while no limit is known. */
  private widen(): void {
    const { now, recent } = this.measure;
    const rate = ((now.admitted - recent.admitted) * 1_000) / Math.max(1_000, now.at - recent.at);
    this.window += this.window < WIDE_WINDOW || rate < USUAL_UNITS_PER_SECOND ? WINDOW_GROWTH : WIDE_GROWTH;
  }

  /** The chunks of an upload may take hours, and say nothing about the pace. */
  private freePermit(): Permit {
    const settle = () => this.serve();
    return { allowed: settle, unclear: settle, refused: (retryAfterMs = 0) => (this.pause(retryAfterMs), settle()) };
  }

  private pause(ms: number): void {
    if (ms <= 0) return;
    this.account.pause(ms);
    void this.store.pause(this.name.account, ms);
  }

  /**
   * Changes the pace, unless another process has done so already.
   * @returns the new pace, if it is this one's
   */
  private async change(
    compute: (pace: Pace | undefined, measure: Measure) => Pace | undefined,
    units: number,
  ): Promise<Pace | undefined> {
    if (this.isChanging) return undefined;
    this.isChanging = true;
    const { epoch } = this;
    const reported = this.unreported;
    let reading = await this.store.reserve(this.name, epoch, reported, 0);
    this.unreported -= reported;
    const next = (reading.pace?.epoch ?? 0) === epoch ? compute(reading.pace, reading) : undefined;
    if (next) reading = await this.store.change(this.name, epoch, next, restOf(next, units));
    this.isChanging = false;
    this.learn(reading);
    if (this.isToBeFreed) this.free();
    this.serve();
    // Of two with the same epoch, the part of the pause that is random tells whose it is.
    return next && reading.pace?.epoch === next.epoch && reading.pace.gapMs === next.gapMs ? next : undefined;
  }
}

/** Those who wait: the urgent first, then the groups in turns, each in its own order. */
class WaitingLine {
  /** Units of all who wait. */
  units = 0;
  private readonly urgent: Waiter[] = [];
  private readonly byGroup = new Map<string, Waiter[]>();

  get isEmpty(): boolean {
    return this.first === undefined;
  }

  get first(): Waiter | undefined {
    if (this.urgent.length > 0) return this.urgent[0];
    for (const line of this.byGroup.values()) return line[0];
    return undefined;
  }

  add(waiter: Waiter, isUrgent: boolean): void {
    this.units += waiter.units;
    // What costs nothing has no turn to wait for.
    if (waiter.units === 0) this.urgent.unshift(waiter);
    else if (isUrgent) this.urgent.push(waiter);
    if (waiter.units === 0 || isUrgent) return;
    const line = this.byGroup.get(waiter.group);
    if (line) line.push(waiter);
    else this.byGroup.set(waiter.group, [waiter]);
  }

  /** Removes the one whose turn it is; its group is the last in turn now. */
  take(waiter: Waiter): void {
    this.remove(waiter);
    const line = this.byGroup.get(waiter.group);
    if (!line) return;
    this.byGroup.delete(waiter.group);
    this.byGroup.set(waiter.group, line);
  }

  remove(waiter: Waiter): void {
    const line = this.urgent.includes(waiter) ? this.urgent : (this.byGroup.get(waiter.group) ?? []);
    const at = line.indexOf(waiter);
    if (at < 0) return;
    line.splice(at, 1);
    this.units -= waiter.units;
    if (line !== this.urgent && line.length === 0) this.byGroup.delete(waiter.group);
  }
}
