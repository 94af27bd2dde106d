import { jest } from '@jest/globals';
import { aParty, callersOf, plannedFiles } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { aStartedTransfer } from '../../test/support/started-transfer.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { PollCache } from './poll-cache.js';
import { TransferLookup } from './transfer-lookup.js';
import type { TransferStore } from './transfer-store.port.js';
import { TransferUpdates } from './transfer-updates.js';

/** For dependencies that these tests do not use. */
const nobody = undefined as never;
const callers = callersOf('ana', 'ben').sessions;
const order = (id: string) => ({ ...anOrder(aParty('ana'), aParty('ben'), ['a']), id });

/** The updates of these transfers, and how often each was read. */
function updatesOf(ledgers: readonly Ledger[]) {
  const reads = ledgers.map((ledger) => jest.spyOn(ledger, 'snapshot'));
  const store = {
    find: (id: string) => Promise.resolve(ledgers.find(({ order: of }) => of.id === id)),
    list: () => Promise.resolve(ledgers.map(({ order: { id, createdAt } }) => ({ id, createdAt }))),
  } as unknown as TransferStore;
  const lookup = new TransferLookup(store, nobody);
  const updates = new TransferUpdates(store, lookup, new PollCache(), nobody);
  return { updates, readsOf: () => reads.map((read) => read.mock.calls.length) };
}

it('reads each transfer once for all streams that open at the same time', async () => {
  const ledgers = await Promise.all(
    Array.from({ length: 10 }, (_, number) => aStartedTransfer(plannedFiles(1), order(`transfer-${number}`))),
  );
  const { updates, readsOf } = updatesOf(ledgers);
  const streams = await Promise.all(Array.from({ length: 20 }, () => updates.watchAll(callers, undefined)));
  const first = await Promise.all(streams.map(({ poll }) => poll()));
  for (const { news } of first) expect(news).toHaveLength(10);
  expect(readsOf()).toEqual(Array(10).fill(1));
});

it('begins the one in detail with its current state, whatever other streams got before', async () => {
  const ledger = await aStartedTransfer(plannedFiles(1), order('one'));
  await ledger.advance(['running'], 'paused');
  const { updates } = updatesOf([ledger]);
  const revisionIn = async (detailed?: string) => {
    const { news } = await (await updates.watchAll(callers, detailed)).poll();
    return news[0]?.revision;
  };
  const before = await revisionIn();
  await ledger.entitle('Papers');
  expect(await revisionIn('one')).toBe(before! + 1);
});

it('leaves out preflights', async () => {
  const preflight = new InMemoryLedger({ ...order('held'), held: true });
  const { updates } = updatesOf([preflight]);
  expect(await (await updates.watchAll(callers, undefined)).poll()).toEqual({ news: [] });
});
