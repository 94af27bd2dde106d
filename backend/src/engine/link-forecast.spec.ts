import { DOCUMENT, FOLDER, InMemoryDrives, refusal } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, SkippingClock } from '../../test/support/run-transfer.js';
import { DocumentRefusedError, ReconnectNeededError } from './errors.js';
import { MAX_SAMPLE } from './model/links.js';
import type { Drives } from './ports/drive.js';
import { Transfer } from './transfer.js';

const [ANA, BEN] = ['ana@example.com', 'ben@example.com'] as const;
const SHEET = 'application/vnd.google-apps.spreadsheet';
const { signal } = new AbortController();
const link = (id: string) => `https://docs.google.com/document/d/${id}/edit`;

let google: InMemoryDrives;
let drives: Drives;
let top: string;
beforeEach(() => {
  google = new InMemoryDrives();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  top = google.folder(ANA, 'Work');
});
const document = (content = '', parent = top, mimeType = DOCUMENT) =>
  google.put(ANA, { name: 'd', parent, mimeType, content });
const read = () => google.calls.filter((op) => op === 'readDocument').length;

/** The figures of a preflight of the folder, unless `held` is false. */
async function forecast(held = true) {
  const order = anOrder(drives.source.account, drives.destination.account, [top], { held, links: 'rewrite' });
  const ledger = new InMemoryLedger(order);
  await new Transfer(ledger, drives).plan(signal);
  return { links: (await ledger.snapshot()).plan?.links, state: await ledger.state() };
}

it('counts the links to what is in the plan, in all documents of a small transfer', async () => {
  const [a, outside] = [document(), google.put(ANA, { name: 'outside', mimeType: DOCUMENT })];
  document(`${link(a)} ${link(outside)} chart:${link(a)}`);
  document(link(a), top, SHEET);
  google.put(ANA, { name: 'no document', parent: top, content: link(a) });
  const { links } = await forecast();
  expect(links).toEqual({
    byKind: [
      { kind: 'document', documents: 2, sampled: 2, estimate: 1 },
      { kind: 'spreadsheet', documents: 1, sampled: 1, estimate: 1 },
    ],
    sample: 3,
    apiOff: [],
  });
  expect(google.calls).not.toContain('writeDocument');
});

it('reads a sample of a large transfer, of every kind and folder', async () => {
  const target = document();
  const folders = Array.from({ length: 30 }, (_, n) =>
    google.put(ANA, { name: `f${n}`, mimeType: FOLDER, parent: top }),
  );
  for (const parent of folders) for (let n = 0; n < 10; n++) document(`${link(target)} ${link(target)}`, parent);
  for (let n = 0; n < 20; n++) document(link(target), top, SHEET);
  const sampled = new Map<string | null, number>();
  google.before = (op, id) => {
    const { parent } = google.items.get(id) ?? { parent: null };
    if (op === 'readDocument') sampled.set(parent, (sampled.get(parent) ?? 0) + 1);
  };
  const { links } = await forecast();
  expect(links!.sample).toBe(MAX_SAMPLE);
  expect(links!.byKind).toMatchObject([
    { kind: 'document', documents: 301, sampled: 60 },
    { kind: 'spreadsheet', documents: 20, sampled: 20, estimate: 20 },
  ]);
  const { estimate } = links!.byKind[0]!;
  expect(estimate).toBeGreaterThan(580);
  expect(estimate).toBeLessThanOrEqual(602);
  expect(folders.filter((id) => !sampled.has(id))).toEqual([]);
});

it('leaves out documents that cannot be read', async () => {
  const [a] = [document(), document('')];
  const odd = document(link(a));
  document(link(a));
  google.before = (op, id) => {
    if (op === 'readDocument' && id === odd) throw new DocumentRefusedError('too_large');
  };
  const { links } = await forecast();
  expect(links).toMatchObject({ byKind: [{ documents: 4, sampled: 3, estimate: 1 }], sample: 3, apiOff: [] });
});

it('names the kinds whose API is off', async () => {
  for (let n = 0; n < 30; n++) document('', top, SHEET);
  document();
  google.before = (op, id) => {
    if (op === 'readDocument' && google.items.get(id)!.mimeType === SHEET) throw new DocumentRefusedError('api_off');
  };
  const { links } = await forecast();
  expect(links).toMatchObject({ sample: 1, apiOff: ['spreadsheet'] });
  expect(links!.byKind[1]).toEqual({ kind: 'spreadsheet', documents: 30, sampled: 0, estimate: 0 });
  expect(read()).toBeLessThan(20);
});

it.each(['rate_limited', 'google_unavailable'] as const)('ends the sample, not the count, with %s', async (code) => {
  for (let n = 0; n < 40; n++) document();
  google.before = (op) => {
    if (op === 'readDocument' && read() > 5) throw refusal(code);
  };
  const { links, state } = await forecast();
  expect(state).toBe('ready');
  expect(links!.sample).toBe(5);
  expect(read()).toBeLessThan(20);
});

it('waits for the account whose access has ended', async () => {
  document();
  google.before = (op) => {
    if (op === 'readDocument') throw new ReconnectNeededError(`credential-sub-${ANA}`);
  };
  expect((await forecast()).state).toBe('needs_reconnect');
});

it('reads nothing for a transfer without a preflight', async () => {
  document();
  expect((await forecast(false)).links).toBeUndefined();
  expect(read()).toBe(0);
});
