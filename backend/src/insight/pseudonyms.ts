import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

/**
 * Names in place of accounts: always the same for the same account, and not to be traced back, nor even tried out,
 * without the key. The key is derived from the last of the ring, which is the oldest one: a new key in front of it
 * changes no name, taking the old one out does.
 */
@Injectable()
export class Pseudonyms {
  private readonly key: Buffer;

  constructor({ credentialsKeys }: Config) {
    const oldest = credentialsKeys.at(-1)!.key;
    this.key = Buffer.from(hkdfSync('sha256', oldest, '', 'cloudmover pseudonyms', 32));
  }

  /** @param id Google's `sub` of an account, or the id of its grant */
  ofAccount(id: string): string {
    return `acc_${createHmac('sha256', this.key).update(id).digest('base64url').slice(0, 22)}`;
  }
}
