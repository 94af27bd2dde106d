import type { Readable } from 'node:stream';
import { DriveError, type Side } from '../../engine/errors.js';
import type {
  DestinationDrive,
  DriveAccount,
  DriveItem,
  ItemPage,
  NewItem,
  SourceDrive,
  Upload,
  UploadState,
} from '../../engine/ports/drive.js';
import { kindOf, literal, SHORTCUT } from './drive-language.js';
import { type GoogleClient, type GoogleRequest, type GoogleResponse, isConnectionError } from './google-client.js';
import { driveError } from './google-errors.js';

/** The private property by which a copy without a pre-made id is found again. */
const MARKER = 'cloudmover';

/** A file as Drive v3 answers it; everything may be absent ("absent instead of null or empty"). */
export interface GoogleFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  /** int64 as a string. */
  readonly size?: string;
  readonly md5Checksum?: string;
  readonly sha256Checksum?: string;
  readonly createdTime?: string;
  readonly modifiedTime?: string;
  readonly description?: string;
  readonly starred?: boolean;
  readonly folderColorRgb?: string;
  readonly properties?: Record<string, string>;
  readonly shortcutDetails?: { readonly targetId?: string; readonly targetMimeType?: string };
  readonly parents?: string[];
  readonly trashed?: boolean;
  readonly ownedByMe?: boolean;
  readonly capabilities?: {
    readonly canCopy?: boolean;
    readonly canDownload?: boolean;
    readonly canAddChildren?: boolean;
  };
  readonly headRevisionId?: string;
  readonly webViewLink?: string;
}

const FILE_FIELDS =
  'id,name,mimeType,size,md5Checksum,sha256Checksum,createdTime,modifiedTime,description,starred,folderColorRgb,' +
  'properties,shortcutDetails(targetId,targetMimeType),parents,trashed,ownedByMe,capabilities(canCopy,canDownload,canAddChildren),' +
  'headRevisionId,webViewLink';

function itemOf(file: GoogleFile): DriveItem {
  return {
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    kind: kindOf(file.mimeType),
    size: file.size === undefined ? null : Number(file.size),
    checksums: {
      ...(file.md5Checksum && { md5: file.md5Checksum }),
      ...(file.sha256Checksum && { sha256: file.sha256Checksum }),
    },
    ...(file.createdTime && { createdTime: file.createdTime }),
    ...(file.modifiedTime && { modifiedTime: file.modifiedTime }),
    ...(file.description && { description: file.description }),
    starred: file.starred ?? false,
    ...(file.folderColorRgb && { folderColor: file.folderColorRgb }),
    ...(file.properties && { properties: file.properties }),
    ...(file.shortcutDetails?.targetId && { shortcutTargetId: file.shortcutDetails.targetId }),
    parents: file.parents ?? [],
    trashed: file.trashed ?? false,
    ownedByMe: file.ownedByMe ?? false,
    canCopy: file.capabilities?.canCopy ?? true,
    canDownload: file.capabilities?.canDownload ?? true,
    canAddChildren: file.capabilities?.canAddChildren ?? true,
    ...(file.headRevisionId && { revision: file.headRevisionId }),
    ...(file.webViewLink && { webViewLink: file.webViewLink }),
  };
}

/** One account's Drive, as source or destination of a transfer. */
export class GoogleDrive implements SourceDrive, DestinationDrive {
  constructor(
    private readonly client: GoogleClient,
    private readonly grantId: string,
    readonly account: DriveAccount,
    private readonly side: Side,
  ) {}

  async get(id: string, signal: AbortSignal): Promise<DriveItem> {
    return itemOf(await this.file('GET', this.path(id), signal));
  }

  async children(folderId: string, pageToken: string | undefined, signal: AbortSignal): Promise<ItemPage> {
    const page = await this.client.json<{ files?: GoogleFile[]; nextPageToken?: string; incompleteSearch?: boolean }>({
      ...this.request('GET', '/drive/v3/files', signal),
      query: {
        q: `${literal(folderId)} in parents and trashed=false`,
        fields: `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`,
        pageSize: 1000,
        pageToken,
        supportsAllDrives: true,
        includeItemsFromAllDrives: true,
      },
    });
    return {
      items: (page.files ?? []).map(itemOf),
      ...(page.nextPageToken && { nextPageToken: page.nextPageToken }),
      incomplete: page.incompleteSearch ?? false,
    };
  }

  async trash(id: string, signal: AbortSignal): Promise<void> {
    await this.file('PATCH', this.path(id), signal, { body: { trashed: true } });
  }

  async read(id: string, offset: number, signal: AbortSignal): Promise<Readable> {
    const { body, status, headers } = await this.client.stream({
      ...this.request('GET', this.path(id), signal),
      query: { alt: 'media', supportsAllDrives: true },
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
    });
    const start = /^bytes (\d+)-/.exec(String(headers['content-range'] ?? ''))?.[1];
    if (offset > 0 && (status !== 206 || Number(start) !== offset)) {
      body.destroy();
      throw driveError('google_unavailable', { side: this.side, detail: ' The download did not start where asked.' });
    }
    return body;
  }

  async accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null> {
    for (let pageToken: string | undefined; ;) {
      const page = await this.client.json<{
        permissions?: { id: string; type?: string; emailAddress?: string }[];
        nextPageToken?: string;
      }>({
        ...this.request('GET', `${this.path(id)}/permissions`, signal),
        query: {
          fields: 'nextPageToken,permissions(id,type,emailAddress)',
          pageSize: 100,
          pageToken,
          supportsAllDrives: true,
        },
      });
      const own = page.permissions?.find(
        (permission) => permission.type === 'user' && permission.emailAddress?.toLowerCase() === email.toLowerCase(),
      );
      if (own) return own.id;
      if (!page.nextPageToken) return null;
      pageToken = page.nextPageToken;
    }
  }

  async grantReading(id: string, email: string, signal: AbortSignal): Promise<string> {
    const permission = await this.client.json<{ id: string }>({
      ...this.request('POST', `${this.path(id)}/permissions`, signal),
      query: { fields: 'id', sendNotificationEmail: false, supportsAllDrives: true },
      body: { role: 'reader', type: 'user', emailAddress: email },
      repeatable: true, // a second one for the same account answers the same permission
    });
    return permission.id;
  }

  async withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.client.json({
        ...this.request('DELETE', `${this.path(id)}/permissions/${encodeURIComponent(permissionId)}`, signal),
        query: { supportsAllDrives: true },
      });
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'not_found') throw error;
    }
  }

  async generateIds(count: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string[]> {
    const { ids } = await this.client.json<{ ids: string[] }>({
      ...this.request('GET', '/drive/v3/files/generateIds', signal),
      query: { count, space: 'drive', type: kind === 'file' ? 'files' : 'shortcuts', fields: 'ids' },
    });
    return ids;
  }

  async createFolder(item: NewItem, signal: AbortSignal): Promise<DriveItem> {
    return itemOf(await this.file('POST', '/drive/v3/files', signal, { body: metadataOf(item), repeatable: true }));
  }

  async createShortcut(item: NewItem, targetId: string, signal: AbortSignal): Promise<DriveItem> {
    const body = { ...metadataOf(item), mimeType: SHORTCUT, shortcutDetails: { targetId } };
    return itemOf(await this.file('POST', '/drive/v3/files', signal, { body, repeatable: true }));
  }

  async copy(originalId: string, item: NewItem, signal: AbortSignal): Promise<DriveItem> {
    const body = metadataOf(item);
    delete body['mimeType']; // a copy keeps the type; naming one asks for a conversion
    return itemOf(
      await this.file('POST', `${this.path(originalId)}/copy`, signal, { body, repeatable: item.id !== undefined }),
    );
  }

  async create(item: NewItem, content: Buffer, signal: AbortSignal): Promise<DriveItem> {
    const boundary = `cloudmover-${crypto.randomUUID()}`;
    const head =
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadataOf(item))}\r\n` +
      `--${boundary}\r\ncontent-type: ${item.mimeType}\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const request: GoogleRequest = {
      ...this.request('POST', '/upload/drive/v3/files', signal),
      query: { uploadType: 'multipart', fields: FILE_FIELDS, supportsAllDrives: true },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      repeatable: item.id !== undefined,
    };
    return this.client.attempt(request, async () => {
      const response = await this.client.send(request, body);
      return itemOf((await response.body.json()) as GoogleFile);
    });
  }

  async beginUpload(item: NewItem, size: number, signal: AbortSignal): Promise<Upload> {
    const request: GoogleRequest = {
      ...this.request('POST', '/upload/drive/v3/files', signal),
      query: { uploadType: 'resumable', fields: FILE_FIELDS, supportsAllDrives: true },
      body: metadataOf(item),
      headers: { 'x-upload-content-type': item.mimeType, 'x-upload-content-length': String(size) },
      repeatable: true, // an upload session that is never used makes nothing
    };
    const response = await this.client.stream(request);
    await response.body.dump();
    const { location } = response.headers;
    if (typeof location !== 'string') throw driveError('google_unavailable', { side: this.side });
    return new GoogleUpload(this.client, this.request('PUT', location, signal));
  }

  async findMarked(marker: string, signal: AbortSignal): Promise<DriveItem[]> {
    const page = await this.client.json<{ files?: GoogleFile[] }>({
      ...this.request('GET', '/drive/v3/files', signal),
      query: {
        q: `appProperties has { key=${literal(MARKER)} and value=${literal(marker)} } and trashed=false`,
        fields: `files(${FILE_FIELDS})`,
        pageSize: 100,
        supportsAllDrives: true,
        includeItemsFromAllDrives: true,
      },
    });
    return (page.files ?? []).map(itemOf);
  }

  async setModifiedTime(id: string, modifiedTime: string, signal: AbortSignal): Promise<void> {
    await this.file('PATCH', this.path(id), signal, { body: { modifiedTime } });
  }

  private file(
    method: GoogleRequest['method'],
    path: string,
    signal: AbortSignal,
    more: Pick<GoogleRequest, 'body' | 'repeatable'> = {},
  ): Promise<GoogleFile> {
    return this.client.json<GoogleFile>({
      ...this.request(method, path, signal),
      query: { fields: FILE_FIELDS, supportsAllDrives: true },
      ...more,
    });
  }

  private request(method: GoogleRequest['method'], path: string, signal: AbortSignal): GoogleRequest {
    return { grantId: this.grantId, method, path, signal, side: this.side };
  }

  private path(id: string): string {
    return `/drive/v3/files/${encodeURIComponent(id)}`;
  }
}

/** A resumable upload (Google, "Upload file data"). Its address is a credential: it stays in memory. */
class GoogleUpload implements Upload {
  constructor(
    private readonly client: GoogleClient,
    private readonly session: GoogleRequest,
  ) {}

  async send(offset: number, length: number, size: number, body: Readable, signal: AbortSignal): Promise<UploadState> {
    const headers = {
      'content-length': String(length),
      'content-range': `bytes ${offset}-${offset + length - 1}/${size}`,
    };
    try {
      return await this.stateOf(await this.client.send({ ...this.session, headers, signal }, body));
    } catch (error) {
      if (isConnectionError(error))
        throw driveError('google_unavailable', { cause: error, ...(this.session.side && { side: this.session.side }) });
      throw error;
    }
  }

  async state(size: number, signal: AbortSignal): Promise<UploadState> {
    const request = {
      ...this.session,
      headers: { 'content-length': '0', 'content-range': `bytes */${size}` },
      signal,
    };
    return this.client.attempt(request, async () => this.stateOf(await this.client.send(request, null)));
  }

  private async stateOf(response: GoogleResponse): Promise<UploadState> {
    if (response.status === 308) {
      await response.body.dump();
      // No Range: nothing is stored yet.
      const last = /^bytes=0-(\d+)$/.exec(String(response.headers['range'] ?? ''))?.[1];
      return { confirmed: last === undefined ? 0 : Number(last) + 1 };
    }
    return { done: itemOf((await response.body.json()) as GoogleFile) };
  }
}

function metadataOf(item: NewItem): Record<string, unknown> {
  return {
    ...(item.id && { id: item.id }),
    name: item.name,
    mimeType: item.mimeType,
    parents: [item.parentId],
    ...(item.createdTime && { createdTime: item.createdTime }),
    ...(item.modifiedTime && { modifiedTime: item.modifiedTime }),
    ...(item.description && { description: item.description }),
    ...(item.starred && { starred: true }),
    ...(item.folderColor && { folderColorRgb: item.folderColor }),
    ...(item.properties && { properties: item.properties }),
    ...(item.marker && { appProperties: { [MARKER]: item.marker } }),
  };
}
