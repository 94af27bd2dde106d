import { MAX_PAGES, pagesOf } from './listing.js';

async function pagesUntilError(next: (token: string | undefined) => string | undefined): Promise<[number, unknown]> {
  let pages = 0;
  try {
    const list = (token: string | undefined) => {
      const nextPageToken = next(token);
      return Promise.resolve({ incomplete: false, ...(nextPageToken !== undefined && { nextPageToken }) });
    };
    for await (const _page of pagesOf(list)) pages++;
    return [pages, undefined];
  } catch (error) {
    return [pages, error];
  }
}

it('reads every page of a list', async () => {
  expect(await pagesUntilError((token) => (token === '9' ? undefined : String(Number(token ?? 0) + 1)))).toEqual([
    10,
    undefined,
  ]);
});

it.each([
  ['itself', 1],
  ['two pages in turn', 2],
  ['seven pages in turn', 7],
])('stops at a list that returns to %s', async (_, length) => {
  const [pages, error] = await pagesUntilError((token) => String((Number(token ?? -1) + 1) % length));
  expect(pages).toBe(length + 1);
  expect(error).toMatchObject({ code: 'google_unavailable', message: expect.stringContaining('repeated') as string });
});

it('stops at a list that never ends', async () => {
  const [pages, error] = await pagesUntilError((token) => String(Number(token ?? 0) + 1));
  expect(pages).toBe(MAX_PAGES);
  expect(error).toMatchObject({ code: 'google_unavailable' });
});
