import { unitsOf } from './behavior.ts';

/** One answered request, as the log shows it; it never holds a credential. */
export interface LogEntry {
  time: string;
  operation: string;
  method: string;
  path: string;
  account?: string;
  /** 0 when the connection broke without an answer. */
  status: number;
  ms: number;
  fault?: string;
}

const LOG_LENGTH = 500;

/** What the sandbox has seen since it started, or since the last `clear`. */
export class Stats {
  bytesIn = 0;
  bytesOut = 0;
  readonly log: LogEntry[] = [];
  private since = new Date().toISOString();
  private requests: Record<string, Record<string, number>> = {};
  private byAccount: Record<string, { requests: number; quotaUnits: number }> = {};
  private total = 0;
  private quotaUnits = 0;
  private running = 0;
  private peak = 0;

  begin(): void {
    this.peak = Math.max(this.peak, ++this.running);
  }

  end(entry: LogEntry): void {
    this.running--;
    this.total++;
    const units = unitsOf(entry.operation);
    this.quotaUnits += units;
    const byStatus = (this.requests[entry.operation] ??= {});
    const status = entry.status === 0 ? 'dropped' : String(entry.status);
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    if (entry.account) {
      const mine = (this.byAccount[entry.account] ??= { requests: 0, quotaUnits: 0 });
      mine.requests++;
      mine.quotaUnits += units;
    }
    this.log.push(entry);
    if (this.log.length > 2 * LOG_LENGTH) this.log.splice(0, LOG_LENGTH);
  }

  clear(): void {
    this.bytesIn = this.bytesOut = this.total = this.quotaUnits = 0;
    this.requests = {};
    this.byAccount = {};
    this.peak = this.running;
    this.log.length = 0;
    this.since = new Date().toISOString();
  }

  toJSON(): Record<string, unknown> {
    const { since, total, requests, byAccount, quotaUnits, bytesIn, bytesOut, peak, running } = this;
    return { since, total, requests, byAccount, quotaUnits, bytesIn, bytesOut, peakConcurrency: peak, running };
  }

  /** The newest requests, oldest first. */
  recent(limit = LOG_LENGTH): LogEntry[] {
    return this.log.slice(-Math.min(limit, LOG_LENGTH));
  }
}
