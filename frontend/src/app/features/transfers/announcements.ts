import { isFinished, Transfer } from '../../core/transfer-updates';
import { catalogue } from '../../texts/catalogue';
import { outcomeOf, percent, describeState } from './transfer-state';

const QUARTERS = [25, 50, 75];
const FAILURES_EVERY_MS = 5 * 60_000;

export interface Announcement {
  readonly text: string;
  readonly politeness: 'polite' | 'assertive';
}

/**
 * Decides what screen readers announce of a running transfer: its start, each quarter, the first failure and then the
 * sum of new ones at most every 5 minutes, and every change of state.
 */
export class Announcer {
  private before?: Transfer;
  private failuresSaid = 0;
  private failuresSaidAt = -Infinity;

  /** @param transfer its newest state @param now epoch milliseconds */
  hear(transfer: Transfer, now: number): Announcement | undefined {
    const before = this.before;
    this.before = transfer;
    const { speech } = catalogue().transfers;
    const polite = (text: string): Announcement => ({ text, politeness: 'polite' });
    if (before?.id !== transfer.id) {
      this.failuresSaid = transfer.counts.failed;
      return isFinished(transfer)
        ? undefined
        : polite(speech.state(describeState(transfer.state).label, percent(transfer)));
    }
    if (before.state !== transfer.state) {
      if (isFinished(transfer)) return polite(outcomeOf(transfer));
      const { label } = describeState(transfer.state);
      return { text: label, politeness: transfer.state === 'needs_reconnect' ? 'assertive' : 'polite' };
    }
    const failures = transfer.counts.failed - this.failuresSaid;
    if (failures > 0 && now - this.failuresSaidAt >= FAILURES_EVERY_MS) {
      const first = this.failuresSaid === 0;
      this.failuresSaid = transfer.counts.failed;
      this.failuresSaidAt = now;
      return polite(first ? speech.firstFailed(failures) : speech.moreFailed(failures));
    }
    const passed = QUARTERS.findLast((quarter) => percent(before) < quarter && percent(transfer) >= quarter);
    return passed === undefined ? undefined : polite(speech.percent(passed));
  }
}
