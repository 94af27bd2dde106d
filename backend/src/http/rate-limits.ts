import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { isIPv6 } from 'node:net';
import { normalizeIp, type ThrottlerStorage } from '@nestjs/throttler';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { TooManyRequestsError } from './errors.js';
import { RateLimitStore } from './rate-limit.port.js';
import { RefusalDelays } from './refusal-delays.js';

/** All limits are per minute. */
export const WINDOW_MS = 60_000;
/** A /48 gets this many times the limit of a /64: a /48 is one office, or one rented server. */
const SITE_SHARE = 4;
/** How often an outage is logged: once a minute instead of once per request. */
const LOG_EVERY_MS = 60_000;

/**
 * The limits: sign-ins by client address; calls of a valid session by its token and by its account; all other calls,
 * including those with a wrong token, by client address; wrong operator keys by client address.
 */
export type RateLimit = 'sign-in' | 'token' | 'account' | 'address' | 'operator-key';

/**
 * These limits refuse requests while Redis can't count, so that guessing is never unlimited. The others allow all
 * requests.
 */
const SHUT_WITHOUT_STORE: readonly RateLimit[] = ['sign-in', 'operator-key'];

type StorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** A bucket in which a client is counted. */
interface Bucket {
  readonly key: string;
  /** Requests per minute, if each costs one unit. */
  readonly units: number;
}

/** The throttler's storage, shared by all processes, and limits that other code counts. */
@Injectable()
export class RateLimits implements ThrottlerStorage {
  private readonly logger = new Logger('RateLimits');
  /** Refusals by any limit wait here, so that its bound holds for all of them together. */
  readonly delays = new RefusalDelays();
  private silentUntil = -Infinity;

  constructor(
    private readonly store: RateLimitStore,
    @InjectConfig('http') private readonly http: Config['http'],
  ) {}

  /** Units per minute of a limit. */
  unitsOf(limit: RateLimit): number {
    return this.http.rateLimits[limit];
  }

  /**
   * Counts one of `limit` requests per `ttl` milliseconds. `limit` may be a fraction: a request that costs five units
   * of a hundred counts as one of twenty. Seconds may be fractions too. `totalHits` is 0 if Redis could not count and
   * the limit allows the request; there is no blocking beyond the wait.
   * @throws StoreUnavailableError if Redis can't count and the limit refuses
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
   * Counts a request that no guard counts.
   * @throws TooManyRequestsError; StoreUnavailableError if Redis can't count and the limit refuses
   */
  async take(limit: RateLimit, address: string | undefined): Promise<void> {
    for (const { key, units } of this.bucketsOf(limit, address)) {
      const { isBlocked, timeToBlockExpire } = await this.increment(key, WINDOW_MS, units, 0, limit);
      if (!isBlocked) continue;
      await this.delays.wait(key);
      throw new TooManyRequestsError(limit, Math.max(1, Math.ceil(timeToBlockExpire)));
    }
  }

  /** Returns one unit to the quota. Never throws, because the window ends soon. */
  async giveBack(limit: RateLimit, address: string | undefined): Promise<void> {
    for (const { key, units } of this.bucketsOf(limit, address))
      await this.store.take(limit, key, { units, windowMs: WINDOW_MS }, -1).catch(() => undefined);
  }

  private bucketsOf(limit: RateLimit, address: string | undefined): Bucket[] {
    // Fastify knows none of a client that has disconnected, and that gets no response.
    if (address === undefined) return [];
    const site = siteOf(address);
    return [
      { key: keyOf(networkOf(address)), units: this.unitsOf(limit) },
      ...(site === undefined ? [] : [{ key: keyOf(site), units: SITE_SHARE * this.unitsOf(limit) }]),
    ];
  }

  private logOnce(error: unknown): void {
    const now = performance.now();
    if (now < this.silentUntil) return;
    this.silentUntil = now + LOG_EVERY_MS;
    this.logger.warn({ err: error }, 'Redis is not responding, so requests are not limited, and sign-ins are refused.');
  }
}

/** Units of a limit for a /48. */
export const siteUnits = (units: number): number => SITE_SHARE * units;

/**
 * An IPv6 address counts as its /64, because one host may use all its addresses; a mapped IPv4 address counts as IPv4.
 */
export const networkOf = (address: string): string => normalizeIp(address, 64);

/**
 * The /48 in which an IPv6 address is counted too: the largest network that one site gets (RFC 6177), 65,536 times
 * a /64. Undefined for IPv4.
 */
export function siteOf(address: string): string | undefined {
  const isV6 = isIPv6(address.split('%', 1)[0]!) && networkOf(address).endsWith('/64');
  return isV6 ? normalizeIp(address, 48) : undefined;
}

/** A client's key in Redis: a digest, because an address is personal data. */
export const keyOf = (client: string): string => hash('sha256', client, 'base64url').slice(0, 22);
