import { deleted, findItem, maskOf, numberParameter, viewOf, type Call } from '../http/call.ts';
import {
  atLeast,
  domainOf,
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
import { GoogleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Schema } from '../http/fields.ts';
import { isCapable, PERMISSION_SCHEMA, permissionResource } from './file-resource.ts';
import { parseTime } from './query.ts';

const YEAR_MS = 366 * 24 * 3600 * 1000;
/** Domains of private accounts: ownership changes hands only when the recipient agrees ("Transfer file ownership"). */
const CONSUMER_DOMAINS = ['gmail.com', 'googlemail.com'];
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
    const pageToken = query.get('pageToken');
    if (pageToken && !/^\d+$/.test(pageToken)) throw invalidValue('pageToken');
    const start = Number(pageToken ?? 0);
    const all = this.store.effectivePermissions(item);
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
    const role = readRole(body['role'], item);
    if (type !== 'user' && type !== 'group' && type !== 'domain' && type !== 'anyone')
      throw invalidValue('permission.type', 'The permission type field is required.');
    this.checkMayShare(call, item);
    this.checkRestrictions(item, type, body);
    this.checkCounts(item, type);
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
    if (!grantee && type === 'user' && item === driveOf(item)?.root)
      throw new GoogleError(
        403,
        'cannotShareTeamDriveWithNonGoogleAccounts',
        'A shared drive can only be shared with people who have a Google account.',
      );
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
    const refuse = (reason: string, message: string): GoogleError => new GoogleError(403, reason, message);
    const email = typeof body['emailAddress'] === 'string' ? body['emailAddress'] : '';
    const domain = typeof body['domain'] === 'string' ? body['domain'].toLowerCase() : '';
    const to = type === 'domain' ? domain : domainOf(email);
    const drive = driveOf(item);
    if (drive) {
      const top = item === drive.root;
      if (top && (type === 'anyone' || type === 'domain'))
        throw refuse(
          'cannotShareTeamDriveTopFolderWithAnyoneOrDomains',
          'A shared drive cannot be shared with anyone or with a domain.',
        );
      if (drive.restrictions.domainUsersOnly && to !== drive.domain)
        throw refuse(
          'teamDriveDomainUsersOnlyRestriction',
          'This shared drive can only be shared with users of its domain.',
        );
      if (drive.restrictions.driveMembersOnly && !top && !this.store.isMember(drive, email))
        throw refuse(
          'teamDriveTeamMembersOnlyRestriction',
          'Items of this shared drive can only be shared with its members.',
        );
    }
    const from = drive?.domain ?? domainOf(personOf(item)?.email ?? '');
    if (type === 'anyone') {
      if (this.store.policies.get(from)?.publishOut === false)
        throw refuse('publishOutNotPermitted', 'The domain administrator does not allow publishing to the web.');
      return;
    }
    if (to === from) return;
    if (this.store.policies.get(from)?.shareOut === false)
      throw refuse('shareOutNotPermitted', 'The domain administrator does not allow sharing outside of the domain.');
    if (this.store.policies.get(to)?.shareIn === false)
      throw refuse(
        'shareInNotPermitted',
        "The recipient's domain administrator does not allow them to receive files from outside of the domain.",
      );
  }

  private checkCounts(item: Item, type: Permission['type']): void {
    const { limits } = this.store;
    const given = [...(item.permissions?.values() ?? [])];
    const groups = given.filter((each) => each.type === 'group').length;
    const drive = driveOf(item);
    const most = drive && item === drive.root ? limits.membersPerDrive : limits.peoplePerItem;
    if (given.length >= most || (drive && type === 'group' && groups >= limits.groupsPerItem))
      throw new GoogleError(403, 'limitExceeded', 'The item is shared with too many people or groups.');
  }

  /** A private account offers a file; the one it offers it to becomes its owner by saying so ("Transfer file ownership"). */
  private checkPendingOwner(call: Call, item: Item, permission: Permission): void {
    const owner = personOf(item);
    if (owner !== call.caller.account || permission.role !== 'writer' || permission.type !== 'user')
      throw new GoogleError(
        403,
        'invalidOwnershipTransfer',
        'Only its owner can offer a file, to a user with the role writer.',
      );
    if (!isConsumer(owner.email) || !isConsumer(permission.email ?? '')) throw acrossDomains();
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
    const owner = personOf(item);
    const pending = to && item.permissions?.get(to.permissionId)?.pendingOwner;
    const accepts = to === account && pending === true;
    if (!owner || (owner !== account && !accepts)) throw insufficientFilePermissions();
    const private_ = isConsumer(owner.email);
    const together = private_ ? isConsumer(email) : domainOf(email) === domainOf(owner.email);
    if (!to || !together) throw acrossDomains();
    if (to === owner) return;
    if (private_ && !accepts)
      throw new GoogleError(
        403,
        'consentRequiredForOwnershipTransfer',
        'Consent is required to transfer ownership of a file to another user.',
      );
    this.store.setOwner(item, to);
    if (call.exchange.query.get('moveToNewOwnersRoot') === 'true') this.store.move(item, to.root);
  }

  private async updatePermission(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const body = await call.exchange.json();
    const id = call.route.permissionId ?? '';
    const fixed = Object.keys(body).find((name) => NOT_WRITABLE.includes(name));
    if (fixed !== undefined)
      throw new GoogleError(
        403,
        'fieldNotWritable',
        `The resource body includes fields which are not directly writable: ${fixed}.`,
        { location: `permission.${fixed}` },
      );
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

  private deletePermission(call: Call): Reply {
    const item = findItem(call, this.store);
    const id = call.route.permissionId ?? '';
    // Everybody may leave.
    if (id !== call.caller.account.permissionId) this.checkMayShare(call, item);
    if (!item.permissions?.has(id)) throw this.notOnThisItem(item, id);
    this.store.unshare(item, id);
    return deleted(this.store);
  }

  private notOnThisItem(item: Item, id: string): GoogleError {
    if (id === personOf(item)?.permissionId)
      return new GoogleError(403, 'cannotRemoveOwner', 'The owner of a file cannot be removed.');
    const inherited = this.store.effectivePermissions(item).some(({ permission }) => permission.id === id);
    if (!inherited) return permissionNotFound(id);
    return driveOf(item)
      ? new GoogleError(
          403,
          'cannotModifyInheritedTeamDrivePermission',
          'Cannot update or delete an inherited permission on a shared drive item.',
        )
      : new GoogleError(
          403,
          'cannotModifyInheritedPermission',
          'Cannot modify a permission that is inherited from a parent folder.',
        );
  }

  /** "Share files, folders, and drives": only users and groups, at most a year ahead, readers only on folders. */
  private readExpiration(value: unknown, item: Item, type: string, role: Role): number | undefined {
    if (value === undefined || value === null) return undefined;
    const refuse = (reason: string, message: string): GoogleError =>
      new GoogleError(403, reason, message, { location: 'permission.expirationTime' });
    const time = typeof value === 'string' ? parseTime(value) : undefined;
    if (time === undefined)
      throw invalidValue('permission.expirationTime', 'The expirationTime is not an RFC 3339 date-time.');
    if (type !== 'user' && type !== 'group')
      throw refuse(
        'cannotSetExpirationOnAnyoneOrDomain',
        'Expiration dates can only be set on user and group permissions.',
      );
    if (item === driveOf(item)?.root)
      throw refuse(
        'expirationDateNotAllowedForSharedDriveMembers',
        'Expiration dates cannot be set on members of a shared drive.',
      );
    if (time <= this.now()) throw refuse('expirationDatesMustBeInTheFuture', 'Expiration dates must be in the future.');
    if (time > this.now() + YEAR_MS)
      throw refuse('cannotSetExpiration', 'The expirationTime cannot be more than a year in the future.');
    if (item.mimeType === FOLDER && role !== 'reader')
      throw refuse('cannotSetExpiration', 'On folders, expiration dates can only be set for readers.');
    return time;
  }
}

/** What an update cannot say: whom a permission is for is settled when it is given. */
const NOT_WRITABLE = ['id', 'type', 'emailAddress', 'domain', 'displayName', 'kind', 'permissionDetails', 'deleted'];

function readRole(value: unknown, item: Item): Role {
  const drive = driveOf(item);
  const refuse = (reason: string, message: string): GoogleError =>
    new GoogleError(403, reason, message, { location: 'permission.role' });
  switch (value) {
    case 'reader':
    case 'commenter':
    case 'writer':
      return value;
    case 'owner':
      if (drive) throw refuse('ownerOnTeamDriveItemNotSupported', 'Owner role is invalid for shared drive items.');
      return value;
    case 'organizer':
      if (!drive)
        throw refuse('organizerOnNonTeamDriveItemNotSupported', 'The organizer role is only for shared drives.');
      if (item !== drive.root)
        throw refuse(
          'organizerOnNonTeamDriveNotSupported',
          'The organizer role can only be given on a shared drive itself.',
        );
      return value;
    case 'fileOrganizer':
      if (!drive)
        throw refuse('fileOrganizerOnNonTeamDriveNotSupported', 'The fileOrganizer role is only for shared drives.');
      if (item.mimeType !== FOLDER)
        throw refuse(
          'fileOrganizerOnFoldersInSharedDriveOnly',
          'In a shared drive the fileOrganizer role can only be given on folders.',
        );
      return value;
    default:
      throw invalidValue('permission.role', 'The permission role field is required.');
  }
}

/** Only one can be offered a file at a time. */
function setPendingOwner(item: Item, permission: Permission): void {
  for (const each of item.permissions?.values() ?? []) each.pendingOwner = each === permission;
}

function acrossDomains(): GoogleError {
  return new GoogleError(
    400,
    'ownershipChangeAcrossDomainNotPermitted',
    'Ownership can only be transferred to another user in the same organization as the current owner.',
  );
}

function isConsumer(email: string): boolean {
  return CONSUMER_DOMAINS.includes(domainOf(email));
}

function permissionNotFound(id: string): GoogleError {
  return new GoogleError(404, 'notFound', `Permission not found: ${id}.`, { location: 'permissionId' });
}
