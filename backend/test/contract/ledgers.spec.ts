import { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { answering } from '../../src/adapters/redis/redis-errors.js';
import { RedisTransferStore } from '../../src/adapters/redis/redis-ledger.js';
import type { ItemState, Ledger, PlannedItem, TransferOrder } from '../../src/engine/ports/ledger.js';
import { InMemoryLedger, type ShareUsers } from '../support/in-memory-ledger.js';
import { redisUrl } from '../support/redis.js';
import { anOrder } from '../support/run-transfer.js';

const aParty = (name: string) => ({ sub: `${name}-${Math.random()}`, email: `${name}@example.com`, readOnly: false });
const anOrderOf = (more: Partial<TransferOrder> = {}) => anOrder(aParty('ana'), aParty('ben'), ['a'], more);

const aPlannedItem = (ordinal: number, parts: Partial<PlannedItem> = {}): PlannedItem => ({
  ordinal,
  parent: null,
  top: ordinal,
  path: `item ${ordinal}`,
  sourceId: `source-${ordinal}`,
  name: `item ${ordinal}`,
  mimeType: 'text/plain',
  kind: 'file',
  size: 100,
  checksums: { md5: 'abc' },
  ownedByMe: true,
  canCopy: true,
  canDownload: true,
  ...parts,
});

interface Setup {
  open(order: TransferOrder): Promise<Ledger>;
  close(): Promise<void>;
}

const inMemory = (): Setup => {
  const users: ShareUsers = new Map();
  return { open: async (order) => new InMemoryLedger(order, users), close: async () => undefined };
};
const inRedis = (): Setup => {
  const redis = new Redis(redisUrl());
  const store = new RedisTransferStore(redis);
  return {
    open: async (order) => (await store.create(order)).ledger,
    close: async () => void (await redis.quit()),
  };
};

describe.each([
  ['in memory', inMemory],
  ['Redis', inRedis],
])('ledgers, %s', (_, setUp) => {
  const setup = setUp();
  afterAll(() => setup.close());

  const running = async (items: readonly PlannedItem[]): Promise<Ledger> => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append(items, 0);
    await ledger.advance(['planning'], 'running');
    return ledger;
  };
  const stateOf = async (ledger: Ledger, ordinal: number) => (await ledger.item(ordinal))?.state;

  it('moves from state to state only where that was asked for', async () => {
    const ledger = await setup.open(anOrderOf());
    expect(await ledger.state()).toBe('planning');
    expect(await ledger.advance(['running'], 'finishing')).toBe(false);
    expect(await ledger.advance(['planning', 'running'], 'running')).toBe(true);
    expect(await ledger.state()).toBe('running');
    const { revision, startedAt } = await ledger.snapshot();
    expect(startedAt).toBeGreaterThan(Date.now() - 10_000);
    await ledger.advance(['running'], 'failed', { problem: { code: 'not_found', detail: 'why' } });
    const snapshot = await ledger.snapshot();
    expect(snapshot.problem).toEqual({ code: 'not_found', detail: 'why' });
    expect(snapshot.revision).toBeGreaterThan(revision);
  });

  it('lets one of many win a change of state', async () => {
    const ledger = await setup.open(anOrderOf());
    const wins = await Promise.all(Array.from({ length: 10 }, () => ledger.advance(['planning'], 'canceling')));
    expect(wins.filter(Boolean)).toHaveLength(1);
  });

  it.each(['planning', 'running', 'finishing'] as const)('parks while %s, and goes back there', async (state) => {
    const ledger = await setup.open(anOrderOf());
    if (state !== 'planning') await ledger.advance(['planning'], 'running');
    if (state === 'finishing') await ledger.advance(['running'], 'finishing');
    expect(await ledger.park('needs_reconnect', { side: 'source' })).toBe(true);
    expect(await ledger.park('waiting_quota', { resumeAt: 5 })).toBe(false);
    expect(await ledger.snapshot()).toMatchObject({ state: 'needs_reconnect', parked: { side: 'source' } });
    expect(await ledger.resume()).toBe(true);
    expect(await ledger.resume()).toBe(false);
    const snapshot = await ledger.snapshot();
    expect(snapshot.state).toBe(state);
    expect(snapshot.parked).toBeUndefined();
  });

  it('keeps items as they were planned, in order, page by page', async () => {
    const odd = aPlannedItem(1, {
      kind: 'google',
      size: null,
      name: 'ä/"\n🌵',
      properties: { state: 'mine' },
      modifiedTime: '2020-01-01T00:00:00.000Z',
    });
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0, { kind: 'folder', size: null })], 0);
    await ledger.append([odd, aPlannedItem(2)], 0);
    expect((await ledger.items(0, 2)).map((item) => item.ordinal)).toEqual([0, 1]);
    expect((await ledger.items(2, 10)).map((item) => item.ordinal)).toEqual([2]);
    expect(await ledger.item(1)).toEqual({ ...odd, state: 'waiting', attempts: 0, outcome: {} });
    expect(await ledger.item(3)).toBeUndefined();
    expect(await ledger.ordinalOf('source-2')).toBe(2);
    expect(await ledger.ordinalOf('source-9')).toBeUndefined();
    expect(await ledger.openFiles()).toBe(2);
    expect(await ledger.snapshot()).toMatchObject({ found: 3, bytes: { found: 100 }, counts: { waiting: 3 } });
  });

  it('takes pages that are appended out of order', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(2), aPlannedItem(3)], 0);
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    expect((await ledger.items(0, 10)).map((item) => item.state)).toEqual(Array(4).fill('waiting'));
    expect((await ledger.snapshot()).counts.waiting).toBe(4);
  });

  it('forgets a plan that is begun again', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    const plan = await ledger.restartPlan();
    expect(await ledger.append([aPlannedItem(0)], plan!)).toBe(true);
    expect(await ledger.snapshot()).toMatchObject({ found: 1, bytes: { found: 100 }, counts: { waiting: 1 } });
    expect(await ledger.openFiles()).toBe(1);
  });

  it('takes items for the newest plan only, and only while it is made', async () => {
    const ledger = await setup.open(anOrderOf());
    const [earlier, later] = [await ledger.restartPlan(), await ledger.restartPlan()];
    expect(await ledger.append([aPlannedItem(0)], later!)).toBe(true);
    expect(await ledger.append([aPlannedItem(1)], earlier!)).toBe(false); // of a process that was thought dead
    expect(await ledger.completePlan(earlier!)).toBe(false);
    expect(await ledger.completePlan(later!)).toBe(true);
    expect(await ledger.append([aPlannedItem(1)], later!)).toBe(false);
    expect(await ledger.restartPlan()).toBeUndefined();
    const { state, found, counts, startedAt } = await ledger.snapshot();
    expect({ state, found, waiting: counts.waiting }).toEqual({ state: 'running', found: 1, waiting: 1 });
    expect(startedAt).toBeGreaterThan(Date.now() - 10_000);
  });

  it('says since when it is parked: when the reason arose', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.park('needs_reconnect', { side: 'source', since: 7 });
    expect((await ledger.snapshot()).parked).toEqual({ side: 'source', since: 7 });
  });

  it('begins an item only while the transfer runs and the item is open, and counts the attempts', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    expect(await ledger.begin(0)).toBe(false); // still planning
    await ledger.advance(['planning'], 'running');
    expect(await ledger.begin(0)).toBe(true);
    expect(await ledger.begin(0)).toBe(true); // a second worker, after the first one died
    expect(await ledger.item(0)).toMatchObject({ state: 'copying', attempts: 2 });
    await ledger.settle(0, 'verified', { destinationId: 'd' });
    expect(await ledger.begin(0)).toBe(false);
    await ledger.advance(['running'], 'canceling');
    expect(await ledger.begin(1)).toBe(false);
    expect(await ledger.begin(99)).toBe(false);
  });

  it('puts an item back', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.begin(0);
    await ledger.release(0);
    expect(await ledger.snapshot()).toMatchObject({ counts: { waiting: 1, copying: 0 } });
    await ledger.settle(0, 'verified', {});
    await ledger.release(0);
    expect(await stateOf(ledger, 0)).toBe('verified');
  });

  it('settles each item once; only the closing check may revise that', async () => {
    const ledger = await running([0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)));
    const checksum = { kind: 'md5' as const, source: 'abc', destination: 'abc' };
    expect(await ledger.settle(0, 'verified', { destinationId: 'd0', way: 'server_copy', checksum })).toBe(true);
    expect(await ledger.settle(0, 'verified', { destinationId: 'another', way: 'relay' })).toBe(false);
    await ledger.settle(1, 'failed', { code: 'source_not_found', reason: 'gone' });
    await ledger.settle(1, 'verified', { destinationId: 'd1' });
    await ledger.settle(2, 'verified', { destinationId: 'd2', way: 'relay', checksum });
    expect(await ledger.settle(2, 'failed', { code: 'google_unavailable' })).toBe(false); // a worker that comes late
    const gone = { destinationId: 'd2', way: 'relay' as const, checksum, code: 'copy_missing' };
    expect(await ledger.revise(2, 'verified', 'failed', gone)).toBe(true);
    expect(await ledger.revise(2, 'verified', 'failed', gone)).toBe(false);
    await ledger.settle(3, 'unverified', { code: 'no_checksum' });
    expect(await ledger.item(0)).toMatchObject({ state: 'verified', outcome: { destinationId: 'd0', checksum } });
    expect(await ledger.openFiles()).toBe(0);
    expect(await ledger.snapshot()).toMatchObject({
      found: 4,
      counts: { waiting: 0, copying: 0, verified: 1, failed: 2, unverified: 1, skipped: 0 },
      bytes: { found: 400, verified: 100 },
      ways: { server_copy: 1, relay: 0, created: 0 },
      verification: { checksum: 1, presence: 0 },
      failures: { source_not_found: 1, copy_missing: 1, no_checksum: 1 },
    });
  });

  it('counts a failed item whose copy was found after all among the verified', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    for (const ordinal of [0, 1]) await ledger.settle(ordinal, 'failed', { code: 'google_unavailable', reason: 'why' });
    expect(await ledger.revise(0, 'failed', 'verified', { destinationId: 'd0', way: 'relay' })).toBe(true);
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'd0', way: 'relay' });
    expect(await ledger.openFiles()).toBe(0);
    expect(await ledger.snapshot()).toMatchObject({
      counts: { verified: 1, failed: 1 },
      bytes: { verified: 100 },
      ways: { relay: 1 },
      failures: { google_unavailable: 1 },
    });
  });

  it('adds up to what was found, whatever happens at the same time', async () => {
    const items = Array.from({ length: 60 }, (_, ordinal) => aPlannedItem(ordinal));
    const ledger = await running(items);
    const states: ItemState[] = ['verified', 'failed', 'skipped', 'unverified'];
    await Promise.all(
      items.flatMap(({ ordinal }) => [
        ledger.begin(ordinal),
        ledger.settle(ordinal, states[ordinal % 4]!, { way: 'relay' }),
        ledger.release(ordinal),
        ledger.settle(ordinal, states[(ordinal + 1) % 4]!, { way: 'relay' }),
      ]),
    );
    const { counts, found } = await ledger.snapshot();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(found);
    expect(await ledger.openFiles()).toBe(0);
  });

  it('shows the bytes of files under way, and tells a relay to stop when the transfer no longer runs', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.begin(0);
    expect(await ledger.progress(0, 30)).toBe(true);
    expect(await ledger.progress(0, 60)).toBe(true);
    expect((await ledger.snapshot()).bytes.copying).toBe(60);
    await ledger.settle(0, 'verified', { way: 'relay' });
    expect((await ledger.snapshot()).bytes).toMatchObject({ copying: 0, verified: 100 });
    await ledger.progress(0, 70); // a late report
    expect((await ledger.snapshot()).bytes.copying).toBe(0);
    await ledger.advance(['running'], 'canceling');
    expect(await ledger.progress(1, 10)).toBe(false);
  });

  it('keeps the first id that is reserved for an item, until it is replaced', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    expect(await ledger.reserveIds(new Map([[0, 'first']]))).toEqual(new Map([[0, 'first']]));
    const second = await ledger.reserveIds(
      new Map([
        [0, 'second'],
        [1, 'other'],
      ]),
    );
    expect(second).toEqual(
      new Map([
        [0, 'first'],
        [1, 'other'],
      ]),
    );
    await ledger.replaceId(0, 'third');
    expect(await ledger.destinationIds([0, 1, 2])).toEqual(
      new Map([
        [0, 'third'],
        [1, 'other'],
      ]),
    );
    expect(await ledger.fixResultFolder('one')).toBe('one');
    expect(await ledger.fixResultFolder('two')).toBe('one');
  });

  it('remembers names, each on its own', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.name({ target: 'My Drive' });
    await ledger.name({ chosen: ['a', 'ä/"'] });
    expect(await ledger.snapshot()).toMatchObject({ names: ['a', 'ä/"'], targetName: 'My Drive' });
  });

  it('counts what became of an original once', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.settle(0, 'verified', { destinationId: 'd0' });
    await ledger.settleOriginal(0, 'trashed');
    await ledger.settleOriginal(0, 'kept', 'late');
    await ledger.settleOriginal(1, 'kept', 'not verified');
    expect((await ledger.snapshot()).originals).toEqual({ trashed: 1, kept: 1 });
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'd0', original: 'trashed' });
    expect((await ledger.item(1))?.outcome).toEqual({ original: 'kept', originalReason: 'not verified' });
  });

  it('takes an item as it is now', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.begin(0);
    await ledger.amend({ ...(await ledger.item(0))!, size: 250, checksums: { md5: 'new' } });
    expect(await ledger.item(0)).toMatchObject({ size: 250, checksums: { md5: 'new' }, state: 'copying', attempts: 1 });
    expect((await ledger.snapshot()).bytes.found).toBe(250);
    await ledger.settle(0, 'verified', { destinationId: 'd0' });
    await ledger.amend({ ...(await ledger.item(0))!, size: 300 }); // a second worker on the same item
    expect((await ledger.item(0))?.size).toBe(250);
  });

  it('remembers shares from before they are made until they are withdrawn', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.announceGrant('item');
    expect(await ledger.grants()).toEqual([{ itemId: 'item' }]);
    await ledger.recordGrant('item', 'permission', 5);
    await ledger.announceGrant('item');
    expect(await ledger.grants()).toEqual([{ itemId: 'item', permissionId: 'permission', madeAt: 5 }]);
    expect((await ledger.snapshot()).grants).toEqual({ open: 1, withdrawn: 0 });
    await ledger.forgetGrant('item', true);
    expect((await ledger.snapshot()).grants).toEqual({ open: 0, withdrawn: 1 });
  });

  it('takes an announced share back when it was refused, but none that was made', async () => {
    const ledger = await running([aPlannedItem(0)]);
    for (const item of ['refused', 'made']) await ledger.announceGrant(item);
    await ledger.recordGrant('made', 'permission', 5);
    for (const item of ['refused', 'made', 'never announced']) await ledger.retractGrant(item);
    expect(await ledger.grants()).toEqual([{ itemId: 'made', permissionId: 'permission', madeAt: 5 }]);
    expect((await ledger.snapshot()).grants).toEqual({ open: 1, withdrawn: 0 });
  });

  it('tells the last of the transfers that rely on one share', async () => {
    const order = anOrderOf();
    const [one, other] = [await setup.open(order), await setup.open({ ...order, id: `${order.id}-other` })];
    await one.announceGrant('item');
    expect(await one.sharedByOthers('item')).toBe(false);
    await other.announceGrant('item');
    expect(await one.sharedByOthers('item')).toBe(true);
    expect(await one.isLastUser('item')).toBe(false);
    expect(await other.isLastUser('item')).toBe(true);
  });
});

describe('transfers in Redis', () => {
  const redis = new Redis(redisUrl());
  const store = new RedisTransferStore(redis);
  afterAll(async () => void (await redis.quit()));

  it('completes under the same key what a request that died had begun', async () => {
    const order = anOrderOf();
    const idempotency = { key: order.id, digest: 'd' };
    expect((await store.create(order, idempotency)).outcome).toBe('created');
    await redis.del(keys.openTransfers(), keys.accountTransfers(order.source.sub)); // as if it had died in between
    const again = await store.create({ ...order, id: 'another' }, idempotency);
    expect([again.outcome, again.ledger.order.id]).toEqual(['repeated', order.id]);
    expect(await store.open()).toContain(order.id);
    expect((await store.list([order.source.sub], Infinity, 5)).map(({ id }) => id)).toEqual([order.id]);
    await redis.del(keys.transfer(order.id)); // died before the transfer was written
    const third = await store.create({ ...order, id: 'a third' }, idempotency);
    expect([third.outcome, third.ledger.order.id]).toEqual(['created', order.id]);
    expect((await store.create(order, { ...idempotency, digest: 'other' })).outcome).toBe('conflict');
  });

  it('keeps all of a transfer for 30 days after its end', async () => {
    const { ledger } = await store.create(anOrderOf());
    const plan = await ledger.restartPlan();
    await ledger.append([aPlannedItem(0)], plan!);
    await ledger.completePlan(plan!);
    await ledger.begin(0);
    await ledger.reserveIds(new Map([[0, 'id']]));
    await ledger.settle(0, 'verified', { destinationId: 'id' });
    await ledger.advance(['running'], 'completed');
    const written = await redis.keys(`${keys.transfer(ledger.order.id).replaceAll(/[{}]/g, '?')}*`);
    expect(written.length).toBeGreaterThan(5);
    for (const key of written) {
      const days = (await redis.ttl(key)) / 86_400;
      expect([key, Math.round(days)]).toEqual([key, 30]);
    }
  });

  it('answers that the store is away as service_unavailable, in every method', async () => {
    const away = new Redis({
      port: 1,
      lazyConnect: true,
      connectTimeout: 100,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    away.on('error', () => undefined);
    const broken = answering(new RedisTransferStore(away));
    await expect(broken.find('x')).rejects.toMatchObject({ code: 'service_unavailable' });
    await expect(broken.create(anOrderOf())).rejects.toMatchObject({ code: 'service_unavailable' });
    away.disconnect();
  });
});
