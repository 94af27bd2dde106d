import { Ahead } from './ahead.js';
import { forEachBounded } from './concurrency.js';
import { undefinedIfNotFound } from './errors.js';
import { undefinedIfHidden } from './failures.js';
import type { ItemRecord } from './model/items.js';
import { isOpen, recordsOf } from './model/records.js';
import type { AccessGrant, DrivePermission } from './model/sharing.js';
import type { DestinationDrive } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import type { ExistingAccess } from './sharing/expected-access.js';
import { granteeKey } from './sharing/wanted-access.js';

/** Maximum number of items to read at the same time. */
const READS = 16;

/** An item of the plan, with what the destination contains in its place. */
export interface PlannedBeside {
  readonly item: ItemRecord;
  readonly existing?: ExistingAccess;
}

/**
 * Reads who can open what the destination contains already: folders that are merged, and items that are replaced. Reads
 * each of them once, and nothing for other items.
 */
export class ExistingAccessReader {
  /** Folders and items whose permissions the destination may not read. */
  unreadable = 0;

  constructor(
    private readonly ledger: Pick<Ledger, 'items' | 'accessRecords'>,
    private readonly destination: DestinationDrive,
  ) {}

  /** The whole plan, in its order. */
  async *items(signal: AbortSignal): AsyncGenerator<PlannedBeside> {
    const records = new Ahead((after) => this.ledger.accessRecords(after, PLAN_PAGE));
    /** By ordinal of a folder: grantees of permissions that CloudMover gave in an earlier run, there or above. */
    const given = new Map<number, ReadonlySet<string>>();
    let page: { item: ItemRecord; own: ReadonlySet<string> }[] = [];
    for await (const item of recordsOf(this.ledger)) {
      const grants = (await records.at(item.ordinal))?.grants ?? [];
      const above = (item.parent === null ? undefined : given.get(item.parent)) ?? NOBODY;
      const own = grants.length === 0 ? above : new Set([...above, ...granteesOf(grants)]);
      if (item.kind === 'folder' && own.size > 0) given.set(item.ordinal, own);
      page.push({ item, own });
      if (page.length < PLAN_PAGE) continue;
      yield* await this.read(page, signal);
      page = [];
    }
    yield* await this.read(page, signal);
  }

  private async read(
    page: readonly { readonly item: ItemRecord; readonly own: ReadonlySet<string> }[],
    signal: AbortSignal,
  ): Promise<PlannedBeside[]> {
    const found = new Map<number, ExistingAccess>();
    const those = page.filter(({ item }) => existingId(item) !== undefined);
    await forEachBounded(those, READS, async ({ item, own }) => {
      const existing = await this.existing(item, existingId(item)!, signal);
      if (!existing) return;
      const permissions = existing.permissions.filter(({ grantee }) => !own.has(granteeKey(grantee)));
      found.set(item.ordinal, { ...existing, permissions });
    });
    return page.map(({ item }) => {
      const existing = found.get(item.ordinal);
      return { item, ...(existing && { existing }) };
    });
  }

  private async existing(item: ItemRecord, id: string, signal: AbortSignal): Promise<ExistingAccess | undefined> {
    const isMerged = item.outcome.way === 'merged';
    const there = await this.destination.get(id, signal, { access: true }).catch(undefinedIfNotFound);
    if (!there) return undefined;
    const { driveId, isAugmented, isLimited = false, access } = there;
    // Other items in shared drives have the permissions of their folder.
    const inherits = driveId !== undefined && !isAugmented && !isLimited;
    const permissions = access?.permissions ?? (inherits ? [] : await this.permissions(id, signal));
    return { ...(isMerged && { folder: item.path }), permissions, isLimited: isMerged && isLimited };
  }

  private async permissions(id: string, signal: AbortSignal): Promise<DrivePermission[]> {
    const permissions = await this.destination.permissions(id, signal).catch(undefinedIfHidden);
    if (!permissions) this.unreadable++;
    return permissions ?? [];
  }
}

/** Id of the folder that an item is merged into, or of the item that its copy will replace. */
const existingId = (item: ItemRecord): string | undefined =>
  item.outcome.way === 'merged' ? item.outcome.destinationId : isOpen(item) ? item.replaces : undefined;

const NOBODY: ReadonlySet<string> = new Set();

/** Grantees of permissions that CloudMover created. */
const granteesOf = (grants: readonly AccessGrant[]) =>
  grants
    .filter(({ permissionId, raisedFrom }) => permissionId !== undefined && !raisedFrom)
    .map(({ grantee }) => granteeKey(grantee));
