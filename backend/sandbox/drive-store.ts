import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Content } from './content.ts';
import type { DocumentModel } from './documents.ts';
import { SandboxUsageError } from './errors.ts';

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
}

/** A file, folder, Google document or shortcut. Times are milliseconds since 1970. */
export interface Item {
  readonly id: string;
  name: string;
  mimeType: string;
  owner: Account;
  parent?: Item;
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
}

/** What `create` must know of a new item; the rest is set on what it returns. */
export interface NewItem {
  id?: string;
  name: string;
  mimeType: string;
  owner: Account;
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
}

/** Default storage: generous, so that only a test that means to fills it. */
const DEFAULT_QUOTA = 2 * 1024 ** 4;
const MAX_CHANGES = 200_000;
// Ids carry a sum, so that "was this id issued by generateIds?" needs no memory. Nothing secret hangs on it.
const ID_KEY = 'drive sandbox ids';

/**
 * The memory of the sandbox: accounts, and the one graph of items they own and share. It knows Drive's rules about who
 * may see what, nothing of HTTP. Everything that lists children costs as much as there are children.
 */
export class DriveStore {
  readonly accounts = new Map<string, Account>();
  /** How long a new permission takes to work, in milliseconds. */
  permissionLagMs = 0;
  /** Called after every change. */
  onChange: () => void = () => undefined;
  private readonly items = new Map<string, Item>();
  private readonly gone = new Set<string>();
  private changes: Change[] = [];
  private lastSeq = 1;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
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
      name: options.name ?? nameFromEmail(email),
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
    this.items.set(root.id, root);
    // Shared before the person had an account: it is there when they come.
    for (const item of this.items.values())
      if (item.permissions?.has(account.permissionId)) account.sharedWith.add(item);
    this.onChange();
    return account;
  }

  account(email: string): Account | undefined {
    return this.accounts.get(email.toLowerCase());
  }

  /** The account, or an error for whoever drives the sandbox. */
  knownAccount(email: string): Account {
    const account = this.account(email);
    if (account) return account;
    const known = [...this.accounts.values()].map((each) => each.email).join(', ');
    throw new SandboxUsageError(`There is no account ${email}; the sandbox has ${known || 'none'}.`);
  }

  /** By id, whoever may see it. */
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
      owner: fields.owner,
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

  /** Gives an item new bytes; the old ones go when no copy uses them any more. */
  setContent(item: Item, content: Content): void {
    const old = item.content;
    item.owner.usage += content.size - (old?.size ?? 0);
    content.users++;
    item.content = content;
    item.headRevisionId = randomBytes(24).toString('base64url');
    if (old) release(old);
  }

  move(item: Item, to: Item): void {
    item.parent?.children?.delete(item);
    item.parent = to;
    (to.children ??= new Set()).add(item);
    this.touch(item);
  }

  /** Says that an item has changed. */
  touch(item: Item): void {
    item.version++;
    this.record({ seq: ++this.lastSeq, fileId: item.id, time: this.now() });
    this.onChange();
  }

  setTrashed(item: Item, trashed: boolean): void {
    item.trashedExplicitly = trashed;
    if (trashed) item.trashedAt = this.now();
    else delete item.trashedAt;
    this.touch(item);
  }

  isTrashed(item: Item): boolean {
    for (let each: Item | undefined = item; each; each = each.parent) if (each.trashedExplicitly) return true;
    return false;
  }

  /** Deletes for good, with all below that has the same owner; what others own there loses its parent. */
  remove(item: Item): void {
    const waiting = [item];
    for (let each = waiting.pop(); each; each = waiting.pop()) {
      for (const child of each.children ?? []) {
        if (child.owner === item.owner) waiting.push(child);
        else delete child.parent;
      }
      this.forget(each);
    }
    item.parent?.children?.delete(item);
    this.onChange();
  }

  private forget(item: Item): void {
    const sawIt = this.effectivePermissions(item).map(({ permission }) => permission.email ?? permission.id);
    this.items.delete(item.id);
    this.gone.add(item.id);
    item.owner.own.delete(item);
    item.owner.usage -= sizeOf(item) ?? 0;
    for (const account of this.accounts.values()) account.sharedWith.delete(item);
    if (item.content) release(item.content);
    this.record({ seq: ++this.lastSeq, fileId: item.id, time: this.now(), removedFor: sawIt });
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
    if (permission.email) this.account(permission.email)?.sharedWith.add(item);
    this.touch(item);
    return permission;
  }

  unshare(item: Item, permissionId: string): void {
    const permission = item.permissions?.get(permissionId);
    item.permissions?.delete(permissionId);
    if (permission?.email) this.account(permission.email)?.sharedWith.delete(item);
    this.touch(item);
  }

  /** Hands an item to another account; the one before stays as writer ("Transfer file ownership"). */
  setOwner(item: Item, to: Account): void {
    const from = item.owner;
    if (from === to) return;
    const size = sizeOf(item) ?? 0;
    from.own.delete(item);
    from.usage -= size;
    item.permissions?.delete(to.permissionId);
    to.sharedWith.delete(item);
    item.owner = to;
    to.own.add(item);
    to.usage += size;
    this.share(item, {
      id: from.permissionId,
      type: 'user',
      role: 'writer',
      email: from.email,
      since: this.now() - this.permissionLagMs,
    });
  }

  /** What an account may do with an item; `undefined` when it may not even know of it. */
  roleOf(item: Item, account: Account): Role | undefined {
    if (item.owner === account) return 'owner';
    let best: Role | undefined;
    const time = this.now();
    for (let each: Item | undefined = item; each; each = each.parent) {
      // Whoever owns a folder may edit what others put into it.
      if (each.owner === account && !atLeast(best, 'writer')) best = 'writer';
      for (const permission of each.permissions?.values() ?? [])
        if (!atLeast(best, permission.role) && this.works(permission, time) && covers(permission, account))
          best = permission.role;
    }
    return best;
  }

  /** Everyone with access: the owner first, then what was given here, then what comes from above. */
  effectivePermissions(item: Item): EffectivePermission[] {
    const found = new Map<string, EffectivePermission>();
    const add = (permission: Permission, role: Role, holder: Item) => {
      const before = found.get(permission.id);
      if (before && atLeast(before.role, role)) return;
      const entry: EffectivePermission = { permission, role };
      if (holder !== item) entry.inheritedFrom = holder;
      found.set(permission.id, entry);
    };
    const time = this.now();
    for (let each: Item | undefined = item; each; each = each.parent) {
      const { owner } = each;
      add(
        { id: owner.permissionId, type: 'user', role: 'owner', email: owner.email, since: each.created },
        each === item ? 'owner' : 'writer',
        each,
      );
      for (const permission of each.permissions?.values() ?? [])
        if (permission.expirationTime === undefined || permission.expirationTime > time)
          add(permission, permission.role, each);
    }
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
      latest.delete(change.fileId);
      latest.set(change.fileId, change);
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
    for (const item of this.items.values()) if (item.content) release(item.content);
    this.accounts.clear();
    this.items.clear();
    this.gone.clear();
    this.changes = [];
    this.onChange();
  }

  /** Goes on counting changes where an earlier start had stopped. */
  continueFrom(nextChange: number): void {
    this.lastSeq = Math.max(this.lastSeq, nextChange - 1);
  }

  /** Puts back an item that was kept between starts, exactly as it was. */
  restore(item: Item): void {
    this.items.set(item.id, item);
    item.owner.own.add(item);
    item.owner.usage += sizeOf(item) ?? 0;
    if (item.content) item.content.users++;
    item.parent?.children?.add(item);
    for (const { email } of item.permissions?.values() ?? []) if (email) this.account(email)?.sharedWith.add(item);
  }

  /** Ids of what was deleted: they stay taken. */
  get deletedIds(): Set<string> {
    return this.gone;
  }
}

function covers(permission: Permission, account: Account): boolean {
  switch (permission.type) {
    case 'user':
      return permission.id === account.permissionId;
    case 'domain':
      return account.email.toLowerCase().endsWith(`@${(permission.domain ?? '').toLowerCase()}`);
    case 'anyone':
      return true;
    case 'group':
      // The sandbox knows no members of groups: the permission is kept and shown, and opens nothing.
      return false;
  }
}

function release(content: Content): void {
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

function nameFromEmail(email: string): string {
  return (email.split('@')[0] ?? email)
    .split(/[._+-]+/)
    .filter(Boolean)
    .map((word) => (word[0] ?? '').toUpperCase() + word.slice(1))
    .join(' ');
}
