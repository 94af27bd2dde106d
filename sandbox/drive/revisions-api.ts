import { createHash } from 'node:crypto';
import type { Endpoints } from '../http/endpoint.ts';
import { checkKinds } from '../http/body-kinds.ts';
import { deleted, findItem, maskOf, pageFrom, pageSizeOf, startOfPage, viewOf, type Call } from '../http/call.ts';
import type { Content } from './content.ts';
import { atLeast, FOLDER, isGoogleDocument, personOf, SHORTCUT, type DriveStore, type Item } from './drive-store.ts';
import { googleError, insufficientFilePermissions } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, asksFor, below, type Mask, type Schema } from '../http/fields.ts';
import { isOn } from '../http/query-types.ts';
import { isCapable } from './capabilities.ts';
import { exportLinksOf, rfc3339, USER_SCHEMA, userOf } from './file-resource.ts';

const REVISION_SCHEMA: Schema = {
  kind: true,
  id: true,
  mimeType: true,
  modifiedTime: true,
  keepForever: true,
  published: true,
  publishedLink: true,
  publishAuto: true,
  publishedOutsideDomain: true,
  lastModifyingUser: USER_SCHEMA,
  originalFilename: true,
  md5Checksum: true,
  size: true,
  exportLinks: 'map',
};
const LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, revisions: REVISION_SCHEMA };
const DEFAULT_FIELDS = 'kind,id,mimeType,modifiedTime';
import { removeRevision } from './revisions.ts';

/** The fields that an update can change. */
const FLAGS = ['keepForever', 'published', 'publishAuto', 'publishedOutsideDomain'] as const;

/** The current or an earlier content of a file. */
interface Entry {
  id: string;
  head: boolean;
  content?: Content;
  mimeType: string;
  modified: number;
  modifiedBy?: string;
  originalFilename?: string;
  keepForever: boolean;
}

/** The endpoints of revisions. */
export const REVISIONS_ENDPOINTS = {
  'revisions.list': {
    at: 'GET /drive/v3/files/{fileId}/revisions',
    handle: ({ revisions }, call) => revisions.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions', 'revisionsNotSupported'],
  },
  'revisions.download': {
    at: 'GET /drive/v3/files/{fileId}/revisions/{revisionId}?alt=media',
    handle: ({ revisions }, call) => revisions.download(call),
    scopes: 'read',
    cost: 'download',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'insufficientFilePermissions',
      'revisionsNotSupported',
      'revisionNotFound',
      'fileNotDownloadable',
      'cannotDownloadFile',
      'cannotDownloadAbusiveFile',
      'revisionNotKept',
    ],
  },
  'revisions.get': {
    at: 'GET /drive/v3/files/{fileId}/revisions/{revisionId}',
    handle: ({ revisions }, call) => revisions.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions', 'revisionsNotSupported', 'revisionNotFound'],
  },
  'revisions.update': {
    at: 'PATCH /drive/v3/files/{fileId}/revisions/{revisionId}',
    handle: ({ revisions }, call) => revisions.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'insufficientFilePermissions',
      'revisionsNotSupported',
      'revisionNotFound',
      'keepForeverStays',
      'tooManyPinned',
    ],
  },
  'revisions.delete': {
    at: 'DELETE /drive/v3/files/{fileId}/revisions/{revisionId}',
    handle: ({ revisions }, call) => revisions.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'insufficientFilePermissions',
      'revisionsNotSupported',
      'revisionNotFound',
      'revisionDeletionNotSupported',
      'cannotDeleteOnlyRevision',
    ],
  },
} as const satisfies Endpoints;

/** Earlier contents of files ("Manage file revisions", "Download and export files"). */
export class RevisionsApi {
  private readonly store: DriveStore;

  constructor(store: DriveStore) {
    this.store = store;
  }

  /** The file whose revisions a call reads or changes. */
  private fileOf(call: Call): Item {
    const item = findItem(call, this.store);
    if (item.mimeType === FOLDER || item.mimeType === SHORTCUT) throw googleError('revisionsNotSupported');
    // Readers have no access to revisions, as clients observed.
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    this.store.pruneRevisions(item);
    return item;
  }

  get(call: Call): Promise<Reply> {
    const item = this.fileOf(call);
    return this.answer(call, item, this.find(call, item), revisionMask(call));
  }

  private find({ route }: Call, item: Item): Entry {
    return findRevision(item, route.ids.revisionId ?? '');
  }

  async list(call: Call): Promise<Reply> {
    const item = this.fileOf(call);
    const mask = maskOf(call, LIST_SCHEMA, `kind,nextPageToken,revisions(${DEFAULT_FIELDS})`);
    const pageSize = pageSizeOf(call, this.store, 200, 1000);
    const start = startOfPage(call);
    const page = pageFrom(call, entriesOf(item), start, pageSize);
    const inner = below(mask, 'revisions');
    const shown = inner === undefined ? [] : page.shown;
    const json = {
      kind: 'drive#revisionList',
      ...page.next,
      revisions: await Promise.all(shown.map((each) => this.resource(call, item, each, inner ?? true))),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  private async answer(call: Call, item: Item, entry: Entry, mask: Mask): Promise<Reply> {
    return { status: 200, json: applyMask(await this.resource(call, item, entry, mask), mask) };
  }

  private async resource(call: Call, item: Item, entry: Entry, mask: Mask): Promise<Record<string, unknown>> {
    const view = viewOf(call, this.store);
    const { content } = entry;
    if (content && asksFor(mask, 'md5Checksum')) await content.digest(['md5']);
    return {
      kind: 'drive#revision',
      id: entry.id,
      mimeType: entry.mimeType,
      modifiedTime: rfc3339(entry.modified),
      lastModifyingUser: userOf(entry.modifiedBy ?? personOf(item)?.email, view),
      ...(content
        ? {
            keepForever: entry.keepForever,
            originalFilename: entry.originalFilename ?? item.name,
            md5Checksum: content.digested('md5'),
            size: String(content.size),
          }
        : { ...publicationOf(item, entry), exportLinks: exportLinksOf(item, view) }),
    };
  }

  download(call: Call): Reply {
    const item = this.fileOf(call);
    const { content, head, keepForever, mimeType } = this.find(call, item);
    if (!content) throw googleError('fileNotDownloadable');
    if (!isCapable('canDownload', item, viewOf(call, this.store)))
      throw googleError(this.store.switches.downloadRefusal);
    checkKept({ head, keepForever });
    checkAbuse(item, call, this.store);
    return { status: 200, headers: { 'content-type': mimeType }, part: { content, start: 0, end: content.size } };
  }

  async update(call: Call): Promise<Reply> {
    const mask = revisionMask(call);
    const item = this.fileOf(call);
    const entry = this.find(call, item);
    const body = checkKinds(await call.exchange.json(), 'revision');
    const [wanted, published, auto, outsideDomain] = FLAGS.map((name) => {
      const value = body[name];
      return typeof value === 'boolean' ? value : undefined;
    });
    if (wanted !== undefined && entry.content && wanted !== entry.keepForever) {
      if (!wanted) throw googleError('keepForeverStays');
      this.pin(item, entry);
    }
    // "Only applicable to Docs Editors files."
    if (item.document) {
      const before = publicationOf(item, entry);
      if (!(published ?? before.published)) {
        if (before.published) delete item.publication;
      } else
        item.publication = {
          revisionId: entry.id,
          auto: auto ?? before.publishAuto ?? false,
          outsideDomain: outsideDomain ?? before.publishedOutsideDomain ?? false,
        };
      this.store.onChange();
    }
    return this.answer(call, item, this.find(call, item), mask);
  }

  private pin(item: Item, entry: Entry): void {
    checkPins(item, this.store);
    if (entry.head) item.headPinned = true;
    const old = item.revisions?.find(({ id }) => id === entry.id);
    if (old) {
      old.keepForever = true;
      item.owner.usage += old.content.size;
    }
    this.store.touch(item);
  }

  delete(call: Call): Reply {
    const item = this.fileOf(call);
    const entry = this.find(call, item);
    if (isGoogleDocument(item.mimeType)) throw googleError('revisionDeletionNotSupported');
    if (entry.head && !item.revisions) throw googleError('cannotDeleteOnlyRevision');
    removeRevision(item, entry.id);
    this.store.touch(item);
    return deleted(this.store);
  }
}

/** What a revision says about being published. A file has one public address, whichever revision it shows. */
function publicationOf(
  { id, publication }: Item,
  entry: Entry,
): { published: boolean; publishAuto?: boolean; publishedOutsideDomain?: boolean; publishedLink?: string } {
  if (!publication || !(publication.auto || publication.revisionId === entry.id)) return { published: false };
  const key = createHash('sha256').update(`published ${id}`).digest('base64url');
  return {
    published: true,
    publishAuto: publication.auto,
    publishedOutsideDomain: publication.outsideDomain,
    publishedLink: `https://docs.google.com/document/d/e/2PACX-${key}/pub`,
  };
}

function entriesOf(item: Item): Entry[] {
  const head: Entry = {
    // Google documents have no headRevisionId; their revisions are numbered.
    id: item.content ? (item.headRevisionId ?? '') : String(item.version),
    head: true,
    mimeType: item.mimeType,
    modified: item.modified,
    keepForever: item.headPinned ?? false,
    ...(item.content ? { content: item.content } : {}),
    ...(item.modifiedBy === undefined ? {} : { modifiedBy: item.modifiedBy }),
    ...(item.originalFilename === undefined ? {} : { originalFilename: item.originalFilename }),
  };
  return [...(item.revisions ?? []).map((each): Entry => ({ ...each, head: false })), head];
}

/** @throws GoogleError 404 for an unknown id; `head` is the current content. */
export function findRevision(item: Item, id: string): Entry {
  const all = entriesOf(item);
  const found = id === 'head' ? all.at(-1) : all.find((each) => each.id === id);
  if (found) return found;
  throw googleError('revisionNotFound', { id });
}

/** "You can only download revisions of blob files that are marked as Keep Forever." */
export function checkKept({ head, keepForever }: Pick<Entry, 'head' | 'keepForever'>): void {
  if (!head && !keepForever) throw googleError('revisionNotKept');
}

/** "Whether the user is acknowledging the risk …. This is only applicable when … the user is the file owner" (reference). */
export function checkAbuse(item: Item, { exchange, caller }: Call, store: DriveStore): void {
  const role = store.roleOf(item, caller.account);
  const acknowledged = isOn(exchange.query, 'acknowledgeAbuse');
  if (item.abusive && !(acknowledged && (role === 'owner' || role === 'organizer')))
    throw googleError('cannotDownloadAbusiveFile');
}

/** The call's `fields` of a revision; read before a call changes anything, because they may be invalid. */
function revisionMask(call: Call): Mask {
  return maskOf(call, REVISION_SCHEMA, DEFAULT_FIELDS);
}

/** @throws GoogleError 403 if 200 contents of the file are already pinned (reference of revisions, `keepForever`). */
export function checkPins(item: Item, store: DriveStore): void {
  const pinned = (item.revisions ?? []).filter(({ keepForever }) => keepForever).length + (item.headPinned ? 1 : 0);
  if (pinned >= store.limits.pinnedRevisions)
    throw googleError('tooManyPinned', { count: store.limits.pinnedRevisions });
}
