import {
  bucket,
  fixedWindow,
  type Limiter,
  randomFrom,
  run,
  slidingWindow,
  VirtualClock,
} from '../../test/support/virtual-google.js';
import { MemoryPaceStore, PaceStore } from './pace-store.js';
import { type PacedRequest, Pacer } from './pacer.js';

const SEED = Number(process.env['SEED'] ?? 1);
const open: Limiter = () => true;
const total = ({ admitted, refused }: { admitted: number; refused: number }) => admitted + refused;

/** The limits that the sandbox has: a bucket for writes, a window of a minute for units. */
const LIMITS: [string, () => Limiter, number][] = [
  ['10 writes a second, kept in a bucket', () => bucket(500, 500), 500],
  ['10 writes a second after a burst of 100', () => bucket(500, 5_000), 500],
  ['2,000 units a second, kept in a bucket', () => bucket(2_000, 2_000), 2_000],
  ['120,000 units in each minute', () => fixedWindow(120_000, 60_000), 2_000],
  ['120,000 units in any minute', () => slidingWindow(120_000, 60_000), 2_000],
];

describe(`against limits (seed ${SEED})`, () => {
  it.each(LIMITS)(
    'finds and uses %s, and is seldom refused, from two processes',
    async (_, limiter, unitsPerSecond) => {
      const [outcome] = await run({
        callers: [{ count: 64, limiter: limiter() }],
        processes: 2,
        seconds: 300,
        random: randomFrom(SEED),
      });
      expect((outcome!.admitted * 50) / (unitsPerSecond * 300)).toBeGreaterThanOrEqual(0.95);
      expect(outcome!.refused / total(outcome!)).toBeLessThanOrEqual(0.02);
    },
  );

  it.each([60, 300])('uses a quota of %i requests a minute, as the APIs of the editors have it', async (quota) => {
    const [outcome] = await run({
      callers: [{ count: 16, limiter: fixedWindow(quota * 50, 60_000) }],
      processes: 2,
      seconds: 600,
      random: randomFrom(SEED),
    });
    expect(outcome!.admitted / (10 * quota)).toBeGreaterThanOrEqual(0.93);
    // A refused request uses nothing of the quota. Most of them look for the end of the first minute.
    expect(outcome!.refused / 10).toBeLessThanOrEqual(15);
  });

  it.each([
    ['a bucket of 2,000 units a second', () => bucket(2_000, 2_000), 0.9],
    ['120,000 units in each minute', () => fixedWindow(120_000, 60_000), 0.95],
  ])('detects that reading and writing share %s', async (_, limiter, use) => {
    const [outcome] = await run({
      // Like a transfer: copies, and an occasional listing.
      callers: [
        {
          count: 64,
          limiter: limiter(),
          cost: (round) => (round % 10 === 9 ? { kind: 'read', units: 100 } : { kind: 'write', units: 50 }),
        },
      ],
      processes: 2,
      seconds: 300,
      random: randomFrom(SEED),
    });
    expect((outcome!.admitted * 55) / 600_000).toBeGreaterThanOrEqual(use);
    expect(outcome!.refused / total(outcome!)).toBeLessThanOrEqual(0.02);
  });

  it('spreads the quota of a minute over the minute, once it has reached it', async () => {
    const quota = fixedWindow(120_000, 60_000);
    let began: number | undefined;
    const since = { admitted: 0, refused: 0 };
    const limiter: Limiter = (now, units) => {
      const isAdmitted = quota(now, units);
      if (now - (began ??= now) > 60_000) since[isAdmitted ? 'admitted' : 'refused']++;
      return isAdmitted;
    };
    await run({ callers: [{ count: 100, limiter }], processes: 2, seconds: 300, random: randomFrom(SEED) });
    expect(since.refused / total(since)).toBeLessThan(0.005);
  });

  it.each([
    ['10 writes a second', () => bucket(500, 500), 500, 1_500, 0.95],
    ['120,000 units in each minute', () => fixedWindow(120_000, 60_000), 2_000, 1_000, 0.95],
  ])('uses %s even if a response takes a second or more', async (_, limiter, unitsPerSecond, latencyMs, use) => {
    const [outcome] = await run({
      callers: [{ count: 64, limiter: limiter() }],
      processes: 2,
      latencyMs,
      seconds: 300,
      random: randomFrom(SEED),
    });
    expect((outcome!.admitted * 50) / (unitsPerSecond * 300)).toBeGreaterThanOrEqual(use);
    expect(outcome!.refused / total(outcome!)).toBeLessThanOrEqual(0.03);
  });

  it('delays no request while nothing is refused', async () => {
    const [outcome] = await run({
      callers: [{ count: 100, limiter: open }],
      latencyMs: 20,
      seconds: 20,
      random: randomFrom(SEED),
    });
    // 100 callers that only wait for Google make 5,000 requests a second.
    expect(outcome!.admitted).toBeGreaterThan(0.9 * 5_000 * 20);
  });

  it('follows a limit that falls, and one that rises', async () => {
    const bySecond = Array.from({ length: 601 }, () => 0);
    let second = 0;
    const slow = bucket(250, 250);
    const fast = bucket(1_000, 1_000);
    const [outcome] = await run({
      callers: [{ count: 32, limiter: (now, units) => (second >= 200 && second < 400 ? slow : fast)(now, units) }],
      seconds: 600,
      random: randomFrom(SEED),
      onAdmitted: (at) => {
        second = at;
        bySecond[at]!++;
      },
    });
    const rate = (from: number, to: number) => bySecond.slice(from, to).reduce((sum, n) => sum + n, 0) / (to - from);
    expect(rate(100, 200)).toBeGreaterThan(19);
    expect(rate(260, 400)).toBeGreaterThan(4.7);
    expect(rate(500, 600)).toBeGreaterThan(18);
    expect(outcome!.refused / total(outcome!)).toBeLessThan(0.03);
  });

  it('treats refusals at any rate as noise, and continues', async () => {
    const luck = randomFrom(SEED + 1);
    const [outcome] = await run({
      callers: [{ count: 32, limiter: () => luck() >= 0.2 }],
      processes: 2,
      seconds: 60,
      random: randomFrom(SEED),
    });
    expect(outcome!.admitted / 60).toBeGreaterThan(30);
  });

  it('does not treat a limit as noise', async () => {
    // After each excess it admits nothing for a second: the worst case of a bucket of one.
    const [outcome] = await run({
      callers: [{ count: 64, limiter: bucket(100, 50) }],
      processes: 2,
      seconds: 300,
      random: randomFrom(SEED),
    });
    expect(outcome!.refused / total(outcome!)).toBeLessThan(0.2);
  });

  it('slows writes down and not reads, one account and not another', async () => {
    const quick = { count: 8, limiter: open };
    const [alone] = await run({ callers: [quick], seconds: 60, random: randomFrom(SEED) });
    const [slow, reads, other] = await run({
      callers: [
        { count: 200, limiter: bucket(100, 100) },
        { ...quick, cost: () => ({ kind: 'read', units: 5 }) },
        { ...quick, account: 'b' },
      ],
      seconds: 60,
      random: randomFrom(SEED),
    });
    expect(slow!.admitted).toBeLessThan(2 * 60 + 10);
    expect(reads!.admitted).toBeGreaterThan(0.95 * alone!.admitted);
    expect(other!.admitted).toBeGreaterThan(0.95 * alone!.admitted);
  });

  it('limits all accounts together if configured, and shares fairly', async () => {
    let units = 0;
    const counted: Limiter = (_, cost) => ((units += cost), true);
    const outcomes = await run({
      callers: [
        { account: 'a', count: 200, limiter: counted },
        { account: 'b', count: 20, limiter: counted },
        { account: 'c', count: 20, limiter: counted },
      ],
      processes: 2,
      seconds: 60,
      random: randomFrom(SEED),
      options: { projectUnitsPerMinute: 120_000 },
    });
    expect(units).toBeLessThanOrEqual(120_000 * 1.01);
    expect(units).toBeGreaterThan(120_000 * 0.95);
    for (const { admitted } of outcomes) expect((admitted * 50) / (units / 3)).toBeGreaterThan(0.9);
  });
});

describe('an account', () => {
  let clock: VirtualClock;
  let pacer: Pacer;
  const request = (more: Partial<PacedRequest> = {}): PacedRequest => ({
    account: 'a',
    kind: 'write',
    units: 50,
    totalTimeoutMs: Infinity,
    ...more,
  });
  /** Takes a permit, which must be available at once. */
  const taken = async (more: Partial<PacedRequest> = {}) => {
    const permit = pacer.take(request(more));
    await clock.pass(0);
    return permit;
  };
  /** Milliseconds until a permit is available, at most `end`. */
  const waited = async (more: Partial<PacedRequest>, end: number) => {
    const began = clock.now();
    let at: number | undefined;
    void pacer.take(request(more)).then(() => (at = clock.now() - began));
    await clock.pass(end);
    return at;
  };
  beforeEach(() => {
    clock = new VirtualClock();
    pacer = new Pacer(undefined, { clock, random: () => 0 });
  });

  it('waits as long as Retry-After states, for reads and writes; others do not wait', async () => {
    (await taken()).refused(5_000);
    expect(await waited({ account: 'b' }, 0)).toBe(0);
    expect(await waited({ kind: 'read' }, 6_000)).toBe(5_000);
    expect(await waited({}, 6_000)).toBeDefined();
  });

  it('counts simultaneous refusals as one', async () => {
    const permits = await Promise.all([taken(), taken(), taken(), taken()]);
    for (const permit of permits) permit.refused();
    await clock.pass(0);
    // One pause of a quarter of a second; it does not grow with each refusal.
    expect(await waited({}, 1_000)).toBe(250);
  });

  it('reports each slow-down to one of the refused callers, in one process', async () => {
    const store = new MemoryPaceStore(() => clock.now());
    let random = 0;
    // A separate one for each: the random part distinguishes a process's own pace from another's.
    const pacers = [0, 1].map(() => new Pacer(store, { clock, random: () => (random += 0.1) }));
    let reports = 0;
    const onSlowDown = () => void reports++;
    const four = await Promise.all([0, 1, 0, 1].map((index) => pacers[index]!.take(request({ onSlowDown }))));
    for (const permit of four) permit.refused();
    await clock.pass(0);
    expect(reports).toBe(1);
    // During a slow-down, a refused test does not count as another one.
    const [retry] = await Promise.all([pacers[0]!.take(request({ onSlowDown })), clock.pass(1_000)]);
    retry.refused();
    await clock.pass(0);
    expect(reports).toBe(1);
    const [passed] = await Promise.all([pacers[0]!.take(request({ onSlowDown })), clock.pass(1_000)]);
    passed.allowed();
    await clock.pass(0);
    const [again] = await Promise.all([pacers[0]!.take(request({ onSlowDown })), clock.pass(5_000)]);
    again.refused();
    await clock.pass(0);
    expect(reports).toBe(2);
  });

  it('has one limit for reading and writing when both are refused at the same time', async () => {
    const read = { kind: 'read', units: 5 } as const;
    const both = async () => {
      const began = clock.now();
      const waits: number[] = [];
      for (const more of [{}, read]) void pacer.take(request(more)).then(() => waits.push(clock.now() - began));
      await clock.pass(5_000);
      return waits;
    };
    const [write, listing] = [await taken(), await taken(read)];
    write.refused();
    listing.refused();
    await clock.pass(0);
    expect(await both()).toEqual([250, 500]); // they test one after the other whether it has ended
  });

  it('retries less and less often while it is refused, and continues after the first success', async () => {
    (await taken()).refused();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const began = clock.now();
      const permit = pacer.take(request());
      void permit.then((given) => (waits.push(clock.now() - began), given.refused()));
      while (waits.length === i) await clock.pass(10);
    }
    expect(waits.map((ms) => Math.round(ms / 10) * 10)).toEqual([250, 380, 560, 840, 1260, 1900, 2000, 2000]);
    const permit = pacer.take(request());
    await clock.pass(2_000);
    (await permit).allowed();
    await clock.pass(2_000);
    expect(await waited({}, 1_000)).toBe(0);
  });

  it('continues near its rate after a rest that began with a refusal', async () => {
    const limiter = bucket(500, 500);
    let [isBusy, admitted] = [true, 0];
    const caller = async () => {
      while (isBusy) {
        const permit = await pacer.take(request());
        await clock.sleep(100);
        const isAdmitted = limiter(clock.now(), 50);
        if (isAdmitted) admitted++;
        permit[isAdmitted ? 'allowed' : 'refused']();
      }
    };
    const start = () => Array.from({ length: 20 }, () => void caller());
    start();
    await clock.pass(60_000);
    isBusy = false;
    await clock.pass(5_000);
    (await taken()).refused();
    await clock.pass(600_000);
    isBusy = true;
    start();
    await clock.pass(5_000);
    admitted = 0;
    await clock.pass(20_000);
    isBusy = false;
    expect(admitted).toBeGreaterThan(0.8 * 200);
  });

  it('fails when Google asks for a pause of minutes, even while it waits', async () => {
    (await taken()).refused();
    const waiting = pacer.take(request()).catch((error: unknown) => error);
    (await taken({ kind: 'read', units: 5 })).refused(600_000);
    await clock.pass(1_000);
    expect(await waiting).toMatchObject({ name: 'WaitTooLongError', ms: 599_750 });
    await expect(pacer.take(request())).rejects.toMatchObject({ name: 'WaitTooLongError', ms: 599_000 });
    await clock.pass(600_000);
    expect(await waited({}, 1_000)).toBeDefined();
  });

  it('pauses one account in all processes', async () => {
    const store = new MemoryPaceStore(() => clock.now());
    const [one, other] = [0, 1].map(() => new Pacer(store, { clock, random: () => 0 })) as [Pacer, Pacer];
    await one.pause('a', 900_000);
    for (const each of [one, other])
      await expect(each.take(request({ account: 'a' }))).rejects.toMatchObject({
        name: 'WaitTooLongError',
        ms: 900_000,
      });
    (await other.take(request({ account: 'b' }))).allowed();
    await clock.pass(900_000);
    for (const each of [one, other]) (await each.take(request({ account: 'a' }))).allowed();
  });

  it('makes a person wait no longer than allowed', async () => {
    (await taken()).refused(60_000);
    await expect(pacer.take(request({ totalTimeoutMs: 8_000 }))).rejects.toMatchObject({
      name: 'WaitTooLongError',
      ms: 60_000,
    });
  });

  it('serves requests for a waiting person first, and delays none that cost nothing', async () => {
    (await taken()).refused();
    await clock.pass(0);
    const order: string[] = [];
    await clock.pass(0);
    const take = (name: string, more: Partial<PacedRequest>) =>
      void pacer.take(request(more)).then((permit) => (order.push(name), permit.allowed()));
    take('first', {});
    take('second', {});
    take('person', { urgent: true });
    take('chunk', { units: 0 });
    await clock.pass(0);
    expect(order).toEqual(['chunk']);
    await clock.pass(10_000);
    expect(order).toEqual(['chunk', 'person', 'first', 'second']);
  });

  it('lets fewer requests go at once while the process is busy, and more again when it has time to spare', async () => {
    const clock = Object.assign(new VirtualClock(), { isBusy: () => isBusy });
    let isBusy = false;
    let underWay = 0;
    const pacer = new Pacer(undefined, { clock, random: () => 0 });
    const call = async () => {
      const permit = await pacer.take(request());
      underWay++;
      await clock.sleep(100);
      underWay--;
      permit.allowed();
      void call();
    };
    for (let index = 0; index < 100; index++) void call();
    await clock.pass(2_000);
    expect(underWay).toBe(100);
    isBusy = true;
    await clock.pass(2_000);
    expect(underWay).toBe(32);
    isBusy = false;
    await clock.pass(2_000);
    expect(underWay).toBe(100);
  });

  it('forgets callers that stop waiting', async () => {
    (await taken()).refused(30_000);
    const stop = new AbortController();
    const stopped = pacer.take(request({ signal: stop.signal })).catch((error: unknown) => error);
    const next = waited({}, 40_000);
    stop.abort(new Error('enough'));
    expect(await stopped).toMatchObject({ message: 'enough' });
    expect(await next).toBe(30_000);
    await expect(pacer.take(request({ signal: stop.signal }))).rejects.toThrow('enough');
  });

  it('writes again when its bytes of the last 24 hours allow it, and otherwise after an hour', async () => {
    const HOUR = 3_600_000;
    pacer.wrote('a', 1e9);
    expect(await pacer.dayEndsInMs('a')).toBe(HOUR);
    pacer.wrote('a', 300e9);
    await clock.pass(2 * HOUR);
    pacer.wrote('a', 500e9);
    await clock.pass(2_000);
    const hour = (at: number) => Math.floor(at / HOUR) * HOUR;
    // The first 300 GB are a day old 24 hours after the end of the hour in which they were written.
    const end = hour(clock.now() - 2 * HOUR - 2_000) + 25 * HOUR;
    expect(await pacer.dayEndsInMs('a')).toBeCloseTo(end - clock.now(), -3);
    expect(await pacer.dayEndsInMs('b')).toBe(HOUR);
  });
});

describe('without its store', () => {
  /** A shared store that can become unreachable. */
  class Frail extends PaceStore {
    isAway = false;
    calls = 0;
    constructor(private readonly store: PaceStore) {
      super();
    }
    private reached<T>(answer: () => Promise<T>): Promise<T> {
      this.calls++;
      return this.isAway ? Promise.reject(new Error('away')) : answer();
    }
    override reserve(...args: Parameters<PaceStore['reserve']>) {
      return this.reached(() => this.store.reserve(...args));
    }
    override change(...args: Parameters<PaceStore['change']>) {
      return this.reached(() => this.store.change(...args));
    }
    override pause(...args: Parameters<PaceStore['pause']>) {
      return this.reached(() => this.store.pause(...args));
    }
    override addBytes(...args: Parameters<PaceStore['addBytes']>) {
      return this.reached(() => this.store.addBytes(...args));
    }
    override bytesOfDay(...args: Parameters<PaceStore['bytesOfDay']>) {
      return this.reached(() => this.store.bytesOfDay(...args));
    }
  }

  it('continues with the last known rate, and shares again when the store is back', async () => {
    let frail!: Frail;
    let second = 0;
    const [outcome] = await run({
      callers: [{ count: 32, limiter: bucket(500, 500) }],
      seconds: 300,
      random: randomFrom(SEED),
      store: (clock) => (frail = new Frail(new MemoryPaceStore(() => clock.now()))),
      onAdmitted: (at) => {
        second = at;
        frail.isAway = at >= 100 && at < 200;
      },
    });
    expect(second).toBe(299);
    expect((outcome!.admitted * 50) / (500 * 300)).toBeGreaterThan(0.93);
    expect(outcome!.refused / total(outcome!)).toBeLessThan(0.03);
  });

  it('calls the store rarely, however many requests there are', async () => {
    let frail!: Frail;
    const [outcome] = await run({
      callers: [{ count: 200, limiter: bucket(50_000, 50_000) }],
      seconds: 60,
      random: randomFrom(SEED),
      store: (clock) => (frail = new Frail(new MemoryPaceStore(() => clock.now()))),
    });
    expect(outcome!.admitted).toBeGreaterThan(30_000);
    expect(frail.calls).toBeLessThan(60 * 20);
  });
});
