import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBudget, initialScripts } from './bundle-budget.ts';

describe('the budget of the first load', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'budget-'));
    writeFileSync(
      join(folder, 'index.html'),
      '<link rel="stylesheet" href="styles.css"><link rel="modulepreload" href="chunk-a.js"><script src="main.js" type="module"></script>',
    );
    // Random bytes do not become smaller.
    for (const [name, size] of [
      ['main.js', 3000],
      ['chunk-a.js', 5000],
      ['lazy.js', 90_000],
      ['styles.css', 90_000],
    ] as const)
      writeFileSync(join(folder, name), randomBytes(size));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('counts the scripts that the page names, and no others', () => {
    expect(initialScripts(folder).map(({ name }) => name)).toEqual(['chunk-a.js', 'main.js']);
    expect(checkBudget(folder, 9000)).toMatch(/8\.\d kB compressed, of 9\.0 kB$/);
  });

  it('fails above it, with the largest files first and a fix', () => {
    expect(() => checkBudget(folder, 7000)).toThrow(/5\.0 kB chunk-a\.js\n {2}3\.0 kB main\.js\nLoad something/);
  });

  it('fails for a page without scripts', () => {
    writeFileSync(join(folder, 'index.html'), '<p>nothing</p>');
    expect(() => checkBudget(folder)).toThrow('names no script');
  });
});
