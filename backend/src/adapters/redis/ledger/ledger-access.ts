import {
  ACCESS_CODES,
  ACCESS_OUTCOMES,
  type AccessCounts,
  type AccessOutcome,
  type AccessRecord,
  type PeopleLine,
  type SourceAccess,
} from '../../../engine/model/sharing.js';
import { PLANNING_STATES } from '../../../engine/model/states.js';
import type { LedgerAccess } from '../../../engine/ports/ledger/access.js';
import { PLAN_PAGE } from '../../../engine/ports/ledger/plan.js';
import type { AccessRow } from '../../../engine/sharing/access-table.js';
import { restrictionsOf } from '../../../engine/sharing/restrictions.js';
import { oneOf, script } from '../lua.js';
import { packAccess, packRows, unpackAccess, unpackPeople, unpackRows } from './access-pages.js';
import type { LedgerContext } from './ledger-context.js';
import { IS_OLD_PLAN, isAmong, KEEP } from './lua-parts.js';
import { scan } from './scan.js';
import { added, reasonsIn, recordScript, tallyOf } from './tallies.js';

export const ACCESS_SCRIPTS = {
  /** Writes the access of a page of the plan in place of `before`. `added`: how many more items it has. */
  note: script('cmNoteAccess', {
    keys: ['main', 'access'],
    args: { plan: 'text', page: 'text', packed: 'text', before: 'text', added: 'number' },
    parts: [KEEP],
    reply: oneOf('refused', 'stale', 'noted'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not ${isAmong('state', PLANNING_STATES)} then return refused end
if ${IS_OLD_PLAN} then return refused end
if (redis.call('HGET', access, page) or '') ~= before then return stale end
redis.call('HSET', access, page, packed)
redis.call('HINCRBY', main, 'accessItems', added)
keep(access)
return noted`,
  }),
  /** Replaces the list of grantees; each value holds a page of it. */
  table: script('cmAccessTable', {
    keys: ['main', 'access-table'],
    args: { plan: 'text' },
    columns: ['page'],
    parts: [KEEP],
    reply: oneOf('refused', 'kept'),
    lua: `
if not ${isAmong("redis.call('HGET', main, 'state')", PLANNING_STATES)} then return refused end
if ${IS_OLD_PLAN} then return refused end
redis.call('UNLINK', access_table)
local number = 0
for page in rows() do
  redis.call('HSET', access_table, number, page)
  number = number + 1
end
keep(access_table)
return kept`,
  }),
  record: recordScript('cmRecordAccess', { records: 'access-records', outcomes: 'access-outcomes' }),
};

/** Rows per page of the list of grantees. */
const ROWS_PAGE = 1_000;

/** Bits of an item's byte: that it has a record, and which outcomes its grants have. */
const HAS_RECORD = 1;
const bitOf = (outcome: AccessOutcome): number => 2 << ACCESS_OUTCOMES.indexOf(outcome);

/** Access of originals, and of their copies. */
export class RedisLedgerAccess implements LedgerAccess {
  constructor(private readonly ledger: LedgerContext) {}

  async people(): Promise<readonly PeopleLine[]> {
    const packed = await this.ledger.redis.getBuffer(this.ledger.keys.people);
    return packed ? unpackPeople(packed) : [];
  }

  async storeSourceAccess(access: ReadonlyMap<number, SourceAccess>, plan: number): Promise<boolean> {
    const pages = Map.groupBy(access, ([ordinal]) => Math.floor(ordinal / PLAN_PAGE));
    for (const [page, entries] of pages) if (!(await this.writePage(page, entries, plan))) return false;
    return true;
  }

  private async writePage(
    page: number,
    entries: readonly (readonly [number, SourceAccess])[],
    plan: number,
  ): Promise<boolean> {
    for (;;) {
      const before = await this.ledger.redis.hgetBuffer(this.ledger.keys.access, String(page));
      const known = before ? unpackAccess(before) : new Map<number, SourceAccess>();
      const all = new Map([...known, ...entries]);
      const done = await this.ledger.run(ACCESS_SCRIPTS.note, {
        ...{ plan, page, packed: packAccess(all), before: before ?? '', added: all.size - known.size },
      });
      if (done !== 'stale') return done === 'noted';
    }
  }

  async sourceAccess(after: number, limit: number): Promise<{ ordinal: number; access: SourceAccess }[]> {
    const { redis, keys } = this.ledger;
    const numbers = (await redis.hkeys(keys.access)).map(Number).filter((page) => (page + 1) * PLAN_PAGE > after + 1);
    const found: { ordinal: number; access: SourceAccess }[] = [];
    for (const page of numbers.sort((one, other) => one - other)) {
      if (found.length >= limit) break;
      const packed = await redis.hgetBuffer(keys.access, String(page));
      // Missing if the plan was deleted meanwhile.
      for (const [ordinal, access] of packed ? unpackAccess(packed) : [])
        if (ordinal > after) found.push({ ordinal, access });
    }
    return found.slice(0, limit);
  }

  async storeAccessTable(rows: readonly AccessRow[], plan: number): Promise<boolean> {
    const pages = Array.from({ length: Math.ceil(rows.length / ROWS_PAGE) }, (_, number) => ({
      page: packRows(rows.slice(number * ROWS_PAGE, (number + 1) * ROWS_PAGE)),
    }));
    return (await this.ledger.run(ACCESS_SCRIPTS.table, { plan, rows: pages })) === 'kept';
  }

  async accessTable(from: number, count: number): Promise<AccessRow[]> {
    const first = Math.floor(from / ROWS_PAGE);
    const pages = Math.floor((from + count - 1) / ROWS_PAGE) - first + 1;
    const numbers = Array.from({ length: pages }, (_, index) => String(first + index));
    const packed = await this.ledger.redis.hmgetBuffer(this.ledger.keys['access-table'], ...numbers);
    const rows = packed.flatMap((page) => (page ? unpackRows(page) : []));
    return rows.slice(from - first * ROWS_PAGE, from - first * ROWS_PAGE + count);
  }

  async recordAccess({ ordinal, ...record }: AccessRecord): Promise<void> {
    const outcomes = record.grants.reduce((bits, { outcome }) => bits | bitOf(outcome), HAS_RECORD);
    const tally = tallyOf(countersOf(record));
    const content = JSON.stringify(record);
    const before = await this.ledger.commit(ACCESS_SCRIPTS.record, { ordinal, tally, content, outcomes });
    if (before === null) return;
    const settled = added(before, tally, 'a:', SETTLED_OUTCOMES);
    if (settled.size > 0) this.ledger.stores.observer?.shared(settled, added(before, tally, 'e:', ACCESS_CODES));
  }

  async accessRecords(after: number, limit: number, outcome?: AccessOutcome): Promise<AccessRecord[]> {
    const { redis, keys } = this.ledger;
    const bit = outcome === undefined ? HAS_RECORD : bitOf(outcome);
    const wanted = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte & bit);
    const ordinals = (await scan(redis, keys['access-outcomes'], wanted, after + 1, limit)).map(({ at }) => at);
    if (ordinals.length === 0) return [];
    const values = await redis.hmget(keys['access-records'], ...ordinals.map(String));
    return ordinals.flatMap((ordinal, index) => recordOf(ordinal, values[index] ?? null) ?? []);
  }

  async accessRecord(ordinal: number): Promise<AccessRecord | undefined> {
    return recordOf(ordinal, await this.ledger.redis.hget(this.ledger.keys['access-records'], String(ordinal)));
  }
}

const recordOf = (ordinal: number, value: string | null): AccessRecord | undefined =>
  value === null
    ? undefined
    : { ordinal, ...(JSON.parse(value.slice(value.indexOf(' ') + 1)) as Omit<AccessRecord, 'ordinal'>) };

const SETTLED_OUTCOMES = ACCESS_OUTCOMES.filter((outcome) => outcome !== 'waiting');

/** The counters of a record in the main hash. */
const countersOf = (record: Omit<AccessRecord, 'ordinal'>): string[] => [
  ...record.grants.flatMap(({ outcome, code }) => [
    `a:${outcome}`,
    ...(code && (outcome === 'narrower' || outcome === 'wider') ? [`e:${code}`] : []),
  ]),
  ...restrictionsOf(record).flatMap(({ state, code }) => [`r:${state}`, ...(code ? [`rr:${code}`] : [])]),
];

/** The counters in the main hash. */
export function accessCountsOf(fields: Readonly<Record<string, string>>): AccessCounts {
  const number = (field: string) => Number(fields[field] ?? 0);
  const [waiting, equal, narrower, wider] = ACCESS_OUTCOMES.map((outcome) => number(`a:${outcome}`)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    wanted: waiting + equal + narrower + wider,
    waiting,
    equal,
    narrower,
    wider,
    reasons: reasonsIn(fields, 'e:', ACCESS_CODES),
    restrictions: {
      ...{ waiting: number('r:waiting'), applied: number('r:applied'), refused: number('r:refused') },
      reasons: reasonsIn(fields, 'rr:', ACCESS_CODES),
    },
  };
}
