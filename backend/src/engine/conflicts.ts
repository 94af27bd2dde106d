import { forEachBounded } from './concurrency.js';
import type { DestinationDrive, DriveItem } from './ports/drive.js';
import { type ConflictPolicy, type ItemRecord, type Ledger, PLAN_PAGE, type PlanFacts } from './ports/ledger.js';
import { recordsOf } from './records.js';

const LISTINGS = 16;

/**
 * Compares a plan with what the target folder holds already and decides, item by item, before anything is written:
 * folders of the same name are merged, files of the same name are skipped or put in place of what is there. Each item
 * of the destination is met by one item of the plan at most, so that of two of the same name the second is copied.
 * Listings decide, not searches: Google's search by name lags behind.
 */
export async function resolveConflicts(
  ledger: Ledger,
  destination: DestinationDrive,
  targetId: string,
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const counts = { skipped: 0, replaced: 0, merged: 0 };
  /** Folders of the plan (null: the target) that exist in the destination, with what is in them and not met yet. */
  const existing = new Map<number | null, Map<string, DriveItem[]>>([
    [null, await listing(destination, targetId, signal)],
  ]);
  let page: ItemRecord[] = [];
  const decide = async () => {
    // Parents come before their children, yet both may be in one page: level by level.
    for (let left = page; left.length > 0;) {
      const now = left.filter(({ parent }) => existing.has(parent));
      left = left.filter(({ parent }) => !existing.has(parent));
      if (now.length === 0) break;
      const merged: { ordinal: number; id: string }[] = [];
      for (const item of now) {
        const there = takeMatch(existing.get(item.parent)!, item);
        if (!there) continue;
        if (item.kind === 'folder') {
          counts.merged++;
          merged.push({ ordinal: item.ordinal, id: there.id });
          const { webViewLink } = there;
          await ledger.settle(item, 'verified', {
            destinationId: there.id,
            way: 'merged',
            ...(webViewLink && { webViewLink }),
          });
          continue;
        }
        const skip = reasonToSkip(item, there, policy);
        if (skip) {
          counts.skipped++;
          await ledger.settle(item, 'skipped', skip);
        } else {
          counts.replaced++;
          await ledger.replace(item.ordinal, there.id);
        }
      }
      await forEachBounded(merged, LISTINGS, async ({ ordinal, id }) => {
        existing.set(ordinal, await listing(destination, id, signal));
      });
    }
    page = [];
  };
  for await (const item of recordsOf(ledger)) {
    page.push(item);
    if (page.length >= PLAN_PAGE) await decide();
  }
  await decide();
  return counts;
}

function takeMatch(there: Map<string, DriveItem[]>, item: ItemRecord): DriveItem | undefined {
  const candidates = there.get(item.name) ?? [];
  const index = candidates.findIndex((candidate) => (candidate.kind === 'folder') === (item.kind === 'folder'));
  return index === -1 ? undefined : candidates.splice(index, 1)[0];
}

function reasonToSkip(
  item: ItemRecord,
  there: DriveItem,
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
): { code: string; reason: string } | undefined {
  if (policy === 'skip')
    return { code: 'already_there', reason: 'An item of this name was in the folder already: it was left as it is.' };
  const { md5, sha256 } = item.checksums;
  const same =
    item.kind === 'file' &&
    item.size === there.size &&
    ((sha256 !== undefined && sha256 === there.checksums.sha256) || (md5 !== undefined && md5 === there.checksums.md5));
  if (same) return { code: 'identical_there', reason: 'The same content under this name was in the folder already.' };
  const isNewer = Date.parse(item.modifiedTime ?? '') > Date.parse(there.modifiedTime ?? '');
  return policy === 'newer' && !isNewer
    ? {
        code: 'not_newer',
        reason: 'The item of this name in the destination is as new, or newer: it was left as it is.',
      }
    : undefined;
}

async function listing(
  destination: DestinationDrive,
  folderId: string,
  signal: AbortSignal,
): Promise<Map<string, DriveItem[]>> {
  const found = new Map<string, DriveItem[]>();
  for (let pageToken: string | undefined; ;) {
    const page = await destination.children(folderId, pageToken, signal);
    for (const item of page.items) {
      const sameName = found.get(item.name);
      if (sameName) sameName.push(item);
      else found.set(item.name, [item]);
    }
    if (!page.nextPageToken) return found;
    pageToken = page.nextPageToken;
  }
}
