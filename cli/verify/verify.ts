import { number } from '../terminal.ts';
import {
  type Child,
  covers,
  type Drive,
  type DriveFile,
  endOf,
  FOLDER,
  keyOf,
  type OpenDrive,
  rankOf,
  type Reach,
  type Readers,
} from './drive.ts';
import type { AccessFile, Grant, Item, Link, Report } from './report-file.ts';

const PARALLEL = 8;

export interface VerifyOptions {
  report: Report;
  source: Drive;
  destination: Drive;
  /** The fingerprint in the certificate. */
  stated?: string | undefined;
  /** Both sides, if contents or permissions are compared. */
  open?: { source: OpenDrive; destination: OpenDrive } | undefined;
  /** Also downloads both sides of every file; needs `open`. */
  bytes?: boolean;
  /** The permissions and restrictions of the copies, from access.csv; needs `open`. */
  access?: AccessFile | undefined;
  /** The links in the copied documents, from links.csv. */
  links?: Map<string, Link[]> | undefined;
  say: (line: string) => void;
}

/** The numbers of copies, and the problems. */
export interface Verdict {
  /** Copies that are as the report says. */
  proven: number;
  /** Those of them that have no checksum (folders, shortcuts, Google's own types): they exist, with the same type. */
  present: number;
  changed: number;
  findings: string[];
}

/** A verdict in a line. */
export const summaryOf = ({ proven, present, changed, findings }: Verdict) =>
  `${number(proven - present)} proven by checksum, ${number(present)} present (they have no checksum), ` +
  `${number(changed)} changed since, ${number(findings.length)} wrong`;

/** Compares a report with both Drives. */
export async function verify(options: VerifyOptions): Promise<Verdict> {
  const { report, source, destination, stated, open, bytes = false, access, links, say } = options;
  const findings = [
    ...ofFingerprint(report, stated, say),
    ...inItself(report),
    ...(links ? linksAddUp(report, links) : []),
  ];
  const tally = { proven: 0, present: 0, changed: 0 };
  const copies = copiesIn(report);
  await inParallel(report.items, async (item) => {
    const found = await compare(item, copies, source, destination, bytes ? open : undefined);
    if (found.wrong) findings.push(`${item.path}: ${found.wrong}`);
    else if (found.changed) say(`  ${item.path}: ${found.changed}`);
    for (const kind of ['proven', 'present', 'changed'] as const) if (found[kind]) tally[kind]++;
  });
  findings.push(...(await missingFrom(report, source, say)));
  if (access && open) {
    const { grants, unread } = access;
    findings.push(...addsUp(report, grants), ...(await wrongAccess(report, grants, open.destination, say)));
    if (report.unreadable !== undefined && unread !== report.unreadable)
      findings.push(
        `the summary says ${report.unreadable} items whose sharing could not be read, access.csv lists ${unread}`,
      );
    if (unread > 0)
      say(`! The source could not read who can open ${unread} of the originals: their sharing was not carried over.`);
  }
  if (report.closingCheck === false)
    say(
      '! The destination was not listed again at the end: the transfer was canceled, failed or undone, or had not ended. It may contain copies that the report does not name.',
    );
  return { ...tally, findings };
}

/** Compares the file's fingerprint with the one that it states, and with that of the certificate. */
function* ofFingerprint({ computed, fingerprint }: Report, stated: string | undefined, say: VerifyOptions['say']) {
  if (computed) say(`Fingerprint (SHA-256): ${computed.replaceAll(/(.{4})(?=.)/g, '$1 ')}`);
  else if (fingerprint) say('! The report was reformatted after the download, so its fingerprint cannot be checked.');
  if (computed && fingerprint && computed !== fingerprint)
    yield `the report states the fingerprint ${fingerprint}, and its contents have another: it was changed after the download`;
  if (stated && stated !== computed)
    yield computed
      ? `the certificate states the fingerprint ${stated}, and the report has another`
      : 'the fingerprint of a certificate can only be compared with the JSON report as it was downloaded';
}

/** Problems of the report itself, without the drives. */
function* inItself({ items, counts }: Report) {
  if (counts) {
    const { found, ...states } = counts;
    const sum = Object.values(states).reduce((total, count) => total + count, 0);
    if (sum !== found) yield `the summary does not add up: ${found} found, ${sum} by state`;
    if (found !== items.length) yield `the summary says ${found} items, the report lists ${items.length}`;
    for (const [state, count] of Object.entries(states)) {
      const listed = items.filter((item) => item.state === state).length;
      if (listed !== count) yield `the summary says ${count} ${state}, the report lists ${listed}`;
    }
  }
  for (const key of ['sourceId', 'destinationId'] as const) {
    const seen = new Map<string, string>();
    for (const item of items) {
      const id = item[key];
      if (!id || item.state === 'skipped') continue;
      if (seen.has(id)) yield `${item.path}: has the same ${key} as ${seen.get(id)}`;
      seen.set(id, item.path);
    }
  }
}

/** Compares links.csv with the numbers of links in the report, which the fingerprint covers. */
function* linksAddUp({ items, links: totals }: Report, links: Map<string, Link[]>) {
  const all = [...links.values()].flat();
  const outcomes = (of: Link[], outcome: string) => of.filter((link) => link.outcome === outcome).length;
  if (totals) {
    const { found, unread, ...byOutcome } = totals;
    const sum = Object.values(byOutcome).reduce((total, count) => total + count, 0);
    if (sum !== found) yield `the links of the summary do not add up: ${found} found, ${sum} by outcome`;
    for (const [outcome, count] of Object.entries({ ...byOutcome, unread }))
      if (outcomes(all, outcome) !== count)
        yield `the summary says ${count} ${outcome === 'unread' ? 'unread documents' : `links ${outcome}`}, links.csv lists ${outcomes(all, outcome)}`;
  }
  const copies = new Set(items.map(({ destinationId }) => destinationId));
  for (const [id, [link]] of links)
    if (!copies.has(id)) yield `${link?.path}: links.csv has links of a copy that the report does not name`;
  for (const { path, destinationId = '', linksFound = 0, linksRewritten = 0, linksFailed = 0 } of items) {
    const of = (links.get(destinationId) ?? []).filter(({ outcome }) => outcome !== 'unread');
    const stated = { found: linksFound, rewritten: linksRewritten, failed: linksFailed };
    const counted = { found: of.length, rewritten: outcomes(of, 'rewritten'), failed: outcomes(of, 'failed') };
    for (const kind of ['found', 'rewritten', 'failed'] as const)
      if (counted[kind] !== stated[kind])
        yield `${path}: the report says ${stated[kind]} links ${kind}, links.csv lists ${counted[kind]}`;
  }
}

/** Compares access.csv with the numbers of permissions and restrictions in the report, which the fingerprint covers. */
function* addsUp({ items }: Report, grants: Map<string, Grant[]>) {
  const copies = new Set(items.map(({ destinationId }) => destinationId));
  for (const [id, [grant]] of grants)
    if (!copies.has(id)) yield `${grant?.path}: access.csv has permissions of a copy that the report does not name`;
  for (const { path, destinationId = '', accessWanted = 0, restrictions = 0 } of items) {
    const lines = grants.get(destinationId) ?? [];
    const listed = lines.filter(isPermission).length;
    if (listed !== accessWanted)
      yield `${path}: the report says ${accessWanted} permissions, access.csv lists ${listed}`;
    if (lines.length - listed !== restrictions)
      yield `${path}: the report says ${restrictions} restrictions, access.csv lists ${lines.length - listed}`;
  }
}

const isPermission = ({ restriction }: Grant) => restriction === undefined;

/** Whether an item has a restriction, by its name in access.csv. */
const HAS_RESTRICTION: Readonly<Record<string, (file: DriveFile) => boolean>> = {
  limited_access: ({ inheritedPermissionsDisabled: isLimited = false }) => isLimited,
  writers_cannot_share: ({ writersCanShare }) => writersCanShare === false,
  no_copying: ({ copyRequiresWriterPermission = false }) => copyRequiresWriterPermission,
  no_download: ({ downloadRestrictions }) =>
    downloadRestrictions?.itemDownloadRestriction?.restrictedForWriters === true,
  // A restriction for writers also applies to readers.
  no_download_by_readers: ({ downloadRestrictions: { itemDownloadRestriction: download } = {} }) =>
    download?.restrictedForReaders === true || download?.restrictedForWriters === true,
  locked: ({ contentRestrictions = [] }) => contentRestrictions.some(({ readOnly }) => readOnly === true),
};

/** Describes restrictions that the copy does not have as access.csv states. */
function* wrongRestrictions(set: readonly Grant[], copy: DriveFile) {
  for (const { restriction, isLifted = false, outcome } of set) {
    const has = restriction !== undefined && outcome === 'applied' && HAS_RESTRICTION[restriction];
    if (has && has(copy) === isLifted)
      yield isLifted
        ? `it still has the restriction ${restriction}, and access.csv says that it was lifted`
        : `it does not have the restriction ${restriction}, and access.csv says that it was set`;
  }
}

const inWords = ({ role, expires }: Reach) => (expires ? `${role} until ${new Date(expires).toISOString()}` : role);

/** Whether a permission of a copy is one of access.csv: by its address, or by its id if that address is an alias. */
const isOf = ({ type, grantee, permissionId }: Grant, who: string, { id }: Reach) =>
  keyOf(type, grantee) === who || (permissionId !== '' && permissionId === id);

const reachOf = (grant: Grant, readers: Readers): Reach | undefined =>
  readers.get(keyOf(grant.type, grant.grantee)) ?? [...readers].find(([who, reach]) => isOf(grant, who, reach))?.[1];

/** Describes what a permission lacks; undefined if it has expired since. */
function lacking({ role, expires, type, grantee }: Grant, has: Reach | undefined) {
  const stated = { role, ...(expires && { expires }) };
  if (covers(has, stated) || endOf(stated) <= Date.now()) return undefined;
  const who = grantee || type;
  if (!has) return `${who} cannot open it, and access.csv says ${role}`;
  return rankOf(has.role) < rankOf(role)
    ? `${who} is only ${has.role}, and access.csv says ${role}`
    : `${who} is ${has.role} only until ${new Date(endOf(has)).toISOString()}, and access.csv says ${expires ? `until ${new Date(expires).toISOString()}` : 'without end'}`;
}

/**
 * Checks that only grantees of access.csv and people with access to the folder above can open the copies, and that
 * these have the restrictions that it states.
 */
async function wrongAccess(
  { items }: Report,
  grants: Map<string, Grant[]>,
  destination: OpenDrive,
  say: VerifyOptions['say'],
) {
  const findings: string[] = [];
  const own = await destination.address();
  const listed = new Map<string, Promise<Readers | undefined>>();
  const readersOf = (id: string) => {
    if (!listed.has(id)) listed.set(id, destination.readers(id));
    return listed.get(id)!;
  };
  /** Who can open a file through its folder; undefined if unknown. */
  const throughFolder = async (id: string): Promise<Readers | undefined> => {
    const { parents: [parent] = [], inheritedPermissionsDisabled: isLimited } = (await destination.get(id)) ?? {};
    const above = parent === undefined ? new Map<string, Reach>() : await readersOf(parent);
    if (!above || !isLimited) return above;
    return new Map([...above].filter(([who, { role }]) => role === 'organizer' || who === own));
  };
  const arrived = items.filter((item) => hasCopy(item) && item.undone !== 'trashed' && item.kind !== 'shortcut');
  let read = 0;
  await inParallel(arrived, async ({ path, destinationId = '', way }) => {
    const readers = await readersOf(destinationId);
    if (!readers) {
      // One that is gone is reported elsewhere.
      if (await destination.get(destinationId))
        say(`! ${path}: who can open it may not be read, so nobody was compared.`);
      return;
    }
    read++;
    const lines = grants.get(destinationId) ?? [];
    const set = lines.filter(isPermission);
    const copy = lines.length > set.length ? await destination.get(destinationId) : undefined;
    if (copy) for (const wrong of wrongRestrictions(lines, copy)) findings.push(`${path}: ${wrong}`);
    for (const grant of set) {
      const wrong = grant.outcome === 'equal' && lacking(grant, reachOf(grant, readers));
      if (wrong) findings.push(`${path}: ${wrong}`);
    }
    const above = await throughFolder(destinationId);
    if (!above) return say(`! ${path}: who can open the folder that it is in may not be read, so nobody was compared.`);
    const stated = set.filter(({ isRemoved }) => !isRemoved);
    for (const [who, reach] of readers) {
      const allowed = stated.filter((grant) => isOf(grant, who, reach));
      if (reach.role === 'owner' || [...allowed, above.get(who)].some((each) => covers(each, reach))) continue;
      const more = `${path}: ${who} is ${inWords(reach)}, which the report does not state`;
      // Only the owner knows the earlier permissions.
      if (way === 'merged') say(`! ${more}; the folder was there before, and what its owner has given stays`);
      else findings.push(`${more} (was it shared afterwards?)`);
    }
  });
  say(`Access of ${read} copies read.`);
  return findings;
}

/** The result of comparing an item; empty for items that were not copied. */
interface Comparison {
  proven?: true;
  /** Proven without a checksum. */
  present?: true;
  changed?: string;
  wrong?: string;
}

const hasCopy = ({ state }: Item) => state === 'verified' || state === 'unverified';

/** The ids of copies by those of their originals; undefined for originals without one. */
const copiesIn = ({ items }: Report) =>
  new Map(items.map((item) => [item.sourceId, hasCopy(item) ? item.destinationId : undefined]));

/**
 * Describes a shortcut that leads to another item than it should: the copy of its target or, if that was not selected,
 * the target itself. Undefined if it leads there, or cannot be compared.
 */
function leadsElsewhere(copies: ReturnType<typeof copiesIn>, original: DriveFile | undefined, copy: DriveFile) {
  const [target, actual] = [original, copy].map((file) => file?.shortcutDetails?.targetId);
  if (target === undefined || actual === undefined) return undefined;
  const expected = copies.has(target) ? copies.get(target) : target;
  if (expected === undefined || actual === expected) return undefined;
  return `the shortcut leads to ${actual}, not to ${expected === target ? 'its target' : 'the copy of its target'} ${expected}`;
}

/**
 * @param copies as `copiesIn` returns them
 * @param open both sides, if bytes are compared
 */
async function compare(
  item: Item,
  copies: ReturnType<typeof copiesIn>,
  source: Drive,
  destination: Drive,
  open: VerifyOptions['open'],
): Promise<Comparison> {
  if (!hasCopy(item) || item.undone === 'trashed') return {};
  const copy = await destination.get(item.destinationId);
  if (!copy) return { wrong: 'the copy is gone from the destination' };
  if (copy.trashed) return { wrong: 'the copy is in the trash of the destination' };
  const original = await source.get(item.sourceId);
  if (item.original === 'trashed' && original && !original.trashed)
    return { wrong: 'the report says that the original is in the trash, and it is not' };
  if (copy.mimeType !== item.mimeType) return { wrong: `the copy is of type ${copy.mimeType}, not ${item.mimeType}` };
  if (item.kind !== 'file') {
    const wrong = leadsElsewhere(copies, original, copy);
    return wrong ? { wrong } : { proven: true, present: true };
  }

  const kind = item.checksumKind ?? (copy.sha256Checksum ? 'sha256' : 'md5');
  const reported = item.checksum;
  const there = copy[`${kind}Checksum`];
  const here = original?.[`${kind}Checksum`];
  if (item.size !== null && Number(copy.size) !== item.size)
    return {
      [here === there && here ? 'changed' : 'wrong']: `the copy has ${copy.size} bytes, the report says ${item.size}`,
    };
  if (here && there && here === there) {
    if (open) {
      const [one, other] = [await open.source.digest(item.sourceId), await open.destination.digest(item.destinationId)];
      if (one === undefined || other === undefined) return { wrong: 'a side was deleted while it was compared' };
      if (one !== other) return { wrong: 'the bytes of the copy differ from those of the original' };
    }
    return { proven: true };
  }
  if (reported && there && there !== reported) return { wrong: `the copy's ${kind} is not the one that was reported` };
  if (original && here && here !== there) return { changed: 'the original was edited after the transfer' };
  return reported && there === reported
    ? { changed: 'the original is gone; the copy is as it was reported' }
    : { wrong: 'Google states no checksum to compare' };
}

/**
 * Lists the source again: items that existed when the report was created but are not in it are missing, unless its
 * filter excluded as many.
 */
async function missingFrom(report: Report, source: Drive, say: VerifyOptions['say']) {
  const { items, generatedAt, filteredOut } = report;
  const known = new Map(items.map(({ sourceId, path }) => [sourceId, path]));
  /** In the place of a shortcut that was followed is its target. */
  const isKnown = ({ id, shortcutDetails: { targetId = '' } = {} }: Child, path: string) =>
    known.has(id) || known.get(targetId) === path;
  const madeBefore = ({ createdTime }: Child) => !generatedAt || !createdTime || createdTime < generatedAt;
  const missing: { path: string; isFolder: boolean }[] = [];
  const mayBeFiltered = filteredOut === undefined && items.some(({ code }) => code === 'filtered_empty');
  const folders = items
    .filter(({ kind, state, code }) => kind === 'folder' && !(state === 'skipped' && code === 'filtered_empty'))
    .map(({ sourceId, path }) => ({ sourceId, within: `${path}/` }));
  const myDrive = await selectedMyDrive(report, source);
  if (myDrive) folders.push({ sourceId: myDrive.id, within: '' });
  if (myDrive === undefined)
    say(
      '! The report does not say whether all of My Drive was selected, so its top was not listed: an item that is missing there is not found.',
    );
  await inParallel(folders, async ({ sourceId, within }) => {
    for (const child of (await source.children(sourceId)) ?? []) {
      const path = `${within}${child.name.replaceAll('/', '∕')}`;
      if (!isKnown(child, path) && madeBefore(child)) missing.push({ path, isFolder: child.mimeType === FOLDER });
    }
  });
  const files = missing.filter(({ isFolder }) => !isFolder).length;
  const isByFilter = files > 0 && files <= (filteredOut ?? 0);
  if (isByFilter)
    say(
      `! In the source and not in the report: ${number(files)}. The filter excluded ${filteredOut === Infinity ? 'some' : number(filteredOut!)}, so these were not compared one by one.`,
    );
  const tooFew = filteredOut === undefined ? '' : ` (the filter excluded only ${number(filteredOut)})`;
  const hint = mayBeFiltered ? ' (did a filter leave it out?)' : tooFew;
  return missing
    .filter(({ isFolder }) => isFolder || !isByFilter)
    .map(({ path, isFolder }) => `${path}: is in the source and not in the report${isFolder ? '' : hint}`);
}

/**
 * The top of My Drive if it was selected, and so all that is in it; null if it was not, undefined if the report does not
 * say. The report lists what is in it, not itself, but it names it in the selection.
 */
async function selectedMyDrive({ items, selected }: Report, source: Drive): Promise<DriveFile | null | undefined> {
  if (!selected) return undefined;
  // In a path, a slash only separates names; those in names look alike.
  const tops = new Set(items.filter(({ path }) => !path.includes('/')).map(({ name }) => name));
  const unlisted = selected.filter((name) => !tops.has(name));
  if (unlisted.length === 0) return null;
  const top = await source.get('root');
  return top && unlisted.includes(top.name) ? top : undefined;
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<void>) {
  // A generator, which the first failure ends for the others, too.
  const queue = (function* () {
    yield* items;
  })();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
