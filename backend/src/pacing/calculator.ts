import { QUOTA_UNITS } from '../config/quota-units.js';

/**
 * How fast one account's requests of one kind may go, learnt from what Google refuses. Pure: the store keeps the state,
 * the rate limiter acts on it.
 *
 * Google publishes no rate that holds for every account, and a limit may be a bucket that fills steadily or a quota of
 * the minute that is used up at once. So the rate is measured: what passed between two moments at which a refusal had
 * just ended, divided by the time, is what Google allows, whatever the kind of limit. From just below that rate the pace
 * grows up to it, stays, and goes beyond it slowly at first, then faster (CUBIC, RFC 9438), until Google refuses again.
 * Plain additive increase, multiplicative decrease does worse: ADR 0045 has the figures for each phase.
 */
export interface Pace {
  /** Grows with each change: the answer to a request sent under an older pace says nothing about this one. */
  readonly epoch: number;
  /**
   * `shut`: after a refusal, single requests test whether it has passed. `searching`: growing fast, no rate measured yet.
   * `known`: around a measured rate. `noisy`: slowing down did not help, so the refusals do not come from the rate.
   */
  readonly phase: 'shut' | 'searching' | 'known' | 'noisy';
  /** When this phase began. All times are the store's, in epoch milliseconds. */
  readonly at: number;
  /**
   * Quota units a second: measured (known), first tried (searching), or last admitted (shut; null: no limit was known).
   */
  readonly rate: number | null;
  /** Of `shut`: when the first refusal came, how many tests were refused since, and the wait before each. */
  readonly shutAt: number;
  readonly tries: number;
  readonly gapMs: number;
  /** Where the next measurement begins. */
  readonly from: Mark;
  /** Refusals in a row that came soon after the one before, although the pace was lower. */
  readonly vain: number;
}

/** How many quota units had been admitted at a time. */
export interface Mark {
  readonly at: number;
  readonly admitted: number;
}

/** What is known when a pace changes. */
export interface Measure {
  readonly now: Mark;
  /** A mark 3 to 6 seconds old, and one 30 to 60 seconds old; at first, the first there is. */
  readonly recent: Mark;
  readonly earlier: Mark;
}

const FIRST_GAP_MS = 250;
const MAX_GAP_MS = 2_000;
/** Nobody tested for so long whether a refusal had passed. */
const UNTESTED_MS = 30_000;
/** A refusal that lasts longer is that of a quota used up, not of a bucket that fills. */
const QUOTA_GONE_MS = 5_000;
/**
 * The pace grows from this share of the measured rate up to it, in this time; in a longer one where a quota was used up,
 * so that it lasts for its minute.
 */
const LOWERED = 0.95;
const APPROACH_MS = 12_000;
const QUOTA_APPROACH_MS = 30_000;
/** Requests that make a first measurement. */
const MEASURED_REQUESTS = 10;
/** An average below this share of the latest rate says that the rate is still being found: the latest is cut instead. */
const STILL_FINDING = 0.75;
const CUT = 0.9;
/** Growth of a search in a second. */
const SEARCH_GROWTH = 1.6;
/** About an edit a second; Google lets every account keep up two. Less is no limit, but a lack of requests. */
const MIN_UNITS_PER_SECOND = 60;
/** A refusal within so many requests of the last one was not prevented by a lower pace; so many in a row are noise. */
const SOON_REQUESTS = 10;
const MAX_VAIN = 5;
/** How long refusals then count as noise. */
const NOISE_MS = 60_000;

/** Quota units a second allowed now; Infinity when no limit is known. Not for a pace that is shut. */
export function rateOf(pace: Pace | undefined, { now, recent }: Measure): number {
  if (!isLimited(pace) || pace.rate === null) return Infinity;
  const age = now.at - pace.at;
  if (pace.phase === 'searching') return pace.rate * SEARCH_GROWTH ** Math.min(age / 1_000, 30);
  const approachMs = isQuota(pace) ? QUOTA_APPROACH_MS : APPROACH_MS;
  const grown = pace.rate * (1 + (1 - LOWERED) * (age / approachMs - 1) ** 3);
  // A rate that nobody has used is not proven.
  const used = ((now.admitted - recent.admitted) * 1_000) / Math.max(1_000, now.at - recent.at);
  return Math.min(grown, Math.max(pace.rate * (2 - LOWERED), 2 * used));
}

/**
 * The pace after Google refused a request that was sent under this one.
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
  const isSoon = limited !== undefined && now.admitted - limited.from.admitted < SOON_REQUESTS * cost;
  const vain = isSoon ? limited.vain + 1 : 0;
  const latest = rateOf(limited, measure);
  const rate = Number.isFinite(latest) ? Math.min(latest, Math.max(between(recent, now), limited?.rate ?? 0)) : null;
  return {
    ...base,
    phase: vain >= MAX_VAIN ? 'noisy' : 'shut',
    rate,
    shutAt: now.at,
    tries: 0,
    gapMs: Math.min(gapAfter(0, random), firstGap(limited, rate, cost, random)),
    // Long ago enough for a quota of the minute that took most of it to use up.
    from: limited?.from ?? earlier,
    vain,
  };
}

/**
 * Until the first test is refused, tests go nearly as fast as requests did: Google's answer to the first may take
 * seconds, in which a bucket fills again. A quota of the minute does not.
 */
function firstGap(limited: Pace | undefined, rate: number | null, cost: number, random: number): number {
  if (!limited || rate === null || isQuota(limited)) return Infinity;
  return ((cost * 1_000) / (rate * CUT)) * (1 + random / 16);
}

/** Whether the refusal before this pace was that of a quota used up. */
function isQuota({ at, shutAt }: Pace): boolean {
  return at - shutAt > QUOTA_GONE_MS;
}

/** The pace after the first request that Google admitted since the refusal. */
export function reopened(pace: Pace, { now }: Measure, cost: number): Pace {
  const { rate, from, shutAt, gapMs } = pace;
  const next = (phase: 'known' | 'searching', newRate: number): Pace => ({
    ...pace,
    epoch: pace.epoch + 1,
    phase,
    at: now.at,
    rate: Math.max(MIN_UNITS_PER_SECOND, newRate),
    from: now,
  });
  const average = between(from, now);
  // The time in which nobody sent a request says nothing.
  const isTested = now.at - pace.at < UNTESTED_MS;
  const isUsedUp = isTested && now.at - shutAt > QUOTA_GONE_MS;
  if (rate === null) {
    // A first rate is in proportion to an edit, even when the cheapest of requests was admitted. What a bucket had in
    // store would pass for its rate; not so with the quota of a minute.
    const isMeasured = isUsedUp && now.admitted - from.admitted >= MEASURED_REQUESTS * cost;
    return isMeasured ? next('known', average) : next('searching', (Math.max(cost, QUOTA_UNITS.edit) * 1_000) / gapMs);
  }
  if (!isTested || (average < STILL_FINDING * rate && !isUsedUp)) return next('known', rate * CUT);
  // A quota allows the average, a bucket too; a limit that counts the last second allows the latest rate.
  return next('known', Math.min(isUsedUp ? average : (average + rate) / 2, rate));
}

function between(from: Mark, to: Mark): number {
  return ((to.admitted - from.admitted) * 1_000) / Math.max(1, to.at - from.at);
}

/** Milliseconds from a change of pace to the next request. */
export function restOf(pace: Pace, cost: number): number {
  if (pace.phase === 'shut') return Math.max(FIRST_GAP_MS, pace.gapMs);
  return isLimited(pace) && pace.rate ? (cost * 1_000) / pace.rate : 0;
}

/** Whether a limit is known, or being looked for. */
export function isLimited(pace: Pace | undefined): pace is Pace {
  return pace !== undefined && pace.phase !== 'noisy';
}

/** Whether refusals count as unrelated to the rate, so that each request waits on its own. */
export function isNoisy(pace: Pace | undefined, now: number): boolean {
  return pace?.phase === 'noisy' && now - pace.at < NOISE_MS;
}

/** With up to a quarter more at random, so that accounts refused together do not return together. */
function gapAfter(tries: number, random: number): number {
  return Math.min(MAX_GAP_MS, FIRST_GAP_MS * 1.5 ** tries) * (1 + random / 4);
}
