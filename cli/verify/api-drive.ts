import type { Api, DriveFile as ApiFile } from '../api/client.ts';
import { CliError, incompleteList } from '../errors.ts';
import type { Side } from '../sessions.ts';
import type { Drive, DriveFile } from './drive.ts';

/** An account's Drive through CloudMover. Lists whole folders, so that most items need no separate call. */
export class ApiDrive implements Drive {
  private readonly api: Api;
  private readonly side: Side;
  private readonly folders = new Map<string, Promise<DriveFile[] | undefined>>();
  /** Files of listed folders, without the trash. */
  private readonly present = new Map<string, DriveFile>();

  constructor(api: Api, side: Side) {
    this.api = api;
    this.side = side;
  }

  async get(id: string | undefined): Promise<DriveFile | undefined> {
    if (!id) return undefined;
    const known = this.present.get(id);
    if (known) return known;
    const call = this.api.as(this.side).GET('/api/files/{id}', { params: { path: { id } } });
    const file = await unlessGone(this.api.answer(call, this.side));
    if (!file) return undefined;
    // Reads its siblings too: the report has them next.
    if (file.parentId !== undefined && !file.trashed) await this.children(file.parentId);
    return fileOf(file);
  }

  children(id: string): Promise<DriveFile[] | undefined> {
    const listed = this.folders.get(id) ?? this.list(id);
    this.folders.set(id, listed);
    return listed;
  }

  private async list(id: string): Promise<DriveFile[] | undefined> {
    const client = this.api.as(this.side);
    const files: DriveFile[] = [];
    for (let pageToken: string | undefined; ;) {
      const query = { folder_id: id, page_size: 1000, ...(pageToken && { page_token: pageToken }) };
      const page = await unlessGone(this.api.answer(client.GET('/list-files', { params: { query } }), this.side));
      if (!page) return undefined;
      if (page.incompleteSearch) throw incompleteList(this.side);
      files.push(...page.files.map(fileOf));
      if (!(pageToken = page.nextPageToken)) break;
    }
    for (const file of files) this.present.set(file.id, file);
    return files;
  }
}

function fileOf(file: ApiFile): DriveFile {
  const { id, name, mimeType, size, md5Checksum, sha256Checksum, createdTime, parentId, shortcutTargetId } = file;
  return {
    ...{ id, name, mimeType, trashed: file.trashed ?? false },
    ...(size !== null && { size: String(size) }),
    ...(md5Checksum && { md5Checksum }),
    ...(sha256Checksum && { sha256Checksum }),
    ...(createdTime && { createdTime }),
    ...(parentId && { parents: [parentId] }),
    ...(shortcutTargetId && { shortcutDetails: { targetId: shortcutTargetId } }),
  };
}

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CliError && error.code === 'not_found') return undefined;
    throw error;
  }
}
