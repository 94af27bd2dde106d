import type { Endpoints } from '../http/endpoint.ts';
import { importDocument, MAX_IMPORT_SIZES } from '../documents/documents.ts';
import type { Behavior } from '../faults/behavior.ts';
import { type Call, findItem, maskOf } from '../http/call.ts';
import { googleError, insufficientFilePermissions } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { Content, type ContentFolder } from './content.ts';
import { atLeast, type DriveStore, FOLDER, SHORTCUT } from './drive-store.ts';
import { answerFile } from './file-answer.ts';
import { type Metadata, readMetadata } from './file-metadata.ts';
import { DEFAULT_FILE_FIELDS, FILE_SCHEMA } from './file-resource.ts';
import { METADATA_ERRORS, PLACE_ERRORS, UPDATE_ERRORS, type FileWriter } from './file-writer.ts';
import { readMultipart, ResumableUploads } from './uploads.ts';

/** Errors of uploads, before or after the bytes have arrived. */
const UPLOAD_ERRORS = [
  ...UPDATE_ERRORS,
  ...PLACE_ERRORS,
  ...METADATA_ERRORS,
  'hasNoContent',
  'uploadTooLarge',
  'importTooLarge',
  'importNotSupported',
  'wrongContent',
  'storageQuotaExceeded',
  'dailyBytesExceeded',
] as const;

/** The endpoints of uploads; the id of a session is also its credential. */
export const UPLOADS_ENDPOINTS = {
  'files.upload.chunk': {
    at: [
      'PUT|POST|PATCH /upload/drive/v3/files?upload_id={uploadId}',
      'PUT|POST|PATCH /upload/drive/v3/files/{fileId}?upload_id={uploadId}',
    ],
    handle: ({ uploads }, { exchange, route }) => uploads.sessions.take(exchange, route.ids['uploadId'] ?? ''),
    scopes: 'session',
    cost: 'free',
    typicalMs: 300,
    errors: [...UPLOAD_ERRORS, 'notFound', 'invalidChunk', 'unreadableRange'],
    target: ({ uploads }, { route }) => uploads.sessions.target(route.ids['uploadId'] ?? ''),
  },
  'files.upload.cancel': {
    at: [
      'DELETE /upload/drive/v3/files?upload_id={uploadId}',
      'DELETE /upload/drive/v3/files/{fileId}?upload_id={uploadId}',
    ],
    handle: ({ uploads }, { route }) => uploads.sessions.cancel(route.ids['uploadId'] ?? ''),
    scopes: 'session',
    cost: 'free',
    typicalMs: 80,
    errors: ['notFound'],
    target: ({ uploads }, { route }) => uploads.sessions.target(route.ids['uploadId'] ?? ''),
  },
  'files.upload.start': {
    at: [
      'POST /upload/drive/v3/files?uploadType=resumable',
      'PATCH /upload/drive/v3/files/{fileId}?uploadType=resumable',
    ],
    handle: ({ uploads }, call) => uploads.startUpload(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 250,
    errors: [...UPLOAD_ERRORS, 'invalidUploadLength'],
  },
  'files.upload': {
    at: ['POST /upload/drive/v3/files', 'PATCH /upload/drive/v3/files/{fileId}'],
    handle: ({ uploads }, call) => uploads.upload(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 500,
    errors: [...UPLOAD_ERRORS, 'invalidUploadType', 'badContent', 'noBoundary'],
  },
} as const satisfies Endpoints;

/** Uploads of every kind ("Upload file data"); `sessions` holds the resumable ones. */
export class UploadsApi {
  readonly sessions: ResumableUploads;
  private readonly store: DriveStore;
  private readonly contents: ContentFolder;
  private readonly behavior: Behavior;
  private readonly writer: FileWriter;

  constructor(store: DriveStore, contents: ContentFolder, behavior: Behavior, writer: FileWriter, now: () => number) {
    this.store = store;
    this.contents = contents;
    this.behavior = behavior;
    this.writer = writer;
    this.sessions = new ResumableUploads(contents, now, () => store.switches);
  }

  async upload(call: Call): Promise<Reply> {
    const { exchange } = call;
    const updates = call.route.ids.fileId !== undefined;
    const mode = updates ? 'update' : 'create';
    switch (exchange.query.get('uploadType')) {
      case 'multipart': {
        const { metadata, content, contentType } = await readMultipart(exchange, this.contents, async (head, type) => {
          const checked = readMetadata(head, mode);
          await call.applyFaultByName(checked.name ?? '');
          this.planUpload(call, checked, { contentType: type });
        });
        return this.keep(call, readMetadata(metadata, mode), content, contentType);
      }
      case 'media': {
        const contentType = exchange.header('content-type');
        this.planUpload(call, {}, { contentType, size: exchange.bodyLength ?? 0 });
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

  async startUpload(call: Call): Promise<Reply> {
    const { exchange, route } = call;
    const metadata = readMetadata(await exchange.json(), route.ids.fileId === undefined ? 'create' : 'update');
    const announced = exchange.header('x-upload-content-length');
    if (announced !== undefined && !/^\d+$/.test(announced)) throw googleError('invalidUploadLength');
    const contentType = exchange.header('x-upload-content-type');
    const total = announced === undefined ? undefined : Number(announced);
    this.planUpload(call, metadata, { contentType, size: total });
    maskOf(call, FILE_SCHEMA, DEFAULT_FILE_FIELDS);
    return this.sessions.start(exchange, {
      account: call.caller.account,
      name: metadata.name ?? '',
      ...(route.ids.fileId === undefined ? {} : { fileId: route.ids.fileId }),
      ...(total === undefined ? {} : { total }),
      complete: (content) => this.keep(call, metadata, content, contentType),
    });
  }

  private planUpload(call: Call, metadata: Metadata, media: { contentType?: string; size?: number }): void {
    if (call.route.ids.fileId === undefined) {
      this.writer.planCreate(call, metadata, media);
      return;
    }
    const item = findItem(call, this.store);
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    if (item.mimeType === FOLDER || item.mimeType === SHORTCUT) throw googleError('hasNoContent');
    if (media.size !== undefined) this.writer.checkStorage(item.owner, media.size);
  }

  /** Creates or changes a file with the complete content; discards the content if that fails. */
  private async keep(call: Call, metadata: Metadata, whole: Content, contentType?: string): Promise<Reply> {
    const content = call.exchange.fault?.kind === 'wrongContent' ? await Content.spoilt(whole) : whole;
    try {
      const { account } = call.caller;
      this.behavior.checkFileSize('upload', content.size);
      this.behavior.spendBytes(account, content.size);
      if (call.route.ids.fileId !== undefined) {
        const item = findItem(call, this.store);
        this.writer.checkStorage(item.owner, content.size);
        if (!item.document) return await answerFile(call, this.store, this.writer.updateItem(call, metadata, content));
        checkImportSize(content, item.mimeType);
        this.store.setDocument(item, importDocument(await content.bytes(), contentType ?? '', item.mimeType));
        await content.discard();
        return await answerFile(call, this.store, this.writer.updateItem(call, metadata));
      }
      const plan = this.writer.planCreate(call, metadata, {
        size: content.size,
        ...(contentType === undefined ? {} : { contentType }),
      });
      if (!plan.convert)
        return await answerFile(call, this.store, this.writer.createItem(call, plan, metadata, { content }));
      checkImportSize(content, plan.mimeType);
      const document = importDocument(await content.bytes(), contentType ?? '', plan.mimeType);
      await content.discard();
      return await answerFile(call, this.store, this.writer.createItem(call, plan, metadata, { document }));
    } catch (error) {
      if (content.users === 0) await content.discard();
      throw error;
    }
  }
}

/** The reason is not documented. */
function checkImportSize({ size }: Content, mimeType: string): void {
  const most = MAX_IMPORT_SIZES[mimeType];
  if (most !== undefined && size > most) throw googleError('importTooLarge', { bytes: most, mimeType });
}
