import { aParty, aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { LinkPlace } from './links/document-links.js';
import { linksCsv } from './links-report.js';
import type { DocumentKind, DocumentRecord, LinkRecord } from './model/links.js';
import { reportBody, reportCsv } from './report.js';
import { aStartedTransfer } from '../../test/support/started-transfer.js';

const OLD = 'https://docs.google.com/document/d/1original/edit';
const NEW = 'https://docs.google.com/document/d/1copy/edit';
const PLACE: LinkPlace = { holder: 'text', part: 'body', container: 'Tab 1', label: '' };

const link = (outcome: LinkRecord['outcome'], more: Partial<LinkRecord> = {}): LinkRecord => ({
  ...{ place: PLACE, text: OLD, outcome },
  ...more,
});
const record = (ordinal: number, links: readonly LinkRecord[], more: Partial<DocumentRecord> = {}): DocumentRecord => ({
  ...{ ordinal, copyId: `copy-${ordinal}`, kind: 'document', state: 'done', links },
  ...more,
});

async function aLedger(...records: DocumentRecord[]): Promise<InMemoryLedger> {
  const ledger = await aStartedTransfer(
    [0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)),
    anOrder(aParty('ana'), aParty('ben'), ['a'], { links: 'rewrite' }),
  );
  for (const each of records) await ledger.recordLinks(each);
  return ledger;
}

const RECORDS = [
  record(0, []),
  record(1, [
    link('rewritten', { newText: NEW }),
    link('outside'),
    link('unsupported', { newText: NEW, code: 'linked_chart' }),
    link('failed', { newText: NEW, code: 'edited_since' }),
    link('waiting', { newText: NEW }),
  ]),
  record(2, [], { kind: 'spreadsheet', state: 'unread', code: 'api_off' }),
  record(3, [link('rewritten', { text: '=IMPORTRANGE("1original","A1")', newText: NEW, needsConsent: true })]),
];

/** The fields of a CSV without line breaks in its fields. */
async function rowsOf(csv: AsyncIterable<string>): Promise<Record<string, string>[]> {
  let text = '';
  for await (const part of csv) text += part;
  expect(text.startsWith('\uFEFF')).toBe(true);
  const [head, ...rows] = text
    .slice(1)
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    );
  return rows.map((row) => Object.fromEntries(head!.map((name, index) => [name, row[index]!])));
}

it('has a line for each link, and for each document that could not be read, which add up to the counts', async () => {
  const ledger = await aLedger(...RECORDS);
  const rows = await rowsOf(linksCsv(ledger));
  const first = { document_path: 'item 1', document_id: 'copy-1', kind: 'document', place: 'Tab 1' };
  expect(rows[0]).toEqual({
    ...{ ...first, old_address: OLD, new_address: NEW, outcome: 'rewritten', reason_code: '', reason: '' },
  });
  expect(rows).toMatchObject([
    { outcome: 'rewritten' },
    { ...first, new_address: '', outcome: 'outside', reason_code: '' },
    { new_address: NEW, outcome: 'unsupported', reason_code: 'linked_chart', reason: expect.stringMatching(/\.$/) },
    { outcome: 'failed', reason_code: 'edited_since', reason: expect.stringMatching(/\.$/) },
    { outcome: 'waiting' },
    {
      ...{ document_path: 'item 2', document_id: 'copy-2', kind: 'spreadsheet', place: '', old_address: '' },
      ...{ new_address: '', outcome: 'unread', reason_code: 'api_off', reason: expect.stringMatching(/\.$/) },
    },
    {
      ...{ old_address: '\'=IMPORTRANGE("1original","A1")', outcome: 'rewritten', reason_code: '' },
      reason: expect.stringContaining('allowed access'),
    },
  ]);
  const { links } = await ledger.snapshot();
  const those = (outcome: string) => rows.filter((row) => row['outcome'] === outcome).length;
  for (const outcome of ['waiting', 'rewritten', 'outside', 'unsupported', 'failed'] as const)
    expect([outcome, those(outcome)]).toEqual([outcome, links![outcome]]);
  expect(those('unread')).toBe(links!.documents.unread.api_off);
});

it.each<[DocumentKind, Partial<LinkPlace>, string]>([
  ['document', { part: 'table' }, 'Tab 1, table'],
  ['document', { part: 'footnote', label: 'the budget' }, 'Tab 1, footnote: the budget'],
  ['document', { holder: 'chip', label: 'Plan' }, 'Tab 1, chip: Plan'],
  ['document', { holder: 'chart', label: '' }, 'Tab 1, chart'],
  ['spreadsheet', { part: 'sheet', container: 'Regions', label: 'B2' }, 'Regions!B2'],
  ['spreadsheet', { part: 'sheet', holder: 'note', container: 'Regions', label: 'B2' }, 'Regions!B2, note'],
  ['spreadsheet', { part: 'sheet', container: "Ana's Q1", label: 'AA10' }, "'Ana''s Q1'!AA10"],
  ['spreadsheet', { part: 'sheet', container: 'Q1', label: 'B2' }, "'Q1'!B2"],
  ['presentation', { part: 'slide', container: '14' }, 'Slide 14'],
  ['presentation', { part: 'slide', holder: 'image', container: '2', label: 'Logo' }, 'Slide 2, image: Logo'],
  ['presentation', { part: 'speaker_notes', container: '14' }, 'Slide 14, speaker notes'],
  ['form', { holder: 'responses', container: '' }, 'responses'],
])('names a place as a person reads it: %s %j', async (kind, place, text) => {
  const ledger = await aLedger(record(1, [link('outside', { place: { ...PLACE, ...place } })], { kind }));
  expect(await rowsOf(linksCsv(ledger))).toMatchObject([{ place: text }]);
});

it('counts links by item in the report, as CSV and as JSON; a document that could not be read has no numbers', async () => {
  const ledger = await aLedger(...RECORDS);
  const rows = await rowsOf(reportCsv(ledger));
  expect(rows.map((row) => [row['links_found'], row['links_rewritten'], row['links_failed']])).toEqual([
    ['0', '0', '0'],
    ['5', '1', '1'],
    ['', '', ''],
    ['1', '1', '0'],
  ]);
  let text = '';
  for await (const part of reportBody(ledger, await ledger.snapshot())) text += part;
  const { items } = JSON.parse(`{${text}`) as { items: object[] };
  expect(items).toMatchObject([{ linksFound: 0 }, { linksFound: 5, linksRewritten: 1, linksFailed: 1 }, {}, {}]);
  expect(items[2]).not.toHaveProperty('linksFound');
});
