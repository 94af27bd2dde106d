import { refusal } from '../../test/support/in-memory-drive.js';
import type { DestinationDrive, IdPage } from './ports/drive.js';
import { countTarget, type Target } from './target.js';

const { signal } = new AbortController();
const FOLDER: Target = { id: 'folder', depth: 1, isMyDrive: false };
const MY_DRIVE: Target = { id: 'root', depth: 0, isMyDrive: true };
const IN_DRIVE: Target = { ...FOLDER, driveId: 'drive' };

/** A destination whose lists have `pages` pages of `idsOnPage` ids; counts the requested pages. */
function listing(pages: number, idsOnPage = 2) {
  const asked = { folder: 0, drive: 0 };
  const list =
    (which: 'folder' | 'drive') =>
    async (_: string, token = '0'): Promise<IdPage> => {
      await new Promise(setImmediate);
      asked[which]++;
      const next = Number(token) + 1;
      const ids = Array.from({ length: idsOnPage }, (_id, index) => `${token} ${index}`);
      return { ids, incomplete: false, ...(next < pages && { nextPageToken: String(next) }) };
    };
  const destination = { childIds: list('folder'), driveItemIds: list('drive') } as unknown as DestinationDrive;
  return { asked, destination };
}

it.each([
  ['a folder', FOLDER, { folder: { items: 6, isMore: false } }],
  ['a folder of a shared drive', IN_DRIVE, { folder: { items: 6, isMore: false }, drive: { items: 6, isMore: false } }],
  ['My Drive, which has no limit', MY_DRIVE, undefined],
])('counts the items in %s', async (_, target, holds) => {
  expect(await countTarget(target, listing(3), signal).end()).toEqual(holds);
});

it('runs beside other work, and only a little longer', async () => {
  const drives = listing(1_000);
  const counting = countTarget(FOLDER, drives, signal);
  while (drives.asked.folder < 50) await new Promise(setImmediate);
  const { folder } = (await counting.end())!;
  expect(drives.asked.folder).toBeLessThanOrEqual(71);
  expect(folder).toEqual({ items: 2 * drives.asked.folder, isMore: true });
});

it('stops counting at the limit', async () => {
  const drives = listing(100, 200_000);
  expect(await countTarget(FOLDER, drives, signal).end()).toEqual({ folder: { items: 600_000, isMore: true } });
  expect(drives.asked.folder).toBe(3);
});

it('returns nothing for folders that it may not list, and rethrows errors of the account', async () => {
  const { destination } = listing(1);
  destination.driveItemIds = () => Promise.reject(refusal('not_found'));
  expect(await countTarget(IN_DRIVE, { destination }, signal).end()).toEqual({ folder: { items: 2, isMore: false } });
  destination.driveItemIds = () => Promise.reject(refusal('rate_limited'));
  await expect(countTarget(IN_DRIVE, { destination }, signal).end()).rejects.toMatchObject({ code: 'rate_limited' });
});

it('stops when planning ends', async () => {
  const { destination } = listing(1);
  let ends: AbortSignal | undefined;
  destination.childIds = (_id, _token, until) => {
    ends = until;
    return new Promise((_resolve, reject) => until.addEventListener('abort', () => reject(until.reason as Error)));
  };
  countTarget(FOLDER, { destination }, signal).stop();
  expect(ends?.aborted).toBe(true);
});
