import type { DriveStore } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { EMAIL, type DomainPolicy, type MemberRole, type Organization, type Person } from './directory.ts';

/** What the control API can change in the directory, as an administrator or Google would. */

/** A group with `members`: addresses, or `{email, role}`; an existing one gets these members instead. */
export function arrangeGroup(
  store: DriveStore,
  input: {
    email: string;
    name?: string | undefined;
    members: readonly (string | { email: string; role?: MemberRole | undefined })[];
    description?: string | undefined;
  },
): Record<string, unknown> {
  const members = input.members.map((each) =>
    typeof each === 'string' ? each : { email: each.email, role: each.role ?? 'MEMBER' },
  );
  members.forEach((each, i) => {
    const { email } = typeof each === 'string' ? { email: each } : each;
    if (!EMAIL.test(email) && !store.directory.organization(email))
      throw new SandboxUsageError(
        `members[${i}]: "${email}" is neither an e-mail address nor the customer id of an organisation.`,
      );
  });
  const group = store.directory.setGroup(input.email, members, input.name);
  group.description = input.description ?? group.description;
  return { email: group.email, name: group.name, members: [...group.members.keys()] };
}

/** What the people of a domain may do: `shareOut`, `shareIn` and `publishOut` are true unless given. */
export function arrangeDomain(
  store: DriveStore,
  { domain: given, ...input }: { domain: string } & { [Name in keyof DomainPolicy]?: DomainPolicy[Name] | undefined },
): Record<string, unknown> {
  const domain = given.toLowerCase();
  const policy: DomainPolicy = { shareOut: true, shareIn: true, publishOut: true, ...input };
  for (const name of ['trustedDomains', 'blockedAddresses'] as const) {
    const list = policy[name];
    if (list) policy[name] = list.map((each) => each.toLowerCase());
  }
  store.directory.setPolicy(domain, policy);
  return { domain, ...policy };
}

/** One organisation of several `domains`, the primary one first. */
export function arrangeOrganization(
  store: DriveStore,
  { domains }: { domains: readonly string[] },
): Record<string, unknown> {
  if (domains.length === 0) throw new SandboxUsageError('domains must be a list of domains, the primary one first.');
  return describeOrganization(store, store.directory.setOrganization(domains));
}

export function describeOrganization({ directory }: DriveStore, organization: Organization): Record<string, unknown> {
  const { customerId, primaryDomain, domains } = organization;
  return { customerId, primaryDomain, domains, people: directory.peopleOf(organization).length };
}

/** Names of a person's flags in the control API. */
const FLAGS = {
  admin: 'isAdmin',
  delegatedAdmin: 'isDelegatedAdmin',
  suspended: 'suspended',
  archived: 'archived',
  mailboxSetup: 'isMailboxSetup',
  driveLicence: 'hasDriveLicence',
} as const satisfies Record<string, keyof Person>;

/** Changes what the directory says of an account; what is left out stays as it is. */
export function arrangePerson(
  store: DriveStore,
  now: () => number,
  input: {
    email: string;
    deleted?: boolean | undefined;
    /** Begins with a slash. */
    orgUnitPath?: string | undefined;
    /** Other addresses of the account. */
    aliases?: string[] | undefined;
  } & { [Name in keyof typeof FLAGS]?: boolean | undefined },
): Record<string, unknown> {
  const { email } = store.knownAccount(input.email, 'email');
  const person = store.directory.person(email, true);
  if (!person) throw new SandboxUsageError(`email: ${email} belongs to no organisation.`);
  const { orgUnitPath, aliases, deleted } = input;
  if (orgUnitPath?.startsWith('/') === false) throw new SandboxUsageError('orgUnitPath must begin with a slash.');
  const taken = aliases?.find((alias) => {
    const owner = store.directory.person(alias, true) ?? store.account(alias) ?? store.directory.group(alias);
    return owner !== undefined && owner !== person;
  });
  if (taken !== undefined) throw new SandboxUsageError(`aliases: The address ${taken} is taken.`);
  const changes: Partial<Person> = { ...(orgUnitPath !== undefined && { orgUnitPath }), ...(aliases && { aliases }) };
  for (const [name, property] of Object.entries(FLAGS) as [keyof typeof FLAGS, (typeof FLAGS)[keyof typeof FLAGS]][]) {
    const flag = input[name];
    if (flag !== undefined) changes[property] = flag;
  }
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
