import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareWithDrive, readLocal } from './demo.ts';
import { startSandbox } from '../server/parts.ts';
import { call } from './api-client.ts';

// Only the comparison: a demo that finds everything identical is worth what its comparison would have found.
describe('the comparison of the demo', () => {
  let folder: string;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'demo-'));
    sandbox = await startSandbox({ logFile: join(folder, 'sandbox.log') });
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => call(`${sandbox.url}/__sandbox/reset`, { method: 'POST', body: {} }));

  const tree = (
    where: string,
    files: Record<string, string>,
    { empty = [], links = [] }: { empty?: string[]; links?: string[] } = {},
  ) => {
    const top = join(folder, where, 'Stuff');
    rmSync(top, { recursive: true, force: true });
    mkdirSync(top, { recursive: true });
    for (const path of empty) mkdirSync(join(top, path), { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(top, path, '..'), { recursive: true });
      writeFileSync(join(top, path), content);
    }
    for (const path of links) symlinkSync('/etc', join(top, path));
    return top;
  };
  const differences = async (local: string, arrived: string) => {
    await call(`${sandbox.url}/__sandbox/import`, {
      method: 'POST',
      body: { account: 'bob@example.com', path: arrived },
    });
    return (await compareWithDrive(sandbox.url, local, readLocal(local))).sort();
  };
  const files = { 'a.txt': 'one', 'sub/b.bin': 'x'.repeat(300_000), 'sub/ünï 🎉': '', '.hidden/c': 'c' };

  it('finds no difference between equal trees, including empty folders and files, without links', async () => {
    const local = tree('local', files, { empty: ['nothing/in/here'], links: ['link'] });
    expect(readLocal(local)).toMatchObject({ bytes: 300_004, links: 1 });
    expect(await differences(local, tree('arrived', files, { empty: ['nothing/in/here'] }))).toEqual([]);
  });

  it('detects one wrong byte in the middle of a file', async () => {
    const wrong = { ...files, 'sub/b.bin': `${'x'.repeat(200_000)}y${'x'.repeat(99_999)}` };
    expect(await differences(tree('local', files), tree('arrived', wrong))).toEqual([
      expect.stringMatching(/"sub\/b\.bin": it differs/),
    ]);
  });

  it('detects shorter, longer, missing and extra files', async () => {
    const wrong = { 'a.txt': 'on', 'sub/b.bin': 'x'.repeat(300_001), '.hidden/c': 'c', extra: '' };
    expect(await differences(tree('local', files), tree('arrived', wrong))).toEqual([
      expect.stringMatching(/"a\.txt": the copy ends after 2 of 3/),
      expect.stringMatching(/"extra" is in the destination but not/),
      expect.stringMatching(/"sub\/b\.bin": the copy is longer/),
      expect.stringMatching(/"sub\/ünï 🎉" is missing/),
    ]);
  });

  it('detects a missing empty folder, and a file in place of a folder', async () => {
    const local = tree('local', files, { empty: ['void', 'kind'] });
    expect(await differences(local, tree('arrived', { ...files, kind: '' }))).toEqual([
      expect.stringMatching(/"kind" is in the destination but not/),
      expect.stringMatching(/"void" is missing/),
    ]);
  });

  it('detects that nothing arrived, or that it arrived twice', async () => {
    const local = tree('local', files);
    expect(await compareWithDrive(sandbox.url, local, readLocal(local))).toEqual([
      expect.stringMatching(/0 folders "Stuff"/),
    ]);
    await differences(local, local);
    expect(await differences(local, local)).toEqual([expect.stringMatching(/2 folders "Stuff"/)]);
  });
});
