import { ReasonCode } from '../../api/models/reason-code';
import { currentTime } from '../../core/clock';
import { formatDuration, formatMoment, formatNames, formatTimeLeft } from '../../core/formats';
import { describeState } from '../../core/state-look';
import { isFinished, isWorking, Transfer } from '../../core/transfer-updates';
import { catalogue } from '../../texts/catalogue';
import { describeReason } from './item-labels';

export type Counts = Transfer['counts'];

/** An estimate needs a rate over at least this many seconds. */
const ESTIMATE_AFTER_S = 120;

const texts = () => catalogue().transfers;

/** How many items have a final result. */
export const settled = (counts: Counts): number => counts.verified + counts.unverified + counts.failed + counts.skipped;

/** How many items are not settled. */
export const open = (counts: Counts): number => counts.found - settled(counts);

/** Whether an undo has begun, which may also wait, need an account, or have failed: something is no longer as it was. */
export const hasBegunUndo = ({ state, undo }: Pick<Transfer, 'state' | 'undo'>): boolean =>
  state === 'undoing' || state === 'undone' || (undo !== undefined && undo.trashed + undo.left + undo.restored > 0);

/** Settled items in percent of those found, rounded down; 100 only at the end. */
export function percent(transfer: Pick<Transfer, 'state' | 'counts' | 'undo'>): number {
  const { counts, undo } = transfer;
  if (hasBegunUndo(transfer) && !isFinished(transfer)) {
    const copies = Math.max(1, counts.verified + counts.unverified);
    return Math.min(99, Math.floor((((undo?.trashed ?? 0) + (undo?.left ?? 0)) / copies) * 100));
  }
  if (isFinished(transfer) && settled(counts) >= counts.found) return 100;
  if (counts.found === 0) return 0;
  return Math.min(99, Math.floor((settled(counts) / counts.found) * 100));
}

/** The name of a transfer; by default, the names of the selected items. */
export const titleOf = ({ name, selection }: Pick<Transfer, 'name' | 'selection'>): string =>
  name ?? defaultTitleOf({ selection });

/** The title of a transfer without a name. */
export const defaultTitleOf = ({ selection }: Pick<Transfer, 'selection'>): string =>
  formatNames(selection.names, selection.count);

/** Seconds of work so far, without pauses, waits, and the time between its end and a retry or delta run. */
export function secondsRunning(
  transfer: Pick<Transfer, 'state' | 'activeSeconds' | 'takenAt'>,
  now = currentTime(),
): number {
  const sinceThen = isWorking(transfer) ? Math.max(0, now - (transfer.takenAt ?? now)) / 1000 : 0;
  return transfer.activeSeconds + sinceThen;
}

/** Seconds left, or undefined while an estimate would be a guess. */
export function secondsLeft(transfer: Transfer, now = currentTime()): number | undefined {
  if (transfer.state !== 'running' || transfer.etaSeconds === null) return undefined;
  return secondsRunning(transfer, now) < ESTIMATE_AFTER_S ? undefined : transfer.etaSeconds;
}

/** The items of a retry: their reason codes, their number, and whether the retry must allow conversion. */
export interface Retry {
  readonly codes: readonly ReasonCode[];
  readonly count: number;
  readonly allowConversion?: true;
}

const retryOf = (groups: Transfer['failureGroups']): Retry => ({
  codes: [...new Set(groups.map(({ code }) => code))],
  count: groups.reduce((sum, { count }) => sum + count, 0),
});

/** Failed items that a plain retry can help. */
export const helpedByRetry = ({ failureGroups }: Pick<Transfer, 'failureGroups'>): Retry =>
  retryOf(failureGroups.filter(({ retryable }) => retryable));

/** Failed and skipped items that only a conversion can help. */
export const helpedByConversion = ({
  failureGroups,
  skipGroups,
}: Pick<Transfer, 'failureGroups' | 'skipGroups'>): Retry => ({
  ...retryOf([...failureGroups, ...skipGroups].filter(({ retryWith }) => retryWith === 'allowConversion')),
  allowConversion: true,
});

type Group = Transfer['failureGroups'][number];

/**
 * The retry of one group's items; undefined if none helps just these. Canceled items are retried with the rest. Where
 * folders could not be created, a retry of them includes their contents, so all groups are retried together.
 */
export function retryOfGroup(group: Group, groups: readonly Group[]): Retry | undefined {
  if (group.retryWith) return { ...retryOf([group]), allowConversion: true };
  if (!group.retryable || group.state !== 'failed') return undefined;
  return groups.some(({ code }) => code === 'folder_missing') ? undefined : retryOf([group]);
}

/** Items that were not copied because the transfer was canceled or failed. */
export const leftToDo = ({ counts, skipGroups }: Pick<Transfer, 'counts' | 'skipGroups'>): number =>
  open(counts) + (skipGroups.find(({ code }) => code === 'canceled')?.count ?? 0);

/** The line under a transfer's name: its most important fact. */
export function summaryOf(transfer: Transfer, now = currentTime()): string {
  const { counts, sharing } = transfer;
  const { lines } = texts();
  const took = formatDuration(secondsRunning(transfer, now));
  switch (transfer.state) {
    case 'planning':
      return lines.soFar(counts.found);
    case 'running': {
      const left = secondsLeft(transfer, now);
      return left === undefined ? lines.estimating : formatTimeLeft(left);
    }
    case 'ready':
      return lines.counted(counts.found);
    case 'finishing':
      switch (transfer.step) {
        case 'access':
          return catalogue().access.transfer.progress(sharing.wanted - sharing.waiting, sharing.wanted);
        case 'links':
          return linksSoFar(transfer.links);
        case 'finish':
          return lines.closing(transfer.mode === 'move', transfer.grants.open);
        default:
          return lines.checking;
      }
    case 'updating':
      return lines.updating;
    case 'linking':
      return hasBegunLinks(transfer.links) ? linksSoFar(transfer.links) : lines.linking;
    case 'undoing':
    case 'undone':
      return undoneSoFar(transfer);
    case 'pausing':
      return counts.copying > 0 ? lines.pausing(counts.copying) : lines.stopping;
    case 'canceling':
      return lines.stopping;
    case 'paused':
      if (transfer.problem) return describeReason(transfer.problem).title;
      return transfer.since ? lines.paused(formatMoment(transfer.since, now)) : lines.wait(counts.waiting);
    case 'waiting_quota':
      if (transfer.limitReached === 'hours' && transfer.resumeAt)
        return lines.hours(formatMoment(transfer.resumeAt, now));
      return transfer.resumeAt ? lines.nextTry(formatMoment(transfer.resumeAt, now)) : lines.quota;
    case 'needs_reconnect': {
      const { parked } = transfer;
      return parked
        ? lines.reconnect(parked.account, formatMoment(parked.since, now))
        : describeState(transfer.state).label;
    }
    case 'completed':
      if (transfer.originals) return lines.originals(transfer.originals.trashed, transfer.originals.kept);
      return counts.found > 0 && counts.verified === counts.found
        ? lines.allVerified(took)
        : lines.verified(catalogue().transfers.log.counts(counts), took);
    case 'completed_with_failures':
      return counts.failed > 0 ? lines.failed(counts.failed, took) : lines.took(took);
    case 'canceled':
      return lines.canceled;
    case 'failed':
      return transfer.problem ? describeReason(transfer.problem).title : lines.stopped;
  }
}

/** Whether a copy has been read for links; until then, earlier steps run. */
export const hasBegunLinks = ({ mode, documents }: Transfer['links']): boolean =>
  mode !== 'leave' && documents.read + documents.unread.length > 0;

function linksSoFar({ mode, found, rewritten, documents }: Transfer['links']): string {
  const { progress } = catalogue().links.transfer;
  return mode === 'rewrite' ? progress.rewrite(rewritten, documents.read) : progress.report(found, documents.read);
}

/** What an undo has done with the copies so far. */
export const undoneSoFar = ({ undo }: Pick<Transfer, 'undo'>): string =>
  texts().lines.undone(undo?.trashed ?? 0, undo?.left ?? 0);

/** The heading of a finished transfer, as a sentence. */
export function outcomeOf(transfer: Transfer): string {
  const { verified, unverified, failed, skipped, found } = transfer.counts;
  const { outcome } = texts();
  const what = [
    outcome.arrived(verified),
    ...(unverified > 0 ? [outcome.unverified(unverified)] : []),
    ...(failed > 0 ? [outcome.failed(failed)] : []),
    ...(skipped > 0 ? [outcome.skipped(skipped)] : []),
  ].join(', ');
  switch (transfer.state) {
    case 'completed':
      if (verified !== found || found === 0) return outcome.the(outcome.finished, what);
      return outcome.the(outcome.finished, outcome.all(found));
    case 'canceled':
      return outcome.the(outcome.canceled, what);
    case 'undone':
      return outcome.the(outcome.undone, undoneSoFar(transfer));
    case 'failed':
      return outcome.the(outcome.stopped, hasBegunUndo(transfer) ? undoneSoFar(transfer) : what);
    default:
      return outcome.the(outcome.finished, what);
  }
}
