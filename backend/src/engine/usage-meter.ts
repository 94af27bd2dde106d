import type { Usage, UsageCounter } from './model/quota-units.js';
import type { LedgerSummary } from './ports/ledger/summary.js';

/** Interval (ms) between two writes to the ledger, so that counting adds no round trip to a request. */
const WRITE_MS = 1_000;

/**
 * Counts what the requests of a transfer use, and adds it to the ledger once a second and at the end of each step. A
 * process that is killed loses what it counted in its last second; a write whose response is lost counts twice.
 */
export class UsageMeter {
  private counted: Partial<Record<UsageCounter, number>> = {};
  private writtenAt = -Infinity;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Pick<LedgerSummary, 'countUsage'>,
    /** Milliseconds; see `Clock`. */
    private readonly uptime: () => number,
  ) {}

  readonly count = (counter: UsageCounter, by: number): void => {
    this.add(counter, by);
    const now = this.uptime();
    if (now - this.writtenAt < WRITE_MS) return;
    this.writtenAt = now;
    void this.flush();
  };

  /** Writes what was counted until now. Never rejects: what could not be written is written next time. */
  flush(): Promise<void> {
    return (this.writing = this.writing.then(() => this.write()));
  }

  private async write(): Promise<void> {
    const usage: Usage = this.counted;
    if (Object.keys(usage).length === 0) return;
    this.counted = {};
    try {
      await this.ledger.countUsage(usage);
    } catch {
      for (const [counter, by] of Object.entries(usage) as [UsageCounter, number][]) this.add(counter, by);
    }
  }

  private add(counter: UsageCounter, by: number): void {
    this.counted[counter] = (this.counted[counter] ?? 0) + by;
  }
}
