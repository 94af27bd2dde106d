// Writes what this version stores as a file that later versions must continue from:
//   node backend/test/upgrade/take-dump.ts 0.1
// Run it when a minor version is released; see "A release" in CONTRIBUTING.md. It needs a build (`npm run build`). The
// installation is of this script alone: its keys, tokens and accounts are made up, and open nothing else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Redis } from 'ioredis';
import { call, connect } from '../../../tools/api-client.ts';
import { freePort } from '../../../tools/processes.ts';
import { startRedis } from '../../../tools/redis.ts';
import { newKeyRing, redirectUris, startBackend, startSandbox } from '../../../server/parts.ts';
import { until } from '../../../tools/until.ts';
import { withoutSettings } from '../../../tools/workspace.ts';
import { readKeys, type StoredData } from './stored-data.ts';

const OPERATOR_KEY = 'operator-key-of-the-dump-for-tests-only';
/** So rare that no run starts during the test of an upgrade. */
const SCHEDULE = { every: 'P28D', timezone: 'Europe/Berlin' };

interface Transfer {
  id: string;
  state: string;
  counts: Record<string, number>;
}

const [version] = process.argv.slice(2);
if (!version) throw new Error('Name the version: node backend/test/upgrade/take-dump.ts 0.1');
const folder = mkdtempSync(join(tmpdir(), 'take-dump-'));
const stops: (() => Promise<void>)[] = [];

try {
  const [ALICE, BOB, CAROL] = ['alice@example.com', 'bob@example.com', 'carol@example.com'];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const client = { id: 'client-of-the-dump', secret: 'secret-of-the-dump', redirects: redirectUris(url) };
  const data = join(folder, 'sandbox');
  const redis = await startRedis({ dir: join(folder, 'redis'), password: 'password' });
  stops.push(redis.stop);
  const sandbox = await startSandbox({
    logFile: join(folder, 'sandbox.log'),
    client,
    args: ['--data', data, '--accounts', [ALICE, BOB, CAROL].join(',')],
  });
  stops.push(sandbox.stop);
  const env = {
    ...withoutSettings(),
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    REDIS_URL: redis.url,
    GOOGLE_BASE_URL: sandbox.url,
    GOOGLE_CLIENT_ID: client.id,
    GOOGLE_CLIENT_SECRET: client.secret,
    PORTAL_DIR: join(folder, 'no-portal'),
    OPERATOR_KEY,
    // Nobody listens there, so that what is sent waits.
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'mover@example.com',
    WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1',
  };
  const oldKey = newKeyRing();
  const ring = `${newKeyRing().replace('k1:', 'k2:')},${oldKey}`;

  // Nobody uses this session after the key has changed.
  const before = await startBackend({ env: { ...env, CREDENTIALS_KEYS: oldKey }, logFile: join(folder, '1.log') });
  const old = await connect(url, 'general', ALICE);
  await before.stop();

  const api = await startBackend({ env: { ...env, CREDENTIALS_KEYS: ring }, logFile: join(folder, '2.log') });
  stops.push(api.stop);
  const tokens = {
    alice: await connect(url, 'source', ALICE),
    bob: await connect(url, 'destination', BOB),
    carol: await connect(url, 'destination', CAROL),
    old,
  };
  const control = <T>(path: string, method: string, body: object) =>
    call<T>(`${sandbox.url}/__sandbox/${path}`, { method, body });
  const tree = async (files: number, bytes: number, seed: number) =>
    (await control<{ folderId: string }>('trees', 'POST', { account: ALICE, folders: 2, files, bytes, seed })).folderId;
  const asOperator = async <T>(path: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'x-operator-key': OPERATOR_KEY };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path} returned ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const start = async (folderId: string, destination: string, more: object = {}) => {
    const sides = { source: tokens.alice, destination };
    const { id } = await call<Transfer>(`${url}/api/transfers`, {
      method: 'POST',
      tokens: sides,
      body: { items: [folderId], ...more },
    });
    const reaches = (wanted: (transfer: Transfer) => boolean) =>
      until(`${id} is as wanted: ${wanted.toString()}`, async () =>
        wanted(await call<Transfer>(`${url}/api/transfers/${id}`, { tokens: sides })),
      );
    return { id, reaches };
  };

  const folders = {
    finished: await tree(4, 2_000, 1),
    parked: await tree(12, 24_000, 2),
    running: await tree(20, 4_000, 3),
  };
  const hook = { url: 'http://127.0.0.1:9/hook', events: ['transfer.completed'], description: 'For the upgrade' };
  const { id: webhookId } = await asOperator<{ id: string }>('/api/webhooks', hook);
  const program = { name: 'A dashboard', scopes: ['analytics'] };
  const { key: machineKey } = await asOperator<{ key: string }>('/api/keys', program);
  const notify = { mail: ['source'], language: 'de' };
  const finished = await start(folders.finished, tokens.bob, { notify });
  await finished.reaches(({ state }) => state === 'completed');
  await call(`${url}/api/transfers/${finished.id}/schedule`, {
    method: 'PUT',
    tokens: { source: tokens.alice, destination: tokens.bob },
    body: SCHEDULE,
  });
  await control('behavior', 'PUT', { quotas: { bytesPerDay: 12_000 } });
  const parked = await start(folders.parked, tokens.bob);
  await parked.reaches(({ state, counts }) => state === 'waiting_quota' && counts['copying'] === 0);
  await control('behavior', 'PUT', { latencyMs: { 'files.copy': 1_500 } });
  const running = await start(folders.running, tokens.carol);
  await running.reaches(({ counts }) => counts['verified']! > 0 && counts['copying']! > 0);
  process.kill(api.pid, 'SIGKILL');
  await api.ended;
  await control('behavior', 'PUT', {});

  const admin = new Redis(redis.url);
  if ((await admin.zcard('cloudmover:mails')) === 0) throw new Error('No mail waits.');
  const keys = await readKeys(admin);
  const takenAt = Date.now();
  admin.disconnect();
  await sandbox.stop();
  const stored: StoredData = {
    about: `What CloudMover ${version} stores. Made by take-dump.ts; all keys, tokens and accounts are for tests only.`,
    takenAt,
    ring,
    client: { id: client.id, secret: client.secret },
    tokens,
    transfers: { running: running.id, parked: parked.id, finished: finished.id },
    folders,
    unattended: { operatorKey: OPERATOR_KEY, machineKey, webhookId, schedule: SCHEDULE, mailTo: ALICE },
    sandbox: readFileSync(join(data, 'sandbox.ndjson'), 'utf8').trim().split('\n'),
    redis: keys,
  };
  const file = join(import.meta.dirname, `stored-${version}.json`);
  writeFileSync(file, `${JSON.stringify(stored, null, 1)}\n`);
  process.stdout.write(`${file}: ${keys.length} keys.\n`);
} finally {
  for (const stop of stops.reverse()) await stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
