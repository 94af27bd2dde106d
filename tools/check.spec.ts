import { checksOf } from './check.ts';

describe('npm run check', () => {
  const namesFor = (...files: string[]) => checksOf(files).map(({ name }) => name);
  const always = ['style (eslint)', 'formatting (prettier)'];

  it.each([
    ['backend/src/engine/transfer.ts', ['unit specs: backend', 'types: backend', ...always]],
    ['frontend/src/app/app.html', ['types: frontend', ...always]],
    ['tools/test.ts', ['types: tools', ...always]],
    ['README.md', ['formatting (prettier)']],
  ])('checks of a change to %s no more than it concerns', (file, names) => {
    expect(namesFor(file)).toEqual(names);
  });

  it('reads no other file than those that changed', () => {
    const style = checksOf(['tools/test.ts', 'README.md']).find(({ name }) => name === 'style (eslint)');
    expect(style?.command).toContain('tools/test.ts');
    expect(style?.command).not.toContain('README.md');
    expect(style?.command).not.toContain('.');
  });
});
