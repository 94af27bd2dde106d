import type { Endpoints } from '../http/endpoint.ts';
import { checkKinds } from '../http/body-kinds.ts';
import { deleted, maskOf, pageFrom, pageSizeOf, startOfPage, type Call } from '../http/call.ts';
import { driveForAdmin, drivesForAdmin, type AdminRefusal } from './domain-admin.ts';
import { atLeast, type Account, type DriveRestrictions, type DriveStore, type SharedDrive } from './drive-store.ts';
import { isConsumer } from '../directory/directory.ts';
import { googleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, below, type Mask, type Schema } from '../http/fields.ts';
import { isOn } from '../http/query-types.ts';
import { rfc3339 } from './file-resource.ts';
import { BACKGROUND_IMAGE_SCHEMA, DRIVE_CAPABILITIES_SCHEMA, DRIVE_RESTRICTIONS_SCHEMA } from './nested-schemas.ts';
import { parseTime } from './query.ts';

const RESTRICTIONS = [
  'adminManagedRestrictions',
  'copyRequiresWriterPermission',
  'domainUsersOnly',
  'driveMembersOnly',
  'sharingFoldersRequiresOrganizerPermission',
] as const;

const CAPABILITIES: Record<string, 'organizer' | 'fileOrganizer' | 'writer' | 'commenter' | 'reader'> = {
  canAddChildren: 'writer',
  canChangeCopyRequiresWriterPermissionRestriction: 'organizer',
  canChangeDomainUsersOnlyRestriction: 'organizer',
  canChangeDriveBackground: 'organizer',
  canChangeDriveMembersOnlyRestriction: 'organizer',
  canChangeSharingFoldersRequiresOrganizerPermissionRestriction: 'organizer',
  canComment: 'commenter',
  canCopy: 'reader',
  canDeleteChildren: 'organizer',
  canDeleteDrive: 'organizer',
  canDownload: 'reader',
  canEdit: 'writer',
  canListChildren: 'reader',
  canManageMembers: 'organizer',
  canReadRevisions: 'reader',
  canRename: 'writer',
  canRenameDrive: 'organizer',
  canResetDriveRestrictions: 'organizer',
  canShare: 'writer',
  canTrashChildren: 'fileOrganizer',
};

export const DRIVE_SCHEMA: Schema = {
  kind: true,
  id: true,
  name: true,
  colorRgb: true,
  themeId: true,
  backgroundImageLink: true,
  backgroundImageFile: BACKGROUND_IMAGE_SCHEMA,
  capabilities: DRIVE_CAPABILITIES_SCHEMA,
  createdTime: true,
  hidden: true,
  orgUnitId: true,
  restrictions: DRIVE_RESTRICTIONS_SCHEMA,
};
const DRIVE_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, drives: DRIVE_SCHEMA };
const DEFAULT_DRIVE_FIELDS = 'kind,id,name';

/** The endpoints of shared drives. */
export const DRIVES_ENDPOINTS = {
  'drives.list': {
    at: 'GET /drive/v3/drives',
    handle: ({ drives }, call) => drives.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 80,
    errors: ['noListTeamDrivesAdministratorPrivilege'],
  },
  'drives.create': {
    at: 'POST /drive/v3/drives',
    handle: ({ drives }, call) => drives.create(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['parameterRequired', 'driveNameRequired', 'userCannotCreateTeamDrives', 'teamDriveAlreadyExists'],
  },
  'drives.get': {
    at: 'GET /drive/v3/drives/{driveId}',
    handle: ({ drives }, call) => drives.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: ['driveNotFound', 'insufficientAdministratorPrivileges'],
  },
  'drives.update': {
    at: 'PATCH /drive/v3/drives/{driveId}',
    handle: ({ drives }, call) => drives.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['driveNotFound', 'insufficientFilePermissions', 'noManageTeamDriveAdministratorPrivilege'],
  },
  'drives.delete': {
    at: 'DELETE /drive/v3/drives/{driveId}',
    handle: ({ drives }, call) => drives.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'driveNotFound',
      'insufficientFilePermissions',
      'noManageTeamDriveAdministratorPrivilege',
      'cannotDeleteResourceWithChildren',
    ],
  },
  'drives.hide': {
    at: 'POST /drive/v3/drives/{driveId}/hide',
    handle: ({ drives }, call) => drives.hide(call, true),
    scopes: 'write',
    cost: 'other',
    typicalMs: 80,
    errors: ['driveNotFound'],
  },
  'drives.unhide': {
    at: 'POST /drive/v3/drives/{driveId}/unhide',
    handle: ({ drives }, call) => drives.hide(call, false),
    scopes: 'write',
    cost: 'other',
    typicalMs: 80,
    errors: ['driveNotFound'],
  },
} as const satisfies Endpoints;

/** Shared drives; `FilesApi` has their items, `PermissionsApi` their members. */
export class DrivesApi {
  private readonly store: DriveStore;

  constructor(store: DriveStore) {
    this.store = store;
  }

  get(call: Call): Reply {
    const { drive } = this.find(call, 'insufficientAdministratorPrivileges');
    return this.answer(call, drive, driveMask(call));
  }

  /** The drive of a call; with `useDomainAdminAccess` also one whose administrator the caller is. */
  private find(call: Call, refusal: AdminRefusal): { drive: SharedDrive; asAdmin: boolean } {
    const id = call.route.ids.driveId ?? '';
    const drive = driveForAdmin(call, this.store, id, refusal);
    return drive ? { drive, asAdmin: true } : { drive: findDrive(this.store, call.caller.account, id), asAdmin: false };
  }

  private checkOrganizer(call: Call, drive: SharedDrive): void {
    if (this.store.roleOf(drive.root, call.caller.account) !== 'organizer') throw insufficientFilePermissions();
  }

  private answer(call: Call, drive: SharedDrive, mask: Mask): Reply {
    return { status: 200, json: applyMask(driveResource(drive, call.caller.account, this.store), mask) };
  }

  list(call: Call): Reply {
    const { query } = call.exchange;
    const { account } = call.caller;
    const mask = maskOf(call, DRIVE_LIST_SCHEMA, `kind,nextPageToken,drives(${DEFAULT_DRIVE_FIELDS})`);
    const pageSize = pageSizeOf(call, this.store, 10, 100);
    const start = startOfPage(call);
    const drives = drivesForAdmin(call, this.store) ?? this.store.drivesOf(account);
    const test = readDriveQuery(query.get('q') ?? '');
    const found = drives.filter((drive) => test(drive, account));
    const page = pageFrom(call, found, start, pageSize);
    const json = {
      kind: 'drive#driveList',
      ...page.next,
      ...(below(mask, 'drives') === undefined
        ? {}
        : { drives: page.shown.map((drive) => driveResource(drive, account, this.store)) }),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  async create(call: Call): Promise<Reply> {
    const mask = driveMask(call);
    const { account } = call.caller;
    const requestId = call.exchange.query.get('requestId');
    if (!requestId) throw googleError('parameterRequired', { name: 'requestId' });
    const body = checkKinds(await call.exchange.json(), 'drive');
    // Consumer accounts have no shared drives.
    if (!mayCreateDrives(account)) throw googleError('userCannotCreateTeamDrives');
    const { name } = body;
    if (typeof name !== 'string' || name === '') throw googleError('driveNameRequired');
    const key = `${account.email} ${requestId}`;
    if ([...this.store.drives.values()].some(({ request }) => request === key))
      throw googleError('teamDriveAlreadyExists');
    const settings = readSettings(body);
    const drive = this.store.addDrive(name, account);
    drive.request = key;
    apply(drive, settings);
    return this.answer(call, drive, mask);
  }

  async update(call: Call): Promise<Reply> {
    const mask = driveMask(call);
    const { drive, asAdmin } = this.find(call, 'noManageTeamDriveAdministratorPrivilege');
    const body = checkKinds(await call.exchange.json(), 'drive');
    if (!asAdmin) this.checkOrganizer(call, drive);
    const settings = readSettings(body);
    const restricts = Object.keys(settings.restrictions).length > 0;
    if (restricts && !asAdmin && drive.restrictions.adminManagedRestrictions)
      throw googleError('noManageTeamDriveAdministratorPrivilege');
    apply(drive, settings);
    this.store.touch(drive.root);
    return this.answer(call, drive, mask);
  }

  delete(call: Call): Reply {
    const { drive, asAdmin } = this.find(call, 'noManageTeamDriveAdministratorPrivilege');
    if (!asAdmin) this.checkOrganizer(call, drive);
    // "This option is only supported when useDomainAdminAccess is also set to true" (reference of drives.delete).
    const withItems = asAdmin && isOn(call.exchange.query, 'allowItemDeletion');
    // Trashed items do not count ("Manage shared drives").
    if (!withItems && [...(drive.root.children ?? [])].some((child) => !child.trashedExplicitly))
      throw googleError('cannotDeleteResourceWithChildren');
    this.store.removeDrive(drive);
    return deleted(this.store);
  }

  hide(call: Call, hidden: boolean): Reply {
    const mask = driveMask(call);
    // These methods have no `useDomainAdminAccess`.
    const drive = findDrive(this.store, call.caller.account, call.route.ids.driveId ?? '');
    if (hidden) drive.hiddenFor.add(call.caller.account.email);
    else drive.hiddenFor.delete(call.caller.account.email);
    this.store.onChange();
    return this.answer(call, drive, mask);
  }
}

/** The call's `fields` of a shared drive; read before a call changes anything, because they may be invalid. */
function driveMask(call: Call): Mask {
  return maskOf(call, DRIVE_SCHEMA, DEFAULT_DRIVE_FIELDS);
}

type DriveSettings = Pick<SharedDrive, 'colorRgb' | 'themeId'> & { name?: string; restrictions: DriveRestrictions };

/** @throws GoogleError 400 for an invalid value */
function readSettings(body: Record<string, unknown>): DriveSettings {
  const { name, colorRgb, themeId, restrictions = {} } = body;
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw invalidValue('drive.name');
  if (typeof restrictions !== 'object' || restrictions === null) throw invalidValue('drive.restrictions');
  const changed: DriveRestrictions = {};
  for (const field of RESTRICTIONS) {
    const value = (restrictions as Record<string, unknown>)[field];
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw invalidValue(`drive.restrictions.${field}`);
    changed[field] = value;
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(typeof colorRgb === 'string' ? { colorRgb } : {}),
    ...(typeof themeId === 'string' ? { themeId } : {}),
    restrictions: changed,
  };
}

function apply(drive: SharedDrive, { restrictions, ...settings }: DriveSettings): void {
  Object.assign(drive, settings, { restrictions: { ...drive.restrictions, ...restrictions } });
}

/** Shared drives belong to organisations. */
export function mayCreateDrives({ email }: Account): boolean {
  return !isConsumer(email);
}

/** @throws GoogleError 404, location `driveId`, if it does not exist or the account is not a member. */
export function findDrive(store: DriveStore, account: Account, id: string): SharedDrive {
  const drive = store.drives.get(id);
  if (!drive || !store.roleOf(drive.root, account)) throw googleError('driveNotFound', { id });
  return drive;
}

export function driveResource(drive: SharedDrive, account: Account, store: DriveStore): Record<string, unknown> {
  const role = store.roleOf(drive.root, account);
  const { adminManagedRestrictions, copyRequiresWriterPermission } = drive.restrictions;
  return {
    kind: 'drive#drive',
    id: drive.id,
    name: drive.name,
    colorRgb: drive.colorRgb ?? '#0b804b',
    ...(drive.themeId === undefined ? {} : { themeId: drive.themeId }),
    createdTime: rfc3339(drive.created),
    hidden: drive.hiddenFor.has(account.email),
    capabilities: Object.fromEntries(
      Object.entries(CAPABILITIES).map(([name, needed]) => {
        if (adminManagedRestrictions && /Restrictions?$/.test(name)) return [name, false];
        const locked = copyRequiresWriterPermission && (name === 'canCopy' || name === 'canDownload');
        return [name, atLeast(role, locked ? 'writer' : needed)];
      }),
    ),
    restrictions: Object.fromEntries(RESTRICTIONS.map((name) => [name, drive.restrictions[name] ?? false])),
  };
}

type DriveTest = (drive: SharedDrive, account: Account) => boolean;

/** The query terms of drives.list ("Search for shared drives"): names, `hidden` and times. */
function readDriveQuery(q: string): DriveTest {
  const tests: DriveTest[] = [];
  const term = /\s*(name|hidden|createdTime)\s*(contains|<=|>=|!=|=|<|>)\s*(?:'((?:[^'\\]|\\.)*)'|(true|false))\s*/y;
  const and = /and\b/iy;
  for (let at = 0; q.trim() !== '' && at <= q.length;) {
    term.lastIndex = at;
    const match = term.exec(q);
    if (!match) throw invalidValue('q');
    tests.push(driveTest(match[1] ?? '', match[2] ?? '', match[3]?.replace(/\\(.)/g, '$1'), match[4]));
    if (term.lastIndex === q.length) break;
    and.lastIndex = term.lastIndex;
    if (!and.test(q)) throw invalidValue('q');
    at = and.lastIndex;
  }
  return (drive, account) => tests.every((test) => test(drive, account));
}

function driveTest(field: string, operator: string, text: string | undefined, word: string | undefined): DriveTest {
  if (field === 'hidden' && word !== undefined && (operator === '=' || operator === '!='))
    return (drive, { email }) => (drive.hiddenFor.has(email) === (word === 'true')) === (operator === '=');
  if (field === 'name' && text !== undefined) {
    const wanted = text.toLowerCase();
    if (operator === 'contains') return (drive) => drive.name.toLowerCase().includes(wanted);
    if (operator === '=') return (drive) => drive.name.toLowerCase() === wanted;
    if (operator === '!=') return (drive) => drive.name.toLowerCase() !== wanted;
  }
  const limit = field === 'createdTime' && text !== undefined ? parseTime(text) : undefined;
  if (limit !== undefined) {
    if (operator === '<') return (drive) => drive.created < limit;
    if (operator === '<=') return (drive) => drive.created <= limit;
    if (operator === '>') return (drive) => drive.created > limit;
    if (operator === '>=') return (drive) => drive.created >= limit;
  }
  throw invalidValue('q');
}
