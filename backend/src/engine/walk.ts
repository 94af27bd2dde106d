import { type ChangeTokens, changesStartOf } from './changes.js';
import { forEachBounded } from './concurrency.js';
import { EngineError, type ItemCode, undefinedIfNotFound } from './errors.js';
import { stopped } from './failures.js';
import { matcherOf } from './filter.js';
import { Tally } from './forecast.js';
import { pageOfFolder, pagesOf } from './listing.js';
import { isFollowed } from './model/records.js';
import type { DriveItem, Drives, ItemFields, SourceDrive } from './ports/drive.js';
import { isCopied, type ItemRecord, type PlannedItem } from './model/items.js';
import { explain, type Fallback } from './model/reasons.js';
import type { Ledger } from './ports/ledger.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { present } from './present.js';
import { barrierBelow, barrierOfTop, isDoubtful, listedRights, seenByDestination, SharedDriveRules } from './rights.js';
import { originalFields, SourceAccessReader } from './source-access.js';

/** Folders listed at the same time. */
const LISTINGS = 32;
/** Folders whose first listing is in progress at the same time: the drive lists several with one request. */
const GROUPED_LISTINGS = 64;

/** The selected items can't be planned, so the transfer fails. */
export class PlanError extends EngineError<'not_found' | 'plan_too_large'> {
  constructor(code: PlanError['code'], detail: string, cause?: unknown) {
    super(code, { side: 'source', detail, cause });
  }
}

/** Maximum number of items that are fetched from the destination to check whether it has more rights than a reader. */
const MAX_LOOKUPS = 10_000;

/** How an item enters the plan, if not with its folder. */
interface Origin {
  /** It is a shortcut's target. */
  readonly isFollowed?: boolean;
  /** If the item is shared by itself: why that will not be possible. */
  readonly barrier?: Fallback | undefined;
}

/** An item with its folder. */
interface Entry {
  readonly original: DriveItem;
  readonly item: PlannedItem;
  readonly parent: PlannedItem | null;
}

/**
 * Lists a source into a plan: assigns ordinals, writes pages, and remembers which items are in the plan. Identifies
 * items by id, never by name, so two items of the same name are two. An item enters the plan once, however often it is
 * listed (a cycle, a second parent, a list that changed between two pages).
 */
export class Walk {
  readonly tally: Tally;
  /** Only if sharing is carried over. */
  readonly access?: SourceAccessReader;
  private readonly source: SourceDrive;
  private readonly fields: ItemFields | undefined;
  private readonly sharedDrives: SharedDriveRules;
  /** Called after each page that was written. */
  onPage: () => Promise<void> = () => Promise.resolve();

  /** The shortcuts of the plan that will be re-created, by the id of their target. */
  readonly links = new Map<string, PlannedItem[]>();

  /** Source ids of items that are in the plan or were excluded. */
  private readonly seenIds = new Set<string>();
  /** Source ids that the filter excluded, if shortcuts are followed. */
  private readonly leftOut = new Set<string>();
  /** Ordinals of folders of an earlier run that get contents now. */
  private readonly nonEmptyAbove = new Set<number>();
  /** Whether this run adds to an existing plan. */
  private readonly isDelta: boolean;
  private readonly matches: (item: DriveItem) => boolean;
  /** Folders of the plan by ordinal, with the number of items in the first listing of each. */
  private readonly listings = new Map<
    number,
    { folder: PlannedItem; listed: number; isNonEmpty: boolean; listedTwice: boolean }
  >();
  /** The root of My Drive, if all of My Drive is selected. */
  private top: { readonly id: string; listed: number; listedTwice: boolean } | undefined;
  private level: PlannedItem[] = [];
  private shortcuts: { item: DriveItem; parent: PlannedItem | null }[] = [];
  private pending: Entry[] = [];
  /** Remaining look-ups in the destination. */
  private lookups = MAX_LOOKUPS;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
    private readonly edition: number,
    /** Where the changes of each drive continue; empty: they can't be read. */
    public changesFrom: ChangeTokens,
    targetDepth: number,
    private ordinal = 0,
  ) {
    this.source = drives.source;
    this.sharedDrives = new SharedDriveRules(drives);
    this.tally = new Tally(ledger.order, targetDepth);
    this.matches = matcherOf(ledger.order.filter, ledger.order.source.email);
    this.isDelta = ordinal > 0;
    this.fields = originalFields(ledger.order);
    if (ledger.order.sharing) this.access = new SourceAccessReader(ledger, drives.source);
  }

  /** Number of items in the plan, including those of earlier runs. */
  get size(): number {
    return this.ordinal;
  }

  /** Continues with an item of an interrupted delta run: items below it may be missing. */
  resume(item: ItemRecord): void {
    this.seenIds.add(item.sourceId);
    if (item.kind === 'folder') this.addFolder(item);
    else this.markNonEmpty(item.parent);
  }

  /** Adds an item, unless it was listed before or the filter excludes it. @returns whether it was new */
  add(item: DriveItem, parent: PlannedItem | null, origin: Origin = {}): boolean {
    if (this.seenIds.has(item.id)) return false;
    const isLink = item.kind === 'shortcut' && this.ledger.order.shortcuts === 'follow';
    this.seenIds.add(item.id);
    // Shortcuts are followed last, because their targets may still be listed in their own folders.
    if (isLink && item.shortcutTargetId) this.shortcuts.push({ item, parent });
    else if (item.kind !== 'folder' && !this.matches(item)) this.leaveOut(item);
    else this.addToPlan(item, parent, origin);
    return true;
  }

  private leaveOut(item: DriveItem): void {
    this.tally.filteredOut++;
    if (this.ledger.order.shortcuts === 'follow') this.leftOut.add(item.id);
  }

  /** Adds items that are shared by themselves. @returns how many were new */
  async addTops(items: readonly DriveItem[], signal: AbortSignal): Promise<number> {
    const barriers = new Map<string, Fallback | undefined>();
    await forEachBounded(items, LISTINGS, async (item) => {
      barriers.set(item.id, await barrierOfTop(item, this.drives, signal, this.sharedDrives));
    });
    return items.filter((item) => this.add(item, null, { barrier: barriers.get(item.id) })).length;
  }

  /** Adds all items in the root of My Drive, as if each had been selected. */
  async addMyDrive(id: string, signal: AbortSignal): Promise<void> {
    this.top = { id, listed: 0, listedTwice: false };
    for await (const page of pagesOf((token) => this.source.children(id, token, signal, this.fields))) {
      this.top.listed += page.items.length;
      await this.addTops(page.items, signal);
      await this.flush(PLAN_PAGE, signal);
    }
  }

  /** Lists every added folder that was not listed yet, level by level. */
  async listTree(signal: AbortSignal): Promise<void> {
    while (this.level.length > 0) {
      const folders = this.level.filter(({ canListChildren }) => canListChildren !== false);
      this.level = [];
      await forEachBounded(folders, GROUPED_LISTINGS, async (folder) => {
        const known = this.listings.get(folder.ordinal)!;
        const { sourceId } = folder;
        // Folders may share a request, because each is listed a second time by itself.
        const listing = pagesOf((token) => pageOfFolder(this.source, sourceId, token, signal, this.fields));
        for await (const page of listing) {
          known.listed += page.items.length;
          for (const item of page.items) this.add(item, folder);
          await this.flush(PLAN_PAGE, signal);
        }
      });
    }
  }

  /**
   * Lists every folder a second time, ids only, until nothing is new: people lose files when listings silently miss
   * some. Adds new items to the plan, and counts missing ones.
   */
  async relist(signal: AbortSignal): Promise<void> {
    for (;;) {
      const folders = [...this.listings.values()].filter(
        ({ folder, listedTwice }) => !listedTwice && folder.canListChildren !== false,
      );
      const once = [
        ...(this.top && !this.top.listedTwice ? [{ id: this.top.id, parent: null, known: this.top }] : []),
        ...folders.map((known) => ({ id: known.folder.sourceId, parent: known.folder, known })),
      ];
      if (once.length === 0) return;
      await forEachBounded(once, LISTINGS, async ({ id: folderId, parent, known }) => {
        known.listedTwice = true;
        let seen = 0;
        const newIds = new Set<string>();
        const listing = pagesOf((token) => this.source.childIds(folderId, token, signal));
        for await (const { ids } of listing) {
          for (const id of ids) {
            if (this.seenIds.has(id)) seen++;
            else newIds.add(id);
          }
        }
        this.tally.changedMeanwhile.removed += Math.max(0, known.listed - seen);
        await this.markPlanned(newIds);
        if ([...newIds].every((id) => this.seenIds.has(id))) return;
        for await (const page of pagesOf((token) => this.source.children(folderId, token, signal, this.fields))) {
          if (!parent) this.tally.changedMeanwhile.added += await this.addTops(page.items, signal);
          else for (const item of page.items) if (this.add(item, parent)) this.tally.changedMeanwhile.added++;
          await this.flush(PLAN_PAGE, signal);
        }
      });
      await this.listTree(signal);
    }
  }

  /**
   * Adds new items below folders that were planned earlier, with all their contents. Items that are in the plan already
   * keep their place there.
   * @param items `parent`: null for the root of My Drive, if all of My Drive was selected
   */
  async addBelow(items: readonly { item: DriveItem; parent: number | null }[], signal: AbortSignal): Promise<void> {
    const arrived = new Map(items.map((entry) => [entry.item.id, entry]));
    // The contents of a new folder are listed with it, not added one by one.
    const tops = items.filter(({ item }) => !item.parents.some((parent) => arrived.has(parent)));
    const folders = tops.map(({ item }) => item).filter(isListable);
    const resumed = this.level.filter(({ canListChildren }) => canListChildren !== false);
    await this.markPlannedBelow([...folders.map(({ id }) => id), ...resumed.map(({ sourceId }) => sourceId)], signal);
    for (const { item, parent } of tops)
      if (parent === null) await this.addTops([item], signal);
      else this.add(item, (await this.ledger.item(parent))!);
    await this.listTree(signal);
    await this.relist(signal);
    await this.followShortcuts(signal);
  }

  /** In a delta run: marks those of the ids that are in the plan, so that they are not added again. */
  private async markPlanned(ids: ReadonlySet<string>): Promise<void> {
    if (this.isDelta && ids.size > 0) for (const id of (await this.ledger.ordinalsOf(ids)).keys()) this.seenIds.add(id);
  }

  /** The same for everything below some folders. */
  private async markPlannedBelow(folderIds: readonly string[], signal: AbortSignal): Promise<void> {
    const inside = new Set<string>();
    for (let folders = [...folderIds]; folders.length > 0;) {
      const level = folders;
      folders = [];
      await forEachBounded(level, LISTINGS, async (folderId) => {
        for await (const page of pagesOf((token) => this.source.children(folderId, token, signal)))
          for (const item of page.items) {
            if (!inside.has(item.id) && isListable(item)) folders.push(item.id);
            inside.add(item.id);
          }
      });
    }
    await this.markPlanned(inside);
  }

  /**
   * Adds the targets of shortcuts in their place. If a target is in the plan already, or gone, the shortcut stays a
   * shortcut.
   */
  async followShortcuts(signal: AbortSignal): Promise<void> {
    while (this.shortcuts.length > 0) {
      const shortcuts = this.shortcuts;
      this.shortcuts = [];
      const targets = new Set(shortcuts.map(({ item }) => item.shortcutTargetId!));
      const earlier = this.isDelta ? await this.ledger.ordinalsOf(targets) : new Map<string, number>();
      // One after the other, so that two shortcuts to one item do not both add it.
      for (const { item, parent } of shortcuts) {
        if (await this.isFollowedAlready(parent, earlier.get(item.shortcutTargetId!))) continue;
        await this.followShortcut(item, parent, earlier.has(item.shortcutTargetId!), signal);
        await this.flush(PLAN_PAGE, signal);
      }
      await this.listTree(signal);
      await this.relist(signal);
    }
  }

  private async followShortcut(
    item: DriveItem,
    parent: PlannedItem | null,
    isPlanned: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const targetId = item.shortcutTargetId!;
    const isSeen = isPlanned || this.seenIds.has(targetId);
    const target = isSeen ? undefined : await this.source.get(targetId, signal, this.fields).catch(undefinedIfNotFound);
    if (target && !target.trashed && !this.seenIds.has(target.id)) {
      await this.addChangesOf(target, signal);
      if (this.isDelta && isListable(target)) await this.markPlannedBelow([target.id], signal);
      const barrier = await barrierOfTop(target, this.drives, signal, this.sharedDrives);
      this.add({ ...target, name: item.name }, parent, { isFollowed: true, barrier });
    } else if (isSeen ? this.leftOut.has(targetId) : !this.matches(item)) this.leaveOut(item);
    else this.addToPlan(item, parent);
  }

  /** A shortcut may lead to another drive, whose changes are needed from before it is listed. */
  private async addChangesOf({ driveId }: DriveItem, signal: AbortSignal): Promise<void> {
    if (!driveId || Object.keys(this.changesFrom).length === 0 || driveId in this.changesFrom) return;
    const token = await changesStartOf(driveId, this.source, signal);
    this.changesFrom = token === undefined ? {} : { ...this.changesFrom, [driveId]: token };
  }

  /** Whether an earlier run added the target of a shortcut in the shortcut's place. */
  private async isFollowedAlready(parent: PlannedItem | null, ordinal: number | undefined): Promise<boolean> {
    const planned = ordinal === undefined ? undefined : await this.ledger.item(ordinal);
    return (
      planned !== undefined && planned.parent === (parent?.ordinal ?? null) && isFollowed(this.ledger.order, planned)
    );
  }

  /** Writes the last items and, if there is a filter, skips folders without contents. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.flush(1, signal);
    if (!this.ledger.order.filter) return;
    const folders = [...this.listings.values()];
    await forEachBounded(folders, LISTINGS, async ({ folder, isNonEmpty }) => {
      if (isNonEmpty) this.nonEmptyAbove.add(folder.ordinal);
      else if ((await this.ledger.settle(folder, 'skipped', EMPTY, this.edition)) && !this.isDelta) {
        this.tally.markImpossible(folder, EMPTY.code);
        await this.ledger.foresee(new Map([[folder.ordinal, EMPTY.code]]), this.edition);
      }
    });
    if (!this.isDelta) return;
    for (const ordinal of this.nonEmptyAbove)
      for (let above: number | null = ordinal; above !== null;) {
        const folder: ItemRecord | undefined = await this.ledger.item(above);
        if (folder?.state === 'skipped' && folder.outcome.code === EMPTY.code)
          await this.ledger.reopenAs(folder, null, this.edition);
        above = folder?.parent ?? null;
      }
  }

  private addToPlan(item: DriveItem, parent: PlannedItem | null, { isFollowed = false, barrier }: Origin = {}): void {
    const ordinal = this.ordinal++;
    const isSharedAlone = parent?.barrier === 'sharing_refused' && !isFollowed && item.canShare !== false;
    const isTop = parent === null || isFollowed || isSharedAlone;
    const inherited = parent === null || isFollowed ? barrier : isSharedAlone ? undefined : parent.barrier;
    const rights = listedRights(item, inherited, this.drives);
    const below = item.kind === 'folder' ? barrierBelow(item, rights.barrier, isTop, this.drives) : rights.barrier;
    const { barrier: _own, ...listed } = plannedOf(item, ordinal, parent);
    const planned: PlannedItem = {
      ...listed,
      canCopy: rights.canCopy,
      ...(below && { barrier: below }),
      // A shortcut's target is elsewhere in the source, so sharing the selected item does not share it.
      ...((isFollowed || isSharedAlone) && { top: ordinal }),
      ...(isSharedAlone && { isSharedAlone }),
    };
    // For folders and shortcuts, a look-up in the destination can't change this.
    const isImpossible = !isCopied(item) && this.tally.problemOf(planned) !== undefined;
    if (item.kind === 'folder') this.addFolder(planned);
    if (item.shortcutTargetId && !isImpossible) {
      const links = this.links.get(item.shortcutTargetId);
      if (links) links.push(planned);
      else this.links.set(item.shortcutTargetId, [planned]);
    }
    if (item.kind !== 'folder' || isImpossible)
      this.markNonEmpty(item.kind === 'folder' ? planned.ordinal : planned.parent);
    this.pending.push({ item: planned, original: item, parent });
  }

  /** Adds a folder to those that must be listed. */
  private addFolder(folder: PlannedItem): void {
    this.level.push(folder);
    this.listings.set(folder.ordinal, { folder, listed: 0, isNonEmpty: false, listedTwice: false });
  }

  /** Records that a folder, and those above it, have contents. */
  private markNonEmpty(ordinal: number | null): void {
    for (let above = ordinal; above !== null;) {
      const known = this.listings.get(above);
      if (!known) this.nonEmptyAbove.add(above);
      if (!known || known.isNonEmpty) return;
      known.isNonEmpty = true;
      above = known.folder.parent;
    }
  }

  /** Writes pending items if there are at least `least`; one page at a time, in order. */
  private async flush(least: number, signal: AbortSignal): Promise<void> {
    while (this.pending.length >= least) {
      const entries = this.pending.splice(0, PLAN_PAGE);
      this.writing = this.writing.then(async () => {
        const page = await this.withDestinationRights(entries, signal);
        const problems = new Map<number, ItemCode>();
        for (const { item, parent } of page) {
          const problem = this.tally.add(item, parent);
          if (problem) problems.set(item.ordinal, problem);
        }
        const items = page.map(({ item }) => item);
        await this.access?.note(page, this.edition, signal);
        if (!(await this.ledger.append(items, this.edition))) throw stopped();
        if (problems.size > 0) await this.ledger.foresee(problems, this.edition);
        await this.assertRoom();
        await this.onPage();
      });
    }
    await this.writing;
  }

  /** Looks up items for which the destination may have access of its own, with more rights than a reader. */
  private async withDestinationRights(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Entry[]> {
    const all = entries.filter(({ item }) => isDoubtful(item, this.drives));
    const doubtful = all.slice(0, this.lookups);
    this.tally.rightsUnasked += all.length - doubtful.length;
    if (doubtful.length === 0) return entries;
    this.lookups -= doubtful.length;
    const known = new Map<number, PlannedItem>();
    await forEachBounded(doubtful, LISTINGS, async ({ item }) => {
      known.set(item.ordinal, await seenByDestination(item, this.drives, signal));
    });
    return entries.map((entry) => ({ ...entry, item: known.get(entry.item.ordinal) ?? entry.item }));
  }

  private async assertRoom(): Promise<void> {
    const room = await this.ledger.room();
    if (room !== undefined && room <= 0) throw new PlanError('plan_too_large', `It holds ${this.ordinal} of them.`);
  }
}

const EMPTY = explain('filtered_empty');

/** Whether an item is a folder whose contents this account may list. */
export const isListable = ({ kind, canListChildren }: DriveItem): boolean => kind === 'folder' && canListChildren;

/** Creates the planned item of a drive item below its parent. */
function plannedOf(item: DriveItem, ordinal: number, parent: PlannedItem | null): PlannedItem {
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
    ...present(item, 'createdTime', 'modifiedTime', 'description', 'starred', 'folderColor', 'properties'),
    ...present(item, 'shortcutTargetId', 'revision'),
    ownedByMe: item.ownedByMe,
    canCopy: item.canCopy,
    canDownload: item.canDownload,
    ...(item.kind === 'folder' && !item.canListChildren && { canListChildren: false }),
  };
}
