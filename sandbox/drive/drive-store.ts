import type { DocumentModel } from '../documents/documents.ts';
import { Directory, domainOf, EMAIL, nameOf } from '../directory/directory.ts';
import { DEFAULT_LIMITS, DEFAULT_SWITCHES, type Limits, type Switches } from '../faults/switches.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { Access } from './access.ts';
import { ChangeLog } from './change-log.ts';
import { GranteeIndex } from './grantee-index.ts';
import type { Content } from './content.ts';
import {
  atLeast,
  decimal,
  driveOf,
  FOLDER,
  newId,
  newRootId,
  parentsOf,
  permissionIdOf,
  quotaBytesOf,
  randomText,
  release,
  sizeOf,
  type Account,
  type Item,
  type NewItem,
  type Owner,
  type Permission,
  type Role,
  type SharedDrive,
} from './model.ts';
import { pruneRevisions } from './revisions.ts';
import { Trash } from './trash.ts';

export * from './model.ts';

/** Default storage: generous, so that only a test that means to fills it. */
const DEFAULT_QUOTA = 2 * 1024 ** 4;
/**
 * The state of the sandbox: accounts, and the one graph of items they own and share. It knows Drive's rules about who
 * may see what, and nothing about HTTP. Everything that lists children costs as much as there are children.
 */
export class DriveStore {
  readonly accounts = new Map<string, Account>();
  readonly drives = new Map<string, SharedDrive>();
  /** People, groups and domains. */
  readonly directory: Directory;
  readonly access: Access;
  readonly changes = new ChangeLog();
  limits: Readonly<Limits> = DEFAULT_LIMITS;
  switches: Readonly<Switches> = DEFAULT_SWITCHES;
  /** How long a new permission takes to work, in milliseconds. */
  permissionLagMs = 0;
  /** Called after every change. */
  onChange: () => void = () => undefined;
  private readonly items = new Map<string, Item>();
  private readonly gone = new Set<string>();
  private readonly granted = new GranteeIndex();
  private readonly trash = new Trash();
  /** The sandbox's clock, in milliseconds. */
  readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
    this.directory = new Directory(now, () => this.onChange());
    this.access = new Access(this, now);
  }

  /** See `Access.roleOf`. */
  roleOf(item: Item, account: Account, links = true): Role | undefined {
    return this.access.roleOf(item, account, links);
  }

  addAccount(
    email: string,
    options: { name?: string; quotaBytes?: number; sub?: string; rootId?: string } = {},
  ): Account {
    const key = email.toLowerCase();
    if (!EMAIL.test(email)) throw new SandboxUsageError(`email: "${email}" is not an e-mail address.`);
    if (this.accounts.has(key)) throw new SandboxUsageError(`email: There is already an account ${email}.`);
    const time = this.now();
    const root = rootFolder(options.rootId, 'My Drive', time, time);
    const account: Account = {
      email,
      name: options.name ?? nameOf(email),
      sub: options.sub ?? decimal(`sub:${key}`, 21),
      permissionId: permissionIdOf(key),
      quotaBytes: options.quotaBytes ?? DEFAULT_QUOTA,
      root,
      own: new Set(),
      usage: 0,
    };
    root.owner = account;
    this.accounts.set(key, account);
    this.directory.addPerson(email, account.name);
    this.items.set(root.id, root);
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
    const root = rootFolder(kept.id, 'Drive', created, this.now());
    const drive: SharedDrive = {
      id: root.id,
      name,
      created,
      root,
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
    this.changes.record({ fileId: drive.id, time: this.now(), removedFor: members, driveId: drive.id });
    this.onChange();
  }

  /** Shared drives an account is a member of, in the order they were made. */
  drivesOf(account: Account): SharedDrive[] {
    return [...this.drives.values()].filter((drive) => this.roleOf(drive.root, account) !== undefined);
  }

  account(email: string): Account | undefined {
    return this.accounts.get(email.toLowerCase());
  }

  /** The account, or an error for the user of the control API, which names the field. */
  knownAccount(email: string, field = 'account'): Account {
    const account = this.account(email);
    if (account) return account;
    const known = [...this.accounts.values()].map((each) => each.email).join(', ');
    throw new SandboxUsageError(`${field}: There is no account ${email}; the sandbox has ${known || 'none'}.`);
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
    item.headRevisionId = randomText(24);
    this.pruneRevisions(item);
  }

  /** Gives a Google document other contents. */
  setDocument(item: Item, document: DocumentModel): void {
    item.owner.usage -= sizeOf(item) ?? 0;
    item.document = document;
    item.owner.usage += sizeOf(item) ?? 0;
  }

  /** See `pruneRevisions` of revisions.ts. */
  pruneRevisions(item: Item): void {
    pruneRevisions(item, this.now(), this.limits);
  }

  /** Puts an item into another folder; with an owner, it and what it holds belong to that one afterwards. */
  move(item: Item, to: Item, owner?: Owner): void {
    const before = this.readersOf(item);
    this.detach(item);
    item.parent = to;
    (to.children ??= new Set()).add(item);
    if (owner) this.reassign(item, owner);
    this.touch(item, this.lostBy(item, before));
  }

  /** Gives an item exactly these parents: none makes an orphan, several what only old items have. */
  setParents(item: Item, parents: readonly Item[]): void {
    const before = this.readersOf(item);
    this.detach(item);
    const [first, ...others] = parents;
    if (first) item.parent = first;
    else delete item.parent;
    if (others.length > 0) item.otherParents = others;
    for (const parent of parents) (parent.children ??= new Set()).add(item);
    this.touch(item, this.lostBy(item, before));
  }

  /** The accounts whose log of changes has an item: a link alone does not count. */
  private readersOf(item: Item): readonly Account[] {
    return [...this.accounts.values()].filter((account) => this.roleOf(item, account, false) !== undefined);
  }

  private lostBy(item: Item, before: readonly Account[]): string[] {
    return before.filter((account) => this.roleOf(item, account, false) === undefined).map(({ email }) => email);
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
      if (from.email !== undefined) item.modifiedBy ??= from.email;
      item.owner = owner;
      owner.own.add(item);
      owner.usage += bytes;
      if (owner.email !== undefined) {
        this.granted.drop(item, owner.permissionId);
      }
    }
  }

  /** Says that an item has changed, and who cannot see it any more. */
  touch(item: Item, lostBy: readonly string[] = []): void {
    item.version++;
    this.changes.record({
      fileId: item.id,
      time: this.now(),
      ...(item.owner.email === undefined ? { driveId: item.owner.id } : {}),
      ...(lostBy.length > 0 ? { lostBy } : {}),
    });
    this.onChange();
  }

  setTrashed(item: Item, trashed: boolean, by?: Account): void {
    item.trashedExplicitly = trashed;
    delete item.trashedBy;
    if (trashed) {
      item.trashedAt = this.now();
      this.trash.add(item, item.trashedAt);
      if (by && by !== item.owner) item.trashedBy = by.email;
    } else delete item.trashedAt;
    this.touch(item);
  }

  /** Deletes what has been in the trash for too long ("Trash or delete files": 30 days). */
  emptyOldTrash(): void {
    for (const item of this.trash.takeUntil(this.now() - this.limits.trashMs))
      if (this.items.get(item.id) === item) this.remove(item);
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
        // "These folders move to the owner's My Drive" ("Delete folders with limited access").
        else if (child.inheritedPermissionsDisabled) this.move(child, child.owner.root);
        else dropParent(child, each);
      }
      this.forget(each);
    }
    for (const parent of parentsOf(item)) parent.children?.delete(item);
    this.onChange();
  }

  private forget(item: Item): void {
    const sawIt = this.emailsOf(this.access.effectivePermissions(item).map(({ permission }) => permission));
    this.items.delete(item.id);
    this.gone.add(item.id);
    item.owner.own.delete(item);
    item.owner.usage -= quotaBytesOf(item);
    this.granted.remove(item);
    if (item.content) release(item.content);
    for (const { content } of item.revisions ?? []) release(content);
    this.changes.record({
      fileId: item.id,
      time: this.now(),
      removedFor: sawIt,
      ...(item.owner.email === undefined ? { driveId: item.owner.id } : {}),
    });
  }

  /** Whom permissions reach by name, members of groups included. */
  private emailsOf(permissions: Iterable<Permission>): string[] {
    return [...permissions].flatMap(({ type, email }) => {
      if (email === undefined) return [];
      return type === 'group' ? this.access.accountsBehind(email).map((account) => account.email) : [email];
    });
  }

  /** Adds a permission, or raises the one its grantee has. */
  share(item: Item, permission: Permission): Permission {
    const before = this.access.directPermission(item, permission.id);
    if (before) {
      if (!atLeast(before.role, permission.role)) before.role = permission.role;
      if (permission.expirationTime !== undefined) before.expirationTime = permission.expirationTime;
      this.touch(item);
      return before;
    }
    (item.permissions ??= new Map<string, Permission>()).set(permission.id, permission);
    this.granted.add(item);
    this.touch(item);
    return permission;
  }

  /** Gives an item exactly these permissions. */
  replacePermissions(item: Item, permissions: readonly Permission[]): void {
    const kept = new Set(permissions.map(({ id }) => id));
    for (const id of [...(item.permissions?.keys() ?? [])]) if (!kept.has(id)) this.unshare(item, id);
    item.permissions = new Map(permissions.map((each) => [each.id, each]));
    this.granted.add(item);
    this.touch(item);
  }

  unshare(item: Item, permissionId: string): void {
    const permission = item.permissions?.get(permissionId);
    this.granted.drop(item, permissionId);
    const behind = permission?.email === undefined ? [] : this.access.accountsBehind(permission.email);
    const lostBy = behind.filter((account) => this.roleOf(item, account) === undefined).map(({ email }) => email);
    this.touch(item, lostBy);
  }

  /** Transfers an item to another account; the previous owner stays as writer ("Transfer file ownership"). */
  setOwner(item: Item, to: Account): void {
    const from = item.owner;
    if (from === to || from.email === undefined) return;
    const bytes = quotaBytesOf(item);
    from.own.delete(item);
    from.usage -= bytes;
    this.granted.drop(item, to.permissionId);
    item.modifiedBy ??= from.email;
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

  /** What was shared with an account by its address or that of a group it is in, its own items excepted. */
  sharedWith(account: Account): Item[] {
    const groups = [...this.directory.groupsOf(account.email)].map(permissionIdOf);
    const found = new Set<Item>();
    for (const id of [account.permissionId, ...groups])
      for (const item of this.granted.of(id))
        if (item.owner !== account && this.access.names(item, account)) found.add(item);
    return [...found];
  }

  /** What a search of an account's own corpus looks through: what it owns, and what is shared with it, with all below. */
  *corpusOf(account: Account): Generator<Item> {
    yield* account.own;
    const seen = new Set<Item>();
    const waiting = this.sharedWith(account);
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

  /** Forgets everything, accounts included; stored bytes go with the last file that used them. */
  clear(): void {
    for (const item of this.items.values()) {
      if (item.content) release(item.content);
      for (const { content } of item.revisions ?? []) release(content);
    }
    this.drives.clear();
    this.directory.clear();
    this.trash.clear();
    this.accounts.clear();
    this.items.clear();
    this.granted.clear();
    this.gone.clear();
    this.changes.clear();
    this.onChange();
  }

  /** Puts back an item that was kept between starts, exactly as it was. */
  restore(item: Item): void {
    this.items.set(item.id, item);
    item.owner.own.add(item);
    item.owner.usage += quotaBytesOf(item);
    if (item.content) item.content.users++;
    for (const { content } of item.revisions ?? []) content.users++;
    for (const parent of parentsOf(item)) parent.children?.add(item);
    this.granted.add(item);
    if (item.trashedExplicitly) this.trash.add(item, item.trashedAt ?? 0);
  }

  /** Ids of what was deleted: they stay taken. */
  get deletedIds(): Set<string> {
    return this.gone;
  }
}

/** The folder at the top of a drive, which sets its owner. */
function rootFolder(id = newRootId(), name: string, created: number, born: number): Item {
  const root = { id, name, mimeType: FOLDER, created, modified: created, born, version: 1, trashedExplicitly: false };
  return Object.assign(root as Item, { children: new Set<Item>() });
}

function dropParent(child: Item, parent: Item): void {
  const [first, ...others] = parentsOf(child).filter((each) => each !== parent);
  if (first) child.parent = first;
  else delete child.parent;
  if (others.length > 0) child.otherParents = others;
  else delete child.otherParents;
}
