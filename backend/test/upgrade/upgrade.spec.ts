import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '@cloudmover/drive-sandbox';
import type { Redis } from 'ioredis';
import { STORED_FORMAT } from '../../src/adapters/redis/prepare-redis.js';
import { keys } from '../../src/adapters/redis/keys.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import type { DeliveryListDto } from '../../src/webhooks/webhooks.dto.js';
import { connectAdmin, emptyRedis, redisUrl } from '../support/redis.js';
import { MailServer } from '../support/mail-server.js';
import { startStack, type Stack } from '../support/stack.js';
import { hasEnded } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';
import { movedToNow, readKeys, type StoredData, writeKeys } from './stored-data.js';

const ALICE = 'alice@example.com';
const versions = readdirSync(import.meta.dirname).flatMap((name) => /^stored-(.+)\.json$/.exec(name)?.[1] ?? []);
const settingsOf = ({ ring, client }: StoredData): Record<string, string> => ({
  CREDENTIALS_KEYS: ring,
  GOOGLE_CLIENT_ID: client.id,
  GOOGLE_CLIENT_SECRET: client.secret,
  REDIS_URL: redisUrl(),
});

let redis: Redis;
beforeAll(async () => (redis = await connectAdmin()));
afterAll(() => redis.disconnect());

const stored = (version: string): StoredData =>
  movedToNow(JSON.parse(readFileSync(join(import.meta.dirname, `stored-${version}.json`), 'utf8')) as StoredData);

// Real: Redis and the sandbox with the data of an installation whose process was killed while it copied.
describe.each(versions)('this version continues from what %s stored', (version) => {
  let data: StoredData;
  let folder: string;
  let sandbox: Sandbox;
  let stack: Stack;
  let mails: MailServer;

  beforeAll(async () => {
    data = stored(version);
    mails = await MailServer.start();
    folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
    writeFileSync(join(folder, 'sandbox.ndjson'), data.sandbox.join('\n'));
    sandbox = await startSandbox({ dataDir: folder });
    await emptyRedis();
    await writeKeys(redis, data.redis);
    const env = {
      ...settingsOf(data),
      ...{ GOOGLE_BASE_URL: sandbox.url, CLOUDMOVER_ROLE: 'all' },
      ...(data.unattended && {
        OPERATOR_KEY: data.unattended.operatorKey,
        SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
        MAIL_FROM: 'mover@example.com',
        WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1',
      }),
    };
    expect(await AppModule.prepareStore(readConfig(env))).toMatchObject({ refusals: [] });
    stack = await startStack(env, { env: { REDIS_URL: redisUrl() } });
  });
  afterAll(async () => {
    await stack?.close();
    await sandbox?.close();
    await mails?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const sides = (destination: 'bob' | 'carol') => ({
    'X-Source-Token': data.tokens.alice,
    'X-Destination-Token': data.tokens[destination],
  });
  const ended = async (id: string, destination: 'bob' | 'carol') =>
    until('the transfer has ended', async () => {
      const { body } = await stack.api.get(`/api/transfers/${id}`).set(sides(destination)).expect(200);
      return hasEnded(body as TransferDto) && (body as TransferDto);
    });
  /** Paths below a folder with their checksums, from the sandbox, not through the Drive API. */
  const files = async (account: string, below: (path: string) => string | undefined) => {
    const text = await (await fetch(`${sandbox.url}/__sandbox/tree?account=${account}`)).text();
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { path: string; id: string; md5?: string; trashed: boolean })
      .flatMap(({ path, md5, trashed }) => (md5 && !trashed && below(path) ? [`${below(path)} ${md5}`] : []))
      .sort();
  };

  it('records the version of the format', async () => {
    expect(Number(await redis.get(keys.format()))).toBe(STORED_FORMAT);
  });

  it('knows the sessions, also one that an old key of CREDENTIALS_KEYS encrypted', async () => {
    const ofOldKey = ({ key, values: [value] }: StoredData['redis'][number]) =>
      key.startsWith('credentials:') && typeof value === 'string' && value.startsWith('k1.');
    const { key: record } = data.redis.find(ofOldKey)!;
    for (const [token, type] of [
      [data.tokens.old, 'general'],
      [data.tokens.alice, 'source'],
      [data.tokens.carol, 'destination'],
    ] as const) {
      const { body } = await stack.api.get('/session/validate').set('Authorization', `Bearer ${token}`).expect(200);
      expect(body).toMatchObject({ valid: true, type });
    }
    await until(
      'it is encrypted with the first key',
      async () => (await redis.get(record))?.startsWith('k2.') ?? false,
    );
  });

  it('shows the report of the transfer that had ended', async () => {
    const { body } = await stack.api
      .get(`/api/transfers/${data.transfers.finished}/report?format=json`)
      .set(sides('bob'))
      .expect(200);
    expect(body).toMatchObject({ transfer: { state: 'completed' } });
    const { items } = body as { items: { state: string }[] };
    expect(items.map(({ state }) => state)).toEqual(items.map(() => 'verified'));
    expect(items).toHaveLength(7);
  });

  it('keeps what works without anybody present: schedule, webhook, machine key and mail', async () => {
    if (!data.unattended) return; // 0.1 had none of it
    const { operatorKey, machineKey, webhookId, schedule, mailTo } = data.unattended;
    const { finished } = data.transfers;
    const get = async (path: string, headers: object) =>
      (
        await stack.api
          .get(path)
          .set({ ...headers })
          .expect(200)
      ).body as Record<string, unknown>;
    const found = await get(`/api/transfers/${finished}/schedule`, sides('bob'));
    expect(found).toMatchObject({ ...schedule, state: 'active' });
    expect(Date.parse(String(found['nextRunAt']))).toBeGreaterThan(Date.now());
    expect(await get(`/api/transfers/${finished}`, sides('bob'))).toMatchObject({
      notify: { mail: ['source'], language: 'de' },
    });
    await get('/session/analytics', { 'X-Operator-Key': machineKey });

    const asOperator = { 'X-Operator-Key': operatorKey };
    expect(await get(`/api/webhooks/${webhookId}`, asOperator)).toMatchObject({ enabled: true });
    // Its message waits; sending it needs the secret.
    const settled = await until('the message is tried again', async () => {
      const { deliveries } = (await get(
        `/api/webhooks/${webhookId}/deliveries`,
        asOperator,
      )) as unknown as DeliveryListDto;
      const [waiting] = deliveries;
      if (waiting) await stack.api.post(`/api/webhooks/${webhookId}/deliveries/${waiting.id}/send`).set(asOperator);
      return waiting && waiting.attempts.length > 1 && waiting;
    });
    expect(settled.type).toBe('transfer.completed');
    expect(new Set(settled.attempts.map(({ error }) => error))).toEqual(new Set(['connection_failed']));
    const [mail] = await until('the mail has arrived', () => mails.to(mailTo).length > 0 && mails.to(mailTo));
    expect(mail!.text).toContain(finished);
  });

  it.each([
    ['running', 'carol', 20],
    ['parked', 'bob', 12],
  ] as const)('completes the transfer that was %s, and copies nothing twice', async (which, destination, count) => {
    const id = data.transfers[which];
    if (which === 'parked') await redis.hset(keys.transfer(id), 'resumeAt', Date.now());
    expect(await ended(id, destination)).toMatchObject({ state: 'completed', failureGroups: [] });
    const number = { running: 3, parked: 2 }[which];
    const inTree = (path: string) => new RegExp(`Tree ${number}/.*`).exec(path)?.[0];
    const copies = await files(`${destination}@example.com`, inTree);
    expect(copies).toHaveLength(count);
    expect(copies).toEqual(await files(ALICE, inTree));
  });
});

// Real: the built product and Redis.
describe('a version that is older than the data', () => {
  const dist = (name: string) => join(import.meta.dirname, '../../dist', name);

  it.each([
    ['the API', 'main.js', 'api'],
    ['a worker', 'main.js', 'worker'],
    ['the change of keys', 'reencrypt.js', 'api'],
  ])('does not start %s, says why, and writes nothing', async (_name, file, role) => {
    const data = stored(versions.at(-1)!);
    await emptyRedis();
    await writeKeys(redis, data.redis);
    await redis.set(keys.format(), STORED_FORMAT + 1);
    const before = await readKeys(redis);
    const child = spawn(process.execPath, [dist(file)], {
      env: { PATH: process.env['PATH'], PORT: '0', CLOUDMOVER_ROLE: role, ...settingsOf(data) },
    });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringMatching(
        /^Redis contains data of a newer version of CloudMover \(format 2; .*Nothing was changed\. Start the newer version again/m,
      ),
    });
    const withoutTimes = (stored: Awaited<ReturnType<typeof readKeys>>) =>
      // Short ones expire meanwhile.
      stored
        .filter(({ ttl }) => ttl < 0 || ttl > 3_600_000)
        .map(({ key, values }) => ({ key, values: values.toSorted() }));
    expect(withoutTimes(await readKeys(redis))).toEqual(withoutTimes(before));
  });
});
