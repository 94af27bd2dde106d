import { jest } from '@jest/globals';
import type { TransferState } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { KeptByRevision } from './kept-by-revision.js';

let now = 0;
/** How long deriving takes (ms). */
let takes = 0;
const derive = jest.fn((ledger: Ledger) => {
  now += takes;
  return Promise.resolve(ledger.order.id);
});
const aLedger = (id: string, revision: number, state: TransferState = 'completed') =>
  ({ order: { id }, snapshot: () => Promise.resolve({ revision, state }) }) as unknown as Ledger;
const aKept = () => new KeptByRevision(derive, () => now);

beforeEach(() => {
  derive.mockClear();
  takes = 0;
});

it('derives a value again only once the ledger has changed', async () => {
  const kept = aKept();
  expect([await kept.of(aLedger('a', 1)), await kept.of(aLedger('a', 1))]).toEqual(['a', 'a']);
  expect(derive).toHaveBeenCalledTimes(1);
  await kept.of(aLedger('a', 2));
  expect(derive).toHaveBeenCalledTimes(2);
});

it('keeps the values of the last few ledgers', async () => {
  const kept = aKept();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await kept.of(aLedger(id, 1));
  derive.mockClear();
  await kept.of(aLedger('e', 1));
  expect(derive).not.toHaveBeenCalled();
  await kept.of(aLedger('a', 1));
  expect(derive).toHaveBeenCalledTimes(1);
});

it('derives a value once for simultaneous readers, and again after a failure', async () => {
  const kept = aKept();
  let fail!: (error: Error) => void;
  derive.mockImplementationOnce(() => new Promise<string>((_, failed) => (fail = failed)));
  const readers = Promise.allSettled([1, 2, 3].map((revision) => kept.of(aLedger('a', revision, 'running'))));
  await new Promise(setImmediate);
  fail(new Error('Redis is away.'));
  expect((await readers).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  expect(derive).toHaveBeenCalledTimes(1);
  expect(await kept.of(aLedger('a', 3, 'running'))).toBe('a');
});

describe('while a transfer works', () => {
  it('spends at most a tenth of the time on it', async () => {
    const kept = aKept();
    takes = 1_000;
    for (let revision = 1; now < 110_000; revision++, now += 10) await kept.of(aLedger('a', revision, 'finishing'));
    expect(derive.mock.calls.length).toBeLessThanOrEqual(10);
  });

  it.each(['completed', 'canceling'] as const)('shows what it came to as soon as it is %s', async (state) => {
    const kept = aKept();
    takes = 1_000;
    await kept.of(aLedger('a', 1, 'finishing'));
    await kept.of(aLedger('a', 2, state));
    await kept.of(aLedger('a', 3, state));
    expect(derive).toHaveBeenCalledTimes(3);
  });

  it('does not share a value that is being derived with who already knows of its end', async () => {
    const kept = aKept();
    let end!: (value: string) => void;
    derive.mockImplementationOnce(() => new Promise<string>((done) => (end = done)));
    const before = kept.of(aLedger('a', 1, 'finishing'));
    const after = kept.of(aLedger('a', 2, 'completed'));
    await new Promise(setImmediate);
    end('old');
    expect(await Promise.all([before, after])).toEqual(['old', 'a']);
    expect(await kept.of(aLedger('a', 2, 'completed'))).toBe('a');
  });
});
