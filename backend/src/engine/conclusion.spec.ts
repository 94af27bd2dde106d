import { createHash } from 'node:crypto';
import { aPlannedItem } from '../../test/support/builders.js';
import { DOCUMENT, InMemoryDrives } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../test/support/run-transfer.js';
import { ArrivedTally, conclude, conclusionOf, timelineOf } from './conclusion.js';
import { contentKindOf } from './model/google-types.js';
import type { Drives } from './ports/drive.js';
import type { ItemRecord } from './model/items.js';
import type { LedgerEvent } from './ports/ledger/log.js';
import { REPORT_FORMAT, reportBody } from './report.js';
import { Transfer } from './transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

function setUp() {
  const google = new InMemoryDrives();
  const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const ledgerOf = (items: string[]) =>
    new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, items));
  return { google, drives, ledgerOf };
}

async function fingerprintOf(ledger: InMemoryLedger): Promise<string> {
  const hash = createHash('sha256');
  for await (const text of reportBody(ledger, await ledger.snapshot())) hash.update(text);
  return hash.digest('hex');
}
const conclusionNow = async (ledger: InMemoryLedger) => conclusionOf(ledger, await ledger.snapshot());

describe('what arrived', () => {
  const folder = 'application/vnd.google-apps.folder';
  const item = (ordinal: number, parts: Partial<ItemRecord>): ItemRecord =>
    ({
      ordinal,
      parent: null,
      name: `item ${ordinal}`,
      kind: parts.mimeType === folder ? 'folder' : 'file',
      mimeType: 'text/plain',
      size: null,
      state: 'verified',
      outcome: { destinationId: `copy-${ordinal}` },
      ...parts,
    }) as ItemRecord;
  const arrivedOf = (items: readonly ItemRecord[]) => {
    const tally = new ArrivedTally(items.length);
    for (const each of items) tally.add(each);
    return tally.result();
  };
  const sum = (shares: readonly ({ items: number; bytes: number } | undefined)[]) =>
    shares.reduce<{ items: number; bytes: number }>(
      (total, share) => ({ items: total.items + (share?.items ?? 0), bytes: total.bytes + (share?.bytes ?? 0) }),
      { items: 0, bytes: 0 },
    );

  it('adds up by kind and by top folder, without what did not arrive or was undone', () => {
    const arrived = arrivedOf([
      item(0, { mimeType: folder, name: 'Scans' }),
      item(1, { mimeType: 'application/pdf', size: 300 }),
      item(2, { parent: 0, mimeType: folder, name: 'deep' }),
      item(3, { parent: 2, mimeType: 'image/png', size: 50 }),
      item(4, { parent: 2, mimeType: 'image/png', size: 70, state: 'unverified' }),
      item(5, { parent: 2, mimeType: 'image/png', size: 900, state: 'failed' }),
      item(6, { parent: 2, mimeType: 'image/png', size: 900, outcome: { destinationId: 'x', undone: 'trashed' } }),
      item(7, { mimeType: folder, name: 'Empty' }),
      item(8, { mimeType: folder, name: 'Not made', state: 'failed', outcome: {} }),
    ]);
    expect(arrived).toEqual({
      items: 6,
      bytes: 420,
      byKind: [
        { kind: 'folder', items: 3, bytes: 0 },
        { kind: 'pdf', items: 1, bytes: 300 },
        { kind: 'image', items: 2, bytes: 120 },
      ],
      byFolder: [
        { name: 'Scans', id: 'copy-0', items: 4, bytes: 120 },
        { name: 'Empty', id: 'copy-7', items: 1, bytes: 0 },
      ],
      singleFiles: { items: 1, bytes: 300 },
    });
    expect(sum([...arrived.byFolder, arrived.singleFiles])).toEqual(sum(arrived.byKind));
  });

  it.each([
    [8, 8, undefined],
    [9, 7, 2],
    [200, 7, 193],
  ])('of %i folders shows %i, and counts the rest', (folders, shown, rest) => {
    const items = Array.from({ length: folders }, (_, index) => [
      item(2 * index, { mimeType: folder, name: `f${index}` }),
      item(2 * index + 1, { parent: 2 * index, size: index + 1 }),
    ]).flat();
    const arrived = arrivedOf(items);
    expect(arrived.byFolder).toHaveLength(shown);
    expect(arrived.moreFolders?.folders).toBe(rest);
    expect(arrived.byFolder[0]).toMatchObject({ bytes: folders });
    expect(sum([...arrived.byFolder, arrived.moreFolders])).toEqual({ items: arrived.items, bytes: arrived.bytes });
  });

  it.each([
    ['application/vnd.google-apps.document', 'document'],
    ['application/vnd.google-apps.form', 'form'],
    ['application/vnd.google-apps.drawing', 'drawing'],
    ['application/zip', 'archive'],
    ['audio/mpeg', 'audio'],
    ['application/octet-stream', 'other'],
  ])('calls %s %s', (mimeType, kind) => {
    expect(contentKindOf({ kind: 'file', mimeType })).toBe(kind);
  });
});

describe('the timeline', () => {
  const at = (minute: number, event: Omit<LedgerEvent, 'at' | 'kind'> & Partial<LedgerEvent>): LedgerEvent => ({
    at: minute * 60_000,
    kind: 'state',
    ...event,
  });
  const minutes = (spans: ReturnType<typeof timelineOf>) =>
    spans.map(({ step, from, to }) => [step, from / 60_000, to / 60_000]);

  it('names each period, without the time before the start and between two runs', () => {
    const spans = timelineOf(
      [
        at(0, { state: 'planning' }),
        at(6, { state: 'ready' }),
        at(20, { state: 'running' }),
        at(21, { kind: 'reason', code: 'not_found' }),
        at(30, { state: 'waiting_quota' }),
        at(90, { state: 'running' }),
        at(95, { state: 'finishing' }),
        at(96, { kind: 'step', step: 'check' }),
        at(98, { kind: 'step', step: 'finish' }),
        at(99, { state: 'completed' }),
        at(200, { state: 'running' }),
        at(201, { state: 'finishing' }),
      ],
      202 * 60_000,
    );
    expect(minutes(spans)).toEqual([
      ['count', 0, 6],
      ['copy', 20, 30],
      ['wait', 30, 90],
      ['copy', 90, 95],
      ['finish', 95, 96],
      ['check', 96, 98],
      ['finish', 98, 99],
      ['copy', 200, 201],
      ['finish', 201, 202],
    ]);
  });

  it('joins periods of one step, and keeps the longest if there are many', () => {
    const states = ['paused', 'needs_reconnect', 'running'] as const;
    const events = Array.from({ length: 300 }, (_, index) =>
      at(index + (index % 3 === 2 ? 0.5 : 0), { state: states[index % 3]! }),
    );
    const spans = timelineOf(events, 300 * 60_000);
    expect(spans).toHaveLength(60);
    expect(new Set(spans.map(({ step }) => step))).toEqual(new Set(['wait']));
    expect(spans.map(({ from }) => from)).toEqual(spans.map(({ from }) => from).toSorted((a, b) => a - b));
  });
});

it('exists when the transfer has ended, and describes that end', async () => {
  const { google, drives, ledgerOf } = setUp();
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'a.txt', parent: top, content: 'abc', mimeType: 'text/plain' });
  google.put(ANA, { name: 'Plan', parent: top, content: 'a doc', mimeType: DOCUMENT });
  const ledger = ledgerOf([top]);
  await runTransfer(ledger, drives);
  const { state, finishedAt } = await ledger.snapshot();
  const first = await conclusionNow(ledger);
  expect(first).toMatchObject({ format: REPORT_FORMAT, of: { finishedAt }, arrived: { items: 3, bytes: 3 } });
  expect(first?.reportSha256).toBe(await fingerprintOf(ledger));
  expect(state).toBe('completed');

  await ledger.advance(['completed'], 'undoing');
  expect(await ledger.conclusion()).toBeUndefined();
  await new Transfer(ledger, drives).finish(signal);
  const second = await conclusionNow(ledger);
  expect(second?.arrived.items).toBe(0);
  expect(second?.reportSha256).toBe(await fingerprintOf(ledger));
  expect(second?.reportSha256).not.toBe(first?.reportSha256);
});

it('is computed again by a retry', async () => {
  const { google, drives, ledgerOf } = setUp();
  const [good, bad] = [google.put(ANA, { name: 'good', content: 'a' }), google.put(ANA, { name: 'bad', content: 'b' })];
  const ledger = ledgerOf([good, bad]);
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  await ledger.settle((await ledger.item(1))!, 'failed', { code: 'rate_limited' });
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  expect((await conclusionNow(ledger))?.arrived.items).toBe(1);
  await ledger.reopen();
  await ledger.advance(['completed_with_failures'], 'running');
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  expect((await conclusionNow(ledger))?.arrived.items).toBe(2);
});

it('is not shown after an item was settled late, until it is computed again', async () => {
  const { google, drives, ledgerOf } = setUp();
  const ledger = ledgerOf([google.put(ANA, { name: 'slow', content: 'a' })]);
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  await ledger.begin(0);
  await transfer.fail({ code: 'internal', detail: 'why' }, signal);
  expect((await conclusionNow(ledger))?.arrived.items).toBe(0);
  await ledger.settle((await ledger.item(0))!, 'verified', { destinationId: 'late', way: 'relay' });
  expect(await conclusionNow(ledger)).toBeUndefined();
  await conclude(ledger);
  expect((await conclusionNow(ledger))?.arrived.items).toBe(1);
});

it('keeps its text between versions, or increases REPORT_FORMAT', async () => {
  const { ledgerOf } = setUp();
  const ledger = ledgerOf(['a']);
  await ledger.append([aPlannedItem(0, { path: 'a', name: 'a', sourceId: 's', size: 1, checksums: { md5: 'm' } })], 0);
  await ledger.advance(['planning'], 'running', { at: 500 });
  const checksum = { kind: 'md5', source: 'm', destination: 'm' } as const;
  await ledger.settle((await ledger.item(0))!, 'verified', { destinationId: 'd', way: 'relay', checksum });
  await ledger.advance(['running'], 'completed', { at: 1_000 });
  let text = '';
  for await (const part of reportBody(ledger, await ledger.snapshot())) text += part;
  // If this fails, reports that were downloaded earlier would seem to be changed: increase REPORT_FORMAT too.
  const text1 = [
    '"summary":{"format":2,"id":"ID","mode":"copy","state":"completed","source":{"email":"ana@example.com","name":"ana@example.com"},"destination":{"email":"ben@example.com","name":"ben@example.com"},"target":{"folderId":"root"},"createdAt":"THEN","startedAt":"1970-01-01T00:00:00.500Z","finishedAt":"1970-01-01T00:00:01.000Z","counts":{"found":1,"verified":1,"unverified":0,"failed":0,"skipped":0,"checking":0,"copying":0,"waiting":0},"bytes":{"found":1,"verified":1},"verification":{"closingCheck":true,"checksum":1,"presence":0}},"items":[',
    '{"ordinal":0,"path":"a","name":"a","kind":"file","mimeType":"text/plain","size":1,"sourceId":"s","destinationId":"d","state":"verified","way":"relay","checksum":{"kind":"md5","source":"m","destination":"m"},"attempts":0}',
    ']}',
    '',
  ].join('\n');
  expect(text.replace(ledger.order.id, 'ID').replace(/"createdAt":"[^"]*"/, '"createdAt":"THEN"')).toBe(text1);
  expect(REPORT_FORMAT).toBe(2);
});
