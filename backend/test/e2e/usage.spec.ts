import { SandboxClient } from '@cloudmover/drive-sandbox';
import { keys } from '../../src/adapters/redis/keys.js';
import type { UsageByDayDto } from '../../src/operations/analytics.dto.js';
import { googleDayAt } from '../../src/engine/model/google-day.js';
import { connectRedis } from '../support/redis.js';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, TransfersApi } from '../support/transfers-api.js';

const UNITS_PER_DAY = 2_000;
const KEY = 'operator-key-of-thirty-two-or-more-characters';
const FILES = 40;

let stack: Stack;
let google: SandboxClient;

async function start(env: Record<string, string> = {}): Promise<TransfersApi> {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', ...env });
  google = new SandboxClient(stack.sandbox.url);
  return TransfersApi.connect(stack);
}
afterEach(() => stack.close());

/** Drive's units that the sandbox counted. */
const usedUnits = async () =>
  (await google.meter()).projects.flatMap(({ days }) => days).reduce((sum, { units }) => sum + units, 0);

it('parks when the units of the day are used up, and resumes by itself when it has ended', async () => {
  const api = await start({ GOOGLE_UNITS_PER_DAY: String(UNITS_PER_DAY), OPERATOR_KEY: KEY });
  const { folderId } = await google.makeTree(ALICE, { folders: 2, files: FILES, bytes: 4_000, seed: 3 });
  await google.clearStats();
  const preflight = await api.counted((await api.preflight({ items: [folderId] })).id);
  expect(preflight.checks).toContainEqual(
    expect.objectContaining({ code: 'daily_units_fit', ok: false, blocking: false }),
  );
  expect(preflight.dailyUnits).toMatchObject({ limit: UNITS_PER_DAY, needed: preflight.estimate?.units, days: 2 });
  expect(preflight.dailyUnits!.used).toBeGreaterThan(0);
  const { id } = await api.start({ preflightId: preflight.id });
  const parked = await api.until(id, ({ state, counts }) => state === 'waiting_quota' && counts.copying === 0);
  const day = googleDayAt(Date.now());
  expect(parked).toMatchObject({ limitReached: 'units', failureGroups: [], counts: { failed: 0 } });
  expect(Math.abs(Date.parse(parked.resumeAt!) - day.ends)).toBeLessThanOrEqual(30_000);
  expect(await usedUnits()).toBeLessThanOrEqual(UNITS_PER_DAY);
  expect(await usedUnits()).toBeGreaterThan(UNITS_PER_DAY - 200);

  const { body } = await stack.api.get('/api/usage').set('X-Operator-Key', KEY).expect(200);
  const usage = body as UsageByDayDto;
  expect(usage).toMatchObject({
    waiting: 1,
    today: { limit: UNITS_PER_DAY, endsAt: new Date(day.ends).toISOString() },
  });
  expect(usage.today!.used).toBe(UNITS_PER_DAY);
  expect(usage.days[0]!.date).toBe(day.date);

  // As if the day had ended: it has used nothing yet, and the wait is over.
  const redis = await connectRedis();
  await redis.del(keys.dailyUnits(day.date));
  await redis.hset(keys.transfer(id), 'resumeAt', Date.now());
  redis.disconnect();
  const done = await api.ended(id);
  expect(done).toMatchObject({ state: 'completed', counts: { failed: 0, skipped: 0 } });
  expect(done).not.toHaveProperty('limitReached');
  expect((await google.stats()).requests['files.copy']?.['200']).toBe(FILES);
  expect(done.usage.units).toBe(await usedUnits());
});

it('keeps what a transfer has used when its process restarts', async () => {
  const api = await start();
  const { folderId } = await google.makeTree(ALICE, { folders: 2, files: 200, bytes: 4_000, seed: 3 });
  await google.behave({ latencyMs: { 'files.copy': 1_000, '*': 50 } });
  await google.clearStats();
  const { id } = await api.start({ items: [folderId] });
  await api.until(id, ({ counts, usage }) => counts.verified > 20 && usage.units > 1_000);
  await stack.restart({ general: { role: 'api' } });
  const between = await api.get(id);
  // The sandbox does not count the copies that the restart cut off.
  const cutOff = between.usage.units - (await usedUnits());
  expect(between.counts.verified).toBeLessThan(200);
  expect(cutOff).toBeGreaterThanOrEqual(0);
  await google.behave({});
  await stack.restart({ general: { role: 'all' } });
  const done = await api.ended(id);
  expect(done.usage.units).toBe((await usedUnits()) + cutOff);
});
