import { aParty, aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { DocumentRecord, LinkCounts, LinkFacts, LinkRecord } from '../engine/model/links.js';
import { LinkListQueryDto } from './links.dto.js';
import { linksForecast, linksPage, linksSeconds, linksView } from './links-view.js';

const COUNTS: LinkCounts = {
  ...{ found: 12, waiting: 1, rewritten: 5, outside: 2, unsupported: 3, failed: 1 },
  reasons: { form_destination: 1, linked_chart: 2, edited_since: 1 },
  documents: { read: 4, unread: { too_large: 1, api_off: 402 }, apiOff: { spreadsheet: 402 } },
};
const SHEETS_OFF = {
  kind: 'spreadsheet',
  documents: 402,
  consoleUrl: 'https://console.cloud.google.com/apis/library/sheets.googleapis.com',
};

describe('links of a transfer', () => {
  it('are 0 where they stay as they are', () => {
    expect(linksView({}, {})).toEqual({
      ...{ mode: 'leave', found: 0, waiting: 0, rewritten: 0, outside: 0, unsupported: 0, failed: 0 },
      ...{ documents: { read: 0, unread: [] }, reasons: [], apiOff: [] },
    });
  });

  it('have their counts, and the address where a person switches an API on', () => {
    const view = linksView({ links: 'rewrite' }, { links: COUNTS });
    expect(view).toMatchObject({ mode: 'rewrite', found: 12, waiting: 1, rewritten: 5, documents: { read: 4 } });
    expect(view.found).toBe(view.waiting + view.rewritten + view.outside + view.unsupported + view.failed);
    expect(view.apiOff).toEqual([SHEETS_OFF]);
  });

  it('have their reasons as sentences, the most frequent first, and what a repetition can fix', () => {
    const { reasons, documents } = linksView({ links: 'rewrite' }, { links: COUNTS });
    expect(reasons.map(({ code, count }) => [code, count])).toEqual([
      ['linked_chart', 2],
      ['form_destination', 1],
      ['edited_since', 1],
    ]);
    expect(reasons[0]).toMatchObject({ title: expect.stringMatching(/\.$/), retryable: false });
    expect(documents.unread.map(({ code, count }) => [code, count])).toEqual([
      ['api_off', 402],
      ['too_large', 1],
    ]);
    expect(documents.unread[0]).toMatchObject({ advice: expect.stringMatching(/\.$/), retryable: true });
  });
});

const FACTS: LinkFacts = {
  byKind: [
    { kind: 'document', documents: 300, sampled: 40, estimate: 60 },
    { kind: 'spreadsheet', documents: 402, sampled: 0, estimate: 0 },
  ],
  sample: 40,
  apiOff: ['spreadsheet'],
};

describe('links before the start', () => {
  it('are empty until they are estimated', () => {
    expect(linksForecast({ links: 'report' }, {})).toEqual({ mode: 'report', byKind: [], sample: 0, apiOff: [] });
  });

  it('have the estimate, and the kinds about which nothing is known', () => {
    expect(linksForecast({ links: 'rewrite' }, { links: FACTS })).toEqual({
      ...{ mode: 'rewrite', sample: 40, byKind: FACTS.byKind, apiOff: [SHEETS_OFF] },
    });
  });

  it.each<[string, 'report' | 'rewrite', LinkFacts['byKind'], number]>([
    ['no documents', 'rewrite', [], 0],
    ['300 reads of a document a minute', 'report', [FACTS.byKind[0]!], 60],
    ['60 reads of a spreadsheet a minute', 'report', FACTS.byKind, 402],
    ['60 writes a minute', 'rewrite', [{ kind: 'document', documents: 300, sampled: 40, estimate: 9_000 }], 300],
    ['documents with links, which are read twice', 'rewrite', [FACTS.byKind[0]!], 72],
  ])('take as long as Google’s quotas need: %s', (_what, mode, byKind, seconds) => {
    expect(linksSeconds(mode, { ...FACTS, byKind })).toBe(seconds);
  });
});

const aLink = (text: string, parts: Partial<LinkRecord> = {}): LinkRecord => ({
  place: { holder: 'text', part: 'body', container: 'Tab 1', label: 'the plan' },
  text: `https://docs.google.com/document/d/${text}/edit`,
  id: text,
  outcome: 'outside',
  ...parts,
});
const aDocument = (ordinal: number, parts: Partial<DocumentRecord> = {}): DocumentRecord => ({
  ordinal,
  copyId: `copy-${ordinal}`,
  kind: 'document',
  state: 'done',
  links: [],
  ...parts,
});
const REWRITTEN = aLink('one', { outcome: 'rewritten', newText: 'https://docs.google.com/document/d/new/edit' });
const CELL = { holder: 'formula', part: 'sheet', container: 'Regions', label: 'B2' } as const;
const RECORDS = [
  aDocument(0, { links: [REWRITTEN, aLink('two')] }),
  aDocument(1),
  aDocument(2, { kind: 'form', state: 'unread', code: 'api_off' }),
  aDocument(300, {
    kind: 'spreadsheet',
    links: [
      aLink('three', { outcome: 'unsupported', code: 'linked_chart', newText: 'new' }),
      { ...REWRITTEN, place: CELL, needsConsent: true },
      aLink('four', { outcome: 'failed', code: 'edited_since' }),
    ],
  }),
];

async function aLedger(records: readonly DocumentRecord[] = RECORDS): Promise<InMemoryLedger> {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a'], { links: 'rewrite' }));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(
    Array.from({ length: 301 }, (_, ordinal) => aPlannedItem(ordinal)),
    plan,
  );
  await ledger.completePlan(plan);
  for (const record of records) await ledger.recordLinks(record);
  return ledger;
}

const query = (parts: Partial<LinkListQueryDto> = {}) => Object.assign(new LinkListQueryDto(), parts);
const summaries = ({ items }: Awaited<ReturnType<typeof linksPage>>) =>
  items.map(({ ordinal, outcome, text }) => `${ordinal} ${outcome} ${text?.split('/').at(-2) ?? ''}`.trim());
const ALL = [
  '0 rewritten one',
  '0 outside two',
  '2 unread',
  '300 unsupported three',
  '300 rewritten one',
  '300 failed four',
];

describe('the list of links', () => {
  it('has a row for each link, and for each document that could not be read', async () => {
    const page = await linksPage(await aLedger(), query());
    expect(summaries(page)).toEqual(ALL);
    expect(page.nextCursor).toBeUndefined();
    expect(page.items[0]).toEqual({
      ...{ ordinal: 0, path: 'item 0', documentId: 'copy-0', kind: 'document', outcome: 'rewritten' },
      ...{ place: REWRITTEN.place, text: REWRITTEN.text, newText: REWRITTEN.newText },
    });
    expect(page.items[2]).toEqual({
      ...{ ordinal: 2, path: 'item 2', documentId: 'copy-2', kind: 'form', outcome: 'unread', code: 'api_off' },
      ...{ title: expect.any(String), advice: expect.any(String) },
    });
    expect(page.items[3]).toMatchObject({ code: 'linked_chart', title: expect.any(String), newText: 'new' });
    expect(page.items[4]).toMatchObject({ path: 'item 300', place: CELL, needsConsent: true });
  });

  it.each<[Partial<LinkListQueryDto>, string[]]>([
    [{ outcome: 'rewritten' }, [ALL[0]!, ALL[4]!]],
    [{ outcome: 'unread' }, [ALL[2]!]],
    [{ outcome: 'waiting' }, []],
    [{ q: 'ITEM 300' }, ALL.slice(3)],
    [{ q: '/d/two' }, [ALL[1]!]],
    [{ q: '/d/new', outcome: 'rewritten' }, [ALL[0]!, ALL[4]!]],
    [{ q: 'regions' }, [ALL[4]!]],
    [{ q: 'b2', outcome: 'failed' }, []],
  ])('finds %j', async (parts, found) => {
    expect(summaries(await linksPage(await aLedger(), query(parts)))).toEqual(found);
  });

  async function pagesOf(ledger: InMemoryLedger, parts: Partial<LinkListQueryDto>) {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await linksPage(ledger, query({ ...parts, ...(cursor && { cursor }) }));
      pages.push(summaries(page));
      cursor = page.nextCursor;
      if (!cursor) return pages;
    }
  }

  it('comes page by page, also within a document', async () => {
    expect(await pagesOf(await aLedger(), { limit: 4 })).toEqual([ALL.slice(0, 4), ALL.slice(4)]);
    expect((await pagesOf(await aLedger(), { limit: 1 })).flat()).toEqual(ALL);
    expect(await pagesOf(await aLedger(), { limit: 1, outcome: 'rewritten' })).toEqual([[ALL[0]], [ALL[4]]]);
  });

  it('reads at most 20,000 links for a page', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => aLink(`link${index}`));
    const ledger = await aLedger([0, 1, 2, 3, 4].map((ordinal) => aDocument(ordinal, { links: many })));
    expect(await pagesOf(ledger, { q: 'item 4', limit: 1_000 })).toHaveLength(6);
    expect(await linksPage(ledger, query({ q: 'nothing' }))).toEqual({ items: [], nextCursor: '4.0' });
  });
});
