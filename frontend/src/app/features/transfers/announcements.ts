import { describeState } from '../../core/state-look';
import { isFinished, Transfer } from '../../core/transfer-updates';
import { catalogue } from '../../texts/catalogue';
import { outcomeOf, percent } from './transfer-state';

const QUARTERS = [25, 50, 75];
const FAILURES_EVERY_MS = 5 * 60_000;

export interface Announcement {
  readonly text: string;
  readonly politeness: 'polite' | 'assertive';
}

/**
 * Chooses what screen readers announce about a transfer: its start, each quarter, every change of state, the first
 * failure, and then the number of new failures at most every 5 minutes.
 */
export class Announcer {
  private before?: Transfer;
  private announcedFailures = 0;
  private failuresAnnouncedAt = -Infinity;

  /** What to announce, if anything. @param transfer its newest state @param now epoch milliseconds */
  next(transfer: Transfer, now: number): Announcement | undefined {
    const before = this.before;
    this.before = transfer;
    const { speech } = catalogue().transfers;
    const polite = (text: string): Announcement => ({ text, politeness: 'polite' });
    if (before?.id !== transfer.id) {
      this.announcedFailures = transfer.counts.failed;
      return isFinished(transfer)
        ? undefined
        : polite(speech.state(describeState(transfer.state, transfer.limitReached).label, percent(transfer)));
    }
    // A retry takes failures back; those that come after it are new.
    this.announcedFailures = Math.min(this.announcedFailures, transfer.counts.failed);
    if (before.state !== transfer.state) {
      if (isFinished(transfer)) {
        // The outcome states the failures. Later updates of the same end must not replace it by their number.
        this.announcedFailures = transfer.counts.failed;
        return polite(outcomeOf(transfer));
      }
      const { label } = describeState(transfer.state, transfer.limitReached);
      return { text: label, politeness: transfer.state === 'needs_reconnect' ? 'assertive' : 'polite' };
    }
    const failures = transfer.counts.failed - this.announcedFailures;
    if (failures > 0 && now - this.failuresAnnouncedAt >= FAILURES_EVERY_MS) {
      const first = this.announcedFailures === 0;
      this.announcedFailures = transfer.counts.failed;
      this.failuresAnnouncedAt = now;
      return polite(first ? speech.firstFailed(failures) : speech.moreFailed(failures));
    }
    const passed = QUARTERS.findLast((quarter) => percent(before) < quarter && percent(transfer) >= quarter);
    return passed === undefined ? undefined : polite(speech.percent(passed));
  }
}
