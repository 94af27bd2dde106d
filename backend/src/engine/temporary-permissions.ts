import { undefinedIfNotFound } from './errors.js';
import type { DrivePermission } from './model/sharing.js';
import type { SourceDrive } from './ports/drive.js';
import type { LedgerShares, ShareRecord } from './ports/ledger/shares.js';
import { present } from './present.js';
import { isSameExtent } from './sharing/access-record.js';

/** More levels than folders can have at Google. */
const MAX_LEVELS = 200;

/**
 * Distinguishes the temporary shares of all transfers from permissions that people created, so that neither is ever
 * carried over as the other. A share that an owner also created, or changed, has another role or expiry.
 */
export class TemporaryPermissions {
  /** By address, then by transfer and item. Kept after their end, because a list may be older than that. */
  private readonly known = new Map<string, Map<string, ShareRecord>>();
  private readonly parents = new Map<string, string | undefined>();

  constructor(
    private readonly ledger: Pick<LedgerShares, 'sharesWith'>,
    private readonly drive: Pick<SourceDrive, 'get'>,
  ) {}

  /** Remembers the folder of an item, which saves requests. */
  remember(id: string, [parent]: readonly string[]): void {
    this.parents.set(id, parent);
  }

  /** Loads the present temporary shares; call it after the permissions were read. */
  async load(lists: Iterable<readonly DrivePermission[]>): Promise<void> {
    const addresses = new Set<string>();
    for (const permissions of lists) for (const each of permissions) if (isReader(each)) addresses.add(addressOf(each));
    await Promise.all(
      [...addresses].map(async (address) => {
        const shares = await this.ledger.sharesWith(address);
        if (shares.size === 0) return;
        this.known.set(address, new Map([...(this.known.get(address) ?? []), ...shares]));
      }),
    );
  }

  /** The permissions of an item without temporary shares of it or of a folder above. */
  async without(
    id: string,
    permissions: readonly DrivePermission[],
    signal: AbortSignal,
  ): Promise<readonly DrivePermission[]> {
    if (this.known.size === 0) return permissions;
    const kept: DrivePermission[] = [];
    for (const permission of permissions) if (!(await this.isTemporary(id, permission, signal))) kept.push(permission);
    return kept;
  }

  private async isTemporary(id: string, permission: DrivePermission, signal: AbortSignal): Promise<boolean> {
    if (!isReader(permission)) return false;
    const shares = [...(this.known.get(addressOf(permission))?.values() ?? [])].filter(
      (share) =>
        // One that is only announced may exist already.
        share.permissionId === undefined ||
        (share.permissionId === permission.id &&
          isSameExtent({ role: 'reader', ...present(share, 'expiresAt') }, permission)),
    );
    if (shares.length === 0) return false;
    const shared = new Set(shares.map(({ sourceId }) => sourceId));
    let at: string | undefined = id;
    for (let level = 0; at !== undefined && level < MAX_LEVELS; level++) {
      if (shared.has(at)) return true;
      at = await this.parentOf(at, signal);
    }
    return false;
  }

  private async parentOf(id: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.parents.has(id))
      this.remember(id, (await this.drive.get(id, signal).catch(undefinedIfNotFound))?.parents ?? []);
    return this.parents.get(id);
  }
}

/** Whether a permission can be a temporary share. */
const isReader = ({ grantee, role }: DrivePermission): boolean =>
  grantee.type === 'user' && role === 'reader' && grantee.address !== undefined;

const addressOf = ({ grantee }: DrivePermission): string => grantee.address!.toLowerCase();
