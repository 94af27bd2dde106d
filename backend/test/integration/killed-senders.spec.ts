import { jest } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { Queue, Worker } from 'bullmq';
import { Webhook as Verifier } from 'standardwebhooks';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisWebhookStore } from '../../src/adapters/redis/redis-webhook.store.js';
import { newSecret } from '../../src/webhooks/signature.js';
import { WebhookDeliveries } from '../../src/webhooks/webhook-deliveries.js';
import { newMessage } from '../../src/webhooks/webhook-messages.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import type { DueDelivery } from '../../src/webhooks/webhooks.port.js';
import { WebhooksProcessor } from '../../src/webhooks/webhooks.processor.js';
import { type WebhookJob, WebhookQueue, WEBHOOKS_QUEUE } from '../../src/webhooks/webhooks.queue.js';
import { until } from '../../../tools/until.ts';
import { connectRedis, emptyRedis, redisUrl } from '../support/redis.js';

// Real: Redis, BullMQ, the processors, HTTP and signatures. The clock is the test's.

const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
const never = new Promise<never>(() => undefined);
const url = new URL(redisUrl());
const connection = {
  host: url.hostname,
  port: Number(url.port),
  db: Number(url.pathname.slice(1)),
  username: url.username,
  password: url.password,
};
const options = { connection, prefix: keys.queuePrefix };

/** How much later than the real time it is (ms). */
let later: number;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  await emptyRedis();
  const now = Date.now.bind(Date);
  later = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  jest.restoreAllMocks();
});

describe('a process that is killed after a receiver got a message, and before that is recorded', () => {
  let receiver: Server;
  let received: { headers: IncomingHttpHeaders; body: string }[];

  beforeEach(async () => {
    received = [];
    receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((done) => void receiver.listen(0, '127.0.0.1', done));
    closers.push(() => receiver.close(), () => receiver.closeAllConnections());
  });

  /** A process of the product. @param dies called when a receiver has responded; the process then does nothing more */
  async function aProcess(dies?: () => void) {
    const redis = await connectRedis();
    const store = new RedisWebhookStore(redis, cipher, { commit: async () => [] });
    const bull = new Queue<WebhookJob>(WEBHOOKS_QUEUE, options);
    const queue = new WebhookQueue(bull);
    const sender = new WebhookSender({ allowedNetworks: ['127.0.0.1/32'], allowHttp: true });
    const send: WebhookSender['send'] = async (...args) => {
      const result = await sender.send(...args);
      if (!dies) return result;
      dies();
      return never;
    };
    const deliveries = new WebhookDeliveries(
      store,
      { send },
      { record: () => undefined },
      { attempted: () => undefined },
      { now: () => Date.now() },
    );
    const processor = new WebhooksProcessor(store, deliveries, queue);
    const worker = new Worker<WebhookJob>(WEBHOOKS_QUEUE, (job, token) => processor.process(job, token), {
      ...options,
      concurrency: 8,
      stalledInterval: 3_600_000,
    });
    worker.on('error', () => undefined);
    closers.push(
      () => redis.disconnect(),
      () => sender.onApplicationShutdown(),
      () => bull.close(),
      () => worker.close(true),
    );
    const handle = (data: WebhookJob) => processor.process({ data } as Parameters<typeof processor.process>[0]);
    return { redis, store, queue, worker, handle, sweep: () => handle({ step: 'sweep' }) };
  }

  it('loses nothing: another one sends it again with the same id, and then what follows', async () => {
    const killed = Promise.withResolvers<void>();
    const first = await aProcess(killed.resolve);
    const secret = newSecret();
    const webhook = 'webhook';
    const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const settings = { url: address, events: ['transfer.completed'], description: '', secrets: [{ secret }] } as const;
    await first.store.create(webhook, settings, 50);
    const add = async (name: string, lane: string): Promise<DueDelivery> => {
      const { delivery, body } = newMessage(name, 'transfer.completed', Date.now(), { name }, lane);
      await first.store.add(webhook, delivery, body);
      return { webhookId: webhook, id: delivery.id, dueAt: delivery.createdAt };
    };
    const one = await add('one', 'transfer:a');
    const two = await add('two', 'transfer:a');
    await first.queue.add([one]);
    await killed.promise;
    await first.worker.close(true);
    const other = await add('other', 'transfer:b');
    first.redis.disconnect();

    const second = await aProcess();
    const ids = () => received.map(({ headers }) => headers['webhook-id']);
    const arrived = (count: number) => until(`${count} messages have arrived`, () => received.length >= count);
    // As long as the first process may be alive, its transfer's messages wait; those of others do not.
    later = 50_000;
    await second.sweep();
    await arrived(2);
    expect(ids()).toEqual([one.id, other.id]);
    later = 70_000;
    await second.sweep();
    await arrived(4);
    await until('the last one is recorded', async () => (await second.store.find(webhook))?.waiting === 0);
    // BullMQ repeats the job of a dead worker, which must not send the message a third time.
    await second.handle({ step: 'deliver', ...one });
    await second.sweep();
    expect(ids()).toEqual([one.id, other.id, one.id, two.id]);
    expect(received[2]!.body).toBe(received[0]!.body);
    for (const { headers, body } of received)
      expect(() => new Verifier(secret).verify(body, headers as Record<string, string>)).not.toThrow();
    const { deliveries } = await second.store.deliveries(webhook, { state: 'delivered' }, undefined, 10);
    expect(deliveries.map(({ delivery }) => delivery.attempts.length)).toEqual([1, 1, 1]);
  });
});
