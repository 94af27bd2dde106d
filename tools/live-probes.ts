// CloudMover's assumptions about Google that no document confirms, each with a probe that tests Google itself. Used by
// `npm run live-check`; see docs/live-check.md.
import { Buffer } from 'node:buffer';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { URL } from 'node:url';
import { z } from 'zod';
import { Problem } from './workspace.ts';

export const FOLDER = 'application/vnd.google-apps.folder';
const GOOGLE = 'application/vnd.google-apps.';
const [DOCUMENT, SHEET, SLIDES, SHORTCUT] = [
  `${GOOGLE}document`,
  `${GOOGLE}spreadsheet`,
  `${GOOGLE}presentation`,
  `${GOOGLE}shortcut`,
] as const;
/** The private property of everything that a check creates, so that this run or a later one finds it. */
const MARK = 'cloudmoverLiveCheck';
/** The limit for this command; CloudMover and the comparison add about 200 for the transfer. */
export const MAX_REQUESTS = 400;
const TIMEOUT_MS = 60_000;
const TOO_FAST = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'sharingRateLimitExceeded']);
/** Upload chunks are multiples of this ("Upload file data"). */
const QUANTUM = 256 * 1024;

/** Metadata of a file in requests. */
type Metadata = Record<string, unknown> & { appProperties?: Record<string, string> };

interface Question {
  query?: Record<string, string | number | boolean>;
  body?: Buffer | object;
  headers?: Record<string, string>;
}

/** The used fields of a file; probes request some of them. */
const FILE = z.looseObject({
  id: z.string().optional(),
  mimeType: z.string().optional(),
  size: z.string().optional(),
  md5Checksum: z.string().optional(),
  sha256Checksum: z.string().optional(),
  modifiedTime: z.string().optional(),
  properties: z.record(z.string(), z.string()).optional(),
  permissions: z.array(z.unknown()).optional(),
  capabilities: z.object({ canCopy: z.boolean().optional() }).optional(),
});
/** A created file always has an id. */
const MADE = FILE.extend({ id: z.string() });
const FOUND = z.object({ files: z.array(MADE).default([]) });
const IDS = z.object({ ids: z.tuple([z.string()]) });
export const ABOUT = z.object({
  user: z.object({ emailAddress: z.string().default(''), permissionId: z.string().default('') }),
});
/** https://developers.google.com/workspace/drive/api/guides/handle-errors */
const ERROR = z.object({
  error: z.object({
    errors: z.array(z.object({ reason: z.string().default('') })).optional(),
    status: z.string().optional(),
  }),
});

interface Outcome {
  result: 'held' | 'differs' | 'unknown';
  seen: string;
}

/** A line of the report. */
export interface Row extends Outcome {
  id: string;
  statement: string;
  /** The sandbox only models the assumption; Google must confirm it. */
  modelled?: boolean;
}

/** Both accounts, and the items created in them, for probes. */
interface Context {
  source: Account;
  destination: Account;
  destinationEmail: string;
  folder: string;
  target: string;
  shared: string;
  inShared: string;
  restricted: string;
  totalTimeoutMs: number;
}

interface Probe {
  id: string;
  statement: string;
  modelled?: boolean;
  probe: (context: Context) => Promise<Outcome>;
}

/** A refusal by Google, with status and reason only, because its message may contain file names. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** The requests of both accounts so far, and refusals for their rate. */
export class Budget {
  requests = 0;
  /** Google's refusals of requests that were too fast. */
  tooFast: string[] = [];

  /** The check has ended or was stopped, and sends no more requests. */
  isClosed = false;

  spend() {
    if (this.isClosed) throw new Problem('The check was ended.');
    if (++this.requests > MAX_REQUESTS) throw new Problem(`More than ${MAX_REQUESTS} requests: the check stops here.`);
  }
}

/** One account's Drive, without CloudMover. */
export class Account {
  readonly apiRoot: string;
  readonly accessToken: () => Promise<string>;
  readonly budget: Budget;

  constructor({
    apiRoot,
    accessToken,
    budget,
  }: {
    apiRoot: string;
    accessToken: () => Promise<string>;
    budget: Budget;
  }) {
    this.apiRoot = apiRoot;
    this.accessToken = accessToken;
    this.budget = budget;
  }

  /** Sends a request and returns the response of any status. Retries requests that were refused as too fast. */
  async ask(method: string, path: string, { query = {}, body, headers = {} }: Question = {}) {
    const url = new URL(path, this.apiRoot);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    if (url.origin !== new URL(this.apiRoot).origin) throw new Problem('Google named another host for an upload.');
    const isJson = body !== undefined && !Buffer.isBuffer(body);
    for (let attempt = 1; ; attempt++) {
      this.budget.spend();
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${await this.accessToken()}`,
          'accept-encoding': 'identity',
          ...(isJson && { 'content-type': 'application/json; charset=UTF-8' }),
          ...headers,
        },
        ...(body !== undefined && { body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const json = jsonIn(bytes, response.headers);
      const { errors, status = '' } = ERROR.safeParse(json).data?.error ?? {};
      const reason = errors?.[0]?.reason || status;
      if (response.status === 429 || TOO_FAST.has(reason)) {
        const retryAfter = response.headers.get('retry-after');
        this.budget.tooFast.push(
          `${response.status} ${reason || 'without a reason'}, Retry-After ${retryAfter ?? 'missing'}`,
        );
        if (attempt < 5) {
          await sleep(Math.min(Number(retryAfter) || 2 ** attempt, 30) * 1000);
          continue;
        }
      }
      return { status: response.status, headers: response.headers, bytes, json, reason: reason.slice(0, 60) };
    }
  }

  /** Returns the JSON of a response. @throws {Refusal} for any status except 2xx */
  async call<T>(answered: z.ZodType<T>, method: string, path: string, options?: Question): Promise<T> {
    const answer = await this.ask(method, path, options);
    if (answer.status >= 300) throw new Refusal(answer.status, answer.reason || 'without a reason');
    return answered.parse(answer.json);
  }

  get(id: string, fields: string, options: Question = {}) {
    return this.call(FILE, 'GET', fileAt(id), { ...options, query: { fields, supportsAllDrives: true } });
  }

  /** Creates an item without content, with the mark. */
  create(metadata: Metadata, fields = 'id') {
    const body = { ...metadata, appProperties: { [MARK]: '1', ...metadata.appProperties } };
    return this.call(MADE, 'POST', '/drive/v3/files', { query: { fields, supportsAllDrives: true }, body });
  }

  /** Uploads in one request. */
  upload(metadata: Metadata, mediaType: string, content: string | Buffer, fields = 'id') {
    const boundary = randomUUID();
    const marked = { ...metadata, appProperties: { [MARK]: '1' } };
    const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(marked)}\r\n--${boundary}\r\ncontent-type: ${mediaType}\r\n\r\n`;
    return this.call(MADE, 'POST', '/upload/drive/v3/files', {
      query: { uploadType: 'multipart', fields, supportsAllDrives: true },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]),
    });
  }

  /** Begins a resumable upload. @returns its address */
  async session(metadata: Metadata, size: number, fields = 'id') {
    const { status, headers, reason } = await this.ask('POST', '/upload/drive/v3/files', {
      query: { uploadType: 'resumable', fields, supportsAllDrives: true },
      headers: { 'x-upload-content-type': 'application/octet-stream', 'x-upload-content-length': String(size) },
      body: { ...metadata, appProperties: { [MARK]: '1' } },
    });
    const address = headers.get('location');
    if (status >= 300 || !address) throw new Refusal(status, reason || 'no address');
    return address;
  }

  chunk(address: string, content: Buffer, start: number, size: number) {
    const range = `bytes ${start}-${start + content.length - 1}/${size}`;
    return this.ask('PUT', address, { headers: { 'content-range': range }, body: content });
  }

  /** Uploads in chunks. @returns Google's last response */
  async uploadLarge(metadata: Metadata, content: Buffer, fields = 'id') {
    const address = await this.session(metadata, content.length, fields);
    const size = 16 * QUANTUM;
    for (let start = 0; ; start += size) {
      const answer = await this.chunk(address, content.subarray(start, start + size), start, content.length);
      if (answer.status < 300) return MADE.parse(answer.json);
      if (answer.status !== 308 || start + size >= content.length) throw new Refusal(answer.status, answer.reason);
    }
  }

  copy(id: string, body: Metadata, fields = 'id') {
    const marked = { ...body, appProperties: { [MARK]: '1' } };
    return this.call(MADE, 'POST', `${fileAt(id)}/copy`, { query: { fields, supportsAllDrives: true }, body: marked });
  }

  async search(q: string, fields = 'id') {
    const query = { q, fields: `files(${fields})`, pageSize: 100 };
    return (await this.call(FOUND, 'GET', '/drive/v3/files', { query })).files;
  }

  remove(id: string) {
    return this.ask('DELETE', fileAt(id), { query: { supportsAllDrives: true } });
  }

  /**
   * Stops this account's requests and deletes what the check created: folders with their contents, and leftovers of an
   * earlier check. @returns the number of items that could not be deleted
   * @param own ids of folders created by this run, which may not be in the index yet
   */
  async clean(own: readonly string[] = []) {
    this.budget.isClosed = true;
    const cleaner = new Account({ ...this, budget: new Budget() });
    for (const id of own) await cleaner.remove(id);
    for (let round = 0; ; round++) {
      const found = await cleaner.search(
        `appProperties has { key='${MARK}' and value='1' } and 'me' in owners`,
        'id,mimeType',
      );
      found.sort((one, other) => Number(other.mimeType === FOLDER) - Number(one.mimeType === FOLDER));
      const statuses: number[] = [];
      for (const { id } of found) statuses.push((await cleaner.remove(id)).status);
      // 404: already deleted with its folder, and still in the index.
      const stayed = statuses.filter((status) => status >= 300 && status !== 404).length;
      if (stayed > 0 && round >= 2) return stayed;
      if (stayed === 0 && !statuses.some((status) => status < 300)) return 0;
    }
  }
}

const fileAt = (id: string) => `/drive/v3/files/${encodeURIComponent(id)}`;

function jsonIn(bytes: Buffer, headers: Headers): unknown {
  if (!/json/.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
const LONG_AGO = '2020-02-03T04:05:06.789Z';
const FIELDS = 'id,name,mimeType,size,md5Checksum,sha256Checksum,modifiedTime,description,starred,properties';

/**
 * Creates the tree to transfer, with every kind of item, in its own folder.
 * @returns the expected number of files by method
 */
export async function makeTree(
  source: Account,
  parent: string,
): Promise<{ id: string; items: number; copied: number; relayed: number }> {
  const top = await source.create({ name: 'CloudMover live check', mimeType: FOLDER, parents: [parent] });
  const folder = async (name: string, inside: string): Promise<string> =>
    (await source.create({ name, mimeType: FOLDER, parents: [inside] })).id;
  const copied = await folder('Copied by Google', top.id);
  const relayed = await folder('Relayed by CloudMover', top.id);
  const inside = { parents: [copied], modifiedTime: LONG_AGO };
  const plain = await source.upload(
    { ...inside, name: 'plain.txt', description: 'A small file' },
    'text/plain',
    'plain',
  );
  await source.upload({ ...inside, name: 'empty.bin' }, 'application/octet-stream', '');
  await source.uploadLarge({ ...inside, name: 'large.bin' }, randomBytes(5 * 1024 * 1024 + 12_345));
  for (const name of ["odd / name: 'quoted' \\ “Ünï” 😀 .txt", 'twin', 'twin', '.hidden'])
    await source.upload({ ...inside, name }, 'text/plain', name);
  const imported = { ...inside, modifiedTime: undefined };
  await source.upload({ ...imported, name: 'document', mimeType: DOCUMENT }, 'text/plain', 'A document.');
  await source.upload({ ...imported, name: 'sheet', mimeType: SHEET }, 'text/csv', 'a,b\n1,2\n');
  await source.create({ name: 'slides', mimeType: SLIDES, parents: [copied] });
  await source.create({
    name: 'shortcut',
    mimeType: SHORTCUT,
    parents: [copied],
    shortcutDetails: { targetId: plain.id },
  });
  let deep = copied;
  for (const name of ['one', 'two', 'three']) deep = await folder(name, deep);
  await source.upload({ name: 'deep.txt', parents: [deep] }, 'text/plain', 'deep');
  await folder('empty', deep);
  // Readers may not copy these, so CloudMover must relay them.
  const restricted = { parents: [relayed], copyRequiresWriterPermission: true };
  await source.upload({ ...restricted, name: 'small.txt' }, 'text/plain', 'relayed');
  await source.uploadLarge({ ...restricted, name: 'large.bin' }, randomBytes(5 * 1024 * 1024 + 54_321));
  return { id: top.id, items: 21, copied: 11, relayed: 2 };
}

/** For `catch`: the probe expects a refusal. */
function asRefusal(error: unknown) {
  if (error instanceof Refusal) return error;
  throw error;
}

const held = (seen: string): Outcome => ({ result: 'held', seen });
const differs = (seen: string): Outcome => ({ result: 'differs', seen });
const unknown = (seen: string): Outcome => ({ result: 'unknown', seen });
const verdict = (isHeld: boolean, seen: string) => (isHeld ? held(seen) : differs(seen));

/** Repeats until `probe` is truthy. @returns the milliseconds that took; undefined after the time limit */
async function until(probe: () => Promise<unknown>, totalTimeoutMs: number) {
  const began = performance.now();
  for (let pause = 250; ; pause = Math.min(pause * 2, 5_000)) {
    if (await probe()) return performance.now() - began;
    const left = totalTimeoutMs - (performance.now() - began);
    if (left <= 0) return undefined;
    await sleep(Math.min(pause, left));
  }
}

const seconds = (ms: number) => `after ${(ms / 1000).toFixed(1)} s`;

/** A probe of `canCopy` for a type that not every account can create. */
const canCopy = (type: string, wanted: boolean): Probe => ({
  id: `copy-${type}`,
  statement: `Google ${wanted ? 'copies' : 'does not copy'} items of the type ${GOOGLE}${type}`,
  modelled: true,
  async probe({ source, folder }) {
    const made = await source.ask('POST', '/drive/v3/files', {
      query: { fields: 'id,capabilities(canCopy)' },
      body: { name: type, mimeType: GOOGLE + type, parents: [folder], appProperties: { [MARK]: '1' } },
    });
    if (made.status >= 300) return unknown(`it cannot be created here (${made.status} ${made.reason})`);
    const can = FILE.parse(made.json).capabilities?.canCopy;
    return verdict(can === wanted, `canCopy is ${can}`);
  },
});

/**
 * The probes, one row of the report each. `modelled`: the sandbox only models the assumption; Google must confirm it. A
 * probe that throws leaves its row unknown.
 */
export const PROBES: readonly Probe[] = [
  {
    id: 'taken-id',
    statement: 'Creating with a used id is refused with 409 fileIdInUse',
    modelled: true,
    async probe({ source, folder }) {
      const { ids } = await source.call(IDS, 'GET', '/drive/v3/files/generateIds', { query: { count: 1 } });
      const body = { id: ids[0], name: 'taken', mimeType: FOLDER, parents: [folder] };
      await source.create(body);
      const { status, reason } = await source.ask('POST', '/drive/v3/files', { body });
      return verdict(status === 409 && reason === 'fileIdInUse', `${status} ${reason}`);
    },
  },
  {
    id: 'id-on-docs',
    statement: 'A pregenerated id is refused for a Google document',
    modelled: true,
    async probe({ source, folder }) {
      const { ids } = await source.call(IDS, 'GET', '/drive/v3/files/generateIds', { query: { count: 1 } });
      const body = {
        id: ids[0],
        name: 'preset',
        mimeType: DOCUMENT,
        parents: [folder],
        appProperties: { [MARK]: '1' },
      };
      const { status, reason, json } = await source.ask('POST', '/drive/v3/files', { body });
      return verdict(
        status >= 400,
        status < 300
          ? `${status}, ${FILE.safeParse(json).data?.id === ids[0] ? 'taken' : 'ignored'}`
          : `${status} ${reason}`,
      );
    },
  },
  {
    id: 'page-size',
    statement: 'A pageSize above 1000 is refused',
    modelled: true,
    async probe({ source }) {
      const { status, reason } = await source.ask('GET', '/drive/v3/files', {
        query: { pageSize: 1001, fields: 'kind' },
      });
      return verdict(status === 400, status < 300 ? `${status}: it is coerced` : `${status} ${reason}`);
    },
  },
  {
    id: 'get-after-create',
    statement: 'A new item is found by its id at once',
    async probe({ source, folder }) {
      const { id } = await source.create({ name: 'found at once', mimeType: FOLDER, parents: [folder] });
      const { status } = await source.ask('GET', fileAt(id), { query: { fields: 'id' } });
      return verdict(status === 200, String(status));
    },
  },
  {
    id: 'index-delay',
    statement: 'A new item is found by its private property within the patience of this check',
    modelled: true,
    async probe({ source, folder, totalTimeoutMs }) {
      const key = randomUUID();
      await source.create({ name: 'searched', mimeType: FOLDER, parents: [folder], appProperties: { probe: key } });
      const q = `appProperties has { key='probe' and value='${key}' } and trashed=false`;
      const ms = await until(async () => (await source.search(q)).length === 1, totalTimeoutMs);
      return verdict(ms !== undefined, ms === undefined ? 'not found in that time' : seconds(ms));
    },
  },
  {
    id: 'checksums',
    statement: 'Google states size, MD5 and SHA-256 of an uploaded file, and they are those of the sent bytes',
    async probe({ source, folder }) {
      const content = randomBytes(1_000);
      const { id } = await source.upload({ name: 'checksums', parents: [folder] }, 'application/octet-stream', content);
      const file = await source.get(id, FIELDS);
      const right =
        file.size === '1000' &&
        file.md5Checksum === md5(content) &&
        file.sha256Checksum === createHash('sha256').update(content).digest('hex');
      return verdict(
        right,
        `size ${has(file.size)}, MD5 ${has(file.md5Checksum)}, SHA-256 ${has(file.sha256Checksum)}`,
      );
    },
  },
  {
    id: 'download-range',
    statement: 'A download begins at the requested Range',
    async probe({ source, folder }) {
      const { id } = await source.upload({ name: 'range', parents: [folder] }, 'text/plain', '0123456789');
      const options = { query: { alt: 'media' }, headers: { range: 'bytes=4-' } };
      const { status, bytes } = await source.ask('GET', fileAt(id), options);
      return verdict(status === 206 && bytes.toString() === '456789', `${status}, ${bytes.length} bytes`);
    },
  },
  {
    id: 'gzip',
    statement: 'A download is not encoded, even for a client that takes gzip',
    modelled: true,
    async probe({ source, folder }) {
      const content = 'a'.repeat(10_000);
      const { id } = await source.upload({ name: 'gzip', parents: [folder] }, 'text/plain', content);
      const options = { query: { alt: 'media' }, headers: { 'accept-encoding': 'gzip' } };
      const { headers } = await source.ask('GET', fileAt(id), options);
      const encoding = headers.get('content-encoding');
      return verdict(encoding === null, encoding === null ? 'not encoded' : `encoded: ${encoding}`);
    },
  },
  {
    id: 'uneven-chunk',
    statement: 'Of a chunk that is no multiple of 256 KiB, the whole multiples are kept, and 308 states them',
    modelled: true,
    async probe({ source, folder }) {
      const address = await source.session({ name: 'uneven', parents: [folder] }, 4 * QUANTUM);
      const { status, headers, reason } = await source.chunk(address, Buffer.alloc(QUANTUM + 1_000), 0, 4 * QUANTUM);
      const range = headers.get('range');
      return verdict(status === 308 && range === `bytes=0-${QUANTUM - 1}`, `${status} ${range ?? reason}`);
    },
  },
  {
    id: 'empty-upload',
    statement: 'An empty file can be uploaded',
    async probe({ source, folder }) {
      const metadata = { name: 'nothing', parents: [folder] };
      const made = await source.upload(metadata, 'text/plain', '', 'id,size').catch(asRefusal);
      if (made instanceof Refusal) return differs(`refused: ${made.message}`);
      return verdict(made.size === '0', `size ${made.size}`);
    },
  },
  {
    id: 'copy-takes-fields',
    statement: 'files.copy sets the name, time, description, star and properties that the request names',
    async probe({ source, folder }) {
      const { id } = await source.upload({ name: 'fields', parents: [folder] }, 'text/plain', 'fields');
      const wanted = {
        name: 'new name',
        modifiedTime: LONG_AGO,
        description: 'wanted',
        starred: true,
        properties: { wanted: 'yes' },
      };
      const copy = await source.copy(id, { ...wanted, parents: [folder] }, FIELDS);
      const lost = Object.entries(wanted).filter(
        ([name, value]) => JSON.stringify(copy[name]) !== JSON.stringify(value),
      );
      return verdict(
        lost.length === 0,
        lost.length === 0 ? 'all of them' : `not ${lost.map(([name]) => name).join(', ')}`,
      );
    },
  },
  {
    id: 'copy-keeps-properties',
    statement: 'A copy keeps the properties of its original when the request names none',
    modelled: true,
    async probe({ source, folder }) {
      const { id } = await source.upload(
        { name: 'kept', parents: [folder], properties: { kept: 'yes' } },
        'text/plain',
        'kept',
      );
      const copy = await source.copy(id, { parents: [folder] }, FIELDS);
      return verdict(copy.properties?.kept === 'yes', copy.properties?.kept === 'yes' ? 'kept' : 'lost');
    },
  },
  {
    id: 'copy-same-bytes',
    statement: 'A copy has the checksum of its original',
    async probe({ source, folder }) {
      const original = await source.upload(
        { name: 'same bytes', parents: [folder] },
        'text/plain',
        randomBytes(999),
        FIELDS,
      );
      const copy = await source.copy(original.id, { parents: [folder] }, FIELDS);
      return verdict(
        copy.md5Checksum === original.md5Checksum,
        copy.md5Checksum === original.md5Checksum ? 'the same' : 'another one',
      );
    },
  },
  {
    id: 'copy-doc-time',
    statement: 'files.copy ignores the modifiedTime of a Google document; a later update sets it',
    async probe({ source, folder }) {
      const { id } = await source.create({ name: 'timed', mimeType: DOCUMENT, parents: [folder] });
      const copy = await source.copy(id, { parents: [folder], modifiedTime: LONG_AGO }, FIELDS);
      const query = { fields: 'modifiedTime' };
      const set = await source.call(FILE, 'PATCH', fileAt(copy.id), { query, body: { modifiedTime: LONG_AGO } });
      const [copied, updated] = [copy.modifiedTime === LONG_AGO, set.modifiedTime === LONG_AGO];
      return verdict(
        !copied && updated,
        `${copied ? 'set' : 'ignored'} by the copy, ${updated ? 'set' : 'not set'} by the update`,
      );
    },
  },
  canCopy('script', true),
  canCopy('jam', false),
  canCopy('vid', false),
  {
    id: 'folder-time',
    statement: 'The time of a folder changes when an item is added',
    modelled: true,
    async probe({ source, folder }) {
      const made = await source.create({ name: 'moves', mimeType: FOLDER, parents: [folder], modifiedTime: LONG_AGO });
      await source.create({ name: 'child', mimeType: FOLDER, parents: [made.id] });
      const { modifiedTime } = await source.get(made.id, 'modifiedTime');
      return verdict(modifiedTime !== LONG_AGO, modifiedTime === LONG_AGO ? 'it stayed' : 'it moved');
    },
  },
  {
    id: 'name-case',
    statement: 'A search for a name ignores case',
    modelled: true,
    async probe({ source, folder, totalTimeoutMs }) {
      await source.create({ name: 'Case', mimeType: FOLDER, parents: [folder] });
      const found = (name: string) => source.search(`name = '${name}' and '${folder}' in parents`);
      if ((await until(async () => (await found('Case')).length === 1, totalTimeoutMs)) === undefined)
        return unknown('it was not in the index yet');
      const other = (await found('cASE')).length;
      return verdict(other === 1, other === 1 ? 'found with other case' : 'not found with other case');
    },
  },
  {
    id: 'delete-answer',
    statement: 'A deletion returns 204 without content',
    modelled: true,
    async probe({ source, folder }) {
      const { id } = await source.create({ name: 'deleted', mimeType: FOLDER, parents: [folder] });
      const { status, bytes } = await source.remove(id);
      return verdict(status === 204 && bytes.length === 0, `${status}, ${bytes.length} bytes`);
    },
  },
  {
    id: 'share-expires',
    statement: 'A share can have an expiry',
    async probe({ source, shared, destinationEmail }) {
      const expirationTime = new Date(Date.now() + 86_400_000).toISOString();
      const { status, reason, json } = await source.ask('POST', `${fileAt(shared)}/permissions`, {
        query: { sendNotificationEmail: false, fields: 'id,expirationTime', supportsAllDrives: true },
        body: { role: 'reader', type: 'user', emailAddress: destinationEmail, expirationTime },
      });
      if (status < 300) {
        const { expirationTime: end } = FILE.parse(json);
        return verdict(end !== undefined, end ? 'accepted' : 'accepted, and ignored');
      }
      return differs(`refused: ${status} ${reason}`);
    },
  },
  {
    id: 'share-delay',
    statement: 'The other account can read a shared item within the patience of this check',
    modelled: true,
    async probe({ source, destination, shared, inShared, destinationEmail, totalTimeoutMs }) {
      await source.call(FILE, 'POST', `${fileAt(shared)}/permissions`, {
        query: { sendNotificationEmail: false, fields: 'id', supportsAllDrives: true },
        body: { role: 'reader', type: 'user', emailAddress: destinationEmail },
      });
      const isThere = async () =>
        (await destination.ask('GET', fileAt(inShared), { query: { fields: 'id', supportsAllDrives: true } }))
          .status === 200;
      const ms = await until(isThere, totalTimeoutMs);
      return verdict(ms !== undefined, ms === undefined ? 'not seen in that time' : seconds(ms));
    },
  },
  {
    id: 'copy-refusal',
    statement: 'A copy that the owner does not allow readers is refused with 403 cannotCopyFile',
    async probe({ destination, restricted, target }) {
      const { status, reason } = await destination.ask('POST', `${fileAt(restricted)}/copy`, {
        query: { fields: 'id', supportsAllDrives: true },
        body: { parents: [target], appProperties: { [MARK]: '1' } },
      });
      if (status === 404) return unknown('the share was not seen yet');
      return verdict(status === 403 && reason === 'cannotCopyFile', `${status} ${reason}`);
    },
  },
  {
    id: 'download-refusal',
    statement: 'A download that the owner does not allow readers is refused with 403 cannotDownloadFile',
    modelled: true,
    async probe({ destination, restricted }) {
      const { status, reason } = await destination.ask('GET', fileAt(restricted), {
        query: { alt: 'media', supportsAllDrives: true },
      });
      if (status === 404) return unknown('the share was not seen yet');
      return verdict(status === 403 && reason === 'cannotDownloadFile', `${status} ${reason}`);
    },
  },
];

const has = (value: unknown) => (value === undefined ? 'missing' : 'stated');

/** Assumptions that need more than this check may use. */
export const NOT_PROBED = [
  {
    id: 'copy-during-day-limit',
    statement: 'Copies are refused like uploads after 750 GB were written in a day',
    why: 'it takes 750 GB',
  },
  {
    id: 'day-limit-words',
    statement: 'The daily limit has the message “User rate limit exceeded.”, and short limits have another',
    why: 'it takes 750 GB',
  },
];

/**
 * Runs every probe in its own folder in both accounts.
 */
export async function runProbes(
  context: { source: Account; destination: Account; folder: string; target: string; totalTimeoutMs: number },
  onRow: (row: Row) => void = () => undefined,
): Promise<Row[]> {
  const { source, destination, folder } = context;
  const { user } = await destination.call(ABOUT, 'GET', '/drive/v3/about', { query: { fields: 'user(emailAddress)' } });
  const shared = await source.create({ name: 'shared', mimeType: FOLDER, parents: [folder] });
  const inShared = await source.create({ name: 'in shared', mimeType: FOLDER, parents: [shared.id] });
  const restricted = await source.upload(
    { name: 'restricted', parents: [shared.id], copyRequiresWriterPermission: true },
    'text/plain',
    'restricted',
  );
  const full = {
    ...context,
    destinationEmail: user.emailAddress,
    shared: shared.id,
    inShared: inShared.id,
    restricted: restricted.id,
  };
  const rows: Row[] = [];
  for (const { id, statement, modelled, probe } of PROBES) {
    const outcome = await probe(full).catch((error: unknown) => {
      if (error instanceof Problem) throw error;
      return unknown(
        error instanceof Refusal
          ? `refused: ${error.message}`
          : `no answer (${error instanceof Error ? error.name : 'unknown'})`,
      );
    });
    const row = { id, statement, ...outcome, ...(modelled && { modelled }) };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** The row about refusals for too many requests. */
export function tooFastRow({ tooFast }: Budget): Row {
  const row = { id: 'retry-after', statement: 'A refusal for too many requests has a Retry-After header' };
  if (tooFast.length === 0) return { ...row, ...unknown('nothing was refused as too fast') };
  const without = tooFast.filter((seen) => seen.endsWith('missing'));
  return { ...row, ...verdict(without.length === 0, [...new Set(tooFast)].join('; ')) };
}
