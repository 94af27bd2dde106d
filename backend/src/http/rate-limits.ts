import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { isIPv6 } from 'node:net';
import { normalizeIp } from '@nestjs/throttler';
import { Config } from '../config/config.js';
import { TooManyRequestsError } from './errors.js';
import { type Quota, RateLimitStore, type RateReading } from './rate-limit.port.js';

/** All limits are per minute. */
export const WINDOW_MS = 60_000;
/** How many times the limit of a /64 a /48 gets: a /48 is one office, or one rented server. */
const SITE_SHARE = 4;
/** An outage is one line of the log a minute, not one a request. */
const LOG_EVERY_MS = 60_000;

/**
 * What is limited: sign-ins by client address; calls of a live session by its token, and by its account; all other calls, those with a wrong
 * token among them, by client address; wrong operator keys by client address.
 */
export type RateLimit = 'sign-in' | 'token' | 'account' | 'address' | 'operator-key';

/** While nobody can count, these stay shut: guessing must not become free. The others stay open. */
const SHUT_WITHOUT_STORE: readonly RateLimit[] = ['sign-in', 'operator-key'];

/** The limits on requests, shared by all processes. */
@Injectable()
export class RateLimits {
  private readonly logger = new Logger('RateLimits');
  private silentUntil = 0;

  constructor(
    private readonly store: RateLimitStore,
    private readonly config: Config,
  ) {}

  /** Units a minute of a limit. */
  unitsOf(limit: RateLimit): number {
    return this.config.http.rateLimits[limit];
  }

  /**
   * Takes units of a limit, or refuses.
   * @param who a client's address or a session's handle
   * @param units how much it costs; negative: given back
   * @returns undefined when nobody could count
   * @throws TooManyRequestsError; StoreUnavailableError where the limit is shut while the store is away
   */
  async take(limit: RateLimit, who: string, units = 1): Promise<RateReading | undefined> {
    const reading = await this.read(limit, who, units);
    if (reading && !reading.allowed)
      throw new TooManyRequestsError(limit, Math.max(1, Math.ceil(reading.waitMs / 1000)));
    return reading;
  }

  /** The same, but returns a refusal instead of throwing it. */
  async read(limit: RateLimit, who: string, units: number): Promise<RateReading | undefined> {
    try {
      const [{ name }, site] = clientsOf(who);
      const reading = await this.store.take(limit, name, this.quotaOf(limit), units);
      if (!site || !reading.allowed) return reading;
      const ofSite = await this.store.take(limit, site.name, this.quotaOf(limit, SITE_SHARE), units);
      return ofSite.allowed ? reading : ofSite;
    } catch (error) {
      if (SHUT_WITHOUT_STORE.includes(limit)) throw error;
      this.logOnce(error);
      return undefined;
    }
  }

  private quotaOf(limit: RateLimit, times = 1): Quota {
    return { units: times * this.unitsOf(limit), windowMs: WINDOW_MS };
  }

  private logOnce(error: unknown): void {
    const now = Date.now();
    if (now < this.silentUntil) return;
    this.silentUntil = now + LOG_EVERY_MS;
    this.logger.warn({ err: error }, 'Requests are not limited while Redis does not answer; sign-ins are refused.');
  }
}

/**
 * Whom a request is counted for, by digests. An IPv6 address counts twice: for its /64, of which one host may use every
 * address, and for its /48, the most that one site gets (RFC 6177) and so 65,536 such /64s. One mapped from IPv4 counts as that.
 */
function clientsOf(who: string): [{ name: string }, { name: string }?] {
  const network = normalizeIp(who, 64);
  const own = { name: nameOf(network) };
  return isIPv6(who.split('%', 1)[0]!) && network.endsWith('/64')
    ? [own, { name: nameOf(normalizeIp(who, 48)) }]
    : [own];
}

const nameOf = (client: string): string => hash('sha256', client, 'base64url').slice(0, 22);
