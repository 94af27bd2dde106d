import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readImage } from './image-layers.ts';

describe('an image, layer by layer', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layers-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Makes a layer with the machine's `tar`. @returns its file in the archive */
  function layer(name: string, files: Record<string, string>, { format = 'ustar', zip = false } = {}) {
    const content = join(folder, `${name}-content`);
    mkdirSync(content);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(content, dirname(path)), { recursive: true });
      writeFileSync(join(content, path), text, { mode: 0o640 });
    }
    const file = join(folder, `${name}.tar`);
    execFileSync('tar', [`--format=${format}`, '-C', content, '-cf', file, '.']);
    if (zip) writeFileSync(file, gzipSync(readFileSync(file)));
    return `${name}.tar`;
  }
  function save(layers: string[], configuration: object = {}) {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify([{ Config: 'config.json', Layers: layers }]));
  }
  const pathsOf = (secrets: Record<string, string> = {}) =>
    [...readImage(folder, secrets).files.values()].filter(({ type }) => type === 'file').map(({ path }) => path);

  it('shows what a container sees: later layers replace and delete files of earlier ones', () => {
    const content = 'new';
    save([
      layer('a', { 'app/kept': 'a', 'app/replaced': 'old', 'app/gone': 'b', 'app/folder/in': 'c', 'data/x': 'd' }),
      layer('b', { 'app/.wh.gone': '', 'app/.wh.folder': '', 'data/.wh..wh..opq': '', 'data/y': 'e' }),
      layer('c', { 'app/replaced': content }),
    ]);
    const { files, layers } = readImage(folder, {});
    expect(layers).toBe(3);
    expect(pathsOf().sort()).toEqual(['app/kept', 'app/replaced', 'data/y']);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(files.get('app/replaced')).toMatchObject({ type: 'file', mode: 0o640, sha256 });
    expect(files.get('app')).toMatchObject({ type: 'folder' });
  });

  it('finds a secret in a file that a later layer deletes, and names the file', () => {
    save([layer('a', { 'app/.env': 'KEY=hidden-value', 'app/b': 'other' }), layer('b', { 'app/.wh..env': '' })]);
    expect(pathsOf()).toEqual(['app/b']);
    expect(readImage(folder, { KEY: 'hidden-value', OTHER: 'absent' }).secrets).toEqual(['KEY in layer 1: app/.env']);
  });

  it.each(['pax', 'gnu', 'ustar'])('reads long names, and compressed layers (%s)', (format) => {
    const long = `${'folder-with-a-long-name/'.repeat(6)}${'file'.repeat(15)}`;
    save([layer('a', { first: 'x'.repeat(2_000), [long]: 'some hidden-value', last: 'y' }, { format, zip: true })]);
    expect(pathsOf().sort()).toEqual(['first', long, 'last'].sort());
    expect(readImage(folder, { KEY: 'hidden-value' }).secrets).toEqual([`KEY in layer 1: ${long}`]);
  });

  it('finds a secret in variables, in the history and in the name of a file', () => {
    const config = { Env: ['TOKEN=from-env'], User: 'node' };
    save([layer('a', { 'app/named-value': '' })], {
      config,
      history: [{ created_by: 'RUN login --key "in-history"' }],
    });
    const image = readImage(folder, { A: 'from-env', B: '"in-history"', C: 'named-value' });
    expect(image.config).toEqual(config);
    expect(image.secrets).toEqual([
      'A in the configuration or the history',
      'B in the configuration or the history',
      'C in layer 1: app/named-value',
    ]);
  });
});
