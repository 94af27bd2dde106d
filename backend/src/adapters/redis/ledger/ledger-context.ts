import type { ItemState, Outcome, PlannedItem } from '../../../engine/model/items.js';
import type { LinkOutcomeName, LinkReason } from '../../../engine/model/links.js';
import type { TransferOrder } from '../../../engine/model/order.js';
import type { AccessCode, AccessOutcome } from '../../../engine/model/sharing.js';
import type { TransferState } from '../../../engine/model/states.js';
import type { DurableWrites } from '../durable-writes.js';
import { keys } from '../keys.js';
import { queue, run, type Script } from '../lua.js';
import type { RedisCipher } from '../redis-cipher.js';
import type { RedisClient } from '../redis-connections.js';
import { type LedgerKey, type LedgerKeys, ledgerKeysOf, LISTED_SECONDS } from './ledger-keys.js';
import type { TextRef } from './ledger-outcomes.js';
import { type PlanPage, ReadOnce, Recent } from './ledger-pages.js';

export type LedgerScript<Arguments, Result> = Script<LedgerKey, Arguments, Result>;

/** The texts that outcomes of a transfer share, as far as this process knows them. */
export class SharedTexts {
  readonly list: string[] = [];
  readonly refs = new Map<string, TextRef>();
  full = false;

  add(text: string, number: number): void {
    this.list[number] = text;
    this.refs.set(text, number);
  }
}

/** Caches values that never change after they are written, for all ledgers of a process. */
export class LedgerCache {
  readonly pages = new ReadOnce<PlanPage>(64);
  readonly ids = new ReadOnce<readonly (string | null)[]>(64);
  /** Web links by creation and MIME type. */
  readonly links = new Recent<Map<string, string>>(64);
  /** By creation. */
  readonly texts = new Recent<SharedTexts>(64);
}

/** Is called once for each change that was written; repeated changes after a crash may be reported twice. */
export interface LedgerObserver {
  settled(item: PlannedItem, state: ItemState, outcome: Outcome): void;
  entered(state: TransferState, order: TransferOrder): void;
  /** Permissions of copies that now have these outcomes, and the reasons of those that are narrower or wider. */
  shared(
    outcomes: ReadonlyMap<Exclude<AccessOutcome, 'waiting'>, number>,
    reasons: ReadonlyMap<AccessCode, number>,
  ): void;
  /** Links in copies that now have these outcomes, and the reasons of those that a person must change or that failed. */
  linked(
    outcomes: ReadonlyMap<Exclude<LinkOutcomeName, 'waiting'>, number>,
    reasons: ReadonlyMap<LinkReason, number>,
  ): void;
}

export interface LedgerStores {
  readonly redis: RedisClient;
  readonly durable: DurableWrites;
  readonly cipher: RedisCipher;
  readonly cache: LedgerCache;
  readonly observer?: LedgerObserver;
}

/** What the parts of one transfer's ledger share. */
export class LedgerContext {
  readonly redis: RedisClient;
  readonly cache: LedgerCache;
  readonly keys: LedgerKeys;
  readonly main: string;
  /** Key of the transfer in caches. Its id is not enough: a deleted transfer may be created again under the same one. */
  readonly creation: string;
  /**
   * Which plan the pages belong to, if this object knows it: different for every plan of every transfer. Earlier versions
   * stored a number, different for every plan of one transfer.
   */
  base: string | undefined;

  constructor(
    readonly stores: LedgerStores,
    readonly order: TransferOrder,
  ) {
    this.redis = stores.redis;
    this.cache = stores.cache;
    this.keys = ledgerKeysOf(order.id);
    this.main = this.keys.main;
    this.creation = `${order.id} ${order.createdAt}`;
  }

  run<Arguments, Result>(script: LedgerScript<Arguments, Result>, args: Arguments): Promise<Result> {
    return run(this.redis, script, this.keys, args);
  }

  /** Runs a script and resolves when its writes are durable; the script may run twice. */
  async commit<Arguments, Result>(script: LedgerScript<Arguments, Result>, args: Arguments): Promise<Result> {
    const [reply] = await this.stores.durable.commit(this.main, (pipeline) => queue(pipeline, script, this.keys, args));
    return script.decode(reply);
  }

  /** A numeric field of the main hash; 0 if it is missing. */
  async number(field: string): Promise<number> {
    return Number((await this.redis.hget(this.main, field)) ?? 0);
  }

  /** Lists the transfer among the open ones, which workers maintain, and keeps the lists of its accounts. */
  async listAsOpen(): Promise<void> {
    const { id, source, destination } = this.order;
    await Promise.all([
      this.redis.sadd(keys.openTransfers(), id),
      ...[source, destination].map(({ sub }) => this.redis.expire(keys.accountTransfers(sub), LISTED_SECONDS)),
    ]);
  }

  async currentBase(): Promise<string> {
    return (this.base ??= (await this.redis.hget(this.main, 'base')) ?? '0');
  }

  /** Key of a page of ids or items in caches. */
  page(base: string, number: number): string {
    return `${this.order.id} ${base} ${number}`;
  }
}

/** The replies of a pipeline or transaction. @throws the first error in them */
export function resultsOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
