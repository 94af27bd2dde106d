import { rfc3339 } from '../drive/file-resource.ts';
import { personOf, sizeOf, type Account, type DriveStore, type Item, type Permission } from '../drive/drive-store.ts';
import type { SandboxState } from '../sandbox-state.ts';
import { bytesInWords, escapeHtml, NOTE, page, table } from './page.ts';

/** Maximum links, members and items on one page; more would block other requests. */
const SHOWN = 200;

/** Summary of the permissions on an item itself. */
export function accessInWords(item: Item): string {
  const { owner, parent, permissions, inheritedPermissionsDisabled } = item;
  const given = [...(permissions?.values() ?? [])];
  const count = (type: Permission['type']): number => given.filter((each) => each.type === type).length;
  const counted = (number: number, one: string, several: string): string[] =>
    number === 0 ? [] : [number === 1 ? `1 ${one}` : `${number} ${several}`];
  const words = [
    ...(inheritedPermissionsDisabled ? ['limited'] : []),
    ...counted(count('user'), 'person', 'people'),
    ...counted(count('group'), 'group', 'groups'),
    ...given.flatMap(({ type, domain }) => (type === 'domain' ? [domain ?? ''] : [])),
    ...(count('anyone') > 0 ? ['anyone'] : []),
  ];
  if (words.length > 0) return words.join(', ');
  return parent && parent !== owner.root ? 'as its folder' : 'nobody';
}

/** The page of an item: its metadata, everyone with access and why, and the targets of a document's links. */
export function itemPage(state: SandboxState, account: Account, item: Item): string {
  const { store } = state;
  const at = `/browse/${encodeURIComponent(account.email)}`;
  const size = sizeOf(item);
  const facts = [
    ['Type', escapeHtml(item.mimeType)],
    ['Owner', escapeHtml(personOf(item)?.email ?? `shared drive ${item.owner.name}`)],
    ['Modified (UTC)', rfc3339(item.modified) ?? ''],
    ...(size === undefined ? [] : [['Size', bytesInWords(size)]]),
    ['Id', `<code>${escapeHtml(item.id)}</code>`],
    ...(item.resourceKey === undefined ? [] : [['Resource key', `<code>${escapeHtml(item.resourceKey)}</code>`]]),
  ];
  const people = store.access
    .effectivePermissions(item)
    .map(({ permission, role, inheritedFrom, metadataOnly }) => [
      granteeInWords(store, permission),
      escapeHtml(metadataOnly ? 'can see that it exists' : role),
      inheritedFrom
        ? store.roleOf(inheritedFrom, account)
          ? `<a href="${at}/${inheritedFrom.id}/about">${escapeHtml(inheritedFrom.name)}</a>`
          : 'a folder above'
        : 'this item',
      permission.expirationTime === undefined ? '' : (rfc3339(permission.expirationTime) ?? '').slice(0, 10),
    ]);
  const above = item.parent && store.roleOf(item.parent, account) ? item.parent : undefined;
  return page(
    item.name,
    `${NOTE}<p class="quiet"><a href="/">Accounts</a> › <code>${escapeHtml(account.email)}</code>` +
      `${above ? ` › <a href="${at}/${above.id}">${escapeHtml(above.name)}</a>` : ''}</p>` +
      `<h1>${escapeHtml(item.name) || '(no name)'}</h1>` +
      table(undefined, facts) +
      '<h2>Who can open it</h2>' +
      (item.inheritedPermissionsDisabled
        ? '<p>This folder has limited access: people with inherited permissions can see that it exists, but not open it.</p>'
        : '') +
      table(['Who', 'Role', 'Granted on', 'Until'], people) +
      linksOf(state, account, item),
    true,
  );
}

function granteeInWords(store: DriveStore, { type, email = '', domain = '', allowFileDiscovery }: Permission): string {
  const found = allowFileDiscovery ? ', found by searching' : ' with the link';
  switch (type) {
    case 'anyone':
      return `Anyone${found}`;
    case 'domain':
      return `Everyone at ${escapeHtml(domain)}${found}`;
    case 'group':
      return groupLink(email);
    case 'user':
      return personInWords(store, email);
  }
}

function groupLink(email: string): string {
  return `<a href="/groups/${encodeURIComponent(email)}">${escapeHtml(email)}</a> (group)`;
}

function personInWords(store: DriveStore, email: string): string {
  const state = !store.account(email)
    ? ' <span class="quiet">(no account)</span>'
    : store.directory.person(email)?.suspended
      ? ' <span class="quiet">(suspended)</span>'
      : '';
  return escapeHtml(email) + state;
}

function linksOf({ store }: SandboxState, account: Account, { document }: Item): string {
  if (!document) return '';
  const links = addressesIn(document);
  if (links.size === 0) return '';
  const rows = [...links].slice(0, SHOWN).map(([address, times]) => {
    const id = idIn(address);
    const target = id === undefined ? undefined : store.item(id);
    const leads = !id
      ? 'elsewhere'
      : !target
        ? 'nothing in this sandbox'
        : store.roleOf(target, account)
          ? `<a href="/browse/${encodeURIComponent(account.email)}/${target.id}/about">${escapeHtml(target.name)}</a>`
          : 'an item that this account may not open';
    return [`<code>${escapeHtml(address)}</code>`, leads, String(times)];
  });
  return (
    `<h2>Links</h2><p class="quiet">${links.size} addresses, in text, chips and formulas` +
    `${links.size > SHOWN ? `; the first ${SHOWN}` : ''}.</p>` +
    table(['Address', 'Leads to', 'Times'], rows)
  );
}

/** All web addresses in a document, with their number of occurrences. */
function addressesIn(document: object): Map<string, number> {
  const found = new Map<string, number>();
  const waiting: unknown[] = [document];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value === 'string')
      for (const [address] of value.matchAll(/\bhttps?:\/\/[^\s"'<>()]+/gi))
        found.set(address, (found.get(address) ?? 0) + 1);
    else if (typeof value === 'object' && value !== null)
      waiting.push(
        ...Object.values(value as Record<string, unknown>)
          .reverse()
          .map((each) => each ?? ''),
      );
  }
  return found;
}

/** The id in an address of Google. For display only, so it does not handle every form. */
function idIn(address: string): string | undefined {
  if (!URL.canParse(address) || !/^(docs|drive)\.google\.com$/.test(new URL(address).host)) return undefined;
  return /\/(?:d|folders)\/([\w-]{15,})|[?&]id=([\w-]{15,})/.exec(address)?.slice(1).find(Boolean);
}

/** The page of all groups, or of one with its members and shared items; `undefined` for an unknown address. */
export function groupsPage({ store }: SandboxState, email?: string): string | undefined {
  const { directory } = store;
  const trail = '<p class="quiet"><a href="/">Accounts</a> › ';
  if (email === undefined) {
    const rows = [...directory.groups.values()].map((group) => [
      groupLink(group.email).replace(' (group)', ''),
      escapeHtml(group.name),
      String(group.members.size),
      String(directory.membersOf(group.email).length),
    ]);
    return page(
      'Groups',
      `${NOTE}${trail}Groups</p><h1>Groups</h1>` +
        (rows.length === 0 ? '<p>There are none.</p>' : table(['Address', 'Name', 'Members', 'People in all'], rows)),
      true,
    );
  }
  const group = directory.group(email);
  if (!group) return undefined;
  const members = [...group.members.values()]
    .slice(0, SHOWN)
    .map((member) => [
      directory.groups.has(member.email) ? groupLink(member.email) : personInWords(store, member.email),
      member.role.toLowerCase(),
    ]);
  const shared: string[][] = [];
  for (const item of store.allItems())
    for (const permission of item.permissions?.values() ?? [])
      if (permission.type === 'group' && permission.email?.toLowerCase() === group.email.toLowerCase())
        shared.push([escapeHtml(titleOf(item)), escapeHtml(permission.role), escapeHtml(ownerOf(item))]);
  const inside = [...directory.groupsOf(group.email)].map(groupLink);
  return page(
    group.name,
    `${NOTE}${trail}<a href="/groups">Groups</a></p><h1>${escapeHtml(group.name)}</h1>` +
      `<p><code>${escapeHtml(group.email)}</code>${inside.length > 0 ? ` is in ${inside.join(', ')}` : ''}</p>` +
      `<h2>Members</h2>${members.length === 0 ? '<p>None.</p>' : table(['Who', 'As'], members)}` +
      `<h2>Shared with it</h2>` +
      (shared.length === 0 ? '<p>Nothing.</p>' : table(['Item', 'Role', 'Owner'], shared.slice(0, SHOWN))) +
      (shared.length > SHOWN ? `<p class="quiet">The first ${SHOWN} of ${shared.length}.</p>` : ''),
    true,
  );
}

function titleOf(item: Item): string {
  return item === item.owner.root && item.owner.email === undefined ? item.owner.name : item.name;
}

function ownerOf(item: Item): string {
  return item.owner.email ?? `shared drive ${item.owner.name}`;
}
