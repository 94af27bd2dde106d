import { generateKeyPairSync, sign } from 'node:crypto';
import { SCOPE } from '../../oauth/scopes.ts';
import { BEGINNING, behave, control, file, PEOPLE, type Request, type Scenario } from '../scenario.ts';

const GUIDE = 'https://developers.google.com/identity/protocols/oauth2/service-account';
const DELETED = 'https://github.com/GAM-team/GAM/pull/1171';

const ROBOT = 'robot@project.iam.gserviceaccount.com';
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PUBLIC_KEY = KEYS.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Signed when this file is loaded, because the rows begin at a fixed time. */
function assertionFor(subject: string | undefined, scope: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = BEGINNING / 1000;
  const claims = { iss: ROBOT, scope, aud: 'https://oauth2.googleapis.com/token', iat: issued, exp: issued + 3600 };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(subject === undefined ? claims : { ...claims, sub: subject })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), KEYS.privateKey).toString('base64url')}`;
}

function robot(domain = 'example.com', scopes: string[] = [SCOPE.drive]): Request {
  return control('service-accounts', { email: ROBOT, publicKey: PUBLIC_KEY, delegation: { domain, scopes } });
}

/** Requests a token to act as a person, or as the service account itself, and keeps it as `token`. */
function tokenFor(subject: string | undefined, more: Partial<Request> = {}, scope: string = SCOPE.drive): Request {
  return {
    as: 'nobody',
    ask: 'POST /token',
    form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionFor(subject, scope) },
    status: 200,
    ...((more.status ?? 200) === 200 ? { keep: { token: 'access_token' } } : {}),
    ...more,
  };
}

/** A call with the kept token. */
function delegated(ask: string, more: Partial<Request> = {}): Request {
  return { as: 'nobody', ask, headers: { authorization: 'Bearer {token}' }, status: 200, ...more };
}

const unauthorized: Partial<Request> = { status: 401, json: { error: 'unauthorized_client' } };
const refusedGrant = (description: string): Partial<Request> => ({
  status: 400,
  exactly: { error: 'invalid_grant', error_description: description },
});

export const DELEGATION: Scenario[] = [
  {
    source: GUIDE,
    title: 'a service account can act as any person of an organisation that delegates to it, with the delegated scopes',
    steps: [
      robot(),
      tokenFor(PEOPLE.bob),
      delegated('GET about?fields=user/emailAddress', { exactly: { user: { emailAddress: PEOPLE.bob } } }),
      tokenFor(PEOPLE.bob, unauthorized, `${SCOPE.drive} ${SCOPE.directoryUserReadonly}`),
      tokenFor(PEOPLE.carol, unauthorized),
      // A delegation applies to all domains of an organisation.
      control('organizations', { domains: ['example.com', 'elsewhere.example'] }),
      tokenFor(PEOPLE.carol),
      delegated('GET about?fields=user/emailAddress', { exactly: { user: { emailAddress: PEOPLE.carol } } }),
    ],
  },
  {
    source: GUIDE,
    title: 'several organisations can delegate to one service account, each with its own scopes',
    steps: [
      robot(),
      control('service-accounts/delegation', {
        email: ROBOT,
        domain: 'elsewhere.example',
        scopes: [SCOPE.directoryUserReadonly],
      }),
      tokenFor(PEOPLE.bob),
      tokenFor(PEOPLE.carol, unauthorized),
      tokenFor(PEOPLE.carol, {}, SCOPE.directoryUserReadonly),
      // The impersonated person must be an administrator too.
      delegated('GET /admin/directory/v1/users?customer=my_customer', { status: 403, error: { reason: 'forbidden' } }),
      control('people', { email: PEOPLE.carol, admin: true }),
      delegated('GET /admin/directory/v1/users?customer=my_customer', {
        json: { users: [{ primaryEmail: PEOPLE.carol }] },
      }),
    ],
  },
  {
    source: 'https://github.com/rclone/rclone/issues/3763',
    title: 'a service account without a subject gets an empty list, and is not an administrator',
    steps: [
      robot('example.com', [SCOPE.drive, SCOPE.directoryUserReadonly]),
      file('plan'),
      tokenFor(undefined),
      delegated('GET files?fields=files/id', { exactly: { files: [] } }),
      delegated('GET files/{plan}', { status: 404 }),
      tokenFor(undefined, {}, SCOPE.directoryUserReadonly),
      delegated('GET /admin/directory/v1/users?customer=my_customer', { status: 403, error: { reason: 'forbidden' } }),
    ],
  },
  ...[true, false].map((ends): Scenario => ({
    source: GUIDE,
    title: `a withdrawn delegation yields no new tokens; issued ones ${ends ? 'are revoked' : 'stay valid until they expire'}`,
    switches: { withdrawalEndsTokens: ends },
    steps: [
      robot(),
      tokenFor(PEOPLE.bob),
      control('service-accounts/delegation', { email: ROBOT, domain: 'example.com', scopes: [] }),
      tokenFor(PEOPLE.bob, unauthorized),
      delegated('GET about?fields=user', { status: ends ? 401 : 200 }),
      control('service-accounts/delegation', { email: ROBOT, domain: 'example.com', scopes: [SCOPE.drive] }),
      tokenFor(PEOPLE.bob),
    ],
  })),
  ...(['disabled', 'unknown', 'token'] as const).map((answer): Scenario => ({
    source: 'https://github.com/GAM-team/got-your-back/issues/258',
    title: `delegation for a suspended person: ${answer}`,
    switches: { suspendedSubject: answer },
    steps: [
      robot(),
      tokenFor(PEOPLE.bob),
      control('people', { email: PEOPLE.bob, suspended: true }),
      tokenFor(
        PEOPLE.bob,
        answer === 'token'
          ? {}
          : refusedGrant(answer === 'disabled' ? 'Account has been disabled' : 'Invalid email or User ID'),
      ),
      delegated('GET about?fields=user/emailAddress', { status: answer === 'token' ? 200 : 401 }),
      control('people', { email: PEOPLE.bob, suspended: false }),
      tokenFor(PEOPLE.bob),
    ],
  })),
  {
    source: DELETED,
    title: 'delegation for a deleted person, or an unknown address',
    steps: [
      robot(),
      tokenFor('nobody@example.com', refusedGrant('Invalid email or User ID')),
      control('people', { email: PEOPLE.bob, deleted: true }),
      tokenFor(PEOPLE.bob, refusedGrant('The account has been deleted')),
    ],
  },
  {
    source: GUIDE,
    title: 'an administrator withdraws the delegation, suspends the account or removes its licence during a job',
    steps: [
      robot(),
      ...(
        [
          ['withdrawDelegation', { status: 401, error: { reason: 'authError' } }],
          ['suspendPerson', { status: 401, error: { reason: 'authError' } }],
          ['removeLicence', { status: 403, error: { reason: 'domainPolicy' } }],
        ] as const
      ).flatMap(([kind, lost]): Request[] => [
        tokenFor(PEOPLE.bob),
        behave({ faults: [{ operation: 'files.list', kind, account: PEOPLE.bob, nth: 2 }] }),
        delegated('GET files?fields=files/id'),
        delegated('GET files?fields=files/id', lost),
        behave({ faults: [] }),
        delegated('GET files?fields=files/id', lost),
        control('people', { email: PEOPLE.bob, suspended: false, driveLicence: true }),
        control('service-accounts/delegation', { email: ROBOT, domain: 'example.com', scopes: [SCOPE.drive] }),
      ]),
      behave({ faults: [{ operation: 'oauth.token', kind: 'withdrawDelegation', account: PEOPLE.bob, nth: 2 }] }),
      tokenFor(PEOPLE.bob),
      tokenFor(PEOPLE.bob, unauthorized),
      tokenFor(PEOPLE.alice, unauthorized),
    ],
  },
  ...[true, false].map((isBilled): Scenario => ({
    source: '§14',
    title: `errors ${isBilled ? 'count' : 'do not count'} for the bill`,
    switches: { errorsAreBilled: isBilled },
    steps: [
      { as: 'nobody', ask: 'DELETE /__sandbox/stats', status: 204 },
      { ask: 'GET files/nowhere', status: 404 },
      { ask: 'GET files/root?fields=id', status: 200 },
      {
        as: 'nobody',
        ask: 'GET /__sandbox/meter',
        status: 200,
        json: {
          day: '2029-12-31',
          dayEnds: '2030-01-01T08:00:00.000Z',
          projects: [
            {
              project: 'sandbox',
              days: [
                {
                  units: 10,
                  successful: { requests: 1, units: 5 },
                  buckets: [{ units: isBilled ? 10 : 5 }, {}, {}, {}],
                },
              ],
            },
          ],
        },
      },
    ],
  })),
];
