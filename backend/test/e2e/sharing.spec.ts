import { SandboxClient } from '@cloudmover/drive-sandbox';
import { accessDifferences, originalsAndCopies, type AccessOptions } from '../../chaos/access-oracle.js';
import { GoogleClient } from '../../src/adapters/google/google-client.js';
import { GoogleDrive } from '../../src/adapters/google/google-drive.adapter.js';
import { keys } from '../../src/adapters/redis/keys.js';
import type { Side } from '../../src/engine/errors.js';
import type { Drives } from '../../src/engine/ports/drive.js';
import { Transfer } from '../../src/engine/transfer.js';
import { Pacer } from '../../src/pacing/pacer.js';
import { AccessTokens } from '../../src/session/credentials.port.js';
import { sharingView } from '../../src/transfers/access-view.js';
import type { ItemDto } from '../../src/transfers/items.dto.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { connectAdmin } from '../support/redis.js';
import { anOrder, runTransfer, SkippingClock } from '../support/run-transfer.js';
import { sharingOptions } from '../support/sharing.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// Every test is judged by the sandbox's own list of who can open an item, person by person.

const [CAROL, DAVE, ERIN, OTTO] = ['carol@example.com', 'dave@example.com', 'erin@example.com', 'otto@else.example'];
const TEAM = 'team@example.com';
const FOLDER = 'application/vnd.google-apps.folder';
const DOCUMENT = 'application/vnd.google-apps.document';
const DAY = 86_400_000;

let stack: Stack;
let google: SandboxClient;
let api: TransfersApi;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all' });
  google = new SandboxClient(stack.sandbox.url);
});
afterAll(() => stack.close());
beforeEach(async () => {
  await google.reset();
  for (const email of [CAROL, DAVE, ERIN, OTTO]) await google.addAccount(email);
  await google.setGroup(TEAM, [DAVE, ERIN]);
  api = await TransfersApi.connect(stack);
});
afterEach(async () => {
  const { notifications } = await stack.control<{ notifications: { to: string }[] }>('GET', 'notifications');
  expect(notifications.map(({ to }) => to)).toEqual(mails);
  mails = [];
});
/** Addresses to which Google would have sent an e-mail. */
let mails: string[] = [];

interface Given {
  type?: string;
  role?: string;
  [field: string]: unknown;
}
const permissionsOf = (id: string) =>
  `/drive/v3/files/${id}/permissions?supportsAllDrives=true&sendNotificationEmail=false`;
/** Shares an item of Alice's. */
const share = (id: string, to: string | Given, role = 'reader', account = ALICE) =>
  api.drive(account, 'POST', permissionsOf(id), {
    role,
    ...(typeof to === 'string' ? { type: to === TEAM ? 'group' : 'user', emailAddress: to } : to),
  });
const folder = async (name: string, parent?: string, more: object = {}, account = ALICE) =>
  (
    await api.drive(account, 'POST', '/drive/v3/files?supportsAllDrives=true', {
      name,
      mimeType: FOLDER,
      ...(parent && { parents: [parent] }),
      ...more,
    })
  ).id;
const file = async (name: string, parent?: string) => (await api.aFile(ALICE, name, name, parent)).id;
const change = (id: string, to: object, account = ALICE) =>
  api.drive(account, 'PATCH', `/drive/v3/files/${id}?supportsAllDrives=true`, to);

const carry = (items: string[], sharing: object = {}, more: object = {}) =>
  api.run({ items, sharing: { mode: 'carry', ...sharing }, ...more });
const items = async (id: string): Promise<ItemDto[]> => api.items(id);
const copyOf = async (transfer: TransferDto, name: string) =>
  (await items(transfer.id)).find((item) => item.name === name)!.destinationId!;

/** Who can open more or less than wanted. */
async function differences(transfer: TransferDto, wanted: AccessOptions = {}, target = 'root') {
  const targetId = target === 'root' ? (await api.drive(BOB, 'GET', '/drive/v3/files/root')).id : target;
  const [access] = await google.access(targetId);
  return accessDifferences(await originalsAndCopies(google, await items(transfer.id)), access!, BOB, wanted);
}
const SAME = { wider: [], narrower: [] };

const sharingOf = async ({ id }: TransferDto) => {
  const { wanted, equal, narrower, wider, waiting, reasons } = (await api.get(id)).sharing;
  expect(wanted).toBe(equal + narrower + wider + waiting);
  return {
    equal,
    narrower,
    wider,
    waiting,
    reasons: Object.fromEntries(reasons.map(({ code, count }) => [code, count])),
  };
};
const allEqual = (equal: number) => ({ equal, narrower: 0, wider: 0, waiting: 0, reasons: {} });
/** Direct permissions of an item in the sandbox: `address role`. */
async function given(account: string, id: string): Promise<string[]> {
  const item = (await google.tree(account)).find((each) => each.id === id)!;
  return item.permissions.map(({ type, role, email, domain }) => `${email ?? domain ?? type} ${role}`).sort();
}

/** A tree with every kind of sharing. */
async function aSharedTree(): Promise<string> {
  const top = await folder('Work');
  await share(top, TEAM, 'commenter');
  await share(await file('for the domain', top), { type: 'domain', domain: 'example.com' });
  await share(await file('for anyone', top), { type: 'anyone' }, 'writer');
  await share(await file('for Carol', top), CAROL, 'commenter');
  const inner = await folder('Inner', top);
  await share(inner, CAROL, 'writer');
  await share(await file('for Otto', inner), OTTO);
  await file('inherited', inner);
  const notes = await folder('Notes', top);
  await share(notes, CAROL);
  await change(await file('document', notes), {});
  return top;
}

describe('the copies', () => {
  it('are open to the same grantees as their originals: people, groups, a domain, anyone with the link, commenters', async () => {
    const done = await carry([await aSharedTree()]);
    expect(done).toMatchObject({ state: 'completed' });
    expect(await differences(done)).toEqual(SAME);
    expect(await sharingOf(done)).toEqual(allEqual(7));
    // Only if an original differs from its folder.
    expect(await given(BOB, await copyOf(done, 'inherited'))).toEqual([]);
  });

  it('are open only to Bob if sharing is not carried over', async () => {
    const done = await api.run({ items: [await aSharedTree()] });
    for (const { destinationId } of await items(done.id)) expect(await given(BOB, destinationId!)).toEqual([]);
    expect((await api.get(done.id)).sharing).toMatchObject({ mode: 'none' });
  });

  it('are open to the people of the people map; of two people mapped to one, the higher role', async () => {
    const people = { [CAROL]: DAVE, [ERIN]: DAVE, [OTTO]: null };
    const report = await file('report');
    for (const [address, role] of [
      [CAROL, 'reader'],
      [ERIN, 'writer'],
      [OTTO, 'writer'],
    ] as const)
      await share(report, address, role);
    const done = await carry([report], {
      people: Object.entries(people).map(([from, to]) => ({ from, to })),
      owner: 'writer',
    });
    expect(await differences(done, { people, owner: 'writer' })).toEqual(SAME);
    expect(await given(BOB, await copyOf(done, 'report'))).toEqual([`${ALICE} writer`, `${DAVE} writer`].sort());
  });

  it('are open to a person whom the people map names instead of a group, by its address or by its domain', async () => {
    const [staff, all] = ['staff@else.example', 'otto@one.example'];
    const ours = 'ours@example.com';
    await google.setGroup(staff, [OTTO]);
    await google.setGroup(all, [OTTO]);
    await google.setGroup(ours, [DAVE]);
    const report = await file('report');
    await share(report, { type: 'group', emailAddress: TEAM }, 'writer');
    await share(report, { type: 'group', emailAddress: staff }, 'commenter');
    await share(report, { type: 'group', emailAddress: all });
    const people = [
      { from: TEAM, to: CAROL },
      { from: staff, to: ours },
      { from: '@one.example', to: '@else.example' },
    ];
    const done = await carry([report], { people });
    expect(await sharingOf(done)).toEqual(allEqual(3));
    expect(await given(BOB, await copyOf(done, 'report'))).toEqual(
      [`${CAROL} writer`, `${ours} commenter`, `${OTTO} reader`].sort(),
    );
  });

  it('of two people mapped to one keep the role that lasts, if the higher one ends, which is reported', async () => {
    const report = await file('report');
    const expirationTime = new Date(Date.now() + 30 * DAY).toISOString();
    await share(report, CAROL, 'commenter');
    await share(report, { type: 'user', emailAddress: ERIN, expirationTime }, 'writer');
    const people = [CAROL, ERIN].map((from) => ({ from, to: DAVE }));
    const done = await carry([report], { people });
    expect(await given(BOB, await copyOf(done, 'report'))).toEqual([`${DAVE} commenter`]);
    await google.advance(31 * DAY);
    expect(await given(BOB, await copyOf(done, 'report'))).toEqual([`${DAVE} commenter`]);
    expect(await sharingOf(done)).toMatchObject({ equal: 0, narrower: 1, reasons: { expiry_differs: 1 } });
  });

  it('are open to a person whom the people map names by an alias, also after a later run, until an undo', async () => {
    const alias = 'd.avery@example.com';
    await google.updatePerson(DAVE, { aliases: [alias] });
    const top = await folder('Work');
    const report = await file('report', top);
    await share(top, CAROL);
    await share(report, CAROL, 'writer');
    const there = await folder('Work', undefined, {}, BOB);
    const people = [{ from: CAROL, to: alias }];
    const done = await carry([top], { people }, { conflict: 'skip' });
    expect(await differences(done, { people: { [CAROL]: DAVE } })).toEqual(SAME);
    expect(await sharingOf(done)).toEqual(allEqual(2));

    const [carol] = (await google.tree(ALICE))
      .find(({ id }) => id === report)!
      .permissions.filter(({ email }) => email === CAROL);
    await api.drive(ALICE, 'DELETE', `/drive/v3/files/${report}/permissions/${carol!.id}`);
    await share(top, CAROL, 'commenter');
    await api.command(done.id, 'rerun');
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(await sharingOf(again)).toEqual(allEqual(1));
    expect(await given(BOB, there)).toEqual([`${DAVE} commenter`]);
    expect(await given(BOB, await copyOf(again, 'report'))).toEqual([]);

    await api.command(done.id, 'undo');
    await api.until(done.id, ({ state }) => state === 'undone');
    expect(await given(BOB, there)).toEqual([]);
  });

  it('have the expiry of their originals, at most a year, which is reported', async () => {
    const [soon, far] = [await file('soon'), await file('far')];
    const expirationTime = new Date(Date.now() + 30 * DAY).toISOString();
    await share(soon, { type: 'user', emailAddress: CAROL, expirationTime }, 'commenter');
    await share(far, {
      type: 'user',
      emailAddress: CAROL,
      expirationTime: new Date(Date.now() + 365.9 * DAY).toISOString(),
    });
    const done = await carry([soon, far]);
    const ends = async (name: string) => {
      const id = await copyOf(done, name);
      const item = (await google.tree(BOB)).find((each) => each.id === id)!;
      return Date.parse(item.permissions.find(({ email }) => email === CAROL)!.expirationTime!);
    };
    expect(Math.abs((await ends('soon')) - Date.parse(expirationTime))).toBeLessThan(60_000);
    expect(await ends('far')).toBeLessThan(Date.now() + 365.1 * DAY);
    expect(await sharingOf(done)).toMatchObject({ equal: 1, narrower: 1, reasons: { expiry_shortened: 1 } });
  });

  it('omit permissions whose expiry Google does not allow, which is reported', async () => {
    const report = await file('report');
    await share(report, {
      type: 'user',
      emailAddress: CAROL,
      expirationTime: new Date(Date.now() + DAY).toISOString(),
    });
    await google.behave({
      faults: [{ operation: 'permissions.create', status: 403, reason: 'cannotSetExpiration', account: BOB }],
    });
    const done = await carry([report]);
    expect(await differences(done)).toMatchObject({ wider: [] });
    expect(await sharingOf(done)).toMatchObject({ equal: 0, narrower: 1, reasons: { expiry_not_allowed: 1 } });
  });

  it('that are relayed get the same access as server-side copies', async () => {
    const top = await aSharedTree();
    const forbidden = await file('not to be copied', top);
    await share(forbidden, CAROL);
    const { tokens } = api;
    const readonly = { ...tokens, 'X-Source-Token': await connect(stack, 'source', ALICE, { access: 'readonly' }) };
    const { id } = await api.start({ items: [top], sharing: { mode: 'carry' } }, readonly);
    const done = await api.ended(id);
    expect(done.ways).toMatchObject({ serverCopy: 0 });
    expect(await differences(done)).toEqual(SAME);
  });

  it('that are converted, because readers may not copy their originals, get the same', async () => {
    const { id: notes } = await api.drive(ALICE, 'POST', '/drive/v3/files', { name: 'notes', mimeType: DOCUMENT });
    await share(notes, CAROL, 'commenter');
    await share(notes, TEAM);
    await change(notes, { copyRequiresWriterPermission: true });
    const done = await carry([notes], {}, { allowConversion: true });
    expect(done).toMatchObject({ state: 'completed', ways: { export: 1 } });
    expect(await differences(done)).toEqual(SAME);
    expect(await sharingOf(done)).toEqual(allEqual(2));
    const copy = await api.drive<{ copyRequiresWriterPermission: boolean }>(
      BOB,
      'GET',
      `/drive/v3/files/${await copyOf(done, 'notes')}?fields=copyRequiresWriterPermission`,
    );
    expect(copy.copyRequiresWriterPermission).toBe(true);
  });

  it('of a move are open before the originals go to the trash', async () => {
    const top = await aSharedTree();
    const done = await carry([top], {}, { mode: 'move' });
    expect(await differences(done)).toEqual(SAME);
    expect(done.originals).toMatchObject({ kept: 0 });
  });
});

describe('people whom Google refuses', () => {
  it('are omitted and reported if they have no account, or get an e-mail if the user agreed', async () => {
    const report = await file('report');
    const nobody = 'nobody@else.example';
    await api.drive(ALICE, 'POST', `/drive/v3/files/${report}/permissions`, {
      role: 'reader',
      type: 'user',
      emailAddress: nobody,
    });
    mails = [nobody];
    const done = await carry([report]);
    expect(done.state).toBe('completed');
    expect(await sharingOf(done)).toMatchObject({ equal: 0, narrower: 1, reasons: { no_google_account: 1 } });
    const invited = await carry([report], { notify: true });
    mails = [nobody, nobody];
    expect(await sharingOf(invited)).toEqual(allEqual(1));
    expect(await given(BOB, await copyOf(invited, 'report'))).toContain(`${nobody} reader`);
  });

  it('get their access even if they are suspended', async () => {
    const report = await file('report');
    await share(report, CAROL);
    await google.updatePerson(CAROL, { suspended: true });
    const done = await carry([report]);
    expect(await differences(done)).toEqual(SAME);
    const [access] = await google.access(await copyOf(done, 'report'));
    expect(access!.people.find(({ email }) => email === CAROL)).toMatchObject({ inactive: true, role: 'reader' });
  });

  it('are omitted with the reason if a domain forbids sharing out, sharing in, or links', async () => {
    const top = await folder('Work');
    await share(top, CAROL);
    await share(await file('for Otto', top), OTTO, 'writer');
    await share(await file('for anyone', top), { type: 'anyone' });
    await stack.control('POST', 'domains', { domain: 'example.com', shareOut: false, publishOut: false });
    const done = await carry([top]);
    expect(done.state).toBe('completed');
    expect(await sharingOf(done)).toEqual({
      equal: 1,
      narrower: 2,
      wider: 0,
      waiting: 0,
      reasons: { domain_forbids_sharing_out: 1, link_not_permitted: 1 },
    });
    expect(await differences(done)).toMatchObject({ wider: [] });

    await stack.control('POST', 'domains', { domain: 'example.com' });
    await stack.control('POST', 'domains', { domain: 'else.example', shareIn: false });
    const again = await carry([top]);
    expect(await sharingOf(again)).toMatchObject({ equal: 2, narrower: 1, reasons: { domain_forbids_sharing_in: 1 } });
  });

  it('can only read if their licence has no Drive', async () => {
    const report = await file('report');
    await share(report, CAROL, 'writer');
    await google.updatePerson(CAROL, { driveLicence: false });
    const done = await carry([report]);
    expect(await sharingOf(done)).toMatchObject({ equal: 0, narrower: 1, reasons: { license: 1 } });
  });
});

describe('restrictions of an original', () => {
  it('apply to its copy: sharing by writers, copying and downloading, editing', async () => {
    const top = await folder('Work');
    await share(top, CAROL, 'writer');
    const report = await file('report', top);
    await change(report, {
      writersCanShare: false,
      copyRequiresWriterPermission: true,
      downloadRestrictions: { itemDownloadRestriction: { restrictedForReaders: true, restrictedForWriters: false } },
    });
    const { id: notes } = await api.drive(ALICE, 'POST', '/drive/v3/files', {
      name: 'notes',
      mimeType: DOCUMENT,
      parents: [top],
    });
    await change(notes, { modifiedTime: '2021-03-04T05:06:07.000Z' });
    await change(notes, { contentRestrictions: [{ readOnly: true, reason: 'final' }] });
    const done = await carry([top]);
    expect(done.state).toBe('completed');
    const fields =
      'fields=writersCanShare,copyRequiresWriterPermission,downloadRestrictions,contentRestrictions(readOnly,reason),modifiedTime';
    const now = async (name: string) =>
      api.drive<Record<string, unknown>>(BOB, 'GET', `/drive/v3/files/${await copyOf(done, name)}?${fields}`);
    expect(await now('report')).toMatchObject({
      writersCanShare: false,
      copyRequiresWriterPermission: true,
      downloadRestrictions: { itemDownloadRestriction: { restrictedForReaders: true } },
    });
    expect(await now('notes')).toMatchObject({
      contentRestrictions: [{ readOnly: true, reason: 'final' }],
      modifiedTime: '2021-03-04T05:06:07.000Z',
    });
    expect(await differences(done)).toEqual(SAME);
  });

  it('keep people with access to the folder above out of a limited folder', async () => {
    const top = await folder('Work');
    await share(top, CAROL, 'writer');
    const secret = await folder('Secret', top);
    await share(secret, DAVE);
    await change(secret, { inheritedPermissionsDisabled: true });
    await share(await file('in it', secret), ERIN);
    const done = await carry([top]);
    expect(await differences(done)).toEqual(SAME);
    const [access] = await google.access(await copyOf(done, 'Secret'));
    expect(access).toMatchObject({ limited: true });
    const people = (name: string) =>
      access!.people
        .filter(({ level }) => level === 'content')
        .map(({ email }) => email)
        .includes(name);
    expect([people(CAROL), people(DAVE)]).toEqual([false, true]);
  });
});

describe('shared drives', () => {
  it('keep their roles; members of the target can open everything', async () => {
    const { id: drive } = await stack.control<{ id: string }>('POST', 'drives', {
      name: 'Team',
      organizer: BOB,
      members: [{ email: DAVE, role: 'fileOrganizer' }],
    });
    const done = await carry([await aSharedTree()], {}, { target: { folderId: drive } });
    expect(done.state).toBe('completed');
    expect(await differences(done, {}, drive)).toEqual(SAME);
  });

  it.each([
    ['people of its organisation only', { domainUsersOnly: true }, { shared_drive_restricted: 1 }],
    ['members only', { driveMembersOnly: true }, { shared_drive_restricted: 2 }],
    ['folders shared by managers only', { sharingFoldersRequiresOrganizerPermission: true }, { refused: 1 }],
  ])('refuse what their settings do not allow, as counted before the start: %s', async (_, restrictions, reasons) => {
    const [refused = 0] = Object.values(reasons);
    const { id: drive } = await stack.control<{ id: string }>('POST', 'drives', {
      ...{ name: 'Team', organizer: DAVE },
      members: [{ email: BOB, role: 'fileOrganizer' }],
    });
    await api.drive(DAVE, 'PATCH', `/drive/v3/drives/${drive}`, { restrictions });
    const top = await folder('Work');
    await share(top, CAROL);
    await share(await file('report', top), OTTO);
    const { id, access } = await api.counted(
      (await api.preflight({ items: [top], target: { folderId: drive }, sharing: { mode: 'carry' } })).id,
    );
    expect(access).toMatchObject({ permissions: 2, refused, loses: 1 + refused });
    await api.start({ preflightId: id });
    const done = await api.ended(id);
    expect(await sharingOf(done)).toMatchObject({
      equal: 2 - refused,
      narrower: refused,
      reasons,
    });
  });

  it('make managers and content managers writers in My Drive', async () => {
    const { id: drive } = await stack.control<{ id: string }>('POST', 'drives', {
      name: 'Team',
      organizer: ALICE,
      members: [
        { email: DAVE, role: 'fileOrganizer' },
        { email: CAROL, role: 'commenter' },
      ],
    });
    const top = await folder('Work', drive);
    await share(top, ERIN, 'writer');
    const secret = await folder('Secret', top);
    await change(secret, { inheritedPermissionsDisabled: true });
    await share(secret, OTTO);
    const done = await carry([top], { owner: 'drop' });
    expect(done.state).toBe('completed');
    expect((await differences(done)).wider).toEqual([]);
    expect(await given(BOB, await copyOf(done, 'Work'))).toEqual(
      [`${ALICE} writer`, `${CAROL} commenter`, `${DAVE} writer`, `${ERIN} writer`].sort(),
    );
  });
});

describe('a target folder', () => {
  it('whose readers the destination account may not see is named before the start, and opens nothing by itself', async () => {
    const target = await folder('Shared', undefined, {}, CAROL);
    await share(target, BOB, 'writer', CAROL);
    await share(target, DAVE, 'reader', CAROL);
    const hidden = { operation: 'permissions.list', account: BOB, fileId: target, status: 403 };
    await google.behave({ faults: [{ ...hidden, reason: 'insufficientFilePermissions' }] });
    const top = await aSharedTree();
    const sharing = { mode: 'carry' };
    const { id } = await api.preflight({ items: [top], target: { folderId: target }, sharing });
    const preflight = await api.counted(id);
    expect(preflight.access).toMatchObject({ target: 0, gains: 0, warnings: [{ code: 'target_unreadable' }] });
    await api.start({ preflightId: id });
    const done = await api.ended(id);
    expect(done.state).toBe('completed');
    expect(await sharingOf(done)).toEqual(allEqual(7));
    expect(await differences(done, {}, target)).toEqual(SAME);
  });
});

describe('originals whose permissions the source may not see', () => {
  it('are counted in the outcome, and named in access.csv', async () => {
    const top = await folder('Theirs', undefined, {}, CAROL);
    await share(top, ALICE, 'reader', CAROL);
    await share(top, DAVE, 'reader', CAROL);
    await api.aFile(CAROL, 'report', 'report', top);
    const mine = await file('mine');
    await share(mine, DAVE);
    const done = await carry([top, mine]);
    expect(done.sharing).toMatchObject({ wanted: 1, equal: 1, unreadable: 2 });
    const { text } = await stack.api.get(`/api/transfers/${done.id}/access.csv`).set(api.tokens).expect(200);
    expect(text.match(/unread,unreadable/g)).toHaveLength(2);
  });
});

describe('permissions of the destination’s owner', () => {
  it.each(['skip', 'replace', 'newer'] as const)('stay, with the policy %s', async (conflict) => {
    const top = await folder('Work');
    await share(top, CAROL, 'writer');
    const report = await file('report', top);
    await share(report, ERIN);
    const there = await folder('Work', undefined, {}, BOB);
    await share(there, CAROL, 'reader', BOB);
    await share(there, DAVE, 'writer', BOB);
    const old = (await api.aFile(BOB, 'report', 'older', there)).id;
    await change(old, { modifiedTime: '2020-01-01T00:00:00.000Z' }, BOB);
    await share(old, OTTO, 'commenter', BOB);
    const done = await carry([top], {}, { conflict });
    expect(done.state).toBe('completed');
    expect(await given(BOB, there)).toEqual([`${CAROL} writer`, `${DAVE} writer`].sort());
    const now = (await google.tree(BOB)).find(({ name, trashed }) => name === 'report' && !trashed)!;
    expect(await given(BOB, now.id)).toContain(`${OTTO} commenter`);
    expect((await given(BOB, now.id)).includes(`${ERIN} reader`)).toBe(conflict !== 'skip');

    await api.command(done.id, 'undo');
    await api.until(done.id, ({ state }) => state === 'undone');
    expect(await given(BOB, there)).toEqual([`${CAROL} reader`, `${DAVE} writer`].sort());
  });
});

describe('a permanent role that the destination’s owner gave', () => {
  it.each(['skip', 'replace'] as const)('does not end with a higher one, with the policy %s', async (conflict) => {
    await google.updatePerson(DAVE, { aliases: ['d.avery@example.com'] });
    const expirationTime = new Date(Date.now() + 30 * DAY).toISOString();
    const until = (emailAddress: string) => ({ type: 'user', emailAddress, expirationTime });
    const top = await folder('Work');
    const report = await file('report', top);
    for (const [id, role] of [
      [top, 'reader'],
      [report, 'writer'],
    ] as const)
      for (const who of [CAROL, 'd.avery@example.com']) await share(id, until(who), role);
    const there = await folder('Work', undefined, {}, BOB);
    const old = (await api.aFile(BOB, 'report', 'older', there)).id;
    for (const who of [CAROL, DAVE]) {
      await share(there, who, 'reader', BOB);
      await share(old, who, 'commenter', BOB);
    }
    const done = await carry([top], { people: [{ from: DAVE, to: 'd.avery@example.com' }] }, { conflict });
    expect(done.state).toBe('completed');
    expect(await sharingOf(done)).toEqual(
      conflict === 'skip'
        ? allEqual(2)
        : { equal: 3, narrower: 2, wider: 0, waiting: 0, reasons: { expiry_differs: 2 } },
    );
    await google.advance(31 * DAY);
    expect(await given(BOB, there)).toEqual([`${CAROL} reader`, `${DAVE} reader`]);
    const now = (await google.tree(BOB)).find(({ name, trashed }) => name === 'report' && !trashed)!;
    expect(await given(BOB, now.id)).toEqual([`${CAROL} commenter`, `${DAVE} commenter`]);
  });
});

describe('temporary shares of another transfer', () => {
  it('are not carried over, unlike what the owner gave to the same person', async () => {
    const top = await folder('Work');
    const inner = await folder('Inner', top);
    await share(inner, CAROL);
    await file('report', inner);
    await share(await file('for Dave', inner), DAVE, 'commenter');
    // Parked, so its share stays. Dave's account may not write anything today.
    await google.behave({ quotas: { bytesPerDay: 1 } });
    const toDave = { ...api.tokens, 'X-Destination-Token': await connect(stack, 'destination', DAVE) };
    const { body } = await stack.api
      .post('/api/transfers')
      .set(toDave)
      .send({ items: [top] })
      .expect(202);
    const { id: otherId } = body as TransferDto;
    await until('the transfer to Dave is parked', async () => {
      const other = (await stack.api.get(`/api/transfers/${otherId}`).set(toDave).expect(200)).body as TransferDto;
      return other.state === 'waiting_quota';
    });
    await google.behave({ quotas: { bytesPerDay: 750e9 } });
    expect(await given(ALICE, top)).toContain(`${DAVE} reader`);
    const done = await carry([inner]);
    expect(done).toMatchObject({ state: 'completed' });
    const copies = ['Inner', 'report', 'for Dave'];
    expect(await Promise.all(copies.map(async (name) => given(BOB, await copyOf(done, name))))).toEqual([
      [`${CAROL} reader`],
      [],
      [`${DAVE} commenter`],
    ]);
  });
});

describe('an undo', () => {
  it('leaves no permission of CloudMover, on trashed and on remaining copies', async () => {
    const done = await carry([await aSharedTree()]);
    const edited = await copyOf(done, 'for Otto');
    await api.write(BOB, edited, 'edited since');
    await api.command(done.id, 'undo');
    await api.until(done.id, ({ state }) => state === 'undone');
    for (const { destinationId } of await items(done.id)) expect(await given(BOB, destinationId!)).toEqual([]);
  });
});

/** Who can open the copies in Bob's trash. */
const onTrashedCopies = async () =>
  (await google.tree(BOB))
    .filter(({ trashed }) => trashed)
    .flatMap(({ name, permissions }) => permissions.map(({ email }) => `${email} opens ${name}`))
    .filter((line) => !line.startsWith(BOB));

describe('a later run', () => {
  it('closes the copies that it replaces, and so does an undo of everything', async () => {
    const done = await carry([await aSharedTree()]);
    const id = (await items(done.id)).find(({ name }) => name === 'for Carol')!.sourceId;
    await api.write(ALICE, id, 'newer');
    const [ofCarol] = (await google.tree(ALICE))
      .find((item) => item.id === id)!
      .permissions.filter(({ email }) => email === CAROL);
    await api.drive(ALICE, 'DELETE', `/drive/v3/files/${id}/permissions/${ofCarol!.id}`);
    await api.command(done.id, 'rerun');
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(again).toMatchObject({ state: 'completed', delta: { changed: 1 } });
    expect(await onTrashedCopies()).toEqual([]);
    await api.command(done.id, 'undo');
    await api.until(done.id, ({ state }) => state === 'undone');
    expect(await onTrashedCopies()).toEqual([]);
  });

  it('carries over added, changed and removed permissions, and keeps those of the copies’ owner', async () => {
    const top = await aSharedTree();
    const done = await carry([top]);
    const tree = await google.tree(ALICE);
    const id = (name: string) => tree.find((item) => item.name === name)!.id;
    const permissionOf = (name: string, email: string) =>
      tree.find((item) => item.name === name)!.permissions.find((each) => each.email === email)!.id;
    await share(await copyOf(done, 'Inner'), DAVE, 'writer', BOB);
    await api.drive(ALICE, 'PATCH', `/drive/v3/files/${id('Inner')}/permissions/${permissionOf('Inner', CAROL)}`, {
      role: 'reader',
    });
    await api.drive(ALICE, 'DELETE', `/drive/v3/files/${id('for Otto')}/permissions/${permissionOf('for Otto', OTTO)}`);
    await share(id('for Otto'), ERIN, 'writer');
    await api.write(ALICE, id('for Carol'), 'newer');
    await api.command(done.id, 'rerun');
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(again.state).toBe('completed');
    const { wider, narrower } = await differences(again);
    expect(narrower).toEqual([]);
    expect(wider.filter((line) => !line.includes(`${DAVE} has writer`))).toEqual([]);
    expect(await given(BOB, await copyOf(again, 'Inner'))).toEqual([`${CAROL} reader`, `${DAVE} writer`].sort());
    expect(await given(BOB, await copyOf(again, 'for Otto'))).toEqual([`${ERIN} writer`].sort());
    expect(await given(BOB, await copyOf(again, 'for Carol'))).toEqual([`${CAROL} commenter`].sort());
    expect(await sharingOf(again)).toMatchObject({ narrower: 0, wider: 0, waiting: 0 });
  });

  it('names everybody who can still open the copy of an original that was moved out of a shared folder', async () => {
    const top = await folder('Work');
    await share(top, CAROL, 'writer');
    const report = await file('report', top);
    const done = await carry([top]);
    await api.drive(ALICE, 'PATCH', `/drive/v3/files/${report}?addParents=root&removeParents=${top}`, {});
    await api.command(done.id, 'rerun');
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(again).toMatchObject({ state: 'completed', delta: { left: 1 }, sharing: { wider: 1, left: 1 } });
    expect(await sharingOf(again)).toMatchObject({ equal: 1, wider: 1, reasons: { original_moved: 1 } });
    const { wider } = await differences(again);
    expect(wider).toHaveLength(1);
    expect(wider[0]).toContain(CAROL);
  });

  it('into a shared drive does so too, with the roles of shared drives', async () => {
    const { id: drive } = await stack.control<{ id: string }>('POST', 'drives', {
      name: 'Team',
      organizer: BOB,
      members: [{ email: DAVE, role: 'fileOrganizer' }],
    });
    const top = await aSharedTree();
    const done = await carry([top], {}, { target: { folderId: drive } });
    const tree = await google.tree(ALICE);
    const of = (name: string) => tree.find((item) => item.name === name)!;
    const otto = of('for Otto').permissions.find(({ email }) => email === OTTO)!;
    await api.drive(ALICE, 'DELETE', `/drive/v3/files/${of('for Otto').id}/permissions/${otto.id}`);
    await share(of('inherited').id, OTTO, 'writer');
    await share(await file('new', of('Inner').id), ERIN, 'commenter');
    await api.command(done.id, 'rerun');
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(again).toMatchObject({ state: 'completed', delta: { added: 1 } });
    expect(await differences(again, {}, drive)).toEqual(SAME);
    expect(await sharingOf(again)).toMatchObject({ narrower: 0, wider: 0, waiting: 0 });
    const [access] = await google.access(await copyOf(again, 'for Otto'));
    expect(access!.people.map(({ email }) => email)).not.toContain(OTTO);
  });
});

describe('a transfer that carried no sharing over', () => {
  const rerun = (id: string, sharing: object, key = 'once') =>
    stack.api
      .post(`/api/transfers/${id}/rerun`)
      .set({ ...api.tokens, 'Idempotency-Key': key })
      .send({ sharing: { mode: 'carry', ...sharing } });

  it('carries it over afterwards, for what it has copied and what is new, and keeps what was given to the copies', async () => {
    const top = await aSharedTree();
    const done = await api.run({ items: [top] });
    expect(done.allowedActions).toContain('carry_access');
    expect(done.consents.carry_access).toEqual(['source', 'destination']);
    await share(await copyOf(done, 'Inner'), DAVE, 'writer', BOB);
    await share(await file('new', top), OTTO, 'commenter');
    const people = { [CAROL]: ERIN };
    const sharing = { people: [{ from: CAROL, to: ERIN }] };
    await rerun(done.id, sharing).expect(202);
    const again = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.delta !== undefined);
    expect(again).toMatchObject({ state: 'completed', delta: { added: 1 } });
    expect(again.delta).not.toHaveProperty('listedAnew');
    expect(again.sharing).toMatchObject({ mode: 'carry', lines: 1, wanted: 8, equal: 8 });
    const { wider, narrower } = await differences(again, { people });
    expect(narrower).toEqual([]);
    expect(wider.filter((line) => !line.includes(`${DAVE} has writer`))).toEqual([]);
    expect(await given(BOB, await copyOf(again, 'Inner'))).toEqual([`${DAVE} writer`, `${ERIN} writer`]);
    expect(again.allowedActions).not.toContain('carry_access');

    const { body: repeated } = await rerun(done.id, sharing).expect(202);
    expect((repeated as TransferDto).state).toBe('completed');
    expect((await rerun(done.id, {}).expect(422)).body).toMatchObject({ code: 'idempotency_conflict' });
    expect((await rerun(done.id, sharing, 'twice').expect(409)).body).toMatchObject({ code: 'carry_access_refused' });
    // It carries over what changes from now on, as one that did so from the beginning.
    await share(await file('newer', top), CAROL, 'writer');
    await api.command(done.id, 'rerun');
    const last = await api.until(done.id, (transfer) => hasEnded(transfer) && transfer.counts.found === 11);
    expect(await given(BOB, await copyOf(last, 'newer'))).toEqual([`${ERIN} writer`]);
  });

  it('cannot do so where the originals are in the trash', async () => {
    const top = await aSharedTree();
    const moved = await api.run({ items: [top], mode: 'move' });
    expect(moved.allowedActions).not.toContain('carry_access');
    const { body } = await rerun(moved.id, {}, 'of a move').expect(409);
    expect(body).toMatchObject({ code: 'carry_access_refused', detail: expect.stringContaining('trash') as string });
  });
});

describe('an account at Google’s limit for sharing', () => {
  it('has its copies, waits until a stated time, and continues with the missing permissions', async () => {
    const top = await aSharedTree();
    const refusal = { status: 403, reason: 'sharingRateLimitExceeded', retryAfter: 600 };
    await google.behave({ faults: [{ operation: 'permissions.create', account: BOB, nth: 4, ...refusal }] });
    const { id } = await api.start({ items: [top], sharing: { mode: 'carry' } });
    const parked = await api.until(id, ({ state }) => state === 'waiting_quota');
    expect(parked.counts.verified).toBe(parked.counts.found);
    expect(Date.parse(parked.resumeAt!)).toBeGreaterThan(Date.now());
    expect(parked.sharing).toMatchObject({ wider: 0, resumeAt: parked.resumeAt });
    expect(Date.parse(parked.resumeAt!)).toBeLessThanOrEqual(Date.now() + 600_000);
    // Simulates that the wait is over, for the transfer and for the account.
    const redis = await connectAdmin();
    await redis.hset(keys.transfer(id), 'resumeAt', Date.now());
    await redis.del(...(await redis.keys('cloudmover:pace:*')));
    redis.disconnect();
    await stack.restart();
    const done = await api.ended(id);
    expect(done.state).toBe('completed');
    expect(await differences(done)).toEqual(SAME);
  });

  it('states the time of its next try while Google’s hidden limit lasts', async () => {
    const top = await aSharedTree();
    await google.behave({ quotas: { sharesPerDay: 4 } });
    const clock = new SkippingClock();
    const { drives, close } = await drivesOf(clock);
    try {
      const ledger = new InMemoryLedger(
        anOrder(drives.source.account, drives.destination.account, [top], { sharing: sharingOptions() }),
      );
      const sharing = async () => sharingView(ledger.order, await ledger.snapshot());
      let before = clock.now();
      await runTransfer(ledger, drives);
      // Google states no time, so each wait is a quarter of an hour.
      for (let tries = 1; tries <= 2; tries++) {
        const { state, resumeAt } = await ledger.snapshot();
        expect({ tries, state }).toEqual({ tries, state: 'waiting_quota' });
        expect((await sharing()).resumeAt).toBe(new Date(resumeAt!).toISOString());
        const after = clock.now();
        expect(resumeAt).toBeGreaterThanOrEqual(before + 900_000);
        expect(resumeAt).toBeLessThanOrEqual(after + 900_000);
        expect(await sharing()).toMatchObject({ wider: 0 });
        clock.slept += resumeAt! - after;
        before = clock.now();
        if (tries === 2) await google.advance(DAY);
        await ledger.resume();
        await new Transfer(ledger, drives).finish(new AbortController().signal);
      }
      expect(await ledger.state()).toBe('completed');
      expect(await sharing()).toMatchObject({ equal: 7, narrower: 0, wider: 0, waiting: 0 });
      expect(await sharing()).not.toHaveProperty('resumeAt');
      const copied = (await ledger.items(0, 100)).map(({ outcome: { destinationId }, ...item }) => ({
        ...item,
        ...(destinationId && { destinationId }),
      }));
      const [access] = await google.access((await api.drive(BOB, 'GET', '/drive/v3/files/root')).id);
      expect(accessDifferences(await originalsAndCopies(google, copied), access!, BOB)).toEqual(SAME);
    } finally {
      await close();
    }
  });
});

/** Both accounts’ drives at the sandbox, with waits that take no time but advance this clock. */
async function drivesOf(clock: SkippingClock): Promise<{ drives: Drives; close: () => Promise<void> }> {
  const tokens = new Map<string, string>();
  class Tokens extends AccessTokens {
    override async accessToken(account: string, rejected?: string): Promise<string> {
      const known = tokens.get(account);
      if (known && known !== rejected) return known;
      const { access_token: token } = await stack.control<{ access_token: string }>('POST', 'tokens', { account });
      tokens.set(account, token);
      return token;
    }
  }
  const skipping = {
    now: () => clock.now(),
    after(ms: number, run: () => void) {
      const timer = setImmediate(() => {
        clock.slept += ms;
        run();
      });
      return () => clearImmediate(timer);
    },
  };
  const client = new GoogleClient(new Tokens(), {
    apiRoot: stack.sandbox.url,
    pacer: new Pacer(undefined, { clock: skipping }),
  });
  const drive = (email: string, side: Side) =>
    new GoogleDrive(client, email, { sub: email, email, readOnly: false }, side);
  const drives = { source: drive(ALICE, 'source'), destination: drive(BOB, 'destination'), clock };
  return { drives, close: () => client.close() };
}
