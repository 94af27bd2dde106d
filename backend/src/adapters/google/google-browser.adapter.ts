import {
  type BrowsedAccount,
  type DriveAbout,
  DriveBrowser,
  type DriveEntry,
  type EntryPage,
  type EntryQuery,
  type FolderPathDto,
  type NamedPlaceDto,
  type SizePage,
  type SortField,
} from '../../drive/drive.port.js';
import { ParameterRefusedError } from '../../drive/errors.js';
import { forEachBounded } from '../../engine/concurrency.js';
import { DriveError } from '../../engine/errors.js';
import { present } from '../../engine/present.js';
import { PageTokens } from '../../engine/listing.js';
import { fileSize, flag, int64, key, link, listOf, objectOf, text } from './google-answers.js';
import type { GoogleDriveApi } from './google-drive-api.js';
import { GoogleRefusal } from './google-errors.js';
import { ENTRY_FIELDS, entryOf, FOLDER, kindOf, literal, readFile } from './google-file.js';

const SORT_KEY: { readonly [Field in SortField]: string } = {
  name: 'name_natural',
  modifiedTime: 'modifiedTime',
  // Orders by a file's bytes; Google has no other order by size.
  size: 'quotaBytesUsed',
};

/** Google's limit on nesting of folders ("Create and populate folders"). It also ends a walk in a cycle. */
const MAX_DEPTH = 100;
/** Folders whose paths are read at the same time. */
const PARALLEL = 8;

const readFiles = objectOf({}, { files: listOf(readFile), nextPageToken: key, incompleteSearch: flag });

const readSizes = objectOf(
  {},
  { files: listOf(objectOf({ id: key, mimeType: text }, { size: fileSize })), nextPageToken: key },
);

const readPlace = objectOf({ id: key, name: text }, {});
const readParent = objectOf(
  { id: key, name: text },
  { parents: listOf(key), driveId: key, ownedByMe: flag, capabilities: objectOf({}, { canAddChildren: flag }) },
);
const readIds = objectOf({ ids: listOf(key) }, {});
type GoogleFolder = ReturnType<typeof readParent>;
const readDrives = objectOf({}, { drives: listOf(readPlace), nextPageToken: key });

const readAbout = objectOf(
  { user: objectOf({ emailAddress: text }, { displayName: text, photoLink: link }) },
  { storageQuota: objectOf({}, { limit: int64, usage: int64, usageInDrive: int64, usageInDriveTrash: int64 }) },
);

/** Browsing with Drive API v3, including shared drives. */
export class GoogleBrowserAdapter extends DriveBrowser {
  constructor(private readonly api: GoogleDriveApi) {
    super();
  }

  override async list(account: BrowsedAccount, query: EntryQuery): Promise<EntryPage> {
    try {
      const page = await this.api.call(account, readFiles, (drive, auth) =>
        drive.files.list({
          auth,
          q: searchTerm(query),
          orderBy: orderTerm(query),
          pageSize: query.pageSize,
          ...(query.pageToken && { pageToken: query.pageToken }),
          fields: `nextPageToken,incompleteSearch,files(${ENTRY_FIELDS})`,
          ...ALL_DRIVES,
          ...(query.driveId && { corpora: 'drive', driveId: query.driveId }),
        }),
      );
      return {
        files: (page.files ?? []).map(entryOf),
        ...present(page, 'nextPageToken'),
        incompleteSearch: page.incompleteSearch ?? false,
      };
    } catch (error) {
      // Google only says "Invalid Value". The page token is the only parameter that was not checked earlier.
      if (query.pageToken && error instanceof DriveError && isBadRequest(error.cause)) {
        throw new ParameterRefusedError('page_token', 'is unknown to Google or too old. Start again without it', error);
      }
      throw error;
    }
  }

  override async sizes(
    account: BrowsedAccount,
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<SizePage> {
    const page = await this.api.call({ ...account, signal }, readSizes, (drive, auth) =>
      drive.files.list({
        auth,
        q: searchTerm({ folderId, foldersOnly: false, sharedWithMe: false }),
        pageSize: 1000,
        ...(pageToken && { pageToken }),
        fields: 'nextPageToken,files(id,mimeType,size)',
        ...ALL_DRIVES,
      }),
    );
    return {
      items: (page.files ?? []).map(({ id, mimeType, size }) => ({ id, kind: kindOf(mimeType), size: size ?? null })),
      ...present(page, 'nextPageToken'),
    };
  }

  override async about(account: BrowsedAccount): Promise<DriveAbout> {
    const { user, storageQuota } = await this.api.call(account, readAbout, (drive, auth) =>
      drive.about.get({ auth, fields: 'user(displayName,emailAddress,photoLink),storageQuota' }),
    );
    return {
      email: user.emailAddress,
      name: user.displayName ?? user.emailAddress,
      ...(user.photoLink && { photo: user.photoLink }),
      storage: {
        used: storageQuota?.usage ?? 0,
        // Absent or 0: unlimited.
        limit: storageQuota?.limit || null,
        usedInDrive: storageQuota?.usageInDrive ?? 0,
        usedInTrash: storageQuota?.usageInDriveTrash ?? 0,
      },
    };
  }

  override async sharedDrives(account: BrowsedAccount): Promise<NamedPlaceDto[]> {
    const drives: NamedPlaceDto[] = [];
    const tokens = new PageTokens();
    let pageToken: string | undefined;
    do {
      const from = pageToken && { pageToken };
      const page: ReturnType<typeof readDrives> = await this.api.call(account, readDrives, (drive, auth) =>
        drive.drives.list({ auth, pageSize: 100, ...from, fields: 'nextPageToken,drives(id,name)' }),
      );
      drives.push(...(page.drives ?? []));
      pageToken = page.nextPageToken === undefined ? undefined : tokens.next(page.nextPageToken);
    } while (pageToken);
    return drives.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  override placeOf(account: BrowsedAccount, folderId: string): Promise<FolderPathDto> {
    return this.walkUp(account, folderId, (id, isStart) => this.parent(account, id, isStart));
  }

  override async placesOf(account: BrowsedAccount, folderIds: readonly string[]): Promise<FolderPathDto[]> {
    // Folders of one drive share most of their ancestors, so each ancestor is requested once.
    const asked = new Map<string, Promise<GoogleFolder | undefined>>();
    const parent = (id: string) => {
      const folder = asked.get(id) ?? this.parent(account, id, false);
      asked.set(id, folder);
      return folder;
    };
    const places: FolderPathDto[] = [];
    await forEachBounded(folderIds, PARALLEL, async (id) => {
      if (await parent(id)) places.push(await this.walkUp(account, id, parent));
    });
    return places;
  }

  private async walkUp(
    account: BrowsedAccount,
    folderId: string,
    parentOf: (id: string, isStart: boolean) => Promise<GoogleFolder | undefined>,
  ): Promise<FolderPathDto> {
    const path: NamedPlaceDto[] = [];
    let itself: GoogleFolder | undefined;
    let highest: GoogleFolder | undefined;
    let next: string | undefined = folderId;
    while (next !== undefined && path.length <= MAX_DEPTH) {
      const folder: GoogleFolder | undefined = await parentOf(next, path.length === 0);
      if (!folder) break;
      itself ??= folder;
      highest = folder;
      const isDriveTop = folder.driveId === folder.id;
      path.unshift({ id: folder.id, name: isDriveTop ? await this.driveName(account, folder) : folder.name });
      next = folder.parents?.[0];
    }
    return {
      path,
      top: topOf(highest),
      canAddChildren: itself?.capabilities?.canAddChildren ?? false,
      ...(itself?.driveId && { driveId: itself.driveId }),
    };
  }

  override async entry(account: BrowsedAccount, id: string): Promise<DriveEntry> {
    const file = await this.api.call(account, readFile, (drive, auth) =>
      drive.files.get({ auth, fileId: id, fields: ENTRY_FIELDS, ...SUPPORT_ALL }),
    );
    return entryOf(file);
  }

  override async newId(account: BrowsedAccount): Promise<string> {
    const { ids } = await this.api.call(account, readIds, (drive, auth) => drive.files.generateIds({ auth, count: 1 }));
    const [id] = ids;
    if (id === undefined) throw new DriveError('google_refused', { side: account.side });
    return id;
  }

  override async createFolder(
    account: BrowsedAccount,
    name: string,
    parentId: string,
    givenId?: string,
  ): Promise<DriveEntry> {
    try {
      // A pre-generated id makes the request repeatable: the second one gets a 409 instead of a second folder.
      const id = givenId ?? (await this.newId(account));
      return await this.create(account, { name, mimeType: FOLDER, parents: [parentId], id });
    } catch (error) {
      // Google reports a missing right on the parent like one on a file.
      if (error instanceof DriveError && error.code === 'source_permission_denied') {
        throw new DriveError('destination_read_only', { cause: error, side: account.side });
      }
      throw error;
    }
  }

  private async create(
    account: BrowsedAccount,
    requestBody: { id: string; name: string; mimeType: string; parents: string[] },
  ): Promise<DriveEntry> {
    try {
      const file = await this.api.call({ ...account, repeatable: true }, readFile, (drive, auth) =>
        drive.files.create({ auth, requestBody, fields: ENTRY_FIELDS, ...SUPPORT_ALL }),
      );
      return entryOf(file);
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'id_taken') throw error;
      return this.entry(account, requestBody.id);
    }
  }

  /** Returns an ancestor; undefined if this account may not see it, so that the path begins below it. */
  private async parent(account: BrowsedAccount, id: string, isStart: boolean): Promise<GoogleFolder | undefined> {
    try {
      const fields = 'id,name,parents,driveId,ownedByMe,capabilities(canAddChildren)';
      return await this.api.call(account, readParent, (drive, auth) =>
        drive.files.get({ auth, fileId: id, fields, ...SUPPORT_ALL }),
      );
    } catch (error) {
      if (!isStart && error instanceof DriveError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  /** `files` calls the root of a shared drive "Drive"; `drives` has its name. */
  private async driveName(account: BrowsedAccount, folder: GoogleFolder): Promise<string> {
    const { name } = await this.api.call(account, readPlace, (drive, auth) =>
      drive.drives.get({ auth, driveId: folder.id, fields: 'id,name' }),
    );
    return name;
  }
}

const SUPPORT_ALL = { supportsAllDrives: true };
const ALL_DRIVES = { supportsAllDrives: true, includeItemsFromAllDrives: true };

/**
 * Google evaluates `and` and `or` from left to right, so only `and` is used. Results include the trash unless it is
 * excluded.
 */
export function searchTerm(query: Pick<EntryQuery, 'folderId' | 'search' | 'foldersOnly' | 'sharedWithMe'>): string {
  return [
    ...(query.folderId ? [`${literal(query.folderId)} in parents`] : []),
    ...(query.search ? [`name contains ${literal(query.search)}`] : []),
    ...(query.foldersOnly ? [`mimeType = ${literal(FOLDER)}`] : []),
    ...(query.sharedWithMe ? ['sharedWithMe = true'] : []),
    'trashed = false',
  ].join(' and ');
}

function orderTerm({ orderBy }: EntryQuery): string {
  return ['folder', ...orderBy.map(({ field, descending }) => SORT_KEY[field] + (descending ? ' desc' : ''))].join(',');
}

/**
 * Of an account's own folders, only the root of My Drive has no parent; the path of a shared item ends where the
 * account has no access.
 */
function topOf(highest: GoogleFolder | undefined): FolderPathDto['top'] {
  if (highest?.driveId) return 'shared_drive';
  return highest?.ownedByMe && !highest.parents?.length ? 'my_drive' : 'shared_with_me';
}

function isBadRequest(cause: unknown): boolean {
  return cause instanceof GoogleRefusal && cause.status === 400;
}
