import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from './build.ts';
import { withoutSettings } from './workspace.ts';

describe('staleness', () => {
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-'));
    mkdirSync(join(root, 'src/deep'), { recursive: true });
    writeFileSync(join(root, 'src/a.ts'), 'a');
    writeFileSync(join(root, 'src/deep/b.ts'), 'b');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('follows content, names and places, not times or tests', () => {
    const first = hashOf(['src', 'absent.json'], root);
    utimesSync(join(root, 'src/a.ts'), 1, 1);
    writeFileSync(join(root, 'src/a.spec.ts'), 'test');
    expect(hashOf(['src', 'absent.json'], root)).toBe(first);
    writeFileSync(join(root, 'src/deep/b.ts'), 'c');
    const second = hashOf(['src', 'absent.json'], root);
    expect(second).not.toBe(first);
    writeFileSync(join(root, 'src/c.ts'), '');
    expect(hashOf(['src', 'absent.json'], root)).not.toBe(second);
    writeFileSync(join(root, 'absent.json'), '');
    expect(hashOf(['src', 'absent.json'], root)).not.toBe(second);
  });
});

describe('withoutSettings', () => {
  it("keeps a shell's own variables and drops every setting of the product", () => {
    const shell = { PATH: '/bin', HOME: '/root', npm_config_cache: '/c' };
    const settings = {
      ...{
        REDIS_URL: 'x',
        REDIS_TLS_CA_FILE: 'x',
        GOOGLE_CLIENT_ID: 'x',
        GOOGLE_CLIENT_SECRET_FILE: 'x',
        PORT: '1',
        HOST: 'x',
      },
      ...{
        PUBLIC_URL: 'x',
        CREDENTIALS_KEYS_FILE: 'x',
        OPERATOR_KEY: 'x',
        RATE_LIMIT_TOKEN: '1',
        SANDBOX_CLIENTS: 'x',
      },
    };
    expect(withoutSettings({ ...shell, ...settings })).toEqual(shell);
  });
});
