import { pageOf } from './page-query.dto.js';

const LETTERS = ['a', 'b', 'c', 'd', 'e'];

describe('a page of a short list', () => {
  it('is the whole list by default', () => {
    expect(pageOf(LETTERS, {})).toEqual({ page: LETTERS, next: {} });
    expect(pageOf([], {})).toEqual({ page: [], next: {} });
  });

  it('continues where the one before ended', () => {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const { page, next } = pageOf(LETTERS, { limit: 2, ...(cursor && { cursor }) });
      pages.push(page);
      cursor = next.nextCursor;
      if (!cursor) break;
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('is the last one if it ends with the list, and empty behind it', () => {
    expect(pageOf(LETTERS, { limit: 5 })).toEqual({ page: LETTERS, next: {} });
    expect(pageOf(LETTERS, { cursor: '3' })).toEqual({ page: ['d', 'e'], next: {} });
    expect(pageOf(LETTERS, { limit: 2, cursor: '9' })).toEqual({ page: [], next: {} });
  });
});
