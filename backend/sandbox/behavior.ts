import type { Account } from './drive-store.ts';
import { GoogleError, SandboxUsageError } from './errors.ts';

const KINDS = ['error', 'drop', 'truncate', 'stall', 'wrongBytes', 'failAfterWrite'] as const;

/**
 * Something to break. A request matches by operation (`files.copy`, `files.*`, `*`), account (e-mail), file id and file
 * name; of the matching requests the `nth` (from 1) and `times - 1` more are hit, or each with a `probability`.
 *
 * - `error`: answered with `status` and `reason` instead of being carried out.
 * - `drop`: the connection breaks; in an upload after half of the body, or after `afterBytes`.
 * - `truncate`: the answer breaks off in the middle, or after `afterBytes`.
 * - `stall`: the answer stops in the middle, or after `afterBytes`, and the connection stays open.
 * - `wrongBytes`: a byte of the downloaded content is wrong.
 * - `failAfterWrite`: carried out, then answered with `status` and `reason`; without a status the connection breaks.
 */
export interface Fault {
  operation: string | string[];
  account?: string;
  fileId?: string;
  name?: string;
  nth?: number;
  times?: number;
  probability?: number;
  kind: (typeof KINDS)[number];
  status?: number;
  reason?: string;
  message?: string;
  /** Seconds, as the header `Retry-After`. */
  retryAfter?: number;
  afterBytes?: number;
}

export interface Quotas {
  /** Google's quota units, for each account. */
  unitsPerMinute?: number;
  /** Writing calls, for each account. */
  writesPerSecond?: number;
  /** Uploaded and copied bytes, for each account in 24 hours. */
  bytesPerDay?: number;
}

/** How the sandbox is to behave; everything at once is what `PUT /__sandbox/behavior` takes. */
export interface BehaviorSettings {
  /** Milliseconds before each answer: for all operations, or by operation with `*` for the others. */
  latencyMs: number | Record<string, number>;
  faults: Fault[];
  quotas: Quotas;
  /** How long files.list does not know a new item. */
  indexLagMs: number;
  /** How long a new permission does not work yet. */
  permissionLagMs: number;
  /** For faults with a probability: the same seed, the same luck. */
  seed: number;
}

/** What a fault can be matched against. */
export interface Target {
  operation: string;
  account?: string;
  fileId?: string;
  name?: string;
}

/** "Usage limits", units since 2026: get 5, list 100, download 200, edit 50, other 5. */
const UNITS: Record<string, number> = {
  'files.list': 100,
  'changes.list': 100,
  'permissions.list': 100,
  'drives.list': 100,
  'files.download': 200,
  'files.export': 200,
  'files.create': 50,
  'files.update': 50,
  'files.copy': 50,
  'files.delete': 50,
  'files.emptyTrash': 50,
  'files.upload': 50,
  'files.upload.start': 50,
  'files.upload.chunk': 0,
  'permissions.create': 50,
  'permissions.update': 50,
  'permissions.delete': 50,
};
const OTHER_UNITS = 5;
const PERSISTENT_WRITES = 50;

/** Quota units that one call of an operation costs. */
export function unitsOf(operation: string): number {
  return UNITS[operation] ?? (/^(oauth|sandbox)\./.test(operation) ? 0 : OTHER_UNITS);
}

const CALM: BehaviorSettings = { latencyMs: 0, faults: [], quotas: {}, indexLagMs: 0, permissionLagMs: 0, seed: 1 };

/** Holds the settings, and counts what they need counted. */
export class Behavior {
  settings: BehaviorSettings = structuredClone(CALM);
  private seen: number[] = [];
  private fired: number[] = [];
  private random = randomFrom(1);
  private windows = new Map<string, { since: number; units: number; second: number; writes: number }>();
  private days = new Map<string, { since: number; bytes: number }>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /**
   * Replaces all settings; what is left out goes back to calm, and counting starts anew.
   * @throws SandboxUsageError naming the setting that makes no sense.
   */
  set(input: Record<string, unknown>): void {
    const settings = structuredClone(CALM);
    for (const [name, value] of Object.entries(input)) {
      switch (name) {
        case 'latencyMs':
          settings.latencyMs =
            typeof value === 'object' && value !== null
              ? Object.fromEntries(Object.entries(value).map(([op, ms]) => [op, amount(`latencyMs.${op}`, ms)]))
              : amount(name, value);
          break;
        case 'indexLagMs':
        case 'permissionLagMs':
        case 'seed':
          settings[name] = amount(name, value);
          break;
        case 'quotas':
          settings.quotas = quotasFrom(value);
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
    this.seen = settings.faults.map(() => 0);
    this.fired = settings.faults.map(() => 0);
    this.random = randomFrom(settings.seed);
    this.windows.clear();
    this.days.clear();
  }

  latencyOf(operation: string): number {
    const { latencyMs } = this.settings;
    return typeof latencyMs === 'number' ? latencyMs : (latencyMs[operation] ?? latencyMs['*'] ?? 0);
  }

  /** How often each fault has struck so far, in their order. */
  get struck(): number[] {
    return [...this.fired];
  }

  /** Whether faults may depend on a file's name, which costs reading it. */
  get matchesNames(): boolean {
    return this.settings.faults.some((fault) => fault.name !== undefined);
  }

  /** The first fault that strikes this request. Counts the request: ask once for each. */
  strike(target: Target): Fault | undefined {
    let hit: Fault | undefined;
    this.settings.faults.forEach((fault, i) => {
      if (!matches(fault, target)) return;
      const count = (this.seen[i] = (this.seen[i] ?? 0) + 1);
      if (hit) return;
      const nth = fault.nth ?? 1;
      const times = fault.times ?? (fault.nth === undefined ? Infinity : 1);
      if (count < nth || (this.fired[i] ?? 0) >= times) return;
      if (fault.probability !== undefined && this.random() >= fault.probability) return;
      this.fired[i] = (this.fired[i] ?? 0) + 1;
      hit = fault;
    });
    return hit;
  }

  /**
   * Takes a call out of the account's pace.
   * @throws GoogleError 403 `userRateLimitExceeded` when it is used up.
   */
  spend(account: Account, operation: string): void {
    const { unitsPerMinute, writesPerSecond } = this.settings.quotas;
    if (unitsPerMinute === undefined && writesPerSecond === undefined) return;
    const time = this.now();
    let window = this.windows.get(account.email);
    if (!window || time - window.since >= 60_000)
      this.windows.set(account.email, (window = { since: time, units: 0, second: time, writes: 0 }));
    if (time - window.second >= 1000) Object.assign(window, { second: time, writes: 0 });
    const units = unitsOf(operation);
    const write = units === PERSISTENT_WRITES;
    if (
      (unitsPerMinute !== undefined && window.units + units > unitsPerMinute) ||
      (write && writesPerSecond !== undefined && window.writes + 1 > writesPerSecond)
    )
      throw new GoogleError(
        403,
        'userRateLimitExceeded',
        'User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you may consider ' +
          're-evaluating expected per-user traffic to the API and adjust project quota limits accordingly.',
      );
    window.units += units;
    if (write) window.writes++;
  }

  /**
   * Takes written bytes out of the account's day.
   * @throws GoogleError 403 with exactly the message by which the daily limit is told from the short-term one.
   */
  spendBytes(account: Account, bytes: number): void {
    const { bytesPerDay } = this.settings.quotas;
    if (bytesPerDay === undefined) return;
    const time = this.now();
    let day = this.days.get(account.email);
    if (!day || time - day.since >= 86_400_000) this.days.set(account.email, (day = { since: time, bytes: 0 }));
    if (day.bytes + bytes > bytesPerDay)
      throw new GoogleError(403, 'userRateLimitExceeded', 'User rate limit exceeded.');
    day.bytes += bytes;
  }
}

/** The error a fault answers with. */
export function errorOf(fault: Fault): GoogleError {
  const status = fault.status ?? 503;
  const reason = fault.reason ?? DEFAULT_REASONS[status] ?? 'backendError';
  return new GoogleError(status, reason, fault.message ?? DEFAULT_MESSAGES[reason] ?? 'The sandbox was told to fail.', {
    ...(fault.retryAfter === undefined ? {} : { headers: { 'retry-after': String(fault.retryAfter) } }),
  });
}

const DEFAULT_REASONS: Record<number, string> = {
  401: 'authError',
  403: 'userRateLimitExceeded',
  404: 'notFound',
  429: 'rateLimitExceeded',
  500: 'internalError',
};

const DEFAULT_MESSAGES: Record<string, string> = {
  authError: 'Invalid Credentials',
  backendError: 'Backend Error',
  internalError: 'Internal Error',
  rateLimitExceeded: 'Rate Limit Exceeded',
  userRateLimitExceeded: 'User Rate Limit Exceeded',
  sharingRateLimitExceeded: 'Rate limit exceeded. User message: "Sorry, you have exceeded your sharing quota."',
  storageQuotaExceeded: "The user's Drive storage quota has been exceeded.",
  cannotCopyFile: 'This file cannot be copied by the user.',
};

function matches(fault: Fault, target: Target): boolean {
  const operations = Array.isArray(fault.operation) ? fault.operation : [fault.operation];
  return (
    operations.some((each) =>
      each.endsWith('*') ? target.operation.startsWith(each.slice(0, -1)) : each === target.operation,
    ) &&
    (fault.account === undefined || fault.account.toLowerCase() === target.account?.toLowerCase()) &&
    (fault.fileId === undefined || fault.fileId === target.fileId) &&
    (fault.name === undefined || fault.name === target.name)
  );
}

function amount(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new SandboxUsageError(`${name} must be a number that is not negative.`);
}

function quotasFrom(value: unknown): Quotas {
  if (typeof value !== 'object' || value === null) throw new SandboxUsageError('quotas must be an object.');
  const quotas: Quotas = {};
  for (const [name, limit] of Object.entries(value)) {
    if (name !== 'unitsPerMinute' && name !== 'writesPerSecond' && name !== 'bytesPerDay')
      throw new SandboxUsageError(`Unknown quota "${name}"; known are unitsPerMinute, writesPerSecond, bytesPerDay.`);
    quotas[name] = amount(`quotas.${name}`, limit);
  }
  return quotas;
}

function faultFrom(value: unknown, at: string): Fault {
  if (typeof value !== 'object' || value === null) throw new SandboxUsageError(`${at} must be an object.`);
  const input = value as Record<string, unknown>;
  const fault: Fault = { operation: '', kind: 'error' };
  for (const [name, given] of Object.entries(input)) {
    switch (name) {
      case 'operation':
        if (typeof given !== 'string' && !(Array.isArray(given) && given.every((each) => typeof each === 'string')))
          throw new SandboxUsageError(`${at}.operation must be the name of an operation, or a list of names.`);
        fault.operation = given;
        break;
      case 'kind': {
        const kind = KINDS.find((each) => each === given);
        if (!kind) throw new SandboxUsageError(`${at}.kind must be one of ${KINDS.join(', ')}.`);
        fault.kind = kind;
        break;
      }
      case 'account':
      case 'fileId':
      case 'name':
      case 'reason':
      case 'message':
        if (typeof given !== 'string') throw new SandboxUsageError(`${at}.${name} must be a text.`);
        fault[name] = given;
        break;
      case 'nth':
      case 'times':
      case 'probability':
      case 'status':
      case 'retryAfter':
      case 'afterBytes':
        fault[name] = amount(`${at}.${name}`, given);
        break;
      default:
        throw new SandboxUsageError(`${at} has an unknown property "${name}".`);
    }
  }
  if (fault.operation.length === 0) throw new SandboxUsageError(`${at} needs an operation ("*" for all).`);
  if (fault.probability !== undefined && fault.probability > 1)
    throw new SandboxUsageError(`${at}.probability must be between 0 and 1.`);
  if (fault.status !== undefined && (fault.status < 400 || fault.status > 599))
    throw new SandboxUsageError(`${at}.status must be between 400 and 599.`);
  return fault;
}

/** Mulberry32: a small generator that gives the same numbers, from 0 to 1, for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
