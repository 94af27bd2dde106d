import { Pacer, type PacerOptions } from '../../src/pacing/pacer.js';
import type { PacerClock } from '../../src/pacing/rate-limiter.js';
import type { RequestKind } from '../../src/pacing/cost.js';
import { MemoryPaceStore, type PaceStore } from '../../src/pacing/pace-store.js';

/** Time that advances only when all pending work is done. */
export class VirtualClock implements PacerClock {
  private time: number;
  private timers: { at: number; order: number; run: () => void }[] = [];
  private order = 0;

  constructor(start = 1_700_000_000_000) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, run };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((done) => void this.after(ms, done));
  }

  /**
   * Advances the time.
   * @param busy whether something outside of virtual time, such as a real Redis, still has to respond
   */
  async pass(ms: number, busy: () => boolean = () => false): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      do await new Promise(setImmediate);
      while (busy());
      let next = this.timers[0];
      for (const timer of this.timers)
        if (next && (timer.at < next.at || (timer.at === next.at && timer.order < next.order))) next = timer;
      if (!next || next.at > end) break;
      this.time = Math.max(this.time, next.at);
      this.timers = this.timers.filter((timer) => timer !== next);
      next.run();
    }
    this.time = end;
  }
}

/** Whether Google admits a request of some units at a time (ms); refused requests cost nothing. */
export type Limiter = (now: number, units: number) => boolean;

/** A token bucket that holds at most `burst` units. */
export function bucket(perSecond: number, burst: number): Limiter {
  let left = burst;
  let at: number | undefined;
  return (now, units) => {
    left = Math.min(burst, left + ((now - (at ?? now)) / 1_000) * perSecond);
    at = now;
    if (left < units) return false;
    left -= units;
    return true;
  };
}

/** A number of units per window; windows begin with the first request, or by the clock. */
export function fixedWindow(units: number, ms: number, byClock = false): Limiter {
  let since = -Infinity;
  let used = 0;
  return (now, cost) => {
    if (now - since >= ms) {
      since = byClock ? Math.floor(now / ms) * ms : now;
      used = 0;
    }
    if (used + cost > units) return false;
    used += cost;
    return true;
  };
}

/** A number of units in any period of this length. */
export function slidingWindow(units: number, ms: number): Limiter {
  const past: { at: number; cost: number }[] = [];
  let used = 0;
  return (now, cost) => {
    while (past[0] && now - past[0].at >= ms) used -= past.shift()!.cost;
    if (used + cost > units) return false;
    used += cost;
    past.push({ at: now, cost });
    return true;
  };
}

interface Cost {
  readonly kind: RequestKind;
  readonly units: number;
}

const EDIT: Cost = { kind: 'write', units: 50 };

/** Callers that send requests as fast as allowed. */
export interface Callers {
  readonly account?: string;
  /** The costs of their requests by round; default: edits. */
  readonly cost?: (round: number) => Cost;
  /** Simultaneous requests in each process. */
  readonly count: number;
  readonly limiter: Limiter;
}

export interface Load {
  readonly callers: readonly Callers[];
  /** Each process has its own pacer. */
  readonly processes?: number;
  /** Average latency in milliseconds, ±50 %. */
  readonly latencyMs?: number;
  readonly seconds: number;
  readonly random: () => number;
  readonly store?: (clock: VirtualClock) => PaceStore;
  readonly busy?: () => boolean;
  readonly options?: Pick<PacerOptions, 'projectUnitsPerMinute'>;
  /** Called with each request that was accepted. */
  readonly onAdmitted?: (second: number) => void;
}

/** The results of the requests of one kind of callers. */
export interface Outcome {
  admitted: number;
  refused: number;
}

/** Greedy callers behind pacers against limits, in virtual time. */
export async function run(load: Load): Promise<Outcome[]> {
  const { processes = 1, latencyMs = 200, random, seconds } = load;
  const clock = new VirtualClock();
  const store = load.store?.(clock) ?? new MemoryPaceStore(() => clock.now());
  const began = clock.now();
  let isOver = false;
  const call = async (pacer: Pacer, callers: Callers, outcome: Outcome): Promise<void> => {
    const { account = 'a', cost = () => EDIT, limiter } = callers;
    for (let round = 0; !isOver; round++) {
      const { kind, units } = cost(round);
      const permit = await pacer.take({ account, kind, units, totalTimeoutMs: Infinity });
      const latency = latencyMs * (0.5 + random());
      await clock.sleep(latency / 2);
      const isAdmitted = limiter(clock.now(), units);
      if (isAdmitted) load.onAdmitted?.(Math.floor((clock.now() - began) / 1_000));
      outcome[isAdmitted ? 'admitted' : 'refused']++;
      await clock.sleep(latency / 2);
      if (isAdmitted) permit.allowed();
      else permit.refused();
      if (!isAdmitted && !pacer.holdsBack({ account, kind })) await clock.sleep(1_000);
    }
  };
  const outcomes = load.callers.map(() => ({ admitted: 0, refused: 0 }));
  for (let i = 0; i < processes; i++) {
    const pacer = new Pacer(store, { clock, random, ...load.options });
    load.callers.forEach((callers, index) => {
      for (let j = 0; j < callers.count; j++) void call(pacer, callers, outcomes[index]!);
    });
  }
  await clock.pass(seconds * 1_000, load.busy);
  isOver = true;
  return outcomes;
}

/** Numbers in [0, 1), reproducible by the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
