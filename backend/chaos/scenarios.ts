import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { type BehaviorInput, randomFrom } from '@cloudmover/drive-sandbox';
import type { Crossing, Moment } from './crossing.ts';
import type { Fsync } from './redis-server.ts';
import { accessOf, assertSurvived, type Allowance, type Verdict } from './oracle.ts';
import { isLedgerWrite } from './proxy-redis.ts';
import { until } from '../../tools/until.ts';
import { BROAD, BROAD_RELAY, SHARED, SHARED_DRIVE, TINY, TINY_RELAY, type Shape } from './source-data.ts';
import { NO_LAGS, type Requests, type Slot, sumOf, type Transfer, type World } from './world.ts';

/** An accident that a transfer must survive. */
export interface Scenario {
  readonly name: string;
  /** Worker processes it needs. */
  readonly workers: number;
  /** How Redis keeps its file; `always` if not said. */
  readonly fsync?: Fsync;
  /** Settings of the product that it needs. */
  readonly env?: Record<string, string>;
  /**
   * Lets it happen once; the same seed, the same accident at the same place.
   * @returns a few words on what was seen
   * @throws Error naming what did not survive
   */
  readonly run: (world: World, seed: number) => Promise<string>;
}

/** A place at which a process may die: a crossing, and in which kind of transfer it comes by. */
export interface Point {
  readonly name: string;
  readonly crossing: RegExp;
  readonly when: Moment;
  readonly shape: Shape;
  readonly mode: 'copy' | 'move';
  /** The accident strikes at one of the first so many. */
  readonly among: number;
}

const google = (
  what: string,
  when: Moment,
  among: number,
  more: Partial<Pick<Point, 'shape' | 'mode'>> = {},
): Point => ({
  name: `${when} ${what}`,
  crossing: new RegExp(`^google ${what}$`),
  when,
  among,
  shape: TINY,
  mode: 'copy',
  ...more,
});
const ledger = (what: string, keys: string, when: Moment, among: number): Point => ({
  name: `${when} the ledger notes ${what}`,
  crossing: new RegExp(`^redis .*\\b(${keys})\\b`),
  when,
  among,
  shape: TINY,
  mode: 'copy',
});
const relay = { shape: TINY_RELAY };
const move = { mode: 'move' } as const;
const shared = { shape: SHARED };

/** Every write to Google and to the ledger, before it went out and after it landed. */
export const POINTS: readonly Point[] = [
  google('list', 'after', 3),
  google('ids', 'after', 2),
  google('folder', 'before', 4),
  google('folder', 'after', 4),
  google('permission create', 'before', 1),
  google('permission create', 'after', 1),
  google('copy', 'before', 6),
  google('copy', 'after', 6),
  google('multipart', 'before', 4, relay),
  google('multipart', 'amid', 3, relay),
  google('multipart', 'after', 4, relay),
  google('upload begin', 'after', 1, relay),
  google('upload chunk', 'before', 1, relay),
  google('upload chunk', 'amid', 1, relay),
  google('upload chunk', 'after', 1, relay),
  google('shortcut', 'before', 1),
  google('shortcut', 'after', 1),
  google('times', 'before', 3),
  google('times', 'after', 3),
  google('trash', 'before', 8, move),
  google('trash', 'after', 8, move),
  google('permission delete', 'before', 1),
  google('permission delete', 'after', 1),
  ledger('the plan', 'pages', 'before', 1),
  ledger('the plan', 'pages', 'after', 1),
  ledger('ids', 'ids', 'before', 8),
  ledger('ids', 'ids', 'after', 8),
  ledger('grants', 'grants', 'before', 2),
  ledger('grants', 'grants', 'after', 2),
  ledger('states', 'states', 'before', 30),
  ledger('states', 'states', 'after', 30),
  ledger('that the disk has it', 'WAITAOF', 'before', 4),
  ledger('that the disk has it', 'WAITAOF', 'after', 4),
  google('grant', 'before', 8, shared),
  google('grant', 'after', 8, shared),
  google('restrict', 'before', 3, shared),
  google('restrict', 'after', 3, shared),
  google('permission list', 'after', 6, shared),
  { ...ledger('access of originals', 'access', 'after', 1), ...shared },
  { ...ledger('access of copies', 'access-records', 'before', 12), ...shared },
  { ...ledger('access of copies', 'access-records', 'after', 12), ...shared },
];

const isAt = ({ crossing, when }: Point) => {
  return (passing: Crossing) =>
    passing.when === when &&
    crossing.test(passing.name) &&
    (!passing.name.startsWith('redis ') || isLedgerWrite(passing.name) || passing.name === 'redis WAITAOF');
};

/** A whole number from 1 to `most`. */
const upTo = (most: number, random: () => number): number => 1 + Math.floor(random() * most);

/** Docs have no bytes: where nothing may be shared they are skipped, and what points at them; the report says why. */
function allowanceFor({ readOnly }: Shape): Allowance {
  return readOnly
    ? {
        failure: (code, kind) => (kind === 'google' || kind === 'shortcut') && code === 'conversion_needed',
      }
    : {};
}

/** How many requests took how many times those of a quiet run. */
const figures = ({ requests, surplusTrashed }: Verdict, calm: Requests): string =>
  `${sumOf(requests)} requests, ${(sumOf(requests) / sumOf(calm)).toFixed(2)} of a quiet run${surplusTrashed ? `, ${surplusTrashed} surplus copies trashed` : ''}`;

/** The accident must have happened before the transfer is over, else the run shows nothing. */
async function struck<T>(world: World, transfer: Transfer, accident: Promise<T>): Promise<T> {
  const over = world.settled(transfer).then(() => {
    throw new Error('The transfer was over before the accident: the point never came.');
  });
  over.catch(() => undefined);
  return Promise.race([accident, over]);
}

/**
 * A worker dies by SIGKILL at one point, and another one is started.
 *
 * The minimum after the accident, in requests: those of an undisturbed run; each that was in flight again, and one
 * that asks what became of it. An item is under way until the ledger has it settled: its answer may have come, and died
 * with the process while that waited for Redis. When the counting was not done yet, all that were spent on it come
 * again, because it restarts (a listing made later does not continue an earlier one). So does
 * the closing check, with all it asked the destination: what was compared may have changed while nobody looked. Two more
 * for every chosen item: a fresh process must ask who may read it, and where things go. Requests are counted with even
 * seeds, which have no lags.
 */
export function killedAt(point: Point): Scenario {
  return {
    name: `kill ${point.name}`,
    workers: 1,
    async run(world, seed) {
      const { shape, mode } = point;
      const calm = await world.calmRequests(shape, mode, seed);
      const random = randomFrom(seed);
      if (isCounted(seed, shape)) await world.behave(NO_LAGS);
      const pair = await world.pair(shape, seed);
      const killed = world.killAt(world.worker, isAt(point), upTo(point.among, random));
      const transfer = await world.transfer(pair, mode);
      const { lost } = await struck(world, transfer, killed);
      const { counts, state } = await world.view(transfer);
      const underWay = Math.max(lost, counts['copying'] ?? 0);
      const spent = sumOf(await world.requestsFor(transfer));
      const again = state === 'planning' ? spent : 0;
      const closing = /times|trash|permission delete/.test(point.name) ? await world.readsOf(pair.destination) : 0;
      const least = { quiet: calm, more: 2 * underWay + again + closing + 2 * pair.chosen.length };
      return figures(
        await assertSurvived(world, transfer, { ...allowanceFor(shape), ...(isCounted(seed, shape) && { least }) }),
        calm,
      );
    },
  };
}

/** Not where sharing is carried over: a copy whose process died is read again, and how many were under way varies. */
const isCounted = (seed: number, { isShared }: Shape): boolean => seed % 2 === 0 && !isShared;

/** A worker dies again and again, wherever it happens to be. */
function killedAnywhere(shape: Shape, mode: 'copy' | 'move'): Scenario {
  return {
    name: `kill anywhere, ${shape.name}, ${mode}`,
    workers: 1,
    async run(world, seed) {
      const random = randomFrom(seed);
      const calm = await world.calmRequests(shape, mode, seed);
      const pair = await world.pair(shape, seed);
      const transfer = await world.transfer(pair, mode);
      const kills = upTo(3, random);
      let done = 0;
      for (; done < kills; done++) {
        const killed = world.killAt(world.worker, () => true, upTo(300, random));
        try {
          await struck(world, transfer, killed);
        } catch {
          break; // It was over: so many kills are what this seed has.
        }
        await world.worker.up();
      }
      world.worker.watch(() => undefined);
      return `${done} kills, ${figures(await assertSurvived(world, transfer, allowanceFor(shape)), calm)}`;
    },
  };
}

/**
 * Redis loses power, and with it what its file had not on the disk; in every second run the worker does too. The moment
 * is the worst one: something has just landed at Google whose id or grant was written down less than a second ago.
 */
export function powerLoss(env?: Record<string, string>): Scenario {
  const moments = ['google copy', 'google permission create', 'google folder', 'google copy', 'google shortcut'];
  return {
    name: `power loss of Redis${env ? ', without waiting for the disk' : ''}`,
    workers: 1,
    fsync: 'everysec',
    ...(env && { env }),
    async run(world, seed) {
      const random = randomFrom(seed);
      // The planning takes longer than what a loss may take with it, so that the transfer itself is there afterwards.
      await world.behave({ latencyMs: { 'files.list': 900 } });
      const pair = await world.pair(TINY, seed);
      const name = moments[seed % moments.length] ?? '';
      const nth = name === 'google copy' ? upTo(6, random) : 1;
      const lostMs = 1_000 + Math.floor(random() * 500);
      const workerToo = Math.floor(seed / moments.length) % 2 === 0;
      let count = 0;
      let lost = 0;
      const cut = new Promise<void>((done, fail) => {
        world.worker.watch(async (crossing) => {
          if (crossing.name !== name || crossing.when !== 'after' || ++count !== nth) return undefined;
          world.worker.watch(() => undefined);
          if (workerToo) world.worker.signal('SIGKILL');
          try {
            lost = await world.redis.losePower(lostMs);
            await world.redis.up();
            done();
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          return workerToo ? 'stop' : undefined;
        });
      });
      const transfer = await world.transfer(pair);
      await struck(world, transfer, cut);
      const { requests } = await assertSurvived(world, transfer);
      return `after ${name} ${nth}${workerToo ? ', and of the worker' : ''}: ${lost} bytes lost, ${sumOf(requests)} requests`;
    },
  };
}

/** Something is done to the world at a moment in the middle of a transfer; the traffic waits until it is done. */
function amid(
  name: string,
  options: {
    accident: (world: World, random: () => number) => Promise<void>;
    shape?: Shape;
    mode?: 'copy' | 'move';
    workers?: number;
    at?: RegExp;
    among?: number;
    /** The traffic continues during the accident. */
    meanwhile?: boolean;
    behavior?: BehaviorInput;
  },
): Scenario {
  const { accident, shape = TINY, mode = 'copy', workers = 1, at = /^google copy$/, among = 4 } = options;
  return {
    name,
    workers,
    async run(world, seed) {
      const random = randomFrom(seed);
      const calm = await world.calmRequests(shape, mode, seed);
      if (options.behavior) await world.behave(options.behavior);
      const pair = await world.pair(shape, seed);
      const nth = upTo(among, random);
      let count = 0;
      let happening: Promise<void> | undefined;
      const begun = new Promise<void>((done) => {
        const guard = async (crossing: Crossing): Promise<undefined> => {
          if (crossing.when !== 'after' || !at.test(crossing.name) || ++count !== nth) return undefined;
          happening = accident(world, random);
          happening.catch(() => undefined); // awaited below
          done();
          if (!options.meanwhile) await happening;
          return undefined;
        };
        for (const worker of world.workers) worker.watch(guard);
      });
      const transfer = await world.transfer(pair, mode);
      await struck(world, transfer, begun);
      await happening;
      return figures(await assertSurvived(world, transfer, allowanceFor(shape)), calm);
    },
  };
}

/** Everything that BullMQ keeps is deleted: the queue is no memory. */
export const queueLost = amid('the queue’s keys deleted', {
  shape: BROAD,
  at: /^google (list|folder|copy|shortcut|times)$/,
  among: 60,
  accident: async (world, random) => {
    const keys = await world.direct.keys('{cloudmover:queue}*');
    if (keys.length > 0) await world.direct.del(...keys);
    // With its worker nobody is left who knows what is to be done next.
    if (random() < 0.5) world.worker.signal('SIGKILL');
  },
});

/** They are deleted before any worker has seen that there is something to do. */
export const orderLost: Scenario = {
  name: 'the queue’s keys deleted before a worker took the order',
  workers: 1,
  async run(world, seed) {
    const pair = await world.pair(TINY, seed);
    world.worker.signal('SIGSTOP');
    const transfer = await world.transfer(pair);
    await world.direct.del(...(await world.direct.keys('{cloudmover:queue}*')));
    world.worker.signal('SIGCONT');
    const { requests } = await assertSurvived(world, transfer);
    return `${sumOf(requests)} requests`;
  },
};

/** The API dies while it stores a transfer; the client repeats the request with the same key. */
export const apiKilled: Scenario = {
  name: 'kill of the API while it takes an order',
  workers: 1,
  async run(world, seed) {
    const random = randomFrom(seed);
    const pair = await world.pair(TINY, seed);
    const writes = ({ name }: Crossing) =>
      !/credentials|session/.test(name) && (isLedgerWrite(name) || /^redis (EXEC|script (Adds|queue))/.test(name));
    // The number of writes of an earlier order.
    let crossings = 0;
    world.api.watch((crossing) => {
      if (writes(crossing)) crossings++;
      return undefined;
    });
    const quiet = await world.pair(TINY, seed);
    crossings = 0;
    const before = await world.transfer(quiet);
    const expected = crossings;
    await world.settled(before);
    if (expected === 0) throw new Error('No order was written down.');
    const killed = world.killAt(world.api, writes, upTo(expected, random));
    const transfer = await world.transfer(pair);
    const { at } = await struck(world, transfer, killed);
    const { requests } = await assertSurvived(world, transfer);
    const { transfers } = await world.call<{ transfers: unknown[] }>(pair, 'GET', '/api/transfers');
    if (transfers.length !== 1) throw new Error(`One order made ${transfers.length} transfers.`);
    return `${at.when} ${at.name}: ${sumOf(requests)} requests`;
  },
};

/** Of ten calls three fail, each in one of the ways in which calls fail. Requests are counted with even seeds, as above. */
export function faulty(shape: Shape, mode: 'copy' | 'move'): Scenario {
  return {
    name: `30 % of calls fail, ${shape.name}, ${mode}`,
    workers: 1,
    async run(world, seed) {
      const calm = await world.calmRequests(shape, mode, seed);
      const pair = await world.pair(shape, seed);
      const drive = ['about.*', 'files.*', 'permissions.*'];
      const share = 0.3 / 8;
      await world.behave({
        seed,
        ...(isCounted(seed, shape) && NO_LAGS),
        faults: [
          { operation: drive, kind: 'error', status: 429, reason: 'rateLimitExceeded', probability: share },
          { operation: drive, kind: 'error', status: 500, reason: 'internalError', probability: share },
          { operation: drive, kind: 'error', status: 503, reason: 'backendError', probability: share },
          { operation: drive, kind: 'drop', probability: share },
          { operation: drive, kind: 'truncate', probability: share },
          { operation: drive, kind: 'failAfterWrite', status: 500, probability: share },
          { operation: drive, kind: 'failAfterWrite', probability: share },
          {
            operation: ['files.download', 'files.upload', 'files.copy', 'files.upload.chunk'],
            kind: 'wrongContent',
            probability: share / 2,
          },
          { operation: 'files.download', kind: 'wrongBytes', probability: share / 2 },
        ],
      });
      const transfer = await world.transfer(pair, mode);
      await world.settled(transfer, 240_000);
      const { faultsStruck } = await world.sandbox.stats();
      const faults = faultsStruck.reduce((sum, count) => sum + count, 0);
      await world.calmDown();
      // Each fault costs its request again; a write whose response was lost costs one more that checks its outcome.
      const unclear = faultsStruck.slice(3, 7).reduce((sum, count) => sum + count, 0);
      const least = { quiet: calm, more: faults + unclear };
      const verdict = await assertSurvived(world, transfer, {
        ...allowanceFor(shape),
        ...(isCounted(seed, shape) && { least }),
      });
      return `${faults} faults, ${figures(verdict, calm)}`;
    },
  };
}

/** A file is stuck: the body of its answer stops, and the connection stays open. */
const stalled: Scenario = {
  name: 'bodies that stop in the middle',
  workers: 1,
  async run(world, seed) {
    const pair = await world.pair(TINY_RELAY, seed);
    const once = { kind: 'stall', nth: 1 + (seed % 3) } as const;
    await world.behave({
      faults: [
        { operation: 'files.download', ...once },
        { operation: 'files.upload.chunk', kind: 'stall', nth: 1, afterBytes: 1_000_000 },
        { operation: 'files.list', ...once },
      ],
    });
    const transfer = await world.transfer(pair);
    await world.settled(transfer, 400_000);
    const { requests } = await assertSurvived(world, transfer, allowanceFor(TINY_RELAY));
    return `${sumOf(requests)} requests`;
  },
};

/** One process is stopped past the lock of its jobs, and wakes when another one has taken them. */
const stopped = amid('SIGSTOP past the lock, then SIGCONT', {
  workers: 2,
  shape: BROAD,
  among: 20,
  meanwhile: true,
  accident: async (world, random) => {
    const [asleep] = world.workers;
    asleep?.signal('SIGSTOP');
    await world.lapse();
    await sleep(500 + random() * 4_000);
    asleep?.signal('SIGCONT');
  },
});

/** One process is stopped until the other one, which misses its heartbeat, has taken its steps over; then both are at them. */
export const takenForDead = amid('SIGSTOP until the steps are taken over, then SIGCONT', {
  workers: 2,
  shape: BROAD,
  among: 20,
  meanwhile: true,
  accident: async (world) => {
    const [asleep] = world.workers;
    while ((await world.direct.zcard('cloudmover:workers')) < 2) await sleep(50);
    asleep?.signal('SIGSTOP');
    while ((await world.direct.zcard('cloudmover:workers')) > 1) await sleep(50);
    asleep?.signal('SIGCONT');
  },
});

/** BullMQ hands a job to a second worker while the first one is alive and at it. */
export const handedTwice = amid('one job handed to two workers', {
  workers: 2,
  meanwhile: true,
  accident: (world) => world.lapse(),
});

/** A copy of each job under way is put into the queue under another id. */
const queuedTwice = amid('each job queued twice', {
  workers: 2,
  meanwhile: true,
  accident: async (world) => {
    for (const meta of await world.direct.keys('{cloudmover:queue}:*:meta')) {
      const name = meta.slice('{cloudmover:queue}:'.length, -':meta'.length);
      const queue = new Queue(name, { connection: world.direct, prefix: '{cloudmover:queue}' });
      for (const job of await queue.getActive())
        await queue.add(job.name, job.data, {
          removeOnComplete: true,
          removeOnFail: true,
          jobId: `${job.id}-again`,
        });
    }
  },
});

const redisGone = (name: string, shut: (world: World) => Promise<void>): Scenario =>
  amid(name, { shape: BROAD, among: 20, meanwhile: true, accident: shut });

/** Asked to stop, a worker hands its work on and is gone in time; the next one asks only for what was under way. */
export const askedToStop: Scenario = {
  name: 'SIGTERM in the middle',
  workers: 1,
  async run(world, seed) {
    const random = randomFrom(seed);
    const calm = await world.calmRequests(BROAD, 'copy', seed);
    await world.behave(NO_LAGS);
    const pair = await world.pair(BROAD, seed);
    const nth = upTo(30, random);
    let count = 0;
    const worker: Slot = world.worker;
    const stopping = new Promise<number>((done, fail) => {
      worker.watch((crossing) => {
        if (crossing.name === 'google copy' && crossing.when === 'before' && ++count === nth)
          worker.stop(40_000).then(done, fail);
        return undefined;
      });
    });
    const transfer = await world.transfer(pair);
    const took = await struck(world, transfer, stopping);
    worker.supervised = true;
    await worker.up();
    if (took > 30_000) throw new Error(`It took ${(took / 1000).toFixed(1)} s to stop.`);
    // A batch makes 25 copies at a time. A copy whose response was lost is requested again (409) and then read.
    const verdict = await assertSurvived(world, transfer, { least: { quiet: calm, more: 2 * 25 } });
    return `stopped in ${(took / 1000).toFixed(1)} s, ${figures(verdict, calm)}`;
  },
};

/** Two transfers of the same folder to the same account rely on one share; a worker dies in between. */
export const sideBySide: Scenario = {
  name: 'two transfers share one folder, and the worker is killed',
  workers: 1,
  async run(world, seed) {
    const random = randomFrom(seed);
    const pair = await world.pair(TINY, seed);
    const killed = world.killAt(world.worker, ({ name }) => name === 'google copy', upTo(30, random));
    const [one, other] = await Promise.all([world.transfer(pair), world.transfer(pair)]);
    await struck(world, one, killed);
    await Promise.all([world.settled(one), world.settled(other)]);
    const others = [one.folder, other.folder];
    await assertSurvived(world, one, { others });
    await assertSurvived(world, other, { others });
    return `${sumOf(await world.requestsFor(one))} requests of both`;
  },
};

/** The account may share no more in the middle of it: the transfer waits, and is continued by another process. */
export const sharingLimit: Scenario = {
  name: 'Google limits what an account shares',
  workers: 1,
  async run(world, seed) {
    const random = randomFrom(seed);
    const pair = await world.pair(seed % 2 === 0 ? SHARED : SHARED_DRIVE, seed);
    const refusal = { status: 403, reason: 'sharingRateLimitExceeded', retryAfter: 600 };
    const nth = upTo(4, random);
    await world.behave({
      faults: [{ operation: 'permissions.create', account: pair.destination, nth, ...refusal }],
    });
    const transfer = await world.transfer(pair);
    const parked = await until('the transfer is parked', async () => {
      const view = await world.view(transfer);
      return view.state === 'waiting_quota' && view;
    });
    if (!(Date.parse(parked.resumeAt ?? '') > Date.now())) throw new Error(`It resumes at ${parked.resumeAt}.`);
    const { wider } = await accessOf(world, transfer);
    if (wider.length > 0) throw new Error(`While it waits: ${wider.join(', ')}`);
    // The ten minutes are over.
    await world.direct.del(...(await world.direct.keys('cloudmover:pace:*')));
    await world.worker.kill();
    await world.call(pair, 'POST', `/api/transfers/${transfer.id}/resume`);
    const { requests } = await assertSurvived(world, transfer);
    return `after ${nth} grants: ${sumOf(requests)} requests`;
  },
};

/** All there is; `npm run chaos` runs it, `npm test` a part of it. */
export const SCENARIOS: readonly Scenario[] = [
  ...POINTS.map(killedAt),
  killedAnywhere(TINY, 'move'),
  killedAnywhere(BROAD, 'copy'),
  killedAnywhere(BROAD_RELAY, 'copy'),
  powerLoss(),
  queueLost,
  orderLost,
  apiKilled,
  faulty(TINY, 'copy'),
  faulty(TINY, 'move'),
  faulty(TINY_RELAY, 'copy'),
  stalled,
  stopped,
  takenForDead,
  handedTwice,
  queuedTwice,
  sideBySide,
  askedToStop,
  faulty(SHARED, 'copy'),
  faulty(SHARED_DRIVE, 'copy'),
  killedAnywhere(SHARED, 'copy'),
  killedAnywhere(SHARED, 'move'),
  killedAnywhere(SHARED_DRIVE, 'copy'),
  sharingLimit,
  amid('the clock jumps', {
    shape: BROAD,
    among: 20,
    accident: async (world, random) => {
      writeFileSync(world.clockFile, String(random() < 0.5 ? 3 * 3_600_000 : -3 * 3_600_000));
      await sleep(300);
      setTimeout(() => rmSync(world.clockFile, { force: true }), 3_000);
    },
  }),
  amid('access tokens die', {
    accident: async (world) => {
      await world.sandbox.advance(3 * 3_600_000);
    },
  }),
  redisGone('Redis killed and gone for 20 s', async (world) => {
    await world.redis.kill();
    await sleep(20_000);
    await world.redis.up();
  }),
  redisGone('Redis hangs for 20 s', async (world) => {
    world.redis.signal('SIGSTOP');
    await sleep(20_000);
    world.redis.signal('SIGCONT');
  }),
  redisGone('Redis has no memory left (OOM) for 5 s', async (world) => {
    await world.direct.config('SET', 'maxmemory', '1');
    await sleep(5_000);
    await world.direct.config('SET', 'maxmemory', '0');
  }),
  redisGone('the disk of Redis is full (MISCONF) for 5 s', async (world) => {
    for (const slot of [world.api, ...world.workers]) slot.redis.set('misconf');
    await sleep(5_000);
    for (const slot of [world.api, ...world.workers]) slot.redis.set('none');
  }),
];
