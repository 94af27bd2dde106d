import type { LedgerIds } from '../../../engine/ports/ledger/items.js';
import { PLAN_PAGE } from '../../../engine/ports/ledger/plan.js';
import { fields, oneOf, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import { packIds, unpackIds } from './ledger-pages.js';
import { IS_GONE, isOpen, KEEP, STATE } from './lua-parts.js';

export const ID_SCRIPTS = {
  /** Reads the ids that replaced reserved ones: ordinal, id, ordinal, id, … */
  replaced: script('cmIds', {
    keys: ['main', 'new-ids'],
    columns: ['ordinal'],
    reply: fields<{ base: string; ids: string[] }>('base', 'ids'),
    lua: `
local base, ids = redis.call('HGET', main, 'base') or '0', {}
if redis.call('HLEN', new_ids) > 0 then
  for ordinal in rows() do
    local id = redis.call('HGET', new_ids, ordinal)
    if id then ids[#ids + 1] = ordinal; ids[#ids + 1] = id end
  end
end`,
  }),
  /** Replaces a page of ids that is still `before`. The rows are new ids of items whose id was removed. */
  reserve: script('cmReserve', {
    keys: ['main', 'ids', 'new-ids'],
    args: { page: 'text', packed: 'text', before: 'text' },
    columns: ['ordinal', 'id'],
    parts: [KEEP],
    reply: oneOf('stale', 'done'),
    lua: `
if ${IS_GONE} then return done end
if (redis.call('HGET', ids, page) or '') ~= before then return stale end
redis.call('HSET', ids, page, packed)
keep(ids)
for ordinal, id in rows() do
  if redis.call('HGET', new_ids, ordinal) == '' then redis.call('HSET', new_ids, ordinal, id) end
end
return done`,
  }),
  /** Gives an open item another id. A settled item keeps its id, which is part of its outcome. */
  replace: script('cmReplaceId', {
    keys: ['main', 'states', 'new-ids'],
    args: { ordinal: 'text', id: 'text' },
    parts: [KEEP],
    reply: oneOf('refused', 'replaced'),
    lua: `
local state = ${STATE}
if not ${isOpen('state')} then return refused end
redis.call('HSET', new_ids, ordinal, id)
keep(new_ids)
return replaced`,
  }),
};

/** Destination ids: pages of reserved ids, and those that replaced them. */
export class RedisLedgerIds implements LedgerIds {
  /** The ordinals to read in the next turn of the event loop. */
  private wanted: { readonly ordinals: Set<number>; readonly ids: Promise<ReadonlyMap<number, string>> } | undefined;

  constructor(private readonly ledger: LedgerContext) {}

  async reserveIds(from: number, ids: readonly (string | null)[]): Promise<void> {
    if (from % PLAN_PAGE !== 0 || ids.length > PLAN_PAGE) throw new Error('Ids must be reserved page by page.');
    const number = from / PLAN_PAGE;
    const wanted = ids.flatMap((id, index) => (id === null ? [] : [{ ordinal: from + index, id }]));
    for (;;) {
      const before = await this.ledger.redis.hgetBuffer(this.ledger.keys.ids, String(number));
      const kept = before ? unpackIds(before) : [];
      const length = Math.max(kept.length, ids.length);
      const all = Array.from({ length }, (_, index) => kept[index] ?? ids[index] ?? null);
      const rows = await this.withoutId(wanted);
      const page = { page: number, packed: packIds(all), before: before ?? '', rows };
      if ((await this.ledger.commit(ID_SCRIPTS.reserve, page)) === 'done') return;
    }
  }

  /** Items whose id `reopenAs` removed. */
  private async withoutId(wanted: readonly { ordinal: number; id: string }[]) {
    const { redis, keys } = this.ledger;
    if (wanted.length === 0 || (await redis.hlen(keys['new-ids'])) === 0) return [];
    const now = await redis.hmget(keys['new-ids'], ...wanted.map(({ ordinal }) => String(ordinal)));
    return wanted.filter((_, index) => now[index] === '');
  }

  async replaceId(ordinal: number, id: string): Promise<void> {
    await this.ledger.commit(ID_SCRIPTS.replace, { ordinal, id });
  }

  async destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const [ordinal] = ordinals;
    if (ordinal === undefined) return new Map();
    if (ordinals.length > 1) return this.readIds(ordinals);
    this.wanted ??= this.gather();
    this.wanted.ordinals.add(ordinal);
    const id = (await this.wanted.ids).get(ordinal);
    return new Map(id === undefined ? [] : [[ordinal, id]]);
  }

  /** Reads in the next turn of the event loop, with one round trip for all items that start together. */
  private gather(): NonNullable<typeof this.wanted> {
    const ordinals = new Set<number>();
    const ids = new Promise(setImmediate).then(() => {
      this.wanted = undefined;
      return this.readIds([...ordinals]);
    });
    return { ordinals, ids };
  }

  private async readIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const replaced = await this.ledger.run(ID_SCRIPTS.replaced, { rows: ordinals.map((ordinal) => ({ ordinal })) });
    this.ledger.base = replaced.base;
    const ids = new Map(await this.reserved(ordinals));
    for (let index = 0; index < replaced.ids.length; index += 2) {
      const [ordinal, id] = [Number(replaced.ids[index]), replaced.ids[index + 1]!];
      if (id) ids.set(ordinal, id);
      else ids.delete(ordinal);
    }
    return ids;
  }

  /** The reserved ids of the items that have one. */
  async reserved(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const ids = new Map<number, string>();
    if (ordinals.length === 0) return ids;
    const base = await this.ledger.currentBase();
    const pages = Map.groupBy(ordinals, (ordinal) => Math.floor(ordinal / PLAN_PAGE));
    const read = async (number: number, wanted: readonly number[]) => {
      const page = await this.ledger.cache.ids.get(
        this.ledger.page(base, number),
        // Another process may have reserved the missing ids since.
        (kept) => wanted.every((ordinal) => kept[ordinal % PLAN_PAGE]),
        async () => {
          const packed = await this.ledger.redis.hgetBuffer(this.ledger.keys.ids, String(number));
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
}
