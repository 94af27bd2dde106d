/**
 * How fast one account's requests of one kind may go, learnt from what Google refuses. Pure: the store keeps it, the
 * pacer acts on it.
 *
 * Google publishes no rate that holds for everybody, and what limits an account may be a bucket that fills steadily, or
 * a quota of the minute that is gone at once. So the pace is measured: between two moments at which a refusal had just
 * passed, the requests that were let through, divided by the time, are what Google allows, whatever the kind of limit.
 * From just below that rate the pace creeps up to it, stays, and goes beyond it slowly at first, then ever faster
 * (CUBIC, RFC 9438), until it is refused again.
 */
export interface Pace {
  /** Grows with each change: what was sent under an older one tells nothing about this one. */
  readonly epoch: number;
  /**
   * `shut`: after a refusal single requests try whether it has passed. `searching`: growing fast, no rate was measured yet.
   * `known`: around a measured rate. `noisy`: slowing down did not help, so the refusals do not come from the rate.
   * `free`: the limit turned out to be another lane's.
   */
  readonly phase: 'shut' | 'searching' | 'known' | 'noisy' | 'free';
  /** When this phase began. All times are the store's, in epoch milliseconds. */
  readonly at: number;
  /**
   * Quota units a second: the rate measured (known), first tried (searching), or let through at last (shut; null: no
   * limit was known).
   */
  readonly rate: number | null;
  /** Of `shut`: when the first refusal came, how many tries were refused since, and how long to wait for each. */
  readonly shutAt: number;
  readonly tries: number;
  readonly gapMs: number;
  /** Where the next measurement begins. */
  readonly from: Mark;
  /** Refusals in a row that came soon after the one before, though the pace was lower. */
  readonly vain: number;
}

/** How many quota units had been let through at a time. */
export interface Mark {
  readonly at: number;
  readonly admitted: number;
}

/** What is known when a pace changes. */
export interface Measure {
  readonly now: Mark;
  /** A mark of 3 to 6 seconds ago, and one of half a minute to a minute ago; at first, the first there is. */
  readonly recent: Mark;
  readonly earlier: Mark;
}

const FIRST_GAP_MS = 250;
const MAX_GAP_MS = 2_000;
/** A refusal that lasts longer is that of a quota used up, not of a bucket being filled. */
const QUOTA_GONE_MS = 5_000;
/**
 * From this share of the measured rate the pace creeps up to it, in this time; in a longer one where a quota was used up,
 * so that it lasts for its minute.
 */
const LOWERED = 0.95;
const APPROACH_MS = 12_000;
const QUOTA_APPROACH_MS = 30_000;
/** So many requests make a measurement, or fewer in a longer time; else the rate that was refused is cut to a share. */
const MUCH_REQUESTS = 10;
const FEW_REQUESTS = 3;
const LONG_MS = 10_000;
const CUT = 0.9;
/** An average that is below this share of the latest rate. */
const STILL_FINDING = 0.75;
/** How fast a search grows, a second. */
const SEARCH_GROWTH = 1.6;
/** About an edit a second; Google lets every account keep up two. Less is no limit, but a lack of requests. */
const MIN_UNITS_PER_SECOND = 60;
/** Of an edit: a first rate is in proportion to it, even when the cheapest of requests was let through. */
const USUAL_UNITS = 50;
/** A refusal within so many requests or so much time of the last one was not prevented by going slower. */
const SOON_REQUESTS = 10;
const SOON_MS = 15_000;
const VAIN_MAX = 5;
/** How long refusals are taken for noise. */
const NOISE_MS = 60_000;
const UNTRIED_MS = 30_000;
/** An opening longer ago is no good start of a measurement: the account may have been idle. */
const OLD_MS = 90_000;

/** Quota units a second allowed now; Infinity when no limit is known. Not for a lane that is shut. */
export function rateOf(pace: Pace | undefined, { now, recent }: Measure): number {
  if (!isLimited(pace) || pace.rate === null) return Infinity;
  const age = now.at - pace.at;
  if (pace.phase === 'searching') return pace.rate * SEARCH_GROWTH ** Math.min(age / 1_000, 30);
  const approachMs = pace.at - pace.shutAt > QUOTA_GONE_MS ? QUOTA_APPROACH_MS : APPROACH_MS;
  const grown = pace.rate * (1 + (1 - LOWERED) * (age / approachMs - 1) ** 3);
  // A rate that nobody has used is not proven.
  const used = ((now.admitted - recent.admitted) * 1_000) / Math.max(1_000, now.at - recent.at);
  return Math.min(grown, Math.max(pace.rate * (2 - LOWERED), 2 * used));
}

/**
 * After a refusal of a request that was sent under this pace.
 * @param cost quota units of that request
 * @param random [0, 1)
 */
export function refused(pace: Pace | undefined, measure: Measure, cost: number, random: number): Pace {
  const { now, recent, earlier } = measure;
  const base = { epoch: (pace?.epoch ?? 0) + 1, at: now.at };
  if (pace?.phase === 'shut') {
    const tries = pace.tries + 1;
    return { ...pace, ...base, tries, gapMs: gapAfter(tries, random) };
  }
  const limited = isLimited(pace) ? pace : undefined;
  const vain = !limited || !cameSoon(limited, measure, cost) ? 0 : limited.vain + (limited.tries <= 1 ? 1 : 0);
  const rate = rateOf(limited, measure);
  return {
    ...base,
    phase: vain >= VAIN_MAX ? 'noisy' : 'shut',
    rate: Number.isFinite(rate) ? Math.min(rate, Math.max(between(recent, now), limited?.rate ?? 0)) : null,
    shutAt: now.at,
    tries: 0,
    gapMs: gapAfter(0, random),
    from: limited && now.at - limited.from.at < OLD_MS ? limited.from : earlier,
    vain,
  };
}

function cameSoon(pace: Pace, { now }: Measure, cost: number): boolean {
  if (pace.tries > 3) return false; // it was shut for a while: that is no accident
  return (
    now.admitted - pace.from.admitted < SOON_REQUESTS * cost || (pace.phase === 'known' && now.at - pace.at < SOON_MS)
  );
}

/** After the first request let through since the refusal. */
export function reopened(pace: Pace, { now, earlier }: Measure, cost: number): Pace {
  const { rate, from } = pace;
  const shutMs = now.at - pace.shutAt;
  const amount = now.admitted - from.admitted;
  const isMuch = amount >= MUCH_REQUESTS * cost;
  const next = (phase: 'known' | 'searching', newRate: number, newFrom = now): Pace => ({
    ...pace,
    epoch: pace.epoch + 1,
    phase,
    at: now.at,
    rate: Math.max(MIN_UNITS_PER_SECOND, newRate),
    from: newFrom,
  });
  const isTried = now.at - pace.at < UNTRIED_MS;
  // It passed at some time since the last try.
  const then = { ...now, at: now.at - Math.min(pace.gapMs, now.at - pace.at) / 2 };
  if (rate === null) {
    // What a bucket had in store would pass for its rate; not so with the quota of a minute.
    if (isTried && isMuch && shutMs > QUOTA_GONE_MS) return next('known', between(from, then));
    return next('searching', (Math.max(cost, USUAL_UNITS) * 1_000) / pace.gapMs);
  }
  // Nobody tried for a while, so that the time tells nothing.
  if (!isTried) return next('known', rate * CUT);
  const average = between(from, then);
  // A quota that was gone at once has the average as its limit, over as long as can be looked back.
  if (shutMs > QUOTA_GONE_MS) return next('known', Math.min(rate, Math.max(average, between(earlier, then))));
  if (!isMuch && (now.at - from.at < LONG_MS || amount < FEW_REQUESTS * cost)) return next('known', rate * CUT, from);
  // While the rate was being found, the average is far below what was let through at last.
  if (average < STILL_FINDING * rate) return next('known', rate * CUT);
  // What fills a bucket is the average; what counts the last second is the latest rate. It may be either.
  return next('known', Math.min((average + rate) / 2, rate));
}

function between(from: Mark, to: Mark): number {
  return ((to.admitted - from.admitted) * 1_000) / Math.max(1, to.at - from.at);
}

/** Milliseconds after a change until the next request. */
export function restOf(pace: Pace, cost: number): number {
  if (pace.phase === 'shut') return pace.gapMs;
  return isLimited(pace) && pace.rate ? (cost * 1_000) / pace.rate : 0;
}

/** When the limit that was met is another lane's. */
export function freed(pace: Pace, { now }: Measure): Pace {
  return { ...pace, epoch: pace.epoch + 1, phase: 'free', at: now.at, rate: null, vain: 0 };
}

/** Whether a limit is known, or being looked for. */
export function isLimited(pace: Pace | undefined): pace is Pace {
  return pace !== undefined && pace.phase !== 'noisy' && pace.phase !== 'free';
}

/** Whether refusals are taken as unrelated to the rate, so that each request waits for itself only. */
export function isNoisy(pace: Pace | undefined, now: number): boolean {
  return pace?.phase === 'noisy' && now - pace.at < NOISE_MS;
}

/** With up to a quarter as much again at random, so that accounts refused together do not come back together. */
function gapAfter(tries: number, random: number): number {
  return Math.min(MAX_GAP_MS, FIRST_GAP_MS * 1.5 ** tries) * (1 + random / 4);
}
