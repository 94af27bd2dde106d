import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execute } from './processes.ts';
import { startRedis } from './redis.ts';
import { ROOT, withoutSettings } from './workspace.ts';

describe('npm run reencrypt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reencrypt-spec-'));
  let redis: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    redis = await startRedis({ dir: join(folder, 'redis'), password: 'password', userPassword: 'password' });
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('runs with the settings of an installation that has its OAuth client in files', async () => {
    const env = {
      ...withoutSettings(),
      CLOUDMOVER_STATE_DIR: join(folder, 'state'),
      REDIS_URL: redis.userUrl,
      CREDENTIALS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      GOOGLE_CLIENT_ID_FILE: file('client-id', 'id\n'),
      GOOGLE_CLIENT_SECRET_FILE: file('client-secret', 'secret\n'),
    };
    const command = [process.execPath, join(ROOT, 'tools/bootstrap.mjs'), 'reencrypt'];
    const { code, output, errors } = await execute(command, { env, timeoutMs: 250_000 });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('0 re-encrypted, 0 already encrypted with k1, 0 unreadable');
  });
});
