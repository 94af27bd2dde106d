import type { DriveStore } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { flagOf, optionalTextOf, textOf } from '../seed/fixtures.ts';
import type { DomainPolicy, Member, MemberRole, Organization, Person } from './directory.ts';

/** What the control side can change in the directory, as an administrator or Google would. */

const ROLES: readonly MemberRole[] = ['OWNER', 'MANAGER', 'MEMBER'];

/** A group with `members`: addresses, or `{email, role}`; an existing one gets these members instead. */
export function arrangeGroup(store: DriveStore, input: Record<string, unknown>): Record<string, unknown> {
  const members = input['members'];
  if (!Array.isArray(members)) throw new SandboxUsageError('members must be a list of e-mails.');
  const group = store.directory.setGroup(
    textOf(input, 'email'),
    members.map((each: unknown, i) => memberOf(each, i)),
    optionalTextOf(input, 'name'),
  );
  group.description = optionalTextOf(input, 'description') ?? group.description;
  return { email: group.email, name: group.name, members: [...group.members.keys()] };
}

function memberOf(value: unknown, i: number): string | Member {
  if (typeof value === 'string') return value;
  const { email, role = 'MEMBER' } = (value ?? {}) as { email?: unknown; role?: unknown };
  const known = ROLES.find((each) => each === role);
  if (typeof email !== 'string' || !known)
    throw new SandboxUsageError(
      `members[${i}] must be an e-mail, or {email, role}, the role one of ${ROLES.join(', ')}.`,
    );
  return { email, role: known };
}

/** What the people of a domain may do (`DomainPolicy`): `shareOut`, `shareIn`, `publishOut` are true unless given. */
export function arrangeDomain(store: DriveStore, input: Record<string, unknown>): Record<string, unknown> {
  const domain = textOf(input, 'domain').toLowerCase();
  const policy = {
    shareOut: flagOf(input, 'shareOut') ?? true,
    shareIn: flagOf(input, 'shareIn') ?? true,
    publishOut: flagOf(input, 'publishOut') ?? true,
    ...flagsOf(input, ['shareOutWarning', 'nonGoogleAccounts', 'findableLinks']),
    ...addressesOf(input, ['trustedDomains', 'blockedAddresses']),
  };
  store.directory.setPolicy(domain, policy);
  return { domain, ...policy };
}

/** One organisation of several `domains`, the primary one first. */
export function arrangeOrganization(store: DriveStore, input: Record<string, unknown>): Record<string, unknown> {
  const domains = listOf(input, 'domains');
  if (!domains || domains.length === 0)
    throw new SandboxUsageError('domains must be a list of domains, the primary one first.');
  return describeOrganization(store, store.directory.setOrganization(domains));
}

export function describeOrganization({ directory }: DriveStore, organization: Organization): Record<string, unknown> {
  const { customerId, primaryDomain, domains } = organization;
  return { customerId, primaryDomain, domains, people: directory.peopleOf(organization).length };
}

/** Names of a person's properties on the control side. */
const FLAGS = {
  admin: 'isAdmin',
  delegatedAdmin: 'isDelegatedAdmin',
  suspended: 'suspended',
  archived: 'archived',
  mailboxSetup: 'isMailboxSetup',
  driveLicence: 'hasDriveLicence',
} as const satisfies Record<string, keyof Person>;

/**
 * Changes what the directory says of an account: `admin`, `delegatedAdmin`, `suspended`, `archived`, `mailboxSetup`,
 * `driveLicence`, `deleted`, `orgUnitPath`, `aliases`; what is left out stays as it is.
 */
export function arrangePerson(
  store: DriveStore,
  now: () => number,
  input: Record<string, unknown>,
): Record<string, unknown> {
  const { email } = store.knownAccount(textOf(input, 'email'));
  const person = store.directory.person(email, true);
  if (!person) throw new SandboxUsageError(`${email} belongs to no organisation.`);
  const known = ['email', 'deleted', 'orgUnitPath', 'aliases', ...Object.keys(FLAGS)];
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new SandboxUsageError(`A person has no property "${unknown}"; known are ${known.join(', ')}.`);
  const changes: Partial<Person> = {};
  for (const [name, property] of Object.entries(FLAGS)) {
    const flag = flagOf(input, name);
    if (flag !== undefined) changes[property] = flag;
  }
  const orgUnitPath = optionalTextOf(input, 'orgUnitPath');
  if (orgUnitPath?.startsWith('/') === false) throw new SandboxUsageError('orgUnitPath must begin with a slash.');
  if (orgUnitPath !== undefined) changes.orgUnitPath = orgUnitPath;
  const aliases = listOf(input, 'aliases');
  const taken = aliases?.find((alias) => {
    const owner = store.directory.person(alias, true) ?? store.account(alias) ?? store.directory.group(alias);
    return owner !== undefined && owner !== person;
  });
  if (taken !== undefined) throw new SandboxUsageError(`The address ${taken} is taken.`);
  if (aliases) changes.aliases = aliases;
  const deleted = flagOf(input, 'deleted');
  if (deleted === false) delete person.deletedAt;
  else if (deleted) changes.deletedAt = person.deletedAt ?? now();
  store.directory.updatePerson(person, changes);
  return {
    email,
    ...Object.fromEntries(Object.entries(FLAGS).map(([name, property]) => [name, person[property]])),
    orgUnitPath: person.orgUnitPath,
    aliases: person.aliases,
    deleted: person.deletedAt !== undefined,
  };
}

function listOf(input: Record<string, unknown>, name: string): string[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw new SandboxUsageError(`${name} must be a list of texts.`);
  return value;
}

function flagsOf(input: Record<string, unknown>, names: readonly (keyof DomainPolicy)[]): DomainPolicy {
  return Object.fromEntries(
    names.flatMap((name) => {
      const flag = flagOf(input, name);
      return flag === undefined ? [] : [[name, flag]];
    }),
  );
}

/** Lists of addresses or domains, in lower case. */
function addressesOf(input: Record<string, unknown>, names: readonly (keyof DomainPolicy)[]): DomainPolicy {
  return Object.fromEntries(
    names.flatMap((name) => {
      const list = listOf(input, name);
      return list ? [[name, list.map((each) => each.toLowerCase())]] : [];
    }),
  );
}
