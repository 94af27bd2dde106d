import {
  type AccessCode,
  type AccessGrant,
  type AccessRecord,
  type AccessRestrictions,
  type DrivePermission,
  type EarlierPermission,
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
  { grantee, permissionId }: Pick<AccessGrant, 'grantee' | 'permissionId'>,
  permissions: readonly DrivePermission[],
): DrivePermission | undefined => {
  const key = granteeKey(grantee);
  const given = permissions.filter(({ isMetadataOnly }) => !isMetadataOnly);
  return given.find(({ id }) => id === permissionId) ?? given.find((each) => granteeKey(each.grantee) === key);
};

/** Permissions on the item itself, without the owner's. */
export const directOf = (permissions: readonly DrivePermission[]): DrivePermission[] =>
  permissions.filter(({ isInherited, isMetadataOnly, role }) => !isInherited && !isMetadataOnly && role !== 'owner');

/** Whether a permission allows everything that the wanted one should. */
export const isSufficient = (found: Pick<DrivePermission, 'role' | 'expiresAt'>, wanted: WantedPermission): boolean =>
  atLeast(found.role, wanted.role) &&
  (found.expiresAt === undefined ||
    (wanted.expiresAt !== undefined && found.expiresAt >= wanted.expiresAt - EXPIRY_SLACK_MS));

const isSame = (one: WantedPermission, other: WantedPermission): boolean =>
  one.role === other.role &&
  one.expiresAt === other.expiresAt &&
  (one.isDiscoverable ?? false) === (other.isDiscoverable ?? false);

/** Reductions that the user chose: their outcome is `equal`. */
const CHOSEN: ReadonlySet<AccessCode> = new Set(['owner_reduced', 'link_restricted']);

/** The wanted access of a copy. */
export interface Plan {
  readonly ordinal: number;
  readonly copyId: string;
  readonly wanted: readonly WantedPermission[];
  readonly restrictions: AccessRestrictions;
  /** Roles that the carried grantees should have, including inherited ones, by `granteeKey`. */
  readonly intended: ReadonlyMap<string, Role>;
}

/**
 * The record of the wanted access of a copy, based on that of an earlier run.
 * @param isWorthRetrying whether a retry can succeed after a refusal with this code
 * @returns undefined if there is nothing to do and no earlier record; the earlier record itself if nothing changed
 */
export function plannedRecord(
  { ordinal, copyId, wanted, restrictions, intended }: Plan,
  earlier: AccessRecord | undefined,
  isWorthRetrying: (code: AccessCode) => boolean,
): AccessRecord | undefined {
  const known = earlier?.copyId === copyId ? earlier : undefined;
  const remaining = new Map(known?.grants.map((grant) => [granteeKey(grant.grantee), grant]));
  const grants = wanted.map((each): AccessGrant => {
    const grant = remaining.get(granteeKey(each.grantee));
    remaining.delete(granteeKey(each.grantee));
    if (grant?.isKept && atLeast(grant.role, each.role)) return grant;
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
    else if (grant.permissionId) grants.push({ ...rest, isWithdrawn: true, outcome: 'waiting' });
  }
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
 * have it before.
 */
export function withOwnPermission(
  grant: AccessGrant,
  found: readonly DrivePermission[] | undefined,
  before: readonly EarlierPermission[] = [],
): AccessGrant {
  if (grant.outcome !== 'waiting' || grant.permissionId || !found) return grant;
  const permission = permissionOf(grant, directOf(found));
  if (!permission) return grant;
  const earlier = before.find(({ id }) => id === permission.id);
  if (earlier?.role === permission.role && earlier.expiresAt === permission.expiresAt) return grant;
  return { ...grant, permissionId: permission.id, ...(earlier && { raisedFrom: earlier }) };
}

/** The next step for a permission of a copy, so that the grantee has exactly the wanted access. */
export type GrantStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'grant' }
  | { readonly do: 'change'; readonly id: string; readonly to: { role: Role; expiresAt?: number | null } }
  | { readonly do: 'remove'; readonly id: string }
  /** The destination's owner has changed what CloudMover had set, so it stays. */
  | { readonly do: 'leave' };

/**
 * @param found permissions of the copy; missing: the copy is new and has no direct ones
 * @param before permissions of the copy that CloudMover did not create
 */
export function nextStep(
  grant: AccessGrant,
  found: readonly DrivePermission[] | undefined,
  before: readonly EarlierPermission[] = [],
): GrantStep {
  const permission = found && permissionOf(grant, found);
  const { permissionId, setRole, raisedFrom, expiresAt } = grant;
  const isChangedSince =
    found !== undefined &&
    permissionId !== undefined &&
    (permission?.id !== permissionId || (!permission.isInherited && setRole && permission.role !== setRole));
  if (isChangedSince) return { do: 'leave' };
  if (grant.isWithdrawn) {
    if (!permissionId) return { do: 'leave' };
    if (!raisedFrom) return { do: 'remove', id: permissionId };
    return { do: 'change', id: permissionId, to: { role: raisedFrom.role, expiresAt: raisedFrom.expiresAt ?? null } };
  }
  if (!permission) return { do: 'grant' };
  const isEarlier = before.some(({ id }) => id === permission.id);
  if (isSufficient(permission, grant)) {
    // CloudMover's permission allows more than wanted if the original lost access since the earlier run.
    const isMore = permission.role !== grant.role || !isSameExpiry(permission.expiresAt, expiresAt);
    if (permissionId !== permission.id || permission.isInherited || isEarlier || !isMore) return { do: 'nothing' };
  }
  if (permission.isInherited) return { do: 'grant' };
  const least = raisedFrom ?? before.find(({ id }) => id === permission.id);
  const role = least && atLeast(least.role, grant.role) ? least.role : grant.role;
  const end = least && least.expiresAt === undefined ? undefined : expiresAt;
  return { do: 'change', id: permission.id, to: { role, expiresAt: end ?? null } };
}

const isSameExpiry = (one: number | undefined, other: number | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && Math.abs(one - other) <= EXPIRY_SLACK_MS);

/** A permission that allows too much. Change it `to` the wanted role and expiry, or remove it. */
export interface Excess {
  readonly permission: DrivePermission;
  readonly to?: { readonly role: Role; readonly expiresAt: number | null };
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
    if (!permission || !isSufficient(permission, grant))
      return { ...rest, outcome: 'narrower', code: code ?? 'refused' };
    const earlier = grant.raisedFrom ?? before.find(({ id }) => id === permission.id);
    const isWanted = permission.isInherited || permission.role === 'owner' || code === 'changed_since';
    const allowed = [effective.get(granteeKey(grant.grantee)), earlier, ...(served.get(permission.id) ?? [])];
    if (!isWanted && isWider(permission, grant, allowed, !earlier)) {
      // Google cannot change whether searches find an item, so the permission must be removed.
      const isFound = permission.isDiscoverable && !grant.isDiscoverable;
      excess.push({
        permission,
        ...(!isFound && { to: { role: grant.role, expiresAt: grant.expiresAt ?? null } }),
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
    excess.push({ permission });
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
  { role, expiresAt, isDiscoverable }: DrivePermission,
  wanted: AccessGrant,
  allowed: readonly ({ readonly role: Role; readonly expiresAt?: number } | undefined)[],
  isNew: boolean,
): boolean {
  if (isNew && isDiscoverable && !wanted.isDiscoverable) return true;
  if (allowed.some((each) => each && atLeast(each.role, role) && each.expiresAt === undefined)) return false;
  const isLonger = wanted.expiresAt !== undefined && (expiresAt ?? Infinity) > wanted.expiresAt + EXPIRY_SLACK_MS;
  return isLonger || !atLeast(wanted.role, role);
}

/** The permissions of a copy that CloudMover did not create, and the earlier state of those that it raised. */
export function earlierOf(found: readonly DrivePermission[], { grants }: AccessRecord): EarlierPermission[] {
  const own = new Map(
    grants.flatMap(({ permissionId, raisedFrom }) => (permissionId ? [[permissionId, raisedFrom]] : [])),
  );
  return directOf(found).flatMap((permission) => {
    const { id, role } = permission;
    return own.has(id) ? (own.get(id) ?? []) : { id, role, ...present(permission, 'expiresAt') };
  });
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

/** Combines both lists; for the same grantee, the higher role. */
export function mergedByGrantee(
  wanted: readonly WantedPermission[],
  kept: readonly AccessGrant[],
): (WantedPermission | AccessGrant)[] {
  const all = new Map<string, WantedPermission>(wanted.map((each) => [granteeKey(each.grantee), each]));
  for (const each of kept) {
    const known = all.get(granteeKey(each.grantee));
    if (!known || !atLeast(known.role, each.role)) all.set(granteeKey(each.grantee), each);
  }
  return [...all.values()];
}
