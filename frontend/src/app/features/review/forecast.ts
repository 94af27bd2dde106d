import { CheckDto } from '../../api/models/check-dto';
import { ReasonCode } from '../../api/models/reason-code';
import { currentTime } from '../../core/clock';
import { explain } from '../../core/problem';
import { formatBytes, formatDuration } from '../../core/formats';
import { folderOf, targetName } from '../../core/plan-labels';
import { catalogue } from '../../texts/catalogue';
import { locale } from '../../texts/language';
import { Preflight } from './preflight-feed';

const MINUTE_MS = 60_000;

/** What will happen to the items; the counts add up to `found`. */
export interface Forecast {
  readonly found: number;
  /** Items that will be copied or created. */
  readonly copied: number;
  /** Cannot be copied, whatever is allowed. */
  readonly impossible: number;
  /** Only with loss, and that is not allowed (yet). */
  readonly undecided: number;
  /** Left out, because an item of the same name is in the target. */
  readonly there: number;
  /** Shortcuts, which the options leave out. */
  readonly shortcuts: number;
}

/** found = copied + impossible + undecided + there + shortcuts. */
export function forecastOf({ counts, conflicts, options, problems }: Preflight): Forecast {
  const uncopyable = counts.ways.none.items;
  const shortcuts = problems.find(({ code }) => code === LEFT_OUT)?.count ?? 0;
  const undecided = options.allowConversion ? 0 : counts.convertible.items;
  const there = conflicts.skipped;
  return {
    found: counts.found,
    copied: Math.max(0, counts.found - uncopyable - there),
    impossible: Math.max(0, uncopyable - undecided - shortcuts),
    undecided,
    there,
    shortcuts,
  };
}

/** The reason of those that the options leave out: nothing prevents them from being copied. */
export const LEFT_OUT = 'shortcut_skipped';

/** One check in the reader's language. */
export interface CheckLabel {
  readonly code: string;
  /** `info`: to note, nothing to do. `bad`: it prevents the start. */
  readonly kind: 'ok' | 'info' | 'bad';
  readonly title: string;
  readonly text: string;
}

const kindOf = ({ ok, blocking }: CheckDto): CheckLabel['kind'] => (ok ? 'ok' : blocking ? 'bad' : 'info');

/** Shown only when they fail: nobody asks how full a folder or CloudMover is that has room. */
const ONLY_WHEN_SHORT: readonly CheckDto['code'][] = ['redis_room', 'target_size_fits'];

/**
 * The checks as they are shown: depth and folder size are one line while both are fine; some only when room is short.
 * @param landsIn the whole path of where the copies will be
 */
export function checkLabels(preflight: Preflight, landsIn = targetName(preflight.target)): CheckLabel[] {
  const { checks, depth, folderSize } = preflight;
  const t = catalogue().review.checks;
  const fine = (code: CheckDto['code']) => checks.some((check) => check.code === code && check.ok);
  const foldersFine = fine('depth_fits') && fine('folder_size_fits');
  return checks
    .filter(({ code, ok }) => !(ONLY_WHEN_SHORT.includes(code) && ok) && !(code === 'folder_size_fits' && foldersFine))
    .map((check): CheckLabel => {
      const kind = kindOf(check);
      if (check.code === 'depth_fits' && foldersFine) {
        const largest = folderSize.largest?.children ?? 0;
        return {
          code: check.code,
          kind,
          title: t.folders.ok,
          text: t.folders.text(largest, depth.deepest, folderSize.limit, depth.limit),
        };
      }
      return { code: check.code, kind, ...labelOf(check, preflight, landsIn) };
    });
}

function labelOf(check: CheckDto, preflight: Preflight, landsIn: string): { title: string; text: string } {
  const { space, daily, depth, folderSize, problem, problems, counts, mode, target } = preflight;
  const t = catalogue().review.checks;
  // The server's own sentence stands in wherever the figures for a better one are missing.
  switch (check.code) {
    case 'space_fits': {
      const title = check.ok ? t.space.ok : t.space.bad;
      if (!space) return { title, text: check.sentence };
      const needed = formatBytes(space.needed);
      if (space.free === null) return { title, text: t.space.unlimited(needed) };
      return { title, text: (check.ok ? t.space.fits : t.space.full)(needed, formatBytes(space.free)) };
    }
    case 'daily_limit_fits': {
      const title = check.ok ? t.daily.ok : t.daily.bad;
      if (!daily) return { title, text: check.sentence };
      const [needed = '', limit = '', moved = ''] = [daily.needed, daily.limit, daily.moved].map((each) =>
        formatBytes(each, 1000),
      );
      return { title, text: `${(check.ok ? t.daily.fits : t.daily.waits)(needed, limit)} ${t.daily.moved(moved)}` };
    }
    case 'depth_fits': {
      const tooDeep = problems.find(({ code }) => code === 'folder_limit')?.count ?? 0;
      if (!check.ok) return { title: t.folders.tooDeep, text: t.folders.tooDeepText(tooDeep, depth.limit) };
      return { title: t.folders.ok, text: t.folders.depthText(depth.deepest, depth.limit) };
    }
    case 'folder_size_fits': {
      const { largest, limit } = folderSize;
      if (!check.ok && largest)
        return { title: t.folders.tooLarge, text: t.folders.tooLargeText(largest.path, largest.children, limit) };
      return { title: check.ok ? t.folders.ok : t.folders.tooLarge, text: check.sentence };
    }
    case 'target_size_fits':
    case 'shared_drive_size_fits': {
      const isDrive = check.code === 'shared_drive_size_fits';
      const { ok, over, uncounted } = isDrive ? t.sharedDrive : t.targetSize;
      const there = preflight.holds?.[isDrive ? 'drive' : 'folder'];
      if (!there) return { title: check.ok ? ok : over, text: check.sentence };
      const { limit } = preflight.holds!;
      if (check.ok) return { title: ok, text: t.holds.text(there.items, limit) };
      // A part of the count that is over the limit already will not come below it.
      return there.isMore && !check.blocking
        ? { title: uncounted, text: t.holds.uncounted(there.items, limit) }
        : { title: over, text: t.holds.over(there.items, limit) };
    }
    case 'owned_by_others':
      return { title: t.others.title(counts.foreign), text: mode === 'move' ? t.others.move : t.others.copy };
    case 'target_writable': {
      const folder = folderOf(target);
      if (check.ok) return { title: t.target.ok, text: landsIn ? t.target.okText(landsIn) : check.sentence };
      const why = problem && explain({ ...problem, status: 0 }, { side: 'destination', folder: folder || undefined });
      return { title: t.target.bad, text: why?.known ? why.text : check.sentence };
    }
    case 'redis_room':
      return { title: check.ok ? t.room.ok : t.room.bad, text: check.ok ? check.sentence : t.room.badText };
  }
}

/** What the count came to, in one line. @param gone whether the server no longer has the preflight */
export function headingOf(preflight: Preflight | undefined, gone: boolean): string {
  const t = catalogue().review.heading;
  if (!preflight) return gone ? t.gone : t.loading;
  if (preflight.state === 'counting') return t.counting;
  if (preflight.state === 'failed') return t.failed;
  const { found, copied } = forecastOf(preflight);
  if (found === 0) return t.empty;
  if (copied === 0) return t.nothing;
  return copied === found ? t.all(found) : t.some(copied, found);
}

/** What was counted, and what of it will not be copied; empty until it is counted. */
export function leadOf(preflight: Preflight | undefined, now = currentTime()): string {
  if (preflight?.state !== 'ready') return '';
  const t = catalogue().review;
  const { counts, changedMeanwhile, filteredOut, countedAt } = preflight;
  const { impossible, undecided, there, shortcuts } = forecastOf(preflight);
  const minutes = Math.floor((now - Date.parse(countedAt ?? preflight.createdAt)) / MINUTE_MS);
  const ago = minutes < 1 ? t.ago.now : t.ago.minutes(minutes);
  const { added, removed } = changedMeanwhile;
  return [
    t.lead.counted(ago, formatBytes(counts.bytes), counts.folders),
    impossible > 0 && undecided > 0 && t.lead.cannotAndUndecided(impossible, undecided),
    impossible > 0 && undecided === 0 && t.lead.cannot(impossible),
    impossible === 0 && undecided > 0 && t.lead.undecided(undecided),
    there > 0 && t.lead.there(there),
    shortcuts > 0 && t.lead.shortcuts(shortcuts),
    filteredOut > 0 && t.lead.filtered(filteredOut),
    added + removed > 0 && t.lead.changed(added, removed),
  ]
    .filter(Boolean)
    .join(' ');
}

/** How long it takes, with what the estimate is based on; undefined without one. */
export function estimateLabel(estimate: Preflight['estimate']) {
  if (!estimate) return undefined;
  const t = catalogue().review.aside;
  const { basis, seconds, itemsPerSecond, days } = estimate;
  const rate = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(itemsPerSecond);
  // Below a minute the seconds are of interest; above, the estimate is not better than minutes.
  const time = formatDuration(seconds < 60 ? Math.max(1, seconds) : Math.round(seconds / 60) * 60);
  return {
    heading: basis === 'measured' ? t.about : t.atLeast,
    time,
    basis: (basis === 'measured' ? t.measured : t.documented)(rate) + (days ? ` ${t.days(days)}` : ''),
    /** In one phrase. */
    short: t.starts[basis](time),
  };
}

/** How many items the list of problems has. */
export const problemCount = ({ problems }: Preflight): number => problems.reduce((sum, { count }) => sum + count, 0);

/** What a reason of an item means, in the reader's language; `fallback` is what the server says. */
export function reasonLabel(code: string, fallback: { title: string; advice: string }) {
  const { review, transfers } = catalogue();
  const { reasons, other } = review.problems;
  const known = reasons[code as ReasonCode];
  if (!known) return { ...fallback, short: (n: number) => other(n, fallback.title) };
  return { title: transfers.reasons[code as ReasonCode][0], ...known };
}
