import type { LinkCounts, LinkFacts } from '../engine/model/links.js';
import { linksForecast, linksSeconds, linksView } from './links-view.js';

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
