import { forEachBounded } from './concurrency.js';
import { CodedError, DriveError, ItemError } from './errors.js';
import type { DriveItem, SourceDrive } from './ports/drive.js';
import type { Ledger, PlannedItem } from './ports/ledger.js';

/** Folders listed at the same time. */
const LISTINGS = 8;
/** Tries for a listing of which the drive says that it is incomplete. */
const INCOMPLETE_TRIES = 3;

/** The chosen items can't be planned: it names the one, and the transfer as a whole fails. */
export class PlanError extends CodedError<'not_found' | 'source_incomplete'> {
  constructor(code: 'not_found' | 'source_incomplete', message: string, cause?: unknown) {
    super(code, message, { side: 'source', cause });
  }
}

/**
 * Walks everything below the chosen items, breadth first, every page of every folder, and writes it into the ledger.
 * Items are keyed by id, never by name: two of the same name are two. An item is taken once, however often it is met
 * (a cycle, a second parent, a list that moved between two of its pages, an item chosen together with a folder that
 * holds it).
 * @throws ItemError `stopped` when the transfer is no longer being planned, or another process began its plan anew
 */
export async function plan(ledger: Ledger, source: SourceDrive, signal: AbortSignal): Promise<void> {
  const stopped = () => new ItemError('stopped', 'The transfer was stopped.');
  const edition = await ledger.restartPlan();
  if (edition === undefined) throw stopped();
  const append = async (items: readonly PlannedItem[]) => {
    if (!(await ledger.append(items, edition))) throw stopped();
  };
  const chosen = await withoutNested(await fetchChosen(ledger.order.items, source, signal), source, signal);
  await ledger.name({ chosen: chosen.slice(0, 5).map((item) => item.name) });

  let ordinal = 0;
  const taken = new Set<string>();
  let level: PlannedItem[] = [];
  const take = (item: DriveItem, parent: PlannedItem | null): PlannedItem | undefined => {
    if (taken.has(item.id)) return undefined;
    taken.add(item.id);
    const planned = plannedOf(item, ordinal++, parent);
    if (item.kind === 'folder') level.push(planned);
    return planned;
  };

  await append(chosen.flatMap((item) => take(item, null) ?? []));
  while (level.length > 0) {
    const folders = level;
    level = [];
    await forEachBounded(folders, LISTINGS, async (folder) => {
      for await (const page of pagesOf(folder.sourceId, source, signal)) {
        // Ordinals are given and appended in one go, so that a folder's is always below that of its children.
        await append(page.flatMap((item) => take(item, folder) ?? []));
      }
    });
  }
  if (!(await ledger.completePlan(edition))) throw stopped();
}

async function* pagesOf(
  folderId: string,
  source: SourceDrive,
  signal: AbortSignal,
): AsyncGenerator<readonly DriveItem[]> {
  let pageToken: string | undefined;
  for (let incomplete = 0; ;) {
    const page = await source.children(folderId, pageToken, signal);
    if (page.incomplete) {
      if (++incomplete >= INCOMPLETE_TRIES)
        throw new PlanError('source_incomplete', 'Google returned a partial list of a folder. Try again later.');
      continue;
    }
    yield page.items;
    if (!page.nextPageToken) return;
    pageToken = page.nextPageToken;
  }
}

async function fetchChosen(ids: readonly string[], source: SourceDrive, signal: AbortSignal): Promise<DriveItem[]> {
  const found = new Map<string, DriveItem>();
  await forEachBounded(ids, LISTINGS, async (id) => {
    try {
      const item = await source.get(id, signal);
      if (item.trashed)
        throw new PlanError('not_found', `"${item.name}" is in the trash of the source. Restore it first.`);
      found.set(id, item);
    } catch (error) {
      if (error instanceof DriveError && error.code === 'not_found')
        throw new PlanError('not_found', `The source has no item ${id}, or it is not shared with this account.`, error);
      throw error;
    }
  });
  // Two ids may name one item: "root" and its real id.
  return [...new Map(ids.map((id) => found.get(id)!).map((item) => [item.id, item])).values()];
}

/** Leaves out what comes anyway with a chosen folder above it. Siblings share their ancestors, so this asks little. */
async function withoutNested(chosen: DriveItem[], source: SourceDrive, signal: AbortSignal): Promise<DriveItem[]> {
  const chosenFolders = new Set(chosen.filter((item) => item.kind === 'folder').map((item) => item.id));
  if (chosen.length < 2 || chosenFolders.size === 0) return chosen;
  const parentsOf = new Map<string, readonly string[]>(chosen.map((item) => [item.id, item.parents]));
  const isBelowChosen = async (id: string, seen: Set<string>): Promise<boolean> => {
    let parents = parentsOf.get(id);
    if (!parents) {
      parents = await source.get(id, signal).then(
        (folder) => folder.parents,
        (error: unknown) => {
          if (error instanceof DriveError && error.code === 'not_found') return []; // above what is shared
          throw error;
        },
      );
      parentsOf.set(id, parents);
    }
    for (const parent of parents) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      if (chosenFolders.has(parent) || (await isBelowChosen(parent, seen))) return true;
    }
    return false;
  };
  const kept: DriveItem[] = [];
  for (const item of chosen) if (!(await isBelowChosen(item.id, new Set([item.id])))) kept.push(item);
  return kept;
}

function plannedOf(item: DriveItem, ordinal: number, parent: PlannedItem | null): PlannedItem {
  const step = item.name.replaceAll('/', '∕');
  return {
    ordinal,
    parent: parent?.ordinal ?? null,
    top: parent?.top ?? ordinal,
    path: parent ? `${parent.path}/${step}` : step,
    sourceId: item.id,
    name: item.name,
    mimeType: item.mimeType,
    kind: item.kind,
    size: item.size,
    checksums: item.checksums,
    ...(item.createdTime && { createdTime: item.createdTime }),
    ...(item.modifiedTime && { modifiedTime: item.modifiedTime }),
    ...(item.description && { description: item.description }),
    ...(item.starred && { starred: true }),
    ...(item.folderColor && { folderColor: item.folderColor }),
    ...(item.properties && { properties: item.properties }),
    ...(item.shortcutTargetId && { shortcutTargetId: item.shortcutTargetId }),
    ...(item.revision && { revision: item.revision }),
    ownedByMe: item.ownedByMe,
    canCopy: item.canCopy,
    canDownload: item.canDownload,
  };
}
