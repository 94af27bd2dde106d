import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { undefinedIfNotFound } from '../errors.js';
import { pageOfFolder, PageTokens } from '../listing.js';
import { explain } from '../model/reasons.js';
import { recordsOf } from '../model/records.js';
import type { ChecksumKind, DestinationDrive, DriveItem } from '../ports/drive.js';
import type { ItemRecord } from '../model/items.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';
import { decisiveOf, verify } from '../verify.js';

const PARALLEL = 32;
/** Items of one destination folder in a page of the plan, from which the whole folder is listed; below, one page. */
const LIST_FROM = 5;
/** Listings of the destination held at the same time. A plan has the items of one folder close together. */
const HELD_LISTINGS = 64;

type Listing = ReadonlyMap<string, DriveItem>;

/**
 * Lists the destination again and compares it with the plan, folder by folder. What the listing does not show is fetched
 * by id, because Google's listings lag behind. Only what is really gone, or not as it should be, fails.
 */
export async function closingCheck(
  { ledger, drives: { destination }, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const listings = new Listings(destination, signal);
  const check = async (items: readonly ItemRecord[]) => {
    const byParent = new Map<string, ItemRecord[]>();
    for (const item of items) {
      const parentId = (await folders.parentIdOf(item)) ?? '';
      byParent.set(parentId, [...(byParent.get(parentId) ?? []), item]);
    }
    await forEachBounded(byParent, PARALLEL, async ([parentId, siblings]) => {
      // Nearly always all have the same kind of checksum; where not, every kind is requested.
      const kinds = new Set(siblings.flatMap((item) => (item.kind === 'file' ? [decisiveOf(item.checksums)] : [])));
      const checksum = kinds.size === 1 ? [...kinds][0] : undefined;
      const listed = await listings.of(parentId, siblings.length >= LIST_FROM, checksum);
      await forEachBounded(siblings, PARALLEL, async (item) => {
        const id = item.outcome.destinationId!;
        const there =
          listed.get(id) ?? (await destination.get(id, signal, decisiveOf(item.checksums)).catch(undefinedIfNotFound));
        const verdict = there ? verify(item, there, parentId) : MISSING;
        // A file without a checksum in the source was verified by the bytes we sent. A listing cannot repeat that.
        if (verdict.state !== 'failed') return;
        // It was correct before, so a person has edited it. As a failure it would be tried again, and trashed for it.
        const now = verdict.code === 'checksum_mismatch' ? EDITED : verdict;
        await ledger.revise(item, 'verified', now.state, { ...item.outcome, ...verdict, ...now });
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

/** The listings of destination folders that were used last. */
class Listings {
  private readonly held = new Map<string, Promise<Listing>>();

  constructor(
    private readonly destination: DestinationDrive,
    private readonly signal: AbortSignal,
  ) {}

  /** @param isWhole false: the first page is enough */
  of(folderId: string, isWhole: boolean, checksum?: ChecksumKind): Promise<Listing> {
    const key = `${checksum ?? ''} ${folderId}`;
    const listing = this.held.get(key) ?? this.list(folderId, isWhole, checksum);
    // Moved to the end: the one that was not used for the longest time is dropped first.
    this.held.delete(key);
    this.held.set(key, listing);
    if (this.held.size > HELD_LISTINGS) this.held.delete(this.held.keys().next().value!);
    return listing;
  }

  /** Empty for a folder that was deleted meanwhile. */
  private async list(folderId: string, isWhole: boolean, checksum?: ChecksumKind): Promise<Listing> {
    const found = new Map<string, DriveItem>();
    const tokens = new PageTokens();
    for (let pageToken: string | undefined; ;) {
      // In groups, because what the listing does not show is fetched by id.
      const listed = pageOfFolder(this.destination, folderId, pageToken, this.signal, checksum);
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

/** What the check compares: of a folder with 500,000 items nothing else is held in memory. */
function comparable(item: DriveItem): DriveItem {
  const { id, kind, mimeType, size, checksums, parents, trashed } = item;
  const rest = { name: '', starred: false, ownedByMe: true, canCopy: true, canDownload: true, canAddChildren: true };
  return { ...rest, canListChildren: true, id, kind, mimeType, size, checksums, parents, trashed };
}
