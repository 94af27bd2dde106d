import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import type { RedisClient, RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisCredentialStore } from '../../src/adapters/redis/redis-credential.store.js';
import { RedisIssuedKeyStore } from '../../src/adapters/redis/redis-issued-key.store.js';
import { RedisKeyRotation } from '../../src/adapters/redis/redis-key-rotation.js';
import { RedisSessionStore } from '../../src/adapters/redis/redis-session.store.js';
import { RedisWebhookStore } from '../../src/adapters/redis/redis-webhook.store.js';
import { digest, newToken } from '../../src/session/token.js';
import { aCredential, aSession } from '../support/builders.js';
import { connectRedis, emptyRedis, redisUrl } from '../support/redis.js';
import { connectedTo, type RedisTopology, startCluster } from '../support/redis-servers.js';

const k1 = { id: 'k1', key: Buffer.alloc(32, 1) };
const k2 = { id: 'k2', key: Buffer.alloc(32, 2) };
const before = new RedisCipher([k1]);
const during = new RedisCipher([k2, k1]);
const after = new RedisCipher([k2]);

let redis: Redis;
let cluster: RedisTopology;
let connections: RedisConnections;

beforeAll(async () => {
  await emptyRedis();
  redis = await connectRedis();
  cluster = await startCluster();
  connections = await connectedTo(cluster.env);
});
afterAll(async () => {
  redis.disconnect();
  connections.close();
  await cluster.stop();
});

const suppliers: [string, () => RedisClient][] = [
  ['one Redis', () => redis],
  ['a Cluster', () => connections.client],
];

// Real: Redis, the cipher.
describe.each(suppliers)('a new key on %s', (_name, supply) => {
  let client: RedisClient;
  beforeAll(() => {
    client = supply();
  });

  const later = () => Date.now() + 60_000;

  async function aSavedSession(): Promise<string> {
    const session = aSession({ credentialId: randomUUID() });
    await new RedisSessionStore(client, before).save(session);
    return session.id;
  }

  async function aSavedCredential(): Promise<string> {
    const id = randomUUID();
    const store = new RedisCredentialStore(client, before);
    await store.save(aCredential({ id }));
    await store.claim(id, 'session:1', later());
    return id;
  }

  const webhook = { url: 'https://example.com/', events: [], description: '', secrets: [{ secret: 'whsec_a' }] };
  const webhooksWith = (cipher: RedisCipher) => new RedisWebhookStore(client, cipher, { commit: async () => [] });

  it('re-encrypts records that are read, and keeps their expiry', async () => {
    const [sessionId, credentialId] = [await aSavedSession(), await aSavedCredential()];
    const life = await client.pttl(keys.session(sessionId));
    expect(await new RedisSessionStore(client, during).find(sessionId)).toBeDefined();
    expect(await new RedisCredentialStore(client, during).find(credentialId)).toBeDefined();
    for (const key of [keys.session(sessionId), keys.credential(credentialId)])
      for (let tries = 0; tries < 100 && !(await client.get(key))!.startsWith('k2.'); tries++)
        await new Promise(setImmediate);
    expect(await client.get(keys.session(sessionId))).toMatch(/^k2\./);
    expect(await client.get(keys.credential(credentialId))).toMatch(/^k2\./);
    const lifeNow = await client.pttl(keys.session(sessionId));
    expect(lifeNow).toBeLessThanOrEqual(life);
    expect(lifeNow).toBeGreaterThan(life - 20_000);
    expect(await new RedisSessionStore(client, after).find(sessionId)).toBeDefined();
    expect(await new RedisCredentialStore(client, after).find(credentialId)).toMatchObject({
      refreshToken: 'refresh-1',
    });
  });

  it('is used for every record by the command, which can be repeated', async () => {
    await new RedisKeyRotation(client, after).reencrypt();
    // More than one page, and several records with the same time.
    const expiresAt = Date.now() + 86_400_000;
    const store = new RedisSessionStore(client, before);
    const sessions = Array.from({ length: 600 }, (_, index) =>
      aSession({ credentialId: randomUUID(), expiresAt: expiresAt + Math.floor(index / 100) }),
    );
    await Promise.all(sessions.map((session) => store.save(session)));
    const [first] = sessions;
    const second = { ...first!, id: digest(newToken()), replaces: first!.id };
    await store.replace(first!, second, 10_000);
    const credentialId = await aSavedCredential();
    const ending = await aSavedCredential();
    await new RedisCredentialStore(client, before).release(ending, 'session:1');
    const transferId = randomUUID();
    await client.sadd(keys.openTransfers(), transferId);
    const uploads = keys.transferPart(transferId, 'uploads');
    await client.hset(uploads, '7', before.seal(keys.upload(transferId, 7), { address: 'https://upload' }));

    const webhookId = randomUUID();
    await webhooksWith(before).create(webhookId, webhook, 50);

    const issued = {
      ...{ id: randomUUID(), digest: 'd', createdAt: 1, expiresAt: Date.now() + 60_000 },
      ...{ kind: 'machine' as const, name: 'A program', scopes: ['audit' as const] },
    };
    await new RedisIssuedKeyStore(client, before).add(issued, 1);

    const rotation = new RedisKeyRotation(client, during);
    const { renewed, unreadable } = await rotation.reencrypt();
    expect(renewed).toBe(606);
    const known = unreadable;
    expect(await rotation.reencrypt()).toMatchObject({ renewed: 0, unreadable: known });

    const rotated = new RedisSessionStore(client, after);
    const found = await Promise.all([...sessions, second].map(({ id }) => rotated.find(id)));
    expect(found.filter((each) => each === undefined)).toEqual([]);
    expect(await new RedisCredentialStore(client, after).find(credentialId)).toBeDefined();
    expect(await new RedisCredentialStore(client, after).release(ending, undefined)).toMatchObject({ state: 'ending' });
    expect(after.open(keys.upload(transferId, 7), (await client.hget(uploads, '7'))!)).toEqual({
      address: 'https://upload',
    });
    expect(await webhooksWith(after).find(webhookId)).toMatchObject(webhook);
    await webhooksWith(after).delete(webhookId);
    const issuedKeys = new RedisIssuedKeyStore(client, after);
    expect(await issuedKeys.find('machine', issued.id)).toEqual(issued);
    await issuedKeys.end('machine', issued.id);
    await client.srem(keys.openTransfers(), transferId);
  });

  it('does not overwrite a record that is written meanwhile', async () => {
    const id = await aSavedCredential();
    const store = new RedisCredentialStore(client, during);
    const rotation = new RedisKeyRotation(client, during);
    const refreshing = Array.from({ length: 5 }, async (_, index) => {
      const { version, ...credential } = (await store.find(id))!;
      return store.update({ ...credential, accessToken: `access-${index}` }, version);
    });
    await Promise.all([...refreshing, rotation.reencrypt(), rotation.reencrypt()]);
    const written = (await Promise.all(refreshing)).filter(Boolean).length;
    const token = (await store.find(id))!.accessToken;
    expect(token).toMatch(written > 0 ? /^access-[0-4]$/ : /^access-1$/);
    expect(await client.get(keys.credential(id))).toMatch(/^k2\./);
  });

  it('is no reason for a process without the old one to remove webhooks', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const [first, second] = [webhooksWith(before), webhooksWith(after)];
    const [id, leftover] = [randomUUID(), randomUUID()];
    await first.create(id, webhook, 50);
    // Both are older than a creation takes.
    await client.zadd(keys.webhooks(), 1, id, 1, leftover);
    expect([await second.list(), await second.find(id), await second.list()]).toEqual([[], undefined, []]);
    expect(await first.list()).toMatchObject([{ id, ...webhook }]);
    expect(await client.zscore(keys.webhooks(), leftover)).toBeNull();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^Webhooks that no key .* skips: 1\./)]]);
    expect(await first.delete(id)).toBe(true);
    warn.mockRestore();
  });

  it('is no reason for a process without the old one to forget a consent that is to be withdrawn', async () => {
    const [first, second] = [new RedisCredentialStore(client, before), new RedisCredentialStore(client, after)];
    const id = await aSavedCredential();
    const day = 86_400_000;
    await first.claim(id, 'session:1', Date.now() + day);
    expect(await second.release(id, 'session:1')).toEqual({ state: 'unreadable' });
    // Before its record expires.
    expect(Number(await client.zscore(keys.credentialsDue(), id))).toBeLessThan(Date.now() + day / 2);
    expect(await first.release(id, undefined)).toMatchObject({ state: 'ending', credential: { id } });
  });

  it('counts records that cannot be read', async () => {
    await new RedisKeyRotation(client, during).reencrypt();
    await aSavedSession();
    const { unreadable } = await new RedisKeyRotation(client, after).reencrypt();
    expect(unreadable).toBe(1);
  });
});

describe('npm run reencrypt', () => {
  const main = join(import.meta.dirname, '../../dist/reencrypt.js');

  async function reencrypt(ring: string): Promise<{ code: number | null; said: string }> {
    const env = {
      PATH: process.env['PATH'],
      REDIS_URL: redisUrl(),
      GOOGLE_CLIENT_ID: 'unused',
      GOOGLE_CLIENT_SECRET: 'unused',
      CREDENTIALS_KEYS: ring,
    };
    const child = spawn(process.execPath, [main], { env });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  }

  const of = ({ id, key }: typeof k1) => `${id}:${key.toString('base64')}`;

  it('reports what it did, and fails while a record cannot be read', async () => {
    await emptyRedis();
    const session = aSession({ credentialId: randomUUID() });
    await new RedisSessionStore(redis, before).save(session);
    const lost = await reencrypt(of(k2));
    expect(lost).toMatchObject({
      code: 1,
      said: expect.stringContaining('0 re-encrypted, 0 already encrypted with k2, 1 unreadable'),
    });
    expect(lost.said).toMatch(/Put that key back/);
    expect(await reencrypt(`${of(k2)},${of(k1)}`)).toEqual({
      code: 0,
      said: '1 re-encrypted, 0 already encrypted with k2, 0 unreadable\n',
    });
    expect(await reencrypt(of(k2))).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^0 .* 1 already encrypted with k2/),
    });
  });

  it('names the error in the key ring, and never a key', async () => {
    const { code, said } = await reencrypt('k1:quietquietquiet');
    expect(code).toBe(1);
    expect(said).toMatch(/^CREDENTIALS_KEYS must be/);
    expect(said).not.toContain('quietquiet');
  });
});
