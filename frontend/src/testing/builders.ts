import { SharingChoices, TransferLinks } from '../app/api/models';
import { DriveItem } from '../app/features/browse/drive-item';
import { Transfer } from '../app/core/transfer-updates';
import { Preflight } from '../app/api/models/preflight';

let made = 0;

/** A file of the source's own; `kind: 'folder'` makes it a folder. */
export function anItem(parts: Partial<DriveItem> = {}): DriveItem {
  const folder = parts.kind === 'folder';
  return {
    id: `item${++made}`,
    name: `Item ${made}`,
    kind: 'file',
    mimeType: folder ? 'application/vnd.google-apps.folder' : 'application/pdf',
    size: folder ? null : 1024,
    createdTime: '2026-01-01T10:00:00.000Z',
    modifiedTime: '2026-11-12T10:00:00.000Z',
    ownedByMe: true,
    canCopy: true,
    canDownload: true,
    canAddChildren: folder,
    starred: false,
    shared: false,
    ...parts,
  };
}

const NO_SHARING: SharingChoices = {
  mode: 'none',
  unmapped: 'keep',
  links: 'keep',
  owner: 'drop',
  outsiders: 'keep',
  notify: false,
  lines: 0,
};
const NO_LINKS: TransferLinks = {
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
const NO_COUNTS = { found: 0, verified: 0, unverified: 0, failed: 0, skipped: 0, checking: 0, copying: 0, waiting: 0 };

type TransferParts = Omit<Partial<Transfer>, 'counts'> & { counts?: Partial<Transfer['counts']> };

/** A running copy of 100 items. Items that `counts` does not mention are waiting. */
export function aTransfer({ counts, ...parts }: TransferParts = {}): Transfer {
  const found = counts?.found ?? 100;
  const counted = Object.entries(counts ?? {}).reduce((sum, [key, count]) => (key === 'found' ? sum : sum + count), 0);
  return {
    id: 'tr1',
    state: 'running',
    mode: 'copy',
    options: { conflict: 'keepBoth', shortcuts: 'rebuild', allowConversion: false },
    createdAt: '2026-11-24T09:14:00.000Z',
    startedAt: '2026-11-24T09:14:00.000Z',
    source: { email: 'ana@example.com', name: 'Ana Ruiz' },
    destination: { email: 'archive@example.com', name: 'Archive' },
    target: { folderId: 'root', newFolderName: 'From Ana' },
    selection: { count: 2, names: ['Board decks', 'Brand'] },
    counts: { ...NO_COUNTS, waiting: found - counted, ...counts, found },
    bytes: { found: 4096, verified: 1024, copying: 0 },
    activeSeconds: 200,
    rate: { itemsPerSecond: 1.9, bytesPerSecond: 2048 },
    etaSeconds: 2520,
    slowDowns: 0,
    usage: { requests: 0, units: 0, byClass: [], bytesIn: 0, bytesOut: 0 },
    ways: { serverCopy: 7, relay: 2, export: 0, created: 1, merged: 0 },
    failureGroups: [],
    skipGroups: [],
    grants: { open: 2, withdrawn: 0 },
    verification: { closingCheck: false, checksum: 0, presence: 0 },
    notCarried: [],
    allowedActions: ['cancel', 'report'],
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

type PreflightParts = Omit<Partial<Preflight>, 'counts' | 'options'> & {
  counts?: Partial<Omit<Preflight['counts'], 'ways'>> & { ways?: Partial<Preflight['counts']['ways']> };
  options?: Partial<Preflight['options']>;
};

/** A completed count of 100 items to copy, 90 of them inside Google and 10 folders, with no problems. */
export function aPreflight({ counts, options, ...parts }: PreflightParts = {}): Preflight {
  const none = { items: 0, bytes: 0 };
  const created = { items: 10, bytes: 0 };
  return {
    id: 'pre1',
    state: 'ready',
    mode: 'copy',
    options: { conflict: 'keepBoth', shortcuts: 'rebuild', allowConversion: false, ...options },
    createdAt: new Date().toISOString(),
    countedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    source: { email: 'ana@example.com', name: 'Ana Ruiz' },
    destination: { email: 'archive@example.com', name: 'Archive' },
    target: { folderId: 'arc', folderName: 'Archive', newFolderName: 'From Ana' },
    selection: { count: 2, names: ['Board decks', 'Brand'] },
    problems: [],
    changedMeanwhile: { added: 0, removed: 0 },
    filteredOut: 0,
    conflicts: { skipped: 0, replaced: 0, merged: 0 },
    depth: { deepest: 3, limit: 100 },
    folderSize: { largest: { path: 'Brand', children: 40 }, limit: 500_000 },
    space: { limit: 16_106_127_360, used: 1_073_741_824, free: 15_032_385_536, needed: 1_048_576, fits: true },
    daily: { limit: 750e9, moved: 0, needed: 1_048_576 },
    estimate: { basis: 'documented', seconds: 50, itemsPerSecond: 2, bytesPerSecond: 20_000_000, units: 9_400 },
    checks: [
      { code: 'target_writable', ok: true, blocking: true, sentence: '“Archive” takes new items.' },
      { code: 'space_fits', ok: true, blocking: true, sentence: 'It fits.' },
      { code: 'daily_limit_fits', ok: true, blocking: false, sentence: 'It fits in a day.' },
      { code: 'depth_fits', ok: true, blocking: true, sentence: 'Flat enough.' },
      { code: 'folder_size_fits', ok: true, blocking: true, sentence: 'Small enough.' },
      { code: 'redis_room', ok: true, blocking: true, sentence: 'There is room.' },
    ],
    lossy: 0,
    sharing: NO_SHARING,
    links: { mode: 'leave', byKind: [], sample: 0, apiOff: [] },
    stale: false,
    notCarried: [],
    revision: 1,
    ...parts,
    counts: {
      found: 100,
      bytes: 1_048_576,
      folders: 10,
      foreign: 0,
      movable: 100,
      shares: 2,
      convertible: none,
      ...counts,
      ways: { serverCopy: { items: 90, bytes: 1_048_576 }, relay: none, export: none, none, created, ...counts?.ways },
    },
  };
}
