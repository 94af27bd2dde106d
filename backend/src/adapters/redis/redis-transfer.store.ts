import type { TransferOrder } from '../../engine/model/order.js';
import type { PeopleLine } from '../../engine/model/sharing.js';
import { statesFor, TERMINAL_STATES, type TransferState } from '../../engine/model/states.js';
import type { Ledger } from '../../engine/ports/ledger.js';
import type { CommandedBy } from '../../engine/ports/ledger/log.js';
import type { KeyedRequest } from '../../http/idempotency.port.js';
import { type PlaceKind, type TransferPosition, TransferStore } from '../../transfers/transfer-store.port.js';
import { AccountPlaces } from './account-places.js';
import type { DurableWrites } from './durable-writes.js';
import { keys } from './keys.js';
import { packedLines } from './ledger/access-pages.js';
import { LedgerCache, LedgerContext, type LedgerObserver, type LedgerStores } from './ledger/ledger-context.js';
import { ledgerKeysOf, LISTED_SECONDS } from './ledger/ledger-keys.js';
import { STATE_SCRIPTS } from './ledger/ledger-states.js';
import { defineLedgerScripts, redisLedger } from './ledger/redis-ledger.js';
import { run } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import { isAfter, newestFirst, positionsIn } from './positions.js';
import type { RedisClient } from './redis-connections.js';
import { answering } from './redis-errors.js';
import { IDEMPOTENCY_SECONDS, recordOf, RedisIdempotencyStore } from './redis-idempotency.store.js';
import { fromStoredOrder, type StoredOrder, toStoredOrder } from './stored-names.js';

/** Transfers and their ledgers in Redis. */
export class RedisTransferStore extends TransferStore {
  private readonly stores: LedgerStores;
  private readonly places: AccountPlaces;
  private readonly idempotency: RedisIdempotencyStore;

  /**
   * @param durable its connections must have the scripts of `defineLedgerScripts`
   * @param observer called with changes of items and transfers
   */
  constructor(
    private readonly redis: RedisClient,
    private readonly durable: DurableWrites,
    cipher: RedisCipher,
    observer?: LedgerObserver,
  ) {
    super();
    defineLedgerScripts(redis);
    this.places = new AccountPlaces(redis);
    this.idempotency = new RedisIdempotencyStore(redis, cipher);
    this.stores = { redis, durable, cipher, cache: new LedgerCache(), ...(observer && { observer }) };
  }

  override async create(
    order: TransferOrder,
    idempotency?: KeyedRequest,
    places = Number.MAX_SAFE_INTEGER,
    people: readonly PeopleLine[] = [],
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' | 'full' }> {
    if (!idempotency) {
      const isWritten = await this.inPlace(order, places, () => this.write(order, people));
      return { ledger: this.ledger(order), outcome: isWritten ? 'created' : 'full' };
    }
    // No lease: a repeated request joins the one in progress, because both use the claimed id.
    const claim = await this.idempotency.claim(idempotency, () => order.id, 0);
    const ledger = claim.outcome === 'mine' ? undefined : await this.find(claim.id);
    if (claim.outcome === 'conflict') return { ledger: ledger ?? this.ledger(order), outcome: 'conflict' };
    // A repeated request completes one that died halfway, with the claimed id and in every index.
    const written = ledger?.order ?? { ...order, id: claim.id };
    const key = keys.idempotency(idempotency.key);
    const record = recordOf({ id: claim.id, digest: idempotency.digest });
    const write = () =>
      this.write(written, people, (durable) =>
        durable.commit(key, (pipeline) => pipeline.set(key, record, 'EX', IDEMPOTENCY_SECONDS)),
      );
    if (ledger) {
      await write();
      return { ledger, outcome: 'repeated' };
    }
    // By the claimed id, so that simultaneous requests with the same key share one place.
    if (await this.inPlace(written, places, write)) return { ledger: this.ledger(written), outcome: 'created' };
    // Nothing was created, so the key is free for another request.
    if (claim.outcome === 'mine') await this.idempotency.release(idempotency, claim.id, true);
    return { ledger: this.ledger(written), outcome: 'full' };
  }

  /** Takes a place and writes. @returns false, without writing, if all places are taken */
  private async inPlace(order: TransferOrder, places: number, write: () => Promise<void>): Promise<boolean> {
    const { id, source, held } = order;
    const kind = held ? 'preflight' : 'transfer';
    const place = await this.places.take(kind, source.sub, id, places);
    if (place === undefined) return false;
    // A failed write may have succeeded nevertheless, so its place is not released: the reservation expires.
    await write();
    await this.places.settle(kind, source.sub, id, place, true);
    return true;
  }

  override takePlace({ id, source }: TransferOrder, places: number): Promise<string | undefined> {
    return this.places.take('transfer', source.sub, id, places);
  }

  override async settlePlace({ id, source }: TransferOrder, place: string): Promise<void> {
    const [state, held] = await this.redis.hmget(keys.transfer(id), 'state', 'held');
    const isOpen = !!state && !held && !TERMINAL_STATES.includes(state as TransferState);
    await this.places.settle('transfer', source.sub, id, place, isOpen);
  }

  override restorePlace({ id, source }: TransferOrder, kind: PlaceKind): Promise<void> {
    return this.places.recount(kind, source.sub, id);
  }

  /**
   * Stores a transfer and its entries in the indexes, each unless it exists.
   * @param also further writes to be durable with it
   */
  private async write(
    order: TransferOrder,
    people: readonly PeopleLine[],
    also?: (durable: DurableWrites) => Promise<unknown>,
  ): Promise<void> {
    const { id, createdAt, held = false } = order;
    const ledger = new LedgerContext(this.stores, order);
    const content = JSON.stringify(toStoredOrder(order));
    const schedule = order.schedule ? JSON.stringify(order.schedule) : '';
    const scheduled = keys.scheduledTransfers();
    const creation = { content, lines: packedLines(people), schedule, held, now: Date.now() };
    // The maintenance job finds it, if this process dies, and removes an id without a transfer.
    await this.redis.sadd(keys.openTransfers(), id);
    // The transfer comes before its other indexes: a transfer without an index would be lost.
    await ledger.run(STATE_SCRIPTS.create, creation);
    // Then a single wait until all is on the disk. The maintenance job may have removed the id already.
    await Promise.all([
      ledger.commit(STATE_SCRIPTS.create, creation),
      // The maintenance job removes it again if it has ended.
      this.durable.commit(keys.openTransfers(), (pipeline) => pipeline.sadd(keys.openTransfers(), id)),
      ...(held ? [] : this.indexListed(order)),
      ...(order.schedule
        ? [this.durable.commit(scheduled, (pipeline) => pipeline.zadd(scheduled, createdAt, id))]
        : []),
      also?.(this.durable),
    ]);
  }

  private indexListed({ id, createdAt, source, destination }: TransferOrder): Promise<unknown>[] {
    return [...new Set([source.sub, destination.sub])].map((sub) => {
      const key = keys.accountTransfers(sub);
      return this.expiredIn(key).then((gone) =>
        this.durable.commit(key, (pipeline) => {
          if (gone.length > 0) pipeline.zrem(key, ...gone);
          return pipeline.zadd(key, createdAt, id).expire(key, LISTED_SECONDS);
        }),
      );
    });
  }

  /** Old transfers in the list of an account that no longer exist: one that is rerun regularly does. */
  private async expiredIn(key: string): Promise<string[]> {
    const old = await this.redis.zrangebyscore(key, '-inf', Date.now() - LISTED_SECONDS * 1_000);
    const exist = await Promise.all(old.map((id) => this.redis.exists(keys.transfer(id))));
    return old.filter((_, index) => !exist[index]);
  }

  override async start(id: string, by?: CommandedBy): Promise<boolean> {
    const ledger = await this.find(id);
    if (!ledger || !statesFor('start').includes(await ledger.state())) return false;
    if (ledger.order.held) await Promise.all(this.indexListed(ledger.order));
    return ledger.advance(statesFor('start'), 'running', { durable: true, ...(by && { by }) });
  }

  override async remove(id: string): Promise<boolean> {
    if ((await run(this.redis, STATE_SCRIPTS.remove, ledgerKeysOf(id), {})) === 'refused') return false;
    await this.close(id);
    return true;
  }

  override async find(id: string): Promise<Ledger | undefined> {
    const order = await this.redis.get(keys.transferPart(id, 'order'));
    return order === null ? undefined : this.ledger(fromStoredOrder(JSON.parse(order) as StoredOrder));
  }

  override async list(
    subs: readonly string[],
    after: TransferPosition | undefined,
    limit: number,
  ): Promise<TransferPosition[]> {
    const found = new Map<string, number>();
    for (const sub of new Set(subs))
      for (const { id, createdAt } of await this.page(keys.accountTransfers(sub), after, limit))
        found.set(id, createdAt);
    return [...found]
      .map(([id, createdAt]) => ({ id, createdAt }))
      .sort(newestFirst)
      .slice(0, limit);
  }

  override async scheduled(after: TransferPosition | undefined, limit: number): Promise<TransferPosition[]> {
    const key = keys.scheduledTransfers();
    const found: TransferPosition[] = [];
    for (let last = after; found.length < limit;) {
      const page = await this.page(key, last, limit);
      const states = await Promise.all(
        page.map(({ id }) => this.redis.hmget(keys.transfer(id), 'state', 'schedule', 'held')),
      );
      found.push(...page.filter((_, index) => states[index]![1] && !states[index]![2]));
      const gone = page.flatMap(({ id }, index) => (states[index]![0] ? [] : [id]));
      if (gone.length > 0) await this.redis.zrem(key, ...gone);
      if (page.length < limit) break;
      last = page.at(-1);
    }
    return found.slice(0, limit);
  }

  /** Transfers of a list. */
  private async page(key: string, after: TransferPosition | undefined, limit: number): Promise<TransferPosition[]> {
    const found: TransferPosition[] = [];
    for (let offset = 0; found.length < limit; offset += limit) {
      const { positions, isEnd } = await positionsIn(this.redis, key, after?.createdAt, offset, limit);
      found.push(...positions.filter((each) => isAfter(each, after)));
      if (isEnd) break;
    }
    return found.slice(0, limit);
  }

  private ledger(order: TransferOrder): Ledger {
    return answering(redisLedger(this.stores, order));
  }

  override open(): Promise<string[]> {
    return this.redis.smembers(keys.openTransfers());
  }

  override openOf(sub: string): Promise<number> {
    return this.places.open('transfer', sub);
  }

  override async close(id: string): Promise<void> {
    await this.redis.srem(keys.openTransfers(), id);
    // A command may have reopened or scheduled it since it was read.
    const [state, nextRun] = await this.redis.hmget(keys.transfer(id), 'state', 'nextRun');
    if (nextRun || (state && !TERMINAL_STATES.includes(state as TransferState)))
      await this.redis.sadd(keys.openTransfers(), id);
  }
}
