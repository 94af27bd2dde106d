import { Item } from '../../api/models/item';
import { speak } from '../../texts/catalogue';
import { originalOfItem, outcomeOfItem, storyOfItem, undoOfItem } from './item-labels';

const anItem = (parts: Partial<Item>): Item => ({
  ordinal: 1,
  path: 'Work/plan',
  name: 'plan',
  kind: 'file',
  mimeType: 'text/plain',
  size: 1,
  sourceId: 's1',
  state: 'verified',
  attempts: 1,
  ...parts,
});

afterEach(() => speak('en'));

it('states why the original of a move was kept, in the language of the page', async () => {
  const kept = anItem({ original: 'kept', originalCode: 'edited', reason: 'It was edited after it was copied.' });
  expect(outcomeOfItem(kept)).toBe('Verified, read back, original kept: it was edited after it was copied');
  await speak('de');
  expect(originalOfItem(kept)).toBe('behalten: es wurde nach dem Kopieren bearbeitet');
});

it('no longer says that an original is in the trash once an undo has restored it', () => {
  const moved = anItem({ original: 'trashed' });
  expect([outcomeOfItem(moved), originalOfItem(moved)]).toEqual([
    'Verified, read back, original in the trash',
    'in the trash',
  ]);
  const undone = anItem({ original: 'trashed', undone: 'trashed' });
  expect([outcomeOfItem(undone), originalOfItem(undone)]).toEqual(['Verified, read back', '']);
});

it('quotes Google if Google refused to trash an original', () => {
  expect(originalOfItem(anItem({ original: 'kept', reason: 'Not today.' }))).toBe('kept: Not today.');
});

it('distinguishes an item’s failure from the keeping of its original', () => {
  const failed = anItem({
    state: 'failed',
    code: 'source_changed',
    reason: 'Edited while being copied.',
    original: 'kept',
    originalCode: 'not_verified',
  });
  expect(outcomeOfItem(failed)).toBe('Edited while being copied.');
  expect(originalOfItem(failed)).toBe('kept: its copy is not verified');
});

it('states why an undo kept a copy', async () => {
  const left = anItem({ undone: 'left', undoneCode: 'copy_changed', undoneReason: 'It was changed.' });
  expect(undoOfItem(left)).toBe('The copy was kept: it was changed after the transfer');
  await speak('de');
  expect(undoOfItem(left)).toMatch(/: sie wurde nach der Übertragung geändert$/);
  expect(undoOfItem(anItem({ undone: 'trashed' }))).not.toContain(':');
});

it('says of a copy in a list what an undo did with it, instead of its evidence', () => {
  const checksum = { kind: 'md5', source: 'a', destination: 'a' } as const;
  expect(storyOfItem(anItem({ checksum }))).toBe('Verified, MD5 matches');
  expect(storyOfItem(anItem({ checksum, undone: 'trashed' }))).toBe(undoOfItem(anItem({ undone: 'trashed' })));
  const left = { undone: 'left', undoneCode: 'copy_changed' } as const;
  expect(storyOfItem(anItem({ checksum, ...left }))).toBe('The copy was kept: it was changed after the transfer');
});
