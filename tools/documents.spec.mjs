import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './workspace.mjs';

const read = (file) => readFileSync(join(ROOT, file), 'utf8');

describe('documents', () => {
  it('name tests in the threat model that are there', () => {
    const model = read('docs/threat-model.md');
    const named = [...model.matchAll(/`((?:test|src|tools|frontend)\/[\w./-]+)`/g)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(20);
    const at = (path) => join(ROOT, /^(tools|frontend)\//.test(path) ? '' : 'backend', path);
    expect(named.filter((path) => !existsSync(at(path)))).toEqual([]);
  });

  it.each(['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'docs/operations.md', 'docs/threat-model.md'])(
    'link from %s to what is there',
    (file) => {
      const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
      expect(links.filter((path) => !existsSync(join(ROOT, dirname(file), path)))).toEqual([]);
    },
  );
});
