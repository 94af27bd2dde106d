import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Content } from './content.ts';
import type { DocumentModel } from '../documents/documents.ts';
import { Directory, domainOf, nameOf, type Group, type Member } from '../directory/directory.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { DEFAULT_LIMITS, DEFAULT_SWITCHES, type Limits, type Switches } from '../faults/switches.ts';

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
  /** What was shared with it directly. */
  readonly sharedWith: Set<Item>;
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

export interface Change {
  readonly seq: number;
  readonly fileId: string;
  readonly time: number;
  /** Who could see a file that is gone; `undefined` while it exists. */
  readonly removedFor?: readonly string[];
  /** Who could see the file before this, and cannot now, though it exists. */
  readonly lostBy?: readonly string[];
  /** The shared drive it was in, or `fileId` itself when the drive has changed. */
  readonly driveId?: string;
}

/** Default storage: generous, so that only a test that means to fills it. */
const DEFAULT_QUOTA = 2 * 1024 ** 4;
const MAX_CHANGES = 200_000;
// Ids carry a sum, so that "was this id issued by generateIds?" needs no memory. Nothing secret hangs on it.
const ID_KEY = 'drive sandbox ids';

/**
 * The state of the sandbox: accounts, and the one graph of items they own and share. It knows Drive's rules about who
 * may see what, and nothing about HTTP. Everything that lists children costs as much as there are children.
 */
export class DriveStore {
  readonly accounts = new Map<string, Account>();
  readonly drives = new Map<string, SharedDrive>();
  /** People, groups and domains. */
  readonly directory: Directory;
  limits: Readonly<Limits> = DEFAULT_LIMITS;
  switches: Readonly<Switches> = DEFAULT_SWITCHES;
  /** How long a new permission takes to work, in milliseconds. */
  permissionLagMs = 0;
  /** Called after every change. */
  onChange: () => void = () => undefined;
  private readonly items = new Map<string, Item>();
  private readonly gone = new Set<string>();
  /** What was put into the trash, in that order, and from where on it may still be there. */
  private trash: { item: Item; at: number }[] = [];
  private trashStart = 0;
  private trashInOrder = true;
  private changes: Change[] = [];
  private lastSeq = 1;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
    this.directory = new Directory(now, () => this.onChange());
  }

  addAccount(
    email: string,
    options: { name?: string; quotaBytes?: number; sub?: string; rootId?: string } = {},
  ): Account {
    const key = email.toLowerCase();
    if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new SandboxUsageError(`"${email}" is not an e-mail address.`);
    if (this.accounts.has(key)) throw new SandboxUsageError(`There is already an account ${email}.`);
    const time = this.now();
    const root = { id: options.rootId ?? newRootId(), name: 'My Drive', mimeType: FOLDER } as Item;
    const account: Account = {
      email,
      name: options.name ?? nameOf(email),
      sub: options.sub ?? decimal(`sub:${key}`, 21),
      permissionId: permissionIdOf(key),
      quotaBytes: options.quotaBytes ?? DEFAULT_QUOTA,
      root: Object.assign(root, {
        created: time,
        modified: time,
        born: time,
        version: 1,
        trashedExplicitly: false,
        children: new Set<Item>(),
      }),
      own: new Set(),
      sharedWith: new Set(),
      usage: 0,
    };
    root.owner = account;
    this.accounts.set(key, account);
    this.directory.addPerson(email, account.name);
    this.items.set(root.id, root);
    // Shared before the person had an account: it is there when they come.
    for (const item of this.items.values())
      if (item.permissions?.has(account.permissionId) && item !== item.owner.root) account.sharedWith.add(item);
    this.onChange();
    return account;
  }

  /** A new shared drive, with its maker as organizer. `id` and times are given when it was kept between starts. */
  addDrive(
    name: string,
    maker: { email: string } | undefined,
    kept: { id?: string; created?: number; domain?: string } = {},
  ): SharedDrive {
    const created = kept.created ?? this.now();
    const root = { id: kept.id ?? newRootId(), name: 'Drive', mimeType: FOLDER } as Item;
    const drive: SharedDrive = {
      id: root.id,
      name,
      created,
      root: Object.assign(root, {
        created,
        modified: created,
        born: this.now(),
        version: 1,
        trashedExplicitly: false,
        children: new Set<Item>(),
      }),
      own: new Set(),
      usage: 0,
      restrictions: {},
      hiddenFor: new Set(),
      domain: kept.domain ?? domainOf(maker?.email ?? ''),
    };
    root.owner = drive;
    this.drives.set(drive.id, drive);
    this.items.set(root.id, root);
    if (maker)
      this.share(root, {
        id: permissionIdOf(maker.email),
        type: 'user',
        role: 'organizer',
        email: maker.email,
        since: created - this.permissionLagMs,
      });
    this.onChange();
    return drive;
  }

  /** Ends a shared drive, with all that is in it. */
  removeDrive(drive: SharedDrive): void {
    const members = this.emailsOf(drive.root.permissions?.values() ?? []);
    for (const child of [...(drive.root.children ?? [])]) this.remove(child);
    this.items.delete(drive.id);
    this.gone.add(drive.id);
    this.drives.delete(drive.id);
    this.record({ seq: ++this.lastSeq, fileId: drive.id, time: this.now(), removedFor: members, driveId: drive.id });
    this.onChange();
  }

  /** Shared drives an account is a member of, in the order they were made. */
  drivesOf(account: Account): SharedDrive[] {
    return [...this.drives.values()].filter((drive) => this.roleOf(drive.root, account) !== undefined);
  }

  /** Makes a group, or replaces its members; what is shared with it appears with those who are in it now. */
  setGroup(email: string, members: readonly (string | Member)[], name?: string): Group {
    const group = this.directory.setGroup(email, members, name);
    this.refreshGroups();
    return group;
  }

  /** Shows each account what is shared with its groups, after a change of their members. */
  refreshGroups(): void {
    for (const item of this.items.values()) {
      if (item === item.owner.root || ![...(item.permissions?.values() ?? [])].some(({ type }) => type === 'group'))
        continue;
      for (const account of this.accounts.values())
        if (this.names(item, account)) account.sharedWith.add(item);
        else account.sharedWith.delete(item);
    }
  }

  account(email: string): Account | undefined {
    return this.accounts.get(email.toLowerCase());
  }

  /** The account, or an error for the user of the control side. */
  knownAccount(email: string): Account {
    const account = this.account(email);
    if (account) return account;
    const known = [...this.accounts.values()].map((each) => each.email).join(', ');
    throw new SandboxUsageError(`There is no account ${email}; the sandbox has ${known || 'none'}.`);
  }

  /** By ID, without checking who may see it. */
  item(id: string): Item | undefined {
    return this.items.get(id);
  }

  /** Whether an id is taken, now or by something deleted. */
  isTaken(id: string): boolean {
    return this.items.has(id) || this.gone.has(id);
  }

  allItems(): IterableIterator<Item> {
    return this.items.values();
  }

  create(fields: NewItem): Item {
    const time = this.now();
    const item: Item = {
      id: fields.id ?? newId(),
      name: fields.name,
      mimeType: fields.mimeType,
      // A shared drive owns what is in it, whichever account put it there.
      owner: driveOf(fields.parent) ?? fields.owner,
      parent: fields.parent,
      created: fields.created ?? time,
      modified: fields.modified ?? time,
      born: time,
      version: 1,
      trashedExplicitly: false,
    };
    if (fields.mimeType === FOLDER) item.children = new Set();
    if (fields.document) item.document = fields.document;
    this.items.set(item.id, item);
    item.owner.own.add(item);
    (fields.parent.children ??= new Set()).add(item);
    if (fields.content) this.setContent(item, fields.content);
    else item.owner.usage += sizeOf(item) ?? 0;
    this.touch(item);
    return item;
  }

  /** Gives an item new bytes; what it had becomes a revision. */
  setContent(item: Item, content: Content): void {
    const old = item.content;
    if (old) {
      (item.revisions ??= []).push({
        id: item.headRevisionId ?? '',
        content: old,
        mimeType: item.mimeType,
        modified: item.modified,
        replaced: this.now(),
        keepForever: item.headPinned ?? false,
        ...(item.modifiedBy === undefined ? {} : { modifiedBy: item.modifiedBy }),
        ...(item.originalFilename === undefined ? {} : { originalFilename: item.originalFilename }),
      });
      if (!item.headPinned) item.owner.usage -= old.size;
      delete item.headPinned;
    }
    item.owner.usage += content.size;
    content.users++;
    item.content = content;
    item.headRevisionId = randomBytes(24).toString('base64url');
    if (item.revisions) this.pruneRevisions(item);
  }

  /** Deletes earlier contents that are not pinned: after 30 days, or when there are more than a hundred. */
  pruneRevisions(item: Item): void {
    const { revisions } = item;
    if (!revisions) return;
    const oldest = this.now() - this.limits.revisionMs;
    let surplus = revisions.filter((each) => !each.keepForever).length + 1 - this.limits.revisions;
    item.revisions = revisions.filter((each) => {
      if (each.keepForever) return true;
      if (surplus <= 0 && each.replaced > oldest) return true;
      surplus--;
      release(each.content);
      return false;
    });
    if (item.revisions.length === 0) delete item.revisions;
  }

  /** Forgets one earlier content, or the present one in favour of the one before. */
  removeRevision(item: Item, id: string): void {
    const { revisions = [] } = item;
    if (id === item.headRevisionId) {
      const before = revisions.pop();
      if (!before || !item.content) return;
      item.owner.usage -= item.content.size;
      release(item.content);
      if (!before.keepForever) item.owner.usage += before.content.size;
      item.content = before.content;
      item.headRevisionId = before.id;
      item.modified = before.modified;
      item.headPinned = before.keepForever;
    } else {
      const at = revisions.findIndex((each) => each.id === id);
      const [old] = at < 0 ? [] : revisions.splice(at, 1);
      if (!old) return;
      if (old.keepForever) item.owner.usage -= old.content.size;
      release(old.content);
    }
    if (revisions.length === 0) delete item.revisions;
    this.touch(item);
  }

  /** Puts an item into another folder; with an owner, it and what it holds belong to that one afterwards. */
  move(item: Item, to: Item, owner?: Owner): void {
    this.detach(item);
    item.parent = to;
    (to.children ??= new Set()).add(item);
    if (owner) this.reassign(item, owner);
    this.touch(item);
  }

  /** Gives an item exactly these parents: none makes an orphan, several what only old items have. */
  setParents(item: Item, parents: readonly Item[]): void {
    this.detach(item);
    const [first, ...others] = parents;
    if (first) item.parent = first;
    else delete item.parent;
    if (others.length > 0) item.otherParents = others;
    for (const parent of parents) (parent.children ??= new Set()).add(item);
    this.touch(item);
  }

  private detach(item: Item): void {
    for (const parent of parentsOf(item)) parent.children?.delete(item);
    delete item.otherParents;
  }

  private reassign(top: Item, owner: Owner): void {
    const from = top.owner;
    const waiting = [top];
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      for (const child of item.children ?? []) if (child.owner === from) waiting.push(child);
      const bytes = quotaBytesOf(item);
      from.own.delete(item);
      from.usage -= bytes;
      item.owner = owner;
      owner.own.add(item);
      owner.usage += bytes;
      if (owner.email !== undefined) {
        item.permissions?.delete(owner.permissionId);
        owner.sharedWith.delete(item);
      }
    }
  }

  /** Says that an item has changed. */
  touch(item: Item): void {
    item.version++;
    this.record({
      seq: ++this.lastSeq,
      fileId: item.id,
      time: this.now(),
      ...(item.owner.email === undefined ? { driveId: item.owner.id } : {}),
    });
    this.onChange();
  }

  setTrashed(item: Item, trashed: boolean, by?: Account): void {
    item.trashedExplicitly = trashed;
    delete item.trashedBy;
    if (trashed) {
      item.trashedAt = this.now();
      this.trash.push({ item, at: item.trashedAt });
      if (by && by !== item.owner) item.trashedBy = by.email;
    } else delete item.trashedAt;
    this.touch(item);
  }

  /** Deletes what has been in the trash for too long ("Trash or delete files": 30 days). */
  emptyOldTrash(): void {
    const limit = this.now() - this.limits.trashMs;
    if (!this.trashInOrder) this.trash.sort((a, b) => a.at - b.at);
    this.trashInOrder = true;
    for (let head = this.trash[this.trashStart]; head && head.at <= limit; head = this.trash[this.trashStart]) {
      this.trashStart++;
      const { item, at } = head;
      if (this.items.get(item.id) === item && item.trashedExplicitly && item.trashedAt === at) this.remove(item);
    }
    if (this.trashStart > 1000) {
      this.trash = this.trash.slice(this.trashStart);
      this.trashStart = 0;
    }
  }

  isTrashed(item: Item): boolean {
    for (let each: Item | undefined = item; each; each = each.parent) if (each.trashedExplicitly) return true;
    return false;
  }

  /** Deletes an item and everything below it with the same owner; what others own there loses its parent. */
  remove(item: Item): void {
    const waiting = [item];
    for (let each = waiting.pop(); each; each = waiting.pop()) {
      for (const child of each.children ?? []) {
        if (child.owner === item.owner && !child.otherParents) waiting.push(child);
        else dropParent(child, each);
      }
      this.forget(each);
    }
    for (const parent of parentsOf(item)) parent.children?.delete(item);
    this.onChange();
  }

  private forget(item: Item): void {
    const sawIt = this.emailsOf(this.effectivePermissions(item).map(({ permission }) => permission));
    this.items.delete(item.id);
    this.gone.add(item.id);
    item.owner.own.delete(item);
    item.owner.usage -= quotaBytesOf(item);
    for (const account of this.accounts.values()) account.sharedWith.delete(item);
    if (item.content) release(item.content);
    for (const { content } of item.revisions ?? []) release(content);
    this.record({
      seq: ++this.lastSeq,
      fileId: item.id,
      time: this.now(),
      removedFor: sawIt,
      ...(item.owner.email === undefined ? { driveId: item.owner.id } : {}),
    });
  }

  /** Whom permissions reach by name, members of groups included. */
  private emailsOf(permissions: Iterable<Permission>): string[] {
    const emails: string[] = [];
    for (const { type, email } of permissions) {
      if (email === undefined) continue;
      if (type !== 'group') emails.push(email);
      else for (const account of this.membersOf(email)) emails.push(account.email);
    }
    return emails;
  }

  /** The accounts an address stands for: a person's own, or those of a group's members. */
  private membersOf(email: string): Account[] {
    return this.directory.membersOf(email).flatMap((each) => this.account(each) ?? []);
  }

  /** Adds a permission, or raises the one its grantee has. */
  share(item: Item, permission: Permission): Permission {
    const permissions = (item.permissions ??= new Map<string, Permission>());
    const before = permissions.get(permission.id);
    if (before) {
      if (!atLeast(before.role, permission.role)) before.role = permission.role;
      if (permission.expirationTime !== undefined) before.expirationTime = permission.expirationTime;
      this.touch(item);
      return before;
    }
    permissions.set(permission.id, permission);
    // Members of a shared drive find it among their drives, not among what is shared with them.
    if (permission.email && item !== item.owner.root)
      for (const account of this.membersOf(permission.email)) account.sharedWith.add(item);
    this.touch(item);
    return permission;
  }

  unshare(item: Item, permissionId: string): void {
    const permission = item.permissions?.get(permissionId);
    item.permissions?.delete(permissionId);
    const lostBy: string[] = [];
    if (permission?.email)
      for (const account of this.membersOf(permission.email)) {
        if (!this.names(item, account)) account.sharedWith.delete(item);
        if (this.roleOf(item, account) === undefined) lostBy.push(account.email);
      }
    this.touch(item);
    if (lostBy.length > 0) {
      const { seq, ...change } = this.changes.pop() as Change;
      this.changes.push({ seq, ...change, lostBy });
    }
  }

  /** Transfers an item to another account; the previous owner stays as writer ("Transfer file ownership"). */
  setOwner(item: Item, to: Account): void {
    const from = item.owner;
    if (from === to || from.email === undefined) return;
    const bytes = quotaBytesOf(item);
    from.own.delete(item);
    from.usage -= bytes;
    item.permissions?.delete(to.permissionId);
    to.sharedWith.delete(item);
    item.owner = to;
    to.own.add(item);
    to.usage += bytes;
    this.share(item, {
      id: from.permissionId,
      type: 'user',
      role: 'writer',
      email: from.email,
      since: this.now() - this.permissionLagMs,
    });
  }

  /**
   * What an account may do with an item; `undefined` when it may not even know of it. Without `links`, only permissions
   * for people and groups count, not those for a domain or for anyone who has the link.
   */
  roleOf(item: Item, account: Account, links = true): Role | undefined {
    if (item.owner === account) return 'owner';
    return this.isShutOut(item, account) ? undefined : this.roleFromBelow(item, account, links);
  }

  /** Whether the restrictions of a shared drive end all access of an account (reference of `drives`). */
  private isShutOut(item: Item, { email }: Account): boolean {
    const drive = driveOf(item);
    if (!drive) return false;
    const { domainUsersOnly, driveMembersOnly } = drive.restrictions;
    if (domainUsersOnly && domainOf(email) !== drive.domain) return true;
    return driveMembersOnly === true && !this.isMember(drive, email);
  }

  /** Whether a shared drive itself is shared with a person, or with a group of theirs. */
  isMember(drive: SharedDrive, email: string): boolean {
    const id = permissionIdOf(email);
    return [...(drive.root.permissions?.values() ?? [])].some(
      (each) => each.id === id || (each.type === 'group' && this.directory.isMember(each.email ?? '', email)),
    );
  }

  private roleFromBelow(item: Item, account: Account, links: boolean): Role | undefined {
    let best: Role | undefined;
    const time = this.now();
    for (let each: Item | undefined = item; each; each = each.parent) {
      // The owner of a folder may edit what others put into it.
      if (each.owner === account && !atLeast(best, 'writer')) best = 'writer';
      for (const permission of each.permissions?.values() ?? [])
        if (
          !atLeast(best, permission.role) &&
          (links || permission.type === 'user' || permission.type === 'group') &&
          this.works(permission, time) &&
          this.covers(permission, account)
        )
          best = permission.role;
      for (const other of each.otherParents ?? []) {
        const role = this.roleFromBelow(other, account, links);
        if (role && !atLeast(best, role)) best = role;
      }
      if (each.inheritedPermissionsDisabled && each.parent) {
        const above = this.roleFromBelow(each.parent, account, links);
        // Managers keep their access; all others from above see that the folder exists ("Limited and expansive access").
        if (above === 'organizer') return above;
        return each === item && above && !best ? 'reader' : best;
      }
    }
    return best;
  }

  /** Whether an account may see what is in a folder, and not only that it exists. */
  opens(folder: Item, account: Account): boolean {
    if (folder.owner === account) return true;
    if (this.isShutOut(folder, account)) return false;
    if (!folder.inheritedPermissionsDisabled) return this.roleOf(folder, account) !== undefined;
    const time = this.now();
    for (const permission of folder.permissions?.values() ?? [])
      if (this.works(permission, time) && this.covers(permission, account)) return true;
    return folder.parent !== undefined && this.roleFromBelow(folder.parent, account, true) === 'organizer';
  }

  /** Everyone with access: the owner first, then what was given here, then what comes from above. */
  effectivePermissions(item: Item): EffectivePermission[] {
    const found = new Map<string, EffectivePermission>();
    const time = this.now();
    const climb = (from: Item, limit: 'none' | 'organizers' | 'metadata'): void => {
      for (let each: Item | undefined = from; each; each = each.parent) {
        for (const [permission, role] of grantsOn(each, each === item)) {
          if (permission.expirationTime !== undefined && permission.expirationTime <= time) continue;
          if (limit === 'organizers' && role !== 'organizer') continue;
          const metadataOnly = limit === 'metadata' && role !== 'organizer';
          const shown = metadataOnly ? 'reader' : role;
          const detail = each === item ? { role: shown } : { role: shown, from: each };
          const before = found.get(permission.id);
          if (before) {
            before.details.push(detail);
            if (atLeast(before.role, shown)) continue;
            before.role = shown;
          } else {
            const entry: EffectivePermission = { permission, role: shown, details: [detail] };
            if (each !== item) entry.inheritedFrom = each;
            if (metadataOnly) entry.metadataOnly = true;
            found.set(permission.id, entry);
          }
        }
        for (const other of each.otherParents ?? []) climb(other, limit);
        if (each.inheritedPermissionsDisabled) limit = limit === 'none' && each === item ? 'metadata' : 'organizers';
      }
    };
    climb(item, 'none');
    return [...found.values()];
  }

  /** What a search of an account's own corpus looks through: what it owns, and what is shared with it, with all below. */
  *corpusOf(account: Account): Generator<Item> {
    yield* account.own;
    const seen = new Set<Item>();
    const waiting = [...account.sharedWith];
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      if (seen.has(item)) continue;
      seen.add(item);
      if (item.owner !== account) yield item;
      for (const child of item.children ?? []) waiting.push(child);
    }
    // Others' files in the account's own folders are in its corpus as well.
    for (const own of account.own)
      for (const child of own.children ?? []) if (child.owner !== account && !seen.has(child)) yield child;
  }

  /** Whether an item is shared with an account by its address, or that of a group it is in. */
  private names(item: Item, account: Account): boolean {
    for (const permission of item.permissions?.values() ?? [])
      if (permission.email !== undefined && this.covers(permission, account)) return true;
    return false;
  }

  /** Whom a permission given to an address, a domain or anyone reaches. */
  private covers(permission: Permission, account: Account): boolean {
    switch (permission.type) {
      case 'user':
        return permission.id === account.permissionId;
      case 'group':
        return this.directory.isMember(permission.email ?? '', account.email);
      case 'domain':
        return domainOf(account.email) === (permission.domain ?? '').toLowerCase();
      case 'anyone':
        return true;
    }
  }

  /** The number after the newest change: what `changes.getStartPageToken` gives. */
  get nextChange(): number {
    return this.lastSeq + 1;
  }

  /** Changes from a number on, oldest first, each file once. */
  changesSince(seq: number, limit: number): { changes: Change[]; next: number } {
    // Binary search: the log is ordered.
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const slice = this.changes.slice(low, low + limit);
    const latest = new Map<string, Change>();
    for (const change of slice) {
      // An account that lost access to a file must still get its next change.
      const lostBy = [...(latest.get(change.fileId)?.lostBy ?? []), ...(change.lostBy ?? [])];
      latest.delete(change.fileId);
      latest.set(change.fileId, lostBy.length > 0 ? { ...change, lostBy } : change);
    }
    const last = slice.at(-1);
    return { changes: [...latest.values()], next: last ? last.seq + 1 : Math.max(seq, this.nextChange) };
  }

  private record(change: Change): void {
    this.changes.push(change);
    if (this.changes.length > 2 * MAX_CHANGES) this.changes = this.changes.slice(-MAX_CHANGES);
  }

  private works(permission: Permission, time: number): boolean {
    return (
      permission.since + this.permissionLagMs <= time &&
      (permission.expirationTime === undefined || permission.expirationTime > time)
    );
  }

  /** Forgets everything, accounts included; stored bytes go with the last file that used them. */
  clear(): void {
    for (const item of this.items.values()) {
      if (item.content) release(item.content);
      for (const { content } of item.revisions ?? []) release(content);
    }
    this.drives.clear();
    this.directory.clear();
    this.trash = [];
    this.trashStart = 0;
    this.accounts.clear();
    this.items.clear();
    this.gone.clear();
    this.changes = [];
    this.onChange();
  }

  /** Continues counting changes where the previous process stopped. */
  continueFrom(nextChange: number): void {
    this.lastSeq = Math.max(this.lastSeq, nextChange - 1);
  }

  /** Puts back an item that was kept between starts, exactly as it was. */
  restore(item: Item): void {
    this.items.set(item.id, item);
    item.owner.own.add(item);
    item.owner.usage += quotaBytesOf(item);
    if (item.content) item.content.users++;
    for (const { content } of item.revisions ?? []) content.users++;
    for (const parent of parentsOf(item)) parent.children?.add(item);
    for (const { email } of item.permissions?.values() ?? [])
      if (email) for (const account of this.membersOf(email)) account.sharedWith.add(item);
    if (item.trashedExplicitly) {
      this.trash.push({ item, at: item.trashedAt ?? 0 });
      this.trashInOrder = false;
    }
  }

  /** Ids of what was deleted: they stay taken. */
  get deletedIds(): Set<string> {
    return this.gone;
  }
}

/** What is given on one item itself, its owner's part first. */
function* grantsOn(item: Item, itself: boolean): Generator<[Permission, Role]> {
  const { owner } = item;
  if (owner.email !== undefined)
    yield [
      { id: owner.permissionId, type: 'user', role: 'owner', email: owner.email, since: item.created },
      itself ? 'owner' : 'writer',
    ];
  for (const permission of item.permissions?.values() ?? []) yield [permission, permission.role];
}

/** Where an item lies: nowhere, in one folder, or (old ones) in several. */
export function parentsOf(item: Item): Item[] {
  return [...(item.parent ? [item.parent] : []), ...(item.otherParents ?? [])];
}

function dropParent(child: Item, parent: Item): void {
  const [first, ...others] = parentsOf(child).filter((each) => each !== parent);
  if (first) child.parent = first;
  else delete child.parent;
  if (others.length > 0) child.otherParents = others;
  else delete child.otherParents;
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
  if (isGoogleDocument(item.mimeType)) return 1024 + (item.document ? JSON.stringify(item.document).length : 0);
  return undefined;
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

/** Whether the sandbox made this id, as `files.generateIds` does. */
export function isIssuedId(id: string): boolean {
  return id.length === 33 && idSum(id.slice(0, 25)) === id.slice(25);
}

function idSum(body: string): string {
  return createHmac('sha256', ID_KEY).update(body).digest('base64url').slice(0, 8);
}

function newRootId(): string {
  return `0A${randomBytes(13).toString('base64url').slice(0, 14)}PVA`;
}

/** The id that the permission of a person has on every item. */
export function permissionIdOf(email: string): string {
  return decimal(`permission:${email.toLowerCase()}`, 20);
}

function decimal(text: string, digits: number): string {
  const number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString();
  return `1${number.slice(-(digits - 1))}`;
}
