import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './workspace.ts';

/** What is read by people: the documents at the top, those in `docs` and the decisions. */
const documents = ['.', 'docs', 'docs/adr', 'cli', 'sandbox', 'sandbox/docs', 'server', 'deploy/helm'].flatMap(
  (folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
);
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('documents', () => {
  it('name only existing tests in the threat model', () => {
    const model = read('docs/threat-model.md');
    const named = [...model.matchAll(/`((?:test|src|tools|frontend)\/[\w./-]+)`/g)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(20);
    const at = (path: string) => join(ROOT, /^(tools|frontend)\//.test(path) ? '' : 'backend', path);
    expect(named.filter((path) => !existsSync(at(path!)))).toEqual([]);
  });

  it.each(documents)('link from %s only to existing targets', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(file), path!)))).toEqual([]);
  });

  it('name every call of the API in the README', () => {
    const readme = read('README.md');
    // A row gives the first path whole and of those below it only what is added: `…/items`, `pause`.
    const added = (path: string) => path.split('/').findLast((part: string) => !part.startsWith('{'));
    const paths = Object.keys((JSON.parse(read('backend/openapi.json')) as { paths: object }).paths);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !new RegExp(`[/\`]${added(path)}[\\s?/\`]`).test(readme))).toEqual([]);
  });

  it('name every variable in the README, except those that only tests set', () => {
    const source = read('backend/src/config/config.ts');
    const names = [...source.matchAll(/\b(?:setting|secret)\(\s*'([A-Z_]+)'/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(30);
    const own = /^(PORTAL_DIR|CLOUDMOVER_WAITAOF|GOOGLE_(API_ROOT|AUTH_URL|TOKEN_URL|REVOKE_URL|USERINFO_URL|ISSUER))$/;
    const readme = read('README.md');
    expect(names.filter((name) => !own.test(name) && !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it.each(documents)('name jq in %s wherever an example needs it', (file) => {
    // What is not in the shell's examples is what a person reads before them.
    const [prose, shell] = ['', ''].map((_, odd) =>
      read(file)
        .split('```')
        .filter((_each, index) => index % 2 === odd),
    );
    const uses = shell!.filter((block) => /\bjq\b/.test(block)).length;
    expect(prose!.join('').match(/\[jq\]\(https:\/\/jqlang\.org\)/g) ?? []).toHaveLength(uses);
  });

  it.each(['README.md', 'SECURITY.md'])(
    'list the steps to a new key in %s in the order that locks nobody out',
    (file) => {
      const steps = [
        'at the end** of `CREDENTIALS_KEYS`',
        'to the front**',
        'npm run reencrypt`',
        'remove the old key**',
      ];
      const places = steps.map((step) => read(file).indexOf(step));
      expect(places).not.toContain(-1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    },
  );

  it('list each decision once, in order', () => {
    const files = readdirSync(join(ROOT, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
    const listed = [...read('docs/adr/README.md').matchAll(/^\| \[\d{4}\]\(([^)]+)\)/gm)].map(([, file]) => file);
    expect(listed).toEqual(files.toSorted());
  });

  it('link from a replaced decision to its replacement', () => {
    expect(read('docs/adr/0010-lean-request-path.md')).toContain('(0019-limits-in-redis.md)');
  });
});
