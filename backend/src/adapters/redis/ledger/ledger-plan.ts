import { randomBytes } from 'node:crypto';
import type { ItemCode } from '../../../engine/errors.js';
import { isCopied, type PlannedItem } from '../../../engine/model/items.js';
import { itemCodeOf } from '../../../engine/model/reasons.js';
import { PLANNING_STATES } from '../../../engine/model/states.js';
import { type LedgerPlan, PLAN_PAGE } from '../../../engine/ports/ledger/plan.js';
import { numberOr, oneOf, script } from '../lua.js';
import { plannedOf } from './amendments.js';
import type { LedgerContext } from './ledger-context.js';
import { EVERY_KEY } from './ledger-keys.js';
import { packPage, PlanPage, sourceIdsOf } from './ledger-pages.js';
import type { RedisLedgerStates } from './ledger-states.js';
import { CHANGE, IS_OLD_PLAN, isAmong, KEEP, STATE_BYTES, stateInLua } from './lua-parts.js';
import { scan } from './scan.js';

/** Memory that an item needs in a typical plan (`npm run bench -- ledger`), with a reserve. */
const BYTES_PER_ITEM = 250;
/** Memory that the record of what became of the access of an item's copy needs, with a reserve. */
const BYTES_PER_ACCESS_RECORD = 400;
/** Pages that are read together when a whole plan is read. */
const PAGES_AT_ONCE = 16;
/** Maximum number of problems per script, so that it does not delay others. */
const PROBLEMS_AT_ONCE = 500;

/** Values of `start` that no plan has. */
const ANYWHERE = -1;
const NOWHERE = -2;

/** The keys that belong to a plan and its items; dropped with the plan. */
const FILLED_BY_PLAN = EVERY_KEY.filter(
  (key) => !['main', 'order', 'people', 'grants', 'problems', 'links', 'texts', 'restored', 'log'].includes(key),
);

export const PLAN_SCRIPTS = {
  /** `base`: one that no plan had. Returns the number of the new plan. */
  restart: script('cmRestartPlan', {
    keys: ['main', ...FILLED_BY_PLAN],
    args: { base: 'text' },
    reply: numberOr('refused'),
    lua: `
if redis.call('HGET', main, 'state') ~= ${stateInLua('planning')} then return refused end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
for _, field in ipairs(redis.call('HKEYS', main)) do
  if string.match(field, '^[nbwpouxysaerldfk]:') or field == 'open' or field == 'found' or field == 'planFacts'
    or field == 'accessItems' then
    redis.call('HDEL', main, field)
  end
end
redis.call('HSET', main, 'base', base)
${CHANGE}
return redis.call('HINCRBY', main, 'plan', 1)`,
  }),
  /** Returns the number of the new plan. */
  extend: script('cmExtendPlan', {
    keys: ['main'],
    reply: numberOr('refused'),
    lua: `
if redis.call('HGET', main, 'state') ~= ${stateInLua('updating')} then return refused end
${CHANGE}
return redis.call('HINCRBY', main, 'plan', 1)`,
  }),
  /** Adds `count` items after `start` others (or ANYWHERE), with `bytes` in total and `copied` files and Docs. */
  append: script('cmAppend', {
    keys: ['main', 'pages', 'states', 'attempts', 'marks'],
    args: { plan: 'text', start: 'number', count: 'number', bytes: 'text', copied: 'text' },
    columns: ['page', 'packed'],
    parts: [KEEP],
    reply: oneOf('refused', 'misplaced', 'added'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not ${isAmong('state', PLANNING_STATES)} then return refused end
if ${IS_OLD_PLAN} then return refused end
if start ~= ${ANYWHERE} and start ~= tonumber(redis.call('HGET', main, 'found') or 0) then return misplaced end
${CHANGE}
if count == 0 then return added end
for page, packed in rows() do redis.call('HSET', pages, page, packed) end
redis.call('APPEND', states, string.rep('${STATE_BYTES.waiting}', count))
redis.call('APPEND', attempts, string.rep('\\0', count))
redis.call('APPEND', marks, string.rep('\\0', count))
for i = 2, #KEYS do keep(KEYS[i]) end
redis.call('HINCRBY', main, 'found', count)
redis.call('HINCRBY', main, 'n:${STATE_BYTES.waiting}', count)
redis.call('HINCRBY', main, 'b:found', bytes)
redis.call('HINCRBY', main, 'open', copied)
return added`,
  }),
  foresee: script('cmForesee', {
    keys: ['main', 'foreseen', 'problems'],
    args: { plan: 'text' },
    columns: ['ordinal', 'code'],
    parts: [KEEP],
    reply: oneOf('refused', 'noted'),
    lua: `
if ${IS_OLD_PLAN} then return refused end
for ordinal, code in rows() do
  local number = redis.call('HGET', problems, code)
  if not number then
    number = redis.call('HLEN', problems) + 1
    redis.call('HSET', problems, code, number)
  end
  redis.call('SETRANGE', foreseen, ordinal, string.char(number))
end
keep(foreseen)
keep(problems)
return noted`,
  }),
  /**
   * Free bytes on the node of this transfer, without those that its step `access` will need for items whose access is
   * noted.
   */
  room: script('cmRoom', {
    keys: ['main', 'access-records'],
    reply: numberOr('unlimited'),
    lua: `
local memory = redis.call('INFO', 'memory')
local limit = tonumber(string.match(memory, '\\nmaxmemory:(%d+)'))
if not limit or limit == 0 then return unlimited end
local noted = tonumber(redis.call('HGET', main, 'accessItems')) or 0
local due = math.max(0, noted - redis.call('HLEN', access_records)) * ${BYTES_PER_ACCESS_RECORD}
return math.max(0, limit - tonumber(string.match(memory, '\\nused_memory:(%d+)')) - due)`,
  }),
};

/** The packed pages of the plan, and items that differ from them. */
export class RedisLedgerPlan implements LedgerPlan {
  constructor(
    private readonly ledger: LedgerContext,
    private readonly states: RedisLedgerStates,
  ) {}

  async restartPlan(): Promise<number | undefined> {
    // The plan's number would not do: a deleted transfer may be created again under its id, and then begins with 1 too.
    const base = randomBytes(9).toString('base64url');
    const plan = await this.ledger.run(PLAN_SCRIPTS.restart, { base });
    return plan === 'refused' ? undefined : plan;
  }

  async extendPlan(): Promise<number | undefined> {
    const plan = await this.ledger.run(PLAN_SCRIPTS.extend, {});
    return plan === 'refused' ? undefined : plan;
  }

  async append(items: readonly PlannedItem[], plan: number): Promise<boolean> {
    let added = items.map(plannedOf);
    if (added.some(({ ordinal }, index) => ordinal !== added[0]!.ordinal + index))
      throw new Error('The ordinals of the items to append have a gap.');
    for (;;) {
      const start = added[0]?.ordinal ?? 0;
      const { pages, whole } = await this.pagesWith(added);
      const done = await this.ledger.run(PLAN_SCRIPTS.append, {
        plan,
        start: added.length === 0 ? ANYWHERE : whole ? start : NOWHERE,
        count: added.length,
        bytes: added.reduce((sum, item) => sum + (item.size ?? 0), 0),
        copied: added.filter(isCopied).length,
        rows: pages.map(({ number, items: page }) => ({ page: number, packed: packPage(page) })),
      });
      if (done !== 'misplaced') return done === 'added';
      const found = await this.ledger.number('found');
      if (found < start || !whole)
        throw new Error(`The plan has ${found} items, so appending ordinal ${start} would leave a gap.`);
      added = added.filter(({ ordinal }) => ordinal >= found); // some or all of them are there already
    }
  }

  /** The pages for these items, with the items before them; `whole` is false if some in between are missing. */
  private async pagesWith(
    items: readonly PlannedItem[],
  ): Promise<{ pages: { number: number; items: PlannedItem[] }[]; whole: boolean }> {
    const start = items[0]?.ordinal ?? 0;
    const first = start - (start % PLAN_PAGE);
    this.ledger.base = undefined;
    const base = await this.ledger.currentBase();
    const before = start > first ? await this.planned(base, start, first, start) : [];
    const pages: { number: number; items: PlannedItem[] }[] = [];
    for (const item of items.length > 0 ? [...before, ...items] : []) {
      const number = Math.floor(item.ordinal / PLAN_PAGE);
      if (pages.at(-1)?.number !== number) pages.push({ number, items: [] });
      pages.at(-1)!.items.push(item);
    }
    return { pages, whole: before.length === start - first };
  }

  completePlan(plan: number): Promise<boolean> {
    return this.states.endPlanning(plan);
  }

  async room(): Promise<number | undefined> {
    const bytes = await this.ledger.run(PLAN_SCRIPTS.room, {});
    return bytes === 'unlimited' ? undefined : Math.floor(bytes / BYTES_PER_ITEM);
  }

  /** The items [from, end) as listed. @param found number of items in the plan */
  async planned(base: string, found: number, from: number, end: number): Promise<PlannedItem[]> {
    const numbers: number[] = [];
    for (let number = Math.floor(from / PLAN_PAGE); number * PLAN_PAGE < end; number++) numbers.push(number);
    const pages = await Promise.all(
      numbers.map(async (number) => {
        const first = number * PLAN_PAGE;
        const page = await this.ledger.cache.pages.get(
          this.ledger.page(base, number),
          ({ length }) => length >= Math.min(PLAN_PAGE, found - first), // the last page grows until it is full
          async () => {
            const packed = await this.ledger.redis.hgetBuffer(this.ledger.keys.pages, String(number));
            return packed ? new PlanPage(packed) : undefined; // no page: the plan was just dropped
          },
        );
        return page?.slice(from - first, end - first) ?? [];
      }),
    );
    return pages.flat();
  }

  async ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const ordinals = new Map<string, number>();
    if (sourceIds.size === 0) return ordinals;
    const found = await this.ledger.number('found');
    for (let number = 0; number * PLAN_PAGE < found; number += PAGES_AT_ONCE) {
      const numbers = Array.from({ length: PAGES_AT_ONCE }, (_, index) => String(number + index));
      for (const page of await this.ledger.redis.hmgetBuffer(this.ledger.keys.pages, ...numbers)) {
        if (!page) continue;
        const { first, ids } = sourceIdsOf(page);
        for (const [index, id] of ids.entries()) if (sourceIds.has(id)) ordinals.set(id, first + index);
      }
    }
    return ordinals;
  }

  async foresee(problems: ReadonlyMap<number, ItemCode>, plan: number): Promise<void> {
    const rows = [...problems].map(([ordinal, code]) => ({ ordinal, code }));
    for (let at = 0; at < rows.length; at += PROBLEMS_AT_ONCE)
      await this.ledger.run(PLAN_SCRIPTS.foresee, { plan, rows: rows.slice(at, at + PROBLEMS_AT_ONCE) });
  }

  async foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]> {
    const { redis, keys } = this.ledger;
    const codes = new Map(
      Object.entries(await redis.hgetall(keys.problems)).map(([name, number]) => [Number(number), itemCodeOf(name)]),
    );
    const wanted = [...codes].filter(([, name]) => code === undefined || code === name).map(([number]) => number);
    const found = await scan(redis, keys.foreseen, wanted, after + 1, limit);
    return found.map(({ at, byte }) => ({ ordinal: at, code: codes.get(byte)! }));
  }
}
