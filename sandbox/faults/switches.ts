import { SandboxUsageError } from '../http/errors.ts';

/**
 * What no source settles about Google, each a choice between the answers it may give. The default is what we think
 * likelier, or what costs a client more; a client that is to be trusted passes under both.
 */
const CHOICES = {
  /** A `pageSize` beyond the maximum: the reference says it is coerced, others saw a 400. */
  pageSizeAboveMaximum: ['refuse', 'coerce'],
  /** Whether `properties` and `appProperties` survive a copy that does not name them. */
  copyKeepsProperties: [true, false],
  /** A pre-generated id for a Google document, new or copied: an error, or taken no notice of. */
  idOnDocs: ['refuse', 'ignore'],
  /** The reason of the 409 for an id that is taken. */
  takenIdReason: ['fileIdInUse', 'conflict'],
  /** What deletions answer with: 204, or an empty object. */
  deleteAnswer: ['noContent', 'emptyObject'],
  /** Whether `gzip` in Accept-Encoding makes downloads arrive encoded. */
  gzipDownloads: [false, true],
  /** The reason of a download that is not allowed. */
  downloadRefusal: ['cannotDownloadFile', 'insufficientFilePermissions'],
  /** Whether scripts, jams and videos can be copied. */
  copyableScripts: [true, false],
  copyableJams: [false, true],
  copyableVideos: [false, true],
  /** A chunk that is no multiple of 256 KiB and not the last: its whole quanta are kept, or it is refused. */
  unevenChunks: ['keepWhole', 'refuse'],
  /** Whether a folder's modifiedTime moves when something comes into it or goes. */
  folderTimeMoves: [true, false],
  /** Whether `name = '…'` takes no notice of case. */
  nameEqualityIgnoresCase: [true, false],
  /** Whether a web client may prove itself by PKCE and its secret together. */
  pkceWithSecret: [true, false],
  /** Whether downloads heed a Range. */
  downloadRanges: [true, false],
  /** Whether a copied Google document accepts a `modifiedTime`. */
  docCopyTakesTime: [false, true],
  /** Whether a copied blob accepts a `description`. */
  copyTakesDescription: [true, false],
  /** The reason of a change of a file whose content is read-only. */
  readOnlyRefusal: ['insufficientFilePermissions', 'fileNeverWritable'],
  /** How sharing out of a domain that forbids it is refused: by 403, by 400, or by a refusal of the change as such. */
  shareOutRefusal: ['forbidden', 'badRequest', 'aclChangeNotAllowed'],
  /** The highest role that can end by itself on a folder: the guide says reader, GAM commenter. */
  folderExpiry: ['reader', 'commenter'],
  /** Whether somebody in a shared drive can give a higher role than their own. */
  sharingAboveOwnRole: [false, true],
  /** Of requests that change one item's permissions at once: the last undoes the others, is refused, or all succeed. */
  overlappingShares: ['lastWins', 'refuse', 'serialize'],
  /** The reason for a change of what a shared drive's item inherits: the newer one, or `…TeamDrivePermission`. */
  inheritedPermissionReason: ['plain', 'teamDrive'],
  /** Whether the Docs API styles text that somebody suggested to insert or delete, or refuses. */
  suggestedText: ['edit', 'refuse'],
  /** Whether a copy counts for the 750 GB of the day as an upload does. */
  copiesCountForTheDay: [true, false],
  /** Whether errors count for the bill: Google says that they do not for Calendar's allowance, and nothing of Drive's. */
  errorsAreBilled: [true, false],
  /** What the directory answers to a page token older than three days: 400 `invalid`, or 410. */
  expiredDirectoryToken: ['invalid', 'gone'],
  /** What delegation to a suspended person gives: a refusal that says so, one as for an unknown address, or a token. */
  suspendedSubject: ['disabled', 'unknown', 'token'],
  /** Whether a delegation that is withdrawn ends the tokens it gave, or lets them live out their hour. */
  withdrawalEndsTokens: [true, false],
  /** Drive's answer to a person for whom it is not switched on (`DRIVE_USER_THROW_REASONS` of GAM has both). */
  withoutDriveLicence: ['domainPolicy', 'authError'],
  /** Whether a copied spreadsheet may import from where its original may: each pair is allowed by a person. */
  copyKeepsImports: [false, true],
  /** Whether `hyperlink` is filled for a cell that holds a bare address and nothing else. */
  bareUrlsAreLinks: [true, false],
  /** Whether findReplace leaves a cell's runs, and so its links, in a text that it changes. */
  findReplaceKeepsRuns: [false, true],
} as const;

type Choices = typeof CHOICES;
type Loose<T> = T extends boolean ? boolean : T;
/** One answer for each open question. */
export type Switches = { -readonly [K in keyof Choices]: Loose<Choices[K][number]> };

/** All questions with their possible answers, the default first. */
export const SWITCHES: Readonly<Record<keyof Switches, readonly (string | boolean)[]>> = CHOICES;

export const DEFAULT_SWITCHES: Readonly<Switches> = Object.freeze(
  Object.fromEntries(Object.entries(CHOICES).map(([name, [first]]) => [name, first])) as Switches,
);

/** @throws SandboxUsageError naming the switch or the answer that does not exist. */
export function switchesFrom(input: unknown): Switches {
  const settings: Record<string, string | boolean> = { ...DEFAULT_SWITCHES };
  for (const [name, value] of entriesOf('switches', input)) {
    const answers = Object.hasOwn(SWITCHES, name) ? SWITCHES[name as keyof Switches] : undefined;
    if (!answers)
      throw new SandboxUsageError(`Unknown switch "${name}"; known are ${Object.keys(SWITCHES).join(', ')}.`);
    const answer = answers.find((each) => each === value);
    if (answer === undefined) throw new SandboxUsageError(`switches.${name} must be one of ${answers.join(', ')}.`);
    settings[name] = answer;
  }
  return settings as Switches;
}

/** Numbers that Google documents, and that a test may make small. */
export interface Limits {
  /** Items in one folder, My Drive's top excepted ("Create and populate folders"). */
  childrenPerFolder: number;
  /** Folders inside each other, in My Drive and in a shared drive. */
  folderDepth: number;
  /** Items one person may have created. */
  itemsPerAccount: number;
  /** Items in a shared drive, its trash included ("Shared drive limits"). */
  itemsPerDrive: number;
  membersPerDrive: number;
  /** Groups on an item of a shared drive. */
  groupsPerItem: number;
  /** People one file is shared with. */
  peoplePerItem: number;
  /** Bytes of a file that may be copied or uploaded. */
  copyBytes: number;
  uploadBytes: number;
  /** Bytes an export may have. */
  exportBytes: number;
  /** Custom properties of a file in all, the public ones, and those of one app ("Add custom file properties"). */
  propertiesPerFile: number;
  publicProperties: number;
  privateProperties: number;
  /** Earlier contents of a file that are kept though nobody pinned them, and pinned ones. */
  revisions: number;
  pinnedRevisions: number;
  /** How long a page token of files.list is good, in milliseconds: Google says "several hours". */
  pageTokenMs: number;
  /** After this many milliseconds the trash is emptied, and revisions that nobody pinned go. */
  trashMs: number;
  revisionMs: number;
}

const HOUR = 3_600_000;

export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  childrenPerFolder: 500_000,
  folderDepth: 100,
  itemsPerAccount: 500_000_000,
  itemsPerDrive: 500_000,
  membersPerDrive: 600,
  groupsPerItem: 100,
  peoplePerItem: 600,
  copyBytes: 750e9,
  uploadBytes: 5 * 1024 ** 4,
  exportBytes: 10 * 1024 * 1024,
  propertiesPerFile: 100,
  publicProperties: 30,
  privateProperties: 30,
  revisions: 100,
  pinnedRevisions: 200,
  pageTokenMs: 6 * HOUR,
  trashMs: 30 * 24 * HOUR,
  revisionMs: 30 * 24 * HOUR,
});

/** @throws SandboxUsageError naming the limit that is unknown or no number. */
export function limitsFrom(input: unknown): Limits {
  const limits: Limits = { ...DEFAULT_LIMITS };
  for (const [name, value] of entriesOf('limits', input)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new SandboxUsageError(`Unknown limit "${name}"; known are ${Object.keys(DEFAULT_LIMITS).join(', ')}.`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new SandboxUsageError(`limits.${name} must be a number that is not negative.`);
    limits[name as keyof Limits] = value;
  }
  return limits;
}

function entriesOf(name: string, input: unknown): [string, unknown][] {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new SandboxUsageError(`${name} must be an object.`);
  return Object.entries(input);
}
