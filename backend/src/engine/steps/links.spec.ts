import { jest } from '@jest/globals';
import { DOCUMENT, FOLDER, InMemoryDrives, refusal, SHORTCUT } from '../../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../../test/support/run-transfer.js';
import { sharingOptions } from '../../../test/support/sharing.js';
import { DocumentRefusedError, DriveError } from '../errors.js';
import type { LinkCode, LinkMode } from '../model/links.js';
import type { TransferOrder } from '../model/order.js';
import { statesFor, TERMINAL_STATES } from '../model/states.js';
import type { PairedTransfers } from '../ports/copies.js';
import type { LinkedDocument } from '../ports/documents.js';
import type { Drives } from '../ports/drive.js';
import { Transfer } from '../transfer.js';
import { UsageMeter } from '../usage-meter.js';

const [ANA, BEN] = ['ana@old.example', 'ben@new.example'] as const;
const SHEET = 'application/vnd.google-apps.spreadsheet';
const TIME = '2021-03-04T05:06:07.089Z';
const { signal } = new AbortController();

let google: InMemoryDrives;
let clock: SkippingClock;
let drives: Drives;
afterEach(() => jest.restoreAllMocks());
beforeEach(() => {
  google = new InMemoryDrives();
  clock = new SkippingClock();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
});

const link = (id: string) => `https://docs.google.com/document/d/${id}/edit#heading=h.1`;
/** A document of Ana's with a link to each id. */
const doc = (name: string, ids: readonly string[] = [], more: { parent?: string; mimeType?: string } = {}) =>
  google.put(ANA, { name, mimeType: DOCUMENT, content: ids.map(link).join('\n'), ...more });
const folder = (name: string) => google.put(ANA, { name, mimeType: FOLDER });

const ledgerOf = (items: string[], links: LinkMode | 'leave' = 'rewrite', more: Partial<TransferOrder> = {}) =>
  new InMemoryLedger(
    anOrder(drives.source.account, drives.destination.account, items, { ...(links !== 'leave' && { links }), ...more }),
  );
async function transferred(items: string[], links: LinkMode | 'leave' = 'rewrite', more?: Partial<TransferOrder>) {
  const ledger = ledgerOf(items, links, more);
  await runTransfer(ledger, drives);
  return ledger;
}
/** Transfers while the same accounts have other transfers. */
async function transferredBeside(others: InMemoryLedger[], items: string[]) {
  const ledger = ledgerOf(items);
  const transfer = runOf(ledger, { others: () => Promise.resolve(others) });
  await transfer.plan(signal);
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  return ledger;
}
const runOf = (ledger: InMemoryLedger, paired?: PairedTransfers) =>
  new Transfer(ledger, drives, new UsageMeter(ledger, () => clock.uptime()), paired);
/** Brings what it copied up to date, a minute later. */
async function updated(ledger: InMemoryLedger, paired?: PairedTransfers) {
  const now = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  await ledger.advance(TERMINAL_STATES, 'updating');
  const transfer = runOf(ledger, paired);
  await transfer.plan(signal);
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
}
/** Lists or rewrites the links of a completed transfer. */
async function linked(ledger: InMemoryLedger, links: LinkMode, paired?: PairedTransfers) {
  expect(await ledger.advance(statesFor('links'), 'linking', { links })).toBe(true);
  await runOf(ledger, paired).finish(signal);
}

const copyOf = (name: string) =>
  [...google.items.values()].find((item) => item.owner === BEN && item.name === name && !item.trashed)!;
/** What the links in a copy lead to: names of copies, or `?`. */
const targets = (name: string) =>
  copyOf(name)
    .content.toString()
    .split('\n')
    .map((address) => {
      const [, id = ''] = /\/d\/([\w-]+)/.exec(address) ?? [];
      const item = google.items.get(id);
      return item?.owner === BEN ? item.name : '?';
    });
const counts = async (ledger: InMemoryLedger) => {
  const { found, waiting, rewritten, outside, unsupported, failed } = (await ledger.snapshot()).links!;
  expect(found).toBe(waiting + rewritten + outside + unsupported + failed);
  return { waiting, rewritten, outside, unsupported, failed };
};
const none = { waiting: 0, rewritten: 0, outside: 0, unsupported: 0, failed: 0 };
/** The outcomes of each document by its name. */
async function outcomes(ledger: InMemoryLedger) {
  const found: Record<string, string[]> = {};
  for (const { ordinal, state, code, links } of await ledger.linkRecords(-1, 1_000))
    found[(await ledger.item(ordinal))!.name] = [
      ...(state === 'done' ? [] : [[state, code].filter(Boolean).join(' ')]),
      ...links.map(({ outcome, code: reason }) => [outcome, reason].filter(Boolean).join(' ')),
    ];
  return found;
}
const requests = (op: string) => google.calls.filter((call) => call === op).length;
const forget = () => void (google.calls.length = 0);
/** Refuses an operation on a copy, once or always. */
function refuse(op: string, error: Error, name?: string, times = Infinity) {
  google.before = (called, id) => {
    if (called === op && times > 0 && (!name || google.items.get(id)?.name === name)) {
      times--;
      throw error;
    }
  };
}

describe('a copied document', () => {
  it('leads to the copies of what was copied, with one reading more where something changed', async () => {
    const outside = doc('outside');
    const top = folder('Work');
    const plan = doc('plan', [], { parent: top });
    doc('index', [plan, outside, plan], { parent: top });
    doc('plain', [], { parent: top });
    const ledger = await transferred([top]);
    expect(targets('index')).toEqual(['plan', '?', 'plan']);
    expect(copyOf('index').content.toString()).toContain('/edit#heading=h.1');
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 2, outside: 1 });
    expect(requests('readDocument')).toBe(3);
    expect(requests('writeDocument')).toBe(1);
    expect(copyOf('index').modifiedTime).toBe(TIME);
    expect(await ledger.state()).toBe('completed');
    // The originals stay as they are.
    expect(google.items.get(plan)!.content.toString()).toBe('');
  });

  it('is left alone, and not read, if the transfer leaves links as they are', async () => {
    const [a] = [doc('a')];
    const ledger = await transferred([a, doc('b', [a])], 'leave');
    expect(requests('readDocument')).toBe(0);
    expect(targets('b')).toEqual(['?']);
    expect((await ledger.snapshot()).links).toBeUndefined();
  });

  it('is only read if links are listed', async () => {
    const a = doc('a');
    const ledger = await transferred([a, doc('b', [a])], 'report');
    expect(await counts(ledger)).toEqual({ ...none, waiting: 1 });
    expect(requests('writeDocument')).toBe(0);
    const [, record] = await ledger.linkRecords(-1, 10);
    expect(record!.links).toMatchObject([{ text: link(a), newText: link(copyOf('a').id), id: a, outcome: 'waiting' }]);
  });

  it('keeps links that a person has to change, with their new address', async () => {
    const a = doc('a');
    const b = google.put(ANA, { name: 'b', mimeType: DOCUMENT, content: `chart:${link(a)}\n${link(a)}` });
    const ledger = await transferred([a, b]);
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['unsupported linked_chart', 'rewritten'] });
    const [, record] = await ledger.linkRecords(-1, 10);
    expect(record!.links[0]).toMatchObject({ newText: link(copyOf('a').id) });
    expect((await ledger.snapshot()).links!.reasons).toEqual({ linked_chart: 1 });
  });

  it('leads to the copy of a shortcut, or of its target if the shortcut was not copied', async () => {
    const top = folder('Work');
    const a = doc('a', [], { parent: top });
    const shortcut = google.put(ANA, { name: 's', parent: top, mimeType: SHORTCUT, targetId: a });
    doc('b', [shortcut], { parent: top });
    await transferred([top], 'rewrite', { shortcuts: 'skip' });
    expect(targets('b')).toEqual(['a']);
  });

  it('leads to copies of other transfers between the same accounts', async () => {
    const a = doc('a');
    const first = await transferred([a], 'leave');
    const ledger = await transferredBeside([first], [doc('b', [a])]);
    expect(targets('b')).toEqual(['a']);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
  });

  it('reports a link as failed if Google accepts the change and does not make it', async () => {
    google.isUnchanging = () => true;
    const a = doc('a');
    const ledger = await transferred([a, doc('b', [a])]);
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed not_changed'] });
    expect(await ledger.state()).toBe('completed');
  });

  it.each<LinkCode>(['document_locked', 'no_edit_right', 'refused'])(
    'that Google refuses to change: %s',
    async (code) => {
      const a = doc('a');
      refuse('writeDocument', new DocumentRefusedError(code), 'b');
      const ledger = await transferred([a, doc('b', [a]), doc('c', [a])]);
      expect(await outcomes(ledger)).toEqual({ a: [], b: [`failed ${code}`], c: ['rewritten'] });
      expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { failed: 0, verified: 3 } });
    },
  );

  it.each<LinkCode>(['too_large', 'document_missing'])('that Google does not show: %s', async (code) => {
    const a = doc('a');
    refuse('readDocument', new DocumentRefusedError(code), 'b');
    const ledger = await transferred([a, doc('b', [a]), doc('c', [a])]);
    expect(await outcomes(ledger)).toEqual({ a: [], b: [`unread ${code}`], c: ['rewritten'] });
    expect((await ledger.snapshot()).links!.documents).toMatchObject({ read: 2, unread: { [code]: 1 } });
  });

  it('is outcome of a bug too, which fails neither the transfer nor other documents', async () => {
    const a = doc('a');
    refuse('readDocument', new TypeError('undefined is not a function'), 'b');
    const ledger = await transferred([a, doc('b', [a]), doc('c', [a])]);
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['unread refused'], c: ['rewritten'] });
  });

  it('causes no more requests for its kind once the API of that kind is off', async () => {
    const a = doc('a');
    const sheets = Array.from({ length: 40 }, (_, n) => doc(`sheet ${n}`, [a], { mimeType: SHEET }));
    const error = new DocumentRefusedError('api_off');
    google.before = (op, id) => {
      if (op === 'readDocument' && google.items.get(id)?.mimeType === SHEET) throw error;
    };
    const ledger = await transferred([a, ...sheets, doc('b', [a])]);
    expect(targets('b')).toEqual(['a']);
    const { documents } = (await ledger.snapshot()).links!;
    expect(documents).toMatchObject({ read: 2, unread: { api_off: 40 }, apiOff: { spreadsheet: 40 } });
    // Those that were in progress when the first one was refused.
    expect(requests('readDocument')).toBeLessThan(20);
    // Once it is on, a run reads them.
    google.before = () => undefined;
    await linked(ledger, 'rewrite');
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 41 });
  });

  it('gets its links before its lock', async () => {
    const a = doc('a');
    const b = google.put(ANA, {
      name: 'b',
      mimeType: DOCUMENT,
      content: link(a),
      restrictions: { lock: { reason: 'final' } },
    });
    await transferred([a, b], 'rewrite', { sharing: sharingOptions() });
    expect(targets('b')).toEqual(['a']);
    expect(copyOf('b').restrictions.lock).toBeDefined();
    expect(copyOf('b').modifiedTime).toBe(TIME);
  });
});

describe('an edit', () => {
  /** Somebody edits a copy just before it is written. */
  const editing = (name: string, times: number) => {
    google.before = (op, id) => {
      const item = google.items.get(id);
      if (op !== 'writeDocument' || item?.name !== name || times-- <= 0) return;
      google.edit(id, {
        content: Buffer.from(`${item.content.toString()}\nnew line`),
        modifiedTime: '2026-01-01T00:00:00.000Z',
      });
    };
  };

  it('in between is kept, and the document is read again', async () => {
    const a = doc('a');
    editing('b', 2);
    const b = doc('b', [a]);
    const ledger = await transferred([a, b]);
    expect(copyOf('b').content.toString()).toBe(`${link(copyOf('a').id)}\nnew line\nnew line`);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
    expect(clock.slept).toBeGreaterThan(0);
  });

  it('at each of five attempts is reported', async () => {
    const a = doc('a');
    editing('b', Infinity);
    const ledger = await transferred([a, doc('b', [a])]);
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed edited_meanwhile'] });
    expect(requests('writeDocument')).toBe(5);
  });

  it('of a copy of an earlier run keeps it as it is', async () => {
    const a = doc('a');
    const ledger = await transferred([a, doc('b', [a])], 'leave');
    google.edit(copyOf('b').id, { content: Buffer.from(`mine ${link(a)}`), modifiedTime: '2026-01-01T00:00:00.000Z' });
    await linked(ledger, 'rewrite');
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed edited_since'] });
    expect(copyOf('b')).toMatchObject({ modifiedTime: '2026-01-01T00:00:00.000Z' });
    expect(requests('writeDocument')).toBe(0);
  });

  it('of a copy of an earlier run in between keeps it as it is', async () => {
    const a = doc('a');
    const ledger = await transferred([a, doc('b', [a])], 'leave');
    editing('b', 1);
    await linked(ledger, 'rewrite');
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed edited_since'] });
    expect(copyOf('b')).toMatchObject({ modifiedTime: '2026-01-01T00:00:00.000Z' });
  });
});

describe('a later run', () => {
  it('reads nothing if there is nothing new', async () => {
    const [outside, a] = [doc('outside'), doc('a')];
    const ledger = await transferred([a, doc('b', [a, outside])]);
    forget();
    await updated(ledger);
    expect(requests('readDocument') + requests('writeDocument') + requests('update')).toBe(0);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1, outside: 1 });
  });

  it('repairs a document that did not change, once what it leads to is copied', async () => {
    const top = folder('Work');
    const a = doc('a', [], { parent: top });
    const late = doc('late');
    doc('b', [a, late], { parent: top });
    doc('c', [a], { parent: top });
    const ledger = await transferred([top]);
    expect(targets('b')).toEqual(['a', '?']);
    google.edit(late, { parent: top });
    forget();
    await updated(ledger);
    expect(targets('b')).toEqual(['a', 'late']);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 3 });
    expect(requests('readDocument')).toBe(2); // `late`, and `b`
    expect(copyOf('b').modifiedTime).toBe(TIME);
  });

  it('repairs it too if another transfer copied that', async () => {
    const late = doc('late');
    const ledger = await transferred([doc('b', [late])]);
    const other = await transferred([late], 'leave');
    await updated(ledger, { others: () => Promise.resolve([other]) });
    expect(targets('b')).toEqual(['late']);
  });

  it('works on the new copy of a document that changed', async () => {
    const a = doc('a');
    const b = doc('b', [a]);
    const ledger = await transferred([a, b]);
    google.edit(b, { content: Buffer.from(`${link(a)}\n${link(b)}`), modifiedTime: '2026-01-01T00:00:00.000Z' });
    await updated(ledger);
    expect(targets('b')).toEqual(['a', 'b']);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 2 });
  });

  describe('that makes a new copy of what a document leads to', () => {
    /** Changes an original, so that the next run makes a new copy of it. */
    const change = (id: string, at: string) =>
      google.edit(id, { content: Buffer.from(at), modifiedTime: `2026-01-${at}T00:00:00.000Z` });
    const isTrashed = (id: string) => google.items.get(id)!.trashed;

    it('lets the document lead to that one, once for each change', async () => {
      const top = folder('Work');
      const a = doc('a', [], { parent: top });
      const same = doc('same', [], { parent: top });
      const b = google.put(ANA, {
        name: 'b',
        mimeType: DOCUMENT,
        parent: top,
        content: [link(a), link(same), `chart:${link(a)}`].join('\n'),
      });
      doc('c', [same], { parent: top });
      const ledger = await transferred([top]);
      const before = google.items.get(b)!;
      for (const day of ['01', '02']) {
        const earlier = copyOf('a').id;
        change(a, day);
        forget();
        await updated(ledger);
        expect(isTrashed(earlier)).toBe(true);
        expect(targets('b')).toEqual(['a', 'same', '?']);
        expect(copyOf('b').content.toString()).toContain(link(copyOf('a').id));
        // The new copy of `a`, and `b`.
        expect([requests('readDocument'), requests('writeDocument')]).toEqual([2, 1]);
        const record = (await ledger.linkRecords(-1, 10)).find(({ links }) => links.length === 3)!;
        expect(record.links).toEqual([
          expect.objectContaining({ text: link(a), id: a, newText: link(copyOf('a').id), outcome: 'rewritten' }),
          expect.objectContaining({ text: link(same), id: same, outcome: 'rewritten' }),
          expect.objectContaining({ newText: link(copyOf('a').id), code: 'linked_chart', outcome: 'unsupported' }),
        ]);
        expect(JSON.stringify(record)).not.toContain('oldText');
        expect(copyOf('b').modifiedTime).toBe(before.modifiedTime);
      }
      forget();
      await updated(ledger);
      expect(requests('readDocument')).toBe(0);
    });

    it('reports a document that somebody has edited since, with the new address', async () => {
      const a = doc('a');
      const ledger = await transferred([a, doc('b', [a])]);
      const earlier = copyOf('a').id;
      google.edit(copyOf('b').id, { modifiedTime: '2026-01-03T00:00:00.000Z' });
      change(a, '01');
      await updated(ledger);
      expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed edited_since'] });
      expect((await ledger.linkRecord(1))!.links).toMatchObject([
        { text: link(a), oldText: link(earlier), newText: link(copyOf('a').id) },
      ]);
      expect(copyOf('b').content.toString()).toBe(link(earlier));
      forget();
      await updated(ledger);
      expect(requests('readDocument')).toBe(0);
    });

    it('repairs in a later run what was refused, even if there is another copy by then', async () => {
      const a = doc('a');
      const ledger = await transferred([a, doc('b', [a, a])]);
      refuse('writeDocument', new DocumentRefusedError('document_locked'));
      for (const day of ['01', '02', '03']) {
        change(a, day);
        await updated(ledger);
        expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed document_locked', 'failed document_locked'] });
      }
      google.before = () => undefined;
      await updated(ledger);
      expect(targets('b')).toEqual(['a', 'a']);
      expect(await counts(ledger)).toEqual({ ...none, rewritten: 2 });
    });

    it('leaves a link to the copy of another transfer as it is if there is a newer one', async () => {
      const a = doc('a');
      const first = await transferred([a], 'leave');
      const ledger = await transferredBeside([first], [doc('b', [a])]);
      const address = copyOf('b').content.toString();
      const second = await transferred([a], 'leave');
      forget();
      await updated(ledger, { others: () => Promise.resolve([second, first]) });
      expect(requests('readDocument')).toBe(0);
      expect(copyOf('b').content.toString()).toBe(address);
    });

    it('does so once, even if the process dies at any moment', async () => {
      let deaths = 0;
      for (let at = 1; ; at++) {
        google = new InMemoryDrives();
        drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
        const a = doc('a');
        const ledger = await transferred([a, doc('b', [a, a])]);
        const { revision } = copyOf('b');
        const earlier = copyOf('a').id;
        change(a, '01');
        await ledger.advance(TERMINAL_STATES, 'updating');
        const transfer = new Transfer(ledger, drives);
        await transfer.plan(signal);
        await copyAll(transfer, ledger);
        let left = at;
        const survives = () => left-- > 0;
        const dying = { ...drives, destination: mortal(drives.destination, survives, ['documents']) };
        const died = await new Transfer(mortal(ledger, survives), dying).finish(signal).then(
          () => false,
          ({ message }: Error) => message === 'killed' || Promise.reject(new Error(message)),
        );
        left = Infinity;
        if (died) {
          deaths++;
          await new Transfer(ledger, drives).finish(signal);
        }
        expect([at, isTrashed(earlier), targets('b')]).toEqual([at, true, ['a', 'a']]);
        expect(copyOf('b').content.toString()).not.toContain(earlier);
        expect(await counts(ledger)).toEqual({ ...none, rewritten: 2 });
        expect([at, copyOf('b').revision, copyOf('b').modifiedTime]).toEqual([at, revision + 1, TIME]);
        if (!died) break;
      }
      expect(deaths).toBeGreaterThan(20);
    });
  });

  it('rewrites what was only listed, and lists again what is rewritten already', async () => {
    const a = doc('a');
    const ledger = await transferred([a, doc('b', [a])], 'report');
    await linked(ledger, 'rewrite');
    expect(targets('b')).toEqual(['a']);
    expect(copyOf('b').modifiedTime).toBe(TIME);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
    forget();
    await linked(ledger, 'report');
    expect(requests('readDocument')).toBe(0);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
  });

  it('keeps what is known of a document that it cannot read', async () => {
    const [a, late] = [doc('a'), doc('late')];
    const ledger = await transferred([a, doc('b', [a, late])]);
    const other = await transferred([late], 'leave');
    refuse('readDocument', new DocumentRefusedError('api_off'));
    await updated(ledger, { others: () => Promise.resolve([other]) });
    expect(await outcomes(ledger)).toEqual({ a: [], b: ['rewritten', 'outside'] });
  });

  it('retries what a retry may fix', async () => {
    const a = doc('a');
    refuse('writeDocument', new DocumentRefusedError('document_locked'));
    const ledger = await transferred([a, doc('b', [a])]);
    google.before = () => undefined;
    await updated(ledger);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
    expect(copyOf('b').modifiedTime).toBe(TIME);
  });
});

describe('links of a completed transfer', () => {
  it('are rewritten without the source, and an undo can still remove the copies', async () => {
    google.hasDocumentSizes = true;
    const a = doc('a');
    const b = google.put(ANA, {
      name: 'b',
      mimeType: DOCUMENT,
      content: `https://docs.google.com/document/d/${a}/edit?resourcekey=0-key`,
    });
    const ledger = await transferred([a, b], 'leave');
    const { finishedAt } = await ledger.snapshot();
    google.before = (_op, _id, account) => {
      if (account === ANA) throw new Error('The source is not needed.');
    };
    await linked(ledger, 'rewrite');
    expect(targets('b')).toEqual(['a']);
    expect((await ledger.snapshot()).finishedAt).toBeGreaterThanOrEqual(finishedAt!);
    google.before = () => undefined;
    await ledger.advance(TERMINAL_STATES, 'undoing');
    await runOf(ledger).finish(signal);
    expect(await ledger.snapshot()).toMatchObject({ state: 'undone', undo: { trashed: 2, left: 0 } });
  });

  it('stop at a pause, and continue where they were', async () => {
    const a = doc('a');
    const ledger = await transferred([a, ...Array.from({ length: 40 }, (_, n) => doc(`d${n}`, [a]))], 'leave');
    let reads = 0;
    google.before = async (op) => {
      if (op === 'readDocument' && ++reads === 3) await ledger.advance(['linking'], 'pausing');
    };
    await linked(ledger, 'rewrite');
    expect(await ledger.state()).toBe('paused');
    expect(requests('writeDocument')).toBeLessThan(20);
    google.before = () => undefined;
    await ledger.resume();
    await runOf(ledger).finish(signal);
    expect(await ledger.state()).toBe('completed');
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 40 });
    expect(requests('writeDocument')).toBe(40);
  });
});

describe('a used-up quota', () => {
  it.each(['finishing', 'linking'] as const)(
    'parks a transfer that is %s, which resumes in this step',
    async (state) => {
      const a = doc('a');
      const items = [a, ...Array.from({ length: 20 }, (_, n) => doc(`d${n}`, [a]))];
      const ledger = ledgerOf(items, state === 'finishing' ? 'rewrite' : 'leave');
      let writes = 0;
      const limit = (op: string) => {
        if (op === 'writeDocument' && ++writes > 5) throw new DriveError('rate_limited', { retryAfter: 60 });
      };
      if (state === 'finishing') google.before = limit;
      await runTransfer(ledger, drives);
      if (state === 'linking') {
        google.before = limit;
        await linked(ledger, 'rewrite');
      }
      expect(await ledger.snapshot()).toMatchObject({ state: 'waiting_quota', resumeState: state });
      google.before = () => undefined;
      await ledger.resume();
      forget();
      await runOf(ledger).finish(signal);
      expect(await ledger.state()).toBe('completed');
      expect(await counts(ledger)).toEqual({ ...none, rewritten: 20 });
      expect(requests('writeDocument')).toBe(15);
      expect(requests('childIds') + requests('children')).toBe(0); // nothing is checked again
      for (const { owner, modifiedTime, parent } of google.items.values())
        if (owner === BEN && parent) expect(modifiedTime).toBe(TIME);
    },
  );
});

it('an edit while a transfer waits to write a copy of an earlier run keeps it as it is', async () => {
  const a = doc('a');
  const ledger = await transferred([a, doc('b', [a])], 'leave');
  google.before = (op) => {
    if (op === 'writeDocument') throw new DriveError('rate_limited', { retryAfter: 60 });
  };
  await linked(ledger, 'rewrite');
  expect(await ledger.state()).toBe('waiting_quota');
  google.before = () => undefined;
  google.edit(copyOf('b').id, { content: Buffer.from(`mine ${link(a)}`), modifiedTime: '2026-01-01T00:00:00.000Z' });
  await ledger.resume();
  await runOf(ledger).finish(signal);
  expect(await outcomes(ledger)).toEqual({ a: [], b: ['failed edited_since'] });
  expect(copyOf('b')).toMatchObject({ modifiedTime: '2026-01-01T00:00:00.000Z' });
});

/** A process that dies before or after its nth access to the drives or the ledger. */
function mortal<T extends object>(real: T, survives: () => boolean, wrapped: readonly string[] = []): T {
  const death = new Error('killed');
  return new Proxy(real, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (wrapped.includes(String(property))) return mortal(value as object, survives);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        if (!survives()) throw death;
        const result: unknown = await value.apply(target, args);
        if (!survives()) throw death;
        if (property !== 'read') return result;
        const document = result as LinkedDocument;
        const dying = mortal(document, survives);
        return { ...document, rewrite: (...of: Parameters<LinkedDocument['rewrite']>) => dying.rewrite(...of) };
      };
    },
  });
}

describe('a process that dies at any moment', () => {
  it.each(['finishing', 'linking'] as const)('while %s rewrites each link once', async (state) => {
    let deaths = 0;
    for (let at = 1; ; at++) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      const [a, outside] = [doc('a'), doc('outside')];
      const ledger = ledgerOf(
        [a, doc('b', [a, outside, a]), doc('c', [a])],
        state === 'finishing' ? 'rewrite' : 'leave',
      );
      let left = Infinity;
      const survives = () => left-- > 0;
      const { source, destination } = drives;
      const dying = {
        source: mortal(source, survives),
        destination: mortal(destination, survives, ['documents']),
        clock,
      };
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      await copyAll(transfer, ledger);
      if (state === 'linking') {
        await transfer.finish(signal);
        await ledger.advance(statesFor('links'), 'linking', { links: 'rewrite' });
      }
      left = at;
      const died = await new Transfer(mortal(ledger, survives), dying).finish(signal).then(
        () => false,
        ({ message }: Error) => message === 'killed' || Promise.reject(new Error(message)),
      );
      left = Infinity;
      if (died) {
        deaths++;
        await new Transfer(ledger, drives).finish(signal);
      }
      expect(await ledger.state()).toBe('completed');
      expect([at, targets('b'), targets('c')]).toEqual([at, ['a', '?', 'a'], ['a']]);
      expect(await counts(ledger)).toEqual({ ...none, rewritten: 3, outside: 1 });
      // The first revision, and one change.
      expect([at, copyOf('b').revision, copyOf('c').revision]).toEqual([at, 2, 2]);
      expect([at, copyOf('b').modifiedTime, copyOf('c').modifiedTime]).toEqual([at, TIME, TIME]);
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(30);
  });

  it.each(['finishing', 'linking'] as const)(
    'does not repeat a write while %s whose response was lost',
    async (state) => {
      const a = doc('a');
      const ledger = ledgerOf([a, doc('b', [a, a])], state === 'finishing' ? 'rewrite' : 'leave');
      let lost = 0;
      google.afterWrite = (op) => {
        if (op === 'writeDocument' && lost++ === 0) throw refusal('ambiguous_write');
      };
      await runTransfer(ledger, drives);
      if (state === 'linking') await linked(ledger, 'rewrite');
      expect(targets('b')).toEqual(['a', 'a']);
      expect(copyOf('b').revision).toBe(2);
      expect(requests('writeDocument')).toBe(1);
      expect(await counts(ledger)).toEqual({ ...none, rewritten: 2 });
      expect(copyOf('b').modifiedTime).toBe(TIME);
    },
  );

  it('leaves a record by which a later run restores the time of the copy', async () => {
    const a = doc('a');
    const ledger = ledgerOf([a, doc('b', [a])], 'rewrite');
    const transfer = runOf(ledger);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    // The request arrives, and Google is unreachable until somebody cancels.
    google.afterWrite = (op) => {
      if (op === 'writeDocument') throw refusal('google_unavailable');
    };
    await expect(transfer.finish(signal)).rejects.toThrow();
    google.afterWrite = () => undefined;
    await ledger.park('waiting_quota', {});
    await ledger.advance(['waiting_quota'], 'canceling');
    refuse('update', refusal('google_refused'));
    await transfer.finish(signal);
    expect(await ledger.state()).toBe('canceled');
    google.before = () => undefined;
    await updated(ledger);
    expect(await counts(ledger)).toEqual({ ...none, rewritten: 1 });
    expect(copyOf('b')).toMatchObject({ modifiedTime: TIME, revision: 2 });
  });
});
