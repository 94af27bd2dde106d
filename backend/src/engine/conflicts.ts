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
import { present } from './present.js';

const LISTINGS = 16;
/** Replacements that one look-up in the plan covers. */
const REPLACEMENTS_PER_LOOKUP = 10 * PLAN_PAGE;

/**
 * Compares a plan with the contents of the target folder before anything is written. It merges folders of the same
 * name; files of the same name are skipped or replace the existing file. Each item of the destination matches at most
 * one item of the plan, so the second of two items with the same name is copied. A folder that the account may not add
 * to matches nothing. It uses listings instead of searches, because Google's search by name lags behind.
 *
 * A delta run compares what it adds, and what it copies for the first time: items that were skipped before anything was
 * tried. Others were compared by an earlier run, and may have a copy.
 * What this transfer made or matched in an earlier run matches nothing.
 * @param from ordinal of the first item that the run adds
 * @param plan number of the plan: a process that planned before has no effect
 */
export async function resolveConflicts(
  ledger: Ledger,
  destination: DestinationDrive,
  { targetId, from = 0, plan }: { readonly targetId: string; readonly from?: number; readonly plan: number },
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const counts = { skipped: 0, replaced: 0, merged: 0 };
  // What a filter left out matches nothing. A folder that can't be listed must be reported as such.
  const wanted = (item: ItemRecord) =>
    isOpen(item) && item.canListChildren !== false && (item.ordinal >= from || isFirstCopy(item));
  const earlier = from > 0 ? await readEarlierRuns(ledger, from, wanted) : new Map<number | null, EarlierRuns>();
  const listUnmatched = async (parent: number | null, folderId: string) => {
    const unmatched = await listing(destination, folderId, earlier.get(parent)?.own, signal);
    for (const item of earlier.get(parent)?.conflicted ?? []) takeMatch(unmatched, item);
    return unmatched;
  };
  /**
   * The folders of the plan (null: the target) that exist in the destination, with their items that are not matched
   * yet.
   */
  const existing = new Map<number | null, Map<string, ExistingItem[]>>();
  if (from === 0 || earlier.has(null)) existing.set(null, await listUnmatched(null, targetId));
  await forEachBounded(earlier.values(), LISTINGS, async ({ folder }) => {
    const id = folder?.state === 'verified' ? folder.outcome.destinationId : undefined;
    if (folder && id !== undefined) existing.set(folder.ordinal, await listUnmatched(folder.ordinal, id));
  });
  /** Source ids of the plan's folders, read when they are first needed. */
  let planned: ReadonlySet<string> | undefined;
  /** Items to replace that were not looked up yet. */
  let replaced: { item: ItemRecord; id: string }[] = [];
  const replace = async () => {
    // In one Drive the target may hold the originals themselves: a copy must not replace its own original.
    const originals = await ledger.ordinalsOf(new Set(replaced.map(({ id }) => id)));
    await forEachBounded(replaced, LISTINGS, async ({ item, id }) => {
      if (originals.has(id)) {
        counts.skipped++;
        await ledger.settle(item, 'skipped', ALREADY_THERE, plan);
      } else {
        counts.replaced++;
        await ledger.replace(item.ordinal, id, plan);
      }
    });
    replaced = [];
  };
  let page: ItemRecord[] = [];
  const decide = async () => {
    // Level by level: parents come before their children, but one page may contain both.
    for (let left = page; left.length > 0;) {
      const now = left.filter(({ parent }) => existing.has(parent));
      left = left.filter(({ parent }) => !existing.has(parent));
      if (now.length === 0) break;
      const merged: { ordinal: number; id: string }[] = [];
      for (const item of now) {
        const there = existing.get(item.parent)!;
        if (isFolder(item) && there.has(item.name)) planned ??= await folderIdsOf(ledger);
        // In one Drive the target may hold the originals: a folder must not be merged into that of another one.
        const match = takeMatch(there, item, (id) => id !== item.sourceId && planned?.has(id) === true);
        if (!match) continue;
        if (isFolder(item)) {
          counts.merged++;
          merged.push({ ordinal: item.ordinal, id: match.id });
          const outcome = { destinationId: match.id, way: 'merged', ...present(match, 'webViewLink') } as const;
          await ledger.settle(item, 'verified', outcome, plan);
          continue;
        }
        const skip = reasonToSkip(item, match, policy);
        if (skip) {
          counts.skipped++;
          await ledger.settle(item, 'skipped', skip, plan);
        } else replaced.push({ item, id: match.id });
      }
      if (replaced.length >= REPLACEMENTS_PER_LOOKUP) await replace();
      await forEachBounded(merged, LISTINGS, async ({ ordinal, id }) => {
        existing.set(ordinal, await listUnmatched(ordinal, id));
      });
    }
    page = [];
  };
  for await (const item of recordsOf(ledger, wanted)) {
    page.push(item);
    if (page.length >= PLAN_PAGE) await decide();
  }
  await decide();
  await replace();
  return counts;
}

/** Whether nothing was copied, or matched, for the item yet. */
const isFirstCopy = ({ attempts, supersedes, replaces }: ItemRecord) =>
  attempts === 0 && supersedes === undefined && replaces === undefined;

/** What an earlier run, or this one before it was interrupted, did in a folder that items are added to. */
interface EarlierRuns {
  /** Undefined: the target. */
  readonly folder: ItemRecord | undefined;
  /** Destination ids of items that this transfer made, replaced or matched. */
  readonly own: Set<string>;
  /** Items that were skipped because of an existing item. */
  readonly conflicted: ItemRecord[];
}

async function readEarlierRuns(
  ledger: LedgerItems,
  from: number,
  wanted: (item: ItemRecord) => boolean,
): Promise<ReadonlyMap<number | null, EarlierRuns>> {
  const parents = new Set<number | null>();
  for await (const { parent } of recordsOf(ledger, wanted)) parents.add(parent);
  const found = new Map<number | null, EarlierRuns>();
  if (parents.size === 0) return found;
  for (const parent of parents)
    found.set(parent, {
      folder: parent === null ? undefined : await ledger.item(parent),
      own: new Set(),
      conflicted: [],
    });
  let unclear: ItemRecord[] = [];
  const ownReserved = async () => {
    const ids = await ledger.destinationIds(unclear.map(({ ordinal }) => ordinal));
    for (const { ordinal, parent } of unclear) if (ids.has(ordinal)) found.get(parent)!.own.add(ids.get(ordinal)!);
    unclear = [];
  };
  for await (const item of recordsOf(ledger, ({ parent }) => parents.has(parent))) {
    if (item.ordinal >= from && isOpen(item)) continue;
    const { own, conflicted } = found.get(item.parent)!;
    for (const id of [item.outcome.destinationId, item.replaces, item.supersedes]) if (id !== undefined) own.add(id);
    if (item.state === 'skipped' && reasonIfKnown(item.outcome.code)?.is.includes('conflict')) conflicted.push(item);
    // The copy may exist nevertheless, under the id that was reserved for it.
    if (isOpen(item) || item.state === 'failed') unclear.push(item);
    if (unclear.length >= PLAN_PAGE) await ownReserved();
  }
  await ownReserved();
  return found;
}

async function folderIdsOf(ledger: LedgerItems): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { sourceId } of recordsOf(ledger, isFolder)) ids.add(sourceId);
  return ids;
}

/** The fields of a destination item that are compared. */
type ExistingItem = Pick<DriveItem, 'id' | 'kind' | 'size' | 'checksums' | 'modifiedTime' | 'webViewLink'>;

const isFolder = ({ kind }: Pick<DriveItem, 'kind'>) => kind === 'folder';

const ALREADY_THERE = explain('already_there');

/** @param isOther whether a folder is the original of another item, which must not get the contents of this one */
function takeMatch(
  existing: Map<string, ExistingItem[]>,
  item: ItemRecord,
  isOther: (id: string) => boolean = () => false,
): ExistingItem | undefined {
  const candidates = existing.get(item.name) ?? [];
  const index = candidates.findIndex((candidate) => classOf(candidate) === classOf(item) && !isOther(candidate.id));
  return index === -1 ? undefined : candidates.splice(index, 1)[0];
}

/** A folder replaces only a folder and a shortcut only a shortcut: neither is worth losing a file's content. */
const classOf = ({ kind }: Pick<DriveItem, 'kind'>): string => (kind === 'google' ? 'file' : kind);

function reasonToSkip(
  item: ItemRecord,
  existing: ExistingItem,
  policy: Exclude<ConflictPolicy, 'keepBoth'>,
): { code: ItemCode; reason: string } | undefined {
  if (policy === 'skip') return ALREADY_THERE;
  const { md5, sha256 } = item.checksums;
  const same =
    item.kind === 'file' &&
    item.size === existing.size &&
    ((sha256 !== undefined && sha256 === existing.checksums.sha256) ||
      (md5 !== undefined && md5 === existing.checksums.md5));
  if (same) return explain('identical_there');
  const isNewer = Date.parse(item.modifiedTime ?? '') > Date.parse(existing.modifiedTime ?? '');
  return policy === 'newer' && !isNewer ? explain('not_newer') : undefined;
}

async function listing(
  destination: DestinationDrive,
  folderId: string,
  own: ReadonlySet<string> | undefined,
  signal: AbortSignal,
): Promise<Map<string, ExistingItem[]>> {
  const found = new Map<string, ExistingItem[]>();
  for await (const { items } of pagesOf((token) => destination.children(folderId, token, signal)))
    for (const item of items) {
      const { name, id, kind, size, checksums } = item;
      // Contents that can't go into a folder of this name go into a new one beside it.
      if (own?.has(id) || (isFolder(item) && !item.canAddChildren)) continue;
      const link = isFolder(item) && present(item, 'webViewLink');
      const existing = { id, kind, size, checksums, ...present(item, 'modifiedTime'), ...link };
      const sameName = found.get(name);
      if (sameName) sameName.push(existing);
      else found.set(name, [existing]);
    }
  return found;
}
