import type { Endpoints } from '../http/endpoint.ts';
import { type DocumentModel, importDocument, MAX_IMPORT_SIZES } from '../documents/documents.ts';
import type { Behavior } from '../faults/behavior.ts';
import type { Call } from '../http/call.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import type { Mask } from '../http/fields.ts';
import { Content, type ContentFolder } from './content.ts';
import { type DriveStore, FOLDER, SHORTCUT, sizeOf } from './drive-store.ts';
import { answerFile, fileMask } from './file-answer.ts';
import { type Metadata, readMetadata } from './file-metadata.ts';
import { METADATA_ERRORS, PLACE_ERRORS, UPDATE_ERRORS, type FileWriter, type Media } from './file-writer.ts';
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
    const mask = fileMask(call);
    const updates = call.route.ids.fileId !== undefined;
    const mode = updates ? 'update' : 'create';
    switch (exchange.query.get('uploadType')) {
      case 'multipart': {
        const { metadata, content, contentType } = await readMultipart(exchange, this.contents, async (head, type) => {
          const checked = readMetadata(head, mode);
          await call.applyFaultByName(checked.name ?? '');
          this.planUpload(call, checked, { contentType: type });
        });
        return this.keep(call, mask, readMetadata(metadata, mode), content, contentType);
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
        return this.keep(call, mask, {}, await writer.finish(), contentType);
      }
      default:
        throw googleError('invalidUploadType');
    }
  }

  async startUpload(call: Call): Promise<Reply> {
    const { exchange, route } = call;
    const mask = fileMask(call);
    const metadata = readMetadata(await exchange.json(), route.ids.fileId === undefined ? 'create' : 'update');
    const announced = exchange.header('x-upload-content-length');
    if (announced !== undefined && !/^\d+$/.test(announced)) throw googleError('invalidUploadLength');
    const contentType = exchange.header('x-upload-content-type');
    const total = announced === undefined ? undefined : Number(announced);
    this.planUpload(call, metadata, { contentType, size: total });
    return this.sessions.start(exchange, {
      account: call.caller.account,
      name: metadata.name ?? '',
      ...(route.ids.fileId === undefined ? {} : { fileId: route.ids.fileId }),
      ...(total === undefined ? {} : { total }),
      complete: (content) => this.keep(call, mask, metadata, content, contentType),
    });
  }

  /** Checks an upload before it changes anything; returns the Google type that the content is converted to. */
  private planUpload(call: Call, metadata: Metadata, media: Media, document?: DocumentModel): string | undefined {
    if (call.route.ids.fileId === undefined) {
      const { convert, mimeType } = this.writer.planCreate(call, metadata, { media, document });
      return convert ? mimeType : undefined;
    }
    const { item } = this.writer.planUpdate(call, metadata, true);
    if (item.mimeType === FOLDER || item.mimeType === SHORTCUT) throw googleError('hasNoContent');
    const stored = document ? sizeOf({ mimeType: item.mimeType, document }) : item.document ? undefined : media.size;
    // A pinned content stays as a revision, any other no longer counts.
    const freed = item.headPinned ? 0 : (sizeOf(item) ?? 0);
    if (stored !== undefined) this.writer.checkStorage(item.owner, stored - freed);
    return item.document && item.mimeType;
  }

  /** Creates or changes a file with the complete content; discards the content if that fails. */
  private async keep(call: Call, mask: Mask, metadata: Metadata, whole: Content, contentType?: string): Promise<Reply> {
    const content = call.exchange.fault?.kind === 'wrongContent' ? await Content.spoilt(whole) : whole;
    const { size } = content;
    const media = { size, ...(contentType === undefined ? {} : { contentType }) };
    try {
      this.behavior.checkFileSize('upload', size);
      const target = this.planUpload(call, metadata, media);
      if (target !== undefined) checkImportSize(content, target);
      const document =
        target === undefined ? undefined : importDocument(await content.bytes(), contentType ?? '', target);
      // Again, because others may have changed something meanwhile.
      this.planUpload(call, metadata, media, document);
      this.behavior.spendBytes(call.caller.account, size);
      const item =
        call.route.ids.fileId === undefined
          ? this.writer.createItem(
              call,
              this.writer.planCreate(call, metadata, { media, document }),
              metadata,
              document ? undefined : content,
            )
          : this.writer.updateItem(call, metadata, document ? { document } : { content });
      return await answerFile(call, this.store, item, mask);
    } finally {
      if (content.users === 0) await content.discard();
    }
  }
}

/** The reason is not documented. */
function checkImportSize({ size }: Content, mimeType: string): void {
  const most = MAX_IMPORT_SIZES[mimeType];
  if (most !== undefined && size > most) throw googleError('importTooLarge', { bytes: most, mimeType });
}
