import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { OXFMT, OXLINT } from './lint.ts';
import { ROOT } from './workspace.ts';

/** Runs `use` in a project with these files, and the configuration of this one. */
function inProject<T>(files: Record<string, string>, configuration: string[], use: (project: string) => T): T {
  const project = mkdtempSync(join(tmpdir(), 'cloudmover-lint-'));
  try {
    for (const file of configuration) cpSync(join(ROOT, file), join(project, file));
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(project, path)), { recursive: true });
      writeFileSync(join(project, path), text);
    }
    return use(project);
  } finally {
    rmSync(project, { recursive: true });
  }
}

function oxlint(files: Record<string, string>, ...args: string[]) {
  const configuration = ['.gitignore', '.oxlintrc.json', 'tools/lint-rules.mjs', 'tsconfig.base.json'];
  return inProject(files, configuration, (project) => {
    const { stdout } = spawnSync(OXLINT[0]!, [...OXLINT.slice(1), ...args], { cwd: project, encoding: 'utf8' });
    return stdout.trim().split('\n');
  });
}

/** What dependency-cruiser reports. */
interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

describe('npm run lint', () => {
  const projectOf = (paths: string[], text: string) => Object.fromEntries(paths.map((path) => [path, text]));
  const formatted = (paths: string[]) =>
    inProject(projectOf(paths, 'export  {}'), ['.gitignore', '.oxfmtrc.json'], (project) => {
      const { stdout } = spawnSync(OXFMT[0]!, ['--list-different', '.'], { cwd: project, encoding: 'utf8' });
      return stdout.trim().split('\n');
    });
  const linted = (paths: string[]) => oxlint(projectOf(paths, 'export {};\n'), '--debug=files', '.');

  it('reads committed files, and none that commands create, such as the copy of the sources that npm start keeps', () => {
    const made = readFileSync(join(ROOT, '.gitignore'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('*') && !line.includes('.xlf') && line !== '.env');
    expect(made).toContain('.cloudmover');
    const paths = made.flatMap((folder) => [`${folder}/sources/tools/main.ts`, `${folder}/backend/src/main.ts`]);
    const committed = ['backend/src/main.ts', 'tools/lint-rules.mjs'];
    expect(formatted([...paths, ...committed]).sort()).toEqual(committed);
    expect(linted([...paths, 'backend/src/main.ts']).sort()).toEqual(committed);
  });

  it.each([
    ['backend/src/a.ts', 'export const go = () => { Promise.resolve(1); };', 'no-floating-promises'],
    ['backend/src/a.ts', 'export const all = JSON.parse("1").all;', 'no-unsafe-member-access'],
    ['backend/src/a.ts', 'export function sum(a: number, b: number) { return a; }', 'no-unused-vars'],
    ['backend/src/a.controller.ts', 'export class A { @of get() { work(); return 1; } }', 'one-statement-methods'],
    ['backend/src/a.spec.ts', 'await new Promise((woken) => setTimeout(woken, 10));', 'no-sleep'],
    ['frontend/e2e/a.spec.ts', 'await page.waitForTimeout(10);', 'no-sleep'],
    [
      'cli/a.spec.ts',
      "import { setTimeout } from 'node:timers/promises'; await setTimeout(1);",
      'no-restricted-imports',
    ],
    ['sandbox/a.spec.ts', 'expect(Date.now() - began).toBeLessThan(100);', 'no-duration'],
    ['cli/api/generated-client.spec.ts', 'export const a = (b: unknown) => b as string;', 'consistent-type-assertions'],
    ['server/a.ts', 'export const one = () => { let a = 1; return a; };', 'prefer-const'],
    ['tools/a.mjs', 'missing();', 'no-undef'],
  ])('refuses in %s: %s', (path, text, rule) => {
    const found = oxlint({ [path]: text, 'tsconfig.json': '{ "extends": "./tsconfig.base.json" }' }, '-f', 'unix', '.');
    expect(found.join('\n')).toContain(`(${rule})`);
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
    const files = Object.fromEntries([
      ...[...REFUSED, ...ALLOWED].map(([, to]) => [`frontend/src/${to}.ts`, 'export const it = 1;']),
      ...[...REFUSED, ...ALLOWED].map(([from, to]) => [
        `frontend/src/${from}.ts`,
        `export const load = () => import('./${relative(dirname(from!), to!)}');`,
      ]),
    ]) as Record<string, string>;
    const configuration = ['frontend/.dependency-cruiser.cjs', 'frontend/tsconfig.json', 'tsconfig.base.json'];
    const output = inProject(files, configuration, (project) => {
      const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
      const args = ['src', '--config', '-T', 'json'];
      return spawnSync(process.execPath, [program, ...args], { cwd: join(project, 'frontend'), encoding: 'utf8' })
        .stdout;
    });
    const { summary } = JSON.parse(output) as { summary: { violations: Violation[] } };
    violations = summary.violations.map(({ from, to, rule }) => [from, to, rule.name]);
  });

  it.each(REFUSED)('does not let %s import %s', (from, to, rule) => {
    expect(violations).toContainEqual([`src/${from}.ts`, `src/${to}.ts`, rule]);
  });

  it.each(ALLOWED)('lets %s import %s', (from) => {
    expect(violations.filter(([file]) => file === `src/${from}.ts`)).toEqual([]);
  });
});
