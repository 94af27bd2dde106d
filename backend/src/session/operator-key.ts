import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RateLimits } from '../http/rate-limits.js';
import { OperatorKeyRefusedError } from './errors.js';

/** The key that opens the operator's endpoints. */
@Injectable()
export class OperatorKey {
  constructor(
    private readonly config: Config,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Compares in constant time: both sides are hashed first, so that not even the length shows. Each attempt is counted
   * before it is looked at, and given back when it was right: whoever guesses too often does not learn of a good guess.
   * @param address the client's
   * @throws OperatorKeyRefusedError when the key is wrong, or none is configured; TooManyRequestsError after too many
   *   wrong ones; StoreUnavailableError when they cannot be counted
   */
  async check(presented: unknown, address: string): Promise<void> {
    await this.limits.take('operator-key', address);
    const { operatorKey } = this.config;
    if (!operatorKey || typeof presented !== 'string' || !timingSafeEqual(sha256(presented), sha256(operatorKey))) {
      throw new OperatorKeyRefusedError();
    }
    await this.limits.take('operator-key', address, -1);
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
