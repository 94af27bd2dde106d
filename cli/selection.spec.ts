import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dateOf, sizeOf, textOf } from './selection.ts';
import { aPreflight, events, TestProgram } from './testing/program.ts';

it.each([
  ['1500', 1500],
  ['10MB', 10e6],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['2k', 2000],
])('reads the size %j', (text, size) => {
  expect(sizeOf(text)).toBe(size);
});

it.each(['', '10 apples', '-1', '1e3'])('refuses the size %j', (text) => {
  expect(() => sizeOf(text)).toThrow(/is not a size/);
});

it('reads a date as its first moment in UTC, and refuses others', () => {
  expect(dateOf('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
  expect(dateOf('2026-01-31T18:00:00+01:00')).toBe('2026-01-31T17:00:00.000Z');
  for (const text of ['31.1.2026', '2026-13-01', 'yesterday']) expect(() => dateOf(text)).toThrow(/is not a date/);
  expect(dateOf('2028-02-29T23:00:00-05:00')).toBe('2028-03-01T04:00:00.000Z');
  for (const text of ['2026-02-30', '2026-02-29', '2026-04-31T10:00:00Z'])
    expect(() => dateOf(text)).toThrow(/its month has no such day/);
});

describe('what copy asks for', () => {
  const listed = [{ id: 'w', name: 'Work', kind: 'folder' }];
  const program = new TestProgram({
    'GET /list-files': { files: listed },
    'POST /api/preflights': aPreflight(),
    'GET /api/preflights/pA2kQ0n7cJmWl9b3XyT1uQ/events': events('preflight', aPreflight()),
  });
  const asked = async (...args: string[]) => {
    program.requests.length = 0;
    expect([await program.run('check', ...args), program.stderr]).toEqual([0, expect.any(String)]);
    const request = program.requests.find(({ method }) => method === 'POST')!;
    return (await request.clone().json()) as Record<string, unknown>;
  };

  it('is the item, and a folder that is created if it is missing', async () => {
    expect(await asked('source:Work', 'destination:From Ana')).toEqual({
      items: ['w'],
      target: { folderId: 'root', newFolderName: 'From Ana' },
      mode: 'copy',
    });
    expect(await asked('source:', 'destination:Work')).toMatchObject({ items: ['root'], target: { folderId: 'w' } });
  });

  it('has every option', async () => {
    const people = join(program.home, 'people.csv');
    writeFileSync(people, '\ufefffrom,to\r\n@old.example,@new.example\r\n');
    const options = [
      ...['--move', '--conflict', 'keep-both', '--shortcuts', 'follow', '--allow-conversion', '--type', 'image,pdf'],
      ...['--match', '*.pdf', '--min-size', '1kB', '--max-size', '2kB', '--modified-after', '2026-01-01'],
      ...['--modified-before', '2026-02-01', '--owner', 'me', '--people', people, '--unmapped', 'drop'],
      ...['--anyone', 'restrict', '--original-owner', 'reader', '--outsiders', 'drop', '--notify'],
      ...['--links', 'rewrite', '--hours', '20:00-06:00', '--timezone', 'Europe/Berlin'],
    ];
    expect(await asked('source:Work', 'destination:', ...options)).toEqual({
      items: ['w'],
      target: { folderId: 'root' },
      ...{ mode: 'move', conflict: 'keepBoth', shortcuts: 'follow', allowConversion: true },
      filter: {
        ...{ types: ['image', 'pdf'], name: '*.pdf', minSize: 1000, maxSize: 2000, owner: 'me' },
        ...{ modifiedAfter: '2026-01-01T00:00:00.000Z', modifiedBefore: '2026-02-01T00:00:00.000Z' },
      },
      sharing: {
        ...{ mode: 'carry', unmapped: 'drop', links: 'restrict', owner: 'reader', outsiders: 'drop', notify: true },
        // Without the byte-order mark; the server reads the line ends of Windows.
        people: 'from,to\r\n@old.example,@new.example\r\n',
      },
      links: 'rewrite',
      schedule: { hours: { from: '20:00', to: '06:00' }, timezone: 'Europe/Berlin' },
    });
  });

  it.each([
    [['source:Work'], /Name what to copy/],
    [['source:Work', 'source:Work'], /last path must be in the destination/],
    [['destination:Work', 'destination:'], /must be in the source/],
    [['source:Work', 'destination:a/b'], /"destination:a" does not exist/],
    [['source:Work', 'destination:', '--anyone', 'drop'], /need --sharing/],
    [['source:Work', 'destination:', '--links', 'drop'], /Allowed choices are leave, report, rewrite/],
    [['source:Work', 'destination:', '--people', '/nowhere.csv'], /cannot be read/],
    [['source:Work', 'destination:', '--hours', 'nights'], /20:00-06:00/],
    [['source:Work', 'destination:', '--timezone', 'UTC'], /needs --hours/],
    [['source:Work', 'destination:', '--conflict', 'ask'], /Allowed choices are keep-both/],
  ])('refuses %j', async (args, message) => {
    expect([await program.run('check', ...args), program.stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

it.each([
  ['UTF-8 with a byte-order mark', Buffer.from('\ufefffrom;to\r\n')],
  ['UTF-16', Buffer.from('\ufefffrom;to\r\n', 'utf16le')],
  ['the code page of Windows', Buffer.from('from;to\r\n', 'latin1')],
])('reads a file in %s', (_what, content) => {
  expect(textOf(content)).toBe('from;to\r\n');
});

it('reads umlauts of the code page of Windows', () => {
  expect(textOf(Buffer.from('jörg@example.com', 'latin1'))).toBe('jörg@example.com');
});
