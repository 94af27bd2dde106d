import { DriveError } from '../../engine/errors.js';
import type { DriveItem, ItemPage } from '../../engine/ports/drive.js';
import { GROUP_SIZE, GroupedListings } from './grouped-listings.js';

const item = (id: string, ...parents: string[]) => ({ id, parents }) as unknown as DriveItem;
const page = (...items: DriveItem[]): ItemPage => ({ items, incomplete: false });
const idsOf = (listed: ItemPage) => listed.items.map(({ id }) => id);

/** Folders a1, a2 … with one file each; tests can change the listings. */
function aDrive(answer: (folderIds: readonly string[]) => ItemPage | undefined = () => undefined) {
  const requests: (readonly string[])[] = [];
  const listings = new GroupedListings();
  const list = (folderIds: readonly string[]): Promise<ItemPage> => {
    requests.push(folderIds);
    return Promise.resolve().then(() => answer(folderIds) ?? page(...folderIds.map((id) => item(`in ${id}`, id))));
  };
  const ask = (folderId: string, kind = '') => listings.firstPage(folderId, kind, list);
  return { requests, ask, askAll: (count: number) => Promise.all(folders(count).map((id) => ask(id))) };
}
const folders = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);

it('lists folders requested at the same time with one request, and gives each its own items', async () => {
  const { requests, ask } = aDrive(() => page(item('x', 'a'), item('y', 'b'), item('z', 'a'), item('both', 'a', 'b')));
  const [a, b, empty] = await Promise.all([ask('a'), ask('b'), ask('c')]);
  expect(requests).toEqual([['a', 'b', 'c']]);
  expect(idsOf(a)).toEqual(['x', 'z', 'both']);
  expect(idsOf(b)).toEqual(['y', 'both']);
  expect(idsOf(empty)).toEqual([]);
});

it('lists many folders with a request for each full group', async () => {
  const { requests, askAll } = aDrive();
  const listed = await askAll(3 * GROUP_SIZE + 1);
  expect(requests.map(({ length }) => length)).toEqual([GROUP_SIZE, GROUP_SIZE, GROUP_SIZE, 1]);
  expect(listed.map(idsOf)).toEqual(folders(3 * GROUP_SIZE + 1).map((id) => [`in ${id}`]));
});

it('does not group folders that are requested with different fields', async () => {
  const { requests, ask } = aDrive();
  await Promise.all([ask('a', 'md5'), ask('b', 'sha256'), ask('c', 'md5')]);
  expect(requests).toEqual([['a', 'c'], ['b']]);
});

it('returns the response for a single folder unchanged', async () => {
  const answer = { ...page(item('x', 'a')), nextPageToken: 'more', incomplete: true };
  const { ask } = aDrive(() => answer);
  expect(await ask('a')).toEqual(answer);
});

it.each<[string, ItemPage | Error]>([
  ['has a second page', { ...page(item('x', 'a0')), nextPageToken: 'more' }],
  ['is incomplete', { ...page(item('x', 'a0')), incomplete: true }],
  ['is empty', page()],
  ['names no parent', page(item('x', 'a0'), item('y'))],
  ['is refused because a folder is gone', new DriveError('not_found')],
])('lists each folder separately where the response for the group %s', async (_, answer) => {
  const { requests, askAll } = aDrive((folderIds) => {
    if (folderIds.length === 1) return undefined;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  expect((await askAll(3)).map(idsOf)).toEqual([['in a0'], ['in a1'], ['in a2']]);
  expect(requests).toEqual([['a0', 'a1', 'a2'], ['a0'], ['a1'], ['a2']]);
});

it('rejects only the folder that no longer exists', async () => {
  const { ask } = aDrive((folderIds) => {
    if (folderIds.includes('gone')) throw new DriveError('not_found');
    return undefined;
  });
  const [a, gone] = await Promise.allSettled([ask('a'), ask('gone')]);
  expect(a).toMatchObject({ status: 'fulfilled' });
  expect(gone).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
});

it('rejects the whole group, without another request, where the account cannot be used', async () => {
  const { requests, ask } = aDrive(() => {
    throw new DriveError('google_unavailable');
  });
  const outcomes = await Promise.allSettled([ask('a'), ask('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(requests).toHaveLength(1);
});
