import { createHash } from 'node:crypto';
import { SandboxUsageError } from '../http/errors.ts';

/** Domains of consumer accounts, which belong to no organisation. */
const CONSUMER_DOMAINS = ['gmail.com', 'googlemail.com'];
/** Domain of service accounts, which belong to no organisation. */
const SERVICE_DOMAIN = /(^|\.)gserviceaccount\.com$/;
export const EMAIL = /^[^@\s]+@[^@\s]+$/;

/** A Google Workspace customer, with its people, groups and domains. */
export interface Organization {
  /** `C` and eight characters, as at Google. */
  readonly customerId: string;
  readonly primaryDomain: string;
  /** All domains in lower case, the primary one first. */
  domains: string[];
  readonly created: number;
}

/** A person in an organisation's directory. Times are in milliseconds. */
export interface Person {
  /** In the account's spelling. */
  email: string;
  readonly id: string;
  givenName: string;
  familyName: string;
  orgUnitPath: string;
  /** Other addresses of the same account. */
  aliases: string[];
  readonly created: number;
  isAdmin: boolean;
  /** Has an administrator role that may read and change people and groups. */
  isDelegatedAdmin: boolean;
  suspended: boolean;
  suspensionReason?: string;
  archived: boolean;
  /** Gmail is enabled for this person. */
  isMailboxSetup: boolean;
  /** The person has a licence for Drive. */
  hasDriveLicence: boolean;
  /** When an administrator deleted the account; it can be restored for twenty days. */
  deletedAt?: number;
}

export type MemberRole = 'OWNER' | 'MANAGER' | 'MEMBER';

export interface Member {
  /** In lower case; a customer id stands for everyone in that organisation. */
  readonly email: string;
  role: MemberRole;
}

/** A mailing list that items can be shared with; its members may be groups. */
export interface Group {
  readonly email: string;
  readonly id: string;
  name: string;
  description: string;
  aliases: string[];
  /** By lower-case address. */
  readonly members: Map<string, Member>;
}

/** What an administrator allows the people of a domain. */
export interface DomainPolicy {
  /** Share with people of other domains. */
  shareOut?: boolean;
  /** Receive items from people of other domains. */
  shareIn?: boolean;
  /** Share with anyone who has the link. */
  publishOut?: boolean;
  /** Exceptions if `shareOut` is false: allowed domains, in lower case. */
  trustedDomains?: string[];
  /** Sharing out needs a confirmation, which is impossible through the API. */
  shareOutWarning?: boolean;
  /** Blocked addresses outside the domain, in lower case. */
  blockedAddresses?: string[];
  /** Invite addresses outside the domain that have no account. */
  nonGoogleAccounts?: boolean;
  /** Create links that appear in search results. */
  findableLinks?: boolean;
}

/** State that is saved between starts. */
export interface DirectoryState {
  organizations: Organization[];
  people: Person[];
  groups: (Omit<Group, 'members'> & { members: Member[] })[];
  policies: [string, DomainPolicy][];
}

/**
 * People, groups and domains by organisation, for the Admin SDK and Drive's sharing rules. A domain that belongs to no
 * other organisation is its own organisation.
 */
export class Directory {
  /** By lower-case address. */
  readonly groups = new Map<string, Group>();
  /** By domain; without a policy, everything is allowed. */
  readonly policies = new Map<string, DomainPolicy>();
  /** By lower-case address, without service accounts and consumers. */
  private readonly people = new Map<string, Person>();
  private readonly aliases = new Map<string, Person>();
  private readonly organizations = new Map<string, Organization>();
  /** Cache of `groupsOf` by a member's address; cleared by every change. */
  private readonly memberships = new Map<string, ReadonlySet<string>>();
  private readonly now: () => number;
  private readonly onChange: () => void;

  constructor(now: () => number, onChange: () => void) {
    this.now = now;
    this.onChange = onChange;
  }

  /** The organisation of an address or domain; `undefined` for consumers and service accounts. */
  organizationOf(emailOrDomain: string): Organization | undefined {
    const domain = domainOf(emailOrDomain);
    if (domain === '' || isConsumer(domain) || SERVICE_DOMAIN.test(domain)) return undefined;
    const known = this.organizations.get(domain);
    if (known) return known;
    const organization = {
      customerId: idOf('C', domain),
      primaryDomain: domain,
      domains: [domain],
      created: this.now(),
    };
    this.organizations.set(domain, organization);
    return organization;
  }

  /** Whether two addresses or domains belong to one organisation; two consumers do not. */
  isSameOrganization(one: string, other: string): boolean {
    const organization = this.organizationOf(one);
    return organization !== undefined && organization === this.organizationOf(other);
  }

  /** Joins domains into one organisation, the primary one first. */
  setOrganization(domains: readonly string[]): Organization {
    const [primary = '', ...others] = domains.map((each) => each.toLowerCase());
    for (const domain of [primary, ...others])
      if (!/^[^@\s]+\.[^@\s]+$/.test(domain) || isConsumer(domain) || SERVICE_DOMAIN.test(domain))
        throw new SandboxUsageError(`domains: "${domain}" cannot be a domain of an organisation.`);
    const { created } = this.organizationOf(primary) ?? { created: this.now() };
    const organization = {
      customerId: idOf('C', primary),
      primaryDomain: primary,
      domains: [primary, ...others.filter((each) => each !== primary)],
      created,
    };
    for (const [domain, { primaryDomain }] of this.organizations)
      if (primaryDomain === primary) this.organizations.delete(domain);
    for (const domain of organization.domains) {
      const before = this.organizations.get(domain);
      if (before) before.domains = before.domains.filter((each) => each !== domain);
      this.organizations.set(domain, organization);
    }
    this.changed();
    return organization;
  }

  allOrganizations(): Organization[] {
    return [...new Set(this.organizations.values())];
  }

  organization(customerId: string): Organization | undefined {
    return this.allOrganizations().find((each) => each.customerId === customerId);
  }

  /** Adds an account to its domain's directory; consumers and service accounts have none. */
  addPerson(email: string, name: string): void {
    const key = email.toLowerCase();
    if (this.people.has(key) || !this.organizationOf(email)) return;
    const [givenName = name, ...rest] = name.split(' ');
    this.people.set(key, {
      email,
      id: idOf('1', `person ${key}`, 21),
      givenName,
      familyName: rest.join(' ') || givenName,
      orgUnitPath: '/',
      aliases: [],
      created: this.now(),
      isAdmin: false,
      isDelegatedAdmin: false,
      suspended: false,
      archived: false,
      isMailboxSetup: true,
      hasDriveLicence: true,
    });
    this.memberships.clear();
  }

  /** Removes the entry of an address, because a service account is not a person in a directory. */
  removePerson(email: string): void {
    this.people.delete(email.toLowerCase());
    this.changed();
  }

  /** A person by address or alias; deleted accounts are left out by default. */
  person(email: string, withDeleted = false): Person | undefined {
    const key = email.toLowerCase();
    const person = this.people.get(key) ?? this.aliases.get(key);
    return person?.deletedAt === undefined || withDeleted ? person : undefined;
  }

  /** All people of an organisation, including deleted accounts. */
  peopleOf(organization: Organization): Person[] {
    return [...this.people.values()].filter(({ email }) => this.organizationOf(email) === organization);
  }

  /** Changes a person's entry in the directory. */
  updatePerson(person: Person, changes: Partial<Person>): void {
    for (const alias of person.aliases) this.aliases.delete(alias.toLowerCase());
    if (changes.email !== undefined) {
      this.people.delete(person.email.toLowerCase());
      this.people.set(changes.email.toLowerCase(), person);
    }
    Object.assign(person, changes);
    for (const alias of person.aliases) this.aliases.set(alias.toLowerCase(), person);
    this.changed();
  }

  /** Whether an account can sign in and be impersonated: it is not suspended, archived or deleted. */
  isActive(email: string): boolean {
    const person = this.people.get(email.toLowerCase());
    return !person || (!person.suspended && !person.archived && person.deletedAt === undefined);
  }

  /** Whether an account can use Drive. */
  hasDrive(email: string): boolean {
    return this.people.get(email.toLowerCase())?.hasDriveLicence !== false;
  }

  group(email: string): Group | undefined {
    const key = email.toLowerCase();
    const group = this.groups.get(key);
    if (group) return group;
    for (const each of this.groups.values()) if (each.aliases.some((alias) => alias.toLowerCase() === key)) return each;
    return undefined;
  }

  /** Creates a group, or replaces the members (and the name) of an existing one. */
  setGroup(email: string, members: readonly (string | Member)[], name?: string): Group {
    if (!EMAIL.test(email)) throw new SandboxUsageError(`email: "${email}" is not an e-mail address.`);
    const key = email.toLowerCase();
    const entries = members.map((each): [string, Member] => {
      const { email: address, role }: Member = typeof each === 'string' ? { email: each, role: 'MEMBER' } : each;
      const at = address.includes('@') ? address.toLowerCase() : address;
      return [at, { email: at, role }];
    });
    const before = this.groups.get(key);
    const group: Group = {
      email: before?.email ?? email,
      id: before?.id ?? idOf('0', `group ${key}`, 15),
      name: name ?? before?.name ?? nameOf(email),
      description: before?.description ?? '',
      aliases: before?.aliases ?? [],
      members: new Map(entries),
    };
    this.groups.set(key, group);
    this.changed();
    return group;
  }

  removeGroup(group: Group): void {
    this.groups.delete(group.email.toLowerCase());
    this.changed();
  }

  /**
   * The lower-case addresses of all groups that a member is in, directly or through other groups. Cached until the next
   * change, because every access check needs it.
   */
  groupsOf(email: string): ReadonlySet<string> {
    const key = email.toLowerCase();
    const known = this.memberships.get(key);
    if (known) return known;
    const found = new Set<string>();
    const customerId = this.people.has(key) ? this.organizationOf(email)?.customerId : undefined;
    const waiting = [key, ...(customerId === undefined ? [] : [customerId])];
    for (let member = waiting.pop(); member !== undefined; member = waiting.pop())
      for (const [address, { members }] of this.groups)
        if (members.has(member) && !found.has(address)) {
          found.add(address);
          waiting.push(address);
        }
    this.memberships.set(key, found);
    return found;
  }

  /** Whether a person or group is in a group, directly or through groups in it. */
  isMember(group: string, email: string): boolean {
    return this.groupsOf(email).has(group.toLowerCase());
  }

  /** The addresses of all people in a group and its nested groups, with or without an account. */
  membersOf(email: string): string[] {
    const seen = new Set<string>([email.toLowerCase()]);
    const people = new Set<string>();
    for (const address of seen) {
      const group = this.groups.get(address);
      if (!group) people.add(address);
      for (const member of group?.members.keys() ?? []) {
        if (member.includes('@')) seen.add(member);
        else for (const person of this.everyoneIn(member)) people.add(person.email.toLowerCase());
      }
    }
    return [...people];
  }

  private everyoneIn(customerId: string): Person[] {
    const organization = this.organization(customerId);
    return organization ? this.peopleOf(organization) : [];
  }

  /** The policy of an address's domain. */
  policyOf(emailOrDomain: string): DomainPolicy {
    return this.policies.get(domainOf(emailOrDomain)) ?? {};
  }

  setPolicy(domain: string, policy: DomainPolicy): void {
    this.policies.set(domain.toLowerCase(), policy);
    this.changed();
  }

  /** Must be called after changing a group or a person without a method of this class. */
  changed(): void {
    this.memberships.clear();
    this.onChange();
  }

  state(): DirectoryState {
    return {
      organizations: this.allOrganizations(),
      people: [...this.people.values()],
      groups: [...this.groups.values()].map((group) => ({ ...group, members: [...group.members.values()] })),
      policies: [...this.policies],
    };
  }

  restore({ organizations, people, groups, policies }: DirectoryState): void {
    this.clear();
    for (const each of organizations) for (const domain of each.domains) this.organizations.set(domain, each);
    for (const person of people) {
      this.people.set(person.email.toLowerCase(), person);
      for (const alias of person.aliases) this.aliases.set(alias.toLowerCase(), person);
    }
    for (const { members, ...group } of groups)
      this.groups.set(group.email.toLowerCase(), {
        ...group,
        members: new Map(members.map((member) => [member.email, member])),
      });
    for (const [domain, policy] of policies) this.policies.set(domain, policy);
  }

  clear(): void {
    for (const each of [this.groups, this.policies, this.people, this.aliases, this.organizations, this.memberships])
      each.clear();
  }
}

/** The domain of an address, or a domain, in lower case. */
export function domainOf(emailOrDomain: string): string {
  return emailOrDomain.slice(emailOrDomain.lastIndexOf('@') + 1).toLowerCase();
}

/** Whether an address belongs to a consumer account, which is in no organisation. */
export function isConsumer(emailOrDomain: string): boolean {
  return CONSUMER_DOMAINS.includes(domainOf(emailOrDomain));
}

/** An id derived from a text. */
function idOf(prefix: string, text: string, length = 9): string {
  const hash = createHash('sha256').update(text).digest('hex');
  const digits = prefix === '1' ? BigInt(`0x${hash}`).toString() : BigInt(`0x${hash}`).toString(36);
  return `${prefix}${digits.slice(-(length - prefix.length))}`;
}

/** A person's name from an address, such as `Ana Maria` for `ana.maria@example.com`. */
export function nameOf(email: string): string {
  return (email.split('@')[0] ?? email)
    .split(/[._+-]+/)
    .filter(Boolean)
    .map((word) => (word[0] ?? '').toUpperCase() + word.slice(1))
    .join(' ');
}
