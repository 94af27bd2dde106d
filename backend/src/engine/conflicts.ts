import type { LedgerItems } from './ports/ledger/items.js';
import { forEachBounded } from './concurrency.js';
import type { DestinationDrive, DriveItem } from './ports/drive.js';
import type { ItemRecord } from './model/items.js';
import type { ConflictPolicy } from './model/order.js';
import type { PlanFacts } from './model/plan-facts.js';
import type { Ledger } from './ports/ledger.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { pagesOf } from './listing.js';
import { explain, type ItemCode, reasonIfKnown } from './model/reasons.js';
import { isOpen, recordsOf } from './model/records.js';

const LISTINGS = 16;
/** Replacements that are looked up in the plan at once. */
const TOGETHER = 10 * PLAN_PAGE;

/**
 * Compares a plan with what the target folder holds already and decides, item by item, before anything is written:
 * folders of the same name are merged, files of the same name are skipped or replace what is there. Each item of the
 * destination matches at most one item of the plan, so that of two with the same name the second is copied. Listings
 * decide, not searches: Google's search by name lags behind.
 *
 * In a delta run only added items are compared. What this transfer made or matched in an earlier run matches nothing.
 * @param from ordinal of the first item that is compared
 */
export async function resolveConflicts(
  ledger: Ledger,
  destination: DestinationDrive,
  { targetId, from = 0 }: { readonly targetId: string; readonly from?: number },
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const counts = { skipped: 0, replaced: 0, merged: 0 };
  // What a filter left out matches nothing. A folder that can't be listed must be reported as one.
  const wanted = (item: ItemRecord) => isOpen(item) && item.canListChildren !== false;
  const earlier = from > 0 ? await earlierIn(ledger, from, wanted) : new Map<number | null, Earlier>();
  const thereIn = async (parent: number | null, folderId: string) => {
    const there = await listing(destination, folderId, earlier.get(parent)?.own, signal);
    for (const item of earlier.get(parent)?.met ?? []) takeMatch(there, item);
    return there;
  };
  /** Folders of the plan (null: the target) that exist in the destination, with their items that match nothing yet. */
  const existing = new Map<number | null, Map<string, There[]>>();
  if (from === 0 || earlier.has(null)) existing.set(null, await thereIn(null, targetId));
  await forEachBounded(earlier.values(), LISTINGS, async ({ folder }) => {
    const id = folder?.state === 'verified' ? folder.outcome.destinationId : undefined;
    if (folder && id !== undefined) existing.set(folder.ordinal, await thereIn(folder.ordinal, id));
  });
  /** Items to be replaced that are not looked up yet. */
  let replaced: { item: ItemRecord; id: string }[] = [];
  const replace = async () => {
    // In one Drive the target may hold the originals themselves: a copy must not replace its own original.
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
        existing.set(ordinal, await thereIn(ordinal, id));
      });
    }
    page = [];
  };
  for await (const item of recordsOf(ledger, wanted, from)) {
    page.push(item);
    if (page.length >= PLAN_PAGE) await decide();
  }
  await decide();
  await replace();
  return counts;
}

/** Of a folder that items are added to: what an earlier run did there, or this one before it was interrupted. */
interface Earlier {
  /** Undefined: the target. */
  readonly folder: ItemRecord | undefined;
  /** Ids in the destination that are the transfer's own, or were decided on. */
  readonly own: Set<string>;
  /** Items that were left out because of what is there. */
  readonly met: ItemRecord[];
}

async function earlierIn(
  ledger: LedgerItems,
  from: number,
  wanted: (item: ItemRecord) => boolean,
): Promise<ReadonlyMap<number | null, Earlier>> {
  const parents = new Set<number | null>();
  for await (const { parent } of recordsOf(ledger, wanted, from)) parents.add(parent);
  const found = new Map<number | null, Earlier>();
  if (parents.size === 0) return found;
  for (const parent of parents)
    found.set(parent, {
      folder: parent === null ? undefined : await ledger.item(parent),
      own: new Set(),
      met: [],
    });
  let unclear: ItemRecord[] = [];
  const ownReserved = async () => {
    const ids = await ledger.destinationIds(unclear.map(({ ordinal }) => ordinal));
    for (const { ordinal, parent } of unclear) if (ids.has(ordinal)) found.get(parent)!.own.add(ids.get(ordinal)!);
    unclear = [];
  };
  for await (const item of recordsOf(ledger, ({ parent }) => parents.has(parent))) {
    if (item.ordinal >= from && isOpen(item)) continue;
    const { own, met } = found.get(item.parent)!;
    for (const id of [item.outcome.destinationId, item.replaces, item.supersedes]) if (id !== undefined) own.add(id);
    if (item.state === 'skipped' && reasonIfKnown(item.outcome.code)?.is.includes('conflict')) met.push(item);
    // The copy may exist nevertheless, under the id that was reserved for it.
    if (isOpen(item) || item.state === 'failed') unclear.push(item);
    if (unclear.length >= PLAN_PAGE) await ownReserved();
  }
  await ownReserved();
  return found;
}

/** What is compared of an item of the destination. */
type There = Pick<DriveItem, 'id' | 'kind' | 'size' | 'checksums' | 'modifiedTime' | 'webViewLink'>;

const ALREADY_THERE = explain('already_there');

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
): { code: ItemCode; reason: string } | undefined {
  if (policy === 'skip') return ALREADY_THERE;
  const { md5, sha256 } = item.checksums;
  const same =
    item.kind === 'file' &&
    item.size === there.size &&
    ((sha256 !== undefined && sha256 === there.checksums.sha256) || (md5 !== undefined && md5 === there.checksums.md5));
  if (same) return explain('identical_there');
  const isNewer = Date.parse(item.modifiedTime ?? '') > Date.parse(there.modifiedTime ?? '');
  return policy === 'newer' && !isNewer ? explain('not_newer') : undefined;
}

async function listing(
  destination: DestinationDrive,
  folderId: string,
  own: ReadonlySet<string> | undefined,
  signal: AbortSignal,
): Promise<Map<string, There[]>> {
  const found = new Map<string, There[]>();
  for await (const { items } of pagesOf((token) => destination.children(folderId, token, signal)))
    for (const { name, id, kind, size, checksums, modifiedTime, webViewLink } of items) {
      if (own?.has(id)) continue;
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
