import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Webhook as Verifier } from 'standardwebhooks';
import { keys, WEBHOOK_PARTS } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisInstallationStats } from '../../src/adapters/redis/redis-installation-stats.js';
import { unreplicated } from '../../src/adapters/redis/replicated-writes.js';
import { RedisWebhookStore } from '../../src/adapters/redis/redis-webhook.store.js';
import type { AuditEvent } from '../../src/insight/audit.port.js';
import { newSecret } from '../../src/webhooks/signature.js';
import { GIVE_UP_MS, WebhookDeliveries } from '../../src/webhooks/webhook-deliveries.js';
import { newMessage } from '../../src/webhooks/webhook-messages.js';
import type { SendResult } from '../../src/webhooks/webhook-sender.js';
import type { Delivery, DeliveryFilter, DeliveryPosition } from '../../src/webhooks/webhooks.port.js';
import { connectRedis, emptyRedis } from '../support/redis.js';

// Real: Redis, the cipher, signatures. The clock and the receiver are the test's.

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);

interface Sent {
  readonly at: number;
  readonly id: string;
  readonly type: string;
}

let redis: Redis;
let store: RedisWebhookStore;
let now: number;
/** What the receiver of each URL returns. */
let answers: Map<string, (sent: Sent) => SendResult | Promise<SendResult>>;
let sent: Sent[];
let audited: AuditEvent[];
let outcomes: string[];
let deliveries: WebhookDeliveries;

beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.disconnect());

beforeEach(async () => {
  await emptyRedis();
  store = new RedisWebhookStore(redis, cipher, { commit: async () => [] });
  now = Date.now();
  answers = new Map();
  sent = [];
  audited = [];
  outcomes = [];
  deliveries = another();
});

/** The same in another process. */
const another = () =>
  new WebhookDeliveries(
    store,
    {
      send: async (url, headers, body) => {
        const id = headers['webhook-id']!;
        const one = { at: now, id, type: (JSON.parse(body) as { type: string }).type };
        sent.push(one);
        return answers.get(url)!(one);
      },
    },
    { record: (event) => audited.push(event) },
    { attempted: (outcome) => outcomes.push(outcome) },
    { now: () => now },
    () => 0.5,
  );

const ok = (): SendResult => ({ status: 204, latencyMs: 3, reply: '' });
const down = (): SendResult => ({ status: 503, latencyMs: 3, reply: 'Down.' });

async function aWebhook(answer: (sent: Sent) => SendResult | Promise<SendResult> = ok): Promise<string> {
  const id = randomUUID();
  const url = `https://${id}.example/`;
  answers.set(url, answer);
  const secrets = [{ secret: newSecret() }];
  await store.create(id, { url, events: ['transfer.completed'], description: '', secrets }, 50);
  now = Math.max(now, (await store.find(id))!.enabledAt!);
  return id;
}

let messages = 0;
const aMessage = (sequence = 'transfer:a', more: Partial<Delivery> = {}) => {
  const origin = `${sequence} ${++messages}`;
  const { delivery, body } = newMessage(origin, 'transfer.completed', now, { number: messages }, sequence);
  return { delivery: { ...delivery, ...more }, body };
};

async function add(webhookId: string, sequence?: string, more?: Partial<Delivery>): Promise<string> {
  const { delivery, body } = aMessage(sequence, more);
  await store.add(webhookId, delivery, body);
  return delivery.id;
}

/** Makes the attempts that are due, and moves the clock to the next ones, until the given moment. */
async function runUntil(end: number): Promise<void> {
  for (; now < end; now = Math.min(end, ...(await waitingUntil()))) await attemptAll();
  await attemptAll();
}

/** The moments of the attempts to come. */
const waitingUntil = async () =>
  (await store.due(Infinity, 100)).map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now);

async function attemptAll(): Promise<void> {
  const queue = await store.due(now, 100);
  for (let due = queue.shift(); due; due = queue.shift()) {
    const next = await deliveries.attempt(due);
    if (next && next.dueAt <= now) queue.push(next);
  }
}

/** The ids on each page of a webhook's deliveries. */
async function pagesOf(webhookId: string, filter: DeliveryFilter, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: DeliveryPosition | undefined; ;) {
    const page = await store.deliveries(webhookId, filter, after, limit);
    pages.push(page.deliveries.map(({ delivery }) => delivery.id));
    if (!page.last) return pages;
    after = page.last;
  }
}

const stateOf = async (webhookId: string, id: string) => (await store.delivery(webhookId, id))?.delivery.state;

it('delivers, and records status and time', async () => {
  const webhook = await aWebhook();
  const id = await add(webhook);
  await runUntil(now);
  expect(await store.delivery(webhook, id)).toMatchObject({
    delivery: { state: 'delivered', attempts: [{ at: now, latencyMs: 3, status: 204 }] },
  });
  expect(await store.find(webhook)).toMatchObject({ lastSuccessAt: now, waiting: 0 });
  expect(outcomes).toEqual(['delivered']);
});

it('retries with growing pauses for three days, then gives up and disables the webhook', async () => {
  const webhook = await aWebhook(down);
  const id = await add(webhook);
  const began = now;
  await runUntil(began + GIVE_UP_MS - 1);
  expect(await stateOf(webhook, id)).toBe('waiting');
  const pauses = sent.slice(1).map(({ at }, index) => at - sent[index]!.at);
  expect(pauses.slice(0, 4)).toEqual([5_000, 60_000, 300_000, 1_800_000]);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(sent.length).toBeLessThan(20);
  expect(audited).toEqual([]);

  await runUntil(began + GIVE_UP_MS);
  expect(sent.at(-1)!.at).toBe(began + GIVE_UP_MS);
  expect(await store.delivery(webhook, id)).toMatchObject({ delivery: { state: 'failed', reply: 'Down.' } });
  const found = await store.find(webhook);
  expect(found).toMatchObject({ disabled: { reason: 'no_success' } });
  expect(found?.enabledAt).toBeUndefined();
  expect(outcomes).toEqual(sent.map(() => 'failed'));
  expect(audited).toMatchObject([{ action: 'webhook.disabled', detail: { reason: 'no_success' } }]);
  expect(new Set(sent.map((each) => each.id))).toEqual(new Set([id]));
});

it('gives up one message that the receiver refuses, and stays on, because it accepts others', async () => {
  let refused = '';
  const webhook = await aWebhook(({ id }) => (id === refused ? { status: 400, latencyMs: 1 } : ok()));
  refused = await add(webhook, 'transfer:a');
  const behind = await add(webhook, 'transfer:a');
  await add(webhook, 'transfer:b');
  await runUntil(now + GIVE_UP_MS + DAY_MS);
  expect(await stateOf(webhook, refused)).toBe('failed');
  expect(await stateOf(webhook, behind)).toBe('delivered');
  expect((await store.find(webhook))?.enabledAt).toBeDefined();
});

it('sends messages about one transfer in order, also while one is retried, and others meanwhile', async () => {
  let works = false;
  const webhook = await aWebhook((each) => (works || each.id !== first ? ok() : down()));
  const first = await add(webhook, 'transfer:a');
  const second = await add(webhook, 'transfer:a');
  const third = await add(webhook, 'transfer:a');
  const other = await add(webhook, 'transfer:b');
  await runUntil(now + HOUR_MS);
  expect(new Set(sent.map(({ id }) => id))).toEqual(new Set([first, other]));
  works = true;
  await runUntil(now + DAY_MS);
  expect(sent.slice(-3).map(({ id }) => id)).toEqual([first, second, third]);
});

it('keeps what waits while it is disabled, and sends it in order once it is enabled again', async () => {
  const webhook = await aWebhook();
  const ids = [await add(webhook), await add(webhook)];
  await store.disable(webhook, 'operator');
  expect(await store.due(now, 100)).toEqual([]);
  for (const id of ids) expect(await deliveries.attempt({ webhookId: webhook, id })).toBeUndefined();
  now += 10 * DAY_MS;
  expect(sent).toEqual([]);
  expect(await store.add(webhook, aMessage().delivery, '{}')).toBe('off');
  await store.enable(webhook);
  await runUntil(now);
  expect(sent.map(({ id }) => id)).toEqual(ids);
});

it('is disabled at once by 410', async () => {
  const webhook = await aWebhook(() => ({ status: 410, latencyMs: 1 }));
  const id = await add(webhook);
  await runUntil(now + DAY_MS);
  expect(sent).toHaveLength(1);
  expect(await stateOf(webhook, id)).toBe('failed');
  expect(await store.find(webhook)).toMatchObject({ disabled: { reason: 'gone' } });
  const stats = new RedisInstallationStats(redis);
  expect(await stats.webhooks()).toMatchObject({ disabled: 1, off: 0 });
  await store.enable(webhook);
  await store.disable(webhook, 'operator');
  expect(await stats.webhooks()).toMatchObject({ disabled: 0, off: 1 });
});

it('lets one of many processes make an attempt, and another one take over from one that died', async () => {
  const webhook = await aWebhook();
  const id = await add(webhook);
  await Promise.all(Array.from({ length: 10 }, () => another().attempt({ webhookId: webhook, id })));
  expect(sent).toHaveLength(1);

  // It dies before it can record the result.
  const dies = await add(webhook);
  expect(await store.claim(webhook, dies, now, now + 60_000)).toBeDefined();
  await runUntil(now + 59_000);
  expect(await stateOf(webhook, dies)).toBe('waiting');
  await runUntil(now + 2_000);
  expect(await stateOf(webhook, dies)).toBe('delivered');
});

it('leaves an attempt to others when its process stops', async () => {
  const shutdown = new AbortController();
  const webhook = await aWebhook(() => {
    shutdown.abort();
    return { error: 'connection_failed', latencyMs: 1 };
  });
  const id = await add(webhook);
  expect(await deliveries.attempt({ webhookId: webhook, id }, shutdown.signal)).toBeUndefined();
  expect(await store.delivery(webhook, id)).toMatchObject({ delivery: { state: 'waiting', attempts: [] }, dueAt: now });
});

it('adds a message once, however often its event is found', async () => {
  const webhook = await aWebhook();
  const { delivery, body } = aMessage();
  expect(await store.add(webhook, delivery, body)).toBe('next');
  expect(await store.add(webhook, delivery, body)).toBe('known');
  await runUntil(now);
  expect(await store.add(webhook, delivery, body)).toBe('known');
  expect(sent).toHaveLength(1);
});

it('sends again what was delivered or failed, once, also while the webhook is disabled', async () => {
  let answer = down;
  const webhook = await aWebhook(() => answer());
  const id = await add(webhook);
  await runUntil(now + GIVE_UP_MS);
  expect(await store.find(webhook)).toMatchObject({ disabled: { reason: 'no_success' } });
  const before = sent.length;
  await deliveries.attempt((await store.sendAgain(webhook, id, now))!);
  await runUntil(now + DAY_MS);
  expect(sent).toHaveLength(before + 1);
  expect(await stateOf(webhook, id)).toBe('failed');
  answer = ok;
  await deliveries.attempt((await store.sendAgain(webhook, id, now))!);
  expect(await stateOf(webhook, id)).toBe('delivered');
  expect(sent.at(-1)?.id).toBe(id);
  expect(await store.sendAgain(webhook, 'msg_none', now)).toBeUndefined();
});

it('sends a waiting one now, after those before it', async () => {
  let answer = down;
  const webhook = await aWebhook(() => answer());
  const [first, second] = [await add(webhook), await add(webhook)];
  await runUntil(now + HOUR_MS);
  answer = ok;
  const due = await store.sendAgain(webhook, second, now);
  expect(due).toMatchObject({ id: first, dueAt: now });
  await runUntil(now);
  expect(sent.slice(-2).map(({ id }) => id)).toEqual([first, second]);
});

it('sends a waiting one, and those before it, once while the webhook is disabled', async () => {
  let answer = down;
  const webhook = await aWebhook(() => answer());
  const ids = [await add(webhook), await add(webhook), await add(webhook)];
  await store.disable(webhook, 'operator');
  await runUntil(now + DAY_MS);
  const before = sent.length;
  answer = ok;
  await store.sendAgain(webhook, ids[1]!, now);
  await runUntil(now);
  expect(sent.slice(before).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(await Promise.all(ids.map((id) => stateOf(webhook, id)))).toEqual(['delivered', 'delivered', 'waiting']);
});

it('retries a delivery that was sent again while its webhook was disabled, after the webhook is enabled', async () => {
  const webhook = await aWebhook(down);
  const id = await add(webhook);
  await store.disable(webhook, 'operator');
  const due = (await store.sendAgain(webhook, id, now))!;
  await store.enable(webhook);
  await deliveries.attempt(due);
  expect(await stateOf(webhook, id)).toBe('waiting');
  await runUntil(now + HOUR_MS);
  expect(sent.length).toBeGreaterThan(1);
});

it('signs with the old and the new secret until the old one ends', async () => {
  const seen: Record<string, string>[] = [];
  let body = '';
  const webhook = await aWebhook();
  const recording = new WebhookDeliveries(
    store,
    { send: async (_url, headers, text) => (seen.push({ ...headers }), (body = text), ok()) },
    { record: () => undefined },
    { attempted: () => undefined },
    { now: () => now },
  );
  const [old, current] = [newSecret(), newSecret()];
  const secrets = [{ secret: current }, { secret: old, until: now + 1_000 }];
  await store.change(webhook, (settings) => ({ ...settings, secrets }));
  await recording.attempt({ webhookId: webhook, id: await add(webhook) });
  for (const secret of [old, current]) expect(() => new Verifier(secret).verify(body, seen[0]!)).not.toThrow();
  now += 2_000;
  await recording.attempt({ webhookId: webhook, id: await add(webhook) });
  expect(() => new Verifier(current).verify(body, seen[1]!)).not.toThrow();
  expect(() => new Verifier(old).verify(body, seen[1]!)).toThrow();
});

describe('the store', () => {
  it('keeps the newest settled deliveries and every waiting one, and pages through them', async () => {
    store = new RedisWebhookStore(redis, cipher, { commit: async () => [] }, unreplicated, 20);
    deliveries = another();
    const webhook = await aWebhook();
    const waiting = await add(webhook, 'transfer:z');
    await store.claim(webhook, waiting, now, now + 10 * DAY_MS);
    for (let number = 0; number < 35; number++) {
      if (number % 10 === 0) now++;
      await deliveries.attempt({ webhookId: webhook, id: await add(webhook, `transfer:${number}`) });
    }
    const found = (await pagesOf(webhook, {}, 6)).flat();
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBeLessThanOrEqual(22);
    expect(found.length).toBeGreaterThanOrEqual(20);
    expect(found).toContain(waiting);
    for (const part of ['records', 'bodies'] as const)
      expect(await redis.hlen(keys.webhookPart(webhook, part))).toBe(found.length);
    expect(await redis.ttl(keys.webhookPart(webhook, 'records'))).toBeGreaterThan(0);
  });

  it('lets the list of due deliveries expire, also after it was empty for a moment', async () => {
    const webhook = await aWebhook();
    const [first] = [await add(webhook, 'transfer:one'), await add(webhook, 'transfer:one')];
    await deliveries.attempt({ webhookId: webhook, id: first });
    expect(await redis.zcard(keys.webhookPart(webhook, 'due'))).toBe(1);
    expect(await redis.ttl(keys.webhookPart(webhook, 'due'))).toBeGreaterThan(0);
  });

  it('lists what came of which messages, page by page', async () => {
    let answer = ok;
    const webhook = await aWebhook(() => answer());
    const added: string[] = [];
    for (let number = 0; number < 24; number++) {
      if (number % 5 === 0) now++;
      answer = number % 3 === 0 ? down : ok;
      const type = number % 2 === 0 ? 'transfer.failed' : 'transfer.completed';
      // Those that are sent once fail at the first attempt.
      added.push(await add(webhook, `transfer:${number}`, { type, once: true }));
      if (number < 18) await deliveries.attempt({ webhookId: webhook, id: added[number]! });
    }
    const wanted = (fits: (number: number) => boolean) => added.filter((_, number) => fits(number)).sort();
    const listed = async (filter: DeliveryFilter) => {
      const pages = await pagesOf(webhook, filter, 2);
      expect(pages.every(({ length }) => length <= 2)).toBe(true);
      return pages.flat().sort();
    };
    expect(await listed({ state: 'waiting' })).toEqual(wanted((number) => number >= 18));
    expect(await listed({ state: 'failed' })).toEqual(wanted((number) => number < 18 && number % 3 === 0));
    expect(await listed({ type: 'transfer.failed' })).toEqual(wanted((number) => number % 2 === 0));
    expect(await listed({ state: 'delivered', type: 'transfer.completed' })).toEqual(
      wanted((number) => number < 18 && number % 3 !== 0 && number % 2 === 1),
    );
    expect(await listed({ type: 'webhook.test' })).toEqual([]);
  });

  it('examines a limited number of deliveries for a page, and continues with the next one', async () => {
    const webhook = await aWebhook();
    const oldest = await add(webhook, 'transfer:old', { type: 'transfer.failed' });
    now++;
    await Promise.all(Array.from({ length: 2_100 }, (_, number) => add(webhook, `transfer:${number}`)));
    const { deliveries: found, last } = await store.deliveries(webhook, { type: 'transfer.failed' }, undefined, 5);
    expect(found).toEqual([]);
    const rest = await store.deliveries(webhook, { type: 'transfer.failed' }, last, 5);
    expect(rest.deliveries.map(({ delivery }) => delivery.id)).toEqual([oldest]);
    expect(rest.last).toBeUndefined();
  });

  it('refuses more than fit, and more webhooks than allowed', async () => {
    const webhook = await aWebhook();
    await redis.hset(keys.webhookPart(webhook, 'lanes'), '#', 10_000);
    expect(await store.add(webhook, aMessage().delivery, '{}')).toBe('full');
    const { secrets, url, events, description } = (await store.find(webhook))!;
    const settings = { secrets, url, events, description };
    expect(await store.create(webhook, settings, 1)).toBe(true);
    expect(await store.create(randomUUID(), settings, 1)).toBe(false);
  });

  it('keeps one whose creation is repeated while a process removes what the first attempt left', async () => {
    const id = randomUUID();
    const settings = { url: 'https://example.com/', events: [], description: '', secrets: [] };
    await redis.zadd(keys.webhooks(), 1, id);
    const read = redis.hgetall.bind(redis);
    jest.spyOn(redis, 'hgetall').mockImplementationOnce(async (key) => {
      const found = await read(key);
      await store.create(id, settings, 50);
      return found;
    });
    expect(await store.list()).toEqual([]);
    expect(await store.list()).toMatchObject([{ id, ...settings }]);

    // A repetition after success changes nothing.
    await redis.zadd(keys.webhooks(), 1, id);
    await store.create(id, settings, 50);
    expect(await store.find(id)).toMatchObject({ createdAt: 1 });
  });

  it('has no URL and no secret in plain text, and leaves nothing of a deleted webhook', async () => {
    const webhook = await aWebhook();
    await add(webhook);
    const { secrets, url } = (await store.find(webhook))!;
    const stored = JSON.stringify(await redis.hgetall(keys.webhook(webhook)));
    for (const secret of [url, secrets[0]!.secret]) expect(stored).not.toContain(secret);
    expect(await store.delete(webhook)).toBe(true);
    expect(await store.delete(webhook)).toBe(false);
    const left = [
      keys.webhook(webhook),
      keys.webhooks(),
      ...WEBHOOK_PARTS.map((part) => keys.webhookPart(webhook, part)),
    ];
    expect(await redis.exists(...left)).toBe(0);
  });
});
