import type { SizePage } from './drive.port.js';
import type { FolderSizeDto } from './drive.dto.js';
import { MAX_SIZED_ITEMS, sizeOf } from './folder-size.js';

const file = (id: string, size: number | null = 10) => ({ id, kind: 'file' as const, size });
const folder = (id: string) => ({ id, kind: 'folder' as const, size: null });

async function sizesOf(pages: Record<string, SizePage>, now?: () => number): Promise<FolderSizeDto[]> {
  const sizes: FolderSizeDto[] = [];
  const page = async (id: string, token?: string) => pages[token ? `${id} ${token}` : id] ?? { items: [] };
  for await (const size of sizeOf('top', page, now)) sizes.push(size);
  return sizes;
}

it('adds up all pages of all folders below, and reports its progress', async () => {
  const sizes = await sizesOf({
    top: { items: [folder('a'), file('x')], nextPageToken: '2' },
    'top 2': { items: [file('y'), file('doc', null), file('x')] },
    a: { items: [folder('b'), file('z', 5)] },
    b: { items: [] },
  });
  expect(sizes[0]).toEqual({ items: 2, folders: 1, bytes: 10, done: false, isMore: false });
  expect(sizes.at(-1)).toEqual({ items: 6, folders: 2, bytes: 25, done: true, isMore: false });
});

it('stops at its limits, and reports that there is more', async () => {
  const many = Array.from({ length: MAX_SIZED_ITEMS }, (_, index) => file(`f${index}`));
  const [large] = await sizesOf({ top: { items: many, nextPageToken: '2' } });
  expect(large).toMatchObject({ items: MAX_SIZED_ITEMS, done: true, isMore: true });
  let time = 0;
  const slow = await sizesOf({ top: { items: [folder('a')] }, a: { items: [folder('b')] } }, () => (time += 20_000));
  expect(slow).toHaveLength(2);
  expect(slow.at(-1)).toMatchObject({ items: 2, done: true, isMore: true });
});

it('does not follow a cycle of folders', async () => {
  const sizes = await sizesOf({ top: { items: [folder('a')] }, a: { items: [folder('top'), folder('a')] } });
  expect(sizes.at(-1)).toMatchObject({ items: 1, done: true, isMore: false });
});
