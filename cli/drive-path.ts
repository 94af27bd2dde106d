import type { Api, DriveFile } from './api/client.ts';
import { incompleteList, usageError } from './errors.ts';
import { SIDES, type Side } from './sessions.ts';
import { printable } from './terminal.ts';
import { FOLDER } from './verify/drive.ts';

/** A path as people write it: `source:Work/2024`, `destination:`, `source:id:1AbC/Reports`, `source:drive:Sales/`. */
export interface DrivePath {
  side: Side;
  /** Where it begins: My Drive, an item's id, a shared drive's name, or what others shared with the account. */
  start: { at: 'my_drive' } | { at: 'shared' } | { at: 'id' | 'drive'; value: string };
  names: string[];
  /** It ends with a slash. */
  isFolder: boolean;
}

/**
 * Reads a path. Slashes separate names; `\/` is a slash in a name and `\\` a backslash. A slash at the start has no
 * meaning, except that a name after it is never `id:`, `drive:` or `shared:`.
 * @throws CliError (exit code 2)
 */
export function parsePath(text: string): DrivePath {
  const [, side = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (!isSide(side)) throw usageError(`"${printable(text)}" is not a path. Write source:Folder or destination:Folder.`);
  const names = namesIn(rest);
  const isFolder = rest === '' || /(^|[^\\])(\\\\)*\/$/.test(rest);
  const [, keyword, value = ''] = /^(id|drive|shared):(.*)$/s.exec(rest.startsWith('/') ? '' : (names[0] ?? '')) ?? [];
  if (keyword === undefined) return { side, start: { at: 'my_drive' }, names, isFolder };
  if (keyword === 'shared')
    return { side, start: { at: 'shared' }, names: value ? [value, ...names.slice(1)] : names.slice(1), isFolder };
  if (!value)
    throw usageError(`"${printable(text)}" lacks the ${keyword === 'id' ? 'id' : 'name of the shared drive'}.`);
  return { side, start: { at: keyword as 'id' | 'drive', value }, names: names.slice(1), isFolder };
}

const isSide = (text: string): text is Side => (SIDES as readonly string[]).includes(text);

function namesIn(text: string): string[] {
  const names: string[] = [];
  let name = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const next = text[at + 1];
    if (character === '\\' && (next === '/' || next === '\\')) {
      name += next;
      at++;
    } else if (character === '/') {
      names.push(name);
      name = '';
    } else name += character;
  }
  return [...names, name].filter((each) => each !== '');
}

/** A name as it is written in a path. */
const escapeName = (name: string) => name.replaceAll(/[\\/]/g, '\\$&');

/** An item, and the path that leads to it. */
export interface Located {
  id: string;
  /** Missing for the top of a drive. */
  file?: DriveFile;
  path: string;
  isFolder: boolean;
  driveId?: string;
}

/** Where copies go. */
export interface Target {
  folderId: string;
  /** Does not exist yet. */
  newFolderName?: string;
}

/** Finds items by their paths, and never guesses: a name that fits two items is refused. */
export class DriveTree {
  private readonly api: Api;
  private readonly listed = new Map<string, Promise<DriveFile[]>>();

  constructor(api: Api) {
    this.api = api;
  }

  /** @throws CliError (exit code 2) if there is none, or more than one */
  async find(path: DrivePath): Promise<Located> {
    const { located, missing } = await this.follow(path);
    if (missing.length > 0) throw await this.notFound(path, located, missing[0]!);
    return located;
  }

  /**
   * The folder that copies go to. Its last name may be missing: it is created then.
   * @throws CliError (exit code 2) if more is missing, or it is not a folder
   */
  async target(path: DrivePath): Promise<Target> {
    const { located, missing } = await this.follow({ ...path, isFolder: true });
    const [name, ...more] = missing;
    if (name === undefined) return { folderId: located.id };
    if (more.length > 0 || located.id === '') throw await this.notFound(path, located, name);
    return { folderId: located.id, newFolderName: name };
  }

  /** What is in a folder; the items themselves for one that is none. */
  async children(side: Side, located: Located): Promise<DriveFile[]> {
    if (!located.isFolder && located.file) return [located.file];
    const key = `${side} ${located.id} ${located.driveId ?? ''}`;
    const known = this.listed.get(key) ?? this.list(side, located);
    this.listed.set(key, known);
    return known;
  }

  /** @returns the last item that exists, and the names after it that do not */
  private async follow(path: DrivePath): Promise<{ located: Located; missing: string[] }> {
    const { side, names } = path;
    let located = await this.start(path);
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      const mustBeFolder = !isLast || path.isFolder;
      const next = await this.child(side, located, name, mustBeFolder);
      if (!next) return { located, missing: names.slice(index) };
      located = next;
    }
    if (path.isFolder && !located.isFolder) throw usageError(`"${located.path}" is not a folder.`);
    return { located, missing: [] };
  }

  private async start({ side, start }: DrivePath): Promise<Located> {
    if (start.at === 'my_drive') return { id: 'root', path: `${side}:`, isFolder: true };
    if (start.at === 'shared') return { id: '', path: `${side}:shared:`, isFolder: true };
    const { value } = start;
    const client = this.api.as(side);
    if (start.at === 'id') {
      const call = client.GET('/api/files/{id}', { params: { path: { id: value } } });
      return asLocated(await this.api.answer(call, side), `${side}:id:${value}`);
    }
    const { drives } = await this.api.answer(client.GET('/api/drives'), side);
    const found = matching(drives, value);
    const list = (each: typeof drives) =>
      each.map(({ id, name }) => `\n  ${side}:id:${id}  ${printable(name)}`).join('');
    if (found.length > 1)
      throw usageError(
        `${found.length} shared drives are named "${value}". Choose one by its id:${list(found)}`,
        'ambiguous',
        {
          candidates: found,
        },
      );
    const [drive] = found;
    if (!drive)
      throw usageError(
        `The ${side} account has no shared drive "${value}".${drives.length > 0 ? ` It has:${list(drives)}` : ''}`,
      );
    return { id: drive.id, path: `${side}:drive:${escapeName(value)}`, isFolder: true, driveId: drive.id };
  }

  private async child(side: Side, folder: Located, name: string, mustBeFolder: boolean): Promise<Located | undefined> {
    const named = matching(await this.children(side, folder), name);
    const found = mustBeFolder ? named.filter(leadsToFolder) : named;
    const path = pathBelow(folder.path, name);
    if (found.length > 1) {
      const candidates = found.map(({ id, kind, size, modifiedTime }) => ({
        path: `${side}:id:${id}`,
        id,
        kind,
        size,
        modifiedTime,
      }));
      const lines = candidates.map(
        (each) => `\n  ${each.path}  ${each.kind}, changed ${each.modifiedTime?.slice(0, 16)}`,
      );
      throw usageError(
        `"${printable(path)}" is ambiguous: ${found.length} items have this name. Choose one by its id:${lines.join('')}`,
        'ambiguous',
        {
          candidates,
        },
      );
    }
    const [file] = found;
    if (!file && named.length > 0) throw usageError(`"${printable(path)}" is not a folder.`);
    if (!file) return undefined;
    // A shortcut on the way leads on; as the last name it is the shortcut itself.
    if (mustBeFolder && file.kind === 'shortcut') return { id: file.shortcutTargetId!, path, isFolder: true };
    return { ...asLocated(file, path), ...(folder.driveId && { driveId: folder.driveId }) };
  }

  private async notFound({ side }: DrivePath, folder: Located, name: string) {
    const alike = (await this.children(side, folder)).filter((file) => loosely(file.name) === loosely(name));
    const hint =
      alike.length > 0
        ? ` There is "${alike.map((file) => printable(pathBelow(folder.path, file.name))).join('" and "')}".`
        : '';
    return usageError(`"${printable(pathBelow(folder.path, name))}" does not exist.${hint}`, 'not_found');
  }

  private async list(side: Side, { id, driveId }: Located): Promise<DriveFile[]> {
    const files: DriveFile[] = [];
    const client = this.api.as(side);
    const where =
      id === '' ? { view: 'shared_with_me' as const } : { folder_id: id, ...(driveId && { drive_id: driveId }) };
    for (let pageToken: string | undefined; ;) {
      const query = { ...where, page_size: 1000, ...(pageToken && { page_token: pageToken }) };
      const page = await this.api.answer(client.GET('/list-files', { params: { query } }), side);
      if (page.incompleteSearch) throw incompleteList(side);
      files.push(...page.files);
      if (!(pageToken = page.nextPageToken)) return files;
    }
  }
}

/** Exactly this name, or else the same in Unicode's canonical form: macOS decomposes what people type. */
function matching<T extends { name: string }>(items: readonly T[], name: string): T[] {
  const exact = items.filter((item) => item.name === name);
  return exact.length > 0 ? exact : items.filter((item) => item.name.normalize() === name.normalize());
}

/** What people take for the same name. */
const loosely = (name: string) => name.normalize('NFKC').trim().toLowerCase();

const leadsToFolder = ({ kind, shortcutTargetMimeType }: DriveFile) =>
  kind === 'folder' || (kind === 'shortcut' && shortcutTargetMimeType === FOLDER);

/** The path of an item in a folder, as people write it. */
export function pathBelow(folder: string, name: string): string {
  // By the whole of it, because a folder's name may end with a colon, too.
  const isFirst = /^[a-z]+:(shared:)?$/.test(folder);
  const looksLikeKeyword = /^(id|drive|shared):/.test(name);
  return `${folder}${isFirst && !looksLikeKeyword ? '' : '/'}${escapeName(name)}`;
}

const asLocated = (file: DriveFile, path: string): Located => ({
  id: file.id,
  file,
  path,
  isFolder: file.kind === 'folder',
});
