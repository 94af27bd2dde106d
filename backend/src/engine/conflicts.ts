import { forEachBounded } from './concurrency.js';
import type { DestinationDrive, DriveItem } from './ports/drive.js';
import { type ConflictPolicy, type ItemRecord, type Ledger, PLAN_PAGE, type PlanFacts } from './ports/ledger.js';
import { pagesOf } from './listing.js';
import { isOpen, recordsOf } from './records.js';

const LISTINGS = 16;
/** Replacements that are looked up in the plan together. */
const TOGETHER = 10 * PLAN_PAGE;

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
  const existing = new Map<number | null, Map<string, There[]>>([[null, await listing(destination, targetId, signal)]]);
  /** What is to be replaced, and has not been looked up yet. */
  let replaced: { item: ItemRecord; id: string }[] = [];
  const replace = async () => {
    // In one Drive the target may hold the originals themselves: none of them makes room for its own copy.
    const originals = await ledger.ordinalsOf(new Set(replaced.map(({ id }) => id)));
    await forEachBounded(replaced, LISTINGS, async ({ item, id }) => {
      if (originals.has(id)) {
        counts.skipped++;
        await ledger.settle(item, 'skipped', ALREADY_THERE);
      } else {
        counts.replaced++;
        await ledger.replace(item.ordinal, id);
      }
    });
    replaced = [];
  };
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
        } else replaced.push({ item, id: there.id });
      }
      if (replaced.length >= TOGETHER) await replace();
      await forEachBounded(merged, LISTINGS, async ({ ordinal, id }) => {
        existing.set(ordinal, await listing(destination, id, signal));
      });
    }
    page = [];
  };
  // What a filter left out is met by nothing; a folder that can't be looked into must be said to be one.
  const wanted = (item: ItemRecord) => isOpen(item) && item.canListChildren !== false;
  for await (const item of recordsOf(ledger, wanted)) {
    page.push(item);
    if (page.length >= PLAN_PAGE) await decide();
  }
  await decide();
  await replace();
  return counts;
}

/** What is compared of an item of the destination. */
type There = Pick<DriveItem, 'id' | 'kind' | 'size' | 'checksums' | 'modifiedTime' | 'webViewLink'>;

const ALREADY_THERE = {
  code: 'already_there',
  reason: 'An item of this name was in the folder already: it was left as it is.',
};

function takeMatch(there: Map<string, There[]>, item: ItemRecord): There | undefined {
  const candidates = there.get(item.name) ?? [];
  const index = candidates.findIndex((candidate) => classOf(candidate) === classOf(item));
  return index === -1 ? undefined : candidates.splice(index, 1)[0];
}

/** A folder or a shortcut takes the place of its like only: neither is worth what a file holds. */
const classOf = ({ kind }: Pick<DriveItem, 'kind'>): string => (kind === 'google' ? 'file' : kind);

function reasonToSkip(
  item: ItemRecord,
  there: There,
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
): { code: string; reason: string } | undefined {
  if (policy === 'skip') return ALREADY_THERE;
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
): Promise<Map<string, There[]>> {
  const found = new Map<string, There[]>();
  for await (const { items } of pagesOf((token) => destination.children(folderId, token, signal)))
    for (const { name, id, kind, size, checksums, modifiedTime, webViewLink } of items) {
      const link = kind === 'folder' ? webViewLink : undefined;
      const there = {
        id,
        kind,
        size,
        checksums,
        ...(modifiedTime && { modifiedTime }),
        ...(link && { webViewLink: link }),
      };
      const sameName = found.get(name);
      if (sameName) sameName.push(there);
      else found.set(name, [there]);
    }
  return found;
}
