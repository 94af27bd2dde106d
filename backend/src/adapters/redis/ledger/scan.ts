import type { RedisClient } from '../redis-connections.js';

/** Bytes that are read at once. */
const SLICE = 65_536;

/** The first `limit` positions from `from` on whose byte is in `wanted`. */
export async function scan(
  redis: RedisClient,
  key: string,
  wanted: readonly number[],
  from: number,
  limit: number,
): Promise<{ at: number; byte: number }[]> {
  const found: { at: number; byte: number }[] = [];
  if (limit <= 0 || wanted.length === 0) return found;
  const isWanted = new Uint8Array(256);
  for (const byte of wanted) isWanted[byte] = 1;
  for (let start = from; ; start += SLICE) {
    const bytes = await redis.getrangeBuffer(key, start, start + SLICE - 1);
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]!;
      if (isWanted[byte] && found.push({ at: start + index, byte }) === limit) return found;
    }
    if (bytes.length < SLICE) return found;
  }
}
