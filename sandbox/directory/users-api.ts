import { answer, type Call, checkFields } from '../http/call.ts';
import type { DriveStore } from '../drive/drive-store.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { administered, answerPage, flagOf, scopeOfList, textOf } from './directory-calls.ts';
import { publicUserResource, USER_SCHEMA, userResource, USERS_SCHEMA } from './directory-resource.ts';
import { domainOf, type Organization, type Person } from './directory.ts';
import { parseUserQuery } from './user-query.ts';

/** The endpoints of `users` of the Admin SDK. */
export const USERS_ENDPOINTS = {
  'directory.users.list': {
    at: 'GET /admin/directory/v1/users',
    handle: ({ users }, call) => users.list(call),
    scopes: 'userRead',
    cost: 'directory',
    typicalMs: 250,
    errors: ['directoryForbidden', 'badRequest', 'domainNotFound', 'invalidInput', 'pageTokenGone'],
  },
  'directory.users.get': {
    at: 'GET /admin/directory/v1/users/{userKey}',
    handle: ({ users }, call) => users.get(call),
    scopes: 'userRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'userNotFound', 'invalidInput'],
  },
  'directory.users.insert': {
    at: 'POST /admin/directory/v1/users',
    handle: ({ users }, call) => users.insert(call),
    scopes: 'userWrite',
    cost: 'directory',
    typicalMs: 900,
    errors: ['directoryForbidden', 'domainNotFound', 'invalidInput', 'entityExists'],
  },
  'directory.users.update': {
    at: 'PUT|PATCH /admin/directory/v1/users/{userKey}',
    handle: ({ users }, call) => users.update(call),
    scopes: 'userWrite',
    cost: 'directory',
    typicalMs: 400,
    errors: ['directoryForbidden', 'userNotFound', 'invalidInput'],
  },
  'directory.users.makeAdmin': {
    at: 'POST /admin/directory/v1/users/{userKey}/makeAdmin',
    handle: ({ users }, call) => users.makeAdmin(call),
    scopes: 'userWrite',
    cost: 'directory',
    typicalMs: 300,
    errors: ['directoryForbidden', 'userNotFound', 'invalidInput'],
  },
  'directory.users.delete': {
    at: 'DELETE /admin/directory/v1/users/{userKey}',
    handle: ({ users }, call) => users.delete(call),
    scopes: 'userWrite',
    cost: 'directory',
    typicalMs: 600,
    errors: ['directoryForbidden', 'userNotFound'],
  },
  'directory.users.undelete': {
    at: 'POST /admin/directory/v1/users/{userKey}/undelete',
    handle: ({ users }, call) => users.undelete(call),
    scopes: 'userWrite',
    cost: 'directory',
    typicalMs: 600,
    errors: ['directoryForbidden', 'userNotFound', 'invalidInput'],
  },
} as const satisfies Endpoints;

/** "You can undelete a user up to 20 days after deletion" (reference of `users.undelete`). */
const UNDELETE_MS = 20 * 24 * 3_600_000;
const ORDERS: Readonly<Record<string, (person: Person) => string>> = {
  email: ({ email }) => email,
  givenName: ({ givenName }) => givenName,
  familyName: ({ familyName }) => familyName,
};

/** People of an organisation, for its administrators (Admin SDK, `users`). */
export class UsersApi {
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  list(call: Call): Reply {
    const { directory } = this.store;
    const { query } = call.exchange;
    const isPublic = isPublicView(call);
    const organization = this.organization(call, isPublic);
    const isInList = scopeOfList(call, organization);
    const showDeleted = query.get('showDeleted') === 'true';
    const fits = parseUserQuery(query.get('query') ?? '');
    const orderBy = query.get('orderBy') ?? 'email';
    const valueOf = Object.hasOwn(ORDERS, orderBy) ? ORDERS[orderBy] : undefined;
    if (!valueOf) throw googleError('invalidInput', { name: 'orderBy' });
    const sortOrder = (query.get('sortOrder') ?? 'ASCENDING').toUpperCase();
    if (sortOrder !== 'ASCENDING' && sortOrder !== 'DESCENDING')
      throw googleError('invalidInput', { name: 'sortOrder' });
    const people = directory
      .peopleOf(organization)
      .filter(
        (person) =>
          (person.deletedAt === undefined ? !showDeleted : showDeleted && this.isRestorable(person)) &&
          isInList(person.email) &&
          fits(person),
      );
    return answerPage(call, this.store, this.now(), {
      entries: people.map((person) => ({
        order: `${valueOf(person)}\u0000${person.email}`.toLowerCase(),
        show: () => (isPublic ? publicUserResource(person) : userResource(person, directory)),
      })),
      descending: sortOrder === 'DESCENDING',
      name: 'users',
      schema: USERS_SCHEMA,
      defaultSize: 100,
      maxSize: 500,
    });
  }

  get(call: Call): Reply {
    const isPublic = isPublicView(call);
    const person = this.find(call, this.organization(call, isPublic));
    return answer(
      call,
      isPublic ? publicUserResource(person) : userResource(person, this.store.directory),
      USER_SCHEMA,
      '*',
    );
  }

  async insert(call: Call): Promise<Reply> {
    checkFields(call, USER_SCHEMA);
    const { store } = this;
    const organization = administered(call, store);
    const body = await call.exchange.json();
    const email = textOf(body, 'primaryEmail');
    if (email === undefined || !/^[^@\s]+@[^@\s]+$/.test(email))
      throw googleError('invalidInput', { name: 'primary_user_email' });
    const changes = readChanges(body);
    if (!changes.givenName || !changes.familyName) throw googleError('invalidInput', { name: 'name' });
    if ((textOf(body, 'password') ?? '').length < 8) throw googleError('invalidInput', { name: 'password' });
    if (!organization.domains.includes(domainOf(email))) throw googleError('domainNotFound');
    // The address of a deleted account stays taken as long as the account can be restored.
    if (store.account(email) || store.directory.person(email, true) || store.directory.group(email))
      throw googleError('entityExists');
    store.addAccount(email, { name: `${changes.givenName} ${changes.familyName}` });
    return this.change(call, store.directory.person(email)!, changes);
  }

  async update(call: Call): Promise<Reply> {
    checkFields(call, USER_SCHEMA);
    const person = this.find(call, administered(call, this.store));
    const body = await call.exchange.json();
    const email = textOf(body, 'primaryEmail');
    // The sandbox refers to accounts by address, so the address cannot change.
    if (email !== undefined && email.toLowerCase() !== person.email.toLowerCase())
      throw googleError('invalidInput', { name: 'primary_user_email' });
    return this.change(call, person, readChanges(body));
  }

  private change(call: Call, person: Person, changes: Partial<Person>): Reply {
    const { directory } = this.store;
    directory.updatePerson(person, changes);
    return answer(call, userResource(person, directory), USER_SCHEMA, '*');
  }

  async makeAdmin(call: Call): Promise<Reply> {
    const person = this.find(call, administered(call, this.store));
    const status = flagOf(await call.exchange.json(), 'status');
    if (status === undefined) throw googleError('invalidInput', { name: 'status' });
    this.store.directory.updatePerson(person, { isAdmin: status });
    return { status: 204 };
  }

  delete(call: Call): Reply {
    const person = this.find(call, administered(call, this.store));
    this.store.directory.updatePerson(person, { deletedAt: this.now() });
    return { status: 204 };
  }

  /** By id only, because a deleted account has no address. */
  async undelete(call: Call): Promise<Reply> {
    const organization = administered(call, this.store);
    const orgUnitPath = textOf(await call.exchange.json(), 'orgUnitPath') ?? '/';
    if (!orgUnitPath.startsWith('/')) throw googleError('invalidInput', { name: 'orgUnitPath' });
    const key = call.route.ids['userKey'] ?? '';
    const person = this.store.directory.peopleOf(organization).find(({ id }) => id === key);
    if (person?.deletedAt === undefined || !this.isRestorable(person)) throw googleError('userNotFound');
    delete person.deletedAt;
    this.store.directory.updatePerson(person, { orgUnitPath });
    return { status: 204 };
  }

  private isRestorable({ deletedAt = 0 }: Person): boolean {
    return deletedAt + UNDELETE_MS > this.now();
  }

  /** The caller's organisation; its public view is available to everyone in it. */
  private organization(call: Call, isPublic: boolean): Organization {
    const own = this.store.directory.organizationOf(call.caller.account.email);
    return isPublic && own ? own : administered(call, this.store);
  }

  /**
   * By address, alias or id.
   * @throws GoogleError 404 `notFound`, and 403 `forbidden` for the address of another organisation.
   */
  private find(call: Call, organization: Organization): Person {
    const { directory } = this.store;
    const key = call.route.ids['userKey'] ?? '';
    const person = key.includes('@')
      ? directory.person(key)
      : directory.peopleOf(organization).find(({ id, deletedAt }) => id === key && deletedAt === undefined);
    if (key.includes('@') && !organization.domains.includes(domainOf(key))) throw googleError('directoryForbidden');
    if (!person) throw googleError('userNotFound');
    return person;
  }
}

function isPublicView({ exchange: { query } }: Call): boolean {
  for (const [name, answers] of [
    ['projection', ['basic', 'custom', 'full']],
    ['viewType', ['admin_view', 'domain_public']],
  ] as const) {
    const value = query.get(name);
    if (value !== null && !(answers as readonly string[]).includes(value)) throw googleError('invalidInput', { name });
  }
  return query.get('viewType') === 'domain_public';
}

/** The changes of a person in a body; omitted fields stay unchanged. */
function readChanges(body: Record<string, unknown>): Partial<Person> {
  const changes: Partial<Person> = {};
  const name = body['name'] ?? {};
  if (typeof name !== 'object' || Array.isArray(name)) throw googleError('invalidInput', { name: 'name' });
  for (const part of ['givenName', 'familyName'] as const) {
    const value = textOf(name as Record<string, unknown>, part);
    if (value !== undefined) changes[part] = value;
  }
  const orgUnitPath = textOf(body, 'orgUnitPath');
  if (orgUnitPath !== undefined && !orgUnitPath.startsWith('/'))
    throw googleError('invalidInput', { name: 'orgUnitPath' });
  if (orgUnitPath !== undefined) changes.orgUnitPath = orgUnitPath;
  for (const flag of ['suspended', 'archived'] as const) {
    const value = flagOf(body, flag);
    if (value !== undefined) changes[flag] = value;
  }
  return changes;
}
