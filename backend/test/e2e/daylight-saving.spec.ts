import { jest } from '@jest/globals';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { TransferStore } from '../../src/transfers/transfer-store.port.js';
import { TRANSFERS_QUEUE } from '../../src/transfers/transfers.queue.js';
import { until } from '../../../tools/until.ts';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

// Real: the product with its worker, Redis, BullMQ's scheduler, and the sandbox. Both clocks are the test's: the product
// decides by its own when a run is due, and the sandbox by its own whether access has expired and when a file was
// created.

const ZONE = 'Europe/Berlin';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NIGHTLY = { cron: '30 2 * * *', timezone: ZONE };

/** Two changes of the clocks, one forward and one back; late enough that a test can begin before them. */
const forthcoming = Temporal.Now.zonedDateTimeISO(ZONE).add({ days: 2 }).getTimeZoneTransition('next')!;
const CHANGES = [forthcoming, forthcoming.getTimeZoneTransition('next')!].map((change) => ({
  at: change.epochMilliseconds,
  isForward: change.offsetNanoseconds > change.subtract({ seconds: 1 }).offsetNanoseconds,
}));
const [FORWARD, BACK] = [true, false].map((forward) => CHANGES.find(({ isForward }) => isForward === forward)!);

/** Day and hour by the clock on the wall, such as 2027-03-28T03. */
const onTheWall = (at: number): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE).toPlainDateTime().toString().slice(0, 13);

let stack: Stack;
/** How much later than the real time it is in the product (ms). */
let later: number;

beforeEach(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
  const now = Date.now.bind(Date);
  later = 0;
  // The sandbox has taken the real clock.
  jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
});
afterEach(async () => {
  await stack.close();
  jest.restoreAllMocks();
});

/** Advances both clocks to a time (epoch ms). */
async function advanceTo(at: number): Promise<void> {
  const advanceMs = at - Date.now();
  later += advanceMs;
  await stack.control('POST', 'clock', { advanceMs });
}

it.each([
  // 02:30 does not exist on the day of the change, so the run moves by the hour that is missing.
  ['forward', FORWARD!.at, [-23.5, 0.5, 23.5], ['02', '03', '02']],
  // 02:30 occurs twice; the first one counts.
  ['back', BACK!.at, [-24.5, -0.5, 24.5], ['02', '02', '02']],
])('runs once on each day where the clocks go %s', async (_, change, distances, hours) => {
  await advanceTo(change - 30 * HOUR_MS);
  const api = await TransfersApi.connect(stack);
  const { folderId } = await api.aTree({ folders: 1, files: 1 });
  const { id } = await api.run({ items: [folderId] });
  await stack.api.put(`/api/transfers/${id}/schedule`).set(api.tokens).send(NIGHTLY).expect(200);
  // Sessions end after a day.
  const ledger = (await stack.app.get(TransferStore, { strict: false }).find(id))!;
  const queue = stack.app.get<Queue>(getQueueToken(TRANSFERS_QUEUE), { strict: false });
  // The log has the times of Redis, so only its length is of use.
  const countRuns = async () => (await ledger.events()).filter(({ state }) => state === 'updating').length;
  const started: string[] = [];

  for (const [day, distance] of distances.entries()) {
    const due = change + distance * HOUR_MS;
    expect((await ledger.snapshot()).schedule?.nextRunAt).toBe(due);
    const job = (await queue.getDelayed()).find(({ name }) => name === 'due')!;
    expect(job.timestamp + job.delay).toBe(due);
    await advanceTo(due - 10 * MINUTE_MS);
    await stack.maintain();
    expect(await countRuns()).toBe(day);

    await api.aFile(ALICE, `day ${day}.txt`, 'new', folderId);
    await advanceTo(due);
    // A worker or the maintenance job may have started it.
    await job.promote().catch(() => undefined);
    const run = await until('the run has ended', async () => {
      const { schedule, state } = await ledger.snapshot();
      return state === 'completed' && (schedule?.lastRun?.at ?? 0) >= due && schedule?.lastRun;
    });
    started.push(onTheWall(run.at));
    // 02:30 again, where the clocks go back.
    await advanceTo(due + HOUR_MS);
    await stack.maintain();
    expect(await countRuns()).toBe(day + 1);
  }

  const expected = hours.map((hour, day) => `${dayOf(change, day - 1)}T${hour}`);
  expect(started).toEqual(expected);
  const copies = (await api.entries(BOB)).filter(({ name }) => /^day \d/.test(name));
  const created = await Promise.all(
    copies.map(async (copy) => {
      const path = `/drive/v3/files/${copy.id}?fields=createdTime`;
      const { createdTime } = await api.drive<{ createdTime: string }>(BOB, 'GET', path);
      return `${copy.name} ${onTheWall(Date.parse(createdTime))}`;
    }),
  );
  expect(created.sort()).toEqual(expected.map((time, day) => `day ${day}.txt ${time}`));
});

/** The date of the day so many days after that of a moment. */
function dayOf(at: number, offset: number): string {
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE).toPlainDate();
  return date.add({ days: offset }).toString();
}
