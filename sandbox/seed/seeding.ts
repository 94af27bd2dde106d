import { slideDeck } from '../documents/slide-deck.ts';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { randomFrom } from '../faults/random.ts';
import { Content } from '../drive/content.ts';
import {
  emptyDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
} from '../documents/documents.ts';
import { textDocument } from '../documents/text-document.ts';
import { FOLDER, type Account, type DriveStore, type Item } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { typeOfName } from '../drive/media-types.ts';

/** Numbers of what an import created. */
export interface ImportResult {
  folderId: string;
  name: string;
  folders: number;
  files: number;
  bytes: number;
  /** Google documents created from the stubs that Drive's desktop programs write; not counted as files. */
  documents: number;
  /** Skipped entries: symbolic links are not followed; pipes, sockets and the like have no content. */
  skipped: { symlinks: number; special: number; unreadable: number };
}

/** Google types by the extension of the stubs that Drive's desktop programs write. */
const STUBS: Record<string, string> = {
  gdoc: GOOGLE_DOCUMENT,
  gsheet: GOOGLE_SPREADSHEET,
  gslides: GOOGLE_PRESENTATION,
  gdraw: GOOGLE_DRAWING,
  gform: 'application/vnd.google-apps.form',
  gscript: 'application/vnd.google-apps.script',
  gsite: 'application/vnd.google-apps.site',
  gmap: 'application/vnd.google-apps.map',
  gjam: 'application/vnd.google-apps.jam',
};
/** Maximum bytes of a stub, which contains an address; a longer file is an ordinary one with that extension. */
const MAX_STUB = 64 * 1024;

/** The Google document of a stub; `undefined` for a file that is not a stub. */
async function readStub(path: string, size: number): Promise<{ name: string; mimeType: string } | undefined> {
  const [, name = '', extension = ''] = /^(.+)\.([^.]+)$/.exec(basename(path)) ?? [];
  const mimeType = Object.hasOwn(STUBS, extension.toLowerCase()) ? STUBS[extension.toLowerCase()] : undefined;
  if (mimeType === undefined || size === 0 || size > MAX_STUB) return undefined;
  try {
    const stub: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof stub !== 'object' || stub === null) return undefined;
    return 'doc_id' in stub || 'url' in stub || 'resource_id' in stub ? { name, mimeType } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Imports a real folder into an account. Content is read in place and not copied; checksums are computed when a request
 * first needs them. Stubs of Google documents (`.gdoc` and the like) become Google documents.
 * @throws SandboxUsageError if the folder does not exist.
 */
export async function importFolder(
  store: DriveStore,
  account: Account,
  path: string,
  parent: Item = account.root,
): Promise<ImportResult> {
  const top = await realpath(path).catch(() => {
    throw new SandboxUsageError(`path: There is no folder ${path} to import.`);
  });
  const stats = await lstat(top);
  if (!stats.isDirectory()) throw new SandboxUsageError(`path: ${path} is not a folder.`);
  const folder = store.create({
    name: basename(top) || top,
    mimeType: FOLDER,
    owner: account,
    parent,
    created: Math.trunc(stats.mtimeMs),
    modified: Math.trunc(stats.mtimeMs),
  });
  const result: ImportResult = {
    folderId: folder.id,
    name: folder.name,
    folders: 1,
    files: 0,
    bytes: 0,
    documents: 0,
    skipped: { symlinks: 0, special: 0, unreadable: 0 },
  };

  const read = async (entry: Dirent, below: string) => {
    const full = join(below, entry.name);
    const isKnownKind = entry.isDirectory() || entry.isFile();
    const info = isKnownKind ? await lstat(full).catch(() => undefined) : undefined;
    const stub = info && entry.isFile() ? await readStub(full, info.size) : undefined;
    return { entry, full, info, stub };
  };

  /** @returns the new folder if the entry is one, whose entries must then be read */
  const take = (
    { entry, full, info, stub }: Awaited<ReturnType<typeof read>>,
    into: Item,
  ): [string, Item] | undefined => {
    if (entry.isSymbolicLink()) {
      result.skipped.symlinks++;
      return undefined;
    }
    if (!entry.isDirectory() && !entry.isFile()) {
      result.skipped.special++;
      return undefined;
    }
    if (!info) {
      result.skipped.unreadable++;
      return undefined;
    }
    const modified = Math.trunc(info.mtimeMs);
    const common = {
      name: entry.name,
      owner: account,
      parent: into,
      created: Math.min(modified, Date.now()),
      modified,
    };
    if (entry.isDirectory()) {
      result.folders++;
      return [full, store.create({ ...common, mimeType: FOLDER })];
    }
    if (stub) {
      result.documents++;
      const document =
        stub.mimeType === GOOGLE_DOCUMENT
          ? textDocument([{ text: stub.name }])
          : stub.mimeType === GOOGLE_PRESENTATION
            ? slideDeck([{ title: stub.name, lines: [] }])
            : emptyDocument(stub.mimeType);
      if (document?.kind === 'spreadsheet') document.sheets[0]?.rows.push([{ value: stub.name }]);
      store.create({ ...common, ...stub, ...(document ? { document } : {}) });
      return undefined;
    }
    result.files++;
    result.bytes += info.size;
    store.create({
      ...common,
      mimeType: typeOfName(entry.name),
      content: Content.inPlace(full, info.size, modified),
    });
    return undefined;
  };

  const waiting: [string, Item][] = [[top, folder]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [below, into] = next;
    const entries = await readdir(below, { withFileTypes: true }).catch(() => undefined);
    if (!entries) {
      result.skipped.unreadable++;
      continue;
    }
    // Sorted, so that imports of a folder have the same order; read in batches, to keep the disk busy.
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (let at = 0; at < entries.length; at += 64) {
      const found = await Promise.all(entries.slice(at, at + 64).map((entry) => read(entry, below)));
      for (const each of found) {
        const folderFound = take(each, into);
        if (folderFound) waiting.push(folderFound);
      }
    }
  }
  return result;
}

/** A tree to generate: `files` files with `bytes` in total, in `folders` folders below a new one. */
export interface TreePlan {
  folders: number;
  files: number;
  bytes: number;
  seed: number;
  name?: string;
}

const SYLLABLES = [
  'ba',
  'den',
  'lo',
  'mar',
  'ni',
  'pel',
  'ro',
  'sun',
  'ta',
  'vik',
  'wen',
  'zor',
  'el',
  'ki',
  'mo',
  'ra',
];
const EXTENSIONS = ['txt', 'pdf', 'jpg', 'png', 'docx', 'csv', 'zip', 'mp4', 'json', 'bin'];
const MAX_TREE_DEPTH = 12;
const MAX_TREE_ITEMS = 5_000_000;

/**
 * Generates a tree: the same seed and numbers give the same names, folders, times, sizes and bytes. The sizes add up to
 * `bytes` exactly and have a realistic distribution: many small files, few large ones.
 */
export async function makeTree(
  store: DriveStore,
  account: Account,
  plan: TreePlan,
  parent: Item = account.root,
): Promise<{ folderId: string; name: string; folders: number; files: number; bytes: number }> {
  if (plan.folders + plan.files > MAX_TREE_ITEMS)
    throw new SandboxUsageError(`folders and files: A tree may have at most ${MAX_TREE_ITEMS} items.`);
  if (plan.files === 0 && plan.bytes > 0) throw new SandboxUsageError('bytes: Bytes need files to be in: files is 0.');

  const random = randomFrom(plan.seed);
  const word = (): string =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join(
      '',
    );
  const time = (): number => Date.UTC(2012, 0, 1) + Math.floor(random() * 12 * 365 * 86_400_000);

  const name = plan.name ?? `Tree ${plan.seed}`;
  const top = store.create({ name, mimeType: FOLDER, owner: account, parent, modified: Date.UTC(2024, 0, 1) });
  const folders: { item: Item; depth: number }[] = [{ item: top, depth: 0 }];
  for (let i = 0; i < plan.folders; i++) {
    let above = folders[Math.floor(random() * folders.length)];
    if (!above || above.depth >= MAX_TREE_DEPTH) above = { item: top, depth: 0 };
    const modified = time();
    const common = { mimeType: FOLDER, owner: account, created: modified, modified };
    const item = store.create({ ...common, name: `${word()} ${i + 1}`, parent: above.item });
    folders.push({ item, depth: above.depth + 1 });
    if (i % 2000 === 1999) await breathe();
  }

  const weights = Float64Array.from({ length: plan.files }, () => Math.exp(3 * (random() + random() + random() - 1.5)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let given = 0;
  let upTo = 0;
  for (let i = 0; i < plan.files; i++) {
    // Rounds the running sum instead of each size, so that the sizes add up exactly.
    upTo += weights[i] ?? 0;
    const end = i === plan.files - 1 ? plan.bytes : Math.min(plan.bytes, Math.floor((plan.bytes * upTo) / sum));
    const size = Math.max(0, end - given);
    given += size;
    const extension = EXTENSIONS[Math.floor(random() * EXTENSIONS.length)];
    const fileName = `${word()} ${i + 1}.${extension}`;
    const modified = time();
    store.create({
      name: fileName,
      mimeType: typeOfName(fileName),
      owner: account,
      parent: folders[Math.floor(random() * folders.length)]?.item ?? top,
      created: modified,
      modified,
      content: Content.made(`${plan.seed}:${i}`, size),
    });
    if (i % 2000 === 1999) await breathe();
  }
  return { folderId: top.id, name, folders: plan.folders + 1, files: plan.files, bytes: plan.bytes };
}
