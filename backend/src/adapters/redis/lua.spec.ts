import { fields, oneOf, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';

const KEYS = { main: '{t}', 'under-way': '{t}:under-way' };
const redisThat = (replies: unknown, calls: unknown[] = []) => {
  const answer = async (...values: unknown[]) => (calls.push(values), replies);
  return { cmTest: answer, cmOther: answer } as unknown as RedisClient;
};

it('gives a script its keys and arguments by name, and its result a name', async () => {
  const test = script('cmTest', {
    keys: ['main', 'under-way'],
    args: { ordinal: 'text', bytes: 'number', last: 'flag' },
    columns: ['id', 'size'],
    reply: oneOf('refused', 'taken'),
    lua: 'return taken',
  });
  expect(test.lua.split('\n')).toEqual([
    'local main, under_way = KEYS[1], KEYS[2]',
    "local ordinal, bytes, last = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'",
    'local function rows()',
    '  local at = 2',
    '  return function() at = at + 2 return ARGV[at + 0], ARGV[at + 1] end',
    'end',
    'local refused, taken = 0, 1',
    'return taken',
  ]);
  const calls: unknown[] = [];
  const rows = [
    { id: 'a', size: 1 },
    { id: 'b', size: 2 },
  ];
  expect(await run(redisThat(1, calls), test, KEYS, { rows, last: true, bytes: 7, ordinal: 3 })).toBe('taken');
  expect(calls).toEqual([['{t}', '{t}:under-way', 3, 7, 1, 'a', 1, 'b', 2]]);
});

it('reads several results by name', async () => {
  const test = script('cmOther', {
    keys: ['main'],
    reply: fields<{ base: string; found: number }>('base', 'found'),
    lua: "local found, base = 2, '0'",
  });
  expect(test.lua.split('\n').at(-1)).toBe('return { base, found }');
  expect(await run(redisThat(['0', 2]), test, KEYS, {})).toEqual({ base: '0', found: 2 });
});

it('refuses a second script of the same name, which would run in place of the first one', () => {
  const define = (lua: string) => script('cmTwice', { keys: ['main'], reply: oneOf('done'), lua });
  define('return 0');
  expect(() => define('return 0')).not.toThrow();
  expect(() => define('return 1')).toThrow('Two scripts are called cmTwice.');
});
