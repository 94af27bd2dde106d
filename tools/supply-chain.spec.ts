import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsIn, type LockFile, withAddresses } from './supply-chain.ts';
import { ROOT } from './workspace.ts';

const ADDRESS = 'https://packages.invalid/a/-/a-1.0.0.tgz';
const GOOD = { version: '1.0.0', resolved: ADDRESS, integrity: 'sha512-x', license: 'MIT' };
const findings = (entry: object, path = 'node_modules/a') =>
  findingsIn({ packages: { '': {}, [path]: { ...GOOD, ...entry } } });

describe('the lock file', () => {
  it('passes all checks', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Required<LockFile>;
    expect(Object.keys(lock.packages).length).toBeGreaterThan(500);
    expect(findingsIn(lock)).toEqual([]);
  });

  it.each([
    ['another registry', { resolved: 'https://npm.example.com/a/-/a-1.0.0.tgz' }, 'comes from https://npm.example.com'],
    ['another package', { resolved: 'https://packages.invalid/b/-/b-1.0.0.tgz' }, 'comes from'],
    ['an unencrypted address', { resolved: ADDRESS.replace('https', 'http') }, 'comes from'],
    ['no address', { resolved: undefined }, 'supply-chain -- --write'],
    ['git', { resolved: 'git+ssh://git@github.com/a/a.git#1', integrity: undefined }, 'comes from'],
    ['no checksum', { integrity: undefined }, 'has no sha512'],
    ['a weak checksum', { integrity: 'sha1-x' }, 'has no sha512'],
    ['a licence that is not on the list', { license: 'AGPL-3.0-only' }, 'ships under AGPL-3.0-only'],
    ['no licence', { license: undefined }, 'ships under no licence'],
    ['two licences that both hold', { license: 'MIT AND GPL-2.0-only' }, 'ships under'],
    ['a link out of the checkout', { link: true, resolved: '../elsewhere' }, 'outside of this checkout'],
  ])('may not contain %s', (_what, entry, text) => {
    expect(findings(entry).join()).toContain(text);
  });

  it.each([
    ['an alias', { name: '@b/c', resolved: 'https://packages.invalid/@b/c/-/c-1.0.0.tgz' }],
    ['a choice of licences, one of them allowed', { license: '(GPL-2.0-only OR MIT)' }],
    ['any licence of what does not ship', { license: 'GPL-3.0-only', dev: true }],
    ['a workspace', { link: true, resolved: 'backend', integrity: undefined }],
  ])('may contain %s', (_what, entry) => {
    expect(findings(entry)).toEqual([]);
  });

  it('gets the address of each package that has a checksum, and keeps the rest', () => {
    const alias = { name: '@b/c', version: '2.0.0', integrity: 'sha512-y', dev: true };
    const lock = {
      lockfileVersion: 3,
      packages: {
        '': { version: '1.0.0' },
        'node_modules/a': { ...GOOD, resolved: undefined },
        'node_modules/d/node_modules/e': alias,
        'node_modules/backend': { link: true, resolved: 'backend' },
      },
    };
    expect(withAddresses(lock)).toEqual({
      ...lock,
      packages: {
        ...lock.packages,
        'node_modules/a': GOOD,
        'node_modules/d/node_modules/e': { ...alias, resolved: 'https://packages.invalid/@b/c/-/c-2.0.0.tgz' },
      },
    });
  });
});
