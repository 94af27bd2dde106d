import type { BehaviorInput } from '@cloudmover/drive-sandbox';
import { documentKindOf } from '../../src/engine/model/google-types.js';
import type { DocumentKind } from '../../src/engine/model/links.js';
import type { UsageCounter } from '../../src/engine/model/quota-units.js';
import { recordsOf } from '../../src/engine/model/records.js';
import { statesFor } from '../../src/engine/model/states.js';
import { Transfer } from '../../src/engine/transfer.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { withNewAddresses, withoutFields } from '../support/linked-documents.js';
import { anOrder, runTransfer } from '../support/run-transfer.js';
import { ANA, sandboxDrives } from '../support/sandbox-drives.js';

const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** Each API, and how to read a whole document. */
const APIS: Readonly<Record<DocumentKind, readonly [api: string, path: string, query: string]>> = {
  document: ['documents', '/v1/documents', '?includeTabsContent=true'],
  spreadsheet: ['spreadsheets', '/v4/spreadsheets', '?includeGridData=true'],
  presentation: ['presentations', '/v1/presentations', ''],
  form: ['forms', '/v1/forms', ''],
};
/** What Google sets itself, or computes from the content. */
const SET_BY_GOOGLE = [
  ...['revisionId', 'documentId', 'presentationId', 'spreadsheetId', 'spreadsheetUrl', 'formId', 'responderUri'],
  ...['richLinkId', 'title', 'mimeType', 'startIndex', 'endIndex', 'hyperlink', 'effectiveValue', 'formattedValue'],
];

/** Runs a transfer of Ana's linked documents, and checks that its copies differ from the originals only in addresses. */
async function rewriteLinks(behavior: BehaviorInput = {}) {
  let editors = 0;
  const count = (counter: UsageCounter, by: number) => void (editors += counter === 'editors' ? by : 0);
  /** Each time that a quota is used up, the next minute begins. */
  const onSlowDown = () => void control.advance(60_000);
  const { drives, control, url, close } = await sandboxDrives([BEN], { count, onSlowDown });
  try {
    await control.fill(ANA, 'linked');
    const { items } = await drives.source.children('root', undefined, signal);
    const { source, destination } = drives;
    const chosen = items.map(({ id }) => id);
    const ledger = new InMemoryLedger(anOrder(source.account, destination.account, chosen, { links: 'rewrite' }));
    await control.behave(behavior);
    await control.clearStats();
    await runTransfer(ledger, drives, signal);
    const { requests } = await control.stats();
    await control.behave({});

    const { state, links } = await ledger.snapshot();
    expect(state).toBe('completed');
    const { found, waiting, rewritten, outside, unsupported, failed, documents } = links!;
    expect([waiting, failed, documents.unread]).toEqual([0, 0, {}]);
    expect(rewritten).toBeGreaterThan(7_000);
    expect(outside).toBeGreaterThan(0);
    expect(rewritten + outside + unsupported).toBe(found);

    const copied = [];
    for await (const item of recordsOf(ledger)) if (item.outcome.destinationId) copied.push(item);
    const copies = new Map(copied.map(({ sourceId, outcome }) => [sourceId, outcome.destinationId!]));
    const tokens = new Map<string, string>();
    for (const account of [ANA, BEN]) tokens.set(account, (await control.tokens(account)).access_token);
    const contentOf = async (account: string, kind: DocumentKind, id: string): Promise<unknown> => {
      const [, path, query] = APIS[kind];
      const headers = { authorization: `Bearer ${tokens.get(account)}` };
      return (await fetch(`${url}${path}/${id}${query}`, { headers })).json();
    };
    for (const item of copied) {
      const kind = documentKindOf(item);
      const copyId = item.outcome.destinationId!;
      if (!kind) continue;
      const [before, after] = [await contentOf(ANA, kind, item.sourceId), await contentOf(BEN, kind, copyId)];
      expect(withoutFields(after, SET_BY_GOOGLE)).toEqual(withNewAddresses(before, copies, SET_BY_GOOGLE));
      expect((await destination.get(copyId, signal)).modifiedTime).toBe(item.modifiedTime);
    }

    // Afterwards nothing is left to do, and nothing is read.
    const records = await ledger.linkRecords(-1, 1_000);
    const counted = editors;
    await ledger.advance(statesFor('links'), 'linking', { links: 'rewrite' });
    await new Transfer(ledger, drives).finish(signal);
    expect([await ledger.state(), editors]).toEqual(['completed', counted]);
    expect(await ledger.linkRecords(-1, 1_000)).toEqual(records);
    return { requests, editors, records };
  } finally {
    await close();
  }
}

it('rewrites the links in all copies, and nothing else, with at most two reads and one write each', async () => {
  const { requests, editors, records } = await rewriteLinks();
  let sent = 0;
  for (const kind of Object.keys(APIS) as DocumentKind[]) {
    const [api] = APIS[kind];
    const ofKind = records.filter((record) => record.kind === kind);
    const hits = ofKind.filter(({ links }) => links.some(({ outcome }) => outcome === 'rewritten')).length;
    expect([kind, requests[`${api}.get`]]).toEqual([kind, { 200: ofKind.length + hits }]);
    expect([kind, requests[`${api}.batchUpdate`]]).toEqual([kind, hits > 0 ? { 200: hits } : undefined]);
    sent += ofKind.length + 2 * hits;
  }
  expect(editors).toBe(sent);
});

it('rewrites each link once although responses are lost and requests fail', async () => {
  const writes = ['documents.batchUpdate', 'spreadsheets.batchUpdate', 'presentations.batchUpdate'];
  const { requests } = await rewriteLinks({
    faults: [
      { operation: writes, kind: 'failAfterWrite', probability: 0.5 },
      { operation: writes, status: 503, probability: 0.1 },
      { operation: ['documents.get', 'spreadsheets.get', 'presentations.get'], status: 503, probability: 0.1 },
    ],
  });
  expect(Object.keys(requests['documents.batchUpdate']!).sort()).toEqual(['200', '503', 'dropped']);
});

it('waits for the next minute when the quota of an API is used up, and rewrites every link', async () => {
  const { requests } = await rewriteLinks({ quotas: { docsWritePerMinute: 30 } });
  // Some sixty writes.
  expect(Object.keys(requests['documents.batchUpdate']!)).toEqual(['200', '429']);
});
