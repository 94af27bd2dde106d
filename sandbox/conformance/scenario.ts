import { multipart } from './send.ts';

/**
 * A rule of Google as data: requests and their responses.
 *
 * `source` is an `https` address, or a section of `docs/google-drive.md`, written `§6`. `areas/verified.json` has the
 * day on which the row last held against Google (`verifiedOf`).
 *
 * Rows without control calls also run against Google (`npm run conformance -- --real`). Such a row creates
 * everything below `{home}`, searches only there, and writes times relative to the current time as `{now}`.
 */
export interface Scenario {
  /** Unique in its area; the key of the row in `verified.json`. */
  title: string;
  source: string;
  /** The row states one answer to a question that no source settles; rows with other answers have the same switch. */
  switches?: Record<string, string | boolean>;
  /** No source settles this, and it has no switch: a run against Google records observations (`observe`). */
  unknown?: true;
  limits?: Record<string, number>;
  /** Requirements for running the row against Google. */
  needs?: readonly Need[];
  steps: Step[];
}

/**
 * `organisation`: both accounts belong to one Google Workspace organisation. `sandbox`: the row reads or changes more
 * than its own items (quotas, the root, groups), so it never runs against Google.
 */
export type Need = 'organisation' | 'sandbox';

/** Carol belongs to another organisation; Dave and Erin have consumer accounts; `nobody` sends no token. */
export type Person = 'alice' | 'bob' | 'carol' | 'dave' | 'erin' | 'nobody';

export const PEOPLE: Record<Exclude<Person, 'nobody'>, string> = {
  alice: 'alice@example.com',
  bob: 'bob@example.com',
  carol: 'carol@elsewhere.example',
  dave: 'dave@gmail.com',
  erin: 'erin@gmail.com',
};

/** The time at which every scenario begins. */
export const BEGINNING = Date.parse('2030-01-01T00:00:00.000Z');

/**
 * A request with its response, or a time to advance. `{name}` stands for a value that an earlier step has kept;
 * `{home}` is the folder in which the caller works: the root of My Drive in a sandbox, a folder of the run at Google;
 * `{unique}` is a new text each time, `{name of bob}` his display name.
 * Addresses are below `/drive/v3/` unless they begin with `/` or `http`.
 */
export type Step = Request | { advance: number } | readonly Request[];

export interface Request {
  as?: Person;
  /** `METHOD address` */
  ask: string;
  scopes?: string[];
  headers?: Record<string, string>;
  body?: object | string | Buffer;
  form?: Record<string, string>;
  /** `any` if a run records the response. */
  status: number | 'any';
  /** Of `error.errors[0]`. */
  error?: { reason: string; domain?: string; location?: string; message?: string };
  /** Fields that the response must contain, among others. */
  json?: object;
  /** The exact response. */
  exactly?: object;
  text?: string | RegExp;
  answers?: Record<string, string | RegExp>;
  /** Names that must be absent at the top level of the response. */
  absent?: string[];
  /** Name → location: `a>0>b` in the JSON, `header:x`, or `location?code`. */
  keep?: Record<string, string>;
  /** Values that a run against Google records: name → location as in `keep`, `status`, or `waited` (milliseconds). */
  observe?: Record<string, string>;
}

export const FOLDER = 'application/vnd.google-apps.folder';

export const SHORTCUT = 'application/vnd.google-apps.shortcut';

export const DOC = 'application/vnd.google-apps.document';

export const SHEET = 'application/vnd.google-apps.spreadsheet';

export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

export const MINUTE = 60_000;

export const HOUR = 60 * MINUTE;

export const DAY = 24 * HOUR;

export const ALL = 'supportsAllDrives=true';

export const QUANTUM = 262_144;

/** Creates a folder and keeps its id as `name`. */
export function folder(name: string, parent = '{home}', as: Person = 'alice'): Request {
  const body = { name, mimeType: FOLDER, parents: [parent] };
  return { as, ask: `POST files?fields=id&${ALL}`, body, status: 200, keep: { [name]: 'id' } };
}

/** Creates a file with content and keeps its id. */
export function file(name: string, content = 'content', metadata: object = {}, as: Person = 'alice'): Request {
  return {
    as,
    ask: `POST /upload/drive/v3/files?uploadType=multipart&fields=id&${ALL}`,
    ...multipart({ name, parents: ['{home}'], ...metadata }, content),
    status: 200,
    keep: { [name]: 'id' },
  };
}

/** Creates an item from metadata and keeps its id. */
export function made(name: string, metadata: object, as: Person = 'alice'): Request {
  return {
    as,
    ask: `POST files?fields=id&${ALL}`,
    body: { name, parents: ['{home}'], ...metadata },
    status: 200,
    keep: { [name]: 'id' },
  };
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

/** A shared drive of Alice, in which Bob has a role. */
export function drive(role: string, name = 'drive'): readonly Request[] {
  const made: Request = { ask: 'POST drives?requestId={unique}', body: { name }, status: 200, keep: { [name]: 'id' } };
  return [made, share(name, role, 'bob')];
}

export function generateId(name = 'id', as: Person = 'alice'): Request {
  return { as, ask: 'GET files/generateIds?count=1', status: 200, keep: { [name]: 'ids>0' } };
}

export const notFound = (location = 'fileId') => ({ reason: 'notFound', domain: 'global', location });

export const cloneOf = (text: string, times: number): string => text.repeat(times);

/** A refused request; by default of Bob. */
export function refused(
  ask: string,
  body: object | undefined,
  reason: string,
  as: Person = 'bob',
  status = 403,
): Request {
  return { as, ask, ...(body ? { body } : {}), status, error: { reason } };
}

export const permit = (what: string, more = ''): string =>
  `POST files/{${what}}/permissions?sendNotificationEmail=false&${ALL}${more}`;

/** Reads the named capabilities and checks their values; by default as Bob. */
export const capabilities = (names: Record<string, boolean>, ask: string, as: Person = 'bob'): Request => ({
  as,
  ask: `GET ${ask}?${ALL}&fields=capabilities(${Object.keys(names).join(',')})`,
  status: 200,
  exactly: { capabilities: names },
});
