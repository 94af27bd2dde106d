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

/** What decides about the access of copies, beside the originals. */
export interface SharingRules {
  readonly options: SharingOptions;
  readonly people: PeopleMap;
  /** E-mail addresses of the two accounts, lower case. */
  readonly accounts: { readonly source: string; readonly destination: string };
  readonly target: {
    /** It is a shared drive, or lies in one. */
    readonly isInSharedDrive: boolean;
    /** Effective permissions of the target folder, which everything that is copied into it inherits. */
    readonly permissions: readonly DrivePermission[];
  };
  /** Epoch milliseconds: what has expired, and how far ahead an expiry may lie. */
  readonly now: number;
}

/** What a grantee has on a copy, directly or from a folder above. */
export interface EffectiveAccess {
  readonly grantee: Grantee;
  readonly role: Role;
  /** Epoch milliseconds; missing where it does not expire. */
  readonly expiresAt?: number;
  readonly isDiscoverable?: boolean;
  /** It comes from the target folder. */
  readonly isOfTarget?: true;
}

/** What the grantee of an original becomes. */
export interface GranteeMapping {
  /** Null: nobody. */
  readonly becomes: Grantee | null;
  /** Line of the people map that says so. */
  readonly line?: number;
  /** Why it is less than on the original. */
  readonly code?: AccessCode;
}

/** Who is to have access to a copy. Items that inherit everything share the object of the folder they are in. */
export interface CopyAccess {
  /**
   * Effective permissions of the original that count, by `permissionKey`: without those of the destination account and
   * expired ones. Empty where they are not known.
   */
  readonly source: ReadonlyMap<string, DrivePermission>;
  /** What the grantees of `source` become, by the same keys. */
  readonly mappings: ReadonlyMap<string, GranteeMapping>;
  /** All who will have access if Google refuses nothing, by `granteeKey`; those of the target folder included. */
  readonly effective: ReadonlyMap<string, EffectiveAccess>;
}

/** The same, with what is to be done on the copy itself. */
export interface ItemAccess {
  readonly access: CopyAccess;
  /** Direct permissions of the copy: groups and domains first, then people, then anyone. */
  readonly wanted: readonly WantedPermission[];
  /** Permissions that the original does not have from its folder, and that are not carried over. */
  readonly omitted: readonly { readonly original: Grantee; readonly role: Role; readonly code: AccessCode }[];
  /**
   * To be set on the copy. A limited folder must be limited before anything is granted on a folder above it: until
   * then, all who get access there could open what it holds.
   */
  readonly restrictions: AccessRestrictions;
  /** The source may not read its permissions: the copy gets those of its folder, unless it is limited. */
  readonly isUnreadable?: true;
}

/** Google's limit is a year ("Share files, folders, and drives"); leap days don't count. */
export const MAX_EXPIRY_MS = 365 * 24 * 3600 * 1000;

/** Domains of which people are no organisation: only the two accounts themselves are no outsiders. */
const CONSUMER_DOMAINS = new Set(['gmail.com', 'googlemail.com']);

/** Different sets of access that are kept to be recognised. */
const MAX_INTERNED = 20_000;

/** Identifies a grantee. A person and a group have one key, because an address belongs to one of them. */
export const granteeKey = ({ type, address = '' }: Grantee): string =>
  type === 'anyone' ? '*' : type === 'domain' ? `@${address}` : address;

/** Identifies the grantee of a permission among those of an item. Deleted accounts may have no address. */
export const permissionKey = ({ id, grantee }: DrivePermission): string => granteeKey(grantee) || id;

export const rankOf = (role: Role): number => ROLES.indexOf(role);

type Extent = Pick<EffectiveAccess, 'role' | 'expiresAt' | 'isDiscoverable'>;

/** Whether one permission allows all that another one does, for as long. */
export const covers = (one: Extent, other: Extent): boolean =>
  rankOf(one.role) >= rankOf(other.role) &&
  (one.expiresAt ?? Infinity) >= (other.expiresAt ?? Infinity) &&
  (one.isDiscoverable === true || other.isDiscoverable !== true);

/** Works out the access of the copies of a plan. Feed it the items in the order of their ordinals: folders come first. */
export class AccessPlan {
  private readonly root: CopyAccess;
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
   * @param source what the ledger has for the item; missing where it has the same access as the folder it is planned in
   */
  add(
    item: { readonly ordinal: number; readonly parent: number | null; readonly kind: ItemKind },
    source: SourceAccess | undefined,
  ): ItemAccess {
    const above = (item.parent === null ? undefined : this.folders.get(item.parent)) ?? this.root;
    const isFolder = item.kind === 'folder';
    const result = source ? this.remembered(source, above, isFolder) : inherits(above);
    if (isFolder) this.folders.set(item.ordinal, result.access);
    return result;
  }

  /** Of items with the same access in folders with the same access, one object: what adds them up examines it once. */
  private remembered(source: SourceAccess, above: CopyAccess, isFolder: boolean): ItemAccess {
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
    const wishes = new Map<string, WantedPermission>();
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
        const other = wishes.get(target);
        wishes.set(target, other ? merged(other, wish) : wish);
      } else omitted.push({ original, role, code: mapping.code! });
    }
    const wanted = [...wishes]
      .filter(([key, wish]) => key !== this.destination && !isCovered(base.effective.get(key), wish))
      .map(([, wish]) => wish)
      .sort((one, other) => ORDER[one.grantee.type] - ORDER[other.grantee.type]);
    return {
      access: { source, mappings, effective: extended(base.effective, wanted) },
      wanted,
      omitted,
      restrictions: carried,
    };
  }

  /** What reaches into a limited folder: nothing but the account that creates it and managers of the shared drive. */
  private withinLimits({ effective }: CopyAccess): CopyAccess {
    const kept = [...effective].filter(([key, { role }]) => key === this.destination || role === 'organizer');
    return { source: new Map(), mappings: new Map(), effective: new Map(kept) };
  }

  /** What becomes of a permission of an original. Without a wish its code says why. */
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
      // Google: on folders, nothing above a commenter expires.
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

  /** Of permissions on copies. Only a shared drive itself has organizers, only its folders have fileOrganizers. */
  private highestRole(isFolder: boolean): Role {
    return this.rules.target.isInSharedDrive && isFolder ? 'fileOrganizer' : 'writer';
  }

  /** `writersCanShare` does not exist in shared drives, limits do for folders only. */
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

/** Groups and domains reach many with one request, so they come before people. */
const ORDER: Readonly<Record<GranteeType, number>> = { group: 0, domain: 1, user: 2, anyone: 3 };

const domainOf = (address: string) => address.slice(address.indexOf('@') + 1);

const inherits = (access: CopyAccess): ItemAccess => ({ access, wanted: [], omitted: [], restrictions: {} });

/** Whether a permission comes from the folder. Google shows the owner of a folder as a writer of what others put into it. */
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

/** Of two permissions for one grantee the one with the higher role holds; Google keeps one. */
function merged(one: WantedPermission, other: WantedPermission): WantedPermission {
  const difference = rankOf(one.role) - rankOf(other.role);
  const isFirst = difference > 0 || (difference === 0 && (one.expiresAt ?? Infinity) >= (other.expiresAt ?? Infinity));
  const higher = isFirst ? one : other;
  const isDiscoverable = difference === 0 && (one.isDiscoverable === true || other.isDiscoverable === true);
  return {
    ...higher,
    // Google tells by the address whether it is a group's, but refuses a person as a group.
    grantee: one.grantee.type === other.grantee.type ? one.grantee : { ...one.grantee, type: 'user' },
    ...(isDiscoverable && { isDiscoverable }),
    originals: [...one.originals, ...other.originals],
  };
}

function extended(effective: CopyAccess['effective'], wanted: readonly WantedPermission[]): CopyAccess['effective'] {
  if (wanted.length === 0) return effective;
  const all = new Map(effective);
  for (const each of wanted) {
    const { grantee, role } = each;
    const key = granteeKey(grantee);
    const before = all.get(key);
    // A higher role from above stays, although this one lasts longer.
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
