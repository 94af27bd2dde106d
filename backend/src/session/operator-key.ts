import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { OperatorKeyRefusedError } from './errors.js';

/** The key that opens the operator's endpoints. */
@Injectable()
export class OperatorKey {
  constructor(private readonly config: Config) {}

  /**
   * Compares in constant time: both sides are hashed first, so that not even the length shows.
   * @throws OperatorKeyRefusedError when the key is wrong, or none is configured
   */
  check(presented: unknown): void {
    const { operatorKey } = this.config;
    if (!operatorKey || typeof presented !== 'string' || !timingSafeEqual(sha256(presented), sha256(operatorKey))) {
      throw new OperatorKeyRefusedError();
    }
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
