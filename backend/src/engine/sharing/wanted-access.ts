import type { ItemKind } from '../ports/drive.js';
import { ROLES } from '../model/sharing.js';
import { present } from '../present.js';
import type {
  AccessCode,
  AccessRestrictions,
  DrivePermission,
  Grantee,
  GranteeType,
  Role,
  SharingOptions,
  SourceAccess,
  WantedPermission,
} from '../model/sharing.js';
import type { PeopleMap } from './people-map.js';
import { domainOf } from '../address.js';

/** The rules for the access of copies. */
export interface SharingRules {
  readonly options: SharingOptions;
  readonly people: PeopleMap;
  /** E-mail addresses of the two accounts, lower case. */
  readonly accounts: { readonly source: string; readonly destination: string };
  readonly target: {
    /** The target is a shared drive or a folder in one. */
    readonly isInSharedDrive: boolean;
    /** Effective permissions of the target folder; copies inherit them. */
    readonly permissions: readonly DrivePermission[];
  };
  /** Epoch milliseconds; decides about expired permissions, and how late an expiry may be. */
  readonly now: number;
}

/** A grantee's access to a copy, direct or inherited. */
export interface EffectiveAccess {
  readonly grantee: Grantee;
  readonly role: Role;
  /** Epoch milliseconds; missing: it does not expire. */
  readonly expiresAt?: number;
  readonly isDiscoverable?: boolean;
  /** Inherited from the target folder. */
  readonly isOfTarget?: true;
  /** Given in the destination before the transfer: on a folder with this path, or on the item that the copy replaces. */
  readonly existing?: { readonly folder?: string };
}

/** How a grantee of an original is mapped. */
export interface GranteeMapping {
  /** Null: nobody. */
  readonly becomes: Grantee | null;
  /** The line of the people map that applies. */
  readonly line?: number;
  /** Why the access is less than on the original. */
  readonly code?: AccessCode;
}

/** Who should have access to a copy. Items that inherit everything share the object of their folder. */
export interface CopyAccess {
  /**
   * Effective permissions of the original, by `permissionKey`, without those of the destination account and expired
   * ones. Empty if they are unknown.
   */
  readonly source: ReadonlyMap<string, DrivePermission>;
  /** How the grantees of `source` are mapped, by the same keys. */
  readonly mappings: ReadonlyMap<string, GranteeMapping>;
  /** Everyone who will have access if Google refuses nothing, by `granteeKey`, including through the target folder. */
  readonly effective: ReadonlyMap<string, EffectiveAccess>;
}

/** The access of a copy, and what must be set on the copy itself. */
export interface ItemAccess {
  readonly access: CopyAccess;
  /** Direct permissions of the copy: groups and domains first, then people, then anyone. */
  readonly wanted: readonly WantedPermission[];
  /** Permissions that the original does not inherit and that are not carried over. */
  readonly omitted: readonly { readonly original: Grantee; readonly role: Role; readonly code: AccessCode }[];
  /**
   * Restrictions to set on the copy. Limit a limited folder before granting anything on a folder above it: until then,
   * everyone with access there could open its contents.
   */
  readonly restrictions: AccessRestrictions;
  /** The source cannot read the permissions: the copy inherits those of its folder, unless it is limited. */
  readonly isUnreadable?: true;
}

/** Google's limit is a year ("Share files, folders, and drives"); leap days don't count. */
export const MAX_EXPIRY_MS = 365 * 24 * 3600 * 1000;

/** Domains that are no organisation: everyone in them except the two accounts is an outsider. */
const CONSUMER_DOMAINS = new Set(['gmail.com', 'googlemail.com']);

/** Maximum number of distinct accesses in memory. */
const MAX_INTERNED = 20_000;

/** Identifies a grantee. People and groups share keys, because an address belongs to only one of them. */
export const granteeKey = ({ type, address = '' }: Grantee): string =>
  type === 'anyone' ? '*' : type === 'domain' ? `@${address}` : address;

/** Identifies a permission of an item by its grantee. Deleted accounts may have no address, so their id is used. */
export const permissionKey = ({ id, grantee }: DrivePermission): string => granteeKey(grantee) || id;

export const rankOf = (role: Role): number => ROLES.indexOf(role);

type Extent = Pick<EffectiveAccess, 'role' | 'expiresAt' | 'isDiscoverable'>;

/** Whether a permission allows everything that another one does, for at least as long. */
export const covers = (one: Extent, other: Extent): boolean =>
  rankOf(one.role) >= rankOf(other.role) &&
  (one.expiresAt ?? Infinity) >= (other.expiresAt ?? Infinity) &&
  (one.isDiscoverable === true || other.isDiscoverable !== true);

/** Determines the access of the copies of a plan. Add items in the order of their ordinals, folders first. */
export class AccessPlan {
  /** The access of the target folder. */
  readonly root: CopyAccess;
  private readonly folders = new Map<number, CopyAccess>();
  private readonly destination: string;
  private readonly insiders: ReadonlySet<string>;
  private interned = new Map<CopyAccess, Map<string, ItemAccess>>();
  private internedCount = 0;

  constructor(private readonly rules: SharingRules) {
    const { accounts, target } = rules;
    this.destination = accounts.destination.toLowerCase();
    const addresses = [accounts.source.toLowerCase(), this.destination];
    const domains = addresses.map(domainOf).filter((domain) => !CONSUMER_DOMAINS.has(domain));
    this.insiders = new Set([...addresses, ...domains]);
    const effective = new Map<string, EffectiveAccess>();
    for (const permission of target.permissions) {
      const { grantee, role } = permission;
      if (permission.isMetadataOnly || permission.isDeleted || this.hasExpired(permission)) continue;
      const terms = present(permission, 'expiresAt', 'isDiscoverable');
      effective.set(granteeKey(grantee), { grantee, role, isOfTarget: true, ...terms });
    }
    const own: EffectiveAccess = {
      grantee: { type: 'user', address: this.destination },
      role: 'owner',
      isOfTarget: true,
    };
    if (!target.isInSharedDrive || !effective.has(this.destination))
      effective.set(this.destination, target.isInSharedDrive ? { ...own, role: 'writer' } : own);
    this.root = { source: new Map(), mappings: new Map(), effective };
  }

  /**
   * @param source the stored access of the item; missing if it is the same as that of its folder in the plan
   */
  add(
    item: { readonly ordinal: number; readonly parent: number | null; readonly kind: ItemKind },
    source: SourceAccess | undefined,
  ): ItemAccess {
    const above = (item.parent === null ? undefined : this.folders.get(item.parent)) ?? this.root;
    const isFolder = item.kind === 'folder';
    const result = source ? this.cached(source, above, isFolder) : inherits(above);
    if (isFolder) this.folders.set(item.ordinal, result.access);
    return result;
  }

  /** Returns one object for items with the same access in folders with the same access, so that it is counted once. */
  private cached(source: SourceAccess, above: CopyAccess, isFolder: boolean): ItemAccess {
    if (this.internedCount >= MAX_INTERNED) {
      this.interned = new Map();
      this.internedCount = 0;
    }
    const known = this.interned.get(above) ?? new Map<string, ItemAccess>();
    this.interned.set(above, known);
    const key = signatureOf(source, isFolder);
    const before = known.get(key);
    if (before) return before;
    const result = this.accessOf(source, above, isFolder);
    known.set(key, result);
    this.internedCount++;
    return result;
  }

  private accessOf({ permissions, restrictions }: SourceAccess, above: CopyAccess, isFolder: boolean): ItemAccess {
    const base = isFolder && restrictions.isLimited ? this.withinLimits(above) : above;
    const carried = this.carriedRestrictions(restrictions, isFolder);
    if (!permissions) return { ...inherits(base), restrictions: carried, isUnreadable: true };
    const source = new Map<string, DrivePermission>();
    const mappings = new Map<string, GranteeMapping>();
    const wishes = new Map<string, WantedPermission[]>();
    const omitted: ItemAccess['omitted'][number][] = [];
    for (const permission of permissions) {
      const key = permissionKey(permission);
      if (permission.isMetadataOnly || key === this.destination) continue;
      const { grantee: original, role } = permission;
      const fromFolder = base.source.get(key);
      if (fromFolder && isInherited(permission, fromFolder)) {
        source.set(key, permission);
        mappings.set(key, base.mappings.get(key)!);
        continue;
      }
      const { wish, ...mapping } = this.decide(permission, isFolder);
      if (mapping.code !== 'expired') {
        source.set(key, permission);
        mappings.set(key, mapping);
      }
      if (wish) {
        const target = granteeKey(wish.grantee);
        wishes.set(target, [...(wishes.get(target) ?? []), wish]);
      } else omitted.push({ original, role, code: mapping.code! });
    }
    const wanted = [...wishes]
      .map(([key, [first, ...others]]) => [key, merged(first!, others)] as const)
      .filter(([key, wish]) => key !== this.destination && !isCovered(base.effective.get(key), wish))
      .map(([, wish]) => wish)
      .sort((one, other) => orderOf(one) - orderOf(other));
    return {
      access: { source, mappings, effective: extended(base.effective, wanted) },
      wanted,
      omitted,
      restrictions: carried,
    };
  }

  /** A limited folder inherits only the access of the account that creates it and of a shared drive's managers. */
  private withinLimits({ effective }: CopyAccess): CopyAccess {
    return { source: new Map(), mappings: new Map(), effective: inLimited(effective, this.destination) };
  }

  /** Maps a permission of an original. Without a `wish` it is not carried over, and `code` says why. */
  private decide(
    permission: DrivePermission,
    isFolder: boolean,
  ): GranteeMapping & { readonly wish?: WantedPermission } {
    const { options, people } = this.rules;
    const { grantee: original } = permission;
    if (this.hasExpired(permission)) return { becomes: null, code: 'expired' };
    if (permission.isDeleted) return { becomes: null, code: 'account_deleted' };
    const line = people.lineOf(original);
    const becomes = people.becomes(original);
    const mapped = line ? { line: line.line } : {};
    if (!becomes) return { becomes, ...mapped, code: 'map_nobody' };
    if (granteeKey(becomes) === this.destination) return { becomes, ...mapped, wish: wishOf(permission, becomes) };
    const dropped = this.droppedFor(permission, line !== undefined);
    if (dropped) return { becomes: null, ...mapped, code: dropped };
    const reductions: AccessCode[] = [];
    let { role, expiresAt } = permission;
    const reduceTo = (most: Role, code: AccessCode) => {
      if (rankOf(role) <= rankOf(most)) return;
      role = most;
      reductions.push(code);
    };
    if (role === 'owner') reduceTo(options.owner === 'writer' ? 'writer' : 'reader', 'owner_reduced');
    if (original.type === 'anyone' && options.links === 'restrict') reduceTo('reader', 'link_restricted');
    reduceTo(this.highestRole(isFolder), 'role_not_available');
    if (expiresAt !== undefined) {
      // Google: on folders, only readers and commenters can expire.
      if (isFolder && rankOf(role) > rankOf('commenter')) return { becomes, ...mapped, code: 'expiry_not_allowed' };
      const latest = this.rules.now + MAX_EXPIRY_MS;
      if (expiresAt > latest) {
        expiresAt = latest;
        reductions.push('expiry_shortened');
      }
    }
    const [reduced] = reductions;
    return {
      becomes,
      ...mapped,
      ...(reduced && { code: reduced }),
      wish: wishOf({ ...permission, role, ...(expiresAt !== undefined && { expiresAt }) }, becomes, original, reduced),
    };
  }

  private droppedFor({ grantee, role }: DrivePermission, isMapped: boolean): AccessCode | undefined {
    const { unmapped, outsiders, owner, links } = this.rules.options;
    if (grantee.type === 'anyone') return links === 'drop' ? 'link_dropped' : undefined;
    if (!isMapped && unmapped === 'drop') return 'unmapped_dropped';
    // A line of the people map names an outsider on purpose.
    if (!isMapped && outsiders === 'drop' && !this.isInside(grantee)) return 'outsider_dropped';
    return role === 'owner' && owner === 'drop' ? 'owner_dropped' : undefined;
  }

  private isInside({ address = '' }: Grantee): boolean {
    return this.insiders.has(address) || this.insiders.has(domainOf(address));
  }

  /** The highest role on a copy. Only shared drives themselves have organizers, only their folders fileOrganizers. */
  private highestRole(isFolder: boolean): Role {
    return this.rules.target.isInSharedDrive && isFolder ? 'fileOrganizer' : 'writer';
  }

  /** Shared drives have no `writersCanShare`; only folders can be limited. */
  private carriedRestrictions(restrictions: AccessRestrictions, isFolder: boolean): AccessRestrictions {
    const { isLimited, isClosedToSharing, ...rest } = restrictions;
    return {
      ...rest,
      ...(isLimited && isFolder && { isLimited }),
      ...(isClosedToSharing && !this.rules.target.isInSharedDrive && { isClosedToSharing }),
    };
  }

  private hasExpired({ expiresAt }: DrivePermission): boolean {
    return expiresAt !== undefined && expiresAt <= this.rules.now;
  }
}

/** Groups and domains come before people, because one request gives access to many. */
const ORDER: Readonly<Record<GranteeType, number>> = { group: 0, domain: 1, user: 2, anyone: 3 };

/** A group stays one where a line maps it by its address, although its type is that of a person. */
const orderOf = ({ grantee, originals }: WantedPermission): number =>
  Math.min(...[grantee, ...originals].map(({ type }) => ORDER[type]));

const inherits = (access: CopyAccess): ItemAccess => ({ access, wanted: [], omitted: [], restrictions: {} });

/** Whether a permission is inherited. Google lists the owner of a folder as a writer of other people's items in it. */
const isInherited = (permission: DrivePermission, ofFolder: DrivePermission): boolean =>
  (permission.role === ofFolder.role || (permission.role === 'writer' && ofFolder.role === 'owner')) &&
  permission.expiresAt === ofFolder.expiresAt &&
  (permission.isDiscoverable ?? false) === (ofFolder.isDiscoverable ?? false);

const isCovered = (access: EffectiveAccess | undefined, wish: WantedPermission) =>
  access !== undefined && covers(access, wish);

const wishOf = (
  extent: Extent,
  grantee: Grantee,
  original: Grantee = grantee,
  reduced?: AccessCode,
): WantedPermission => ({
  grantee,
  role: extent.role,
  ...present(extent, 'expiresAt', 'isDiscoverable'),
  originals: [original],
  ...(reduced && { reduced }),
});

/**
 * Merges the permissions of one grantee, because Google keeps one: the one that lasts longest, and of those the highest
 * role. A higher role that ends earlier is not given: with it, the lower one would end, too.
 */
function merged(first: WantedPermission, others: readonly WantedPermission[]): WantedPermission {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const endOf = ({ expiresAt = Infinity }: WantedPermission) => expiresAt;
  const last = Math.max(...all.map(endOf));
  const lasting = all.filter((each) => endOf(each) === last);
  const kept = lasting.reduce((one, other) => (rankOf(other.role) > rankOf(one.role) ? other : one));
  const isDiscoverable = lasting.some((each) => each.role === kept.role && each.isDiscoverable === true);
  const isHigher = all.some(({ role }) => rankOf(role) > rankOf(kept.role));
  const { grantee } = first;
  return {
    ...kept,
    // Google accepts a group's address as a person's, but not a person's as a group's.
    grantee: all.every((each) => each.grantee.type === grantee.type) ? grantee : { ...grantee, type: 'user' },
    ...(isDiscoverable && { isDiscoverable }),
    ...(isHigher && { reduced: 'expiry_differs' }),
    originals: all.flatMap(({ originals }) => originals),
  };
}

/** The part of the access to a folder that also applies to limited folders in it. */
export const inLimited = (effective: CopyAccess['effective'], destination: string): CopyAccess['effective'] =>
  new Map([...effective].filter(([key, { role }]) => key === destination || role === 'organizer'));

export function extended(
  effective: CopyAccess['effective'],
  wanted: readonly WantedPermission[],
): CopyAccess['effective'] {
  if (wanted.length === 0) return effective;
  const all = new Map(effective);
  for (const each of wanted) {
    const { grantee, role } = each;
    const key = granteeKey(grantee);
    const before = all.get(key);
    // An inherited higher role stays, although this one lasts longer.
    if (before && rankOf(before.role) > rankOf(role)) continue;
    all.set(key, { grantee, role, ...present(each, 'expiresAt', 'isDiscoverable') });
  }
  return all;
}

function signatureOf({ permissions, restrictions }: SourceAccess, isFolder: boolean): string {
  const parts = permissions?.map(
    ({ id, grantee, role, expiresAt = '', isDiscoverable, isDeleted, isMetadataOnly }) =>
      `${id} ${granteeKey(grantee)} ${role} ${expiresAt} ${isDiscoverable ? 1 : 0}${isDeleted ? 1 : 0}${isMetadataOnly ? 1 : 0}`,
  );
  return `${isFolder}\n${JSON.stringify(restrictions)}\n${parts ? parts.join('\n') : '?'}`;
}
