import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { DriveError, type DriveErrorCode, PermissionRefusedError } from '../../src/engine/errors.js';
import type { Documents } from '../../src/engine/ports/documents.js';
import {
  type AccessCode,
  type AccessRestrictions,
  type DrivePermission,
  type Grantee,
  type NewPermission,
  type RestrictionChanges,
  type Role,
  ROLES,
  type SourceAccess,
} from '../../src/engine/model/sharing.js';
import type {
  ChangePage,
  ChecksumKind,
  DestinationDrive,
  DriveAccount,
  DriveItem,
  DriveRestrictions,
  IdPage,
  ItemFields,
  ItemPage,
  NewItem,
  Share,
  SourceDrive,
  Upload,
  UploadState,
} from '../../src/engine/ports/drive.js';
import { InMemoryDocuments } from './in-memory-documents.js';

export const FOLDER = 'application/vnd.google-apps.folder';
export const DOCUMENT = 'application/vnd.google-apps.document';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';
/** Maximum depth of folders ("Create and populate folders"). */
const MAX_LEVELS = 100;
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
/** Marks an exported text. */
const DOCX_HEAD = Buffer.from('docx:');

interface StoredItem {
  id: string;
  name: string;
  mimeType: string;
  owner: string;
  parent: string | null;
  content: Buffer;
  /** A stated size, for contents that are too large for tests. */
  size?: number;
  modifiedTime: string;
  createdTime: string;
  description?: string;
  starred: boolean;
  folderColor?: string;
  properties?: Record<string, string>;
  targetId?: string;
  marker?: string;
  isConverted?: true;
  trashed: boolean;
  readers: Map<string, string>;
  /** False: nobody can, regardless of the role. */
  canCopy: boolean;
  canDownload: boolean;
  /** Readers can neither copy nor download it. */
  isClosedToReaders: boolean;
  /** E-mail addresses of people who can edit and share it. */
  writers: ReadonlySet<string>;
  /** Direct permissions by id, in addition to `readers` and `writers`. */
  permissions: Map<string, DrivePermission>;
  /** Further restrictions. */
  restrictions: Omit<AccessRestrictions, 'isLimited' | 'isClosedToCopying'>;
  /** A folder with limited access: only its owner sees its contents. */
  limited: boolean;
  /** Stated checksums; very old files have none, or no sha256. */
  checksums: readonly ChecksumKind[];
  revision: number;
  /** When it was created, by the clock of the index. */
  arrivedAt: number;
}

/** In this fake the manager owns all items in it, although no owner is reported. */
interface SharedDrive {
  readonly manager: string;
  readonly restrictions: DriveRestrictions;
}

/** An upload session: the received bytes, and how the file is created. */
interface Session {
  readonly size: number;
  readonly finish: (content: Buffer) => Promise<DriveItem>;
  content: Buffer;
  done?: DriveItem;
  turn: Promise<unknown>;
}

/** Called before each operation; may throw, wait or change things. `op` is the method's name. */
export type Hook = (op: string, id: string, account: string) => void | Promise<void>;

/**
 * Several accounts' Drives in memory, with the rules that transfers depend on; the contract suite compares it with the
 * sandbox.
 */
export class InMemoryDrives {
  readonly items = new Map<string, StoredItem>();
  /** By id of the top folder. */
  readonly sharedDrives = new Map<string, SharedDrive>();
  /** Upload sessions by address. */
  readonly uploads = new Map<string, Session>();
  /** Bytes that each account may hold; null: no limit. */
  limit: number | null = null;
  /** Changes, the oldest first: ids, and who could read the items then. */
  private readonly journal: { id: string; readers: ReadonlySet<string> }[] = [];
  /** Names of the operations that ran, in order. */
  readonly calls: string[] = [];
  before: Hook = () => undefined;
  /** Whether an organisation forbids sharing; no field of an item shows this. */
  isSharingRefused: (item: StoredItem, email: string) => boolean = () => false;
  /** Why a permission is refused; undefined: it is created. */
  refusalOf: (item: StoredItem, permission: NewPermission) => AccessCode | undefined = () => undefined;
  /** Whether the size of documents is stated, as Google does. */
  hasDocumentSizes = false;
  /** Documents that Google does not change, although it accepts the request. */
  isUnchanging: (item: StoredItem) => boolean = () => false;
  /** Items whose permissions lists omit without a reason. */
  isLeftOut: (item: StoredItem) => boolean = () => false;
  /** Members of groups, by the group's address. */
  readonly groups = new Map<string, ReadonlySet<string>>();
  /** Primary addresses by alias; permissions list the primary one. */
  readonly aliases = new Map<string, string>();
  /** Addresses that e-mails about sharing were sent to. */
  readonly mails: string[] = [];
  /** Runs after a write has arrived; throwing here loses its response. */
  afterWrite: Hook = () => undefined;
  /** How long (ms, by this clock) a new item is missing from searches by marker, as in Google's index. */
  index = { lagMs: 0, uptime: () => 0 };
  pageSize = 1000;
  /** Bytes per chunk of a download. */
  pieceSize = 64 * 1024;

  drive(email: string, options: Partial<DriveAccount> = {}): InMemoryDrive {
    this.rootOf(email);
    return new InMemoryDrive(this, { sub: `sub-${email}`, email, readOnly: false, ...options });
  }

  rootOf(email: string): string {
    const id = `root-${email}`;
    if (!this.items.has(id)) this.put(email, { id, name: 'My Drive', mimeType: FOLDER, parent: null });
    return id;
  }

  /** Creates a shared drive. @returns its id */
  sharedDrive(manager: string, members: readonly string[], restrictions: Partial<DriveRestrictions> = {}): string {
    const id = `drive-${randomUUID()}`;
    this.put(manager, { id, name: 'Drive', mimeType: FOLDER, parent: null, writers: new Set(members) });
    this.sharedDrives.set(id, {
      manager,
      restrictions: { domainUsersOnly: false, membersOnly: false, foldersByManagersOnly: false, ...restrictions },
    });
    return id;
  }

  /** The id of the shared drive that an item is in. */
  driveIdOf(item: StoredItem): string | undefined {
    let top: StoredItem | undefined = item;
    while (top?.parent) top = this.items.get(top.parent);
    return top && this.sharedDrives.has(top.id) ? top.id : undefined;
  }

  /**
   * Whether the restrictions of an item's shared drive exclude an account, regardless of shares.
   * @param given the item to be shared with the account; sharing the drive itself makes the account a member
   */
  isShutOut(item: StoredItem, email: string, given?: string): boolean {
    const driveId = this.driveIdOf(item);
    if (driveId === undefined) return false;
    const { manager, restrictions } = this.sharedDrives.get(driveId)!;
    const domainOf = (address: string) => address.split('@')[1];
    if (restrictions.domainUsersOnly && domainOf(email) !== domainOf(manager)) return true;
    const { writers, readers } = this.items.get(driveId)!;
    const isMember = given === driveId || email === manager || writers.has(email) || readers.has(email);
    return restrictions.membersOnly && !isMember;
  }

  /** Adds an item to an account as if it had always been there. @returns its id */
  put(owner: string, item: { name: string; content?: Buffer | string } & Partial<Omit<StoredItem, 'content'>>): string {
    const id = item.id ?? randomUUID();
    this.items.set(id, {
      mimeType: 'application/octet-stream',
      modifiedTime: '2021-03-04T05:06:07.089Z',
      createdTime: '2020-01-01T00:00:00.000Z',
      starred: false,
      trashed: false,
      readers: new Map(),
      canCopy: true,
      canDownload: true,
      isClosedToReaders: false,
      writers: new Set(),
      permissions: new Map(),
      restrictions: {},
      limited: false,
      checksums: ['md5', 'sha256'],
      revision: 1,
      arrivedAt: this.index.uptime(),
      ...item,
      id,
      owner:
        (item.parent && this.sharedDrives.get(this.driveIdOf(this.items.get(item.parent)!) ?? '')?.manager) ?? owner,
      parent: item.parent === undefined ? this.rootOf(owner) : item.parent,
      content: Buffer.from(item.content ?? ''),
    });
    this.record(id);
    return id;
  }

  /** Changes an item as its owner would; new content is a new revision. */
  edit(id: string, parts: Partial<Omit<StoredItem, 'id' | 'revision'>>): void {
    const item = this.items.get(id)!;
    this.record(id);
    Object.assign(item, parts);
    if (parts.content) item.revision++;
    this.record(id);
  }

  /** Deletes an item permanently. */
  remove(id: string): void {
    this.record(id);
    this.items.delete(id);
  }

  /** The ids of changed items that an account can see, from an index of the journal on; each once. */
  changesFrom(start: number, email: string): string[] {
    const known = this.journal.slice(start).filter(({ readers }) => readers.has(email));
    return [...new Set(known.map(({ id }) => id))];
  }

  /** Number of open uploads. */
  get openUploads(): number {
    return [...this.uploads.values()].filter(({ done }) => !done).length;
  }

  get now(): number {
    return this.journal.length;
  }

  record(id: string): void {
    const readers = new Set<string>();
    for (let at = this.items.get(id); at; at = at.parent ? this.items.get(at.parent) : undefined) {
      readers.add(at.owner);
      for (const email of at.readers.keys()) readers.add(email);
    }
    this.journal.push({ id, readers });
  }

  folder(owner: string, name: string, parent?: string): string {
    return this.put(owner, { name, mimeType: FOLDER, ...(parent && { parent }) });
  }

  /** The items below a folder as sorted lines `path type content`, without ids: what a transfer must reproduce. */
  tree(folderId: string): string[] {
    return this.childrenOf(folderId)
      .flatMap((item) => {
        const what =
          item.mimeType === FOLDER ? 'folder' : item.mimeType === SHORTCUT ? 'shortcut' : item.content.toString();
        return [
          `${item.name} | ${item.mimeType} | ${what} | ${item.modifiedTime}`,
          ...this.tree(item.id).map((line) => `${item.name}/${line}`),
        ];
      })
      .sort();
  }

  childrenOf(folderId: string): StoredItem[] {
    return [...this.items.values()].filter((item) => item.parent === folderId && !this.isTrashed(item));
  }

  /** The depth of a folder below the root. */
  levelOf(folderId: string, email: string): number {
    let level = 0;
    for (let at = this.items.get(folderId === 'root' ? this.rootOf(email) : folderId); at?.parent; level++)
      at = this.items.get(at.parent);
    return level;
  }

  isTrashed(item: StoredItem): boolean {
    for (let at: StoredItem | undefined = item; at; at = at.parent ? this.items.get(at.parent) : undefined)
      if (at.trashed) return true;
    return false;
  }

  canRead(item: StoredItem, email: string): boolean {
    const isReader = (at: StoredItem) => at.readers.has(email) || at.writers.has(email) || this.isAmong(at, email);
    return this.isGiven(item, email, (at) => at.owner === email || isReader(at));
  }

  /** The owner of a folder can edit other people's items in it. */
  canWrite(item: StoredItem, email: string): boolean {
    const isWriter = (at: StoredItem) => at.writers.has(email) || this.isAmong(at, email, 'writer');
    return this.isGiven(item, email, (at) => at.owner === email || isWriter(at));
  }

  /** An account that sees a limited folder only through the folders above can't add to it. */
  canAddTo(folder: StoredItem, email: string): boolean {
    return folder.limited
      ? folder.owner === email || folder.writers.has(email) || this.isAmong(folder, email, 'writer')
      : this.canWrite(folder, email);
  }

  private isAmong({ permissions }: StoredItem, email: string, least: Role = 'reader'): boolean {
    const covers = ({ type, address = '' }: Grantee) =>
      type === 'anyone' ||
      (type === 'domain' ? email.endsWith(`@${address}`) : address === email || this.groups.get(address)?.has(email));
    return [...permissions.values()].some(({ grantee, role }) => covers(grantee) && isAtLeast(role, least));
  }

  /** Everyone who can open an item, with the highest role; the owner first. */
  permissionsOf(item: StoredItem): DrivePermission[] {
    const found = new Map<string, DrivePermission>();
    const isInDrive = this.driveIdOf(item) !== undefined;
    let isBarred = false;
    for (let at: StoredItem | undefined = item; at; at = at.parent ? this.items.get(at.parent) : undefined) {
      for (const given of this.givenOn(at, at === item)) {
        const isVisibleOnly = isBarred && given.role !== 'organizer';
        // Only a limited folder itself lists people who just see that it exists.
        if (isVisibleOnly && !item.limited) continue;
        const permission: DrivePermission = {
          ...given,
          ...(isVisibleOnly && { role: 'reader', isMetadataOnly: true }),
          isInherited: at !== item,
        };
        const key = JSON.stringify(permission.grantee);
        const before = found.get(key);
        // My Drive does not distinguish the two.
        const isDirectToo = before?.isInherited === false && !isInDrive;
        if (!before || !isAtLeast(before.role, permission.role))
          found.set(key, { ...permission, ...(isDirectToo && { isInherited: false }) });
      }
      isBarred ||= at.limited;
    }
    return [...found.values()];
  }

  private givenOn(at: StoredItem, isItself: boolean): DrivePermission[] {
    const person = (address: string, role: Role, id = `user-${address}`): DrivePermission => ({
      id,
      grantee: { type: 'user', address },
      role,
    });
    const driveId = this.driveIdOf(at);
    const owner = driveId === undefined ? [person(at.owner, isItself ? 'owner' : 'writer')] : [];
    return [
      ...(driveId === at.id ? [person(at.owner, 'organizer')] : owner),
      ...[...at.writers].map((email) => person(email, 'writer')),
      ...[...at.readers].map(([email, id]) => person(email, 'reader', id)),
      ...[...at.permissions.values()].filter(({ expiresAt = Infinity }) => expiresAt > Date.now()),
    ];
  }

  private isGiven(item: StoredItem, email: string, isGivenHere: (at: StoredItem) => boolean): boolean {
    if (this.isShutOut(item, email)) return false;
    for (let at: StoredItem | undefined = item; at; at = at.parent ? this.items.get(at.parent) : undefined) {
      if (isGivenHere(at)) return true;
      // Shares of folders above apply to a limited folder itself, but not to its contents.
      if (at !== item && at.limited) return false;
    }
    return false;
  }
}

/** The Drive of one account. */
export class InMemoryDrive implements SourceDrive, DestinationDrive {
  readonly documents: Documents;

  constructor(
    private readonly google: InMemoryDrives,
    readonly account: DriveAccount,
  ) {
    this.documents = new InMemoryDocuments(google, account.email, (op, id) => this.called(op, id));
  }

  async get(id: string, _signal?: AbortSignal, fields?: ItemFields): Promise<DriveItem> {
    await this.called('get', id);
    return this.view(this.visible(id), fields);
  }

  childrenInGroup(folderId: string, signal: AbortSignal, fields?: ItemFields): Promise<ItemPage> {
    return this.children(folderId, undefined, signal, fields);
  }

  async children(folderId: string, pageToken?: string, _signal?: AbortSignal, fields?: ItemFields): Promise<ItemPage> {
    await this.called('children', folderId);
    return this.listing(folderId, pageToken, fields);
  }

  async childIds(folderId: string, pageToken?: string): Promise<IdPage> {
    await this.called('childIds', folderId);
    const { items, ...page } = this.listing(folderId, pageToken);
    return { ids: items.map(({ id }) => id), ...page };
  }

  async driveItemIds(driveId: string): Promise<IdPage> {
    await this.called('driveItemIds', driveId);
    this.sharedDrive(driveId);
    const ids = [...this.google.items.values()]
      .filter((item) => item.id !== driveId && this.google.driveIdOf(item) === driveId)
      .map(({ id }) => id);
    return { ids, incomplete: false };
  }

  async restrictions(driveId: string): Promise<DriveRestrictions> {
    await this.called('restrictions', driveId);
    return this.sharedDrive(driveId).restrictions;
  }

  private listing(folderId: string, pageToken?: string, fields?: ItemFields): ItemPage {
    const folder = this.visible(folderId);
    const all = this.google.childrenOf(folder.id).filter((item) => this.google.canRead(item, this.account.email));
    const from = Number(pageToken ?? 0);
    const page = all.slice(from, from + this.google.pageSize);
    return {
      items: page.map((item) => this.view(item, fields, true)),
      ...(from + page.length < all.length && { nextPageToken: String(from + page.length) }),
      incomplete: false,
    };
  }

  async trash(id: string): Promise<void> {
    await this.called('trash', id);
    const item = this.visible(id);
    const isRoot = item.parent === null;
    if (isRoot || item.owner !== this.account.email || this.account.readOnly) throw refusal('source_permission_denied');
    this.google.edit(id, { trashed: true });
    await this.google.afterWrite('trash', id, this.account.email);
  }

  async restore(id: string): Promise<void> {
    await this.called('restore', id);
    if (this.visible(id).owner !== this.account.email || this.account.readOnly)
      throw refusal('source_permission_denied');
    this.google.edit(id, { trashed: false });
  }

  async changesStart(): Promise<string> {
    await this.called('changesStart', '');
    return String(this.google.now);
  }

  async changes(token: string, _driveId?: string, _signal?: AbortSignal, fields?: ItemFields): Promise<ChangePage> {
    await this.called('changes', token);
    const [start, from] = token.split('.').map(Number) as [number, number?];
    const all = this.google.changesFrom(start, this.account.email);
    const page = all.slice(from ?? 0, (from ?? 0) + this.google.pageSize);
    const next = (from ?? 0) + page.length;
    return {
      changes: page.map((id) => {
        const item = this.google.items.get(id);
        return item && this.google.canRead(item, this.account.email)
          ? { id, removed: false, item: this.view(item, fields, true) }
          : { id, removed: true };
      }),
      ...(next < all.length ? { nextPageToken: `${start}.${next}` } : { newStartToken: String(this.google.now) }),
    };
  }

  async read(id: string, offset: number): Promise<Readable> {
    await this.called('read', id);
    const item = this.visible(id);
    if (!this.mayTake(item, item.canDownload) || item.mimeType.startsWith('application/vnd.google-apps.'))
      throw refusal('source_permission_denied');
    const { content } = item;
    const { pieceSize, before } = this.google;
    const account = this.account.email;
    async function* pieces() {
      for (let at = offset; at < content.length; at += pieceSize) {
        await before('piece', id, account);
        yield content.subarray(at, at + pieceSize);
      }
    }
    return Readable.from(pieces(), { objectMode: false });
  }

  async export(id: string, mediaType: string): Promise<Readable> {
    await this.called('export', id);
    const item = this.visible(id);
    if (!this.mayTake(item, item.canDownload) || mediaType !== DOCX || item.mimeType !== DOCUMENT)
      throw refusal('source_permission_denied');
    return Readable.from([Buffer.concat([DOCX_HEAD, item.content])], { objectMode: false });
  }

  async accessOf(id: string, email: string): Promise<string | null> {
    await this.called('accessOf', id);
    return this.visible(id).readers.get(email) ?? null;
  }

  async grantReading(id: string, email: string): Promise<Share> {
    await this.called('grantReading', id);
    const item = this.visible(id);
    if (!this.mayShare(item)) throw refusal('source_permission_denied');
    if (this.google.isShutOut(item, email, item.id) || this.google.isSharingRefused(item, email))
      throw refusal('sharing_refused');
    const permissionId = `reader-${email}`;
    item.readers.set(email, permissionId);
    this.google.record(id);
    await this.google.afterWrite('grantReading', id, this.account.email);
    return { id: permissionId };
  }

  async endReading(id: string, permissionId: string): Promise<boolean> {
    await this.called('endReading', id);
    const role = this.visible(id).permissions.get(permissionId)?.role ?? 'reader';
    if (role !== 'reader') return false;
    await this.withdraw(id, permissionId);
    return true;
  }

  async withdraw(id: string, permissionId: string): Promise<void> {
    await this.called('withdraw', id);
    const { readers, permissions } = this.visible(id);
    for (const [email, permission] of readers) if (permission === permissionId) readers.delete(email);
    permissions.delete(permissionId);
    this.google.record(id);
  }

  async permissions(id: string): Promise<DrivePermission[]> {
    await this.called('permissions', id);
    const item = this.visible(id);
    if (!this.google.canWrite(item, this.account.email)) throw refusal('source_permission_denied');
    return this.google.permissionsOf(item);
  }

  async grant(id: string, permission: NewPermission, _signal?: AbortSignal, notify = false): Promise<DrivePermission> {
    await this.called('grant', id);
    const item = this.visible(id);
    if (!this.mayShare(item)) throw new PermissionRefusedError('refused');
    const refused = this.google.refusalOf(item, permission);
    if (refused) throw new PermissionRefusedError(refused);
    const { type, address: given } = permission.grantee;
    const address = given && (this.google.aliases.get(given) ?? given);
    const grantee = { type, ...(address && { address }) };
    const permissionId = address ? `${type}-${address}` : permission.isDiscoverable ? 'anyone' : 'anyoneWithLink';
    const before = item.permissions.get(permissionId);
    const role = before && isAtLeast(before.role, permission.role) ? before.role : permission.role;
    item.permissions.set(permissionId, { ...before, ...permission, grantee, role, id: permissionId });
    if (notify && address) this.google.mails.push(address);
    this.google.record(id);
    await this.google.afterWrite('grant', id, this.account.email);
    return this.permission(item, grantee);
  }

  async changePermission(
    id: string,
    permissionId: string,
    { role, expiresAt }: { readonly role: Role; readonly expiresAt?: number | null },
  ): Promise<DrivePermission> {
    await this.called('changePermission', id);
    const item = this.visible(id);
    const [reader] = [...item.readers].find(([, id]) => id === permissionId) ?? [];
    const before =
      item.permissions.get(permissionId) ??
      (reader && { id: permissionId, grantee: { type: 'user', address: reader }, role: 'reader' });
    if (!before) throw refusal('not_found');
    const { expiresAt: _expiry, ...lasting } = before;
    const changed = { ...(expiresAt === null ? lasting : before), role, ...(expiresAt && { expiresAt }) };
    const refused = this.google.refusalOf(item, changed);
    if (refused) throw new PermissionRefusedError(refused);
    if (reader) item.readers.delete(reader);
    item.permissions.set(permissionId, changed);
    this.google.record(id);
    await this.google.afterWrite('changePermission', id, this.account.email);
    return this.permission(item, before.grantee);
  }

  private permission(item: StoredItem, { type, address }: Grantee): DrivePermission {
    const isTheirs = ({ grantee }: DrivePermission) => grantee.type === type && grantee.address === address;
    return this.google.permissionsOf(item).find(isTheirs)!;
  }

  async restrict(id: string, changes: RestrictionChanges): Promise<void> {
    await this.called('restrict', id);
    const item = this.visible(id);
    if (!this.mayShare(item)) throw new PermissionRefusedError('refused');
    const { isLimited = item.limited, isClosedToCopying = item.isClosedToReaders, ...others } = changes;
    const merged = { ...item.restrictions, ...others };
    const { isClosedToSharing, download, lock } = merged;
    this.google.edit(id, {
      limited: isLimited,
      isClosedToReaders: isClosedToCopying,
      restrictions: {
        ...(isClosedToSharing && { isClosedToSharing }),
        ...((download?.readers || download?.writers) && { download }),
        ...(lock && { lock }),
      },
    });
    await this.google.afterWrite('restrict', id, this.account.email);
  }

  async generateIds(count: number): Promise<string[]> {
    await this.called('generateIds', String(count));
    return Array.from({ length: count }, () => randomUUID());
  }

  async createFolder(item: NewItem): Promise<DriveItem> {
    if (this.google.levelOf(item.parentId, this.account.email) >= MAX_LEVELS) throw refusal('folder_limit');
    return this.write('createFolder', item, Buffer.alloc(0));
  }

  async createShortcut(item: NewItem, targetId: string): Promise<DriveItem> {
    this.visible(targetId);
    return this.write('createShortcut', { ...item, mimeType: SHORTCUT }, Buffer.alloc(0), { targetId });
  }

  async copy(originalId: string, item: NewItem): Promise<DriveItem> {
    await this.called('copy', originalId);
    const original = this.visible(originalId);
    if (!this.mayTake(original, original.canCopy) || original.mimeType === FOLDER) throw refusal('cannot_copy');
    const isDocument = original.mimeType.startsWith('application/vnd.google-apps.');
    if (isDocument && item.id) throw refusal('google_refused');
    // Google's editors ignore the time in a copy.
    const { modifiedTime: _ignored, ...rest } = item;
    return this.write('copied', { ...(isDocument ? rest : item), mimeType: original.mimeType }, original.content);
  }

  async create(item: NewItem, content: readonly Buffer[]): Promise<DriveItem> {
    return this.write('create', item, Buffer.concat(content));
  }

  async beginUpload(item: NewItem, size: number, _signal?: AbortSignal, mediaType = item.mimeType): Promise<Upload> {
    await this.called('beginUpload', item.name);
    if (item.id && this.google.items.has(item.id)) throw refusal('id_taken');
    const isConversion = mediaType !== item.mimeType;
    if (isConversion && (item.id || mediaType !== DOCX || item.mimeType !== DOCUMENT)) throw refusal('google_refused');
    const address = `memory:${randomUUID()}`;
    this.google.uploads.set(address, {
      size,
      content: Buffer.alloc(0),
      turn: Promise.resolve(),
      finish: (content) => this.write('upload', item, isConversion ? content.subarray(DOCX_HEAD.length) : content),
    });
    return this.resumeUpload(address);
  }

  resumeUpload(address: string): Upload {
    return new InMemoryUpload(this.google, this.account.email, address.split('#')[0]!);
  }

  async findMarked(marker: string): Promise<DriveItem[]> {
    await this.called('findMarked', marker);
    const { lagMs, uptime } = this.google.index;
    const isIndexed = ({ arrivedAt }: StoredItem) => uptime() - arrivedAt >= lagMs;
    return [...this.google.items.values()]
      .filter((item) => item.marker === marker && item.owner === this.account.email)
      .filter((item) => isIndexed(item) && !this.google.isTrashed(item))
      .map((item) => this.view(item));
  }

  async update(
    id: string,
    { marker, ...what }: { name?: string; modifiedTime?: string; marker?: null },
  ): Promise<DriveItem> {
    await this.called('update', id);
    this.google.edit(this.visible(id).id, what);
    if (marker === null) delete this.visible(id).marker;
    return this.view(this.visible(id));
  }

  async move(id: string, toParent: string, fromParent: string): Promise<DriveItem> {
    await this.called('move', id);
    const item = this.visible(id);
    if (item.parent !== this.visible(fromParent).id) throw refusal('not_found');
    this.google.edit(id, { parent: this.visible(toParent).id });
    return this.view(item);
  }

  async space(): Promise<{ limit: number | null; used: number }> {
    await this.called('space', '');
    const own = [...this.google.items.values()].filter((item) => item.owner === this.account.email);
    return { limit: this.google.limit, used: own.reduce((sum, item) => sum + item.content.length, 0) };
  }

  private async write(
    op: string,
    item: NewItem,
    content: Buffer,
    more: { targetId?: string } = {},
  ): Promise<DriveItem> {
    await this.called(op, item.name);
    if (this.account.readOnly) throw refusal('scope_missing');
    if (item.id && this.google.items.has(item.id)) throw refusal('id_taken');
    const parent = this.visible(item.parentId);
    if (!this.google.canAddTo(parent, this.account.email)) throw refusal('destination_read_only');
    const now = new Date().toISOString();
    const id = this.google.put(this.account.email, {
      ...more,
      ...(item.id && { id: item.id }),
      name: item.name,
      mimeType: item.mimeType,
      parent: parent.id,
      content,
      modifiedTime: item.modifiedTime ?? now,
      createdTime: item.createdTime ?? now,
      starred: item.starred ?? false,
      ...(item.description && { description: item.description }),
      ...(item.folderColor && { folderColor: item.folderColor }),
      ...(item.properties && { properties: item.properties }),
      ...(item.marker && { marker: item.marker }),
      ...(item.isConverted && { isConverted: item.isConverted }),
    });
    // A child's arrival moves its folder's time, so that folder times must be set last.
    parent.modifiedTime = now;
    await this.google.afterWrite(op, id, this.account.email);
    return this.view(this.visible(id), { checksum: item.checksum });
  }

  private async called(op: string, id: string): Promise<void> {
    this.google.calls.push(op);
    await this.google.before(op, id, this.account.email);
  }

  private mayTake(item: StoredItem, isAllowed: boolean): boolean {
    return isAllowed && (!item.isClosedToReaders || this.google.canWrite(item, this.account.email));
  }

  /** @throws DriveError `not_found` if the account is no member */
  private sharedDrive(driveId: string): SharedDrive {
    const drive = this.google.sharedDrives.get(driveId);
    if (!drive) throw refusal('not_found');
    this.visible(driveId);
    return drive;
  }

  /** Nobody can share the root of My Drive; only managers can share a shared drive and its folders. */
  private mayShare(item: StoredItem): boolean {
    if (this.google.driveIdOf(item) && item.mimeType === FOLDER) return item.owner === this.account.email;
    if (item.restrictions.isClosedToSharing && item.owner !== this.account.email) return false;
    return item.parent !== null && this.google.canWrite(item, this.account.email);
  }

  private accessTo(item: StoredItem, isListed: boolean): SourceAccess {
    const isStated = this.google.driveIdOf(item) === undefined && this.mayShare(item);
    const isLeftOut = isListed && this.google.isLeftOut(item);
    return {
      ...(isStated &&
        !isLeftOut && {
          permissions: this.google.permissionsOf(item).map(({ isInherited: _unstated, ...permission }) => permission),
        }),
      restrictions: {
        ...(item.limited && { isLimited: true }),
        ...(item.isClosedToReaders && { isClosedToCopying: true }),
        ...item.restrictions,
      },
    };
  }

  private visible(id: string): StoredItem {
    const item = this.google.items.get(id === 'root' ? this.google.rootOf(this.account.email) : id);
    if (!item || !this.google.canRead(item, this.account.email)) throw refusal('not_found');
    return item;
  }

  /** @param isListed whether the item is part of a list, which may omit its permissions */
  private view(item: StoredItem, { checksum, access }: ItemFields = {}, isListed = false): DriveItem {
    const kind =
      item.mimeType === FOLDER
        ? 'folder'
        : item.mimeType === SHORTCUT
          ? 'shortcut'
          : item.mimeType.startsWith('application/vnd.google-apps.')
            ? 'google'
            : 'file';
    const hasSize = kind === 'file' || (kind === 'google' && this.google.hasDocumentSizes);
    const driveId = this.google.driveIdOf(item);
    const stated = kind === 'file' ? item.checksums.filter((each) => each === (checksum ?? each)) : [];
    const digest = (name: string) => createHash(name).update(item.content).digest('hex');
    return {
      id: item.id,
      name: item.name,
      mimeType: item.mimeType,
      kind,
      size: hasSize ? (item.size ?? item.content.length) : null,
      checksums: Object.fromEntries(stated.map((each) => [each, digest(each)])),
      createdTime: item.createdTime,
      modifiedTime: item.modifiedTime,
      ...(item.description && { description: item.description }),
      starred: item.starred,
      ...(item.folderColor && { folderColor: item.folderColor }),
      ...(item.properties && { properties: item.properties }),
      ...(item.isConverted && { isConverted: item.isConverted }),
      ...(item.targetId && { shortcutTargetId: item.targetId }),
      parents: item.parent ? [item.parent] : [],
      trashed: this.google.isTrashed(item),
      ownedByMe: driveId === undefined && item.owner === this.account.email,
      ...(driveId === undefined ? { owner: item.owner } : { driveId }),
      canCopy: this.mayTake(item, item.canCopy),
      canDownload: this.mayTake(item, item.canDownload),
      ...(item.isClosedToReaders && { isClosedToReaders: true }),
      ...(!this.mayShare(item) && { canShare: false }),
      ...(item.limited && { isLimited: true }),
      ...(access && { access: this.accessTo(item, isListed) }),
      ...(driveId !== undefined &&
        driveId !== item.id &&
        item.permissions.size + item.readers.size + item.writers.size > 0 && { isAugmented: true }),
      canAddChildren: kind === 'folder' && this.google.canAddTo(item, this.account.email),
      canListChildren:
        kind === 'folder' &&
        (!item.limited ||
          item.owner === this.account.email ||
          item.readers.has(this.account.email) ||
          item.writers.has(this.account.email)),
      ...(kind === 'file' && { revision: String(item.revision) }),
    };
  }
}

const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

class InMemoryUpload implements Upload {
  constructor(
    private readonly google: InMemoryDrives,
    private readonly account: string,
    readonly address: string,
  ) {}

  send(offset: number, length: number, size: number, body: AsyncIterable<Buffer>): Promise<UploadState> {
    return this.inTurn((session) => this.take(session, offset, length, size, body));
  }

  state(): Promise<UploadState> {
    return this.inTurn((session) => this.stateOf(session));
  }

  /** Executes the requests of a session one after the other. */
  private inTurn(action: (session: Session) => Promise<UploadState>): Promise<UploadState> {
    const session = this.google.uploads.get(this.address);
    if (!session) return Promise.reject(refusal('not_found'));
    const mine = session.turn.then(() => action(session));
    session.turn = mine.catch(() => undefined);
    return mine;
  }

  private async take(
    session: Session,
    offset: number,
    length: number,
    size: number,
    body: AsyncIterable<Buffer>,
  ): Promise<UploadState> {
    if (session.done) return { done: session.done };
    if (offset !== session.content.length || size !== session.size) throw refusal('google_refused');
    let sent = 0;
    for await (const piece of body) {
      sent += piece.length;
      session.content = Buffer.concat([session.content, piece]);
      await this.google.before('send', String(session.content.length), this.account);
    }
    if (sent !== length) throw refusal('google_refused');
    return this.stateOf(session);
  }

  private async stateOf(session: Session): Promise<UploadState> {
    await this.google.before('state', String(session.content.length), this.account);
    if (session.done) return { done: session.done };
    if (session.content.length < session.size) {
      // Google keeps only multiples of 256 KiB.
      const confirmed = Math.floor(session.content.length / 262_144) * 262_144;
      session.content = session.content.subarray(0, confirmed);
      return { confirmed };
    }
    session.done = await session.finish(session.content);
    session.content = Buffer.alloc(0);
    return { done: session.done };
  }

  async abandon(): Promise<void> {
    this.google.calls.push('abandon');
    await this.google.before('abandon', this.address, this.account);
    this.google.uploads.delete(this.address);
  }
}

export function refusal(code: DriveErrorCode): DriveError {
  return new DriveError(code);
}
