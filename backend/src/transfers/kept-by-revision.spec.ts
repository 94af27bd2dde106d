import { jest } from '@jest/globals';
import type { Ledger } from '../engine/ports/ledger.js';
import { KeptByRevision } from './kept-by-revision.js';

const derive = jest.fn((ledger: Ledger) => Promise.resolve(ledger.order.id));
const aLedger = (id: string, revision: number) =>
  ({ order: { id }, revision: () => Promise.resolve(revision) }) as unknown as Ledger;

beforeEach(() => derive.mockClear());

it('derives a value again only once the ledger has changed', async () => {
  const kept = new KeptByRevision(derive);
  expect([await kept.of(aLedger('a', 1)), await kept.of(aLedger('a', 1))]).toEqual(['a', 'a']);
  expect(derive).toHaveBeenCalledTimes(1);
  await kept.of(aLedger('a', 2));
  expect(derive).toHaveBeenCalledTimes(2);
});

it('keeps the values of the last few ledgers', async () => {
  const kept = new KeptByRevision(derive);
  for (const id of ['a', 'b', 'c', 'd', 'e']) await kept.of(aLedger(id, 1));
  derive.mockClear();
  await kept.of(aLedger('e', 1));
  expect(derive).not.toHaveBeenCalled();
  await kept.of(aLedger('a', 1));
  expect(derive).toHaveBeenCalledTimes(1);
});
