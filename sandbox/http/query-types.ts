import { GoogleError, googleError } from './errors.ts';

const SUPPORT = ['supportsAllDrives', 'supportsTeamDrives'] as const;
const OTHER_DRIVES = [...SUPPORT, 'includeItemsFromAllDrives', 'includeTeamDriveItems'] as const;
const OWN_DRIVE = [...SUPPORT, 'enforceSingleParent'] as const;
const WRITES = [...OWN_DRIVE, 'ignoreDefaultVisibility', 'keepRevisionForever', 'useContentAsIndexableText'] as const;
const SHARES = [...SUPPORT, 'useDomainAdminAccess'] as const;

/**
 * The boolean parameters of each operation (`parameters` in the discovery documents). An operation ignores those of
 * others, whatever their values.
 */
const FLAGS = {
  'files.list': OTHER_DRIVES,
  'files.get': [...SUPPORT, 'acknowledgeAbuse'],
  'files.download': [...SUPPORT, 'acknowledgeAbuse'],
  'files.create': WRITES,
  'files.update': WRITES,
  'files.upload': WRITES,
  'files.upload.start': WRITES,
  'files.copy': [...WRITES, 'copyComments'],
  'files.delete': OWN_DRIVE,
  'files.emptyTrash': ['enforceSingleParent'],
  'permissions.list': SHARES,
  'permissions.get': SHARES,
  'permissions.create': [
    ...SHARES,
    'enforceSingleParent',
    'moveToNewOwnersRoot',
    'sendNotificationEmail',
    'transferOwnership',
    'enforceExpansiveAccess',
  ],
  'permissions.update': [...SHARES, 'removeExpiration', 'transferOwnership', 'enforceExpansiveAccess'],
  'permissions.delete': [...SHARES, 'enforceExpansiveAccess'],
  'changes.getStartPageToken': SUPPORT,
  'changes.list': [...OTHER_DRIVES, 'includeCorpusRemovals', 'includeRemoved', 'restrictToMyDrive'],
  'comments.list': ['includeDeleted'],
  'comments.get': ['includeDeleted'],
  'replies.list': ['includeDeleted'],
  'replies.get': ['includeDeleted'],
  'revisions.list': [],
  'revisions.get': ['acknowledgeAbuse'],
  'revisions.download': ['acknowledgeAbuse'],
  'drives.list': ['useDomainAdminAccess'],
  'drives.get': ['useDomainAdminAccess'],
  'drives.update': ['useDomainAdminAccess'],
  'drives.delete': ['allowItemDeletion', 'useDomainAdminAccess'],
  'documents.get': ['includeTabsContent'],
  'spreadsheets.get': ['includeGridData', 'excludeTablesInBandedRanges'],
  'spreadsheets.values.update': ['includeValuesInResponse'],
  'spreadsheets.values.append': ['includeValuesInResponse'],
} as const satisfies Record<string, readonly string[]>;

/** A boolean parameter of a modelled operation. */
export type Flag = (typeof FLAGS)[keyof typeof FLAGS][number];

type Type = 'TYPE_BOOL' | 'TYPE_INT32';

/** The types of each operation's parameters; those that are not listed are texts, which any value fits. */
const TYPES = new Map<string, ReadonlyMap<string, Type>>();
for (const [operation, names] of Object.entries<readonly string[]>(FLAGS)) {
  const types = new Map<string, Type>();
  for (const name of names) types.set(name, 'TYPE_BOOL');
  // Sheets, Docs and single items have no pages.
  if (operation.endsWith('.list')) types.set('pageSize', 'TYPE_INT32');
  TYPES.set(operation, types);
}

const BOOLEAN = /^(?:true|t|yes|y|1|false|f|no|n|0)$/i;
const OFF = /^(?:false|f|no|n|0)$/i;
const MAX_INT32 = 2 ** 31 - 1;

/** The last operation for which a query was found right: clients repeat a few, which are parsed once (`Exchange`). */
const found = new WeakMap<URLSearchParams, string>();

/**
 * Checks booleans and page sizes as protobuf reads them: each value of a repeated parameter, and empty ones too. Google
 * does so after the credentials and before anything else, and names every wrong value in one answer. Measured by
 * brekkylab/backlot (issues 337 and 339, `invalid_field_values` in `backlot/errors/google.py`).
 * @throws GoogleError 400 `invalid` with `status` and `details`
 */
export function checkQueryTypes(operation: string, query: URLSearchParams): void {
  if (query.size === 0 || found.get(query) === operation) return;
  const types = TYPES.get(operation);
  if (!types) return;
  const wrong: { field: string; description: string }[] = [];
  for (const [name, value] of query) {
    const type = types.get(name);
    if (type === undefined || fits(type, value)) continue;
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    wrong.push({ field, description: `Invalid value at '${field}' (${type}), ${JSON.stringify(value)}` });
  }
  if (wrong.length > 0) throw wrongTypes(wrong);
  found.set(query, operation);
}

function fits(type: Type, value: string): boolean {
  if (type === 'TYPE_BOOL') return BOOLEAN.test(value);
  return /^[+-]?\d+$/.test(value) && Math.abs(Number(value)) <= MAX_INT32;
}

/** The error of values that do not fit the types of their fields; all are named in one message. */
export function wrongTypes(violations: readonly { field: string; description: string }[]): GoogleError {
  const why = violations.map(({ description }) => description).join('\n');
  const { status, reason, message, details } = googleError('wrongType', { why });
  return new GoogleError(status, reason, message, { ...details, fieldViolations: violations });
}

/**
 * Whether a boolean parameter is on; only the word `true` switches one on, in any case. `1` and `yes` are booleans too
 * (`checkQueryTypes`), but Drive reads the word (brekkylab/backlot, issue 339).
 */
export function isOn(query: URLSearchParams, name: Flag): boolean {
  const value = query.get(name);
  // Without a regular expression in the usual cases, because every request asks for several.
  return value !== null && (value === 'true' || (value.length === 4 && value.toLowerCase() === 'true'));
}

/** Whether a parameter that is on by default is switched off. */
export function isOff(query: URLSearchParams, name: Flag): boolean {
  const value = query.get(name);
  return value !== null && OFF.test(value);
}

/** Whether a parameter of the editors' APIs is on: they read it as protobuf does, and of several the last one. */
export function isTrue(query: URLSearchParams, name: Flag): boolean {
  const value = query.getAll(name).at(-1);
  return value !== undefined && BOOLEAN.test(value) && !OFF.test(value);
}
