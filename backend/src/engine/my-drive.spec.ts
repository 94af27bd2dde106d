import { InMemoryDrives } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../test/support/run-transfer.js';
import type { Drives } from './ports/drive.js';
import type { TransferOrder } from './model/order.js';
import { Transfer } from './transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** Copies all of Ana's My Drive to Ben. */
function setUp(more: Partial<TransferOrder> = {}) {
  const google = new InMemoryDrives();
  const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const papers = google.folder(ANA, 'Papers');
  google.put(ANA, { name: 'in papers', parent: papers, content: 'a' });
  google.put(ANA, { name: 'loose', content: 'b' });
  const target = { folderId: 'root', newFolderName: 'From Ana' };
  const order = anOrder(drives.source.account, drives.destination.account, ['root'], { target, ...more });
  const ledger = new InMemoryLedger(order);
  const again = async (command: 'updating' | 'undoing') => {
    await ledger.advance(['completed'], command);
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
  };
  const arrived = () => google.tree([...google.items.values()].find(({ name }) => name === 'From Ana')!.id);
  return { google, drives, ledger, papers, again, arrived };
}

it('copies the items of My Drive without a folder of that name, inside Google', async () => {
  const { google, drives, ledger, arrived } = setUp();
  await runTransfer(ledger, drives);
  expect(arrived()).toEqual(google.tree(google.rootOf(ANA)));
  const snapshot = await ledger.snapshot();
  expect(snapshot).toMatchObject({
    state: 'completed',
    found: 3,
    names: ['My Drive'],
    ways: { server_copy: 2, relay: 0 },
  });
  expect(snapshot.shares).toEqual({ open: 0, withdrawn: 2 });
});

it('copies each top-level item once, even if selected as well or added between the two listings', async () => {
  const { google, drives, ledger, papers, arrived } = setUp({ sourceIds: ['root'] });
  Object.assign(ledger.order, { items: ['root', papers] });
  let isLate = false;
  google.before = (op, id) => {
    if (op !== 'childIds' || id !== google.rootOf(ANA) || isLate) return;
    isLate = true;
    google.put(ANA, { name: 'late', content: 'c' });
  };
  await runTransfer(ledger, drives);
  expect(isLate).toBe(true);
  expect(arrived()).toEqual(google.tree(google.rootOf(ANA)));
  expect((await ledger.snapshot()).plan?.changedMeanwhile).toEqual({ added: 1, removed: 0 });
});

it('copies more than the thousand items that can be selected individually', async () => {
  const { google, drives, ledger } = setUp();
  for (let file = 0; file < 1_200; file++) google.put(ANA, { name: `file ${file}`, content: 'x' });
  await runTransfer(ledger, drives);
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', found: 1_203, counts: { verified: 1_203 } });
});

it('moves every original to the trash, and keeps My Drive itself', async () => {
  const { google, drives, ledger } = setUp({ mode: 'move' });
  await runTransfer(ledger, drives);
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', originals: { trashed: 3, kept: 0 } });
  expect(google.items.get(google.rootOf(ANA))?.trashed).toBe(false);
  expect(google.tree(google.rootOf(ANA))).toEqual([]);
});

it('copies new top-level items, with and without the list of changes', async () => {
  const { google, drives, ledger, again, arrived } = setUp();
  await runTransfer(ledger, drives);
  const folder = google.folder(ANA, 'New folder');
  google.put(ANA, { name: 'in new folder', parent: folder, content: 'd' });
  await again('updating');
  expect(arrived()).toEqual(google.tree(google.rootOf(ANA)));
  expect((await ledger.snapshot()).delta).toMatchObject({ added: 2 });
  google.put(ANA, { name: 'newest', content: 'e' });
  const plan = (await ledger.snapshot()).plan!;
  await ledger.storeFacts({ plan: { ...plan, changesFrom: {} } });
  await again('updating');
  expect(arrived()).toEqual(google.tree(google.rootOf(ANA)));
  expect((await ledger.snapshot()).delta).toMatchObject({ added: 1, listedAnew: true });
});
