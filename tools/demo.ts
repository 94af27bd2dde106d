// `npm run demo -- --from DIR`: transfers a real folder without a browser, and compares the result byte by byte.
import { lstatSync, openSync, readSync, closeSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { Buffer } from 'node:buffer';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { URLSearchParams } from 'node:url';
import { setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, readArguments } from './arguments.ts';
import { buildStale } from './build.ts';
import { onStop } from './processes.ts';
import { type Stack, startStack } from './stack.ts';
import { call, connect, OVER, type Tokens } from './api-client.ts';
import { ROOT, say, step } from './workspace.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];

/**
 * @param args `--from DIR` (default: the backend's sources), `--keep` leaves the stack running, `--relay` forbids
 * sharing,
 *   so that every byte is relayed instead of being copied inside Google
 * @returns 0 only if the destination equals DIR
 */
export default async function demo(args: string[]): Promise<number> {
  const { from, keep, relay } = readArguments('demo', args, {
    from: { type: 'string' },
    keep: { type: 'boolean', default: false },
    relay: { type: 'boolean', default: false },
  }).values;
  const folder = realpathSync(from === undefined ? join(ROOT, 'backend/src') : folderOf('demo', 'from', from));
  let stack: Stack | undefined;
  onStop(() => stack?.close());
  await buildStale();
  try {
    stack = await step('Starting a sandbox, a Redis and the API', () =>
      startStack({ accounts: [SOURCE, DESTINATION], portal: true }),
    );
    if (relay) {
      const faults = [{ operation: 'permissions.create', kind: 'error', status: 403, reason: 'shareOutNotPermitted' }];
      await call(`${stack.sandboxUrl}/__sandbox/behavior`, { method: 'PUT', body: { faults } });
    }
    const identical = await wholeTransfer(stack, folder, relay);
    if (keep) {
      say(`\n  Still running: ${stack.url} (sandbox: ${stack.sandboxUrl}). Ctrl-C ends it.`);
      await new Promise((done) => setInterval(done, 2 ** 30));
    }
    return identical ? 0 : 1;
  } catch (error) {
    if (stack) process.stderr.write(`\n${stack.logs()}\n`);
    throw error;
  } finally {
    await stack?.close();
  }
}

/** Imports, connects, transfers, reads the report and compares. @returns whether everything is identical */
async function wholeTransfer({ url, sandboxUrl }: Stack, folder: string, byRelay: boolean) {
  const local = readLocal(folder);
  const imported = await step(`Putting ${folder} into ${SOURCE}`, () =>
    call<{ folderId: string }>(`${sandboxUrl}/__sandbox/import`, {
      method: 'POST',
      body: { account: SOURCE, path: folder },
    }),
  );
  const tokens = await step('Connecting both accounts', async () => ({
    source: await connect(url, 'source', SOURCE),
    destination: await connect(url, 'destination', DESTINATION),
  }));
  await call(`${sandboxUrl}/__sandbox/stats`, { method: 'DELETE' });

  say(`• Transferring ${counted(local)}, ${megabytes(local.bytes)} …`);
  const began = performance.now();
  const { id } = await call<{ id: string }>(`${url}/api/transfers`, {
    method: 'POST',
    tokens,
    body: { items: [imported.folderId] },
  });
  const transfer = await follow(`${url}/api/transfers/${id}`, tokens, local.bytes);
  const seconds = (performance.now() - began) / 1000;
  const { total: requests } = await call<{ total: number }>(`${sandboxUrl}/__sandbox/stats`);

  const { serverCopy, relay, created } = transfer.ways;
  const problems = [];
  if ((byRelay ? relay : serverCopy) !== local.files.size)
    problems.push(`${serverCopy} of ${local.files.size} files were copied inside Google and ${relay} relayed`);
  if (transfer.state !== 'completed')
    problems.push(`the transfer ended as "${transfer.state}"${transfer.problem ? `: ${transfer.problem.detail}` : ''}`);
  problems.push(...(await checkReport(`${url}/api/transfers/${id}`, tokens, transfer, local)));
  problems.push(
    ...(await step('Downloading every file from the destination and comparing it with the folder', () =>
      compareWithDrive(sandboxUrl, folder, local),
    )),
  );

  say();
  say(`  files           ${local.files.size} (and ${local.folders.size} folders)`);
  say(`  bytes           ${local.bytes} (${megabytes(local.bytes)})`);
  say(
    `  time            ${seconds.toFixed(1)} s (${(local.bytes / 1e6 / seconds).toFixed(1)} MB/s, ${(local.files.size / seconds).toFixed(0)} files/s)`,
  );
  say(`  requests a file ${(requests / Math.max(1, local.files.size)).toFixed(2)} (${requests} in all)`);
  say(`  methods         ${serverCopy} copied inside Google, ${relay} relayed, ${created} created`);
  if (local.links > 0) say(`  skipped          ${local.links} symbolic links, which Drive does not support`);
  say();
  if (problems.length > 0) {
    for (const problem of problems.slice(0, 20)) say(`  ✘ ${problem}`);
    if (problems.length > 20) say(`  … and ${problems.length - 20} more`);
    say('\nNOT identical.');
    return false;
  }
  say(`Identical, byte for byte: ${counted(local)}.`);
  return true;
}

/** `1 file and 2 folders` */
function counted({ files, folders }: LocalTree): string {
  const number = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `${number(files.size, 'file')} and ${number(folders.size, 'folder')}`;
}

interface LocalTree {
  /** Sizes by path. */
  files: Map<string, number>;
  folders: Set<string>;
  bytes: number;
  links: number;
}

/** The used fields of a transfer. */
interface Transfer {
  state: string;
  bytes: { verified: number };
  counts: Record<'found' | 'waiting' | 'copying' | 'checking' | 'verified' | 'failed' | 'skipped', number>;
  ways: { serverCopy: number; relay: number; created: number };
  problem?: { detail: string };
}

/** Everything below a folder: sizes by relative path, folders (the top one is ''), and the number of symbolic links. */
export function readLocal(top: string): LocalTree {
  const local: LocalTree = { files: new Map(), folders: new Set(['']), bytes: 0, links: 0 };
  const read = (below: string) => {
    for (const name of readdirSync(join(top, below))) {
      const path = below ? `${below}/${name}` : name;
      const status = lstatSync(join(top, path));
      if (status.isSymbolicLink()) local.links++;
      else if (status.isDirectory()) {
        local.folders.add(path);
        read(path);
      } else if (status.isFile()) {
        local.files.set(path, status.size);
        local.bytes += status.size;
      }
    }
  };
  read('');
  return local;
}

async function follow(address: string, tokens: Tokens, bytes: number): Promise<Transfer> {
  const live = process.stdout.isTTY;
  for (let printedAt = 0; ; await sleep(200)) {
    const transfer = await call<Transfer>(address, { tokens });
    const over = OVER.has(transfer.state);
    const { found, waiting, copying, checking } = transfer.counts;
    const finished = found - waiting - copying - checking;
    const part = bytes > 0 ? Math.min(1, transfer.bytes.verified / bytes) : finished / Math.max(1, found);
    // Without a terminal, one line every five seconds keeps the log short.
    if (live || over || Date.now() - printedAt > 5000) {
      printedAt = Date.now();
      const bar = '█'.repeat(Math.round(part * 30)).padEnd(30, '░');
      const line = `  ${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${finished} of ${found} items  ${megabytes(transfer.bytes.verified)}  ${transfer.state}`;
      process.stdout.write(live ? `\r${line}\u001b[K${over ? '\n' : ''}` : `${line}\n`);
    }
    if (over) return transfer;
  }
}

/** Compares the report with the folder. */
async function checkReport(address: string, tokens: Tokens, transfer: Transfer, local: LocalTree) {
  const problems = [];
  const report = await call<{ items: { path: string; state: string; reason?: string }[] }>(
    `${address}/report?format=json`,
    { tokens },
  );
  const expected = local.files.size + local.folders.size;
  const { found, verified } = transfer.counts;
  if (found !== expected) problems.push(`the transfer counted ${found} items, the folder has ${expected}`);
  if (verified !== expected) problems.push(`the transfer verified ${verified} of ${expected} items`);
  if (transfer.bytes.verified !== local.bytes)
    problems.push(`the transfer verified ${transfer.bytes.verified} bytes, the folder has ${local.bytes}`);
  if (report.items.length !== expected)
    problems.push(`the report lists ${report.items.length} items, the folder has ${expected}`);
  for (const { path, state, reason } of report.items)
    if (state !== 'verified') problems.push(`the report says "${path}" is ${state}${reason ? `: ${reason}` : ''}`);
  const csv = await call<string>(`${address}/report?format=csv`, { tokens });
  // Names may contain line breaks, so the number of lines is only a lower bound.
  if (csv.trimEnd().split('\n').length < expected + 1) problems.push('the report as CSV has too few lines');
  say(
    `• The report lists ${report.items.length} items: ${verified} verified, ${transfer.counts.failed} failed, ${transfer.counts.skipped} skipped`,
  );
  return problems;
}

interface DriveFile {
  id: string;
  name: string;
  mimeType: string;
  size?: string;
}

interface FilePage {
  files: DriveFile[];
  nextPageToken?: string;
}

/** Describes every difference between the folder and the destination's folder of the same name. */
export async function compareWithDrive(sandboxUrl: string, folder: string, local: LocalTree) {
  const { access_token: bearer } = await call<{ access_token: string }>(`${sandboxUrl}/__sandbox/tokens`, {
    method: 'POST',
    body: { account: DESTINATION },
  });
  const children = async (id: string) => {
    const files: DriveFile[] = [];
    for (let pageToken: string | undefined; ;) {
      const query = new URLSearchParams({
        q: `'${id}' in parents and trashed = false`,
        fields: 'nextPageToken,files(id,name,mimeType,size)',
        pageSize: '1000',
        ...(pageToken && { pageToken }),
      });
      const page: FilePage = await call(`${sandboxUrl}/drive/v3/files?${query.toString()}`, { bearer });
      files.push(...page.files);
      if (!(pageToken = page.nextPageToken)) return files;
    }
  };
  const tops = (await children('root')).filter(({ name }) => name === basename(folder));
  const [top] = tops;
  if (!top || tops.length !== 1)
    return [`the destination has ${tops.length} folders "${basename(folder)}" instead of one`];

  const problems = [];
  const missing = new Set([...local.files.keys(), ...local.folders]);
  missing.delete('');
  const downloads: { id: string; path: string }[] = [];
  const walk = async (id: string, below: string) => {
    for (const file of await children(id)) {
      const path = below ? `${below}/${file.name}` : file.name;
      const isFolder = file.mimeType === FOLDER;
      if (!missing.delete(path) || isFolder !== local.folders.has(path)) {
        problems.push(`"${path}" is in the destination but not in the folder, or is there twice, or has another type`);
      } else if (isFolder) await walk(file.id, path);
      else downloads.push({ id: file.id, path });
    }
  };
  await walk(top.id, '');
  for (const path of missing) problems.push(`"${path}" is missing in the destination`);
  const worker = async () => {
    for (let next; (next = downloads.pop());) {
      const difference = await compareFile(
        `${sandboxUrl}/drive/v3/files/${next.id}?alt=media`,
        bearer,
        join(folder, next.path),
      );
      if (difference) problems.push(`"${next.path}": ${difference}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return problems;
}

/** Compares a download with a local file. @returns a description of the difference, or undefined */
async function compareFile(address: string, bearer: string, path: string) {
  const response = await fetch(address, { headers: { authorization: `Bearer ${bearer}` } });
  if (!response.ok) return `its download returned ${response.status}: ${(await response.text()).slice(0, 200)}`;
  const local = openSync(path, 'r');
  try {
    let position = 0;
    for await (const piece of response.body ?? []) {
      const expected = Buffer.alloc(piece.length);
      const got = readSync(local, expected, 0, piece.length, position);
      if (got < piece.length) return `the copy is longer than the original (${position + got} bytes)`;
      if (!expected.equals(piece)) return `it differs after byte ${position}`;
      position += piece.length;
    }
    const { size } = statSync(path);
    return position === size ? undefined : `the copy ends after ${position} of ${size} bytes`;
  } finally {
    closeSync(local);
  }
}

function megabytes(bytes: number) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
