import type { Behavior } from './behavior.ts';
import { findItem, isVisible, maskOf, numberParameter, viewOf, type Call } from './call.ts';
import type { Content, ContentFolder } from './content.ts';
import {
  emptyDocument,
  EXPORT_FORMATS,
  exportDocument,
  IMPORT_FORMATS,
  importDocument,
  type DocumentModel,
} from './documents.ts';
import {
  atLeast,
  FOLDER,
  isGoogleDocument,
  isGoogleType,
  isIssuedId,
  newId,
  SHORTCUT,
  sizeOf,
  type Account,
  type DriveStore,
  type Item,
  type Role,
} from './drive-store.ts';
import { fileNotFound, GoogleError, insufficientFilePermissions, invalidValue, required } from './errors.ts';
import type { Reply } from './exchange.ts';
import { applyMask, asksFor, below, type Schema } from './fields.ts';
import { applyMetadata, readMetadata, type Metadata } from './file-metadata.ts';
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
import { PermissionsApi } from './permissions-api.ts';
import { parseOrder, parseQuery } from './query.ts';
import { fitsScopes } from './routes.ts';
import { readMultipart, ResumableUploads } from './uploads.ts';

/** "Usage limits" and "Create and populate folders". */
const MAX_CHILDREN = 500_000;
const MAX_DEPTH = 100;
/** Bytes, "Export MIME types". */
const EXPORT_LIMIT = 10 * 1024 * 1024;
const MAX_CURSORS = 300;
/** What can be sent back as a Content-Type. */
const MIME_TYPE = /^[\x21-\x7e][\x20-\x7e]*$/;

/** Drive v3, method by method, over the store. */
export class DriveApi {
  readonly uploads: ResumableUploads;
  readonly permissions: PermissionsApi;
  private readonly store: DriveStore;
  private readonly contents: ContentFolder;
  private readonly behavior: Behavior;
  private readonly now: () => number;
  private readonly cursors = new Map<string, { email: string; key: string; items: Item[] }>();

  constructor(store: DriveStore, contents: ContentFolder, behavior: Behavior, now: () => number) {
    this.store = store;
    this.contents = contents;
    this.behavior = behavior;
    this.now = now;
    this.uploads = new ResumableUploads(contents, now);
    this.permissions = new PermissionsApi(store, now);
  }

  /** Carries a call out. */
  async handle(call: Call): Promise<Reply> {
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
      case 'drives.list':
        return this.answer(call, { kind: 'drive#driveList', drives: [] }, 'any', '*');
      case 'drives.get':
        throw new GoogleError(404, 'notFound', `Shared drive not found: ${call.route.fileId}`, { location: 'driveId' });
      case 'changes.getStartPageToken':
        return this.answer(
          call,
          { kind: 'drive#startPageToken', startPageToken: String(this.store.nextChange) },
          'any',
          '*',
        );
      case 'changes.list':
        return this.listChanges(call);
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
    if (!call.exchange.query.get('fields'))
      throw required('fields', "The 'fields' parameter is required for this method.");
    const { account } = call.caller;
    const mask = maskOf(call, ABOUT_SCHEMA, '*');
    const about: Record<string, unknown> = {
      kind: 'drive#about',
      user: userResource(account, viewOf(call, this.store)),
      importFormats: IMPORT_FORMATS,
      exportFormats: EXPORT_FORMATS,
      maxImportSizes: {
        'application/vnd.google-apps.document': '10485760',
        'application/vnd.google-apps.spreadsheet': '104857600',
        'application/vnd.google-apps.presentation': '104857600',
      },
      maxUploadSize: '5242880000000',
      appInstalled: true,
      folderColorPalette: ['#ac725e', '#d06b64', '#f83a22', '#fa573c', '#ff7537', '#ffad46', '#42d692', '#8f8f8f'],
      canCreateDrives: false,
      canCreateTeamDrives: false,
    };
    if (asksFor(mask, 'storageQuota')) {
      let inTrash = 0;
      for (const item of account.own) if (this.store.isTrashed(item)) inTrash += sizeOf(item) ?? 0;
      about['storageQuota'] = {
        limit: String(account.quotaBytes),
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
    if (query.get('includeItemsFromAllDrives') === 'true' && query.get('supportsAllDrives') !== 'true')
      throw new GoogleError(
        403,
        'supportsTeamDrivesRequired',
        'The supportsAllDrives parameter must be enabled when includeItemsFromAllDrives is enabled.',
      );
    const corpora = query.get('corpora') ?? 'user';
    if (!['user', 'domain', 'drive', 'allDrives'].includes(corpora)) throw invalidValue('corpora');
    const driveId = query.get('driveId');
    if (corpora === 'drive' && !driveId)
      throw required('driveId', 'The driveId parameter must be specified if and only if corpora is set to drive.');
    if (driveId) throw new GoogleError(404, 'notFound', `Shared drive not found: ${driveId}`, { location: 'driveId' });
    let pageSize = numberParameter(query, 'pageSize', 100, 1, 1000);
    // Asking for permissions makes Google's pages smaller.
    if (fileMask !== undefined && fileMask !== true && fileMask.has('permissions')) pageSize = Math.min(pageSize, 100);

    const q = query.get('q') ?? '';
    const orderBy = query.get('orderBy') ?? '';
    const key = JSON.stringify([q, orderBy, corpora]);
    const pageToken = query.get('pageToken');
    let cursorId: string;
    let offset = 0;
    let found: Item[];
    if (pageToken) {
      const [, id = '', at = ''] = /^~!!~([\w-]+)\.(\d+)$/.exec(pageToken) ?? [];
      const cursor = this.cursors.get(id);
      if (!cursor || cursor.email !== caller.account.email || cursor.key !== key) throw invalidValue('pageToken');
      cursorId = id;
      offset = Number(at);
      found = cursor.items;
    } else {
      found = query.get('spaces') === 'appDataFolder' ? [] : this.search(call, q, orderBy);
      cursorId = newId();
    }

    const files: Item[] = [];
    while (files.length < pageSize && offset < found.length) {
      const item = found[offset++];
      if (item && this.store.item(item.id) === item && (!pageToken || isVisible(item, caller, this.store)))
        files.push(item);
    }
    const answer: Record<string, unknown> = { kind: 'drive#fileList', incompleteSearch: false };
    if (offset < found.length) {
      answer['nextPageToken'] = `~!!~${cursorId}.${offset}`;
      if (!pageToken) this.keepCursor(cursorId, { email: caller.account.email, key, items: found });
    }
    const json = applyMask(answer, mask) as Record<string, unknown>;
    if (fileMask !== undefined) {
      await prepareChecksums(files, fileMask);
      const view = viewOf(call, this.store);
      json['files'] = files.map((item) => fileResource(item, view, fileMask));
    }
    return { status: 200, json };
  }

  private keepCursor(id: string, cursor: { email: string; key: string; items: Item[] }): void {
    this.cursors.set(id, cursor);
    // The oldest go first: a page token is good for some hours, not for ever.
    for (const old of this.cursors.keys()) {
      if (this.cursors.size <= MAX_CURSORS) break;
      this.cursors.delete(old);
    }
  }

  private search(call: Call, q: string, orderBy: string): Item[] {
    const { caller } = call;
    const view = viewOf(call, this.store);
    const parsed = q.trim() === '' ? undefined : parseQuery(q);
    const order = orderBy === '' ? undefined : parseOrder(orderBy);
    if (parsed?.usesFullText && order)
      throw new GoogleError(
        403,
        'forbidden',
        'Sorting is not supported for queries with fullText terms. Results are always in descending relevance order.',
      );
    const indexed = this.now() - this.behavior.settings.indexLagMs;
    const found: Item[] = [];
    const consider = (item: Item, surelyVisible: boolean): void => {
      if (item.born > indexed) return;
      if (parsed && !parsed.test(item, view)) return;
      if (!surelyVisible && !this.store.roleOf(item, caller.account)) return;
      if (!fitsScopes(item, caller)) return;
      // Nobody sees what lies in somebody else's trash ("Trash or delete files").
      if (item.owner !== caller.account && this.store.isTrashed(item)) return;
      found.push(item);
    };
    if (parsed?.parents) {
      const folders = new Set<Item>();
      for (const id of parsed.parents) {
        const folder = id === 'root' ? caller.account.root : this.store.item(id);
        if (!folder || !this.store.roleOf(folder, caller.account)) throw fileNotFound('.');
        folders.add(folder);
      }
      for (const folder of folders) for (const child of folder.children ?? []) consider(child, true);
    } else {
      for (const item of this.store.corpusOf(caller.account)) consider(item, false);
    }
    if (order) found.sort((a, b) => order(a, b, view));
    return found;
  }

  private async get(call: Call): Promise<Reply> {
    return this.answerFile(call, findItem(call, this.store));
  }

  private async download(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const { content } = item;
    if (!content)
      throw new GoogleError(
        403,
        'fileNotDownloadable',
        'Only files with binary content can be downloaded. Use Export with Docs Editors files.',
        { location: 'alt' },
      );
    if (!isCapable('canDownload', item, viewOf(call, this.store)))
      throw new GoogleError(403, 'cannotDownloadFile', 'This file cannot be downloaded by the user.');
    await content.followDisk();
    const headers = { 'content-type': item.mimeType, 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=0' };
    const asked = call.exchange.header('range');
    const range = asked === undefined ? undefined : parseRange(asked, content.size);
    if (range === 'unsatisfiable')
      throw new GoogleError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
        location: 'Range',
        locationType: 'header',
        headers: { 'content-range': `bytes */${content.size}` },
      });
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
    if (!mimeType) throw required('mimeType', 'Required parameter: mimeType');
    if (!isExportable(item) || !item.document)
      throw new GoogleError(403, 'fileNotExportable', 'Export only supports Docs Editors files.');
    if (!isCapable('canDownload', item, viewOf(call, this.store)))
      throw new GoogleError(403, 'cannotExportFile', 'This file cannot be exported by the user.');
    const bytes = exportDocument(item.document, item.name, mimeType);
    // The links in `exportLinks` know no such limit.
    if (!byLink && bytes.length > EXPORT_LIMIT)
      throw new GoogleError(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.');
    return { status: 200, headers: { 'content-type': mimeType }, bytes };
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
      'any',
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
    const name = metadata.name ?? 'Untitled';
    const given = media?.contentType?.split(';')[0]?.trim();
    const mimeType = metadata.mimeType ?? (media ? given || typeOfName(name) : undefined) ?? 'application/octet-stream';
    if (!MIME_TYPE.test(mimeType)) throw invalidMimeType();
    if (metadata.id !== undefined) this.checkNewId(metadata.id, mimeType);
    if (media && (mimeType === FOLDER || mimeType === SHORTCUT))
      throw new GoogleError(400, 'badRequest', 'Folders and shortcuts cannot have content.');
    const convert = media !== undefined && isGoogleDocument(mimeType);
    const plan = { parent, mimeType, convert };
    if (media?.size !== undefined) this.checkStorage(call.caller.account, media.size);
    if (mimeType !== SHORTCUT) return plan;
    const target = metadata.shortcutTargetId === undefined ? undefined : this.store.item(metadata.shortcutTargetId);
    if (!target || target.mimeType === SHORTCUT || !isVisible(target, call.caller, this.store))
      throw new GoogleError(400, 'shortcutTargetInvalid', 'The shortcut target is invalid.', {
        location: 'file.shortcut_details.target_id',
      });
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
    const item = this.store.create({
      name: metadata.name ?? plan.target?.name ?? 'Untitled',
      mimeType: plan.mimeType,
      owner: account,
      parent: plan.parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(stored?.content ? { content: stored.content } : {}),
      ...(document ? { document } : {}),
    });
    if (plan.target) item.shortcutTarget = { id: plan.target.id, mimeType: plan.target.mimeType };
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
    // A star is each person's own: whoever sees a file may give it one.
    const others = Object.keys(metadata).filter((name) => name !== 'starred' && name !== 'viewedByMeTime');
    const moves = query.get('addParents') ?? query.get('removeParents');
    if (content !== undefined || moves !== null || others.length > 0) {
      if (!atLeast(this.roleIn(call, item), 'writer')) throw insufficientFilePermissions();
      if (root && (moves !== null || metadata.trashed || metadata.name !== undefined))
        throw insufficientFilePermissions();
    }
    if (metadata.trashed !== undefined && metadata.trashed !== item.trashedExplicitly) {
      if (item.owner !== account) throw insufficientFilePermissions();
    }
    if (metadata.mimeType !== undefined && metadata.mimeType !== item.mimeType) {
      if (isGoogleType(item.mimeType) || isGoogleType(metadata.mimeType))
        throw new GoogleError(403, 'fieldNotWritable', 'The mimeType of this file cannot be changed.', {
          location: 'file.mimeType',
        });
      if (!MIME_TYPE.test(metadata.mimeType)) throw invalidMimeType();
      item.mimeType = metadata.mimeType;
    }
    const newParent = this.movedTo(call, item);
    if (metadata.trashed !== undefined && metadata.trashed !== item.trashedExplicitly)
      this.store.setTrashed(item, metadata.trashed);
    if (newParent) {
      if (item.parent) this.folderChanged(item.parent);
      this.store.move(item, newParent);
      this.folderChanged(newParent);
    }
    if (content) this.store.setContent(item, content);
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
      if (removed.length > 0 && removed.some((id) => findItem(call, this.store, id) === item.parent))
        throw new GoogleError(
          403,
          'cannotRemoveLastParent',
          'A file must have a parent. Name the new one with addParents.',
        );
      return undefined;
    }
    const target = this.parentFor(call, added);
    if (target === item.parent) return undefined;
    for (let each: Item | undefined = target; each; each = each.parent)
      if (each === item)
        throw new GoogleError(403, 'cyclicParent', 'A folder cannot be moved into itself or below itself.');
    return target;
  }

  private async copy(call: Call): Promise<Reply> {
    const source = findItem(call, this.store);
    const { account } = call.caller;
    const metadata = readMetadata(await call.exchange.json(), 'copy');
    if (!isCapable('canCopy', source, viewOf(call, this.store)))
      throw new GoogleError(403, 'cannotCopyFile', 'This file cannot be copied by the user.');
    const native = isGoogleDocument(source.mimeType);
    if (metadata.id !== undefined) this.checkNewId(metadata.id, source.mimeType);
    // Without a word about the folder, the copy lies beside its source, if the caller may write there.
    const beside = source.parent && atLeast(this.roleIn(call, source.parent), 'writer') ? source.parent : account.root;
    const parent = metadata.parents ? this.parentFor(call, metadata.parents) : beside;
    const size = sizeOf(source) ?? 0;
    this.checkStorage(account, size);
    this.behavior.spendBytes(account, size);
    const copy = this.store.create({
      name: metadata.name ?? source.name,
      mimeType: source.mimeType,
      owner: account,
      parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(source.content ? { content: source.content } : {}),
      ...(source.document ? { document: structuredClone(source.document) } : {}),
    });
    if (source.shortcutTarget) copy.shortcutTarget = { ...source.shortcutTarget };
    if (source.properties) copy.properties = { ...source.properties };
    if (source.appProperties) copy.appProperties = { ...source.appProperties };
    // Documents lose their description on the way; clients send it again.
    if (source.description !== undefined && !native) copy.description = source.description;
    if (source.originalFilename !== undefined) copy.originalFilename = source.originalFilename;
    if (source.copyRequiresWriterPermission) copy.copyRequiresWriterPermission = true;
    if (call.caller.clientId !== undefined) copy.createdBy = call.caller.clientId;
    const made = copy.modified;
    applyMetadata(copy, metadata, account);
    // Clients found that copies of Docs do not take the time they are asked to have.
    if (native) copy.modified = made;
    this.folderChanged(parent);
    return this.answerFile(call, copy);
  }

  private delete(call: Call): Reply {
    const item = findItem(call, this.store);
    if (item.owner !== call.caller.account || item === item.owner.root) throw insufficientFilePermissions();
    if (item.parent) this.folderChanged(item.parent);
    this.store.remove(item);
    return { status: 204 };
  }

  private emptyTrash(call: Call): Reply {
    for (const item of [...call.caller.account.own])
      if (item.trashedExplicitly && this.store.item(item.id) === item) this.store.remove(item);
    return { status: 204 };
  }

  /** A folder's own time moves when something comes or goes: whoever copies times must set folders last. */
  private folderChanged(folder: Item): void {
    folder.modified = Math.max(folder.modified, this.now());
  }

  private parentFor(call: Call, parents: string[] | undefined): Item {
    if (parents === undefined || parents.length === 0) return call.caller.account.root;
    if (parents.length > 1)
      throw new GoogleError(403, 'multipleParentsNotSupported', 'A file cannot have more than one parent.');
    const parent = findItem(call, this.store, parents[0]);
    if (parent.mimeType !== FOLDER)
      throw new GoogleError(403, 'parentNotAFolder', 'The specified parent is not a folder.');
    if (!atLeast(this.roleIn(call, parent), 'writer'))
      throw new GoogleError(403, 'insufficientParentPermissions', 'Insufficient permissions for the specified parent.');
    let depth = 0;
    for (let each: Item | undefined = parent; each?.parent; each = each.parent) depth++;
    if (depth >= MAX_DEPTH)
      throw new GoogleError(
        403,
        'myDriveHierarchyDepthLimitExceeded',
        'Your My Drive cannot contain more than 100 levels of folders.',
      );
    if (parent.parent && (parent.children?.size ?? 0) >= MAX_CHILDREN)
      throw new GoogleError(
        403,
        'numChildrenInNonRootLimitExceeded',
        'The limit for the number of items in the folder has been exceeded.',
      );
    return parent;
  }

  private checkNewId(id: string, mimeType: string): void {
    if (isGoogleDocument(mimeType))
      throw invalidValue('file.id', 'Generated IDs are not supported for files of this type.');
    if (this.store.isTaken(id))
      throw new GoogleError(409, 'fileIdInUse', 'A file already exists with the provided ID.', { location: 'file.id' });
    if (!isIssuedId(id)) throw invalidValue('file.id', 'The provided file ID is not usable.');
  }

  private checkStorage(account: Account, bytes: number): void {
    if (account.usage + bytes > account.quotaBytes)
      throw new GoogleError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.", {
        domain: 'usageLimits',
      });
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
        throw invalidValue('uploadType', 'Invalid Value: uploadType must be media, multipart or resumable.');
    }
  }

  private async startUpload(call: Call): Promise<Reply> {
    const { exchange, route } = call;
    const metadata = readMetadata(await exchange.json(), route.fileId === undefined ? 'create' : 'update');
    const announced = exchange.header('x-upload-content-length');
    if (announced !== undefined && !/^\d+$/.test(announced))
      throw invalidValue('X-Upload-Content-Length', 'Invalid X-Upload-Content-Length header.');
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
    if (item.mimeType === FOLDER || item.mimeType === SHORTCUT)
      throw new GoogleError(400, 'badRequest', 'Folders and shortcuts cannot have content.');
    if (media.size !== undefined) this.checkStorage(call.caller.account, media.size);
  }

  /** Makes or changes a file with bytes that have all arrived; if that fails, they are not kept. */
  private async keep(call: Call, metadata: Metadata, content: Content, contentType?: string): Promise<Reply> {
    try {
      const { account } = call.caller;
      this.checkStorage(account, content.size);
      this.behavior.spendBytes(account, content.size);
      if (call.route.fileId !== undefined) {
        const item = findItem(call, this.store);
        if (!item.document) return await this.answerFile(call, this.updateItem(call, metadata, content));
        item.document = importDocument(await content.bytes(), contentType ?? '', item.mimeType);
        await content.discard();
        return await this.answerFile(call, this.updateItem(call, metadata));
      }
      const plan = this.planCreate(call, metadata, { ...(contentType === undefined ? {} : { contentType }) });
      if (!plan.convert) return await this.answerFile(call, this.createItem(call, plan, metadata, { content }));
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
    if (!pageToken) throw required('pageToken', 'Required parameter: pageToken');
    if (!/^\d+$/.test(pageToken)) throw invalidValue('pageToken');
    const pageSize = numberParameter(query, 'pageSize', 100, 1, 1000);
    const includeRemoved = query.get('includeRemoved') !== 'false';
    const mask = maskOf(
      call,
      CHANGES_SCHEMA,
      `kind,nextPageToken,newStartPageToken,changes(kind,removed,fileId,time,changeType,file(${DEFAULT_FILE_FIELDS}))`,
    );
    const changesMask = below(mask, 'changes') ?? true;
    const fileMask = below(changesMask, 'file') ?? true;
    const { changes, next } = this.store.changesSince(Number(pageToken), pageSize);
    const view = viewOf(call, this.store);
    const { account } = call.caller;
    const shown = changes.filter((change) => {
      if (change.removedFor) return includeRemoved && change.removedFor.includes(account.email);
      const item = this.store.item(change.fileId);
      return item !== undefined && item !== account.root && isVisible(item, call.caller, this.store);
    });
    const items = shown.flatMap((change) => this.store.item(change.fileId) ?? []);
    if (asksFor(changesMask, 'file')) await prepareChecksums(items, fileMask);
    const json = {
      kind: 'drive#changeList',
      ...(next < this.store.nextChange ? { nextPageToken: String(next) } : { newStartPageToken: String(next) }),
      changes: shown.map((change) => {
        const item = this.store.item(change.fileId);
        return {
          kind: 'drive#change',
          changeType: 'file',
          time: rfc3339(change.time),
          fileId: change.fileId,
          removed: !item,
          ...(item ? { file: fileResource(item, view, fileMask) } : {}),
        };
      }),
    };
    return { status: 200, json: applyMask(json, mask) };
  }
}

function invalidMimeType(): GoogleError {
  return new GoogleError(400, 'badRequest', 'Invalid MIME type provided for the uploaded content.');
}

const LIST_SCHEMA: Schema = { kind: true, incompleteSearch: true, nextPageToken: true, files: FILE_SCHEMA };
const CHANGES_SCHEMA: Schema = {
  kind: true,
  nextPageToken: true,
  newStartPageToken: true,
  changes: { kind: true, changeType: true, time: true, fileId: true, removed: true, type: true, file: FILE_SCHEMA },
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
