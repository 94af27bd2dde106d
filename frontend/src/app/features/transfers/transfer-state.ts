import { TransferDto } from '../../api/models/transfer-dto';
import {
  formatCount,
  formatDuration,
  formatItems,
  formatMoment,
  formatNames,
  formatTimeLeft,
} from '../../core/formats';
import { IconName } from '../../ui/icon';

/** A transfer as the API describes it. */
export type Transfer = TransferDto;
export type TransferState = Transfer['state'];
export type Counts = Transfer['counts'];

/** Before this many seconds of running a rate says too little for an estimate. */
const ESTIMATE_AFTER_S = 120;

interface StateWords {
  readonly label: string;
  readonly kind: '' | 'run' | 'ok' | 'warn' | 'bad';
  readonly icon: IconName;
  readonly group: 'active' | 'needs_you' | 'finished';
}

const STATES: Record<TransferState, StateWords> = {
  planning: { label: 'Counting', kind: 'run', icon: 'list', group: 'active' },
  ready: { label: 'Ready', kind: '', icon: 'list', group: 'active' },
  running: { label: 'Running', kind: 'run', icon: 'sync', group: 'active' },
  finishing: { label: 'Finishing', kind: 'run', icon: 'sync', group: 'active' },
  updating: { label: 'Looking for changes', kind: 'run', icon: 'list', group: 'active' },
  undoing: { label: 'Undoing', kind: 'run', icon: 'sync', group: 'active' },
  pausing: { label: 'Pausing', kind: '', icon: 'clock', group: 'active' },
  paused: { label: 'Paused', kind: 'warn', icon: 'stop', group: 'needs_you' },
  canceling: { label: 'Canceling', kind: '', icon: 'clock', group: 'active' },
  waiting_quota: { label: 'Waiting for Google', kind: 'warn', icon: 'clock', group: 'active' },
  needs_reconnect: { label: 'Reconnect needed', kind: 'warn', icon: 'unlink', group: 'needs_you' },
  completed: { label: 'Completed', kind: 'ok', icon: 'ok-circle', group: 'finished' },
  completed_with_failures: { label: 'Completed with failures', kind: 'warn', icon: 'alert', group: 'finished' },
  canceled: { label: 'Canceled', kind: '', icon: 'ban', group: 'finished' },
  failed: { label: 'Failed', kind: 'bad', icon: 'x-circle', group: 'finished' },
  undone: { label: 'Undone', kind: '', icon: 'ban', group: 'finished' },
};

/** How a state is named and coloured. */
export const stateWords = (state: TransferState): StateWords => STATES[state];

export const isFinished = ({ state }: Pick<Transfer, 'state'>): boolean => STATES[state].group === 'finished';

/** Items that will not change any more. */
export const settled = (counts: Counts): number => counts.verified + counts.unverified + counts.failed + counts.skipped;

/** Settled items in hundredths of those found, rounded down; 100 is kept for the end. */
export function percent(transfer: Pick<Transfer, 'state' | 'counts'>): number {
  const { counts } = transfer;
  if (isFinished(transfer) && settled(counts) >= counts.found) return 100;
  if (counts.found === 0) return 0;
  return Math.min(99, Math.floor((settled(counts) / counts.found) * 100));
}

/** What was chosen, by name. */
export const titleOf = ({ selection }: Pick<Transfer, 'selection'>): string =>
  formatNames(selection.names, selection.count);

/** Seconds from start to end, or to now. */
export function secondsRunning(
  transfer: Pick<Transfer, 'createdAt' | 'startedAt' | 'finishedAt'>,
  now: number,
): number {
  const start = Date.parse(transfer.startedAt ?? transfer.createdAt);
  const end = transfer.finishedAt ? Date.parse(transfer.finishedAt) : now;
  return Math.max(0, (end - start) / 1000);
}

/** Seconds left, or undefined while an estimate would be a guess. */
export function secondsLeft(transfer: Transfer, now: number): number | undefined {
  if (transfer.state !== 'running' || transfer.etaSeconds === null) return undefined;
  return secondsRunning(transfer, now) < ESTIMATE_AFTER_S ? undefined : transfer.etaSeconds;
}

/** The line under a transfer's name: the one thing worth knowing now. */
export function summaryOf(transfer: Transfer, now: number): string {
  const { counts } = transfer;
  const took = formatDuration(secondsRunning(transfer, now));
  switch (transfer.state) {
    case 'planning':
      return `${formatItems(counts.found)} so far`;
    case 'running': {
      const left = secondsLeft(transfer, now);
      return left === undefined ? 'Estimating the time left' : formatTimeLeft(left);
    }
    case 'ready':
      return `${formatItems(counts.found)} counted`;
    case 'finishing':
      return 'Setting dates, withdrawing temporary shares';
    case 'updating':
      return 'Comparing the source with what was copied';
    case 'undoing':
      return undoneSoFar(transfer);
    case 'pausing':
    case 'canceling':
      return 'Stopping after the items under way';
    case 'paused':
      return transfer.problem?.title ?? `${formatCount(counts.waiting)} wait until you resume`;
    case 'undone':
      return undoneSoFar(transfer);
    case 'waiting_quota':
      return transfer.resumeAt
        ? `Next try ${formatMoment(transfer.resumeAt, now)}`
        : 'Google refuses writes for now; it goes on by itself';
    case 'needs_reconnect':
      return transfer.parked
        ? `${transfer.parked.account} must be connected again`
        : 'An account must be connected again';
    case 'completed':
      return `Everything verified, took ${took}`;
    case 'completed_with_failures':
      return counts.failed > 0 ? `${formatCount(counts.failed)} failed, took ${took}` : `Took ${took}`;
    case 'canceled':
      return 'Canceled, copies kept';
    case 'failed':
      return transfer.problem?.title ?? 'Stopped by a problem';
  }
}

function undoneSoFar({ undo }: Pick<Transfer, 'undo'>): string {
  const { trashed = 0, left = 0 } = undo ?? {};
  return `${formatCount(trashed)} ${trashed === 1 ? 'copy' : 'copies'} in the trash${left > 0 ? `, ${formatCount(left)} left` : ''}`;
}

/** The heading of a finished transfer, as a sentence. */
export function outcomeOf(transfer: Transfer): string {
  const { verified, unverified, failed, found } = transfer.counts;
  const arrived = `${formatItems(verified)} arrived and ${verified === 1 ? 'was' : 'were'} verified`;
  const doubts = unverified > 0 ? `, ${formatCount(unverified)} could not be verified` : '';
  const failures = failed > 0 ? `, ${formatCount(failed)} failed` : '';
  switch (transfer.state) {
    case 'completed':
      return verified === found && found > 0
        ? found === 1
          ? 'Finished: the item arrived and was verified'
          : `Finished: all ${formatItems(found)} arrived and were verified`
        : `Finished: ${arrived}${doubts}`;
    case 'canceled':
      return `Canceled: ${arrived}${doubts}${failures}`;
    case 'undone':
      return `Undone: ${undoneSoFar(transfer)}`;
    case 'failed':
      return `Stopped: ${arrived}${doubts}${failures}`;
    default:
      return `Finished: ${arrived}${doubts}${failures}`;
  }
}
