import {
  flag,
  int64,
  key,
  link,
  listOf,
  mapOf,
  objectOf,
  parseBounded,
  SMALL_ANSWER,
  text,
  time,
} from './google-answers.js';

const file = objectOf({ id: key, name: text }, { size: int64, starred: flag, at: time, page: link, tags: mapOf(text) });

it('reads the requested fields, treats null as absent, and leaves out all others', () => {
  const answer = { id: 'a', name: '', size: '12', starred: null, at: '2026-01-01T00:00:00Z', other: [[]] };
  expect(file(answer)).toEqual({ id: 'a', name: '', size: 12, at: '2026-01-01T00:00:00Z' });
  expect(file({ id: 'a', name: 'b', page: 'https://x/', tags: { a: 'b' } })).toEqual({
    id: 'a', name: 'b', page: 'https://x/', tags: { a: 'b' },
  }); // oxfmt-ignore
  expect(file({ id: 'a', name: 'b', page: 'javascript:alert(1)' })).toEqual({ id: 'a', name: 'b' });
});

it.each<[string, unknown, RegExp]>([
  ['no object', [], /^The answer is no object/],
  ['a missing field', { name: 'n' }, /\.id is no text/],
  ['an empty id', { id: '', name: 'n' }, /\.id is no key/],
  ['a number for a text', { id: 'a', name: 7 }, /\.name is no text/],
  ['an object for a text', { id: 'a', name: { toString: 'x' } }, /\.name/],
  ['a number for an int64', { id: 'a', name: 'n', size: 12 }, /\.size/],
  ['a number that is not exact any more', { id: 'a', name: 'n', size: '9223372036854775807' }, /\.size/],
  ['a negative size', { id: 'a', name: 'n', size: '-1' }, /\.size/],
  ['a text for a boolean', { id: 'a', name: 'n', starred: 'false' }, /\.starred/],
  ['a time that is none', { id: 'a', name: 'n', at: 'yesterday' }, /\.at/],
  ['a list for an object', { id: 'a', name: 'n', tags: [] }, /\.tags/],
  ['a wrong value in a map', { id: 'a', name: 'n', tags: { x: 1 } }, /\.tags\.\*/],
])('names the invalid field without its value: %s', (_, answer, where) => {
  expect(() => file(answer)).toThrow(SyntaxError);
  expect(() => file(answer)).toThrow(where);
  expect(() => listOf(file)([answer])).toThrow(/\[0\]/);
});

it('does not read a property inherited from Object as a field of the response', () => {
  expect(objectOf({}, { constructor: text, toString: text })({})).toEqual({});
});

describe('JSON within bounds', () => {
  const parse = (json: string, bounds = SMALL_ANSWER) => parseBounded(Buffer.from(json), bounds);

  it('is parsed as usual, with brackets inside strings', () => {
    for (const value of [{ a: '[[[[[{{{{"\\', b: ['\\\\"', { c: null }] }, [], 'x\\"', 7])
      expect(parse(JSON.stringify(value), { bytes: 0, depth: 3, parts: 10 })).toEqual(value);
  });

  it.each([
    ['four megabytes of nested lists', '['.repeat(4_000_000)],
    ['nested objects', '{"a":'.repeat(17) + '1' + '}'.repeat(17)],
    ['very many values', `[${'1,'.repeat(20_000)}1]`],
    ['very many lists', `[${'[],'.repeat(20_000)}[]]`],
    ['very many names', `{${Array.from({ length: 20_000 }, (_, i) => `"${i}":1`).join()}}`],
    ['a text without end', `"${'\\"'.repeat(100_000)}`],
  ])('is rejected before it uses memory: %s', (_, json) => {
    expect(() => parse(json)).toThrow(SyntaxError);
  });
});
