import { answer, type Call, checkFields } from '../http/call.ts';
import type { DriveStore } from '../drive/drive-store.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { administered, answerPage, scopeOfList, textOf } from './directory-calls.ts';
import {
  GROUP_SCHEMA,
  groupResource,
  GROUPS_SCHEMA,
  HAS_MEMBER_SCHEMA,
  MEMBER_SCHEMA,
  memberResource,
  MEMBERS_SCHEMA,
} from './directory-resource.ts';
import { domainOf, type Group, type Member, type MemberRole, type Organization } from './directory.ts';

/** The endpoints of `groups` and `members` of the Admin SDK. */
export const GROUPS_ENDPOINTS = {
  'directory.groups.list': {
    at: 'GET /admin/directory/v1/groups',
    handle: ({ groups }, call) => groups.list(call),
    scopes: 'groupRead',
    cost: 'directory',
    typicalMs: 250,
    errors: ['directoryForbidden', 'badRequest', 'domainNotFound', 'invalidInput', 'pageTokenGone'],
  },
  'directory.groups.get': {
    at: 'GET /admin/directory/v1/groups/{groupKey}',
    handle: ({ groups }, call) => groups.get(call),
    scopes: 'groupRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'groupNotFound'],
  },
  'directory.groups.insert': {
    at: 'POST /admin/directory/v1/groups',
    handle: ({ groups }, call) => groups.insert(call),
    scopes: 'groupWrite',
    cost: 'directory',
    typicalMs: 700,
    errors: ['directoryForbidden', 'domainNotFound', 'invalidInput', 'entityExists'],
  },
  'directory.groups.update': {
    at: 'PUT|PATCH /admin/directory/v1/groups/{groupKey}',
    handle: ({ groups }, call) => groups.update(call),
    scopes: 'groupWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: ['directoryForbidden', 'groupNotFound', 'invalidInput'],
  },
  'directory.groups.delete': {
    at: 'DELETE /admin/directory/v1/groups/{groupKey}',
    handle: ({ groups }, call) => groups.delete(call),
    scopes: 'groupWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: ['directoryForbidden', 'groupNotFound'],
  },
  'directory.members.list': {
    at: 'GET /admin/directory/v1/groups/{groupKey}/members',
    handle: ({ groups }, call) => groups.listMembers(call),
    scopes: 'memberRead',
    cost: 'directory',
    typicalMs: 200,
    errors: ['directoryForbidden', 'groupNotFound', 'invalidInput', 'pageTokenGone'],
  },
  'directory.members.get': {
    at: 'GET /admin/directory/v1/groups/{groupKey}/members/{memberKey}',
    handle: ({ groups }, call) => groups.getMember(call),
    scopes: 'memberRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'groupNotFound', 'memberNotFound'],
  },
  'directory.members.insert': {
    at: 'POST /admin/directory/v1/groups/{groupKey}/members',
    handle: ({ groups }, call) => groups.insertMember(call),
    scopes: 'memberWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: [
      'directoryForbidden',
      'groupNotFound',
      'memberNotFound',
      'invalidInput',
      'memberExists',
      'cyclicMembershipsNotAllowed',
    ],
  },
  'directory.members.update': {
    at: 'PUT|PATCH /admin/directory/v1/groups/{groupKey}/members/{memberKey}',
    handle: ({ groups }, call) => groups.updateMember(call),
    scopes: 'memberWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: ['directoryForbidden', 'groupNotFound', 'memberNotFound', 'invalidInput'],
  },
  'directory.members.delete': {
    at: 'DELETE /admin/directory/v1/groups/{groupKey}/members/{memberKey}',
    handle: ({ groups }, call) => groups.deleteMember(call),
    scopes: 'memberWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: ['directoryForbidden', 'groupNotFound', 'memberNotFound'],
  },
  'directory.members.hasMember': {
    at: 'GET /admin/directory/v1/groups/{groupKey}/hasMember/{memberKey}',
    handle: ({ groups }, call) => groups.hasMember(call),
    scopes: 'memberRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'groupNotFound', 'invalidInput'],
  },
} as const satisfies Endpoints;

const ROLES: readonly MemberRole[] = ['OWNER', 'MANAGER', 'MEMBER'];

/** Groups of an organisation and their members, for its administrators (Admin SDK, `groups` and `members`). */
export class GroupsApi {
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  list(call: Call): Reply {
    const { directory } = this.store;
    const organization = administered(call, this.store);
    const { query } = call.exchange;
    const member = query.get('userKey');
    const isInList = member ? () => true : scopeOfList(call, organization);
    const fits = parseGroupQuery(query.get('query') ?? '');
    const keys = member ? this.addressesOf(member, organization) : undefined;
    const groups = [...directory.groups.values()].filter(
      (group) =>
        isOwn(group.email, organization) &&
        isInList(group.email) &&
        (!keys || keys.some((key) => group.members.has(key))) &&
        fits(group),
    );
    return answerPage(call, this.store, this.now(), {
      entries: groups.map((group) => ({ order: group.email.toLowerCase(), show: () => groupResource(group) })),
      name: 'groups',
      schema: GROUPS_SCHEMA,
      defaultSize: 200,
      maxSize: 200,
    });
  }

  get(call: Call): Reply {
    return answer(call, groupResource(this.find(call)), GROUP_SCHEMA, '*');
  }

  async insert(call: Call): Promise<Reply> {
    checkFields(call, GROUP_SCHEMA);
    const { directory } = this.store;
    const organization = administered(call, this.store);
    const body = await call.exchange.json();
    const email = textOf(body, 'email');
    if (email === undefined || !/^[^@\s]+@[^@\s]+$/.test(email)) throw googleError('invalidInput', { name: 'email' });
    const name = textOf(body, 'name');
    const description = textOf(body, 'description') ?? '';
    if (!isOwn(email, organization)) throw googleError('domainNotFound');
    if (directory.group(email) || directory.person(email, true)) throw googleError('entityExists');
    const group = this.store.directory.setGroup(email, [], name);
    group.description = description;
    return answer(call, groupResource(group), GROUP_SCHEMA, '*');
  }

  async update(call: Call): Promise<Reply> {
    checkFields(call, GROUP_SCHEMA);
    const group = this.find(call);
    const body = await call.exchange.json();
    const email = textOf(body, 'email');
    if (email !== undefined && email.toLowerCase() !== group.email.toLowerCase())
      throw googleError('invalidInput', { name: 'email' });
    const name = textOf(body, 'name') ?? group.name;
    const description = textOf(body, 'description') ?? group.description;
    Object.assign(group, { name, description });
    this.store.directory.changed();
    return answer(call, groupResource(group), GROUP_SCHEMA, '*');
  }

  delete(call: Call): Reply {
    this.store.directory.removeGroup(this.find(call));
    return { status: 204 };
  }

  listMembers(call: Call): Reply {
    const { directory } = this.store;
    const group = this.find(call);
    const { query } = call.exchange;
    const roles = (query.get('roles') ?? '').split(',').filter(Boolean);
    if (!roles.every((each) => ROLES.some((role) => role === each)))
      throw googleError('invalidInput', { name: 'roles' });
    const derived = query.get('includeDerivedMembership') === 'true';
    const members = derived ? this.derivedMembers(group) : [...group.members.values()];
    const listed = members.filter(({ role }) => roles.length === 0 || roles.includes(role));
    return answerPage(call, this.store, this.now(), {
      entries: listed.map((member) => ({ order: member.email, show: () => memberResource(member, directory) })),
      name: 'members',
      schema: MEMBERS_SCHEMA,
      defaultSize: 200,
      maxSize: 200,
    });
  }

  /** Direct members of the group, then members through nested groups. */
  private derivedMembers(group: Group): Member[] {
    const found = new Map(group.members);
    for (const email of found.keys())
      for (const [key, member] of this.store.directory.group(email)?.members ?? [])
        if (!found.has(key)) found.set(key, { ...member, role: 'MEMBER' });
    return [...found.values()];
  }

  getMember(call: Call): Reply {
    return answer(call, memberResource(this.findMember(call).member, this.store.directory), MEMBER_SCHEMA, '*');
  }

  async insertMember(call: Call): Promise<Reply> {
    checkFields(call, MEMBER_SCHEMA);
    const { directory } = this.store;
    const organization = administered(call, this.store);
    const group = this.find(call);
    const body = await call.exchange.json();
    const given = textOf(body, 'email') ?? textOf(body, 'id');
    const role = readRole(body);
    if (given === undefined || given === '') throw googleError('invalidInput', { name: 'memberKey' });
    const [key = given] = this.addressesOf(given, organization);
    // Addresses outside the organisation are accepted unchecked; those inside must exist.
    const isKnown = directory.person(key) ?? directory.group(key) ?? key === organization.customerId;
    if (!isKnown && (!key.includes('@') || isOwn(key, organization))) throw googleError('memberNotFound');
    if (group.members.has(key)) throw googleError('memberExists');
    const own = group.email.toLowerCase();
    if (key === own || directory.isMember(key, own)) throw googleError('cyclicMembershipsNotAllowed');
    const member: Member = { email: key, role };
    this.setMembers(group, [...group.members.values(), member]);
    return answer(call, memberResource(member, directory), MEMBER_SCHEMA, '*');
  }

  async updateMember(call: Call): Promise<Reply> {
    checkFields(call, MEMBER_SCHEMA);
    const { group, member } = this.findMember(call);
    member.role = readRole(await call.exchange.json(), member.role);
    this.setMembers(group, [...group.members.values()]);
    return answer(call, memberResource(member, this.store.directory), MEMBER_SCHEMA, '*');
  }

  deleteMember(call: Call): Reply {
    const { group, member } = this.findMember(call);
    this.setMembers(
      group,
      [...group.members.values()].filter((each) => each !== member),
    );
    return { status: 204 };
  }

  /** "If nested, memberKey and groupKey must be entities in the same domain, or an Invalid input error is returned". */
  hasMember(call: Call): Reply {
    const organization = administered(call, this.store);
    const group = this.find(call);
    const [key = ''] = this.addressesOf(call.route.ids['memberKey'] ?? '', organization);
    const isDirect = group.members.has(key);
    if (!isDirect && !isOwn(key, organization)) throw googleError('invalidInput', { name: 'memberKey' });
    const isMember = isDirect || this.store.directory.isMember(group.email, key);
    return answer(call, { isMember }, HAS_MEMBER_SCHEMA, '*');
  }

  private setMembers(group: Group, members: readonly Member[]): void {
    this.store.directory.setGroup(group.email, members);
  }

  /**
   * By address, alias or id.
   * @throws GoogleError 403 `forbidden` for a group of another organisation, 404 `notFound`.
   */
  private find(call: Call): Group {
    const { directory } = this.store;
    const organization = administered(call, this.store);
    const key = call.route.ids['groupKey'] ?? '';
    if (key.includes('@') && !isOwn(key, organization)) throw googleError('directoryForbidden');
    const group = directory.group(key) ?? [...directory.groups.values()].find(({ id }) => id === key);
    if (!group || !isOwn(group.email, organization)) throw googleError('groupNotFound');
    return group;
  }

  private findMember(call: Call): { group: Group; member: Member } {
    const group = this.find(call);
    const keys = this.addressesOf(call.route.ids['memberKey'] ?? '', administered(call, this.store));
    const member = keys.map((key) => group.members.get(key)).find((each) => each !== undefined);
    if (!member) throw googleError('memberNotFound');
    return { group, member };
  }

  /** The lower-case addresses, as stored for members, that a key (address, alias or id) can stand for. */
  private addressesOf(key: string, organization: Organization): string[] {
    const { directory } = this.store;
    const known = directory.person(key) ?? directory.group(key);
    if (known) return [known.email.toLowerCase()];
    if (key.includes('@')) return [key.toLowerCase()];
    const person = directory.peopleOf(organization).find(({ id }) => id === key);
    const group = [...directory.groups.values()].find(({ id }) => id === key);
    const email = person?.email ?? group?.email;
    return [email?.toLowerCase() ?? key];
  }
}

function isOwn(email: string, { domains }: Organization): boolean {
  return domains.includes(domainOf(email));
}

function readRole(body: Record<string, unknown>, fallback: MemberRole = 'MEMBER'): MemberRole {
  const given = textOf(body, 'role');
  const role = given === undefined ? fallback : ROLES.find((each) => each === given);
  if (!role) throw googleError('invalidInput', { name: 'role' });
  return role;
}

/**
 * A query of `groups.list` ("Search for groups"): `email`, `name` and `memberKey`, each with `=`, the first two also with
 * `:begin*`; all clauses must hold.
 */
function parseGroupQuery(text: string): (group: Group) => boolean {
  const tests: ((group: Group) => boolean)[] = [];
  for (const clause of text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []) {
    const [, field = '', operator = '', quoted = ''] = /^(email|name|memberKey)(=|:)(.+)$/.exec(clause) ?? [];
    const value = quoted.replace(/^(['"])(.*)\1$/, '$2').toLowerCase();
    if (field === '' || (operator === ':' && (field === 'memberKey' || !value.endsWith('*'))))
      throw googleError('invalidInput', { name: 'query' });
    tests.push((group) => {
      if (field === 'memberKey') return group.members.has(value);
      const texts = (field === 'email' ? [group.email, ...group.aliases] : [group.name]).map((each) =>
        each.toLowerCase(),
      );
      return texts.some((each) => (operator === '=' ? each === value : each.startsWith(value.slice(0, -1))));
    });
  }
  return (group) => tests.every((test) => test(group));
}
