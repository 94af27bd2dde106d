import { CustomersApi } from './directory/customers-api.ts';
import { GroupsApi } from './directory/groups-api.ts';
import { UsersApi } from './directory/users-api.ts';
import { SheetFiles } from './documents/sheets/sheet-file.ts';
import { SheetsApi } from './documents/sheets/sheets-api.ts';
import { ValuesApi } from './documents/sheets/values-api.ts';
import { AboutApi } from './drive/about-api.ts';
import { ChangesApi } from './drive/changes-api.ts';
import { CommentsApi } from './drive/comments-api.ts';
import type { ContentFolder } from './drive/content.ts';
import { DownloadsApi } from './drive/downloads-api.ts';
import type { DriveStore } from './drive/drive-store.ts';
import { DrivesApi } from './drive/drives-api.ts';
import { FileListsApi } from './drive/file-lists-api.ts';
import { FileWriter } from './drive/file-writer.ts';
import { FilesApi } from './drive/files-api.ts';
import { PermissionsApi } from './drive/permissions-api.ts';
import { RevisionsApi } from './drive/revisions-api.ts';
import { UploadsApi } from './drive/uploads-api.ts';
import { DocsApi } from './documents/docs-api.ts';
import { FormsApi } from './documents/forms-api.ts';
import { SlidesApi } from './documents/slides-api.ts';
import type { Behavior } from './faults/behavior.ts';
import type { Exchange, Reply } from './http/exchange.ts';
import type { OAuth } from './oauth/oauth.ts';

/** The services that handlers of endpoints use. */
export interface Services extends ReturnType<typeof createApis> {
  oauth: OAuth;
  /** Executes one call of a batch. */
  perform: (inner: Exchange) => Promise<Reply>;
}

/** The parts of the sandbox's state that APIs use. */
export interface Grounds {
  store: DriveStore;
  contents: ContentFolder;
  behavior: Behavior;
  now: () => number;
}

/** The APIs, by the names that endpoint rows use. */
export function createApis({ store, contents, behavior, now }: Grounds) {
  const writer = new FileWriter(store, behavior, now);
  const sheetFiles = new SheetFiles(store, now);
  return {
    about: new AboutApi(store, behavior),
    changes: new ChangesApi(store),
    comments: new CommentsApi(store, now),
    customers: new CustomersApi(store),
    docs: new DocsApi(store, writer, now),
    downloads: new DownloadsApi(store, now),
    drives: new DrivesApi(store),
    fileLists: new FileListsApi(store, behavior, now),
    files: new FilesApi(store, behavior, writer),
    forms: new FormsApi(store),
    groups: new GroupsApi(store, now),
    permissions: new PermissionsApi(store, behavior, now),
    revisions: new RevisionsApi(store),
    sheets: new SheetsApi(sheetFiles, writer),
    sheetValues: new ValuesApi(sheetFiles),
    slides: new SlidesApi(store, writer, now),
    uploads: new UploadsApi(store, contents, behavior, writer, now),
    users: new UsersApi(store, now),
  };
}
