import { gzipSync } from 'node:zlib';
import type { Behavior } from '../faults/behavior.ts';
import {
  deleted,
  findItem,
  isVisible,
  lacksKey,
  maskOf,
  numberParameter,
  pageSizeOf,
  requireFields,
  supportsAllDrives,
  viewOf,
  type Call,
} from '../http/call.ts';
import { CommentsApi, openComments } from './comments-api.ts';
import { Content, type ContentFolder } from './content.ts';
import {
  emptyDocument,
  EXPORT_FORMATS,
  exportDocument,
  IMPORT_FORMATS,
  importDocument,
  MAX_IMPORT_SIZES,
  type DocumentModel,
} from '../documents/documents.ts';
import {
  atLeast,
  domainOf,
  driveOf,
  FOLDER,
  isGoogleDocument,
  isGoogleType,
  isIssuedId,
  newId,
  parentsOf,
  personOf,
  quotaBytesOf,
  SHORTCUT,
  sizeOf,
  type Account,
  type Change,
  type DriveStore,
  type Item,
  type Owner,
  type Role,
  type SharedDrive,
} from './drive-store.ts';
import { DRIVE_SCHEMA, driveResource, DrivesApi, findDrive, mayCreateDrives } from './drives-api.ts';
import { fileNotFound, GoogleError, googleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, asksFor, below, type Schema } from '../http/fields.ts';
import { applyMetadata, FOLDER_COLORS, readMetadata, type Metadata } from './file-metadata.ts';
import {
  ABOUT_SCHEMA,
  DEFAULT_FILE_FIELDS,
  FILE_SCHEMA,
  fileResource,
  isCapable,
  isExportable,
  prepareChecksums,
  rfc3339,
  userResource,
} from './file-resource.ts';
import { typeOfName } from './media-types.ts';
import { GENERATED_IDS_SCHEMA, START_PAGE_TOKEN_SCHEMA } from './nested-schemas.ts';
import { PermissionsApi } from './permissions-api.ts';
import { parseOrder, parseQuery } from './query.ts';
import { checkPins, RevisionsApi } from './revisions-api.ts';
import { fitsScopes } from '../http/routes.ts';
import { readMultipart, ResumableUploads } from './uploads.ts';

/** Limits on the listings that can be continued, and on the items they hold together. */
const MAX_CURSORS = 10_000;
const MAX_CURSOR_ITEMS = 5_000_000;
/** How long the result of a long-running operation can be fetched ("Download and export files"). */
const OPERATION_LIFE_MS = 24 * 3_600_000;
/** Bodies up to this size are sent encoded when the switch says that Google does so. */
const GZIP_UP_TO = 8 * 1024 * 1024;
const VIDEO = 'application/vnd.google-apps.vid';
/** What can be sent back as a Content-Type. */
const MIME_TYPE = /^[\x21-\x7e][\x20-\x7e]*$/;

/** Drive v3, method by method, over the store. */
export class DriveApi {
  readonly uploads: ResumableUploads;
  readonly permissions: PermissionsApi;
  private readonly drives: DrivesApi;
  private readonly comments: CommentsApi;
  private readonly revisions: RevisionsApi;
  private readonly store: DriveStore;
  private readonly contents: ContentFolder;
  private readonly behavior: Behavior;
  private readonly now: () => number;
  private readonly cursors = new Map<string, Cursor>();
  private itemsHeld = 0;
  private readonly operations = new Map<string, { email: string; since: number; uri: string }>();

  constructor(store: DriveStore, contents: ContentFolder, behavior: Behavior, now: () => number) {
    this.store = store;
    this.contents = contents;
    this.behavior = behavior;
    this.now = now;
    this.uploads = new ResumableUploads(contents, now, () => store.switches);
    this.permissions = new PermissionsApi(store, now);
    this.drives = new DrivesApi(store);
    this.comments = new CommentsApi(store, now);
    this.revisions = new RevisionsApi(store);
  }

  /** Carries a call out. */
  async handle(call: Call): Promise<Reply> {
    this.store.emptyOldTrash();
    switch (call.route.operation) {
      case 'about.get':
        return this.about(call);
      case 'files.list':
        return this.list(call);
      case 'files.get':
        return this.get(call);
      case 'files.download':
        return this.download(call);
      case 'files.create':
        return this.create(call);
      case 'files.update':
        return this.update(call);
      case 'files.copy':
        return this.copy(call);
      case 'files.delete':
        return this.delete(call);
      case 'files.emptyTrash':
        return this.emptyTrash(call);
      case 'files.export':
        return this.export(call);
      case 'files.generateIds':
        return this.generateIds(call);
      case 'files.upload':
        return this.upload(call);
      case 'files.upload.start':
        return this.startUpload(call);
      case 'permissions.list':
      case 'permissions.get':
      case 'permissions.create':
      case 'permissions.update':
      case 'permissions.delete':
        return this.permissions.handle(call);
      case 'changes.getStartPageToken':
        this.driveOfChanges(call);
        return this.answer(
          call,
          { kind: 'drive#startPageToken', startPageToken: String(this.store.nextChange) },
          START_PAGE_TOKEN_SCHEMA,
          '*',
        );
      case 'changes.list':
        return this.listChanges(call);
      case 'files.download.start':
        return this.startDownload(call);
      case 'operations.get':
        return this.operation(call);
    }
    switch (call.route.operation.split('.')[0]) {
      case 'drives':
        return this.drives.handle(call);
      case 'comments':
      case 'replies':
        return this.comments.handle(call);
      case 'revisions':
        return this.revisions.handle(call);
      default:
        throw new Error(`No method ${call.route.operation}.`);
    }
  }

  private roleIn(call: Call, item: Item): Role | undefined {
    return this.store.roleOf(item, call.caller.account);
  }

  private answer(call: Call, resource: Record<string, unknown>, schema: Schema, fallback: string): Reply {
    const mask = maskOf(call, schema, fallback);
    return { status: 200, json: applyMask(resource, mask) };
  }

  private async answerFile(call: Call, item: Item): Promise<Reply> {
    const mask = maskOf(call, FILE_SCHEMA, DEFAULT_FILE_FIELDS);
    await prepareChecksums([item], mask);
    return { status: 200, json: fileResource(item, viewOf(call, this.store), mask) };
  }

  // about

  private about(call: Call): Reply {
    requireFields(call);
    const { account } = call.caller;
    const mask = maskOf(call, ABOUT_SCHEMA, '*');
    const about: Record<string, unknown> = {
      kind: 'drive#about',
      user: userResource(account, viewOf(call, this.store)),
      importFormats: IMPORT_FORMATS,
      exportFormats: EXPORT_FORMATS,
      maxImportSizes: Object.fromEntries(
        Object.entries(MAX_IMPORT_SIZES).map(([type, bytes]) => [type, String(bytes)]),
      ),
      maxUploadSize: '5242880000000',
      appInstalled: true,
      folderColorPalette: FOLDER_COLORS,
      canCreateDrives: mayCreateDrives(account),
      canCreateTeamDrives: mayCreateDrives(account),
    };
    if (asksFor(mask, 'storageQuota')) {
      let inTrash = 0;
      for (const item of account.own) if (this.store.isTrashed(item)) inTrash += quotaBytesOf(item);
      about['storageQuota'] = {
        limit: String(this.behavior.storageLimit(account)),
        usage: String(account.usage),
        usageInDrive: String(account.usage),
        usageInDriveTrash: String(inTrash),
      };
    }
    return { status: 200, json: applyMask(about, mask) };
  }

  // files: reading

  private async list(call: Call): Promise<Reply> {
    const { query } = call.exchange;
    const { caller } = call;
    const mask = maskOf(call, LIST_SCHEMA, `kind,incompleteSearch,nextPageToken,files(${DEFAULT_FILE_FIELDS})`);
    const fileMask = below(mask, 'files');
    const corpus = this.corpusFor(call);
    const spaces = (query.get('spaces') || 'drive').split(',');
    // Older clients name photos, which holds nothing here.
    if (!spaces.every((each) => SPACES.includes(each))) throw invalidValue('spaces');
    let pageSize = pageSizeOf(call, this.store, 100, 1000);
    // Asking for permissions makes Google's pages smaller.
    if (fileMask !== undefined && fileMask !== true && fileMask.has('permissions')) pageSize = Math.min(pageSize, 100);

    const q = query.get('q') ?? '';
    const orderBy = query.get('orderBy') ?? '';
    const key = JSON.stringify([q, orderBy, corpus.kind, corpus.drive?.id, corpus.allDrives]);
    const pageToken = query.get('pageToken');
    let cursorId: string;
    let offset = 0;
    let cursor: Cursor;
    if (pageToken) {
      const [, id = '', at = ''] = /^~!!~([\w-]+)\.(\d+)$/.exec(pageToken) ?? [];
      const kept = this.cursors.get(id);
      // A token expires after some hours, and the listing must then be restarted (reference of files.list).
      const stale = kept !== undefined && this.now() - kept.since > this.store.limits.pageTokenMs;
      if (!kept || stale || kept.email !== caller.account.email || kept.key !== key) throw invalidValue('pageToken');
      cursorId = id;
      offset = Number(at);
      cursor = kept;
    } else {
      const rest = !spaces.includes('drive') ? [] : this.search(call, q, orderBy, corpus);
      cursor = { email: caller.account.email, key, since: this.now(), items: [], rest: rest[Symbol.iterator]() };
      cursorId = newId();
    }

    const { fault } = call.exchange;
    // Somebody added or removed something since the page before: the page begins too early or too late.
    if (fault?.kind === 'duplicateEntries') offset = Math.max(0, offset - (fault.entries ?? 1));
    if (fault?.kind === 'missingEntries') offset += fault.entries ?? 1;
    const files: Item[] = [];
    while (files.length < pageSize && this.reaches(cursor, offset)) {
      const item = cursor.items[offset++];
      if (item && this.store.item(item.id) === item && (!pageToken || isVisible(item, caller, this.store)))
        files.push(item);
    }
    const answer: Record<string, unknown> = { kind: 'drive#fileList', incompleteSearch: false };
    if (this.reaches(cursor, offset)) {
      answer['nextPageToken'] = `~!!~${cursorId}.${offset}`;
      if (!pageToken) this.cursors.set(cursorId, cursor);
    } else if (!pageToken) this.itemsHeld -= cursor.items.length;
    this.dropOldCursors();
    const json = applyMask(answer, mask) as Record<string, unknown>;
    if (fileMask !== undefined) {
      await prepareChecksums(files, fileMask);
      const view = viewOf(call, this.store);
      json['files'] = files.map((item) => fileResource(item, view, fileMask));
    }
    return { status: 200, json };
  }

  /** What a search looks through ("Search for files and folders", and `corpora` in the reference of files.list). */
  private corpusFor(call: Call): Corpus {
    const { query } = call.exchange;
    const { account } = call.caller;
    const allDrives =
      query.get('includeItemsFromAllDrives') === 'true' || query.get('includeTeamDriveItems') === 'true';
    if (allDrives && !supportsAllDrives(call))
      throw googleError('allDrivesNotSupported', { parameter: 'includeItemsFromAllDrives is enabled' });
    const kind = CORPORA.find((each) => each === (query.get('corpora') ?? 'user'));
    if (!kind) throw invalidValue('corpora');
    const driveId = query.get('driveId') ?? query.get('teamDriveId');
    if ((kind === 'drive') !== (driveId !== null && driveId !== ''))
      throw googleError('teamDriveIdRequiresTeamDriveCorpora');
    if ((kind === 'drive' || kind === 'allDrives') && !allDrives) throw googleError('includeTeamDriveItemsRequired');
    return { kind, allDrives, ...(driveId ? { drive: findDrive(this.store, account, driveId) } : {}) };
  }

  private *itemsOf({ kind, drive, allDrives }: Corpus, account: Account): Generator<Item> {
    if (drive) {
      yield* drive.own;
    } else if (kind === 'domain') {
      const domain = domainOf(account.email);
      for (const item of this.store.allItems())
        if (this.store.effectivePermissions(item).some(({ permission }) => permission.domain === domain)) yield item;
    } else {
      const seen = new Set<Item>();
      for (const item of this.store.corpusOf(account)) {
        if (!allDrives && driveOf(item)) continue;
        if (kind === 'allDrives') seen.add(item);
        yield item;
      }
      if (kind !== 'allDrives') return;
      for (const each of this.store.drivesOf(account)) for (const item of each.own) if (!seen.has(item)) yield item;
    }
  }

  /** The oldest go first: a page token is good for some hours, not for ever. */
  private dropOldCursors(): void {
    for (const [id, { items }] of this.cursors) {
      if (this.cursors.size <= MAX_CURSORS && this.itemsHeld <= MAX_CURSOR_ITEMS) break;
      this.cursors.delete(id);
      this.itemsHeld -= items.length;
    }
  }

  /** Looks for what is at a place of a listing, no further: a page costs as much as a page, whatever the folder holds. */
  private reaches(cursor: Cursor, offset: number): boolean {
    while (cursor.rest && cursor.items.length <= offset) {
      const next: IteratorResult<Item, unknown> = cursor.rest.next();
      if (next.done) delete cursor.rest;
      // What was made after the listing began is not in it, or copying into the folder that is listed would never end.
      else if (next.value.born <= cursor.since) {
        cursor.items.push(next.value);
        this.itemsHeld++;
      }
    }
    return offset < cursor.items.length;
  }

  private search(call: Call, q: string, orderBy: string, corpus: Corpus): Iterable<Item> {
    const { caller } = call;
    const view = viewOf(call, this.store);
    const parsed = q.trim() === '' ? undefined : parseQuery(q);
    const order = orderBy === '' ? undefined : parseOrder(orderBy);
    if (parsed?.usesFullText && order) throw googleError('cannotSortFullText');
    const { fault } = call.exchange;
    const lag = fault?.kind === 'staleList' ? (fault.lagMs ?? 3_600_000) : this.behavior.settings.indexLagMs;
    const indexed = this.now() - lag;
    const fits = (item: Item, surelyVisible: boolean): boolean =>
      item.born <= indexed &&
      (!parsed || parsed.test(item, view)) &&
      (surelyVisible || this.store.roleOf(item, caller.account) !== undefined) &&
      fitsScopes(item, caller) &&
      // Nobody sees the trash of another account ("Trash or delete files").
      (item.owner === caller.account || driveOf(item) !== undefined || !this.store.isTrashed(item));
    const found = this.candidates(call, parsed?.parents, corpus, fits);
    return order ? [...found].sort((a, b) => order(a, b, view)) : found;
  }

  private *candidates(
    call: Call,
    parents: ReadonlySet<string> | undefined,
    corpus: Corpus,
    fits: (item: Item, surelyVisible: boolean) => boolean,
  ): Generator<Item> {
    const { account } = call.caller;
    if (parents) {
      const folders = new Set<Item>();
      for (const id of parents) {
        const folder = id === 'root' ? account.root : this.store.item(id);
        if (!folder || !this.store.roleOf(folder, account) || lacksKey(call, this.store, folder))
          throw fileNotFound('.');
        const drive = driveOf(folder);
        // Without asking for items of shared drives, a client finds none, as clients observed.
        if ((drive && !corpus.allDrives) || (corpus.drive && drive !== corpus.drive)) continue;
        folders.add(folder);
      }
      // An old item may lie in two of the folders asked for.
      const seen = folders.size > 1 ? new Set<Item>() : undefined;
      for (const folder of folders) {
        const open = this.store.opens(folder, account);
        for (const child of folder.children ?? []) {
          if (seen?.has(child)) continue;
          seen?.add(child);
          if (fits(child, open)) yield child;
        }
      }
    } else {
      for (const item of this.itemsOf(corpus, account)) if (fits(item, false)) yield item;
    }
  }

  private async get(call: Call): Promise<Reply> {
    return this.answerFile(call, findItem(call, this.store));
  }

  private async download(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const { content } = item;
    if (!content) throw googleError('fileNotDownloadable');
    if (!isCapable('canDownload', item, viewOf(call, this.store)))
      throw googleError(this.store.switches.downloadRefusal);
    const role = this.roleIn(call, item);
    const acknowledged = call.exchange.query.get('acknowledgeAbuse') === 'true';
    if (item.abusive && !(acknowledged && (role === 'owner' || role === 'organizer')))
      throw googleError('cannotDownloadAbusiveFile');
    await content.followDisk();
    const headers = { 'content-type': item.mimeType, 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=0' };
    const asked = call.exchange.header('range');
    const heeded = asked !== undefined && this.store.switches.downloadRanges;
    const range = heeded ? parseRange(asked, content.size) : undefined;
    if (range === 'unsatisfiable') throw googleError('requestedRangeNotSatisfiable', { size: content.size });
    const encoded = this.store.switches.gzipDownloads && /\bgzip\b/.test(call.exchange.header('accept-encoding') ?? '');
    if (!range && encoded && content.size <= GZIP_UP_TO)
      return {
        status: 200,
        headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
        bytes: gzipSync(await content.bytes()),
      };
    if (!range) return { status: 200, headers, part: { content, start: 0, end: content.size } };
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${range.start}-${range.end - 1}/${content.size}` },
      part: { content, ...range },
    };
  }

  private export(call: Call): Reply {
    const { query, url } = call.exchange;
    const item = findItem(call, this.store);
    const byLink = url.pathname === '/export';
    const mimeType = query.get(byLink ? 'exportFormat' : 'mimeType');
    if (!mimeType) throw googleError('parameterRequired', { name: 'mimeType' });
    if (byLink && item.mimeType === VIDEO && mimeType === 'video/mp4')
      return { status: 200, headers: { 'content-type': mimeType }, bytes: emptyMp4() };
    if (!isExportable(item) || !item.document) throw googleError('fileNotExportable');
    if (!isCapable('canDownload', item, viewOf(call, this.store))) throw googleError('cannotExportFile');
    const bytes = exportDocument(item.document, item.name, mimeType);
    // The links in `exportLinks` know no such limit.
    if (!byLink && bytes.length > this.store.limits.exportBytes) throw googleError('exportSizeLimitExceeded');
    return { status: 200, headers: { 'content-type': mimeType }, bytes };
  }

  /** A long-running operation; here it is done at once, and its result can be fetched for a day. */
  private startDownload(call: Call): Reply {
    const item = findItem(call, this.store);
    const { query, origin } = call.exchange;
    const mimeType = query.get('mimeType');
    if (!isCapable('canDownload', item, viewOf(call, this.store)) && item.mimeType !== VIDEO)
      throw googleError(this.store.switches.downloadRefusal);
    const formats: readonly string[] =
      item.mimeType === VIDEO ? ['video/mp4'] : ((item.document && EXPORT_FORMATS[item.mimeType]) ?? []);
    if (!item.content && formats.length === 0) throw googleError('nothingToDownload');
    const target = mimeType ?? formats[0] ?? '';
    if (!item.content && !formats.includes(target)) throw googleError('conversionNotSupported');
    // The name alone: the client puts it behind `operations/` when it asks how far things are.
    const name = newId();
    const uri = item.content
      ? `${origin}/drive/v3/files/${item.id}?alt=media&supportsAllDrives=true`
      : `${origin}/export?id=${item.id}&exportFormat=${encodeURIComponent(target)}&supportsAllDrives=true`;
    this.operations.set(name, { email: call.caller.account.email, since: this.now(), uri });
    return this.answerOperation(name, uri, item.content !== undefined);
  }

  private operation(call: Call): Reply {
    const name = call.route.name ?? '';
    const found = this.operations.get(name);
    if (!found || found.email !== call.caller.account.email || this.now() - found.since > OPERATION_LIFE_MS)
      throw googleError('operationNotFound', { name });
    return this.answerOperation(name, found.uri, found.uri.includes('alt=media'));
  }

  private answerOperation(name: string, downloadUri: string, partialDownloadAllowed: boolean): Reply {
    return { status: 200, json: { name, done: true, response: { downloadUri, partialDownloadAllowed } } };
  }

  private generateIds(call: Call): Reply {
    const { query } = call.exchange;
    const count = numberParameter(query, 'count', 10, 1, 1000);
    const space = query.get('space') ?? 'drive';
    const type = query.get('type') ?? 'files';
    if (space !== 'drive' && space !== 'appDataFolder') throw invalidValue('space');
    if (type !== 'files' && type !== 'shortcuts') throw invalidValue('type');
    return this.answer(
      call,
      { kind: 'drive#generatedIds', space, ids: Array.from({ length: count }, () => newId()) },
      GENERATED_IDS_SCHEMA,
      '*',
    );
  }

  // files: writing

  private async create(call: Call): Promise<Reply> {
    const metadata = readMetadata(await call.exchange.json(), 'create');
    const plan = this.planCreate(call, metadata);
    return this.answerFile(call, this.createItem(call, plan, metadata));
  }

  /** Checks all that can be known before any byte has arrived, so that a bad request costs no upload. */
  private planCreate(
    call: Call,
    metadata: Metadata,
    media?: { contentType?: string; size?: number },
  ): { parent: Item; mimeType: string; convert: boolean; target?: Item } {
    const parent = this.parentFor(call, metadata.parents);
    this.checkRoom(parent.owner);
    const name = metadata.name ?? 'Untitled';
    const given = media?.contentType?.split(';')[0]?.trim();
    const mimeType = metadata.mimeType ?? (media ? given || typeOfName(name) : undefined) ?? 'application/octet-stream';
    if (!MIME_TYPE.test(mimeType)) throw invalidMimeType();
    if (metadata.id !== undefined) this.checkNewId(metadata, mimeType);
    this.checkProperties(metadata);
    if (media && (mimeType === FOLDER || mimeType === SHORTCUT)) throw googleError('hasNoContent');
    const convert = media !== undefined && isGoogleDocument(mimeType);
    const plan = { parent, mimeType, convert };
    if (media?.size !== undefined) this.checkStorage(ownerIn(parent, call), media.size);
    if (mimeType !== SHORTCUT) return plan;
    const target = metadata.shortcutTargetId === undefined ? undefined : this.store.item(metadata.shortcutTargetId);
    if (!target || target.mimeType === SHORTCUT || !isVisible(target, call.caller, this.store))
      throw googleError('shortcutTargetInvalid');
    return { ...plan, target };
  }

  private createItem(
    call: Call,
    plan: { parent: Item; mimeType: string; target?: Item },
    metadata: Metadata,
    stored?: { content?: Content; document?: DocumentModel },
  ): Item {
    const { account } = call.caller;
    const document = stored?.document ?? (stored?.content ? undefined : emptyDocument(plan.mimeType));
    // A file made of metadata alone is an empty one, with a size and checksums as any other.
    const content = stored?.content ?? (isGoogleType(plan.mimeType) ? undefined : Content.made('', 0));
    const item = this.store.create({
      name: metadata.name ?? plan.target?.name ?? 'Untitled',
      mimeType: plan.mimeType,
      owner: ownerIn(plan.parent, call),
      parent: plan.parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(content ? { content } : {}),
      ...(document ? { document } : {}),
    });
    if (plan.target) item.shortcutTarget = { id: plan.target.id, mimeType: plan.target.mimeType };
    if (driveOf(item)) item.modifiedBy = account.email;
    this.keepRevision(call, item);
    if (call.caller.clientId !== undefined) item.createdBy = call.caller.clientId;
    applyMetadata(item, metadata, account);
    if (metadata.createdTime !== undefined) item.created = metadata.createdTime;
    item.modified = metadata.modifiedTime ?? item.modified;
    this.folderChanged(plan.parent);
    return item;
  }

  private async update(call: Call): Promise<Reply> {
    const metadata = readMetadata(await call.exchange.json(), 'update');
    return this.answerFile(call, this.updateItem(call, metadata));
  }

  private updateItem(call: Call, metadata: Metadata, content?: Content): Item {
    const item = findItem(call, this.store);
    const { account } = call.caller;
    const { query } = call.exchange;
    const root = item === item.owner.root;
    // A star is personal: every account that sees a file may star it.
    const others = Object.keys(metadata).filter((name) => name !== 'starred' && name !== 'viewedByMeTime');
    const moves = query.get('addParents') ?? query.get('removeParents');
    if (content !== undefined || moves !== null || others.length > 0) {
      if (!atLeast(this.roleIn(call, item), 'writer')) throw insufficientFilePermissions();
      if (root && (moves !== null || metadata.trashed || metadata.name !== undefined))
        throw insufficientFilePermissions();
    }
    const view = viewOf(call, this.store);
    const trashes = metadata.trashed !== undefined && metadata.trashed !== item.trashedExplicitly;
    if (trashes && !isCapable(metadata.trashed ? 'canTrash' : 'canUntrash', item, view))
      throw insufficientFilePermissions();
    if (metadata.name !== undefined && driveOf(item) && root) throw insufficientFilePermissions();
    this.checkProperties(metadata, item);
    const limits = metadata.inheritedPermissionsDisabled;
    if (limits !== undefined && limits !== (item.inheritedPermissionsDisabled ?? false)) {
      if (item.mimeType !== FOLDER) throw googleError('onlyFoldersLimited');
      if (!isCapable(limits ? 'canDisableInheritedPermissions' : 'canEnableInheritedPermissions', item, view))
        throw insufficientFilePermissions();
    }
    if (metadata.mimeType !== undefined && metadata.mimeType !== item.mimeType) {
      if (isGoogleType(item.mimeType) || isGoogleType(metadata.mimeType)) throw googleError('mimeTypeNotWritable');
      if (!MIME_TYPE.test(metadata.mimeType)) throw invalidMimeType();
      item.mimeType = metadata.mimeType;
    }
    const newParent = this.movedTo(call, item);
    if (trashes && metadata.trashed !== undefined) this.store.setTrashed(item, metadata.trashed, account);
    if (newParent) {
      if (item.parent) this.folderChanged(item.parent);
      const owner = driveOf(newParent) ?? (driveOf(item) ? account : undefined);
      this.store.move(item, newParent, owner === item.owner ? undefined : owner);
      this.folderChanged(newParent);
    }
    if (content) {
      this.store.setContent(item, content);
      this.keepRevision(call, item);
    }
    if (item.owner === account) delete item.modifiedBy;
    else if (content || others.length > 0) item.modifiedBy = account.email;
    if (content || metadata.name !== undefined || metadata.description !== undefined) item.modified = this.now();
    applyMetadata(item, metadata, account);
    this.store.touch(item);
    return item;
  }

  private movedTo(call: Call, item: Item): Item | undefined {
    const { query } = call.exchange;
    const added = (query.get('addParents') ?? '').split(',').filter(Boolean);
    const removed = (query.get('removeParents') ?? '').split(',').filter(Boolean);
    if (added.length === 0) {
      const parents = parentsOf(item);
      const gone = removed.map((id) => findItem(call, this.store, id)).filter((each) => parents.includes(each));
      // An item of several parents may lose some of them.
      if (gone.length > 0 && gone.length < parents.length)
        this.store.setParents(
          item,
          parents.filter((each) => !gone.includes(each)),
        );
      else if (gone.length > 0) throw googleError('cannotRemoveLastParent');
      return undefined;
    }
    const target = this.parentFor(call, added);
    if (target === item.parent) return undefined;
    for (let each: Item | undefined = target; each; each = each.parent)
      if (each === item) throw googleError('cyclicParent');
    this.checkMove(call, item, target);
    return target;
  }

  /** What may go into a shared drive, and out of one ("Roles and permissions", "Resolve errors"). */
  private checkMove(call: Call, item: Item, target: Item): void {
    const from = driveOf(item);
    const to = driveOf(target);
    const view = viewOf(call, this.store);
    if (from === to) {
      if (from && !isCapable('canMoveItemWithinDrive', item, view)) throw insufficientFilePermissions();
      return;
    }
    if (from && !isCapable('canMoveItemOutOfDrive', item, view)) throw insufficientFilePermissions();
    const trashed = this.store.isTrashed(item);
    if (from && trashed) throw googleError('cannotMoveTrashedItemOutOfTeamDrive');
    if (!to) return;
    if (item.mimeType === FOLDER) throw googleError('teamDrivesFolderMoveInNotSupported');
    if (trashed) throw googleError('cannotMoveTrashedItemIntoTeamDrive');
    const owner = personOf(item);
    if (owner && !this.store.roleOf(to.root, owner)) throw googleError('fileOwnerNotMemberOfTeamDrive');
    this.checkRoom(to);
  }

  /** `keepRevisionForever=true` pins the content that has just come. */
  private keepRevision(call: Call, item: Item): void {
    if (!item.content || call.exchange.query.get('keepRevisionForever') !== 'true') return;
    checkPins(item, this.store);
    item.headPinned = true;
  }

  private async copy(call: Call): Promise<Reply> {
    const source = findItem(call, this.store);
    const { account } = call.caller;
    const metadata = readMetadata(await call.exchange.json(), 'copy');
    if (!isCapable('canCopy', source, viewOf(call, this.store))) throw googleError('cannotCopyFile');
    const native = isGoogleDocument(source.mimeType);
    if (metadata.id !== undefined) this.checkNewId(metadata, source.mimeType);
    this.checkProperties(metadata);
    // Without a word about the folder, the copy lies beside its source, if the caller may write there.
    const beside = source.parent && atLeast(this.roleIn(call, source.parent), 'writer') ? source.parent : account.root;
    const parent = metadata.parents ? this.parentFor(call, metadata.parents) : beside;
    const size = sizeOf(source) ?? 0;
    const owner = ownerIn(parent, call);
    this.checkRoom(owner);
    this.behavior.checkFileSize('copy', size);
    this.checkStorage(owner, size);
    if (this.store.switches.copiesCountForTheDay) this.behavior.spendBytes(account, size);
    const spoilt = source.content && call.exchange.fault?.kind === 'wrongContent';
    const content = spoilt ? Content.made(`spoilt ${source.id}`, size) : source.content;
    const copy = this.store.create({
      name: metadata.name ?? source.name,
      mimeType: source.mimeType,
      owner,
      parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(content ? { content } : {}),
      ...(source.document ? { document: structuredClone(source.document) } : {}),
    });
    if (source.shortcutTarget) copy.shortcutTarget = { ...source.shortcutTarget };
    const kept = this.store.switches.copyKeepsProperties;
    if (source.properties && kept) copy.properties = { ...source.properties };
    if (source.appProperties && kept) copy.appProperties = { ...source.appProperties };
    if (native && call.exchange.query.get('copyComments') === 'true') {
      const comments = openComments(source);
      if (comments.length > 0) copy.comments = comments;
    }
    if (driveOf(copy)) copy.modifiedBy = account.email;
    this.keepRevision(call, copy);
    // Documents lose their description on the way; clients send it again.
    if (source.description !== undefined && !native) copy.description = source.description;
    if (source.originalFilename !== undefined) copy.originalFilename = source.originalFilename;
    if (source.copyRequiresWriterPermission) copy.copyRequiresWriterPermission = true;
    if (call.caller.clientId !== undefined) copy.createdBy = call.caller.clientId;
    const made = copy.modified;
    applyMetadata(copy, metadata, account);
    if (!this.store.switches.copyTakesDescription) delete copy.description;
    // Clients observed that copies of Docs ignore the requested modification time.
    if (native && !this.store.switches.docCopyTakesTime) copy.modified = made;
    this.folderChanged(parent);
    return this.answerFile(call, copy);
  }

  private delete(call: Call): Reply {
    const item = findItem(call, this.store);
    if (!isCapable('canDelete', item, viewOf(call, this.store))) throw insufficientFilePermissions();
    if (item.parent) this.folderChanged(item.parent);
    this.store.remove(item);
    return deleted(this.store);
  }

  private emptyTrash(call: Call): Reply {
    const { account } = call.caller;
    const driveId = call.exchange.query.get('driveId');
    const drive = driveId ? findDrive(this.store, account, driveId) : undefined;
    if (drive && this.store.roleOf(drive.root, account) !== 'organizer') throw insufficientFilePermissions();
    for (const item of [...(drive ?? account).own])
      if (item.trashedExplicitly && this.store.item(item.id) === item) this.store.remove(item);
    return deleted(this.store);
  }

  /** A folder's own time changes when items are added or removed, so a client must set times of folders last. */
  private folderChanged(folder: Item): void {
    if (this.store.switches.folderTimeMoves) folder.modified = Math.max(folder.modified, this.now());
  }

  private parentFor(call: Call, parents: string[] | undefined): Item {
    if (parents === undefined || parents.length === 0) return call.caller.account.root;
    if (parents.length > 1) throw googleError('multipleParentsNotSupported');
    const { root } = call.caller.account;
    // A client that sees only its own files may still put them at the top of My Drive.
    const parent = parents[0] === 'root' || parents[0] === root.id ? root : findItem(call, this.store, parents[0]);
    if (parent.mimeType !== FOLDER) throw googleError('parentNotAFolder');
    if (!atLeast(this.roleIn(call, parent), 'writer')) throw googleError('insufficientParentPermissions');
    const { folderDepth, childrenPerFolder } = this.store.limits;
    let depth = 0;
    for (let each: Item | undefined = parent; each?.parent; each = each.parent) depth++;
    if (depth >= folderDepth)
      throw driveOf(parent)
        ? googleError('teamDriveHierarchyTooDeep', { levels: folderDepth })
        : googleError('myDriveHierarchyDepthLimitExceeded', { levels: folderDepth });
    if (parent.parent && (parent.children?.size ?? 0) >= childrenPerFolder)
      throw googleError('numChildrenInNonRootLimitExceeded');
    return parent;
  }

  /** Whether an owner may have one more item ("Usage limits", "Shared drive limits"). */
  private checkRoom(owner: Owner): void {
    const { itemsPerAccount, itemsPerDrive } = this.store.limits;
    if (owner.email === undefined && owner.own.size >= itemsPerDrive) throw googleError('teamDriveFileLimitExceeded');
    if (owner.email !== undefined && owner.own.size >= itemsPerAccount)
      throw googleError('activeItemCreationLimitExceeded');
  }

  private checkProperties(metadata: Metadata, item?: Item): void {
    const { propertiesPerFile, publicProperties, privateProperties } = this.store.limits;
    const count = (field: 'properties' | 'appProperties'): number => {
      const names = new Set(Object.keys(item?.[field] ?? {}));
      for (const [name, value] of Object.entries(metadata[field] ?? {}))
        if (value === null) names.delete(name);
        else names.add(name);
      return names.size;
    };
    if (!metadata.properties && !metadata.appProperties) return;
    const shown = count('properties');
    const own = count('appProperties');
    // The reason is not documented (U).
    if (shown > publicProperties || own > privateProperties || shown + own > propertiesPerFile)
      throw googleError('tooManyProperties');
  }

  /** What the metadata's id may be; takes one away that is to be taken no notice of. */
  private checkNewId(metadata: Metadata, mimeType: string): void {
    const { id = '' } = metadata;
    const { idOnDocs, takenIdReason } = this.store.switches;
    if (isGoogleDocument(mimeType)) {
      if (idOnDocs === 'refuse') throw googleError('idNotForDocuments');
      delete metadata.id;
      return;
    }
    if (this.store.isTaken(id)) throw googleError(takenIdReason);
    if (!isIssuedId(id)) throw googleError('idNotUsable');
  }

  private checkStorage(owner: Owner, bytes: number): void {
    // Shared drives have no quota of bytes.
    if (owner.email !== undefined) this.behavior.checkStorage(owner, bytes);
  }

  // uploads

  private async upload(call: Call): Promise<Reply> {
    const { exchange } = call;
    const updates = call.route.fileId !== undefined;
    const mode = updates ? 'update' : 'create';
    switch (exchange.query.get('uploadType')) {
      case 'multipart': {
        const { metadata, content, contentType } = await readMultipart(exchange, this.contents, async (head, type) => {
          const checked = readMetadata(head, mode);
          await call.strikeByName(checked.name ?? '');
          this.planUpload(call, checked, { contentType: type });
        });
        return this.keep(call, readMetadata(metadata, mode), content, contentType);
      }
      case 'media': {
        const contentType = exchange.header('content-type');
        this.planUpload(call, {}, { contentType, size: Number(exchange.header('content-length') ?? 0) });
        const writer = await this.contents.create();
        try {
          for await (const chunk of exchange.stream()) await writer.write(chunk);
        } catch (error) {
          await writer.abandon();
          throw error;
        }
        return this.keep(call, {}, await writer.finish(), contentType);
      }
      default:
        throw googleError('invalidUploadType');
    }
  }

  private async startUpload(call: Call): Promise<Reply> {
    const { exchange, route } = call;
    const metadata = readMetadata(await exchange.json(), route.fileId === undefined ? 'create' : 'update');
    const announced = exchange.header('x-upload-content-length');
    if (announced !== undefined && !/^\d+$/.test(announced)) throw googleError('invalidUploadLength');
    const contentType = exchange.header('x-upload-content-type');
    const total = announced === undefined ? undefined : Number(announced);
    this.planUpload(call, metadata, { contentType, size: total });
    maskOf(call, FILE_SCHEMA, DEFAULT_FILE_FIELDS);
    return this.uploads.start(exchange, {
      account: call.caller.account,
      name: metadata.name ?? '',
      ...(route.fileId === undefined ? {} : { fileId: route.fileId }),
      ...(total === undefined ? {} : { total }),
      complete: (content) => this.keep(call, metadata, content, contentType),
    });
  }

  private planUpload(call: Call, metadata: Metadata, media: { contentType?: string; size?: number }): void {
    if (call.route.fileId === undefined) {
      this.planCreate(call, metadata, media);
      return;
    }
    const item = findItem(call, this.store);
    if (!atLeast(this.roleIn(call, item), 'writer')) throw insufficientFilePermissions();
    if (item.mimeType === FOLDER || item.mimeType === SHORTCUT) throw googleError('hasNoContent');
    if (media.size !== undefined) this.checkStorage(item.owner, media.size);
  }

  /** Makes or changes a file with bytes that have all arrived; if that fails, they are not kept. */
  private async keep(call: Call, metadata: Metadata, whole: Content, contentType?: string): Promise<Reply> {
    const content = call.exchange.fault?.kind === 'wrongContent' ? await Content.spoilt(whole) : whole;
    try {
      const { account } = call.caller;
      this.behavior.checkFileSize('upload', content.size);
      this.behavior.spendBytes(account, content.size);
      if (call.route.fileId !== undefined) {
        const item = findItem(call, this.store);
        this.checkStorage(item.owner, content.size);
        if (!item.document) return await this.answerFile(call, this.updateItem(call, metadata, content));
        checkImportSize(content, item.mimeType);
        item.document = importDocument(await content.bytes(), contentType ?? '', item.mimeType);
        await content.discard();
        return await this.answerFile(call, this.updateItem(call, metadata));
      }
      const plan = this.planCreate(call, metadata, {
        size: content.size,
        ...(contentType === undefined ? {} : { contentType }),
      });
      if (!plan.convert) return await this.answerFile(call, this.createItem(call, plan, metadata, { content }));
      checkImportSize(content, plan.mimeType);
      const document = importDocument(await content.bytes(), contentType ?? '', plan.mimeType);
      await content.discard();
      return await this.answerFile(call, this.createItem(call, plan, metadata, { document }));
    } catch (error) {
      if (content.users === 0) await content.discard();
      throw error;
    }
  }

  // changes

  private async listChanges(call: Call): Promise<Reply> {
    const { query } = call.exchange;
    const pageToken = query.get('pageToken');
    if (!pageToken) throw googleError('parameterRequired', { name: 'pageToken' });
    if (!/^\d+$/.test(pageToken)) throw invalidValue('pageToken');
    const pageSize = numberParameter(query, 'pageSize', 100, 1, 1000);
    const includeRemoved = query.get('includeRemoved') !== 'false';
    const mask = maskOf(
      call,
      CHANGES_SCHEMA,
      `kind,nextPageToken,newStartPageToken,changes(kind,removed,fileId,driveId,time,changeType,type,file(${DEFAULT_FILE_FIELDS}),drive(kind,id,name))`,
    );
    const changesMask = below(mask, 'changes') ?? true;
    const fileMask = below(changesMask, 'file') ?? true;
    const { changes, next } = this.store.changesSince(Number(pageToken), pageSize);
    const drive = this.driveOfChanges(call);
    const found = changes.flatMap((change) => this.changeFor(call, change, drive) ?? []);
    const shown = includeRemoved ? found : found.filter(({ item, changed }) => item ?? changed);
    const items = shown.flatMap(({ item }) => item ?? []);
    if (asksFor(changesMask, 'file')) await prepareChecksums(items, fileMask);
    const view = viewOf(call, this.store);
    const json = {
      kind: 'drive#changeList',
      ...(next < this.store.nextChange ? { nextPageToken: String(next) } : { newStartPageToken: String(next) }),
      changes: shown.map(({ change, item, changed }) => {
        const aboutDrive = change.driveId === change.fileId;
        return {
          kind: 'drive#change',
          changeType: aboutDrive ? 'drive' : 'file',
          type: aboutDrive ? 'drive' : 'file',
          time: rfc3339(change.time),
          removed: !item && !changed,
          ...(aboutDrive ? { driveId: change.fileId } : { fileId: change.fileId }),
          ...(item && asksFor(changesMask, 'file') ? { file: fileResource(item, view, fileMask) } : {}),
          ...(changed ? { drive: driveResource(changed, call.caller.account, this.store) } : {}),
        };
      }),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  private driveOfChanges(call: Call): SharedDrive | undefined {
    const driveId = call.exchange.query.get('driveId') ?? call.exchange.query.get('teamDriveId');
    if (!driveId) return undefined;
    if (!supportsAllDrives(call)) throw googleError('allDrivesNotSupported', { parameter: 'driveId is specified' });
    return findDrive(this.store, call.caller.account, driveId);
  }

  /** A change as the caller may know of it: with the file or drive, or bare because it is gone for them. */
  private changeFor(
    call: Call,
    change: Change,
    drive: SharedDrive | undefined,
  ): { change: Change; item?: Item; changed?: SharedDrive } | undefined {
    const { query } = call.exchange;
    const { account } = call.caller;
    const allDrives =
      drive !== undefined ||
      query.get('includeItemsFromAllDrives') === 'true' ||
      query.get('includeTeamDriveItems') === 'true';
    if (change.driveId !== undefined && !allDrives) return undefined;
    if (drive && change.driveId !== drive.id) return undefined;
    const item = this.store.item(change.fileId);
    if (item && isVisible(item, call.caller, this.store)) {
      const about = driveOf(item);
      if (about && item === about.root) return { change, changed: about };
      if (item === item.owner.root) return undefined;
      if (query.get('restrictToMyDrive') === 'true' && !isBelow(item, account.root)) return undefined;
      return { change, item };
    }
    const knewIt = change.removedFor?.includes(account.email) || change.lostBy?.includes(account.email);
    return knewIt ? { change } : undefined;
  }
}

type CorpusKind = (typeof CORPORA)[number];
const SPACES = ['drive', 'appDataFolder', 'photos'];
const CORPORA = ['user', 'domain', 'drive', 'allDrives'] as const;

/** Where a search looks; `allDrives` when the request includes items of shared drives. */
interface Corpus {
  kind: CorpusKind;
  drive?: SharedDrive;
  allDrives: boolean;
}

/** What a page token stands for. */
/** A listing that has begun. */
interface Cursor {
  readonly email: string;
  /** The query: a page token is valid for the same query only. */
  readonly key: string;
  readonly since: number;
  /** What was found so far, and where to continue. */
  readonly items: Item[];
  rest?: Iterator<Item, unknown>;
}

/** The owner of what is put into a folder: its shared drive, or the account that puts it there. */
function ownerIn(folder: Item, call: Call): Owner {
  return driveOf(folder) ?? call.caller.account;
}

function isBelow(item: Item, folder: Item): boolean {
  return parentsOf(item).some((parent) => parent === folder || isBelow(parent, folder));
}

/** The shortest thing that calls itself an MP4: a `ftyp` box (ISO/IEC 14496-12, 4.3). */
function emptyMp4(): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('ftypmp42'), Buffer.alloc(4)]);
}

/** The reason is not documented (U). */
function checkImportSize({ size }: Content, mimeType: string): void {
  const most = MAX_IMPORT_SIZES[mimeType];
  if (most !== undefined && size > most) throw googleError('importTooLarge', { bytes: most, mimeType });
}

function invalidMimeType(): GoogleError {
  return googleError('invalidMimeType');
}

const LIST_SCHEMA: Schema = { kind: true, incompleteSearch: true, nextPageToken: true, files: FILE_SCHEMA };
const CHANGES_SCHEMA: Schema = {
  kind: true,
  nextPageToken: true,
  newStartPageToken: true,
  changes: {
    kind: true,
    changeType: true,
    time: true,
    fileId: true,
    driveId: true,
    teamDriveId: true,
    removed: true,
    type: true,
    file: FILE_SCHEMA,
    drive: DRIVE_SCHEMA,
    teamDrive: DRIVE_SCHEMA,
  },
};

/** One `bytes=` range (RFC 9110, 14.1.2); several at once, or other units, are ignored as the RFC allows. */
function parseRange(header: string, size: number): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? size : Math.min(Number(match[2]) + 1, size);
  if (match[2] !== '' && Number(match[2]) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
