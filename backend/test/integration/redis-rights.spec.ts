import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { KEY_PATTERNS, keys } from '../../src/adapters/redis/keys.js';
import { RedisAuditLog } from '../../src/adapters/redis/redis-audit.log.js';
import { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { auditCallsOn, callsOn, rightFor, TRANSACTION_RIGHTS } from '../../src/adapters/redis/redis-rights.js';
import { RedisServer, userOf } from '../support/redis-servers.js';

// Real: Redis with the user of docs/redis-users.acl, and BullMQ's installed scripts.

const PASSWORD = 'user-password';
const { user } = userOf(PASSWORD);
/** Rights on keys of all patterns; those in parentheses are for other keys. */
const [general, onAudit] = [user.replace(/ \(.*\)/, ''), /\((.*)\)/.exec(user)![1]!];
const granted = general
  .split(' ')
  .filter((word) => word.startsWith('+'))
  .map((word) => word.slice(1));

/** Names of the commands that Lua in these files calls. */
function calledIn(folder: string, file: RegExp): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => file.test(name))
    .flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/(?:rcall|redis\.p?call)\(\s*["']([A-Za-z]+)["']/g),
    ])
    .map(([, command]) => command!.toLowerCase());
  return [...new Set(names)];
}

describe('docs/redis-users.acl', () => {
  it('grants only what the product calls', () => {
    expect(granted).toEqual([...callsOn('k').map(rightFor), ...TRANSACTION_RIGHTS].sort());
    expect(general.split(' ').filter((word) => word.startsWith('~'))).toEqual(KEY_PATTERNS.map((each) => `~${each}`));
  });

  it('grants only appending to and reading the audit log', () => {
    const rights = auditCallsOn('k').map((call) => `+${rightFor(call)}`);
    expect(onAudit.split(' ')).toEqual([`~${keys.audit()}`, '-@all', ...rights]);
  });

  it("grants all commands in our scripts and BullMQ's", () => {
    const ours = calledIn(join(import.meta.dirname, '../../src/adapters/redis'), /\.ts$/);
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter((command) => !granted.includes(command))).toEqual([]);
    const bullmq = dirname(createRequire(import.meta.url).resolve('bullmq/package.json'));
    const theirs = calledIn(join(bullmq, 'dist/esm/scripts'), /\.js$/);
    expect(theirs.length).toBeGreaterThan(40);
    expect(theirs.filter((command) => !granted.includes(command))).toEqual([]);
  });

  describe('to a real Redis', () => {
    let server: RedisServer;
    let redis: Redis;
    beforeAll(async () => {
      const users = [user, userOf(PASSWORD, 'auditor').user].join('\nuser ');
      server = await RedisServer.start({ requirepass: 'admin', user: users, 'enable-debug-command': 'yes' });
      redis = new Redis({ port: server.port, username: 'cloudmover', password: PASSWORD, maxRetriesPerRequest: 1 });
    });
    afterAll(async () => {
      redis.disconnect();
      await server.stop();
    });

    it('grants all commands that our adapters call directly', async () => {
      const commands = new Set((await server.client.call('COMMAND', 'LIST')) as string[]);
      const folder = join(import.meta.dirname, '../../src/adapters/redis');
      const called = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/\.([a-z]+)(?:Buffer)?\(/g)])
        .map(([, method]) => method!)
        // Of objects, maps and lists of ours.
        .filter((method) => commands.has(method) && !['keys', 'save', 'scan', 'sort'].includes(method));
      expect(called.length).toBeGreaterThan(40);
      expect([...new Set(called)].filter((command) => !granted.includes(command))).toEqual([]);
    });

    it.each(KEY_PATTERNS)('lets the user write %s', async (pattern) => {
      const key = pattern.replace('*', 'x');
      await redis.set(key, '1');
      expect(await redis.eval(`return redis.call('GET', KEYS[1])`, 1, key)).toBe('1');
    });

    it.each([
      ['CONFIG', 'SET', 'appendonly', 'no'],
      ['CONFIG', 'GET', 'requirepass'],
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['DEBUG', 'SLEEP', '0'],
      ['SHUTDOWN', 'NOSAVE'],
      ['ACL', 'SETUSER', 'cloudmover', '+@all'],
      ['MONITOR'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['CLIENT', 'LIST'],
      ['SCRIPT', 'FLUSH'],
      ['FUNCTION', 'LIST'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['CLUSTER', 'RESET'],
      ['SAVE'],
      ['MIGRATE', '127.0.0.1', '1', 'cloudmover:x', '0', '1'],
      ['DUMP', 'cloudmover:x'],
      ['PUBLISH', 'channel', 'x'],
      ['SUBSCRIBE', 'channel'],
    ])('refuses %s %s', async (command, ...args) => {
      await expect(redis.call(command, ...args)).rejects.toThrow(/^NOPERM/);
    });

    describe('the audit log', () => {
      const log = keys.audit();
      const settings = { maxEntries: 100 };
      beforeEach(async () => {
        await server.client.del(log);
        for (let entry = 0; entry < 3; entry++) await redis.rpush(log, `${entry} {}`);
      });

      it.each([
        ['DEL', log],
        ['UNLINK', log],
        ['LTRIM', log, '0', '0'],
        ['LPOP', log],
        ['RPOP', log],
        ['LREM', log, '0', '0 {}'],
        ['LSET', log, '0', 'another'],
        ['LPUSH', log, 'an earlier one'],
        ['RENAME', log, 'cloudmover:x'],
        ['RENAME', 'cloudmover:x', log],
        ['RPOPLPUSH', log, 'cloudmover:x'],
        ['LMOVE', log, 'cloudmover:x', 'LEFT', 'LEFT'],
        ['LMPOP', '1', log, 'LEFT'],
        ['BLPOP', log, '0'],
        ['LINSERT', log, 'BEFORE', '0 {}', 'x'],
        ['SET', log, 'x'],
        ['EXPIRE', log, '0'],
        ['PEXPIREAT', log, '1'],
        ['COPY', 'cloudmover:x', log, 'REPLACE'],
        ['RESTORE', log, '0', 'x', 'REPLACE'],
        ['SORT', 'cloudmover:x', 'STORE', log],
        ['SWAPDB', '0', '1'],
        ['MOVE', log, '1'],
      ])('cannot be cut or altered by %s %s %s, nor in a script', async (...call) => {
        await redis.set('cloudmover:x', '1');
        const [name = '', ...args] = call;
        await expect(redis.call(name, ...args)).rejects.toThrow(/^NOPERM/);
        const quoted = call.map((word) => `'${word}'`).join(', ');
        await expect(redis.eval(`return redis.call(${quoted})`, 1, log)).rejects.toThrow(/ACL|permission|access/i);
        expect(await redis.lrange(log, 0, -1)).toEqual(['0 {}', '1 {}', '2 {}']);
      });

      it('can be appended to and read, and never trimmed below its cap, as this user', async () => {
        const audit = new RedisAuditLog(redis, settings);
        audit.record({ actor: 'operator', action: 'operator.read', outcome: 'done' });
        await audit.flush();
        const read: string[] = [];
        for await (const { action } of audit.read()) read.push(action);
        expect(read).toHaveLength(4);
      });

      it('is trimmed to its cap by the user auditor, who may do nothing else', async () => {
        const url = `redis://cloudmover:${PASSWORD}@127.0.0.1:${server.port}`;
        const place = { kind: 'node', url } as const;
        const connections = new RedisConnections({ place, auditorPassword: PASSWORD, waitForDisk: false });
        const auditor = connections.asAuditor()!;
        await auditor.connect(); // may take longer than a command waits on a busy machine
        const openAsAuditor = () => ({ client: auditor.client, close: () => undefined });
        const audit = new RedisAuditLog(redis, { ...settings, openAsAuditor });
        for (let entry = 3; entry < 250; entry++) await redis.rpush(log, `${entry} {}`);
        audit.record({ actor: 'operator', action: 'operator.read', outcome: 'done' });
        await audit.flush();
        expect(await redis.llen(log)).toBe(100);
        for (const call of [
          ['GET', 'cloudmover:x'],
          ['RPUSH', log, 'x'],
          ['LRANGE', log, '0', '0'],
          ['DEL', log],
        ] as const)
          await expect(auditor.client.call(call[0], ...call.slice(1))).rejects.toThrow(/^NOPERM/);
        auditor.close();
        connections.close();
      });
    });

    it.each(['other', 'cloudmover', 'session', '{cloudmover:queue}', 'bull:x'])('refuses the key %s', async (key) => {
      await expect(redis.get(key)).rejects.toThrow(/^NOPERM/);
      await expect(redis.eval(`return redis.call('SET', '${key}', '1')`, 0)).rejects.toThrow(
        /No permissions to access a key|can't access at least one/,
      );
    });

    it('lists every call in the form that checks its right', async () => {
      await redis.call('MULTI');
      const replies = await Promise.all(callsOn('cloudmover:x').map(([name, ...args]) => redis.call(name!, ...args)));
      expect(new Set(replies)).toEqual(new Set(['QUEUED']));
      await redis.call('DISCARD');
      expect(await redis.exists('cloudmover:x')).toBe(1); // unchanged
    });
  });
});
