import { jest } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { Queue, Worker } from 'bullmq';
import { Webhook as Verifier } from 'standardwebhooks';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisWebhookStore } from '../../src/adapters/redis/redis-webhook.store.js';
import { newSecret } from '../../src/webhooks/signature.js';
import { WebhookDeliveries } from '../../src/webhooks/webhook-deliveries.js';
import { newMessage } from '../../src/webhooks/webhook-messages.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import type { DueDelivery } from '../../src/webhooks/webhooks.port.js';
import { WebhooksProcessor } from '../../src/webhooks/webhooks.processor.js';
import { type WebhookJob, WebhookQueue, WEBHOOKS_QUEUE } from '../../src/webhooks/webhooks.queue.js';
import { RedisMailOutbox } from '../../src/adapters/redis/redis-mail-outbox.js';
import { MailProcessor } from '../../src/mail/mail.processor.js';
import type { MailJob } from '../../src/mail/mail-outbox.port.js';
import { MAIL_QUEUE, MailQueue, mailIdOf, pauseAfter } from '../../src/mail/mail.queue.js';
import { MailSender } from '../../src/mail/mail-sender.js';
import { TransferMailer } from '../../src/mail/transfer-mailer.js';
import { until } from '../../../tools/until.ts';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { accept, MailServer } from '../support/mail-server.js';
import { connectRedis, emptyRedis, queueOptions } from '../support/redis.js';
import { anOrder } from '../support/run-transfer.js';

// Real: Redis, BullMQ, the processors, HTTP and signatures, SMTP. The clock is the test's.

const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
const never = new Promise<never>(() => undefined);
const options = queueOptions();

/** How long ago the test began (ms); this is all the time that passes. */
let later: number;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  await emptyRedis();
  const began = Date.now();
  later = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => began + later);
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
    closers.push(
      () => receiver.close(),
      () => receiver.closeAllConnections(),
    );
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
    const add = async (name: string, sequence: string): Promise<DueDelivery> => {
      const { delivery, body } = newMessage(name, 'transfer.completed', Date.now(), { name }, sequence);
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

describe('mails', () => {
  const party = (name: string) => ({ sub: name, email: `${name}@example.com`, readOnly: false });
  const mail: MailJob = { transferId: 'transfer', side: 'source', state: 'needs_reconnect', entry: '1-0' };
  let server: MailServer;
  let ledger: InMemoryLedger;

  beforeEach(async () => {
    server = await MailServer.start();
    closers.push(
      () => server.close(),
      () => server.disconnect(),
    );
    ledger = new InMemoryLedger(anOrder(party('ana'), party('ben'), ['a'], { id: mail.transferId }));
    await ledger.setNotify({ mail: ['source'], language: 'en' });
    await ledger.park('needs_reconnect', { side: 'source' });
  });

  /** A process of the product. @param dies called when the server has accepted a mail; then it does nothing more */
  async function aProcess(dies?: () => void) {
    const redis = await connectRedis();
    const outbox = new RedisMailOutbox(redis, {
      commit: async (_key, write) => {
        const pipeline = redis.pipeline();
        write(pipeline);
        return (await pipeline.exec())!;
      },
    });
    const bull = new Queue<MailJob>(MAIL_QUEUE, options);
    const queue = new MailQueue(bull, outbox);
    const sender = new MailSender({
      ...{ host: '127.0.0.1', port: server.port, secure: false, requireTls: false, ignoreTls: true },
      from: { name: 'CloudMover', address: 'mover@example.com' },
    });
    const send: MailSender['send'] = async (...args) => {
      const messageId = await sender.send(...args);
      if (!dies) return messageId;
      dies();
      return never;
    };
    const links = { publicUrl: 'https://api.example.com', portalUrl: 'https://portal.example.com' };
    const mailer = new TransferMailer({ find: async () => ledger }, { send }, { create: () => 'token' }, links);
    const processor = new MailProcessor(mailer, { mailed: () => undefined } as never, queue);
    const worker = new Worker<MailJob>(MAIL_QUEUE, (job, token) => processor.process(job, token), {
      ...options,
      settings: { backoffStrategy: (attempts) => pauseAfter(attempts) },
      maxStalledCount: 10,
      stalledInterval: 50,
    });
    worker.on('error', () => undefined);
    closers.push(
      () => redis.disconnect(),
      () => bull.close(),
      () => worker.close(true),
    );
    const job = () => bull.getJob(mailIdOf(mail));
    const isDone = () => until('the mail is settled', async () => (await job())?.isCompleted());
    const arrived = (count: number) => until(`${count} mails have arrived`, () => server.received.length >= count);
    return { redis, outbox, bull, queue, worker, job, isDone, arrived };
  }

  it('are sent again with the same Message-ID if the process is killed after the server has accepted one', async () => {
    const killed = Promise.withResolvers<void>();
    const first = await aProcess(killed.resolve);
    await first.queue.add([mail]);
    await killed.promise;
    await first.worker.close(true);
    expect(await (await first.job())!.isActive()).toBe(true);
    // Instead of waiting for its end.
    await first.redis.del(`${first.bull.toKey(mailIdOf(mail))}:lock`);

    const second = await aProcess();
    await second.isDone();
    expect(server.received.map(({ recipient }) => recipient)).toEqual(['ana@example.com', 'ana@example.com']);
    const [one, two] = server.received;
    expect(one!.messageId).toMatch(/^<.+@example\.com>$/);
    expect(two!.messageId).toBe(one!.messageId);
    later = 61_000;
    await second.queue.sweep(Date.now());
    expect(await second.outbox.due(Infinity, 10)).toEqual([]);
  });

  it('that wait for the server survive the loss of all keys of the queue', async () => {
    const { queue, bull, job, isDone, outbox } = await aProcess();
    server.answer = (done) => done(Object.assign(new Error('451 later'), { responseCode: 451 }));
    await queue.add([mail]);
    await until('the mail waits for its next attempt', async () => (await job())?.isDelayed());
    await bull.obliterate({ force: true });
    expect(await job()).toBeUndefined();
    server.answer = accept;
    later = 61_000;
    await queue.sweep(Date.now());
    await isDone();
    later = 122_000;
    await queue.sweep(Date.now());
    expect(await outbox.due(Infinity, 10)).toEqual([]);
    expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(1);
    expect(server.received).toHaveLength(2);
  });
});
