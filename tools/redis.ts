// Redis for local use: the one in REDIS_URL, otherwise our own server. Never starts a system service, and never writes
// to a Redis that is not ours.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, ReplyError } from 'ioredis';
import { installProgram } from './packages.ts';
import { accepts, capture, commandOf, freePort, isFree, launch, programOnPath, untilReady } from './processes.ts';
import { codeOf, keptSecret, messageOf, Problem, remember, remembered, ROOT, say, STATE } from './workspace.ts';

/** The oldest Redis with WAITAOF, which transfers need to wait for the append-only file. */
export const OLDEST_REDIS = [7, 2] as const;

/** The users of Redis, without the digests of their passwords. */
const USERS = join(ROOT, 'docs/redis-users.acl');
/** The user in that file with exactly the rights that CloudMover needs. */
const USER = 'cloudmover';

/** Replies of `askRedis`; error replies are Error objects. */
export type RedisReply = string | number | null | Error | RedisReply[];

/**
 * Sends commands to one Redis server and returns their replies in order, without retries, because callers want to know
 * about any failure.
 *
 * @param url `redis://[user][:password]@host[:port][/db]`, or `rediss://` for TLS
 * @throws {Error} if it cannot be reached, does not use RESP or refuses the password; never contains the password
 */
export async function askRedis(
  url: string,
  commands: readonly (readonly string[])[],
  { timeoutMs = 10_000, ca }: { timeoutMs?: number; ca?: Buffer | string | undefined } = {},
): Promise<RedisReply[]> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(username);
  const secret = decodeURIComponent(password);
  const opening: string[][] = [];
  if (secret) opening.push(user ? ['AUTH', user, secret] : ['AUTH', secret]);
  if (/^\/\d+$/.test(pathname) && pathname !== '/0') opening.push(['SELECT', pathname.slice(1)]);

  const client = new Redis({
    host,
    port: Number(port) || 6379,
    // SNI does not allow IP addresses; the certificate is checked nevertheless.
    ...(protocol === 'rediss:' && { tls: { ca, ...(!isIP(host) && { servername: host }) } }),
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  });
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure ??= /RESP type/.test(error.message) ? new Error('the server is not Redis') : error;
  });
  try {
    await client.connect();
    const replies = await Promise.all(
      [...opening, ...commands].map(([name = '', ...args]) =>
        client.call(name, ...args).catch((error: unknown) => {
          // A new error, because the client's contains the command's arguments, such as passwords.
          if (error instanceof ReplyError) return new Error(messageOf(error));
          throw error;
        }),
      ),
    );
    const refused = replies.slice(0, opening.length).find((reply) => reply instanceof Error);
    if (refused) throw refused;
    return replies.slice(opening.length) as RedisReply[];
  } catch (error) {
    const code = codeOf(failure);
    throw code ? Object.assign(new Error(code), { code }) : (failure ?? error);
  } finally {
    client.disconnect();
  }
}

/**
 * Checks that the user's Redis responds. Only reads.
 * @throws {Problem} that names REDIS_URL and the fix
 */
export async function checkRedisUrl(url: string, caFile?: string) {
  let host: string;
  try {
    const parsed = new URL(url);
    if (!/^rediss?:$/.test(parsed.protocol)) throw new Error('protocol');
    host = parsed.host;
  } catch {
    throw new Problem(
      'REDIS_URL is not a Redis address. Write it as redis://user:password@host:6379 (rediss:// for TLS).',
    );
  }
  const fix = 'Correct REDIS_URL, or unset it: CloudMover then runs a Redis of its own.';
  let reply: RedisReply | undefined;
  try {
    [reply] = await askRedis(url, [['PING']], { ca: caFile && readFileSync(caFile) });
  } catch (error) {
    throw new Problem(`The Redis of REDIS_URL (${host}) does not respond: ${messageOf(error)}. ${fix}`);
  }
  if (reply !== 'PONG') throw new Problem(`The Redis of REDIS_URL (${host}) refuses PING: ${messageOf(reply)}. ${fix}`);
}

/**
 * The Cluster's nodes or the Sentinels in the environment.
 *
 * @throws {Problem} if the list is invalid
 */
export function namedRedisNodes(
  env: NodeJS.ProcessEnv,
): undefined | { variable: 'REDIS_CLUSTER_NODES' | 'REDIS_SENTINELS'; places: { host: string; port: number }[] } {
  const variable = (['REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'] as const).find((name) => env[name]);
  if (!variable) return undefined;
  const places = (env[variable] ?? '').split(',').map((text) => {
    const [, v6, name, port] = /^\s*(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d+)\s*$/i.exec(text) ?? [];
    return { host: v6 ?? name ?? '', port: Number(port) };
  });
  if (places.some(({ host }) => !host))
    throw new Problem(`${variable} must be hosts with ports, such as redis-1:6379,redis-2:6379.`);
  return { variable, places };
}

/** A Redis or Valkey server program, and its required argv[0]. */
export interface RedisProgram {
  command: string;
  argv0?: string;
  version: string;
}

/**
 * The machine's Redis or Valkey server program, or why there is none. Debian's `redis-tools` contains the server
 * without the service of `redis-server`: the binary of `redis-check-rdb` is the server if argv[0] is `redis-server`.
 *
 * @returns `tooOld`: why an existing server cannot be used
 */
export function findRedisServer({
  path = process.env.PATH,
  extra = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin'],
} = {}): Partial<RedisProgram> & { tooOld?: string | undefined } {
  const everywhere = [path, ...extra].join(':');
  let tooOld: string | undefined;
  for (const [name, argv0] of [
    ['redis-server'],
    ['valkey-server'],
    ['redis-check-rdb', 'redis-server'],
    ['valkey-check-rdb', 'valkey-server'],
  ] as const) {
    const command = programOnPath(name, everywhere);
    if (!command) continue;
    const { output } = capture([command, '--version'], { argv0 });
    const [, version, major = 0, minor = 0] = /server v=((\d+)\.(\d+)[\w.-]*)/i.exec(output) ?? [];
    if (!version) continue;
    if (Number(major) > OLDEST_REDIS[0] || (Number(major) === OLDEST_REDIS[0] && Number(minor) >= OLDEST_REDIS[1])) {
      return { command, version, ...(argv0 && { argv0 }) };
    }
    tooOld ??= `${command} is version ${version}, CloudMover needs ${OLDEST_REDIS.join('.')} or newer`;
  }
  return { tooOld };
}

/** `findRedisServer`; installs a server if the package manager needs no confirmation. */
export async function redisServer(): Promise<RedisProgram> {
  let found = findRedisServer();
  if (!found.command) {
    await installProgram({
      what: 'Redis',
      apt: ['redis-tools'],
      brew: ['redis'],
      others: { dnf: 'valkey', pacman: 'valkey', zypper: 'redis', apk: 'redis' },
      because: found.tooOld,
    });
    found = findRedisServer();
  }
  if (!found.command) {
    throw new Problem(
      `The package manager installed Redis, but ${found.tooOld ?? 'no server was found'}. ` +
        'Set REDIS_URL to a Redis 7.2 or newer (redis://user:password@host:6379) and run the command again.',
    );
  }
  return { ...found, command: found.command, version: found.version ?? '' };
}

/**
 * Starts our own Redis in `dir`: on loopback only, with a password and an append-only file, without eviction. It ends
 * with this process. Stops a Redis that a crash left running in the same folder, because two servers would corrupt the
 * file.
 *
 * @param options.dir the data folder
 * @param options.port preferred port
 * @param options.fsync when the append-only file is synced; `always` makes single transfers faster, because they wait
 * for
 *   the disk, and many transfers slower
 * @param options.userPassword password of a user with exactly the rights that CloudMover needs; its URL is `userUrl`
 */
export async function startRedis({
  dir,
  port: preferred,
  password,
  userPassword,
  fsync = 'everysec',
}: {
  dir: string;
  port?: number;
  password: string;
  userPassword?: string;
  fsync?: 'everysec' | 'always';
}): Promise<{
  url: string;
  userUrl?: string;
  port: number;
  version: string;
  pid: number;
  program: { command: string; argv0?: string };
  stop: () => Promise<void>;
  ended: Promise<void>;
}> {
  const server = await redisServer();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pidFile = join(dir, 'redis.pid');
  await endLeftover(dir, pidFile, password);

  for (let tries = 1; ; tries++) {
    const port = preferred && tries === 1 && (await isFree(preferred)) ? preferred : await freePort();
    // A file, because every user of the machine can read arguments.
    const configFile = join(dir, 'redis.conf');
    const config = [
      ['bind', '127.0.0.1'],
      ['port', String(port)],
      ['requirepass', password],
      ['dir', dir],
      ['pidfile', pidFile],
      ['appendonly', 'yes'],
      ['appendfsync', fsync],
      ['save', ''],
      ['maxmemory-policy', 'noeviction'],
    ];
    const lines = config.map(([name, value]) => `${name} ${JSON.stringify(value)}\n`);
    if (userPassword) lines.push(`${userOf(userPassword)}\n`);
    writeFileSync(configFile, lines.join(''), { mode: 0o600 });
    const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`;
    const running = launch({
      name: 'Redis',
      command: [server.command, configFile],
      argv0: server.argv0,
      logFile: join(dir, 'redis.log'),
    });
    try {
      // While it loads a large file, it replies LOADING.
      await untilReady(running, async () => (await ping(url)) === 'PONG', 120_000);
    } catch (error) {
      await running.stop();
      if (tries < 3 && /Address already in use/.test(messageOf(error))) continue;
      throw error;
    }
    return {
      url,
      ...(userPassword && { userUrl: url.replace(/\/\/.*@/, `//${USER}:${encodeURIComponent(userPassword)}@`) }),
      port,
      version: server.version,
      program: server,
      pid: running.pid,
      stop: () => running.stop(15_000),
      ended: running.ended,
    };
  }
}

/** The line of CloudMover's user with this password, for an ACL file or redis.conf. */
export function userOf(password: string) {
  const line = readFileSync(USERS, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`user ${USER} `));
  if (!line) throw new Problem(`${USERS} has no user ${USER}.`);
  return line.replace(/#\w+/, `#${createHash('sha256').update(password).digest('hex')}`);
}

async function ping(url: string) {
  try {
    const [reply] = await askRedis(url, [['PING']], { timeoutMs: 1000 });
    return reply instanceof Error ? reply.message : reply;
  } catch {
    return undefined;
  }
}

async function endLeftover(dir: string, pidFile: string, password: string) {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').trim());
  const port = Number(
    /^port "?(\d+)/m.exec(
      existsSync(join(dir, 'redis.conf')) ? readFileSync(join(dir, 'redis.conf'), 'utf8') : '',
    )?.[1],
  );
  const command = commandOf(pid) ?? '';
  // It is ours if it accepts our password and uses our folder, or does not respond but has our command line.
  const ours = await worksIn(dir, port, password);
  const looksOurs = /redis|valkey/.test(command) && (command.includes(`127.0.0.1:${port}`) || command.includes(dir));
  if (ours || looksOurs) {
    say('• Ending the Redis that an earlier run left behind …');
    if (ours)
      await askRedis(`redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`, [['SHUTDOWN', 'NOSAVE']]).catch(
        () => undefined,
      );
    else process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 150 && (commandOf(pid) || (await accepts('127.0.0.1', port))); tries++)
      await sleep(100);
    if (commandOf(pid))
      throw new Problem(
        `A Redis that an earlier run left behind does not end. Type "kill -9 ${pid}" and run the command again.`,
      );
  }
  rmSync(pidFile, { force: true });
}

async function worksIn(dir: string, port: number, password: string) {
  if (!port) return false;
  try {
    const [reply] = await askRedis(`redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`, [
      ['CONFIG', 'GET', 'dir'],
    ]);
    return Array.isArray(reply) && reply[1] === dir;
  } catch {
    return false;
  }
}

/**
 * The Redis of `npm start` and `npm run dev`: the user's (only checked), otherwise our own in the state folder, on the
 * previous port if that is free.
 */
export async function useRedis(
  state = STATE,
): Promise<{ env: NodeJS.ProcessEnv; words: string; stop: () => Promise<void>; ended: Promise<void> }> {
  const { REDIS_URL, REDIS_URL_FILE, REDIS_TLS_CA_FILE } = process.env;
  const url = REDIS_URL || (REDIS_URL_FILE && readFileSync(REDIS_URL_FILE, 'utf8').trim());
  if (url) {
    await checkRedisUrl(url, REDIS_TLS_CA_FILE);
    const words = `yours (${new URL(url).host})`;
    return { env: {}, words, stop: () => Promise.resolve(), ended: new Promise(() => undefined) };
  }
  const named = namedRedisNodes(process.env);
  if (named) {
    const hosts = named.places.map(({ host, port }) => `${host}:${port}`).join(', ');
    const there = await Promise.all(named.places.map(({ host, port }) => accepts(host, port)));
    if (!there.includes(true))
      throw new Problem(
        `Nothing responds at ${hosts}. Correct ${named.variable}, or unset it: CloudMover then runs a Redis of its own.`,
      );
    return { env: {}, words: `yours (${hosts})`, stop: () => Promise.resolve(), ended: new Promise(() => undefined) };
  }
  const dir = join(state, 'redis');
  const own = await startRedis({
    dir,
    port: remembered('redis', state),
    password: keptSecret(join(state, 'redis-password')),
  });
  remember('redis', own.port, state);
  return {
    env: { REDIS_URL: own.url },
    words: `own, version ${own.version}, data in ${dir}`,
    stop: own.stop,
    ended: own.ended,
  };
}
