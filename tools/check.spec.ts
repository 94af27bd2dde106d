import { checksOf, specsFor } from './check.ts';

describe('npm run check', () => {
  const namesFor = (...files: string[]) => checksOf(files).map(({ name }) => name);
  const always = ['style (oxlint)', 'formatting (oxfmt)'];
  const angular = ['style (oxlint)', 'templates (eslint)', 'formatting (oxfmt)'];

  it.each([
    ['backend/src/engine/transfer.ts', ['unit specs: backend', 'types: backend', ...always]],
    ['backend/bench/main.ts', ['types: backend/bench', ...always]],
    ['frontend/src/app/app.html', ['unit specs: frontend', 'types: frontend', ...angular]],
    ['frontend/e2e/new.spec.ts', ['types: frontend/e2e', ...angular]],
    ['tools/test.ts', ['types: tools', ...always]],
    ['cli/drive-path.spec.ts', ['changed specs: cli', 'types: cli', 'types: cli', ...always]],
    ['tools/start.spec.ts', ['types: tools', ...always]],
    ['README.md', ['formatting (oxfmt)']],
  ])('checks only what a change to %s affects', (file, names) => {
    expect(namesFor(file)).toEqual(names);
  });

  it('reads only files that changed', () => {
    const style = checksOf(['tools/test.ts', 'README.md']).find(({ name }) => name === 'style (oxlint)');
    expect(style?.command).toContain('tools/test.ts');
    expect(style?.command).not.toContain('README.md');
    expect(style?.command).not.toContain('.');
  });

  it('runs the spec of a changed file first, then those that import it themselves', () => {
    const specs = specsFor('backend', ['backend/src/engine/transfer.ts']);
    expect(specs[0]).toBe('backend/src/engine/transfer.spec.ts');
    expect(specs).toContain('backend/src/engine/steps/plan.spec.ts');
    // Imports the file only indirectly.
    expect(specs).not.toContain('backend/src/engine/report.spec.ts');
  });

  it('runs changed specs of the other projects, except those for which npm test prepares something', () => {
    const alone = ['tools/arguments.ts', 'tools/check.spec.ts'];
    const prepared = ['dockerfile', 'redis', 'prometheus', 'live-check'].map((name) => `tools/${name}.spec.ts`);
    expect(specsFor('tools', [...alone, ...prepared])).toEqual(['tools/check.spec.ts']);
  });

  it('runs no more than 15 specs of a project', () => {
    const files = ['frontend/src/testing/portal-http.ts'];
    expect(specsFor('frontend', files).length).toBeGreaterThan(15);
    const specs = checksOf(files).find(({ name }) => name === 'unit specs: frontend');
    expect(specs?.command.filter((each) => each.endsWith('.spec.ts'))).toHaveLength(15);
  });
});
