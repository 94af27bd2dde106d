import { forEachBounded } from './concurrency.js';
import { resolveConflicts } from './conflicts.js';
import { type Drives, stopped } from './copy.js';
import { CodedError, DriveError } from './errors.js';
import { matcherOf } from './filter.js';
import { Tally } from './forecast.js';
import type { DriveItem, SourceDrive } from './ports/drive.js';
import { type Ledger, PLAN_PAGE, type PlanFacts, type PlannedItem } from './ports/ledger.js';

/** Folders listed at the same time. */
const LISTINGS = 32;
/** Tries for a listing of which the drive says that it is incomplete. */
const INCOMPLETE_TRIES = 3;
/** Milliseconds between two reports of a plan that grows. */
const TELL_MS = 1_000;

/** The chosen items can't be planned: it names the one, and the transfer as a whole fails. */
export class PlanError extends CodedError<'not_found' | 'source_incomplete' | 'plan_too_large'> {
  constructor(code: PlanError['code'], message: string, cause?: unknown) {
    super(code, message, { side: 'source', cause });
  }
}

/**
 * Walks everything below the chosen items, breadth first, every page of every folder, and writes it into the ledger.
 * Then it lists every folder a second time and compares: listings that silently miss something are why people lose
 * files. Items are keyed by id, never by name: two of the same name are two. An item is taken once, however often it is
 * met (a cycle, a second parent, a list that moved between two of its pages, an item chosen together with a folder that
 * holds it).
 * @param target the folder of the destination, and how many folders lie above it
 * @throws ItemError `stopped` when the transfer is no longer being planned, or another process began its plan anew
 */
export async function plan(
  ledger: Ledger,
  drives: Drives,
  target: { id: string; depth: number; isSharedDrive: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { source, destination, clock } = drives;
  const { order } = ledger;
  const edition = await ledger.restartPlan();
  if (edition === undefined) throw stopped();
  const chosen = await withoutNested(await fetchChosen(order.items, source, signal), source, signal);
  await ledger.name({ chosen: chosen.slice(0, 5).map((item) => item.name) });
  // Before the first listing: what changes from now on is either listed or among the changes.
  const changesFrom = await changesStart(chosen, source, signal);

  const walk = new Walk(ledger, source, edition, target.depth);
  let told = clock.now();
  const tell = async (more: Partial<PlanFacts> = {}) => {
    told = clock.now();
    const facts = { conflicts: { skipped: 0, replaced: 0, merged: 0 }, space: null, ...more };
    await ledger.tell({ plan: { ...walk.tally.facts(), ...facts, changesFrom, plannedAt: told } });
  };
  walk.onPage = async () => {
    if (clock.now() - told >= TELL_MS) await tell();
  };
  for (const item of chosen) walk.take(item, null);
  await walk.down(signal);
  await walk.again(signal);
  await walk.follow(signal);
  await walk.finish();

  const { conflict } = order;
  const conflicts =
    conflict === 'keepBoth' || order.target.newFolderName // a new folder holds nothing to meet
      ? { skipped: 0, replaced: 0, merged: 0 }
      : await resolveConflicts(ledger, destination, target.id, conflict, signal);
  // Google states no quota of shared drives.
  await tell({ conflicts, space: target.isSharedDrive ? null : await destination.space(signal) });
  if (!(await ledger.completePlan(edition))) throw stopped();
}

async function changesStart(
  chosen: readonly DriveItem[],
  source: SourceDrive,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const drives = new Set(['', ...chosen.flatMap((item) => item.driveId ?? [])]);
  const tokens: Record<string, string> = {};
  for (const driveId of drives) tokens[driveId] = await source.changesStart(driveId || undefined, signal);
  return tokens;
}

/** The growing plan: gives ordinals, writes pages, remembers what was met. */
export class Walk {
  readonly tally: Tally;
  /** Items that `below` took. */
  added = 0;
  /** Called after each page that was written. */
  onPage: () => Promise<void> = () => Promise.resolve();

  private readonly taken = new Set<string>();
  private readonly matches: (item: DriveItem) => boolean;
  /** Folders that were met, by ordinal, with how many items the first listing showed in each. */
  private readonly folders = new Map<number, { folder: PlannedItem; listed: number; needed: boolean }>();
  private level: PlannedItem[] = [];
  private shortcuts: { item: DriveItem; parent: PlannedItem | null }[] = [];
  private pending: PlannedItem[] = [];
  private problems = new Map<number, string>();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly source: SourceDrive,
    private readonly edition: number,
    targetDepth: number,
    private ordinal = 0,
  ) {
    this.tally = new Tally(ledger.order, targetDepth);
    this.matches = matcherOf(ledger.order.filter, ledger.order.source.email);
  }

  /** Takes an item into the plan, unless it was met before or the filter leaves it out; answers whether it was new. */
  take(item: DriveItem, parent: PlannedItem | null, isFollowed = false): boolean {
    if (this.taken.has(item.id)) return false;
    const isLink = item.kind === 'shortcut' && this.ledger.order.shortcuts === 'follow';
    this.taken.add(item.id);
    // What a shortcut points at may be met in its own place yet: shortcuts are followed last.
    if (isLink && item.shortcutTargetId) this.shortcuts.push({ item, parent });
    else if (item.kind !== 'folder' && !this.matches(item)) this.tally.filteredOut++;
    else this.add(item, parent, isFollowed);
    return true;
  }

  /** Lists every folder that was taken and not listed yet, level by level. */
  async down(signal: AbortSignal): Promise<void> {
    while (this.level.length > 0) {
      const folders = this.level.filter(({ canListChildren }) => canListChildren !== false);
      this.level = [];
      await forEachBounded(folders, LISTINGS, async (folder) => {
        const known = this.folders.get(folder.ordinal)!;
        for await (const page of pagesOf((token) => this.source.children(folder.sourceId, token, signal))) {
          known.listed += page.items.length;
          for (const item of page.items) this.take(item, folder);
          await this.flush(PLAN_PAGE);
        }
      });
    }
  }

  /** Lists everything a second time, ids only. What is new comes into the plan; what is gone is told. */
  async again(signal: AbortSignal): Promise<void> {
    const walked = [...this.folders.values()].filter(({ folder }) => folder.canListChildren !== false);
    await forEachBounded(walked, LISTINGS, async (known) => {
      let seen = 0;
      let isNew = false;
      const listing = pagesOf((token) => this.source.childIds(known.folder.sourceId, token, signal));
      for await (const { ids } of listing) {
        for (const id of ids) {
          if (this.taken.has(id)) seen++;
          else isNew = true;
        }
      }
      this.tally.changedMeanwhile.removed += Math.max(0, known.listed - seen);
      if (!isNew) return;
      for await (const page of pagesOf((token) => this.source.children(known.folder.sourceId, token, signal))) {
        for (const item of page.items) if (this.take(item, known.folder)) this.tally.changedMeanwhile.added++;
        await this.flush(PLAN_PAGE);
      }
    });
    await this.down(signal);
  }

  /**
   * Takes items that are new below folders planned earlier, with all that is in them; what is in the plan already stays
   * where it is there.
   */
  async below(items: readonly { item: DriveItem; parent: number }[], signal: AbortSignal): Promise<void> {
    const arrived = new Map(items.map((entry) => [entry.item.id, entry]));
    // A new folder's own content is met by walking it, not by its line in the list.
    const tops = items.filter(({ item }) => !item.parents.some((parent) => arrived.has(parent)));
    const inside = new Set<string>();
    for (let folders = tops.map(({ item }) => item).filter(isListable); folders.length > 0;) {
      const level = folders;
      folders = [];
      await forEachBounded(level, LISTINGS, async ({ id }) => {
        for await (const page of pagesOf((token) => this.source.children(id, token, signal)))
          for (const item of page.items) {
            if (!inside.has(item.id) && isListable(item)) folders.push(item);
            inside.add(item.id);
          }
      });
    }
    for (const id of (await this.ledger.ordinalsOf(inside)).keys()) this.taken.add(id);
    const before = this.ordinal;
    for (const { item, parent } of tops) this.take(item, (await this.ledger.item(parent))!);
    await this.down(signal);
    await this.follow(signal);
    this.added = this.ordinal - before;
  }

  /** Takes what shortcuts point at in their place; what is in the plan already, or gone, stays a shortcut. */
  async follow(signal: AbortSignal): Promise<void> {
    while (this.shortcuts.length > 0) {
      const shortcuts = this.shortcuts;
      this.shortcuts = [];
      // One after the other: two shortcuts to one item must not both take it.
      for (const { item, parent } of shortcuts) {
        const target = this.taken.has(item.shortcutTargetId!)
          ? undefined
          : await this.source.get(item.shortcutTargetId!, signal).catch((error: unknown) => {
              if (error instanceof DriveError && error.code === 'not_found') return undefined;
              throw error;
            });
        if (!target || target.trashed || this.taken.has(target.id)) this.add(item, parent);
        else this.take({ ...target, name: item.name }, parent, true);
        await this.flush(PLAN_PAGE);
      }
      await this.down(signal);
    }
  }

  /** Writes what is left and, of a filtered plan, leaves out folders that nothing goes into. */
  async finish(): Promise<void> {
    await this.flush(1);
    if (!this.ledger.order.filter) return;
    const empty = [...this.folders.values()].filter(({ needed }) => !needed);
    await forEachBounded(empty, LISTINGS, async ({ folder }) => {
      await this.ledger.settle(folder, 'skipped', {
        code: 'filtered_empty',
        reason: 'Nothing that the filter takes is in this folder: it was not made.',
      });
    });
  }

  private add(item: DriveItem, parent: PlannedItem | null, isFollowed = false): void {
    const ordinal = this.ordinal++;
    // What was followed lies elsewhere in the source: sharing the chosen item does not share it.
    const planned = { ...plannedOf(item, ordinal, parent), ...(isFollowed && { top: ordinal }) };
    const problem = this.tally.add(planned, parent);
    if (problem) this.problems.set(planned.ordinal, problem);
    if (item.kind === 'folder') {
      this.level.push(planned);
      this.folders.set(planned.ordinal, { folder: planned, listed: 0, needed: false });
    }
    if (item.kind !== 'folder' || problem) this.need(item.kind === 'folder' ? planned.ordinal : planned.parent);
    this.pending.push(planned);
  }

  /** A folder and those above it have something to hold. */
  private need(ordinal: number | null): void {
    for (let above = ordinal; above !== null;) {
      const known = this.folders.get(above);
      if (!known || known.needed) return;
      known.needed = true;
      above = known.folder.parent;
    }
  }

  /** Writes what has gathered once it is `least` items, whole pages first; one writing at a time, in order. */
  private async flush(least: number): Promise<void> {
    while (this.pending.length >= least) {
      const page = this.pending.splice(0, PLAN_PAGE);
      const problems = this.problems;
      this.problems = new Map();
      this.writing = this.writing.then(async () => {
        if (!(await this.ledger.append(page, this.edition))) throw stopped();
        if (problems.size > 0) await this.ledger.foresee(problems);
        await this.mustFit();
        await this.onPage();
      });
    }
    await this.writing;
  }

  private async mustFit(): Promise<void> {
    const room = await this.ledger.room();
    if (room !== undefined && room <= 0)
      throw new PlanError(
        'plan_too_large',
        `After ${this.ordinal} items CloudMover's Redis has no memory left for more. Raise its maxmemory, or transfer fewer items at a time.`,
      );
  }
}

/** All pages of a listing; one of which the drive says that it is incomplete is asked for again. */
export async function* pagesOf<Page extends { readonly nextPageToken?: string; readonly incomplete: boolean }>(
  list: (pageToken: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let pageToken: string | undefined;
  for (let incomplete = 0; ;) {
    const page = await list(pageToken);
    if (page.incomplete) {
      if (++incomplete >= INCOMPLETE_TRIES)
        throw new PlanError('source_incomplete', 'Google returned a partial list of a folder. Try again later.');
      continue;
    }
    yield page;
    if (!page.nextPageToken) return;
    pageToken = page.nextPageToken;
  }
}

const isListable = ({ kind, canListChildren }: DriveItem): boolean => kind === 'folder' && canListChildren;

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

/** An item as it enters a plan, below its parent. */
export function plannedOf(item: DriveItem, ordinal: number, parent: PlannedItem | null): PlannedItem {
  const step = item.name.replaceAll('/', '∕');
  return {
    ordinal,
    parent: parent?.ordinal ?? null,
    top: parent?.top ?? ordinal,
    path: parent ? `${parent.path}/${step}` : step,
    depth: parent ? parent.depth + 1 : 0,
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
    ...(item.kind === 'folder' && !item.canListChildren && { canListChildren: false }),
  };
}
