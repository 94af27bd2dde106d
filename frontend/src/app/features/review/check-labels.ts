import { Check } from '../../api/models/check';
import { Preflight } from '../../api/models/preflight';
import { formatBytes, formatQuotaUnits } from '../../core/formats';
import { folderOf, targetName } from '../../core/plan-labels';
import { explain } from '../../core/problem';
import { catalogue } from '../../texts/catalogue';

/** One check in the reader's language. */
export interface CheckLabel {
  readonly code: string;
  /** `info`: to note, but no action is needed. `bad`: it prevents the start. */
  readonly kind: 'ok' | 'info' | 'bad';
  readonly title: string;
  readonly text: string;
}

const kindOf = ({ ok, blocking }: Check): CheckLabel['kind'] => (ok ? 'ok' : blocking ? 'bad' : 'info');

/** Checks that are shown only when they fail. */
const ONLY_WHEN_FAILED: readonly Check['code'][] = ['redis_room', 'target_size_fits'];

/**
 * The checks to show. Depth and folder size share a line while both pass.
 * @param landsIn the path of the folder that will contain the copies
 */
export function checkLabels(preflight: Preflight, landsIn = targetName(preflight.target)): CheckLabel[] {
  const { checks, depth, folderSize } = preflight;
  const t = catalogue().review.checks;
  const passed = (code: Check['code']) => checks.some((check) => check.code === code && check.ok);
  const foldersPassed = passed('depth_fits') && passed('folder_size_fits');
  return checks
    .filter(({ code, ok }) => !(ok && ONLY_WHEN_FAILED.includes(code)))
    .filter(({ code }) => !(foldersPassed && code === 'folder_size_fits'))
    .map((check): CheckLabel => {
      const kind = kindOf(check);
      if (check.code === 'depth_fits' && foldersPassed) {
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

function labelOf(check: Check, preflight: Preflight, landsIn: string): { title: string; text: string } {
  const { space, daily, depth, folderSize, problem, problems, counts, mode, target } = preflight;
  const t = catalogue().review.checks;
  // Without the figures for a sentence of our own, the server's is shown.
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
    case 'daily_units_fit': {
      const { dailyUnits } = preflight;
      const title = check.ok ? t.units.ok : t.units.bad;
      if (!dailyUnits) return { title, text: check.sentence };
      const { needed, limit, used, days } = dailyUnits;
      const [about = '', left = '', all = ''] = [needed, Math.max(0, limit - used), limit].map(formatQuotaUnits);
      return { title, text: check.ok ? t.units.fits(about, left, all) : t.units.waits(about, left, all, days) };
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
      // `isMore`: only a part was counted. A blocking check means that this part alone exceeds the limit.
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
      return t.room;
  }
}
