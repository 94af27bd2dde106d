import { forEachBounded } from '../concurrency.js';
import { resolveConflicts } from '../conflicts.js';
import { type Drives, stopped } from './copy.js';
import { DriveError, EngineError, type ItemCode, undefinedIfNotFound } from '../errors.js';
import { matcherOf } from '../filter.js';
import { skippedFor, Tally } from '../forecast.js';
import { pagesOf } from '../listing.js';
import type { DestinationDrive, DriveItem, SourceDrive } from '../ports/drive.js';
import {
  type Fallback,
  isCopied,
  type ItemRecord,
  type Ledger,
  PLAN_PAGE,
  type PlanFacts,
  type PlannedItem,
} from '../ports/ledger.js';
import { isFollowed } from '../model/records.js';
import { barrierBelow, barrierOfTop, isDoubtful, listedRights, seenByDestination } from '../rights.js';
import { countTarget, type Target } from '../target-count.js';

/** As Drive calls the top of an account's My Drive. */
export const MY_DRIVE = 'root';
/** Folders listed at the same time. */
const LISTINGS = 32;
/** Folders whose first listing is under way at once: the drive lists several with one request. */
const GROUPED_LISTINGS = 64;
/** Milliseconds between two reports of a plan that grows. */
const TELL_MS = 1_000;

/** The chosen items can't be planned: it names the one, and the transfer as a whole fails. */
export class PlanError extends EngineError<'not_found' | 'plan_too_large'> {
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
 * @throws ItemError `stopped` when the transfer is no longer being planned, or another process began its plan anew
 */
export async function plan(ledger: Ledger, drives: Drives, target: Target, signal: AbortSignal): Promise<void> {
  const { source } = drives;
  const { order } = ledger;
  const edition = await ledger.restartPlan();
  if (edition === undefined) throw stopped();
  const chosen = await withoutNested(await fetchChosen(order.items, source, signal), source, signal);
  // The top of My Drive is no item: it can be neither shared nor trashed, and a copy of it would only be one folder more.
  const topId = order.items.includes(MY_DRIVE) ? (await source.get(MY_DRIVE, signal)).id : undefined;
  await ledger.name({ chosen: chosen.slice(0, 5).map((item) => item.name) });
  // Of one that starts by itself nobody asks before it starts.
  const counting = order.held ? countTarget(target, drives, signal) : undefined;
  try {
    await fill(ledger, drives, target, { chosen, topId, edition, counting }, signal);
  } finally {
    counting?.stop();
  }
}

async function fill(
  ledger: Ledger,
  drives: Drives,
  target: Target,
  {
    chosen,
    topId,
    edition,
    counting,
  }: {
    chosen: readonly DriveItem[];
    /** Of My Drive, where all that lies in it is chosen. */
    topId: string | undefined;
    edition: number;
    counting: ReturnType<typeof countTarget> | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, destination, clock } = drives;
  const { order } = ledger;
  // Before the first listing: what changes from now on is either listed or among the changes.
  const changesFrom = await changesStart(chosen, source, signal);

  const walk = new Walk(ledger, drives, edition, changesFrom, target.depth);
  let told = clock.now();
  const tell = async (more: Partial<PlanFacts> = {}) => {
    told = clock.now();
    const facts = { conflicts: { skipped: 0, replaced: 0, merged: 0 }, space: null, ...more };
    const from = { changesFrom: walk.changesFrom, plannedAt: told, ...(topId && { topId }) };
    await ledger.tell({ plan: { ...walk.tally.facts(), ...facts, ...from } });
  };
  walk.onPage = async () => {
    if (clock.now() - told >= TELL_MS) await tell();
  };
  await walk.takeTops(
    chosen.filter(({ id }) => id !== topId),
    signal,
  );
  if (topId) await walk.takeMyDrive(topId, signal);
  await walk.down(signal);
  await walk.again(signal);
  await walk.follow(signal);
  await walk.finish(signal);
  await foreseeHidden(ledger, drives, walk, signal);
  await skipForeseen(ledger, -1);

  const { conflict } = order;
  const conflicts =
    conflict === 'keepBoth' || order.target.newFolderName // a new folder holds nothing to meet
      ? { skipped: 0, replaced: 0, merged: 0 }
      : await resolveConflicts(ledger, destination, { targetId: target.id }, conflict, signal);
  // Google states no quota of shared drives.
  const space = target.driveId ? null : await destination.space(signal);
  await skipUncopied(ledger, walk);
  const holds = await counting?.end();
  await tell({ conflicts, space, ...(holds && { holds }), complete: walk.size });
  if (!(await ledger.completePlan(edition))) throw stopped();
}

/** Items outside the plan that are asked for because shortcuts point at them; each is a request or two. */
const TARGETS_ASKED = 10_000;

/**
 * A shortcut whose target is not copied along points at the original: there is none in the destination when the account
 * there may not see that. It is asked itself, for what the source says of sharing is not all (links, groups, domains).
 */
async function foreseeHidden(ledger: Ledger, drives: Drives, walk: Walk, signal: AbortSignal): Promise<void> {
  if (ledger.order.shortcuts === 'skip') return;
  const planned = await ledger.ordinalsOf(new Set(walk.links.keys()));
  const outside = [...walk.links].filter(([targetId]) => !planned.has(targetId));
  walk.tally.targetsUnasked = Math.max(0, outside.length - TARGETS_ASKED);
  await forEachBounded(outside.slice(0, TARGETS_ASKED), LISTINGS, async ([targetId, shortcuts]) => {
    const problem = await problemOfTarget(targetId, drives, signal);
    if (!problem) return;
    for (const shortcut of shortcuts) walk.tally.spoil(shortcut, problem);
    await ledger.foresee(new Map(shortcuts.map(({ ordinal }) => [ordinal, problem])));
  });
}

/** A shortcut to an item of the plan leads to its copy: where that is left out, so is the shortcut. */
async function skipUncopied(ledger: Ledger, walk: Walk): Promise<void> {
  const planned = await ledger.ordinalsOf(new Set(walk.links.keys()));
  await forEachBounded(planned, LISTINGS, async ([targetId, ordinal]) => {
    const target = await ledger.item(ordinal);
    if (target?.state !== 'skipped') return;
    // What helps the item helps the shortcut.
    const problem = target.outcome.code === 'conversion_needed' ? target.outcome.code : 'shortcut_dangling';
    for (const shortcut of walk.links.get(targetId)!) {
      const reason = `It points at “${target.name}”, which is not copied. ${target.outcome.reason}`;
      if (!(await ledger.settle(shortcut, 'skipped', { code: problem, reason }))) continue;
      walk.tally.spoil(shortcut, problem);
      await ledger.foresee(new Map([[shortcut.ordinal, problem]]));
    }
  });
}

/** What is foreseen to lose something is copied all the same. */
const isSkipped = (code: ItemCode): boolean => code !== 'lossy';

async function* foreseenOf(ledger: Ledger, after: number): AsyncGenerator<{ ordinal: number; code: ItemCode }> {
  for (let last = after; ;) {
    const page = await ledger.foreseen(last, PLAN_PAGE);
    yield* page;
    if (page.length < PLAN_PAGE) return;
    last = page.at(-1)!.ordinal;
  }
}

/**
 * What is known to be impossible is not tried: it is skipped, with its reason, so that only a surprise is a failure.
 * @param after ordinal of the last item that is left as it is
 */
export async function skipForeseen(ledger: Ledger, after: number): Promise<void> {
  await forEachBounded(foreseenOf(ledger, after), LISTINGS, async ({ ordinal, code }) => {
    const item = isSkipped(code) ? await ledger.item(ordinal) : undefined;
    if (item) await ledger.settle(item, 'skipped', skippedFor(code, item, ledger.order.destination.email));
  });
}

/** @returns why the destination can have no shortcut to an item that stays in the source */
export async function problemOfTarget(
  targetId: string,
  { source, destination }: Pick<Drives, 'source' | 'destination'>,
  signal: AbortSignal,
): Promise<'shortcut_target_hidden' | 'shortcut_dangling' | undefined> {
  if (await destination.get(targetId, signal).catch(undefinedIfNotFound)) return undefined;
  const there = await source.get(targetId, signal).catch(undefinedIfNotFound);
  return there ? 'shortcut_target_hidden' : 'shortcut_dangling';
}

/** @returns nothing when one of the drives tells this account of no changes: then a delta run lists everything */
async function changesStart(
  chosen: readonly DriveItem[],
  source: SourceDrive,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const drives = new Set(['', ...chosen.flatMap((item) => item.driveId ?? [])]);
  const tokens: Record<string, string> = {};
  for (const driveId of drives) {
    const token = await startOf(driveId, source, signal);
    if (token === undefined) return {};
    tokens[driveId] = token;
  }
  return tokens;
}

/** Answers that mean: this account is told of no changes there, or not from that token on. */
export const NO_CHANGES: ReadonlySet<string> = new Set(['google_refused', 'not_found', 'source_permission_denied']);

/**
 * Who was given an item of a shared drive, and is no member of it, may not read its list of changes.
 * @param driveId empty: My Drive
 */
export function startOf(driveId: string, source: SourceDrive, signal: AbortSignal): Promise<string | undefined> {
  return source.changesStart(driveId || undefined, signal).catch((error: unknown) => {
    const isRefused = error instanceof DriveError && NO_CHANGES.has(error.code);
    if (driveId && isRefused) return undefined;
    throw error;
  });
}

/** Items that the destination is asked for, to find out whether it may do more with them than a reader. */
const LOOKS = 10_000;

/** How an item comes into the plan otherwise than with the folder it is in. */
interface Taken {
  /** Because a shortcut points at it. */
  readonly isFollowed?: boolean;
  /** Of one that is shared itself: why that will not be possible. */
  readonly barrier?: Fallback | undefined;
}

/** An item with the folder of the plan that it is in. */
interface Entry {
  readonly item: PlannedItem;
  readonly parent: PlannedItem | null;
}

/** The growing plan: gives ordinals, writes pages, remembers what was met. */
export class Walk {
  readonly tally: Tally;
  private readonly source: SourceDrive;
  /** Called after each page that was written. */
  onPage: () => Promise<void> = () => Promise.resolve();

  /** The shortcuts of the plan that are to be rebuilt, by what they point at. */
  readonly links = new Map<string, PlannedItem[]>();

  private readonly taken = new Set<string>();
  /** What the filter left out, where shortcuts may lead to it. */
  private readonly leftOut = new Set<string>();
  /** Folders of an earlier run that something goes into now. */
  private readonly neededAbove = new Set<number>();
  /** Whether there is a plan already, which this one adds to. */
  private readonly isDelta: boolean;
  private readonly matches: (item: DriveItem) => boolean;
  /** Folders that were met, by ordinal, with how many items the first listing showed in each. */
  private readonly folders = new Map<
    number,
    { folder: PlannedItem; listed: number; needed: boolean; listedTwice: boolean }
  >();
  /** The top of My Drive, where all that lies in it is chosen. */
  private top: { readonly id: string; listed: number; listedTwice: boolean } | undefined;
  private level: PlannedItem[] = [];
  private shortcuts: { item: DriveItem; parent: PlannedItem | null }[] = [];
  private pending: Entry[] = [];
  /** Looks of the destination at single items that are left. */
  private looks = LOOKS;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly drives: { readonly source: SourceDrive; readonly destination: DestinationDrive },
    private readonly edition: number,
    /** Where the changes of each drive go on from; nothing: they can't be had. */
    public changesFrom: Readonly<Record<string, string>>,
    targetDepth: number,
    private ordinal = 0,
  ) {
    this.source = drives.source;
    this.tally = new Tally(ledger.order, targetDepth);
    this.matches = matcherOf(ledger.order.filter, ledger.order.source.email);
    this.isDelta = ordinal > 0;
  }

  /** Items of the plan, with those of earlier runs. */
  get size(): number {
    return this.ordinal;
  }

  /** Goes on with an item that a delta run took before it was broken off: what is below it may be missing. */
  takeUp(item: ItemRecord): void {
    this.taken.add(item.sourceId);
    if (item.kind === 'folder') this.meet(item);
    else this.need(item.parent);
  }

  /** Takes an item into the plan, unless it was met before or the filter leaves it out; answers whether it was new. */
  take(item: DriveItem, parent: PlannedItem | null, how: Taken = {}): boolean {
    if (this.taken.has(item.id)) return false;
    const isLink = item.kind === 'shortcut' && this.ledger.order.shortcuts === 'follow';
    this.taken.add(item.id);
    // What a shortcut points at may be met in its own place yet: shortcuts are followed last.
    if (isLink && item.shortcutTargetId) this.shortcuts.push({ item, parent });
    else if (item.kind !== 'folder' && !this.matches(item)) this.leaveOut(item);
    else this.add(item, parent, how);
    return true;
  }

  private leaveOut(item: DriveItem): void {
    this.tally.filteredOut++;
    if (this.ledger.order.shortcuts === 'follow') this.leftOut.add(item.id);
  }

  /** Takes items that are shared themselves; answers how many were new. */
  async takeTops(items: readonly DriveItem[], signal: AbortSignal): Promise<number> {
    const barriers = new Map<string, Fallback | undefined>();
    await forEachBounded(items, LISTINGS, async (item) => {
      barriers.set(item.id, await barrierOfTop(item, this.drives, signal));
    });
    return items.filter((item) => this.take(item, null, { barrier: barriers.get(item.id) })).length;
  }

  /** Takes all that lies in the top of My Drive, each item as if it had been chosen. */
  async takeMyDrive(id: string, signal: AbortSignal): Promise<void> {
    this.top = { id, listed: 0, listedTwice: false };
    for await (const page of pagesOf((token) => this.source.children(id, token, signal))) {
      this.top.listed += page.items.length;
      await this.takeTops(page.items, signal);
      await this.flush(PLAN_PAGE, signal);
    }
  }

  /** Lists every folder that was taken and not listed yet, level by level. */
  async down(signal: AbortSignal): Promise<void> {
    while (this.level.length > 0) {
      const folders = this.level.filter(({ canListChildren }) => canListChildren !== false);
      this.level = [];
      await forEachBounded(folders, GROUPED_LISTINGS, async (folder) => {
        const known = this.folders.get(folder.ordinal)!;
        const { sourceId } = folder;
        // In groups, because every folder is listed a second time by itself.
        const listing = pagesOf((token) =>
          token === undefined
            ? this.source.childrenInGroup(sourceId, signal)
            : this.source.children(sourceId, token, signal),
        );
        for await (const page of listing) {
          known.listed += page.items.length;
          for (const item of page.items) this.take(item, folder);
          await this.flush(PLAN_PAGE, signal);
        }
      });
    }
  }

  /**
   * Lists every folder a second time that was listed once, ids only, until nothing is new. What is new comes into the
   * plan; what is gone is told.
   */
  async again(signal: AbortSignal): Promise<void> {
    for (;;) {
      const folders = [...this.folders.values()].filter(
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
        const fresh = new Set<string>();
        const listing = pagesOf((token) => this.source.childIds(folderId, token, signal));
        for await (const { ids } of listing) {
          for (const id of ids) {
            if (this.taken.has(id)) seen++;
            else fresh.add(id);
          }
        }
        this.tally.changedMeanwhile.removed += Math.max(0, known.listed - seen);
        await this.know(fresh);
        if ([...fresh].every((id) => this.taken.has(id))) return;
        for await (const page of pagesOf((token) => this.source.children(folderId, token, signal))) {
          if (!parent) this.tally.changedMeanwhile.added += await this.takeTops(page.items, signal);
          else for (const item of page.items) if (this.take(item, parent)) this.tally.changedMeanwhile.added++;
          await this.flush(PLAN_PAGE, signal);
        }
      });
      await this.down(signal);
    }
  }

  /**
   * Takes items that are new below folders planned earlier, with all that is in them; what is in the plan already stays
   * where it is there.
   * @param items `parent`: null in the top of My Drive, where all that lies in it was chosen
   */
  async below(items: readonly { item: DriveItem; parent: number | null }[], signal: AbortSignal): Promise<void> {
    const arrived = new Map(items.map((entry) => [entry.item.id, entry]));
    // A new folder's own content is met by walking it, not by its line in the list.
    const tops = items.filter(({ item }) => !item.parents.some((parent) => arrived.has(parent)));
    const folders = tops.map(({ item }) => item).filter(isListable);
    const takenUp = this.level.filter(({ canListChildren }) => canListChildren !== false);
    await this.knowBelow([...folders.map(({ id }) => id), ...takenUp.map(({ sourceId }) => sourceId)], signal);
    for (const { item, parent } of tops)
      if (parent === null) await this.takeTops([item], signal);
      else this.take(item, (await this.ledger.item(parent))!);
    await this.down(signal);
    await this.again(signal);
    await this.follow(signal);
  }

  /** Of a delta run: what is in the plan already, of some items, is not taken again. */
  private async know(ids: ReadonlySet<string>): Promise<void> {
    if (this.isDelta && ids.size > 0) for (const id of (await this.ledger.ordinalsOf(ids)).keys()) this.taken.add(id);
  }

  /** The same of all that is below some folders. */
  private async knowBelow(folderIds: readonly string[], signal: AbortSignal): Promise<void> {
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
    await this.know(inside);
  }

  /** Takes what shortcuts point at in their place; what is in the plan already, or gone, stays a shortcut. */
  async follow(signal: AbortSignal): Promise<void> {
    while (this.shortcuts.length > 0) {
      const shortcuts = this.shortcuts;
      this.shortcuts = [];
      const targets = new Set(shortcuts.map(({ item }) => item.shortcutTargetId!));
      const earlier = this.isDelta ? await this.ledger.ordinalsOf(targets) : new Map<string, number>();
      // One after the other: two shortcuts to one item must not both take it.
      for (const { item, parent } of shortcuts) {
        if (await this.isFollowedAlready(parent, earlier.get(item.shortcutTargetId!))) continue;
        await this.followOne(item, parent, earlier.has(item.shortcutTargetId!), signal);
        await this.flush(PLAN_PAGE, signal);
      }
      await this.down(signal);
      await this.again(signal);
    }
  }

  private async followOne(
    item: DriveItem,
    parent: PlannedItem | null,
    isPlanned: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const targetId = item.shortcutTargetId!;
    const isTaken = isPlanned || this.taken.has(targetId);
    const target = isTaken
      ? undefined
      : await this.source.get(targetId, signal).catch((error: unknown) => {
          if (error instanceof DriveError && error.code === 'not_found') return undefined;
          throw error;
        });
    if (target && !target.trashed && !this.taken.has(target.id)) {
      await this.heedChangesOf(target, signal);
      if (this.isDelta && isListable(target)) await this.knowBelow([target.id], signal);
      const barrier = await barrierOfTop(target, this.drives, signal);
      this.take({ ...target, name: item.name }, parent, { isFollowed: true, barrier });
    } else if (isTaken ? this.leftOut.has(targetId) : !this.matches(item)) this.leaveOut(item);
    else this.add(item, parent);
  }

  /** A shortcut may lead into another drive, whose changes count from before it is listed. */
  private async heedChangesOf({ driveId }: DriveItem, signal: AbortSignal): Promise<void> {
    if (!driveId || Object.keys(this.changesFrom).length === 0 || driveId in this.changesFrom) return;
    const token = await startOf(driveId, this.source, signal);
    this.changesFrom = token === undefined ? {} : { ...this.changesFrom, [driveId]: token };
  }

  /** Whether an earlier run took what a shortcut points at in the shortcut's place. */
  private async isFollowedAlready(parent: PlannedItem | null, ordinal: number | undefined): Promise<boolean> {
    const planned = ordinal === undefined ? undefined : await this.ledger.item(ordinal);
    return (
      planned !== undefined && planned.parent === (parent?.ordinal ?? null) && isFollowed(this.ledger.order, planned)
    );
  }

  /** Writes what is left and, of a filtered plan, leaves out folders that nothing goes into. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.flush(1, signal);
    if (!this.ledger.order.filter) return;
    const met = [...this.folders.values()];
    await forEachBounded(met, LISTINGS, async ({ folder, needed }) => {
      if (needed) this.neededAbove.add(folder.ordinal);
      else await this.ledger.settle(folder, 'skipped', EMPTY);
    });
    if (!this.isDelta) return;
    for (const ordinal of this.neededAbove)
      for (let above: number | null = ordinal; above !== null;) {
        const folder: ItemRecord | undefined = await this.ledger.item(above);
        if (folder?.state === 'skipped' && folder.outcome.code === EMPTY.code) await this.ledger.reopenAs(folder, null);
        above = folder?.parent ?? null;
      }
  }

  private add(item: DriveItem, parent: PlannedItem | null, { isFollowed = false, barrier }: Taken = {}): void {
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
      // What was followed lies elsewhere in the source: sharing the chosen item does not share it.
      ...((isFollowed || isSharedAlone) && { top: ordinal }),
      ...(isSharedAlone && { isSharedAlone }),
    };
    // Of these two nothing that the destination is asked can change it.
    const isImpossible = !isCopied(item) && this.tally.problemOf(planned) !== undefined;
    if (item.kind === 'folder') this.meet(planned);
    if (item.shortcutTargetId && !isImpossible) {
      const links = this.links.get(item.shortcutTargetId);
      if (links) links.push(planned);
      else this.links.set(item.shortcutTargetId, [planned]);
    }
    if (item.kind !== 'folder' || isImpossible) this.need(item.kind === 'folder' ? planned.ordinal : planned.parent);
    this.pending.push({ item: planned, parent });
  }

  /** A folder is to be listed. */
  private meet(folder: PlannedItem): void {
    this.level.push(folder);
    this.folders.set(folder.ordinal, { folder, listed: 0, needed: false, listedTwice: false });
  }

  /** A folder and those above it have something to hold. */
  private need(ordinal: number | null): void {
    for (let above = ordinal; above !== null;) {
      const known = this.folders.get(above);
      if (!known) this.neededAbove.add(above);
      if (!known || known.needed) return;
      known.needed = true;
      above = known.folder.parent;
    }
  }

  /** Writes what has gathered once it is `least` items, whole pages first; one writing at a time, in order. */
  private async flush(least: number, signal: AbortSignal): Promise<void> {
    while (this.pending.length >= least) {
      const entries = this.pending.splice(0, PLAN_PAGE);
      this.writing = this.writing.then(async () => {
        const page = await this.seen(entries, signal);
        const problems = new Map<number, ItemCode>();
        for (const { item, parent } of page) {
          const problem = this.tally.add(item, parent);
          if (problem) problems.set(item.ordinal, problem);
        }
        const items = page.map(({ item }) => item);
        if (!(await this.ledger.append(items, this.edition))) throw stopped();
        if (problems.size > 0) await this.ledger.foresee(problems);
        await this.mustFit();
        await this.onPage();
      });
    }
    await this.writing;
  }

  /** Asks the destination about items to which it may have access of its own, with more rights than a reader. */
  private async seen(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Entry[]> {
    const doubtful = entries.filter(({ item }) => isDoubtful(item, this.drives)).slice(0, this.looks);
    if (doubtful.length === 0) return entries;
    this.looks -= doubtful.length;
    const known = new Map<number, PlannedItem>();
    await forEachBounded(doubtful, LISTINGS, async ({ item }) => {
      known.set(item.ordinal, await seenByDestination(item, this.drives, signal));
    });
    return entries.map(({ item, parent }) => ({ item: known.get(item.ordinal) ?? item, parent }));
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

const EMPTY = {
  code: 'filtered_empty',
  reason: 'Nothing that the filter takes is in this folder: it was not made.',
} as const;

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
  const chosenFolders = new Set(chosen.filter(isListable).map((item) => item.id));
  if (chosen.length < 2 || chosenFolders.size === 0) return chosen;
  /** By folder; what lies below one that can't be looked into does not come by itself. */
  const parentsOf = new Map<string, readonly string[]>();
  const above = (item: DriveItem) => (isListable(item) ? item.parents : []);
  for (const item of chosen) if (item.kind === 'folder') parentsOf.set(item.id, above(item));
  const isAnyBelowChosen = async (ids: readonly string[], seen: Set<string>): Promise<boolean> => {
    for (const id of ids) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (chosenFolders.has(id) || (await isAnyBelowChosen(await parentsOfFolder(id), seen))) return true;
    }
    return false;
  };
  const parentsOfFolder = async (id: string): Promise<readonly string[]> => {
    let parents = parentsOf.get(id);
    if (!parents) {
      parents = await source.get(id, signal).then(above, (error: unknown) => {
        if (error instanceof DriveError && error.code === 'not_found') return []; // above what is shared
        throw error;
      });
      parentsOf.set(id, parents);
    }
    return parents;
  };
  const kept: DriveItem[] = [];
  for (const item of chosen) if (!(await isAnyBelowChosen(item.parents, new Set([item.id])))) kept.push(item);
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
