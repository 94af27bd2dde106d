import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { DocumentModel } from '../documents/documents.ts';
import type { ContentRestriction } from './content-restrictions.ts';
import type { Content } from './content.ts';

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';
const DOCS_PREFIX = 'application/vnd.google-apps.';

export type Role = 'reader' | 'commenter' | 'writer' | 'fileOrganizer' | 'organizer' | 'owner';
const RANK: Record<Role, number> = { reader: 1, commenter: 2, writer: 3, fileOrganizer: 4, organizer: 5, owner: 6 };

/** Whether `role` allows at least what `needed` does; no role at all allows nothing. */
export function atLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}

export interface Account {
  readonly email: string;
  readonly name: string;
  /** Google's stable number of the person: the `sub` of tokens. */
  readonly sub: string;
  readonly permissionId: string;
  /** Bytes of storage. */
  readonly quotaBytes: number;
  /** "My Drive". */
  readonly root: Item;
  /** Everything the account owns, its root excepted. */
  readonly own: Set<Item>;
  /** Bytes used by what it owns. */
  usage: number;
}

/** What a shared drive does not let its members do; names as in the API. */
export interface DriveRestrictions {
  adminManagedRestrictions?: boolean;
  copyRequiresWriterPermission?: boolean;
  domainUsersOnly?: boolean;
  driveMembersOnly?: boolean;
  sharingFoldersRequiresOrganizerPermission?: boolean;
}

/** A drive that owns what lies in it; its members are the permissions of its root, which has the drive's id. */
export interface SharedDrive {
  /** Distinguishes an account from a drive, which has none. */
  readonly email?: undefined;
  readonly id: string;
  name: string;
  readonly created: number;
  readonly root: Item;
  readonly own: Set<Item>;
  /** Counted, but bounded by nothing: shared drives have no quota of bytes. */
  usage: number;
  restrictions: DriveRestrictions;
  colorRgb?: string;
  themeId?: string;
  /** Account and `requestId` of its creation, which is carried out once only. */
  request?: string;
  /** E-mails of those who do not want it in their list. */
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
  /** When the next one took its place. */
  readonly replaced: number;
  readonly modifiedBy?: string;
  readonly originalFilename?: string;
  keepForever: boolean;
}

/** Something said about a file; author as an e-mail. */
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
  /** The same for one grantee on every item ("Share files, folders, and drives"). */
  readonly id: string;
  readonly type: 'user' | 'group' | 'domain' | 'anyone';
  role: Role;
  readonly email?: string;
  readonly domain?: string;
  /** Milliseconds; afterwards the permission gives nothing. */
  expirationTime?: number;
  pendingOwner?: boolean;
  allowFileDiscovery?: boolean;
  /** When it was given, in milliseconds; with a permission lag it works only some time later. */
  readonly since: number;
}

/** A permission as it works on one item: given there, or coming down from a folder above. */
export interface EffectivePermission {
  permission: Permission;
  role: Role;
  inheritedFrom?: Item;
  /** Each way in which it works here: given on the item itself (no `from`), or on one above. */
  details: { role: Role; from?: Item }[];
  /** Only the folder's existence is shown, not what is in it: it is limited, and this comes from above. */
  metadataOnly?: boolean;
}

/** A file, folder, Google document or shortcut. Times are milliseconds since 1970. */
export interface Item {
  readonly id: string;
  name: string;
  mimeType: string;
  owner: Owner;
  parent?: Item;
  /** Only what was made before September 2020 has more than one parent. */
  otherParents?: Item[];
  children?: Set<Item>;
  created: number;
  modified: number;
  viewed?: number;
  /** When the sandbox learnt of it, whatever `created` claims: an index lags behind this. */
  readonly born: number;
  version: number;
  content?: Content;
  document?: DocumentModel;
  shortcutTarget?: { id: string; mimeType: string };
  description?: string;
  originalFilename?: string;
  folderColorRgb?: string;
  properties?: Record<string, string>;
  /** An app's own properties; the sandbox shows them to every app alike. */
  appProperties?: Record<string, string>;
  /** E-mails of those who starred it: a star is each person's own. */
  starredBy?: Set<string>;
  trashedExplicitly: boolean;
  trashedAt?: number;
  copyRequiresWriterPermission?: boolean;
  writersCanShare?: boolean;
  headRevisionId?: string;
  /** The OAuth client that created it, for the scope `drive.file`. */
  createdBy?: string;
  /** Given on this very item, the owner's excepted. */
  permissions?: Map<string, Permission>;
  /** A folder with limited access: what is given above does not reach into it. */
  inheritedPermissionsDisabled?: boolean;
  /** Found to be malware or the like. */
  abusive?: boolean;
  /** Needed beside the id by those who have access by a link only. */
  resourceKey?: string;
  downloadRestriction?: { restrictedForReaders?: boolean; restrictedForWriters?: boolean };
  contentHints?: Record<string, unknown>;
  /** The content is read-only. */
  contentRestriction?: ContentRestriction;
  /** E-mail of who changed it last, when that is not the owner. */
  modifiedBy?: string;
  trashedBy?: string;
  /** Earlier contents, the oldest first. */
  revisions?: Revision[];
  /** Whether the present content is to be kept when another comes. */
  headPinned?: boolean;
  comments?: Comment[];
}

/** What `create` must know of a new item; the rest is set on what it returns. */
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

// Ids carry a sum, so that "was this id issued by generateIds?" needs no memory. Nothing secret hangs on it.
const ID_KEY = 'drive sandbox ids';

/** Where an item lies: nowhere, in one folder, or (old ones) in several. */
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

/** One use of some bytes less: the last takes them along, if the sandbox itself stored them. */
export function release(content: Content): void {
  content.users--;
  // A download may still be reading; an unlinked file can be read to its end.
  if (content.users === 0) void content.discard().catch(() => undefined);
}

/** Native Google documents: what cannot be downloaded as it is. */
export function isGoogleType(mimeType: string): boolean {
  return mimeType.startsWith(DOCS_PREFIX);
}

/** Documents of Google's editors and the like: neither folders nor shortcuts. */
export function isGoogleDocument(mimeType: string): boolean {
  return isGoogleType(mimeType) && mimeType !== FOLDER && mimeType !== SHORTCUT;
}

/** Bytes of a file; folders and shortcuts have none, Google documents a nominal size (as Drive shows since 2021). */
export function sizeOf(item: Item): number | undefined {
  if (item.content) return item.content.size;
  if (isGoogleDocument(item.mimeType)) return 1024 + (item.document ? sizeOfDocument(item.document) : 0);
  return undefined;
}

/** Spreadsheets are never changed, only replaced, and writing out a large one takes milliseconds. */
const spreadsheetSizes = new WeakMap<DocumentModel, number>();

function sizeOfDocument(document: DocumentModel): number {
  if (document.kind !== 'spreadsheet') return JSON.stringify(document).length;
  let size = spreadsheetSizes.get(document);
  if (size === undefined) spreadsheetSizes.set(document, (size = JSON.stringify(document).length));
  return size;
}

/** What an item takes of its owner's storage: its bytes, and those of its pinned revisions. */
export function quotaBytesOf(item: Item): number {
  let bytes = sizeOf(item) ?? 0;
  if (item.revisions) for (const each of item.revisions) if (each.keepForever) bytes += each.content.size;
  return bytes;
}

/** A file id as Google's look: 33 characters, the last eight of which are a sum of the others. */
export function newId(): string {
  const body = `1${randomBytes(18).toString('base64url')}`;
  return body + idSum(body);
}

/** The id that a text always gives: for worlds that are to be the same each time. */
export function idFrom(text: string): string {
  const body = `1${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`;
  return body + idSum(body);
}

/** Whether the sandbox made this id, as `files.generateIds` does. */
export function isIssuedId(id: string): boolean {
  return id.length === 33 && idSum(id.slice(0, 25)) === id.slice(25);
}

function idSum(body: string): string {
  return createHmac('sha256', ID_KEY).update(body).digest('base64url').slice(0, 8);
}

/** As `idFrom`, for a shared drive. */
export function rootIdFrom(text: string): string {
  return `0A${createHash('sha256').update(text).digest('base64url').slice(0, 14)}PVA`;
}

export function newRootId(): string {
  return `0A${randomBytes(13).toString('base64url').slice(0, 14)}PVA`;
}

/** The id that the permission of a person has on every item. */
export function permissionIdOf(email: string): string {
  return decimal(`permission:${email.toLowerCase()}`, 20);
}

export function decimal(text: string, digits: number): string {
  const number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString();
  return `1${number.slice(-(digits - 1))}`;
}
