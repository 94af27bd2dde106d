import type { Readable } from 'node:stream';
import { DriveError, type Side } from '../../engine/errors.js';
import type { Documents } from '../../engine/ports/documents.js';
import type {
  Change,
  ChangePage,
  DestinationDrive,
  DriveAccount,
  DriveItem,
  DriveRestrictions,
  IdPage,
  ItemFields,
  ItemPage,
  NewItem,
  SourceDrive,
  Upload,
} from '../../engine/ports/drive.js';
import type { RequestWatch } from '../../transfers/drives.port.js';
import { finalErrorOrThrow } from '../../engine/failures.js';
import { PageTokens } from '../../engine/listing.js';
import { flag, int64, key, listOf, mapOf, objectOf, type Reader, text } from './google-answers.js';
import type { GoogleClient } from './google-client.js';
import { GoogleDocuments } from './google-documents.js';
import { GoogleDriveSharing } from './google-drive-sharing.js';
import type { GoogleRequest, GoogleResponse } from './google-transport.js';
import { GoogleUpload } from './google-upload.js';
import { GroupedListings } from './grouped-listings.js';
import {
  missingFieldsOf,
  type GoogleFile,
  itemFields,
  itemOf,
  kindOf,
  literal,
  MARKER,
  metadataOf,
  readFile,
  SHORTCUT,
} from './google-file.js';

const ITEM_FIELDS = itemFields();
/** Google shortens lists of files with their permissions to so many a page. */
const ACCESS_PAGE = 100;
/** Items of a page otherwise. */
const PAGE = 1_000;

const readId = objectOf({ id: key }, {});
const pageOf = <T>(each: Reader<T>) =>
  objectOf({}, { files: listOf(each), nextPageToken: key, incompleteSearch: flag });
const readFiles = pageOf(readFile);
const readIds = pageOf(readId);
const readChanges = objectOf(
  {},
  {
    changes: listOf(objectOf({}, { fileId: key, removed: flag, file: readFile })),
    nextPageToken: key,
    newStartPageToken: key,
  },
);
const readRestrictions = objectOf(
  {},
  {
    restrictions: objectOf(
      {},
      { domainUsersOnly: flag, driveMembersOnly: flag, sharingFoldersRequiresOrganizerPermission: flag },
    ),
  },
);

/** The query for the items in some folders, without the trash (Google, "Search for files"). */
const inFolders = (folderIds: readonly string[]): string =>
  `(${folderIds.map((id) => `${literal(id)} in parents`).join(' or ')}) and trashed=false`;

/** One account's Drive, as source or destination of a transfer. */
export class GoogleDrive extends GoogleDriveSharing implements SourceDrive, DestinationDrive {
  readonly documents: Documents;
  /** Combines listings of folders, by the signal that stops their work. */
  private readonly listings = new WeakMap<AbortSignal, GroupedListings>();

  constructor(
    client: GoogleClient,
    credentialId: string,
    readonly account: DriveAccount,
    side: Side,
    watch: RequestWatch = {},
  ) {
    super(client, credentialId, side, watch);
    this.documents = new GoogleDocuments(client, { credentialId, side, ...watch });
  }

  async get(id: string, signal: AbortSignal, fields?: ItemFields): Promise<DriveItem> {
    return itemOf(await this.file('GET', this.path(id), signal, { query: { fields: itemFields(fields) } }), fields);
  }

  async children(
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
    fields?: ItemFields,
  ): Promise<ItemPage> {
    return this.items([folderId], pageToken, signal, fields);
  }

  childrenInGroup(folderId: string, signal: AbortSignal, fields?: ItemFields): Promise<ItemPage> {
    let listings = this.listings.get(signal);
    if (!listings) this.listings.set(signal, (listings = new GroupedListings()));
    return listings.firstPage(
      folderId,
      itemFields(fields),
      (folderIds, pageToken) => this.items(folderIds, pageToken, signal, fields),
      fields?.access ? PAGE / ACCESS_PAGE : 1,
    );
  }

  private async items(
    folderIds: readonly string[],
    pageToken: string | undefined,
    signal: AbortSignal,
    fields?: ItemFields,
  ): Promise<ItemPage> {
    const query = { q: inFolders(folderIds) };
    const { files, ...page } = await this.found(query, itemFields(fields), readFiles, pageToken, signal);
    return { items: files.map((file) => itemOf(file, fields)), ...page };
  }

  async childIds(folderId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage> {
    const { files, ...page } = await this.found({ q: inFolders([folderId]) }, 'id', readIds, pageToken, signal);
    return { ids: files.map(({ id }) => id), ...page };
  }

  async driveItemIds(driveId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage> {
    const { files, ...page } = await this.found({ corpora: 'drive', driveId }, 'id', readIds, pageToken, signal);
    return { ids: files.map(({ id }) => id), ...page };
  }

  private async found<T>(
    where: Record<string, string>,
    fields: string,
    read: ReturnType<typeof pageOf<T>>,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<{ files: readonly T[] } & Omit<IdPage, 'ids'>> {
    const page = await this.client.json(
      {
        ...this.request('GET', '/drive/v3/files', signal),
        query: {
          ...where,
          fields: `nextPageToken,incompleteSearch,files(${fields})`,
          pageSize: PAGE,
          pageToken,
          supportsAllDrives: true,
          includeItemsFromAllDrives: true,
        },
      },
      read,
    );
    return {
      files: page.files ?? [],
      ...(page.nextPageToken && { nextPageToken: page.nextPageToken }),
      incomplete: page.incompleteSearch ?? false,
    };
  }

  async restrictions(driveId: string, signal: AbortSignal): Promise<DriveRestrictions> {
    const { restrictions } = await this.client.json(
      {
        ...this.request('GET', `/drive/v3/drives/${encodeURIComponent(driveId)}`, signal),
        query: {
          fields: 'restrictions(domainUsersOnly,driveMembersOnly,sharingFoldersRequiresOrganizerPermission)',
        },
      },
      readRestrictions,
    );
    return {
      domainUsersOnly: restrictions?.domainUsersOnly ?? false,
      membersOnly: restrictions?.driveMembersOnly ?? false,
      foldersByManagersOnly: restrictions?.sharingFoldersRequiresOrganizerPermission ?? false,
    };
  }

  async trash(id: string, signal: AbortSignal): Promise<void> {
    await this.file('PATCH', this.path(id), signal, { body: { trashed: true } });
  }

  async restore(id: string, signal: AbortSignal): Promise<void> {
    await this.file('PATCH', this.path(id), signal, { body: { trashed: false } });
  }

  async changesStart(driveId: string | undefined, signal: AbortSignal): Promise<string> {
    const { startPageToken } = await this.client.json(
      {
        ...this.request('GET', '/drive/v3/changes/startPageToken', signal),
        query: { driveId, fields: 'startPageToken', supportsAllDrives: true },
      },
      objectOf({ startPageToken: key }, {}),
    );
    return startPageToken;
  }

  async changes(
    token: string,
    driveId: string | undefined,
    signal: AbortSignal,
    fields?: ItemFields,
  ): Promise<ChangePage> {
    const page = await this.client.json(
      {
        ...this.request('GET', '/drive/v3/changes', signal),
        query: {
          pageToken: token,
          driveId,
          fields: `nextPageToken,newStartPageToken,changes(fileId,removed,file(${itemFields(fields)}))`,
          pageSize: fields?.access ? ACCESS_PAGE : PAGE,
          includeRemoved: true,
          supportsAllDrives: true,
          includeItemsFromAllDrives: true,
        },
      },
      readChanges,
    );
    return {
      // Changes of a shared drive itself have no file.
      changes: (page.changes ?? []).flatMap(({ fileId, removed, file }): Change[] =>
        fileId ? [{ id: fileId, removed: removed ?? !file, ...(file && { item: itemOf(file, fields) }) }] : [],
      ),
      ...(page.nextPageToken && { nextPageToken: page.nextPageToken }),
      ...(page.newStartPageToken && { newStartToken: page.newStartPageToken }),
    };
  }

  async read(id: string, offset: number, signal: AbortSignal): Promise<Readable> {
    const { body, status, headers } = await this.client.stream({
      ...this.request('GET', this.path(id), signal),
      query: { alt: 'media', supportsAllDrives: true },
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
    });
    const start = /^bytes (\d+)-/.exec(String(headers['content-range'] ?? ''))?.[1];
    if (offset > 0 && (status !== 206 || Number(start) !== offset)) {
      discard(body);
      throw new DriveError('google_unavailable', {
        side: this.side,
        detail: 'The download did not start where asked.',
      });
    }
    return body;
  }

  async export(id: string, mediaType: string, signal: AbortSignal): Promise<Readable> {
    try {
      const { body } = await this.client.stream({
        ...this.request('GET', `${this.path(id)}/export`, signal),
        query: { mimeType: mediaType },
      });
      return body;
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'export_too_large') throw error;
      // files.export is limited to 10 MB ("Download and export files"); the item's export links are not.
      const { exportLinks } = await this.client.json(
        {
          ...this.request('GET', this.path(id), signal),
          query: { fields: 'exportLinks', supportsAllDrives: true },
        },
        objectOf({}, { exportLinks: mapOf(text) }),
      );
      const link = exportLinks?.[mediaType];
      if (!link) throw error;
      const { status, headers, body } = await this.client.stream(this.request('GET', link, signal));
      // If the sign-in is not valid there, Google returns its sign-in page, or redirects to it.
      if (status === 200 && !String(headers['content-type'] ?? '').startsWith('text/html')) return body;
      discard(body);
      throw error;
    }
  }

  async generateIds(count: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string[]> {
    const { ids } = await this.client.json(
      {
        ...this.request('GET', '/drive/v3/files/generateIds', signal),
        query: { count, space: 'drive', type: kind === 'file' ? 'files' : 'shortcuts', fields: 'ids' },
      },
      objectOf({ ids: listOf(key) }, {}),
    );
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
    delete body['mimeType']; // a copy keeps the type; stating one requests a conversion
    const fields = itemFields({ checksum: item.checksum });
    const copy = await this.file('POST', `${this.path(originalId)}/copy`, signal, {
      body,
      repeatable: item.id !== undefined,
      query: { fields, ...(kindOf(item.mimeType) === 'google' && { copyComments: true }) },
    });
    const missing = missingFieldsOf(copy, item);
    if (Object.keys(missing).length === 0) return itemOf(copy);
    try {
      return itemOf(await this.file('PATCH', this.path(copy.id), signal, { body: missing, query: { fields } }));
    } catch (error) {
      // A refusal concerns these fields. The copy exists: a caller that took the refusal for one of the copy would make
      // another.
      finalErrorOrThrow(error, signal);
      return itemOf(copy);
    }
  }

  async create(item: NewItem, content: readonly Buffer[], signal: AbortSignal): Promise<DriveItem> {
    const boundary = `cloudmover-${crypto.randomUUID()}`;
    const head =
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadataOf(item))}\r\n` +
      `--${boundary}\r\ncontent-type: ${headerOf(item.mimeType)}\r\n\r\n`;
    const body = [Buffer.from(head), ...content, Buffer.from(`\r\n--${boundary}--\r\n`)];
    const request: GoogleRequest = {
      ...this.request('POST', '/upload/drive/v3/files', signal),
      query: { uploadType: 'multipart', fields: itemFields({ checksum: item.checksum }), supportsAllDrives: true },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      repeatable: item.id !== undefined,
    };
    return this.client.attempt(request, async () => {
      const response = await this.client.send(request, body);
      return itemOf(await this.client.objectOf(response, readFile));
    });
  }

  async beginUpload(
    item: NewItem,
    size: number,
    signal: AbortSignal,
    mediaType: string = item.mimeType,
  ): Promise<Upload> {
    const request: GoogleRequest = {
      ...this.request('POST', '/upload/drive/v3/files', signal),
      query: { uploadType: 'resumable', fields: itemFields({ checksum: item.checksum }), supportsAllDrives: true },
      body: metadataOf(item),
      headers: { 'x-upload-content-type': headerOf(mediaType), 'x-upload-content-length': String(size) },
      repeatable: true, // an unused upload session creates nothing
    };
    const response = await this.client.stream(request);
    // Only the headers are used, so it does not matter if the body is cut or slow.
    await response.body.dump().catch(() => undefined);
    const { location } = response.headers;
    if (typeof location !== 'string') throw new DriveError('google_unavailable', { side: this.side });
    return this.uploadAt(location, mediaType !== item.mimeType);
  }

  resumeUpload(address: string): Upload {
    return this.uploadAt(address, false);
  }

  private uploadAt(address: string, converts: boolean): Upload {
    const session = {
      credentialId: this.credentialId,
      method: 'PUT',
      path: address,
      side: this.side,
      ...this.watch,
    } as const;
    return new GoogleUpload(this.client, session, converts);
  }

  async findMarked(marker: string, signal: AbortSignal): Promise<DriveItem[]> {
    const query = { q: `appProperties has { key=${literal(MARKER)} and value=${literal(marker)} } and trashed=false` };
    const found: DriveItem[] = [];
    const tokens = new PageTokens();
    // A page may be empty although others follow.
    for (let pageToken: string | undefined; ;) {
      const page = await this.found(query, `${ITEM_FIELDS},appProperties`, readFiles, pageToken, signal);
      found.push(...page.files.map((file) => itemOf(file)));
      if (!page.nextPageToken) return found;
      pageToken = tokens.next(page.nextPageToken);
    }
  }

  async update(
    id: string,
    { name, modifiedTime, marker }: { name?: string; modifiedTime?: string; marker?: null },
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const body = {
      ...(name !== undefined && { name }),
      ...(modifiedTime !== undefined && { modifiedTime }),
      ...(marker === null && { appProperties: { [MARKER]: null } }),
    };
    return itemOf(await this.file('PATCH', this.path(id), signal, { body }));
  }

  async move(id: string, toParent: string, fromParent: string, signal: AbortSignal): Promise<DriveItem> {
    const query = { addParents: toParent, removeParents: fromParent };
    return itemOf(await this.file('PATCH', this.path(id), signal, { query, body: {} }));
  }

  async space(signal: AbortSignal): Promise<{ limit: number | null; used: number }> {
    const { storageQuota } = await this.client.json(
      { ...this.request('GET', '/drive/v3/about', signal), query: { fields: 'storageQuota(limit,usage)' } },
      objectOf({}, { storageQuota: objectOf({}, { limit: int64, usage: int64 }) }),
    );
    // Pooled and unlimited accounts have no limit, or 0. With pooled storage the usage is that of the whole
    // organisation.
    return { limit: storageQuota?.limit || null, used: storageQuota?.usage ?? 0 };
  }

  private file(
    method: GoogleRequest['method'],
    path: string,
    signal: AbortSignal,
    more: Pick<GoogleRequest, 'body' | 'repeatable' | 'query'> = {},
  ): Promise<GoogleFile> {
    return this.client.json(
      {
        ...this.request(method, path, signal),
        ...more,
        query: { fields: ITEM_FIELDS, supportsAllDrives: true, ...more.query },
      },
      readFile,
    );
  }
}

/** Makes a file's MIME type safe for a header, because Google accepts any text as a type. */
const headerOf = (mediaType: string): string =>
  /^[\x20-\x7e]{1,255}$/.test(mediaType) ? mediaType : 'application/octet-stream';

/** Discards an unused body; ignores its errors. */
function discard(body: GoogleResponse['body']): void {
  body.on('error', () => undefined).destroy();
}
