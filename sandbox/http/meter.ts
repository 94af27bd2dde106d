import { SandboxUsageError } from './errors.ts';
import { ENDPOINTS } from './routes.ts';
import { SANDBOX_CLIENT } from '../oauth/scopes.ts';
import { COSTS, type CostName } from '../faults/costs.ts';

/** Classes of calls to Drive, with their units: get 5, list 100, download 200, edit 50, other 5. */
export const UNIT_CLASSES = ['get', 'list', 'download', 'edit', 'other'] as const satisfies readonly CostName[];
export type UnitClass = (typeof UNIT_CLASSES)[number];

/**
 * Google's four billing buckets (https://developers.google.com/workspace/guides/quota-pricing). No copy that we could
 * read says which call belongs to which bucket, or gives daily allowances and prices: the buckets follow the units, and
 * `PUT /__sandbox/prices` sets the rest.
 */
export const BILLING_BUCKETS = ['light', 'medium', 'plus', 'top'] as const;
export type BillingBucket = (typeof BILLING_BUCKETS)[number];
const BUCKET_OF: Readonly<Record<UnitClass, BillingBucket>> = {
  get: 'light',
  other: 'light',
  edit: 'medium',
  list: 'plus',
  download: 'top',
};

/** Prices of usage, without a currency. */
export interface Prices {
  /** Free units of each bucket per day; `null` for no limit. */
  freeUnitsPerDay: Record<BillingBucket, number | null>;
  /** Price of a million units beyond these. */
  perMillionUnits: Record<BillingBucket, number>;
  /** Free bytes of downloads per day: 1 TB. */
  freeEgressBytesPerDay: number | null;
  /** Price of 10⁹ bytes beyond these. */
  perGigabyte: number;
}

const each = <T>(value: T): Record<BillingBucket, T> =>
  Object.fromEntries(BILLING_BUCKETS.map((bucket) => [bucket, value])) as Record<BillingBucket, T>;

const DEFAULT_PRICES: Readonly<Prices> = {
  freeUnitsPerDay: each<number | null>(null),
  perMillionUnits: each(0),
  freeEgressBytesPerDay: 1e12,
  perGigabyte: 0,
};

interface Usage {
  requests: number;
  units: number;
}

/** Usage on one day. */
class Day {
  readonly classes = Object.fromEntries(UNIT_CLASSES.map((name) => [name, { requests: 0, units: 0 }])) as Record<
    UnitClass,
    Usage
  >;
  /** As `classes`, without error responses. */
  readonly successful: Usage = { requests: 0, units: 0 };
  /** Units that count for the bill. */
  readonly billed = each(0);
  egressBytes = 0;

  get total(): Usage {
    const all = Object.values(this.classes);
    const sum = (part: keyof Usage): number => all.reduce((total, usage) => total + usage[part], 0);
    return { requests: sum('requests'), units: sum('units') };
  }
}

/** The current minute, which begins with the first request after the previous one ended, and the busiest so far. */
class Minutes {
  private since = -Infinity;
  private units = 0;
  private peak = 0;

  add(time: number, units: number): void {
    if (time - this.since >= 60_000) {
      this.since = time;
      this.units = 0;
    }
    this.units += units;
    this.peak = Math.max(this.peak, this.units);
  }

  toJSON(): { peakUnits: number; current: { since: string; units: number } | null } {
    const { since, units, peak } = this;
    return {
      peakUnits: peak,
      current: since === -Infinity ? null : { since: new Date(since).toISOString(), units },
    };
  }
}

/** Usage by day and minute of a project, or of one account in it. */
class Ledger {
  readonly days = new Map<string, Day>();
  readonly minutes = new Minutes();

  day(date: string): Day {
    let day = this.days.get(date);
    if (!day) this.days.set(date, (day = new Day()));
    return day;
  }
}

interface Project extends Ledger {
  readonly accounts: Map<string, Ledger>;
}

/** The facts of a call that the meter counts. */
export interface MeteredCall {
  time: number;
  operation: string;
  /** The OAuth client or service account; tokens of the control API belong to the project `sandbox`. */
  project: string | undefined;
  account: string | undefined;
  status: number;
  /** Bytes of the response's body. */
  bytes: number;
}

/** Counts Drive's units as Google bills them: by project, account, class and bucket. */
export class Meter {
  prices: Prices = structuredClone(DEFAULT_PRICES);
  private projects = new Map<string, Project>();
  private today = { date: '', starts: Infinity, ends: -Infinity };
  private readonly billsErrors: () => boolean;

  /** @param billsErrors whether errors count for the bill; Google says that they do not for Calendar's allowance only */
  constructor(billsErrors: () => boolean = () => true) {
    this.billsErrors = billsErrors;
  }

  /** @param isThrottled refused by a rate limit; Google does not count such a call */
  record(call: MeteredCall, isThrottled = false): void {
    const { time, operation, project = SANDBOX_CLIENT, account, status, bytes } = call;
    const cost = ENDPOINTS[operation]?.cost;
    if (account === undefined || isThrottled || cost === undefined || COSTS[cost].bucket !== 'drive') return;
    const { units } = COSTS[cost];
    if (time >= this.today.ends || time < this.today.starts) this.today = pacificDayOf(time);
    let of = this.projects.get(project);
    if (!of) this.projects.set(project, (of = Object.assign(new Ledger(), { accounts: new Map<string, Ledger>() })));
    let person = of.accounts.get(account);
    if (!person) of.accounts.set(account, (person = new Ledger()));
    const isSuccess = status >= 200 && status < 400;
    for (const ledger of [of, person]) {
      ledger.minutes.add(time, units);
      const day = ledger.day(this.today.date);
      const usage = day.classes[cost as UnitClass];
      usage.requests++;
      usage.units += units;
      // For an interrupted download, the bytes sent.
      if (cost === 'download' && status < 400) day.egressBytes += bytes;
      if (isSuccess) {
        day.successful.requests++;
        day.successful.units += units;
      }
      if (isSuccess || this.billsErrors()) day.billed[BUCKET_OF[cost as UnitClass]] += units;
    }
  }

  clear(): void {
    this.projects.clear();
  }

  reset(): void {
    this.clear();
    this.prices = structuredClone(DEFAULT_PRICES);
  }

  /**
   * Sets the prices; omitted ones return to their defaults.
   * @throws SandboxUsageError for an unknown price, or one that is not a number.
   */
  setPrices(input: Record<string, unknown>): void {
    const prices = structuredClone(DEFAULT_PRICES) as Prices;
    for (const [name, value] of Object.entries(input)) {
      switch (name) {
        case 'freeUnitsPerDay':
        case 'perMillionUnits':
          for (const [bucket, amount] of Object.entries(objectOf(name, value))) {
            const known = BILLING_BUCKETS.find((each) => each === bucket);
            if (!known)
              throw new SandboxUsageError(
                `${name} has no bucket "${bucket}"; there are ${BILLING_BUCKETS.join(', ')}.`,
              );
            if (name === 'freeUnitsPerDay')
              prices[name][known] = amount === null ? null : numberOf(`${name}.${bucket}`, amount);
            else prices[name][known] = numberOf(`${name}.${bucket}`, amount);
          }
          break;
        case 'freeEgressBytesPerDay':
          prices[name] = value === null ? null : numberOf(name, value);
          break;
        case 'perGigabyte':
          prices[name] = numberOf(name, value);
          break;
        default:
          throw new SandboxUsageError(`Unknown price "${name}"; known are ${Object.keys(DEFAULT_PRICES).join(', ')}.`);
      }
    }
    this.prices = prices;
  }

  /** Units by project and bucket, for the statistics. */
  totals(): { byProject: Record<string, Usage>; byBucket: Record<BillingBucket, number> } {
    const byBucket = each(0);
    const byProject: Record<string, Usage> = {};
    for (const [name, { days }] of this.projects) {
      const mine = (byProject[name] = { requests: 0, units: 0 });
      for (const day of days.values()) {
        const { requests, units } = day.total;
        mine.requests += requests;
        mine.units += units;
        for (const bucket of BILLING_BUCKETS) byBucket[bucket] += day.billed[bucket];
      }
    }
    return { byProject, byBucket };
  }

  /** Usage by project and account, to compare with a program's own count. */
  report(now: number): Record<string, unknown> {
    const { date, ends } = pacificDayOf(now);
    return {
      day: date,
      dayEnds: new Date(ends).toISOString(),
      prices: this.prices,
      projects: [...this.projects].map(([project, { days, minutes, accounts }]) => ({
        project,
        minutes,
        days: this.describe(days),
        accounts: [...accounts].map(([account, ledger]) => ({
          account,
          minutes: ledger.minutes,
          days: this.describe(ledger.days, false),
        })),
      })),
    };
  }

  /** Allowances belong to the project's billing account, so only a project has a cost. */
  private describe(days: ReadonlyMap<string, Day>, priced = true): Record<string, unknown>[] {
    const { freeUnitsPerDay, perMillionUnits, freeEgressBytesPerDay, perGigabyte } = this.prices;
    return [...days].map(([date, day]) => {
      const over = (used: number, free: number | null): number => (free === null ? 0 : Math.max(0, used - free));
      const buckets = BILLING_BUCKETS.map((bucket) => {
        const units = day.billed[bucket];
        const cost = (over(units, freeUnitsPerDay[bucket]) / 1e6) * perMillionUnits[bucket];
        return { bucket, units, ...(priced ? { cost } : {}) };
      });
      const egressCost = (over(day.egressBytes, freeEgressBytesPerDay) / 1e9) * perGigabyte;
      return {
        date,
        ...day.total,
        successful: day.successful,
        classes: day.classes,
        egressBytes: day.egressBytes,
        buckets,
        ...(priced ? { cost: buckets.reduce((sum, { cost = 0 }) => sum + cost, egressCost) } : {}),
      };
    });
  }
}

const PACIFIC = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
const HOUR_MS = 3_600_000;

/** The day in Google's time zone: "Daily quotas reset at midnight Pacific Time". Days of 23 and 25 hours occur. */
export function pacificDayOf(time: number): { date: string; starts: number; ends: number } {
  const date = PACIFIC.format(time);
  // Midnight there is 07:00 or 08:00 UTC: the earlier one, if it already belongs to the day.
  const midnightOf = (utcDay: number, wanted: (date: string) => boolean): number =>
    [7, 8].map((hour) => utcDay + hour * HOUR_MS).find((at) => wanted(PACIFIC.format(at))) ?? utcDay + 8 * HOUR_MS;
  const utcDay = Date.parse(`${date}T00:00:00Z`);
  return {
    date,
    starts: midnightOf(utcDay, (at) => at === date),
    ends: midnightOf(utcDay + 24 * HOUR_MS, (at) => at !== date),
  };
}

function objectOf(name: string, value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SandboxUsageError(`${name} must be an object.`);
  return value;
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new SandboxUsageError(`${name} must be a number, 0 or more.`);
}
