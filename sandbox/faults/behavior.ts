import type { Account } from '../drive/drive-store.ts';
import { googleError, SandboxUsageError } from '../http/errors.ts';
import { type ApiName, GOOGLE_APIS, projectNumberOf } from '../http/google-apis.ts';
import { ENDPOINTS } from '../http/routes.ts';
import { type Cost, type CostName, COSTS } from './costs.ts';
import { amount, checkOperation, type Fault, faultFrom, matches, type Target } from './fault.ts';
import { hashOf, randomFrom } from './random.ts';
import { GOOGLE_REQUEST_QUOTAS, type RequestQuotas, spendRequest } from './request-quotas.ts';
import { DEFAULT_LIMITS, DEFAULT_SWITCHES, type Limits, limitsFrom, type Switches, switchesFrom } from './switches.ts';

export interface Quotas extends RequestQuotas {
  /** Google's quota units, for each account. */
  unitsPerMinute?: number;
  /** Google's quota units, for all accounts of one OAuth client: Google's "project". */
  projectUnitsPerMinute?: number;
  /** Sustained write calls of an account. */
  writesPerSecond?: number;
  /** Write calls that an account can make at once after a pause; default: those of one second. */
  writeBurst?: number;
  /** Uploaded and copied bytes of each account in 24 hours. */
  bytesPerDay?: number;
  /** Storage of every account, in place of its own setting. */
  storageBytes?: number;
  /** Permissions that an account may grant or change in 24 hours; Google publishes no figure. */
  sharesPerDay?: number;
}

/** "Usage limits" since 2026, the write rate that clients observed ("about two files a second"), 750 GB a day. */
export const GOOGLE_QUOTAS: Readonly<Quotas> = {
  unitsPerMinute: 325_000,
  projectUnitsPerMinute: 1_000_000,
  writesPerSecond: 2,
  writeBurst: 100,
  bytesPerDay: 750e9,
  ...GOOGLE_REQUEST_QUOTAS,
};

const QUOTAS = [...Object.keys(GOOGLE_QUOTAS), 'storageBytes', 'sharesPerDay'];

/** A latency in milliseconds, or a realistic distribution. */
type Latency = number | 'realistic';

/** The settings of `PUT /__sandbox/behavior`. */
export interface BehaviorSettings {
  /**
   * Delay of each response: for all operations, or by operation with `*` for the others. `realistic` draws from a
   * heavy-tailed distribution around a typical time of the operation.
   */
  latencyMs: Latency | Record<string, Latency>;
  /** Factor for latencies: 0.1 makes a realistic run ten times as fast. */
  latencyScale: number;
  faults: Fault[];
  quotas: Quotas;
  /** Milliseconds until files.list contains a new item. */
  indexLagMs: number;
  /** Milliseconds until a new permission takes effect. */
  permissionLagMs: number;
  /**
   * Seed for faults with a probability and for realistic latencies. The outcome depends on the operation, the account, the
   * file's name and how often that combination has occurred, not on concurrent requests.
   */
  seed: number;
  /** Google's limits, which a test can lower. */
  limits: Limits;
  /** Behaviour of Google that no source settles. */
  switches: Switches;
  /** APIs that are not enabled in the projects. */
  disabledApis: ApiName[];
}

const CALM: BehaviorSettings = {
  latencyMs: 0,
  latencyScale: 1,
  faults: [],
  quotas: {},
  indexLagMs: 0,
  permissionLagMs: 0,
  seed: 1,
  limits: DEFAULT_LIMITS,
  switches: DEFAULT_SWITCHES,
  disabledApis: [],
};

/** Typical milliseconds of pages, which are not endpoints. */
const OTHER_TYPICAL_MS = 80;
/** Spread of latencies around the typical one; one in a hundred is in the tail. */
const SPREAD = 0.35;
const TAIL_SHARE = 0.01;
const TAIL_MAX = 20;

const DAY_MS = 24 * 3600 * 1000;

interface Pace {
  since: number;
  units: number;
}

/** The settings, and the counters that they need. */
export class Behavior {
  settings: BehaviorSettings = structuredClone(CALM);
  /** Resolves when the faults are next set. */
  faultsSet!: Promise<void>;
  private announceFaults!: () => void;
  private seen: number[] = [];
  private fired: number[] = [];
  private draws = new Map<string, number>();
  private minutes = new Map<string, Pace>();
  private writes = new Map<string, { at: number; left: number }>();
  private days = new Map<string, { since: number; bytes: number }>();
  private shares = new Map<string, { since: number; count: number }>();
  /** Storage limits of accounts that were filled. */
  private full = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
    this.awaitFaults();
  }

  private awaitFaults(): void {
    this.faultsSet = new Promise((resolve) => (this.announceFaults = resolve));
  }

  /**
   * Replaces all settings: omitted ones return to their defaults, and counters restart. With `keep`, omitted settings and
   * their counters stay unchanged.
   * @throws SandboxUsageError naming an invalid setting; nothing is changed then.
   */
  set(input: Record<string, unknown>, keep = false): void {
    const settings = structuredClone(keep ? this.settings : CALM);
    for (const [name, value] of Object.entries(input)) {
      switch (name) {
        case 'latencyMs':
          settings.latencyMs = isObject(value)
            ? Object.fromEntries(
                Object.entries(value).map(([op, ms]) => {
                  checkOperation('latencyMs', op);
                  return [op, latency(`latencyMs.${op}`, ms)];
                }),
              )
            : latency(name, value);
          break;
        case 'latencyScale':
        case 'indexLagMs':
        case 'permissionLagMs':
        case 'seed':
          settings[name] = amount(name, value);
          break;
        case 'limits':
          settings.limits = limitsFrom(keep && isObject(value) ? { ...settings.limits, ...value } : value);
          break;
        case 'switches':
          settings.switches = switchesFrom(keep && isObject(value) ? { ...settings.switches, ...value } : value);
          break;
        case 'disabledApis':
          settings.disabledApis = apisFrom(value);
          break;
        case 'quotas':
          settings.quotas = value === 'google' ? { ...GOOGLE_QUOTAS } : quotasFrom(value);
          break;
        case 'faults':
          if (!Array.isArray(value)) throw new SandboxUsageError('faults must be a list.');
          settings.faults = value.map((each, i) => faultFrom(each, `faults[${i}]`));
          break;
        default:
          throw new SandboxUsageError(`Unknown setting "${name}"; known are ${Object.keys(CALM).join(', ')}.`);
      }
    }
    this.settings = settings;
    if (!keep || input['faults'] !== undefined) {
      this.seen = settings.faults.map(() => 0);
      this.fired = settings.faults.map(() => 0);
      this.announceFaults();
      this.awaitFaults();
    }
    if (!keep || input['seed'] !== undefined || input['faults'] !== undefined) this.draws.clear();
    if (keep) return;
    this.minutes.clear();
    this.writes.clear();
    this.days.clear();
    this.shares.clear();
    this.full.clear();
  }

  private latencySetting(operation: string): Latency {
    const { latencyMs } = this.settings;
    return typeof latencyMs === 'object' ? (latencyMs[operation] ?? latencyMs['*'] ?? 0) : latencyMs;
  }

  /** Whether the delay of an operation is drawn, so that it depends on who asks for what. */
  drawsLatency(operation: string): boolean {
    return this.latencySetting(operation) === 'realistic';
  }

  /** Delay of this response in milliseconds. It counts the request, so call it once for each. */
  latencyOf(operation: string, account = '', name = ''): number {
    const { latencyScale } = this.settings;
    const set = this.latencySetting(operation);
    if (set !== 'realistic') return set * latencyScale;
    const luck = (what: string): number => this.luck(`${what} ${operation} ${account} ${name}`);
    const typical = ENDPOINTS[operation]?.typicalMs ?? OTHER_TYPICAL_MS;
    // Log-normal (Box and Muller), with a Pareto tail of infinite variance that is cut off at a maximum.
    const normal = Math.sqrt(-2 * Math.log(1 - luck('a'))) * Math.cos(2 * Math.PI * luck('b'));
    const tail = luck('c') < TAIL_SHARE ? Math.min(TAIL_MAX, (1 - luck('d')) ** (-1 / 1.2) * 3) : 1;
    return typical * Math.exp(SPREAD * normal) * tail * latencyScale;
  }

  /** From 0 to 1: the same for the same seed, key and number of earlier calls with that key. */
  private luck(key: string): number {
    const count = (this.draws.get(key) ?? 0) + 1;
    this.draws.set(key, count);
    return randomFrom(hashOf(`${this.settings.seed} ${count} ${key}`))();
  }

  /** Whether a key is in a share (0 to 1) of all keys; the same keys for the same seed. */
  isHit(key: string, share: number): boolean {
    return randomFrom(hashOf(`${this.settings.seed} ${key}`))() < share;
  }

  /** How often each fault has applied so far, in the order of the faults. */
  get faultCounts(): number[] {
    return [...this.fired];
  }

  /** Whether any fault depends on a file's name, which is read only then. */
  get matchesNames(): boolean {
    return this.settings.faults.some((fault) => fault.name !== undefined || fault.probability !== undefined);
  }

  /** The first fault that applies to a request. It counts the request, so call it once for each. */
  matchFault(target: Target): Fault | undefined {
    if (this.settings.faults.length === 0) return undefined;
    let hit: Fault | undefined;
    this.settings.faults.forEach((fault, i) => {
      if (!matches(fault, target)) return;
      const count = (this.seen[i] = (this.seen[i] ?? 0) + 1);
      if (hit) return;
      const nth = fault.nth ?? 1;
      const times = fault.times ?? (fault.nth === undefined ? Infinity : 1);
      if (count < nth || (this.fired[i] ?? 0) >= times) return;
      if (fault.probability !== undefined) {
        const { operation, account = '', name = '' } = target;
        if (this.luck(`${i} ${operation} ${account} ${name}`) >= fault.probability) return;
      }
      this.fired[i] = (this.fired[i] ?? 0) + 1;
      hit = fault;
    });
    return hit;
  }

  /**
   * Counts a call against the quotas of the account and of the project (the OAuth client).
   * @throws GoogleError 403 `userRateLimitExceeded` or `rateLimitExceeded`, or for the editors' APIs 429
   * `RATE_LIMIT_EXCEEDED`, if a quota is used up; nothing is counted then.
   */
  spend(account: Account, cost: CostName, clientId = ''): void {
    const { quotas } = this.settings;
    const { bucket, units, isWrite }: Cost = COSTS[cost];
    if (bucket === 'none') return;
    const time = this.now();
    if (bucket !== 'drive') {
      spendRequest(bucket, { email: account.email, clientId }, quotas, (key) => this.minute(key, time));
      return;
    }
    const { unitsPerMinute, projectUnitsPerMinute, writesPerSecond, writeBurst } = quotas;
    if (unitsPerMinute === undefined && projectUnitsPerMinute === undefined && writesPerSecond === undefined) return;
    const mine = unitsPerMinute === undefined ? undefined : this.minute(`user ${clientId} ${account.email}`, time);
    const project = projectUnitsPerMinute === undefined ? undefined : this.minute(`project ${clientId}`, time);
    if (project && project.units + units > (projectUnitsPerMinute ?? 0)) throw googleError('rateLimitExceeded');
    let store;
    if (writesPerSecond !== undefined && isWrite) {
      const burst = writeBurst ?? Math.max(1, writesPerSecond);
      store = this.writes.get(account.email) ?? { at: time, left: burst };
      store.left = Math.min(burst, store.left + ((time - store.at) / 1000) * writesPerSecond);
      store.at = time;
      this.writes.set(account.email, store);
    }
    if ((mine && mine.units + units > (unitsPerMinute ?? 0)) || (store && store.left < 1))
      throw googleError('userRateLimitExceeded');
    if (mine) mine.units += units;
    if (project) project.units += units;
    if (store) store.left--;
  }

  /** @throws GoogleError 403 `SERVICE_DISABLED`, or `accessNotConfigured` in the older format of errors. */
  checkEnabled(api: ApiName, clientId = ''): void {
    if (!this.settings.disabledApis.includes(api)) return;
    const { service, title, errorShape } = GOOGLE_APIS[api];
    const name = errorShape === 'status' ? 'serviceDisabled' : 'accessNotConfigured';
    throw googleError(name, { service, title, project: projectNumberOf(clientId) });
  }

  private minute(key: string, time: number): Pace {
    let minute = this.minutes.get(key);
    if (!minute || time - minute.since >= 60_000) this.minutes.set(key, (minute = { since: time, units: 0 }));
    return minute;
  }

  /**
   * Counts written bytes against the account's daily quota.
   * @throws GoogleError 403 with exactly the message that identifies the daily limit.
   */
  spendBytes(account: Account, bytes: number): void {
    const { bytesPerDay } = this.settings.quotas;
    const day = this.day(account);
    const limit = bytesPerDay ?? (day.bytes === Infinity ? 0 : undefined);
    if (limit === undefined) return;
    if (day.bytes + bytes > limit) throw googleError('dailyBytesExceeded');
    day.bytes += bytes;
  }

  /**
   * Counts a change of a permission against the account's daily quota.
   * @throws GoogleError 403 `sharingRateLimitExceeded`.
   */
  spendShare({ email }: Account, name: string): void {
    const { sharesPerDay } = this.settings.quotas;
    if (sharesPerDay === undefined) return;
    const time = this.now();
    let day = this.shares.get(email);
    if (!day || time - day.since >= DAY_MS) this.shares.set(email, (day = { since: time, count: 0 }));
    if (day.count >= sharesPerDay) throw googleError('sharingRateLimitExceeded', { name });
    day.count++;
  }

  /** Uses up an account's daily quota of bytes: it cannot upload or copy for 24 hours. */
  useUpDay(account: Account): void {
    this.days.set(account.email, { since: this.now(), bytes: Infinity });
  }

  /** When an account's used-up daily quota is renewed, in milliseconds; `undefined` if it is not used up. */
  dayEnds(account: Account): number | undefined {
    const { bytesPerDay = Infinity } = this.settings.quotas;
    const day = this.day(account);
    return day.bytes >= bytesPerDay ? day.since + DAY_MS : undefined;
  }

  private day(account: Account): { since: number; bytes: number } {
    const time = this.now();
    let day = this.days.get(account.email);
    if (!day || time - day.since >= DAY_MS) this.days.set(account.email, (day = { since: time, bytes: 0 }));
    return day;
  }

  /** Whether an account has storage for more bytes. Without any storage, it can own no file, not even an empty one. */
  hasStorage(account: Account, bytes: number): boolean {
    const limit = this.storageLimit(account);
    return limit > 0 && account.usage + bytes <= limit;
  }

  /** Lowers an account's storage limit to its usage, until the behaviour is set again. */
  fillStorage(account: Account): void {
    this.full.set(account.email, account.usage);
  }

  /** Storage limit of an account in bytes. */
  storageLimit(account: Account): number {
    return this.full.get(account.email) ?? this.settings.quotas.storageBytes ?? account.quotaBytes;
  }

  /**
   * Checks the size of one file. No source says how Google refuses a file that is too large: here a copy gets the error
   * of the daily volume, an upload that of HTTP.
   * @throws GoogleError 403 `userRateLimitExceeded` for a copy, 413 `uploadTooLarge` for an upload.
   */
  checkFileSize(way: 'copy' | 'upload', bytes: number): void {
    const { copyBytes, uploadBytes } = this.settings.limits;
    if (way === 'copy' && bytes > copyBytes) throw googleError('dailyBytesExceeded');
    if (way === 'upload' && bytes > uploadBytes) throw googleError('uploadTooLarge');
  }
}

function apisFrom(value: unknown): ApiName[] {
  const known = Object.keys(GOOGLE_APIS) as ApiName[];
  if (!Array.isArray(value)) throw new SandboxUsageError('disabledApis must be a list.');
  return value.map((each: unknown) => {
    const name = known.find((api) => api === each);
    if (!name) throw new SandboxUsageError(`disabledApis names "${String(each)}"; known are ${known.join(', ')}.`);
    return name;
  });
}

function latency(name: string, value: unknown): Latency {
  return value === 'realistic' ? value : amount(name, value, 'a number, 0 or more, or "realistic"');
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function quotasFrom(value: unknown): Quotas {
  if (!isObject(value)) throw new SandboxUsageError('quotas must be an object, or "google" for the quotas of Google.');
  const quotas: Quotas = {};
  for (const [name, limit] of Object.entries(value)) {
    if (!QUOTAS.includes(name)) throw new SandboxUsageError(`Unknown quota "${name}"; known are ${QUOTAS.join(', ')}.`);
    quotas[name as keyof Quotas] = amount(`quotas.${name}`, limit);
  }
  return quotas;
}
