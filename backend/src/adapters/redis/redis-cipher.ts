import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { CredentialsKey } from '../../config/config.js';

/** NIST SP 800-38D §8.2.1: 96 random bits are safe for GCM, for up to 2^32 messages per key. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts records for Redis: AES-256-GCM with the first key of the ring. A record is bound to its encryption key's
 * name and its Redis key (additional authenticated data), so it can't be decrypted under another.
 */
export class RedisCipher {
  private readonly sealing: CredentialsKey;
  private readonly opening: ReadonlyMap<string, Buffer>;

  /** @param ring at least one key; the first one encrypts, all of them decrypt */
  constructor(ring: readonly CredentialsKey[]) {
    const [first] = ring;
    if (!first) throw new Error('The key ring is empty.');
    this.sealing = first;
    this.opening = new Map(ring.map(({ id, key }) => [id, key]));
  }

  /** Returns `keyId.base64url(iv, ciphertext, tag)` of a value as JSON. */
  seal(redisKey: string, value: object): string {
    const { id, key } = this.sealing;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(id, redisKey));
    const body = Buffer.concat([iv, cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${id}.${body.toString('base64url')}`;
  }

  /** Whether it was encrypted with the first key of the ring. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${this.sealing.id}.`);
  }

  /**
   * The value; undefined if it was encrypted with a key that is not in the ring or for another Redis key, or was
   * altered. Only `seal` writes such records, so the caller knows the type.
   */
  open<T extends object>(redisKey: string, sealed: string): T | undefined {
    const dot = sealed.indexOf('.');
    const id = sealed.slice(0, dot);
    const key = this.opening.get(id);
    const body = Buffer.from(sealed.slice(dot + 1), 'base64url');
    if (!key || body.length <= IV_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(aad(id, redisKey))
      .setAuthTag(body.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(body.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      return JSON.parse(text) as T;
    } catch {
      return undefined;
    }
  }
}

// Separated by a NUL, which neither can contain, so no other pair results in the same bytes.
const aad = (keyId: string, redisKey: string) => Buffer.from(`${keyId}\0${redisKey}`);
