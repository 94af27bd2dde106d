import { createHash, createHmac, hash, randomBytes } from 'node:crypto';
import type { DocumentModel } from '../documents/documents.ts';
import { remembered } from '../remembered.ts';
import type { ContentRestriction } from './content-restrictions.ts';
import type { Content } from './content.ts';

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';
const DOCS_PREFIX = 'application/vnd.google-apps.';

export type Role = 'reader' | 'commenter' | 'writer' | 'fileOrganizer' | 'organizer' | 'owner';
const RANK: Record<Role, number> = { reader: 1, commenter: 2, writer: 3, fileOrganizer: 4, organizer: 5, owner: 6 };

/** Whether `role` is at least `needed`; no role allows nothing. */
export function atLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}

export interface Account {
  readonly email: string;
  readonly name: string;
  /** Google's stable id of the person: the `sub` of tokens. */
  readonly sub: string;
  readonly permissionId: string;
  /** Bytes of storage. */
  /** `Infinity` if the storage is unlimited. */
  readonly quotaBytes: number;
  /** "My Drive". */
  readonly root: Item;
  /** Everything the account owns, except its root. */
  readonly own: Set<Item>;
  /** Bytes that its items use. */
  usage: number;
}

/** Restrictions of a shared drive; names as in the API. */
export interface DriveRestrictions {
  adminManagedRestrictions?: boolean;
  copyRequiresWriterPermission?: boolean;
  domainUsersOnly?: boolean;
  driveMembersOnly?: boolean;
  sharingFoldersRequiresOrganizerPermission?: boolean;
}

/** A drive that owns its items. The permissions of its root, which has the drive's id, are its members. */
export interface SharedDrive {
  /** Always absent; distinguishes a drive from an account. */
  readonly email?: undefined;
  readonly id: string;
  name: string;
  readonly created: number;
  readonly root: Item;
  readonly own: Set<Item>;
  /** Bytes of its items; shared drives have no storage quota. */
  usage: number;
  restrictions: DriveRestrictions;
  colorRgb?: string;
  themeId?: string;
  /** Account and `requestId` of its creation, so that a repeated request creates no second drive. */
  request?: string;
  /** E-mails of the people who hide it in their list. */
  readonly hiddenFor: Set<string>;
  /** The domain of its creator, for `domainUsersOnly`. */
  readonly domain: string;
}

export type Owner = Account | SharedDrive;

/** An earlier content of a file. */
export interface Revision {
  readonly id: string;
  readonly content: Content;
  readonly mimeType: string;
  readonly modified: number;
  /** When the next content replaced it. */
  readonly replaced: number;
  readonly modifiedBy?: string;
  readonly originalFilename?: string;
  keepForever: boolean;
}

/** A comment on a file; `author` is an e-mail. */
export interface Comment {
  readonly id: string;
  readonly author: string;
  readonly created: number;
  modified: number;
  content: string;
  deleted: boolean;
  resolved: boolean;
  readonly anchor?: string;
  readonly quotedFileContent?: { mimeType?: string; value?: string };
  readonly replies: CommentReply[];
}

export interface CommentReply {
  readonly id: string;
  readonly author: string;
  readonly created: number;
  modified: number;
  content: string;
  deleted: boolean;
  readonly action?: 'resolve' | 'reopen';
}

export interface Permission {
  /** A grantee has the same id on every item ("Share files, folders, and drives"). */
  readonly id: string;
  readonly type: 'user' | 'group' | 'domain' | 'anyone';
  role: Role;
  readonly email?: string;
  readonly domain?: string;
  /** Time in milliseconds, after which the permission has no effect. */
  expirationTime?: number;
  pendingOwner?: boolean;
  allowFileDiscovery?: boolean;
  /** When it was granted, in milliseconds; with a permission lag it takes effect later. */
  readonly since: number;
}

/** A permission as it applies to one item: its own, or inherited from a folder above. */
export interface EffectivePermission {
  permission: Permission;
  role: Role;
  inheritedFrom?: Item;
  /** The grants that it consists of: on the item itself (no `from`), or on a folder above. */
  details: { role: Role; from?: Item }[];
  /** It is inherited by a limited folder, so it shows that the folder exists, but not its contents. */
  metadataOnly?: boolean;
}

/** A file, folder, Google document or shortcut. Times are milliseconds since 1970. */
export interface Item {
  readonly id: string;
  name: string;
  mimeType: string;
  owner: Owner;
  parent?: Item;
  /** Only items created before September 2020 can have more than one parent. */
  otherParents?: Item[];
  children?: Set<Item>;
  created: number;
  modified: number;
  /** When the sandbox created it, independent of `created`; the index lag counts from here. */
  readonly born: number;
  version: number;
  content?: Content;
  document?: DocumentModel;
  shortcutTarget?: { id: string; mimeType: string };
  description?: string;
  originalFilename?: string;
  folderColorRgb?: string;
  properties?: Record<string, string>;
  /** Private properties of an app; the sandbox shows them to every app. */
  appProperties?: Record<string, string>;
  /** E-mails of the people who starred it; stars are personal. */
  starredBy?: Set<string>;
  /** When each person viewed it last, by e-mail. */
  viewedBy?: Map<string, number>;
  trashedExplicitly: boolean;
  trashedAt?: number;
  copyRequiresWriterPermission?: boolean;
  writersCanShare?: boolean;
  headRevisionId?: string;
  /** The app that created it (`appOf`), for the scope `drive.file`. */
  createdBy?: string;
  /** Permissions on the item itself, except the owner's. */
  permissions?: Map<string, Permission>;
  /** A folder with limited access, which does not inherit permissions. */
  inheritedPermissionsDisabled?: boolean;
  /** Flagged as malware or spam. */
  abusive?: boolean;
  /** Required besides the id for access through a link only. */
  resourceKey?: string;
  downloadRestriction?: { restrictedForReaders?: boolean; restrictedForWriters?: boolean };
  contentHints?: Record<string, unknown>;
  /** The content is read-only. */
  contentRestriction?: ContentRestriction;
  /** E-mail of the person who changed it last, if not the owner. */
  modifiedBy?: string;
  /** When people changed it last before the one who changed it last, by e-mail. */
  modifiedBefore?: Map<string, number>;
  trashedBy?: string;
  /** Earlier contents, oldest first. */
  revisions?: Revision[];
  /** How a document of the editors is published on the web. */
  publication?: Publication;
  /** Whether the current content is pinned, so that it is kept when another replaces it. */
  headPinned?: boolean;
  comments?: Comment[];
}

/** The publication of a document: of one revision, or of the latest one at any time (`publishAuto`). */
export interface Publication {
  revisionId: string;
  auto: boolean;
  outsideDomain: boolean;
}

/** The fields that `create` requires; callers set the others on the returned item. */
export interface NewItem {
  id?: string;
  name: string;
  mimeType: string;
  owner: Owner;
  parent: Item;
  created?: number;
  modified?: number;
  content?: Content;
  document?: DocumentModel;
}

// Ids contain a checksum, which shows that generateIds issued them without storing them. It protects no secret.
const ID_KEY = 'drive sandbox ids';

/** The parents of an item: none, one, or (old items) several. */
export function parentsOf(item: Item): Item[] {
  return [...(item.parent ? [item.parent] : []), ...(item.otherParents ?? [])];
}

/** The shared drive that owns an item; `undefined` in My Drive. */
export function driveOf(item: Item): SharedDrive | undefined {
  return item.owner.email === undefined ? item.owner : undefined;
}

/** The person who owns an item; `undefined` in a shared drive. */
export function personOf(item: Item): Account | undefined {
  return item.owner.email === undefined ? undefined : item.owner;
}

/** Notes who changes an item; called before the time of the change is set. */
export function noteModifier(item: Item, by: Account): void {
  const last = item.modifiedBy ?? personOf(item)?.email;
  if (last === by.email) return;
  if (last !== undefined) (item.modifiedBefore ??= new Map<string, number>()).set(last, item.modified);
  if (item.owner === by) delete item.modifiedBy;
  else item.modifiedBy = by.email;
}

/** When a person changed an item last. */
export function modifiedAt(item: Item, { email }: Account): number | undefined {
  return email === (item.modifiedBy ?? item.owner.email) ? item.modified : item.modifiedBefore?.get(email);
}

/** Releases one use of a content; the last one deletes bytes that the sandbox stored. */
export function release(content: Content): void {
  content.users--;
  // A download that is still reading can read an unlinked file to its end.
  if (content.users === 0) void content.discard().catch(() => undefined);
}

/** Google's own types, which cannot be downloaded as they are. */
export function isGoogleType(mimeType: string): boolean {
  return mimeType.startsWith(DOCS_PREFIX);
}

/** Documents of Google's editors and the like: neither folders nor shortcuts. */
export function isGoogleDocument(mimeType: string): boolean {
  return isGoogleType(mimeType) && mimeType !== FOLDER && mimeType !== SHORTCUT;
}

/** Bytes of a file. Folders and shortcuts have none; Google documents have a nominal size (shown since 2021). */
export function sizeOf(item: {
  mimeType: string;
  content?: Content | undefined;
  document?: DocumentModel | undefined;
}): number | undefined {
  if (item.content) return item.content.size;
  if (isGoogleDocument(item.mimeType)) return 1024 + (item.document ? sizeOfDocument(item.document) : 0);
  return undefined;
}

/** Sizes are kept, because serialising a large spreadsheet takes milliseconds and a spreadsheet never changes. */
const spreadsheetSizes = new WeakMap<DocumentModel, number>();

function sizeOfDocument(document: DocumentModel): number {
  if (document.kind !== 'spreadsheet') return JSON.stringify(document).length;
  let size = spreadsheetSizes.get(document);
  if (size === undefined) spreadsheetSizes.set(document, (size = JSON.stringify(document).length));
  return size;
}

/** Bytes of its owner's storage that an item uses: its own, and those of its pinned revisions. */
export function quotaBytesOf(item: Item): number {
  let bytes = sizeOf(item) ?? 0;
  if (item.revisions) for (const each of item.revisions) if (each.keepForever) bytes += each.content.size;
  return bytes;
}

/** Random bytes are drawn in bulk, because a draw takes longer than everything else about an id. */
let drawn = Buffer.alloc(0);
let used = 0;

/** Random text, four characters for three bytes. @param bytes at most 4,096 */
export function randomText(bytes: number): string {
  if (used + bytes > drawn.length) {
    drawn = randomBytes(4096);
    used = 0;
  }
  return drawn.toString('base64url', used, (used += bytes));
}

/** A file id in Google's format: 33 characters, the last eight of which are a checksum of the others. */
export function newId(): string {
  const body = `1${randomText(18)}`;
  return body + idSum(body);
}

/** An id derived from a text, for states that must be reproducible. */
export function idFrom(text: string): string {
  const body = `1${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`;
  return body + idSum(body);
}

/** Whether the sandbox generated this id, as `files.generateIds` does. */
export function isIssuedId(id: string): boolean {
  if (id.length !== 33) return false;
  const [body, sum] = [id.slice(0, 25), id.slice(25)];
  return idSum(body) === sum || earlierIdSum(body) === sum;
}

function idSum(body: string): string {
  return hash('sha256', ID_KEY + body, 'base64url').slice(0, 8);
}

/** That of version 0.1. Its clients may use ids later that they reserved then. */
function earlierIdSum(body: string): string {
  return createHmac('sha256', ID_KEY).update(body).digest('base64url').slice(0, 8);
}

/** As `idFrom`, for a shared drive. */
export function rootIdFrom(text: string): string {
  return `0A${createHash('sha256').update(text).digest('base64url').slice(0, 14)}PVA`;
}

export function newRootId(): string {
  return `0A${randomText(13).slice(0, 14)}PVA`;
}

/** The id of a person's permission by address, the same on every item. Access checks need it for every request. */
export const permissionIdOf = remembered(10_000, (email: string) => decimal(`permission:${email.toLowerCase()}`, 20));

export function decimal(text: string, digits: number): string {
  const number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString();
  return `1${number.slice(-(digits - 1))}`;
}
