import type { TransferOrder } from '../engine/model/order.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { PairCopies } from './pair-copies.js';
import { aParty } from '../../test/support/builders.js';

const orderOf = (id: string, source: string, destination: string): TransferOrder =>
  anOrder(aParty(source), aParty(destination), [], { id });

/** A store of these transfers, newest first; one of them has expired. */
function aStore(orders: readonly TransferOrder[]) {
  const pages: number[] = [];
  return {
    pages,
    find: (id: string): Promise<Ledger | undefined> => {
      const order = orders.find((each) => each.id === id);
      return Promise.resolve(order && id !== 'expired' ? new InMemoryLedger(order) : undefined);
    },
    list: (_subs: readonly string[], after: { id: string } | undefined, limit: number) => {
      const from = after ? orders.findIndex(({ id }) => id === after.id) + 1 : 0;
      pages.push(from);
      return Promise.resolve(orders.slice(from, from + limit).map(({ id }) => ({ id, createdAt: 0 })));
    },
  };
}

it('lists the other transfers between the same accounts in the same direction, newest first, and once', async () => {
  const own = orderOf('own', 'ana', 'ben');
  const many = Array.from({ length: 150 }, (_, n) => orderOf(`to carl ${n}`, 'ana', 'carl'));
  const store = aStore([
    orderOf('newer', 'ana', 'ben'),
    own,
    orderOf('back', 'ben', 'ana'),
    orderOf('expired', 'ana', 'ben'),
    ...many,
    orderOf('older', 'ana', 'ben'),
  ]);
  const pair = new PairCopies(store, own);
  const found = (await pair.others()) as readonly Ledger[];
  expect(found.map(({ order }) => order.id)).toEqual(['newer', 'older']);
  expect(await pair.others()).toBe(found);
  expect(store.pages).toEqual([0, 100]);
});

it('repeats a list that failed', async () => {
  const store = aStore([orderOf('newer', 'ana', 'ben')]);
  let fails = true;
  const list: typeof store.list = (...page) => (fails ? Promise.reject(new Error('away')) : store.list(...page));
  const pair = new PairCopies({ ...store, list }, orderOf('own', 'ana', 'ben'));
  await expect(pair.others()).rejects.toThrow('away');
  fails = false;
  expect(await pair.others()).toHaveLength(1);
});
