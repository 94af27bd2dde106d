import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from './workspace.mjs';

/** Which of the paths ESLint and prettier would read, in a process of their own: both load their configuration by import. */
const WHICH_ARE_READ = `
  import { ESLint } from 'eslint';
  import { getFileInfo } from 'prettier';
  const eslint = new ESLint();
  const ignorePath = ['.gitignore', '.prettierignore'];
  const read = [];
  for (const path of process.argv.slice(1)) {
    if (!(await eslint.isPathIgnored(path))) read.push('eslint ' + path);
    if (!(await getFileInfo(path, { ignorePath })).ignored) read.push('prettier ' + path);
  }
  console.log(JSON.stringify(read));
`;

describe('npm run lint', () => {
  const readOf = (paths) =>
    JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', WHICH_ARE_READ, ...paths], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    );

  it('reads nothing that commands make, such as the copy of the sources that npm start keeps', () => {
    const made = readFileSync(join(ROOT, '.gitignore'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('*') && !line.includes('.xlf') && line !== '.env');
    expect(made).toContain('.cloudmover');
    expect(
      readOf(made.flatMap((folder) => [`${folder}/sources/tools/main.mjs`, `${folder}/backend/src/main.ts`])),
    ).toEqual([]);
  });

  it('reads what is committed', () => {
    expect(readOf(['tools/main.mjs', 'backend/src/main.ts'])).toEqual([
      'eslint tools/main.mjs',
      'prettier tools/main.mjs',
      'eslint backend/src/main.ts',
      'prettier backend/src/main.ts',
    ]);
  });
});
