import { randomUUID } from 'node:crypto';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisWebhookStore } from '../../src/adapters/redis/redis-webhook.store.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { TransferAnnouncer } from '../../src/transfers/transfer-announcer.js';
import { WebhookAnnouncer } from '../../src/webhooks/webhook-announcer.js';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../src/webhooks/webhook-events.js';
import type { DueDelivery } from '../../src/webhooks/webhooks.port.js';
import type { WebhookQueue } from '../../src/webhooks/webhooks.queue.js';
import { InMemoryAuditLog } from '../support/in-memory-audit.js';
import { emptyRedis } from '../support/redis.js';
import { anOrder } from '../support/run-transfer.js';
import { aTransferStore } from '../support/transfer-store.js';
import { aNewParty } from '../support/builders.js';

// Real: Redis, the ledger, the log in it. Deliveries are read from the store.

const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);

let transfers: ReturnType<typeof aTransferStore>;
let store: RedisWebhookStore;
let queued: DueDelivery[];
let audit: InMemoryAuditLog;

beforeAll(() => (transfers = aTransferStore()));
afterAll(() => transfers.close());
beforeEach(async () => {
  await emptyRedis();
  store = new RedisWebhookStore(transfers.redis, cipher, { commit: async () => [] });
  queued = [];
  audit = new InMemoryAuditLog();
});

const announcerWith = (to: RedisWebhookStore) => {
  const queue = { add: async (due: readonly DueDelivery[]) => void queued.push(...due) };
  return new TransferAnnouncer([new WebhookAnnouncer(to, queue as unknown as WebhookQueue, audit)]);
};
const announcer = () => announcerWith(store);
const aTransfer = async (held = false): Promise<Ledger> =>
  (await transfers.store.create(anOrder(aNewParty('ana'), aNewParty('ben'), ['a'], { id: randomUUID(), held }))).ledger;

async function aWebhook(events: readonly WebhookEvent[] = WEBHOOK_EVENTS): Promise<string> {
  const id = randomUUID();
  await store.create(id, { url: 'https://example.com/', events, description: '', secrets: [] }, 50);
  return id;
}

/** The types of a webhook's messages, oldest first. */
async function typesFor(webhook: string): Promise<string[]> {
  const sequences = await transfers.redis.hgetall(keys.webhookPart(webhook, 'lanes'));
  const ids = Object.entries(sequences).flatMap(([name, text]) => (name === '#' ? [] : text.split(' ')));
  const found = await Promise.all(ids.map((id) => store.delivery(webhook, id)));
  return found.map((each) => each!.delivery.type);
}

async function runsAndCompletes(ledger: Ledger): Promise<void> {
  await ledger.advance(['planning'], 'running');
  await ledger.park('waiting_quota', { resumeAt: 1 });
  await ledger.resume();
  await ledger.advance(['running'], 'finishing');
  await ledger.advance(['finishing'], 'completed');
}
const ALL = ['transfer.running', 'transfer.parked', 'transfer.running', 'transfer.completed'];

it('passes on each state in order, to the webhooks that want it', async () => {
  const [everything, ends] = [await aWebhook(), await aWebhook(['transfer.completed', 'transfer.failed'])];
  const ledger = await aTransfer();
  await runsAndCompletes(ledger);
  await announcer().announce(ledger);
  expect(await typesFor(everything)).toEqual(ALL);
  expect(await typesFor(ends)).toEqual(['transfer.completed']);
  expect(queued).toHaveLength(2); // the first of each sequence
  expect(new Set((await ledger.unannounced()).map(({ id }) => id)).size).toBe(0);
});

it('loses and doubles nothing when processes die in the middle, or work at the same time', async () => {
  const webhook = await aWebhook();
  const ledger = await aTransfer();
  await runsAndCompletes(ledger);
  for (const dies of [1, 3]) {
    let calls = 0;
    const add = store.add.bind(store);
    const dying = Object.assign(Object.create(store) as RedisWebhookStore, {
      add: async (...args: Parameters<typeof add>) => {
        if (++calls > dies) throw new Error('The process was killed.');
        return add(...args);
      },
    });
    await expect(announcerWith(dying).announce(ledger)).rejects.toThrow('killed');
  }
  await Promise.all([announcer().announce(ledger), announcer().announce(ledger), announcer().announce(ledger)]);
  expect(await typesFor(webhook)).toEqual(ALL);
});

it('gives a webhook what happens while it is enabled, and nothing from before', async () => {
  const first = await aWebhook();
  const ledger = await aTransfer();
  await ledger.advance(['planning'], 'running');
  await announcer().announce(ledger);
  await store.disable(first, 'operator');
  await ledger.advance(['running'], 'pausing');
  await ledger.advance(['pausing'], 'paused');
  // A webhook gets what happens in the millisecond in which it is enabled.
  for (const paused = Date.now(); Date.now() <= paused;) await new Promise(setImmediate);
  const second = await aWebhook();
  await announcer().announce(ledger);
  await ledger.resume();
  await announcer().announce(ledger);
  expect(await typesFor(first)).toEqual(['transfer.running']);
  expect(await typesFor(second)).toEqual(['transfer.running']);
});

it('says nothing of a preflight, and everything once it is started', async () => {
  const webhook = await aWebhook();
  const ledger = await aTransfer(true);
  await ledger.park('needs_reconnect', { side: 'source' });
  await announcer().announce(ledger);
  await ledger.resume({ confirmed: ['source'] });
  await ledger.advance(['planning'], 'ready');
  await ledger.advance(['ready'], 'running');
  await announcer().announce(ledger);
  expect(await typesFor(webhook)).toEqual(['transfer.running']);
});

it('disables a webhook whose receiver cannot catch up', async () => {
  const webhook = await aWebhook();
  await transfers.redis.hset(keys.webhookPart(webhook, 'lanes'), '#', 10_000);
  const ledger = await aTransfer();
  await ledger.advance(['planning'], 'running');
  await announcer().announce(ledger);
  expect(await store.find(webhook)).toMatchObject({ disabled: { reason: 'backlog' } });
});
