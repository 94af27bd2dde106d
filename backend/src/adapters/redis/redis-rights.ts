// Checks that the doctor makes in addition to those of a start. It runs this file unbuilt, so the file imports others
// by their real names and uses only erasable types.
import { KEY_PATTERNS, keys } from './keys.ts';
import {
  type AskRedis,
  bad,
  type Circumstances,
  DEFAULT_USER,
  good,
  isDenied,
  isError,
  LOCAL,
  messageOf,
  nameOf,
  note,
  type RedisAddress,
  type RedisFinding,
  weakIf,
} from './redis-checks.ts';

/** A key that is never written, because its transactions are discarded. */
const CHECK_KEY = 'cloudmover:check';

/** Checks encryption, the flushing of the append-only file, and whether the user has exactly the necessary rights. */
export async function checkRights(address: RedisAddress, { ask, production }: Circumstances): Promise<RedisFinding[]> {
  const { username } = address;
  const questions = [['PING'], ['INFO'], ['MULTI'], ['EXEC'], ['CONFIG', 'GET', 'appendfsync']];
  const [pong, info, multi, exec, fsync] = await ask(address, questions);
  const findings: RedisFinding[] = [];
  if (!address.tls && !LOCAL.includes(address.host))
    findings.push(
      note('The connection to Redis is not encrypted (redis://). Outside a private network use rediss://.'),
    );
  if (Array.isArray(fsync) && fsync[1] === 'no')
    findings.push(
      weakIf(production)('Redis never flushes its file to disk (appendfsync no). Set "appendfsync everysec".'),
    );
  const refused = Object.entries({ ping: pong, info, multi, exec }).flatMap(([right, reply]) =>
    isDenied(reply) ? [right] : [],
  );
  // Without a transaction the calls would be executed.
  const mayTry = !refused.includes('multi');
  if (mayTry) refused.push(...(await refusedRights(address, ask)));
  if (refused.length > 0)
    findings.push(
      bad(
        `Redis (${nameOf(address)}) does not give its user "${username ?? DEFAULT_USER}" all necessary rights: ${refused.join(', ')}. ` +
          'Give it the rights in docs/redis-users.acl.',
      ),
    );
  else if (username) findings.push(good(`The Redis user "${username}" has the necessary rights`));
  if (username && username !== DEFAULT_USER && mayTry && (await mayCutAudit(address, ask)))
    findings.push(
      note(
        `Redis lets the user "${username}" remove entries of the audit log. The user in docs/redis-users.acl may only append.`,
      ),
    );
  return findings;
}

/** The rights (by their ACL names) and keys that the user lacks. Allowed calls are queued and then discarded. */
async function refusedRights(address: RedisAddress, ask: AskRedis): Promise<string[]> {
  const calls = callsOn(CHECK_KEY);
  const touches = KEY_PATTERNS.map((pattern) => ['GET', pattern.replace('*', 'check')]);
  const audits = auditCallsOn(keys.audit());
  const [, ...replies] = await ask(address, [['MULTI'], ...calls, ...touches, ...audits, ['DISCARD']]);
  const ofKey = (reply: unknown) => isDenied(reply) && / key/.test(messageOf(reply));
  // A managed Redis may lack a command, or have renamed it.
  const isMissing = (reply: unknown) =>
    (isDenied(reply) && !ofKey(reply)) || /^ERR unknown (sub)?command/i.test(messageOf(reply));
  const refused = calls.flatMap((call, index) => (isMissing(replies[index]) ? [rightFor(call)] : []));
  if (isMissing(replies.at(-1))) refused.push(TRANSACTION_RIGHTS[2]!);
  for (const [index, pattern] of KEY_PATTERNS.entries())
    if (ofKey(replies[calls.length + index])) refused.push(`keys ${pattern}`);
  const isAppendable = audits.every((_, index) => !isDenied(replies[calls.length + touches.length + index]));
  if (!isAppendable) refused.push(`keys ${keys.audit()}`);
  return [...new Set(refused)].filter((right) => right !== 'ping' && right !== 'info');
}

/** Makes the calls in a transaction that is discarded. */
async function mayCutAudit(address: RedisAddress, ask: AskRedis): Promise<boolean> {
  const [, cut] = await ask(address, [['MULTI'], ['LTRIM', keys.audit(), '0', '-1'], ['DISCARD']]);
  return !isError(cut);
}

/** Commands whose subcommands are separate rights. */
const CONTAINERS: readonly string[] = ['CLIENT', 'CLUSTER', 'SCRIPT'];

/**
 * All commands that CloudMover calls, itself, in scripts and through BullMQ and ioredis, as complete but harmless
 * calls. In a transaction that is then discarded they show whether the user has the right. `docs/redis-users.acl`
 * grants exactly these.
 * @param key a key that the user may write
 */
export function callsOn(key: string): string[][] {
  const calls = `
    PING | INFO | TIME | SELECT 0 | CLIENT SETINFO LIB-NAME x | CLIENT SETNAME x | CLUSTER INFO | CLUSTER SLOTS | READONLY
    EVAL 1 0 | EVALSHA x 0 | SCRIPT EXISTS x | SCRIPT LOAD 1 | WAIT 0 0 | WAITAOF 0 0 0
    GET K | GETDEL K | SET K x | DEL K | UNLINK K | EXISTS K | TYPE K | RENAME K K
    TTL K | PTTL K | EXPIRE K 1 | PEXPIRE K 1 | PEXPIREAT K 1 | PERSIST K
    APPEND K x | GETRANGE K 0 0 | SETRANGE K 0 x | INCR K | INCRBY K 1
    HGET K x | HSET K x x | HMSET K x x | HSETNX K x x | HMGET K x | HGETALL K | HDEL K x | HEXISTS K x | HINCRBY K x 1
    HKEYS K | HLEN K
    LINDEX K 0 | LLEN K | LPOP K | LPOS K x | LPUSH K x | LRANGE K 0 0 | LREM K 0 x | LSET K 0 x | LTRIM K 0 0 | RPOP K
    RPOPLPUSH K K | RPUSH K x
    SADD K x | SCARD K | SISMEMBER K x | SMEMBERS K | SREM K x
    ZADD K 0 x | ZCARD K | ZCOUNT K 0 0 | ZINCRBY K 1 x | ZLEXCOUNT K - + | ZPOPMIN K | BZPOPMIN K 0 | ZRANGE K 0 0 | ZRANGEBYLEX K - +
    ZRANGEBYSCORE K 0 0 | ZREM K x | ZREMRANGEBYRANK K 0 0 | ZREMRANGEBYSCORE K 0 0 | ZREVRANGE K 0 0
    ZREVRANGEBYSCORE K 0 0 | ZSCORE K x
    PFADD K x | PFCOUNT K
    XADD K * x x | XDEL K 1 | XLEN K | XRANGE K - + | XREAD COUNT 1 STREAMS K 0 | XTRIM K MAXLEN 1`;
  return calls
    .trim()
    .split(/\s*[|\n]\s*/)
    .map((call) => call.split(' ').map((word) => (word === 'K' ? key : word)));
}

/** All calls on the audit log, in the same form: the user may only append to it and read it. */
export function auditCallsOn(key: string): string[][] {
  return [
    ['EVAL', 'return 1', '1', key],
    ['EVALSHA', 'x', '1', key],
    ['LINDEX', key, '0'],
    ['LLEN', key],
    ['LRANGE', key, '0', '0'],
    ['RPUSH', key, 'x'],
  ];
}

/** The name of a call in an ACL: `hset`, `client|setinfo`. */
export function rightFor([command = '', sub = '']: readonly string[]): string {
  return (CONTAINERS.includes(command) ? `${command}|${sub}` : command).toLowerCase();
}

/** Commands that make transactions, so using them shows their rights. */
export const TRANSACTION_RIGHTS: readonly string[] = ['multi', 'exec', 'discard'];
