// `npm run verify-report -- FILE`: checks a transfer's report against Google alone. It trusts nothing of CloudMover: it
// uses your own access tokens, reads both drives, lists the source again and compares every line.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments, UsageProblem } from './arguments.ts';
import { codeOf, Problem, say } from './workspace.ts';

const FIELDS =
  'id,name,mimeType,size,md5Checksum,sha256Checksum,createdTime,modifiedTime,trashed,parents,shortcutDetails(targetId),' +
  'inheritedPermissionsDisabled';
const PARALLEL = 8;
const TRIES = 7;
const TIMEOUT_MS = 120_000;
/** Google rounds an expiry: this much (ms) is no difference. */
const EXPIRY_SLACK_MS = 60_000;
/** No such host, no resolver, nobody listening, no way there. */
const UNREACHABLE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

/**
 * @param args the report (JSON or CSV); `--bytes` downloads both sides of every file and compares the content
 *   itself; `--api-root URL` instead of Google's. Tokens: `SOURCE_ACCESS_TOKEN`, `DESTINATION_ACCESS_TOKEN`, or files
 *   that hold them (`…_FILE`); `--sha256 HEX` is the fingerprint that the certificate states; `--access FILE` is the
 *   transfer's access.csv: reads who can open each copy, too
 * @returns 0 when nothing is wrong
 */
export default async function verifyReport(args: string[]): Promise<number> {
  const { file, bytes, apiRoot, stated, accessFile } = optionsOf(args);
  const report = readReport(file);
  const grants = accessFile === undefined ? undefined : readGrants(accessFile);
  const source = new Drive('source', secretOf('SOURCE_ACCESS_TOKEN'), apiRoot);
  const destination = new Drive('destination', secretOf('DESTINATION_ACCESS_TOKEN'), apiRoot);

  const findings = [...ofFingerprint(report, stated), ...inItself(report)];
  const tally = { proven: 0, changed: 0, wrong: 0 };
  await inParallel(report.items, async (item) => {
    const found = await compare(item, source, destination, bytes);
    if (found.wrong) findings.push(`${item.path}: ${found.wrong}`);
    else if (found.changed) say(`  ${item.path}: ${found.changed}`);
    for (const kind of ['proven', 'changed', 'wrong'] as const) if (found[kind]) tally[kind]++;
  });
  findings.push(...(await missingFrom(report, source)));
  if (grants) findings.push(...addsUp(report, grants), ...(await wrongAccess(report, grants, destination)));
  tally.wrong = findings.length;

  if (report.closingCheck === false)
    say(
      '! The destination was not listed again at the end: the transfer was canceled, failed or undone, or had not ended. It may contain copies that the report does not name.',
    );
  for (const finding of findings) say(`✘ ${finding}`);
  const { proven, changed, wrong } = tally;
  say(`\n${proven} proven, ${changed} changed since, ${wrong} wrong`);
  return wrong === 0 ? 0 : 1;
}

function optionsOf(args: string[]) {
  const wrong = (message: string) => new UsageProblem('verify-report', message);
  const { values, positionals } = readArguments(
    'verify-report',
    args,
    {
      bytes: { type: 'boolean', default: false },
      sha256: { type: 'string' },
      access: { type: 'string' },
      'api-root': { type: 'string', default: process.env.GOOGLE_BASE_URL || 'https://www.googleapis.com' },
    },
    1,
  );
  const [file] = positionals;
  if (!file) throw wrong('Which report?');
  const stated = values.sha256?.replaceAll(/\s/g, '').toLowerCase();
  if (stated !== undefined && !/^[\da-f]{64}$/.test(stated))
    throw wrong('--sha256 takes the 64 hexadecimal digits of a certificate; spaces may stay, in quotes.');
  if (!URL.canParse(values['api-root'])) throw wrong('--api-root must be an address.');
  return { file, bytes: values.bytes, apiRoot: values['api-root'], stated, accessFile: values.access };
}

function secretOf(name: string) {
  const path = process.env[`${name}_FILE`];
  let secret = process.env[name];
  try {
    if (path) secret = readFileSync(path, 'utf8');
  } catch {
    throw new Problem(`${name}_FILE names a file that cannot be read.`);
  }
  if (secret?.trim()) return secret.trim();
  throw new Problem(
    `${name} is missing: an OAuth access token for that account's Drive (reading is enough), or ${name}_FILE with a file that holds one.\n` +
      'With Google: https://developers.google.com/oauthplayground; with the sandbox: POST /__sandbox/tokens {account}.',
  );
}

/** A line of a report. */
interface Item {
  path: string;
  name: string;
  state: string;
  kind: string;
  mimeType: string;
  /** Bytes; null for what has no content. */
  size: number | null;
  code?: string;
  checksumKind?: 'sha256' | 'md5';
  checksum?: string;
  original?: string;
  undone?: string;
  sourceId: string;
  destinationId?: string;
  way?: string;
  accessWanted?: number;
}

interface Report {
  items: Item[];
  generatedAt?: string;
  counts?: { found: number } & Record<string, number>;
  closingCheck?: boolean;
  /** The fingerprint of the file as it is, and the one that it states. */
  computed?: string | undefined;
  fingerprint?: string;
}

/** What is read of a file in Drive. */
interface DriveFile {
  id: string;
  name: string;
  mimeType: string;
  size?: string;
  md5Checksum?: string;
  sha256Checksum?: string;
  createdTime?: string;
  trashed?: boolean;
  parents?: string[];
  /** Of a folder: what is given above does not reach into it, but for managers of a shared drive. */
  inheritedPermissionsDisabled?: boolean;
}

/** A permission of a file in Drive. */
interface Permission {
  type: string;
  emailAddress?: string;
  domain?: string;
  role: string;
  expirationTime?: string;
  deleted?: boolean;
  view?: string;
}

/** What somebody may do, and until when (epoch milliseconds; missing: it does not end). */
interface Reach {
  role: string;
  expires?: number;
}
/** Who can open a file, by `keyOf`. */
type Readers = ReadonlyMap<string, Reach>;

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new Problem(`${file} cannot be read.`);
  }
}

/** Reads a report, JSON or CSV. */
export function readReport(file: string): Report {
  const content = bytesOf(file);
  const text = content.toString('utf8').replace(/^\uFEFF/, '');
  const report: Report = text.trimStart().startsWith('{')
    ? { ...ofJson(text, file), computed: fingerprintOf(content) }
    : ofCsv(text, file);
  if (report.items.length === 0) throw new Problem(`${file} has no items: there is nothing to prove.`);
  return report;
}

/** SHA-256 of a JSON report from its second line on; undefined where it is not laid out as it was downloaded. */
function fingerprintOf(content: Buffer) {
  const end = content.indexOf(0x0a) + 1;
  if (end === 0 || !content.subarray(end).toString('latin1', 0, 11).startsWith('"summary":{')) return undefined;
  return createHash('sha256').update(content.subarray(end)).digest('hex');
}

/** Compares the file with the fingerprint that it states itself, and with that of the certificate. */
function* ofFingerprint({ computed, fingerprint }: Report, stated: string | undefined) {
  if (computed) say(`Fingerprint (SHA-256): ${computed.replaceAll(/(.{4})(?=.)/g, '$1 ')}`);
  else if (fingerprint) say('! The report was reformatted after the download, so its fingerprint cannot be checked.');
  if (computed && fingerprint && computed !== fingerprint)
    yield `the report states the fingerprint ${fingerprint}, and its contents have another: it was changed after the download`;
  if (stated && stated !== computed)
    yield computed
      ? `the certificate states the fingerprint ${stated}, and the report has another`
      : 'the fingerprint of a certificate can only be compared with the JSON report as it was downloaded';
}

/** What is read of the JSON form; in an older one the figures stand under `transfer`. */
interface ReportFile {
  generatedAt: string;
  transfer: Summary & { reportSha256: string };
  summary?: Summary;
  items: (Omit<Item, 'checksum' | 'checksumKind'> & { checksum?: { kind: 'sha256' | 'md5'; destination: string } })[];
}

interface Summary {
  counts: { found: number } & Record<string, number>;
  verification?: { closingCheck: boolean };
}

function ofJson(text: string, file: string): Report {
  try {
    const { generatedAt, transfer, summary = transfer, items } = JSON.parse(text) as ReportFile;
    return {
      generatedAt,
      fingerprint: transfer.reportSha256,
      // What the fingerprint covers.
      counts: summary.counts,
      ...(summary.verification && { closingCheck: summary.verification.closingCheck }),
      items: items.map(({ checksum, ...item }) => ({
        ...item,
        ...(checksum && { checksum: checksum.destination, checksumKind: checksum.kind }),
      })),
    };
  } catch {
    throw new Problem(`${file} is no report of a transfer, or it was cut off: fetch it again.`);
  }
}

function ofCsv(text: string, file: string): Report {
  const [header, ...rows] = parseCsv(text);
  const column = new Map((header ?? []).map((name, index) => [name, index]));
  for (const name of ['path', 'state', 'source_id', 'destination_id'])
    if (!column.has(name)) throw new Problem(`${file} is no report of a transfer: it has no column ${name}.`);
  const cell = (row: string[], name: string) => row[column.get(name) ?? -1];
  const checks = new Set(rows.map((row) => cell(row, 'closing_check')));
  return {
    ...((checks.has('none') || checks.has('done')) && { closingCheck: !checks.has('none') }),
    items: rows.map((row) => {
      const value = (name: string) => plain(cell(row, name));
      return {
        path: value('path'),
        name: value('name'),
        state: value('state'),
        ...optional('code', value('reason_code')),
        kind: value('type'),
        mimeType: value('mime_type'),
        size: value('bytes') === '' ? null : Number(value('bytes')),
        ...(value('checksum_kind') && { checksumKind: value('checksum_kind') as 'sha256' | 'md5' }),
        ...optional('checksum', value('destination_checksum')),
        ...optional('original', value('original')),
        ...optional('undone', value('undone')),
        sourceId: value('source_id'),
        ...optional('destinationId', value('destination_id')),
        ...optional('way', value('way')),
        ...(value('access_wanted') && { accessWanted: Number(value('access_wanted')) }),
      };
    }),
  };
}

/** A property, left out where its value is empty. */
const optional = <Name extends string>(name: Name, value: string) =>
  (value ? { [name]: value } : {}) as { [Key in Name]?: string };

/** RFC 4180; a line that ends in the middle of a field is an error. */
function parseCsv(text: string) {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [field, quoted, bare = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/g)) {
    if (field === '' && row.length === 0) break;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

// Where CloudMover puts an apostrophe, so that no spreadsheet takes a name for a formula: before a sign that begins one,
// with what is blank or invisible before it, at the start of a field or after what begins a cell in another country.
const FORMULA = /[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−]/u;
const SKIPPED = /[\p{White_Space}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}"']/u;
const SEPARATOR = /[;\t\r\n\v\f\u0085\u2028\u2029]/u;

/** A field as it was before these apostrophes. */
function plain(text = '') {
  if (!text.includes("'") || !FORMULA.test(text)) return text;
  const characters = [...text];
  const before: string[] = [];
  let isFormula = false;
  for (let at = characters.length - 1; at >= 0; at--) {
    const character = characters[at] ?? '';
    const isPutThere = isFormula && character === "'" && (at === 0 || SEPARATOR.test(characters[at - 1] ?? ''));
    isFormula = FORMULA.test(character) || (isFormula && SKIPPED.test(character));
    if (!isPutThere) before.push(character);
  }
  return before.reverse().join('');
}

/** What can be seen without any drive. */
function* inItself({ items, counts }: Report) {
  if (counts) {
    const { found, ...states } = counts;
    const sum = Object.values(states).reduce((total, count) => total + count, 0);
    if (sum !== found) yield `the summary does not add up: ${found} found, ${sum} by state`;
    if (found !== items.length) yield `the summary says ${found} items, the report lists ${items.length}`;
    for (const [state, count] of Object.entries(states)) {
      const listed = items.filter((item) => item.state === state).length;
      if (listed !== count) yield `the summary says ${count} ${state}, the report lists ${listed}`;
    }
  }
  for (const key of ['sourceId', 'destinationId'] as const) {
    const seen = new Map<string, string>();
    for (const item of items) {
      const id = item[key];
      if (!id || item.state === 'skipped') continue;
      if (seen.has(id)) yield `${item.path}: has the same ${key} as ${seen.get(id)}`;
      seen.set(id, item.path);
    }
  }
}

/** A permission that a copy was to have directly, as access.csv states it. */
interface Grant {
  path: string;
  destinationId: string;
  type: string;
  /** Address, or domain; empty for anyone. */
  grantee: string;
  role: string;
  expires?: number;
  outcome: string;
  /** More than was wanted, and removed at once. */
  isRemoved: boolean;
}

/** Reads access.csv: the permissions of each copy, by its id. */
function readGrants(file: string): Map<string, Grant[]> {
  const [header = [], ...rows] = parseCsv(
    bytesOf(file)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  );
  const column = new Map(header.map((name, index) => [name, index]));
  for (const name of ['destination_id', 'grantee_type', 'grantee', 'role', 'outcome'])
    if (!column.has(name))
      throw new Problem(`${file} is no list of permissions (access.csv): it has no column ${name}.`);
  const grants = rows.map((row): Grant => {
    const value = (name: string) => plain(row[column.get(name) ?? -1]);
    return {
      path: value('path'),
      destinationId: value('destination_id'),
      type: value('grantee_type'),
      grantee: value('grantee').toLowerCase(),
      role: value('role'),
      ...(value('expires') && { expires: Date.parse(value('expires')) }),
      outcome: value('outcome'),
      isRemoved: value('outcome') === 'wider' && column.has('original_grantees') && !value('original_grantees'),
    };
  });
  return Map.groupBy(grants, ({ destinationId }) => destinationId);
}

/** The report, which the fingerprint covers, states how many permissions each copy was to have. */
function* addsUp({ items }: Report, grants: Map<string, Grant[]>) {
  const copies = new Set(items.map(({ destinationId }) => destinationId));
  for (const [id, [grant]] of grants)
    if (!copies.has(id)) yield `${grant?.path}: access.csv has permissions of a copy that the report does not name`;
  for (const { path, destinationId = '', accessWanted = 0 } of items) {
    const listed = grants.get(destinationId)?.length ?? 0;
    if (listed !== accessWanted)
      yield `${path}: the report says ${accessWanted} permissions, access.csv lists ${listed}`;
  }
}

const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'];
const rankOf = (role: string | undefined) => ROLES.indexOf(role ?? '');

/** Who a permission is for, as text. A person and a group are one: an address belongs to one of them. */
const keyOf = (type: string, name = '') =>
  type === 'anyone' ? 'anyone' : type === 'domain' ? `@${name.toLowerCase()}` : name.toLowerCase();

const endOf = ({ expires = Infinity }: Reach) => expires;

/** Whether somebody may do all that is to be allowed, for as long. */
const covers = (has: Reach | undefined, least: Reach) =>
  has !== undefined && rankOf(has.role) >= rankOf(least.role) && endOf(has) >= endOf(least) - EXPIRY_SLACK_MS;

const inWords = ({ role, expires }: Reach) => (expires ? `${role} until ${new Date(expires).toISOString()}` : role);

/** What is wrong with a permission that was set; nothing where it has expired since. */
function lacking({ role, expires, type, grantee }: Grant, has: Reach | undefined) {
  const stated = { role, ...(expires && { expires }) };
  if (covers(has, stated) || endOf(stated) <= Date.now()) return undefined;
  const who = grantee || type;
  if (!has) return `${who} cannot open it, and access.csv says ${role}`;
  return rankOf(has.role) < rankOf(role)
    ? `${who} is only ${has.role}, and access.csv says ${role}`
    : `${who} is ${has.role} only until ${new Date(endOf(has)).toISOString()}, and access.csv says ${expires ? `until ${new Date(expires).toISOString()}` : 'without end'}`;
}

/** Reads who can open the copies: those of access.csv can, and nobody else who can't open the folder above. */
async function wrongAccess({ items }: Report, grants: Map<string, Grant[]>, destination: Drive) {
  const findings: string[] = [];
  const own = await destination.address();
  const listed = new Map<string, Promise<Readers | undefined>>();
  const readersOf = (id: string) => {
    if (!listed.has(id)) listed.set(id, destination.readers(id));
    return listed.get(id)!;
  };
  /** Who can open a file because of the folder that it is in; undefined where that is unknown. */
  const throughFolder = async (id: string): Promise<Readers | undefined> => {
    const { parents: [parent] = [], inheritedPermissionsDisabled: isLimited } = (await destination.get(id)) ?? {};
    const above = parent === undefined ? new Map<string, Reach>() : await readersOf(parent);
    if (!above || !isLimited) return above;
    return new Map([...above].filter(([who, { role }]) => role === 'organizer' || who === own));
  };
  const arrived = items.filter(
    ({ state, undone, kind }) =>
      (state === 'verified' || state === 'unverified') && undone !== 'trashed' && kind !== 'shortcut',
  );
  let read = 0;
  await inParallel(arrived, async ({ path, destinationId = '', way }) => {
    const readers = await readersOf(destinationId);
    if (!readers) return; // the copy is gone, or its permissions may not be read; the former is reported elsewhere
    read++;
    const set = grants.get(destinationId) ?? [];
    for (const grant of set) {
      const wrong = grant.outcome === 'equal' && lacking(grant, readers.get(keyOf(grant.type, grant.grantee)));
      if (wrong) findings.push(`${path}: ${wrong}`);
    }
    const above = await throughFolder(destinationId);
    if (!above) return say(`! ${path}: who can open the folder that it is in may not be read, so nobody was compared.`);
    const stated = set.filter(({ isRemoved }) => !isRemoved);
    for (const [who, reach] of readers) {
      const allowed = stated.filter(({ type, grantee }) => keyOf(type, grantee) === who);
      if (reach.role === 'owner' || [...allowed, above.get(who)].some((each) => covers(each, reach))) continue;
      const more = `${path}: ${who} is ${inWords(reach)}, which the report does not state`;
      // Only its owner knows what they had given before.
      if (way === 'merged') say(`! ${more}; the folder was there before, and what its owner has given stays`);
      else findings.push(`${more} (was it shared afterwards?)`);
    }
  });
  say(`Access of ${read} copies read.`);
  return findings;
}

/** What comparing an item shows; nothing for items that were not copied. */
interface Comparison {
  proven?: true;
  changed?: string;
  wrong?: string;
}

async function compare(item: Item, source: Drive, destination: Drive, bytes: boolean): Promise<Comparison> {
  if ((item.state !== 'verified' && item.state !== 'unverified') || item.undone === 'trashed') return {};
  const copy = await destination.get(item.destinationId);
  if (!copy) return { wrong: 'the copy is gone from the destination' };
  if (copy.trashed) return { wrong: 'the copy is in the trash of the destination' };
  const original = await source.get(item.sourceId);
  if (item.original === 'trashed' && original && !original.trashed)
    return { wrong: 'the report says that the original is in the trash, and it is not' };
  if (copy.mimeType !== item.mimeType) return { wrong: `the copy is of type ${copy.mimeType}, not ${item.mimeType}` };
  if (item.kind !== 'file') return { proven: true };

  const kind = item.checksumKind ?? (copy.sha256Checksum ? 'sha256' : 'md5');
  const reported = item.checksum;
  const there = copy[`${kind}Checksum`];
  const here = original?.[`${kind}Checksum`];
  if (item.size !== null && Number(copy.size) !== item.size)
    return {
      [here === there && here ? 'changed' : 'wrong']: `the copy has ${copy.size} bytes, the report says ${item.size}`,
    };
  if (here && there && here === there) {
    if (bytes) {
      const [one, other] = [await source.digest(item.sourceId), await destination.digest(item.destinationId)];
      if (one !== other) return { wrong: 'the bytes of the copy differ from those of the original' };
    }
    return { proven: true };
  }
  if (reported && there && there !== reported) return { wrong: `the copy's ${kind} is not the one that was reported` };
  if (original && here && here !== there) return { changed: 'the original was edited after the transfer' };
  return reported && there === reported
    ? { changed: 'the original is gone; the copy is as it was reported' }
    : { wrong: 'Google states no checksum to compare' };
}

/** Lists the source again: an item that the report does not name, and that was there when it was made, is missing. */
async function missingFrom({ items, generatedAt }: Report, source: Drive) {
  const known = new Set(items.map(({ sourceId }) => sourceId));
  const madeBefore = ({ createdTime }: DriveFile) => !generatedAt || !createdTime || createdTime < generatedAt;
  const missing: string[] = [];
  const filtered = items.some(({ code }) => code === 'filtered_empty');
  await inParallel(
    items.filter(({ kind, state, code }) => kind === 'folder' && !(state === 'skipped' && code === 'filtered_empty')),
    async (folder) => {
      for (const child of (await source.children(folder.sourceId)) ?? [])
        if (!known.has(child.id) && madeBefore(child)) missing.push(`${folder.path}/${child.name}`);
    },
  );
  return missing.map(
    (path) => `${path}: is in the source and not in the report${filtered ? ' (did a filter leave it out?)' : ''}`,
  );
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<void>) {
  const queue = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

interface Page {
  files?: DriveFile[];
  nextPageToken?: string;
  incompleteSearch?: boolean;
}

/** One account's Drive, read only. */
class Drive {
  private readonly side: string;
  private readonly token: string;
  private readonly apiRoot: string;
  private answered = false;

  constructor(side: string, token: string, apiRoot: string) {
    this.side = side;
    this.token = token;
    this.apiRoot = apiRoot;
  }

  /** The file's metadata; undefined when it is gone. */
  async get(id: string | undefined) {
    if (!id) return undefined;
    return this.json<DriveFile>(`files/${encodeURIComponent(id)}`, { fields: FIELDS, supportsAllDrives: 'true' });
  }

  async children(id: string) {
    const found: DriveFile[] = [];
    const seen = new Set<string>();
    for (let pageToken: string | undefined; ;) {
      const page: Page | undefined = await this.json<Page>('files', {
        q: `'${id}' in parents and trashed=false`,
        fields: 'nextPageToken,incompleteSearch,files(id,name,createdTime)',
        pageSize: '1000',
        supportsAllDrives: 'true',
        includeItemsFromAllDrives: 'true',
        ...(pageToken && { pageToken }),
      });
      if (!page) return undefined;
      if (page.incompleteSearch)
        throw new Problem(`Google listed a folder of the ${this.side} incompletely. Try again.`);
      found.push(...(page.files ?? []));
      pageToken = page.nextPageToken;
      if (!pageToken) return found;
      if (seen.has(pageToken)) throw new Problem(`Google repeated a page token of the ${this.side}. Try again.`);
      seen.add(pageToken);
    }
  }

  /** The address of this account. */
  async address() {
    const about = await this.json<{ user?: { emailAddress?: string } }>('about', { fields: 'user(emailAddress)' });
    return about?.user?.emailAddress?.toLowerCase();
  }

  /** Who can open a file; undefined when it is gone, or this account may not see it. */
  async readers(id: string): Promise<Readers | undefined> {
    const readers = new Map<string, Reach>();
    for (let pageToken: string | undefined; ;) {
      const page = await this.json<{ permissions?: Permission[]; nextPageToken?: string }>(
        `files/${encodeURIComponent(id)}/permissions`,
        {
          fields: 'nextPageToken,permissions(type,emailAddress,domain,role,expirationTime,deleted,view)',
          pageSize: '100',
          supportsAllDrives: 'true',
          ...(pageToken && { pageToken }),
        },
        [403, 404],
      );
      if (!page) return undefined;
      for (const { type, emailAddress, domain, role, expirationTime, deleted, view } of page.permissions ?? []) {
        const key = keyOf(type, emailAddress ?? domain);
        const reach = { role, ...(expirationTime && { expires: Date.parse(expirationTime) }) };
        if (!deleted && view !== 'metadata' && !covers(readers.get(key), reach)) readers.set(key, reach);
      }
      if (!(pageToken = page.nextPageToken)) return readers;
    }
  }

  /** SHA-256 of the bytes as they are stored. */
  async digest(id: string | undefined) {
    const hash = createHash('sha256');
    const response = await this.ask(`files/${encodeURIComponent(id ?? '')}`, {
      alt: 'media',
      supportsAllDrives: 'true',
    });
    for await (const part of response.body ?? []) hash.update(part);
    return hash.digest('hex');
  }

  /** @param hidden statuses that say that the account may not see it */
  private async json<T>(path: string, query: Record<string, string>, hidden: readonly number[] = [404]) {
    const response = await this.ask(path, query, hidden);
    return response.ok ? ((await response.json()) as T) : undefined;
  }

  private async ask(path: string, query: Record<string, string>, hidden: readonly number[] = [404]): Promise<Response> {
    const url = new URL(`/drive/v3/${path}`, this.apiRoot);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${this.token}`, 'accept-encoding': 'identity' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      const status = response instanceof Response ? response.status : undefined;
      const reason =
        response instanceof Error ? response.message : response.ok ? '' : (await response.clone().text()).slice(0, 500);
      const isLimit = status === 429 || /rateLimitExceeded/i.test(reason);
      if (response instanceof Response && (response.ok || (hidden.includes(response.status) && !isLimit))) {
        this.answered = true;
        return response;
      }
      if (status === 401)
        throw new Problem(
          `Google does not accept the access token of the ${this.side}: it has ended, or is another's.`,
        );
      const code = response instanceof Error ? (codeOf(response.cause) ?? '') : '';
      // Nobody has answered yet, and nobody will: a minute of waiting would not help.
      if (!this.answered && UNREACHABLE.has(code))
        throw new Problem(
          `${url.origin} cannot be reached (${code}). Is there a network? A sandbox is named with --api-root URL.`,
        );
      const again = status === undefined || status >= 500 || isLimit;
      if (!again || attempt >= TRIES) throw new Problem(`Google refused to read the ${this.side}: ${reason}`);
      await sleep(Math.min(2 ** attempt, 32) * 500 * (1 + Math.random()));
    }
  }
}
