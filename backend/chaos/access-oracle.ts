import type { SandboxClient } from '@cloudmover/drive-sandbox';

type ItemAccess = Awaited<ReturnType<SandboxClient['access']>>[number];
type Role = ItemAccess['people'][number]['role'];
type Carried = 'reader' | 'commenter' | 'writer';

/** From the least to the most. */
const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'] as const;
const rank = (role: Role | undefined): number => (role === undefined ? -1 : ROLES.indexOf(role));

/** The options of a transfer that decide who can open the copies. */
export interface Wanted {
  /** Who becomes whom: addresses, or `@` and a domain; null: nobody. */
  readonly people?: Readonly<Record<string, string | null>>;
  /** What the owner of an original gets; default: nothing. */
  readonly owner?: Carried;
  readonly unmapped?: 'drop';
  readonly links?: 'restrict' | 'drop';
}

/** An original with its copy, both as the sandbox says who can open them. */
export interface OriginalAndCopy {
  readonly path: string;
  readonly original: ItemAccess;
  readonly copy: ItemAccess;
}

/**
 * Compares for each person, by the sandbox's own account, the access to a copy with the access to its original. Everyone who
 * can open the original can open the copy in the same role, unless the options say otherwise. Nobody else can, except the
 * destination account and people who can open the target folder. Does not use the product's rules.
 * @param target who can open the folder that the copies went into
 * @returns a line for each person who can do more, and for each who can do less
 */
export function accessDifferences(
  pairs: readonly OriginalAndCopy[],
  target: ItemAccess,
  destination: string,
  wanted: Wanted = {},
): { wider: string[]; narrower: string[] } {
  const [wider, narrower]: [string[], string[]] = [[], []];
  const isInDrive = target.driveId !== undefined;
  for (const { path, original, copy } of pairs) {
    const report = (who: string, has: Role | undefined, least: Role | undefined, most: number) => {
      const line = `"${path}": ${who} is ${has ?? 'shut out'}, and is to be ${least ?? 'shut out'}`;
      if (rank(has) < rank(least)) narrower.push(line);
      if (rank(has) > Math.max(rank(least), most)) wider.push(line);
    };
    const links = linksIn(copy);
    const dueLinks = linksIn(original, wanted);
    const ofTarget = copy.limited ? new Map<string, Role>() : linksIn(target);
    for (const link of new Set([...links.keys(), ...dueLinks.keys()]))
      report(link, links.get(link), dueLinks.get(link), rank(ofTarget.get(link)));
    const due = dueTo(original, wanted, isInDrive);
    const now = rolesIn(copy);
    // What is given on the target folder does not reach into limited folders; its managers do.
    const throughTarget = rolesIn(target, copy.limited ? 'organizer' : 'reader');
    // Who has less by name has what the link gives to anyone.
    const ofAnyone = Math.max(rank(dueLinks.get('anyone')), rank(ofTarget.get('anyone')));
    for (const person of new Set([...due.keys(), ...now.keys()]))
      if (person !== destination)
        report(person, now.get(person), due.get(person), Math.max(rank(throughTarget.get(person)), ofAnyone));
  }
  return { wider, narrower };
}

/** Who is to be able to open a copy, by address. */
function dueTo({ people, limited }: ItemAccess, wanted: Wanted, isInDrive: boolean): Map<string, Role> {
  const due = new Map<string, Role>();
  for (const { email, level, via } of people) {
    if (level !== 'content') continue;
    for (const { type, role, direct, grantee = '' } of via) {
      // What is given above a limited folder only shows that it is there; managers of a shared drive keep their access.
      if (limited && !direct && role !== 'organizer') continue;
      // A group or domain stands for its members, and is mapped as a whole.
      const to = type === 'user' ? becomes(grantee.toLowerCase(), wanted) : becomes(grantee, wanted) && email;
      const carried = role === 'owner' ? wanted.owner : ROLES[Math.min(rank(role), rank(isInDrive ? role : 'writer'))];
      if (!to || !carried) continue;
      if (rank(carried) > rank(due.get(to.toLowerCase()))) due.set(to.toLowerCase(), carried);
    }
  }
  return due;
}

function becomes(address: string, { people = {}, unmapped }: Wanted): string | null {
  const [name, domain] = address.split('@');
  if (Object.hasOwn(people, address)) return people[address] ?? null;
  const of = people[`@${domain}`];
  if (of !== undefined) return of && `${name}${of}`;
  return unmapped === 'drop' ? null : address;
}

const rolesIn = ({ people }: ItemAccess, least: Role = 'reader'): Map<string, Role> =>
  new Map(
    people
      .filter(({ level, role }) => level === 'content' && rank(role) >= rank(least))
      .map(({ email, role }) => [email.toLowerCase(), role]),
  );

/** Roles of a domain, and of anyone who has the link. */
const linksIn = ({ links }: ItemAccess, wanted: Wanted = {}): Map<string, Role> =>
  new Map(
    links.flatMap(({ type, domain, role }): [string, Role][] => {
      if (type === 'domain') {
        const to = becomes(`@${domain}`, wanted);
        return to ? [[to, role]] : [];
      }
      if (wanted.links === 'drop') return [];
      return [['anyone', wanted.links === 'restrict' ? 'reader' : role]];
    }),
  );

/** Reads who can open the originals and the copies of a transfer, copies that are gone left out. */
export async function originalsAndCopies(
  google: SandboxClient,
  items: readonly {
    readonly path: string;
    readonly sourceId: string;
    readonly destinationId?: string;
    readonly kind: string;
  }[],
): Promise<OriginalAndCopy[]> {
  const pairs: OriginalAndCopy[] = [];
  for (const { path, sourceId, destinationId, kind } of items) {
    if (destinationId === undefined || kind === 'shortcut') continue;
    const [[original], [copy]] = await Promise.all([google.access(sourceId), google.access(destinationId)]);
    pairs.push({ path, original: original!, copy: copy! });
  }
  return pairs;
}
