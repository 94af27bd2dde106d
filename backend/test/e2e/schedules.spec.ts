import { keys } from '../../src/adapters/redis/keys.js';
import type { Schedule } from '../../src/engine/model/schedule.js';
import { TransferStore } from '../../src/transfers/transfer-store.port.js';
import type { ScheduleDto } from '../../src/transfers/schedule.dto.js';
import type { ScheduleListDto, TransferDto, TransferLogDto } from '../../src/transfers/transfers.dto.js';
import { TransferQueue } from '../../src/transfers/transfers.queue.js';
import { connectRedis } from '../support/redis.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// Real: the product with its workers, Redis and BullMQ. Times of day are those of the specs beside the code.

const OPERATOR_KEY = 'operator-key-of-thirty-two-or-more-characters';
const NIGHTLY = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };

let stack: Stack;
let api: TransfersApi;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off', OPERATOR_KEY });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.control('POST', 'reset');
  api = await TransfersApi.connect(stack);
});

const put = (id: string, body: object, headers: Record<string, string> = api.tokens) =>
  stack.api.put(`/api/transfers/${id}/schedule`).set(headers).send(body);
const asSource = () => ({ 'X-Source-Token': api.tokens['X-Source-Token']! });
const asDestination = () => ({ 'X-Destination-Token': api.tokens['X-Destination-Token']! });

async function aDoneTransfer(): Promise<TransferDto & { folderId: string }> {
  const { folderId } = await api.aTree({ folders: 1, files: 2 });
  return { ...(await api.run({ items: [folderId] })), folderId };
}

/** Lets the hours of a transfer be open, or closed, now. */
const hoursFromNow = (from: number, to: number): Schedule['hours'] => {
  const time = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  return { from: time(from), to: time(to) };
};

const lastRun = ({ schedule }: TransferDto) => schedule?.lastRun;

async function logOf(id: string) {
  const { body } = await stack.api.get(`/api/transfers/${id}/log`).set(api.tokens).expect(200);
  return (body as TransferLogDto).events;
}

it('is set by both accounts, paused and removed by either, and shown', async () => {
  const { id } = await aDoneTransfer();
  await stack.api.get(`/api/transfers/${id}/schedule`).set(asSource()).expect(404);
  const alone = await put(id, NIGHTLY, asDestination());
  expect([alone.status, alone.body]).toMatchObject([401, { code: 'token_missing', side: 'source' }]);

  const { body } = await put(id, NIGHTLY).expect(200);
  const set = body as ScheduleDto;
  expect(set).toEqual({ ...NIGHTLY, state: 'active', nextRunAt: expect.any(String) as string });
  expect(new Date(set.nextRunAt!).toLocaleTimeString('de', { timeZone: 'Europe/Berlin' })).toBe('02:00:00');
  expect((await api.get(id)).schedule).toEqual(set);

  const paused = await stack.api.post(`/api/transfers/${id}/schedule/pause`).set(asDestination()).expect(200);
  expect(paused.body).toEqual({ ...NIGHTLY, state: 'paused' });
  await stack.api.delete(`/api/transfers/${id}/schedule`).set(asSource()).expect(204);
  await stack.api.delete(`/api/transfers/${id}/schedule`).set(asSource()).expect(204);
  expect(await api.get(id)).not.toHaveProperty('schedule');
  expect((await logOf(id)).filter(({ kind }) => kind === 'schedule').map(({ command, by }) => [command, by])).toEqual([
    ['schedule', ['source', 'destination']],
    ['pause_schedule', ['destination']],
    ['remove_schedule', ['source']],
  ]);
});

it('is listed for the operator, page by page, with both accounts and no names of items', async () => {
  const list = async (query: object = {}) => {
    const request = stack.api.get('/api/schedules').set('X-Operator-Key', OPERATOR_KEY).query(query);
    return (await request.expect(200)).body as ScheduleListDto;
  };
  const before = new Set((await list({ limit: 100 })).schedules.map(({ id }) => id));
  const ours = async () => (await list({ limit: 100 })).schedules.filter(({ id }) => !before.has(id));
  const { id } = await aDoneTransfer();
  const { body: set } = await put(id, NIGHTLY).expect(200);
  const { folderId } = await api.aTree({ folders: 1, files: 2 });
  const hours = { timezone: 'UTC', hours: hoursFromNow(2, 4) };
  const preflight = await api.preflight({ items: [folderId], schedule: hours });
  expect((await ours()).map((each) => each.id)).toEqual([id]); // a preflight is no transfer
  await api.counted(preflight.id);
  await api.start({ preflightId: preflight.id });
  // Its hours begin later; until then nothing about it changes.
  await api.until(preflight.id, ({ state }) => state === 'waiting_quota');

  const [first, second] = await ours();
  expect(first).toMatchObject({
    ...{ id: preflight.id, schedule: hours },
    ...{ state: 'waiting_quota', limitReached: 'hours' },
  });
  expect(second).toEqual({
    ...{ id, createdAt: expect.any(String) as string, state: 'completed', schedule: set as ScheduleDto },
    source: { email: ALICE, name: expect.any(String) as string },
    destination: { email: BOB, name: expect.any(String) as string },
  });
  const page = await list({ limit: 1 });
  expect(page.schedules).toEqual([first]);
  expect((await list({ limit: 1, cursor: page.nextCursor })).schedules).toEqual([second]);

  await stack.api.post(`/api/transfers/${id}/schedule/pause`).set(asSource()).expect(200);
  expect((await ours())[1]?.schedule.state).toBe('paused');
  await stack.api.delete(`/api/transfers/${id}/schedule`).set(asSource()).expect(204);
  expect((await ours()).map((each) => each.id)).toEqual([preflight.id]);
});

const WRONG: readonly [what: string, body: object, parameter: string, detail: string][] = [
  ['an unknown time zone', { ...NIGHTLY, timezone: 'Europe/Atlantis' }, 'timezone', 'IANA name'],
  ['an expression that never fires', { cron: '0 2 30 2 *' }, 'cron', 'never fires'],
  ['an expression that fires too often', { cron: '* * * * *' }, 'cron', 'at least 15 minutes'],
  ['no expression', { cron: 'nightly' }, 'cron', 'five fields'],
  ['an interval that is too short', { every: 'PT1M' }, 'every', 'between PT15M and P28D'],
  ['hours that never open', { hours: { from: '20:00', to: '20:00' } }, 'hours.to', 'never open'],
  ['hours that do not exist', { hours: { from: '24:00', to: '06:00' } }, 'hours.from', 'a time such as 20:00'],
  ['both kinds of runs', { ...NIGHTLY, every: 'PT6H' }, 'cron', 'cannot be combined with every'],
  ['an end before the first run', { every: 'P1D', until: '2026-01-01T00:00:00Z' }, 'until', 'after the next run'],
  ['an end of nothing', { hours: { from: '20:00', to: '06:00' }, until: '2027-01-01T00:00:00Z' }, 'until', 'needs'],
  ['nothing', {}, 'every', 'must be sent'],
];

it('refuses what makes no schedule, and names the field', async () => {
  const { id } = await aDoneTransfer();
  const answers = await Promise.all(
    WRONG.map(async ([what, body]) => {
      const { status, body: problem } = await put(id, body);
      return [what, status, problem] as const;
    }),
  );
  expect(answers).toMatchObject(
    WRONG.map(([what, , parameter, detail]) => [
      what,
      400,
      { code: 'invalid_request', errors: [{ parameter, detail: expect.stringContaining(detail) as string }] },
    ]),
  );
});

it('is refused for a move, an undone transfer, and after an account has withdrawn its access', async () => {
  const { folderId } = await api.aTree({ folders: 1, files: 1 });
  const moved = await api.run({ items: [folderId], mode: 'move' });
  expect((await put(moved.id, NIGHTLY)).body).toMatchObject({ code: 'schedule_refused' });
  await put(moved.id, { hours: { from: '20:00', to: '06:00' } }).expect(200);
  const { id } = await aDoneTransfer();
  await put(id, NIGHTLY).expect(200);
  await stack.api.post('/session/revoke').set(asSource()).expect(200);
  api.tokens['X-Source-Token'] = await connect(stack, 'source', ALICE);
  expect(await api.get(id)).toMatchObject({ withdrawn: ['source'], schedule: { state: 'ended' } });
  expect((await put(id, NIGHTLY)).body).toMatchObject({ code: 'access_withdrawn' });
  const other = await aDoneTransfer();
  await put(other.id, NIGHTLY).expect(200);
  await api.command(other.id, 'undo');
  expect(await api.ended(other.id)).toMatchObject({ state: 'undone', schedule: { state: 'ended' } });
  expect((await put(other.id, NIGHTLY)).body).toMatchObject({ code: 'transfer_state' });
});

it('starts a due run once with two workers, after both accounts have signed out, and shows what it found', async () => {
  const worker = await stack.startAnother('worker');
  const { id, folderId } = await aDoneTransfer();
  await put(id, NIGHTLY).expect(200);
  for (const tokens of [asSource(), asDestination()]) await stack.api.delete('/session/logout').set(tokens).expect(200);
  await api.aFile(ALICE, 'new.txt', 'new', folderId);

  const due = Date.now() + 500;
  await api.makeDue(id, due);
  const queues = [stack.app, worker].map((app) => app.get(TransferQueue));
  await Promise.all(queues.map((queue) => queue.schedule(id, { every: 'P1D', timezone: 'UTC' }, due)));
  const ledger = (await stack.app.get(TransferStore).find(id))!;
  const ended = await until('the run has ended', async () => {
    const { schedule, state } = await ledger.snapshot();
    return schedule?.lastRun && { schedule, state };
  });
  expect(ended).toMatchObject({ state: 'completed', schedule: { lastRun: { changed: 1, state: 'completed' } } });
  expect((await ledger.events()).filter(({ state }) => state === 'updating')).toHaveLength(1);
  expect(ended.schedule.nextRunAt).toBeGreaterThan(Date.now());
  await worker.close();
});

it('makes up for a missed run whose job was lost', async () => {
  const { id } = await aDoneTransfer();
  await put(id, NIGHTLY).expect(200);
  const queue = stack.app.get(TransferQueue);
  await queue.unschedule(id);
  await api.makeDue(id, Date.now() - 5 * 86_400_000);
  await stack.maintain();
  const { schedule } = await api.until(id, (transfer) => lastRun(transfer) !== undefined && hasEnded(transfer));
  expect(Date.parse(schedule!.nextRunAt!)).toBeGreaterThan(Date.now());
});

it('starts the next run after one that failed', async () => {
  const { id, folderId } = await aDoneTransfer();
  await put(id, NIGHTLY).expect(200);
  const runs = async (state: TransferDto['state']) => {
    await api.makeDue(id, Date.now());
    await stack.maintain();
    return api.until(id, (transfer) => lastRun(transfer)?.state === state);
  };
  const refusal = { status: 403, reason: 'domainPolicy' };
  await api.behave({ faults: [{ operation: 'changes.list', account: ALICE, nth: 1, ...refusal }] });
  const { id: newId } = await api.aFile(ALICE, 'new.txt', 'new', folderId);
  const failed = await runs('failed');
  expect(failed).toMatchObject({ state: 'failed', problem: { code: 'domain_policy' }, schedule: { state: 'active' } });
  expect(Date.parse(failed.schedule!.nextRunAt!)).toBeGreaterThan(Date.now());
  const done = await runs('completed');
  expect(done).toMatchObject({ state: 'completed', schedule: { lastRun: { changed: 1 } } });
  expect(done).not.toHaveProperty('problem');
  expect((await api.items(id)).map(({ sourceId }) => sourceId)).toContain(newId);
});

it('parks the due run of a transfer whose access Google has ended, and continues once the account has confirmed', async () => {
  const { id } = await aDoneTransfer();
  await put(id, NIGHTLY).expect(200);
  await stack.control('POST', 'grants/revoke', { account: BOB });
  await api.makeDue(id, Date.now());
  await stack.maintain();
  const parked = await api.until(id, ({ state }) => state === 'needs_reconnect');
  expect(parked).toMatchObject({ parked: { side: 'destination' }, schedule: { state: 'active' } });
  api.tokens['X-Destination-Token'] = await connect(stack, 'destination', BOB);
  await api.command(id, 'resume');
  expect(lastRun(await api.until(id, (transfer) => lastRun(transfer) !== undefined))).toMatchObject({
    state: 'completed',
  });
});

describe('allowed hours', () => {
  const closed = () => ({ timezone: 'UTC', hours: hoursFromNow(2, 4) });
  const isWaiting = ({ state }: TransferDto) => state === 'waiting_quota';

  it('apply to the first run too, until a person runs it', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 2 });
    const schedule = closed();
    const { id } = await api.start({ items: [folderId], schedule });
    const waiting = await api.until(id, isWaiting);
    expect(waiting).toMatchObject({ limitReached: 'hours', schedule: { ...schedule, state: 'active' } });
    expect(waiting.resumeAt?.slice(11, 16)).toBe(schedule.hours!.from);
    await api.command(id, 'resume');
    expect(await api.ended(id)).toMatchObject({ state: 'completed' });
  });

  it('open for a transfer that waits for them', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 2 });
    const { id } = await api.start({ items: [folderId], schedule: closed() });
    await api.until(id, isWaiting);
    const redis = await connectRedis();
    await redis.hset(keys.transfer(id), 'schedule', JSON.stringify({ timezone: 'UTC', hours: hoursFromNow(-1, 1) }));
    redis.disconnect();
    await stack.maintain();
    expect(await api.ended(id)).toMatchObject({ state: 'completed' });
  });

  it('stay closed for the access of a transfer whose wait for Google’s limit is over', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 1 });
    await stack.control('POST', 'accounts', { email: 'carol@example.com' });
    const permission = { type: 'user', role: 'reader', emailAddress: 'carol@example.com' };
    await api.drive(ALICE, 'POST', `/drive/v3/files/${folderId}/permissions`, permission);
    const refusal = { status: 403, reason: 'sharingRateLimitExceeded', retryAfter: 600 };
    await api.behave({ faults: [{ operation: 'permissions.create', account: BOB, nth: 1, ...refusal }] });
    const { id } = await api.start({ items: [folderId], sharing: { mode: 'carry' } });
    await api.until(id, ({ limitReached }) => limitReached === 'sharing');
    const redis = await connectRedis();
    const setHours = (hours: Schedule['hours']) =>
      redis.hset(keys.transfer(id), 'schedule', JSON.stringify({ timezone: 'UTC', hours }));
    await setHours(hoursFromNow(2, 4));
    await redis.hset(keys.transfer(id), 'resumeAt', Date.now());
    await stack.maintain();
    const waiting = await api.until(id, ({ limitReached }) => limitReached === 'hours');
    expect(waiting.sharing).toMatchObject({ equal: 0, waiting: 1 });
    await setHours(hoursFromNow(-1, 1));
    redis.disconnect();
    await stack.maintain();
    await api.until(id, ({ limitReached }) => limitReached !== 'hours'); // the account's own wait lasts
  });

  it('close for a transfer that runs, and do not delay the count of a preflight', async () => {
    await api.behave({ latencyMs: { 'files.copy': 1_500 } });
    const { folderId } = await api.aTree({ files: 300 });
    const preflight = await api.counted((await api.preflight({ items: [folderId], schedule: closed() })).id);
    expect(preflight).toMatchObject({ state: 'ready', schedule: { state: 'active' } });
    await stack.api.post('/api/transfers').set(api.tokens).send({ preflightId: preflight.id }).expect(202);
    expect(await api.until(preflight.id, isWaiting)).toMatchObject({ counts: { verified: 0 } });

    await put(preflight.id, { timezone: 'UTC', hours: hoursFromNow(-1, 1) }).expect(200);
    await api.until(preflight.id, ({ counts }) => counts.verified > 2);
    await put(preflight.id, closed()).expect(200);
    await stack.maintain();
    await api.until(preflight.id, isWaiting);
    await api.behave({});
    await stack.api.delete(`/api/transfers/${preflight.id}/schedule`).set(asSource()).expect(204);
    await stack.maintain();
    expect(await api.ended(preflight.id)).toMatchObject({ state: 'completed', counts: { failed: 0 } });
  });
});
