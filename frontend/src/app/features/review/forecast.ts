import { ReasonCode } from '../../api/models/reason-code';
import { currentTime } from '../../core/clock';
import { formatBytes, formatDecimal, formatDuration } from '../../core/formats';
import { catalogue } from '../../texts/catalogue';
import { Preflight } from '../../api/models/preflight';

const MINUTE_MS = 60_000;

/** What will happen to the items; the counts add up to `found`. */
export interface Forecast {
  /** Without folders that the filter leaves empty. */
  readonly found: number;
  /** Items that will be copied or created. */
  readonly copied: number;
  /** Items that cannot be copied, whatever the options. */
  readonly impossible: number;
  /** Items that can only be converted, with loss, while the options do not allow it. */
  readonly undecided: number;
  /** Items left out because the target contains one of the same name. */
  readonly alreadyThere: number;
  /** Shortcuts that the options leave out. */
  readonly shortcuts: number;
  /** Items that the filter leaves out, and folders that this leaves empty; not part of `found`. */
  readonly filteredOut: number;
}

/** Every item counts once: found = copied + impossible + undecided + alreadyThere + shortcuts. */
export function forecastOf(preflight: Preflight): Forecast {
  const { counts, conflicts, options } = preflight;
  const emptied = foreseen(preflight, FILTERED_EMPTY);
  const found = counts.found - emptied;
  const uncopyable = counts.ways.none.items - emptied;
  const shortcuts = foreseen(preflight, SHORTCUT_SKIPPED);
  const undecided = options.allowConversion ? 0 : counts.convertible.items;
  const alreadyThere = conflicts.skipped;
  return {
    found,
    copied: Math.max(0, found - uncopyable - alreadyThere),
    impossible: Math.max(0, uncopyable - undecided - shortcuts),
    undecided,
    alreadyThere,
    shortcuts,
    filteredOut: preflight.filteredOut + emptied,
  };
}

const foreseen = ({ problems }: Preflight, reason: string) => problems.find(({ code }) => code === reason)?.count ?? 0;

/** How many originals a move would put into the trash at most: no more than there are items that are copied. */
export const movableOf = (preflight: Preflight): number =>
  Math.min(preflight.counts.movable, forecastOf(preflight).copied);

/** All that the person who starts it agrees to. A count that is repeated with the same result starts without a question. */
export const resultOf = ({
  access,
  conflicts,
  counts,
  filteredOut,
  problems,
  targetsUnasked = 0,
  rightsUnasked = 0,
}: Preflight) => ({
  // Its warnings are examples, of which the number counts.
  access: access && { ...access, warnings: undefined },
  conflicts,
  counts,
  filteredOut,
  problems: problems.map(({ code, count }) => ({ code, count })),
  targetsUnasked,
  rightsUnasked,
});

/** After this time the source may have changed, so the count is repeated before the start. */
const FRESH_MS = 15 * MINUTE_MS;

/** Whether a count is too old to start, also if it grew old on the open page. */
export const isStale = ({ countedAt, stale }: Pick<Preflight, 'countedAt' | 'stale'>): boolean =>
  stale || currentTime() - Date.parse(countedAt ?? '') > FRESH_MS;

const SHORTCUT_SKIPPED = 'shortcut_skipped';
const FILTERED_EMPTY = 'filtered_empty';
/** Reason codes of what the options leave out: shortcuts and folders that could be copied. */
export const LEFT_OUT: readonly string[] = [SHORTCUT_SKIPPED, FILTERED_EMPTY];

/** The result of the count, in one line. @param gone whether the server no longer has the preflight */
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

/** What was counted, and what of it will not be copied; empty until the count is complete. */
export function leadOf(preflight: Preflight | undefined, now = currentTime()): string {
  if (preflight?.state !== 'ready') return '';
  const t = catalogue().review;
  const { counts, changedMeanwhile, countedAt, targetsUnasked = 0, rightsUnasked = 0 } = preflight;
  const folders = counts.folders - foreseen(preflight, FILTERED_EMPTY);
  const { impossible, undecided, alreadyThere, shortcuts, filteredOut } = forecastOf(preflight);
  const minutes = Math.floor((now - Date.parse(countedAt ?? preflight.createdAt)) / MINUTE_MS);
  const ago = minutes < 1 ? t.ago.now : t.ago.minutes(minutes);
  const { added, removed } = changedMeanwhile;
  return [
    t.lead.counted(ago, formatBytes(counts.bytes), folders),
    impossible > 0 && undecided > 0 && t.lead.cannotAndUndecided(impossible, undecided),
    impossible > 0 && undecided === 0 && t.lead.cannot(impossible),
    impossible === 0 && undecided > 0 && t.lead.undecided(undecided),
    alreadyThere > 0 && t.lead.alreadyThere(alreadyThere),
    shortcuts > 0 && t.lead.shortcuts(shortcuts),
    filteredOut > 0 && t.lead.filtered(filteredOut),
    targetsUnasked > 0 && t.lead.unasked(targetsUnasked),
    rightsUnasked > 0 && t.lead.unaskedRights(rightsUnasked),
    added + removed > 0 && t.lead.changed(added, removed),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Above a minute, an estimate is only accurate to minutes. */
const estimatedDuration = (seconds: number): string =>
  formatDuration(seconds < 60 ? Math.max(1, seconds) : Math.round(seconds / 60) * 60);

/** The expected duration and its basis; undefined without an estimate. */
export function estimateLabel(estimate: Preflight['estimate']) {
  if (!estimate) return undefined;
  const t = catalogue().review.aside;
  const { basis, seconds, accessSeconds = 0, linksSeconds = 0, itemsPerSecond, days } = estimate;
  const rate = formatDecimal(itemsPerSecond);
  const time = estimatedDuration(seconds + accessSeconds + linksSeconds);
  const later = [
    ...(accessSeconds > 0 ? [t.parts.access(estimatedDuration(accessSeconds))] : []),
    ...(linksSeconds > 0 ? [t.parts.links(estimatedDuration(linksSeconds))] : []),
  ];
  return {
    heading: basis === 'measured' ? t.about : t.atLeast,
    time,
    /** What takes how long; empty if there are only copies. */
    parts: later.length > 0 ? `${[t.parts.copy(estimatedDuration(seconds)), ...later].join(', ')}.` : '',
    basis: (basis === 'measured' ? t.measured : t.documented)(rate) + (days ? ` ${t.days(days)}` : ''),
    /** Duration and basis in one phrase. */
    short: t.starts[basis](time),
  };
}

/** How many items cannot be copied or only with loss. */
export const problemCount = ({ problems }: Preflight): number => problems.reduce((sum, { count }) => sum + count, 0);

/** A reason code in the reader's language. @param fallback the server's own sentences, for a code that has no text here */
export function reasonLabel(code: string, fallback: { title: string; advice: string }) {
  const { review, transfers } = catalogue();
  const { reasons, other } = review.problems;
  const known = reasons[code as ReasonCode];
  if (!known) return { ...fallback, short: (n: number) => other(n, fallback.title) };
  return { title: transfers.reasons[code as ReasonCode][0], ...known };
}
