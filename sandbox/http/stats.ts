import { Meter } from './meter.ts';
import { unitsOf } from './routes.ts';

/** One request with its response. Credentials are removed before an entry is shown. */
export interface LogEntry {
  /** The sandbox's time, in milliseconds. */
  time: number;
  operation: string;
  method: string;
  /** The address as the client sent it. */
  target: string;
  account: string | undefined;
  /** The OAuth client or service account. */
  project: string | undefined;
  /** Bytes of the response's body. */
  bytes: number;
  /** 0 if the connection broke without a response. */
  status: number;
  ms: number;
  fault: string | undefined;
  /** Google's reason for a refusal. */
  reason: string | undefined;
}

/** Selects entries of the log that match all given values. */
export interface LogFilter {
  /** An operation, or a prefix of several that ends in `*`. */
  operation?: string;
  account?: string;
  /** `200`, `4xx` or `dropped`. */
  status?: string;
  /** The kind of a fault, or `any`. */
  fault?: string;
  /** `ok`, `dropped` or a reason. */
  verdict?: string;
  /** A part of the address, such as a file id. */
  contains?: string;
  /** Maximum number of entries; the newest ones. */
  limit?: number;
}

const LOG_LENGTH = 10_000;
/** Query parameters that are credentials; the log omits their values. */
const SECRET_PARAMETERS = [
  'access_token',
  'token',
  'upload_id',
  'code',
  'client_secret',
  'refresh_token',
  'state',
  'assertion',
  'id_token',
];

/** Requests since the start, or since the last `clear`. */
export class Stats {
  bytesIn = 0;
  bytesOut = 0;
  readonly meter: Meter;
  private readonly log: LogEntry[] = [];
  private since = new Date().toISOString();
  private requests: Record<string, Record<string, number>> = {};
  private byAccount: Record<string, { requests: number; quotaUnits: number }> = {};
  private total = 0;
  private quotaUnits = 0;
  private running = 0;
  private peak = 0;

  /** @param billsErrors see `Meter` */
  constructor(billsErrors: () => boolean) {
    this.meter = new Meter(billsErrors);
  }

  begin(): void {
    this.peak = Math.max(this.peak, ++this.running);
  }

  end(entry: LogEntry): void {
    this.running--;
    this.total++;
    const units = unitsOf(entry.operation);
    this.quotaUnits += units;
    const byStatus = (this.requests[entry.operation] ??= {});
    const status = statusOf(entry);
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    if (entry.account) {
      const mine = (this.byAccount[entry.account] ??= { requests: 0, quotaUnits: 0 });
      mine.requests++;
      mine.quotaUnits += units;
    }
    this.meter.record(entry, isThrottled(entry));
    this.log.push(entry);
    if (this.log.length > 2 * LOG_LENGTH) this.log.splice(0, LOG_LENGTH);
  }

  clear(): void {
    this.bytesIn = this.bytesOut = this.total = this.quotaUnits = 0;
    this.requests = {};
    this.byAccount = {};
    this.meter.clear();
    this.peak = this.running;
    this.log.length = 0;
    this.since = new Date().toISOString();
  }

  toJSON(): Record<string, unknown> {
    const { since, total, requests, byAccount, quotaUnits, bytesIn, bytesOut, peak, running } = this;
    return {
      since,
      total,
      requests,
      byAccount,
      ...this.meter.totals(),
      quotaUnits,
      bytesIn,
      bytesOut,
      peakConcurrency: peak,
      running,
    };
  }

  /** Matching requests, oldest first, each as a line of JSON. */
  *lines(filter: LogFilter = {}): Generator<string> {
    const { operation, account, status, fault, verdict, contains, limit = LOG_LENGTH } = filter;
    const fits = (entry: LogEntry): boolean =>
      (operation === undefined ||
        (operation.endsWith('*')
          ? entry.operation.startsWith(operation.slice(0, -1))
          : entry.operation === operation)) &&
      (account === undefined || entry.account?.toLowerCase() === account.toLowerCase()) &&
      (status === undefined ||
        (/^\dxx$/.test(status) ? statusOf(entry).startsWith(status.slice(0, 1)) : statusOf(entry) === status)) &&
      (fault === undefined || (fault === 'any' ? entry.fault !== undefined : entry.fault === fault)) &&
      (verdict === undefined || verdictOf(entry) === verdict) &&
      (contains === undefined || redacted(entry.target).includes(contains));
    const found: LogEntry[] = [];
    for (let i = this.log.length - 1; i >= 0 && found.length < Math.min(limit, LOG_LENGTH); i--) {
      const entry = this.log[i];
      if (entry && fits(entry)) found.push(entry);
    }
    for (const entry of found.reverse())
      yield `${JSON.stringify({
        time: new Date(entry.time).toISOString(),
        operation: entry.operation,
        method: entry.method,
        path: redacted(entry.target),
        account: entry.account,
        status: entry.status,
        ms: Math.round(entry.ms * 10) / 10,
        verdict: verdictOf(entry),
        fault: entry.fault,
      })}\n`;
  }
}

function statusOf({ status }: LogEntry): string {
  return status === 0 ? 'dropped' : String(status);
}

/** Whether a rate limit refused the call; such a call takes no quota. */
function isThrottled({ status, reason = '' }: LogEntry): boolean {
  return (status === 403 || status === 429) && /RateLimitExceeded$|^rateLimitExceeded$/.test(reason);
}

function verdictOf({ status, reason }: LogEntry): string {
  if (status === 0) return 'dropped';
  return reason ?? (status < 400 ? 'ok' : 'refused');
}

function redacted(target: string): string {
  const at = target.indexOf('?');
  if (at < 0) return target;
  const shown = new URLSearchParams(target.slice(at + 1));
  for (const name of SECRET_PARAMETERS) if (shown.has(name)) shown.set(name, '…');
  const text = shown.toString();
  try {
    return `${target.slice(0, at)}?${decodeURIComponent(text)}`;
  } catch {
    return `${target.slice(0, at)}?${text}`;
  }
}
