import { recordsOf } from '../model/records.js';
import { FOLDER, InMemoryDrives } from '../../../test/support/in-memory-drive.js';
import { InMemoryLedger, type ShareUsers } from '../../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../../test/support/run-transfer.js';
import { sharingOptions } from '../../../test/support/sharing.js';
import { DriveError, PermissionRefusedError } from '../errors.js';
import type { TransferOrder } from '../model/order.js';
import type { DrivePermission, GranteeType, Role, SharingOptions } from '../model/sharing.js';
import type { TransferState } from '../model/states.js';
import type { Drives } from '../ports/drive.js';
import { TemporaryShares } from '../temporary-shares.js';
import { Transfer } from '../transfer.js';

const [ANA, BEN] = ['ana@old.example', 'ben@new.example'] as const;
const [CARL, DORA, EVA] = ['carl@old.example', 'dora@old.example', 'eva@else.example'] as const;
const BOTH = { readers: true, writers: true };
const { signal } = new AbortController();

let google: InMemoryDrives;
let clock: SkippingClock;
let drives: Drives;
beforeEach(() => {
  google = new InMemoryDrives();
  clock = new SkippingClock();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
});

const ledgerOf = (items: string[], more: Partial<TransferOrder> = {}, options: Partial<SharingOptions> = {}) =>
  new InMemoryLedger(
    anOrder(drives.source.account, drives.destination.account, items, { sharing: sharingOptions(options), ...more }),
  );
async function transferred(items: string[], more: Partial<TransferOrder> = {}, options: Partial<SharingOptions> = {}) {
  const ledger = ledgerOf(items, more, options);
  await runTransfer(ledger, drives);
  return ledger;
}
/** A delta run that has copied what is new. */
async function updating(ledger: InMemoryLedger, after: TransferState = 'completed'): Promise<Transfer> {
  await ledger.advance([after], 'updating');
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  await copyAll(transfer, ledger);
  return transfer;
}
async function updated(ledger: InMemoryLedger, after?: TransferState): Promise<void> {
  const transfer = await updating(ledger, after);
  await transfer.finish(signal);
}
async function undone(ledger: InMemoryLedger): Promise<void> {
  await ledger.advance(['completed', 'canceled'], 'undoing');
  await new Transfer(ledger, drives).finish(signal);
  expect(await ledger.state()).toBe('undone');
}

const given = (
  address: string,
  role: Role = 'reader',
  more: Partial<DrivePermission> = {},
  type: GranteeType = 'user',
): DrivePermission => ({
  id: address ? `${type}-${address}` : more.isDiscoverable ? 'anyone' : 'anyoneWithLink',
  grantee: { type, ...(address && { address }) },
  role,
  ...more,
});
const shared = (...permissions: DrivePermission[]) => ({
  permissions: new Map(permissions.map((each) => [each.id, each])),
});
const folder = (name: string, parent?: string, ...permissions: DrivePermission[]) =>
  google.put(ANA, { name, mimeType: FOLDER, ...(parent && { parent }), ...shared(...permissions) });
const file = (name: string, parent?: string, ...permissions: DrivePermission[]) =>
  google.put(ANA, { name, content: name, ...(parent && { parent }), ...shared(...permissions) });

const copies = () =>
  [...google.items.values()].filter(({ owner, parent, trashed }) => owner === BEN && parent && !trashed);
const copyOf = (name: string) => copies().find((item) => item.name === name)!;
const lineOf = ({ grantee, role, expiresAt }: DrivePermission) =>
  `${grantee.address?.split('@')[0] ?? 'anyone'} ${role}${expiresAt ? ' until' : ''}`;
/** The direct permissions of each copy. */
const direct = () =>
  Object.fromEntries(
    copies()
      .filter(({ permissions }) => permissions.size > 0)
      .map(({ name, permissions }) => [name, [...permissions.values()].map(lineOf).sort()]),
  );
const opens = (name: string, email: string) => google.canRead(copyOf(name), email);
const counts = async (ledger: InMemoryLedger) => {
  const { wanted, equal, narrower, wider, waiting } = (await ledger.snapshot()).sharing!;
  expect(wanted).toBe(equal + narrower + wider + waiting);
  return { equal, narrower, wider, waiting };
};
const outcomes = async (ledger: InMemoryLedger) => {
  const found: Record<string, string[]> = {};
  for (const { ordinal, grants, restrictions } of await ledger.accessRecords(-1, 1_000))
    found[(await ledger.item(ordinal))!.name] = [
      ...grants.map(({ grantee, outcome, code }) =>
        [grantee.address?.split('@')[0] ?? 'anyone', outcome, code].filter(Boolean).join(' '),
      ),
      ...(restrictions ? [[restrictions.state, restrictions.code].filter(Boolean).join(' ')] : []),
    ];
  return found;
};
const requests = (op: string) => google.calls.filter((call) => call === op).length;

describe('a copy', () => {
  it('is open to the same people as its original, with direct permissions only where the original differs from its folder', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    file('same', top);
    file('more', top, given(DORA, 'commenter'), given('team@old.example', 'reader', {}, 'group'));
    const inner = folder('Inner', top, given('', 'reader', {}, 'anyone'), given('old.example', 'reader', {}, 'domain'));
    file('in it', inner);
    const ledger = await transferred([top]);
    expect(direct()).toEqual({
      Work: ['carl writer'],
      more: ['dora commenter', 'team reader'],
      Inner: ['anyone reader', 'old.example reader'],
    });
    expect(await counts(ledger)).toEqual({ equal: 5, narrower: 0, wider: 0, waiting: 0 });
    expect(requests('grant')).toBe(5);
    // The target folder during the count and now, and every copy with direct permissions.
    expect(requests('permissions')).toBe(2 + 3);
    expect(google.mails).toEqual([]);
    expect(await ledger.state()).toBe('completed');
  });

  it('gets no permissions and causes no requests if sharing is not carried over', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    await runTransfer(new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top])), drives);
    expect(direct()).toEqual({});
    expect(requests('grant') + requests('permissions')).toBe(0);
  });

  it('is open until the original’s permission expires', async () => {
    const expiresAt = Date.now() + 86_400_000;
    await transferred([file('report', undefined, given(CARL, 'reader', { expiresAt }))]);
    expect([...copyOf('report').permissions.values()]).toMatchObject([{ role: 'reader', expiresAt }]);
  });

  it('gets its access if it is relayed, too', async () => {
    await transferred([google.put(ANA, { name: 'closed', canCopy: false, ...shared(given(CARL)) })]);
    expect(requests('create')).toBe(1);
    expect(direct()).toEqual({ closed: ['carl reader'] });
  });

  it('reports permissions that Google refuses with the reason, and does not fail', async () => {
    google.refusalOf = (_, { grantee }) => (grantee.address === EVA ? 'domain_forbids_sharing_out' : undefined);
    const ledger = await transferred([file('report', undefined, given(CARL), given(EVA))]);
    expect(await outcomes(ledger)).toEqual({ report: ['carl equal', 'eva narrower domain_forbids_sharing_out'] });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { failed: 0, verified: 1 } });
  });

  it('is announced by e-mail only to addresses without an account, and only if the user agreed', async () => {
    let isAsked = false;
    google.refusalOf = (_, { grantee }) => {
      isAsked = !isAsked && grantee.address === EVA;
      return isAsked ? 'no_google_account' : undefined;
    };
    const ids = [file('report', undefined, given(CARL), given(EVA))];
    expect(await outcomes(await transferred(ids, { target: { folderId: 'root', newFolderName: 'without' } }))).toEqual({
      report: ['carl equal', 'eva narrower no_google_account'],
    });
    expect(google.mails).toEqual([]);
    isAsked = false;
    expect(await outcomes(await transferred(ids, {}, { notify: true }))).toEqual({
      report: ['carl equal', 'eva equal'],
    });
    expect(google.mails).toEqual([EVA]);
  });
});

describe('a permission with an e-mail whose response is lost', () => {
  /** The request without an e-mail is refused; that with one is sent, and its response lost. */
  const losing = (moment: 'before' | 'after') => {
    google.refusalOf = () => (google.mails.length + requests('grant') === 1 ? 'no_google_account' : undefined);
    const lose = (op: string) => {
      if (op === 'grant' && requests('grant') === 2) throw new DriveError('ambiguous_write', { side: 'destination' });
    };
    if (moment === 'before') google.before = lose;
    else google.afterWrite = lose;
  };

  it('is found on the copy, known as CloudMover’s, and not sent again', async () => {
    losing('after');
    const original = file('report', undefined, given(EVA));
    const ledger = await transferred([original], {}, { notify: true });
    expect(google.mails).toEqual([EVA]);
    expect(await outcomes(ledger)).toEqual({ report: ['eva equal'] });
    google.afterWrite = () => undefined;
    google.edit(original, shared());
    await updated(ledger);
    expect(direct()).toEqual({});
  });

  it('is reported as refused if it is not there after a while', async () => {
    losing('before');
    const ledger = await transferred([file('report', undefined, given(EVA))], {}, { notify: true });
    expect(clock.slept).toBeGreaterThan(0);
    expect(google.mails).toEqual([]);
    expect(await outcomes(ledger)).toEqual({ report: ['eva narrower refused'] });
  });
});

describe('an address that is an alias', () => {
  const FRED = 'fred@new.example';
  beforeEach(() => google.aliases.set(CARL, FRED));

  it('gives its person access, without a wait, and the person keeps it in later runs', async () => {
    const original = file('report', undefined, given(CARL), given(DORA));
    const ledger = await transferred([original]);
    expect(direct()).toEqual({ report: ['dora reader', 'fred reader'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl equal', 'dora equal'] });
    expect(clock.slept).toBe(0);
    google.edit(original, shared(given(CARL, 'writer'), given(DORA)));
    await updated(ledger);
    expect(direct()).toEqual({ report: ['dora reader', 'fred writer'] });
    google.edit(original, shared(given(DORA)));
    await updated(ledger);
    expect(direct()).toEqual({ report: ['dora reader'] });
  });

  it('and its primary address are one person, with the higher role, until the last of the two ends', async () => {
    const original = file('report', undefined, given(CARL, 'writer'), given(FRED));
    const ledger = await transferred([original]);
    expect(direct()).toEqual({ report: ['fred writer'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl equal', 'fred equal'] });
    google.edit(original, shared(given(FRED)));
    await updated(ledger);
    expect(direct()).toEqual({ report: ['fred reader'] });
    expect(await outcomes(ledger)).toEqual({ report: ['fred equal'] });
  });
});

describe('access beyond the wanted one', () => {
  it('is reverted at once: a higher role, an ignored expiry, another grantee', async () => {
    google.afterWrite = (op, id) => {
      if (op !== 'grant') return;
      google.afterWrite = () => undefined;
      const { permissions } = google.items.get(id)!;
      permissions.set(`user-${CARL}`, given(CARL, 'writer'));
      permissions.set(`user-${EVA}`, given(EVA));
    };
    const ledger = await transferred([file('report', undefined, given(CARL))]);
    expect(direct()).toEqual({ report: ['carl reader'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl wider reverted', 'eva wider reverted'] });
    expect(await counts(ledger)).toEqual({ equal: 0, narrower: 0, wider: 2, waiting: 0 });
  });

  it('is removed while Google accepts no changes, and the wanted role given afterwards', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(DORA)) });
    const work = folder('Work', undefined, given(CARL, 'commenter'), given(DORA, 'commenter'));
    let isLimited = false;
    google.afterWrite = (op, id) => {
      const { name, permissions } = google.items.get(id)!;
      if (isLimited || name !== 'Work' || permissions.get(`user-${CARL}`)?.role !== 'commenter') return;
      if (permissions.get(`user-${DORA}`)?.role !== 'commenter') return;
      isLimited = true;
      for (const who of [CARL, DORA]) permissions.set(`user-${who}`, given(who, 'writer'));
      permissions.set(`user-${EVA}`, given(EVA));
    };
    google.before = (op) => {
      if (op === 'changePermission' && isLimited)
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    const ledger = await transferred([work], { conflict: 'skip' });
    expect(await ledger.state()).toBe('waiting_quota');
    expect(direct()).toEqual({});
    expect(await counts(ledger)).toMatchObject({ waiting: 2, wider: 1 });
    google.before = () => undefined;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toEqual({ Work: ['carl commenter', 'dora commenter'] });
    expect(await ledger.state()).toBe('completed');
    expect(await counts(ledger)).toEqual({ equal: 2, narrower: 0, wider: 1, waiting: 0 });
  });

  it('does not stay open because the original lost it while Google accepts no changes', async () => {
    const original = file('report', undefined, given(CARL, 'writer'));
    const ledger = await transferred([original]);
    google.edit(original, shared(given(CARL)));
    google.before = (op) => {
      if (op === 'changePermission')
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    await updated(ledger);
    expect(await ledger.state()).toBe('waiting_quota');
    expect(direct()).toEqual({});
    google.before = () => undefined;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toEqual({ report: ['carl reader'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl equal'] });
  });

  it('stays if it is inherited from the target folder, as listed before the start', async () => {
    const target = google.put(BEN, { name: 'Target', mimeType: FOLDER, ...shared(given(CARL, 'writer')) });
    const ledger = await transferred([file('report', undefined, given(CARL), given(DORA))], {
      target: { folderId: target },
    });
    expect(direct()).toEqual({ Target: ['carl writer'], report: ['dora reader'] });
    expect(await counts(ledger)).toMatchObject({ wider: 0, narrower: 0 });
  });
});

describe('a limited folder', () => {
  function limitedTree() {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    const secret = google.put(ANA, {
      name: 'Secret',
      mimeType: FOLDER,
      parent: top,
      limited: true,
      ...shared(given(DORA)),
    });
    file('in it', secret, given(EVA));
    return top;
  }

  it('is limited before anything is in it, and before anyone gets access above it', async () => {
    const steps: string[] = [];
    google.before = (op) => {
      if (op === 'copy') expect(copyOf('Secret').limited).toBe(true);
    };
    google.afterWrite = (op, id) => {
      const { name } = google.items.get(id)!;
      if (op === 'grant' || op === 'restrict') steps.push(`${op} ${name}`);
      if (name === 'Work' && op === 'grant') expect(copyOf('Secret').limited).toBe(true);
    };
    const ledger = await transferred([limitedTree()]);
    expect(steps).toEqual(['restrict Secret', 'grant Secret', 'restrict Secret', 'grant Work', 'grant in it']);
    expect([opens('in it', CARL), opens('in it', DORA), opens('in it', EVA)]).toEqual([false, true, true]);
    expect(await outcomes(ledger)).toEqual({
      Work: ['carl equal'],
      Secret: ['dora equal', 'applied'],
      'in it': ['eva equal'],
    });
  });

  it.each(['canceled', 'failed'] as const)('that a later run adds stays closed if that run is %s', async (end) => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    const ledger = await transferred([top]);
    const secret = google.put(ANA, { name: 'Secret', mimeType: FOLDER, parent: top, limited: true, ...shared() });
    file('in it', secret);
    const transfer = await updating(ledger);
    expect(opens('in it', BEN)).toBe(true);
    expect(opens('in it', CARL)).toBe(false);
    await ledger.advance(['running', 'finishing'], end === 'failed' ? 'failed' : 'canceling');
    if (end === 'canceled') await transfer.finish(signal);
    expect(await ledger.state()).toBe(end);
    expect(opens('in it', CARL)).toBe(false);
  });

  it('does not fail if Google does not limit it, and is not limited if access is left out', async () => {
    google.before = (op) => {
      if (op === 'restrict') throw new DriveError('google_refused', { side: 'destination' });
    };
    const ids = [limitedTree()];
    const ledger = await transferred(ids, { target: { folderId: 'root', newFolderName: 'one' } });
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { failed: 0, verified: 3 } });
    expect(opens('in it', CARL)).toBe(false);
    google.before = () => undefined;
    google.calls.length = 0;
    await runTransfer(new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, ids)), drives);
    expect(requests('restrict')).toBe(0);
  });

  it('that Google does not limit stays closed, because permissions above it are withheld', async () => {
    const destination = drives.destination;
    const restrict = destination.restrict.bind(destination);
    destination.restrict = async (id, changes, ...rest) => {
      await restrict(id, changes, ...rest);
      google.edit(id, { limited: false });
    };
    const ledger = await transferred([limitedTree()]);
    expect(opens('in it', CARL)).toBe(false);
    expect(opens('in it', DORA)).toBe(true);
    expect(await outcomes(ledger)).toMatchObject({ Work: ['carl narrower opens_limited_folder'] });
  });

  it('lets in its own people whom it let in by its target folder before, also where the step was interrupted', async () => {
    const target = google.put(BEN, { name: 'Target', mimeType: FOLDER, ...shared(given(DORA, 'commenter')) });
    let isInterrupted = true;
    google.before = (op) => {
      if (op === 'grant' && isInterrupted)
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    const ledger = await transferred([limitedTree()], { target: { folderId: target } });
    isInterrupted = false;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(await outcomes(ledger)).toMatchObject({ Secret: ['dora equal', 'applied'] });
    expect(opens('in it', DORA)).toBe(true);
  });

  it('is not limited if it existed before', async () => {
    const target = google.put(BEN, { name: 'Work', mimeType: FOLDER });
    google.put(BEN, { name: 'Secret', mimeType: FOLDER, parent: target, ...shared(given(EVA, 'writer')) });
    const ledger = await transferred([limitedTree()], { conflict: 'skip' });
    expect(copyOf('Secret').limited).toBe(false);
    expect(opens('in it', CARL)).toBe(false);
    expect(await outcomes(ledger)).toMatchObject({
      Work: ['carl narrower opens_limited_folder'],
      Secret: ['dora equal', 'refused merged_folder'],
    });
    expect(direct()).toMatchObject({ Secret: ['dora reader', 'eva writer'] });
  });
});

describe('restrictions', () => {
  it('are set as on the original, the lock last', async () => {
    const top = folder('Work', undefined);
    google.put(ANA, {
      name: 'locked',
      parent: top,
      isClosedToReaders: true,
      restrictions: { isClosedToSharing: true, lock: { reason: 'final' } },
      ...shared(given(CARL)),
    });
    file('open', top, given(DORA));
    const order: string[] = [];
    google.before = (op, id) => {
      if (['grant', 'restrict', 'permissions'].includes(op) && google.items.get(id)?.owner === BEN)
        order.push(`${op} ${google.items.get(id)!.name}`);
    };
    const ledger = await transferred([top]);
    const { isClosedToReaders, restrictions } = copyOf('locked');
    expect({ isClosedToReaders, ...restrictions }).toEqual({
      isClosedToReaders: true,
      isClosedToSharing: true,
      lock: { reason: 'final' },
    });
    expect(order.at(-1)).toBe('restrict locked');
    expect(order.filter((each) => each === 'restrict locked')).toHaveLength(2);
    expect(await outcomes(ledger)).toEqual({ locked: ['carl equal', 'applied'], open: ['dora equal'] });
  });

  it('that Google refuses are counted with the reason, and the others are set', async () => {
    const secret = google.put(ANA, {
      name: 'Secret',
      mimeType: FOLDER,
      limited: true,
      isClosedToReaders: true,
      restrictions: { isClosedToSharing: true },
      ...shared(given(DORA)),
    });
    file('in it', secret);
    google.put(ANA, { name: 'locked', parent: secret, restrictions: { lock: {}, download: BOTH }, ...shared() });
    const { destination } = drives;
    const restrict = destination.restrict.bind(destination);
    destination.restrict = async (id, changes, ...rest) => {
      if (changes.isClosedToCopying || changes.download) throw new PermissionRefusedError('shared_drive_restricted');
      await restrict(id, changes, ...rest);
    };
    const ledger = await transferred([secret]);
    expect(await outcomes(ledger)).toEqual({
      Secret: ['dora equal', 'refused shared_drive_restricted'],
      locked: ['refused shared_drive_restricted'],
    });
    expect(copyOf('Secret').limited).toBe(true);
    expect(copyOf('locked').restrictions).toEqual({ lock: {} });
    expect((await ledger.snapshot()).sharing).toMatchObject({
      restrictions: { waiting: 0, applied: 2, refused: 3, reasons: { shared_drive_restricted: 3 } },
    });
  });

  it('of a folder that existed before stay as they are, which is counted', async () => {
    const target = google.put(BEN, { name: 'Work', mimeType: FOLDER });
    google.put(BEN, { name: 'Closed', mimeType: FOLDER, parent: target, isClosedToReaders: true });
    const top = google.put(ANA, { name: 'Work', mimeType: FOLDER, restrictions: { isClosedToSharing: true } });
    google.put(ANA, { name: 'Closed', mimeType: FOLDER, parent: top, isClosedToReaders: true });
    const ledger = await transferred([top], { conflict: 'skip' });
    expect(await outcomes(ledger)).toEqual({ Work: ['refused merged_folder'], Closed: ['applied'] });
    expect(copyOf('Work').restrictions).toEqual({});
    expect(requests('restrict')).toBe(0);
    expect((await ledger.snapshot()).sharing).toMatchObject({
      restrictions: { applied: 1, refused: 1, reasons: { merged_folder: 1 } },
    });
  });
});

describe('a folder that existed before', () => {
  it('keeps permissions of its owner: a role may be raised, nothing is lowered or removed', async () => {
    google.put(BEN, {
      name: 'Work',
      mimeType: FOLDER,
      ...shared(given(CARL, 'reader'), given(DORA, 'writer'), given(EVA)),
    });
    const top = folder('Work', undefined, given(CARL, 'writer'), given(DORA, 'reader'));
    file('report', top, given('fred@old.example'));
    const ledger = await transferred([top], { conflict: 'skip' });
    expect(direct()).toEqual({
      Work: ['carl writer', 'dora writer', 'eva reader'],
      report: ['fred reader'],
    });
    expect(await counts(ledger)).toEqual({ equal: 3, narrower: 0, wider: 0, waiting: 0 });
  });

  it('keeps roles of its owner that those of the original would end, also under an alias', async () => {
    const expiresAt = Date.now() + 86_400_000;
    google.aliases.set(EVA, 'fred@new.example');
    google.put(BEN, {
      name: 'Work',
      mimeType: FOLDER,
      ...shared(given(CARL), given('fred@new.example'), given(DORA, 'commenter', { expiresAt })),
    });
    const [carl, eva] = [CARL, EVA].map((who) => given(who, 'commenter', { expiresAt }));
    const ledger = await transferred([folder('Work', undefined, carl!, eva!, given(DORA))], { conflict: 'skip' });
    const stays = { Work: ['carl reader', 'dora commenter until', 'fred reader'] };
    expect(direct()).toEqual(stays);
    expect(await outcomes(ledger)).toEqual({
      Work: ['carl', 'eva', 'dora'].map((name) => `${name} narrower expiry_differs`),
    });
    expect(await ledger.state()).toBe('completed');
    await updated(ledger);
    expect(direct()).toEqual(stays);
    expect(await counts(ledger)).toMatchObject({ narrower: 3, wider: 0, waiting: 0 });
  });

  it('is as before after an undo, without permissions of CloudMover', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(CARL), given(EVA)) });
    const top = folder('Work', undefined, given(CARL, 'writer'), given(DORA));
    file('report', top, given('fred@old.example'));
    const ledger = await transferred([top], { conflict: 'skip' });
    await ledger.advance(['completed'], 'undoing');
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('undone');
    expect(direct()).toEqual({ Work: ['carl reader', 'eva reader'] });
    const trashed = [...google.items.values()].filter((item) => item.owner === BEN && item.trashed);
    expect(trashed.map(({ name, permissions }) => [name, permissions.size])).toEqual([['report', 0]]);
  });
});

describe('an undo', () => {
  const refusing = (op: string) => {
    let isFirst = true;
    google.before = (each) => {
      if (each !== op || !isFirst) return;
      isFirst = false;
      throw new DriveError('google_refused', { side: 'destination' });
    };
  };

  it('takes back the other permissions of a copy where Google refuses one, and counts that one', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER });
    const ledger = await transferred([folder('Work', undefined, given(CARL), given(DORA), given(EVA))], {
      conflict: 'skip',
    });
    refusing('withdraw');
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['carl reader'] });
    expect(await outcomes(ledger)).toEqual({ Work: ['carl wider refused', 'dora equal', 'eva equal'] });
    expect((await ledger.snapshot()).sharing).toMatchObject({ wanted: 3, wider: 1, reasons: { refused: 1 } });
  });

  it('counts the permissions of a copy that the account may no longer read', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(EVA)) });
    const ledger = await transferred([folder('Work', undefined, given(CARL), given(EVA))], { conflict: 'skip' });
    refusing('permissions');
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['carl reader', 'eva reader'] });
    expect(await outcomes(ledger)).toEqual({ Work: ['carl wider refused', 'eva equal'] });
  });

  it('leaves a role that the owner has changed since, where nobody had access before', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER });
    const ledger = await transferred([folder('Work', undefined, given(CARL), given(DORA))], { conflict: 'skip' });
    const { permissions } = copyOf('Work');
    permissions.set(`user-${DORA}`, { ...permissions.get(`user-${DORA}`)!, role: 'writer' });
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['dora writer'] });
  });

  it('counts nothing of a copy that is gone', async () => {
    const target = google.put(BEN, { name: 'Work', mimeType: FOLDER });
    const ledger = await transferred([folder('Work', undefined, given(CARL))], { conflict: 'skip' });
    google.items.delete(target);
    await undone(ledger);
    expect(await counts(ledger)).toMatchObject({ equal: 1, wider: 0 });
  });
});

describe('an item that a copy replaces', () => {
  it('passes permissions of its owner on to the copy, and to the copies of later runs', async () => {
    const original = file('report', undefined, given(CARL));
    google.put(BEN, { name: 'report', content: 'old', ...shared(given(EVA, 'writer')) });
    const ledger = await transferred([original], { conflict: 'replace' });
    expect(direct()).toEqual({ report: ['carl reader', 'eva writer'] });
    copyOf('report').permissions.set(`user-${DORA}`, given(DORA));
    google.edit(original, { content: Buffer.from('newer'), modifiedTime: new Date().toISOString() });
    await updated(ledger);
    expect(copyOf('report').content.toString()).toBe('newer');
    expect(direct()).toEqual({ report: ['carl reader', 'dora reader', 'eva writer'] });
    expect(await counts(ledger)).toMatchObject({ narrower: 0, wider: 0, waiting: 0 });
  });

  it('passes on permanent roles of its owner that the original’s temporary ones would end', async () => {
    const expiresAt = Date.now() + 86_400_000;
    google.put(BEN, { name: 'report', content: 'old', ...shared(given(CARL, 'commenter'), given(DORA, 'commenter')) });
    const permissions = [given(CARL, 'writer', { expiresAt }), given(DORA, 'reader', { expiresAt })];
    const ledger = await transferred([file('report', undefined, ...permissions)], { conflict: 'replace' });
    expect(direct()).toEqual({ report: ['carl commenter', 'dora commenter'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl narrower expiry_differs', 'dora equal'] });
  });

  it('does not pass on its temporary share of another transfer', async () => {
    const original = file('report', undefined, given(CARL));
    const replaced = google.put(BEN, { name: 'report', content: 'old', ...shared(given(DORA)) });
    const users: ShareUsers = new Map();
    const [ben, eva] = [google.drive(BEN), google.drive(EVA)];
    const theirs = new InMemoryLedger(anOrder(ben.account, eva.account, [replaced], { id: 'to Eva' }), users);
    await new TemporaryShares(theirs, { source: ben, destination: eva, clock }).access(replaced, signal);
    const ledger = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [original], {
        ...{ sharing: sharingOptions(), conflict: 'replace' },
      }),
      users,
    );
    await runTransfer(ledger, drives);
    expect(direct()).toEqual({ report: ['carl reader', 'dora reader'] });
    expect(await outcomes(ledger)).toEqual({ report: ['carl equal', 'dora equal'] });
  });
});

const onTrashedCopies = () =>
  [...google.items.values()]
    .filter(({ owner, trashed }) => owner === BEN && trashed)
    .map(({ name, permissions }) => [name, ...[...permissions.values()].map(lineOf)]);

describe('the earlier copy of a changed original', () => {
  const changedSince = async (original: string, ...permissions: DrivePermission[]) => {
    const ledger = await transferred([original]);
    google.edit(original, {
      content: Buffer.from('newer'),
      modifiedTime: new Date().toISOString(),
      ...shared(...permissions),
    });
    return ledger;
  };

  it('is no longer open to those whom CloudMover had let in, neither after the run nor after an undo', async () => {
    const ledger = await changedSince(file('report', undefined, given(CARL), given(DORA)), given(CARL));
    copyOf('report').permissions.set(`user-${EVA}`, given(EVA));
    await updated(ledger);
    expect(direct()).toEqual({ report: ['carl reader', 'eva reader'] });
    expect(onTrashedCopies()).toEqual([['report', 'eva reader']]);
    await ledger.advance(['completed'], 'undoing');
    await new Transfer(ledger, drives).finish(signal);
    expect(onTrashedCopies().filter(([, ...people]) => people.some((who) => who !== 'eva reader'))).toEqual([]);
  });

  it('is closed too where the process dies before any of these writes', async () => {
    for (let nth = 1; nth <= 6; nth++) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      const ledger = await changedSince(file('report', undefined, given(CARL), given(DORA)), given(CARL));
      const transfer = await updating(ledger);
      let count = 0;
      const death = new Error('the process died');
      google.before = (op) => {
        if (['grant', 'withdraw', 'permissions'].includes(op) && ++count === nth) throw death;
      };
      await transfer.finish(signal).catch((error: unknown) => {
        if (error !== death) throw error;
      });
      google.before = () => undefined;
      await new Transfer(ledger, drives).finish(signal);
      expect(direct()).toEqual({ report: ['carl reader'] });
      expect(onTrashedCopies()).toEqual([['report']]);
    }
  });

  it('is in no record any more, also if the original is no longer shared', async () => {
    const ledger = await changedSince(file('report', undefined, given(CARL)));
    await updated(ledger);
    expect(direct()).toEqual({});
    expect(await counts(ledger)).toEqual({ equal: 0, narrower: 0, wider: 0, waiting: 0 });
    expect((await ledger.accessRecords(-1, 10)).filter(({ grants }) => grants.length > 0)).toEqual([]);
  });
});

it('passes on what the owner of a replaced item had given, wherever the process of a later run dies', async () => {
  for (let nth = 1; nth <= 8; nth++) {
    google = new InMemoryDrives();
    drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
    const original = file('report', undefined, given(CARL));
    google.put(BEN, { name: 'report', content: 'old', ...shared(given(EVA, 'writer')) });
    const ledger = await transferred([original], { conflict: 'replace' });
    google.edit(original, { content: Buffer.from('newer'), modifiedTime: new Date().toISOString() });
    const transfer = await updating(ledger);
    let count = 0;
    const death = new Error('the process died');
    const die = (op: string) => {
      if (['grant', 'withdraw', 'permissions'].includes(op) && ++count === nth) throw death;
    };
    google.before = die;
    const record = ledger.recordAccess.bind(ledger);
    ledger.recordAccess = async (each) => {
      die('grant');
      await record(each);
    };
    await transfer.finish(signal).catch((error: unknown) => {
      if (error !== death) throw error;
    });
    google.before = () => undefined;
    ledger.recordAccess = record;
    await new Transfer(ledger, drives).finish(signal);
    expect([nth, direct()]).toEqual([nth, { report: ['carl reader', 'eva writer'] }]);
  }
});

describe('a later run', () => {
  it('forgets what Google refused once the original is no longer shared', async () => {
    google.refusalOf = (_, { grantee }) => (grantee.address === EVA ? 'domain_forbids_sharing_out' : undefined);
    const report = file('report', undefined, given(EVA));
    const ledger = await transferred([report]);
    expect(await counts(ledger)).toMatchObject({ narrower: 1 });
    google.edit(report, shared());
    await updated(ledger);
    expect(await outcomes(ledger)).toEqual({ report: [] });
    expect((await ledger.snapshot()).sharing).toMatchObject({ wanted: 0, narrower: 0, reasons: {} });
    google.calls.length = 0;
    await updated(ledger);
    // Only of the target folder, during the count and now.
    expect([requests('permissions'), requests('grant')]).toEqual([2, 0]);
  });

  it('carries over added, changed and removed permissions, and removes only CloudMover’s own', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'), given(DORA));
    const report = file('report', top, given('fred@old.example'));
    const ledger = await transferred([top]);
    copyOf('Work').permissions.set(`user-${EVA}`, given(EVA));
    google.edit(top, shared(given(CARL, 'commenter'), given('gina@old.example')));
    google.edit(report, shared());
    await updated(ledger);
    expect(direct()).toEqual({ Work: ['carl commenter', 'eva reader', 'gina reader'] });
    expect(await counts(ledger)).toEqual({ equal: 2, narrower: 0, wider: 0, waiting: 0 });
  });

  it('sends no requests for copies whose originals are shared as before', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    file('report', top, given(DORA));
    const ledger = await transferred([top]);
    google.calls.length = 0;
    await updated(ledger);
    expect([requests('grant'), requests('changePermission'), requests('withdraw')]).toEqual([0, 0, 0]);
  });

  it('keeps changes of the destination’s owner', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'), given(DORA));
    const ledger = await transferred([top]);
    const { permissions } = copyOf('Work');
    permissions.delete(`user-${DORA}`);
    permissions.set(`user-${CARL}`, given(CARL, 'reader'));
    google.edit(top, shared(given(CARL, 'commenter'), given(DORA, 'writer'), given(EVA)));
    await updated(ledger);
    expect(direct()).toEqual({ Work: ['carl reader', 'eva reader'] });
    expect(await outcomes(ledger)).toEqual({
      Work: ['carl narrower changed_since', 'dora narrower changed_since', 'eva equal'],
    });
  });
});

describe('an original that was moved out of a shared folder', () => {
  it('is reported with everybody who can still open its copy, until it is moved back', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    const report = file('report', top, given(DORA));
    const secret = folder('Secret', top, given(EVA));
    file('in Secret', secret);
    const ledger = await transferred([top]);
    const elsewhere = folder('Elsewhere');
    for (const id of [report, secret]) google.edit(id, { parent: elsewhere });
    await updated(ledger);
    expect(opens('report', CARL)).toBe(true);
    expect(await outcomes(ledger)).toEqual({
      Work: ['carl equal'],
      report: ['dora equal', 'carl wider original_moved'],
      Secret: ['eva equal', 'carl wider original_moved'],
    });
    expect((await ledger.snapshot()).sharing).toMatchObject({ equal: 3, wider: 2, reasons: { original_moved: 2 } });
    expect((await ledger.snapshot()).plan?.access?.counts.gains).toBe(1);
    await updated(ledger);
    expect(await counts(ledger)).toEqual({ equal: 3, narrower: 0, wider: 2, waiting: 0 });
    for (const id of [report, secret]) google.edit(id, { parent: top });
    await updated(ledger);
    expect(await counts(ledger)).toEqual({ equal: 3, narrower: 0, wider: 0, waiting: 0 });
    google.edit(report, { parent: elsewhere });
    await updated(ledger);
    await ledger.advance(['completed'], 'undoing');
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('undone');
    expect(direct()).toEqual({});
  });
});

describe('a crash of the process', () => {
  /** Runs a transfer whose process crashes at each write of access in turn; another process continues. */
  it.each(['before', 'after'] as const)('%s any write leaves each permission written exactly once', async (moment) => {
    for (let nth = 1; nth <= 9; nth++) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(EVA), given(CARL)) });
      const top = folder('Work', undefined, given(CARL, 'writer'));
      const secret = google.put(ANA, {
        name: 'Secret',
        mimeType: FOLDER,
        parent: top,
        limited: true,
        ...shared(given(DORA)),
      });
      file('report', secret, given(EVA), given('fred@old.example', 'commenter'));
      const ledger = ledgerOf([top], { conflict: 'skip' });
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      await copyAll(transfer, ledger);
      const writes = ['grant', 'changePermission', 'restrict', 'withdraw', 'permissions'];
      let count = 0;
      const death = new Error('the process died');
      const die = (op: string) => {
        if (writes.includes(op) && ++count === nth) throw death;
      };
      const done: Record<string, number> = {};
      const countOf = (op: string) => void (done[op] = (done[op] ?? 0) + 1);
      if (moment === 'before') google.before = die;
      google.afterWrite = (op) => {
        countOf(op);
        if (moment === 'after') die(op);
      };
      await transfer.finish(signal).catch((error: unknown) => {
        if (error !== death) throw error;
      });
      google.before = () => undefined;
      google.afterWrite = countOf;
      await new Transfer(ledger, drives).finish(signal);
      expect(await ledger.state()).toBe('completed');
      // Google would merge a second grant of the same permission into the first one.
      expect(done).toMatchObject({ grant: 3, changePermission: 1 });
      expect(direct()).toEqual({
        Work: ['carl writer', 'eva reader'],
        Secret: ['dora reader'],
        report: ['eva reader', 'fred commenter'],
      });
      expect(await counts(ledger)).toEqual({ equal: 4, narrower: 0, wider: 0, waiting: 0 });
      // An undo restores the earlier permissions.
      await ledger.advance(['completed'], 'undoing');
      await new Transfer(ledger, drives).finish(signal);
      expect(direct()).toEqual({ Work: ['carl reader', 'eva reader'] });
    }
  });
});

describe('a crash of the process in a later run', () => {
  it.each(['before', 'after'] as const)('%s any write is no change by the owner', async (moment) => {
    for (let nth = 1; nth <= 8; nth++) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(EVA), given(CARL)) });
      const top = folder('Work', undefined, given(CARL, 'commenter'), given(DORA));
      const report = file('report', top, given('fred@old.example', 'writer'), given('gina@old.example'));
      const ledger = await transferred([top], { conflict: 'skip' });
      google.edit(top, shared(given(CARL, 'writer'), given('hugo@old.example')));
      google.edit(report, shared(given('fred@old.example', 'commenter'), given('gina@old.example', 'writer')));
      const transfer = await updating(ledger);
      let count = 0;
      const death = new Error('the process died');
      const die = (op: string) => {
        if (['grant', 'changePermission', 'withdraw', 'permissions'].includes(op) && ++count === nth) throw death;
      };
      if (moment === 'before') google.before = die;
      else google.afterWrite = die;
      await transfer.finish(signal).catch((error: unknown) => {
        if (error !== death) throw error;
      });
      google.before = google.afterWrite = () => undefined;
      await new Transfer(ledger, drives).finish(signal);
      expect(direct()).toEqual({
        Work: ['carl writer', 'eva reader', 'hugo reader'],
        report: ['fred commenter', 'gina writer'],
      });
      expect(await counts(ledger)).toEqual({ equal: 4, narrower: 0, wider: 0, waiting: 0 });
      // The roles that were set are known: another run changes them again.
      google.edit(report, shared(given('gina@old.example')));
      await updated(ledger);
      expect(direct()).toMatchObject({ report: ['gina reader'] });
      await ledger.advance(['completed'], 'undoing');
      await new Transfer(ledger, drives).finish(signal);
      expect(direct()).toEqual({ Work: ['carl reader', 'eva reader'] });
    }
  });
});

describe('an account at Google’s limit for sharing', () => {
  it('parks the transfer with its copies in place, and continues without checking them again', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    file('report', top, given(DORA));
    let isLimited = true;
    google.before = (op) => {
      if (op === 'grant' && isLimited && requests('grant') > 1)
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    const ledger = await transferred([top]);
    const parked = await ledger.snapshot();
    expect(parked).toMatchObject({ state: 'waiting_quota', limit: 'sharing', counts: { verified: 2 } });
    expect(parked.resumeAt).toBeGreaterThan(clock.now() + 3_500_000);
    isLimited = false;
    google.calls.length = 0;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('completed');
    expect(requests('children') + requests('childrenInGroup')).toBe(0);
    expect(direct()).toEqual({ Work: ['carl writer'], report: ['dora reader'] });
    expect((await ledger.events()).filter(({ step }) => step === 'check')).toHaveLength(1);
  });

  it('checks the copies of a move again after the wait, before originals go to the trash', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    const report = file('report', top, given(DORA));
    const other = file('other', top);
    let isLimited = true;
    google.before = (op) => {
      if (op === 'grant' && isLimited && requests('grant') > 1)
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    const ledger = await transferred([top], { mode: 'move' });
    expect(await ledger.state()).toBe('waiting_quota');
    for await (const { sourceId, outcome } of recordsOf(ledger))
      if (sourceId === other) google.edit(outcome.destinationId!, { trashed: true });
    isLimited = false;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('completed_with_failures');
    expect(google.items.get(report)!.trashed).toBe(true);
    expect(google.items.get(other)!.trashed).toBe(false);
  });

  it('keeps what the destination’s owner shares meanwhile', async () => {
    const top = folder('Work', undefined, given(CARL, 'writer'));
    file('report', top, given(DORA, 'commenter'));
    let isLimited = true;
    google.before = (op, id) => {
      if (op === 'grant' && isLimited && google.items.get(id)!.name === 'report')
        throw new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
    };
    const ledger = await transferred([top, file('other', undefined, given(DORA, 'commenter'))]);
    isLimited = false;
    const written = Object.keys(direct());
    expect(written.length).toBeLessThan(3);
    google.before = () => undefined;
    const { permissions } = copyOf('report');
    permissions.set(`user-${EVA}`, given(EVA, 'writer'));
    permissions.set(`user-${DORA}`, given(DORA));
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toEqual({
      Work: ['carl writer'],
      report: ['dora commenter', 'eva writer'],
      other: ['dora commenter'],
    });
    expect(await counts(ledger)).toEqual({ equal: 3, narrower: 0, wider: 0, waiting: 0 });
    await ledger.advance(['completed'], 'undoing');
    await new Transfer(ledger, drives).finish(signal);
    const trashed = [...google.items.values()].find(({ name, owner }) => name === 'report' && owner === BEN)!;
    expect([...trashed.permissions.values()].map(lineOf).sort()).toEqual(['dora reader', 'eva writer']);
  });
});

const LIMIT = () => new DriveError('rate_limited', { side: 'destination', retryAfter: 3_600, limit: 'sharing' });
/** Cancels a parked transfer. */
async function canceled(ledger: InMemoryLedger) {
  await ledger.advance(['waiting_quota'], 'canceling');
  await new Transfer(ledger, drives).finish(signal);
  expect(await ledger.state()).toBe('canceled');
}

describe('a copy whose access was stopped on the way', () => {
  /** Carl gets his access; then Google's limit for sharing is reached. */
  async function stopped(more: Partial<TransferOrder> = {}) {
    const original = file('report', undefined, given(CARL), given(DORA));
    google.before = (op) => {
      if (op === 'grant' && requests('grant') > 1) throw LIMIT();
    };
    const ledger = await transferred([original], more);
    expect(await ledger.state()).toBe('waiting_quota');
    expect(direct()).toEqual({ report: ['carl reader'] });
    google.before = () => undefined;
    return { original, ledger };
  }
  async function rerun(ledger: InMemoryLedger) {
    await updated(ledger, 'canceled');
    expect(await ledger.state()).toBe('completed');
  }

  it('keeps what the owner of a folder that existed before shares, when the transfer is undone', async () => {
    google.put(BEN, { name: 'Work', mimeType: FOLDER });
    google.before = (op) => {
      if (op === 'grant') throw LIMIT();
    };
    const ledger = await transferred([folder('Work', undefined, given(DORA))], { conflict: 'skip' });
    await canceled(ledger);
    google.before = () => undefined;
    copyOf('Work').permissions.set(`user-${DORA}`, given(DORA));
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['dora reader'] });
  });

  it('keeps what its owner shares before it goes on, or before a later run', async () => {
    for (const isCanceled of [false, true]) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      const { ledger } = await stopped();
      if (isCanceled) await canceled(ledger);
      copyOf('report').permissions.set(`user-${EVA}`, given(EVA, 'writer'));
      if (isCanceled) await rerun(ledger);
      else {
        await ledger.resume();
        await new Transfer(ledger, drives).finish(signal);
      }
      expect(direct()).toEqual({ report: ['carl reader', 'dora reader', 'eva writer'] });
      expect(await counts(ledger)).toEqual({ equal: 2, narrower: 0, wider: 0, waiting: 0 });
    }
  });

  it('loses what it was given if the original is no longer shared in a later run', async () => {
    const { original, ledger } = await stopped();
    await canceled(ledger);
    google.edit(original, shared());
    await rerun(ledger);
    expect(direct()).toEqual({});
  });

  it('loses it too if the process died before it recorded that', async () => {
    const original = file('report', undefined, given(CARL), given(DORA));
    const ledger = ledgerOf([original]);
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    google.afterWrite = (op) => {
      if (op === 'grant') throw new Error('the process died');
    };
    await expect(transfer.finish(signal)).rejects.toThrow('the process died');
    google.afterWrite = () => undefined;
    expect(direct()).toEqual({ report: ['carl reader'] });
    await ledger.park('waiting_quota', {});
    await canceled(ledger);
    google.edit(original, shared());
    await rerun(ledger);
    expect(direct()).toEqual({});
    expect(await outcomes(ledger)).toEqual({ report: [] });
  });

  it('keeps what its owner shares while others are stopped, if a refused permission is tried again', async () => {
    let isRefused = true;
    google.refusalOf = (_, { grantee }) => (isRefused && grantee.address === DORA ? 'no_google_account' : undefined);
    const done = file('done', undefined, given(CARL), given(DORA));
    const other = file('other', undefined, given(CARL));
    google.before = (op, id) => {
      if (op === 'grant' && google.items.get(id)!.name === 'other') throw LIMIT();
    };
    const ledger = await transferred([done, other]);
    expect(await ledger.state()).toBe('waiting_quota');
    expect(await outcomes(ledger)).toMatchObject({ done: ['carl equal', 'dora narrower no_google_account'] });
    copyOf('done').permissions.set(`user-${EVA}`, given(EVA));
    google.before = () => undefined;
    isRefused = false;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toMatchObject({ done: ['carl reader', 'dora reader', 'eva reader'] });
    expect(await counts(ledger)).toEqual({ equal: 3, narrower: 0, wider: 0, waiting: 0 });
  });
});

it('a permission that was removed to lower it is given again after an outage', async () => {
  const original = file('report', undefined, given(CARL, 'writer'));
  const ledger = await transferred([original]);
  google.edit(original, shared(given(CARL)));
  google.before = (op) => {
    if (op === 'changePermission') throw new DriveError('rate_limited', { side: 'destination', retryAfter: 60 });
  };
  await updated(ledger);
  expect(direct()).toEqual({});
  google.before = () => undefined;
  await ledger.resume();
  await new Transfer(ledger, drives).finish(signal);
  expect(direct()).toEqual({ report: ['carl reader'] });
  expect(await outcomes(ledger)).toEqual({ report: ['carl equal'] });
});

describe('a role of the destination’s owner that was raised, and removed because Google accepts no changes', () => {
  /** The original gives Carl a lower role than before, and only until a date. The later run is parked and canceled. */
  async function removed(original: string, ledger: InMemoryLedger) {
    google.edit(original, shared(given(CARL, 'reader', { expiresAt: Date.now() + 86_400_000 })));
    google.before = (op) => {
      if (op === 'changePermission') throw LIMIT();
    };
    await updated(ledger);
    expect(await ledger.state()).toBe('waiting_quota');
    expect(direct()).toEqual({});
    google.before = () => undefined;
    await canceled(ledger);
  }
  async function removedFromFolder() {
    google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(CARL, 'commenter')) });
    const original = folder('Work', undefined, given(CARL, 'writer'));
    const ledger = await transferred([original], { conflict: 'skip' });
    await removed(original, ledger);
    return { original, ledger };
  }

  it('is given back by an undo, which reports it if Google refuses', async () => {
    const { ledger } = await removedFromFolder();
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['carl commenter'] });
    google = new InMemoryDrives();
    drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
    const refused = await removedFromFolder();
    google.refusalOf = () => 'license';
    await undone(refused.ledger);
    expect(direct()).toEqual({});
    expect(await outcomes(refused.ledger)).toEqual({ Work: ['carl narrower license'] });
  });

  it('is given back by a later run if the original is no longer shared with that person', async () => {
    const { original, ledger } = await removedFromFolder();
    google.edit(original, shared(given(DORA)));
    await updated(ledger, 'canceled');
    expect(direct()).toEqual({ Work: ['carl commenter', 'dora reader'] });
    expect(await outcomes(ledger)).toEqual({ Work: ['dora equal'] });
  });

  it('is given back once if the process dies after it was given back', async () => {
    const { original, ledger } = await removedFromFolder();
    google.edit(original, shared(given(DORA)));
    const transfer = await updating(ledger, 'canceled');
    google.afterWrite = (op) => {
      if (op === 'grant' && direct()['Work']?.includes('carl commenter')) throw new Error('the process died');
    };
    await expect(transfer.finish(signal)).rejects.toThrow('the process died');
    google.afterWrite = () => undefined;
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toEqual({ Work: ['carl commenter', 'dora reader'] });
    expect(await outcomes(ledger)).toEqual({ Work: ['dora equal'] });
  });

  it('is tried again by each later run while Google refuses it', async () => {
    const { original, ledger } = await removedFromFolder();
    google.edit(original, shared());
    google.refusalOf = () => 'license';
    await updated(ledger, 'canceled');
    expect(await outcomes(ledger)).toEqual({ Work: ['carl narrower license'] });
    google.refusalOf = () => undefined;
    await updated(ledger);
    expect(direct()).toEqual({ Work: ['carl commenter'] });
    expect(await outcomes(ledger)).toEqual({ Work: [] });
  });

  it('is not given back by an undo if the owner has given another one after Google had refused it', async () => {
    const { original, ledger } = await removedFromFolder();
    google.refusalOf = () => 'expiry_not_allowed';
    google.edit(original, shared(given(CARL), given(EVA)));
    await updated(ledger, 'canceled');
    google.edit(original, shared(given(CARL)));
    await updated(ledger);
    expect(await outcomes(ledger)).toEqual({ Work: ['carl narrower expiry_not_allowed'] });
    google.refusalOf = () => undefined;
    copyOf('Work').permissions.set(`user-${CARL}`, given(CARL));
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['carl reader'] });
  });

  it('is not given back by an undo if the owner has given another one since', async () => {
    const { ledger } = await removedFromFolder();
    copyOf('Work').permissions.set(`user-${CARL}`, given(CARL));
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['carl reader'] });
  });

  it('is not given back if the owner has given another one since', async () => {
    for (const wanted of [[], [given(CARL)]]) {
      google = new InMemoryDrives();
      drives = { source: google.drive(ANA), destination: google.drive(BEN), clock };
      const { original, ledger } = await removedFromFolder();
      google.edit(original, shared(...wanted));
      copyOf('Work').permissions.set(`user-${CARL}`, given(CARL));
      await updated(ledger, 'canceled');
      expect(direct()).toEqual({ Work: ['carl reader'] });
      copyOf('Work').permissions.clear();
      await undone(ledger);
      expect(direct()).toEqual({});
    }
  });

  it('passes to the copy that replaces the one that had it', async () => {
    const original = file('report');
    const ledger = await transferred([original]);
    copyOf('report').permissions.set(`user-${CARL}`, given(CARL, 'commenter'));
    google.edit(original, shared(given(CARL, 'writer')));
    await updated(ledger);
    await removed(original, ledger);
    google.edit(original, { content: Buffer.from('newer'), modifiedTime: new Date().toISOString(), ...shared() });
    await updated(ledger, 'canceled');
    expect(copyOf('report').content.toString()).toBe('newer');
    expect(direct()).toEqual({ report: ['carl commenter'] });
  });
});

describe('a lasting role of the destination’s owner that a grant to an alias ends', () => {
  const FRED = 'fred@new.example';
  /** Google merges the grant into Fred’s permission, and does not accept the change that makes it last again. */
  async function shortened(problem: DriveError) {
    google.aliases.set(CARL, FRED);
    google.put(BEN, { name: 'Work', mimeType: FOLDER, ...shared(given(FRED, 'commenter')) });
    const original = folder('Work', undefined, given(CARL, 'reader', { expiresAt: Date.now() + 86_400_000 }));
    google.before = (op) => {
      if (op === 'changePermission') throw problem;
    };
    const ledger = await transferred([original], { conflict: 'skip' });
    expect(direct()).toEqual({ Work: ['fred commenter until'] });
    google.before = () => undefined;
    return ledger;
  }

  it('lasts again once the step continues after Google’s limit for sharing', async () => {
    const ledger = await shortened(LIMIT());
    expect(await ledger.state()).toBe('waiting_quota');
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect(direct()).toEqual({ Work: ['fred commenter'] });
    expect(await counts(ledger)).toEqual({ equal: 1, narrower: 0, wider: 0, waiting: 0 });
  });

  it('lasts again after a cancel and an undo', async () => {
    const ledger = await shortened(LIMIT());
    await canceled(ledger);
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['fred commenter'] });
  });

  it('lasts again after an undo if Google refused the change', async () => {
    const ledger = await shortened(new PermissionRefusedError('license'));
    expect(await outcomes(ledger)).toEqual({ Work: ['carl narrower license'] });
    await undone(ledger);
    expect(direct()).toEqual({ Work: ['fred commenter'] });
  });
});

it('writes nothing further once the allowed hours are over, and continues when they open', async () => {
  const top = folder('Work', undefined);
  for (let number = 0; number < 80; number++) file(`report ${number}`, top, given(DORA));
  const ledger = ledgerOf([top]);
  google.before = (op) => {
    if (op === 'grant' && requests('grant') === 1)
      void ledger.park('waiting_quota', { resumeAt: clock.now() + 3_600_000, limit: 'hours' });
  };
  await runTransfer(ledger, drives);
  expect(await ledger.snapshot()).toMatchObject({ state: 'waiting_quota', limit: 'hours', resumeState: 'finishing' });
  expect(requests('grant')).toBeLessThanOrEqual(32);
  await ledger.resume();
  await new Transfer(ledger, drives).finish(signal);
  expect(await ledger.state()).toBe('completed');
  expect(requests('grant')).toBe(80);
  expect(await counts(ledger)).toMatchObject({ equal: 80 });
});
