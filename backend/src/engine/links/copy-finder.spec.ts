import { aPlannedItem } from '../../../test/support/builders.js';
import { SkippingClock } from '../../../test/support/run-transfer.js';
import type { ItemRecord } from '../model/items.js';
import type { CopyRecords } from '../ports/copies.js';
import { CopyFinder } from './copy-finder.js';

const { signal } = new AbortController();

/** A transfer with an item for each id; `copy`: of its copy. Each look-up waits for `gate`. */
function aTransfer(items: Record<string, Partial<ItemRecord> & { copy?: string }>, gate = Promise.resolve()) {
  const lookUps: string[][] = [];
  const records = Object.entries(items).map(([sourceId, { copy, ...more }], ordinal): ItemRecord => ({
    ...aPlannedItem(ordinal),
    state: copy ? 'verified' : 'failed',
    attempts: 1,
    outcome: copy ? { destinationId: copy } : {},
    ...more,
    sourceId,
  }));
  const transfer: CopyRecords = {
    item: (ordinal) => Promise.resolve(records[ordinal]),
    ordinalsOf: async (ids) => {
      lookUps.push([...ids]);
      await gate;
      return new Map(records.filter(({ sourceId }) => ids.has(sourceId)).map((item) => [item.sourceId, item.ordinal]));
    },
  };
  return { transfer, lookUps };
}

const finderOf = (...transfers: { transfer: CopyRecords }[]) =>
  new CopyFinder(() => Promise.resolve(transfers.map(({ transfer }) => transfer)), new SkippingClock(), signal);

it('finds copies in the first transfer that has one', async () => {
  const own = aTransfer({ a: { copy: 'a1' }, b: {} });
  const older = aTransfer({ a: { copy: 'a2' }, b: { copy: 'b2' } });
  const newIdOf = await finderOf(own, older).find(['a', 'b', 'c']);
  expect(['a', 'b', 'c'].map(newIdOf)).toEqual(['a1', 'b2', undefined]);
  expect(older.lookUps).toEqual([['b', 'c']]);
});

it('finds no copy that an undo moved to the trash', async () => {
  const undone = aTransfer({ a: { state: 'verified', outcome: { destinationId: 'a1', undone: 'trashed' } } });
  expect((await finderOf(undone).find(['a']))('a')).toBeUndefined();
});

it('resolves a shortcut to its copy, or else to the copy of its target', async () => {
  const own = aTransfer({
    copied: { shortcutTargetId: 'target', copy: 'shortcut1' },
    skipped: { shortcutTargetId: 'target' },
    dangling: { shortcutTargetId: 'elsewhere' },
  });
  const older = aTransfer({ target: { copy: 'target2' } });
  const newIdOf = await finderOf(own, older).find(['copied', 'skipped', 'dangling']);
  expect(['copied', 'skipped', 'dangling'].map(newIdOf)).toEqual(['shortcut1', 'target2', undefined]);
});

it('looks ids up together that are requested while a look-up runs, and keeps the results', async () => {
  let open = () => {};
  const own = aTransfer({ a: { copy: 'a1' }, b: { copy: 'b1' } }, new Promise((resolve) => (open = resolve)));
  const finder = finderOf(own);
  const first = finder.find(['a']);
  while (own.lookUps.length === 0) await new Promise(setImmediate);
  const later = [finder.find(['b', 'c']), finder.find(['b', 'a']), finder.find(['d'])];
  open();
  expect((await first)('a')).toBe('a1');
  expect((await later[1]!)('b')).toBe('b1');
  await Promise.all(later);
  expect(own.lookUps).toEqual([['a'], ['b', 'c', 'a', 'd']]);
  expect((await finder.find(['a', 'c', 'd']))('a')).toBe('a1');
  expect(own.lookUps).toHaveLength(2);
});

it('reports a failed look-up to all that wait for it, and repeats it', async () => {
  const own = aTransfer({ a: { copy: 'a1' } });
  let fails = true;
  const finder = new CopyFinder(
    () => (fails ? Promise.reject(new Error('away')) : Promise.resolve([own.transfer])),
    new SkippingClock(),
    signal,
  );
  await expect(Promise.all([finder.find(['a']), finder.find(['a'])])).rejects.toThrow('away');
  fails = false;
  expect((await finder.find(['a']))('a')).toBe('a1');
});
