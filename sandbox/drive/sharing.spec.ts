import { drive as driveOf, type drive_v3 } from '@googleapis/drive';
import { OAuth2Client } from 'google-auth-library';
import { accessTo } from '../control/access-report.ts';
import { randomFrom } from '../faults/random.ts';
import { TestSandbox, text } from '../testing/test-client.ts';
import { DriveStore } from './drive-store.ts';
import { atLeast, FOLDER, permissionIdOf, type Item, type Owner, type Role } from './model.ts';

const PEOPLE = ['ana', 'ben', 'cleo', 'dan', 'eva'].map((name) => `${name}@one.example`);
/** Groups with their members; `all` holds a group. */
const GROUPS: Record<string, string[]> = {
  'team@one.example': ['ben@one.example', 'cleo@one.example'],
  'all@one.example': ['team@one.example', 'dan@one.example'],
};
const ROLES = ['reader', 'commenter', 'writer'] as const;

/** The test's own record of an item, from which it computes the expected access independently. */
interface Known {
  item: Item;
  above?: Known;
  limited: boolean;
  given: { to: string; role: Role }[];
}

/** A random tree in My Drive or a shared drive, shared at random. */
function grow(seed: number): { store: DriveStore; known: Known[] } {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const store = new DriveStore(() => 0);
  for (const email of PEOPLE) store.addAccount(email);
  for (const [email, members] of Object.entries(GROUPS)) store.directory.setGroup(email, members);
  const give = (known: Known, to: string, role: Role): void => {
    const type = to in GROUPS ? 'group' : 'user';
    if (store.account(to) === known.item.owner) return;
    store.share(known.item, { id: permissionIdOf(to), type, role, email: to, since: 0 });
    known.given.push({ to, role });
  };
  const drive = seed % 2 === 0 ? store.addDrive('Drive', undefined, { domain: 'one.example' }) : undefined;
  const root = drive?.root ?? store.knownAccount(PEOPLE[0] ?? '').root;
  const known: Known[] = [{ item: root, limited: false, given: [] }];
  if (drive)
    for (const role of ['organizer', 'fileOrganizer', 'reader'] as const) give(known[0] as Known, pick(PEOPLE), role);
  for (let i = 0; i < 30; i++) {
    const above = pick(known.filter(({ item }) => item.children));
    const folder = random() < 0.5;
    const owner: Owner = drive ?? store.knownAccount(pick(PEOPLE));
    const name = `item ${i}`;
    const mimeType = folder ? FOLDER : 'text/plain';
    const entry: Known = {
      item: store.create({ name, mimeType, owner, parent: above.item }),
      above,
      limited: false,
      given: [],
    };
    if (folder && random() < 0.3) entry.limited = entry.item.inheritedPermissionsDisabled = true;
    if (random() < 0.4) give(entry, pick([...PEOPLE, ...Object.keys(GROUPS)]), pick(ROLES));
    known.push(entry);
  }
  return { store, known };
}

function isFor(to: string, person: string): boolean {
  return to === person || (GROUPS[to] ?? []).some((member) => isFor(member, person));
}

function best(roles: (Role | undefined)[]): Role | undefined {
  return roles.reduce((one, other) => (other === undefined || atLeast(one, other) ? one : other), undefined);
}

/** The union of the permissions along the path, up to a limited folder, which only organizers pass. */
function expected(known: Known, person: string): Role | undefined {
  if (known.item.owner.email === person) return 'owner';
  const inside: (Role | undefined)[] = [];
  const outside: (Role | undefined)[] = [];
  let cut = false;
  for (let each: Known | undefined = known; each; each = each.above) {
    const here = each.given.filter(({ to }) => isFor(to, person)).map(({ role }) => role as Role | undefined);
    if (each.item.owner.email === person) here.push('writer');
    (cut ? outside : inside).push(...here);
    cut ||= each.limited;
  }
  if (best(outside) === 'organizer') return 'organizer';
  // A limited folder itself is visible to people with access to its parent.
  const shown = known.limited && known.above !== undefined && opens(known.above, person);
  return best(inside) ?? (shown ? 'reader' : undefined);
}

function opens(known: Known, person: string): boolean {
  return expected({ ...known, limited: false, ...(known.limited ? { above: undefined } : {}) }, person) !== undefined;
}

describe('access', () => {
  it.each(Array.from({ length: 100 }, (_, seed) => seed))(
    'is the union along the path, up to limited folders (seed %s)',
    (seed) => {
      const { store, known } = grow(seed);
      for (const each of known) {
        const report = accessTo(store, each.item);
        for (const person of PEOPLE) {
          const wanted = expected(each, person);
          const at = `${each.item.name} for ${person}`;
          expect([at, store.roleOf(each.item, store.knownAccount(person))]).toEqual([at, wanted]);
          const shown = report.people.find(({ email }) => email === person);
          expect([at, shown?.role]).toEqual([at, wanted]);
          if (each.item.children && shown)
            expect([at, shown.level]).toEqual([
              at,
              store.access.opens(each.item, store.knownAccount(person)) ? 'content' : 'metadata',
            ]);
        }
        // permissions.list must agree for each person.
        for (const { permission, role } of store.access.effectivePermissions(each.item))
          for (const { email } of store.access.accountsBehind(permission.email ?? ''))
            expect(atLeast(store.roleOf(each.item, store.knownAccount(email)), role)).toBe(true);
      }
    },
  );
});

describe('sharing', () => {
  let test: TestSandbox;
  /** Requests that wait for their latency, and the number that must wait before all continue. */
  let waiting: (() => void)[] = [];
  let together = 1;
  const ALICE = 'alice@example.com';

  beforeAll(async () => {
    test = await TestSandbox.start({
      accounts: [ALICE, 'bob@example.com', 'carol@example.com', 'admin@example.com'],
      sleep: (): Promise<void> =>
        new Promise((resolve) => {
          waiting.push(resolve);
          if (waiting.length < together) return;
          for (const go of waiting) go();
          waiting = [];
        }),
    });
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    await test.ask('POST', '/__sandbox/reset', { body: {} });
    await test.signIn();
    together = 1;
  });

  const give = (fileId: string, email: string, role = 'reader') =>
    test.drive('POST', `files/${fileId}/permissions?sendNotificationEmail=false`, {
      body: { type: 'user', role, emailAddress: email },
    });
  const rolesOn = async (fileId: string): Promise<unknown> =>
    (await test.drive('GET', `files/${fileId}/permissions?fields=permissions(role)`)).json['permissions'];

  it.each([
    ['lastWins', [200, 200], 2],
    ['refuse', [200, 403], 2],
    ['serialize', [200, 200], 3],
  ])('of two overlapping changes of one item: %s', async (overlappingShares, statuses, count) => {
    const file = await test.file('f', 'x');
    const other = await test.file('g', 'x');
    await test.behave({ switches: { overlappingShares }, latencyMs: { 'permissions.create': 1 } });
    together = 3;
    // The third changes another item and does not overlap.
    const [one, two, apart] = await Promise.all([
      give(file, 'bob@example.com'),
      give(file, 'carol@example.com', 'writer'),
      give(other, 'bob@example.com'),
    ]);
    expect([one.status, two.status].sort()).toEqual(statuses);
    expect(apart.status).toBe(200);
    await test.behave({});
    expect(await rolesOn(file)).toHaveLength(count);
    expect(await rolesOn(other)).toHaveLength(2);
  });

  it('shows grantees with a deleted account, who have no access, and limits the role of people without a licence', async () => {
    const file = await test.file('f', 'x');
    await give(file, 'bob@example.com', 'writer');
    await test.ask('POST', '/__sandbox/people', { body: { email: 'bob@example.com', deleted: true } });
    const { permissions } = (
      await test.drive('GET', `files/${file}/permissions?fields=permissions(emailAddress,deleted)`)
    ).json;
    expect(permissions).toEqual([
      { emailAddress: ALICE, deleted: false },
      { emailAddress: 'bob@example.com', deleted: true },
    ]);
    expect((await test.control.access(file))[0]?.people.map(({ email }) => email)).toEqual([ALICE]);
    expect((await give(file, 'bob@example.com')).text).toContain('invalidSharingRequest');
    await test.ask('POST', '/__sandbox/people', { body: { email: 'carol@example.com', driveLicence: false } });
    const refused = await give(file, 'carol@example.com', 'writer');
    expect([refused.status, refused.text.includes('targetUserRoleLimitedByLicenseRestriction')]).toEqual([403, true]);
    expect((await give(file, 'carol@example.com')).status).toBe(200);
    await test.ask('POST', '/__sandbox/people', { body: { email: 'carol@example.com', suspended: true } });
    expect((await test.control.access(file))[0]?.people).toContainEqual(
      expect.objectContaining({ email: 'carol@example.com', role: 'reader', inactive: true }),
    );
  });

  it('lets administrators of the domain share a drive without being a member', async () => {
    const { id } = (await test.ask('POST', '/__sandbox/drives', { body: { name: 'd', organizer: ALICE } })).json;
    const token = await test.token('admin@example.com');
    const share = (more = '') =>
      test.drive('POST', `files/${text(id)}/permissions?supportsAllDrives=true${more}`, {
        token,
        body: { type: 'user', role: 'organizer', emailAddress: 'bob@example.com' },
      });
    expect((await share()).status).toBe(404);
    const refused = await share('&useDomainAdminAccess=true');
    expect([refused.status, refused.text.includes('insufficientAdministratorPrivileges')]).toEqual([403, true]);
    await test.ask('POST', '/__sandbox/people', { body: { email: 'admin@example.com', admin: true } });
    expect((await share('&useDomainAdminAccess=true')).status).toBe(200);
    expect((await share()).status).toBe(404);
  });

  it('opens the drives of an organisation only to its administrators, and refuses members without that right', async () => {
    const { id } = (await test.ask('POST', '/__sandbox/drives', { body: { name: 'd', organizer: ALICE } })).json;
    await test.ask('POST', '/__sandbox/accounts', { body: { email: 'boss@elsewhere.example' } });
    const boss = await test.token('boss@elsewhere.example');
    await test.ask('POST', '/__sandbox/people', { body: { email: 'boss@elsewhere.example', admin: true } });
    const calls = [
      ['GET', `drives/${text(id)}?useDomainAdminAccess=true`],
      ['PATCH', `drives/${text(id)}?useDomainAdminAccess=true`],
      ['DELETE', `drives/${text(id)}?useDomainAdminAccess=true&allowItemDeletion=true`],
    ] as const;
    const refusals = [await test.drive('GET', 'drives?useDomainAdminAccess=true')];
    for (const [method, path] of calls)
      for (const options of [{}, { token: boss }])
        refusals.push(await test.drive(method, path, { ...options, ...(method === 'PATCH' ? { body: {} } : {}) }));
    const reasons = refusals.map(({ status, text: said }) => `${status} ${/"reason": ?"(\w+)"/.exec(said)?.[1]}`);
    expect([...new Set(reasons)]).toEqual([
      '403 noListTeamDrivesAdministratorPrivilege',
      '403 insufficientAdministratorPrivileges',
      '403 noManageTeamDriveAdministratorPrivilege',
    ]);
    const hers = await test.drive('GET', 'drives?useDomainAdminAccess=true', { token: boss });
    expect([hers.status, hers.json['drives']]).toEqual([200, []]);
  });

  it('omits permissionIds in a share of the entries, the same ones for the same seed', async () => {
    for (let i = 0; i < 20; i++) await test.make({ name: `f${i}` });
    const lacking = async (seed: number): Promise<string[]> => {
      await test.behave({ seed, faults: [{ operation: 'files.list', kind: 'omitPermissionIds', share: 0.5 }] });
      const files = await test.list("'root' in parents", { fields: 'files(name,permissionIds)', orderBy: 'name' });
      return files.filter((each) => !each['permissionIds']).map((each) => text(each['name']));
    };
    const first = await lacking(1);
    expect(first.length).toBeGreaterThan(2);
    expect(first.length).toBeLessThan(18);
    expect(await lacking(1)).toEqual(first);
    expect(await lacking(2)).not.toEqual(first);
  });

  it('reports access to a whole tree, page by page', async () => {
    const top = await test.folder('top');
    const dir = await test.folder('dir', top);
    await test.file('a', 'x', { parents: [dir] });
    await test.file('b', 'x', { parents: [top] });
    await give(dir, 'bob@example.com', 'writer');
    await give(dir, 'new@nowhere.example').then(({ status }) => expect(status).toBe(400));
    await test.drive('POST', `files/${dir}/permissions`, {
      body: { type: 'user', role: 'reader', emailAddress: 'new@nowhere.example' },
    });
    await test.drive('POST', `files/${dir}/permissions`, { body: { type: 'anyone', role: 'reader' } });
    const all = await test.control.access(top, { tree: true });
    expect(all.map(({ name }) => name)).toEqual(['top', 'dir', 'a', 'b']);
    expect(await test.control.access(top, { tree: true, pageSize: 1 })).toEqual(all);
    expect(all[2]).toMatchObject({
      people: [
        { email: ALICE, role: 'owner', level: 'content', account: true },
        { email: 'bob@example.com', role: 'writer', via: [{ type: 'user', inheritedFrom: [dir], direct: false }] },
        { email: 'new@nowhere.example', role: 'reader', account: false },
      ],
      links: [{ type: 'anyone', role: 'reader', discoverable: false }],
    });
    await expect(test.control.access('none')).rejects.toThrow('There is no item none.');
  });

  it("works with Google's own client", async () => {
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: test.alice });
    const client: drive_v3.Drive = driveOf({ version: 'v3', auth });
    const there = { rootUrl: `${test.sandbox.url}/` };
    await test.ask('POST', '/__sandbox/groups', { body: { email: 'team@example.com', members: ['bob@example.com'] } });
    const fileId = await test.folder('dir');
    const inner = await test.folder('inner', fileId);
    const given = await client.permissions.create(
      {
        fileId,
        sendNotificationEmail: false,
        fields: '*',
        requestBody: { type: 'group', role: 'writer', emailAddress: 'team@example.com' },
      },
      there,
    );
    expect(given.data).toMatchObject({ type: 'group', role: 'writer', deleted: false, displayName: 'Team' });
    const permissionId = given.data.id ?? '';
    await client.files.update({ fileId: inner, requestBody: { inheritedPermissionsDisabled: true } }, there);
    const shown = await client.permissions.get({ fileId: inner, permissionId, fields: '*' }, there);
    expect(shown.data).toMatchObject({ role: 'reader', view: 'metadata', inheritedPermissionsDisabled: true });
    await expect(client.permissions.delete({ fileId: inner, permissionId }, there)).rejects.toMatchObject({
      status: 403,
      message: 'Cannot modify a permission that is inherited from a parent folder.',
    });
    await client.permissions.update({ fileId, permissionId, fields: 'role', requestBody: { role: 'reader' } }, there);
    const { data } = await client.files.get({ fileId, fields: 'permissions(role),permissionIds,capabilities' }, there);
    expect(data.permissions).toEqual([{ role: 'owner' }, { role: 'reader' }]);
    expect(data.permissionIds).toContain(permissionId);
    expect(data.capabilities).toMatchObject({ canShare: true, canDisableInheritedPermissions: true });
  });
});
