// The doctor reads this file as it is, before anything is built: no import, and types that can be left out.

/** Commands that have subcommands, each a right of its own. */
const CONTAINERS: readonly string[] = ['CLIENT', 'CLUSTER', 'SCRIPT'];

/**
 * All that CloudMover calls in Redis, by itself, in scripts and through BullMQ and ioredis, each in a form that is
 * complete but harmless: it is put into a transaction that is then discarded, which shows whether the user may call it.
 * `docs/redis-users.acl` grants just this.
 * @param key one that the user may write
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

/** All that CloudMover calls on the audit log, in the same form: the user may append to it and read it, and no more. */
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

/** The name that an ACL knows a call by: `hset`, `client|setinfo`. */
export function rightFor([command = '', sub = '']: readonly string[]): string {
  return (CONTAINERS.includes(command) ? `${command}|${sub}` : command).toLowerCase();
}

/** By which transactions are made; their rights show by themselves. */
export const TRANSACTION_RIGHTS: readonly string[] = ['multi', 'exec', 'discard'];
