import { domainOf, type Directory } from '../directory/directory.ts';
import {
  atLeast,
  driveOf,
  permissionIdOf,
  type Account,
  type EffectivePermission,
  type Item,
  type Permission,
  type Role,
  type SharedDrive,
} from './model.ts';

/** What access depends on besides the items themselves. */
export interface AccessGrounds {
  readonly directory: Directory;
  /** Milliseconds until a new permission takes effect. */
  readonly permissionLagMs: number;
  account: (email: string) => Account | undefined;
}

/**
 * Access to items. A permission on a folder applies to everything below it, with at least the same role. Only a folder
 * with limited access does not inherit the permissions above it
 * (https://developers.google.com/workspace/drive/api/guides/limited-expansive-access).
 */
export class Access {
  private readonly grounds: AccessGrounds;
  private readonly now: () => number;

  constructor(grounds: AccessGrounds, now: () => number) {
    this.grounds = grounds;
    this.now = now;
  }

  /**
   * The role of an account on an item; `undefined` if the account may not see it. Without `links`, only permissions for
   * people and groups count, not those for a domain or for anyone with the link.
   */
  roleOf(item: Item, account: Account, links = true): Role | undefined {
    if (item.owner === account) return 'owner';
    return this.isShutOut(item, account) ? undefined : this.roleFromBelow(item, account, links, true);
  }

  /** Whether the restrictions of a shared drive exclude an account (reference of `drives`). */
  private isShutOut(item: Item, { email }: Account): boolean {
    const drive = driveOf(item);
    if (!drive) return false;
    const { domainUsersOnly, driveMembersOnly } = drive.restrictions;
    if (domainUsersOnly && !this.isOfDomain(drive, email)) return true;
    return driveMembersOnly === true && !this.isMember(drive, email);
  }

  /**
   * Whether an address or domain is of the organisation that owns a shared drive: `domainUsersOnly` admits "users of the
   * domain to which this shared drive belongs" (reference of `drives`), and an organisation may have several.
   */
  isOfDomain({ domain }: SharedDrive, emailOrDomain: string): boolean {
    return domainOf(emailOrDomain) === domain || this.grounds.directory.isSameOrganization(emailOrDomain, domain);
  }

  /** Whether a person is a member of a shared drive, directly or through a group. */
  isMember(drive: SharedDrive, email: string): boolean {
    const id = permissionIdOf(email);
    return [...(drive.root.permissions?.values() ?? [])].some(
      (each) => each.id === id || (each.type === 'group' && this.grounds.directory.isMember(each.email ?? '', email)),
    );
  }

  /** With `metadata`, those who see only that a limited folder exists count as readers. */
  private roleFromBelow(item: Item, account: Account, links: boolean, metadata: boolean): Role | undefined {
    let best: Role | undefined;
    const time = this.now();
    for (let each: Item | undefined = item; each; each = each.parent) {
      // The owner of a folder may edit items that others add to it.
      if (each.owner === account && !atLeast(best, 'writer')) best = 'writer';
      for (const permission of each.permissions?.values() ?? [])
        if (
          !atLeast(best, permission.role) &&
          (links || permission.type === 'user' || permission.type === 'group') &&
          this.works(permission, time) &&
          this.covers(permission, account)
        )
          best = permission.role;
      for (const other of each.otherParents ?? []) {
        const role = this.roleFromBelow(other, account, links, false);
        if (role && !atLeast(best, role)) best = role;
      }
      if (each.inheritedPermissionsDisabled && each.parent) {
        const above = this.roleFromBelow(each.parent, account, links, false);
        // Managers keep their access; others with access to the parent see that this folder exists.
        if (above === 'organizer') return above;
        return each === item && metadata && above && !best ? 'reader' : best;
      }
    }
    return best;
  }

  /** Whether an account may see the contents of a folder, and not only that it exists. */
  opens(folder: Item, account: Account): boolean {
    if (folder.owner === account) return true;
    if (this.isShutOut(folder, account)) return false;
    if (!folder.inheritedPermissionsDisabled) return this.roleOf(folder, account) !== undefined;
    const time = this.now();
    for (const permission of folder.permissions?.values() ?? [])
      if (this.works(permission, time) && this.covers(permission, account)) return true;
    return folder.parent !== undefined && this.roleFromBelow(folder.parent, account, true, false) === 'organizer';
  }

  /** The permission with an id that applies to an item. */
  effectivePermission(item: Item, id: string): EffectivePermission | undefined {
    return this.effectivePermissions(item, id)[0];
  }

  /**
   * All permissions that apply to an item: the owner's, then the item's own, then inherited ones.
   * @param only the id of the permission to look for; default: all
   */
  effectivePermissions(item: Item, only?: string): EffectivePermission[] {
    const found = new Map<string, EffectivePermission>();
    const time = this.now();
    const climb = (from: Item, limit: 'none' | 'organizers' | 'metadata'): void => {
      for (let each: Item | undefined = from; each; each = each.parent) {
        for (const [permission, role] of grantsOn(each, each === item)) {
          if ((only !== undefined && permission.id !== only) || hasExpired(permission, time)) continue;
          if (limit === 'organizers' && role !== 'organizer') continue;
          const metadataOnly = limit === 'metadata' && role !== 'organizer';
          const shown = metadataOnly ? 'reader' : role;
          const detail = each === item ? { role: shown } : { role: shown, from: each };
          const before = found.get(permission.id);
          if (before) {
            before.details.push(detail);
            if (atLeast(before.role, shown)) continue;
            before.role = shown;
          } else {
            const entry: EffectivePermission = { permission, role: shown, details: [detail] };
            if (each !== item) entry.inheritedFrom = each;
            if (metadataOnly) entry.metadataOnly = true;
            found.set(permission.id, entry);
          }
        }
        for (const other of each.otherParents ?? []) climb(other, limit);
        if (each.inheritedPermissionsDisabled) limit = limit === 'none' && each === item ? 'metadata' : 'organizers';
      }
    };
    climb(item, 'none');
    return [...found.values()];
  }

  /** The permission on an item itself, if it has not expired. */
  directPermission(item: Item, id: string): Permission | undefined {
    const permission = item.permissions?.get(id);
    return permission && !hasExpired(permission, this.now()) ? permission : undefined;
  }

  /** Whether an item is shared with an account by its address, or through a group. */
  names(item: Item, account: Account): boolean {
    const time = this.now();
    for (const permission of item.permissions?.values() ?? [])
      if (permission.email !== undefined && this.works(permission, time) && this.covers(permission, account))
        return true;
    return false;
  }

  /** The accounts behind an address: a person's own, or those of a group's members. */
  accountsBehind(email: string): Account[] {
    return this.grounds.directory.membersOf(email).flatMap((each) => this.grounds.account(each) ?? []);
  }

  /** Whether a permission for an address, a domain or anyone applies to an account. */
  covers(permission: Permission, account: Account): boolean {
    switch (permission.type) {
      case 'user':
        return permission.id === account.permissionId;
      case 'group':
        return this.grounds.directory.isMember(permission.email ?? '', account.email);
      case 'domain':
        return domainOf(account.email) === (permission.domain ?? '').toLowerCase();
      case 'anyone':
        return true;
    }
  }

  private works(permission: Permission, time: number): boolean {
    return permission.since + this.grounds.permissionLagMs <= time && !hasExpired(permission, time);
  }
}

function hasExpired({ expirationTime }: Permission, time: number): boolean {
  return expirationTime !== undefined && expirationTime <= time;
}

/** The permissions on an item itself, its owner's first. */
function* grantsOn(item: Item, itself: boolean): Generator<[Permission, Role]> {
  const { owner } = item;
  if (owner.email !== undefined)
    yield [
      { id: owner.permissionId, type: 'user', role: 'owner', email: owner.email, since: item.created },
      itself ? 'owner' : 'writer',
    ];
  for (const permission of item.permissions?.values() ?? []) yield [permission, permission.role];
}
