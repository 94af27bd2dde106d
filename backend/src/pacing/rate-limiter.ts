import { isLimited, isNoisy, type Measure, type Pace, rateOf, refused, reopened, restOf } from './calculator.js';
import type { LimiterName, PaceStore, Reading } from './pace-store.js';
import { type Waiter, WaitQueue } from './wait-queue.js';

/** A request that a limiter may delay. */
export interface LimitedRequest {
  /** Google's quota units; a request without any passes at once. */
  readonly units: number;
  /** A person waits, so it goes before requests that already wait. */
  readonly urgent?: boolean;
  /** Maximum wait in milliseconds. */
  readonly totalTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when a refusal of this request starts to slow the account down; only for one of several simultaneous
   * refusals, in all processes.
   */
  readonly onSlowDown?: (() => void) | undefined;
}

/** Permission to send one request. The holder must report the outcome exactly once. */
export interface Permit {
  /** Google executed the request, or refused it for a reason other than its rate. */
  allowed(): void;
  /** Google refused it because of its rate. */
  refused(retryAfterMs?: number): void;
  /** No response, or one that does not concern the rate. */
  unclear(): void;
}

/** The wait for a permit would exceed the request's limit, or Google requires a pause of minutes. */
export class WaitTooLongError extends Error {
  override readonly name = 'WaitTooLongError';

  constructor(
    /** Milliseconds until a retry makes sense. */
    readonly ms: number,
  ) {
    super('Google allows the next request of this account only later.');
  }
}

export interface PacerClock {
  /** Milliseconds since 1970; never decreases. */
  now(): number;
  /** Runs a function later; returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Whether this process has been busy recently. Default: no. */
  isBusy?(): boolean;
}

/** Google's `Retry-After`, which applies to all requests of an account. */
export interface AccountPause {
  readonly ms: number;
  extend(ms: number): void;
}

/** Longer pauses are reported to the callers instead of waited for. */
export const LONG_PAUSE_MS = 120_000;
/**
 * Milliseconds reserved at once, so that pacing costs one round trip to the store in this time instead of one per
 * request.
 */
const LEASE_MS = 250;
/** How long (ms) before the end of a lease the next one is reserved. */
const AHEAD_MS = 125;
/** How soon (ms) this process learns what others found out; sooner under a limit. */
const KNOWN_MS = 500;
const FRESH_MS = 100;
/**
 * Maximum number of requests in progress while no limit is known: the initial value, and its increase for each admitted
 * request. When an account reaches its first limit, Google refuses those in progress.
 */
const FIRST_WINDOW = 4;
const WINDOW_GROWTH = 0.3;
/**
 * While the process is busy, more requests in progress only wait in it, each with its own connection. So the window
 * shrinks by one with each admitted request, down to this. While responses take long, the process is not busy.
 */
const BUSY_WINDOW = 32;
/** A share of refusals among the last responses that is too large for noise. */
const SHARE_OF = 32;
const NOISE_SHARE = 0.5;

/** Reserved time: `units` from `at` on (this process's clock). */
interface Lease {
  at: number;
  units: number;
  readonly msPerUnit: number;
}

/** Delays requests that share one limit: those of a kind, or all, of an account; or those of the whole project. */
export class RateLimiter {
  private readonly waiting = new WaitQueue();
  private reading: Reading | undefined;
  /** When it was read, on this process's clock. */
  private readAt = 0;
  private leases: Lease[] = [];
  private isReserving = false;
  private isChanging = false;
  /** Units admitted that the store has not counted yet. */
  private unreported = 0;
  private underWay = 0;
  /** Share of refusals among the last responses; older ones count less. */
  private refusedShare = 0;
  private window = FIRST_WINDOW;
  private cancelServe: (() => void) | undefined;

  /** @param fixedRate quota units per second, instead of a measured pace */
  constructor(
    private readonly name: LimiterName,
    private readonly store: PaceStore,
    private readonly clock: PacerClock,
    private readonly random: () => number,
    private readonly pause: AccountPause,
    private readonly fixedRate?: number,
  ) {}

  get isIdle(): boolean {
    return this.underWay === 0 && this.waiting.isEmpty;
  }

  /** False if recent refusals were unrelated to the pace; each request then waits separately. */
  get holdsBack(): boolean {
    return !isNoisy(this.pace, this.measure.now.at) || this.refusedShare > NOISE_SHARE;
  }

  /** Whether a limit is known or being searched for. */
  get isLimited(): boolean {
    return isLimited(this.pace);
  }

  /** Whether Google currently refuses its requests. */
  get isRefused(): boolean {
    return this.isChanging || this.pace?.phase === 'shut';
  }

  /**
   * Waits until a request may be sent.
   * @param group requests of one group do not delay those of another
   * @throws WaitTooLongError · the signal's reason
   */
  async take(request: LimitedRequest, group: string): Promise<Permit> {
    request.signal?.throwIfAborted();
    return new Promise((permit, fail) => {
      const paused = this.pause.ms;
      if (paused > Math.min(request.totalTimeoutMs, LONG_PAUSE_MS)) return fail(new WaitTooLongError(paused));
      let isServed = false;
      let stopWaiting: (() => void) | undefined;
      const settle = () => {
        isServed = true;
        stopWaiting?.();
        request.signal?.removeEventListener('abort', onAbort);
      };
      const leave = (reason: Error) => {
        settle();
        this.waiting.remove(waiter);
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
          settle();
          permit(this.permit(request));
        },
      };
      this.waiting.add(waiter, request.urgent ?? false);
      this.serve();
      if (isServed) return;
      request.signal?.addEventListener('abort', onAbort, { once: true });
      if (Number.isFinite(request.totalTimeoutMs))
        stopWaiting = this.clock.after(request.totalTimeoutMs, () => {
          leave(new WaitTooLongError(Math.max(this.pause.ms, 1_000)));
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

  /** The last reading, updated with what this process has done since. */
  private get measure(): Measure {
    const unread = { at: this.clock.now(), admitted: 0 };
    const { now, recent, earlier } = this.reading ?? { now: unread, recent: unread, earlier: unread };
    return {
      now: { at: now.at + this.clock.now() - this.readAt, admitted: now.admitted + this.unreported },
      recent,
      earlier,
    };
  }

  /** Admits requests that may be sent now, and schedules the next call. */
  private serve(): void {
    this.cancelServe?.();
    this.cancelServe = undefined;
    if (this.isChanging) return;
    for (let next = this.waiting.first; next; next = this.waiting.first) {
      if (!this.reading) return this.reserve(0, 0);
      const paused = this.pause.ms;
      if (paused > LONG_PAUSE_MS) {
        next.giveUp(paused);
        continue;
      }
      const wait = paused || (next.units > 0 ? this.waitFor(next.units) : 0);
      if (wait === undefined) return;
      if (wait > 0) {
        this.cancelServe = this.clock.after(Math.min(wait, KNOWN_MS), () => this.serve());
        return;
      }
      // Another process may have just found a lower limit.
      if (this.leases.length > 0 && this.clock.now() - this.readAt > FRESH_MS) return this.reserve(0, 0);
      this.spend(next.units);
      this.waiting.take(next);
      next.go();
    }
  }

  /** Milliseconds until `units` may be spent; undefined until the store has responded. */
  private waitFor(units: number): number | undefined {
    const now = this.clock.now();
    const isShut = this.pace?.phase === 'shut' && this.fixedRate === undefined;
    const rate = this.fixedRate ?? (isShut ? 0 : rateOf(this.pace, this.measure));
    if (rate === Infinity) return this.name.kind === 'all' || this.underWay < this.window ? 0 : undefined;

    // Unused time is lost.
    this.leases = this.leases.filter(({ at, units: left, msPerUnit }) => at + left * msPerUnit > now - KNOWN_MS);
    const held = this.leases.reduce((sum, lease) => sum + lease.units, 0);
    const last = this.leases.at(-1);
    const endsIn = last ? last.at + last.units * last.msPerUnit - now : 0;
    if (isShut) {
      if (held < units) this.reserve(units, this.pace?.gapMs ?? 0);
    } else if (held < units || (endsIn < AHEAD_MS && held < this.waiting.units)) {
      const amount = Math.max(Math.min(this.waiting.units - held, (rate * LEASE_MS) / 1_000), units - held, 0.001);
      this.reserve(amount, (amount / rate) * 1_000);
    }
    if (held < units - 1e-6) return undefined;
    return Math.max(0, (this.leases[0]?.at ?? now) - now);
  }

  private spend(units: number): void {
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

  /** Reports admitted units, reads what others found out, and reserves time, in one round trip. */
  private reserve(units: number, spanMs: number): void {
    if (this.isReserving) return;
    this.isReserving = true;
    const { epoch } = this;
    const reported = this.unreported;
    void this.store.reserve(this.name, epoch, reported, spanMs).then((reading) => {
      this.isReserving = false;
      this.unreported -= reported;
      this.apply(reading);
      if (reading.startsInMs !== undefined && spanMs > 0 && this.epoch === epoch)
        this.leases.push({ at: this.clock.now() + reading.startsInMs, units, msPerUnit: spanMs / units });
      this.serve();
    });
  }

  private apply(reading: Reading): void {
    const { epoch } = this;
    this.reading = reading;
    this.readAt = this.clock.now();
    if (reading.pausedMs > 0) this.pause.extend(reading.pausedMs);
    if (this.epoch === epoch) return;
    this.leases = [];
    this.window = FIRST_WINDOW;
    if (this.pace?.phase === 'noisy') this.refusedShare = 0;
  }

  private permit({ units, onSlowDown }: LimitedRequest): Permit {
    if (units === 0) return this.freePermit();
    const { epoch } = this;
    const isTry = this.pace?.phase === 'shut';
    this.underWay++;
    const settle = () => {
      this.underWay--;
      if (this.clock.now() - this.readAt >= KNOWN_MS) this.reserve(0, 0);
      this.serve();
    };
    return {
      allowed: () => {
        this.unreported += units;
        this.refusedShare -= this.refusedShare / SHARE_OF;
        if (this.clock.isBusy?.()) this.window = Math.max(BUSY_WINDOW, Math.min(this.window, this.underWay) - 1);
        else this.window += WINDOW_GROWTH;
        if (isTry && this.pace?.phase === 'shut')
          void this.change(
            (pace, measure) => (pace?.phase === 'shut' ? reopened(pace, measure, units) : undefined),
            units,
          );
        settle();
      },
      refused: (retryAfterMs = 0) => {
        this.pauseAccount(retryAfterMs);
        this.refusedShare += (1 - this.refusedShare) / SHARE_OF;
        // Simultaneous refusals are one event: a response from before the last change of pace does not count.
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

  /** The chunks of an upload may take hours, and do not concern the pace. */
  private freePermit(): Permit {
    const settle = () => this.serve();
    return {
      allowed: settle,
      unclear: settle,
      refused: (retryAfterMs = 0) => (this.pauseAccount(retryAfterMs), settle()),
    };
  }

  private pauseAccount(ms: number): void {
    if (ms <= 0) return;
    this.pause.extend(ms);
    void this.store.pause(this.name.account, ms);
  }

  /**
   * Changes the pace, unless another process has already done so.
   * @returns the new pace, if this process changed it
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
    this.apply(reading);
    this.serve();
    // The random part of the gap distinguishes two paces with the same epoch.
    return next && reading.pace?.epoch === next.epoch && reading.pace.gapMs === next.gapMs ? next : undefined;
  }
}
