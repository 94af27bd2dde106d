import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisServer, userOf } from '../support/redis-servers.js';
import { readKeys, type StoredData, writeKeys } from '../upgrade/stored-data.js';

const ADMIN_PASSWORD = 'admin-password';
const SETTINGS = { appendonly: 'yes', requirepass: 'default-password', ...userOf(ADMIN_PASSWORD, 'admin') };
const documented = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
const stored = JSON.parse(readFileSync(new URL('../upgrade/stored-0.1.json', import.meta.url), 'utf8')) as StoredData;

/** The commands of a section, as they are printed. */
const commandsOf = (section: string): string =>
  new RegExp(`^## ${section}\\n[^]*?\`\`\`sh\\n([^]*?)\`\`\``, 'm').exec(documented)?.[1] ?? '';

// Real: Redis and its command line, and the commands of docs/redis.md.
(spawnSync('redis-cli', ['--version']).status === 0 ? it : it.skip)(
  'a backup is made and restored with the commands of the documentation',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-'));
    const lost = await RedisServer.start(SETTINGS);
    /** Runs documented commands, with this test's server and folders in place of the usual ones. */
    const run = (commands: string): void => {
      const lines = `
        set -eo pipefail
        redis-cli() { command redis-cli -p ${lost.port} "$@"; }
        redis-server() { exec -a "\${REDIS_SERVER_NAME:-redis-server}" "\${REDIS_SERVER:-redis-server}" "$@" > redis.log; }
        ${commands.replaceAll('/var/lib/redis', join(folder, 'data')).replaceAll('/etc/redis/', `${folder}/`)}`;
      const { status, stderr, stdout } = spawnSync('bash', ['-c', lines], {
        cwd: folder,
        env: { ...process.env, ADMIN_PASSWORD },
        encoding: 'utf8',
        timeout: 120_000,
      });
      expect({ status, said: status === 0 ? '' : stderr + stdout }).toEqual({ status: 0, said: '' });
    };
    try {
      await writeKeys(lost.client, stored.redis);
      const before = await readKeys(lost.client);
      expect(before.length).toBeGreaterThan(100);
      run(commandsOf('Backup'));
      await lost.kill();

      mkdirSync(join(folder, 'data'));
      const configuration = { port: lost.port, bind: '127.0.0.1', dir: join(folder, 'data'), save: '""', ...SETTINGS };
      const lines = Object.entries(configuration).map(([name, value]) => `${name} ${value}\n`);
      writeFileSync(join(folder, 'redis.conf'), lines.join(''), { mode: 0o600 });
      run(commandsOf('Restore'));

      const restored = await RedisServer.start({ ...SETTINGS, dir: join(folder, 'data') });
      try {
        const lasting = (keys: typeof before) =>
          // Short ones expire meanwhile.
          keys.filter(({ ttl }) => ttl < 0 || ttl > 3_600_000).map(({ key, values }) => [key, values.toSorted()]);
        expect(lasting(await readKeys(restored.client))).toEqual(lasting(before));
      } finally {
        await restored.stop();
      }
    } finally {
      await lost.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
