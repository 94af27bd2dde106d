import { QUOTA_UNITS } from '../engine/model/quota-units.js';

/**
 * How fast one account's requests of one kind may be sent, measured from Google's refusals. Pure functions: the store
 * keeps the state, the rate limiter applies it.
 *
 * Google publishes no rate that applies to every account, and a limit may be a bucket that fills steadily or a quota
 * per minute that can be used up at once. So the rate is measured: the units admitted between the ends of two refusals,
 * divided by the time, are what Google allows, whatever the kind of limit. The pace starts just below that rate, grows
 * up to it, stays there, and then exceeds it slowly at first and faster later (CUBIC, RFC 9438), until Google refuses
 * again. Plain additive increase, multiplicative decrease does worse: ADR 0045 has the figures for each phase.
 */
export interface Pace {
  /**
   * Increases with each change: the response to a request that was sent under an older pace does not concern this one.
   */
  readonly epoch: number;
  /**
   * `shut`: after a refusal, single requests test whether it has ended. `searching`: grows fast, no rate measured yet.
   * `known`: near a measured rate. `noisy`: slowing down did not help, so the rate does not cause the refusals.
   */
  readonly phase: 'shut' | 'searching' | 'known' | 'noisy';
  /** When this phase began. All times are the store's, in epoch milliseconds. */
  readonly at: number;
  /**
   * Quota units per second: measured (known), first tried (searching), or last admitted (shut; null: no limit was
   * known).
   */
  readonly rate: number | null;
  /** Phase `shut`: when the first refusal came, how many tests were refused since, and the wait before each. */
  readonly shutAt: number;
  readonly tries: number;
  readonly gapMs: number;
  /** Start of the next measurement. */
  readonly from: Mark;
  /**
   * Repeated refusals: consecutive ones that came soon after the previous one, although the pace was lower. Stored
   * under this name.
   */
  readonly vain: number;
}

/** How many quota units had been admitted at a certain time. */
export interface Mark {
  readonly at: number;
  readonly admitted: number;
}

/** The measurements when a pace changes. */
export interface Measure {
  readonly now: Mark;
  /** A mark that is 3 to 6 seconds old, and one that is 30 to 60 seconds old; at first, the oldest one. */
  readonly recent: Mark;
  readonly earlier: Mark;
}

const FIRST_GAP_MS = 250;
const MAX_GAP_MS = 2_000;
/** After this time without a test, the end of a refusal is unknown. */
const UNTESTED_MS = 30_000;
/** A refusal that lasts longer comes from a used-up quota, not from a bucket that fills. */
const QUOTA_GONE_MS = 5_000;
/**
 * The pace grows from this share of the measured rate up to the rate, in this time; after a used-up quota in a longer
 * time, so that the quota lasts for its minute.
 */
const LOWERED = 0.95;
const APPROACH_MS = 12_000;
const QUOTA_APPROACH_MS = 30_000;
/** Requests needed for a first measurement. */
const MEASURED_REQUESTS = 10;
/**
 * If the average is below this share of the latest rate, the rate is not found yet, and the latest rate is cut instead.
 */
const STILL_FINDING = 0.75;
const CUT = 0.9;
/** Growth of a search per second. */
const SEARCH_GROWTH = 1.6;
/** About one edit per second; Google allows every account two. Less is not a limit but a lack of requests. */
const MIN_UNITS_PER_SECOND = 60;
/**
 * If a refusal comes within so many requests of the last one, the lower pace did not prevent it; so many consecutive
 * ones are noise.
 */
const SOON_REQUESTS = 10;
const MAX_REPEATED_REFUSALS = 5;
/** How long (ms) refusals then count as noise. */
const NOISE_MS = 60_000;

/** Allowed quota units per second; Infinity if no limit is known. Not for a `shut` pace. */
export function rateOf(pace: Pace | undefined, { now, recent }: Measure): number {
  if (!isLimited(pace) || pace.rate === null) return Infinity;
  const age = now.at - pace.at;
  if (pace.phase === 'searching') return pace.rate * SEARCH_GROWTH ** Math.min(age / 1_000, 30);
  const approachMs = isQuota(pace) ? QUOTA_APPROACH_MS : APPROACH_MS;
  const grown = pace.rate * (1 + (1 - LOWERED) * (age / approachMs - 1) ** 3);
  // A rate that was not used is not proven.
  const used = ((now.admitted - recent.admitted) * 1_000) / Math.max(1_000, now.at - recent.at);
  return Math.min(grown, Math.max(pace.rate * (2 - LOWERED), 2 * used));
}

/**
 * The pace after Google refused a request that was sent under this pace.
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
  const repeatedRefusals = isSoon ? limited.vain + 1 : 0;
  const latest = rateOf(limited, measure);
  const rate = Number.isFinite(latest) ? Math.min(latest, Math.max(between(recent, now), limited?.rate ?? 0)) : null;
  return {
    ...base,
    phase: repeatedRefusals >= MAX_REPEATED_REFUSALS ? 'noisy' : 'shut',
    rate,
    shutAt: now.at,
    tries: 0,
    gapMs: Math.min(gapAfter(0, random), firstGap(limited, rate, cost, random)),
    // Long enough ago for a per-minute quota that took most of it to use up.
    from: limited?.from ?? earlier,
    vain: repeatedRefusals,
  };
}

/**
 * Until the first test is refused, tests are sent nearly as fast as requests were: Google's response to the first may
 * take seconds, in which a bucket fills again. A quota per minute does not.
 */
function firstGap(limited: Pace | undefined, rate: number | null, cost: number, random: number): number {
  if (!limited || rate === null || isQuota(limited)) return Infinity;
  return ((cost * 1_000) / (rate * CUT)) * (1 + random / 16);
}

/** Whether the refusal before this pace came from a used-up quota. */
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
  // Time without requests is not measured.
  const isTested = now.at - pace.at < UNTESTED_MS;
  const isUsedUp = isTested && now.at - shutAt > QUOTA_GONE_MS;
  if (rate === null) {
    // A first rate is based on an edit, even if the cheapest request was admitted. The content of a bucket would be
    // mistaken for its rate; this does not apply to a quota per minute.
    const isMeasured = isUsedUp && now.admitted - from.admitted >= MEASURED_REQUESTS * cost;
    return isMeasured ? next('known', average) : next('searching', (Math.max(cost, QUOTA_UNITS.edit) * 1_000) / gapMs);
  }
  if (!isTested || (average < STILL_FINDING * rate && !isUsedUp)) return next('known', rate * CUT);
  // Quotas and buckets allow the average; a limit that counts the last second allows the latest rate.
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

/** Whether a limit is known or being searched for. */
export function isLimited(pace: Pace | undefined): pace is Pace {
  return pace !== undefined && pace.phase !== 'noisy';
}

/** Whether refusals count as unrelated to the rate, so that each request waits separately. */
export function isNoisy(pace: Pace | undefined, now: number): boolean {
  return pace?.phase === 'noisy' && now - pace.at < NOISE_MS;
}

/** Adds up to a quarter at random, so that accounts that were refused together do not return together. */
function gapAfter(tries: number, random: number): number {
  return Math.min(MAX_GAP_MS, FIRST_GAP_MS * 1.5 ** tries) * (1 + random / 4);
}
