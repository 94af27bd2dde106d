import type { Behavior } from '../faults/behavior.ts';
import { checkKinds } from '../http/body-kinds.ts';
import { deleted, findItem, maskOf, pageFrom, pageSizeOf, startOfPage, viewOf, type Call } from '../http/call.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { GoogleError, googleError, insufficientFilePermissions } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, below, type Mask, type Schema } from '../http/fields.ts';
import { isOff, isOn } from '../http/query-types.ts';
import { isCapable } from './capabilities.ts';
import { driveForAdmin } from './domain-admin.ts';
import type { DriveStore } from './drive-store.ts';
import {
  atLeast,
  driveOf,
  permissionIdOf,
  personOf,
  type Account,
  type Item,
  type Permission,
  type Role,
} from './model.ts';
import { checkPendingOwner, checkTransfer, OWNER_ERRORS, setPendingOwner, transferOwnership } from './ownership.ts';
import { PermissionHistory } from './permission-history.ts';
import { PERMISSION_SCHEMA, permissionResource } from './permission-resource.ts';
import { checkView, GRANTEE_ERRORS, readRole, ROLE_ERRORS, SharingRules, type Grant } from './sharing-rules.ts';
import { rfc3339 } from './times.ts';

const DEFAULT_PERMISSION_FIELDS = 'kind,id,type,role';
const PERMISSION_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, permissions: PERMISSION_SCHEMA };

/** Errors of every call about an item's permissions. */
const ITEM_ERRORS = ['fileNotFound', 'insufficientFilePermissions', 'insufficientAdministratorPrivileges'] as const;

/** Errors of changing a permission that is inherited, missing or the owner's. */
const STANDING_ERRORS = [
  'permissionNotFound',
  'cannotRemoveOwner',
  'cannotDeletePermission',
  'cannotModifyInheritedPermission',
  'cannotModifyInheritedTeamDrivePermission',
  'sharingRateLimitExceeded',
] as const;

/** The endpoints of permissions. */
export const PERMISSIONS_ENDPOINTS = {
  'permissions.list': {
    at: 'GET /drive/v3/files/{fileId}/permissions',
    handle: ({ permissions }, call) => permissions.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 80,
    errors: ITEM_ERRORS,
  },
  'permissions.create': {
    at: 'POST /drive/v3/files/{fileId}/permissions',
    handle: ({ permissions }, call) => permissions.create(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 600,
    errors: [
      ...ITEM_ERRORS,
      ...ROLE_ERRORS,
      ...GRANTEE_ERRORS,
      ...OWNER_ERRORS,
      'sharingRateLimitExceeded',
      'mailNotSent',
    ],
  },
  'permissions.get': {
    at: 'GET /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: [...ITEM_ERRORS, 'permissionNotFound'],
  },
  'permissions.update': {
    at: 'PATCH /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [...ITEM_ERRORS, ...ROLE_ERRORS, ...OWNER_ERRORS, ...STANDING_ERRORS, 'fieldIsNotWritable'],
  },
  'permissions.delete': {
    at: 'DELETE /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 400,
    errors: [...ITEM_ERRORS, ...STANDING_ERRORS],
  },
} as const satisfies Endpoints;

/** An e-mail that Google would have sent. */
export interface Notification {
  to: string;
  fileId: string;
  role: Role;
  /** E-mail of the person who shared the item. */
  from: string;
  time: string;
  /** `emailMessage` of the request. */
  message?: string;
}

/** Fields that an update cannot change: the grantee of a permission is fixed. */
const NOT_WRITABLE = ['id', 'type', 'emailAddress', 'domain', 'displayName', 'kind', 'permissionDetails', 'deleted'];

/** Sharing ("Share files, folders, and drives"). */
export class PermissionsApi {
  notifications: Notification[] = [];
  private readonly store: DriveStore;
  private readonly behavior: Behavior;
  private readonly now: () => number;
  private readonly rules: SharingRules;
  private readonly history = new PermissionHistory();

  constructor(store: DriveStore, behavior: Behavior, now: () => number) {
    this.store = store;
    this.behavior = behavior;
    this.now = now;
    this.rules = new SharingRules(store, now);
  }

  list(call: Call): Reply {
    const { item, asAdmin } = this.find(call);
    if (!asAdmin && !atLeast(this.store.roleOf(item, call.caller.account), 'writer'))
      throw insufficientFilePermissions();
    const { query } = call.exchange;
    checkView('includePermissionsForView', query.get('includePermissionsForView'));
    const mask = maskOf(call, PERMISSION_LIST_SCHEMA, `kind,nextPageToken,permissions(${DEFAULT_PERMISSION_FIELDS})`);
    const start = startOfPage(call);
    const all = this.store.access.effectivePermissions(item);
    // Outside shared drives, a request without a page size gets the whole list (reference of permissions.list).
    const isWhole = !query.get('pageSize') && !driveOf(item);
    const pageSize = isWhole ? Math.max(1, all.length) : pageSizeOf(call, this.store, 100, 100);
    const view = viewOf(call, this.store);
    const inner = below(mask, 'permissions');
    const page = pageFrom(call, all, start, pageSize);
    const json = {
      kind: 'drive#permissionList',
      ...page.next,
      ...(inner && { permissions: page.shown.map((each) => permissionResource(each, item, view, inner)) }),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  get(call: Call): Reply {
    const { item, asAdmin } = this.find(call);
    const id = call.route.ids.permissionId ?? '';
    const mine = id === call.caller.account.permissionId;
    if (!mine && !asAdmin && !atLeast(this.store.roleOf(item, call.caller.account), 'writer'))
      throw insufficientFilePermissions();
    return this.answerPermission(call, item, id, permissionMask(call));
  }

  async create(call: Call): Promise<Reply> {
    const mask = permissionMask(call);
    const { item, asAdmin } = this.find(call);
    const body = checkKinds(await call.exchange.json(), 'permission');
    const { query } = call.exchange;
    checkView('permission.view', body['view']);
    const grant = this.rules.readGrant(body, item);
    if (!asAdmin) this.checkMayShare(call, item);
    const { role, type, email } = grant;
    const notify = !isOff(query, 'sendNotificationEmail');
    if (role === 'owner') {
      const grantee = this.rules.granteeOf(grant);
      // The mail about an acceptance goes to the previous owner ("Transfer file ownership").
      const mailedTo = grantee === call.caller.account ? personOf(item)?.email : email;
      this.transfer(call, item, grantee, email ?? '');
      this.notify(call, item, role, mailedTo);
      return this.answerPermission(call, item, permissionIdOf(email ?? ''), mask);
    }
    const sharer = asAdmin ? 'organizer' : this.store.roleOf(item, call.caller.account);
    const expirationTime = this.rules.readExpiration(body['expirationTime'], item, type, role);
    this.rules.checkRole(item, sharer, grant);
    this.rules.checkMayBeShared(item, grant, notify);
    const permission = this.permissionFor(grant, expirationTime);
    if (grant.pendingOwner) checkPendingOwner(call, item, permission);
    this.behavior.spendShare(call.caller.account, item.name);
    // The owner already has access.
    if (permission.id !== personOf(item)?.permissionId)
      this.write(call, item, () => {
        const kept = this.store.share(item, permission);
        if (grant.pendingOwner) setPendingOwner(item, kept);
      });
    if (notify && email !== undefined) {
      // The item is shared despite this error: "Sorry, the items were successfully shared but emails could not be sent".
      if (call.exchange.fault?.kind === 'mailNotSent') throw googleError('mailNotSent', { email });
      this.notify(call, item, role, email);
    }
    return this.answerPermission(call, item, permission.id, mask);
  }

  private transfer(call: Call, item: Item, grantee: Account | undefined, email: string): void {
    const to = checkTransfer(this.store, call, item, grantee, email);
    this.rules.checkRole(item, 'owner', { type: 'user', role: 'owner', email });
    this.behavior.spendShare(call.caller.account, item.name);
    this.write(call, item, () => transferOwnership(this.store, call, item, to));
  }

  private permissionFor(grant: Grant, expirationTime: number | undefined): Permission {
    const { type, role, email, domain, discoverable } = grant;
    const common = { type, role, since: this.now(), ...(expirationTime === undefined ? {} : { expirationTime }) };
    if (email !== undefined) return { ...common, id: permissionIdOf(email), email };
    const allowFileDiscovery = discoverable;
    if (domain !== undefined) return { ...common, id: permissionIdOf(`@${domain}`), domain, allowFileDiscovery };
    return { ...common, id: linkId(discoverable), allowFileDiscovery };
  }

  private notify(call: Call, item: Item, role: Role, email = ''): void {
    const message = call.exchange.query.get('emailMessage');
    this.notifications.push({
      to: email,
      fileId: item.id,
      role,
      from: call.caller.account.email,
      time: rfc3339(this.now()) ?? '',
      ...(message ? { message } : {}),
    });
  }

  async update(call: Call): Promise<Reply> {
    const mask = permissionMask(call);
    const { item, asAdmin } = this.find(call);
    const body = checkKinds(await call.exchange.json(), 'permission');
    const { query } = call.exchange;
    const id = call.route.ids.permissionId ?? '';
    const fixed = Object.keys(body).find((name) => NOT_WRITABLE.includes(name));
    if (fixed !== undefined) throw googleError('fieldIsNotWritable', { resource: 'permission', name: fixed });
    const given = body['role'] === undefined ? undefined : readRole(body['role'], item);
    if (given === 'owner') {
      if (!this.store.access.effectivePermission(item, id)) throw googleError('permissionNotFound', { id });
      const to = [...this.store.accounts.values()].find((each) => each.permissionId === id);
      this.transfer(call, item, to, to?.email ?? '');
      return this.answerPermission(call, item, id, mask);
    }
    if (!asAdmin) this.checkMayShare(call, item);
    const permission = this.store.access.directPermission(item, id);
    if (!permission) throw this.notOnThisItem(item, id);
    const { type, email } = permission;
    const role = given ?? permission.role;
    if ((type === 'anyone' || type === 'domain') && !atLeast('writer', role))
      throw googleError('roleNotForType', { role, type });
    // Access that is inherited cannot be reduced ("Share files, folders, and drives").
    if (!atLeast(role, this.inheritedRole(item, id) ?? role)) throw this.inheritedRefusal(item);
    const sharer = asAdmin ? 'organizer' : this.store.roleOf(item, call.caller.account);
    if (role !== 'organizer') checkManagerRemains(item, permission);
    if (given !== undefined)
      this.rules.checkRole(item, sharer, { type, role, ...(email === undefined ? {} : { email }) });
    const expirationTime = this.rules.readExpiration(body['expirationTime'], item, type, role);
    const ends = !isOn(query, 'removeExpiration') && (expirationTime ?? permission.expirationTime) !== undefined;
    if (ends) this.rules.checkExpiringRole(item, role);
    const offered = body['pendingOwner'];
    if (offered === true) checkPendingOwner(call, item, { ...permission, role });
    const discovery = body['allowFileDiscovery'];
    if (typeof discovery === 'boolean')
      this.rules.checkDiscovery(personOf(item)?.email ?? '', { type, discoverable: discovery });
    this.behavior.spendShare(call.caller.account, item.name);
    this.write(call, item, () => {
      const changed: Permission = { ...permission, role, ...(expirationTime === undefined ? {} : { expirationTime }) };
      if (!ends) delete changed.expirationTime;
      if (offered === false) changed.pendingOwner = false;
      if (typeof discovery === 'boolean' && email === undefined) {
        changed.allowFileDiscovery = discovery;
      }
      const others = [...(item.permissions?.values() ?? [])].filter((each) => each.id !== id);
      const key = type === 'anyone' ? linkId(changed.allowFileDiscovery === true) : id;
      this.store.replacePermissions(item, [...others, { ...changed, id: key }]);
      const kept = item.permissions?.get(key);
      if (offered === true && kept) setPendingOwner(item, kept);
    });
    return this.answerPermission(call, item, item.permissions?.has(id) ? id : linkId(discovery === true), mask);
  }

  delete(call: Call): Reply {
    const { item, asAdmin } = this.find(call);
    const id = call.route.ids.permissionId ?? '';
    // Everyone may remove their own permission.
    if (!asAdmin && id !== call.caller.account.permissionId) this.checkMayShare(call, item);
    const permission = this.store.access.directPermission(item, id);
    if (!permission) throw this.notOnThisItem(item, id);
    checkManagerRemains(item, permission);
    this.write(call, item, () => this.store.unshare(item, id));
    return deleted(this.store);
  }

  /** The item of a call; with `useDomainAdminAccess` also a shared drive whose administrator the caller is. */
  private find(call: Call): { item: Item; asAdmin: boolean } {
    const id = call.route.ids.fileId ?? '';
    const drive = driveForAdmin(call, this.store, id, 'insufficientAdministratorPrivileges');
    return drive ? { item: drive.root, asAdmin: true } : { item: findItem(call, this.store), asAdmin: false };
  }

  private checkMayShare(call: Call, item: Item): void {
    if (!isCapable('canShare', item, viewOf(call, this.store))) throw insufficientFilePermissions();
  }

  private answerPermission(call: Call, item: Item, id: string, mask: Mask): Reply {
    const found = this.store.access.effectivePermission(item, id);
    if (!found) throw googleError('permissionNotFound', { id });
    return { status: 200, json: permissionResource(found, item, viewOf(call, this.store), mask) };
  }

  /**
   * Changes an item's permissions as one list, as Google does: the last of several overlapping requests reverts the
   * others or is refused.
   */
  private write(call: Call, item: Item, change: () => void): void {
    const read = this.history.asOf(item, call.exchange.arrivedAt);
    if (read && this.store.switches.overlappingShares === 'refuse')
      throw googleError('sharingRateLimitExceeded', { name: item.name });
    if (read && this.store.switches.overlappingShares === 'lastWins') this.store.replacePermissions(item, read);
    const before = Array.from(item.permissions?.values() ?? [], (each) => ({ ...each }));
    const at = this.store.changes.next;
    change();
    this.history.record({ item, at, before });
  }

  /** The role that a grantee inherits on an item. */
  private inheritedRole(item: Item, id: string): Role | undefined {
    const found = this.store.access.effectivePermission(item, id);
    const above = found?.details.filter(({ from }) => from !== undefined).map(({ role }) => role) ?? [];
    return above.reduce<Role | undefined>((best, role) => (atLeast(best, role) ? best : role), undefined);
  }

  private notOnThisItem(item: Item, id: string): GoogleError {
    if (id === personOf(item)?.permissionId) return googleError('cannotRemoveOwner');
    const inherited = this.store.access.effectivePermission(item, id) !== undefined;
    return inherited ? this.inheritedRefusal(item) : googleError('permissionNotFound', { id });
  }

  private inheritedRefusal(item: Item): GoogleError {
    return driveOf(item) && this.store.switches.inheritedPermissionReason === 'teamDrive'
      ? googleError('cannotModifyInheritedTeamDrivePermission')
      : googleError('cannotModifyInheritedPermission');
  }
}

/** The call's `fields` of a permission; read before a call changes anything, because they may be invalid. */
function permissionMask(call: Call): Mask {
  return maskOf(call, PERMISSION_SCHEMA, DEFAULT_PERMISSION_FIELDS);
}

/** @throws GoogleError if a shared drive would lose its only manager. */
function checkManagerRemains(item: Item, { role }: Permission): void {
  const organizers = [...(item.permissions?.values() ?? [])].filter((each) => each.role === 'organizer');
  if (role === 'organizer' && organizers.length === 1) throw googleError('cannotDeletePermission');
}

/** The id of the permission of type `anyone`. */
function linkId(discoverable: boolean): string {
  return discoverable ? 'anyone' : 'anyoneWithLink';
}
