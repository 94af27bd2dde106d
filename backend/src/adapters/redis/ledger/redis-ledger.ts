import { type ItemCode, type Side, SIDES } from '../../../engine/errors.js';
import {
  type CommandedBy,
  type Conclusion,
  type DeltaFacts,
  type GrantRecord,
  isCopied,
  type ItemRecord,
  type ItemState,
  type Ledger,
  type LedgerEvent,
  type Outcome,
  PLAN_PAGE,
  type PlanFacts,
  type PlannedItem,
  type ReopenOptions,
  SETTLED_STATES,
  ACTIVE_STATES,
  TERMINAL_STATES,
  type TimelineStep,
  type TransferOrder,
  type TransferSnapshot,
  type TransferState,
  type Way,
  WORKING_STATES,
  LONGEST_WAIT_MS,
} from '../../../engine/ports/ledger.js';
import { itemCodeOf } from '../../../engine/model/reasons.js';
import { recordsIn } from '../../../engine/model/records.js';
import type { DurableWrites } from '../durable-writes.js';
import { keys } from '../keys.js';
import {
  ID_IN_LINK,
  isDone,
  ORIGINALS,
  packOutcome,
  refsIn,
  type TextRef,
  textsOf,
  UNDONE,
  unpackOutcome,
  WAYS,
} from './ledger-outcomes.js';
import { packIds, packPage, PlanPage, ReadOnce, Recent, sourceIdsOf, unpackIds } from './ledger-pages.js';
import {
  ASIDE,
  KEPT_SECONDS,
  keysOf,
  PACE_BUCKETS,
  type LedgerScript,
  type TransferKeys,
  transferKeysOf,
} from './ledger-scripts.js';
import { BUCKET_MS, rateOf } from './ledger-rate.js';
import type { RedisCipher } from '../redis-cipher.js';
import type { RedisClient } from '../redis-connections.js';

/** All that an item comes to need, of a plan like most (`npm run bench -- ledger`), with some air. */
const BYTES_PER_ITEM = 250;
/** Pages of a large plan read at once where all are. */
const PAGES_AT_ONCE = 16;
/** Bytes of a string of one byte an item, read at once. */
const SLICE = 65_536;
/** Items, or problems, of one script: it must not hold others up. */
const PART = 500;

/** A number of items that no plan has. */
const NEVER = -3;

/** One byte an item. */
const CODE: Readonly<Record<ItemState, string>> = {
  waiting: 'w',
  copying: 'c',
  checking: 'k',
  verified: 'v',
  unverified: 'u',
  skipped: 's',
  failed: 'f',
};
const STATE = Object.fromEntries(Object.entries(CODE).map(([state, code]) => [code, state])) as Record<
  string,
  ItemState
>;

/** What never changes once it is written, of many transfers; one for all ledgers of a process. */
export class LedgerCache {
  readonly pages = new ReadOnce<PlanPage>(64);
  readonly ids = new ReadOnce<readonly (string | null)[]>(64);
  /** By transfer: MIME type → web link. */
  readonly links = new Recent<Map<string, string>>(64);
  readonly texts = new Recent<SharedTexts>(64);
}

/** Texts that outcomes of a transfer share, as far as this process knows them. */
class SharedTexts {
  readonly list: string[] = [];
  readonly refs = new Map<string, TextRef>();
  full = false;

  add(text: string, number: number): void {
    this.list[number] = text;
    this.refs.set(text, number);
  }
}

/** Is told what has been written down, once; what is repeated after a crash may be told twice. */
export interface LedgerObserver {
  settled(item: PlannedItem, state: ItemState, outcome: Outcome): void;
  entered(state: TransferState, order: TransferOrder): void;
}

export interface LedgerStores {
  readonly redis: RedisClient;
  readonly durable: DurableWrites;
  readonly cipher: RedisCipher;
  readonly cache: LedgerCache;
  readonly observer?: LedgerObserver;
}

/**
 * A ledger in Redis. A plan is kept in packed pages; what happens to its items is one byte each in a few strings, and
 * an entry of its own only where that does not tell it all (ledger-pages.ts, ledger-outcomes.ts, ledger-scripts.ts).
 */
export class RedisLedger implements Ledger {
  private readonly redis: RedisClient;
  private readonly cache: LedgerCache;
  private readonly keys: TransferKeys;
  private readonly main: string;
  /** Plan that the pages belong to, as far as this object knows. */
  private base: string | undefined;

  constructor(
    private readonly stores: LedgerStores,
    readonly order: TransferOrder,
  ) {
    this.redis = stores.redis;
    this.cache = stores.cache;
    this.keys = transferKeysOf(order.id);
    this.main = this.keys.main;
  }

  private run(script: LedgerScript, ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.redis[script](...keysOf(script, this.keys), ...args);
  }

  private async commit(script: LedgerScript, ...args: (string | number | Buffer)[]): Promise<unknown> {
    const write = [...keysOf(script, this.keys), ...args];
    return (await this.stores.durable.commit(this.main, (pipeline) => pipeline[script](...write)))[0];
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    details: { problem?: { code: ItemCode; detail: string }; at?: number; by?: CommandedBy } = {},
  ): Promise<boolean> {
    // One that goes on after its end is looked after again: first, so that a crash in between forgets nothing.
    const goesOn = !TERMINAL_STATES.includes(to) && from.some((state) => TERMINAL_STATES.includes(state));
    if (goesOn) await this.lookAfter();
    const { problem, at, by } = details;
    const fields = problem ? ['problem', JSON.stringify(problem)] : [];
    const consent = by && { by, confirmed: by.sides };
    const moved = await this.change(from, to, fields, { ...(at !== undefined && { at }), ...consent });
    if (goesOn && moved) await this.lookAfter(); // the watch may have let go of it in between
    return moved;
  }

  private async lookAfter(): Promise<void> {
    await this.redis.sadd(keys.openTransfers(), this.order.id);
  }

  park(
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean> {
    const now = Date.now();
    return this.change(WORKING_STATES, state, [
      'parkedSince',
      why.since ?? now,
      ...(why.side ? ['parkedSide', why.side] : []),
      ...(why.resumeAt ? ['resumeAt', Math.min(why.resumeAt, now + LONGEST_WAIT_MS)] : []),
    ]);
  }

  resume({
    by,
    needs = SIDES,
    confirmed = by?.sides ?? [],
  }: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] } = {}): Promise<boolean> {
    return this.change(ASIDE, 'resume', [], { confirmed, needs, ...(by && { by }) });
  }

  async withdrawAccess(side: Side, onlyIfEnded = false): Promise<void> {
    const spared = this.order.mode === 'copy' && side === 'source' ? 'undoing' : '';
    const done = await this.run('cmWithdraw', Date.now(), side, onlyIfEnded ? 1 : 0, spared);
    if (done === 2) this.stores.observer?.entered('needs_reconnect', this.order);
  }

  private async change(
    from: readonly TransferState[],
    to: TransferState | 'resume',
    fields: (string | number)[],
    options: {
      plan?: number;
      at?: number;
      by?: CommandedBy;
      confirmed?: readonly Side[];
      needs?: readonly Side[];
    } = {},
  ): Promise<boolean> {
    const { plan = '', at = Date.now(), by, confirmed = [], needs = [] } = options;
    const who = [by?.command ?? '', (by?.sides ?? []).join(), confirmed.join(), needs.join()];
    const moved = (await this.run('cmAdvance', at, plan, to, ...who, from.length, ...from, ...fields)) === 1;
    if (moved && to !== 'resume') this.stores.observer?.entered(to, this.order);
    return moved;
  }

  async state(): Promise<TransferState> {
    return ((await this.redis.hget(this.main, 'state')) ?? 'canceled') as TransferState;
  }

  async restartPlan(): Promise<number | undefined> {
    return ((await this.run('cmRestartPlan')) as number) || undefined;
  }

  async extendPlan(): Promise<number | undefined> {
    return ((await this.run('cmExtendPlan')) as number) || undefined;
  }

  async append(items: readonly PlannedItem[], plan: number): Promise<boolean> {
    let fresh = items.map(plannedOf);
    if (fresh.some(({ ordinal }, index) => ordinal !== fresh[0]!.ordinal + index))
      throw new Error('What is appended has a gap.');
    for (;;) {
      const start = fresh[0]?.ordinal ?? 0;
      const { pages, whole } = await this.pagesWith(fresh);
      const answer = (await this.run(
        'cmAppend',
        plan,
        fresh.length === 0 ? -1 : whole ? start : NEVER,
        fresh.length,
        fresh.reduce((sum, item) => sum + (item.size ?? 0), 0),
        fresh.filter(isCopied).length,
        ...pages.flatMap(({ number, items: page }) => [number, packPage(page)]),
      )) as number;
      if (answer === -1) return false;
      if (answer === -2) return true;
      if (answer < start || !whole)
        throw new Error(`The plan has ${answer} items: one of ordinal ${start} leaves a gap.`);
      fresh = fresh.filter(({ ordinal }) => ordinal >= answer); // some are there already, or all
    }
  }

  /** The pages that items go into, with what is there before them; not whole where something is missing in between. */
  private async pagesWith(
    items: readonly PlannedItem[],
  ): Promise<{ pages: { number: number; items: PlannedItem[] }[]; whole: boolean }> {
    const start = items[0]?.ordinal ?? 0;
    const first = start - (start % PLAN_PAGE);
    this.base = (await this.redis.hget(this.main, 'base')) ?? '0';
    const before = start > first ? await this.planned(this.base, start, first, start) : [];
    const pages: { number: number; items: PlannedItem[] }[] = [];
    for (const item of items.length > 0 ? [...before, ...items] : []) {
      const number = Math.floor(item.ordinal / PLAN_PAGE);
      if (pages.at(-1)?.number !== number) pages.push({ number, items: [] });
      pages.at(-1)!.items.push(item);
    }
    return { pages, whole: before.length === start - first };
  }

  completePlan(plan: number): Promise<boolean> {
    return this.change(['planning', 'updating'], 'ready', [], { plan });
  }

  async tell({ plan, delta }: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }): Promise<void> {
    await this.write({
      ...(plan && { planFacts: JSON.stringify(plan) }),
      ...(delta && { deltaFacts: JSON.stringify(delta) }),
    });
  }

  async name({ chosen, target }: { chosen?: readonly string[]; target?: string }): Promise<void> {
    await this.write({
      ...(chosen && { names: JSON.stringify(chosen) }),
      ...(target !== undefined && { targetName: target }),
    });
  }

  async entitle(title: string | undefined): Promise<void> {
    await this.run('cmEntitle', title ?? '');
  }

  private async write(fields: Record<string, string>): Promise<void> {
    if (Object.keys(fields).length === 0) return;
    resultsOf(await this.redis.multi().hset(this.main, fields).hincrby(this.main, 'revision', 1).exec());
  }

  async fixResultFolder(id: string): Promise<string> {
    const [, fixed] = await this.stores.durable.commit(this.main, (pipeline) =>
      pipeline.hsetnx(this.main, 'resultFolderId', id).hget(this.main, 'resultFolderId'),
    );
    return fixed as string;
  }

  async room(): Promise<number | undefined> {
    const bytes = (await this.run('cmRoom')) as number;
    return bytes < 0 ? undefined : Math.floor(bytes / BYTES_PER_ITEM);
  }

  async items(from: number, count: number): Promise<ItemRecord[]> {
    if (count <= 0) return [];
    const [base, found, states, attempts, marks, undone, fallbacks, tried, conversions, ...fields] =
      (await this.redis.cmReadBuffer(...keysOf('cmRead', this.keys), from, from + count - 1)) as [
        Buffer,
        number,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        ...Fields[],
      ];
    const [entries, amended, newIds, replaced, superseded] = fields.map(mapOf) as [Texts, Texts, Texts, Texts, Texts];
    this.base = base.toString();
    const planned = await this.planned(this.base, found, from, Math.min(from + count, found));
    const known = planned.map((item) => {
      const now = amended.get(item.ordinal);
      const state = STATE[String.fromCharCode(states[item.ordinal - from]!)] ?? 'waiting';
      return { item: now === undefined ? item : unpackAmended(item, now), state };
    });
    const done = known.filter(({ state }) => isDone(state));
    const reserved = await this.reserved(
      done.map(({ item }) => item.ordinal).filter((ordinal) => !entries.get(ordinal)?.includes('"d":')),
    );
    const links = await this.links(new Set(done.map(({ item }) => item.mimeType)));
    const texts = await this.texts([...entries.values()]);
    return known.map(({ item, state }) => {
      const { ordinal } = item;
      const [replaces, supersedes] = [replaced.get(ordinal), superseded.get(ordinal)];
      const at = 4 * (ordinal - from);
      const triedAt = attempts[ordinal - from] && at < tried.length ? tried.readUInt32BE(at) * 1_000 : 0;
      const reservedId = (newIds.get(ordinal) ?? reserved.get(ordinal)) || undefined;
      return {
        ...item,
        state,
        attempts: attempts[ordinal - from] ?? 0,
        ...(triedAt > 0 && { triedAt }),
        ...(conversions[ordinal - from] && { mayConvert: true as const }),
        outcome: unpackOutcome(
          { item, state, reservedId, link: links.get(item.mimeType) },
          {
            mark: marks[ordinal - from] ?? 0,
            undone: undone[ordinal - from] ?? 0,
            fallback: fallbacks[ordinal - from] ?? 0,
            entry: entries.get(ordinal),
          },
          texts,
        ),
        ...(replaces !== undefined && { replaces }),
        ...(supersedes !== undefined && { supersedes }),
      };
    });
  }

  async item(ordinal: number): Promise<ItemRecord | undefined> {
    return (await this.items(ordinal, 1))[0];
  }

  /** The items [from, end) as they were listed. */
  private async planned(base: string, found: number, from: number, end: number): Promise<PlannedItem[]> {
    const numbers: number[] = [];
    for (let number = Math.floor(from / PLAN_PAGE); number * PLAN_PAGE < end; number++) numbers.push(number);
    const pages = await Promise.all(
      numbers.map(async (number) => {
        const first = number * PLAN_PAGE;
        const page = await this.cache.pages.get(
          this.page(base, number),
          ({ length }) => length >= Math.min(PLAN_PAGE, found - first), // the last page grows until it is full
          async () => {
            const packed = await this.redis.hgetBuffer(this.keys.pages, String(number));
            return packed ? new PlanPage(packed) : undefined; // none: the plan was dropped just now
          },
        );
        return page?.slice(from - first, end - first) ?? [];
      }),
    );
    return pages.flat();
  }

  private page(base: string, number: number): string {
    return `${this.order.id} ${base} ${number}`;
  }

  async ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]> {
    const counts = await this.redis.hmget(this.main, ...states.map((state) => `n:${CODE[state]}`));
    if (limit <= 0 || !counts.some(Number)) return [];
    const wanted = new Uint8Array(256);
    for (const state of states) wanted[CODE[state].charCodeAt(0)] = 1;
    return (await this.scan('states', wanted, from, limit)).map(({ at }) => at);
  }

  /** The first `limit` positions from `from` on whose byte is wanted. */
  private async scan(
    part: 'states' | 'foreseen',
    wanted: Uint8Array,
    from: number,
    limit: number,
  ): Promise<{ at: number; byte: number }[]> {
    const found: { at: number; byte: number }[] = [];
    for (let start = from; ; start += SLICE) {
      const bytes = await this.redis.getrangeBuffer(this.keys[part], start, start + SLICE - 1);
      for (let index = 0; index < bytes.length; index++) {
        const byte = bytes[index]!;
        if (wanted[byte] && found.push({ at: start + index, byte }) === limit) return found;
      }
      if (bytes.length < SLICE) return found;
    }
  }

  async amend(item: PlannedItem): Promise<void> {
    const before = await this.item(item.ordinal);
    if (before) await this.run('cmAmend', ...(await this.amendment(item)), before.size ?? 0);
  }

  /** Ordinal, value and size of an item that is no longer as it was listed; the size stands in front for the scripts. */
  private async amendment(item: PlannedItem): Promise<[ordinal: number, value: string, size: number]> {
    const { ordinal } = item;
    const [listed] = await this.planned(this.base ?? '0', ordinal + 1, ordinal, ordinal + 1);
    const now = Object.entries(plannedOf(item)).filter(([, value]) => value !== undefined);
    const before = new Map<string, unknown>(Object.entries(listed ?? {}));
    const changed = now.filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(before.get(field)));
    const kept = new Set(now.map(([field]) => field));
    const gone = [...before.keys()].filter((field) => !kept.has(field));
    const size = item.size ?? 0;
    return [ordinal, `${size} ${JSON.stringify([Object.fromEntries(changed), gone] as Changes)}`, size];
  }

  async ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    if (sourceIds.size === 0) return found;
    const all = Number((await this.redis.hget(this.main, 'found')) ?? 0);
    for (let number = 0; number * PLAN_PAGE < all; number += PAGES_AT_ONCE) {
      const numbers = Array.from({ length: PAGES_AT_ONCE }, (_, index) => String(number + index));
      for (const page of await this.redis.hmgetBuffer(this.keys.pages, ...numbers)) {
        if (!page) continue;
        const { first, ids } = sourceIdsOf(page);
        for (const [index, id] of ids.entries()) if (sourceIds.has(id)) found.set(id, first + index);
      }
    }
    return found;
  }

  async foresee(problems: ReadonlyMap<number, ItemCode>): Promise<void> {
    const all = [...problems];
    for (let at = 0; at < all.length; at += PART) await this.run('cmForesee', ...all.slice(at, at + PART).flat());
  }

  async foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]> {
    const codes = new Map(
      Object.entries(await this.redis.hgetall(this.keys.problems)).map(([name, number]) => [
        Number(number),
        itemCodeOf(name),
      ]),
    );
    const wanted = new Uint8Array(256);
    for (const [number, name] of codes) if (code === undefined || code === name) wanted[number] = 1;
    if (limit <= 0 || !wanted.includes(1)) return [];
    const found = await this.scan('foreseen', wanted, after + 1, limit);
    return found.map(({ at, byte }) => ({ ordinal: at, code: codes.get(byte)! }));
  }

  async replace(ordinal: number, existingId: string): Promise<void> {
    await this.run('cmReplace', ordinal, existingId);
  }

  async reserveIds(from: number, ids: readonly (string | null)[]): Promise<void> {
    if (from % PLAN_PAGE !== 0 || ids.length > PLAN_PAGE) throw new Error('Ids are reserved page by page.');
    const number = from / PLAN_PAGE;
    const again = ids.flatMap((id, index) => (id === null ? [] : [[from + index, id] as const]));
    for (;;) {
      const before = await this.redis.hgetBuffer(this.keys.ids, String(number));
      const kept = before ? unpackIds(before) : [];
      const length = Math.max(kept.length, ids.length);
      const all = Array.from({ length }, (_, index) => kept[index] ?? ids[index] ?? null);
      const taken = await this.withoutId(again);
      if ((await this.commit('cmReserve', number, packIds(all), before ?? '', ...taken.flat())) === 1) return;
    }
  }

  /** Those whose item lost its id in `reopenAs`. */
  private async withoutId(ids: readonly (readonly [ordinal: number, id: string])[]) {
    if (ids.length === 0 || (await this.redis.hlen(this.keys['new-ids'])) === 0) return [];
    const now = await this.redis.hmget(this.keys['new-ids'], ...ids.map(([ordinal]) => String(ordinal)));
    return ids.filter((_, index) => now[index] === '');
  }

  async replaceId(ordinal: number, id: string): Promise<void> {
    await this.commit('cmReplaceId', ordinal, id);
  }

  async destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    if (ordinals.length === 0) return new Map();
    const [base, ...fields] = (await this.run('cmIds', ...ordinals)) as string[];
    this.base = base!;
    const ids = new Map(await this.reserved(ordinals));
    for (let index = 0; index < fields.length; index += 2) {
      const [ordinal, id] = [Number(fields[index]), fields[index + 1]!];
      if (id) ids.set(ordinal, id);
      else ids.delete(ordinal);
    }
    return ids;
  }

  /** The ids that were reserved first, of those that have one. */
  private async reserved(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const ids = new Map<number, string>();
    if (ordinals.length === 0) return ids;
    const base = (this.base ??= (await this.redis.hget(this.main, 'base')) ?? '0');
    const pages = Map.groupBy(ordinals, (ordinal) => Math.floor(ordinal / PLAN_PAGE));
    const read = async (number: number, wanted: readonly number[]) => {
      const page = await this.cache.ids.get(
        this.page(base, number),
        // What this process saw missing may have been reserved by another one since.
        (kept) => wanted.every((ordinal) => kept[ordinal % PLAN_PAGE]),
        async () => {
          const packed = await this.redis.hgetBuffer(this.keys.ids, String(number));
          return packed ? unpackIds(packed) : undefined;
        },
      );
      for (const ordinal of wanted) {
        const id = page?.[ordinal % PLAN_PAGE];
        if (id) ids.set(ordinal, id);
      }
    };
    await Promise.all([...pages].map(([number, wanted]) => read(number, wanted)));
    return ids;
  }

  async begin(ordinal: number, durable = false): Promise<boolean> {
    return (await (durable ? this.commit('cmBegin', ordinal) : this.run('cmBegin', ordinal))) === 1;
  }

  async release(ordinal: number): Promise<void> {
    await this.run('cmRelease', ordinal);
  }

  async progress(ordinal: number, bytes: number): Promise<boolean> {
    return (await this.run('cmProgress', ordinal, bytes)) === 1;
  }

  settle(item: PlannedItem, state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.writeOutcome(item, ['waiting', 'copying', 'checking'], state, outcome);
  }

  revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.writeOutcome(item, [from], state, outcome);
  }

  private async writeOutcome(
    item: PlannedItem,
    from: readonly ItemState[],
    state: ItemState,
    outcome: Outcome,
  ): Promise<boolean> {
    const { ordinal } = item;
    const refs = await this.refsOf(textsOf(outcome));
    const done = isDone(state);
    const link = done ? await this.linkOf(item.mimeType, outcome) : undefined;
    const reservedId = done && item.kind !== 'google' ? (await this.reserved([ordinal])).get(ordinal) : undefined;
    for (const inFull of [false, true]) {
      const packed = packOutcome({ item, state, reservedId, link }, outcome, refs, inFull);
      const answer = await this.run(
        'cmSettle',
        ordinal,
        from.map((old) => CODE[old]).join(''),
        CODE[state],
        packed.mark,
        packed.entry,
        packed.undone,
        item.size ?? 0,
        outcome.code ?? 'internal',
        isCopied(item) ? 1 : 0,
        packed.relies ? 1 : 0,
        packed.fallback,
      );
      if (answer === 2) continue;
      if (answer === 1) this.stores.observer?.settled(item, state, outcome);
      return answer === 1;
    }
    return false;
  }

  /** Numbers of texts, in the list of this transfer. */
  private async refsOf(texts: readonly string[]): Promise<ReadonlyMap<string, TextRef>> {
    const shared = this.sharedTexts();
    const missing = shared.full ? [] : texts.filter((text) => !shared.refs.has(text));
    if (missing.length > 0) {
      const numbers = (await this.run('cmTexts', ...missing)) as number[];
      for (const [index, number] of numbers.entries())
        if (number < 0) shared.full = true;
        else shared.add(missing[index]!, number);
    }
    return shared.refs;
  }

  /** The list, with all that the entries refer to. */
  private async texts(entries: readonly string[]): Promise<readonly string[]> {
    const shared = this.sharedTexts();
    if (entries.some((entry) => refsIn(entry).some((ref) => shared.list[ref] === undefined)))
      for (const [text, number] of Object.entries(await this.redis.hgetall(this.keys.texts)))
        shared.add(text, Number(number));
    return shared.list;
  }

  private sharedTexts(): SharedTexts {
    const shared = this.cache.texts.get(this.order.id) ?? new SharedTexts();
    this.cache.texts.set(this.order.id, shared);
    return shared;
  }

  /** The web link of the copies of a MIME type: that of the first one sets the pattern. */
  private async linkOf(mimeType: string, { destinationId, webViewLink }: Outcome): Promise<string> {
    const links = await this.links(new Set());
    const known = links.get(mimeType);
    if (known !== undefined) return known;
    const pattern =
      destinationId && webViewLink?.includes(destinationId) ? webViewLink.replace(destinationId, ID_IN_LINK) : '';
    const link = (await this.run('cmLink', mimeType, pattern)) as string;
    links.set(mimeType, link);
    return link;
  }

  private async links(mimeTypes: ReadonlySet<string>): Promise<Map<string, string>> {
    const links = this.cache.links.get(this.order.id) ?? new Map<string, string>();
    this.cache.links.set(this.order.id, links);
    if ([...mimeTypes].some((mimeType) => !links.has(mimeType)))
      for (const [mimeType, link] of Object.entries(await this.redis.hgetall(this.keys.links)))
        links.set(mimeType, link);
    return links;
  }

  async openFiles(): Promise<number> {
    return Number((await this.redis.hget(this.main, 'open')) ?? 0);
  }

  async settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void> {
    await this.run('cmOriginal', ordinal, ORIGINALS.indexOf(original) + 1, await this.listed(reason));
  }

  async settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void> {
    await this.run('cmUndone', ordinal, UNDONE.indexOf(undone) + 1, await this.listed(reason));
  }

  private async listed(reason: string | undefined): Promise<string> {
    return reason ? JSON.stringify([(await this.refsOf([reason])).get(reason) ?? reason]) : '';
  }

  async recordRestored(id: string): Promise<void> {
    await this.run('cmRestored', id);
  }

  async reopen(
    codes?: readonly string[],
    { skipped = ['canceled'], mayConvert = false }: ReopenOptions = {},
  ): Promise<number> {
    let reopened = 0;
    let part: ItemRecord[] = [];
    const reopenPart = async () => {
      if (part.length === 0) return;
      reopened += (await this.run(
        'cmReopen',
        mayConvert ? 1 : 0,
        ...part.flatMap((item) => [item.ordinal, CODE[item.state], item.size ?? 0, isCopied(item) ? 1 : 0]),
      )) as number;
      part = [];
    };
    for await (const item of recordsIn(this, ['failed', 'skipped'])) {
      if (isToReopen(item, codes, skipped) && part.push(item) === PART) await reopenPart();
    }
    await reopenPart();
    return reopened;
  }

  async rename(ordinal: number, name: string): Promise<void> {
    const item = await this.item(ordinal);
    if (item) await this.run('cmAmend', ...(await this.amendment({ ...item, name })), item.size ?? 0, 1);
  }

  async reopenAs(item: PlannedItem, destinationId: string | null): Promise<void> {
    const before = await this.item(item.ordinal);
    if (!before) return;
    const amendment = await this.amendment(item);
    if (SETTLED_STATES.includes(before.state)) {
      const reopened = await this.commit(
        'cmReopenAs',
        ...amendment,
        before.size ?? 0,
        isCopied(item) ? 1 : 0,
        destinationId ?? '',
        before.outcome.destinationId ?? '',
      );
      if (reopened === 1) return;
    }
    // Again after a crash: it waits already, under the id it was given then.
    await this.commit('cmAmend', ...amendment, before.size ?? 0);
  }

  async keepUpload(ordinal: number, address: string): Promise<void> {
    const sealed = this.stores.cipher.seal(this.uploadKey(ordinal), { address });
    resultsOf(
      await this.redis.multi().hset(this.keys.uploads, ordinal, sealed).expire(this.keys.uploads, KEPT_SECONDS).exec(),
    );
  }

  async upload(ordinal: number): Promise<string | undefined> {
    const sealed = await this.redis.hget(this.keys.uploads, String(ordinal));
    return sealed === null ? undefined : this.unsealed(ordinal, sealed);
  }

  async uploads(): Promise<{ ordinal: number; address: string }[]> {
    return Object.entries(await this.redis.hgetall(this.keys.uploads))
      .flatMap(([field, sealed]) => {
        const ordinal = Number(field);
        const address = this.unsealed(ordinal, sealed);
        return address === undefined ? [] : [{ ordinal, address }];
      })
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  async dropUpload(ordinal: number): Promise<void> {
    await this.redis.hdel(this.keys.uploads, String(ordinal));
  }

  /** Undefined where its key has left the ring: then the upload is begun anew. */
  private unsealed(ordinal: number, sealed: string): string | undefined {
    return this.stores.cipher.open<{ address: string }>(this.uploadKey(ordinal), sealed)?.address;
  }

  private uploadKey(ordinal: number): string {
    return keys.upload(this.order.id, ordinal);
  }

  async grants(): Promise<GrantRecord[]> {
    const grants = await this.redis.hgetall(this.keys.grants);
    return Object.entries(grants).map(([itemId, json]) => ({
      itemId,
      ...(JSON.parse(json) as { permissionId?: string; madeAt?: number }),
    }));
  }

  private usersOf(itemId: string): string {
    return keys.shareUsers(itemId, this.order.destination.sub);
  }

  async announceGrant(itemId: string): Promise<void> {
    await this.use(itemId);
    await this.stores.durable.commit(this.main, (pipeline) =>
      pipeline.hsetnx(this.keys.grants, itemId, '{}').expire(this.keys.grants, KEPT_SECONDS),
    );
  }

  private async use(itemId: string): Promise<void> {
    const users = this.usersOf(itemId);
    resultsOf(await this.redis.multi().sadd(users, this.order.id).expire(users, KEPT_SECONDS).exec());
  }

  async retractGrant(itemId: string): Promise<void> {
    if ((await this.run('cmRetract', itemId)) === 1) await this.redis.srem(this.usersOf(itemId), this.order.id);
  }

  async recordGrant(itemId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    // Anew, for the transfer may have ended between the announcement and now: the watch must find the share.
    await this.redis.sadd(keys.openTransfers(), this.order.id);
    await this.use(itemId);
    resultsOf(
      await this.redis
        .multi()
        .hset(this.keys.grants, itemId, JSON.stringify({ permissionId, madeAt, expiresAt }))
        .expire(this.keys.grants, KEPT_SECONDS)
        // For snapshots, which do not read each share: the last end, for shares are made one after the other.
        .hset(this.main, expiresAt === undefined ? { sharesStay: 1 } : { sharesEnd: expiresAt })
        .hincrby(this.main, 'revision', 1)
        .exec(),
    );
  }

  async sharedByOthers(itemId: string): Promise<boolean> {
    const users = await this.redis.smembers(this.usersOf(itemId));
    return users.some((id) => id !== this.order.id);
  }

  async isLastUser(itemId: string): Promise<boolean> {
    const users = this.usersOf(itemId);
    const [, left] = resultsOf(await this.redis.multi().srem(users, this.order.id).scard(users).exec());
    return left === 0;
  }

  async forgetGrant(itemId: string, withdrawn: boolean): Promise<void> {
    const forgetting = this.redis.multi().hdel(this.keys.grants, itemId).hincrby(this.main, 'revision', 1);
    if (withdrawn) forgetting.hincrby(this.main, 'grantsWithdrawn', 1);
    resultsOf(await forgetting.exec());
    await this.redis.srem(this.usersOf(itemId), this.order.id);
  }

  async slowedDown(): Promise<void> {
    await this.run('cmSlowedDown');
  }

  async revision(): Promise<number> {
    return Number((await this.redis.hget(this.main, 'revision')) ?? 0);
  }

  async snapshot(): Promise<TransferSnapshot> {
    const [main, underWay, rate, openGrants, restored] = resultsOf(
      await this.redis
        .pipeline()
        .hgetall(this.main)
        .hgetall(this.keys['under-way'])
        .hgetall(this.keys.rate)
        .hlen(this.keys.grants)
        .scard(this.keys.restored)
        .exec(),
    ) as [Record<string, string>, Record<string, string>, Record<string, string>, number, number];
    const number = (field: string) => Number(main[field] ?? 0);
    const json = (field: string) => JSON.parse(main[field]!) as never;
    const byCode = (kind: string) => {
      const counts: Counts = {};
      for (const [field, count] of Object.entries(main)) {
        if (!field.startsWith(kind) || count === '0') continue;
        const code = itemCodeOf(field.slice(kind.length));
        counts[code] = (counts[code] ?? 0) + Number(count);
      }
      return counts;
    };
    const underWayNow = new Map(Object.entries(underWay).map(([ordinal, bytes]) => [Number(ordinal), Number(bytes)]));
    const parkedSide = main['parkedSide'] as Side | undefined;
    const state = (main['state'] ?? 'canceled') as TransferState;
    const isActive = main['startedAt'] !== undefined && ACTIVE_STATES.includes(state);
    const now = Date.now();
    return {
      state,
      revision: number('revision'),
      ...(main['since'] && { since: number('since') }),
      activeMs: number('active') + (isActive ? Math.max(0, now - number('since')) : 0),
      ...(main['startedAt'] && { startedAt: number('startedAt') }),
      ...(main['finishedAt'] && { finishedAt: number('finishedAt') }),
      ...(parkedSide && { parked: { side: parkedSide, since: number('parkedSince') } }),
      ...(main['resumeAt'] && { resumeAt: resumeAtOf(main['resumeAt'], number('since') || Date.now()) }),
      ...(ASIDE.includes(main['state'] as TransferState) &&
        main['resumeState'] && { resumeState: main['resumeState'] as TransferState }),
      unconfirmed: SIDES.filter((side) => main[`unconfirmed:${side}`] !== undefined),
      withdrawn: Object.fromEntries(
        SIDES.flatMap((side) => (main[`withdrawn:${side}`] ? [[side, number(`withdrawn:${side}`)]] : [])),
      ),
      ...(main['problem'] && { problem: problemIn(main['problem']) }),
      found: number('found'),
      counts: Object.fromEntries(Object.entries(CODE).map(([state, code]) => [state, number(`n:${code}`)])) as Record<
        ItemState,
        number
      >,
      bytes: {
        found: number('b:found'),
        verified: number('b:verified'),
        copying: [...underWayNow.values()].reduce((sum, bytes) => sum + bytes, 0),
      },
      originals: { trashed: number('o:trashed'), kept: number('o:kept') },
      ways: Object.fromEntries(WAYS.map((way) => [way, number(`w:${way}`)])) as Record<Way, number>,
      verification: { checksum: number('p:checksum'), presence: number('p:presence') },
      failures: difference(byCode('x:'), byCode('y:')),
      unverified: byCode('y:'),
      skips: byCode('s:'),
      ...(main['planFacts'] && { plan: json('planFacts') }),
      ...(main['deltaFacts'] && { delta: json('deltaFacts') }),
      undo: { trashed: number('u:trashed'), left: number('u:left'), restored },
      grants: {
        open: openGrants,
        withdrawn: number('grantsWithdrawn'),
        ...(openGrants > 0 && main['sharesEnd'] && !main['sharesStay'] && { expiresAt: number('sharesEnd') }),
      },
      slowDowns: number('slowDowns'),
      slowedAt: (main['slowedAt'] ?? '').split(',').flatMap((seconds) => (seconds ? [Number(seconds) * 1_000] : [])),
      rate: isActive
        ? rateOf(rate, state === 'running' ? Math.max(number('startedAt'), number('since')) : number('startedAt'), now)
        : { itemsPerSecond: 0, bytesPerSecond: 0 },
      ...(main['startedAt'] && Object.keys(rate).length > 0 && { pace: paceOf(rate, number('startedAt')) }),
      underWay: underWayNow,
      ...(main['resultFolderId'] && { resultFolderId: main['resultFolderId'] }),
      ...(main['title'] && { title: main['title'] }),
      names: JSON.parse(main['names'] ?? '[]') as string[],
      ...(main['targetName'] !== undefined && { targetName: main['targetName'] }),
    };
  }

  async events(): Promise<LedgerEvent[]> {
    const entries = await this.redis.xrange(this.keys.log, '-', '+');
    return entries.map(([id, fields]) => eventOf(id, fields));
  }

  async noteStep(step: TimelineStep): Promise<void> {
    await this.run('cmNoteStep', step);
  }

  async conclude(conclusion: Conclusion): Promise<void> {
    await this.run('cmConclude', JSON.stringify(conclusion));
  }

  async conclusion(): Promise<Conclusion | undefined> {
    const kept = await this.redis.get(this.keys.conclusion);
    return kept === null ? undefined : (JSON.parse(kept) as Conclusion);
  }

  async shrink(): Promise<void> {
    // Pages stay as they are: most of them is random, so that no stronger compression would give anything back.
    await this.redis.unlink(this.keys['under-way'], this.keys.rate, this.keys.uploads);
  }
}

type Texts = ReadonlyMap<number, string>;
type Fields = (number | Buffer)[];

/** Ordinal, value, ordinal, value, … as a script answers them. */
function mapOf(fields: Fields): Texts {
  const found = new Map<number, string>();
  for (let index = 0; index < fields.length; index += 2) found.set(Number(fields[index]), String(fields[index + 1]));
  return found;
}

function isToReopen(
  { state, outcome: { code = 'internal' } }: ItemRecord,
  codes: readonly string[] | undefined,
  skipped: readonly string[],
): boolean {
  return (state === 'failed' || (state === 'skipped' && skipped.includes(code))) && (!codes || codes.includes(code));
}

/** Callers may hand over a record: what became of the item is kept elsewhere. */
function plannedOf(item: PlannedItem): PlannedItem {
  const { state: _s, attempts: _a, triedAt: _t, outcome: _o, ...rest } = item as ItemRecord;
  const { replaces: _r, supersedes: _e, mayConvert: _m, ...planned } = rest;
  return planned;
}

/** @param since when it was stored; another version may have stored any value that Google sent */
const resumeAtOf = (stored: string, since: number): number => Math.min(Number(stored), since + LONGEST_WAIT_MS);

/** Items by reason code. */
type Counts = Partial<Record<ItemCode, number>>;

function difference(all: Counts, some: Counts): Counts {
  const left = (Object.entries(all) as [ItemCode, number][]).map(
    ([code, count]) => [code, count - (some[code] ?? 0)] as const,
  );
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}

function problemIn(json: string): { code: ItemCode; detail: string } {
  const { code, detail } = JSON.parse(json) as { code?: string; detail?: string };
  return { code: itemCodeOf(code), detail: detail ?? '' };
}

/** How an item differs from what was listed: what is other, and what is no longer there. */
type Changes = [changed: Partial<PlannedItem>, gone: readonly string[]];

function unpackAmended(listed: PlannedItem, value: string): PlannedItem {
  const [changed, gone] = JSON.parse(value.slice(value.indexOf(' ') + 1)) as Changes;
  const item = { ...listed, ...changed };
  return gone.length === 0
    ? item
    : (Object.fromEntries(Object.entries(item).filter(([field]) => !gone.includes(field))) as unknown as PlannedItem);
}

/** An entry of the log, whose id begins with its time; fields of a state are those that were written with it. */
function eventOf(id: string, fields: readonly string[]): LedgerEvent {
  const told = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) told.set(fields[index]!, fields[index + 1]!);
  const problem = told.has('problem') ? problemIn(told.get('problem')!) : undefined;
  const code = told.has('code') ? itemCodeOf(told.get('code')) : problem?.code;
  return {
    at: Number(id.split('-', 1)[0]),
    kind: (told.get('kind') ?? 'state') as LedgerEvent['kind'],
    ...(told.has('step') && { step: told.get('step') as TimelineStep }),
    ...(told.has('state') && { state: told.get('state') as TransferState }),
    ...(told.has('command') && {
      by: { command: told.get('command')!, sides: (told.get('by') ?? '').split(',') as Side[] },
    }),
    ...(code !== undefined && { code }),
    ...(problem && { detail: problem.detail }),
    ...((told.has('parkedSide') || told.has('side')) && { side: (told.get('parkedSide') ?? told.get('side')) as Side }),
    ...(told.has('resumeAt') && { resumeAt: resumeAtOf(told.get('resumeAt')!, Number(id.split('-', 1)[0])) }),
  };
}

/** Items by bucket, from the start of the transfer or from as long ago as buckets are kept. */
function paceOf(buckets: Record<string, string>, startedAt: number): NonNullable<TransferSnapshot['pace']> {
  const last = Math.floor(Date.now() / BUCKET_MS);
  const first = Math.max(last - PACE_BUCKETS + 1, Math.floor(startedAt / BUCKET_MS));
  const items = Array.from({ length: Math.max(1, last - first + 1) }, (_, index) =>
    Number(buckets[`i:${first + index}`] ?? 0),
  );
  return { from: first * BUCKET_MS, everySeconds: BUCKET_MS / 1_000, items };
}

/** The replies of a pipeline or transaction; the first error is thrown, not handed on as a value. */
function resultsOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
