import type { RedisClient } from './redis-connections.js';

/** Where something stands in a list, newest first. */
export interface Position {
  readonly id: string;
  readonly createdAt: number;
}

/** Compares for `sort`. Those of the same millisecond are in the order of their ids backwards, as Redis sorts them. */
export function newestFirst(a: Position, b: Position): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Whether a position is further down the list than another one. */
export const isAfter = (position: Position, other: Position | undefined): boolean =>
  !other || newestFirst(other, position) < 0;

/**
 * Reads a part of a sorted set of ids by their creation (ms), newest first.
 * @param most the newest creation; undefined: any
 */
export async function positionsIn(
  redis: RedisClient,
  key: string,
  most: number | undefined,
  offset: number,
  count: number,
): Promise<{ positions: Position[]; isEnd: boolean }> {
  const read = await redis.zrevrangebyscore(key, most ?? '+inf', '-inf', 'WITHSCORES', 'LIMIT', offset, count);
  const positions: Position[] = [];
  for (let at = 0; at < read.length; at += 2) positions.push({ id: read[at]!, createdAt: Number(read[at + 1]) });
  return { positions, isEnd: positions.length < count };
}
