import type { Redis } from 'ioredis';
import { PaceStore } from '../../src/pacing/pace-store.js';
import { RedisPaceStore } from '../../src/adapters/redis/redis-pacer.store.js';
import { connectRedis, emptyRedis } from '../support/redis.js';
import { bucket, fixedWindow, randomFrom, run, type VirtualClock } from '../support/virtual-google.js';

// Real: Redis and its scripts. Virtual: time and Google.

const SEED = Number(process.env['SEED'] ?? 1);
let connections: Redis[];

beforeEach(async () => {
  await emptyRedis();
  connections = [];
});
afterEach(() => connections.forEach((redis) => redis.disconnect()));

/** A store that knows whether replies of Redis are outstanding. */
class Watched extends PaceStore {
  outstanding = 0;
  constructor(private readonly store: PaceStore) {
    super();
  }
  private async watch<T>(answer: Promise<T>): Promise<T> {
    this.outstanding++;
    try {
      return await answer;
    } finally {
      this.outstanding--;
    }
  }
  override reserve(...args: Parameters<PaceStore['reserve']>) {
    return this.watch(this.store.reserve(...args));
  }
  override change(...args: Parameters<PaceStore['change']>) {
    return this.watch(this.store.change(...args));
  }
  override pause(...args: Parameters<PaceStore['pause']>) {
    return this.watch(this.store.pause(...args));
  }
  override addBytes(...args: Parameters<PaceStore['addBytes']>) {
    return this.watch(this.store.addBytes(...args));
  }
  override bytesOfDay(...args: Parameters<PaceStore['bytesOfDay']>) {
    return this.watch(this.store.bytesOfDay(...args));
  }
}

it.each([
  ['10 writes a second', () => bucket(500, 500), 500],
  ['120,000 units in each minute', () => fixedWindow(120_000, 60_000), 2_000],
])(`two processes find and use %s together (seed ${SEED})`, async (_, limiter, unitsPerSecond) => {
  const redis = await connectRedis();
  connections.push(redis);
  let store!: Watched;
  const [outcome] = await run({
    callers: [{ count: 32, limiter: limiter() }],
    processes: 2,
    seconds: 300,
    random: randomFrom(SEED),
    store: (clock: VirtualClock) => (store = new Watched(new RedisPaceStore(redis, () => clock.now()))),
    busy: () => store.outstanding > 0,
  });
  const { admitted, refused } = outcome!;
  expect((admitted * 50) / (unitsPerSecond * 300)).toBeGreaterThanOrEqual(0.95);
  expect(refused / (admitted + refused)).toBeLessThanOrEqual(0.02);
});
