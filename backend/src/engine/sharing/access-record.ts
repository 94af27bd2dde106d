import {
  type AccessCode,
  type AccessGrant,
  type AccessRecord,
  type AccessRestrictions,
  type DrivePermission,
  type EarlierPermission,
  type Grantee,
  type Role,
  type RestrictionChanges,
  type WantedPermission,
} from '../model/sharing.js';
import { present } from '../present.js';
import { type CopyAccess, granteeKey, rankOf } from './wanted-access.js';

/** Google rounds an expiry to whole seconds or minutes, so smaller differences (ms) are ignored. */
const EXPIRY_SLACK_MS = 60_000;

export const atLeast = (role: Role, least: Role): boolean => rankOf(role) >= rankOf(least);

export const isWaiting = ({ grants, restrictions }: AccessRecord): boolean =>
  restrictions?.state === 'waiting' || grants.some(({ outcome }) => outcome === 'waiting');

/**
 * The permission of a grant: by id if it was written, because Google lists a person's primary address, also if it was
 * granted to an alias. Otherwise by address: only Google knows whether it is a person's or a group's.
 */
export const permissionOf = (
  { grantee, permissionId, raisedFrom: earlier }: Pick<AccessGrant, 'grantee' | 'permissionId' | 'raisedFrom'>,
  permissions: readonly DrivePermission[],
): DrivePermission | undefined => {
  const key = granteeKey(grantee);
  const given = permissions.filter(({ isMetadataOnly }) => !isMetadataOnly);
  return (
    given.find(({ id }) => id === (permissionId ?? earlier?.id)) ??
    given.find((each) => granteeKey(each.grantee) === key)
  );
};

/** Permissions on the item itself, without the owner's. */
export const directOf = (permissions: readonly DrivePermission[]): DrivePermission[] =>
  permissions.filter(({ isInherited, isMetadataOnly, role }) => !isInherited && !isMetadataOnly && role !== 'owner');

/** What a permission allows, and until when. */
type Extent = Pick<DrivePermission, 'role' | 'expiresAt'>;

/** Whether a permission allows everything that another one does, for at least as long. */
export const isSufficient = (found: Extent, wanted: Extent): boolean =>
  atLeast(found.role, wanted.role) && endOf(found) >= endOf(wanted) - EXPIRY_SLACK_MS;

const endOf = ({ expiresAt = Infinity }: Extent): number => expiresAt;

export const isSameExtent = (one: Extent, other: Extent): boolean =>
  one.role === other.role && isSufficient(one, other) && isSufficient(other, one);

/**
 * What the permission of a grant should allow. Google keeps one permission for each person, so of two roles that end at
 * different times one is lost: not that of the destination's owner, otherwise not the one that lasts longer.
 * @param earlier the permission before CloudMover changed it
 * @param peers other grants that it serves
 */
export function extentOf(grant: Extent, earlier: Extent | undefined, peers: readonly Extent[] = []): Extent {
  const own = peers.reduce((one, other) => {
    if (isSufficient(one, other)) return one;
    return isSufficient(other, one) || endOf(other) > endOf(one) ? other : one;
  }, grant);
  return !earlier || isSufficient(own, earlier) ? own : earlier;
}

const isSame = (one: WantedPermission, other: WantedPermission): boolean =>
  one.role === other.role &&
  one.expiresAt === other.expiresAt &&
  one.reduced === other.reduced &&
  (one.isDiscoverable ?? false) === (other.isDiscoverable ?? false);

/** Reductions that the user chose: their outcome is `equal`. */
const CHOSEN: ReadonlySet<AccessCode> = new Set(['owner_reduced', 'link_restricted']);

/** The wanted access of a copy. */
export interface Plan {
  readonly ordinal: number;
  readonly copyId: string;
  readonly wanted: readonly WantedPermission[];
  readonly restrictions: AccessRestrictions;
  /** Access that the copy inherits because its original was moved out of a folder; the copy stays where it is. */
  readonly inherited?: readonly AccessGrant[];
  /** Roles that the carried grantees should have, including inherited ones, by `granteeKey`. */
  readonly intended: ReadonlyMap<string, Role>;
}

/**
 * The record of the wanted access of a copy, based on that of an earlier run.
 * @param isWorthRetrying whether a retry can succeed after a refusal with this code
 * @returns undefined if there is nothing to do and no earlier record; the earlier record itself if nothing changed
 */
export function plannedRecord(
  { ordinal, copyId, wanted, restrictions, inherited = [], intended }: Plan,
  earlier: AccessRecord | undefined,
  isWorthRetrying: (code: AccessCode) => boolean,
): AccessRecord | undefined {
  const known = earlier?.copyId === copyId ? earlier : undefined;
  const earlierGrants = known?.grants.filter(({ code }) => code !== 'original_moved');
  const remaining = new Map(earlierGrants?.map((grant) => [granteeKey(grant.grantee), grant]));
  const grants = wanted.map((each): AccessGrant => {
    const grant = remaining.get(granteeKey(each.grantee));
    remaining.delete(granteeKey(each.grantee));
    if (grant?.isKept && isSufficient(grant, each)) return grant;
    if (grant?.isKept && !isSufficient(each, grant)) return grant.reduced ? grant : keptBesides(grant);
    const waiting: AccessGrant = { ...each, ...earlierPermissionOf(grant), outcome: 'waiting' };
    if (!grant || grant.isWithdrawn || !isSame(grant, each)) return waiting;
    const { outcome, code } = grant;
    return outcome === 'narrower' && code && isWorthRetrying(code)
      ? waiting
      : { ...waiting, outcome, ...(code && { code }) };
  });
  for (const grant of remaining.values()) {
    const { code: _code, ...rest } = grant;
    const role = intended.get(granteeKey(grant.grantee));
    // Keep reverted excess for the report, permissions of the destination's owner, and permissions that are now
    // inherited as well: they do no harm, and apply again when the folder above is no longer shared.
    if (grant.originals.length === 0 || grant.isKept || (role && atLeast(role, grant.role))) grants.push(grant);
    // The permission of the destination's owner must be given back.
    else if (removedForNow(grant)) grants.push({ ...rest, isWithdrawn: true, outcome: 'waiting' });
    // Without an id it may be written: its run was stopped before it recorded that.
    else if (grant.outcome === 'waiting' && !grant.permissionId && known?.before)
      grants.push({ ...rest, isWithdrawn: true });
    else if (grant.permissionId) {
      // The permission also serves another address of the same person, which it is reduced to.
      const peer = grants.findIndex(
        ({ permissionId, isWithdrawn }) => permissionId === grant.permissionId && !isWithdrawn,
      );
      if (peer < 0) grants.push({ ...rest, isWithdrawn: true, outcome: 'waiting' });
      else grants[peer] = { ...grants[peer]!, ...present(grant, 'setRole'), outcome: 'waiting' };
    }
  }
  grants.push(...inherited);
  const changes = { ...lifting(known?.restrictions?.wanted), ...restrictions };
  // An empty record replaces an earlier one, which may name another copy.
  if (!earlier && grants.length === 0 && Object.keys(changes).length === 0) return undefined;
  const record: AccessRecord = {
    ordinal,
    copyId,
    grants,
    ...(Object.keys(changes).length > 0 && {
      restrictions: plannedRestrictions(changes, known?.restrictions, isWorthRetrying),
    }),
    // A waiting record belongs to this run, so its list from before the first write is still valid.
    ...(known?.before && isWaiting(known) && { before: known.before }),
  };
  return known && isDeepEqual(known, { ...known, ...record }) ? known : record;
}

/** Compares without regard to the order of fields. */
const isDeepEqual = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/** The permission of an earlier run's grant. One that was only kept counts as raised from its present state. */
function earlierPermissionOf(grant: AccessGrant | undefined): Partial<AccessGrant> {
  if (!grant) return {};
  const { permissionId, setRole, isKept, role, expiresAt } = grant;
  const kept = isKept && permissionId ? { id: permissionId, role, ...(expiresAt && { expiresAt }) } : undefined;
  const raisedFrom = kept ?? grant.raisedFrom;
  return {
    ...(permissionId && { permissionId }),
    ...(setRole && { setRole }),
    ...(raisedFrom && { raisedFrom }),
  };
}

/** Changes that lift restrictions which CloudMover has set. */
const lifting = (set: RestrictionChanges = {}): RestrictionChanges => ({
  ...(set.isLimited && { isLimited: false }),
  ...(set.isClosedToSharing && { isClosedToSharing: false }),
  ...(set.isClosedToCopying && { isClosedToCopying: false }),
  ...(set.download && { download: { readers: false, writers: false } }),
  ...(set.lock && { lock: null }),
});

function plannedRestrictions(
  wanted: RestrictionChanges,
  known: AccessRecord['restrictions'],
  isWorthRetrying: (code: AccessCode) => boolean,
): NonNullable<AccessRecord['restrictions']> {
  if (!known || !isDeepEqual(known.wanted, wanted)) return { wanted, state: 'waiting' };
  return known.code && isWorthRetrying(known.code) ? { wanted, state: 'waiting' } : known;
}

/**
 * Adds the permission that CloudMover created if a process died before recording it: the copy has it now, and did not
 * have it before. Without `before`, all that was written has its id, so what has none is of the destination's owner.
 */
export function withOwnPermission(
  grant: AccessGrant,
  found: readonly DrivePermission[] | undefined,
  before: readonly EarlierPermission[] | undefined,
): AccessGrant {
  if (grant.outcome !== 'waiting' || grant.permissionId || !found || !before) return grant;
  const permission = permissionOf(grant, directOf(found));
  if (!permission) return grant;
  const earlier = before.find(({ id }) => id === permission.id);
  if (earlier?.role === permission.role && earlier.expiresAt === permission.expiresAt) {
    // What was removed for now has been given back, or the destination's owner has given another one since.
    const { raisedFrom: _removed, ...rest } = grant;
    return rest;
  }
  return { ...grant, permissionId: permission.id, ...(earlier && { raisedFrom: earlier }) };
}

/** What a permission should allow; null: without end. */
export interface PermissionChange {
  readonly role: Role;
  readonly expiresAt: number | null;
}

/** The next step for a permission of a copy, so that the grantee has exactly the wanted access. */
export type GrantStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'grant'; readonly to: Extent }
  | { readonly do: 'change'; readonly id: string; readonly to: PermissionChange }
  | { readonly do: 'remove'; readonly id: string }
  /** The destination's owner has changed what CloudMover had set, so it stays. */
  | { readonly do: 'leave' };

/**
 * @param found permissions of the copy; missing: the copy is new and has no direct ones
 * @param before permissions of the copy that CloudMover did not create
 * @param peers other grants that the same permission serves
 */
export function nextStep(
  grant: AccessGrant,
  found: readonly DrivePermission[] | undefined,
  before: readonly EarlierPermission[] = [],
  peers: readonly AccessGrant[] = [],
): GrantStep {
  const permission = found && permissionOf(grant, found);
  const { permissionId, setRole, raisedFrom } = grant;
  const to = extentOf(grant, raisedFrom ?? before.find(({ id }) => id === permission?.id), peers);
  // A process may have died after it changed the role, and before it recorded that.
  const isExpected = permission?.role === setRole || (grant.outcome === 'waiting' && permission?.role === to.role);
  const isChangedSince =
    found !== undefined &&
    permissionId !== undefined &&
    (permission?.id !== permissionId || (!permission.isInherited && setRole && !isExpected));
  if (isChangedSince) return { do: 'leave' };
  if (grant.isWithdrawn) {
    // A permission removed for now is given back, unless the destination's owner has given another one since.
    const removed = (!permission || permission.isInherited) && removedForNow(grant);
    if (removed) return { do: 'grant', to: removed };
    if (!permissionId) return { do: 'leave' };
    if (!raisedFrom) return { do: 'remove', id: permissionId };
    return { do: 'change', id: permissionId, to: { role: raisedFrom.role, expiresAt: raisedFrom.expiresAt ?? null } };
  }
  const granting = { do: 'grant', to: extentOf(grant, raisedFrom) } as const;
  if (!permission) return granting;
  // CloudMover's permission allows more than wanted if the original lost access since the earlier run.
  const isOwn = permissionId === permission.id && !permission.isInherited;
  if (isSufficient(permission, grant) && !isOwn) return { do: 'nothing' };
  if (permission.isInherited) return granting;
  return isSameExtent(permission, to) ? { do: 'nothing' } : { do: 'change', id: permission.id, to: changeTo(to) };
}

/** The change of a permission to what it should allow. */
export const changeTo = ({ role, expiresAt = null }: { role: Role; expiresAt?: number | null }): PermissionChange => ({
  role,
  expiresAt,
});

/** Whether a changed permission allows everything that it does now. */
export const isEnough = ({ role, expiresAt }: PermissionChange, now: Extent): boolean =>
  isSufficient({ role, ...(expiresAt !== null && { expiresAt }) }, now);

/** A permission that allows too much. Change it `to` the wanted role and expiry, or remove it. */
export interface Excess {
  readonly permission: DrivePermission;
  /** Whom the grant names; Google may list the person under another address. */
  readonly grantee: Grantee;
  readonly to?: PermissionChange;
}

/**
 * Compares the permissions of a copy with the wanted ones.
 * @param effective the access that each grantee may have, by `granteeKey`: from this record, or from a folder above
 * @returns the record with its outcomes, and permissions to revert
 */
export function compareWithWanted(
  record: AccessRecord,
  found: readonly DrivePermission[],
  effective: ReadonlyMap<string, { readonly role: Role }>,
): { readonly record: AccessRecord; readonly excess: readonly Excess[] } {
  const { before = [] } = record;
  const excess: Excess[] = [];
  const wanted = record.grants.filter(({ originals }) => originals.length > 0);
  /** By id of a permission: the grants that it serves; several if they name addresses of one person. */
  const served = Map.groupBy(
    wanted.filter(({ isWithdrawn }) => !isWithdrawn),
    (grant) => permissionOf(grant, found)?.id,
  );
  const grants: AccessGrant[] = record.grants.map((grant) => {
    if (!wanted.includes(grant) || grant.isWithdrawn) return grant;
    const { code, ...rest } = grant;
    const permission = permissionOf(grant, found);
    const earlier = grant.raisedFrom ?? before.find(({ id }) => id === permission?.id);
    const peers = served.get(permission?.id)?.filter((each) => each !== grant);
    const to = extentOf(grant, earlier, peers);
    if (!permission || !isSufficient(permission, grant)) {
      const isAsFarAsPossible = permission && isSufficient(permission, to);
      return { ...rest, outcome: 'narrower', code: code ?? (isAsFarAsPossible ? 'expiry_differs' : 'refused') };
    }
    const isWanted = permission.isInherited || permission.role === 'owner' || code === 'changed_since';
    const allowed = [effective.get(granteeKey(grant.grantee)), earlier, ...(peers ?? [])];
    if (!isWanted && isWider(permission, grant, allowed, !earlier)) {
      // Google cannot change whether searches find an item, so the permission must be removed.
      const isFound = permission.isDiscoverable && !grant.isDiscoverable;
      excess.push({
        permission,
        grantee: grant.grantee,
        ...(!isFound && { to: changeTo(to) }),
      });
      return { ...rest, outcome: 'wider', code: 'reverted' };
    }
    return grant.reduced && !CHOSEN.has(grant.reduced)
      ? { ...rest, outcome: 'narrower', code: grant.reduced }
      : { ...rest, outcome: 'equal' };
  });
  const keys = new Set(wanted.map(({ grantee }) => granteeKey(grantee)));
  const ids = new Set(wanted.map(({ permissionId }) => permissionId));
  for (const permission of directOf(found)) {
    const { grantee, role, id } = permission;
    if (ids.has(id) || keys.has(granteeKey(grantee)) || before.some((earlier) => earlier.id === id)) continue;
    excess.push({ permission, grantee });
    const isReported = record.grants.some((each) => granteeKey(each.grantee) === granteeKey(grantee));
    if (!isReported) grants.push({ grantee, role, originals: [], outcome: 'wider', code: 'reverted' });
  }
  return { record: { ...record, grants }, excess };
}

/**
 * Whether a permission allows more than wanted.
 * @param allowed access that the grantee may have for other reasons
 * @param isNew whether CloudMover created it
 */
function isWider(
  permission: DrivePermission,
  wanted: AccessGrant,
  allowed: readonly (Extent | undefined)[],
  isNew: boolean,
): boolean {
  if (isNew && permission.isDiscoverable && !wanted.isDiscoverable) return true;
  return ![wanted, ...allowed].some((each) => each && isSufficient(each, permission));
}

/**
 * The permissions of a copy that CloudMover did not create, and the earlier state of those that it raised, or removed
 * for now.
 */
export function earlierOf(found: readonly DrivePermission[], { grants }: AccessRecord): EarlierPermission[] {
  const own = new Map(
    grants.flatMap(({ permissionId, raisedFrom }) => (permissionId ? [[permissionId, raisedFrom]] : [])),
  );
  const earlier = directOf(found).flatMap((permission) => {
    const { id, role } = permission;
    return own.has(id) ? (own.get(id) ?? []) : { id, role, ...present(permission, 'expiresAt') };
  });
  const removed = grants.flatMap((grant) => removedForNow(grant) ?? []);
  return [...earlier, ...removed.filter(({ id }) => earlier.every((each) => each.id !== id))];
}

/** Adds the access that permissions allow to the access that grantees may have. */
export function withAllowed(
  effective: CopyAccess['effective'],
  permissions: readonly DrivePermission[],
): CopyAccess['effective'] {
  const all = new Map(effective);
  for (const permission of permissions) {
    const { grantee, role } = permission;
    const known = all.get(granteeKey(grantee));
    if (!known || !atLeast(known.role, role))
      all.set(granteeKey(grantee), { grantee, role, ...present(permission, 'expiresAt') });
  }
  return all;
}

/** The earlier state of a permission that existed before. */
export function raisedFrom(
  id: string,
  grant: AccessGrant,
  before: readonly EarlierPermission[] = [],
): Pick<AccessGrant, 'raisedFrom'> {
  const earlier = grant.raisedFrom ?? before.find((each) => each.id === id);
  return earlier ? { raisedFrom: earlier } : {};
}

/** A grant whose permission was removed for now; `raisedFrom` is what it must allow at least. */
export function withoutPermission(grant: AccessGrant, before: AccessRecord['before']): AccessGrant {
  const { permissionId = '', setRole: _role, code: _code, ...rest } = grant;
  return { ...rest, ...raisedFrom(permissionId, grant, before), outcome: 'waiting' };
}

/** The permission of the destination's owner that was raised and then removed for now, and must be given back. */
export const removedForNow = ({ permissionId, raisedFrom: earlier }: AccessGrant): EarlierPermission | undefined =>
  permissionId ? undefined : earlier;

/** Other grants that the same permission serves: they name other addresses of the person. */
export const peersOf = ({ permissionId }: AccessGrant, others: readonly AccessGrant[]): AccessGrant[] =>
  permissionId === undefined
    ? []
    : others.filter((each) => each.permissionId === permissionId && !each.isWithdrawn && each.originals.length > 0);

/** Roles on the copy of those to whom the original's grantees are mapped. */
export function intendedRoles({ mappings, effective }: CopyAccess): ReadonlyMap<string, Role> {
  const intended = new Map<string, Role>();
  for (const { becomes } of mappings.values()) {
    const key = becomes && granteeKey(becomes);
    const access = key && effective.get(key);
    if (access) intended.set(key, access.role);
  }
  return intended;
}

/**
 * Combines both lists. For the same grantee, the permission that allows more; if neither does, because they end at
 * different times, the kept one.
 */
export function mergedByGrantee(
  wanted: readonly WantedPermission[],
  kept: readonly AccessGrant[],
): (WantedPermission | AccessGrant)[] {
  const all = new Map<string, WantedPermission>(wanted.map((each) => [granteeKey(each.grantee), each]));
  for (const each of kept) {
    const known = all.get(granteeKey(each.grantee));
    if (known && isSufficient(known, each)) continue;
    all.set(granteeKey(each.grantee), !known || isSufficient(each, known) ? each : keptBesides(each));
  }
  return [...all.values()];
}

/** A kept permission beside a wanted one that ends at another time. */
const keptBesides = (kept: AccessGrant): AccessGrant => ({ ...kept, reduced: 'expiry_differs', outcome: 'waiting' });

/** Grantees who can open a copy through its folder, although the original, which was moved, is not open to them. */
export function inheritedAfterMove(
  { source, mappings, effective }: CopyAccess,
  destination: string,
): readonly AccessGrant[] {
  const allowed = new Map<string, number>();
  for (const [key, { grantee, role }] of source)
    for (const each of [grantee, mappings.get(key)!.becomes ?? grantee])
      allowed.set(granteeKey(each), Math.max(rankOf(role), allowed.get(granteeKey(each)) ?? -1));
  return [...effective].flatMap(([key, access]): AccessGrant[] => {
    const { grantee, role, isOfTarget, existing } = access;
    if (isOfTarget || existing || key === destination || rankOf(role) <= (allowed.get(key) ?? -1)) return [];
    const terms = present(access, 'expiresAt', 'isDiscoverable');
    return [{ grantee, role, ...terms, originals: [], outcome: 'wider', code: 'original_moved' }];
  });
}
