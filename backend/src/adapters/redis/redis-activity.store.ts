import {
  ActivityStore,
  type Bucket,
  type ActivityBatch,
  type AccountActivity,
  type Level,
  LEVELS,
} from '../../insight/activity.port.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/**
 * How many accounts and kinds of requests a bucket counts separately: those with most requests, and those refused most
 * often.
 */
const MAX_ENTRIES = 100;
const FORGOTTEN_MS = 3_600_000;

interface Process {
  readonly role: string;
  readonly id: string;
}

/** Each bucket is a hash that expires, so nothing has to be deleted. All are on one node. */
export class RedisActivityStore extends ActivityStore {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  override async add({ facts, accounts, byAccount }: ActivityBatch, now: number, process: Process): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (const level of Object.values(LEVELS)) {
      const bucket = bucketOf(level, now);
      const expires = (key: string) => pipeline.expire(key, Math.ceil(level.keptSeconds));
      if (facts.size > 0) {
        const key = keys.activity(level.name, bucket);
        for (const [fact, by] of facts) pipeline.hincrby(key, fact, by);
        expires(key);
      }
      if (accounts.size > 0) {
        const key = keys.activityAccounts(level.name, bucket);
        pipeline.pfadd(key, ...accounts);
        expires(key);
      }
      for (const [what, key] of [
        ['asked', keys.activityAsked(level.name, bucket)],
        ['slowed', keys.activitySlowed(level.name, bucket)],
      ] as const) {
        const counted = byAccount.filter((entry) => entry[what] > 0);
        if (counted.length === 0) continue;
        for (const entry of counted) pipeline.zincrby(key, entry[what], memberOf(entry));
        pipeline.zremrangebyrank(key, 0, -MAX_ENTRIES - 1);
        expires(key);
      }
    }
    await answered(
      Promise.all([
        facts.size + accounts.size + byAccount.length > 0 && pipeline.exec().then(mustBeDone),
        this.redis.zadd(keys.processes(), now, `${process.role}:${process.id}`),
        this.redis.zremrangebyscore(keys.processes(), '-inf', now - FORGOTTEN_MS),
      ]),
    );
  }

  override async leave({ role, id }: Process): Promise<void> {
    await answered(this.redis.zrem(keys.processes(), `${role}:${id}`));
  }

  override async read(level: Level, now: number, count: number): Promise<Bucket[]> {
    const buckets = bucketsOf(level, now, count);
    const pipeline = this.redis.pipeline();
    for (const bucket of buckets) {
      pipeline.hgetall(keys.activity(level.name, bucket));
      pipeline.zrange(keys.activityAsked(level.name, bucket), '0', '-1', 'WITHSCORES');
      pipeline.zrange(keys.activitySlowed(level.name, bucket), '0', '-1', 'WITHSCORES');
    }
    const replies = await answered(pipeline.exec().then(mustBeDone));
    return buckets.map((bucket, index) => {
      const [facts, asked, slowed] = replies.slice(3 * index, 3 * index + 3) as [
        Record<string, string>,
        string[],
        string[],
      ];
      return {
        at: bucket * level.seconds * 1_000,
        facts: new Map(Object.entries(facts).map(([fact, value]) => [fact, Number(value)])),
        byAccount: entriesOf(scoresOf(asked), scoresOf(slowed)),
      };
    });
  }

  override async accounts(level: Level, now: number, count: number): Promise<number> {
    const buckets = bucketsOf(level, now, count).map((bucket) => keys.activityAccounts(level.name, bucket));
    return answered(this.redis.pfcount(...buckets));
  }

  override async processes(): Promise<(Process & { at: number })[]> {
    const found = await answered(
      this.redis.zrangebyscore(keys.processes(), Date.now() - FORGOTTEN_MS, '+inf', 'WITHSCORES'),
    );
    return [...scoresOf(found)].map(([member, at]) => {
      const [role = '', id = ''] = member.split(':');
      return { role, id, at };
    });
  }
}

const bucketOf = (level: Level, now: number): number => Math.floor(now / 1_000 / level.seconds);

function bucketsOf(level: Level, now: number, count: number): number[] {
  const last = bucketOf(level, now);
  return Array.from({ length: count }, (_, index) => last - count + 1 + index);
}

const memberOf = ({ kind, credentialId }: AccountActivity): string => `${kind} ${credentialId}`;

function entriesOf(asked: ReadonlyMap<string, number>, slowed: ReadonlyMap<string, number>): Bucket['byAccount'] {
  return [...new Set([...asked.keys(), ...slowed.keys()])].map((member) => {
    const space = member.indexOf(' ');
    return {
      kind: member.slice(0, space) === 'write' ? 'write' : 'read',
      credentialId: member.slice(space + 1),
      asked: asked.get(member) ?? 0,
      slowed: slowed.get(member) ?? 0,
    };
  });
}

/** Scores by member, from a reply that alternates them. */
function scoresOf(reply: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (let index = 0; index < reply.length; index += 2) scores.set(reply[index]!, Number(reply[index + 1]));
  return scores;
}

/** The results of a pipeline. @throws the first error in them */
function mustBeDone(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
