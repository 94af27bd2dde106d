import type { Endpoints } from '../http/endpoint.ts';
import type { Behavior } from '../faults/behavior.ts';
import { answer, type Call, deleted, findItem, numberParameter, viewOf } from '../http/call.ts';
import { googleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { isOn } from '../http/query-types.ts';
import { appOf } from '../oauth/scopes.ts';
import { copyOfDocument } from '../documents/documents.ts';
import { openComments } from './comments-api.ts';
import { Content } from './content.ts';
import { atLeast, driveOf, type DriveStore, isGoogleDocument, newId, sizeOf } from './drive-store.ts';
import { findDrive } from './drives-api.ts';
import { answerFile, fileMask } from './file-answer.ts';
import { applyMetadata, readMetadata } from './file-metadata.ts';
import { isCapable } from './capabilities.ts';
import { GENERATED_IDS_SCHEMA } from './nested-schemas.ts';
import { METADATA_ERRORS, ownerIn, PLACE_ERRORS, UPDATE_ERRORS, type FileWriter } from './file-writer.ts';

/** The endpoints of files as metadata. */
export const FILES_ENDPOINTS = {
  'files.generateIds': {
    at: 'GET /drive/v3/files/generateIds',
    handle: ({ files }, call) => files.generateIds(call),
    scopes: 'write',
    cost: 'other',
    typicalMs: 80,
    errors: [],
  },
  'files.emptyTrash': {
    at: 'DELETE /drive/v3/files/trash',
    handle: ({ files }, call) => files.emptyTrash(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['driveNotFound', 'insufficientFilePermissions'],
  },
  'files.create': {
    at: 'POST /drive/v3/files',
    handle: ({ files }, call) => files.create(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 350,
    errors: ['fileNotFound', ...PLACE_ERRORS, ...METADATA_ERRORS],
  },
  'files.get': {
    at: 'GET /drive/v3/files/{fileId}',
    handle: ({ files }, call) => files.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 60,
    errors: ['fileNotFound'],
  },
  'files.update': {
    at: 'PATCH /drive/v3/files/{fileId}',
    handle: ({ files }, call) => files.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 300,
    errors: [...UPDATE_ERRORS, ...PLACE_ERRORS, ...METADATA_ERRORS],
  },
  'files.copy': {
    at: 'POST /drive/v3/files/{fileId}/copy',
    handle: ({ files }, call) => files.copy(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 900,
    errors: ['fileNotFound', 'cannotCopyFile', 'dailyBytesExceeded', ...PLACE_ERRORS, ...METADATA_ERRORS],
  },
  'files.delete': {
    at: 'DELETE /drive/v3/files/{fileId}',
    handle: ({ files }, call) => files.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 300,
    errors: ['fileNotFound', 'insufficientFilePermissions'],
  },
} as const satisfies Endpoints;

/** Files as metadata, and copies of them ("Create and manage files"). */
export class FilesApi {
  private readonly store: DriveStore;
  private readonly behavior: Behavior;
  private readonly writer: FileWriter;

  constructor(store: DriveStore, behavior: Behavior, writer: FileWriter) {
    this.store = store;
    this.behavior = behavior;
    this.writer = writer;
  }

  async get(call: Call): Promise<Reply> {
    return answerFile(call, this.store, findItem(call, this.store), fileMask(call));
  }

  generateIds(call: Call): Reply {
    const { query } = call.exchange;
    const count = numberParameter(query, 'count', 10, 1, 1000);
    const space = query.get('space') ?? 'drive';
    const type = query.get('type') ?? 'files';
    if (space !== 'drive' && space !== 'appDataFolder') throw invalidValue('space');
    if (type !== 'files' && type !== 'shortcuts') throw invalidValue('type');
    return answer(
      call,
      { kind: 'drive#generatedIds', space, ids: Array.from({ length: count }, () => newId()) },
      GENERATED_IDS_SCHEMA,
      '*',
    );
  }

  async create(call: Call): Promise<Reply> {
    const mask = fileMask(call);
    const metadata = readMetadata(await call.exchange.json(), 'create');
    const plan = this.writer.planCreate(call, metadata);
    return answerFile(call, this.store, this.writer.createItem(call, plan, metadata), mask);
  }

  async update(call: Call): Promise<Reply> {
    const mask = fileMask(call);
    const metadata = readMetadata(await call.exchange.json(), 'update');
    return answerFile(call, this.store, this.writer.updateItem(call, metadata), mask);
  }

  async copy(call: Call): Promise<Reply> {
    const mask = fileMask(call);
    const source = findItem(call, this.store);
    const { account } = call.caller;
    const metadata = readMetadata(await call.exchange.json(), 'copy');
    if (!isCapable('canCopy', source, viewOf(call, this.store))) throw googleError('cannotCopyFile');
    const native = isGoogleDocument(source.mimeType);
    if (metadata.id !== undefined) this.writer.checkNewId(metadata, source.mimeType);
    this.writer.checkProperties(metadata);
    // Without `parents`, the copy is put into the source's folder, if the caller may write there.
    const beside =
      source.parent && atLeast(this.store.roleOf(source.parent, call.caller.account), 'writer')
        ? source.parent
        : account.root;
    const parent = metadata.parents ? this.writer.parentFor(call, metadata.parents) : beside;
    this.writer.checkPlace(parent, 0);
    this.writer.checkNewLimit(call, metadata, source.mimeType, parent);
    const stored = sizeOf(source);
    const size = stored ?? 0;
    const owner = ownerIn(parent, call);
    this.writer.checkRoom(owner);
    this.behavior.checkFileSize('copy', size);
    this.writer.checkStorage(owner, stored);
    if (this.store.switches.copiesCountForTheDay) this.behavior.spendBytes(account, size);
    const spoilt = source.content && call.exchange.fault?.kind === 'wrongContent';
    const content = spoilt ? Content.made(`spoilt ${source.id}`, size) : source.content;
    const copiesComments = isOn(call.exchange.query, 'copyComments');
    const taken = { keepsImports: this.store.switches.copyKeepsImports, keepsSuggestions: copiesComments };
    const copy = this.store.create({
      name: metadata.name ?? source.name,
      mimeType: source.mimeType,
      owner,
      parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(content ? { content } : {}),
      ...(source.document ? { document: copyOfDocument(source.document, taken) } : {}),
    });
    if (source.shortcutTarget) copy.shortcutTarget = { ...source.shortcutTarget };
    const kept = this.store.switches.copyKeepsProperties;
    if (source.properties && kept) copy.properties = { ...source.properties };
    if (source.appProperties && kept) copy.appProperties = { ...source.appProperties };
    if (native && copiesComments) {
      const comments = openComments(source);
      if (comments.length > 0) copy.comments = comments;
    }
    if (driveOf(copy)) copy.modifiedBy = account.email;
    this.writer.keepRevision(call, copy);
    // Copies of documents lose their description; clients set it again.
    if (source.description !== undefined && !native) copy.description = source.description;
    if (source.originalFilename !== undefined) copy.originalFilename = source.originalFilename;
    if (source.copyRequiresWriterPermission) copy.copyRequiresWriterPermission = true;
    copy.createdBy = appOf(call.caller);
    const made = copy.modified;
    applyMetadata(copy, metadata, account);
    if (!this.store.switches.copyTakesDescription) delete copy.description;
    // Clients observed that copies of Docs ignore the requested modification time.
    if (native && !this.store.switches.docCopyTakesTime) copy.modified = made;
    this.writer.folderChanged(parent);
    return answerFile(call, this.store, copy, mask);
  }

  delete(call: Call): Reply {
    const item = findItem(call, this.store);
    if (!isCapable('canDelete', item, viewOf(call, this.store))) throw insufficientFilePermissions();
    if (item.parent) this.writer.folderChanged(item.parent);
    this.store.remove(item);
    return deleted(this.store);
  }

  emptyTrash(call: Call): Reply {
    const { account } = call.caller;
    const driveId = call.exchange.query.get('driveId');
    const drive = driveId ? findDrive(this.store, account, driveId) : undefined;
    if (drive && this.store.roleOf(drive.root, account) !== 'organizer') throw insufficientFilePermissions();
    for (const item of [...(drive ?? account).own])
      if (item.trashedExplicitly && this.store.item(item.id) === item) this.store.remove(item);
    return deleted(this.store);
  }
}
