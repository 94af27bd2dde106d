import type { Endpoints } from '../http/endpoint.ts';
import { checkKinds } from '../http/body-kinds.ts';
import { deleted, findItem, maskOf, numberParameter, viewOf, type Call } from '../http/call.ts';
import {
  atLeast,
  driveOf,
  FOLDER,
  permissionIdOf,
  personOf,
  type Account,
  type DriveStore,
  type Item,
  type Permission,
  type Role,
} from './drive-store.ts';
import { domainOf, isConsumer } from '../directory/directory.ts';
import { GoogleError, googleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Schema } from '../http/fields.ts';
import { isCapable, PERMISSION_SCHEMA, permissionResource } from './file-resource.ts';
import { parseTime } from './query.ts';

const YEAR_MS = 366 * 24 * 3600 * 1000;
/** Domains of private accounts: ownership changes hands only when the recipient agrees ("Transfer file ownership"). */
const DEFAULT_PERMISSION_FIELDS = 'kind,id,type,role';
const PERMISSION_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, permissions: PERMISSION_SCHEMA };

/** What a grant, or a change of one, is refused for. */
const SHARING_ERRORS = [
  'fileNotFound',
  'insufficientFilePermissions',
  'roleRequired',
  'ownerOnTeamDriveItemNotSupported',
  'organizerOnNonTeamDriveItemNotSupported',
  'organizerOnNonTeamDriveNotSupported',
  'fileOrganizerOnNonTeamDriveNotSupported',
  'fileOrganizerOnFoldersInSharedDriveOnly',
  'invalidExpiration',
  'cannotSetExpirationOnAnyoneOrDomain',
  'expirationDateNotAllowedForSharedDriveMembers',
  'expirationDatesMustBeInTheFuture',
  'cannotSetExpiration',
  'onlyReadersExpireOnFolders',
  'invalidOwnershipTransfer',
  'transferOwnershipRequired',
  'consentRequiredForOwnershipTransfer',
  'ownershipChangeAcrossDomainNotPermitted',
] as const;

/** What a change of a permission is refused for that is not on the item, or is the owner's. */
const STANDING_ERRORS = [
  'permissionNotFound',
  'cannotRemoveOwner',
  'cannotModifyInheritedPermission',
  'cannotModifyInheritedTeamDrivePermission',
] as const;

/** The endpoints of permissions. */
export const PERMISSIONS_ENDPOINTS = {
  'permissions.list': {
    at: 'GET /drive/v3/files/{fileId}/permissions',
    handle: ({ permissions }, call) => permissions.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions'],
  },
  'permissions.create': {
    at: 'POST /drive/v3/files/{fileId}/permissions',
    handle: ({ permissions }, call) => permissions.create(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 600,
    errors: [
      ...SHARING_ERRORS,
      'typeRequired',
      'domainRequired',
      'roleNotForType',
      'invalidEmail',
      'invalidSharingRequest',
      'sharedWithTooMany',
      'shareOutNotPermitted',
      'shareInNotPermitted',
      'publishOutNotPermitted',
      'cannotShareTeamDriveWithNonGoogleAccounts',
      'cannotShareTeamDriveTopFolderWithAnyoneOrDomains',
      'teamDriveDomainUsersOnlyRestriction',
      'teamDriveTeamMembersOnlyRestriction',
    ],
  },
  'permissions.get': {
    at: 'GET /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions', 'permissionNotFound'],
  },
  'permissions.update': {
    at: 'PATCH /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [...SHARING_ERRORS, ...STANDING_ERRORS, 'fieldIsNotWritable'],
  },
  'permissions.delete': {
    at: 'DELETE /drive/v3/files/{fileId}/permissions/{permissionId}',
    handle: ({ permissions }, call) => permissions.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 400,
    errors: ['fileNotFound', 'insufficientFilePermissions', ...STANDING_ERRORS],
  },
} as const satisfies Endpoints;

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

  list(call: Call): Reply {
    const item = findItem(call, this.store);
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    const { query } = call.exchange;
    const mask = maskOf(call, PERMISSION_LIST_SCHEMA, `kind,nextPageToken,permissions(${DEFAULT_PERMISSION_FIELDS})`);
    const pageToken = query.get('pageToken');
    if (pageToken && !/^\d+$/.test(pageToken)) throw invalidValue('pageToken');
    const start = Number(pageToken ?? 0);
    const all = this.store.access.effectivePermissions(item);
    // Outside of shared drives, the whole list is returned if no page size is given (reference of permissions.list).
    const pageSize = numberParameter(query, 'pageSize', driveOf(item) ? 100 : Math.max(1, all.length), 1, 100);
    const view = viewOf(call, this.store);
    const json = {
      kind: 'drive#permissionList',
      ...(start + pageSize < all.length ? { nextPageToken: String(start + pageSize) } : {}),
      permissions: all.slice(start, start + pageSize).map((each) => permissionResource(each, view)),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  get(call: Call): Reply {
    const item = findItem(call, this.store);
    const id = call.route.ids.permissionId ?? '';
    const mine = id === call.caller.account.permissionId;
    if (!mine && !atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    return this.answerPermission(call, item, id);
  }

  private answerPermission(call: Call, item: Item, id: string): Reply {
    const found = this.store.access.effectivePermissions(item).find(({ permission }) => permission.id === id);
    if (!found) throw permissionNotFound(id);
    const mask = maskOf(call, PERMISSION_SCHEMA, DEFAULT_PERMISSION_FIELDS);
    return { status: 200, json: applyMask(permissionResource(found, viewOf(call, this.store)), mask) };
  }

  private checkMayShare(call: Call, item: Item): void {
    if (!isCapable('canShare', item, viewOf(call, this.store))) throw insufficientFilePermissions();
  }

  async create(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const body = checkKinds(await call.exchange.json(), 'permission');
    const { query } = call.exchange;
    const type = body['type'];
    const role = readRole(body['role'], item);
    if (type !== 'user' && type !== 'group' && type !== 'domain' && type !== 'anyone')
      throw googleError('typeRequired');
    this.checkMayShare(call, item);
    this.checkRestrictions(item, type, body);
    this.checkCounts(item, type);
    const expirationTime = this.readExpiration(body['expirationTime'], item, type, role);
    const common = { role, since: this.now(), ...(expirationTime === undefined ? {} : { expirationTime }) };
    if (type === 'anyone' || type === 'domain') {
      if (role !== 'reader' && role !== 'commenter' && role !== 'writer')
        throw googleError('roleNotForType', { role, type });
      const domain = body['domain'];
      if (type === 'domain' && (typeof domain !== 'string' || domain === '')) throw googleError('domainRequired');
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
    if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+\.?[^@\s]*$/.test(email)) throw googleError('invalidEmail');
    const notify = query.get('sendNotificationEmail') !== 'false';
    const grantee = this.store.account(email);
    if (!grantee && type === 'user' && item === driveOf(item)?.root)
      throw googleError('cannotShareTeamDriveWithNonGoogleAccounts');
    if (!grantee && type === 'user' && !notify) throw googleError('invalidSharingRequest', { email });
    if (role === 'owner') {
      this.transferOwnership(call, item, grantee, email);
      this.notifications.push({ to: email, fileId: item.id, role });
      return this.answerPermission(call, item, permissionIdOf(email));
    }
    if (grantee === undefined || grantee !== item.owner) {
      const permission: Permission = { ...common, id: permissionIdOf(email), type, email: grantee?.email ?? email };
      const pending = body['pendingOwner'] === true;
      if (pending) this.checkPendingOwner(call, item, permission);
      const kept = this.store.share(item, permission);
      if (pending) setPendingOwner(item, kept);
    }
    if (notify) this.notifications.push({ to: email, fileId: item.id, role });
    return this.answerPermission(call, item, permissionIdOf(email));
  }

  /** What the domain's administrator, or the drive's managers, do not want shared. */
  private checkRestrictions(item: Item, type: Permission['type'], body: Record<string, unknown>): void {
    const email = typeof body['emailAddress'] === 'string' ? body['emailAddress'] : '';
    const domain = typeof body['domain'] === 'string' ? body['domain'].toLowerCase() : '';
    const to = type === 'domain' ? domain : domainOf(email);
    const drive = driveOf(item);
    if (drive) {
      const top = item === drive.root;
      if (top && (type === 'anyone' || type === 'domain'))
        throw googleError('cannotShareTeamDriveTopFolderWithAnyoneOrDomains');
      if (drive.restrictions.domainUsersOnly && to !== drive.domain)
        throw googleError('teamDriveDomainUsersOnlyRestriction');
      if (drive.restrictions.driveMembersOnly && !top && !this.store.access.isMember(drive, email))
        throw googleError('teamDriveTeamMembersOnlyRestriction');
    }
    const from = drive?.domain ?? domainOf(personOf(item)?.email ?? '');
    if (type === 'anyone') {
      if (this.store.directory.policyOf(from).publishOut === false) throw googleError('publishOutNotPermitted');
      return;
    }
    if (to === from) return;
    if (this.store.directory.policyOf(from).shareOut === false) throw googleError('shareOutNotPermitted');
    if (this.store.directory.policyOf(to).shareIn === false) throw googleError('shareInNotPermitted');
  }

  private checkCounts(item: Item, type: Permission['type']): void {
    const { limits } = this.store;
    const given = [...(item.permissions?.values() ?? [])];
    const groups = given.filter((each) => each.type === 'group').length;
    const drive = driveOf(item);
    const most = drive && item === drive.root ? limits.membersPerDrive : limits.peoplePerItem;
    if (given.length >= most || (drive && type === 'group' && groups >= limits.groupsPerItem))
      throw googleError('sharedWithTooMany');
  }

  /** A private account offers a file; the one it offers it to becomes its owner by saying so ("Transfer file ownership"). */
  private checkPendingOwner(call: Call, item: Item, permission: Permission): void {
    const owner = personOf(item);
    if (owner !== call.caller.account || permission.role !== 'writer' || permission.type !== 'user')
      throw googleError('invalidOwnershipTransfer');
    if (!isConsumer(owner.email) || !isConsumer(permission.email ?? '')) throw acrossDomains();
  }

  private transferOwnership(call: Call, item: Item, to: Account | undefined, email: string): void {
    if (call.exchange.query.get('transferOwnership') !== 'true') throw googleError('transferOwnershipRequired');
    const { account } = call.caller;
    const owner = personOf(item);
    const pending = to && item.permissions?.get(to.permissionId)?.pendingOwner;
    const accepts = to === account && pending === true;
    if (!owner || (owner !== account && !accepts)) throw insufficientFilePermissions();
    const private_ = isConsumer(owner.email);
    const together = private_ ? isConsumer(email) : domainOf(email) === domainOf(owner.email);
    if (!to || !together) throw acrossDomains();
    if (to === owner) return;
    if (private_ && !accepts) throw googleError('consentRequiredForOwnershipTransfer');
    this.store.setOwner(item, to);
    if (call.exchange.query.get('moveToNewOwnersRoot') === 'true') this.store.move(item, to.root);
  }

  async update(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const body = checkKinds(await call.exchange.json(), 'permission');
    const id = call.route.ids.permissionId ?? '';
    const fixed = Object.keys(body).find((name) => NOT_WRITABLE.includes(name));
    if (fixed !== undefined) throw googleError('fieldIsNotWritable', { resource: 'permission', name: fixed });
    const role = body['role'] === undefined ? undefined : readRole(body['role'], item);
    const permission = item.permissions?.get(id);
    if (role === 'owner') {
      const to = [...this.store.accounts.values()].find((each) => each.permissionId === id);
      this.transferOwnership(call, item, to, to?.email ?? '');
      return this.answerPermission(call, item, id);
    }
    this.checkMayShare(call, item);
    if (!permission) throw this.notOnThisItem(item, id);
    const expirationTime = this.readExpiration(body['expirationTime'], item, permission.type, role ?? permission.role);
    const offered = body['pendingOwner'];
    if (offered === true) this.checkPendingOwner(call, item, { ...permission, role: role ?? permission.role });
    if (role !== undefined) permission.role = role;
    if (offered === true) setPendingOwner(item, permission);
    if (offered === false) permission.pendingOwner = false;
    if (expirationTime !== undefined) permission.expirationTime = expirationTime;
    if (call.exchange.query.get('removeExpiration') === 'true') delete permission.expirationTime;
    this.store.touch(item);
    return this.answerPermission(call, item, id);
  }

  delete(call: Call): Reply {
    const item = findItem(call, this.store);
    const id = call.route.ids.permissionId ?? '';
    // Everybody may leave.
    if (id !== call.caller.account.permissionId) this.checkMayShare(call, item);
    if (!item.permissions?.has(id)) throw this.notOnThisItem(item, id);
    this.store.unshare(item, id);
    return deleted(this.store);
  }

  private notOnThisItem(item: Item, id: string): GoogleError {
    if (id === personOf(item)?.permissionId) return googleError('cannotRemoveOwner');
    const inherited = this.store.access.effectivePermissions(item).some(({ permission }) => permission.id === id);
    if (!inherited) return permissionNotFound(id);
    return driveOf(item)
      ? googleError('cannotModifyInheritedTeamDrivePermission')
      : googleError('cannotModifyInheritedPermission');
  }

  /** "Share files, folders, and drives": only users and groups, at most a year ahead, readers only on folders. */
  private readExpiration(value: unknown, item: Item, type: string, role: Role): number | undefined {
    if (value === undefined || value === null) return undefined;
    const time = typeof value === 'string' ? parseTime(value) : undefined;
    if (time === undefined) throw googleError('invalidExpiration');
    if (type !== 'user' && type !== 'group') throw googleError('cannotSetExpirationOnAnyoneOrDomain');
    if (item === driveOf(item)?.root) throw googleError('expirationDateNotAllowedForSharedDriveMembers');
    if (time <= this.now()) throw googleError('expirationDatesMustBeInTheFuture');
    if (time > this.now() + YEAR_MS) throw googleError('cannotSetExpiration');
    if (item.mimeType === FOLDER && role !== 'reader') throw googleError('onlyReadersExpireOnFolders');
    return time;
  }
}

/** What an update cannot say: whom a permission is for is settled when it is given. */
const NOT_WRITABLE = ['id', 'type', 'emailAddress', 'domain', 'displayName', 'kind', 'permissionDetails', 'deleted'];

function readRole(value: unknown, item: Item): Role {
  const drive = driveOf(item);
  switch (value) {
    case 'reader':
    case 'commenter':
    case 'writer':
      return value;
    case 'owner':
      if (drive) throw googleError('ownerOnTeamDriveItemNotSupported');
      return value;
    case 'organizer':
      if (!drive) throw googleError('organizerOnNonTeamDriveItemNotSupported');
      if (item !== drive.root) throw googleError('organizerOnNonTeamDriveNotSupported');
      return value;
    case 'fileOrganizer':
      if (!drive) throw googleError('fileOrganizerOnNonTeamDriveNotSupported');
      if (item.mimeType !== FOLDER) throw googleError('fileOrganizerOnFoldersInSharedDriveOnly');
      return value;
    default:
      throw googleError('roleRequired');
  }
}

/** Only one can be offered a file at a time. */
function setPendingOwner(item: Item, permission: Permission): void {
  for (const each of item.permissions?.values() ?? []) each.pendingOwner = each === permission;
}

function acrossDomains(): GoogleError {
  return googleError('ownershipChangeAcrossDomainNotPermitted');
}

function permissionNotFound(id: string): GoogleError {
  return googleError('permissionNotFound', { id });
}
