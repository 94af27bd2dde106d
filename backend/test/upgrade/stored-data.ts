import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

/** What an installation had stored when it was stopped, as a file of this folder; its secrets open nothing else. */
export interface StoredData {
  readonly about: string;
  readonly takenAt: number;
  /** CREDENTIALS_KEYS. */
  readonly ring: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly tokens: Readonly<Record<'alice' | 'bob' | 'carol' | 'old', string>>;
  readonly transfers: Readonly<Record<'running' | 'parked' | 'finished', string>>;
  /** Ids of the folders that the transfers copy. */
  readonly folders: Readonly<Record<'running' | 'parked' | 'finished', string>>;
  /**
   * What works without anybody present; 0.1 has none of it. The finished transfer has the schedule, and a mail about its end
   * waits, as the webhook's message does.
   */
  readonly unattended?: {
    readonly operatorKey: string;
    /** With the scope `analytics`. */
    readonly machineKey: string;
    readonly webhookId: string;
    readonly schedule: { readonly every: string; readonly timezone: string };
    /** Account that gets the mail. */
    readonly mailTo: string;
  };
  /** The lines of the sandbox's data. */
  readonly sandbox: readonly string[];
  readonly redis: readonly StoredKey[];
}

/** Bytes as text, or as base64 if they are not UTF-8. */
type Bytes = string | { readonly base64: string };

/** A key with its commands' values, so that any version of Redis or Valkey can load it. */
interface StoredKey {
  readonly key: string;
  readonly type: 'string' | 'hash' | 'set' | 'zset' | 'list' | 'stream';
  /** Milliseconds left when it was taken; -1: no expiry. */
  readonly ttl: number;
  readonly values: readonly Bytes[];
}

const toBytes = (value: Bytes): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');

function fromBytes(value: Buffer): Bytes {
  const text = value.toString();
  return Buffer.from(text).equals(value) ? text : { base64: value.toString('base64') };
}

/** Reads all keys, as an administrator; without those that expire meanwhile. */
export async function readKeys(redis: Redis): Promise<StoredKey[]> {
  const read = {
    string: async (key: string) => [await redis.getBuffer(key)].filter((value) => value !== null),
    hash: async (key: string) =>
      Object.entries(await redis.hgetallBuffer(key)).flatMap(([field, value]) => [Buffer.from(field), value]),
    set: (key: string) => redis.smembersBuffer(key),
    zset: async (key: string) =>
      (await redis.zrange(key, '0', '-1', 'WITHSCORES')).map((each) => Buffer.from(String(each))),
    list: (key: string) => redis.lrangeBuffer(key, 0, -1),
    stream: async (key: string) =>
      (await redis.xrange(key, '-', '+')).flatMap(([id, fields]) =>
        [id, String(fields.length), ...fields].map((each) => Buffer.from(each)),
      ),
  };
  const keys = (await redis.keys('*')).sort();
  const stored = await Promise.all(
    keys.map(async (key) => {
      const type = (await redis.type(key)) as StoredKey['type'] | 'none';
      if (type === 'none') return [];
      const ttl = await redis.pttl(key);
      const values = (await read[type](key)).map(fromBytes);
      return values.length ? [{ key, type, ttl, values }] : [];
    }),
  );
  return stored.flat();
}

const DAY_MS = 86_400_000;
/** Times this near to the moment of the dump belong to the installation, and move with it. */
const WINDOW_MS = 45 * DAY_MS;

/**
 * Moves the data to the present: adds the time since they were taken to every time near that moment, also in encrypted
 * records. Without that, sessions and reports would have expired.
 */
export function movedToNow(data: StoredData): StoredData {
  const since = Date.now() - data.takenAt;
  const isNear = (ms: number) => Math.abs(ms - data.takenAt) < WINDOW_MS;
  const move = (text: string): string =>
    text
      .replace(/(?<![\w-])\d{13}(?![\w])/g, (digits) => (isNear(+digits) ? String(+digits + since) : digits))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (iso) =>
        isNear(Date.parse(iso)) ? new Date(Date.parse(iso) + since).toISOString() : iso,
      );
  const ring = new Map(
    data.ring.split(',').map((entry) => {
      const [id = '', key = ''] = entry.split(':');
      return [id, Buffer.from(key, 'base64')];
    }),
  );
  const moveValue = (boundTo: readonly string[], value: Bytes): Bytes => {
    if (typeof value !== 'string') return value;
    const resealed = reseal(ring, boundTo, value, move);
    return resealed ?? move(value);
  };
  return {
    ...data,
    sandbox: data.sandbox.map(move),
    redis: data.redis.map((each) => {
      // Ids of its jobs contain times.
      if (each.key.startsWith('{cloudmover:queue}')) return each;
      // What a record is encrypted for: its key, the key of its credential, or its key and field.
      const boundTo = [each.key, each.key.replace(/:ending$/, '')];
      const ofField = (index: number) => {
        const field = each.type === 'hash' && index % 2 === 1 ? each.values[index - 1] : undefined;
        return typeof field === 'string' ? [`${each.key}:${field}`] : [];
      };
      return { ...each, values: each.values.map((value, index) => moveValue([...boundTo, ...ofField(index)], value)) };
    }),
  };
}

/** Changes the JSON of a record that is encrypted as 0.1 does (see RedisCipher); undefined if it is no such record. */
function reseal(
  ring: ReadonlyMap<string, Buffer>,
  boundTo: readonly string[],
  sealed: string,
  change: (json: string) => string,
): string | undefined {
  const [id = '', body = ''] = sealed.split('.');
  const key = ring.get(id);
  if (!key) return undefined;
  const bytes = Buffer.from(body, 'base64url');
  for (const name of boundTo)
    try {
      const aad = Buffer.from(`${id}\0${name}`);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(aad).setAuthTag(bytes.subarray(-16));
      const json = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
      const parts = [iv, cipher.update(change(json)), cipher.final(), cipher.getAuthTag()];
      return `${id}.${Buffer.concat(parts).toString('base64url')}`;
    } catch {
      // Encrypted for another name.
    }
  throw new Error(`A record of ${boundTo[0]} is encrypted for a name that this does not know.`);
}

/** Writes the keys into an empty Redis. */
export async function writeKeys(redis: Redis, stored: readonly StoredKey[]): Promise<void> {
  for (const { key, type, ttl, values: given } of stored) {
    const values = given.map(toBytes);
    if (type === 'string') await redis.set(key, values[0]!);
    else if (type === 'hash') await redis.hset(key, ...values);
    else if (type === 'set') await redis.sadd(key, ...values);
    else if (type === 'list') await redis.rpush(key, ...values);
    else if (type === 'zset')
      for (let at = 0; at < values.length; at += 2) await redis.zadd(key, String(values[at + 1]), values[at]!);
    else
      for (let at = 0; at < values.length;) {
        const [id, count] = [String(values[at]), Number(values[at + 1])];
        await redis.xadd(key, id, ...values.slice(at + 2, at + 2 + count));
        at += 2 + count;
      }
    if (ttl > 0) await redis.pexpire(key, ttl);
  }
}
