// CloudMover's assumptions about Google that no document confirms, each with a probe that tests Google itself. Used by
// `npm run live-check`; see docs/live-check.md.
import { Buffer } from 'node:buffer';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ABOUT,
  type Account,
  type Budget,
  FILE,
  fileAt,
  FOLDER,
  IDS,
  MARK,
  NoAnswer,
  QUANTUM,
  Refusal,
} from './live-account.ts';
import { z } from 'zod';
import { Problem } from './workspace.ts';

const GOOGLE = 'application/vnd.google-apps.';
const [DOCUMENT, SHEET, SLIDES, SHORTCUT] = [
  `${GOOGLE}document`,
  `${GOOGLE}spreadsheet`,
  `${GOOGLE}presentation`,
  `${GOOGLE}shortcut`,
] as const;

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

const REVISION = z.object({ revisionId: z.string() });
const UPDATED_SHEET = z.object({
  updatedSpreadsheet: z
    .object({
      sheets: z.array(
        z.object({
          data: z
            .array(z.object({ rowData: z.array(z.object({ values: z.array(z.unknown()) })).optional() }))
            .optional(),
        }),
      ),
    })
    .optional(),
});
const documentAt = (id: string) => `/v1/documents/${encodeURIComponent(id)}`;
const insertText = { insertText: { location: { index: 1 }, text: 'Written. ' } };

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
      // Google's documentation asks for the word in both headers.
      const headersWithGzip = { 'accept-encoding': 'gzip', 'user-agent': 'cloudmover (gzip)' };
      const options = { query: { alt: 'media' }, headers: headersWithGzip };
      const { status, headers, reason } = await source.ask('GET', fileAt(id), options);
      if (status !== 200) return unknown(`it was not downloaded (${status} ${reason})`);
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
      const made = await source.create(
        { name: 'moves', mimeType: FOLDER, parents: [folder], modifiedTime: LONG_AGO },
        'id,modifiedTime',
      );
      if (made.modifiedTime !== LONG_AGO) return unknown('it was not created with another time');
      await source.create({ name: 'child', mimeType: FOLDER, parents: [made.id] });
      const { modifiedTime } = await source.get(made.id, 'modifiedTime');
      if (modifiedTime === undefined) return unknown('Google states no time');
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
  {
    id: 'document-revision',
    statement: 'A batchUpdate of a document is refused with 400 if the revision that it requires is not the newest',
    modelled: true,
    async probe({ source, folder }) {
      const { id } = await source.create({ name: 'revised', mimeType: DOCUMENT, parents: [folder] });
      const { revisionId } = await source.call(REVISION, 'GET', documentAt(id), { query: { fields: 'revisionId' } });
      const write = () =>
        source.ask('POST', `${documentAt(id)}:batchUpdate`, {
          body: { requests: [insertText], writeControl: { requiredRevisionId: revisionId } },
        });
      const first = await write();
      if (first.status >= 300) return unknown(`the first write was refused (${first.status} ${first.reason})`);
      const { status, reason } = await write();
      return verdict(status === 400, `${status} ${reason}`);
    },
  },
  {
    id: 'document-time',
    statement: 'The modifiedTime of a document can be set again after its text was changed',
    async probe({ source, folder }) {
      const { id } = await source.create({ name: 'written', mimeType: DOCUMENT, parents: [folder] });
      const { status, reason } = await source.ask('POST', `${documentAt(id)}:batchUpdate`, {
        body: { requests: [insertText] },
      });
      if (status >= 300) return unknown(`the write was refused (${status} ${reason})`);
      await source.call(FILE, 'PATCH', fileAt(id), { body: { modifiedTime: LONG_AGO } });
      const { modifiedTime } = await source.get(id, 'modifiedTime');
      return verdict(modifiedTime === LONG_AGO, modifiedTime === LONG_AGO ? 'set' : 'another time');
    },
  },
  ...spreadsheetProbes(),
];

/** Both need one spreadsheet and one write. */
function spreadsheetProbes(): Probe[] {
  /** What the write returns, and the versions of the file before the write, after it, and after another look. */
  const write = async ({ source, folder }: Context) => {
    const { id } = await source.create({ name: 'versioned', mimeType: SHEET, parents: [folder] });
    const version = async () => (await source.get(id, 'version')).version;
    const [before, same] = [await version(), await version()];
    const cell = { userEnteredValue: { stringValue: 'written' } };
    const updateCells = { fields: 'userEnteredValue', start: {}, rows: [{ values: [cell] }] };
    const { status, reason, json } = await source.ask(
      'POST',
      `/v4/spreadsheets/${encodeURIComponent(id)}:batchUpdate`,
      {
        query: { fields: 'updatedSpreadsheet(sheets(data(rowData(values(userEnteredValue)))))' },
        body: { requests: [{ updateCells }], includeSpreadsheetInResponse: true, responseIncludeGridData: true },
      },
    );
    if (status >= 300) return unknown(`the write was refused (${status} ${reason})`);
    return { json, before, same, after: await version() };
  };
  return [
    {
      id: 'spreadsheet-answer',
      statement: 'The response to a batchUpdate has the cells after the write, under a field mask',
      async probe(context) {
        const written = await write(context);
        if ('result' in written) return written;
        const cells = UPDATED_SHEET.safeParse(written.json).data?.updatedSpreadsheet?.sheets[0]?.data?.[0]?.rowData;
        const isThere = JSON.stringify(cells ?? null).includes('"written"');
        return verdict(isThere, isThere ? 'the new value' : 'no such value');
      },
    },
    {
      id: 'spreadsheet-version',
      statement: 'The version of a spreadsheet grows with a write, and stays as it is without one',
      async probe(context) {
        const written = await write(context);
        if ('result' in written) return written;
        const { before, same, after } = written;
        const [isStable, grows] = [before === same, Number(after) > Number(same)];
        return verdict(
          isStable && grows,
          `${isStable ? 'stays' : 'changes'} without a write, ${grows ? 'grows' : 'stays'} with one`,
        );
      },
    },
  ];
}

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
      if (error instanceof Refusal) return unknown(`refused: ${error.message}`);
      if (error instanceof NoAnswer) return unknown(`no answer (${error.message})`);
      return unknown(`no answer (${error instanceof Error ? error.name : 'unknown'})`);
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
