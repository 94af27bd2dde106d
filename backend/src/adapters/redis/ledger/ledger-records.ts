import { isDone, type ItemRecord, type ItemState } from '../../../engine/model/items.js';
import type { LedgerRecords } from '../../../engine/ports/ledger/items.js';
import { fields, script } from '../lua.js';
import { unpackAmended } from './amendments.js';
import type { LedgerContext } from './ledger-context.js';
import type { RedisLedgerIds } from './ledger-ids.js';
import { HAS_ENTRY, unpackOutcome } from './ledger-outcomes.js';
import type { RedisLedgerPlan } from './ledger-plan.js';
import type { LedgerTexts } from './ledger-texts.js';
import { STATE_BYTES } from './lua-parts.js';
import { scan } from './scan.js';

const STATE_OF = new Map(Object.entries(STATE_BYTES).map(([state, byte]) => [byte.charCodeAt(0), state as ItemState]));

/** Ordinal, value, ordinal, value, … */
type Pairs = (number | Buffer)[];
interface Read {
  readonly base: Buffer;
  readonly found: number;
  /** One byte per item, from the first requested one on; `tried`: four. */
  readonly states: Buffer;
  readonly attempts: Buffer;
  readonly marks: Buffer;
  readonly undone: Buffer;
  readonly fallbacks: Buffer;
  readonly tried: Buffer;
  readonly conversions: Buffer;
  readonly entries: Pairs;
  readonly amended: Pairs;
  readonly newIds: Pairs;
  readonly replaces: Pairs;
  readonly supersedes: Pairs;
}

export const RECORD_SCRIPTS = {
  /** Reads what is stored about the ordinals `from` to `last`. */
  read: script('cmRead', {
    keys: [
      ...(['main', 'states', 'attempts', 'marks', 'undone', 'fallbacks', 'tried', 'conversions'] as const),
      ...(['outcomes', 'amended', 'new-ids', 'replaces', 'supersedes'] as const),
    ],
    args: { from: 'number', last: 'number' },
    inBytes: true,
    reply: fields<Read>(
      ...(['base', 'found', 'states', 'attempts', 'marks', 'undone', 'fallbacks', 'tried', 'conversions'] as const),
      ...(['entries', 'amended', 'newIds', 'replaces', 'supersedes'] as const),
    ),
    lua: `
local function range(key) return redis.call('GETRANGE', key, from, last) end
local function pairs_in(key)
  local found = {}
  if redis.call('HLEN', key) > 0 then
    for ordinal = from, last do
      local value = redis.call('HGET', key, ordinal)
      if value then found[#found + 1] = ordinal; found[#found + 1] = value end
    end
  end
  return found
end
local entries, marked = {}, range(marks)
for index = 1, #marked do
  if string.byte(marked, index) >= ${HAS_ENTRY} then
    local ordinal = from + index - 1
    entries[#entries + 1] = ordinal
    entries[#entries + 1] = redis.call('HGET', outcomes, ordinal) or '{}'
  end
end
local base, found = redis.call('HGET', main, 'base') or '0', tonumber(redis.call('HGET', main, 'found') or 0)
local states, attempts, marks, undone = range(states), range(attempts), marked, range(undone)
local fallbacks, conversions = range(fallbacks), range(conversions)
local tried = redis.call('GETRANGE', tried, from * 4, last * 4 + 3)
local amended, newIds, replaces, supersedes =
  pairs_in(amended), pairs_in(new_ids), pairs_in(replaces), pairs_in(supersedes)`,
  }),
};

/** Joins the planned items with their outcomes. */
export class RedisLedgerRecords implements LedgerRecords {
  constructor(
    private readonly ledger: LedgerContext,
    private readonly plan: RedisLedgerPlan,
    private readonly ids: RedisLedgerIds,
    private readonly texts: LedgerTexts,
  ) {}

  async items(from: number, count: number): Promise<ItemRecord[]> {
    if (count <= 0) return [];
    const read = await this.ledger.run(RECORD_SCRIPTS.read, { from, last: from + count - 1 });
    const { found, attempts, tried } = read;
    const [entries, amended, newIds] = [mapOf(read.entries), mapOf(read.amended), mapOf(read.newIds)];
    const [replaced, superseded] = [mapOf(read.replaces), mapOf(read.supersedes)];
    this.ledger.base = read.base.toString();
    const planned = await this.plan.planned(this.ledger.base, found, from, Math.min(from + count, found));
    const known = planned.map((item) => {
      const now = amended.get(item.ordinal);
      const state = STATE_OF.get(read.states[item.ordinal - from]!) ?? 'waiting';
      return { item: now === undefined ? item : unpackAmended(item, now), state };
    });
    const done = known.filter(({ state }) => isDone(state));
    const reserved = await this.ids.reserved(
      done.map(({ item }) => item.ordinal).filter((ordinal) => !entries.get(ordinal)?.includes('"d":')),
    );
    const links = await this.texts.links(new Set(done.map(({ item }) => item.mimeType)));
    const texts = await this.texts.listFor([...entries.values()]);
    return known.map(({ item, state }) => {
      const { ordinal } = item;
      const index = ordinal - from;
      const [replaces, supersedes] = [replaced.get(ordinal), superseded.get(ordinal)];
      const triedAt = attempts[index] && 4 * index < tried.length ? tried.readUInt32BE(4 * index) * 1_000 : 0;
      const reservedId = (newIds.get(ordinal) ?? reserved.get(ordinal)) || undefined;
      const outcome = {
        mark: read.marks[index] ?? 0,
        undone: read.undone[index] ?? 0,
        fallback: read.fallbacks[index] ?? 0,
        entry: entries.get(ordinal),
      };
      return {
        ...item,
        state,
        attempts: attempts[index] ?? 0,
        ...(triedAt > 0 && { triedAt }),
        ...(read.conversions[index] && { mayConvert: true as const }),
        outcome: unpackOutcome({ item, state, reservedId, link: links.get(item.mimeType) }, outcome, texts),
        ...(replaces !== undefined && { replaces }),
        ...(supersedes !== undefined && { supersedes }),
      };
    });
  }

  async item(ordinal: number): Promise<ItemRecord | undefined> {
    return (await this.items(ordinal, 1))[0];
  }

  async ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]> {
    const { redis, main, keys } = this.ledger;
    const bytes = states.map((state) => STATE_BYTES[state]);
    const counts = await redis.hmget(main, ...bytes.map((byte) => `n:${byte}`));
    if (!counts.some(Number)) return [];
    const wanted = bytes.map((byte) => byte.charCodeAt(0));
    return (await scan(redis, keys.states, wanted, from, limit)).map(({ at }) => at);
  }

  openFiles(): Promise<number> {
    return this.ledger.number('open');
  }
}

function mapOf(pairs: Pairs): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (let index = 0; index < pairs.length; index += 2) found.set(Number(pairs[index]), String(pairs[index + 1]));
  return found;
}
