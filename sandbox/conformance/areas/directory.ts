import { SCOPE } from '../../oauth/scopes.ts';
import { behave, control, DAY, file, MINUTE, PEOPLE, refused, type Request, type Scenario } from '../scenario.ts';

const REFERENCE = 'https://developers.google.com/workspace/admin/directory/reference/rest/v1';
const GAM = 'https://github.com/GAM-team/GAM/blob/main/src/gam/gamlib/glgapi.py';
const SEARCH = 'https://developers.google.com/workspace/admin/directory/v1/guides/search-users';

const USERS = [SCOPE.directoryUser];
const GROUPS = [SCOPE.directoryGroup];
const admin = control('people', { email: PEOPLE.alice, admin: true });

/** A call to the directory, with the scope of people or of groups. */
function directory(ask: string, more: Partial<Request> = {}): Request {
  const [method = '', path = ''] = ask.split(' ');
  return {
    ask: `${method} /admin/directory/v1/${path}`,
    scopes: path.startsWith('groups') ? GROUPS : USERS,
    status: 200,
    ...more,
  };
}

const person = (email: string, more: object = {}): Request =>
  directory('POST users', {
    body: { primaryEmail: email, name: { givenName: 'Nora', familyName: 'New' }, password: 'correct horse', ...more },
    json: { primaryEmail: email },
    keep: { person: 'id' },
  });

const emailsOf = (...emails: string[]): object => ({ users: emails.map((primaryEmail) => ({ primaryEmail })) });
const forbidden = {
  status: 403,
  error: { reason: 'forbidden', message: 'Not Authorized to access this resource/api' },
};
const invalid = (name: string): Partial<Request> => ({
  status: 400,
  error: { reason: 'invalid', message: `Invalid Input: ${name}` },
});
const missing = (key: string): Partial<Request> => ({
  status: 404,
  error: { reason: 'notFound', message: `Resource Not Found: ${key}` },
});

export const DIRECTORY: Scenario[] = [
  {
    source: `${REFERENCE}/users/list`,
    title: 'users.list returns everyone in the organisation to an administrator, in all domains or in one',
    steps: [
      admin,
      control('organizations', { domains: ['example.com', 'second.example'] }, { customer: 'customerId' }),
      person('nora@second.example'),
      directory('GET users?customer=my_customer', {
        json: {
          kind: 'admin#directory#users',
          ...emailsOf(PEOPLE.alice, PEOPLE.bob, 'nora@second.example'),
        },
        absent: ['nextPageToken'],
      }),
      directory('GET users?customer={customer}&fields=users(primaryEmail)', {
        exactly: emailsOf(PEOPLE.alice, PEOPLE.bob, 'nora@second.example'),
      }),
      directory('GET users?domain=second.example&fields=users(primaryEmail,customerId)', {
        exactly: { users: [{ primaryEmail: 'nora@second.example', customerId: '{customer}' }] },
      }),
      directory('GET users', { status: 400, error: { reason: 'badRequest' } }),
      directory('GET users?customer=example.com', { status: 400, error: { reason: 'badRequest' } }),
      directory('GET users?customer=C0123abcd', forbidden),
      directory('GET users?domain=elsewhere.example', { status: 404, error: { reason: 'notFound' } }),
    ],
  },
  {
    source: `${REFERENCE}/users/list`,
    title: 'users.list has pages and an order, and omits an empty list',
    steps: [
      admin,
      person('zoe@example.com', { name: { givenName: 'Zoe', familyName: 'Adams' } }),
      directory(
        'GET users?customer=my_customer&maxResults=2&orderBy=familyName&fields=users/primaryEmail,nextPageToken',
        {
          json: emailsOf('zoe@example.com', PEOPLE.alice),
          keep: { next: 'nextPageToken' },
        },
      ),
      directory(
        'GET users?customer=my_customer&maxResults=2&orderBy=familyName&pageToken={next}&fields=users/primaryEmail',
        {
          exactly: emailsOf(PEOPLE.bob),
        },
      ),
      directory('GET users?customer=my_customer&orderBy=givenName&sortOrder=DESCENDING&fields=users/primaryEmail', {
        exactly: emailsOf('zoe@example.com', PEOPLE.bob, PEOPLE.alice),
      }),
      directory('GET users?customer=my_customer&query=givenName:Nobody', { absent: ['users'] }),
      directory('GET users?customer=my_customer&orderBy=age', invalid('orderBy')),
      directory('GET users?customer=my_customer&pageToken=nonsense', invalid('pageToken')),
      directory('GET users?customer=my_customer&maxResults=501', {
        status: 400,
        error: { reason: 'invalidParameter' },
      }),
    ],
  },
  ...(['invalid', 'gone'] as const).map((answer): Scenario => ({
    source: `${REFERENCE}/users/list`,
    title: `a page token of users.list is valid for three days: ${answer}`,
    switches: { expiredDirectoryToken: answer },
    steps: [
      admin,
      directory('GET users?customer=my_customer&maxResults=1', { keep: { next: 'nextPageToken' } }),
      { advance: 3 * DAY },
      directory('GET users?customer=my_customer&maxResults=1&pageToken={next}', { json: emailsOf(PEOPLE.bob) }),
      { advance: MINUTE },
      directory(
        'GET users?customer=my_customer&maxResults=1&pageToken={next}',
        answer === 'gone' ? { status: 410, error: { reason: 'deleted' } } : invalid('pageToken'),
      ),
    ],
  })),
  {
    source: SEARCH,
    title: 'a query combines clauses with AND: equal, containing words, prefix, flags and organisational units',
    steps: [
      admin,
      person('nora.new@example.com', { orgUnitPath: '/School/Pupils', suspended: true }),
      person('norman@example.com', {
        name: { givenName: 'Norman', familyName: 'van der Berg' },
        orgUnitPath: '/School',
      }),
      ...Object.entries({
        'email=nora.new@example.com': ['nora.new@example.com'],
        'email:nor*': ['nora.new@example.com', 'norman@example.com'],
        "name:'van der'": ['norman@example.com'],
        'name="Nora New"': ['nora.new@example.com'],
        'familyName:VAN': ['norman@example.com'],
        'givenName:nor': [],
        'isSuspended=true': ['nora.new@example.com'],
        'isAdmin=true': [PEOPLE.alice],
        'email:nor* isSuspended=false': ['norman@example.com'],
        "orgUnitPath='/School'": ['nora.new@example.com', 'norman@example.com'],
        'orgUnitPath=/School/Pupils': ['nora.new@example.com'],
        berg: ['norman@example.com'],
        'orgTitle:Head': [],
      }).map(([query, emails]) =>
        directory(`GET users?customer=my_customer&fields=users/primaryEmail&query=${encodeURIComponent(query)}`, {
          exactly: emails.length > 0 ? emailsOf(...emails) : {},
        }),
      ),
      ...['age=7', 'isAdmin:true', 'isAdmin=maybe', 'name:N*', "name='open", 'orgUnitPath:School'].map((query) =>
        directory(`GET users?customer=my_customer&query=${encodeURIComponent(query)}`, invalid('query')),
      ),
    ],
  },
  {
    source: `${REFERENCE}/users`,
    title: 'users.get: by address, alias or id, as an administrator sees the person',
    steps: [
      admin,
      control('people', {
        email: PEOPLE.bob,
        aliases: ['bobby@example.com'],
        orgUnitPath: '/Sales',
        mailboxSetup: false,
      }),
      directory(`GET users/${PEOPLE.bob}`, {
        json: {
          kind: 'admin#directory#user',
          primaryEmail: PEOPLE.bob,
          name: { givenName: 'Bob', familyName: 'Bob', fullName: 'Bob Bob' },
          isAdmin: false,
          suspended: false,
          archived: false,
          orgUnitPath: '/Sales',
          isMailboxSetup: false,
          aliases: ['bobby@example.com'],
          emails: [{ address: PEOPLE.bob, primary: true }, { address: 'bobby@example.com' }],
          creationTime: '2030-01-01T00:00:00.000Z',
        },
        absent: ['suspensionReason', 'deletionTime'],
        keep: { bob: 'id' },
      }),
      directory('GET users/bobby@example.com?fields=id', { exactly: { id: '{bob}' } }),
      directory('GET users/{bob}?fields=primaryEmail', { exactly: { primaryEmail: PEOPLE.bob } }),
      directory('GET users/nobody@example.com', missing('userKey')),
      directory('GET users/123', missing('userKey')),
      directory(`GET users/${PEOPLE.carol}`, forbidden),
      directory(`GET users/${PEOPLE.bob}?projection=everything`, invalid('projection')),
    ],
  },
  {
    source: `${REFERENCE}/users`,
    title: 'only administrators may call, with the scope of the method; everyone may read the public view',
    steps: [
      directory('GET users?customer=my_customer', forbidden),
      directory('GET groups?customer=my_customer', forbidden),
      directory('GET users?customer=my_customer&viewType=domain_public&fields=users', {
        as: 'bob',
        json: emailsOf(PEOPLE.alice, PEOPLE.bob),
      }),
      directory(`GET users/${PEOPLE.alice}?viewType=domain_public`, { as: 'bob', absent: ['isAdmin', 'orgUnitPath'] }),
      directory('GET users?customer=my_customer', { as: 'dave', ...forbidden }),
      control('people', { email: PEOPLE.bob, delegatedAdmin: true }),
      directory('GET users?customer=my_customer', { as: 'bob', scopes: [SCOPE.directoryUserReadonly] }),
      directory('GET groups?customer=my_customer', { as: 'bob', scopes: [SCOPE.directoryGroupReadonly] }),
      directory('GET groups?customer=my_customer', {
        as: 'bob',
        scopes: [SCOPE.directoryUser],
        status: 403,
        error: { reason: 'insufficientPermissions' },
      }),
      directory('DELETE users/123', {
        as: 'bob',
        scopes: [SCOPE.directoryUserReadonly],
        status: 403,
        error: { reason: 'insufficientPermissions' },
      }),
      directory('GET users?customer=my_customer', { as: 'nobody', status: 403 }),
    ],
  },
  {
    source: `${REFERENCE}/users/insert`,
    title: 'people can be added, changed, made administrators, deleted and restored',
    steps: [
      admin,
      person('nora@example.com'),
      directory('POST users', {
        body: {
          primaryEmail: 'nora@example.com',
          name: { givenName: 'N', familyName: 'N' },
          password: 'correct horse',
        },
        status: 409,
        error: { reason: 'duplicate', message: 'Entity already exists.' },
      }),
      directory('POST users', {
        body: { primaryEmail: 'nora@example.com', name: { givenName: 'N' }, password: 'correct horse' },
        ...invalid('name'),
      }),
      directory('POST users', {
        body: {
          primaryEmail: 'n@elsewhere.example',
          name: { givenName: 'N', familyName: 'N' },
          password: 'correct horse',
        },
        status: 404,
        error: { reason: 'notFound', message: 'Domain not found.' },
      }),
      directory('PUT users/nora@example.com', {
        body: { suspended: true, orgUnitPath: '/Leavers' },
        json: { suspended: true, suspensionReason: 'ADMIN', orgUnitPath: '/Leavers' },
      }),
      directory('PATCH users/nora@example.com', {
        body: { suspended: false, name: { familyName: 'Newer' } },
        json: { suspended: false, name: { fullName: 'Nora Newer' } },
        absent: ['suspensionReason'],
      }),
      directory('PATCH users/nora@example.com', { body: { suspended: 'yes' }, ...invalid('suspended') }),
      directory('POST users/nora@example.com/makeAdmin', { body: { status: true }, status: 204 }),
      directory('GET users/nora@example.com?fields=isAdmin', { exactly: { isAdmin: true } }),
      directory('DELETE users/nora@example.com', { status: 204 }),
      directory('GET users/nora@example.com', missing('userKey')),
      directory('DELETE users/nora@example.com', missing('userKey')),
      directory('GET users?customer=my_customer&showDeleted=true', {
        json: { users: [{ primaryEmail: 'nora@example.com', deletionTime: '2030-01-01T00:00:00.000Z' }] },
      }),
      directory('POST users/{person}/undelete', { body: { orgUnitPath: '/' }, status: 204 }),
      directory('GET users/nora@example.com?fields=orgUnitPath', { exactly: { orgUnitPath: '/' } }),
      directory('DELETE users/nora@example.com', { status: 204 }),
      { advance: 20 * DAY },
      directory('POST users/{person}/undelete', { body: {}, ...missing('userKey') }),
      directory('GET users?customer=my_customer&showDeleted=true', { absent: ['users'] }),
    ],
  },
  {
    source: `${REFERENCE}/groups`,
    title: 'groups can be added, found by domain, query and member, changed and deleted',
    steps: [
      admin,
      directory('POST groups', {
        body: { email: 'team@example.com', name: 'The team', description: 'Us' },
        json: { kind: 'admin#directory#group', email: 'team@example.com', name: 'The team', directMembersCount: '0' },
        keep: { team: 'id' },
      }),
      directory('POST groups', { body: { email: 'team@example.com' }, status: 409, error: { reason: 'duplicate' } }),
      directory('POST groups', {
        body: { email: 'team@elsewhere.example' },
        status: 404,
        error: { reason: 'notFound' },
      }),
      directory('POST groups', { body: {}, ...invalid('email') }),
      control('groups', { email: 'all@example.com', members: ['team@example.com', PEOPLE.bob, PEOPLE.carol] }),
      control('groups', { email: 'theirs@elsewhere.example', members: [PEOPLE.carol] }),
      directory('GET groups?customer=my_customer&fields=kind,groups(email,directMembersCount)', {
        exactly: {
          kind: 'admin#directory#groups',
          groups: [
            { email: 'all@example.com', directMembersCount: '3' },
            { email: 'team@example.com', directMembersCount: '0' },
          ],
        },
      }),
      directory('GET groups?domain=example.com&query=email:te*&fields=groups/email', {
        exactly: { groups: [{ email: 'team@example.com' }] },
      }),
      directory(`GET groups?domain=example.com&query=memberKey=${PEOPLE.carol}&fields=groups/email`, {
        exactly: { groups: [{ email: 'all@example.com' }] },
      }),
      directory(`GET groups?userKey=${PEOPLE.bob}&fields=groups/email`, {
        exactly: { groups: [{ email: 'all@example.com' }] },
      }),
      directory('GET groups?customer=my_customer&query=nonsense', invalid('query')),
      directory('GET groups/{team}?fields=name', { exactly: { name: 'The team' } }),
      directory('PUT groups/team@example.com', { body: { name: 'Team' }, json: { name: 'Team', description: 'Us' } }),
      directory('GET groups/theirs@elsewhere.example', forbidden),
      directory('GET groups/nobody@example.com', missing('groupKey')),
      directory('DELETE groups/team@example.com', { status: 204 }),
      directory('DELETE groups/team@example.com', missing('groupKey')),
    ],
  },
  {
    source: `${REFERENCE}/members`,
    title: 'members can be people, groups, people outside, or everyone in the organisation',
    steps: [
      admin,
      control('organizations', { domains: ['example.com'] }, { customer: 'customerId' }),
      control('groups', { email: 'team@example.com', members: [] }),
      control('groups', { email: 'all@example.com', members: [] }),
      directory('POST groups/team@example.com/members', {
        body: { email: PEOPLE.bob, role: 'OWNER' },
        json: { kind: 'admin#directory#member', email: PEOPLE.bob, role: 'OWNER', type: 'USER', status: 'ACTIVE' },
        keep: { bob: 'id' },
      }),
      directory('POST groups/team@example.com/members', {
        body: { email: 'somebody@outside.example' },
        json: { role: 'MEMBER', type: 'USER' },
      }),
      directory('POST groups/all@example.com/members', {
        body: { email: 'team@example.com' },
        json: { type: 'GROUP' },
      }),
      directory('POST groups/all@example.com/members', {
        body: { id: '{customer}' },
        json: { id: '{customer}', type: 'CUSTOMER' },
        absent: ['email', 'status'],
      }),
      directory('POST groups/team@example.com/members', {
        body: { email: PEOPLE.bob },
        status: 409,
        error: { reason: 'duplicate', message: 'Member already exists.' },
      }),
      directory('POST groups/team@example.com/members', {
        body: { email: 'nobody@example.com' },
        ...missing('memberKey'),
      }),
      directory('POST groups/team@example.com/members', {
        body: { email: 'all@example.com' },
        status: 400,
        error: { reason: 'cyclicMembershipsNotAllowed' },
      }),
      directory('POST groups/team@example.com/members', { body: {}, ...invalid('memberKey') }),
      directory('GET groups/team@example.com/members?fields=kind,members(email,role)', {
        exactly: {
          kind: 'admin#directory#members',
          members: [
            { email: PEOPLE.bob, role: 'OWNER' },
            { email: 'somebody@outside.example', role: 'MEMBER' },
          ],
        },
      }),
      directory('GET groups/team@example.com/members?roles=OWNER,MANAGER&fields=members/email', {
        exactly: { members: [{ email: PEOPLE.bob }] },
      }),
      directory('GET groups/team@example.com/members?roles=BOSS', invalid('roles')),
      directory('GET groups/all@example.com/members?includeDerivedMembership=true&fields=members/email', {
        exactly: {
          members: [{}, { email: PEOPLE.bob }, { email: 'somebody@outside.example' }, { email: 'team@example.com' }],
        },
      }),
      directory('GET groups/team@example.com/members/{bob}?fields=email', { exactly: { email: PEOPLE.bob } }),
      directory(`GET groups/all@example.com/members/${PEOPLE.bob}`, missing('memberKey')),
      directory(`PATCH groups/team@example.com/members/${PEOPLE.bob}`, {
        body: { role: 'MANAGER' },
        json: { role: 'MANAGER' },
      }),
      directory(`PUT groups/team@example.com/members/${PEOPLE.bob}`, { body: { role: 'BOSS' }, ...invalid('role') }),
      directory(`DELETE groups/team@example.com/members/${PEOPLE.bob}`, { status: 204 }),
      directory(`DELETE groups/team@example.com/members/${PEOPLE.bob}`, missing('memberKey')),
    ],
  },
  {
    source: `${REFERENCE}/members/hasMember`,
    title: 'hasMember includes nested groups, if both are in one organisation',
    steps: [
      admin,
      control('groups', { email: 'inner@example.com', members: [PEOPLE.bob, PEOPLE.carol] }),
      control('groups', { email: 'outer@example.com', members: ['inner@example.com', 'x@outside.example'] }),
      directory(`GET groups/outer@example.com/hasMember/${PEOPLE.bob}`, { exactly: { isMember: true } }),
      directory(`GET groups/outer@example.com/hasMember/${PEOPLE.alice}`, { exactly: { isMember: false } }),
      directory('GET groups/outer@example.com/hasMember/x@outside.example', { exactly: { isMember: true } }),
      directory(`GET groups/inner@example.com/hasMember/${PEOPLE.carol}`, { exactly: { isMember: true } }),
      directory(`GET groups/outer@example.com/hasMember/${PEOPLE.carol}`, invalid('memberKey')),
    ],
  },
  {
    source: `${REFERENCE}/members`,
    title: 'an item shared with a group is accessible to members of nested groups, as long as they are members',
    steps: [
      admin,
      control('groups', { email: 'inner@example.com', members: [] }),
      control('groups', { email: 'outer@example.com', members: ['inner@example.com'] }),
      file('plan'),
      {
        ask: 'POST files/{plan}/permissions?sendNotificationEmail=false',
        body: { type: 'group', role: 'writer', emailAddress: 'outer@example.com' },
        status: 200,
      },
      { as: 'bob', ask: 'GET files/{plan}', status: 404 },
      directory('POST groups/inner@example.com/members', { body: { email: PEOPLE.bob } }),
      {
        as: 'bob',
        ask: 'GET files/{plan}?fields=capabilities/canEdit',
        status: 200,
        json: { capabilities: { canEdit: true } },
      },
      {
        as: 'bob',
        ask: 'GET files?q=sharedWithMe&fields=files/id',
        status: 200,
        exactly: { files: [{ id: '{plan}' }] },
      },
      directory('DELETE groups/inner@example.com', { status: 204 }),
      { as: 'bob', ask: 'GET files/{plan}', status: 404 },
    ],
  },
  {
    source: `${REFERENCE}/customers`,
    title: 'an organisation has an id and domains, one of which is primary',
    steps: [
      admin,
      control('organizations', { domains: ['example.com', 'second.example'] }, { customer: 'customerId' }),
      directory('GET customers/my_customer', {
        scopes: [SCOPE.directoryCustomerReadonly],
        json: { kind: 'admin#directory#customer', id: '{customer}', customerDomain: 'example.com' },
      }),
      directory('GET customers/C0123abcd', { scopes: [SCOPE.directoryCustomerReadonly], ...forbidden }),
      directory('GET customer/my_customer/domains?fields=domains(domainName,isPrimary,verified)', {
        scopes: [SCOPE.directoryDomainReadonly],
        exactly: {
          domains: [
            { domainName: 'example.com', isPrimary: true, verified: true },
            { domainName: 'second.example', isPrimary: false, verified: true },
          ],
        },
      }),
    ],
  },
  {
    source: 'https://developers.google.com/workspace/admin/directory/v1/limits',
    title: 'the directory has a quota of requests per minute',
    steps: [
      admin,
      behave({ quotas: { directoryPerMinute: 1 } }),
      directory(`GET users/${PEOPLE.bob}`),
      directory(`GET users/${PEOPLE.bob}`, {
        status: 429,
        error: { reason: 'rateLimitExceeded', domain: 'usageLimits' },
      }),
      { advance: MINUTE },
      directory(`GET users/${PEOPLE.bob}`),
    ],
  },
  ...(['domainPolicy', 'authError'] as const).map((answer): Scenario => ({
    source: GAM,
    title: `Drive refuses a person without a licence for it: ${answer}`,
    switches: { withoutDriveLicence: answer },
    steps: [
      file('plan'),
      control('people', { email: PEOPLE.alice, driveLicence: false, admin: true }),
      refused('GET about?fields=user', undefined, answer, 'alice', answer === 'domainPolicy' ? 403 : 401),
      { ask: 'GET files/{plan}', status: answer === 'domainPolicy' ? 403 : 401 },
      // The directory needs no licence.
      directory(`GET users/${PEOPLE.alice}`),
      control('people', { email: PEOPLE.alice, driveLicence: true }),
      { ask: 'GET files/{plan}', status: 200 },
    ],
  })),
  {
    source: 'https://github.com/GAM-team/GAM/pull/1171',
    title: 'the tokens of a suspended, archived or deleted person are invalid',
    steps: [
      ...(['suspended', 'archived', 'deleted'] as const).flatMap((state): Request[] => [
        { as: 'bob', ask: 'GET about?fields=user', status: 200 },
        control('people', { email: PEOPLE.bob, [state]: true }),
        { as: 'bob', ask: 'GET about?fields=user', status: 401, error: { reason: 'authError' } },
        control('people', { email: PEOPLE.bob, [state]: false }),
      ]),
      { as: 'bob', ask: 'GET about?fields=user', status: 200 },
    ],
  },
];
