import { FOLDER, InMemoryDrives } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, SkippingClock } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import type { TransferOrder } from './model/order.js';
import type { DrivePermission, PeopleLine, Role } from './model/sharing.js';
import type { Drives } from './ports/drive.js';
import { DriveError } from './errors.js';
import { Transfer } from './transfer.js';

const [ANA, BEN, CARL, DORA] = ['ana@old.example', 'ben@new.example', 'carl@old.example', 'dora@old.example'] as const;
const { signal } = new AbortController();

let google: InMemoryDrives;
let drives: Drives;
beforeEach(() => {
  google = new InMemoryDrives();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
});

const permission = (address: string, role: Role = 'reader'): DrivePermission => ({
  id: `user-${address}`,
  grantee: { type: 'user', address },
  role,
});
const shared = (...permissions: readonly DrivePermission[]) => ({
  permissions: new Map(permissions.map((each) => [each.id, each])),
});

async function planned(items: readonly string[], people: readonly PeopleLine[], more: Partial<TransferOrder> = {}) {
  const order = anOrder(drives.source.account, drives.destination.account, items, {
    sharing: sharingOptions({ lines: people.length }),
    held: true,
    ...more,
  });
  const ledger = new InMemoryLedger(order, new Map(), people);
  await new Transfer(ledger, drives).plan(signal);
  expect(await ledger.state()).toBe('ready');
  return ledger;
}
const factsOf = async (ledger: InMemoryLedger) => (await ledger.snapshot()).plan?.access;

/** `address change`, with the mapped address. */
const rowsOf = async (ledger: InMemoryLedger) =>
  (await ledger.accessTable(0, 100)).map(
    ({ grantee, becomes, change }) => `${grantee.address} → ${becomes?.address ?? 'nobody'}: ${change}`,
  );

/** A folder of Ana's that Carl can edit, with two files; Dora can read one of them. */
function aTree(): string {
  const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, ...shared(permission(CARL, 'writer')) });
  google.put(ANA, { name: 'one', parent: top });
  google.put(ANA, { name: 'two', parent: top, ...shared(permission(DORA)) });
  return top;
}

it('counts who can open originals and copies, and lists every grantee', async () => {
  const people = [
    { line: 1, from: CARL, to: 'carl@new.example' },
    { line: 2, from: '@gone.example', to: null },
    { line: 3, from: DORA, to: null },
  ];
  const ledger = await planned([aTree()], people);
  expect(await factsOf(ledger)).toEqual({
    items: 1,
    permissions: 1,
    counts: { gains: 0, loses: 2, less: 0, keeps: 1 },
    refused: 0,
    target: 1,
    warnings: [{ code: 'unused_line', line: 2, from: '@gone.example' }],
    warningCount: 1,
  });
  expect(await rowsOf(ledger)).toEqual([
    `${ANA} → nobody: loses`,
    `${DORA} → nobody: loses`,
    `${CARL} → carl@new.example: keeps`,
  ]);
});

it('lists who can open the copies because they can open the target folder', async () => {
  const folderId = google.put(BEN, { name: 'Archive', mimeType: FOLDER, ...shared(permission('eve@new.example')) });
  const ledger = await planned([aTree()], [], { target: { folderId } });
  expect(await factsOf(ledger)).toMatchObject({ counts: { gains: 1, loses: 1, keeps: 2 }, target: 2, permissions: 2 });
  expect((await ledger.accessTable(0, 1))[0]).toMatchObject({
    grantee: { address: 'eve@new.example' },
    change: 'gains',
    reasons: [{ code: 'target_folder', items: 3 }],
  });
});

it('does not count skipped items, because they have no copy', async () => {
  const top = aTree();
  google.put(ANA, {
    name: 'locked',
    parent: top,
    canCopy: false,
    canDownload: false,
    ...shared(permission('x@y.example')),
  });
  const ledger = await planned([top], []);
  expect((await ledger.snapshot()).counts.skipped).toBe(1);
  expect((await rowsOf(ledger)).join()).not.toContain('x@y.example');
});

it('counts nothing if sharing is not carried over', async () => {
  const order = anOrder(drives.source.account, drives.destination.account, [aTree()], { held: true });
  const ledger = new InMemoryLedger(order);
  await new Transfer(ledger, drives).plan(signal);
  expect(await factsOf(ledger)).toBeUndefined();
  expect(await ledger.accessTable(0, 1)).toEqual([]);
});

it('lists at most a hundred warnings, with their total', async () => {
  const people = Array.from({ length: 150 }, (_, index) => ({
    line: index + 1,
    from: `p${index}@x.example`,
    to: null,
  }));
  const facts = await factsOf(await planned([aTree()], people));
  expect(facts?.warnings).toHaveLength(100);
  expect(facts?.warningCount).toBe(150);
});

describe('what the target folder contains already', () => {
  const target = () => google.put(BEN, { name: 'Archive', mimeType: FOLDER });
  const gains = async (ledger: InMemoryLedger) =>
    (await ledger.accessTable(0, 100))
      .filter(({ change }) => change === 'gains')
      .map(({ grantee, now, after, reasons }) => ({ who: grantee.address, now, after, reasons }));
  const mergedPlan = (folderId: string, items: readonly string[], people: readonly PeopleLine[] = []) =>
    planned(items, people, { target: { folderId }, conflict: 'replace' });

  it('lists who can open the copies because they can open the folder that they are merged into', async () => {
    const folderId = target();
    const work = google.put(BEN, {
      name: 'Work',
      mimeType: FOLDER,
      parent: folderId,
      ...shared(permission('eve@new.example'), permission(CARL, 'reader')),
    });
    google.put(BEN, { name: 'Inner', mimeType: FOLDER, parent: work, ...shared(permission(DORA, 'writer')) });
    const top = aTree();
    google.put(ANA, { name: 'deep', parent: google.put(ANA, { name: 'Inner', mimeType: FOLDER, parent: top }) });

    const ledger = await mergedPlan(folderId, [top]);

    expect(await gains(ledger)).toEqual([
      {
        who: 'eve@new.example',
        now: {},
        after: { reader: 5 },
        reasons: [{ code: 'existing_folder', items: 5, folder: 'Work' }],
      },
      {
        who: DORA,
        now: {},
        after: { writer: 2 },
        reasons: [{ code: 'existing_folder', items: 2, folder: 'Work/Inner' }],
      },
    ]);
    // Dora keeps the file that is shared with her; Carl stays a writer.
    expect(await factsOf(ledger)).toMatchObject({ counts: { gains: 2, loses: 1, less: 0, keeps: 2 }, warnings: [] });
  });

  it('says that a person can open several folders', async () => {
    const folderId = target();
    const tops = ['One', 'Two'].map((name) => {
      google.put(BEN, { name, mimeType: FOLDER, parent: folderId, ...shared(permission('eve@new.example')) });
      return google.put(ANA, { name, mimeType: FOLDER });
    });
    expect(await gains(await mergedPlan(folderId, tops))).toMatchObject([
      { reasons: [{ code: 'existing_folder', items: 2, folder: 'One', isMore: true }] },
    ]);
  });

  it('lists who can open a copy because they can open the item that it replaces', async () => {
    const folderId = target();
    google.put(BEN, {
      name: 'report',
      parent: folderId,
      content: 'old',
      ...shared(permission('eve@new.example', 'commenter')),
    });
    const ledger = await mergedPlan(folderId, [google.put(ANA, { name: 'report', content: 'new' })]);
    expect(await gains(ledger)).toEqual([
      { who: 'eve@new.example', now: {}, after: { commenter: 1 }, reasons: [{ code: 'replaced_item', items: 1 }] },
    ]);
  });

  it('counts a limited folder that is merged into an open one, and an open one that is merged into a limited one', async () => {
    const folderId = google.put(BEN, { name: 'Archive', mimeType: FOLDER, ...shared(permission('eve@new.example')) });
    google.put(BEN, { name: 'Open', mimeType: FOLDER, parent: folderId });
    google.put(BEN, {
      name: 'Closed',
      mimeType: FOLDER,
      parent: folderId,
      limited: true,
      ...shared(permission('fay@new.example')),
    });
    const open = google.put(ANA, { name: 'Open', mimeType: FOLDER, limited: true });
    const closed = google.put(ANA, { name: 'Closed', mimeType: FOLDER });
    const inner = google.put(ANA, { name: 'x', mimeType: FOLDER, parent: closed });
    google.put(ANA, { name: 'y', parent: inner });
    const ledger = await mergedPlan(folderId, [open, closed]);
    expect(await gains(ledger)).toMatchObject([
      { who: 'fay@new.example', after: { reader: 3 }, reasons: [{ code: 'existing_folder', folder: 'Closed' }] },
      { who: 'eve@new.example', after: { reader: 1 }, reasons: [{ code: 'existing_folder', folder: 'Open' }] },
    ]);
  });

  it('says who loses access because the existing folder is limited', async () => {
    const folderId = target();
    const there = google.put(BEN, { name: 'Work', mimeType: FOLDER, parent: folderId });
    google.put(BEN, { name: 'Inner', mimeType: FOLDER, parent: there, limited: true });
    const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, ...shared(permission(CARL, 'writer')) });
    google.put(ANA, { name: 'deep', parent: google.put(ANA, { name: 'Inner', mimeType: FOLDER, parent: top }) });
    const ledger = await mergedPlan(folderId, [top]);
    expect((await ledger.accessTable(0, 100)).find(({ grantee }) => grantee.address === CARL)).toMatchObject({
      now: { writer: 3 },
      after: { writer: 1 },
      change: 'less',
      reasons: [{ code: 'merged_folder', items: 2 }],
    });
  });

  it('reads each merged folder and replaced item once, and nothing else', async () => {
    const folderId = target();
    const there = google.put(BEN, { name: 'Work', mimeType: FOLDER, parent: folderId });
    google.put(BEN, { name: 'one', parent: there, content: 'old' });
    google.put(BEN, { name: 'beside', parent: there });
    const top = aTree();
    const read: string[] = [];
    google.before = async (op, id) => void (op === 'get' || op === 'permissions' ? read.push(id) : undefined);
    await mergedPlan(folderId, [top]);
    const those = new Set([
      there,
      [...google.items.values()].find(({ name, parent }) => name === 'one' && parent === there)!.id,
    ]);
    expect(read.filter((id) => those.has(id)).sort()).toEqual([...those].sort());
  });

  it('warns of folders whose permissions the destination may not read', async () => {
    const folderId = target();
    const there = google.put('boss@new.example', {
      name: 'Work',
      mimeType: FOLDER,
      parent: folderId,
      restrictions: { isClosedToSharing: true },
      writers: new Set([BEN]),
    });
    google.before = async (op, id) => {
      if (op === 'permissions' && id === there) throw new DriveError('source_permission_denied');
    };
    expect((await factsOf(await mergedPlan(folderId, [aTree()])))?.warnings).toEqual(
      expect.arrayContaining([{ code: 'existing_unreadable', items: 1 }]),
    );
  });
});

it('counts what the settings of the target’s shared drive refuse, and who loses access by that', async () => {
  const drive = google.sharedDrive(BEN, [], { domainUsersOnly: true });
  const ledger = await planned([aTree()], [{ line: 1, from: DORA, to: 'dora@new.example' }], {
    target: { folderId: drive },
  });
  expect(await factsOf(ledger)).toMatchObject({
    refused: 1,
    permissions: 2,
    counts: { gains: 0, loses: 2, less: 0, keeps: 1 },
  });
  expect((await ledger.accessTable(0, 100)).find(({ grantee }) => grantee.address === CARL)).toMatchObject({
    ...{ now: { writer: 3 }, after: {}, change: 'loses' },
    reasons: [{ code: 'shared_drive_restricted', items: 3 }],
  });
});

it('counts items whose permissions the source may not read, and those below that have none of their own', async () => {
  const top = google.put('boss@x.example', { name: 'Theirs', mimeType: FOLDER, readers: new Map([[ANA, 'ana']]) });
  google.put('boss@x.example', { name: 'one', parent: top });
  google.put('boss@x.example', {
    name: 'two',
    parent: google.put('boss@x.example', { name: 'In', mimeType: FOLDER, parent: top }),
  });
  expect((await factsOf(await planned([top, aTree()], [])))?.warnings).toEqual([{ code: 'unreadable', items: 4 }]);
});
