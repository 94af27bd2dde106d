import { jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { DurableWrites } from '../../src/adapters/redis/durable-writes.js';
import { keys } from '../../src/adapters/redis/keys.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import { connectAdmin } from '../support/redis.js';
import { anOrder } from '../support/run-transfer.js';
import { aTransferStore } from '../support/transfer-store.js';

// Limits on an account's open transfers and preflights. Real: Redis, and the stores of three processes.

const stores = [aTransferStore(), aTransferStore(), aTransferStore()];
const [{ store }] = stores as [ReturnType<typeof aTransferStore>];
let admin: Redis;
beforeAll(async () => {
  admin = await connectAdmin();
});
afterAll(() => {
  admin.disconnect();
  for (const each of stores) each.close();
});

let people = 0;
const aPerson = () => ({ sub: `places-${process.pid}-${people++}`, email: 'ana@example.com', readOnly: false });

/** Orders of one source account. */
function orders(count: number, more: Partial<TransferOrder> = {}): TransferOrder[] {
  const [ana, ben] = [aPerson(), aPerson()];
  return Array.from({ length: count }, () => anOrder(ana, ben, ['a'], more));
}

/** Creates all simultaneously, through alternating processes. */
async function createAll(wanted: readonly TransferOrder[], places: number) {
  const made = await Promise.all(
    wanted.map((order, index) => stores[index % stores.length]!.store.create(order, undefined, places)),
  );
  return made.filter(({ outcome }) => outcome === 'created').map(({ ledger }) => ledger);
}

const outcomeOf = async (order: TransferOrder, places: number, idempotency?: { key: string; digest: string }) =>
  (await store.create(order, idempotency, places)).outcome;

const placesOf = ({ source, held }: TransferOrder) => keys.accountPlaces(source.sub, held ? 'preflight' : 'transfer');

/** Makes a reservation older than a minute. */
const lapse = (order: TransferOrder) => admin.zadd(placesOf(order), 'XX', 1, order.id);

it.each([
  ['transfers', {}, 20],
  ['preflights', { held: true }, 5],
])('creates no more of 110 simultaneous %s than there are places', async (_, more, places) => {
  const wanted = orders(110, more);
  const made = await createAll(wanted, places);
  expect(made).toHaveLength(places);
  const there = await Promise.all(wanted.map(({ id }) => store.find(id)));
  expect(there.filter(Boolean)).toHaveLength(places);
  expect(await admin.zcard(placesOf(wanted[0]!))).toBe(places);
});

it('counts places separately for transfers, preflights and each account', async () => {
  const [order, other] = orders(2) as [TransferOrder, TransferOrder];
  expect(await outcomeOf(order, 1)).toBe('created');
  expect(await outcomeOf(other, 1)).toBe('full');
  expect(await outcomeOf({ ...other, held: true }, 1)).toBe('created');
  expect(await outcomeOf(orders(1)[0]!, 1)).toBe('created');
});

it.each(['completed', 'completed_with_failures', 'canceled', 'failed', 'undone'] as const)(
  'frees a place at once when its transfer is %s',
  async (state) => {
    const [first, second, third] = orders(3) as [TransferOrder, TransferOrder, TransferOrder];
    const { ledger } = await store.create(first, undefined, 1);
    expect(await outcomeOf(second, 1)).toBe('full');
    await ledger.advance(['planning'], state);
    expect(await outcomeOf(second, 1)).toBe('created');
    expect(await outcomeOf(third, 1)).toBe('full');
  },
);

it('frees the place of a preflight when it has counted, failed or was deleted', async () => {
  const wanted = orders(4, { held: true });
  const { ledger: counted } = await store.create(wanted[0]!, undefined, 1);
  await counted.advance(['planning'], 'ready');
  const { ledger: failed } = await store.create(wanted[1]!, undefined, 1);
  await failed.advance(['planning'], 'failed');
  expect(await outcomeOf(wanted[2]!, 1)).toBe('created');
  expect(await outcomeOf(wanted[3]!, 1)).toBe('full');
  await store.remove(wanted[2]!.id);
  expect(await outcomeOf(wanted[3]!, 1)).toBe('created');
});

it('frees a place after a minute if a process dies between reserving and creating', async () => {
  const [dead, order] = orders(2) as [TransferOrder, TransferOrder];
  await store.takePlace(dead, 1);
  expect(await outcomeOf(order, 1)).toBe('full');
  await lapse(dead);
  expect(await outcomeOf(order, 1)).toBe('created');
});

it('counts a transfer whose process died between creating and confirming', async () => {
  const [order, other] = orders(2) as [TransferOrder, TransferOrder];
  await store.create(order, undefined, 1);
  await lapse(order);
  expect(await outcomeOf(other, 1)).toBe('full');
});

it('lets the maintenance job find a transfer whose process died after writing it', async () => {
  const [order] = orders(1) as [TransferOrder];
  jest.spyOn(DurableWrites.prototype, 'commit').mockRejectedValue(new Error('The process died.'));
  await expect(store.create(order, undefined, 1)).rejects.toThrow('The process died.');
  jest.restoreAllMocks();
  expect(await store.find(order.id)).toBeDefined();
  expect(await store.open()).toContain(order.id);
});

describe('with an Idempotency-Key', () => {
  const aKey = () => ({ key: `places-${process.pid}-${people++}`, digest: 'd' });

  it('takes no place for a repeated request, even if none is left', async () => {
    const [order, again, other] = orders(3) as [TransferOrder, TransferOrder, TransferOrder];
    const idempotency = aKey();
    expect(await outcomeOf(order, 1, idempotency)).toBe('created');
    expect(await outcomeOf(other, 1)).toBe('full');
    const repeated = await store.create(again, idempotency, 1);
    expect([repeated.outcome, repeated.ledger.order.id]).toEqual(['repeated', order.id]);
  });

  it('creates one transfer in one place for thirty simultaneous equal requests', async () => {
    const wanted = orders(30);
    const idempotency = aKey();
    const made = await Promise.all(
      wanted.map((order, index) => stores[index % stores.length]!.store.create(order, idempotency, 1)),
    );
    expect(new Set(made.map(({ ledger }) => ledger.order.id)).size).toBe(1);
    for (const { outcome } of made) expect(['created', 'repeated']).toContain(outcome);
    expect(await admin.zcard(placesOf(wanted[0]!))).toBe(1);
  });

  it('frees the key of a refused request', async () => {
    const [first, refused, later] = orders(3) as [TransferOrder, TransferOrder, TransferOrder];
    const { ledger } = await store.create(first, undefined, 1);
    const idempotency = aKey();
    expect(await outcomeOf(refused, 1, idempotency)).toBe('full');
    await ledger.advance(['planning'], 'canceled');
    expect(await outcomeOf(later, 1, { ...idempotency, digest: 'another' })).toBe('created');
  });
});

describe('reopening', () => {
  it('reserves a place, and the same one when repeated', async () => {
    const [order, other] = orders(2) as [TransferOrder, TransferOrder];
    const { ledger } = await store.create(order, undefined, 1);
    await ledger.advance(['planning'], 'canceled');
    expect(await outcomeOf(other, 1)).toBe('created');
    expect(await store.takePlace(order, 1)).toBeUndefined();
    expect(await store.takePlace(order, 2)).toBeDefined();
    expect(await store.takePlace(order, 2)).toBeDefined();
    expect(await admin.zcard(placesOf(order))).toBe(2);
  });

  it('frees the place if it failed, and keeps it if it succeeded', async () => {
    const [order, other] = orders(2) as [TransferOrder, TransferOrder];
    const { ledger } = await store.create(order, undefined, 1);
    await ledger.advance(['planning'], 'canceled');
    await store.settlePlace(order, (await store.takePlace(order, 1))!);
    expect(await admin.zscore(placesOf(order), order.id)).toBeNull();
    const place = (await store.takePlace(order, 1))!;
    await ledger.advance(['canceled'], 'running');
    await store.settlePlace(order, place);
    await lapse(order);
    expect(await outcomeOf(other, 1)).toBe('full');
  });

  it('does not end the reservation of a newer request with an older one', async () => {
    const [order, other] = orders(2) as [TransferOrder, TransferOrder];
    const { ledger } = await store.create(order, undefined, 1);
    await ledger.advance(['planning'], 'canceled');
    const older = (await store.takePlace(order, 1))!;
    const newer = (await store.takePlace(order, 1))!;
    await store.settlePlace(order, older);
    expect(await outcomeOf(other, 1)).toBe('full');
    await store.settlePlace(order, newer);
    expect(await outcomeOf(other, 1)).toBe('created');
  });
});

it('counts an open transfer again that Redis lost from its account’s list, and none twice', async () => {
  const [order, other] = orders(2) as [TransferOrder, TransferOrder];
  await store.create(order, undefined, 1);
  const confirmed = await admin.zscore(placesOf(order), order.id);
  await store.restorePlace(order, 'transfer');
  expect(await admin.zscore(placesOf(order), order.id)).toBe(confirmed);
  await admin.del(placesOf(order));
  await store.restorePlace(order, 'transfer');
  expect(await outcomeOf(other, 1)).toBe('full');
  expect(await admin.ttl(placesOf(order))).toBeGreaterThan(0);
});

it('supports thousands of places for an account', async () => {
  const [order] = orders(1) as [TransferOrder];
  const gone = Array.from({ length: 10_000 }, (_, number) => [String(-1 - number), `gone-${number}`]).flat();
  await admin.zadd(placesOf(order), ...gone);
  expect(await outcomeOf(order, 10_000)).toBe('created');
  expect(await admin.zcard(placesOf(order))).toBe(1);
});
