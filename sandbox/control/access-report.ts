import type { DriveStore } from '../drive/drive-store.ts';
import { atLeast, type Account, type EffectivePermission, type Item, type Role } from '../drive/model.ts';
import { domainOf } from '../directory/directory.ts';
import { SandboxUsageError } from '../http/errors.ts';

/** One permission by which somebody reaches an item. */
export interface AccessVia {
  permissionId: string;
  type: 'user' | 'group' | 'domain' | 'anyone';
  role: Role;
  /** The address of the person or group, or the domain. */
  grantee?: string;
  /** Ids of the folders above from which it comes; absent when it is given on the item alone. */
  inheritedFrom?: string[];
  /** It is given on the item itself. */
  direct: boolean;
}

/** A person's access to an item, whatever it comes from. */
export interface PersonAccess {
  email: string;
  role: Role;
  /** `metadata`: only that the folder exists, because it is limited. */
  level: 'content' | 'metadata';
  /** Whether the address has an account here; others are invited, and get access with one. */
  account: boolean;
  /** The account is suspended or archived: the access is back with it. */
  inactive?: true;
  via: AccessVia[];
}

/** Who may open an item. */
export interface ItemAccess {
  id: string;
  name: string;
  parentId?: string;
  driveId?: string;
  limited: boolean;
  /** Person by person, by address; those whom only a link for anyone lets in are in `links` alone. */
  people: PersonAccess[];
  /** Access for a domain or anyone; with `driveMembersOnly` and the like, people may still be shut out. */
  links: { type: 'domain' | 'anyone'; role: Role; domain?: string; discoverable: boolean }[];
}

/** What everyone may do with an item, computed as each request of theirs would be. */
export function accessTo(store: DriveStore, item: Item): ItemAccess {
  const effective = store.access.effectivePermissions(item);
  const reached = new Map<string, AccessVia[]>();
  for (const each of effective) {
    const via = viaOf(each);
    for (const email of addressesBehind(store, each)) {
      const before = reached.get(email);
      if (before) before.push(via);
      else reached.set(email, [via]);
    }
  }
  const people: PersonAccess[] = [];
  for (const [address, via] of reached) {
    // A deleted account opens nothing any more.
    if (store.directory.person(address, true)?.deletedAt !== undefined) continue;
    const account = store.account(address);
    const role = account ? store.roleOf(item, account) : highest(via);
    if (role === undefined) continue;
    const opens = account && item.children ? store.access.opens(item, account) : undefined;
    const metadata = opens === undefined ? onlyMetadata(effective, via) : !opens;
    people.push({
      email: account?.email ?? address,
      role,
      level: metadata ? 'metadata' : 'content',
      account: account !== undefined,
      ...(store.directory.isActive(address) ? {} : { inactive: true }),
      via,
    });
  }
  people.sort((one, other) => (one.email < other.email ? -1 : 1));
  const { owner } = item;
  return {
    id: item.id,
    name: item.name,
    ...(item.parent ? { parentId: item.parent.id } : {}),
    ...(owner.email === undefined ? { driveId: owner.id } : {}),
    limited: item.inheritedPermissionsDisabled ?? false,
    people,
    links: effective.flatMap(({ permission: { type, domain, allowFileDiscovery }, role, metadataOnly }) =>
      metadataOnly || (type !== 'domain' && type !== 'anyone')
        ? []
        : [{ type, role, ...(domain === undefined ? {} : { domain }), discoverable: allowFileDiscovery ?? false }],
    ),
  };
}

function viaOf({ permission, role, details }: EffectivePermission): AccessVia {
  const { id, type, email, domain } = permission;
  const grantee = email ?? domain;
  const inheritedFrom = details.flatMap(({ from }) => from?.id ?? []);
  return {
    permissionId: id,
    type,
    role,
    ...(grantee === undefined ? {} : { grantee }),
    ...(inheritedFrom.length > 0 ? { inheritedFrom } : {}),
    direct: details.some(({ from }) => from === undefined),
  };
}

/** The lower-case addresses that a permission reaches; nobody in particular for anyone. */
function addressesBehind(store: DriveStore, { permission: { type, email = '', domain = '' } }: EffectivePermission) {
  if (type === 'user') return [email.toLowerCase()];
  if (type === 'group') return store.directory.membersOf(email);
  if (type === 'anyone') return [];
  const inDomain = (account: Account): boolean => domainOf(account.email) === domain.toLowerCase();
  return [...store.accounts.values()].filter(inDomain).map((account) => account.email.toLowerCase());
}

function highest(via: readonly AccessVia[]): Role | undefined {
  return via.reduce<Role | undefined>((best, { role }) => (atLeast(best, role) ? best : role), undefined);
}

function onlyMetadata(effective: readonly EffectivePermission[], via: readonly AccessVia[]): boolean {
  const ids = new Set(via.map(({ permissionId }) => permissionId));
  return effective
    .filter(({ permission }) => ids.has(permission.id))
    .every(({ metadataOnly }) => metadataOnly === true);
}

/**
 * A page of the access to an item and, with `tree`, to all below it, folders before what they hold.
 * @throws SandboxUsageError for an item that is not there, or a page that cannot be continued.
 */
export function accessPage(
  store: DriveStore,
  page: { item: string; tree?: boolean | undefined; pageSize?: number | undefined; pageToken?: string | undefined },
): { items: ItemAccess[]; nextPageToken?: string } {
  const { tree = false, pageSize = 1000, pageToken: last } = page;
  const top = itemOf(store, page.item, 'item');
  if (!tree) return { items: [accessTo(store, top)] };
  const items: ItemAccess[] = [];
  let item: Item | undefined = last === undefined ? top : nextIn(top, itemOf(store, last, 'pageToken'));
  for (; item && items.length < pageSize; item = nextIn(top, item)) items.push(accessTo(store, item));
  const end = items.at(-1)?.id;
  return { items, ...(item && end !== undefined ? { nextPageToken: end } : {}) };
}

function itemOf(store: DriveStore, id: string, field: string): Item {
  const item = store.item(id);
  if (!item) throw new SandboxUsageError(`${field}: There is no item ${id}.`);
  return item;
}

/** The item after another one in a walk through a tree: its first child, or the next beside it or one above. */
function nextIn(top: Item, item: Item): Item | undefined {
  for (const child of item.children ?? []) if (child.parent === item) return child;
  for (let each = item; each !== top && each.parent; each = each.parent) {
    let passed = false;
    for (const beside of each.parent.children ?? []) {
      if (passed && beside.parent === each.parent) return beside;
      passed ||= beside === each;
    }
  }
  return undefined;
}
