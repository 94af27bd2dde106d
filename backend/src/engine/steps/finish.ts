import { forEachBounded } from '../concurrency.js';
import { type Copier, type Drives, failureOf, isAccountWide, markerOf, newItemOf } from './copy.js';
import { changesSince } from './update.js';
import { CodedError, DriveError, type ItemCode, ItemError, undefinedIfNotFound } from '../errors.js';
import { hiddenFrom } from '../forecast.js';
import { withdrawGrants } from '../temporary-shares.js';
import { PageTokens } from '../listing.js';
import type { ChecksumKind, DriveItem, ItemKind } from '../ports/drive.js';
import { type ItemRecord, type Ledger, type Outcome, PLAN_PAGE, TERMINAL_STATES } from '../ports/ledger.js';
import { problemOfTarget } from './plan.js';
import type { LeftReason } from '../model/reasons.js';
import { isFollowed, recordsIn, recordsOf } from '../model/records.js';
import { abandonUpload } from '../strategies/relay.js';
import { decisiveOf, isChanged, verify } from '../verify.js';

const PARALLEL = 32;
/** A destination folder is listed whole when a page of the plan has at least this many items of it; below, one page. */
const LIST_FROM = 5;
/** Listings of the destination held at the same time. A plan has the items of one folder close together. */
const HELD_LISTINGS = 64;
/** Reasons of failures that leave open whether the one try made the copy. */
const UNCLEAR_CODES: ReadonlySet<ItemCode | undefined> = new Set(['google_unavailable', 'ambiguous_write', 'internal']);

/**
 * What remains once every file has its copy: shortcuts (they point at the copies), the closing check of the whole
 * destination tree, times of folders and Docs (children arriving and Google's own copying would change them again), and,
 * of a move, the originals. Each step may be repeated after a crash.
 */
export class Finisher {
  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
    private readonly copier: Copier,
    /** Where an item's copy belongs: the destination id of its parent. */
    private readonly parentIdOf: (item: ItemRecord) => Promise<string | undefined>,
  ) {}

  async finish(signal: AbortSignal): Promise<void> {
    await this.shortcuts(signal);
    await this.reconcile(signal);
    await this.ledger.noteStep('check');
    await this.closingCheck(signal);
    await this.ledger.noteStep('finish');
    await this.times(signal);
    if (this.ledger.order.mode === 'move') await this.originals(signal);
    await this.abandonUploads(signal);
  }

  /** Uploads that were begun and whose file took another way, or was given up: nothing of them stays at Google. */
  async abandonUploads(signal: AbortSignal): Promise<void> {
    for (const { ordinal, address } of await this.ledger.uploads()) {
      await abandonUpload(address, this.drives.destination, signal);
      await this.ledger.dropUpload(ordinal);
    }
  }

  /** Makes the report and the destination agree where writes had lost their answers: one copy of what it calls copied, and no other. */
  async reconcile(signal: AbortSignal): Promise<void> {
    await this.foundAfterAll(signal);
    await this.dropSurplus(signal);
  }

  private async shortcuts(signal: AbortSignal): Promise<void> {
    let chunk: ItemRecord[] = [];
    const make = async () => {
      const wanted = new Set(chunk.flatMap(({ shortcutTargetId }) => shortcutTargetId ?? []));
      const ordinals = wanted.size > 0 ? await this.ledger.ordinalsOf(wanted) : new Map<string, number>();
      await forEachBounded(chunk, PARALLEL, (item) => this.shortcut(item, ordinals, signal));
      chunk = [];
    };
    for await (const item of recordsIn(this.ledger, ['waiting', 'copying'])) {
      if (item.kind !== 'shortcut') continue;
      chunk.push(item);
      if (chunk.length >= 10 * PLAN_PAGE) await make();
    }
    await make();
  }

  private async shortcut(item: ItemRecord, ordinals: ReadonlyMap<string, number>, signal: AbortSignal): Promise<void> {
    if (this.ledger.order.shortcuts === 'skip') {
      await this.ledger.settle(item, 'skipped', {
        code: 'shortcut_skipped',
        reason: 'Shortcuts were left out, as chosen in the options.',
      });
      return;
    }
    const parentId = await this.parentIdOf(item);
    if (!(await this.ledger.begin(item.ordinal))) return;
    try {
      if (!parentId) throw new DriveError('not_found', 'Its folder could not be made in the destination.');
      const targetId = await this.targetOf(item, ordinals);
      if (typeof targetId !== 'string') {
        await this.ledger.settle(item, targetId.state, targetId);
        return;
      }
      const id = (await this.ledger.destinationIds([item.ordinal])).get(item.ordinal)!;
      const make = (newId: string) =>
        this.drives.destination.createShortcut({ ...newItemOf(item, parentId), id: newId }, targetId, signal);
      const isCopied = ordinals.has(item.shortcutTargetId ?? '');
      const made = await make(id).catch(async (error: unknown) => {
        if (error instanceof DriveError && error.code === 'id_taken')
          return this.copier.taken(item.ordinal, id, 'shortcut', make, signal);
        if (isCopied || !(error instanceof DriveError) || !MAYBE_HIDDEN.has(error.code)) throw error;
        const problem = await problemOfTarget(targetId, this.drives, signal);
        if (problem === 'shortcut_dangling') throw new ItemError(problem, GONE);
        if (problem) throw new ItemError(problem, hiddenFrom(this.drives.destination.account.email));
        throw error;
      });
      const place = await this.copier.clearPlace(item, signal);
      await this.ledger.settle(item, 'verified', { destinationId: made.id, way: 'created', ...place });
    } catch (error) {
      if (signal.aborted || isAccountWide(error)) {
        await this.ledger.release(item.ordinal);
        throw error;
      }
      const failure = failureOf(error);
      const isKnown = failure.code === 'shortcut_dangling' || (await this.isForeseen(item, failure.code));
      await this.ledger.settle(item, isKnown ? 'skipped' : 'failed', failure);
    }
  }

  private async isForeseen({ ordinal }: ItemRecord, code: string): Promise<boolean> {
    const [first] = await this.ledger.foreseen(ordinal - 1, 1, code);
    return first?.ordinal === ordinal;
  }

  /**
   * The copy of what a shortcut points at or, when that is outside the selection, the original itself. Where there is no
   * copy: what becomes of the shortcut. It shares the fate of an item that a retry can help, so that both are tried again.
   */
  private async targetOf(
    item: ItemRecord,
    ordinals: ReadonlyMap<string, number>,
  ): Promise<string | (Outcome & { readonly state: 'skipped' | 'failed' })> {
    const dangling = { state: 'skipped' as const, code: 'shortcut_dangling' as const, reason: GONE };
    if (!item.shortcutTargetId) return dangling;
    const ordinal = ordinals.get(item.shortcutTargetId);
    if (ordinal === undefined) return item.shortcutTargetId;
    const target = await this.ledger.item(ordinal);
    const { state, outcome } = target!;
    if (state === 'verified' || state === 'unverified') return outcome.destinationId ?? dangling;
    if (state === 'failed' || (state === 'skipped' && outcome.code === 'conversion_needed'))
      return {
        state,
        code: outcome.code ?? 'internal',
        reason: `It points at “${target!.name}”. ${outcome.reason ?? ''}`,
      };
    return dangling;
  }

  /**
   * Lists the destination anew and compares it with the plan, folder by folder. What the listing does not show is asked
   * for by id, because Google's listings lag behind; only what is really not there, or not as it should be, fails.
   */
  private async closingCheck(signal: AbortSignal): Promise<void> {
    const held = new Map<string, Promise<Map<string, DriveItem>>>();
    const listingOf = (parentId: string, whole: boolean, checksum?: ChecksumKind): Promise<Map<string, DriveItem>> => {
      const key = `${checksum ?? ''} ${parentId}`;
      const listing = held.get(key) ?? this.listing(parentId, whole, signal, checksum);
      // Moved to the end: the one that was not used for the longest time goes first.
      held.delete(key);
      held.set(key, listing);
      if (held.size > HELD_LISTINGS) held.delete(held.keys().next().value!);
      return listing;
    };
    const check = async (items: readonly ItemRecord[]) => {
      const byParent = new Map<string, ItemRecord[]>();
      for (const item of items) {
        const parentId = (await this.parentIdOf(item)) ?? '';
        byParent.set(parentId, [...(byParent.get(parentId) ?? []), item]);
      }
      await forEachBounded(byParent, PARALLEL, async ([parentId, siblings]) => {
        // Nearly always the same of all; where not, all are asked for.
        const kinds = new Set(siblings.flatMap((item) => (item.kind === 'file' ? [decisiveOf(item.checksums)] : [])));
        const checksum = kinds.size === 1 ? [...kinds][0] : undefined;
        const listed = await listingOf(parentId, siblings.length >= LIST_FROM, checksum);
        await forEachBounded(siblings, PARALLEL, async (item) => {
          const id = item.outcome.destinationId!;
          const there =
            listed.get(id) ??
            (await this.drives.destination.get(id, signal, decisiveOf(item.checksums)).catch(undefinedIfNotFound));
          const verdict = there ? verify(item, there, parentId) : MISSING;
          // A file whose source states no checksum was verified by the bytes we sent; the listing alone cannot repeat that.
          if (verdict.state !== 'failed') return;
          // It was as it should be once: somebody works on it. As a failure it would be tried again, and trashed for it.
          const now = verdict.code === 'checksum_mismatch' ? EDITED : verdict;
          await this.ledger.revise(item, 'verified', now.state, { ...item.outcome, ...verdict, ...now });
        });
      });
    };
    let page: ItemRecord[] = [];
    for await (const item of this.records(({ state, outcome }) => state === 'verified' && outcome.way !== 'merged')) {
      page.push(item);
      if (page.length < PLAN_PAGE) continue;
      await check(page);
      page = [];
    }
    await check(page);
  }

  /**
   * An item that failed may be there all the same: the write landed that had no usable answer, or that of an earlier try. The report must say so; a copy that it calls failed would be found twice after another transfer.
   */
  private async foundAfterAll(signal: AbortSignal): Promise<void> {
    await forEachBounded(recordsIn(this.ledger, ['failed']), PARALLEL, async (item) => {
      const isUnclear = item.attempts > 1 || (item.attempts === 1 && UNCLEAR_CODES.has(item.outcome.code));
      if (!isUnclear) return;
      const parentId = await this.parentIdOf(item);
      const landed = parentId && (await this.copier.landed(item, parentId, signal));
      if (!landed) return;
      if (landed.state === 'verified') {
        const place = await this.copier.clearPlace(item, signal);
        await this.ledger.revise(item, 'failed', 'verified', { ...landed, ...place });
      } else if (landed.state === 'unverified') await this.ledger.revise(item, 'failed', 'unverified', landed);
      // One that was verified before, and only gone for a while, is somebody's by now.
      else if (landed.code === 'checksum_mismatch' && !item.outcome.destinationId)
        await this.drives.destination.trash(landed.destinationId!, signal);
    });
  }

  /** Docs have no pre-made id: a copy whose reply was lost may have been made twice. The marker shows it. */
  private async dropSurplus(signal: AbortSignal): Promise<void> {
    const repeated = this.records((item) => item.kind === 'google' && item.state === 'verified' && item.attempts > 1);
    await forEachBounded(repeated, PARALLEL, async (item) => {
      const parentId = await this.parentIdOf(item);
      for (const copy of await this.drives.destination.findMarked(markerOf(this.ledger.order.id, item), signal))
        // A copy that a person made of the copy may bear the mark too: it has another name, or place.
        if (copy.id !== item.outcome.destinationId && copy.name === item.name && copy.parents.includes(parentId ?? ''))
          await this.drives.destination.trash(copy.id, signal);
    });
  }

  /**
   * The items of a folder by id; of one that was deleted meanwhile: nothing.
   * @param whole false: only what its first page shows
   */
  private async listing(
    folderId: string,
    whole: boolean,
    signal: AbortSignal,
    checksum?: ChecksumKind,
  ): Promise<Map<string, DriveItem>> {
    const found = new Map<string, DriveItem>();
    const tokens = new PageTokens();
    for (let pageToken: string | undefined; ;) {
      const { destination } = this.drives;
      // In groups, because what the listing does not show is asked for by its id.
      const listed =
        pageToken === undefined
          ? destination.childrenInGroup(folderId, signal, checksum)
          : destination.children(folderId, pageToken, signal, checksum);
      const page = await listed.catch(undefinedIfNotFound);
      if (!page) return found;
      for (const item of page.items) found.set(item.id, comparable(item));
      if (!page.nextPageToken || !whole) return found;
      pageToken = tokens.next(page.nextPageToken);
    }
  }

  /**
   * Sets the times that the copying left behind. By that of a Doc an undo tells whether somebody has edited it, so that
   * of one of an earlier run is left: an edit since then must go on showing.
   * @param done ordinals that are done already; those done now join them
   */
  async times(
    signal: AbortSignal,
    kinds: readonly ItemKind[] = ['folder', 'google'],
    done: Set<number> = new Set(),
  ): Promise<void> {
    const states = (await this.ledger.events()).filter(({ kind }) => kind === 'state');
    // This run began where one before it had ended; its own end may be there already.
    const ended = states.slice(0, -1).findLastIndex(({ state }) => TERMINAL_STATES.includes(state!));
    const at = ended < 0 ? 0 : states[ended + 1]!.at;
    const begun = at - (at % 1_000); // `triedAt` is of whole seconds
    const isOurs = ({ kind, triedAt = begun }: ItemRecord) => kind !== 'google' || triedAt >= begun;
    const late = this.records(
      (item) => item.state === 'verified' && kinds.includes(item.kind) && item.outcome.way !== 'merged' && isOurs(item),
    );
    await forEachBounded(late, PARALLEL, async (item) => {
      if (!item.modifiedTime || !item.outcome.destinationId || done.has(item.ordinal)) return;
      done.add(item.ordinal);
      try {
        await this.drives.destination.update(item.outcome.destinationId, { modifiedTime: item.modifiedTime }, signal);
      } catch (error) {
        // A time is no reason to fail a verified copy, but an account that does not answer is.
        if (signal.aborted || isAccountWide(error) || !(error instanceof CodedError)) throw error;
      }
    });
  }

  /**
   * Puts originals into the trash: files first, then folders from the deepest up, each only when nothing is left in it.
   * Only what was verified, is unchanged since, and belongs to the source account.
   */
  private async originals(signal: AbortSignal): Promise<void> {
    const movable = (item: ItemRecord) => item.outcome.original === undefined && item.state !== 'waiting';
    await forEachBounded(
      this.records((item) => item.kind !== 'folder' && movable(item)),
      PARALLEL,
      (item) => this.trashOriginal(item, signal),
    );
    const added = await this.foldersWithNews(signal);
    const folders: number[] = [];
    // A folder that held something yet may be empty after a retry.
    const again = (item: ItemRecord) => movable(item) || item.outcome.original === 'kept';
    for await (const item of this.records((record) => record.kind === 'folder' && again(record)))
      folders.push(item.ordinal);
    for (const ordinal of folders.reverse())
      await this.trashOriginal((await this.ledger.item(ordinal))!, signal, added);
  }

  /**
   * Source ids of folders that got something which is not in the plan. A listing does not show it for a while, and it
   * would go to the trash with its folder.
   */
  private async foldersWithNews(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const since = await changesSince((await this.ledger.snapshot()).plan?.changesFrom ?? {}, this.drives, signal);
    if (!since) return new Set();
    const planned = await this.ledger.ordinalsOf(new Set(since.changes.keys()));
    const news = [...since.changes.values()].filter(({ id, item }) => item && !item.trashed && !planned.has(id));
    return new Set(news.flatMap(({ item }) => item!.parents));
  }

  private async trashOriginal(item: ItemRecord, signal: AbortSignal, added?: ReadonlySet<string>): Promise<void> {
    const keep = (reason: LeftReason) => this.ledger.settleOriginal(item.ordinal, 'kept', reason);
    if (item.state !== 'verified') return keep('not_verified');
    if (!item.ownedByMe) return keep('owned_by_other');
    if (item.outcome.lossy) return keep('copied_with_loss');
    if (await this.isElsewhere(item)) return keep('not_chosen');
    try {
      const now = await this.drives.source.get(item.sourceId, signal);
      if (now.trashed) return await this.ledger.settleOriginal(item.ordinal, 'trashed');
      if (item.kind === 'folder') {
        if (added?.has(item.sourceId)) return await keep('added_to');
        const rest = await this.drives.source.children(item.sourceId, undefined, signal);
        if (rest.items.length > 0 || rest.nextPageToken || rest.incomplete) return await keep('holds_items');
      } else if (isChanged(item, now)) {
        return await keep('edited');
      }
      await this.drives.source.trash(item.sourceId, signal);
      await this.ledger.settleOriginal(item.ordinal, 'trashed');
    } catch (error) {
      if (signal.aborted || isAccountWide(error) || !(error instanceof CodedError)) throw error;
      if (error.code === 'not_found') await keep('gone');
      else await this.ledger.settleOriginal(item.ordinal, 'kept', error.message);
    }
  }

  /** Whether an item came with something that a shortcut pointed at. */
  private async isElsewhere(item: ItemRecord): Promise<boolean> {
    const { order } = this.ledger;
    if (order.shortcuts !== 'follow') return false;
    return isFollowed(order, item.top === item.ordinal ? item : (await this.ledger.item(item.top))!);
  }

  private records(wanted: (item: ItemRecord) => boolean): AsyncGenerator<ItemRecord> {
    return recordsOf(this.ledger, wanted);
  }

  /** Takes back every share; answers how many are still open. */
  withdraw(signal: AbortSignal): Promise<number> {
    return withdrawGrants(this.ledger, this.drives.source, this.drives.destination.account.email, signal);
  }
}

/** Answers to a shortcut that may mean that its target can't be seen. */
const MAYBE_HIDDEN: ReadonlySet<string> = new Set(['not_found', 'google_refused', 'source_permission_denied']);
const GONE = 'The item it pointed at no longer exists, or was not copied.';

const MISSING = {
  state: 'failed',
  code: 'copy_missing',
  reason: 'The copy was made and verified, and is gone now.',
} as const;

const EDITED = {
  state: 'unverified',
  code: 'copy_changed',
  reason: 'The copy was verified, and is another one now: somebody has changed it. It was left as it is.',
} as const;

/** What a check looks at: of a folder with 500,000 items nothing else is held in memory. */
function comparable(item: DriveItem): DriveItem {
  const { id, kind, mimeType, size, checksums, parents, trashed } = item;
  const rest = { name: '', starred: false, ownedByMe: true, canCopy: true, canDownload: true, canAddChildren: true };
  return { ...rest, canListChildren: true, id, kind, mimeType, size, checksums, parents, trashed };
}
