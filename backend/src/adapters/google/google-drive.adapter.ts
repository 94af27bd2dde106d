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
  Share,
  SourceDrive,
  Upload,
  UploadState,
} from '../../engine/ports/drive.js';
import type { RequestWatch } from '../../transfers/drives.port.js';
import type {
  DrivePermission,
  GranteeType,
  NewPermission,
  RestrictionChanges,
  Role,
} from '../../engine/model/sharing.js';
import { finalErrorOrThrow } from '../../engine/failures.js';
import { PageTokens } from '../../engine/listing.js';
import { flag, int64, key, listOf, mapOf, nothing, objectOf, type Reader, text, time } from './google-answers.js';
import type { GoogleClient } from './google-client.js';
import { GoogleDocuments } from './google-documents.js';
import { type GoogleRequest, type GoogleResponse, isConnectionError } from './google-transport.js';
import { GroupedListings } from './grouped-listings.js';
import { GoogleRefusal } from './google-errors.js';
import {
  grantOf,
  isOfOtherType,
  isSharedWithoutMail,
  permissionsOf,
  readGranted,
  readPermission,
  restrictionsBody,
  SINGLE_PERMISSION_FIELDS,
  throwPermissionRefusal,
} from './google-permissions.js';
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

/**
 * Milliseconds after which a share expires if nothing removes it (Google allows a year). A transfer that takes longer
 * makes it again.
 */
const SHARE_MS = 30 * 24 * 3_600_000;
const ITEM_FIELDS = itemFields();
/** An address belongs to a person or to a group; only Google knows to which of them. */
const OTHER_TYPE: Readonly<Partial<Record<GranteeType, GranteeType>>> = { user: 'group', group: 'user' };

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
const readPermissions = objectOf({}, { permissions: listOf(readPermission), nextPageToken: key });

/** The query for the items in some folders, without the trash (Google, "Search for files"). */
const inFolders = (folderIds: readonly string[]): string =>
  `(${folderIds.map((id) => `${literal(id)} in parents`).join(' or ')}) and trashed=false`;

/** One account's Drive, as source or destination of a transfer. */
export class GoogleDrive implements SourceDrive, DestinationDrive {
  readonly documents: Documents;
  private sharesExpire = true;
  /** Combines listings of folders, by the signal that stops their work. */
  private readonly listings = new WeakMap<AbortSignal, GroupedListings>();

  constructor(
    private readonly client: GoogleClient,
    private readonly credentialId: string,
    readonly account: DriveAccount,
    private readonly side: Side,
    private readonly watch: RequestWatch = {},
  ) {
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

  async accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null> {
    for await (const page of this.permissionPages(id, 'id,type,emailAddress', signal)) {
      const own = page.find(
        (permission) => permission.type === 'user' && permission.emailAddress?.toLowerCase() === email.toLowerCase(),
      );
      if (own) return own.id;
    }
    return null;
  }

  async permissions(id: string, signal: AbortSignal): Promise<DrivePermission[]> {
    const found: DrivePermission[] = [];
    for await (const page of this.permissionPages(id, SINGLE_PERMISSION_FIELDS, signal))
      found.push(...permissionsOf(page));
    return found;
  }

  private async *permissionPages(id: string, fields: string, signal: AbortSignal) {
    const tokens = new PageTokens();
    for (let pageToken: string | undefined; ;) {
      const page = await this.client.json(
        {
          ...this.request('GET', `${this.path(id)}/permissions`, signal),
          query: { fields: `nextPageToken,permissions(${fields})`, pageSize: 100, pageToken, supportsAllDrives: true },
        },
        readPermissions,
      );
      yield page.permissions ?? [];
      if (!page.nextPageToken) return;
      pageToken = tokens.next(page.nextPageToken);
    }
  }

  /** Tries the other type of grantee once if Google says that the address is a group's or a person's. */
  async grant(id: string, permission: NewPermission, signal: AbortSignal, notify = false): Promise<DrivePermission> {
    const { grantee } = permission;
    const other = OTHER_TYPE[grantee.type];
    return this.grantAs(id, permission, signal, notify).catch((error: unknown) => {
      if (!other || !isOfOtherType(error)) throwPermissionRefusal(error);
      const changed = { ...permission, grantee: { ...grantee, type: other } };
      return this.grantAs(id, changed, signal, notify).catch(throwPermissionRefusal);
    });
  }

  private async grantAs(
    id: string,
    permission: NewPermission,
    signal: AbortSignal,
    notify: boolean,
  ): Promise<DrivePermission> {
    const { grantee } = permission;
    // Google knows no e-mail to a domain or anyone, and no such parameter.
    const mail = grantee.type === 'user' || grantee.type === 'group' ? { sendNotificationEmail: notify } : {};
    try {
      const request: GoogleRequest = {
        ...this.request('POST', `${this.path(id)}/permissions`, signal),
        query: { fields: SINGLE_PERMISSION_FIELDS, supportsAllDrives: true, ...mail },
        body: grantOf(permission),
        repeatable: !notify, // a second one for the same grantee answers the same permission
      };
      return await this.client.json(request, readGranted);
    } catch (error) {
      if (!isSharedWithoutMail(error)) throw error;
      const given = (await this.permissions(id, signal)).find((each) => each.grantee.address === grantee.address);
      if (!given) throw error;
      return given;
    }
  }

  async changePermission(
    id: string,
    permissionId: string,
    { role, expiresAt }: { readonly role: Role; readonly expiresAt?: number | null },
    signal: AbortSignal,
  ): Promise<DrivePermission> {
    const request: GoogleRequest = {
      ...this.request('PATCH', `${this.path(id)}/permissions/${encodeURIComponent(permissionId)}`, signal),
      query: {
        fields: SINGLE_PERMISSION_FIELDS,
        supportsAllDrives: true,
        ...(expiresAt === null && { removeExpiration: true }),
      },
      body: { role, ...(expiresAt && { expirationTime: new Date(expiresAt).toISOString() }) },
    };
    return this.client.json(request, readGranted).catch(throwPermissionRefusal);
  }

  async restrict(id: string, restrictions: RestrictionChanges, signal: AbortSignal): Promise<void> {
    const request: GoogleRequest = {
      ...this.request('PATCH', this.path(id), signal),
      query: { fields: 'id', supportsAllDrives: true },
      body: restrictionsBody(restrictions),
    };
    await this.client.json(request, readId).catch(throwPermissionRefusal);
  }

  async grantReading(id: string, email: string, signal: AbortSignal): Promise<Share> {
    const share = async (until: { expirationTime?: string } = {}): Promise<Share> => {
      const { id: permissionId, expirationTime } = await this.client.json(
        {
          ...this.request('POST', `${this.path(id)}/permissions`, signal),
          query: { fields: 'id,expirationTime', sendNotificationEmail: false, supportsAllDrives: true },
          body: { role: 'reader', type: 'user', emailAddress: email, ...until },
          repeatable: true, // a second request for the same account returns the same permission
        },
        objectOf({ id: key }, { expirationTime: time }),
      );
      // From Google's response, because it may be an earlier share of the same account.
      const expiresAt = Date.parse(expirationTime ?? '');
      return { id: permissionId, ...(Number.isFinite(expiresAt) && { expiresAt }) };
    };
    if (!this.sharesExpire) return share();
    try {
      return await share({ expirationTime: new Date(Date.now() + SHARE_MS).toISOString() });
    } catch (error) {
      // Accounts without Google Workspace, and some of its editions, do not support an expiry.
      if (!(error instanceof DriveError) || error.code !== 'google_refused') throw error;
      const lasting = await share();
      this.sharesExpire = false;
      return lasting;
    }
  }

  async withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.client.json(
        {
          ...this.request('DELETE', `${this.path(id)}/permissions/${encodeURIComponent(permissionId)}`, signal),
          query: { supportsAllDrives: true },
        },
        nothing,
      );
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'not_found') throw error;
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
      const page = await this.found(query, ITEM_FIELDS, readFiles, pageToken, signal);
      found.push(...page.files.map((file) => itemOf(file)));
      if (!page.nextPageToken) return found;
      pageToken = tokens.next(page.nextPageToken);
    }
  }

  async update(id: string, what: { name?: string; modifiedTime?: string }, signal: AbortSignal): Promise<DriveItem> {
    const { name, modifiedTime } = what;
    const body = { ...(name !== undefined && { name }), ...(modifiedTime !== undefined && { modifiedTime }) };
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

  private request(method: GoogleRequest['method'], path: string, signal: AbortSignal): GoogleRequest {
    return { credentialId: this.credentialId, method, path, signal, side: this.side, ...this.watch };
  }

  private path(id: string): string {
    return `/drive/v3/files/${encodeURIComponent(id)}`;
  }
}

/** A resumable upload (Google, "Upload file data"). Its URL works like a password. */
class GoogleUpload implements Upload {
  constructor(
    private readonly client: GoogleClient,
    private readonly session: GoogleRequest,
    private readonly converts: boolean,
  ) {}

  get address(): string {
    return this.session.path;
  }

  async send(
    offset: number,
    length: number,
    size: number,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<UploadState> {
    const headers = {
      'content-length': String(length),
      'content-range': `bytes ${offset}-${offset + length - 1}/${size}`,
    };
    try {
      return await this.stateOf(await this.client.send({ ...this.session, headers, signal }, body));
    } catch (error) {
      const { side } = this.session;
      if (isConnectionError(error)) throw new DriveError('google_unavailable', { cause: error, side });
      // Google does not document its response to a conversion that is too large; in HTTP it is 413.
      if (this.converts && error instanceof DriveError && statusOf(error) === 413)
        throw new DriveError('export_too_large', { cause: error, side });
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

  /**
   * The response is 499 (Google Cloud Storage, "Resumable uploads": the same protocol; Drive's page does not mention
   * it).
   */
  async abandon(signal: AbortSignal): Promise<void> {
    const request: GoogleRequest = { ...this.session, method: 'DELETE', headers: { 'content-length': '0' }, signal };
    try {
      await this.client.attempt(request, async () => (await this.client.send(request, null)).body.dump());
    } catch (error) {
      if (!(error instanceof DriveError)) throw error;
      if (statusOf(error) !== 499 && error.code !== 'not_found') throw error;
    }
  }

  private async stateOf(response: GoogleResponse): Promise<UploadState> {
    if (response.status === 308) {
      await response.body.dump();
      // No Range: nothing is stored yet.
      const last = /^bytes=0-(\d+)$/.exec(String(response.headers['range'] ?? ''))?.[1];
      return { confirmed: last === undefined ? 0 : Number(last) + 1 };
    }
    return { done: itemOf(await this.client.objectOf(response, readFile)) };
  }
}

/** Makes a file's MIME type safe for a header, because Google accepts any text as a type. */
const headerOf = (mediaType: string): string =>
  /^[\x20-\x7e]{1,255}$/.test(mediaType) ? mediaType : 'application/octet-stream';

/** Discards an unused body; ignores its errors. */
function discard(body: GoogleResponse['body']): void {
  body.on('error', () => undefined).destroy();
}

/** The HTTP status of Google's response. */
const statusOf = ({ cause }: DriveError): number | undefined =>
  cause instanceof GoogleRefusal ? cause.status : undefined;
