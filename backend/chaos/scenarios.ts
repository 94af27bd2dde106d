import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { type BehaviorInput, randomFrom } from '@cloudmover/drive-sandbox';
import type { InterceptedCall, Moment } from './intercepted-call.ts';
import { accessOf, assertSurvived, type Allowance, type Verdict } from './oracle.ts';
import { isLedgerWrite } from './proxy-redis.ts';
import { type Scenario, untilInjected, upTo } from './scenario.ts';
import { killedInRun, RUN_POINTS } from './sharing-runs.ts';
import { until } from '../../tools/until.ts';
import { BROAD, BROAD_RELAY, LINKED, SHARED, SHARED_DRIVE, TINY, TINY_RELAY, type Shape } from './source-data.ts';
import {
  NO_LAGS,
  type Requests,
  type SupervisedProcess,
  sumOf,
  type Transfer,
  type ChaosEnvironment,
} from './environment.ts';

/** A call at which a process is killed, and a kind of transfer that makes this call. */
export interface Point {
  readonly name: string;
  readonly call: RegExp;
  readonly when: Moment;
  readonly shape: Shape;
  readonly mode: 'copy' | 'move';
  /** The fault is injected at one of the first `among` calls. */
  readonly among: number;
}

const atGoogle = (
  what: string,
  when: Moment,
  among: number,
  more: Partial<Pick<Point, 'shape' | 'mode'>> = {},
): Point => ({
  name: `${when} ${what}`,
  call: new RegExp(`^google ${what}$`),
  when,
  among,
  shape: TINY,
  mode: 'copy',
  ...more,
});
const atLedger = (what: string, keys: string, when: Moment, among: number): Point => ({
  name: `${when} the ledger stores ${what}`,
  call: new RegExp(`^redis .*\\b(${keys})\\b`),
  when,
  among,
  shape: TINY,
  mode: 'copy',
});
const relay = { shape: TINY_RELAY };
const move = { mode: 'move' } as const;
const shared = { shape: SHARED };
const linked = { shape: LINKED };

/** Every write to Google and to the ledger, before it is sent and after it is stored. */
export const POINTS: readonly Point[] = [
  atGoogle('list', 'after', 3),
  atGoogle('ids', 'after', 2),
  atGoogle('folder', 'before', 4),
  atGoogle('folder', 'after', 4),
  atGoogle('permission create', 'before', 1),
  atGoogle('permission create', 'after', 1),
  atGoogle('copy', 'before', 6),
  atGoogle('copy', 'after', 6),
  atGoogle('multipart', 'before', 4, relay),
  atGoogle('multipart', 'during', 3, relay),
  atGoogle('multipart', 'after', 4, relay),
  atGoogle('upload begin', 'after', 1, relay),
  atGoogle('upload chunk', 'before', 1, relay),
  atGoogle('upload chunk', 'during', 1, relay),
  atGoogle('upload chunk', 'after', 1, relay),
  atGoogle('shortcut', 'before', 1),
  atGoogle('shortcut', 'after', 1),
  atGoogle('times', 'before', 3),
  atGoogle('times', 'after', 3),
  atGoogle('trash', 'before', 8, move),
  atGoogle('trash', 'after', 8, move),
  atGoogle('permission delete', 'before', 1),
  atGoogle('permission delete', 'after', 1),
  atLedger('the plan', 'pages', 'before', 1),
  atLedger('the plan', 'pages', 'after', 1),
  atLedger('ids', 'ids', 'before', 8),
  atLedger('ids', 'ids', 'after', 8),
  atLedger('shares', 'grants', 'before', 2),
  atLedger('shares', 'grants', 'after', 2),
  atLedger('states', 'states', 'before', 30),
  atLedger('states', 'states', 'after', 30),
  atLedger('durably', 'WAITAOF', 'before', 4),
  atLedger('durably', 'WAITAOF', 'after', 4),
  atGoogle('grant', 'before', 8, shared),
  atGoogle('grant', 'after', 8, shared),
  atGoogle('restrict', 'before', 3, shared),
  atGoogle('restrict', 'after', 3, shared),
  atGoogle('permission list', 'after', 6, shared),
  { ...atLedger('access of originals', 'access', 'after', 1), ...shared },
  { ...atLedger('access of copies', 'access-records', 'before', 12), ...shared },
  { ...atLedger('access of copies', 'access-records', 'after', 12), ...shared },
  atGoogle('document read', 'after', 8, linked),
  atGoogle('document write', 'before', 6, linked),
  atGoogle('document write', 'after', 6, linked),
  { ...atLedger('links of copies', 'links-records', 'before', 12), ...linked },
  { ...atLedger('links of copies', 'links-records', 'after', 12), ...linked },
];

const isAt = ({ call, when }: Point) => {
  return (passing: InterceptedCall) =>
    passing.when === when &&
    call.test(passing.name) &&
    (!passing.name.startsWith('redis ') || isLedgerWrite(passing.name) || passing.name === 'redis WAITAOF');
};

/** Docs have no bytes: where nothing can be shared, Docs and shortcuts to them fail with this code. */
function allowanceFor({ readOnly }: Shape): Allowance {
  return readOnly
    ? {
        failure: (code, kind) => (kind === 'google' || kind === 'shortcut') && code === 'conversion_needed',
      }
    : {};
}

/** Requests, also as a multiple of those of an undisturbed run. */
const figures = ({ requests, surplusTrashed }: Verdict, undisturbed: Requests): string =>
  `${sumOf(requests)} requests, ${(sumOf(requests) / sumOf(undisturbed)).toFixed(2)} of an undisturbed run${surplusTrashed ? `, ${surplusTrashed} surplus copies trashed` : ''}`;

/**
 * Kills a worker with SIGKILL at a point; another worker starts.
 *
 * Counts requests for even seeds, which have no lags. The least number after the kill is the sum of:
 * - the requests of an undisturbed run;
 * - two for each item in flight: repeating it, and checking its outcome. An item is in flight until the ledger has
 *   stored its state: a response can be lost with the process that waits for Redis.
 * - all requests so far if the plan was not complete, because planning restarts (a later listing cannot continue an
 *   earlier one), and all reads of the destination if the closing check had begun, because the destination may have
 *   changed since then;
 * - two for each chosen item: a new process checks who can read it, and its target.
 */
export function killedAt(point: Point): Scenario {
  return {
    name: `kill ${point.name}`,
    workers: 1,
    async run(environment, seed) {
      const { shape, mode } = point;
      const undisturbed = await environment.undisturbedRequests(shape, mode, seed);
      const random = randomFrom(seed);
      if (isCounted(seed, shape)) await environment.behave(NO_LAGS);
      const pair = await environment.pair(shape, seed);
      const killed = environment.killAt(environment.worker, isAt(point), upTo(point.among, random));
      const transfer = await environment.transfer(pair, mode);
      const { lost } = await untilInjected(environment, transfer, killed);
      const { counts, state } = await environment.view(transfer);
      const inFlight = Math.max(lost, counts['copying'] ?? 0);
      const sent = sumOf(await environment.requestsFor(transfer));
      const planning = state === 'planning' ? sent : 0;
      const closing = /times|trash|permission delete/.test(point.name)
        ? await environment.readsOf(pair.destination)
        : 0;
      const least = { undisturbed, more: 2 * inFlight + planning + closing + 2 * pair.chosen.length };
      return figures(
        await assertSurvived(environment, transfer, {
          ...allowanceFor(shape),
          ...(isCounted(seed, shape) && { least }),
        }),
        undisturbed,
      );
    },
  };
}

/**
 * A worker is killed while it copies. The next one starts before Google's index shows the copies, among them that of a
 * Doc, which has no reserved id.
 */
export const killedBeforeIndexed: Scenario = {
  name: 'kill after copy, and the index lags for 5 s',
  workers: 1,
  async run(environment, seed) {
    const undisturbed = await environment.undisturbedRequests(TINY, 'copy', seed);
    const pair = await environment.pair(TINY, seed);
    const indexLagMs = 5_000;
    await environment.sandbox.advance(indexLagMs); // the source has been there for longer
    // Without the lag of permissions, under which the first copies are refused.
    await environment.behave({ indexLagMs, permissionLagMs: 0 });
    const isCopy = ({ name, when }: InterceptedCall) => name === 'google copy' && when === 'after';
    const killed = environment.killAt(environment.worker, isCopy, upTo(6, randomFrom(seed)));
    const transfer = await environment.transfer(pair);
    await untilInjected(environment, transfer, killed);
    return figures(await assertSurvived(environment, transfer), undisturbed);
  },
};

/**
 * Not where sharing is carried over or links are rewritten: an interrupted copy is read again, and the number of those in
 * flight varies.
 */
const isCounted = (seed: number, { isShared, isLinked }: Shape): boolean => seed % 2 === 0 && !isShared && !isLinked;

/** Kills a worker up to three times at random calls. */
function killedAnywhere(shape: Shape, mode: 'copy' | 'move'): Scenario {
  return {
    name: `kill anywhere, ${shape.name}, ${mode}`,
    workers: 1,
    async run(environment, seed) {
      const random = randomFrom(seed);
      const undisturbed = await environment.undisturbedRequests(shape, mode, seed);
      const pair = await environment.pair(shape, seed);
      const transfer = await environment.transfer(pair, mode);
      const kills = upTo(3, random);
      let done = 0;
      for (; done < kills; done++) {
        const killed = environment.killAt(environment.worker, () => true, upTo(300, random));
        try {
          await untilInjected(environment, transfer, killed);
        } catch {
          break; // The transfer has ended: no more kills with this seed.
        }
        await environment.worker.up();
      }
      environment.worker.watch(() => undefined);
      return `${done} kills, ${figures(await assertSurvived(environment, transfer, allowanceFor(shape)), undisturbed)}`;
    },
  };
}

/**
 * Redis loses power and all data that was not on the disk; in every second run the worker is killed as well. This happens
 * at the worst moment: Google has just executed a write whose id or share was stored less than a second ago.
 */
export function powerLoss(env?: Record<string, string>, shape: Shape = TINY): Scenario {
  const moments = shape.isShared
    ? ['google grant', 'google permission list', 'google restrict']
    : ['google copy', 'google permission create', 'google folder', 'google copy', 'google shortcut'];
  return {
    name: `power loss of Redis${shape === TINY ? '' : `, ${shape.name}`}${env ? ', without waiting for the disk' : ''}`,
    workers: 1,
    fsync: 'everysec',
    ...(env && { env }),
    async run(environment, seed) {
      const random = randomFrom(seed);
      // Planning takes longer than the data lost with the power covers, so that the transfer itself is not lost.
      await environment.behave({ latencyMs: { 'files.list': 900 } });
      const pair = await environment.pair(shape, seed);
      const name = moments[seed % moments.length] ?? '';
      const nth = name === 'google copy' || name === 'google grant' ? upTo(6, random) : 1;
      const lostMs = 1_000 + Math.floor(random() * 500);
      const workerToo = Math.floor(seed / moments.length) % 2 === 0;
      let count = 0;
      let lost = 0;
      const cut = new Promise<void>((done, fail) => {
        environment.worker.watch(async (call) => {
          if (call.name !== name || call.when !== 'after' || ++count !== nth) return undefined;
          environment.worker.watch(() => undefined);
          if (workerToo) environment.worker.signal('SIGKILL');
          try {
            lost = await environment.redis.losePower(lostMs);
            await environment.redis.up();
            done();
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          return workerToo ? 'stop' : undefined;
        });
      });
      const transfer = await environment.transfer(pair);
      await untilInjected(environment, transfer, cut);
      const { requests } = await assertSurvived(environment, transfer);
      return `after ${name} ${nth}${workerToo ? ', worker killed' : ''}: ${lost} bytes lost, ${sumOf(requests)} requests`;
    },
  };
}

/** Injects a fault during a transfer. Traffic waits until it is injected. */
function duringTransfer(
  name: string,
  options: {
    inject: (environment: ChaosEnvironment, random: () => number) => Promise<void>;
    shape?: Shape;
    mode?: 'copy' | 'move';
    workers?: number;
    at?: RegExp;
    among?: number;
    /** Traffic continues meanwhile. */
    meanwhile?: boolean;
    behavior?: BehaviorInput;
  },
): Scenario {
  const { inject, shape = TINY, mode = 'copy', workers = 1, at = /^google copy$/, among = 4 } = options;
  return {
    name,
    workers,
    async run(environment, seed) {
      const random = randomFrom(seed);
      const undisturbed = await environment.undisturbedRequests(shape, mode, seed);
      if (options.behavior) await environment.behave(options.behavior);
      const pair = await environment.pair(shape, seed);
      const nth = upTo(among, random);
      let count = 0;
      let happening: Promise<void> | undefined;
      const begun = new Promise<void>((done) => {
        const interceptor = async (call: InterceptedCall): Promise<undefined> => {
          if (call.when !== 'after' || !at.test(call.name) || ++count !== nth) return undefined;
          happening = inject(environment, random);
          happening.catch(() => undefined); // awaited below
          done();
          if (!options.meanwhile) await happening;
          return undefined;
        };
        for (const worker of environment.workers) worker.watch(interceptor);
      });
      const transfer = await environment.transfer(pair, mode);
      await untilInjected(environment, transfer, begun);
      await happening;
      return figures(await assertSurvived(environment, transfer, allowanceFor(shape)), undisturbed);
    },
  };
}

/** Deletes all keys of BullMQ: a transfer must not depend on the queue's contents. */
export const queueLost = duringTransfer('the queue’s keys deleted', {
  shape: BROAD,
  at: /^google (list|folder|copy|shortcut|times)$/,
  among: 60,
  inject: async (environment, random) => {
    const keys = await environment.direct.keys('{cloudmover:queue}*');
    if (keys.length > 0) await environment.direct.del(...keys);
    // Without the worker, no process remembers the next steps.
    if (random() < 0.5) environment.worker.signal('SIGKILL');
  },
});

/** The same, before a worker has taken the transfer's first job. */
export const queueLostBeforeStart: Scenario = {
  name: 'the queue’s keys deleted before a worker took the transfer',
  workers: 1,
  async run(environment, seed) {
    const pair = await environment.pair(TINY, seed);
    environment.worker.signal('SIGSTOP');
    const transfer = await environment.transfer(pair);
    await environment.direct.del(...(await environment.direct.keys('{cloudmover:queue}*')));
    environment.worker.signal('SIGCONT');
    const { requests } = await assertSurvived(environment, transfer);
    return `${sumOf(requests)} requests`;
  },
};

/** Kills the API while it stores a transfer; the client repeats the request with the same idempotency key. */
export const apiKilled: Scenario = {
  name: 'kill of the API while it creates a transfer',
  workers: 1,
  async run(environment, seed) {
    const random = randomFrom(seed);
    const pair = await environment.pair(TINY, seed);
    const writes = ({ name }: InterceptedCall) =>
      !/credentials|session/.test(name) && (isLedgerWrite(name) || /^redis (EXEC|script (Adds|queue))/.test(name));
    // The number of writes of an undisturbed creation.
    let writeCount = 0;
    environment.api.watch((call) => {
      if (writes(call)) writeCount++;
      return undefined;
    });
    const undisturbed = await environment.pair(TINY, seed);
    writeCount = 0;
    const before = await environment.transfer(undisturbed);
    const expected = writeCount;
    await environment.settled(before);
    if (expected === 0) throw new Error('Creating a transfer wrote nothing to Redis.');
    const killed = environment.killAt(environment.api, writes, upTo(expected, random));
    const transfer = await environment.transfer(pair);
    const { at } = await untilInjected(environment, transfer, killed);
    const { requests } = await assertSurvived(environment, transfer);
    const { transfers } = await environment.call<{ transfers: unknown[] }>(pair, 'GET', '/api/transfers');
    if (transfers.length !== 1) throw new Error(`One request created ${transfers.length} transfers.`);
    return `${at.when} ${at.name}: ${sumOf(requests)} requests`;
  },
};

/** 30 % of all calls fail, each kind of failure equally often. Counts requests for even seeds, like `killedAt`. */
export function faulty(shape: Shape, mode: 'copy' | 'move'): Scenario {
  return {
    name: `30 % of calls fail, ${shape.name}, ${mode}`,
    workers: 1,
    async run(environment, seed) {
      const undisturbed = await environment.undisturbedRequests(shape, mode, seed);
      const pair = await environment.pair(shape, seed);
      const drive = ['about.*', 'files.*', 'permissions.*'];
      const share = 0.3 / 8;
      await environment.behave({
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
      const transfer = await environment.transfer(pair, mode);
      await environment.settled(transfer, 240_000);
      const { faultsStruck } = await environment.sandbox.stats();
      const faults = faultsStruck.reduce((sum, count) => sum + count, 0);
      await environment.restoreDefaults();
      // Each fault costs a retry; a lost response to a write costs one more request that checks its outcome.
      const lostResponses = faultsStruck.slice(3, 7).reduce((sum, count) => sum + count, 0);
      const least = { undisturbed, more: faults + lostResponses };
      const verdict = await assertSurvived(environment, transfer, {
        ...allowanceFor(shape),
        ...(isCounted(seed, shape) && { least }),
      });
      return `${faults} faults, ${figures(verdict, undisturbed)}`;
    },
  };
}

/** Bodies stop before their end, and the connection stays open. */
const stalled: Scenario = {
  name: 'bodies that stop in the middle',
  workers: 1,
  async run(environment, seed) {
    const pair = await environment.pair(TINY_RELAY, seed);
    const once = { kind: 'stall', nth: 1 + (seed % 3) } as const;
    await environment.behave({
      faults: [
        { operation: 'files.download', ...once },
        { operation: 'files.upload.chunk', kind: 'stall', nth: 1, afterBytes: 1_000_000 },
        { operation: 'files.list', ...once },
      ],
    });
    const transfer = await environment.transfer(pair);
    await environment.settled(transfer, 400_000);
    const { requests } = await assertSurvived(environment, transfer, allowanceFor(TINY_RELAY));
    return `${sumOf(requests)} requests`;
  },
};

/** Suspends a process beyond the expiry of its job locks; it continues when another one has taken its jobs. */
const stopped = duringTransfer('SIGSTOP past the lock, then SIGCONT', {
  workers: 2,
  shape: BROAD,
  among: 20,
  meanwhile: true,
  inject: async (environment, random) => {
    const [suspended] = environment.workers;
    suspended?.signal('SIGSTOP');
    await environment.expireJobLocks();
    await sleep(500 + random() * 4_000);
    suspended?.signal('SIGCONT');
  },
});

/** Suspends a process until the other one misses its heartbeat and takes over its steps; then both execute them. */
export const presumedDead = duringTransfer('SIGSTOP until the steps are taken over, then SIGCONT', {
  workers: 2,
  shape: BROAD,
  among: 20,
  meanwhile: true,
  inject: async (environment) => {
    const [suspended] = environment.workers;
    while ((await environment.direct.zcard('cloudmover:workers')) < 2) await sleep(50);
    suspended?.signal('SIGSTOP');
    while ((await environment.direct.zcard('cloudmover:workers')) > 1) await sleep(50);
    suspended?.signal('SIGCONT');
  },
});

/** BullMQ gives a job to a second worker while the first one still executes it. */
export const jobTakenTwice = duringTransfer('one job given to two workers', {
  workers: 2,
  meanwhile: true,
  inject: (environment) => environment.expireJobLocks(),
});

/** Adds each active job to the queue once more, with another id. */
const queuedTwice = duringTransfer('each job queued twice', {
  workers: 2,
  meanwhile: true,
  inject: async (environment) => {
    for (const meta of await environment.direct.keys('{cloudmover:queue}:*:meta')) {
      const name = meta.slice('{cloudmover:queue}:'.length, -':meta'.length);
      const queue = new Queue(name, { connection: environment.direct, prefix: '{cloudmover:queue}' });
      for (const job of await queue.getActive())
        await queue.add(job.name, job.data, {
          removeOnComplete: true,
          removeOnFail: true,
          jobId: `${job.id}-again`,
        });
    }
  },
});

const redisOutage = (name: string, inject: (environment: ChaosEnvironment) => Promise<void>): Scenario =>
  duringTransfer(name, { shape: BROAD, among: 20, meanwhile: true, inject });

/** After SIGTERM a worker hands over its work and exits in time; the next worker repeats only what was in flight. */
export const gracefulStop: Scenario = {
  name: 'SIGTERM during a transfer',
  workers: 1,
  async run(environment, seed) {
    const random = randomFrom(seed);
    const undisturbed = await environment.undisturbedRequests(BROAD, 'copy', seed);
    await environment.behave(NO_LAGS);
    const pair = await environment.pair(BROAD, seed);
    const nth = upTo(30, random);
    let count = 0;
    const worker: SupervisedProcess = environment.worker;
    const stopping = new Promise<number>((done, fail) => {
      worker.watch((call) => {
        if (call.name === 'google copy' && call.when === 'before' && ++count === nth)
          worker.stop(40_000).then(done, fail);
        return undefined;
      });
    });
    const transfer = await environment.transfer(pair);
    const took = await untilInjected(environment, transfer, stopping);
    worker.supervised = true;
    await worker.up();
    if (took > 30_000) throw new Error(`It took ${(took / 1000).toFixed(1)} s to stop.`);
    // A batch makes 25 copies at a time. An interrupted copy costs two requests: a retry (409) and a read.
    const verdict = await assertSurvived(environment, transfer, { least: { undisturbed, more: 2 * 25 } });
    return `stopped in ${(took / 1000).toFixed(1)} s, ${figures(verdict, undisturbed)}`;
  },
};

/** Kills a worker while two transfers of one folder to the same account use one temporary share. */
export const sharedFolderTwice: Scenario = {
  name: 'two transfers share one folder, and the worker is killed',
  workers: 1,
  async run(environment, seed) {
    const random = randomFrom(seed);
    const pair = await environment.pair(TINY, seed);
    const killed = environment.killAt(environment.worker, ({ name }) => name === 'google copy', upTo(30, random));
    const [one, other] = await Promise.all([environment.transfer(pair), environment.transfer(pair)]);
    await untilInjected(environment, one, killed);
    await Promise.all([environment.settled(one), environment.settled(other)]);
    const others = [one.folder, other.folder];
    await assertSurvived(environment, one, { others });
    await assertSurvived(environment, other, { others });
    return `${sumOf(await environment.requestsFor(one))} requests of both`;
  },
};

/**
 * A limit of Google's is reached during a transfer, for ten minutes: it waits, and another process continues it.
 * @param what the requests that count towards the limit, in the plural
 * @param whileParked checks what holds while the transfer waits; throws what does not
 */
function limitReached(
  name: string,
  what: string,
  shapeFor: (seed: number) => Shape,
  refused: { readonly operation: string; readonly status: number; readonly reason: string },
  whileParked: (environment: ChaosEnvironment, transfer: Transfer) => Promise<void> = () => Promise.resolve(),
): Scenario {
  return {
    name,
    workers: 1,
    async run(environment, seed) {
      const nth = upTo(4, randomFrom(seed));
      const pair = await environment.pair(shapeFor(seed), seed);
      await environment.behave({ faults: [{ ...refused, account: pair.destination, nth, retryAfter: 600 }] });
      const transfer = await environment.transfer(pair);
      const parked = await until('the transfer is parked', async () => {
        const view = await environment.view(transfer);
        return view.state === 'waiting_quota' && view;
      });
      if (!(Date.parse(parked.resumeAt ?? '') > Date.now())) throw new Error(`It resumes at ${parked.resumeAt}.`);
      await whileParked(environment, transfer);
      // Simulates that the ten minutes are over.
      await environment.direct.del(...(await environment.direct.keys('cloudmover:pace:*')));
      await environment.worker.kill();
      await environment.call(pair, 'POST', `/api/transfers/${transfer.id}/resume`);
      const { requests } = await assertSurvived(environment, transfer);
      return `after ${nth} ${what}: ${sumOf(requests)} requests`;
    },
  };
}

/** Google's limit for sharing. */
export const sharingLimit = limitReached(
  'Google’s limit for sharing is reached',
  'grants',
  (seed) => (seed % 2 === 0 ? SHARED : SHARED_DRIVE),
  { operation: 'permissions.create', status: 403, reason: 'sharingRateLimitExceeded' },
  async (environment, transfer) => {
    const { wider } = await accessOf(environment, transfer);
    if (wider.length > 0) throw new Error(`While it waits: ${wider.join(', ')}`);
  },
);

/** The quota of an editor's API. */
export const documentsLimit = limitReached('Google’s limit for writing documents is reached', 'writes', () => LINKED, {
  operation: 'documents.batchUpdate',
  status: 429,
  reason: 'rateLimitExceeded',
});

/** 30 % of the calls to the editors' APIs fail, among them writes whose responses are lost. */
export const faultyEditors: Scenario = {
  name: '30 % of calls to documents fail',
  workers: 1,
  async run(environment, seed) {
    const pair = await environment.pair(LINKED, seed);
    const editors = ['documents.*', 'presentations.*', 'spreadsheets.*'];
    const share = 0.3 / 5;
    await environment.behave({
      seed,
      faults: [
        { operation: editors, kind: 'error', status: 429, reason: 'rateLimitExceeded', probability: share },
        { operation: editors, kind: 'error', status: 503, reason: 'backendError', probability: share },
        { operation: editors, kind: 'drop', probability: share },
        { operation: editors, kind: 'failAfterWrite', status: 500, probability: share },
        { operation: editors, kind: 'failAfterWrite', probability: share },
      ],
    });
    const transfer = await environment.transfer(pair);
    await environment.settled(transfer, 240_000);
    const { faultsStruck } = await environment.sandbox.stats();
    await environment.restoreDefaults();
    const { requests } = await assertSurvived(environment, transfer);
    const faults = faultsStruck.reduce((sum, count) => sum + count, 0);
    return `${faults} faults, ${sumOf(requests)} requests`;
  },
};

/** All scenarios. `npm run chaos` runs them all, `npm test` some. */
export const SCENARIOS: readonly Scenario[] = [
  ...POINTS.map(killedAt),
  killedBeforeIndexed,
  killedAnywhere(TINY, 'move'),
  killedAnywhere(BROAD, 'copy'),
  killedAnywhere(BROAD_RELAY, 'copy'),
  powerLoss(),
  queueLost,
  queueLostBeforeStart,
  apiKilled,
  faulty(TINY, 'copy'),
  faulty(TINY, 'move'),
  faulty(TINY_RELAY, 'copy'),
  stalled,
  stopped,
  presumedDead,
  jobTakenTwice,
  queuedTwice,
  sharedFolderTwice,
  gracefulStop,
  faulty(SHARED, 'copy'),
  faulty(SHARED_DRIVE, 'copy'),
  killedAnywhere(SHARED, 'copy'),
  killedAnywhere(SHARED, 'move'),
  killedAnywhere(SHARED_DRIVE, 'copy'),
  powerLoss(undefined, SHARED),
  ...RUN_POINTS.map(killedInRun),
  sharingLimit,
  killedAnywhere(LINKED, 'copy'),
  killedAnywhere(LINKED, 'move'),
  documentsLimit,
  faultyEditors,
  duringTransfer('the clock jumps', {
    shape: BROAD,
    among: 20,
    inject: async (environment, random) => {
      writeFileSync(environment.clockFile, String(random() < 0.5 ? 3 * 3_600_000 : -3 * 3_600_000));
      await sleep(300);
      setTimeout(() => rmSync(environment.clockFile, { force: true }), 3_000);
    },
  }),
  duringTransfer('access tokens expire', {
    inject: async (environment) => {
      await environment.sandbox.advance(3 * 3_600_000);
    },
  }),
  redisOutage('Redis killed, and down for 20 s', async (environment) => {
    await environment.redis.kill();
    await sleep(20_000);
    await environment.redis.up();
  }),
  redisOutage('Redis hangs for 20 s', async (environment) => {
    environment.redis.signal('SIGSTOP');
    await sleep(20_000);
    environment.redis.signal('SIGCONT');
  }),
  redisOutage('Redis out of memory (OOM) for 5 s', async (environment) => {
    await environment.direct.config('SET', 'maxmemory', '1');
    await sleep(5_000);
    await environment.direct.config('SET', 'maxmemory', '0');
  }),
  redisOutage('the disk of Redis full (MISCONF) for 5 s', async (environment) => {
    for (const child of [environment.api, ...environment.workers]) child.redis.setFault('misconf');
    await sleep(5_000);
    for (const child of [environment.api, ...environment.workers]) child.redis.setFault('none');
  }),
];
