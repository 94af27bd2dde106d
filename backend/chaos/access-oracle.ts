import type { SandboxClient } from '@cloudmover/drive-sandbox';

type ItemAccess = Awaited<ReturnType<SandboxClient['access']>>[number];
type Role = ItemAccess['people'][number]['role'];
type CarriedRole = 'reader' | 'commenter' | 'writer';

/** From the least to the most. */
const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'] as const;
const rank = (role: Role | undefined): number => (role === undefined ? -1 : ROLES.indexOf(role));

/** The options of a transfer that decide who can open the copies. */
export interface AccessOptions {
  /** The people map, by address or `@domain`; null: the person gets no access. */
  readonly people?: Readonly<Record<string, string | null>>;
  /** The role of the owner of an original; default: none. */
  readonly owner?: CarriedRole;
  readonly unmapped?: 'drop';
  readonly links?: 'restrict' | 'drop';
  /** People to whom the destination's owner gave access to copies; they are not compared. */
  readonly givenByOwner?: ReadonlySet<string>;
}

/** Who can open an original and its copy, according to the sandbox. */
export interface OriginalAndCopy {
  readonly path: string;
  readonly original: ItemAccess;
  readonly copy: ItemAccess;
}

/**
 * Compares each person's access to a copy with that to its original. Everyone who can open the original must be able to
 * open the copy in the same role, unless the options say otherwise. Nobody else may, except the destination account and
 * people who can open the target folder. Uses the sandbox's answers and none of the product's rules.
 * @param target who can open the folder that the copies went into
 * @returns a line for each person with more access than intended (`wider`), and with less (`narrower`)
 */
export function accessDifferences(
  pairs: readonly OriginalAndCopy[],
  target: ItemAccess,
  destination: string,
  options: AccessOptions = {},
): { wider: string[]; narrower: string[] } {
  const [wider, narrower]: [string[], string[]] = [[], []];
  const isInDrive = target.driveId !== undefined;
  for (const { path, original, copy } of pairs) {
    const report = (who: string, has: Role | undefined, least: Role | undefined, most: number) => {
      const line = `"${path}": ${who} has ${has ?? 'no access'} instead of ${least ?? 'no access'}`;
      if (rank(has) < rank(least)) narrower.push(line);
      if (rank(has) > Math.max(rank(least), most)) wider.push(line);
    };
    const links = linksIn(copy);
    const expectedLinks = linksIn(original, options);
    const ofTarget = copy.limited ? new Map<string, Role>() : linksIn(target);
    for (const link of new Set([...links.keys(), ...expectedLinks.keys()]))
      report(link, links.get(link), expectedLinks.get(link), rank(ofTarget.get(link)));
    const expected = expectedRoles(original, options, isInDrive);
    const now = rolesIn(copy);
    // A limited folder does not inherit permissions of the target folder, except those of a drive's managers.
    const throughTarget = rolesIn(target, copy.limited ? 'organizer' : 'reader');
    // A link can give a person more than the person's own permission.
    const ofAnyone = Math.max(rank(expectedLinks.get('anyone')), rank(ofTarget.get('anyone')));
    for (const person of new Set([...expected.keys(), ...now.keys()]))
      if (person !== destination && !options.givenByOwner?.has(person))
        report(person, now.get(person), expected.get(person), Math.max(rank(throughTarget.get(person)), ofAnyone));
  }
  return { wider, narrower };
}

/** The roles that people should have on a copy, by address. */
function expectedRoles({ people, limited }: ItemAccess, options: AccessOptions, isInDrive: boolean): Map<string, Role> {
  const expected = new Map<string, Role>();
  for (const { email, level, via } of people) {
    if (level !== 'content') continue;
    for (const { type, role, direct, grantee = '' } of via) {
      // Permissions inherited by a limited folder only make it visible; managers of a shared drive keep their access.
      if (limited && !direct && role !== 'organizer') continue;
      // Groups and domains are mapped as a whole; their members follow.
      const to = type === 'user' ? mapAddress(grantee.toLowerCase(), options) : mapAddress(grantee, options) && email;
      const carried = role === 'owner' ? options.owner : ROLES[Math.min(rank(role), rank(isInDrive ? role : 'writer'))];
      if (!to || !carried) continue;
      if (rank(carried) > rank(expected.get(to.toLowerCase()))) expected.set(to.toLowerCase(), carried);
    }
  }
  return expected;
}

function mapAddress(address: string, { people = {}, unmapped }: AccessOptions): string | null {
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
const linksIn = ({ links }: ItemAccess, options: AccessOptions = {}): Map<string, Role> =>
  new Map(
    links.flatMap(({ type, domain, role }): [string, Role][] => {
      if (type === 'domain') {
        const to = mapAddress(`@${domain}`, options);
        return to ? [[to, role]] : [];
      }
      if (options.links === 'drop') return [];
      return [['anyone', options.links === 'restrict' ? 'reader' : role]];
    }),
  );

/** Reads who can open the originals and copies of a transfer, without shortcuts and items that have no copy. */
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
