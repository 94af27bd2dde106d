import { FOLDER, InMemoryDrives, SHORTCUT } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger, type ShareUsers } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, SkippingClock } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import type { TransferOrder } from './model/order.js';
import type { DrivePermission, Role, SourceAccess } from './model/sharing.js';
import type { Drives } from './ports/drive.js';
import { TemporaryShares } from './temporary-shares.js';
import { Transfer } from './transfer.js';

const [ANA, BEN, CARL, DORA] = ['ana@old.example', 'ben@new.example', 'carl@old.example', 'dora@old.example'] as const;
const { signal } = new AbortController();

let google: InMemoryDrives;
let drives: Drives;
beforeEach(() => {
  google = new InMemoryDrives();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
});

const ledgerOf = (items: readonly string[], more: Partial<TransferOrder> = {}) =>
  new InMemoryLedger(
    anOrder(drives.source.account, drives.destination.account, items, { sharing: sharingOptions(), ...more }),
  );

/** Plans a transfer, as a preflight does. */
async function planned(items: readonly string[], more: Partial<TransferOrder> = {}) {
  const ledger = ledgerOf(items, { held: true, ...more });
  await new Transfer(ledger, drives).plan(signal);
  expect(await ledger.state()).toBe('ready');
  // The last calls read the target folder, because everyone who can open it can open the copies.
  expect(google.calls.splice(-2)).toEqual(['get', 'permissions']);
  return ledger;
}

const permission = (address: string, role: Role = 'reader', more: Partial<DrivePermission> = {}): DrivePermission => ({
  id: `user-${address}`,
  grantee: { type: 'user', address },
  role,
  ...more,
});
const shared = (...permissions: readonly DrivePermission[]) => ({
  permissions: new Map(permissions.map((each) => [each.id, each])),
});

/** The stored access by item: `address role`, and restrictions. */
async function kept(ledger: InMemoryLedger): Promise<Record<string, unknown>> {
  const lines: Record<string, unknown> = {};
  for (const { ordinal, access } of await ledger.sourceAccess(-1, 1_000))
    lines[(await ledger.item(ordinal))!.path] = lineOf(access);
  return lines;
}
const lineOf = ({ permissions, restrictions }: SourceAccess): unknown => {
  const people = permissions
    ?.map(({ grantee, role }) => `${grantee.address?.split('@')[0] ?? 'anyone'} ${role}`)
    .sort();
  return Object.keys(restrictions).length > 0 ? [people, restrictions] : people;
};

describe('a plan with sharing', () => {
  it('stores who can open selected items, and items that differ from their folder, without further requests', async () => {
    const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, ...shared(permission(CARL, 'writer')) });
    google.put(ANA, { name: 'same', parent: top });
    google.put(ANA, { name: 'more', parent: top, ...shared(permission(DORA)) });
    google.put(ANA, { name: 'higher', parent: top, ...shared(permission(DORA, 'commenter')) });
    const inner = google.put(ANA, { name: 'Inner', mimeType: FOLDER, parent: top, ...shared(permission(DORA)) });
    google.put(ANA, { name: 'same as Inner', parent: inner });
    google.put(ANA, {
      name: 'until tomorrow',
      parent: inner,
      ...shared(permission('eva@x.example', 'reader', { expiresAt: Date.now() + 86_400_000 })),
    });
    const alone = google.put(ANA, { name: 'alone' });

    const ledger = await planned([top, alone]);
    expect(await kept(ledger)).toEqual({
      Work: ['ana owner', 'carl writer'],
      'Work/more': ['ana owner', 'carl writer', 'dora reader'],
      'Work/higher': ['ana owner', 'carl writer', 'dora commenter'],
      'Work/Inner': ['ana owner', 'carl writer', 'dora reader'],
      'Work/Inner/until tomorrow': ['ana owner', 'carl writer', 'dora reader', 'eva reader'],
      alone: ['ana owner'],
    });
    expect(google.calls).not.toContain('permissions');

    const requests = google.calls.length;
    google.calls.length = 0;
    const without = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [top, alone], { held: true }),
    );
    await new Transfer(without, drives).plan(signal);
    expect(google.calls).toHaveLength(requests);
    expect(await without.sourceAccess(-1, 1)).toEqual([]);
  });

  it('omits the destination account, and people who only see that a limited folder exists', async () => {
    const top = google.put(ANA, {
      name: 'Work',
      mimeType: FOLDER,
      ...shared(permission(CARL), permission(BEN, 'writer')),
    });
    google.items.get(top)!.readers.set(BEN, 'temporary');
    const limited = google.put(ANA, { name: 'Limited', mimeType: FOLDER, parent: top, limited: true });
    google.put(ANA, { name: 'in it', parent: limited });
    google.put(ANA, { name: 'given to Ben', parent: top, ...shared(permission(BEN)) });
    expect(await kept(await planned([top]))).toEqual({
      Work: ['ana owner', 'carl reader'],
      'Work/Limited': [['ana owner'], { isLimited: true }],
    });
  });

  it('omits temporary shares of other transfers, and keeps what an owner gave to the same person', async () => {
    const users: ShareUsers = new Map();
    const above = google.folder(ANA, 'Above');
    const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, parent: above, ...shared(permission(CARL)) });
    const inner = google.put(ANA, { name: 'Inner', mimeType: FOLDER, parent: top });
    google.put(ANA, { name: 'in it', parent: inner });
    google.put(ANA, { name: 'Dora’s', parent: inner, ...shared(permission(DORA, 'commenter')) });
    const alone = google.put(ANA, { name: 'Dora reads it', ...shared(permission(DORA, 'reader')) });
    for (const [person, item] of [
      [DORA, above],
      ['eva@x.example', inner],
    ] as const) {
      const theirs = google.drive(person);
      const order = anOrder(drives.source.account, theirs.account, [item], { id: `to ${person}` });
      const shares = new TemporaryShares(new InMemoryLedger(order, users), { ...drives, destination: theirs });
      expect(await shares.access(item, signal)).toBe('own');
    }
    google.calls.length = 0;
    const ledger = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [top, alone], { sharing: sharingOptions() }),
      users,
    );
    await new Transfer(ledger, drives).plan(signal);
    expect(await kept(ledger)).toEqual({
      Work: ['ana owner', 'carl reader'],
      'Work/Inner/Dora’s': ['ana owner', 'carl reader', 'dora commenter'],
      'Dora reads it': ['ana owner', 'dora reader'],
    });
  });

  it('omits a share that is only announced, because it may exist', async () => {
    const users: ShareUsers = new Map();
    const file = google.put(ANA, { name: 'report' });
    const order = anOrder(drives.source.account, google.drive(DORA).account, [file], { id: 'to Dora' });
    await new InMemoryLedger(order, users).announceShare(file);
    await drives.source.grantReading(file, DORA, signal);
    const ledger = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [file], { sharing: sharingOptions() }),
      users,
    );
    await new Transfer(ledger, drives).plan(signal);
    expect(await kept(ledger)).toEqual({ report: ['ana owner'] });
  });

  it('stores restrictions of an item even if it has the permissions of its folder', async () => {
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'closed', parent: top, isClosedToReaders: true });
    const restrictions = {
      isClosedToSharing: true,
      download: { readers: true, writers: false },
      lock: { reason: 'final' },
    };
    google.put(ANA, { name: 'locked', parent: top, restrictions });
    expect(await kept(await planned([top]))).toEqual({
      Work: ['ana owner'],
      'Work/closed': [['ana owner'], { isClosedToCopying: true }],
      'Work/locked': [['ana owner'], restrictions],
    });
  });

  it('reads permissions that a list omitted once; those that the account cannot read are missing', async () => {
    const top = google.put(CARL, { name: 'Work', mimeType: FOLDER, ...shared(permission(ANA, 'writer')) });
    google.put(CARL, { name: 'left out', parent: top, ...shared(permission(DORA)) });
    google.put(CARL, { name: 'not for Ana to share', parent: top, restrictions: { isClosedToSharing: true } });
    const foreign = google.put(CARL, { name: 'Read only', mimeType: FOLDER, ...shared(permission(ANA)) });
    google.put(CARL, { name: 'in it', parent: foreign });
    google.isLeftOut = ({ name }) => name === 'left out';
    expect(await kept(await planned([top, foreign]))).toEqual({
      Work: ['ana writer', 'carl owner'],
      'Work/left out': ['ana writer', 'carl owner', 'dora reader'],
      'Work/not for Ana to share': [undefined, { isClosedToSharing: true }],
      'Read only': undefined,
    });
    // It tries for a selected item, because everything below inherits from it.
    expect(google.calls.filter((call) => call === 'permissions')).toHaveLength(2);
  });

  it('reads, in a shared drive, selected items, items with direct permissions, and limited folders', async () => {
    const drive = google.sharedDrive(ANA, [CARL]);
    const top = google.folder(ANA, 'Work', drive);
    google.put(ANA, { name: 'same', parent: top });
    google.put(ANA, { name: 'closed', parent: top, isClosedToReaders: true });
    google.put(ANA, { name: 'more', parent: top, ...shared(permission(DORA)) });
    google.put(ANA, { name: 'Limited', mimeType: FOLDER, parent: top, limited: true });
    expect(await kept(await planned([top]))).toEqual({
      Work: ['ana organizer', 'carl writer'],
      'Work/closed': [['ana organizer', 'carl writer'], { isClosedToCopying: true }],
      'Work/more': ['ana organizer', 'carl writer', 'dora reader'],
      'Work/Limited': [['ana organizer'], { isLimited: true }],
    });
    expect(google.calls.filter((call) => call === 'permissions')).toHaveLength(3);
  });

  it('compares the target of a followed shortcut, and items of all of My Drive, with the folder of their copies', async () => {
    const target = google.put(CARL, { name: 'elsewhere', ...shared(permission(ANA, 'writer')) });
    const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, ...shared(permission(DORA)) });
    google.put(ANA, { name: 'link', mimeType: SHORTCUT, parent: top, targetId: target });
    expect(await kept(await planned(['root'], { shortcuts: 'follow' }))).toEqual({
      Work: ['ana owner', 'dora reader'],
      'Work/link': ['ana writer', 'carl owner'],
    });
  });
});

describe('a delta run with sharing', () => {
  /** A finished transfer of a folder with files, the last of which is shared with Dora. */
  async function finished(more: Parameters<InMemoryDrives['put']>[1] = { name: 'Work' }) {
    const above = google.folder(ANA, 'Above');
    const top = google.put(ANA, { mimeType: FOLDER, parent: above, ...shared(permission(CARL, 'writer')), ...more });
    const inner = google.folder(ANA, 'Inner', top);
    const file = google.put(ANA, { name: 'file', parent: inner });
    const own = google.put(ANA, { name: 'own', parent: inner, ...shared(permission(DORA)) });
    const ledger = ledgerOf([top]);
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copied(transfer, ledger);
    return { above, top, inner, file, own, ledger };
  }
  async function updated(ledger: InMemoryLedger) {
    await ledger.advance(['completed'], 'updating');
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copied(transfer, ledger);
    return kept(ledger);
  }
  /** Ends the transfer without the steps that write access. */
  async function copied(transfer: Transfer, ledger: InMemoryLedger): Promise<void> {
    await copyAll(transfer, ledger);
    expect(await ledger.advance(['running'], 'completed')).toBe(true);
  }
  const share = (id: string, ...permissions: readonly DrivePermission[]) => google.edit(id, shared(...permissions));

  it('reads items again that were shared with more or fewer people, or in another role', async () => {
    const { file, own, ledger } = await finished();
    share(file, permission('eva@old.example', 'commenter'));
    share(own);
    expect(await updated(ledger)).toEqual({
      Work: ['ana owner', 'carl writer'],
      'Work/Inner/file': ['ana owner', 'carl writer', 'eva commenter'],
      'Work/Inner/own': ['ana owner', 'carl writer'],
    });
    share(file, permission('eva@old.example', 'writer'));
    expect(await updated(ledger)).toMatchObject({ 'Work/Inner/file': ['ana owner', 'carl writer', 'eva writer'] });
  });

  it('reads restrictions of changed items again', async () => {
    const { file, ledger } = await finished();
    google.edit(file, { restrictions: { lock: {} } });
    expect(await updated(ledger)).toMatchObject({ 'Work/Inner/file': [['ana owner', 'carl writer'], { lock: {} }] });
    google.edit(file, { restrictions: {} });
    expect(await updated(ledger)).toMatchObject({ 'Work/Inner/file': ['ana owner', 'carl writer'] });
  });

  it('lists everything below a folder that lost a permission, because an item may have kept it', async () => {
    const { top, file, ledger } = await finished();
    share(file, permission(CARL, 'writer')); // as its folder
    expect(Object.keys(await updated(ledger))).not.toContain('Work/Inner/file');
    share(top, permission('eva@old.example'));
    expect(await updated(ledger)).toEqual({
      Work: ['ana owner', 'eva reader'],
      'Work/Inner/file': ['ana owner', 'carl writer', 'eva reader'],
      'Work/Inner/own': ['ana owner', 'dora reader', 'eva reader'],
    });
  });

  it('detects a folder’s loss of permissions again after a crash, until everything below is stored', async () => {
    const { top, file, ledger } = await finished();
    share(file, permission(CARL, 'writer'));
    await updated(ledger);
    share(top);
    const note = ledger.storeSourceAccess.bind(ledger);
    let hasCrashed = false;
    ledger.storeSourceAccess = async (found, plan) => {
      if (hasCrashed) return note(found, plan);
      hasCrashed = true;
      await note(new Map([...found].slice(0, 1)), plan);
      throw new Error('crash');
    };
    await ledger.advance(['completed'], 'updating');
    await expect(new Transfer(ledger, drives).plan(signal)).rejects.toThrow('crash');
    await new Transfer(ledger, drives).plan(signal);
    expect(await kept(ledger)).toEqual({
      Work: ['ana owner'],
      'Work/Inner/file': ['ana owner', 'carl writer'],
      'Work/Inner/own': ['ana owner', 'dora reader'],
    });
  });

  it('detects that the folder above a selected item was shared', async () => {
    const { above, ledger } = await finished();
    share(above, permission('eva@old.example'));
    expect(await updated(ledger)).toMatchObject({ Work: ['ana owner', 'carl writer', 'eva reader'] });
  });

  it('compares new items with the present access of their folder', async () => {
    const { top, inner, ledger } = await finished();
    share(top, permission('eva@old.example'));
    google.put(ANA, { name: 'new', parent: inner });
    google.put(ANA, { name: 'new and shared', parent: inner, ...shared(permission(DORA)) });
    expect(await updated(ledger)).toEqual({
      Work: ['ana owner', 'eva reader'],
      'Work/Inner/own': ['ana owner', 'dora reader', 'eva reader'],
      'Work/Inner/new and shared': ['ana owner', 'dora reader', 'eva reader'],
    });
  });

  it('does the same if Google’s list of changes has expired', async () => {
    const { file, ledger } = await finished();
    const { plan } = await ledger.snapshot();
    await ledger.storeFacts({ plan: { ...plan!, changesFrom: {} } });
    share(file, permission(DORA));
    expect(await updated(ledger)).toMatchObject({ 'Work/Inner/file': ['ana owner', 'carl writer', 'dora reader'] });
  });
});
