import { DestinationFolders } from './destination-folders.js';
import type { ItemRecord } from './model/items.js';

/** A ledger with one folder, and its state at each read. */
function folders(...states: string[]) {
  let reads = 0;
  const item = async () => ({ state: states[reads++], outcome: { destinationId: `id${reads}` } });
  const found = new DestinationFolders({ item } as never, {} as never);
  return { reads: () => reads, found, idOf: () => found.parentIdOf({ parent: 7 } as ItemRecord) };
}

it('reads a folder once for all items that start together', async () => {
  const { idOf, reads } = folders('verified');
  expect(await Promise.all([idOf(), idOf(), idOf()])).toEqual(['id1', 'id1', 'id1']);
  expect(await idOf()).toBe('id1');
  expect(reads()).toBe(1);
});

it('reads a folder again that was not created (yet), or may have another id', async () => {
  const { idOf, found } = folders('failed', 'waiting', 'verified', 'verified');
  expect(await idOf()).toBeUndefined();
  await expect(idOf()).rejects.toMatchObject({ code: 'stopped' });
  expect(await idOf()).toBe('id3');
  found.forget();
  expect(await idOf()).toBe('id4');
});
