import type { LedgerUploads } from '../../../engine/ports/ledger/uploads.js';
import { keys } from '../keys.js';
import { type LedgerContext, resultsOf } from './ledger-context.js';
import { KEPT_SECONDS } from './ledger-keys.js';

export class RedisLedgerUploads implements LedgerUploads {
  constructor(private readonly ledger: LedgerContext) {}

  async keepUpload(ordinal: number, address: string): Promise<void> {
    const { redis, stores, keys } = this.ledger;
    const sealed = stores.cipher.seal(this.boundTo(ordinal), { address });
    resultsOf(await redis.multi().hset(keys.uploads, ordinal, sealed).expire(keys.uploads, KEPT_SECONDS).exec());
  }

  async upload(ordinal: number): Promise<string | undefined> {
    const sealed = await this.ledger.redis.hget(this.ledger.keys.uploads, String(ordinal));
    return sealed === null ? undefined : this.unsealed(ordinal, sealed);
  }

  async uploads(): Promise<{ ordinal: number; address: string }[]> {
    return Object.entries(await this.ledger.redis.hgetall(this.ledger.keys.uploads))
      .flatMap(([field, sealed]) => {
        const ordinal = Number(field);
        const address = this.unsealed(ordinal, sealed);
        return address === undefined ? [] : [{ ordinal, address }];
      })
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  async dropUpload(ordinal: number): Promise<void> {
    await this.ledger.redis.hdel(this.ledger.keys.uploads, String(ordinal));
  }

  /** Undefined if its encryption key was removed from the ring; then the upload starts again. */
  private unsealed(ordinal: number, sealed: string): string | undefined {
    return this.ledger.stores.cipher.open<{ address: string }>(this.boundTo(ordinal), sealed)?.address;
  }

  private boundTo(ordinal: number): string {
    return keys.upload(this.ledger.order.id, ordinal);
  }
}
