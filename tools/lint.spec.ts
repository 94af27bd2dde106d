import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { ROOT } from './workspace.ts';

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

/** What dependency-cruiser reports. */
interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

describe('npm run lint', () => {
  const readOf = (paths: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', WHICH_ARE_READ, ...paths], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    ) as string[];

  it('ignores files that commands create, such as the copy of the sources that npm start keeps', () => {
    const made = readFileSync(join(ROOT, '.gitignore'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('*') && !line.includes('.xlf') && line !== '.env');
    expect(made).toContain('.cloudmover');
    expect(
      readOf(made.flatMap((folder) => [`${folder}/sources/tools/main.ts`, `${folder}/backend/src/main.ts`])),
    ).toEqual([]);
  });

  it('checks committed files', () => {
    expect(readOf(['tools/bootstrap.mjs', 'backend/src/main.ts'])).toEqual([
      'eslint tools/bootstrap.mjs',
      'prettier tools/bootstrap.mjs',
      'eslint backend/src/main.ts',
      'prettier backend/src/main.ts',
    ]);
  });
});

describe('the import rule of the frontend', () => {
  const REFUSED = [
    ['app/features/review/review-page', 'app/features/browse/folder-paths', 'features-do-not-import-each-other'],
    ['app/core/sessions', 'app/features/connect/connect-page', 'core-imports-no-feature'],
    ['app/ui/note', 'app/core/selection', 'ui-imports-no-state'],
    ['app/ui/icon', 'app/features/connect/connect-page', 'ui-imports-no-state'],
    ['app/texts/texts', 'app/core/toasts', 'texts-import-only-the-contract'],
    ['app/api/functions', 'app/core/clock', 'api-is-generated'],
    ['app/core/commands', 'testing/builders', 'product-imports-no-test'],
  ];
  const ALLOWED = [
    ['app/features/sessions/sessions-page', 'app/features/sessions/session-api'],
    ['app/features/analytics/analytics-page', 'app/core/folder-path'],
    ['app/core/problem-note', 'app/ui/logo'],
    ['app/ui/avatar', 'app/core/side'],
  ];
  let violations: string[][];

  /** A project in which each case is one file that imports another, checked by the rules of the real one. */
  beforeAll(() => {
    const project = mkdtempSync(join(tmpdir(), 'cloudmover-imports-'));
    const write = (path: string, text: string) => {
      const file = join(project, 'frontend/src', `${path}.ts`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    };
    try {
      for (const file of ['frontend/.dependency-cruiser.cjs', 'frontend/tsconfig.json', 'tsconfig.base.json'])
        cpSync(join(ROOT, file), join(project, file));
      symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
      for (const [, to] of [...REFUSED, ...ALLOWED]) write(to!, 'export const it = 1;');
      for (const [from, to] of [...REFUSED, ...ALLOWED])
        write(from!, `export const load = () => import('./${relative(dirname(from!), to!)}');`);
      const { stdout } = spawnSync(
        process.execPath,
        [join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'), 'src', '--config', '-T', 'json'],
        { cwd: join(project, 'frontend'), encoding: 'utf8' },
      );
      const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
      violations = summary.violations.map(({ from, to, rule }) => [from, to, rule.name]);
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it.each(REFUSED)('does not let %s import %s', (from, to, rule) => {
    expect(violations).toContainEqual([`src/${from}.ts`, `src/${to}.ts`, rule]);
  });

  it.each(ALLOWED)('lets %s import %s', (from) => {
    expect(violations.filter(([file]) => file === `src/${from}.ts`)).toEqual([]);
  });
});
