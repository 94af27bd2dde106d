import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  DOCUMENT_KINDS,
  type DocumentRecord,
  LINK_CODES,
  LINK_OUTCOMES,
  LINK_REASON_CODES,
  type LinkCounts,
  type LinkOutcomeName,
} from '../../../engine/model/links.js';
import type { LedgerLinks } from '../../../engine/ports/ledger/links.js';
import { plain, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import { LEVEL } from './ledger-pages.js';
import { scan } from './scan.js';
import { added, reasonsIn, recordScript, tallyOf } from './tallies.js';

/** Bytes of records that are read at once, unless a single one is larger: a document can have thousands of links. */
const BYTES_AT_ONCE = 1_000_000;

export const LINK_SCRIPTS = {
  record: recordScript('cmRecordLinks', { records: 'links-records', outcomes: 'links-outcomes' }),
  /** The records of the first of these ordinals; null: there is none. */
  read: script('cmLinkRecords', {
    keys: ['links-records'],
    columns: ['ordinal'],
    inBytes: true,
    reply: plain<(Buffer | null)[]>(),
    lua: `
local found, bytes = {}, 0
for ordinal in rows() do
  local record = redis.call('HGET', links_records, ordinal)
  bytes = bytes + (record and #record or 0)
  if #found > 0 and bytes > ${BYTES_AT_ONCE} then break end
  found[#found + 1] = record
end
return found`,
  }),
};

/** Bits of a document's byte: that it has a record, which outcomes its links have, and that it could not be read. */
const HAS_RECORD = 1;
const OUTCOMES = [...LINK_OUTCOMES, 'unread'] as const;
const bitOf = (outcome: LinkOutcomeName | 'unread'): number => 2 << OUTCOMES.indexOf(outcome);

/** The links in copied documents. */
export class RedisLedgerLinks implements LedgerLinks {
  constructor(private readonly ledger: LedgerContext) {}

  async recordLinks({ ordinal, ...record }: DocumentRecord): Promise<void> {
    const { observer } = this.ledger.stores;
    const outcomes = record.links.reduce(
      (bits, { outcome }) => bits | bitOf(outcome),
      HAS_RECORD | (record.state === 'unread' ? bitOf('unread') : 0),
    );
    const tally = tallyOf(countersOf(record));
    const content = deflateRawSync(JSON.stringify(record), { level: LEVEL });
    const before = await this.ledger.commit(LINK_SCRIPTS.record, { ordinal, tally, content, outcomes });
    if (before === null) return;
    const settled = added(before, tally, 'l:', SETTLED_OUTCOMES);
    if (settled.size > 0) observer?.linked(settled, added(before, tally, 'f:', LINK_REASON_CODES));
  }

  async linkRecords(after: number, limit: number, outcome?: LinkOutcomeName | 'unread'): Promise<DocumentRecord[]> {
    const { redis, keys } = this.ledger;
    const bit = outcome === undefined ? HAS_RECORD : bitOf(outcome);
    const wanted = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte & bit);
    const found = await scan(redis, keys['links-outcomes'], wanted, after + 1, limit);
    if (found.length === 0) return [];
    const values = await this.ledger.run(LINK_SCRIPTS.read, { rows: found.map(({ at }) => ({ ordinal: at })) });
    return values.flatMap((value, index) => recordOf(found[index]!.at, value) ?? []);
  }

  async linkRecord(ordinal: number): Promise<DocumentRecord | undefined> {
    const { redis, keys } = this.ledger;
    return recordOf(ordinal, await redis.hgetBuffer(keys['links-records'], String(ordinal)));
  }
}

function recordOf(ordinal: number, value: Buffer | null): DocumentRecord | undefined {
  if (value === null) return undefined;
  const json = inflateRawSync(value.subarray(value.indexOf(' ') + 1)).toString('utf8');
  return { ordinal, ...(JSON.parse(json) as Omit<DocumentRecord, 'ordinal'>) };
}

const SETTLED_OUTCOMES = LINK_OUTCOMES.filter((outcome) => outcome !== 'waiting');

/** The counters of a record in the main hash. */
const countersOf = ({ state, code, kind, links }: Omit<DocumentRecord, 'ordinal'>): string[] => [
  `d:${state === 'unread' ? (code ?? 'refused') : 'read'}`,
  ...(state === 'unread' && code === 'api_off' ? [`k:${kind}`] : []),
  ...links.flatMap(({ outcome, code: reason }) => [`l:${outcome}`, ...(reason ? [`f:${reason}`] : [])]),
];

/** The counters in the main hash. */
export function linkCountsOf(fields: Readonly<Record<string, string>>): LinkCounts {
  const number = (field: string) => Number(fields[field] ?? 0);
  const counts = LINK_OUTCOMES.map((outcome) => [outcome, number(`l:${outcome}`)] as const);
  const { 'd:read': _read, ...unread } = fields;
  return {
    found: counts.reduce((sum, [, count]) => sum + count, 0),
    ...(Object.fromEntries(counts) as Record<LinkOutcomeName, number>),
    reasons: reasonsIn(fields, 'f:', LINK_REASON_CODES),
    documents: {
      read: number('d:read'),
      unread: reasonsIn(unread, 'd:', LINK_CODES),
      apiOff: Object.fromEntries(
        DOCUMENT_KINDS.flatMap((kind) => (number(`k:${kind}`) > 0 ? [[kind, number(`k:${kind}`)]] : [])),
      ),
    },
  };
}
