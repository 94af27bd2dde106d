// The default responses of the API, and builders for them. The stage checks each against openapi.json.
import type {
  File,
  Item,
  SessionValidation,
  SharingChoices,
  TransferCounts,
  Transfer,
  TransferLinks,
} from '../../src/app/api/models';
import type { Side } from '../support/portal.ts';
import { problem, stream, type Question } from './stage.ts';

/** The time of the screenshots. */
export const NOW = '2026-11-24T10:22:00.000Z';
const HOUR_MS = 3_600_000;

/** The time this many minutes before (or, if negative, after) {@link NOW}. */
export const minutesAgo = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

export const ANA = { email: 'ana.ruiz@northwind.example', name: 'Ana Ruiz' };
export const ARCHIVE = { email: 'drive-archive@contoso.example', name: 'Contoso Archive' };
export const PEOPLE = { source: ANA, destination: ARCHIVE };

const DOCUMENT = {
  file: 'application/pdf',
  folder: 'application/vnd.google-apps.folder',
  google: 'application/vnd.google-apps.document',
  shortcut: 'application/vnd.google-apps.shortcut',
};
let made = 0;

/** A file or folder of a Drive. */
export function aFile(parts: Partial<File> = {}): File {
  const folder = parts.kind === 'folder';
  const number = ++made;
  return {
    id: `file${number}`,
    name: `File ${number}`,
    kind: 'file',
    mimeType: DOCUMENT[parts.kind ?? 'file'],
    size: folder || parts.kind === 'google' ? null : 2_097_152,
    createdTime: '2026-01-01T10:00:00.000Z',
    modifiedTime: '2026-11-12T10:00:00.000Z',
    ownedByMe: true,
    canCopy: !folder,
    canDownload: true,
    canAddChildren: folder,
    starred: false,
    shared: false,
    ...parts,
  };
}

const ZERO = { found: 0, verified: 0, unverified: 0, failed: 0, skipped: 0, checking: 0, copying: 0, waiting: 0 };

const WORKING = ['running', 'finishing', 'updating', 'linking', 'pausing', 'canceling'];

/** For a transfer that carries no permissions over. */
export const NO_SHARING: SharingChoices = {
  mode: 'none',
  unmapped: 'keep',
  links: 'keep',
  owner: 'drop',
  outsiders: 'keep',
  notify: false,
  lines: 0,
};

/** For a transfer that leaves the links in documents as they are. */
export const NO_LINKS: TransferLinks = {
  mode: 'leave',
  found: 0,
  waiting: 0,
  rewritten: 0,
  outside: 0,
  unsupported: 0,
  failed: 0,
  documents: { read: 0, unread: [] },
  reasons: [],
  apiOff: [],
};

/** The fields of a transfer that differ from the defaults. */
export type TransferParts = Partial<Omit<Transfer, 'counts'>> & { counts?: Partial<TransferCounts> };

/** A transfer. Items that `counts` does not mention are waiting. */
export function aTransfer({ counts, ...parts }: TransferParts = {}): Transfer {
  const { found = 12_517, ...given }: Partial<TransferCounts> = counts ?? {
    verified: 7702,
    checking: 38,
    copying: 24,
    failed: 5,
    skipped: 37,
  };
  const works = WORKING.includes(parts.state ?? 'running');
  const waiting = found - Object.values(given).reduce((sum, count) => sum + count, 0);
  return {
    id: 'tr_7KQ2M9',
    state: 'running',
    mode: 'copy',
    options: { conflict: 'keepBoth', shortcuts: 'rebuild', allowConversion: false },
    createdAt: minutesAgo(74),
    startedAt: minutesAgo(68),
    source: ANA,
    destination: ARCHIVE,
    target: { folderId: 'archive', folderName: 'Archive', newFolderName: 'From Ana Ruiz, 24 Nov 2026' },
    selection: { count: 7, names: ['Board decks', 'Brand', 'Contracts', 'Finance', 'Offsite'] },
    counts: { ...ZERO, ...given, waiting, found },
    bytes: { found: 197_783_244_800, verified: 120_903_329_382, copying: 3_221_225_472 },
    activeSeconds: 68 * 60,
    rate: works ? { itemsPerSecond: 1.9, bytesPerSecond: 29_360_128 } : { itemsPerSecond: 0, bytesPerSecond: 0 },
    etaSeconds: 2520,
    slowDowns: 4,
    usage: {
      requests: 15_920,
      units: 641_300,
      forecast: 1_012_500,
      byClass: [
        { class: 'get', requests: 4_180, units: 20_900 },
        { class: 'list', requests: 1_240, units: 124_000 },
        { class: 'download', requests: 47, units: 9_400 },
        { class: 'edit', requests: 9_740, units: 487_000 },
      ],
      bytesIn: 3_221_225_472,
      bytesOut: 3_221_225_472,
    },
    ways: { serverCopy: 7120, relay: 47, export: 0, created: 541, merged: 0 },
    failureGroups: given.failed
      ? [
          {
            code: 'rate_limited',
            state: 'failed',
            title: 'Too many requests.',
            advice: 'Try again later.',
            count: given.failed,
            retryable: true,
          },
        ]
      : [],
    skipGroups: [],
    grants: { open: 5, withdrawn: 0 },
    verification: { closingCheck: false, checksum: 6010, presence: 1692 },
    notCarried: ['Sharing and comments', 'Version history', 'Stars'],
    allowedActions: ['pause', 'cancel', 'report'],
    consents: {},
    sharing: {
      ...{ ...NO_SHARING, wanted: 0, equal: 0, narrower: 0, wider: 0, left: 0, waiting: 0, unreadable: 0, reasons: [] },
      restrictions: { wanted: 0, applied: 0, refused: 0, waiting: 0, reasons: [] },
    },
    links: NO_LINKS,
    withdrawn: [],
    revision: 1,
    ...parts,
  };
}

/** An item of a transfer. */
export const anItem = (ordinal: number, parts: Partial<Item> = {}): Item => ({
  ordinal,
  path: `Finance/2021/Statement ${ordinal}.pdf`,
  name: `Statement ${ordinal}.pdf`,
  kind: 'file',
  mimeType: DOCUMENT[parts.kind ?? 'file'],
  size: 1_887_436,
  sourceId: `source${ordinal}`,
  state: 'verified',
  attempts: 1,
  ...parts,
});

/** The time left of each side's session, in milliseconds; undefined: it has ended. */
export type LeftMs = Partial<Record<Side, number>>;

/** Replies with the session of the request's token. */
const validation = (leftMs: LeftMs) => (question: Question) => {
  const side = question.headers['x-source-token'] ? 'source' : 'destination';
  if (!question.headers[`x-${side}-token`]) return problem(401, 'token_missing', 'A token is missing');
  const left = leftMs[side];
  if (left === undefined) return problem(401, 'session_expired', 'The session has ended', { side });
  return {
    valid: true,
    type: side,
    account: PEOPLE[side],
    readOnly: false,
    connectedAt: minutesAgo(240),
    expiresAt: new Date(Date.parse(NOW) + left).toISOString(),
    expiresIn: left / 1000,
  } satisfies SessionValidation;
};

/** An API of empty Drives without transfers. */
export const calm = (leftMs: LeftMs = { source: 20 * HOUR_MS, destination: 20 * HOUR_MS }) => ({
  'GET /api/about': {
    version: '0.1.0',
    sandbox: false,
    publicUrl: 'http://127.0.0.1:3000',
    mailAvailable: true,
    apiDocs: true,
    limits: {
      itemsPerTransfer: 2_000_000,
      pageSize: 1000,
      bodyBytes: 102_400,
      requestsPerMinute: 1200,
      sessionSeconds: 86_400,
    },
  },
  'GET /session/validate': validation(leftMs),
  'GET /session/active': { sessions: [] },
  'GET /drive-info': ({ headers }: Question) => ({
    ...(headers['x-source-token'] ? ANA : ARCHIVE),
    storage: {
      limit: 2_199_023_255_552,
      used: 1_099_511_627_776,
      usedInDrive: 989_560_464_998,
      usedInTrash: 1_073_741_824,
    },
    readOnly: false,
  }),
  'GET /list-files': { files: [], incompleteSearch: false },
  'GET /list-folders': { files: [], incompleteSearch: false },
  'GET /api/drives': { drives: [] },
  'GET /api/folders/{id}/path': { path: [{ id: 'root', name: 'My Drive' }], top: 'my_drive', canAddChildren: true },
  'GET /api/transfers': { transfers: [] },
  'GET /api/transfers/events': stream('Transfer'),
});
