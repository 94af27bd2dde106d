import type { TransferSnapshot } from '../../../engine/model/snapshot.js';
import { BUCKET_SECONDS, PACE_BUCKETS } from './lua-parts.js';

export const BUCKET_MS = BUCKET_SECONDS * 1_000;
const WINDOW_MS = 60_000;
/** If nothing arrives for this many times the usual interval, the work has stopped. */
const UNUSUAL_PAUSE = 3;

/**
 * Averages over the last minute or, for a younger transfer, over the time since `from`. Falls to 0 in less than a
 * minute when nothing arrives any more.
 * @param buckets amounts by `i:BUCKET` (items) and `b:BUCKET` (bytes); BUCKET counts periods of BUCKET_MS since the
 *   epoch
 * @param from when the work started or was resumed; epoch milliseconds like `now`
 */
export function rateOf(buckets: Readonly<Record<string, string>>, from: number, now: number): TransferSnapshot['rate'] {
  const first = Math.max(Math.floor(now / BUCKET_MS) - WINDOW_MS / BUCKET_MS + 1, Math.floor(from / BUCKET_MS));
  const ms = Math.min(WINDOW_MS, Math.max(1_000, now - from));
  const perSecond = (what: 'i' | 'b') => {
    const filled = Object.entries(buckets)
      .map(([field, amount]) => ({ kind: field[0], bucket: Number(field.slice(2)), amount: Number(amount) }))
      .filter(({ kind, bucket, amount }) => kind === what && bucket >= first && amount > 0);
    const amount = filled.reduce((sum, bucket) => sum + bucket.amount, 0);
    const silentMs = now - (Math.max(...filled.map(({ bucket }) => bucket)) + 1) * BUCKET_MS;
    const usualMs = ms / (what === 'i' ? amount : filled.length);
    return silentMs > Math.max(BUCKET_MS, UNUSUAL_PAUSE * usualMs) ? 0 : amount / (ms / 1_000);
  };
  return { itemsPerSecond: perSecond('i'), bytesPerSecond: perSecond('b') };
}

/** Items by bucket, since the start of the transfer or the oldest bucket that is kept. */
export function paceOf(
  buckets: Readonly<Record<string, string>>,
  startedAt: number,
  now: number,
): NonNullable<TransferSnapshot['pace']> {
  const last = Math.floor(now / BUCKET_MS);
  const first = Math.max(last - PACE_BUCKETS + 1, Math.floor(startedAt / BUCKET_MS));
  const items = Array.from({ length: Math.max(1, last - first + 1) }, (_, index) =>
    Number(buckets[`i:${first + index}`] ?? 0),
  );
  return { from: first * BUCKET_MS, everySeconds: BUCKET_SECONDS, items };
}
