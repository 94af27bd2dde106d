import type { Ledger } from '../engine/ports/ledger.js';
import { callersOf, plannedFiles } from '../../test/support/builders.js';
import type { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { aFile, aStartedTransfer } from '../../test/support/started-transfer.js';
import { TransferContents } from './transfer-contents.js';
import { TransferLookup } from './transfer-lookup.js';
import type { TransferStore } from './transfer-store.port.js';

const callers = callersOf('ana', 'ben').sessions;
/** For dependencies that these tests do not use. */
const nobody = undefined as never;
/** Finds this ledger by any id. */
const contentsOf = (ledger: Ledger) => {
  const store = { find: () => Promise.resolve(ledger) } as unknown as TransferStore;
  return new TransferContents(new TransferLookup(store, nobody));
};

describe('items', () => {
  const FOUND = 45_000;

  it('searches at most 20,000 in one response, and continues to the requested one', async () => {
    const ledger = await aStartedTransfer(plannedFiles(FOUND));
    const answers: { found: number; cursor: string | undefined }[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await contentsOf(ledger).items('id', callers, {
        q: `FILE ${FOUND - 1}`,
        limit: 10,
        ...(cursor && { cursor }),
      });
      answers.push({ found: page.items.length, cursor: page.nextCursor });
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    expect(answers).toEqual([
      { found: 0, cursor: '20000' },
      { found: 0, cursor: '40000' },
      { found: 1, cursor: undefined },
    ]);
  });

  it('finds exceptions without reading the plan', async () => {
    const ledger = await aStartedTransfer(plannedFiles(FOUND));
    await ledger.settle(aFile(7), 'failed', { code: 'not_found', reason: 'Gone.' });
    await ledger.settle(aFile(44_998), 'skipped', { code: 'canceled' });
    await ledger.settle(aFile(44_999), 'failed', { code: 'not_found', reason: 'Gone.' });
    let read = 0;
    const counting = Object.assign(Object.create(ledger) as InMemoryLedger, {
      items: async (from: number, count: number) => {
        const records = await ledger.items(from, count);
        read += records.length;
        return records;
      },
    });
    const ordinals = async (query: object) =>
      (await contentsOf(counting).items('id', callers, { limit: 10, ...query })).items.map(({ ordinal }) => ordinal);
    expect(await ordinals({ state: 'failed' })).toEqual([7, 44_999]);
    expect(await ordinals({ reason: 'not_found' })).toEqual([7, 44_999]);
    expect(await ordinals({ reason: 'canceled' })).toEqual([44_998]);
    expect(await ordinals({ state: 'failed', cursor: '8' })).toEqual([44_999]);
    expect(await ordinals({ state: 'verified' })).toEqual([]);
    expect(read).toBeLessThan(10_000);
  });
});
