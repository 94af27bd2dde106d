// Redis for local use: the one REDIS_URL names, else a server of our own. Never a system service, and nothing is ever
// written to a Redis that is not ours.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, isIP } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { installProgram } from './packages.ts';
import { accepts, capture, commandOf, freePort, isFree, launch, programOnPath, untilReady } from './processes.ts';
import { keptSecret, Problem, remember, remembered, ROOT, say, STATE } from './workspace.ts';

/** The oldest Redis that can tell when a write has reached its append-only file (WAITAOF), on which transfers rely. */
export const OLDEST_REDIS = [7, 2];

/** Users of Redis, ready to be used but for the digests of their passwords. */
const USERS = join(ROOT, 'docs/redis-users.acl');
/** The user of that file who has just the rights that CloudMover needs. */
const USER = 'cloudmover';

/** A Redis error reply (`-NOAUTH …`), as the server worded it. */
export class RedisReplyError extends Error {}

/**
 * Sends commands to the Redis of a URL and returns their replies in order; strings, numbers, null, arrays, or a
 * RedisReplyError in place of a reply that is an error. Speaks RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
 *
 * @param {string} url `redis://[user][:password]@host[:port][/db]`, or `rediss://` for TLS
 * @param {string[][]} commands
 * @param {{ timeoutMs?: number, ca?: Buffer | string }} [options]
 * @throws {Error} when it cannot be reached, does not speak RESP or refuses the password; never shows the password
 */
export async function askRedis(url, commands, { timeoutMs = 3000, ca } = {}) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 6379 };
  const user = decodeURIComponent(username);
  const secret = decodeURIComponent(password);
  const opening = [];
  if (secret) opening.push(user ? ['AUTH', user, secret] : ['AUTH', secret]);
  if (/^\/\d+$/.test(pathname) && pathname !== '/0') opening.push(['SELECT', pathname.slice(1)]);

  // An address is no name that a server could be asked for; its certificate is compared with it all the same.
  const servername = isIP(where.host) ? undefined : where.host;
  const socket = protocol === 'rediss:' ? connectTls({ ...where, servername, ca }) : connectPlain(where);
  try {
    const wanted = [...opening, ...commands];
    const replies = await new Promise((done, fail) => {
      const got = [];
      let pending = Buffer.alloc(0);
      socket.setTimeout(timeoutMs, () => fail(new Error(`no answer within ${timeoutMs / 1000} s`)));
      socket.once('error', (error) =>
        fail(Object.assign(new Error(error.code ?? error.message), error.code && { code: error.code })),
      );
      socket.once('close', () => fail(new Error('the connection was closed before the answer')));
      socket.on('data', (data) => {
        pending = Buffer.concat([pending, data]);
        try {
          for (let next; (next = parseReply(pending, 0)); pending = pending.subarray(next.end)) got.push(next.value);
        } catch (error) {
          fail(error);
        }
        if (got.length >= wanted.length) done(got);
      });
      socket.write(wanted.map(encodeCommand).join(''));
    });
    const refused = replies.slice(0, opening.length).find((reply) => reply instanceof RedisReplyError);
    if (refused) throw refused;
    return replies.slice(opening.length);
  } finally {
    socket.destroy();
  }
}

function encodeCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** One reply from `at` on, and where it ends; undefined while it is incomplete. */
function parseReply(bytes, at) {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return undefined;
  const text = bytes.toString('utf8', at + 1, line);
  const end = line + 2;
  switch (String.fromCharCode(bytes[at])) {
    case '+':
      return { value: text, end };
    case '-':
      return { value: new RedisReplyError(text), end };
    case ':':
      return { value: Number(text), end };
    case '$': {
      const length = Number(text);
      if (length < 0) return { value: null, end };
      if (bytes.length < end + length + 2) return undefined;
      return { value: bytes.toString('utf8', end, end + length), end: end + length + 2 };
    }
    case '*': {
      if (Number(text) < 0) return { value: null, end };
      const value = [];
      let from = end;
      for (let left = Number(text); left > 0; left--) {
        const element = parseReply(bytes, from);
        if (!element) return undefined;
        value.push(element.value);
        from = element.end;
      }
      return { value, end: from };
    }
    default:
      throw new Error('what answers there is not Redis');
  }
}

/**
 * Makes sure that the Redis the user named answers. Only reads.
 * @throws {Problem} naming REDIS_URL and the cure
 */
export async function checkRedisUrl(url, caFile) {
  let host;
  try {
    const parsed = new URL(url);
    if (!/^rediss?:$/.test(parsed.protocol)) throw new Error('protocol');
    host = parsed.host;
  } catch {
    throw new Problem(
      'REDIS_URL is not a Redis address. Write it as redis://user:password@host:6379 (rediss:// for TLS).',
    );
  }
  const cure = 'Correct REDIS_URL, or unset it: CloudMover then runs a Redis of its own.';
  let reply;
  try {
    [reply] = await askRedis(url, [['PING']], { ca: caFile && readFileSync(caFile) });
  } catch (error) {
    throw new Problem(`The Redis of REDIS_URL (${host}) does not answer: ${error.message}. ${cure}`);
  }
  if (reply !== 'PONG')
    throw new Problem(`The Redis of REDIS_URL (${host}) refuses PING: ${reply?.message ?? reply}. ${cure}`);
}

/**
 * The Cluster's nodes or the Sentinels that the environment names.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {undefined | { variable: 'REDIS_CLUSTER_NODES' | 'REDIS_SENTINELS', places: { host: string, port: number }[] }}
 * @throws {Problem} when the list cannot be read
 */
export function namedRedisNodes(env) {
  const variable = ['REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'].find((name) => env[name]);
  if (!variable) return undefined;
  const places = env[variable].split(',').map((text) => {
    const [, v6, name, port] = /^\s*(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d+)\s*$/i.exec(text) ?? [];
    return { host: v6 ?? name, port: Number(port) };
  });
  if (places.some(({ host }) => !host))
    throw new Problem(`${variable} must be hosts with ports, such as redis-1:6379,redis-2:6379.`);
  return { variable, places };
}

/**
 * The Redis or Valkey server program of this machine, or why there is none.
 * Debian's `redis-tools` has the server too, without the service of `redis-server`: the one binary behind
 * `redis-check-rdb` is the server when it is called by that name.
 *
 * @returns {{ command: string, argv0?: string, version: string } | { tooOld?: string }}
 */
export function findRedisServer({
  path = process.env.PATH,
  extra = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin'],
} = {}) {
  const everywhere = [path, ...extra].join(':');
  let tooOld;
  for (const [name, argv0] of [
    ['redis-server'],
    ['valkey-server'],
    ['redis-check-rdb', 'redis-server'],
    ['valkey-check-rdb', 'valkey-server'],
  ]) {
    const command = programOnPath(name, everywhere);
    if (!command) continue;
    const { output } = capture([command, '--version'], { argv0 });
    const [, version, major, minor] = /server v=((\d+)\.(\d+)[\w.-]*)/i.exec(output) ?? [];
    if (!version) continue;
    if (Number(major) > OLDEST_REDIS[0] || (Number(major) === OLDEST_REDIS[0] && Number(minor) >= OLDEST_REDIS[1])) {
      return { command, version, ...(argv0 && { argv0 }) };
    }
    tooOld ??= `${command} is version ${version}, CloudMover needs ${OLDEST_REDIS.join('.')} or newer`;
  }
  return { tooOld };
}

/** `findRedisServer`, after installing one where that needs no question. */
export async function redisServer() {
  let found = findRedisServer();
  if (!found.command) {
    await installProgram({
      what: 'Redis',
      apt: 'redis-tools',
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
  return found;
}

/**
 * Starts a Redis of our own in `dir`: loopback only, with a password, append-only file, never evicting. It ends with
 * us. One that an earlier run left behind in the same folder is ended first: two servers would spoil each other's file.
 *
 * @param {object} options
 * @param {string} options.dir its data folder
 * @param {number} [options.port] preferred port
 * @param {string} options.password
 * @param {string} [options.userPassword] of a user with just the rights that CloudMover needs; `userUrl` is then its
 * @returns {Promise<{ url: string, userUrl?: string, port: number, version: string, pid: number,
 *   program: { command: string, argv0?: string }, stop(): Promise<void>, ended: Promise<void> }>}
 */
export async function startRedis({ dir, port: preferred, password, userPassword }) {
  const server = await redisServer();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pidFile = join(dir, 'redis.pid');
  await endLeftover(dir, pidFile, password);

  for (let tries = 1; ; tries++) {
    const port = preferred && tries === 1 && (await isFree(preferred)) ? preferred : await freePort();
    // A file, because arguments can be read by every user of the machine.
    const configFile = join(dir, 'redis.conf');
    const config = [
      ['bind', '127.0.0.1'],
      ['port', String(port)],
      ['requirepass', password],
      ['dir', dir],
      ['pidfile', pidFile],
      ['appendonly', 'yes'],
      ['appendfsync', 'everysec'],
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
      // While it reads a large file back it answers LOADING.
      await untilReady(running, async () => (await ping(url)) === 'PONG', 120_000);
    } catch (error) {
      await running.stop();
      if (tries < 3 && /Address already in use/.test(error.message)) continue;
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

/** The line that makes CloudMover's user with this password, in an ACL file or in redis.conf. */
export function userOf(password) {
  const line = readFileSync(USERS, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`user ${USER} `));
  return line.replace(/#\w+/, `#${createHash('sha256').update(password).digest('hex')}`);
}

async function ping(url) {
  try {
    const [reply] = await askRedis(url, [['PING']], { timeoutMs: 1000 });
    return reply instanceof RedisReplyError ? reply.message : reply;
  } catch {
    return undefined;
  }
}

async function endLeftover(dir, pidFile, password) {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').trim());
  const port = Number(
    /^port "?(\d+)/m.exec(
      existsSync(join(dir, 'redis.conf')) ? readFileSync(join(dir, 'redis.conf'), 'utf8') : '',
    )?.[1],
  );
  const command = commandOf(pid);
  // It is ours when it answers to our password and works in our folder, or, too busy to answer, looks like our call.
  const ours = await worksIn(dir, port, password);
  const looksOurs =
    /redis|valkey/.test(command ?? '') && (command.includes(`127.0.0.1:${port}`) || command.includes(dir));
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

async function worksIn(dir, port, password) {
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
 * The Redis that `npm start` and `npm run dev` use: the user's (only checked), else our own under the state folder,
 * on the same port as last time where that is free.
 * @returns {Promise<{ env: NodeJS.ProcessEnv, words: string, stop(): Promise<void>, ended: Promise<void> }>}
 */
export async function useRedis(state = STATE) {
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
        `Nothing answers at ${hosts}. Correct ${named.variable}, or unset it: CloudMover then runs a Redis of its own.`,
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
