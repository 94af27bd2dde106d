import { multipart } from '../testing/test-client.ts';

/**
 * What the sandbox answers, as data: for each fact about Google a request and the answer to it. `fact` names the section
 * of the project's collection of facts about Drive v3 that the rows come from: §1 OAuth, §2 limits, §3 errors, §4 search,
 * §5 download and export, §6 uploads, §7 copies, §8 ownership and moves, §9 checksums, §10 structure, §11 account, §12
 * the table of endpoints. A scenario with `switches` shows one of the answers to a question that no source settles.
 */
export interface Scenario {
  fact: string;
  title: string;
  switches?: Record<string, string | boolean>;
  limits?: Record<string, number>;
  steps: Step[];
}

/** Carol is of another organisation; Dave and Erin have private accounts; nobody sends no token. */
export type Person = 'alice' | 'bob' | 'carol' | 'dave' | 'erin' | 'nobody';

export const PEOPLE: Record<Exclude<Person, 'nobody'>, string> = {
  alice: 'alice@example.com',
  bob: 'bob@example.com',
  carol: 'carol@elsewhere.example',
  dave: 'dave@gmail.com',
  erin: 'erin@gmail.com',
};

/** When every scenario begins. */
export const BEGINNING = Date.parse('2030-01-01T00:00:00.000Z');

/**
 * A request with its answer, or time that passes. `{name}` stands for what an earlier step has kept, everywhere.
 * Addresses are below `/drive/v3/` unless they begin with `/` or `http`.
 */
export type Step = Request | { advance: number };

export interface Request {
  as?: Person;
  /** `METHOD address` */
  ask: string;
  scopes?: string[];
  headers?: Record<string, string>;
  body?: object | string | Buffer;
  form?: Record<string, string>;
  status: number;
  /** Of `error.errors[0]`. */
  error?: { reason: string; domain?: string; location?: string; message?: string };
  /** What the answer contains, and perhaps more. */
  json?: object;
  /** What it is, to the letter. */
  exactly?: object;
  text?: string | RegExp;
  answers?: Record<string, string | RegExp>;
  /** Names that must not be at the top of the answer. */
  absent?: string[];
  /** Name → where it is: `a>0>b` in the JSON, `header:x`, or `location?code`. */
  keep?: Record<string, string>;
}

export const FOLDER = 'application/vnd.google-apps.folder';
const SHORTCUT = 'application/vnd.google-apps.shortcut';
export const DOC = 'application/vnd.google-apps.document';
const SHEET = 'application/vnd.google-apps.spreadsheet';
const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';
const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const ALL = 'supportsAllDrives=true';
const QUANTUM = 262_144;

/** Makes a folder and keeps its id under `name`. */
export function folder(name: string, parent = 'root', as: Person = 'alice'): Request {
  const body = { name, mimeType: FOLDER, parents: [parent] };
  return { as, ask: `POST files?fields=id&${ALL}`, body, status: 200, keep: { [name]: 'id' } };
}

/** Makes a file with content and keeps its id. */
export function file(name: string, content = 'content', metadata: object = {}, as: Person = 'alice'): Request {
  return {
    as,
    ask: `POST /upload/drive/v3/files?uploadType=multipart&fields=id&${ALL}`,
    ...multipart({ name, ...metadata }, content),
    status: 200,
    keep: { [name]: 'id' },
  };
}

/** Makes something by metadata alone and keeps its id. */
export function made(name: string, metadata: object, as: Person = 'alice'): Request {
  return { as, ask: `POST files?fields=id&${ALL}`, body: { name, ...metadata }, status: 200, keep: { [name]: 'id' } };
}

export function share(what: string, role: string, to: Exclude<Person, 'nobody'>, as: Person = 'alice'): Request {
  return {
    as,
    ask: `POST files/{${what}}/permissions?sendNotificationEmail=false&${ALL}`,
    body: { type: 'user', role, emailAddress: PEOPLE[to] },
    status: 200,
    keep: { [`${what} for ${to}`]: 'id' },
  };
}

export function behave(settings: object): Request {
  return { as: 'nobody', ask: 'PATCH /__sandbox/behavior', body: settings, status: 200 };
}

export function control(path: string, body: object, keep: Record<string, string> = {}): Request {
  return { as: 'nobody', ask: `POST /__sandbox/${path}`, body, status: 200, keep };
}

/** A shared drive of Alice's, in which Bob has a role. */
export function drive(role: string, name = 'drive'): Request {
  return control('drives', { name, organizer: PEOPLE.alice, members: [{ email: PEOPLE.bob, role }] }, { [name]: 'id' });
}

export function generateId(name = 'id', as: Person = 'alice'): Request {
  return { as, ask: 'GET files/generateIds?count=1', status: 200, keep: { [name]: 'ids>0' } };
}

export const notFound = (location = 'fileId') => ({ reason: 'notFound', domain: 'global', location });
const cloneOf = (text: string, times: number): string => text.repeat(times);

const CLIENT = control('clients', {
  clientId: 'app',
  clientSecret: 'secret',
  redirectUris: ['http://localhost/cb'],
});
const AUTHORIZE =
  '/o/oauth2/v2/auth?client_id=app&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&response_type=code' +
  `&scope=openid%20email%20${encodeURIComponent(DRIVE_SCOPE)}&state=s`;
const ALLOWED = '&sandbox_account=alice%40example.com&sandbox_consent=allow';
const consent = (more: string, keep: Record<string, string> = { code: 'location?code' }): Request => ({
  as: 'nobody',
  ask: `GET ${AUTHORIZE}${ALLOWED}${more}`,
  status: 302,
  keep,
});
const exchangeForm = (more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: 'authorization_code',
  code: '{code}',
  client_id: 'app',
  client_secret: 'secret',
  redirect_uri: 'http://localhost/cb',
  ...more,
});

/** A search of Alice's and the names it finds, in their order. */
function found(q: string, names: string[]): Request {
  return {
    ask: `GET files?q=${encodeURIComponent(q)}&orderBy=name&fields=files(name)`,
    status: 200,
    exactly: { files: names.map((name) => ({ name })) },
  };
}

const OAUTH: Scenario[] = [
  {
    fact: '§1 Token',
    title: 'a code becomes tokens once; a refresh token comes with offline access',
    steps: [
      CLIENT,
      consent('&access_type=offline&prompt=consent'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm(),
        status: 200,
        json: { token_type: 'Bearer', expires_in: 3599 },
        keep: { refresh: 'refresh_token' },
      },
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 400, json: { error: 'invalid_grant' } },
      {
        as: 'nobody',
        ask: 'POST /token',
        form: {
          grant_type: 'refresh_token',
          refresh_token: '{refresh}',
          client_id: 'app',
          client_secret: 'secret',
        },
        status: 200,
        absent: ['refresh_token'],
        keep: { access: 'access_token' },
      },
      { as: 'nobody', ask: 'GET /tokeninfo?access_token={access}', status: 200, json: { email: PEOPLE.alice } },
      {
        as: 'nobody',
        ask: 'GET /v1/userinfo',
        headers: { authorization: 'Bearer {access}' },
        status: 200,
        json: { email: PEOPLE.alice },
      },
      { as: 'nobody', ask: 'POST /revoke', form: { token: '{access}' }, status: 200 },
      {
        as: 'nobody',
        ask: 'POST /token',
        form: { grant_type: 'refresh_token', refresh_token: '{refresh}', client_id: 'app', client_secret: 'secret' },
        status: 400,
        json: { error: 'invalid_grant' },
      },
    ],
  },
  {
    fact: '§1 No refresh_token',
    title: 'an earlier consent that is used again brings none; prompt=consent brings one',
    steps: [
      CLIENT,
      consent('&access_type=offline'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, keep: { first: 'refresh_token' } },
      consent('&access_type=offline'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, absent: ['refresh_token'] },
      consent('&access_type=offline&prompt=consent'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, keep: { second: 'refresh_token' } },
    ],
  },
  {
    fact: '§1 Granular consent',
    title: 'an unticked Drive is missing in `scope`',
    steps: [
      CLIENT,
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=no_drive`,
        status: 302,
        keep: { code: 'location?code' },
      },
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /^(?!.*auth\/drive)/s },
      // So it is after Drive was granted: by the same client, and with the earlier scopes included.
      consent(''),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /auth\/drive/ },
      ...['', '&include_granted_scopes=true', '&include_granted_scopes=true&prompt=consent'].flatMap(
        (more): Request[] => [
          {
            as: 'nobody',
            ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=no_drive${more}`,
            status: 302,
            keep: { code: 'location?code' },
          },
          { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /^(?!.*auth\/drive)/s },
          consent(''),
        ],
      ),
    ],
  },
  {
    fact: '§1 Callback',
    title: 'a refusal comes back as access_denied; a wrong redirect never comes back',
    steps: [
      CLIENT,
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=deny`,
        status: 302,
        answers: { location: /error=access_denied.*state=s/ },
      },
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE.replace('%2Fcb', '%2Fother')}${ALLOWED}`,
        status: 400,
        text: /redirect_uri_mismatch/,
      },
    ],
  },
  {
    fact: '§1 PKCE',
    title: 'S256: the wrong verifier is refused',
    steps: [
      CLIENT,
      // base64url(SHA-256('verifier')), RFC 7636.
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm({ code_verifier: 'another' }),
        status: 400,
        json: { error: 'invalid_grant' },
      },
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm({ code_verifier: 'verifier' }), status: 200 },
    ],
  },
  {
    fact: '§12 OAuth discovery, certs',
    title: 'discovery and keys are where clients look for them',
    steps: [
      {
        as: 'nobody',
        ask: 'GET /.well-known/openid-configuration',
        status: 200,
        json: { code_challenge_methods_supported: ['plain', 'S256'] },
      },
      { as: 'nobody', ask: 'GET /oauth2/v3/certs', status: 200, keep: { kid: 'keys>0>kid' } },
    ],
  },
  {
    fact: '§1 Scopes',
    title: 'drive.file opens what the app itself has made; for root it may get 404',
    steps: [
      file('other', 'x'),
      CLIENT,
      control(
        'tokens',
        { account: PEOPLE.alice, clientId: 'app', scopes: [`${DRIVE_SCOPE}.file`] },
        { app: 'access_token' },
      ),
      {
        as: 'nobody',
        ask: 'POST files?fields=id',
        headers: { authorization: 'Bearer {app}' },
        body: { parents: ['root'] },
        status: 200,
        keep: { own: 'id' },
      },
      { as: 'nobody', ask: 'GET files/{own}', headers: { authorization: 'Bearer {app}' }, status: 200 },
      {
        as: 'nobody',
        ask: 'GET files?fields=files(id)',
        headers: { authorization: 'Bearer {app}' },
        status: 200,
        exactly: { files: [{ id: '{own}' }] },
      },
      {
        as: 'nobody',
        ask: 'GET files/{other}',
        headers: { authorization: 'Bearer {app}' },
        status: 404,
        error: notFound(),
      },
      {
        as: 'nobody',
        ask: 'GET files/root',
        headers: { authorization: 'Bearer {app}' },
        status: 404,
        error: notFound(),
      },
      {
        ask: 'GET files/{own}?alt=media',
        scopes: [`${DRIVE_SCOPE}.metadata.readonly`],
        status: 403,
        error: { reason: 'insufficientPermissions' },
      },
    ],
  },
  {
    fact: '§12 OAuth, forced expiry',
    title: 'a token that is over is 401 authError',
    steps: [
      control('tokens', { account: PEOPLE.alice, expiresIn: 60 }, { short: 'access_token' }),
      { as: 'nobody', ask: 'GET files', headers: { authorization: 'Bearer {short}' }, status: 200 },
      { advance: 61_000 },
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer {short}' },
        status: 401,
        error: { reason: 'authError' },
      },
      control('tokens', { account: PEOPLE.alice }, { long: 'access_token' }),
      control('tokens/expire', { account: PEOPLE.alice }),
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer {long}' },
        status: 401,
        error: { reason: 'authError' },
      },
    ],
  },
  {
    fact: '§3 Errors, credentials',
    title: 'a bad bearer is 401 authError; none is 403 for reading and 401 for writing',
    steps: [
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer nonsense' },
        status: 401,
        error: { reason: 'authError', domain: 'global', location: 'Authorization' },
      },
      { as: 'nobody', ask: 'GET files', status: 403, error: { reason: 'forbidden' } },
      { as: 'nobody', ask: 'POST files', body: {}, status: 401, error: { reason: 'required' } },
      {
        ask: 'POST files',
        scopes: [`${DRIVE_SCOPE}.readonly`],
        body: {},
        status: 403,
        error: { reason: 'insufficientPermissions' },
      },
    ],
  },
];

const ABOUT_AND_IDS: Scenario[] = [
  {
    fact: '§11 about.get',
    title: 'fields is mandatory; quota is in strings; formats are listed',
    steps: [
      { ask: 'GET about', status: 400, error: { reason: 'required', location: 'fields' } },
      {
        ask: 'GET about?fields=*',
        status: 200,
        json: {
          kind: 'drive#about',
          user: { kind: 'drive#user', emailAddress: PEOPLE.alice, me: true },
          maxUploadSize: '5242880000000',
          storageQuota: { usage: '0', usageInDrive: '0', usageInDriveTrash: '0' },
          canCreateDrives: true,
        },
        keep: { limit: 'storageQuota>limit', docx: `exportFormats>${DOC}>0`, html: 'importFormats>text/html>0' },
      },
      { as: 'dave', ask: 'GET about?fields=canCreateDrives', status: 200, exactly: { canCreateDrives: false } },
      file('a', 'four'),
      { ask: 'PATCH files/{a}', body: { trashed: true }, status: 200 },
      {
        ask: 'GET about?fields=storageQuota(usage,usageInDriveTrash)',
        status: 200,
        exactly: { storageQuota: { usage: '4', usageInDriveTrash: '4' } },
      },
    ],
  },
  {
    fact: '§6 files.generateIds',
    title: 'ten by default, at most a thousand, for files or shortcuts',
    steps: [
      {
        ask: 'GET files/generateIds',
        status: 200,
        json: { kind: 'drive#generatedIds', space: 'drive' },
        keep: { tenth: 'ids>9' },
      },
      { ask: 'GET files/generateIds?count=1000', status: 200, keep: { last: 'ids>999' } },
      {
        ask: 'GET files/generateIds?count=1001',
        status: 400,
        error: { reason: 'invalidParameter', location: 'count' },
      },
      { ask: 'GET files/generateIds?type=shortcuts', status: 200 },
      { ask: 'GET files/generateIds?type=drives', status: 400, error: { reason: 'invalid', location: 'type' } },
      { ask: 'GET files/generateIds?space=photos', status: 400, error: { reason: 'invalid', location: 'space' } },
    ],
  },
  {
    fact: '§2 fields',
    title: 'nested masks, the star, unknown names, and blank',
    steps: [
      file('a', 'x'),
      {
        ask: 'GET files/{a}',
        status: 200,
        exactly: { kind: 'drive#file', id: '{a}', name: 'a', mimeType: 'application/octet-stream' },
      },
      {
        ask: 'GET files/{a}?fields=owners(me),capabilities/canCopy',
        status: 200,
        exactly: { owners: [{ me: true }], capabilities: { canCopy: true } },
      },
      { ask: 'GET files/{a}?fields=', status: 200, exactly: {} },
      { ask: 'GET files/{a}?fields=nope', status: 400, error: { reason: 'invalidParameter', location: 'fields' } },
      { ask: 'GET files?fields=files(id', status: 400, error: { reason: 'invalidParameter', location: 'fields' } },
      // Parameters Drive does not know are taken no notice of.
      { ask: 'GET files/{a}?fields=id&somethingNew=1', status: 200, exactly: { id: '{a}' } },
    ],
  },
];

const SEARCH: Scenario[] = [
  {
    fact: '§4 owners, writers, readers, https://developers.google.com/workspace/drive/api/guides/ref-search-terms',
    title: 'name people and groups with a permission, not those who only have a link',
    steps: [
      folder('by link'),
      folder('for bob'),
      share('for bob', 'writer', 'bob'),
      { ask: 'POST files/{by link}/permissions', body: { type: 'anyone', role: 'writer' }, status: 200 },
      {
        ask: 'POST files/{by link}/permissions',
        body: { type: 'domain', role: 'writer', domain: 'example.com' },
        status: 200,
      },
      {
        ask: 'POST files/{by link}/permissions',
        body: { type: 'group', role: 'writer', emailAddress: 'team@example.com' },
        status: 200,
      },
      ...(['reader', 'writer'] as const).flatMap((role): Request[] => [
        found(`'bob@example.com' in ${role}s`, ['for bob']),
        found(`'team@example.com' in ${role}s`, ['by link']),
        found(`'nobody@example.com' in ${role}s`, []),
        found(`'me' in ${role}s`, ['by link', 'for bob']),
      ]),
    ],
  },
  {
    fact: '§4 Search query grammar',
    title: 'and/or from left to right, escapes, and 400 invalid for what is not in the grammar',
    steps: [
      file("it's", 'x'),
      file('b', 'x', { starred: true }),
      {
        ask: `GET files?fields=files(name)&q=${encodeURIComponent("name = 'it\\'s'")}`,
        status: 200,
        exactly: { files: [{ name: "it's" }] },
      },
      // (name = b or name = c) and not starred
      {
        ask: "GET files?fields=files(name)&q=name='b' or name='c' and not starred=true",
        status: 200,
        exactly: { files: [] },
      },
      {
        ask: "GET files?fields=files(name)&q=name='b' or (name='c' and not starred=true)",
        status: 200,
        exactly: { files: [{ name: 'b' }] },
      },
      { ask: 'GET files?q=size > 3', status: 400, error: { reason: 'invalid', location: 'q', domain: 'global' } },
      { ask: "GET files?q=name = 'b", status: 400, error: { reason: 'invalid', location: 'q' } },
    ],
  },
  {
    fact: '§4 Trash',
    title: 'is searched by default',
    steps: [
      file('a', 'x'),
      { ask: 'PATCH files/{a}', body: { trashed: true }, status: 200 },
      { ask: "GET files?fields=files(id)&q='root' in parents", status: 200, exactly: { files: [{ id: '{a}' }] } },
      { ask: "GET files?fields=files(id)&q='root' in parents and trashed=false", status: 200, exactly: { files: [] } },
    ],
  },
  {
    fact: '§4 orderBy',
    title: 'known keys with desc; others are 400, and any with fullText 403',
    steps: [
      file('a', 'x'),
      file('b', 'x'),
      {
        ask: 'GET files?fields=files(name)&orderBy=name desc',
        status: 200,
        exactly: { files: [{ name: 'b' }, { name: 'a' }] },
      },
      { ask: 'GET files?orderBy=size', status: 400, error: { reason: 'invalid', location: 'orderBy' } },
      { ask: "GET files?orderBy=name&q=fullText contains 'a'", status: 403, error: { reason: 'forbidden' } },
    ],
  },
  {
    fact: '§4 pageToken',
    title: 'works some hours; then, or made up, it is 400 invalid',
    steps: [
      file('a', 'x'),
      file('b', 'x'),
      { ask: 'GET files?pageSize=1&fields=nextPageToken', status: 200, keep: { next: 'nextPageToken' } },
      { advance: 5 * HOUR },
      { ask: 'GET files?pageSize=1&fields=files(id)&pageToken={next}', status: 200 },
      { advance: 2 * HOUR },
      {
        ask: 'GET files?pageSize=1&pageToken={next}',
        status: 400,
        error: { reason: 'invalid', location: 'pageToken' },
      },
      { ask: 'GET files?pageToken=bogus', status: 400, error: { reason: 'invalid', location: 'pageToken' } },
    ],
  },
  {
    fact: '§4 pageSize above 1000 (U)',
    title: 'is refused',
    switches: { pageSizeAboveMaximum: 'refuse' },
    steps: [
      { ask: 'GET files?pageSize=1001', status: 400, error: { reason: 'invalidParameter', location: 'pageSize' } },
    ],
  },
  {
    fact: '§4 pageSize above 1000 (U)',
    title: 'is coerced',
    switches: { pageSizeAboveMaximum: 'coerce' },
    steps: [
      { ask: 'GET files?pageSize=1001', status: 200 },
      { ask: 'GET files?pageSize=0', status: 400, error: { reason: 'invalidParameter', location: 'pageSize' } },
    ],
  },
  {
    fact: "§4 name = '…' (U)",
    title: 'takes no notice of case',
    switches: { nameEqualityIgnoresCase: true },
    steps: [
      file('Name', 'x'),
      { ask: "GET files?fields=files(id)&q=name='nAME'", status: 200, exactly: { files: [{ id: '{Name}' }] } },
    ],
  },
  {
    fact: "§4 name = '…' (U)",
    title: 'is exact',
    switches: { nameEqualityIgnoresCase: false },
    steps: [
      file('Name', 'x'),
      { ask: "GET files?fields=files(id)&q=name='nAME'", status: 200, exactly: { files: [] } },
      { ask: "GET files?fields=files(id)&q=name='Name'", status: 200, exactly: { files: [{ id: '{Name}' }] } },
    ],
  },
  {
    fact: '§4 corpora',
    title: 'shared drives are searched only when asked for, in each of the ways',
    steps: [
      drive('reader'),
      file('mine', 'x'),
      file('theirs', 'x', { parents: ['{drive}'] }),
      { ask: 'GET files?includeItemsFromAllDrives=true', status: 403, error: { reason: 'supportsTeamDrivesRequired' } },
      { ask: 'GET files?fields=files(name)', status: 200, exactly: { files: [{ name: 'mine' }] } },
      { ask: `GET files?fields=files(name)&${ALL}&q='{drive}' in parents`, status: 200, exactly: { files: [] } },
      {
        as: 'bob',
        ask: `GET files?fields=files(name)&${ALL}&includeItemsFromAllDrives=true&q='{drive}' in parents`,
        status: 200,
        exactly: { files: [{ name: 'theirs' }] },
      },
      {
        ask: `GET files?corpora=allDrives&fields=files(name)&orderBy=name&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [{ name: 'mine' }, { name: 'theirs' }] },
      },
      {
        ask: `GET files?corpora=drive&driveId={drive}&fields=files(name)&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [{ name: 'theirs' }] },
      },
      {
        as: 'carol',
        ask: `GET files?corpora=drive&driveId={drive}&${ALL}&includeItemsFromAllDrives=true`,
        status: 404,
        error: notFound('driveId'),
      },
      {
        ask: `GET files?corpora=drive&${ALL}&includeItemsFromAllDrives=true`,
        status: 403,
        error: { reason: 'teamDriveIdRequiresTeamDriveCorpora' },
      },
      {
        ask: `GET files?driveId={drive}&${ALL}&includeItemsFromAllDrives=true`,
        status: 403,
        error: { reason: 'teamDriveIdRequiresTeamDriveCorpora' },
      },
      { ask: `GET files?corpora=drive&driveId={drive}&${ALL}`, status: 403 },
      { ask: 'GET files?corpora=everything', status: 400, error: { reason: 'invalid', location: 'corpora' } },
      {
        ask: 'POST files/{mine}/permissions',
        body: { type: 'domain', role: 'reader', domain: 'example.com', allowFileDiscovery: true },
        status: 200,
      },
      {
        as: 'bob',
        ask: 'GET files?corpora=domain&fields=files(name)',
        status: 200,
        exactly: { files: [{ name: 'mine' }] },
      },
    ],
  },
  {
    fact: '§4 spaces',
    title: 'are drive and appDataFolder',
    steps: [
      file('a', 'x'),
      { ask: 'GET files?fields=files(id)&spaces=drive', status: 200, exactly: { files: [{ id: '{a}' }] } },
      { ask: 'GET files?fields=files(id)&spaces=appDataFolder', status: 200, exactly: { files: [] } },
      { ask: 'GET files?spaces=outer', status: 400, error: { reason: 'invalid', location: 'spaces' } },
    ],
  },
  {
    fact: '§4 Consistency',
    title: 'a new file is found by id at once, by a search only when the index has caught up',
    steps: [
      behave({ indexLagMs: 60_000 }),
      file('a', 'x'),
      { ask: 'GET files/{a}', status: 200 },
      { ask: "GET files?fields=files(id)&q=name='a'", status: 200, exactly: { files: [] } },
      { advance: 61_000 },
      { ask: "GET files?fields=files(id)&q=name='a'", status: 200, exactly: { files: [{ id: '{a}' }] } },
    ],
  },
  {
    fact: '§2 Pages',
    title: 'is at most 100 where permissions are requested',
    steps: [
      control('trees', { account: PEOPLE.alice, folders: 0, files: 101, bytes: 0, seed: 1 }),
      {
        ask: 'GET files?pageSize=1000&fields=nextPageToken,files(id,permissions(id))',
        status: 200,
        keep: { next: 'nextPageToken' },
      },
      { ask: 'GET files?pageSize=1000&fields=nextPageToken,files(id)', status: 200, absent: ['nextPageToken'] },
    ],
  },
];

const DOWNLOADS: Scenario[] = [
  {
    fact: '§5 alt=media, Range',
    title: 'a part is 206; behind the end, or of an empty file, 416',
    steps: [
      file('digits', '0123456789'),
      file('empty', ''),
      { ask: 'GET files/{digits}?alt=media', status: 200, text: '0123456789' },
      {
        ask: 'GET files/{digits}?alt=media',
        headers: { range: 'bytes=2-4' },
        status: 206,
        text: '234',
        answers: { 'content-range': 'bytes 2-4/10' },
      },
      {
        ask: 'GET files/{digits}?alt=media',
        headers: { range: 'bytes=10-' },
        status: 416,
        answers: { 'content-range': 'bytes */10' },
      },
      { ask: 'GET files/{empty}?alt=media', headers: { range: 'bytes=0-' }, status: 416 },
      { ask: 'GET files/{empty}?alt=media', status: 200, text: '' },
    ],
  },
  {
    fact: '§3 fileNotDownloadable, fileNotExportable',
    title: 'documents are exported, files downloaded',
    steps: [
      made('doc', { mimeType: DOC }),
      file('blob', 'x'),
      { ask: 'GET files/{doc}?alt=media', status: 403, error: { reason: 'fileNotDownloadable', location: 'alt' } },
      { ask: 'GET files/root?alt=media', status: 403, error: { reason: 'fileNotDownloadable' } },
      { ask: 'GET files/{blob}/export?mimeType=text/plain', status: 403, error: { reason: 'fileNotExportable' } },
      { ask: 'GET files/{doc}/export', status: 400, error: { reason: 'required', location: 'mimeType' } },
      {
        ask: 'GET files/{doc}/export?mimeType=image/png',
        status: 400,
        error: { reason: 'badRequest', location: 'convertTo' },
      },
      { ask: 'GET files/{doc}/export?mimeType=text/html', status: 200, answers: { 'content-type': 'text/html' } },
    ],
  },
  {
    fact: '§5 Export size',
    title: 'beyond the cap an export is refused; its link in exportLinks has no cap',
    limits: { exportBytes: 20 },
    steps: [
      {
        ask: 'POST /upload/drive/v3/files?uploadType=multipart&fields=id,exportLinks',
        ...(multipart({ name: 'long', mimeType: DOC }, cloneOf('word ', 20), 'text/plain') as object),
        status: 200,
        keep: { doc: 'id', link: 'exportLinks>text/plain' },
      },
      { ask: 'GET files/{doc}/export?mimeType=text/plain', status: 403, error: { reason: 'exportSizeLimitExceeded' } },
      { ask: 'GET {link}', status: 200, text: /(word ){19}word/ },
      { as: 'bob', ask: 'GET {link}', status: 404, error: notFound() },
    ],
  },
  {
    fact: '§5 Re-import',
    title: 'an upload with a document type is converted; what cannot be is 400',
    steps: [
      {
        ask: 'POST /upload/drive/v3/files?uploadType=multipart&fields=id,mimeType,md5Checksum',
        ...(multipart({ name: 'csv', mimeType: SHEET }, 'a,b\r\n1,2\r\n', 'text/csv') as object),
        status: 200,
        json: { mimeType: SHEET },
        absent: ['md5Checksum'],
        keep: { sheet: 'id' },
      },
      { ask: 'GET files/{sheet}/export?mimeType=text/csv', status: 200, text: /^a,b\r\n1,2/ },
      {
        ask: 'POST /upload/drive/v3/files?uploadType=multipart',
        ...(multipart({ name: 'x', mimeType: SHEET }, 'x', 'application/zip') as object),
        status: 400,
        error: { reason: 'badRequest', location: 'convertTo' },
      },
    ],
  },
  {
    fact: '§5 files.download',
    title: 'is a long-running operation whose result can be fetched for a day; for videos there is no other way',
    steps: [
      made('doc', { mimeType: DOC }),
      {
        ask: 'POST files/{doc}/download?mimeType=text/plain',
        status: 200,
        json: { done: true, response: { partialDownloadAllowed: false } },
        keep: { op: 'name', uri: 'response>downloadUri' },
      },
      { ask: 'GET {uri}', status: 200 },
      { ask: 'GET operations/{op}', status: 200, json: { done: true } },
      { as: 'bob', ask: 'GET operations/{op}', status: 404, error: { reason: 'notFound' } },
      { advance: 25 * HOUR },
      { ask: 'GET operations/{op}', status: 404, error: { reason: 'notFound' } },
      made('film', { mimeType: 'application/vnd.google-apps.vid' }),
      { ask: 'GET files/{film}/export?mimeType=video/mp4', status: 403, error: { reason: 'fileNotExportable' } },
      { ask: 'POST files/{film}/download', status: 200, keep: { uri: 'response>downloadUri' } },
      { ask: 'GET {uri}', status: 200, answers: { 'content-type': 'video/mp4' }, text: /ftyp/ },
      file('blob', 'bytes'),
      {
        ask: 'POST files/{blob}/download',
        status: 200,
        json: { response: { partialDownloadAllowed: true } },
        keep: { uri: 'response>downloadUri' },
      },
      { ask: 'GET {uri}', status: 200, text: 'bytes' },
    ],
  },
  {
    fact: '§3 cannotDownloadAbusiveFile',
    title: 'only the owner may fetch what is malware, and only by saying so; in a shared drive only an organizer',
    steps: [
      file('virus', 'evil'),
      share('virus', 'writer', 'bob'),
      control('items', { fileId: '{virus}', abusive: true }),
      { ask: 'GET files/{virus}?alt=media', status: 403, error: { reason: 'cannotDownloadAbusiveFile' } },
      { ask: 'GET files/{virus}?alt=media&acknowledgeAbuse=true', status: 200, text: 'evil' },
      {
        as: 'bob',
        ask: 'GET files/{virus}?alt=media&acknowledgeAbuse=true',
        status: 403,
        error: { reason: 'cannotDownloadAbusiveFile' },
      },
      drive('fileOrganizer'),
      file('worm', 'evil', { parents: ['{drive}'] }),
      control('items', { fileId: '{worm}', abusive: true }),
      {
        as: 'bob',
        ask: `GET files/{worm}?alt=media&acknowledgeAbuse=true&${ALL}`,
        status: 403,
        error: { reason: 'cannotDownloadAbusiveFile' },
      },
      { ask: `GET files/{worm}?alt=media&acknowledgeAbuse=true&${ALL}`, status: 200, text: 'evil' },
    ],
  },
  ...(['cannotDownloadFile', 'insufficientFilePermissions'] as const).map((reason): Scenario => ({
    fact: '§3 A download that is not allowed (U)',
    title: `is ${reason}`,
    switches: { downloadRefusal: reason },
    steps: [
      file('kept', 'x', { copyRequiresWriterPermission: true }),
      share('kept', 'reader', 'bob'),
      {
        as: 'bob',
        ask: 'GET files/{kept}?fields=capabilities(canDownload,canCopy)',
        status: 200,
        exactly: { capabilities: { canDownload: false, canCopy: false } },
      },
      { as: 'bob', ask: 'GET files/{kept}?alt=media', status: 403, error: { reason } },
    ],
  })),
  {
    fact: '§5 gzip on downloads (U)',
    title: 'is not used',
    switches: { gzipDownloads: false },
    steps: [
      file('a', 'plain'),
      { ask: 'GET files/{a}?alt=media', headers: { 'accept-encoding': 'gzip' }, status: 200, text: 'plain' },
    ],
  },
  {
    fact: '§5 gzip on downloads (U)',
    title: 'is used where the client accepts it',
    switches: { gzipDownloads: true },
    steps: [
      file('a', 'plain'),
      {
        ask: 'GET files/{a}?alt=media',
        headers: { 'accept-encoding': 'gzip' },
        status: 200,
        answers: { 'content-encoding': 'gzip' },
      },
      { ask: 'GET files/{a}?alt=media', headers: { 'accept-encoding': 'identity' }, status: 200, text: 'plain' },
    ],
  },
  {
    fact: '§5 Resource keys',
    title: 'with only a link, the key is needed as well',
    steps: [
      file('old', 'x'),
      {
        ask: 'POST files/{old}/permissions',
        body: { type: 'anyone', role: 'reader' },
        status: 200,
        exactly: { kind: 'drive#permission', id: 'anyoneWithLink', type: 'anyone', role: 'reader' },
      },
      control('items', { fileId: '{old}', resourceKey: '0-key' }),
      { as: 'carol', ask: 'GET files/{old}', status: 404, error: notFound() },
      {
        as: 'carol',
        ask: 'GET files/{old}',
        headers: { 'x-goog-drive-resource-keys': '{old}/0-key' },
        status: 200,
        json: { resourceKey: '0-key' },
      },
      { ask: 'GET files/{old}', status: 200 },
    ],
  },
];

const resumable = (more: Record<string, string> = {}, body: object = { name: 'up' }): Request => ({
  ask: 'POST /upload/drive/v3/files?uploadType=resumable&fields=id,size,name',
  body,
  headers: more,
  status: 200,
  keep: { session: 'header:location' },
});

const UPLOADS: Scenario[] = [
  {
    fact: '§6 media / multipart',
    title: 'content alone is called Untitled; with metadata it has a name',
    steps: [
      {
        ask: 'POST /upload/drive/v3/files?uploadType=media&fields=name,size,mimeType',
        headers: { 'content-type': 'text/plain' },
        body: 'abc',
        status: 200,
        exactly: { name: 'Untitled', size: '3', mimeType: 'text/plain' },
      },
      file('a', 'one'),
      {
        ask: 'PATCH /upload/drive/v3/files/{a}?uploadType=media&fields=size,md5Checksum',
        headers: { 'content-type': 'text/plain' },
        body: 'four',
        status: 200,
        exactly: { size: '4', md5Checksum: '8cbad96aced40b3838dd9f07f6ef5772' },
      },
      {
        ask: 'POST /upload/drive/v3/files?uploadType=never',
        body: 'x',
        status: 400,
        error: { reason: 'invalid', location: 'uploadType' },
      },
    ],
  },
  {
    fact: '§6 Chunks',
    title: 'are multiples of 256 KiB; 308 reports what was kept; POST is accepted like PUT',
    steps: [
      resumable({ 'x-upload-content-length': String(QUANTUM + 3) }),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes */${QUANTUM + 3}` },
        body: '',
        status: 308,
        absent: ['range'],
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes 0-${QUANTUM - 1}/${QUANTUM + 3}` },
        body: cloneOf('a', QUANTUM),
        status: 308,
        answers: { range: `bytes=0-${QUANTUM - 1}` },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes */${QUANTUM + 3}` },
        body: '',
        status: 308,
        answers: { range: `bytes=0-${QUANTUM - 1}` },
      },
      {
        as: 'nobody',
        ask: 'POST {session}',
        headers: { 'content-range': `bytes ${QUANTUM}-${QUANTUM + 2}/${QUANTUM + 3}` },
        body: 'end',
        status: 200,
        json: { size: String(QUANTUM + 3) },
      },
      // Queried again, the finished upload returns its file.
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes */*' },
        body: '',
        status: 200,
        json: { size: String(QUANTUM + 3) },
      },
    ],
  },
  {
    fact: '§6 X-GUploader-No-308',
    title: '200 with the status in a header instead of 308',
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes 0-${QUANTUM - 1}/*`, 'x-guploader-no-308': 'yes' },
        body: cloneOf('a', QUANTUM),
        status: 200,
        answers: { 'x-http-status-code-override': '308', range: `bytes=0-${QUANTUM - 1}` },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes ${QUANTUM}-${QUANTUM}/${QUANTUM + 1}` },
        body: 'b',
        status: 200,
        json: { size: String(QUANTUM + 1) },
      },
    ],
  },
  {
    fact: '§6 Zero bytes',
    title: 'one PUT of length 0, or bytes */0; bytes 0--1/0 is 400',
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 0--1/0' },
        body: '',
        status: 400,
        text: 'Failed to parse Content-Range header.',
      },
      { as: 'nobody', ask: 'PUT {session}', body: '', status: 200, json: { size: '0' } },
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes */0' },
        body: '',
        status: 200,
        json: { size: '0' },
      },
    ],
  },
  {
    fact: '§6 Content-Range',
    title: 'that makes no sense is 400',
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 5-7/8' },
        body: 'abc',
        status: 400,
        text: /^Invalid request\. {2}/,
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'octets 0-2/3' },
        body: 'abc',
        status: 400,
        text: 'Failed to parse Content-Range header.',
        answers: { 'content-type': /^text\/plain/ },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 0-2/9' },
        body: 'abc',
        status: 400,
        text: /^Invalid request\. {2}/,
      },
    ],
  },
  {
    fact: '§6 Life',
    title: 'a session lives a week; then it is 404',
    steps: [
      resumable(),
      { advance: 6 * DAY },
      { as: 'nobody', ask: 'PUT {session}', headers: { 'content-range': 'bytes */*' }, body: '', status: 308 },
      { advance: 2 * DAY },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes */*' },
        body: '',
        status: 404,
        error: { reason: 'notFound' },
      },
    ],
  },
  {
    fact: '§6 Canceling (U): as Cloud Storage documents it for the same protocol',
    title: 'DELETE on a session answers 499, and the session is gone',
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes 0-${QUANTUM - 1}/*` },
        body: cloneOf('a', QUANTUM),
        status: 308,
      },
      { as: 'nobody', ask: 'DELETE {session}', status: 499 },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes */*' },
        body: '',
        status: 404,
        error: { reason: 'notFound' },
      },
      { as: 'nobody', ask: 'DELETE {session}', status: 404, error: { reason: 'notFound' } },
    ],
  },
  {
    fact: '§13 Chunks that are no multiple of 256 KiB (U)',
    title: 'are kept as far as they are whole',
    switches: { unevenChunks: 'keepWhole' },
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes 0-${QUANTUM + 9}/*` },
        body: cloneOf('a', QUANTUM + 10),
        status: 308,
        answers: { range: `bytes=0-${QUANTUM - 1}` },
      },
    ],
  },
  {
    fact: '§13 Chunks that are no multiple of 256 KiB (U)',
    title: 'are refused',
    switches: { unevenChunks: 'refuse' },
    steps: [
      resumable(),
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': `bytes 0-${QUANTUM + 9}/*` },
        body: cloneOf('a', QUANTUM + 10),
        status: 400,
        text: /^Invalid request\. {2}/,
      },
    ],
  },
  {
    fact: '§3 storageQuotaExceeded',
    title: 'a full Drive takes no bytes, by upload or copy; a shared drive has no quota',
    steps: [
      control('accounts', { email: 'small@example.com', quotaBytes: 5 }),
      file('a', 'six by'),
      { ask: 'POST files/{a}/permissions', body: { type: 'anyone', role: 'reader' }, status: 200 },
      control('tokens', { account: 'small@example.com' }, { token: 'access_token' }),
      {
        as: 'nobody',
        ask: 'POST files/{a}/copy',
        headers: { authorization: 'Bearer {token}' },
        body: {},
        status: 403,
        error: { reason: 'storageQuotaExceeded' },
      },
      {
        as: 'nobody',
        ask: 'POST /upload/drive/v3/files?uploadType=resumable',
        headers: { authorization: 'Bearer {token}', 'x-upload-content-length': '6' },
        body: {},
        status: 403,
        error: { reason: 'storageQuotaExceeded' },
      },
      control('drives', { name: 'roomy', organizer: 'small@example.com' }, { roomy: 'id' }),
      {
        as: 'nobody',
        ask: `POST files/{a}/copy?${ALL}&fields=driveId`,
        headers: { authorization: 'Bearer {token}' },
        body: { parents: ['{roomy}'] },
        status: 200,
        exactly: { driveId: '{roomy}' },
      },
    ],
  },
];

const FILES: Scenario[] = [
  {
    fact: '§12 POST files',
    title: 'metadata only: Untitled, an octet-stream, in the root',
    steps: [
      {
        ask: 'POST files?fields=name,mimeType,size,ownedByMe',
        body: {},
        status: 200,
        json: { name: 'Untitled', mimeType: 'application/octet-stream', ownedByMe: true },
      },
      {
        ask: 'POST files',
        body: { parents: ['nowhere'] },
        status: 404,
        error: { ...notFound(), message: 'File not found: nowhere.' },
      },
      { ask: 'POST files', body: { size: '3' }, status: 403, error: { reason: 'fieldNotWritable' } },
      folder('mine'),
      share('mine', 'reader', 'bob'),
      {
        as: 'bob',
        ask: 'POST files',
        body: { parents: ['{mine}'] },
        status: 403,
        error: { reason: 'insufficientParentPermissions' },
      },
    ],
  },
  ...(['fileIdInUse', 'conflict'] as const).map((reason): Scenario => ({
    fact: '§13 409 for an id that is taken (U)',
    title: `is ${reason}`,
    switches: { takenIdReason: reason },
    steps: [
      generateId(),
      { ask: 'POST files', body: { id: '{id}' }, status: 200 },
      { ask: 'POST files', body: { id: '{id}' }, status: 409, error: { reason } },
      { ask: 'POST files', body: { id: 'home-made' }, status: 400, error: { reason: 'invalid', location: 'file.id' } },
    ],
  })),
  {
    fact: '§6 Ids of Google documents (U)',
    title: 'are refused, on creation and on copies',
    switches: { idOnDocs: 'refuse' },
    steps: [
      generateId(),
      made('doc', { mimeType: DOC }),
      {
        ask: 'POST files',
        body: { id: '{id}', mimeType: DOC },
        status: 400,
        error: { reason: 'invalid', location: 'file.id' },
      },
      {
        ask: 'POST files/{doc}/copy',
        body: { id: '{id}' },
        status: 400,
        error: { reason: 'invalid', location: 'file.id' },
      },
      { ask: 'POST files?fields=id', body: { id: '{id}', mimeType: FOLDER }, status: 200, exactly: { id: '{id}' } },
    ],
  },
  {
    fact: '§6 Ids of Google documents (U)',
    title: 'are taken no notice of',
    switches: { idOnDocs: 'ignore' },
    steps: [
      generateId(),
      made('doc', { mimeType: DOC }),
      { ask: 'POST files/{doc}/copy', body: { id: '{id}' }, status: 200 },
      { ask: 'GET files/{id}', status: 404, error: notFound() },
    ],
  },
  {
    fact: '§12 PATCH files/{id}',
    title: 'renames, stars and dates; a reader may star only',
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      {
        ask: 'PATCH files/{a}?fields=name,description,modifiedTime,starred',
        body: { name: 'b', description: 'd', modifiedTime: '2001-01-01T00:00:00.001Z', starred: true },
        status: 200,
        exactly: { name: 'b', description: 'd', modifiedTime: '2001-01-01T00:00:00.001Z', starred: true },
      },
      { as: 'bob', ask: 'GET files/{a}?fields=starred', status: 200, exactly: { starred: false } },
      {
        as: 'bob',
        ask: 'PATCH files/{a}?fields=starred',
        body: { starred: true },
        status: 200,
        exactly: { starred: true },
      },
      {
        as: 'bob',
        ask: 'PATCH files/{a}',
        body: { name: 'c' },
        status: 403,
        error: { reason: 'insufficientFilePermissions' },
      },
      { ask: 'PATCH files/{a}', body: { mimeType: DOC }, status: 403, error: { reason: 'fieldNotWritable' } },
      { ask: 'PATCH files/{a}?fields=description', body: { description: null }, status: 200, exactly: {} },
      {
        ask: 'PATCH files/root',
        body: { trashed: true },
        status: 403,
        error: { reason: 'insufficientFilePermissions' },
      },
    ],
  },
  {
    fact: '§6 folderColorRgb',
    title: 'is snapped to the palette',
    steps: [
      {
        ask: 'POST files?fields=folderColorRgb',
        body: { mimeType: FOLDER, folderColorRgb: '#f83a23' },
        status: 200,
        exactly: { folderColorRgb: '#f83a22' },
      },
      {
        ask: 'POST files',
        body: { mimeType: FOLDER, folderColorRgb: 'red' },
        status: 400,
        error: { reason: 'invalid' },
      },
    ],
  },
  {
    fact: '§6 createdTime, modifiedTime',
    title: 'are set at creation to the millisecond; createdTime then only',
    steps: [
      {
        ask: 'POST files?fields=id,createdTime,modifiedTime',
        body: { createdTime: '2001-02-03T04:05:06.789Z', modifiedTime: '2002-02-03T05:05:06.789+01:00' },
        status: 200,
        json: { createdTime: '2001-02-03T04:05:06.789Z', modifiedTime: '2002-02-03T04:05:06.789Z' },
        keep: { a: 'id' },
      },
      {
        ask: 'PATCH files/{a}',
        body: { createdTime: '2001-02-03T04:05:06.789Z' },
        status: 403,
        error: { reason: 'fieldNotWritable' },
      },
    ],
  },
  {
    fact: '§2 Properties',
    title: '30 public ones, 124 bytes each; null takes one away',
    steps: [
      made('a', { properties: { x: '1', y: '2' } }),
      {
        ask: 'PATCH files/{a}?fields=properties',
        body: { properties: { x: null } },
        status: 200,
        exactly: { properties: { y: '2' } },
      },
      {
        ask: 'PATCH files/{a}',
        body: { properties: { x: cloneOf('x', 124) } },
        status: 403,
        error: { reason: 'propertyLengthExceeded' },
      },
      {
        ask: 'PATCH files/{a}',
        body: { properties: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i}`, ''])) },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
      {
        ask: 'PATCH files/{a}',
        body: { properties: Object.fromEntries(Array.from({ length: 29 }, (_, i) => [`p${i}`, ''])) },
        status: 200,
      },
    ],
  },
  {
    fact: '§2 Counts',
    title: 'children of a folder, levels of folders, items of a person',
    limits: { childrenPerFolder: 1, folderDepth: 2, itemsPerAccount: 6 },
    steps: [
      folder('a'),
      folder('b', '{a}'),
      {
        ask: 'POST files',
        body: { parents: ['{a}'] },
        status: 403,
        error: { reason: 'numChildrenInNonRootLimitExceeded' },
      },
      {
        ask: 'POST files',
        body: { parents: ['{b}'] },
        status: 403,
        error: { reason: 'myDriveHierarchyDepthLimitExceeded' },
      },
      // The top of My Drive takes any number.
      file('c', 'x'),
      file('d', 'x'),
      file('e', 'x'),
      file('f', 'x'),
      { ask: 'POST files/{c}/copy', body: {}, status: 403, error: { reason: 'activeItemCreationLimitExceeded' } },
    ],
  },
  {
    fact: '§8 Trash',
    title: 'only the owner trashes; what is below is trashed with it; it is deleted after 30 days',
    steps: [
      folder('top'),
      file('inner', 'x', { parents: ['{top}'] }),
      share('top', 'writer', 'bob'),
      {
        as: 'bob',
        ask: 'PATCH files/{inner}',
        body: { trashed: true },
        status: 403,
        error: { reason: 'insufficientFilePermissions' },
      },
      { as: 'bob', ask: 'DELETE files/{inner}', status: 403, error: { reason: 'insufficientFilePermissions' } },
      { ask: 'PATCH files/{top}', body: { trashed: true }, status: 200 },
      {
        ask: 'GET files/{inner}?fields=trashed,explicitlyTrashed',
        status: 200,
        exactly: { trashed: true, explicitlyTrashed: false },
      },
      { advance: 29 * DAY },
      { ask: 'GET files/{inner}', status: 200 },
      { advance: 2 * DAY },
      { ask: 'GET files/{inner}', status: 404, error: notFound() },
      { ask: 'GET files/{top}', status: 404, error: notFound() },
    ],
  },
  {
    fact: '§8 Delete; empty the trash',
    title: 'at once, with what is below',
    steps: [
      folder('top'),
      file('inner', 'x', { parents: ['{top}'] }),
      { ask: 'DELETE files/{top}', status: 204, text: '' },
      { ask: 'GET files/{inner}', status: 404, error: notFound() },
      file('a', 'x'),
      { ask: 'PATCH files/{a}', body: { trashed: true }, status: 200 },
      { ask: 'DELETE files/trash', status: 204, text: '' },
      { ask: 'GET files/{a}', status: 404, error: notFound() },
      { ask: 'DELETE files/root', status: 403, error: { reason: 'insufficientFilePermissions' } },
    ],
  },
  {
    fact: '§12 deletes 204 (U)',
    title: 'answer with nothing',
    switches: { deleteAnswer: 'noContent' },
    steps: [file('a', 'x'), { ask: 'DELETE files/{a}', status: 204, text: '' }],
  },
  {
    fact: '§12 deletes 204 (U)',
    title: 'answer with an empty object',
    switches: { deleteAnswer: 'emptyObject' },
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      { ask: 'DELETE files/{a}/permissions/{a for bob}', status: 200, exactly: {} },
      { ask: 'DELETE files/{a}', status: 200, exactly: {} },
    ],
  },
  {
    fact: '§8 Move',
    title: 'by addParents and removeParents; parents is not writable',
    steps: [
      folder('from'),
      folder('to'),
      file('a', 'x', { parents: ['{from}'] }),
      { ask: 'PATCH files/{a}', body: { parents: ['{to}'] }, status: 403, error: { reason: 'fieldNotWritable' } },
      {
        ask: 'PATCH files/{a}?addParents={to}&removeParents={from}&fields=parents',
        body: {},
        status: 200,
        exactly: { parents: ['{to}'] },
      },
      { ask: 'PATCH files/{to}?addParents={to}', body: {}, status: 403, error: { reason: 'cyclicParent' } },
      { ask: 'PATCH files/{a}?removeParents={to}', body: {}, status: 403, error: { reason: 'cannotRemoveLastParent' } },
    ],
  },
  {
    fact: '§13 A folder and its children (U)',
    title: 'its modifiedTime moves when one comes',
    switches: { folderTimeMoves: true },
    steps: [
      made('f', { mimeType: FOLDER, modifiedTime: '2001-01-01T00:00:00.000Z' }),
      file('a', 'x', { parents: ['{f}'] }),
      { ask: 'GET files/{f}?fields=modifiedTime', status: 200, exactly: { modifiedTime: '2030-01-01T00:00:00.000Z' } },
    ],
  },
  {
    fact: '§13 A folder and its children (U)',
    title: 'its modifiedTime stays',
    switches: { folderTimeMoves: false },
    steps: [
      made('f', { mimeType: FOLDER, modifiedTime: '2001-01-01T00:00:00.000Z' }),
      file('a', 'x', { parents: ['{f}'] }),
      { ask: 'GET files/{f}?fields=modifiedTime', status: 200, exactly: { modifiedTime: '2001-01-01T00:00:00.000Z' } },
    ],
  },
  ...[true, false].map((works): Scenario => ({
    fact: '§13 PKCE with a web client and secret (U)',
    title: works ? 'both are taken' : 'together they are refused',
    switches: { pkceWithSecret: works },
    steps: [
      CLIENT,
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm({ code_verifier: 'verifier' }),
        ...(works ? { status: 200 } : { status: 400, json: { error: 'invalid_request' } }),
      },
    ],
  })),
  ...[true, false].map((heeded): Scenario => ({
    fact: '§5 Download, export, MIME types',
    title: heeded ? 'a Range is heeded' : 'a Range is ignored',
    switches: { downloadRanges: heeded },
    steps: [
      file('r', '0123456789'),
      {
        ask: 'GET files/{r}?alt=media',
        headers: { range: 'bytes=4-' },
        status: heeded ? 206 : 200,
        text: heeded ? '456789' : '0123456789',
      },
    ],
  })),
  ...[false, true].map((taken): Scenario => ({
    fact: '§7 files.copy',
    title: taken ? 'a copied document accepts a given time' : 'a copied document ignores a given time',
    switches: { docCopyTakesTime: taken },
    steps: [
      made('d', { mimeType: DOC }),
      {
        ask: 'POST files/{d}/copy?fields=modifiedTime',
        body: { modifiedTime: '2001-01-01T00:00:00.000Z' },
        status: 200,
        exactly: { modifiedTime: taken ? '2001-01-01T00:00:00.000Z' : '2030-01-01T00:00:00.000Z' },
      },
    ],
  })),
  ...[true, false].map((taken): Scenario => ({
    fact: '§7 files.copy',
    title: taken ? 'a copy accepts a given description' : 'a copy ignores a given description',
    switches: { copyTakesDescription: taken },
    steps: [
      file('b', 'x'),
      {
        ask: 'POST files/{b}/copy?fields=description',
        body: { description: 'given' },
        status: 200,
        exactly: taken ? { description: 'given' } : {},
      },
    ],
  })),
  {
    fact: '§9 Checksums and sizes',
    title: 'blobs have all; documents a size only; folders and shortcuts neither',
    steps: [
      file('blob', 'hello'),
      made('doc', { mimeType: DOC }),
      folder('dir'),
      {
        ask: 'GET files/{blob}?fields=size,quotaBytesUsed,md5Checksum,sha1Checksum,sha256Checksum',
        status: 200,
        exactly: {
          size: '5',
          quotaBytesUsed: '5',
          md5Checksum: '5d41402abc4b2a76b9719d911017c592',
          sha1Checksum: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
          sha256Checksum: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        },
      },
      {
        ask: 'GET files/{doc}?fields=size,md5Checksum,headRevisionId',
        status: 200,
        absent: ['md5Checksum', 'headRevisionId'],
        keep: { size: 'size' },
      },
      { ask: 'GET files/{dir}?fields=size,md5Checksum', status: 200, exactly: {} },
    ],
  },
  {
    fact: '§10 Shortcuts',
    title: 'remember the type of their target, take its access from their folder, and can dangle',
    steps: [
      file('target', 'x', { mimeType: 'text/plain' }),
      made('link', { mimeType: SHORTCUT, shortcutDetails: { targetId: '{target}' } }),
      {
        ask: 'GET files/{link}?fields=shortcutDetails,size',
        status: 200,
        exactly: { shortcutDetails: { targetId: '{target}', targetMimeType: 'text/plain' } },
      },
      {
        ask: 'PATCH files/{link}',
        body: { shortcutDetails: { targetId: '{link}' } },
        status: 403,
        error: { reason: 'fieldNotWritable' },
      },
      {
        ask: 'POST files',
        body: { mimeType: SHORTCUT, shortcutDetails: { targetId: 'nowhere' } },
        status: 400,
        error: { reason: 'shortcutTargetInvalid' },
      },
      {
        ask: 'POST files/{link}/copy?fields=mimeType,shortcutDetails/targetId',
        body: {},
        status: 200,
        exactly: { mimeType: SHORTCUT, shortcutDetails: { targetId: '{target}' } },
      },
      { ask: 'DELETE files/{target}', status: 204 },
      {
        ask: 'GET files/{link}?fields=shortcutDetails/targetId',
        status: 200,
        exactly: { shortcutDetails: { targetId: '{target}' } },
      },
      { ask: 'GET files/{target}', status: 404, error: notFound() },
    ],
  },
  {
    fact: '§10 Several parents, orphans',
    title: 'as old accounts have them',
    steps: [
      folder('a'),
      folder('b'),
      file('x', 'x', { parents: ['{a}'] }),
      control('items', { fileId: '{x}', parents: ['{a}', '{b}'] }),
      { ask: 'GET files/{x}?fields=parents', status: 200, exactly: { parents: ['{a}', '{b}'] } },
      { ask: "GET files?fields=files(id)&q='{b}' in parents", status: 200, exactly: { files: [{ id: '{x}' }] } },
      {
        ask: "GET files?fields=files(id)&q='{a}' in parents or '{b}' in parents",
        status: 200,
        exactly: { files: [{ id: '{x}' }] },
      },
      // Access comes down on both ways.
      share('b', 'reader', 'bob'),
      { as: 'bob', ask: 'GET files/{x}?fields=parents', status: 200, exactly: { parents: ['{b}'] } },
      { ask: 'PATCH files/{x}?removeParents={a}&fields=parents', body: {}, status: 200, exactly: { parents: ['{b}'] } },
      control('items', { fileId: '{x}', parents: [] }),
      { ask: 'GET files/{x}?fields=parents', status: 200, exactly: {} },
      {
        ask: "GET files?fields=files(id)&q='me' in owners and name='x'",
        status: 200,
        exactly: { files: [{ id: '{x}' }] },
      },
    ],
  },
  {
    fact: '§10 root',
    title: 'is an alias that works as an id',
    steps: [
      { ask: 'GET files/root?fields=id,name', status: 200, json: { name: 'My Drive' }, keep: { root: 'id' } },
      file('a', 'x', { parents: ['root'] }),
      {
        ask: "GET files?fields=files(parents)&q='{root}' in parents",
        status: 200,
        exactly: { files: [{ parents: ['{root}'] }] },
      },
    ],
  },
];

const COPIES: Scenario[] = [
  {
    fact: '§7 files.copy',
    title: 'the copier owns the copy; what is named is taken, sharing is not',
    steps: [
      file('src', 'content', { description: 'about' }),
      share('src', 'reader', 'bob'),
      generateId('id', 'bob'),
      {
        as: 'bob',
        ask: 'POST files/{src}/copy?fields=id,name,ownedByMe,description,shared,modifiedTime',
        body: { id: '{id}', name: 'copy', parents: ['root'], modifiedTime: '2001-01-01T00:00:00.000Z' },
        status: 200,
        exactly: {
          id: '{id}',
          name: 'copy',
          ownedByMe: true,
          description: 'about',
          shared: false,
          modifiedTime: '2001-01-01T00:00:00.000Z',
        },
      },
      { as: 'bob', ask: 'POST files/{src}/copy', body: { id: '{id}' }, status: 409, error: { reason: 'fileIdInUse' } },
      { as: 'carol', ask: 'POST files/{src}/copy', body: {}, status: 404, error: notFound() },
      { ask: 'POST files/root/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
    ],
  },
  {
    fact: '§7 files.copy into a shared folder',
    title: 'the copy is open to those to whom the folder is open',
    steps: [
      file('src', 'content'),
      folder('ours'),
      share('ours', 'commenter', 'bob'),
      { ask: 'POST files/{src}/copy?fields=id', body: { parents: ['{ours}'] }, status: 200, keep: { copy: 'id' } },
      {
        as: 'bob',
        ask: 'GET files/{copy}?fields=ownedByMe,capabilities(canComment,canEdit)',
        status: 200,
        exactly: { ownedByMe: false, capabilities: { canComment: true, canEdit: false } },
      },
    ],
  },
  {
    fact: '§7 Copies of Docs',
    title: 'take no modifiedTime and lose their description',
    steps: [
      made('doc', { mimeType: DOC, description: 'about' }),
      {
        ask: 'POST files/{doc}/copy?fields=mimeType,modifiedTime,description',
        body: { modifiedTime: '2001-01-01T00:00:00.000Z' },
        status: 200,
        exactly: { mimeType: DOC, modifiedTime: '2030-01-01T00:00:00.000Z' },
      },
    ],
  },
  {
    fact: '§7 copyComments',
    title: 'takes open comments of a document along',
    steps: [
      made('doc', { mimeType: DOC }),
      { ask: 'POST files/{doc}/comments?fields=id', body: { content: 'open' }, status: 200 },
      { ask: 'POST files/{doc}/comments?fields=id', body: { content: 'done' }, status: 200, keep: { done: 'id' } },
      {
        ask: 'POST files/{doc}/comments/{done}/replies?fields=action',
        body: { action: 'resolve' },
        status: 200,
        exactly: { action: 'resolve' },
      },
      { ask: 'POST files/{doc}/copy?fields=id&copyComments=true', body: {}, status: 200, keep: { copy: 'id' } },
      {
        ask: 'GET files/{copy}/comments?fields=comments(content)',
        status: 200,
        exactly: { comments: [{ content: 'open' }] },
      },
      { ask: 'POST files/{doc}/copy?fields=id', body: {}, status: 200, keep: { bare: 'id' } },
      { ask: 'GET files/{bare}/comments?fields=comments(content)', status: 200, exactly: { comments: [] } },
    ],
  },
  {
    fact: '§13 Which fields a copy keeps unasked (U)',
    title: 'properties too',
    switches: { copyKeepsProperties: true },
    steps: [
      made('a', { properties: { k: 'v' }, appProperties: { l: 'w' } }),
      {
        ask: 'POST files/{a}/copy?fields=properties,appProperties',
        body: {},
        status: 200,
        exactly: { properties: { k: 'v' }, appProperties: { l: 'w' } },
      },
    ],
  },
  {
    fact: '§13 Which fields a copy keeps unasked (U)',
    title: 'not properties, unless they are named',
    switches: { copyKeepsProperties: false },
    steps: [
      made('a', { properties: { k: 'v' }, appProperties: { l: 'w' } }),
      {
        ask: 'POST files/{a}/copy?fields=properties,appProperties',
        body: { properties: { k: 'v' } },
        status: 200,
        exactly: { properties: { k: 'v' } },
      },
    ],
  },
  ...(
    [
      ['script', 'copyableScripts'],
      ['jam', 'copyableJams'],
      ['vid', 'copyableVideos'],
    ] as const
  ).flatMap(([type, name]) =>
    [true, false].map((allowed): Scenario => ({
      fact: `§5 Copying a ${type} (U)`,
      title: allowed ? 'is possible' : 'is cannotCopyFile',
      switches: { [name]: allowed },
      steps: [
        made('it', { mimeType: `application/vnd.google-apps.${type}` }),
        {
          ask: 'GET files/{it}?fields=capabilities/canCopy',
          status: 200,
          exactly: { capabilities: { canCopy: allowed } },
        },
        allowed
          ? { ask: 'POST files/{it}/copy', body: {}, status: 200 }
          : { ask: 'POST files/{it}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
      ],
    })),
  ),
  {
    fact: '§5 Types that are never copied',
    title: 'sites, maps and third-party files',
    steps: ['site', 'map', 'drive-sdk.12345'].flatMap((type) => [
      made('it', { mimeType: `application/vnd.google-apps.${type}` }),
      { ask: 'POST files/{it}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
    ]),
  },
  {
    fact: '§7 downloadRestrictions',
    title: 'keep content from readers, or from writers as well',
    steps: [
      file('a', 'x'),
      share('a', 'writer', 'bob'),
      {
        ask: 'PATCH files/{a}',
        body: { downloadRestrictions: { itemDownloadRestriction: { restrictedForReaders: true } } },
        status: 200,
      },
      { as: 'bob', ask: 'POST files/{a}/copy', body: {}, status: 200 },
      {
        ask: 'PATCH files/{a}',
        body: { downloadRestrictions: { itemDownloadRestriction: { restrictedForWriters: true } } },
        status: 200,
      },
      { as: 'bob', ask: 'POST files/{a}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
      { ask: 'POST files/{a}/copy', body: {}, status: 200 },
    ],
  },
  {
    fact: '§2 Volume',
    title: '750 GB per day: the daily limit wears the short-term one’s reason and its own message',
    limits: { copyBytes: 4 },
    steps: [
      file('big', 'five!'),
      {
        ask: 'POST files/{big}/copy',
        body: {},
        status: 403,
        error: { reason: 'userRateLimitExceeded', domain: 'usageLimits', message: 'User rate limit exceeded.' },
      },
      behave({ limits: { copyBytes: 100 }, quotas: { bytesPerDay: 6 } }),
      { ask: 'POST files/{big}/copy', body: {}, status: 200 },
      {
        ask: 'POST files/{big}/copy',
        body: {},
        status: 403,
        error: { reason: 'userRateLimitExceeded', message: 'User rate limit exceeded.' },
      },
      { advance: 25 * HOUR },
      { ask: 'POST files/{big}/copy', body: {}, status: 200 },
    ],
  },
  {
    fact: '§13 Copies under the 750 GB block (U)',
    title: 'are refused as uploads are',
    switches: { copiesCountForTheDay: true },
    steps: [
      file('a', 'five!'),
      behave({ quotas: { bytesPerDay: 4 } }),
      { ask: 'POST files/{a}/copy', body: {}, status: 403, error: { reason: 'userRateLimitExceeded' } },
    ],
  },
  {
    fact: '§13 Copies under the 750 GB block (U)',
    title: 'go on',
    switches: { copiesCountForTheDay: false },
    steps: [
      file('a', 'five!'),
      behave({ quotas: { bytesPerDay: 4 } }),
      { ask: 'POST files/{a}/copy', body: {}, status: 200 },
      {
        ask: 'POST /upload/drive/v3/files?uploadType=media',
        headers: { 'content-type': 'text/plain' },
        body: 'five!',
        status: 403,
        error: { reason: 'userRateLimitExceeded' },
      },
    ],
  },
];

export const BASIC_SCENARIOS: readonly Scenario[] = [
  ...OAUTH,
  ...ABOUT_AND_IDS,
  ...SEARCH,
  ...DOWNLOADS,
  ...UPLOADS,
  ...FILES,
  ...COPIES,
];
