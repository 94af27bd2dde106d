import { createHash } from 'node:crypto';
import { Ahead } from './ahead.js';
import { forEachBounded } from './concurrency.js';
import { undefinedIfNotFound } from './errors.js';
import { isHidden, stopped, undefinedIfHidden } from './failures.js';
import { pagesOf } from './listing.js';
import type { ItemRecord, PlannedItem } from './model/items.js';
import type { TransferOrder } from './model/order.js';
import { isFollowed, recordsOf } from './model/records.js';
import { type AccessRestrictions, type DrivePermission, type SourceAccess } from './model/sharing.js';
import type { DriveItem, ItemFields, SourceDrive } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { TemporaryPermissions } from './temporary-permissions.js';

/** Maximum number of permission lists to read at the same time. */
const READS = 16;

/** The fields to request of originals: additional ones only if sharing is carried over. */
export const originalFields = ({ sharing }: TransferOrder): ItemFields | undefined => sharing && { access: true };

/** An item of the plan, with the present state of its original. */
export interface Original {
  readonly item: Pick<PlannedItem, 'ordinal' | 'parent' | 'top' | 'kind'>;
  readonly original: DriveItem;
}

/** Who can open an item. Equal accesses have equal digests. */
interface Access {
  readonly digest: string;
  /** Missing: unreadable. */
  readonly permissions?: readonly DrivePermission[];
}

const UNREADABLE: Access = { digest: 'unreadable' };

/**
 * Determines who can open the originals, and stores it for items that differ from their folder. Listings of My Drive
 * include permissions, so few items need a request of their own. Omits permissions of the destination account, which
 * owns the copies, and CloudMover's temporary shares, also those of other transfers.
 */
export class SourceAccessReader {
  private readonly destination: string;
  private readonly fields: ItemFields | undefined;
  /** Present access of folders, by ordinal; one object for each digest. */
  private readonly folders = new Map<number, Access>();
  private readonly distinct = new Map<string, Access>();
  /** Stored access of items, by ordinal. */
  private readonly kept = new Map<number, Access>();
  private readonly temporary: TemporaryPermissions;

  constructor(
    private readonly ledger: Ledger,
    private readonly source: SourceDrive,
  ) {
    this.destination = ledger.order.destination.email.toLowerCase();
    this.fields = originalFields(ledger.order);
    this.temporary = new TemporaryPermissions(ledger, source);
  }

  /**
   * Stores the access of new items of the plan; call it before the plan stores them.
   * @param entries in the order of their ordinals, folders before their contents
   * @param mayBeMoved items of an earlier run, whose originals may have been moved since
   * @throws StoppedError if the plan is no longer the newest
   */
  async note(entries: readonly Original[], plan: number, signal: AbortSignal, mayBeMoved = false): Promise<void> {
    const found = new Map<number, SourceAccess>();
    const moved = mayBeMoved ? await this.movedOf(entries) : new Set<Original>();
    for (const [entry, access] of await this.accessOf(entries, moved, signal)) {
      const { item, original } = entry;
      const { restrictions } = original.access!;
      const isTop = item.top === item.ordinal;
      if (
        isTop ||
        moved.has(entry) ||
        isRestricted(restrictions) ||
        (await this.ofFolder(item.parent)).digest !== access.digest
      )
        found.set(item.ordinal, sourceAccess(access, restrictions));
    }
    await this.store(found, plan);
  }

  /**
   * Updates the access of planned items: of changed ones, and of selected ones, which inherit from folders that are in
   * no list of changes. If the access of a folder changed, lists everything below it again: stored access includes
   * inherited permissions, and an item that kept a permission which its folder lost has no stored access of its own.
   * @throws StoppedError if the plan is no longer the newest
   */
  async refresh(changed: readonly Original[], plan: number, signal: AbortSignal): Promise<void> {
    const entries = new Map(changed.map((entry) => [entry.item.ordinal, entry]));
    await forEachBounded(this.tops(), READS, async (item) => {
      if (entries.has(item.ordinal)) return;
      const original = await this.source.get(item.sourceId, signal, this.fields).catch(undefinedIfNotFound);
      if (original && !original.trashed) entries.set(item.ordinal, { item, original });
    });
    const listed = new Set<number>();
    for (let fresh = inOrder(entries.values()); fresh.length > 0;) {
      const folders = new Set<number>();
      for (const [{ item }, { digest }] of await this.accessOf(fresh, await this.movedOf(fresh), signal))
        if (item.kind === 'folder' && (await this.asStored(item.ordinal)).digest !== digest) folders.add(item.ordinal);
      fresh = [];
      for (const entry of folders.size > 0 ? await this.below(folders, listed, signal) : []) {
        const { ordinal, kind } = entry.item;
        if (entries.has(ordinal)) continue;
        entries.set(ordinal, entry);
        // It was moved here, so what it holds is planned elsewhere.
        if (kind === 'folder' && !listed.has(ordinal)) fresh.push(entry);
      }
    }

    const found = new Map<number, SourceAccess>();
    const records = new Ahead((after) => this.ledger.sourceAccess(after, PLAN_PAGE));
    const all = inOrder(entries.values());
    const moved = await this.movedOf(all);
    for (const [entry, access] of await this.accessOf(all, moved, signal)) {
      const { item, original } = entry;
      const { restrictions } = original.access!;
      const record = (await records.at(item.ordinal))?.access;
      const isAsBefore = record
        ? this.accessWith(record.permissions).digest === access.digest && isSame(record.restrictions, restrictions)
        : !moved.has(entry) &&
          !isRestricted(restrictions) &&
          (await this.ofFolder(item.parent)).digest === access.digest;
      if (!isAsBefore) found.set(item.ordinal, sourceAccess(access, restrictions));
    }
    // In reverse, so that after a crash a folder still counts as changed until everything below it is stored.
    await this.store(new Map([...found].reverse()), plan);
  }

  private async store(found: ReadonlyMap<number, SourceAccess>, plan: number): Promise<void> {
    if (found.size > 0 && !(await this.ledger.storeSourceAccess(found, plan))) throw stopped();
  }

  /**
   * Items whose originals are no longer in the folder that they are planned in. Their access is stored even if it is
   * the same, because from now on it does not change with that folder's.
   */
  private async movedOf(entries: readonly Original[]): Promise<ReadonlySet<Original>> {
    const moved = new Set<Original>();
    const folders = new Map<number, string | undefined>();
    for (const entry of entries) {
      const { parent, top, ordinal } = entry.item;
      if (parent === null || top === ordinal) continue;
      if (!folders.has(parent)) folders.set(parent, (await this.ledger.item(parent))?.sourceId);
      const folder = folders.get(parent);
      if (folder !== undefined && !entry.original.parents.includes(folder)) moved.add(entry);
    }
    return moved;
  }

  /** The access of each item, in the same order. */
  private async accessOf(
    entries: readonly Original[],
    moved: ReadonlySet<Original>,
    signal: AbortSignal,
  ): Promise<Map<Original, Access>> {
    const read = new Map<number, readonly DrivePermission[] | undefined>();
    await forEachBounded(
      entries.filter((entry) => mustRead(entry, moved.has(entry))),
      READS,
      async ({ item, original }) => {
        const permissions = await this.source.permissions(original.id, signal).catch(undefinedIfHidden);
        read.set(item.ordinal, permissions);
      },
    );
    for (const { item, original } of entries)
      if (item.kind === 'folder') this.temporary.remember(original.id, original.parents);
    const found = entries.map(({ item, original }) => original.access?.permissions ?? read.get(item.ordinal) ?? []);
    await this.temporary.load(found.map((permissions) => this.ofOthers(permissions)));
    const accesses = new Map<Original, Access>();
    for (const entry of entries) {
      const { item, original } = entry;
      const inherited = original.driveId ? await this.ofFolder(item.parent) : UNREADABLE;
      const permissions = original.access?.permissions ?? read.get(item.ordinal);
      const access = permissions
        ? this.accessWith(await this.temporary.without(original.id, permissions, signal))
        : read.has(item.ordinal)
          ? UNREADABLE
          : inherited;
      accesses.set(entry, access);
      if (item.kind === 'folder') this.folders.set(item.ordinal, this.distinctOf(access));
    }
    return accesses;
  }

  private accessWith(permissions: readonly DrivePermission[] | undefined): Access {
    if (!permissions) return UNREADABLE;
    const counted = this.ofOthers(permissions);
    const lines = counted.map(({ grantee, role, expiresAt, isDiscoverable, isDeleted }) =>
      [grantee.type, grantee.address, role, expiresAt, isDiscoverable, isDeleted].join(' '),
    );
    return { digest: createHash('sha256').update(lines.sort().join('\n')).digest('base64'), permissions: counted };
  }

  /** Without permissions of the destination account, and those that only show that a limited folder exists. */
  private ofOthers(permissions: readonly DrivePermission[]): DrivePermission[] {
    return permissions.filter(
      ({ grantee, isMetadataOnly }) =>
        !isMetadataOnly && !(grantee.type === 'user' && grantee.address === this.destination),
    );
  }

  private distinctOf(access: Access): Access {
    const known = this.distinct.get(access.digest) ?? access;
    this.distinct.set(access.digest, known);
    return known;
  }

  private async ofFolder(ordinal: number | null): Promise<Access> {
    return ordinal === null ? UNREADABLE : (this.folders.get(ordinal) ?? (await this.asStored(ordinal)));
  }

  /** The stored access of an item of an earlier run: its own, or that of its folder in the plan. */
  private async asStored(ordinal: number): Promise<Access> {
    const known = this.kept.get(ordinal);
    if (known) return known;
    const [record] = await this.ledger.sourceAccess(ordinal - 1, 1);
    const parent = record?.ordinal === ordinal ? null : ((await this.ledger.item(ordinal))?.parent ?? null);
    const access =
      record?.ordinal === ordinal
        ? this.accessWith(record.access.permissions)
        : parent === null
          ? UNREADABLE
          : await this.asStored(parent);
    this.kept.set(ordinal, this.distinctOf(access));
    return access;
  }

  /** Items of earlier runs that may inherit from folders outside the plan. */
  private async *tops(): AsyncGenerator<ItemRecord> {
    const { order } = this.ledger;
    // Selected items come first in the plan.
    for (const item of await this.ledger.items(0, order.sourceIds.length))
      if (item.parent === null && order.sourceIds.includes(item.sourceId)) yield item;
    if (order.shortcuts === 'follow') yield* recordsOf(this.ledger, (item) => isFollowed(order, item));
  }

  /**
   * All planned items below some folders, with their present originals.
   * @param listed receives the listed folders
   */
  private async below(folders: ReadonlySet<number>, listed: Set<number>, signal: AbortSignal): Promise<Original[]> {
    const inside = new Set(folders);
    const originals = new Map<string, DriveItem>();
    const isInside = ({ ordinal, parent, kind, canListChildren }: ItemRecord) => {
      if (kind !== 'folder') return false;
      if (parent !== null && inside.has(parent)) inside.add(ordinal);
      return inside.has(ordinal) && canListChildren !== false;
    };
    await forEachBounded(recordsOf(this.ledger, isInside), READS, async ({ sourceId }) => {
      const listing = pagesOf((token) => this.source.children(sourceId, token, signal, this.fields));
      try {
        for await (const page of listing) for (const item of page.items) originals.set(item.id, item);
      } catch (error) {
        if (!isHidden(error)) throw error; // the folder is gone
      }
    });
    for (const ordinal of inside) listed.add(ordinal);
    const ordinals = await this.ledger.ordinalsOf(new Set(originals.keys()));
    const entries: Original[] = [];
    await forEachBounded(ordinals, READS, async ([sourceId, ordinal]) => {
      const item = await this.ledger.item(ordinal);
      if (item) entries.push({ item, original: originals.get(sourceId)! });
    });
    return entries;
  }
}

/** Whether an item's permissions need their own request, because its listing did not include them. */
function mustRead({ item, original }: Original, isMoved: boolean): boolean {
  if (original.access?.permissions) return false;
  const isTop = item.top === item.ordinal;
  // Other items in shared drives have the permissions of their folder.
  if (original.driveId) return isTop || isMoved || original.isAugmented === true || original.isLimited === true;
  return isTop || original.canShare !== false;
}

/** Folders before what they hold. */
export const inOrder = (entries: Iterable<Original>): Original[] =>
  [...entries].sort((one, other) => one.item.ordinal - other.item.ordinal);

const sourceAccess = ({ permissions }: Access, restrictions: AccessRestrictions): SourceAccess => ({
  ...(permissions && { permissions }),
  restrictions,
});

const isRestricted = (restrictions: AccessRestrictions): boolean => Object.keys(restrictions).length > 0;

const isSame = (one: AccessRestrictions, other: AccessRestrictions): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
