import { findItem, maskOf, numberParameter, viewOf, type Call } from './call.ts';
import {
  atLeast,
  FOLDER,
  permissionIdOf,
  type Account,
  type DriveStore,
  type Item,
  type Permission,
  type Role,
} from './drive-store.ts';
import { GoogleError, insufficientFilePermissions, invalidValue } from './errors.ts';
import type { Reply } from './exchange.ts';
import { applyMask, type Schema } from './fields.ts';
import { isCapable, PERMISSION_SCHEMA, permissionResource } from './file-resource.ts';
import { parseTime } from './query.ts';

const YEAR_MS = 366 * 24 * 3600 * 1000;
const DEFAULT_PERMISSION_FIELDS = 'kind,id,type,role';
const PERMISSION_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, permissions: PERMISSION_SCHEMA };

/** Sharing ("Share files, folders, and drives") and changes of owner ("Transfer file ownership"). */
export class PermissionsApi {
  /** E-mails that Google would have sent about new permissions. */
  notifications: { to: string; fileId: string; role: Role }[] = [];
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /** Carries out a call whose operation begins with `permissions.`. */
  async handle(call: Call): Promise<Reply> {
    switch (call.route.operation) {
      case 'permissions.list':
        return this.listPermissions(call);
      case 'permissions.get':
        return this.getPermission(call);
      case 'permissions.create':
        return this.createPermission(call);
      case 'permissions.update':
        return this.updatePermission(call);
      case 'permissions.delete':
        return this.deletePermission(call);
      default:
        throw new Error(`No method ${call.route.operation}.`);
    }
  }

  private listPermissions(call: Call): Reply {
    const item = findItem(call, this.store);
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    const { query } = call.exchange;
    const mask = maskOf(call, PERMISSION_LIST_SCHEMA, `kind,nextPageToken,permissions(${DEFAULT_PERMISSION_FIELDS})`);
    const pageSize = numberParameter(query, 'pageSize', 100, 1, 100);
    const pageToken = query.get('pageToken');
    if (pageToken && !/^\d+$/.test(pageToken)) throw invalidValue('pageToken');
    const start = Number(pageToken ?? 0);
    const all = this.store.effectivePermissions(item);
    const view = viewOf(call, this.store);
    const json = {
      kind: 'drive#permissionList',
      ...(start + pageSize < all.length ? { nextPageToken: String(start + pageSize) } : {}),
      permissions: all.slice(start, start + pageSize).map((each) => permissionResource(each, view)),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  private getPermission(call: Call): Reply {
    const item = findItem(call, this.store);
    const id = call.route.permissionId ?? '';
    const mine = id === call.caller.account.permissionId;
    if (!mine && !atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    return this.answerPermission(call, item, id);
  }

  private answerPermission(call: Call, item: Item, id: string): Reply {
    const found = this.store.effectivePermissions(item).find(({ permission }) => permission.id === id);
    if (!found) throw permissionNotFound(id);
    const mask = maskOf(call, PERMISSION_SCHEMA, DEFAULT_PERMISSION_FIELDS);
    return { status: 200, json: applyMask(permissionResource(found, viewOf(call, this.store)), mask) };
  }

  private checkMayShare(call: Call, item: Item): void {
    if (!isCapable('canShare', item, viewOf(call, this.store))) throw insufficientFilePermissions();
  }

  private async createPermission(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const body = await call.exchange.json();
    const { query } = call.exchange;
    const type = body['type'];
    const role = readRole(body['role']);
    if (type !== 'user' && type !== 'group' && type !== 'domain' && type !== 'anyone')
      throw invalidValue('permission.type', 'The permission type field is required.');
    this.checkMayShare(call, item);
    const expirationTime = this.readExpiration(body['expirationTime'], item, type, role);
    const common = { role, since: this.now(), ...(expirationTime === undefined ? {} : { expirationTime }) };
    if (type === 'anyone' || type === 'domain') {
      if (role !== 'reader' && role !== 'commenter' && role !== 'writer')
        throw invalidValue('permission.role', `The role ${role} cannot be given to ${type}.`);
      const domain = body['domain'];
      if (type === 'domain' && (typeof domain !== 'string' || domain === ''))
        throw invalidValue('permission.domain', 'The domain field is required for permissions of type domain.');
      const discoverable = body['allowFileDiscovery'] === true;
      const permission: Permission = {
        ...common,
        id: type === 'anyone' ? (discoverable ? 'anyone' : 'anyoneWithLink') : permissionIdOf(`@${String(domain)}`),
        type,
        allowFileDiscovery: discoverable,
        ...(type === 'domain' ? { domain: String(domain) } : {}),
      };
      return this.answerPermission(call, item, this.store.share(item, permission).id);
    }

    const email = body['emailAddress'];
    if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+\.?[^@\s]*$/.test(email))
      throw invalidValue(
        'permission.emailAddress',
        'The specified emailAddress is invalid or not applicable for the given permission type.',
      );
    const notify = query.get('sendNotificationEmail') !== 'false';
    const grantee = this.store.account(email);
    if (!grantee && type === 'user' && !notify)
      throw new GoogleError(
        400,
        'invalidSharingRequest',
        `Bad Request. User message: "You are trying to invite ${email}. Since there is no Google account associated ` +
          'with this email address, you must check the "Notify people" box to invite this recipient."',
      );
    if (role === 'owner') {
      this.transferOwnership(call, item, grantee, email);
      this.notifications.push({ to: email, fileId: item.id, role });
      return this.answerPermission(call, item, permissionIdOf(email));
    }
    if (grantee !== item.owner) {
      const permission: Permission = { ...common, id: permissionIdOf(email), type, email: grantee?.email ?? email };
      if (body['pendingOwner'] === true) permission.pendingOwner = true;
      const kept = this.store.share(item, permission);
      if (permission.pendingOwner) kept.pendingOwner = true;
    }
    if (notify) this.notifications.push({ to: email, fileId: item.id, role });
    return this.answerPermission(call, item, permissionIdOf(email));
  }

  private transferOwnership(call: Call, item: Item, to: Account | undefined, email: string): void {
    if (call.exchange.query.get('transferOwnership') !== 'true')
      throw new GoogleError(
        403,
        'forbidden',
        "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
        { location: 'transferOwnership' },
      );
    const { account } = call.caller;
    const pending = to && item.permissions?.get(to.permissionId)?.pendingOwner;
    const accepts = to === account && pending;
    if (item.owner !== account && !accepts) throw insufficientFilePermissions();
    if (!to || domainOf(email) !== domainOf(item.owner.email))
      throw new GoogleError(
        400,
        'ownershipChangeAcrossDomainNotPermitted',
        'Ownership can only be transferred to another user in the same organization as the current owner.',
      );
    // Between private accounts the new owner must agree ("Transfer file ownership").
    if (domainOf(email) === 'gmail.com' && !accepts)
      throw new GoogleError(
        403,
        'consentRequiredForOwnershipTransfer',
        'Consent is required to transfer ownership of a file to another user.',
      );
    this.store.setOwner(item, to);
  }

  private async updatePermission(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const body = await call.exchange.json();
    const id = call.route.permissionId ?? '';
    const role = body['role'] === undefined ? undefined : readRole(body['role']);
    const permission = item.permissions?.get(id);
    if (role === 'owner') {
      const to = [...this.store.accounts.values()].find((each) => each.permissionId === id);
      this.transferOwnership(call, item, to, to?.email ?? '');
      return this.answerPermission(call, item, id);
    }
    this.checkMayShare(call, item);
    if (!permission) throw this.notOnThisItem(item, id);
    const expirationTime = this.readExpiration(body['expirationTime'], item, permission.type, role ?? permission.role);
    if (role !== undefined) permission.role = role;
    if (typeof body['pendingOwner'] === 'boolean') permission.pendingOwner = body['pendingOwner'];
    if (expirationTime !== undefined) permission.expirationTime = expirationTime;
    if (call.exchange.query.get('removeExpiration') === 'true') delete permission.expirationTime;
    this.store.touch(item);
    return this.answerPermission(call, item, id);
  }

  private deletePermission(call: Call): Reply {
    const item = findItem(call, this.store);
    const id = call.route.permissionId ?? '';
    // Everybody may leave.
    if (id !== call.caller.account.permissionId) this.checkMayShare(call, item);
    if (!item.permissions?.has(id)) throw this.notOnThisItem(item, id);
    this.store.unshare(item, id);
    return { status: 204 };
  }

  private notOnThisItem(item: Item, id: string): GoogleError {
    if (id === item.owner.permissionId) return insufficientFilePermissions();
    const inherited = this.store.effectivePermissions(item).some(({ permission }) => permission.id === id);
    return inherited
      ? new GoogleError(
          403,
          'cannotModifyInheritedPermission',
          'Cannot modify a permission that is inherited from a parent folder.',
        )
      : permissionNotFound(id);
  }

  /** "Share files, folders, and drives": only users and groups, at most a year ahead, readers only on folders. */
  private readExpiration(value: unknown, item: Item, type: string, role: Role): number | undefined {
    if (value === undefined || value === null) return undefined;
    const refuse = (message: string): GoogleError => invalidValue('permission.expirationTime', message);
    const time = typeof value === 'string' ? parseTime(value) : undefined;
    if (time === undefined) throw refuse('The expirationTime is not an RFC 3339 date-time.');
    if (type !== 'user' && type !== 'group')
      throw refuse('Expiration dates can only be set on user and group permissions.');
    if (time <= this.now()) throw refuse('The expirationTime must be in the future.');
    if (time > this.now() + YEAR_MS) throw refuse('The expirationTime cannot be more than a year in the future.');
    if (item.mimeType === FOLDER && role !== 'reader')
      throw refuse('On folders, expiration dates can only be set for readers.');
    return time;
  }
}

function readRole(value: unknown): Role {
  switch (value) {
    case 'reader':
    case 'commenter':
    case 'writer':
    case 'owner':
      return value;
    case 'organizer':
    case 'fileOrganizer':
      throw new GoogleError(403, 'cannotShareTeamDriveRole', `The role ${value} can only be given on shared drives.`);
    default:
      throw invalidValue('permission.role', 'The permission role field is required.');
  }
}

function permissionNotFound(id: string): GoogleError {
  return new GoogleError(404, 'notFound', `Permission not found: ${id}.`, { location: 'permissionId' });
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
