import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { DOCUMENT, FOLDER, type Hook, InMemoryDrives, refusal, SHORTCUT } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger, type ShareUsers } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../test/support/run-transfer.js';
import { CodedError, ReconnectNeededError } from './errors.js';
import { explain } from './model/reasons.js';
import { recordsOf } from './model/records.js';
import { TERMINAL_STATES } from './model/states.js';
import type { Drives } from './ports/drive.js';
import type { TransferOrder } from './model/order.js';
import { Transfer } from './transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const CARL = 'carl@example.com';
const FORM = 'application/vnd.google-apps.form';
const { signal } = new AbortController();

function setUp() {
  const google = new InMemoryDrives();
  const clock = new SkippingClock();
  const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
  const order = (items: string[], more: Partial<TransferOrder> = {}) =>
    anOrder(drives.source.account, drives.destination.account, items, more);
  const transfer = async (items: string[], more: Partial<TransferOrder> = {}) => {
    const ledger = new InMemoryLedger(order(items, more));
    await runTransfer(ledger, drives);
    return ledger;
  };
  return { google, clock, drives, order, transfer };
}

/** A folder with everything that tools are known to lose. */
function aTroublesomeFolder(google: InMemoryDrives): string {
  const top = google.folder(ANA, 'Work');
  google.folder(ANA, 'empty', top);
  const deep = google.folder(ANA, 'a/b 🌵', google.folder(ANA, '..', top));
  google.put(ANA, { name: 'twin', parent: top, content: 'one' });
  google.put(ANA, { name: 'twin', parent: top, content: 'two' });
  google.put(ANA, { name: '.hidden', parent: deep, content: '', description: 'nothing in it', starred: true });
  google.put(ANA, { name: 'n'.repeat(200), parent: deep, content: randomBytes(50).toString('hex') });
  google.put(ANA, { name: 'Plan', parent: deep, mimeType: DOCUMENT, content: 'a Google document' });
  return top;
}

const lines = (google: InMemoryDrives, owner: string) => google.tree(google.rootOf(owner));
const copies = (google: InMemoryDrives) =>
  [...google.items.values()].filter((item) => item.owner === BEN && item.parent);
const states = async (ledger: InMemoryLedger) => {
  const found: Record<string, string> = {};
  for await (const item of recordsOf(ledger)) found[item.path] = item.outcome.code ?? item.state;
  return found;
};

it('copies a folder with its contents: names, types, bytes and times', async () => {
  const { google, transfer } = setUp();
  const ledger = await transfer([aTroublesomeFolder(google)]);
  expect(lines(google, BEN)).toEqual(lines(google, ANA));
  const snapshot = await ledger.snapshot();
  expect(snapshot).toMatchObject({ state: 'completed', found: 9, counts: { verified: 9 } });
  expect(snapshot.verification).toEqual({ checksum: 4, presence: 5 });
  expect(snapshot).toMatchObject({ names: ['Work'], targetName: 'My Drive' });
});

it('shares the selected item once, and removes the share at the end', async () => {
  const { google, transfer } = setUp();
  const top = aTroublesomeFolder(google);
  const ledger = await transfer([top]);
  expect(google.calls.filter((op) => op === 'grantReading')).toHaveLength(1);
  expect([...google.items.values()].flatMap((item) => [...item.readers])).toEqual([]);
  expect((await ledger.snapshot()).shares).toEqual({ open: 0, withdrawn: 1 });
});

it('leaves a role that the owner gives the destination account during the transfer', async () => {
  const { google, transfer } = setUp();
  const top = aTroublesomeFolder(google);
  google.before = (op) => {
    const { readers, permissions } = google.items.get(top)!;
    if (op !== 'endReading' || !readers.delete(BEN)) return;
    permissions.set(`reader-${BEN}`, { id: `reader-${BEN}`, grantee: { type: 'user', address: BEN }, role: 'writer' });
  };
  const ledger = await transfer([top]);
  expect(google.items.get(top)!.permissions.get(`reader-${BEN}`)?.role).toBe('writer');
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', shares: { open: 0, withdrawn: 0 } });
});

it('shares selected items before anything is copied, and only those that can be copied inside Google', async () => {
  const { google, drives, order } = setUp();
  const folder = aTroublesomeFolder(google);
  const file = google.put(ANA, { name: 'free', content: 'a' });
  const forbidden = google.put(ANA, { name: 'not to be copied', content: 'b', canCopy: false });
  const ledger = new InMemoryLedger(order([folder, file, forbidden]));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  const shared = [...google.items.values()].filter((item) => item.readers.has(BEN)).map(({ id }) => id);
  expect(shared.toSorted()).toEqual([folder, file].toSorted());
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  expect(google.calls.filter((op) => op === 'grantReading')).toHaveLength(2);
});

it('continues when a share fails early: the file requests another one, and is relayed', async () => {
  const { google, transfer } = setUp();
  const file = google.put(ANA, { name: 'a', content: 'a' });
  let tries = 0;
  google.before = (op) => {
    if (op === 'grantReading') throw refusal(tries++ === 0 ? 'google_unavailable' : 'sharing_refused');
  };
  const ledger = await transfer([file]);
  expect(tries).toBe(2);
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', ways: { relay: 1 } });
});

it('neither grants nor removes access that existed before', async () => {
  const { google, transfer } = setUp();
  const top = aTroublesomeFolder(google);
  google.items.get(top)!.readers.set(BEN, 'of old');
  await transfer([top]);
  expect(google.calls).not.toContain('grantReading');
  expect([...google.items.get(top)!.readers.keys()]).toEqual([BEN]);
});

it('keeps a share as long as another transfer relies on it', async () => {
  const { google, drives, order } = setUp();
  const top = aTroublesomeFolder(google);
  const users: ShareUsers = new Map();
  const [first, second] = [new InMemoryLedger(order([top]), users), new InMemoryLedger(order([top]), users)];
  const transfers = [first, second].map((ledger) => new Transfer(ledger, drives));
  for (const [index, transfer] of transfers.entries()) {
    await transfer.plan(signal);
    await copyAll(transfer, [first, second][index]!);
  }
  await transfers[0]!.finish(signal);
  expect(google.items.get(top)!.readers.has(BEN)).toBe(true);
  await transfers[1]!.finish(signal);
  expect(google.items.get(top)!.readers.has(BEN)).toBe(false);
});

describe('checksums', () => {
  it('are compared by the strongest one that each original has', async () => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Archive');
    for (let index = 0; index < 6; index++)
      google.put(ANA, { name: `of old ${index}`, parent: top, content: `${index}`, checksums: ['md5'] });
    google.put(ANA, { name: 'new', parent: top, content: 'new' });
    google.put(ANA, { name: 'without', parent: top, content: 'none', checksums: [], canCopy: false });
    const ledger = await transfer([top]);
    const kinds: Record<string, string | undefined> = {};
    for await (const { name, outcome } of recordsOf(ledger)) kinds[name] = outcome.checksum?.kind;
    expect(kinds).toMatchObject({ 'of old 0': 'md5', 'of old 5': 'md5', new: 'sha256', without: 'md5' });
    expect((await ledger.snapshot()).state).toBe('completed');
  });

  it.each([
    ['all alike', []],
    ['of several kinds', ['md5'] as const],
  ])('are compared again at the end, %s', async (_, checksums) => {
    const { google, drives, order } = setUp();
    const top = google.folder(ANA, 'Archive');
    for (let index = 0; index < 6; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    for (const kind of checksums) google.put(ANA, { name: 'of old', parent: top, content: 'old', checksums: [kind] });
    const ledger = new InMemoryLedger(order([top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    const edited = copies(google).filter(({ name }) => name === '3' || name === 'of old');
    for (const { id, content } of edited) google.edit(id, { content: Buffer.alloc(content.length, 'x') });
    await transfer.finish(signal);
    expect(Object.values(await states(ledger)).filter((state) => state === 'copy_changed')).toHaveLength(edited.length);
  });

  it('of another kind are compared if the destination lacks the requested one', async () => {
    const { google, transfer } = setUp();
    const file = google.put(ANA, { name: 'a', content: 'a' });
    google.afterWrite = (op, id) => {
      if (op === 'copied') google.edit(id, { checksums: ['md5'] });
    };
    const ledger = await transfer([file]);
    expect((await ledger.item(0))!.outcome.checksum?.kind).toBe('md5');
  });
});

it('puts everything into a new folder when asked to', async () => {
  const { google, transfer } = setUp();
  const ledger = await transfer([google.put(ANA, { name: 'a', content: 'a' })], {
    target: { folderId: 'root', newFolderName: 'From Ana' },
  });
  expect(lines(google, BEN).map((line) => line.split(' | ')[0])).toEqual(['From Ana', 'From Ana/a']);
  expect(google.items.get((await ledger.snapshot()).resultFolderId!)!.name).toBe('From Ana');
});

it('lists every page of a folder', async () => {
  const { google, transfer } = setUp();
  google.pageSize = 3;
  const top = google.folder(ANA, 'Scans');
  for (let index = 0; index < 10; index++) google.put(ANA, { name: `scan ${index}`, parent: top, content: `${index}` });
  await transfer([top]);
  expect(lines(google, BEN)).toHaveLength(11);
});

it('copies once an item that was selected together with its folder', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const inner = google.folder(ANA, 'inner', top);
  const file = google.put(ANA, { name: 'a', parent: inner, content: 'a' });
  await transfer([file, inner, top]);
  expect(lines(google, BEN)).toEqual(lines(google, ANA));
});

describe('methods', () => {
  it('relays a file that may be downloaded but not copied', async () => {
    const { google, transfer } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'x'.repeat(100), canCopy: false });
    const ledger = await transfer([id]);
    expect((await ledger.snapshot()).ways).toMatchObject({ relay: 1, server_copy: 0 });
    expect((await ledger.item(0))?.outcome.fallback).toBe('copying_forbidden');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect(google.calls).not.toContain('grantReading');
  });

  it.each([
    ['cannot_copy', 'copying_forbidden'],
    ['source_permission_denied', 'copying_forbidden'],
    ['not_found', 'share_not_seen'],
    ['google_refused', 'copying_refused'],
  ] as const)('keeps why an item was streamed or converted: a copy returned %s', async (code, fallback) => {
    const { google, transfer } = setUp();
    const [file, doc] = [
      google.put(ANA, { name: 'a', content: 'abc' }),
      google.put(ANA, { name: 'd', mimeType: DOCUMENT }),
    ];
    google.before = failing('copy', Infinity, () => refusal(code));
    const ledger = await transfer([file, doc], { allowConversion: true });
    expect((await ledger.item(0))?.outcome).toMatchObject({ way: 'relay', fallback });
    expect((await ledger.item(1))?.outcome).toMatchObject({ way: 'export', fallback });
  });

  it('relays from a read-only source, without a share', async () => {
    const { google, drives, order } = setUp();
    const top = aTroublesomeFolder(google);
    const readOnly = { ...drives, source: google.drive(ANA, { readOnly: true }) };
    const ledger = new InMemoryLedger({ ...order([top]), source: { ...order([top]).source, readOnly: true } });
    await runTransfer(ledger, readOnly);
    expect(google.calls).not.toContain('grantReading');
    expect(await ledger.snapshot()).toMatchObject({
      state: 'completed',
      ways: { relay: 4 },
      skips: { conversion_needed: 1 }, // the Google document, which has no bytes
    });
    const fallbacks = (await ledger.items(0, 20)).map(({ outcome }) => outcome.fallback).filter(Boolean);
    expect(fallbacks).toEqual(Array(4).fill('source_read_only'));
  });

  it('shares individual items of a folder that may not be shared', async () => {
    const { google, transfer } = setUp();
    const top = google.put(CARL, { name: 'Carl’s', mimeType: FOLDER, readers: new Map([[ANA, 'r']]) });
    google.put(ANA, { name: 'hers', parent: top, mimeType: DOCUMENT, content: 'text' });
    const inner = google.folder(ANA, 'inner', top);
    google.put(ANA, { name: 'deep', parent: inner, mimeType: DOCUMENT, content: 'text' });
    google.put(CARL, { name: 'his', parent: top, mimeType: DOCUMENT, content: 'text' });
    const ledger = await transfer([top], { shortcuts: 'follow', mode: 'move' });
    expect(await ledger.snapshot()).toMatchObject({
      state: 'completed',
      ways: { server_copy: 2, created: 2 },
      skips: { conversion_needed: 1 }, // his
      shares: { open: 0, withdrawn: 2 },
      originals: { trashed: 3, kept: 2 }, // each of her items counts as selected
    });
  });

  it.each(['sharing_refused', 'domain_policy'] as const)('relays when sharing fails with %s', async (code) => {
    const { google, transfer } = setUp();
    google.before = failing('grantReading', 99, () => refusal(code));
    const ledger = await transfer([google.put(ANA, { name: 'a', content: 'abc' })]);
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', ways: { relay: 1 }, shares: { open: 0 } });
    expect((await ledger.item(0))?.outcome.fallback).toBe('sharing_refused');
  });

  it('shares a selected folder with limited access whose contents the destination cannot see', async () => {
    const { google, transfer } = setUp();
    const work = google.put(ANA, { name: 'Work', mimeType: FOLDER, readers: new Map([[BEN, 'shared before']]) });
    const limited = google.put(ANA, { name: 'limited', mimeType: FOLDER, parent: work, limited: true });
    google.put(ANA, { name: 'form', parent: limited, mimeType: FORM, content: 'f' });
    const ledger = await transfer([limited]);
    expect(await states(ledger)).toEqual({ limited: 'verified', 'limited/form': 'verified' });
    expect(google.items.get(limited)?.readers.size).toBe(0);
  });

  it('waits until a new share is visible', async () => {
    const { google, transfer, clock } = setUp();
    google.before = failing('copy', 4, () => refusal('not_found'));
    const ledger = await transfer([google.put(ANA, { name: 'a', content: 'abc' })]);
    expect((await ledger.snapshot()).ways.server_copy).toBe(1);
    expect(clock.slept).toBeGreaterThan(1_000);
  });

  it('polls for a new share once on behalf of all copies', async () => {
    const { google, transfer, clock } = setUp();
    const top = google.folder(ANA, 'Many');
    for (let index = 0; index < 30; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    let looks = 0;
    google.before = (op, id, account) => {
      if (account !== BEN || !(op === 'copy' || (op === 'get' && id === top))) return;
      if (op === 'get' && google.items.get(top)!.readers.size > 0) looks++;
      if (looks < 5) throw refusal('not_found');
    };
    const ledger = await transfer([top]);
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', ways: { server_copy: 30, relay: 0 } });
    expect(looks).toBe(5);
    expect(clock.slept).toBe(250 + 500 + 1_000 + 2_000);
    // Each once, and again the 25 that were in progress when the share was not visible yet.
    expect(google.calls.filter((op) => op === 'copy').length).toBeLessThanOrEqual(30 + 25);
  });

  it('reports an item that can be neither copied nor downloaded, and copies the others', async () => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Mixed');
    google.put(ANA, { name: 'locked', parent: top, content: 'abc', canCopy: false, canDownload: false });
    google.put(ANA, { name: 'map', parent: top, mimeType: 'application/vnd.google-apps.map', canCopy: false });
    google.put(ANA, { name: 'free', parent: top, content: 'abc' });
    const ledger = await transfer([top]);
    expect(await states(ledger)).toEqual({
      Mixed: 'verified',
      'Mixed/locked': 'source_permission_denied',
      'Mixed/map': 'not_copyable',
      'Mixed/free': 'verified',
    });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { skipped: 2, failed: 0 } });
  });

  it('copies within one account without any share', async () => {
    const { google, clock } = setUp();
    const drives = { source: google.drive(ANA), destination: google.drive(ANA), clock };
    const id = google.put(ANA, { name: 'a', content: 'abc' });
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [id]));
    await runTransfer(ledger, drives);
    expect(google.calls).not.toContain('grantReading');
    expect(lines(google, ANA)).toHaveLength(2);
  });
});

describe('shortcuts', () => {
  it('point to the copies, wherever they are', async () => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    const later = google.folder(ANA, 'z', top);
    const target = google.put(ANA, { name: 'target', parent: later, content: 'abc' });
    google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: target });
    const ledger = await transfer([top]);
    const link = copies(google).find((item) => item.name === 'link')!;
    expect(google.items.get(link.targetId!)).toMatchObject({ name: 'target', owner: BEN });
    expect((await ledger.snapshot()).state).toBe('completed');
  });

  it('are reported when the destination cannot see their target', async () => {
    const { google, transfer } = setUp();
    const target = google.put(ANA, { name: 'elsewhere', content: 'abc' });
    const link = google.put(ANA, { name: 'link', mimeType: SHORTCUT, targetId: target });
    const ledger = await transfer([link]);
    expect(await states(ledger)).toEqual({ link: 'shortcut_target_hidden' });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { skipped: 1, failed: 0 } });
    const again = async () => {
      await ledger.reopen(['shortcut_target_hidden'], { skipped: ['shortcut_target_hidden'] });
      await ledger.advance(['completed'], 'running');
      const accounts = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
      await runTransfer(ledger, accounts);
      return states(ledger);
    };
    // A retry without a change does not make it a failure either.
    expect(await again()).toEqual({ link: 'shortcut_target_hidden' });
    expect((await ledger.snapshot()).state).toBe('completed');
    // After it is shared, a retry creates the shortcut.
    google.edit(target, { readers: new Map([[BEN, 'x']]) });
    expect(await again()).toEqual({ link: 'verified' });
  });

  it('are left out as shortcut_dangling when their target is gone', async () => {
    const { google, transfer } = setUp();
    const link = google.put(ANA, { name: 'link', mimeType: SHORTCUT, targetId: 'gone' });
    const ledger = await transfer([link]);
    expect(await states(ledger)).toEqual({ link: 'shortcut_dangling' });
    expect((await ledger.snapshot()).counts).toMatchObject({ skipped: 1, failed: 0 });
  });

  it('report another reason if that prevents them', async () => {
    const { google, transfer } = setUp();
    const target = google.put(ANA, { name: 'elsewhere', content: 'abc', readers: new Map([[BEN, 'x']]) });
    const link = google.put(ANA, { name: 'link', mimeType: SHORTCUT, targetId: target });
    google.before = (op) => {
      if (op === 'createShortcut') throw refusal('google_refused');
    };
    expect(await states(await transfer([link]))).toEqual({ link: 'google_refused' });
  });
});

describe('exactly once', () => {
  it('makes no second copy when the response to a copy is lost', async () => {
    const { google, transfer } = setUp();
    const top = aTroublesomeFolder(google);
    const lost = new Set<string>();
    google.afterWrite = (op, id) => {
      const { name } = google.items.get(id)!;
      if (op === 'grantReading' || lost.has(name)) return;
      lost.add(name);
      // The client repeats a write with a reserved id, and Google answers that the id is taken.
      throw refusal(google.items.get(id)!.mimeType === DOCUMENT ? 'ambiguous_write' : 'id_taken');
    };
    const ledger = await transfer([top]);
    expect(lost.size).toBeGreaterThan(4);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect((await ledger.snapshot()).state).toBe('completed');
  });

  it('makes no second copy when the process dies at any moment and another one takes over', async () => {
    const operations = ['children', 'createFolder', 'grantReading', 'copied', 'createShortcut', 'update', 'withdraw'];
    let crashes = 0;
    for (const op of operations)
      for (const landed of [false, true])
        for (const nth of [0, 1, 2, 3, 4]) {
          const { google, drives, order } = setUp();
          const top = aTroublesomeFolder(google);
          const target = google.childrenOf(top).find((item) => item.name === 'twin')!;
          google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: target.id });
          const ledger = new InMemoryLedger(order([top]));
          const process = aProcess(ledger);
          const crash = failing(op, 1, () => process.die(), nth);
          if (landed) google.afterWrite = crash;
          else google.before = crash;
          await runTransfer(process.ledger, drives).catch(() => crashes++);
          google.before = google.afterWrite = () => undefined;
          await runTransfer(ledger, drives);
          expect([op, nth, await ledger.state(), lines(google, BEN)]).toEqual([
            op,
            nth,
            'completed',
            lines(google, ANA),
          ]);
          expect(copies(google).filter((item) => item.trashed)).toEqual([]); // none was made twice and then trashed
          expect(google.items.get(top)!.readers.size).toBe(0);
        }
    expect(crashes).toBeGreaterThan(20);
  });

  it('lets two workers copy the same batch at the same time', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    const [one, other] = [new Transfer(ledger, drives), new Transfer(ledger, drives)];
    await one.plan(signal);
    // Docs have no reserved id: if two copies are made at the same time, the closing check trashes the surplus one.
    await Promise.all([one.copy(0, signal), other.copy(0, signal)]);
    await one.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('keeps one copy of a file that was edited, copied, and whose worker then died', async () => {
    const { google, drives, order } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'old' });
    const ledger = new InMemoryLedger(order([id]));
    const process = aProcess(ledger);
    const doomed = new Transfer(process.ledger, drives);
    await doomed.plan(signal);
    Object.assign(google.items.get(id)!, { content: Buffer.from('the new one'), revision: 2 });
    google.afterWrite = failing('copied', 1, () => process.die());
    await doomed.copy(0, signal).catch(() => undefined);
    expect(copies(google)).toHaveLength(1);
    await runTransfer(ledger, drives);
    expect(copies(google)).toHaveLength(1);
    expect(await states(ledger)).toEqual({ a: 'verified' });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('keeps one copy of a document when responses are lost and the index lags', async () => {
    const { google, drives, transfer } = setUp();
    google.afterWrite = failing('copied', 2, () => refusal('ambiguous_write'));
    const findMarked = drives.destination.findMarked.bind(drives.destination);
    let looks = 0;
    drives.destination.findMarked = async (...args) => (++looks <= 6 ? [] : findMarked(...args));
    await transfer([google.put(ANA, { name: 'Plan', mimeType: DOCUMENT, content: 'a Google document' })]);
    expect(copies(google)).toHaveLength(3);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  describe('a document, whose id Google chooses, while the index of markers lags', () => {
    /** A transfer of one document that is planned, and two workers. */
    async function twoWorkers() {
      const setup = setUp();
      const { google, drives, clock, order } = setup;
      google.index = { lagMs: 3_000, uptime: () => clock.slept };
      const ledger = new InMemoryLedger(
        order([google.put(ANA, { name: 'Notes', mimeType: DOCUMENT, content: 'a Google document' })]),
      );
      const process = aProcess(ledger);
      const [one, other] = [new Transfer(process.ledger, drives), new Transfer(ledger, drives)];
      await one.plan(signal);
      return { ...setup, ledger, process, one, other };
    }
    const once = (work: () => Promise<void>) => {
      let done: Promise<void> | undefined;
      return async (op: string): Promise<void> => {
        if (op === 'copied' && !done) await (done = work());
      };
    };
    const live = (google: InMemoryDrives) => copies(google).filter(({ trashed }) => !trashed).length;

    it('is found although its worker died, and the next one starts before the index has it', async () => {
      const { google, ledger, process, one, other } = await twoWorkers();
      google.afterWrite = failing('copied', 1, () => process.die());
      await one.copy(0, signal).catch(() => undefined);
      await other.copy(0, signal);
      await other.finish(signal);
      expect(copies(google)).toHaveLength(1);
      expect(await states(ledger)).toEqual({ Notes: 'verified' });
    });

    it('is found by a worker that read the item before another one began', async () => {
      const { google, ledger, process, one, other } = await twoWorkers();
      google.afterWrite = failing('copied', 1, () => process.die());
      const items = ledger.items.bind(ledger);
      ledger.items = async (...range) => {
        ledger.items = items;
        const read = await ledger.items(...range);
        await one.copy(0, signal).catch(() => undefined);
        return read;
      };
      await other.copy(0, signal);
      await other.finish(signal);
      expect(copies(google)).toHaveLength(1);
    });

    it('is found by a second worker while the first one still waits for Google', async () => {
      const { google, one, other } = await twoWorkers();
      google.afterWrite = once(() => other.copy(0, signal));
      await one.copy(0, signal);
      await other.finish(signal);
      expect(copies(google)).toHaveLength(1);
    });

    it('is trashed if it arrives, without a usable response, after another worker has completed the transfer', async () => {
      const { google, ledger, one, other } = await twoWorkers();
      google.before = once(async () => {
        await other.copy(0, signal);
        await other.finish(signal);
      });
      google.afterWrite = failing('copied', 1, () => refusal('ambiguous_write'), 1);
      await one.copy(0, signal);
      expect(await ledger.state()).toBe('completed');
      expect([copies(google).length, live(google)]).toEqual([2, 1]);
      expect(copies(google).find(({ trashed }) => !trashed)!.id).toBe((await ledger.item(0))!.outcome.destinationId);
    });

    it('is trashed if Google completes it as late as in the closing check, and its worker died', async () => {
      const { google, process, one, other } = await twoWorkers();
      const [asked, completed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      google.before = once(() => (asked.resolve(), completed.promise));
      google.afterWrite = failing('copied', 1, () => process.die(), 1);
      const copying = one.copy(0, signal).catch(() => undefined);
      await asked.promise;
      await other.copy(0, signal);
      google.before = async (op) => {
        if (op !== 'children') return;
        google.index.lagMs = 0;
        completed.resolve();
        await copying;
      };
      await other.finish(signal);
      expect([copies(google).length, live(google)]).toEqual([2, 1]);
    });

    it('is trashed if Google completes it when the next worker has just copied, and its own worker died', async () => {
      const { google, process, one, other } = await twoWorkers();
      const [asked, completed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      google.before = once(() => (asked.resolve(), completed.promise));
      google.afterWrite = failing('copied', 1, () => process.die(), 1);
      const copying = one.copy(0, signal).catch(() => undefined);
      await asked.promise;
      google.before = (op) => void (op === 'copied' && completed.resolve());
      await other.copy(0, signal);
      await copying;
      await other.finish(signal);
      expect([copies(google).length, live(google)]).toEqual([2, 1]);
    });

    it('is found at the end if the response to the last attempt was lost', async () => {
      const { google, ledger, one } = await twoWorkers();
      google.before = failing('copied', 3, () => refusal('ambiguous_write')); // they did not arrive
      google.afterWrite = failing('copied', 1, () => refusal('ambiguous_write'));
      await one.copy(0, signal);
      await one.finish(signal);
      expect(await states(ledger)).toEqual({ Notes: 'verified' });
      expect(copies(google)).toHaveLength(1);
    });

    it('is in the report of a transfer that is canceled right after its worker was stopped', async () => {
      const { google, ledger, one, other } = await twoWorkers();
      const shutdown = new AbortController();
      google.afterWrite = failing('copied', 1, () => {
        shutdown.abort(new Error('This process is shutting down.'));
        return new Error('aborted');
      });
      await one.copy(0, shutdown.signal).catch(() => undefined);
      expect(await states(ledger)).toEqual({ Notes: 'waiting' });
      await ledger.advance(['running'], 'canceling');
      await other.finish(signal);
      expect(await states(ledger)).toEqual({ Notes: 'verified' });
    });

    it('stays, and the transfer completes, if the account may not trash the second copy', async () => {
      const { google, drives, ledger, process, one, other } = await twoWorkers();
      google.before = once(() => other.copy(0, signal));
      google.afterWrite = failing('copied', 1, () => process.die(), 1);
      await one.copy(0, signal).catch(() => undefined);
      google.index.lagMs = 0;
      drives.destination.trash = () => Promise.reject(refusal('source_permission_denied'));
      await other.finish(signal);
      expect(await ledger.state()).toBe('completed');
    });

    it('is searched for once, without a wait, when a retry comes to it', async () => {
      const { google, clock, ledger, one, other } = await twoWorkers();
      jest.useFakeTimers({ now: Date.now(), doNotFake: ['nextTick', 'setImmediate', 'performance'] });
      try {
        google.before = failing('copied', 1, () => refusal('cannot_copy'));
        await one.copy(0, signal);
        await one.finish(signal);
        expect(await ledger.state()).toBe('completed_with_failures');
        jest.setSystemTime(Date.now() + 60_000);
        await ledger.advance(TERMINAL_STATES, 'running');
        await ledger.reopen();
        const { slept } = clock;
        google.calls.length = 0;
        await other.copy(0, signal);
        expect(clock.slept).toBe(slept);
        expect(google.calls.filter((op) => op === 'findMarked')).toHaveLength(1);
        expect(await states(ledger)).toEqual({ Notes: 'verified' });
      } finally {
        jest.useRealTimers();
      }
    });
  });

  it('copies an item once that the source lists twice', async () => {
    const { google, drives, transfer } = setUp();
    const top = aTroublesomeFolder(google);
    const twin = google.childrenOf(top).find((item) => item.name === 'twin')!;
    const empty = google.childrenOf(top).find((item) => item.name === 'empty')!;
    const children = drives.source.children.bind(drives.source);
    // A file with two parents, as in old accounts.
    drives.source.children = async (id, ...rest) => {
      const page = await children(id, ...rest);
      return id === empty.id ? { ...page, items: [await drives.source.get(twin.id, signal)] } : page;
    };
    const ledger = await transfer([top]);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect((await ledger.snapshot()).found).toBe(9);
  });

  it('adds nothing to a plan that another process has restarted', async () => {
    const { google, drives, order } = setUp();
    google.pageSize = 1;
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    google.before = failing('children', 1, () => void ledger.restartPlan(), 3);
    await new Transfer(ledger, drives).plan(signal);
    expect(await ledger.snapshot()).toMatchObject({ state: 'planning', found: 0 }); // the other one continues
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).found).toBe(9);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('fails nothing when a batch starts before the folders exist', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(
      order([aTroublesomeFolder(google), google.put(ANA, { name: 'a', content: 'a' })]),
    );
    let early = false;
    google.before = async (op) => {
      if (op !== 'createFolder' || early) return;
      early = true;
      await copyAll(new Transfer(ledger, drives), ledger);
    };
    await runTransfer(ledger, drives);
    expect(early).toBe(true);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('keeps one copy of a file whose batch started before all ids were reserved, and whose worker died', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([google.put(ANA, { name: 'a', content: 'abc' })]));
    const process = aProcess(ledger);
    google.afterWrite = failing('copied', 1, () => process.die());
    let early = false;
    google.before = async (op) => {
      if (op !== 'generateIds' || early) return;
      early = true;
      await new Transfer(process.ledger, drives).copy(0, signal).catch(() => undefined);
      expect(copies(google)).toHaveLength(1);
    };
    await runTransfer(ledger, drives);
    expect(early).toBe(true);
    expect(copies(google)).toHaveLength(1);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('finds a copy at the end that was made without a usable response', async () => {
    const { google, transfer } = setUp();
    google.afterWrite = failing('copied', 1, () => refusal('google_unavailable'));
    const ledger = await transfer([google.put(ANA, { name: 'a', content: 'abc' })]);
    expect(await states(ledger)).toEqual({ a: 'verified' });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', failures: {}, ways: { server_copy: 1 } });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('ignores the failure of a worker after another has verified the item', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([google.put(ANA, { name: 'a', content: 'abc' })]));
    const [one, late] = [new Transfer(ledger, drives), new Transfer(ledger, drives)];
    await one.plan(signal);
    let first = true;
    google.before = async (op) => {
      if (op !== 'copy' || !first) return;
      first = false;
      await one.copy(0, signal);
      throw refusal('google_refused');
    };
    await late.copy(0, signal);
    await one.finish(signal);
    expect(await states(ledger)).toEqual({ a: 'verified' });
  });

  it('gives a copy a new id when something else has its reserved one', async () => {
    const { google, drives, order } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'abc' });
    const ledger = new InMemoryLedger(order([id]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await ledger.replaceId(0, google.put(BEN, { name: 'in the trash', content: 'abc', trashed: true }));
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect((await ledger.snapshot()).state).toBe('completed');
  });
});

describe('verification', () => {
  it('trashes a copy that differs, and makes another', async () => {
    const { google, transfer } = setUp();
    google.afterWrite = failing(
      'copied',
      1,
      () => undefined,
      0,
      (id) => (google.items.get(id)!.content = Buffer.from('bad')),
    );
    const ledger = await transfer([google.put(ANA, { name: 'a', content: 'good' })]);
    expect(await states(ledger)).toEqual({ a: 'verified' });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect(copies(google).filter((item) => item.trashed)).toHaveLength(1);
  });

  it('fails an item whose copies always differ, and keeps none of them', async () => {
    const { google, transfer } = setUp();
    google.afterWrite = (op, id) => {
      if (op === 'copied') google.items.get(id)!.content = Buffer.from('bad');
    };
    const ledger = await transfer([google.put(ANA, { name: 'a', content: 'good' })]);
    expect(await states(ledger)).toEqual({ a: 'checksum_mismatch' });
    expect(lines(google, BEN)).toEqual([]);
  });

  it('copies the new content of a file that was edited after it was listed', async () => {
    const { google, drives, order } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'old' });
    const ledger = new InMemoryLedger(order([id]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    Object.assign(google.items.get(id)!, { content: Buffer.from('the new one'), revision: 2 });
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect((await ledger.snapshot()).bytes).toMatchObject({ found: 11, verified: 11 });
  });

  it('finds at the closing check that a verified copy is gone', async () => {
    const { google, drives, order } = setUp();
    const top = aTroublesomeFolder(google);
    const ledger = new InMemoryLedger(order([top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    const victim = copies(google).find((item) => item.name === '.hidden')!;
    google.items.delete(victim.id);
    await transfer.finish(signal);
    expect((await ledger.snapshot()).failures).toEqual({ copy_missing: 1 });
    expect((await ledger.snapshot()).state).toBe('completed_with_failures');
  });

  it('finds at the closing check that a whole folder of copies is gone', async () => {
    const { google, drives, order } = setUp();
    const top = google.folder(ANA, 'Many');
    for (let index = 0; index < 6; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    const ledger = new InMemoryLedger(order([top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    for (const copy of copies(google)) google.items.delete(copy.id);
    await transfer.finish(signal);
    expect(await ledger.snapshot()).toMatchObject({
      state: 'completed_with_failures',
      failures: { copy_missing: 7 },
      shares: { open: 0 },
    });
  });

  it('relays the new content of a file that was edited before it was relayed', async () => {
    const { google, drives, order } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'old', canCopy: false });
    const ledger = new InMemoryLedger(order([id]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    Object.assign(google.items.get(id)!, { content: Buffer.from('the new one'), revision: 2 });
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(await states(ledger)).toEqual({ a: 'verified' });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('calls a file without any checksum unverified, not verified', async () => {
    const { google, drives, order } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'abc' });
    const bare = <T extends object>(item: T) => ({ ...item, checksums: {} });
    for (const drive of [drives.source, drives.destination]) {
      const [get, copy] = [drive.get.bind(drive), drives.destination.copy.bind(drives.destination)];
      drive.get = async (...args) => bare(await get(...args));
      drives.destination.copy = async (...args) => bare(await copy(...args));
    }
    const ledger = new InMemoryLedger(order([id]));
    await runTransfer(ledger, drives);
    expect(await states(ledger)).toEqual({ a: 'no_checksum' });
    expect((await ledger.snapshot()).counts).toMatchObject({ unverified: 1, verified: 0 });
  });
});

describe('moves', () => {
  it('trashes files and emptied folders of the source once their copies are verified', async () => {
    const { google, transfer } = setUp();
    const top = aTroublesomeFolder(google);
    const before = lines(google, ANA);
    const ledger = await transfer([top], { mode: 'move' });
    expect(lines(google, ANA)).toEqual([]);
    expect(lines(google, BEN)).toEqual(before);
    expect(google.items.get(top)).toMatchObject({ trashed: true });
    expect((await ledger.snapshot()).originals).toEqual({ trashed: 9, kept: 0 });
  });

  it('keeps originals that failed, changed or belong to others, with the folders above', async () => {
    const { google, drives, order } = setUp();
    const top = google.folder(ANA, 'Work');
    google.put(ANA, {
      name: 'locked',
      parent: google.folder(ANA, 'l', top),
      content: 'a',
      canCopy: false,
      canDownload: false,
    });
    const edited = google.put(ANA, { name: 'edited', parent: google.folder(ANA, 'e', top), content: 'a' });
    google.put('carl@example.com', { name: 'foreign', parent: google.folder(ANA, 'f', top), content: 'a' });
    google.put(ANA, { name: 'fine', parent: google.folder(ANA, 'g', top), content: 'a' });
    const ledger = new InMemoryLedger(order([top], { mode: 'move' }));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    google.items.get(edited)!.revision++;
    await transfer.finish(signal);
    expect(lines(google, ANA).map((line) => line.split(' | ')[0])).toEqual([
      'Work',
      'Work/e',
      'Work/e/edited',
      'Work/f',
      'Work/f/foreign',
      'Work/l',
      'Work/l/locked',
    ]);
    const reasons: Record<string, string | undefined> = {};
    for await (const item of recordsOf(ledger)) reasons[item.name] = item.outcome.originalReason;
    expect(reasons).toMatchObject({
      locked: 'not_verified',
      edited: 'edited',
      foreign: 'owned_by_other',
      e: 'holds_items',
      fine: undefined,
    });
  });

  it('keeps a folder whose listing is incomplete', async () => {
    const { google, drives, order } = setUp();
    const top = google.folder(ANA, 'Work');
    const ledger = new InMemoryLedger(order([top], { mode: 'move' }));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    const children = drives.source.children.bind(drives.source);
    drives.source.children = async (...args) => ({ ...(await children(...args)), incomplete: true });
    await transfer.finish(signal);
    expect(google.items.get(top)!.trashed).toBe(false);
  });

  it('keeps no original because Google was unreachable for a while', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)], { mode: 'move' }));
    google.before = awayFrom('trash');
    await expect(runTransfer(ledger, drives)).rejects.toMatchObject({ code: 'google_unavailable' });
    google.before = failing('trash', 1, () => refusal('google_unavailable'));
    await runTransfer(ledger, drives);
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', originals: { trashed: 9, kept: 0 } });
    expect(lines(google, ANA)).toEqual([]);
  });

  it('keeps an original for which Google never answers, although it answers for others', async () => {
    const { google, transfer } = setUp();
    const [a, b] = ['a', 'b'].map((name) => google.put(ANA, { name, content: name }));
    google.before = (op, id) => {
      if (op === 'trash' && id === a) throw refusal('google_unavailable');
    };
    const ledger = await transfer([a!, b!], { mode: 'move' });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', originals: { trashed: 1, kept: 1 } });
  });

  it('restores an original that a process trashed before it died, and before the move was canceled', async () => {
    const { google, drives, order } = setUp();
    const top = aTroublesomeFolder(google);
    const before = lines(google, ANA);
    const ledger = new InMemoryLedger(order([top], { mode: 'move' }));
    const process = aProcess(ledger);
    google.afterWrite = failing('trash', 1, () => process.die());
    await runTransfer(process.ledger, drives).catch(() => undefined);
    google.afterWrite = () => undefined;
    expect(lines(google, ANA).length).toBeLessThan(before.length);
    await ledger.advance(['finishing'], 'canceling');
    await new Transfer(ledger, drives).finish(signal);
    await ledger.advance(['canceled'], 'undoing');
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('undone');
    expect(lines(google, ANA)).toEqual(before);
    expect(lines(google, BEN)).toEqual([]);
  });

  it('checks the copies again after work on links, before it trashes their originals', async () => {
    const { google, drives, order } = setUp();
    const [doc, file] = [
      google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'd' }),
      google.put(ANA, { name: 'a', content: 'a' }),
    ];
    const ledger = new InMemoryLedger(order([doc, file], { mode: 'move', links: 'report' }));
    google.before = (op) => {
      if (op !== 'readDocument') return;
      for (const copy of copies(google)) if (copy.name === 'a') google.edit(copy.id, { trashed: true });
    };
    await runTransfer(ledger, drives);
    expect(await states(ledger)).toMatchObject({ a: 'copy_missing' });
    expect(google.items.get(file)!.trashed).toBe(false);
  });

  it('never trashes before the closing check', async () => {
    const { google, transfer } = setUp();
    await transfer([aTroublesomeFolder(google)], { mode: 'move' });
    const firstTrash = google.calls.indexOf('trash');
    expect(firstTrash).toBeGreaterThan(google.calls.lastIndexOf('copy'));
    expect(firstTrash).toBeGreaterThan(google.calls.indexOf('update'));
  });
});

describe('problems with an account', () => {
  it('parks when a credential is rejected, loses nothing, and resumes once its account confirms', async () => {
    const { google, drives, order } = setUp();
    const top = aTroublesomeFolder(google);
    const ledger = new InMemoryLedger(order([top]));
    const { credentialId } = ledger.order.destination;
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    google.before = failing('copy', 99, () => new ReconnectNeededError(credentialId), 1);
    await copyAll(transfer, ledger);
    expect(await ledger.snapshot()).toMatchObject({ state: 'needs_reconnect', parked: { side: 'destination' } });
    expect((await ledger.snapshot()).failures).toEqual({});
    google.before = () => undefined;
    await ledger.resume({ confirmed: ['destination'] });
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('waits when Google’s daily limit is reached, until a stated time', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    google.before = failing('copy', 99, () => refusal('quota_exceeded'));
    await copyAll(transfer, ledger);
    const snapshot = await ledger.snapshot();
    expect(snapshot.state).toBe('waiting_quota');
    expect(snapshot.resumeAt).toBeGreaterThan(Date.now());
    expect(snapshot.counts.copying).toBe(0);
  });

  it('is parked since Google refused the credential, not since the last item in progress ended', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    const earlier = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
    const error = new ReconnectNeededError(ledger.order.destination.credentialId);
    earlier.mockRestore();
    google.before = failing('copy', 99, () => error);
    await copyAll(transfer, ledger);
    expect((await ledger.snapshot()).parked).toEqual({ side: 'destination', since: error.at });
  });

  it('shares an item again that someone stopped sharing', async () => {
    const { google, drives, order } = setUp();
    const top = aTroublesomeFolder(google);
    const ledger = new InMemoryLedger(order([top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    let stopped = false;
    google.before = (op) => {
      if (op !== 'copy' || stopped) return;
      stopped = true;
      google.items.get(top)!.readers.clear();
    };
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect((await ledger.snapshot()).ways.relay).toBe(0);
    expect(google.items.get(top)!.readers.size).toBe(0);
  });

  it('waits for Google to recover before it fails a folder with its contents', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    google.before = failing('createFolder', 1, () => refusal('google_unavailable'));
    await expect(runTransfer(ledger, drives)).rejects.toMatchObject({ code: 'google_unavailable' });
    await new Transfer(ledger, drives).finish(signal); // a step that comes too early changes nothing
    expect((await ledger.snapshot()).state).toBe('running');
    await runTransfer(ledger, drives);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('counts no item as failed when the ledger’s store is unavailable, and leaves the step to the queue', async () => {
    const { google, drives, order } = setUp();
    const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    const destinationIds = ledger.destinationIds.bind(ledger);
    let calls = 0;
    ledger.destinationIds = (ordinals) =>
      ++calls === 4 ? Promise.reject(new StoreAwayError()) : destinationIds(ordinals);
    await expect(transfer.copy(0, signal)).rejects.toMatchObject({ code: 'service_unavailable' });
    expect((await ledger.snapshot()).failures).toEqual({});
    await transfer.copy(0, signal);
    await transfer.finish(signal);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('fails with an explanation when the target is not a folder of the destination', async () => {
    const { google, transfer } = setUp();
    const file = google.put(ANA, { name: 'a', content: 'abc' });
    const foreign = google.folder(ANA, 'read only');
    google.items.get(foreign)!.readers.set(BEN, 'reader');
    for (const folderId of ['nowhere', foreign, google.put(BEN, { name: 'a file', content: 'abc' })]) {
      const snapshot = await (await transfer([file], { target: { folderId } })).snapshot();
      expect(snapshot.state).toBe('failed');
      expect(snapshot.problem!.detail).toMatch(/The destination has no folder nowhere\.|Choose another folder/);
    }
  });

  it('fails with the id when a selected item does not exist', async () => {
    const { transfer } = setUp();
    expect((await (await transfer(['nothing'])).snapshot()).problem).toEqual({
      code: 'not_found',
      detail: explain('not_found', 'The source has no item nothing.').reason,
    });
  });
});

it('cancels: copies stay, the rest is skipped, shares are removed, the counts add up', async () => {
  const { google, drives, order } = setUp();
  const top = google.folder(ANA, 'Many');
  for (let index = 0; index < 20; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
  const ledger = new InMemoryLedger(order([top]));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  google.afterWrite = async (op) => {
    if (op === 'copied' && copies(google).length === 5) await ledger.advance(['running'], 'canceling');
  };
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  const { state, found, counts, shares } = await ledger.snapshot();
  expect(state).toBe('canceled');
  expect(counts.verified).toBeGreaterThan(3);
  expect(counts.skipped).toBeGreaterThan(5);
  expect(counts.verified + counts.skipped).toBe(found);
  expect(shares.open).toBe(0);
  expect(google.items.get(top)!.readers.size).toBe(0);
});

it('cancels while folders are created: missing ones are canceled, not failed', async () => {
  const { google, drives, order } = setUp();
  const ledger = new InMemoryLedger(order([aTroublesomeFolder(google)]));
  google.afterWrite = async (op) => void (op === 'createFolder' && (await ledger.advance(['running'], 'canceling')));
  await runTransfer(ledger, drives);
  const { state, counts, failures } = await ledger.snapshot();
  expect({ state, failures }).toEqual({ state: 'canceled', failures: {} });
  expect([counts.verified, counts.skipped]).toEqual([1, 8]);
});

it('cancels: a copy whose worker died before recording it is in the report', async () => {
  const { google, drives, ledger } = await aKilledCopy();
  await ledger.advance(['running'], 'canceling');
  await new Transfer(ledger, drives).finish(signal);
  const { counts } = await ledger.snapshot();
  expect(copies(google).length).toBeGreaterThan(0);
  expect(counts).toMatchObject({ verified: copies(google).length, skipped: 2 - copies(google).length, copying: 0 });
});

it('an undo after a failure removes a copy whose worker died before recording it', async () => {
  const { google, drives, ledger } = await aKilledCopy();
  const transfer = new Transfer(ledger, drives);
  await transfer.fail({ code: 'internal', detail: 'A bug.' }, signal);
  expect(lines(google, BEN)).not.toEqual([]);
  await ledger.advance(['failed'], 'undoing');
  // What is refused once is searched for again by the next undo, and no copy is forgotten.
  google.before = failing('get', 1, () => refusal('google_refused'));
  await transfer.finish(signal);
  expect(await ledger.state()).toBe('failed');
  await ledger.advance(['failed'], 'undoing');
  await transfer.finish(signal);
  expect(await ledger.snapshot()).toMatchObject({ state: 'undone', counts: { copying: 0, waiting: 0 } });
  expect(lines(google, BEN)).toEqual([]);
});

it('a document gets its time although Google was unreachable for a while', async () => {
  const { google, drives, order } = setUp();
  const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'd' });
  const ledger = new InMemoryLedger(order([doc]));
  google.before = awayFrom('update');
  await expect(runTransfer(ledger, drives)).rejects.toMatchObject({ code: 'google_unavailable' });
  google.before = () => undefined;
  await runTransfer(ledger, drives);
  expect(copies(google).map(({ modifiedTime }) => modifiedTime)).toEqual([google.items.get(doc)!.modifiedTime]);
});

it('stops a relay that waits for the destination, without calling the file failed', async () => {
  const { google, drives, order, clock } = setUp();
  const id = google.put(ANA, { name: 'film', content: randomBytes(6 * 1024 * 1024), canCopy: false });
  const ledger = new InMemoryLedger(order([id]));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  google.before = failing('send', 1, () => refusal('google_unavailable'), 3);
  let stop: (continueRun: boolean) => void = () => undefined;
  ledger.progress = () => new Promise((answer) => (stop = answer));
  clock.sleep = async (_ms, wait) => {
    stop(false);
    while (!wait.aborted) await new Promise((next) => setImmediate(next));
    throw new DOMException('The operation was aborted.', 'AbortError'); // the message of timers, whatever the reason
  };
  await transfer.copy(0, signal);
  expect(await states(ledger)).toEqual({ film: 'waiting' });
});

class StoreAwayError extends CodedError<'service_unavailable'> {
  constructor() {
    super('service_unavailable', 'away');
  }
}

/** A process that can die. After its death it changes nothing, as if it had been killed. */
function aProcess(real: InMemoryLedger) {
  const death = new Error('killed');
  let dead = false;
  const ledger = new Proxy(real, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => (dead ? Promise.reject(death) : (value.apply(target, args) as unknown));
    },
  });
  return { ledger, die: () => ((dead = true), death) };
}

/** A hook after whose operation Google is unreachable. */
function awayFrom(op: string): Hook {
  let isAway = false;
  return (called) => {
    if (isAway || called === op) {
      isAway = true;
      throw refusal('google_unavailable');
    }
  };
}

/** A transfer of two files whose worker died after Google had made a copy, and before it could record that. */
async function aKilledCopy() {
  const { google, drives, order } = setUp();
  const ledger = new InMemoryLedger(order(['a', 'b'].map((name) => google.put(ANA, { name, content: name }))));
  const process = aProcess(ledger);
  const doomed = new Transfer(process.ledger, drives);
  await doomed.plan(signal);
  google.afterWrite = failing('copied', 1, () => process.die());
  await doomed.copy(0, signal).catch(() => undefined);
  google.afterWrite = () => undefined;
  return { google, drives, ledger };
}

/** A hook that lets the given number of calls of an operation fail, after the first `from` ones. */
function failing(
  op: string,
  times: number,
  error: () => Error | undefined,
  from = 0,
  also: (id: string) => void = () => undefined,
): Hook {
  let seen = 0;
  return (called, id) => {
    if (called !== op) return;
    seen++;
    if (seen <= from || seen > from + times) return;
    also(id);
    const failure = error();
    if (failure) throw failure;
  };
}

it('does not trash a folder with an item that was added to it, even if the listing does not show that yet', async () => {
  const { google, drives, order } = setUp();
  const top = google.folder(ANA, 'Work');
  const inner = google.folder(ANA, 'inner', top);
  google.put(ANA, { name: 'a', parent: inner, content: 'a' });
  const ledger = new InMemoryLedger(order([top], { mode: 'move' }));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  const late = google.put(ANA, { name: 'late', parent: inner, content: 'late' });
  google.record(late);
  const children = drives.source.children.bind(drives.source);
  drives.source.children = async (...args) => {
    const page = await children(...args);
    return { ...page, items: page.items.filter(({ id }) => id !== late) };
  };
  await copyAll(transfer, ledger);
  await transfer.finish(signal);
  expect(lines(google, ANA).map((line) => line.split(' | ')[0])).toEqual(['Work', 'Work/inner', 'Work/inner/late']);
  expect((await ledger.snapshot()).originals).toEqual({ trashed: 1, kept: 2 });
});

it('a move leaves the target of a shortcut where it is', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const outside = google.folder(ANA, 'elsewhere');
  const deep = google.put(ANA, { name: 'deep', parent: outside, content: 'd' });
  const far = google.put(ANA, { name: 'far', content: 'f' });
  const chosen = google.put(ANA, { name: 'link', mimeType: SHORTCUT, targetId: far });
  google.put(ANA, { name: 'to it', parent: top, mimeType: SHORTCUT, targetId: outside });
  const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
  await transfer([top, chosen], { shortcuts: 'follow', mode: 'move' });
  for (const id of [outside, deep, far]) expect(google.items.get(id)!.trashed).toBe(false);
  expect(google.items.get(a)!.trashed).toBe(true);
});

it('a move that a retry completes also trashes the folders', async () => {
  const { google, drives, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'a', parent: google.folder(ANA, 'inner', top), content: 'a' });
  google.before = (op) => {
    if (op === 'copy') throw refusal('source_flagged');
  };
  const ledger = await transfer([top], { mode: 'move' });
  google.before = () => undefined;
  await ledger.reopen();
  await ledger.advance(['completed_with_failures'], 'running');
  await runTransfer(ledger, drives);
  expect(lines(google, ANA)).toEqual([]);
  expect((await ledger.snapshot()).originals).toEqual({ trashed: 3, kept: 0 });
});

it('reports what a document lost whose conversion was found only at the end', async () => {
  const { google, drives, order } = setUp();
  const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'd', canCopy: false });
  const ledger = new InMemoryLedger(order([doc], { allowConversion: true }));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  google.afterWrite = (op) => {
    if (op === 'upload') throw new Error('the process dies');
  };
  await copyAll(transfer, ledger).catch(() => undefined);
  google.afterWrite = () => undefined;
  await transfer.finish(signal);
  expect((await ledger.item(0))!.outcome).toMatchObject({ way: 'export' });
  expect((await ledger.item(0))!.outcome.lossy?.length).toBeGreaterThan(0);
});

it.each(['in the next attempt', 'at the end'])(
  'a move keeps the original of a document that Google unexpectedly did not copy, if its conversion is found %s',
  async (when) => {
    const { google, drives, order } = setUp();
    const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'd' });
    const ledger = new InMemoryLedger(order([doc], { allowConversion: true, mode: 'move' }));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    google.before = (op) => {
      if (op === 'copy') throw refusal('cannot_copy');
    };
    google.afterWrite = (op) => {
      if (op === 'upload') throw new Error('the process dies');
    };
    await copyAll(transfer, ledger).catch(() => undefined);
    google.afterWrite = () => undefined;
    if (when === 'in the next attempt') await copyAll(transfer, ledger);
    await transfer.finish(signal);
    const { outcome } = (await ledger.item(0))!;
    expect(outcome).toMatchObject({ way: 'export', original: 'kept' });
    expect(outcome.lossy?.length).toBeGreaterThan(0);
    expect(google.items.get(doc)!.trashed).toBe(false);
  },
);

it('a shortcut replaces only a shortcut', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
  google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: a });
  google.put(ANA, { name: 'other', parent: top, mimeType: SHORTCUT, targetId: a });
  const there = google.folder(BEN, 'Work');
  const old = google.put(BEN, { name: 'link', parent: there, mimeType: SHORTCUT, targetId: there });
  const file = google.put(BEN, { name: 'other', parent: there, content: 'of Ben' });
  const ledger = await transfer([top], { conflict: 'replace' });
  expect(google.items.get(old)!.trashed).toBe(true);
  expect(google.items.get(file)!.trashed).toBe(false);
  expect((await ledger.snapshot()).plan!.conflicts).toEqual({ skipped: 0, replaced: 1, merged: 1 });
});

it.each(['skip', 'replace', 'newer'] as const)(
  'with %s, does not merge into a folder that is read-only',
  async (conflict) => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const folderId = google.put(CARL, { name: 'Target', mimeType: FOLDER, writers: new Set([BEN]) });
    const closed = google.put(CARL, {
      name: 'Work',
      mimeType: FOLDER,
      parent: folderId,
      limited: true,
      readers: new Map([[BEN, 'r']]),
    });
    const ledger = await transfer([top], { conflict, target: { folderId } });
    expect((await ledger.snapshot()).counts).toMatchObject({ verified: 2, failed: 0 });
    expect((await ledger.item(0))!.outcome.destinationId).not.toBe(closed);
    // The next transfer merges into the folder that this one created.
    const again = await transfer([top], { conflict, target: { folderId } });
    expect((await again.item(0))!.outcome).toMatchObject({
      destinationId: (await ledger.item(0))!.outcome.destinationId,
      way: 'merged',
    });
  },
);

it('in one Drive, a folder is never merged into the original of another one', async () => {
  const google = new InMemoryDrives();
  const drive = google.drive(ANA);
  const [one, two] = ['a', 'b'].map((name) => {
    const folder = google.folder(ANA, 'Work');
    google.put(ANA, { name, parent: folder, content: name });
    return folder;
  }) as [string, string];
  const empty = google.folder(ANA, 'Empty');
  const drives = { source: drive, destination: drive, clock: new SkippingClock() };
  const options = { conflict: 'replace', mode: 'move', target: { folderId: 'root' } } as const;
  const ledger = new InMemoryLedger(anOrder(drive.account, drive.account, [one, two, empty], options));
  await runTransfer(ledger, drives);
  expect((await ledger.snapshot()).plan!.conflicts).toEqual({ merged: 3, replaced: 0, skipped: 2 });
  expect([...google.items.values()].filter(({ trashed }) => trashed)).toEqual([]);
});

it('a move keeps the original of an item that was copied with loss', async () => {
  const { google, transfer } = setUp();
  const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'd', canCopy: false });
  const ledger = await transfer([doc], { allowConversion: true, mode: 'move' });
  expect(google.items.get(doc)!.trashed).toBe(false);
  expect((await ledger.item(0))!.outcome).toMatchObject({ way: 'export', original: 'kept' });
});

it('a canceled transfer leaves no copy that differs', async () => {
  const { google, drives, order } = setUp();
  const a = google.put(ANA, { name: 'a', content: 'a' });
  const ledger = new InMemoryLedger(order([a]));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  google.edit(a, { content: Buffer.from('changed') });
  const stop = new AbortController();
  google.afterWrite = (op) => {
    if (op === 'copied') stop.abort();
    if (op === 'copied') throw new Error('the process dies');
  };
  await copyAll(transfer, ledger, stop.signal).catch(() => undefined);
  google.afterWrite = () => undefined;
  await ledger.advance(['running'], 'canceling');
  await transfer.finish(signal);
  const { counts } = await ledger.snapshot();
  expect(lines(google, BEN)).toEqual([]);
  expect(counts.verified).toBe(0);
});

it('what a copy replaced is restored when the copy does not count', async () => {
  const { google, drives, order } = setUp();
  const a = google.put(ANA, { name: 'a', content: 'new' });
  const there = google.put(BEN, { name: 'a', content: 'old' });
  const ledger = new InMemoryLedger(order([a], { conflict: 'replace' }));
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  google.before = async (op, id) => {
    if (op === 'trash' && id === there) await ledger.settle((await ledger.item(0))!, 'skipped', { code: 'canceled' });
  };
  await copyAll(transfer, ledger);
  expect(lines(google, BEN).map((line) => line.split(' | ')[2])).toEqual(['old']);
});
