import { matcherOf } from './filter.js';
import { FILTER_TYPES, typeOf } from './model/google-types.js';
import type { DriveItem } from './ports/drive.js';
import type { ItemFilter } from './model/order.js';

const ANA = 'ana@example.com';

const anItem = (more: Partial<DriveItem> = {}): DriveItem => ({
  id: 'a',
  name: 'a',
  mimeType: 'text/plain',
  kind: 'file',
  size: 10,
  checksums: {},
  starred: false,
  parents: [],
  trashed: false,
  ownedByMe: true,
  canCopy: true,
  canDownload: true,
  canAddChildren: false,
  canListChildren: false,
  ...more,
});
const takes = (filter: ItemFilter | undefined, more: Partial<DriveItem>): boolean =>
  matcherOf(filter, ANA)(anItem(more));

it('includes every item without a filter', () => {
  expect(takes(undefined, {})).toBe(true);
  expect(takes({}, { size: null })).toBe(true);
});

it('includes only items that match every condition', () => {
  const filter: ItemFilter = { name: '*.pdf', minSize: 5 };
  expect(takes(filter, { name: 'a.pdf' })).toBe(true);
  expect(takes(filter, { name: 'a.txt' })).toBe(false);
  expect(takes(filter, { name: 'a.pdf', size: 4 })).toBe(false);
});

describe('by name', () => {
  it.each([
    ['report.pdf', 'Report.PDF', true],
    ['*.pdf', '.pdf', true],
    ['*.pdf', 'a.pdf.zip', false],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['?', '🌵', true],
    ['??', 'x', false],
    ['*', '', true],
    ['a.c', 'abc', false],
    ['[a-z]*', '[A-Z] plan', true],
    ['*ab*ab', 'ab', false],
    ['a?c*e', 'abcde', true],
  ])('%s and %s: %s', (name, itemName, expected) => {
    expect(takes({ name }, { name: itemName })).toBe(expected);
  });

  it('takes time proportional to the name, whatever the pattern', () => {
    let looks = 0;
    const letters = Array.from('a'.repeat(2_000));
    const name = { toLowerCase: () => ({ [Symbol.iterator]: () => (looks++, letters[Symbol.iterator]()) }) };
    expect(takes({ name: `${'*a'.repeat(50)}*b` }, { name: name as unknown as string })).toBe(false);
    expect(looks).toBe(1);
  });
});

describe('by size', () => {
  it('includes both ends', () => {
    for (const size of [5, 10]) expect(takes({ minSize: 5, maxSize: 10 }, { size })).toBe(true);
    for (const size of [4, 11]) expect(takes({ minSize: 5, maxSize: 10 }, { size })).toBe(false);
  });

  it('counts an item without bytes as 0', () => {
    const doc = { kind: 'google', size: 900 } as const; // the size that Google states for a Doc is not its size
    expect(takes({ maxSize: 0 }, doc)).toBe(true);
    expect(takes({ minSize: 1 }, doc)).toBe(false);
    expect(takes({ minSize: 1 }, { size: null })).toBe(false);
  });
});

describe('by time', () => {
  const filter: ItemFilter = { modifiedAfter: '2024-01-01T00:00:00Z', modifiedBefore: '2024-12-31T00:00:00+02:00' };

  it.each([
    ['2023-12-31T23:59:59.999Z', false],
    ['2024-01-01T00:00:00.000Z', true],
    ['2024-12-30T22:00:00.000Z', true],
    ['2024-12-30T22:00:00.001Z', false],
  ])('%s: %s', (modifiedTime, expected) => {
    expect(takes(filter, { modifiedTime })).toBe(expected);
  });

  it('includes an item whose time is not stated: one too many is better than one lost', () => {
    expect(takes(filter, {})).toBe(true);
  });
});

describe('by owner', () => {
  it('takes "me" for the source account, and compares addresses without case', () => {
    expect(takes({ owner: 'me' }, { ownedByMe: true })).toBe(true);
    expect(takes({ owner: 'me' }, { ownedByMe: false, owner: ANA })).toBe(false);
    expect(takes({ owner: 'Carl@Example.com' }, { owner: 'carl@example.com' })).toBe(true);
    expect(takes({ owner: 'carl@example.com' }, {})).toBe(false); // shared drives own their items
  });
});

describe('by type', () => {
  it.each([
    ['application/vnd.google-apps.document', 'document'],
    ['text/csv', 'document'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'spreadsheet'],
    ['application/vnd.google-apps.presentation', 'presentation'],
    ['application/pdf', 'pdf'],
    ['application/pdf+zip', 'other'],
    ['image/heic', 'image'],
    ['application/vnd.google-apps.vid', 'video'],
    ['audio/flac', 'audio'],
    ['application/x-7z-compressed', 'archive'],
    ['application/vnd.google-apps.form', 'other'],
    ['', 'other'],
  ])('%s is of %s', (mimeType, type) => {
    expect(typeOf(mimeType)).toBe(type);
    for (const each of FILTER_TYPES) expect(takes({ types: [each] }, { mimeType })).toBe(each === type);
  });
});
