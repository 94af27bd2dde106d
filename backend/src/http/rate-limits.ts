import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { isIPv6 } from 'node:net';
import { normalizeIp, type ThrottlerStorage } from '@nestjs/throttler';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { TooManyRequestsError } from './errors.js';
import { RateLimitStore } from './rate-limit.port.js';

/** All limits are per minute. */
export const WINDOW_MS = 60_000;
/** How many times the limit of a /64 a /48 gets: a /48 is one office, or one rented server. */
const SITE_SHARE = 4;
/** An outage is one line of the log a minute, not one a request. */
const LOG_EVERY_MS = 60_000;

/**
 * What is limited: sign-ins by client address; calls of a live session by its token and by its account; all other calls,
 * those with a wrong token among them, by client address; wrong operator keys by client address.
 */
export type RateLimit = 'sign-in' | 'token' | 'account' | 'address' | 'operator-key';

/** While Redis cannot count, these refuse: guessing must not become free. The others let everything pass. */
const SHUT_WITHOUT_STORE: readonly RateLimit[] = ['sign-in', 'operator-key'];

type StorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** One bucket that a client counts in. */
interface Bucket {
  readonly key: string;
  /** Requests a minute that each cost one unit. */
  readonly units: number;
}

/** The throttler's storage for all processes, and the limits that are counted elsewhere than in its guard. */
@Injectable()
export class RateLimits implements ThrottlerStorage {
  private readonly logger = new Logger('RateLimits');
  private silentUntil = 0;

  constructor(
    private readonly store: RateLimitStore,
    @InjectConfig('http') private readonly http: Config['http'],
  ) {}

  /** Units a minute of a limit. */
  unitsOf(limit: RateLimit): number {
    return this.http.rateLimits[limit];
  }

  /**
   * Counts one request of `limit` that fit into `ttl` milliseconds; `limit` may be a fraction, so that a request which
   * costs five units of a hundred counts as one of twenty. Seconds are fractions as well. `totalHits` is 0 if Redis could
   * not count and the throttler stays open; there is no blocking beyond the wait.
   * @throws StoreUnavailableError where the limit refuses without Redis
   */
  async increment(key: string, ttl: number, limit: number, _block: number, name: string): Promise<StorageRecord> {
    try {
      const reading = await this.store.take(name, key, { units: limit, windowMs: ttl }, 1);
      return {
        totalHits: (reading.fullInMs / ttl) * limit + (reading.allowed ? 0 : 1),
        timeToExpire: reading.fullInMs / 1_000,
        isBlocked: !reading.allowed,
        timeToBlockExpire: reading.waitMs / 1_000,
      };
    } catch (error) {
      if (SHUT_WITHOUT_STORE.includes(name as RateLimit)) throw error;
      this.logOnce(error);
      return { totalHits: 0, timeToExpire: 0, isBlocked: false, timeToBlockExpire: 0 };
    }
  }

  /**
   * Counts a request of a client that no guard counts.
   * @throws TooManyRequestsError; StoreUnavailableError where the limit refuses without Redis
   */
  async take(limit: RateLimit, address: string): Promise<void> {
    for (const { key, units } of this.bucketsOf(limit, address)) {
      const { isBlocked, timeToBlockExpire } = await this.increment(key, WINDOW_MS, units, 0, limit);
      if (isBlocked) throw new TooManyRequestsError(limit, Math.max(1, Math.ceil(timeToBlockExpire)));
    }
  }

  /** Returns one unit. Never throws: the window ends soon. */
  async giveBack(limit: RateLimit, address: string): Promise<void> {
    for (const { key, units } of this.bucketsOf(limit, address))
      await this.store.take(limit, key, { units, windowMs: WINDOW_MS }, -1).catch(() => undefined);
  }

  private bucketsOf(limit: RateLimit, address: string): Bucket[] {
    const site = siteOf(address);
    return [
      { key: keyOf(networkOf(address)), units: this.unitsOf(limit) },
      ...(site === undefined ? [] : [{ key: keyOf(site), units: SITE_SHARE * this.unitsOf(limit) }]),
    ];
  }

  private logOnce(error: unknown): void {
    const now = Date.now();
    if (now < this.silentUntil) return;
    this.silentUntil = now + LOG_EVERY_MS;
    this.logger.warn({ err: error }, 'Redis is not responding: requests are not limited, and sign-ins are refused.');
  }
}

/** Units of a limit for a /48. */
export const siteUnits = (units: number): number => SITE_SHARE * units;

/** An IPv6 address counts as its /64, of which one host may use every address; one mapped from IPv4 counts as that. */
export const networkOf = (address: string): string => normalizeIp(address, 64);

/**
 * The /48 in which an IPv6 address counts as well: the most that one site gets (RFC 6177), and so 65,536 times a /64.
 * Undefined for IPv4.
 */
export function siteOf(address: string): string | undefined {
  const isV6 = isIPv6(address.split('%', 1)[0]!) && networkOf(address).endsWith('/64');
  return isV6 ? normalizeIp(address, 48) : undefined;
}

/** A client's name in Redis: a digest, because an address is personal data. */
export const keyOf = (client: string): string => hash('sha256', client, 'base64url').slice(0, 22);
