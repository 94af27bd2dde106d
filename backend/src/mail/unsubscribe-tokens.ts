import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { type Side, SIDES } from '../engine/errors.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whose mails about which transfer a token ends. */
export interface Subscription {
  readonly transferId: string;
  readonly side: Side;
}

/**
 * The tokens in the addresses at which mails are unsubscribed. A token is the subscription, encrypted: it reveals
 * nothing, can do nothing else, needs no record in Redis, and is useless once the transfer is gone. It stays valid as
 * long as the key ring has the key that was its first.
 */
@Injectable()
export class UnsubscribeTokens {
  /** Derived from the keys of the ring; the first one encrypts. */
  private readonly keys: readonly Buffer[];

  constructor(@InjectConfig('general') { credentialsKeys }: Pick<Config['general'], 'credentialsKeys'>) {
    this.keys = credentialsKeys.map(({ key }) =>
      Buffer.from(hkdfSync('sha256', key, '', 'cloudmover unsubscribe', 32)),
    );
  }

  create({ transferId, side }: Subscription): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keys[0]!, iv);
    const body = [iv, cipher.update(`${side} ${transferId}`, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(body).toString('base64url');
  }

  /** @returns undefined if it is not a token of this installation */
  open(token: string): Subscription | undefined {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
    for (const key of this.keys) {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
        const side = SIDES.find((each) => text.startsWith(`${each} `));
        if (side) return { side, transferId: text.slice(side.length + 1) };
      } catch {
        // Another key of the ring, or no token of ours.
      }
    }
    return undefined;
  }
}
