import { FOLDER, InMemoryDrives } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, SkippingClock } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import type { TransferOrder } from './model/order.js';
import type { DrivePermission, PeopleLine, Role } from './model/sharing.js';
import type { Drives } from './ports/drive.js';
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
