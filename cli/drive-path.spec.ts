import { parsePath, pathBelow } from './drive-path.ts';
import { TestProgram } from './testing/program.ts';

describe('a path', () => {
  const mine = { at: 'my_drive' };
  it.each([
    ['source:', 'source', mine, [], true],
    ['source:Work', 'source', mine, ['Work'], false],
    ['destination:Work/2024/', 'destination', mine, ['Work', '2024'], true],
    ['source:/Work//2024', 'source', mine, ['Work', '2024'], false],
    ['source:From Ana/Überblick 🎸', 'source', mine, ['From Ana', 'Überblick 🎸'], false],
    ['source:AC\\/DC/a\\\\b', 'source', mine, ['AC/DC', 'a\\b'], false],
    ['source:AC\\/', 'source', mine, ['AC/'], false],
    ['source:C:\\Temp', 'source', mine, ['C:\\Temp'], false],
    ['source:..', 'source', mine, ['..'], false],
    ['source:id:1AbC', 'source', { at: 'id', value: '1AbC' }, [], false],
    ['source:id:-AbC/Reports', 'source', { at: 'id', value: '-AbC' }, ['Reports'], false],
    ['source:/id:card', 'source', mine, ['id:card'], false],
    ['source:drive:Sales/2024', 'source', { at: 'drive', value: 'Sales' }, ['2024'], false],
    ['source:shared:Plan', 'source', { at: 'shared' }, ['Plan'], false],
  ])('%j is read as people mean it', (text, side, start, names, isFolder) => {
    expect(parsePath(text)).toEqual({ side, start, names, isFolder });
  });

  it.each(['Work', '/home/ana', 'drive:Work', 'Source:Work', '', 'source:id:', 'source:drive:/x'])(
    '%j is refused with the way to write it',
    (text) => {
      expect(() => parsePath(text)).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
    },
  );
});

describe('a printed path', () => {
  const NAMES = [
    ...['Plan', 'Notes:', ':', 'id:card', 'drive:', 'shared:', 'shared:Plan', 'source:', 'a: b', '/', '\\', 'AC/DC'],
    ...['/id:card', 'C:\\', '\\/', 'a\\/', 'two\nlines', ' ', '..'],
  ];
  const starts = [
    'source:',
    'destination:',
    'source:shared:',
    'source:id:1AbC',
    ...NAMES.map((name) => `source:drive:${name.replaceAll(/[\\/]/g, '\\$&')}`),
  ];
  it.each(starts)('below %j is read back as the names that it has', (start) => {
    const { start: where } = parsePath(start);
    const below = NAMES.flatMap((first) => [[first], ...NAMES.map((second) => [first, second])]);
    const read = below.map((names) => parsePath(names.reduce(pathBelow, start)));
    expect(read).toEqual(below.map((names) => ({ side: start.split(':')[0], start: where, names, isFolder: false })));
  });
});

describe('finding what a path names', () => {
  const file = (id: string, name: string, kind = 'file', more = {}) => ({
    ...{ id, name, kind, size: 1, modifiedTime: '2026-01-02T03:04:05Z', ...more },
  });
  const FOLDER = { shortcutTargetMimeType: 'application/vnd.google-apps.folder' };
  const folders: Record<string, object[]> = {
    root: [
      file('n', 'Notes:', 'folder'),
      ...[file('w', 'Work', 'folder'), file('l1', 'Logo.png'), file('l2', 'Logo.png'), file('p', 'Plan', 'folder')],
      ...[file('pf', 'Plan'), file('u', 'Cafe\u0301', 'folder'), file('x', 'AC/DC'), file('k', 'id:card')],
      ...[file('s', 'To work', 'shortcut', { shortcutTargetId: 'w', ...FOLDER }), file('e', 'bad\u001b[2Jname')],
    ],
    w: [file('a', 'a.txt'), file('b', 'b', 'folder')],
    n: [file('np', 'Plan')],
  };
  const program = new TestProgram({
    'GET /list-files': (request) => {
      const { searchParams } = new URL(request.url);
      const all = folders[searchParams.get('folder_id')!] ?? [];
      // In two pages, as Google may.
      const rest = searchParams.get('page_token') === 'rest';
      return rest
        ? { files: all.slice(3) }
        : { files: all.slice(0, 3), ...(all.length > 3 && { nextPageToken: 'rest' }) };
    },
  });
  const list = async (path: string) => {
    const code = await program.run('ls', path, '--ids', '--json');
    return code === 0 ? program.lines.map(({ id }) => id) : { code, error: program.lines[0] };
  };

  it.each([
    ['source:Work', ['a', 'b']],
    ['source:To work', ['a', 'b']],
    ['source:Work/a.txt', ['a']],
    ['source:Plan/', []],
    ['source:Caf\u00e9', []],
    ['source:AC\\/DC', ['x']],
    ['source:/id:card', ['k']],
  ])('finds %j', async (path, ids) => {
    const found = await list(path);
    // A shortcut as the last name is the shortcut itself.
    expect(found).toEqual(path === 'source:To work' ? ['s'] : ids);
  });

  it('refuses a name that two items have, and names both with their ids', async () => {
    expect(await list('source:Logo.png')).toMatchObject({
      code: 2,
      error: { type: 'error', code: 'ambiguous', candidates: [{ path: 'source:id:l1', id: 'l1' }, { id: 'l2' }] },
    });
    await program.run('ls', 'source:Logo.png');
    expect(program.stderr).toMatch(/2 items have this name[^]*source:id:l1 .*\n.*source:id:l2 /);
    // A slash at the end says which of the two is meant.
    expect(await list('source:Plan')).toMatchObject({ code: 2, error: { code: 'ambiguous' } });
  });

  it('follows a shortcut to a folder on the way', async () => {
    expect(await list('source:To work/a.txt')).toEqual(['a']);
  });

  it.each([
    ['source:work', /"source:work" does not exist\. There is "source:Work"\./],
    ['source:Work/none/x', /"source:Work\/none" does not exist\./],
    ['source:Logo.png/x', /"source:Logo.png" is not a folder/],
  ])('says what is missing of %j, and what is alike', async (path, message) => {
    expect(await program.run('ls', path)).toBe(2);
    expect(program.stderr).toMatch(message);
  });

  it('prints paths that can be given to the next command', async () => {
    await program.run('ls', 'source:Notes:', '--json');
    const [{ path } = {}] = program.lines;
    expect(path).toBe('source:Notes:/Plan');
    expect(await list(path as string)).toEqual(['np']);
  });

  it('guesses nothing from a list that Google cut short', async () => {
    const cut = new TestProgram({ 'GET /list-files': () => ({ files: [file('w', 'Work')], incompleteSearch: true }) });
    expect(await cut.run('ls', 'source:Work')).toBe(1);
    expect(cut.stderr).toBe('Error: Google listed a folder of the source incompletely. Try again.\n');
  });

  it('shows no control character of a name', async () => {
    await program.run('ls', 'source:');
    expect(program.stdout).toContain('bad\u{fffd}[2Jname');
    expect(program.stdout).not.toContain('\u001b');
  });
});
