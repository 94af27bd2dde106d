import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';

/**
 * Pseudonyms of accounts: always the same for an account, and impossible to trace back or to test without the key. The
 * key is derived from the key of the ring whose name sorts first (`k1` before `k2`), whatever its position: adding a
 * key changes no pseudonym, removing that one does.
 */
@Injectable()
export class Pseudonyms {
  private readonly key: Buffer;

  constructor(@InjectConfig('general') { credentialsKeys }: Config['general']) {
    const [first] = credentialsKeys.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.key = Buffer.from(hkdfSync('sha256', first!.key, '', 'cloudmover pseudonyms', 32));
  }

  /** @param id Google's `sub` of an account, or the id of its credential */
  ofAccount(id: string): string {
    return `acc_${createHmac('sha256', this.key).update(id).digest('base64url').slice(0, 22)}`;
  }
}
