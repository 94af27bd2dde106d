import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { undefinedIfNotFound } from '../errors.js';
import { pageOfFolder, PageTokens } from '../listing.js';
import { explain } from '../model/reasons.js';
import { recordsOf } from '../model/records.js';
import type { ChecksumKind, DestinationDrive, DriveItem } from '../ports/drive.js';
import type { ItemRecord } from '../model/items.js';
import type { LedgerRecords } from '../ports/ledger/items.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';
import { decisiveOf, verify } from '../verify.js';

const PARALLEL = 32;
/**
 * If a page of the plan has at least so many items of one destination folder, the whole folder is listed; otherwise one
 * page.
 */
const LIST_FROM = 5;
/** Listings of the destination kept in memory. In a plan the items of one folder are close together. */
const HELD_LISTINGS = 64;

type Listing = ReadonlyMap<string, DriveItem>;

/**
 * Lists the destination again and compares it with the plan, folder by folder. Items that a listing lacks are fetched
 * by id, because Google's listings lag behind. Only items that are missing or differ fail.
 */
export async function closingCheck(
  { ledger, drives: { destination }, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const listings = new Listings(destination, signal);
  const check = async (items: readonly ItemRecord[]) => {
    const byParent = new Map<string, ItemRecord[]>();
    for (const item of items) {
      const parentId = (await folders.parentIdOf(item)) ?? (await idOfFailedFolder(item, ledger)) ?? '';
      byParent.set(parentId, [...(byParent.get(parentId) ?? []), item]);
    }
    await forEachBounded(byParent, PARALLEL, async ([parentId, siblings]) => {
      // Nearly always all items have the same kind of checksum; otherwise every kind is requested.
      const kinds = new Set(siblings.flatMap((item) => (item.kind === 'file' ? [decisiveOf(item.checksums)] : [])));
      const checksum = kinds.size === 1 ? [...kinds][0] : undefined;
      const listed = await listings.of(parentId, siblings.length >= LIST_FROM, checksum);
      await forEachBounded(siblings, PARALLEL, async (item) => {
        const id = item.outcome.destinationId!;
        const there =
          listed.get(id) ??
          (await destination.get(id, signal, { checksum: decisiveOf(item.checksums) }).catch(undefinedIfNotFound));
        const verdict = there ? verify(item, there, parentId) : MISSING;
        // A file without a checksum in the source was verified by the bytes that were sent, which a listing cannot
        // repeat.
        if (verdict.state !== 'failed') return;
        // The copy was correct before, so a person has edited it. If it failed, a retry would trash it. The checksum stays
        // that of the copy that was made: compared with it, an undo still sees the edit.
        const now = verdict.code === 'checksum_mismatch' ? EDITED : verdict;
        await ledger.revise(item, 'verified', now.state, { ...item.outcome, ...now });
      });
    });
  };
  let page: ItemRecord[] = [];
  const wanted = ({ state, outcome }: ItemRecord) => state === 'verified' && outcome.way !== 'merged';
  for await (const item of recordsOf(ledger, wanted)) {
    page.push(item);
    if (page.length < PLAN_PAGE) continue;
    await check(page);
    page = [];
  }
  await check(page);
}

/** The id of a folder that this check has just found elsewhere: what is in it is where it should be. */
async function idOfFailedFolder({ parent }: ItemRecord, ledger: LedgerRecords): Promise<string | undefined> {
  return parent === null ? undefined : (await ledger.item(parent))?.outcome.destinationId;
}

/** A cache of the most recently used listings of destination folders. */
class Listings {
  private readonly held = new Map<string, Promise<Listing>>();

  constructor(
    private readonly destination: DestinationDrive,
    private readonly signal: AbortSignal,
  ) {}

  /** @param isWhole false: only the first page is needed */
  of(folderId: string, isWhole: boolean, checksum?: ChecksumKind): Promise<Listing> {
    const key = `${checksum ?? ''} ${folderId}`;
    const listing = this.held.get(key) ?? this.list(folderId, isWhole, checksum);
    // Moved to the end: the least recently used one is dropped first.
    this.held.delete(key);
    this.held.set(key, listing);
    if (this.held.size > HELD_LISTINGS) this.held.delete(this.held.keys().next().value!);
    return listing;
  }

  /** Empty if the folder was deleted meanwhile. */
  private async list(folderId: string, isWhole: boolean, checksum?: ChecksumKind): Promise<Listing> {
    const found = new Map<string, DriveItem>();
    const tokens = new PageTokens();
    for (let pageToken: string | undefined; ;) {
      // Folders may share a request, because items that a listing lacks are fetched by id.
      const listed = pageOfFolder(this.destination, folderId, pageToken, this.signal, { checksum });
      const page = await listed.catch(undefinedIfNotFound);
      if (!page) return found;
      for (const item of page.items) found.set(item.id, comparable(item));
      if (!page.nextPageToken || !isWhole) return found;
      pageToken = tokens.next(page.nextPageToken);
    }
  }
}

const MISSING = { state: 'failed', ...explain('copy_missing') } as const;
const EDITED = { state: 'unverified', ...explain('copy_changed') } as const;

/** What the check compares. Nothing else is kept in memory, as a folder can have 500,000 items. */
function comparable(item: DriveItem): DriveItem {
  const { id, kind, mimeType, size, checksums, parents, trashed } = item;
  const rest = { name: '', starred: false, ownedByMe: true, canCopy: true, canDownload: true, canAddChildren: true };
  return { ...rest, canListChildren: true, id, kind, mimeType, size, checksums, parents, trashed };
}
