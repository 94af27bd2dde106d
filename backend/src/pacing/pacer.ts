import { performance } from 'node:perf_hooks';
import { BYTES_PER_DAY } from '../engine/forecast.js';
import { isLoopBusy } from './busy-loop.js';
import { type LimiterName, MemoryPaceStore, type PaceStore, SteadyPaceStore } from './pace-store.js';
import type { Cost } from './cost.js';
import { type AccountPause, type LimitedRequest, type PacerClock, type Permit, RateLimiter } from './rate-limiter.js';
import { RetryBudget } from './retry-budget.js';
import { DAY_MS, HOUR_MS } from '../engine/times.js';

/** A request about to be sent to Google. */
export interface PacedRequest extends LimitedRequest, Pick<Cost, 'kind'> {
  /** Id of the account's credential; with the name of a limit behind it, a pace of its own. */
  readonly account: string;
  /** Whether it uses units of the project. Default: true. */
  readonly isOfProject?: boolean;
}

export interface PacerOptions {
  /** Limit for all accounts together; Google allows a project 1,000,000 unless it granted more. Default: no limit. */
  readonly projectUnitsPerMinute?: number | undefined;
  readonly clock?: PacerClock;
  /** [0, 1) */
  readonly random?: () => number;
}

/** Not the wall clock, which may be changed while a request waits. */
export const REAL_TIME: PacerClock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  isBusy: isLoopBusy,
};

const BYTES_KEPT_MS = 1_000;
/** Bounds the memory of a process with many accounts. */
const MAX_ACCOUNTS = 10_000;
const NO_PAUSE: AccountPause = { ms: 0, extend: () => undefined };

/**
 * Paces the requests to Google for each account, separately for writes and reads, together with all other processes
 * that use the same store. No request waits until Google refuses one. See `Pace` for how the rate is measured.
 */
export class Pacer {
  private readonly store: PaceStore;
  private readonly clock: PacerClock;
  private readonly random: () => number;
  private readonly accounts = new Map<string, Account>();
  private readonly project: RateLimiter | undefined;

  /** @param shared the store of all processes; without it this process paces alone */
  constructor(
    shared?: PaceStore,
    { projectUnitsPerMinute, clock = REAL_TIME, random = Math.random }: PacerOptions = {},
  ) {
    const now = () => clock.now();
    this.store = shared ? new SteadyPaceStore(shared, now) : new MemoryPaceStore(now);
    this.clock = clock;
    this.random = random;
    if (projectUnitsPerMinute !== undefined)
      this.project = this.limiter({ account: 'project', kind: 'all' }, NO_PAUSE, projectUnitsPerMinute / 60);
  }

  /**
   * Waits until a request may be sent.
   * @throws WaitTooLongError · the signal's reason
   */
  async take(request: PacedRequest): Promise<Permit> {
    const permit = await this.account(request.account).take(request);
    if (!this.project || request.units === 0 || request.isOfProject === false) return permit;
    try {
      (await this.project.take(request, request.account)).allowed();
      return permit;
    } catch (error) {
      permit.unclear();
      throw error;
    }
  }

  /** Milliseconds that Google still requires an account to wait. */
  pausedMs(account: string): number {
    return this.account(account).pause.ms;
  }

  /** Sends nothing of an account for so many milliseconds, in any process. */
  pause(account: string, ms: number): Promise<void> {
    this.account(account).pause.extend(ms);
    return this.store.pause(account, ms);
  }

  /** False if recent refusals were unrelated to the account's pace; each request then waits separately. */
  holdsBack({ account, kind }: Pick<PacedRequest, 'account' | 'kind'>): boolean {
    const { all, [kind]: limiter } = this.account(account).limiters;
    return limiter.holdsBack && all.holdsBack;
  }

  /** Successes and retries of an account. */
  retriesOf(account: string): RetryBudget {
    return this.account(account).retries;
  }

  /** Counts bytes that an account uploaded or copied towards its daily limit. */
  wrote(account: string, bytes: number): void {
    this.account(account).wrote(bytes);
  }

  /** Milliseconds since 1970, on the pacer's clock. */
  now(): number {
    return this.clock.now();
  }

  /**
   * Waits `ms` milliseconds on the pacer's clock.
   * @throws the signal's reason
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((done, fail) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        cancel();
        fail(signal?.reason as Error);
      };
      const cancel = this.clock.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        done();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Milliseconds until an account that used up its daily limit may write again: until its own bytes of the last 24
   * hours fall below the limit. If they do not reach the limit, other programs wrote the rest, and it is an hour.
   */
  async dayEndsInMs(name: string): Promise<number> {
    await this.account(name).storeBytes();
    const hours = await this.store.bytesOfDay(name);
    let sum = hours.reduce((total, { bytes }) => total + bytes, 0);
    if (sum < BYTES_PER_DAY * 0.98) return HOUR_MS;
    for (const { at, bytes } of hours) {
      sum -= bytes;
      if (sum < BYTES_PER_DAY * 0.98) return Math.max(60_000, at + HOUR_MS + DAY_MS - this.clock.now());
    }
    return HOUR_MS;
  }

  /** Stores the bytes that were counted since the last call. */
  async close(): Promise<void> {
    await Promise.all([...this.accounts.values()].map((account) => account.storeBytes()));
  }

  private account(name: string): Account {
    let account = this.accounts.get(name);
    if (!account) {
      if (this.accounts.size >= MAX_ACCOUNTS)
        for (const [other, { isIdle }] of this.accounts) if (isIdle) this.accounts.delete(other);
      account = new Account(name, this.store, this.clock, (limiter, pause) => this.limiter(limiter, pause));
      this.accounts.set(name, account);
    }
    return account;
  }

  private limiter(name: LimiterName, pause: AccountPause, fixedRate?: number): RateLimiter {
    return new RateLimiter(name, this.store, this.clock, this.random, pause, fixedRate);
  }
}

/**
 * An account's limiters: for reads, for writes, and for both together. Google limits writes separately and all requests
 * together; which limit was reached shows only in what else is refused at that time.
 */
class Account {
  readonly limiters: { readonly read: RateLimiter; readonly write: RateLimiter; readonly all: RateLimiter };
  readonly retries: RetryBudget;
  readonly pause: AccountPause;
  private bytes = 0;
  private isStoring = false;

  constructor(
    private readonly name: string,
    private readonly store: PaceStore,
    private readonly clock: PacerClock,
    limiter: (name: LimiterName, pause: AccountPause) => RateLimiter,
  ) {
    let until = 0;
    this.pause = {
      get ms() {
        return Math.max(0, until - clock.now());
      },
      extend: (ms) => void (until = Math.max(until, clock.now() + ms)),
    };
    this.limiters = {
      read: limiter({ account: name, kind: 'read' }, this.pause),
      write: limiter({ account: name, kind: 'write' }, this.pause),
      all: limiter({ account: name, kind: 'all' }, this.pause),
    };
    this.retries = new RetryBudget(() => clock.now());
  }

  get isIdle(): boolean {
    return this.limiters.read.isIdle && this.limiters.write.isIdle && this.bytes === 0;
  }

  async take(request: PacedRequest): Promise<Permit> {
    const { all, [request.kind]: limiter } = this.limiters;
    const other = this.limiters[request.kind === 'read' ? 'write' : 'read'];
    const own = await limiter.take(request, request.kind);
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
        const isShared = all.isLimited || other.isRefused;
        (isShared ? own : shared).unclear();
        (isShared ? shared : own).refused(retryAfterMs);
      },
    };
  }

  wrote(bytes: number): void {
    this.bytes += bytes;
    if (this.isStoring) return;
    this.isStoring = true;
    this.clock.after(BYTES_KEPT_MS, () => {
      this.isStoring = false;
      void this.storeBytes();
    });
  }

  async storeBytes(): Promise<void> {
    const { bytes } = this;
    this.bytes = 0;
    if (bytes > 0) await this.store.addBytes(this.name, bytes);
  }
}
