import { SandboxUsageError } from '../http/errors.ts';

/**
 * Behaviour of Google that no source settles: a switch for each, with the possible answers. The default is the likelier
 * answer, or the harder one for a client; a reliable client passes its tests with every answer.
 */
const CHOICES = {
  /** A `pageSize` beyond the maximum: the reference says it is reduced, clients observed a 400. */
  pageSizeAboveMaximum: ['refuse', 'coerce'],
  /** Whether `properties` and `appProperties` survive a copy that does not name them. */
  copyKeepsProperties: [true, false],
  /** A pre-generated id for a new or copied Google document: an error, or ignored. */
  idOnDocs: ['refuse', 'ignore'],
  /** The reason of the 409 for an id that is taken. */
  takenIdReason: ['fileIdInUse', 'conflict'],
  /** The response to deletions: 204, or an empty object. */
  deleteAnswer: ['noContent', 'emptyObject'],
  /** Whether `gzip` in Accept-Encoding makes downloads arrive encoded. */
  gzipDownloads: [false, true],
  /** The reason of a download that is not allowed. */
  downloadRefusal: ['cannotDownloadFile', 'insufficientFilePermissions'],
  /** Whether scripts, jams and videos can be copied. */
  copyableScripts: [true, false],
  copyableJams: [false, true],
  copyableVideos: [false, true],
  /** A chunk, not the last, that is not a multiple of 256 KiB: its whole quanta are stored, or it is refused. */
  unevenChunks: ['keepWhole', 'refuse'],
  /** Whether adding or removing an item changes a folder's modifiedTime. */
  folderTimeMoves: [true, false],
  /** Whether `name = '…'` ignores case. */
  nameEqualityIgnoresCase: [true, false],
  /** Whether a web client may use PKCE together with its secret. */
  pkceWithSecret: [true, false],
  /** Whether downloads support a Range. */
  downloadRanges: [true, false],
  /** Whether a copied Google document accepts a `modifiedTime`. */
  docCopyTakesTime: [false, true],
  /** Whether a copied blob accepts a `description`. */
  copyTakesDescription: [true, false],
  /** The reason of a change of a file whose content is read-only. */
  readOnlyRefusal: ['insufficientFilePermissions', 'fileNeverWritable'],
  /** How sharing out of a domain that forbids it is refused: by 403, by 400, or by refusing the change itself. */
  shareOutRefusal: ['forbidden', 'badRequest', 'aclChangeNotAllowed'],
  /** The highest role with an expiration time on a folder: the guide says reader, GAM commenter. */
  folderExpiry: ['reader', 'commenter'],
  /** Whether a member of a shared drive can grant a role higher than their own. */
  sharingAboveOwnRole: [false, true],
  /** Overlapping changes of an item's permissions: the last reverts the others, is refused, or all succeed. */
  overlappingShares: ['lastWins', 'refuse', 'serialize'],
  /** The reason of changing an inherited permission in a shared drive: the newer one, or `…TeamDrivePermission`. */
  inheritedPermissionReason: ['plain', 'teamDrive'],
  /** Whether the Docs API styles text with a suggested insertion or deletion, or refuses. */
  suggestedText: ['edit', 'refuse'],
  /** Whether a copy counts against the daily 750 GB, as an upload does. */
  copiesCountForTheDay: [true, false],
  /** Whether errors count for the bill: Google says that they do not for Calendar, and nothing about Drive. */
  errorsAreBilled: [true, false],
  /** The directory's response to a page token older than three days: 400 `invalid`, or 410. */
  expiredDirectoryToken: ['invalid', 'gone'],
  /** Delegation for a suspended person: an error that says so, the error for an unknown address, or a token. */
  suspendedSubject: ['disabled', 'unknown', 'token'],
  /** Whether withdrawing a delegation revokes its tokens, or they stay valid until they expire. */
  withdrawalEndsTokens: [true, false],
  /** Drive's error for a person without a licence (`DRIVE_USER_THROW_REASONS` of GAM has both). */
  withoutDriveLicence: ['domainPolicy', 'authError'],
  /** Whether a copied spreadsheet may import from the same spreadsheets as its original: a person allows each pair. */
  copyKeepsImports: [false, true],
  /** Whether a cell that contains only a web address has a `hyperlink`. */
  bareUrlsAreLinks: [true, false],
  /** Whether findReplace keeps the runs, and so the links, of a text that it changes. */
  findReplaceKeepsRuns: [false, true],
} as const;

type Choices = typeof CHOICES;
type Loose<T> = T extends boolean ? boolean : T;
/** The answer chosen for each switch. */
export type Switches = { -readonly [K in keyof Choices]: Loose<Choices[K][number]> };

/** All switches with their possible answers, the default first. */
export const SWITCHES: Readonly<Record<keyof Switches, readonly (string | boolean)[]>> = CHOICES;

export const DEFAULT_SWITCHES: Readonly<Switches> = Object.freeze(
  Object.fromEntries(Object.entries(CHOICES).map(([name, [first]]) => [name, first])) as Switches,
);

/** @throws SandboxUsageError naming an unknown switch or answer. */
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

/** Limits that Google documents, and that a test can lower. */
export interface Limits {
  /** Items in one folder, except the root of My Drive ("Create and populate folders"). */
  childrenPerFolder: number;
  /** Levels of folders in My Drive and in a shared drive. */
  folderDepth: number;
  /** Items that one account may have created. */
  itemsPerAccount: number;
  /** Items in a shared drive, including its trash ("Shared drive limits"). */
  itemsPerDrive: number;
  membersPerDrive: number;
  /** Groups that an item of a shared drive is shared with. */
  groupsPerItem: number;
  /** People that a file is shared with. */
  peoplePerItem: number;
  /** Maximum bytes of a file that is copied or uploaded. */
  copyBytes: number;
  uploadBytes: number;
  /** Maximum bytes of an export. */
  exportBytes: number;
  /** Custom properties of a file: in total, public, and private ones of one app ("Add custom file properties"). */
  propertiesPerFile: number;
  publicProperties: number;
  privateProperties: number;
  /** Earlier contents of a file that are kept: those that are not pinned, and pinned ones. */
  revisions: number;
  pinnedRevisions: number;
  /** Validity of a page token of files.list in milliseconds: Google says "several hours". */
  pageTokenMs: number;
  /** Milliseconds after which trashed items, and revisions that are not pinned, are deleted. */
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

/** @throws SandboxUsageError naming a limit that is unknown or not a number. */
export function limitsFrom(input: unknown): Limits {
  const limits: Limits = { ...DEFAULT_LIMITS };
  for (const [name, value] of entriesOf('limits', input)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new SandboxUsageError(`Unknown limit "${name}"; known are ${Object.keys(DEFAULT_LIMITS).join(', ')}.`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new SandboxUsageError(`limits.${name} must be a number, 0 or more.`);
    limits[name as keyof Limits] = value;
  }
  return limits;
}

function entriesOf(name: string, input: unknown): [string, unknown][] {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new SandboxUsageError(`${name} must be an object.`);
  return Object.entries(input);
}
