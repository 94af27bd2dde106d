import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, type Routes, TestProgram } from '../testing/program.ts';

const REPORT =
  'path,name,state,type,mime_type,bytes,source_id,destination_id\na.pdf,a.pdf,verified,file,application/pdf,4,old,new\n';

const aFile = (id: string, more: object = {}) => ({
  ...{ id, name: 'a.pdf', mimeType: 'application/pdf', size: 4, md5Checksum: 'same', parentId: `folder-of-${id}` },
  ...more,
});

/** Verifies a report through a server. `copy`: what it says of the copy; `listed`: of the folder of the copy. */
async function verified(copy: object, listed: object = { files: [copy] }, ...more: string[]) {
  const pages: Record<string, object> = { 'folder-of-old': { files: [aFile('old')] }, 'folder-of-new': listed };
  const routes: Routes = {
    'GET /api/files/old': aFile('old'),
    'GET /api/files/new': { ...copy },
    'GET /list-files': ({ url }) => ({
      incompleteSearch: false,
      ...(pages[new URL(url).searchParams.get('folder_id') ?? ''] ?? problem(404, 'not_found')),
    }),
  };
  const program = new TestProgram(routes);
  const report = join(program.home, 'report.csv');
  writeFileSync(report, REPORT);
  return { exitCode: await program.run('verify', report, ...more), program };
}

it('a copy that the server lists or shows is proven, although a list may lag behind', async () => {
  for (const listed of [undefined, { files: [] }]) {
    const { exitCode, program } = await verified(aFile('new'), listed);
    expect([exitCode, program.stdout]).toEqual([0, expect.stringMatching(/^1 proven by checksum, 0 present /m)]);
  }
});

it('a copy that the server says is trashed is wrong', async () => {
  const { exitCode, program } = await verified(aFile('new', { trashed: true }), { files: [] });
  expect([exitCode, program.stdout]).toEqual([
    1,
    expect.stringContaining('the copy is in the trash of the destination'),
  ]);
});

it('a list that Google cut short is a failure, not a result', async () => {
  const { exitCode, program } = await verified(aFile('new'), { files: [], incompleteSearch: true });
  expect([exitCode, program.stderr]).toEqual([
    1,
    'Error: Google listed a folder of the destination incompletely. Try again.\n',
  ]);
});

it('prints its warnings and numbers for programs, too', async () => {
  const { program } = await verified(aFile('new'), undefined, '--json');
  expect(program.lines).toEqual([
    { type: 'note', text: expect.stringMatching(/^! The report does not say whether all of My Drive was selected/) },
    { type: 'verified', proven: 1, byChecksum: 1, present: 0, changed: 0, wrong: 0, exitCode: 0 },
  ]);
});
