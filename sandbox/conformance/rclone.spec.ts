import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from '../testing/test-client.ts';
import { bytes, md5, TestRclone } from '../testing/test-rclone.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const DOCS = 'application/vnd.google-apps.';
const MB = 1024 * 1024;

/**
 * rclone as Debian ships it, which knows Google and nothing of us: where it disagrees with the sandbox, it is right. It
 * runs with a single try, so that no retry hides anything.
 */
describe('rclone', () => {
  let rclone: TestRclone;
  let local: string;
  beforeAll(async () => {
    rclone = await TestRclone.start();
    local = rclone.local;
  });
  afterAll(() => rclone?.close());
  beforeEach(() => rclone.reset());

  const lines = (out: string): string[] => out.split('\n').filter(Boolean).sort();

  it('uploads files of every kind, whole and in chunks, and finds every byte there', async () => {
    const files = { 'empty.txt': 0, 'small.txt': 5, 'exactly.bin': 8 * MB, 'large.bin': 20 * MB + 12_345 };
    mkdirSync(join(local, 'sub/deeper/empty'), { recursive: true });
    for (const [name, size] of Object.entries(files)) {
      writeFileSync(join(local, 'sub', name), bytes(size, name));
      utimesSync(join(local, 'sub', name), 1_000_000_000, 1_000_000_000.123);
    }
    await rclone.run(['copy', '--create-empty-src-dirs', 'local', 'alice:up']);
    expect(await rclone.asked('files.upload')).toBe(2);
    expect(await rclone.asked('files.upload.start')).toBe(2);
    // Chunks of 8 MiB: one, and two with the rest.
    expect(await rclone.asked('files.upload.chunk')).toBe(1 + 3);
    for (const [name, size] of Object.entries(files))
      expect(await rclone.at(`up/sub/${name}`)).toMatchObject({
        size,
        md5: md5(bytes(size, name)),
        modifiedTime: '2001-09-09T01:46:40.123Z',
      });
    expect((await rclone.at('up/sub/deeper/empty')).mimeType).toBe(FOLDER);
    await rclone.run(['check', '--download', 'local', 'alice:up']);

    // Of a length nobody knows: short ones are collected first, long ones go as bytes a-b/*.
    for (const [name, size] of Object.entries({ none: 0, short: 70_000, long: 9 * MB + 1, whole: 16 * MB })) {
      const data = bytes(size, name);
      await rclone.run(['rcat', '--streaming-upload-cutoff', '64k', `alice:streams/${name}`], data);
      expect(await rclone.at(`streams/${name}`)).toMatchObject({ size, md5: md5(data) });
    }
    // The smallest chunks Drive takes.
    await rclone.test.control.clearStats();
    writeFileSync(join(local, 'chunky'), bytes(MB + 1, 'chunky'));
    await rclone.run(['copy', '--drive-upload-cutoff', '0', '--drive-chunk-size', '256k', 'local/chunky', 'alice:']);
    expect(await rclone.asked('files.upload.chunk')).toBe(5);
    expect((await rclone.at('chunky')).md5).toBe(md5(bytes(MB + 1, 'chunky')));

    // And something wrong is found.
    await rclone.test.behave({ faults: [{ operation: 'files.download', name: 'small.txt', kind: 'wrongBytes' }] });
    const checked = await rclone.try(['check', '--download', '--combined', '-', 'local/sub', 'alice:up/sub']);
    expect(checked.code).toBe(1);
    expect(lines(checked.out)).toEqual(['* small.txt', '= empty.txt', '= exactly.bin', '= large.bin']);
    await rclone.test.behave({});
  });

  it('takes odd names there and back', async () => {
    const odd = [
      ...[
        ' before',
        'after ',
        'dot.',
        '.hidden',
        '...',
        `it's "quoted"`,
        'back\\slash',
        '\\',
        '100%',
        '%2F',
        '~',
        '～',
      ],
      ...['émoji 😀', 'e\u0301 in two', '日本語', 'q?*<>|:', 'a&b=c+d#e', 'line\nbreak', 'a'.repeat(200), "'", "\\'"],
    ];
    for (const name of odd) writeFileSync(join(local, name), name);
    mkdirSync(join(local, "a folder's \\ name"));
    writeFileSync(join(local, "a folder's \\ name", 'inside'), 'x');
    await rclone.run(['copy', 'local', 'alice:odd']);
    const there = (await rclone.tree()).filter((item) => item.names.length === 2).map(({ name }) => name);
    expect(there.sort()).toEqual([...odd, "a folder's \\ name"].sort());
    await rclone.run(['check', '--download', 'local', 'alice:odd']);
    for (const name of ['it\'s "quoted"', "\\'", '100%', "a folder's \\ name/inside"])
      expect(await rclone.run(['cat', `alice:odd/${name}`])).toBe(name.endsWith('inside') ? 'x' : name);

    // What only Drive can have: a slash in a name, and the names that mean folders elsewhere.
    const drive = await rclone.test.folder('only there');
    for (const name of ['and/or', '.', '..', '/']) await rclone.test.file(name, name, { parents: [drive] });
    await rclone.run(['copy', 'alice:only there', 'back']);
    expect(readdirSync(join(rclone.folder, 'back')).sort()).toEqual(['．', '．．', 'and／or', '／'].sort());
    await rclone.run(['copy', 'back', 'alice:again']);
    const again = (await rclone.tree()).filter(({ names }) => names[0] === 'again' && names.length === 2);
    expect(again.map(({ name }) => name).sort()).toEqual(['.', '..', '/', 'and/or']);
  });

  it('overwrites a file in its place', async () => {
    writeFileSync(join(local, 'f'), 'first');
    await rclone.run(['copy', 'local', 'alice:']);
    const first = await rclone.at('f');
    for (const [content, more] of [
      ['second', []],
      ['', []],
      ['chunked'.repeat(100_000), ['--drive-upload-cutoff', '0']],
    ] as const) {
      writeFileSync(join(local, 'f'), content);
      utimesSync(join(local, 'f'), 1_100_000_000, 1_100_000_000);
      await rclone.run(['copy', '--ignore-times', ...more, 'local', 'alice:']);
      expect(await rclone.at('f')).toMatchObject({
        id: first.id,
        md5: md5(content),
        modifiedTime: '2004-11-09T11:33:20.000Z',
      });
    }
    // Earlier revisions stay readable forever where the client asked to keep them.
    const kept = async (): Promise<unknown[]> => {
      const { json } = await rclone.test.drive('GET', `files/${first.id}/revisions?fields=revisions/keepForever`);
      return (json['revisions'] as unknown as { keepForever: boolean }[]).map(({ keepForever }) => keepForever);
    };
    expect(await kept()).toEqual([false, false, false, false]);
    await rclone.run(['copy', '--ignore-times', '--drive-keep-revision-forever', 'local', 'alice:']);
    expect(await kept()).toEqual([false, false, false, false, true]);

    await rclone.run(['touch', '-C', '-t', '2020-01-02T03:04:05', 'alice:f']);
    expect((await rclone.at('f')).modifiedTime).toBe('2020-01-02T03:04:05.000Z');
    await rclone.run(['sync', 'local', 'alice:']);
    expect((await rclone.at('f')).modifiedTime).toBe('2004-11-09T11:33:20.000Z');
  });

  it('copies on the server, within an account and across accounts', async () => {
    const source = await rclone.test.folder('from');
    const sub = await rclone.test.folder('sub', source);
    const when = { modifiedTime: '2012-03-04T05:06:07.890Z' };
    await rclone.test.file('a', 'aa', { parents: [source], ...when });
    await rclone.test.file('b', 'bbb', { parents: [sub], ...when });
    await rclone.test.make({ name: 'Doc', mimeType: `${DOCS}document`, parents: [sub], description: 'about it' });
    await rclone.test.control.clearStats();
    await rclone.run(['copy', 'alice:from', 'alice:to']);
    expect([
      await rclone.asked('files.copy'),
      await rclone.asked('files.download'),
      await rclone.asked('files.export'),
    ]).toEqual([3, 0, 0]);
    expect(await rclone.at('to/sub/b')).toMatchObject({ md5: md5('bbb'), ...when });
    // Documents take neither description nor time in the copy itself: rclone sends them again.
    const [doc, copied] = [await rclone.at('from/sub/Doc'), await rclone.at('to/sub/Doc')];
    expect(copied).toMatchObject({ mimeType: doc.mimeType, modifiedTime: doc.modifiedTime, description: 'about it' });
    await rclone.run(['check', 'alice:from', 'alice:to']);

    const refused = await rclone.try(['copy', 'alice:from', 'bob:got']);
    expect(refused.log).toContain('File not found');
    await rclone.test.share(source);
    expect(await rclone.run(['lsf', '-R', 'bob,shared_with_me:'])).toContain('from/sub/b');
    await rclone.test.control.clearStats();
    await rclone.run(['copy', 'alice:from', 'bob:got']);
    expect([await rclone.asked('files.copy'), await rclone.asked('files.download')]).toEqual([3, 0]);
    expect(await rclone.at('got/sub/b', 'bob')).toMatchObject({ md5: md5('bbb'), owner: 'bob@example.com', ...when });
    await rclone.run(['check', 'alice:from', 'bob:got']);
  });

  it('moves files and folders on the server', async () => {
    const folder = await rclone.test.folder('w');
    const sub = await rclone.test.folder('sub', folder);
    const one = await rclone.test.file('one', '1', { parents: [folder] });
    const two = await rclone.test.file('two', '2', { parents: [sub] });
    await rclone.test.control.clearStats();
    await rclone.run(['moveto', 'alice:w/one', 'alice:w/sub/uno']);
    await rclone.run(['moveto', 'alice:w/sub', 'alice:elsewhere/deep/s']);
    expect([(await rclone.at('elsewhere/deep/s/uno')).id, (await rclone.at('elsewhere/deep/s/two')).id]).toEqual([
      one,
      two,
    ]);
    expect((await rclone.at('elsewhere/deep/s')).id).toBe(sub);
    expect([
      await rclone.asked('files.copy'),
      await rclone.asked('files.upload'),
      await rclone.asked('files.download'),
    ]).toEqual([0, 0, 0]);
    expect((await rclone.try(['rmdir', 'alice:elsewhere'])).log).toContain('directory not empty');
    await rclone.run(['rmdir', 'alice:w']);
    expect((await rclone.at('w')).trashed).toBe(true);
  });

  it('trashes, lists the trash, restores from it, and deletes', async () => {
    const folder = await rclone.test.folder('w');
    const sub = await rclone.test.folder('sub', folder);
    await rclone.test.file('one', '1', { parents: [folder] });
    await rclone.test.file('two', '22', { parents: [sub] });
    const about = async (): Promise<Record<string, number>> =>
      JSON.parse(await rclone.run(['about', '--json', 'alice:'])) as Record<string, number>;
    await rclone.run(['deletefile', 'alice:w/one']);
    await rclone.run(['purge', 'alice:w/sub']);
    expect(await rclone.run(['lsf', '-R', 'alice:w'])).toBe('');
    expect((await rclone.at('w/sub/two')).trashed).toBe(true);
    expect(lines(await rclone.run(['lsf', '-R', '--drive-trashed-only', 'alice:w']))).toEqual([
      'one',
      'sub/',
      'sub/two',
    ]);
    expect(await about()).toMatchObject({ used: 3, trashed: 3, total: 2 * 1024 ** 4 });
    expect(JSON.parse(await rclone.run(['backend', 'untrash', 'alice:']))).toEqual({ Errors: 0, Untrashed: 2 });
    expect(lines(await rclone.run(['lsf', '-R', 'alice:w']))).toEqual(['one', 'sub/', 'sub/two']);
    await rclone.run(['deletefile', '--drive-use-trash=false', 'alice:w/one']);
    expect((await rclone.tree()).map(({ path }) => path)).toEqual(['w', 'w/sub', 'w/sub/two']);
    await rclone.run(['purge', 'alice:w']);
    await rclone.run(['cleanup', 'alice:']);
    expect(await rclone.tree()).toEqual([]);
    expect(await about()).toMatchObject({ used: 0, trashed: 0 });
  });

  it('sorts out files and folders of the same name', async () => {
    const folder = await rclone.test.folder('dup');
    for (const content of ['same', 'same', 'other']) await rclone.test.file('x', content, { parents: [folder] });
    for (const name of ['p', 'q']) {
      const twin = await rclone.test.folder('twin', folder);
      await rclone.test.file(name, name, { parents: [twin] });
    }
    expect(lines(await rclone.run(['lsf', '-R', 'alice:dup']))).toEqual(
      ['twin/', 'twin/', 'twin/p', 'twin/q', 'x', 'x', 'x'].sort(),
    );
    await rclone.run(['dedupe', '--dedupe-mode', 'rename', 'alice:dup']);
    expect(lines(await rclone.run(['lsf', '-R', 'alice:dup']))).toEqual(['twin/', 'twin/p', 'twin/q', 'x-1', 'x-2']);
    const kept = (await rclone.tree()).filter(({ trashed, name }) => !trashed && name.startsWith('x'));
    expect(kept.map((item) => item.md5).sort()).toEqual([md5('other'), md5('same')].sort());
  });

  it('makes shortcuts, looks through them, and bears those that lead nowhere', async () => {
    const folder = await rclone.test.folder('real');
    const file = await rclone.test.file('f', 'content', { parents: [folder] });
    await rclone.run(['backend', 'shortcut', 'alice:', 'real', 'to folder']);
    await rclone.run(['backend', 'shortcut', 'alice:', 'real/f', 'to file']);
    expect(await rclone.at('to folder')).toMatchObject({ mimeType: `${DOCS}shortcut`, shortcutTarget: folder });
    expect(await rclone.run(['cat', 'alice:to file'])).toBe('content');
    expect(lines(await rclone.run(['lsf', '-R', 'alice:']))).toEqual(
      ['real/', 'real/f', 'to file', 'to folder/', 'to folder/f'].sort(),
    );
    expect(lines(await rclone.run(['lsf', '-R', '--drive-skip-shortcuts', 'alice:']))).toEqual(['real/', 'real/f']);
    await rclone.run(['copyto', 'alice:to file', 'alice:as shortcut']);
    await rclone.run(['copyto', '--drive-copy-shortcut-content', 'alice:to file', 'alice:as file']);
    expect(await rclone.at('as shortcut')).toMatchObject({ mimeType: `${DOCS}shortcut`, shortcutTarget: file });
    expect(await rclone.at('as file')).toMatchObject({ md5: md5('content') });
    // Deleting a shortcut leaves what it points to; deleting that leaves the shortcut.
    await rclone.run(['deletefile', 'alice:as shortcut']);
    expect((await rclone.at('real/f')).trashed).toBe(false);
    await rclone.run(['deletefile', '--drive-use-trash=false', 'alice:real/f']);
    const dangling = await rclone.try(['lsf', 'alice:']);
    expect(dangling.code).toBe(0);
    expect(lines(dangling.out)).toEqual(['as file', 'real/', 'to file', 'to folder/'].sort());
    expect((await rclone.try(['cat', 'alice:to file'])).code).not.toBe(0);
  });

  it('exports documents in every format it knows, and makes documents of files', async () => {
    const folder = await rclone.test.folder('docs');
    const kinds = ['document', 'spreadsheet', 'presentation', 'drawing', 'form', 'map', 'script'];
    for (const kind of kinds) await rclone.test.make({ name: kind, mimeType: DOCS + kind, parents: [folder] });
    const starts: Record<string, string> = { pdf: '%PDF', docx: 'PK', xlsx: 'PK', pptx: 'PK', zip: 'PK', svg: '<' };
    const formats = JSON.parse(await rclone.run(['backend', 'exportformats', 'alice:'])) as Record<string, string[]>;
    expect(Object.keys(formats)).toEqual(
      expect.arrayContaining(['document', 'spreadsheet', 'presentation', 'drawing'].map((kind) => DOCS + kind)),
    );
    const wanted = [
      ['docx,xlsx,pptx,svg', ['document.docx', 'spreadsheet.xlsx', 'presentation.pptx', 'drawing.svg']],
      ['pdf', ['document.pdf', 'spreadsheet.pdf', 'presentation.pdf', 'drawing.pdf']],
      ['csv,txt', ['document.txt', 'spreadsheet.csv', 'presentation.txt']],
      ['html,tsv', ['document.html', 'spreadsheet.tsv']],
    ] as const;
    for (const [format, names] of wanted) {
      const into = join(local, format);
      await rclone.run(['copy', '--drive-export-formats', format, 'alice:docs', into]);
      expect(readdirSync(into)).toEqual(expect.arrayContaining([...names]));
      for (const name of names) {
        const start = starts[name.split('.')[1] ?? ''];
        if (start)
          expect([name, readFileSync(join(into, name), 'latin1').slice(0, start.length)]).toEqual([name, start]);
      }
    }
    // What cannot be exported can still be linked to.
    await rclone.run(['copy', '--drive-export-formats', 'url', 'alice:docs', join(local, 'links')]);
    expect(readFileSync(join(local, 'links/form.url'), 'utf8')).toContain('https://');

    writeFileSync(join(local, 'note.txt'), 'Dear diary');
    writeFileSync(join(local, 'table.csv'), 'a,b\n1,2\n');
    const importing = ['--drive-import-formats', 'txt,csv', '--drive-allow-import-name-change', '--max-depth', '1'];
    await rclone.run(['copy', ...importing, 'local', 'alice:made']);
    const made = (await rclone.tree()).filter(({ names }) => names[0] === 'made' && names.length === 2);
    expect(made.map((item) => [item.name, item.mimeType]).sort()).toEqual([
      ['note', `${DOCS}document`],
      ['table', `${DOCS}spreadsheet`],
    ]);
    expect(made.find(({ name }) => name === 'note')?.text).toContain('Dear diary');
    expect(await rclone.run(['cat', '--drive-export-formats', 'txt', 'alice:made/note.txt'])).toContain('Dear diary');
  });

  it('gets every entry once, however small the pages', async () => {
    const names: string[] = [];
    for (let f = 0; f < 3; f++) {
      const folder = await rclone.test.folder(`f${f}`);
      names.push(`f${f}/`);
      for (let i = 0; i < 11; i++) {
        await rclone.test.make({ name: `${i}`, parents: [folder] });
        names.push(`f${f}/${i}`);
      }
    }
    for (const [page, more] of [
      [1, []],
      [2, ['--fast-list']],
      [5, ['--fast-list']],
      [1000, []],
    ] as const) {
      await rclone.test.control.clearStats();
      expect(lines(await rclone.run(['lsf', '-R', '--drive-list-chunk', `${page}`, ...more, 'alice:']))).toEqual(
        [...names].sort(),
      );
      if (page < 1000) expect(await rclone.asked('files.list')).toBeGreaterThanOrEqual(36 / page);
    }
  });

  it('hears of changes as they happen', async () => {
    const watching = rclone.start(['test', 'changenotify', 'alice:', '--poll-interval', '50ms']);
    try {
      await watching.said('Waiting for changes');
      const id = await rclone.test.file('before', 'x');
      await watching.said('"before": 1');
      await rclone.test.drive('PATCH', `files/${id}`, { body: { name: 'after' } });
      await watching.said('"after": 1');
      await rclone.test.folder('folder');
      await watching.said('"folder": 0');
    } finally {
      await watching.stop();
    }
  });

  it('works in a shared drive', async () => {
    const made = await rclone.test.drive('POST', 'drives?requestId=one', { body: { name: 'Team' } });
    expect(made.status).toBe(200);
    const id = text(made.json['id']);
    const drives = JSON.parse(await rclone.run(['backend', 'drives', 'alice:'])) as { id: string; name: string }[];
    expect(drives.map((each) => [each.id, each.name])).toEqual([[id, 'Team']]);
    const team = `alice,team_drive=${id}:`;
    mkdirSync(join(local, 'sub'));
    writeFileSync(join(local, 'sub/f'), 'content');
    writeFileSync(join(local, 'large'), bytes(9 * MB, 'large'));
    await rclone.run(['copy', 'local', team]);
    await rclone.run(['check', '--download', 'local', team]);
    await rclone.run(['moveto', `${team}sub/f`, `${team}g`]);
    await rclone.run(['copyto', `${team}g`, 'alice:mine']);
    expect((await rclone.at('mine')).md5).toBe(md5('content'));
    expect(lines(await rclone.run(['lsf', '-R', team]))).toEqual(['g', 'large', 'sub/']);
    expect((await rclone.try(['lsf', `bob,team_drive=${id}:`])).code).not.toBe(0);
    await rclone.run(['delete', team]);
    expect(await rclone.run(['lsf', '-R', '--files-only', team])).toBe('');
  });
});
