import { DriveItem } from '../app/features/browse/drive-item';
import { Transfer } from '../app/features/transfers/transfer-state';

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

const NO_COUNTS = { found: 0, verified: 0, unverified: 0, failed: 0, skipped: 0, checking: 0, copying: 0, waiting: 0 };

type TransferParts = Omit<Partial<Transfer>, 'counts'> & { counts?: Partial<Transfer['counts']> };

/** A running copy of 100 items, none of them settled unless told otherwise. What is not said to be settled waits. */
export function aTransfer({ counts, ...parts }: TransferParts = {}): Transfer {
  const found = counts?.found ?? 100;
  const told = Object.entries(counts ?? {}).reduce((sum, [key, count]) => (key === 'found' ? sum : sum + count), 0);
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
    counts: { ...NO_COUNTS, waiting: found - told, ...counts, found },
    bytes: { found: 4096, verified: 1024, copying: 0 },
    rate: { itemsPerSecond: 1.9, bytesPerSecond: 2048 },
    etaSeconds: 2520,
    ways: { serverCopy: 7, relay: 2, export: 0, created: 1, merged: 0 },
    failureGroups: [],
    skipGroups: [],
    grants: { open: 2, withdrawn: 0 },
    verification: { checksum: 0, presence: 0 },
    notCarried: [],
    allowedActions: ['cancel', 'report'],
    revision: 1,
    ...parts,
  };
}
