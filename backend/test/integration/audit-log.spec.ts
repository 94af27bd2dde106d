import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisAuditLog } from '../../src/adapters/redis/redis-audit.log.js';
import type { AuditEntry, AuditEvent } from '../../src/insight/audit.port.js';
import { BoundedAuditLog, STORED_A_WINDOW } from '../../src/insight/bounded-audit.log.js';
import { requestContext } from '../../src/insight/request-context.js';
import { connectAdmin, connectRedis, emptyRedis } from '../support/redis.js';

const ended = (number: number): AuditEvent => ({
  actor: { sub: '1001' },
  action: 'session.ended',
  object: `session:${number}`,
  outcome: 'done',
});

async function all(entries: AsyncIterable<AuditEntry>): Promise<AuditEntry[]> {
  const read: AuditEntry[] = [];
  for await (const entry of entries) read.push(entry);
  return read;
}

describe('the audit log in Redis', () => {
  let redis: Redis;
  beforeEach(async () => {
    await emptyRedis();
    redis = await connectRedis();
  });
  afterEach(() => redis.disconnect());

  it('keeps entries in order, across pages, with their request', async () => {
    const log = new RedisAuditLog(redis, { maxEntries: 10_000 });
    requestContext.run({ requestId: 'request-1' }, () => log.record(ended(0)));
    for (let number = 1; number < 1_200; number++) log.record(ended(number));
    await log.flush();
    const entries = await all(log.read());
    expect(entries.map(({ object }) => object)).toEqual(Array.from({ length: 1_200 }, (_, n) => `session:${n}`));
    expect(entries[0]).toEqual({
      id: expect.stringMatching(/^\d{16}$/) as string,
      at: expect.any(Number) as number,
      requestId: 'request-1',
      ...ended(0),
    });
    expect(entries[1]).not.toHaveProperty('requestId');
  });

  it('returns entries between two times, both included', async () => {
    const log = new RedisAuditLog(redis, { maxEntries: 1_000 });
    for (const [at, number] of [
      [1_000, 1],
      [2_000, 2],
      [3_000, 3],
    ] as const)
      await redis.rpush(keys.audit(), `${at}000 ${JSON.stringify(ended(number))}`);
    const objects = async (from?: number, to?: number) => (await all(log.read(from, to))).map(({ object }) => object);
    expect(await objects(2_000)).toEqual(['session:2', 'session:3']);
    expect(await objects(undefined, 2_000)).toEqual(['session:1', 'session:2']);
    expect(await objects(2_000, 2_000)).toEqual(['session:2']);
    expect(await objects(4_000)).toEqual([]);
  });

  it('keeps entries distinct and in order, whatever the clock does', async () => {
    const log = new RedisAuditLog(redis, { maxEntries: 1_000 });
    const tomorrow = (Date.now() + 86_400_000) * 1_000;
    await redis.rpush(keys.audit(), `${tomorrow} ${JSON.stringify(ended(0))}`);
    for (const number of [1, 2]) log.record(ended(number));
    await log.flush();
    expect((await all(log.read())).map(({ id }) => Number(id))).toEqual([tomorrow, tomorrow + 1, tomorrow + 2]);
  });

  it('drops the oldest above its cap, and none below it', async () => {
    const admin = await connectAdmin();
    const cut = { client: admin, close: () => undefined };
    const log = new RedisAuditLog(redis, { maxEntries: 100, openAsAuditor: () => cut });
    for (let number = 0; number < 200; number++) log.record(ended(number));
    await log.flush();
    expect(await all(log.read())).toHaveLength(200); // it is shortened in steps
    log.record(ended(200));
    await log.flush();
    admin.disconnect();
    const entries = await all(log.read());
    expect(entries.map(({ object }) => object)).toEqual(Array.from({ length: 100 }, (_, n) => `session:${n + 101}`));
  });

  it('warns occasionally if it may not be trimmed, and keeps all entries', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const refusing = Object.assign(Object.create(redis) as Redis, {
      ltrim: () => Promise.reject(new Error('NOPERM User cloudmover has no permissions to run the command')),
    });
    const log = new RedisAuditLog(refusing, { maxEntries: 100 });
    for (let number = 0; number < 300; number++) log.record(ended(number));
    await log.flush();
    log.record(ended(300));
    await log.flush();
    expect(await all(log.read())).toHaveLength(301);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('REDIS_AUDITOR_PASSWORD'));
    warn.mockRestore();
  });

  it('stores a few anonymous entries a minute, and counts the others', async () => {
    let leftOut = 0;
    const log = new RedisAuditLog(redis, { maxEntries: 1_000, onLeftOut: () => leftOut++ });
    const refused = { actor: 'unknown', action: 'operator.key_refused', outcome: 'operator_key_refused' } as const;
    for (let number = 0; number < 50; number++) log.record(refused);
    log.record(ended(1));
    // Entries that anyone can cause must not hide the reuse of a token.
    log.record({ actor: 'unknown', action: 'session.token_reused', object: 'session:1', outcome: 'session_expired' });
    await log.flush();
    const entries = await all(log.read());
    expect(entries.map(({ action }) => action)).toEqual([
      ...Array<string>(10).fill('operator.key_refused'),
      'session.ended',
      'session.token_reused',
    ]);
    expect(leftOut).toBe(40);
  });

  it('stores a few hundred anonymous entries a day, so that they cannot displace older ones', async () => {
    let now = performance.now();
    const start = now;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    const log = new RedisAuditLog(redis, { maxEntries: 10_000 });
    const refused = { actor: 'unknown', action: 'operator.key_refused', outcome: 'operator_key_refused' } as const;
    const storedAfter = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute++) {
        now += 60_000;
        for (let times = 0; times < 20; times++) log.record(refused);
      }
      await log.flush();
      return (await all(log.read())).length;
    };
    expect(await storedAfter(100)).toBe(200);
    now = start + 25 * 3_600_000;
    expect(await storedAfter(100)).toBe(400);
    clock.mockRestore();
  });

  it('lets no account displace the entries of others', async () => {
    const log = new BoundedAuditLog(new RedisAuditLog(redis, { maxEntries: 100 }));
    const others = Array.from({ length: 20 }, (_, number) => ended(number));
    for (const event of others) log.record(event);
    const flooding = { actor: { sub: '2002' }, outcome: 'done' } as const;
    for (let number = 0; number < 1_000; number++) {
      const [object, detail] = [`transfer:${number}`, { command: 'rename' }];
      log.record({ ...flooding, action: 'transfer.commanded', object, detail });
      log.record({ ...flooding, action: 'session.rotated', object: 'session:x' });
    }
    await log.close();
    const entries = await all(log.read());
    expect(entries.slice(0, others.length)).toMatchObject(others);
    const theirs = entries.filter(({ actor }) => typeof actor === 'object' && actor.sub === '2002');
    expect(theirs).toHaveLength(2 * (STORED_A_WINDOW + 1));
    expect(theirs.slice(-2).map(({ detail }) => detail?.['count'])).toEqual([995, 995]);
  });

  it('writes entries that it cannot store to the process log, and does not throw', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const nowhere = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
    nowhere.on('error', () => undefined);
    const log = new RedisAuditLog(nowhere, { maxEntries: 100 });
    log.record(ended(7));
    await log.flush();
    expect(error).toHaveBeenCalledWith(
      expect.objectContaining({ entry: expect.objectContaining({ object: 'session:7' }) as object }),
      expect.any(String),
    );
    await expect(all(log.read())).rejects.toMatchObject({ code: 'service_unavailable' });
    nowhere.disconnect();
    error.mockRestore();
  });
});
