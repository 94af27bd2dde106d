import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisAuditLog } from '../../src/adapters/redis/redis-audit.log.js';
import type { AuditEntry, AuditEvent } from '../../src/insight/audit.port.js';
import { requestContext } from '../../src/insight/request-context.js';
import { connectRedis, emptyRedis } from '../support/redis.js';

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

  it('keeps what happened in its order, across pages, with the request it belongs to', async () => {
    const log = new RedisAuditLog(redis, 10_000);
    requestContext.run({ requestId: 'request-1' }, () => log.record(ended(0)));
    for (let number = 1; number < 1_200; number++) log.record(ended(number));
    await log.flush();
    const entries = await all(log.read());
    expect(entries.map(({ object }) => object)).toEqual(Array.from({ length: 1_200 }, (_, n) => `session:${n}`));
    expect(entries[0]).toEqual({
      id: expect.stringMatching(/^\d+-\d+$/) as string,
      at: expect.any(Number) as number,
      requestId: 'request-1',
      ...ended(0),
    });
    expect(entries[1]).not.toHaveProperty('requestId');
  });

  it('reads from one moment to another, both included', async () => {
    const log = new RedisAuditLog(redis, 1_000);
    for (const [at, number] of [
      [1_000, 1],
      [2_000, 2],
      [3_000, 3],
    ] as const)
      await redis.xadd(keys.audit(), `${at}-0`, 'event', JSON.stringify(ended(number)));
    const objects = async (from?: number, to?: number) => (await all(log.read(from, to))).map(({ object }) => object);
    expect(await objects(2_000)).toEqual(['session:2', 'session:3']);
    expect(await objects(undefined, 2_000)).toEqual(['session:1', 'session:2']);
    expect(await objects(2_000, 2_000)).toEqual(['session:2']);
    expect(await objects(4_000)).toEqual([]);
  });

  it('drops the oldest above its cap', async () => {
    const log = new RedisAuditLog(redis, 100);
    for (let number = 0; number < 1_000; number++) log.record(ended(number));
    await log.flush();
    const entries = await all(log.read());
    // Redis drops whole blocks, of 100 entries unless it was told otherwise.
    expect(entries.length).toBeLessThanOrEqual(200);
    expect(entries.at(-1)).toMatchObject({ object: 'session:999' });
  });

  it('writes what it cannot store to the log of the process, and throws nothing', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const nowhere = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
    nowhere.on('error', () => undefined);
    const log = new RedisAuditLog(nowhere, 100);
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
