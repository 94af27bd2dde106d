import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { DurableWrites } from '../../src/adapters/redis/durable-writes.js';
import { keys } from '../../src/adapters/redis/keys.js';
import { answering } from '../../src/adapters/redis/redis-errors.js';
import { forEachBounded } from '../../src/engine/concurrency.js';
import type { PlannedItem } from '../../src/engine/model/items.js';
import type { LinkOutcomeName, LinkReason } from '../../src/engine/model/links.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import type { PeopleLine } from '../../src/engine/model/sharing.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { PLAN_PAGE } from '../../src/engine/ports/ledger/plan.js';
import { aNewParty, aPlannedItem } from '../support/builders.js';
import { connectAdmin } from '../support/redis.js';
import { anOrder } from '../support/run-transfer.js';
import { aTransferStore } from '../support/transfer-store.js';

// Memory and retention of ledgers in Redis, and the lists of transfers. The contract of ledgers is in
// test/contract/ledgers.spec.ts.

const anOrderOf = (more: Partial<TransferOrder> = {}) => anOrder(aNewParty('ana'), aNewParty('ben'), ['a'], more);

const { store, redis, close } = aTransferStore();
let admin: Redis;
beforeAll(async () => {
  admin = await connectAdmin();
});
afterAll(() => {
  admin.disconnect();
  close();
});

const keysOf = (id: string) => admin.keys(`${keys.transfer(id).replaceAll(/[{}]/g, '?')}*`);
const anId = () => `1${randomBytes(24).toString('base64url')}`;

/** A realistic file: random ids and checksums, a name of several words. */
function aRealisticItem(ordinal: number): PlannedItem {
  const words = ['report', 'invoice', 'photo', 'budget', 'final', 'meeting', 'plan', '2024', 'client', 'scan'];
  const name = `${words[ordinal % 7]} ${words[ordinal % 9]} ${randomBytes(3).toString('hex')}.pdf`;
  const folder = Math.floor(ordinal / 12);
  const created = 1.5e12 + Math.floor(Math.random() * 2e11);
  return aPlannedItem(ordinal, {
    parent: folder === 0 ? null : folder,
    top: folder === 0 ? ordinal : 0,
    path: folder === 0 ? name : `My files/${words[folder % 10]}/folder ${folder}/${name}`,
    depth: folder === 0 ? 0 : 3,
    sourceId: anId(),
    name,
    mimeType: ordinal % 5 === 0 ? 'image/jpeg' : 'application/pdf',
    size: Math.floor(Math.random() * 5e6),
    checksums: { md5: randomBytes(16).toString('hex'), sha256: randomBytes(32).toString('hex') },
    createdTime: new Date(created).toISOString(),
    modifiedTime: new Date(created + Math.floor(Math.random() * 1e9)).toISOString(),
    revision: `0B${randomBytes(36).toString('base64url')}`,
  });
}

/** Plans, copies and verifies items, each with the id of its copy. */
async function copied(
  items: readonly PlannedItem[],
  order = anOrderOf(),
  people: readonly PeopleLine[] = [],
): Promise<Ledger> {
  const { ledger } = await store.create(order, undefined, undefined, people);
  const plan = (await ledger.restartPlan())!;
  for (let at = 0; at < items.length; at += PLAN_PAGE) await ledger.append(items.slice(at, at + PLAN_PAGE), plan);
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  for (let at = 0; at < items.length; at += PLAN_PAGE)
    await ledger.reserveIds(at, Array.from({ length: Math.min(PLAN_PAGE, items.length - at) }, anId));
  const ids = await ledger.destinationIds(items.map(({ ordinal }) => ordinal));
  await forEachBounded(items, 50, async (item) => {
    await ledger.begin(item.ordinal);
    const destinationId = ids.get(item.ordinal)!;
    const sha256 = item.checksums.sha256!;
    await ledger.settle(item, 'verified', {
      destinationId,
      way: 'server_copy',
      checksum: { kind: 'sha256', source: sha256, destination: sha256 },
      webViewLink: `https://drive.google.com/file/d/${destinationId}/view?usp=drivesdk`,
    });
  });
  return ledger;
}

it('store a verified item in at most 250 bytes', async () => {
  const items = Array.from({ length: 3 * PLAN_PAGE }, (_, ordinal) => aRealisticItem(ordinal));
  const ledger = await copied(items);
  const written = await keysOf(ledger.order.id);
  const bytes = await Promise.all(written.map(async (key) => (await admin.memory('USAGE', key, 'SAMPLES', 0)) ?? 0));
  expect(bytes.reduce((sum, each) => sum + each, 0) / items.length).toBeLessThanOrEqual(250);
  // Nothing was lost to save memory.
  const [last] = await ledger.items(items.length - 1, 1);
  expect(last).toMatchObject({ ...items.at(-1), state: 'verified', attempts: 1 });
  expect(last?.outcome.webViewLink).toContain(last?.outcome.destinationId);
  expect(last?.outcome.checksum?.destination).toBe(items.at(-1)!.checksums.sha256);
});

it('read the ids of items that begin together in one round trip, and the latest of each', async () => {
  const items = Array.from({ length: 20 }, (_, ordinal) => aRealisticItem(ordinal));
  const ledger = await copied(items);
  await ledger.advance(['running'], 'updating');
  await ledger.append([aRealisticItem(20)], (await ledger.extendPlan())!);
  await ledger.advance(['updating'], 'running');
  const scripts = jest.spyOn(redis as unknown as { cmIds(): unknown }, 'cmIds');
  try {
    await ledger.replaceId(20, 'instead');
    const ids = await Promise.all([0, 7, 20, 99].map((ordinal) => ledger.destinationIds([ordinal])));
    expect(ids.map((found) => found.size)).toEqual([1, 1, 1, 0]);
    expect(ids[2]!.get(20)).toBe('instead');
    expect(scripts).toHaveBeenCalledTimes(1);
  } finally {
    scripts.mockRestore();
  }
});

describe('what must survive a power loss', () => {
  const calls: [string, (ledger: Ledger) => Promise<unknown>, reply?: null][] = [
    ['the new target folder', (ledger) => ledger.fixResultFolder('folder')],
    ['reserved ids', (ledger) => ledger.reserveIds(0, ['d0', 'd1'])],
    ['a replaced id', (ledger) => ledger.replaceId(1, 'n1')],
    ['the start of an item without an id', (ledger) => ledger.begin(1, true)],
    ['an item to copy again', (ledger) => ledger.reopenAs(aRealisticItem(0), 'n0')],
    ['the same, repeated', (ledger) => ledger.reopenAs(aRealisticItem(1), 'n1')],
    ['an announced share', (ledger) => ledger.announceShare('item')],
    ['the access of a copy', (ledger) => ledger.recordAccess({ ordinal: 0, copyId: 'c', grants: [] }), null],
    [
      'the links of a copy',
      (ledger) => ledger.recordLinks({ ordinal: 0, copyId: 'c', kind: 'document', state: 'writing', links: [] }),
      null,
    ],
    ['a transfer', () => store.create(anOrderOf())],
    ['its start', async (ledger) => (await ledger.advance(['running'], 'ready')) && store.start(ledger.order.id)],
  ];

  it.each(calls)('waits for the disk: %s', async (...[, call, reply]) => {
    const ledger = await copied([aRealisticItem(0)]);
    await ledger.advance(['running'], 'updating');
    await ledger.append([aRealisticItem(1)], (await ledger.extendPlan())!);
    await ledger.advance(['updating'], 'running');
    const waiting: (() => void)[] = [];
    const commit = jest.spyOn(DurableWrites.prototype, 'commit').mockImplementation(async () => {
      await new Promise<void>((reached) => waiting.push(reached));
      return [reply === undefined ? 1 : reply, 'written'];
    });
    try {
      const done = jest.fn();
      const answer = call(ledger).then(done);
      for (let turn = 0; turn < 50; turn++) await redis.ping(); // all other commands are answered
      expect([waiting.length > 0, done.mock.calls.length]).toEqual([true, 0]);
      for (const reached of waiting) reached();
      await answer;
    } finally {
      commit.mockRestore();
    }
  });
});

it('report what came of links and permissions once, when it changes', async () => {
  const observer = { settled: jest.fn(), entered: jest.fn(), shared: jest.fn(), linked: jest.fn() };
  const observed = aTransferStore(undefined, observer);
  try {
    const { ledger } = await observed.store.create(anOrderOf({ links: 'rewrite' }));
    const place = { holder: 'text', part: 'body', container: 'Tab 1', label: '' } as const;
    const link = (outcome: LinkOutcomeName, code?: LinkReason) => ({
      place,
      text: 'x',
      outcome,
      ...(code && { code }),
    });
    const base = { ordinal: 0, copyId: 'c', kind: 'document' } as const;
    const planned = [link('waiting'), link('outside'), link('unsupported', 'linked_chart')];
    await ledger.recordLinks({ ...base, state: 'writing', links: planned });
    const proved = [link('rewritten'), ...planned.slice(1), link('failed', 'not_changed')];
    for (let time = 0; time < 2; time++) await ledger.recordLinks({ ...base, state: 'done', links: proved });
    await ledger.recordLinks({ ...base, state: 'unread', code: 'api_off', links: [] });
    expect(observer.linked.mock.calls).toEqual([
      [new Map(Object.entries({ outside: 1, unsupported: 1 })), new Map([['linked_chart', 1]])],
      [new Map(Object.entries({ rewritten: 1, failed: 1 })), new Map([['not_changed', 1]])],
    ]);

    const grantee = { type: 'user', address: 'a@new.example' } as const;
    const grant = { grantee, role: 'reader', originals: [grantee], outcome: 'waiting' } as const;
    await ledger.recordAccess({ ordinal: 0, copyId: 'c', grants: [grant] });
    const refused = { ...grant, outcome: 'narrower', code: 'license' } as const;
    for (let time = 0; time < 2; time++) await ledger.recordAccess({ ordinal: 0, copyId: 'c', grants: [refused] });
    expect(observer.shared.mock.calls).toEqual([[new Map([['narrower', 1]]), new Map([['license', 1]])]]);
  } finally {
    observed.close();
  }
});

describe('transfers in Redis', () => {
  it('report how many items they have room for, if Redis has a limit', async () => {
    const { ledger } = await store.create(anOrderOf());
    const [, before] = (await admin.config('GET', 'maxmemory')) as [string, string];
    try {
      await admin.config('SET', 'maxmemory', 0);
      expect(await ledger.room()).toBeUndefined();
      await admin.config('SET', 'maxmemory', '4gb');
      expect(await ledger.room()).toBeGreaterThan(1_000_000);
      expect(await ledger.room()).toBeLessThan((4 * 1024 ** 3) / 200);
    } finally {
      await admin.config('SET', 'maxmemory', before);
    }
  });

  it('reserve memory for the access records of their copies', async () => {
    const { ledger } = await store.create(anOrderOf());
    const [, before] = (await admin.config('GET', 'maxmemory')) as [string, string];
    try {
      await admin.config('SET', 'maxmemory', '4gb');
      const plan = (await ledger.restartPlan())!;
      const room = async () => (await ledger.room())!;
      const empty = await room();
      const access = { restrictions: { isLimited: true } };
      const items = 50_000;
      const noted = new Map(Array.from({ length: items }, (_, ordinal) => [ordinal, access]));
      expect(await ledger.storeSourceAccess(noted, plan)).toBe(true);
      // Counted once, even if it is stored again.
      expect(await ledger.storeSourceAccess(noted, plan)).toBe(true);
      const reserved = empty - (await room());
      expect(reserved).toBeGreaterThan((items * 370) / 250);
      expect(reserved).toBeLessThan((items * 600) / 250);
      await ledger.restartPlan();
      expect(empty - (await room())).toBeLessThan(reserved / 10);
    } finally {
      await admin.config('SET', 'maxmemory', before);
    }
  });

  it('complete an interrupted request with the same key', async () => {
    const order = anOrderOf();
    const idempotency = { key: order.id, digest: 'd' };
    expect((await store.create(order, idempotency)).outcome).toBe('created');
    await redis.del(keys.openTransfers(), keys.accountTransfers(order.source.sub)); // as after a crash in between
    const again = await store.create({ ...order, id: 'another' }, idempotency);
    expect([again.outcome, again.ledger.order.id]).toEqual(['repeated', order.id]);
    expect(await store.open()).toContain(order.id);
    expect((await store.list([order.source.sub], undefined, 5)).map(({ id }) => id)).toEqual([order.id]);
    await redis.del(await keysOf(order.id)); // as after a crash before the transfer was written
    const third = await store.create({ ...order, id: 'a third' }, idempotency);
    expect([third.outcome, third.ledger.order.id]).toEqual(['created', order.id]);
    expect((await store.create(order, { ...idempotency, digest: 'other' })).outcome).toBe('conflict');
  });

  it('with a schedule are listed for the operator, newest first, as long as they exist', async () => {
    const future = Date.UTC(2200, 0, 1); // newer than those of other tests
    const schedule = { timezone: 'UTC', hours: { from: '20:00', to: '06:00' } };
    const orders = [1, 2, 3, 4].map((n) => anOrderOf({ createdAt: future + n, ...(n !== 2 && { schedule }) }));
    const ids = orders.map(({ id }) => id);
    for (const order of orders) await store.create(order.id === ids[3] ? { ...order, held: true } : order);
    const listed = async (limit: number, after?: { id: string; createdAt: number }) =>
      (await store.scheduled(after, limit)).map(({ id }) => ids.indexOf(id) + 1).filter((n) => n > 0);
    expect(await listed(2)).toEqual([3, 1]); // 4 is a preflight
    const second = (await store.find(ids[1]!))!;
    await second.setSchedule({ every: 'P1D', timezone: 'UTC' }, future, { command: 'rerun', sides: ['source'] });
    expect(await listed(3)).toEqual([3, 2, 1]);
    expect(await listed(1)).toEqual([3]);
    expect(await listed(1, orders[2])).toEqual([2]);
    await second.stopSchedule('paused');
    expect(await listed(3)).toEqual([3, 2, 1]);
    await second.stopSchedule('removed');
    await redis.del(await keysOf(ids[2]!)); // as when it has expired
    expect(await listed(1)).toEqual([1]);
    expect(await redis.zscore(keys.scheduledTransfers(), ids[2]!)).toBeNull();
    await redis.zrem(keys.scheduledTransfers(), ...ids);
  });

  it('are created once by two requests with one key, and the later one does not reset it', async () => {
    const order = anOrderOf();
    const idempotency = { key: order.id, digest: 'the same' };
    const { ledger } = await store.create(order, idempotency);
    await ledger.advance(['planning'], 'running');
    const later = aTransferStore();
    // Simulates a look-up between the claim of the key and the creation of the transfer.
    later.store.find = () => Promise.resolve(undefined);
    const second = await later.store.create({ ...order, id: 'another' }, idempotency);
    later.close();
    expect(second.ledger.order.id).toBe(order.id);
    expect(await ledger.state()).toBe('running');
    expect((await ledger.snapshot()).revision).toBe(2);
  });

  it('are kept with all their data for 30 days after their end', async () => {
    const items = [0, 1, 2, 3].map((ordinal) => aRealisticItem(ordinal));
    const ledger = await copied(items.slice(0, 1), undefined, [{ line: 1, from: '@old.example', to: '@new.example' }]);
    await ledger.advance(['running'], 'updating');
    const plan = (await ledger.extendPlan())!;
    await ledger.append(items, plan);
    await ledger.storeSourceAccess(new Map([[1, { restrictions: { isLimited: true } }]]), plan);
    await ledger.advance(['updating'], 'running');
    await ledger.foresee(new Map([[1, 'lossy']]), plan);
    await ledger.settle(items[1]!, 'failed', { code: 'not_found', reason: 'gone' });
    await ledger.reopenAs({ ...items[0]!, name: 'new' }, anId());
    await ledger.replace(2, 'old', plan);
    await ledger.begin(2);
    await ledger.progress(2, 5);
    await ledger.keepUpload(2, 'https://upload');
    await ledger.announceShare('item');
    await ledger.settleUndo(1, 'left', 'edited');
    await ledger.recordRestored('old');
    await ledger.recordAccess({ ordinal: 1, copyId: 'copy', grants: [] });
    await ledger.recordLinks({ ordinal: 1, copyId: 'copy', kind: 'document', state: 'done', links: [] });
    const written = await keysOf(ledger.order.id);
    expect(written.length).toBe(30);
    // Keys that were created meanwhile have their own expiry, in case there is no further change of state.
    for (const key of written) expect([key, await daysLeft(key)]).toEqual([key, 30]);
    for (const key of written) await redis.expire(key, 3600);
    await ledger.advance(['running'], 'completed');
    for (const key of written) expect([key, await daysLeft(key)]).toEqual([key, 30]);
  });

  it('are kept while they wait, however long', async () => {
    const ledger = await copied([aRealisticItem(0)]);
    await ledger.park('waiting_quota', { resumeAt: 1 });
    const { id } = ledger.order;
    for (const key of await keysOf(id)) await admin.expire(key, 86_400);
    await ledger.renew();
    for (const key of await keysOf(id)) expect([key, await daysLeft(key)]).toEqual([key, 30]);
  });

  it('encrypt the addresses of uploads, each bound to its item', async () => {
    const ledger = await copied([aRealisticItem(0)]);
    await ledger.keepUpload(0, 'https://upload.example/secret');
    const uploads = keys.transferPart(ledger.order.id, 'uploads');
    const sealed = (await redis.hget(uploads, '0'))!;
    expect(sealed).not.toContain('secret');
    await redis.hset(uploads, '1', sealed);
    expect(await ledger.upload(1)).toBeUndefined();
    expect(await ledger.uploads()).toEqual([{ ordinal: 0, address: 'https://upload.example/secret' }]);
  });

  it('are listed page by page, newest first, also those of one millisecond', async () => {
    const [ana, ben] = [aNewParty('ana'), aNewParty('ben')];
    const now = Date.now();
    const made: TransferOrder[] = [];
    for (let index = 0; index < 11; index++) {
      const [from, to] = index % 2 ? [ana, ben] : [ben, ana];
      const order = anOrder(from, to, ['a'], { id: `t${(index * 7) % 11}`, createdAt: now + Math.floor(index / 6) });
      made.push({ ...order, id: `${order.id}-${ana.sub}` });
      await store.create(made.at(-1)!);
    }
    const listed: string[] = [];
    for (let after: { id: string; createdAt: number } | undefined; ;) {
      const page = await store.list([ana.sub, ben.sub], after, 3);
      listed.push(...page.map(({ id }) => id));
      if (page.length < 3) break;
      after = page.at(-1);
    }
    const newestFirst = made.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    expect(listed).toEqual(newestFirst.map(({ id }) => id));
  });

  it('that are preflights are not listed, expire after an hour, and can be deleted or started', async () => {
    const [one, other] = [anOrderOf({ held: true }), anOrderOf({ held: true })];
    const { sub } = one.source;
    for (const order of [one, other]) await store.create(order);
    const ledger = (await store.find(one.id))!;
    expect(await store.start(one.id)).toBe(false); // it is not planned yet
    const plan = await ledger.restartPlan();
    await ledger.append([aRealisticItem(0)], plan!);
    await ledger.completePlan(plan!);
    expect(await store.list([sub], undefined, 5)).toEqual([]);
    expect(await store.open()).toEqual(expect.arrayContaining([one.id, other.id]));
    for (const key of await keysOf(one.id)) expect([key, Math.round((await redis.ttl(key)) / 60)]).toEqual([key, 60]);

    expect(await store.start(one.id)).toBe(true);
    expect(await store.start(one.id)).toBe(false);
    expect(await ledger.state()).toBe('running');
    expect((await store.list([sub], undefined, 5)).map(({ id }) => id)).toEqual([one.id]);
    for (const key of await keysOf(one.id)) expect([key, await daysLeft(key)]).toEqual([key, 30]);
    expect(await store.remove(one.id)).toBe(false);

    const counted = (await store.find(other.id))!;
    expect(await store.remove(other.id)).toBe(true);
    expect(await store.remove(other.id)).toBe(false);
    // The worker that counts it notices later.
    await counted.name({ chosen: ['Work'], target: 'My Drive' });
    await counted.settle(aRealisticItem(0), 'skipped', { code: 'canceled', reason: 'A reason.' });
    expect(await keysOf(other.id)).toEqual([]);
    expect(await store.find(other.id)).toBeUndefined();
    expect(await store.open()).not.toContain(other.id);
  });

  it('that are created again under the id of a deleted preflight have nothing of it, for any process', async () => {
    const order = anOrderOf({ held: true });
    const idempotency = { key: order.id, digest: 'd' };
    const plan = async (ledger: Ledger, name: string, reasons: readonly string[]) => {
      const number = (await ledger.restartPlan())!;
      const items = [0, 1, 2].map((ordinal) => aPlannedItem(ordinal, { name, path: name }));
      for (const item of items) await ledger.append([item], number); // the page is read and written again
      for (const [index, reason] of reasons.entries())
        await ledger.settle(items[index]!, 'skipped', { code: 'lossy', reason });
      await ledger.settle(items[2]!, 'verified', { destinationId: 'd2', way: 'merged', webViewLink: 'https://d/d2' });
      return ledger.items(0, items.length);
    };
    await plan((await store.create(order, idempotency)).ledger, 'old', ['one', 'other']);
    expect(await store.remove(order.id)).toBe(true);
    const repeated = { ...order, id: 'another', createdAt: order.createdAt + 1 };
    const { ledger, outcome } = await store.create(repeated, idempotency);
    expect([outcome, ledger.order.id]).toEqual(['created', order.id]);
    const shown = await plan(ledger, 'new', ['other', 'one']);
    expect(shown.map(({ name, outcome: { reason, webViewLink } }) => [name, reason ?? webViewLink])).toEqual([
      ['new', 'other'],
      ['new', 'one'],
      ['new', 'https://d/d2'],
    ]);
    const elsewhere = aTransferStore();
    try {
      expect(await (await elsewhere.store.find(order.id))!.items(0, 3)).toEqual(shown);
    } finally {
      elsewhere.close();
    }
  });

  it('are counted by their source account until they end, and again when they are reopened', async () => {
    const order = anOrderOf();
    const { sub } = order.source;
    expect(await store.openOf(sub)).toBe(0);
    const { ledger } = await store.create(order);
    await store.create({ ...order, id: `${order.id}-held`, held: true });
    expect(await store.openOf(sub)).toBe(1);
    expect(await store.openOf(order.destination.sub)).toBe(0);
    await ledger.advance(['planning'], 'canceled');
    await store.close(order.id);
    expect(await store.openOf(sub)).toBe(0);
    await ledger.advance(['canceled'], 'running');
    expect(await store.openOf(sub)).toBe(1);
    expect(await store.open()).toContain(order.id);
    await store.close(order.id); // by a watch that read it before it was resumed
    expect(await store.open()).toContain(order.id);
    await ledger.advance(['running'], 'completed');
    expect(await store.openOf(sub)).toBe(0);
  });

  it('report an unavailable store as service_unavailable, in every method', async () => {
    const away = aTransferStore('redis://127.0.0.1:1');
    const broken = answering(away.store);
    await expect(broken.find('x')).rejects.toMatchObject({ code: 'service_unavailable' });
    await expect(broken.create(anOrderOf())).rejects.toMatchObject({ code: 'service_unavailable' });
    away.close();
  });
});

async function daysLeft(key: string): Promise<number> {
  return Math.round((await redis.ttl(key)) / 86_400);
}
