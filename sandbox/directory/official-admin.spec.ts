import { admin as adminOf, type admin_directory_v1 } from '@googleapis/admin';
import { drive as driveOf, type drive_v3 } from '@googleapis/drive';
import { JWT, OAuth2Client } from 'google-auth-library';
import { SCOPE } from '../oauth/scopes.ts';
import { TestSandbox } from '../testing/test-client.ts';

const ROBOT = 'mover@project.iam.gserviceaccount.com';
const ADMIN = 'alice@example.com';
const DOMAIN = 'example.com';
const SCOPES = [SCOPE.drive, SCOPE.directoryUser, SCOPE.directoryGroup];
const DAY_MS = 86_400_000;

/** Google's client of the Admin SDK and its JWT with a subject, unmodified, test the directory and delegation. */
describe("Google's client of the directory", () => {
  let test: TestSandbox;
  let now = Date.parse('2030-01-01T00:00:00Z');
  let key: string;
  let directory: admin_directory_v1.Admin;

  beforeEach(async () => {
    now = Date.parse('2030-01-01T00:00:00Z');
    test = await TestSandbox.start({ now: () => now });
    const made = await test.ask('POST', '/__sandbox/service-accounts', {
      body: { email: ROBOT, generate: true, delegation: { domain: DOMAIN, scopes: SCOPES } },
    });
    ({ private_key: key } = made.json['keyFile'] as unknown as { private_key: string });
    await test.control.updatePerson(ADMIN, { admin: true });
    directory = directoryAs(ADMIN);
  });
  afterEach(() => test.close());

  /** The library has Google's token address built in, and uses the machine's time in assertions. */
  function jwt(subject: string | undefined, scopes: readonly string[] = SCOPES): JWT {
    const { transporter } = new OAuth2Client();
    transporter.interceptors.request.add({
      resolved: (config) => {
        if (config.url.hostname === 'oauth2.googleapis.com') config.url = new URL('/token', test.sandbox.url);
        return Promise.resolve(config);
      },
    });
    const claims = { iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 3600 };
    const subjectOf = subject === undefined ? {} : { subject };
    return new JWT({ email: ROBOT, key, scopes: [...scopes], transporter, additionalClaims: claims, ...subjectOf });
  }

  const rootUrl = (): string => `${test.sandbox.url}/`;
  const directoryAs = (subject: string | undefined, scopes?: readonly string[]): admin_directory_v1.Admin =>
    adminOf({ version: 'directory_v1', auth: jwt(subject, scopes), rootUrl: rootUrl(), retry: false });
  const driveAs = (subject: string): drive_v3.Drive =>
    driveOf({ version: 'v3', auth: jwt(subject), rootUrl: rootUrl(), retry: false });
  const emailOf = async (drive: drive_v3.Drive): Promise<unknown> =>
    (await drive.about.get({ fields: 'user(emailAddress)' })).data.user?.emailAddress;

  async function everyone(more: admin_directory_v1.Params$Resource$Users$List = {}): Promise<string[]> {
    const emails: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await directory.users.list({
        customer: 'my_customer',
        maxResults: 2,
        ...more,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      emails.push(...(data.users ?? []).map((user) => user.primaryEmail ?? ''));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    return emails;
  }

  it('lists people page by page while people are added and removed', async () => {
    for (const name of ['carl', 'dora', 'emil'])
      await directory.users.insert({
        requestBody: {
          primaryEmail: `${name}@${DOMAIN}`,
          name: { givenName: name, familyName: 'New' },
          password: 'correct horse battery',
        },
      });
    expect(await everyone()).toEqual(['alice', 'bob', 'carl', 'dora', 'emil'].map((name) => `${name}@${DOMAIN}`));
    const first = await directory.users.list({ customer: 'my_customer', maxResults: 2 });
    await directory.users.delete({ userKey: `bob@${DOMAIN}` });
    const { data } = await directory.users.list({
      customer: 'my_customer',
      maxResults: 2,
      pageToken: first.data.nextPageToken ?? '',
    });
    expect(data.users?.map((user) => user.primaryEmail)).toEqual([`carl@${DOMAIN}`, `dora@${DOMAIN}`]);
    expect(await everyone({ query: 'email:d*' })).toEqual([`dora@${DOMAIN}`]);
    expect(await everyone({ showDeleted: 'true' })).toEqual([`bob@${DOMAIN}`]);
  });

  it('refuses a page token after three days of the sandbox’s clock', async () => {
    const { data } = await directory.users.list({ customer: 'my_customer', maxResults: 1 });
    now += 3 * DAY_MS + 1;
    directory = directoryAs(ADMIN);
    await expect(
      directory.users.list({ customer: 'my_customer', pageToken: data.nextPageToken ?? '' }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('keeps groups with nested and outside members', async () => {
    const groupKey = `all@${DOMAIN}`;
    await directory.groups.insert({ requestBody: { email: `team@${DOMAIN}`, name: 'Team' } });
    await directory.groups.insert({ requestBody: { email: groupKey, name: 'All' } });
    const add = (group: string, email: string) =>
      directory.members.insert({ groupKey: group, requestBody: { email, role: 'MEMBER' } });
    await add(`team@${DOMAIN}`, `bob@${DOMAIN}`);
    await add(groupKey, `team@${DOMAIN}`);
    await add(groupKey, 'guest@outside.example');
    const { data } = await directory.members.list({ groupKey });
    expect(data.members?.map(({ email, type }) => [email, type])).toEqual([
      ['guest@outside.example', 'USER'],
      [`team@${DOMAIN}`, 'GROUP'],
    ]);
    const has = await directory.members.hasMember({ groupKey, memberKey: `bob@${DOMAIN}` });
    expect(has.data.isMember).toBe(true);
    await directory.members.delete({ groupKey, memberKey: `team@${DOMAIN}` });
    const hasNow = await directory.members.hasMember({ groupKey, memberKey: `bob@${DOMAIN}` });
    expect(hasNow.data.isMember).toBe(false);
    const groups = await directory.groups.list({ userKey: `bob@${DOMAIN}` });
    expect(groups.data.groups?.map(({ email }) => email)).toEqual([`team@${DOMAIN}`]);
    // The token has no scope for domains.
    await expect(directory.domains.list({ customer: 'my_customer' })).rejects.toMatchObject({ status: 403 });
  });

  it('allows only administrators, and names the missing entity', async () => {
    await expect(directoryAs(`bob@${DOMAIN}`).users.list({ customer: 'my_customer' })).rejects.toMatchObject({
      status: 403,
      message: 'Not Authorized to access this resource/api',
    });
    await expect(directoryAs(undefined).users.list({ customer: 'my_customer' })).rejects.toMatchObject({ status: 403 });
    await expect(directory.users.get({ userKey: `nobody@${DOMAIN}` })).rejects.toMatchObject({
      status: 404,
      message: 'Resource Not Found: userKey',
    });
    await expect(directory.groups.get({ groupKey: `nobody@${DOMAIN}` })).rejects.toMatchObject({ status: 404 });
  });

  it('issues no token for scopes that are not delegated, or after the delegation is withdrawn', async () => {
    await expect(
      directoryAs(ADMIN, [SCOPE.directoryCustomer]).customers.get({ customerKey: 'my_customer' }),
    ).rejects.toThrow('unauthorized_client');
    await test.control.delegate(ROBOT, DOMAIN, []);
    await expect(emailOf(driveAs(`bob@${DOMAIN}`))).rejects.toThrow('unauthorized_client');
    await test.control.delegate(ROBOT, DOMAIN, SCOPES);
    expect(await emailOf(driveAs(`bob@${DOMAIN}`))).toBe(`bob@${DOMAIN}`);
  });

  it('handles suspended and deleted people, and people without a licence', async () => {
    const drive = driveAs(`bob@${DOMAIN}`);
    expect(await emailOf(drive)).toBe(`bob@${DOMAIN}`);
    await directory.users.update({ userKey: `bob@${DOMAIN}`, requestBody: { suspended: true } });
    await expect(emailOf(driveAs(`bob@${DOMAIN}`))).rejects.toThrow('invalid_grant');
    expect(await everyone({ query: 'isSuspended=true' })).toEqual([`bob@${DOMAIN}`]);
    await directory.users.update({ userKey: `bob@${DOMAIN}`, requestBody: { suspended: false } });
    await test.control.updatePerson(`bob@${DOMAIN}`, { driveLicence: false });
    await expect(emailOf(drive)).rejects.toMatchObject({ status: 403 });
    await directory.users.delete({ userKey: `bob@${DOMAIN}` });
    await expect(emailOf(driveAs(`bob@${DOMAIN}`))).rejects.toThrow('invalid_grant');
  });

  it('loses access during a job, at the same request for the same seed', async () => {
    const run = async (): Promise<number[]> => {
      await test.control.behave({
        seed: 7,
        faults: [{ operation: 'about.get', kind: 'withdrawDelegation', probability: 0.2, times: 1 }],
      });
      await test.control.delegate(ROBOT, DOMAIN, SCOPES);
      const drive = driveAs(`bob@${DOMAIN}`);
      const failed: number[] = [];
      for (let i = 0; i < 12; i++) await emailOf(drive).catch(() => failed.push(i));
      return failed;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(0);
    expect(await run()).toEqual(first);
  });

  it('is metered by project, and the directory uses no units of Drive', async () => {
    await test.control.clearStats();
    await emailOf(driveAs(`bob@${DOMAIN}`));
    await everyone();
    const { projects } = await test.control.meter();
    expect(projects).toMatchObject([
      {
        project: expect.stringMatching(/^\d{21}$/) as unknown,
        days: [{ date: '2029-12-31', requests: 1, units: 5 }],
        accounts: [{ account: `bob@${DOMAIN}`, days: [{ units: 5 }] }],
      },
    ]);
    expect((await test.control.stats()).quotaUnits).toBe(5);
  });
});
