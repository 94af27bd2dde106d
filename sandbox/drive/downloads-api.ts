import type { Endpoints } from '../http/endpoint.ts';
import { gzipSync } from 'node:zlib';
import { importsOf } from '../documents/sheets/imports.ts';
import { EXPORT_FORMATS, exportDocument, GOOGLE_DOCUMENT, GOOGLE_SPREADSHEET } from '../documents/documents.ts';
import { answer, type Call, findItem, viewOf } from '../http/call.ts';
import { googleError, insufficientFilePermissions } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import type { Schema } from '../http/fields.ts';
import { atLeast, type DriveStore, type Item, newId } from './drive-store.ts';
import { isCapable } from './capabilities.ts';
import { isExportable } from './file-resource.ts';
import { checkAbuse, checkKept, findRevision } from './revisions-api.ts';

/** How long the result of a long-running operation stays available ("Download and export files"). */
const OPERATION_LIFE_MS = 24 * 3_600_000;
/** Bodies up to this size are compressed, if the switch says that Google does so. */
const GZIP_UP_TO = 8 * 1024 * 1024;
const VIDEO = 'application/vnd.google-apps.vid';

/** The endpoints of contents. */
export const DOWNLOADS_ENDPOINTS = {
  'files.download': {
    at: 'GET /drive/v3/files/{fileId}?alt=media',
    handle: ({ downloads }, call) => downloads.download(call),
    scopes: 'read',
    cost: 'download',
    typicalMs: 150,
    errors: [
      'fileNotFound',
      'fileNotDownloadable',
      'cannotDownloadFile',
      'insufficientFilePermissions',
      'cannotDownloadAbusiveFile',
      'requestedRangeNotSatisfiable',
    ],
  },
  'files.export': {
    at: ['GET /drive/v3/files/{fileId}/export', 'GET /export?id={fileId}'],
    handle: ({ downloads }, call) => downloads.export(call),
    scopes: 'read',
    cost: 'download',
    typicalMs: 700,
    errors: [
      'fileNotFound',
      'parameterRequired',
      'fileNotExportable',
      'cannotExportFile',
      'exportSizeLimitExceeded',
      'conversionNotSupported',
    ],
  },
  'files.download.start': {
    at: 'POST /drive/v3/files/{fileId}/download',
    handle: ({ downloads }, call) => downloads.startDownload(call),
    scopes: 'read',
    cost: 'download',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'cannotDownloadFile',
      'insufficientFilePermissions',
      'nothingToDownload',
      'conversionNotSupported',
      'revisionNotDownloadable',
      'revisionNotFound',
      'revisionNotKept',
    ],
  },
  'operations.get': {
    at: 'GET /drive/v3/operations/{name}',
    handle: ({ downloads }, call) => downloads.operation(call),
    scopes: 'read',
    cost: 'get',
    typicalMs: 80,
    errors: ['operationNotFound'],
  },
} as const satisfies Endpoints;

/** Contents of files: downloads, exports and long-running operations ("Download and export files"). */
export class DownloadsApi {
  private readonly store: DriveStore;
  private readonly now: () => number;
  private readonly operations = new Map<string, { email: string; since: number; uri: string }>();

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  async download(call: Call): Promise<Reply> {
    const item = findItem(call, this.store);
    const { content } = item;
    if (!content) throw googleError('fileNotDownloadable');
    if (!isCapable('canDownload', item, viewOf(call, this.store)))
      throw googleError(this.store.switches.downloadRefusal);
    checkAbuse(item, call, this.store);
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

  export(call: Call): Reply {
    const { query, url } = call.exchange;
    const item = findItem(call, this.store);
    const byLink = url.pathname === '/export';
    const mimeType = query.get(byLink ? 'exportFormat' : 'mimeType');
    if (!mimeType) throw googleError('parameterRequired', { name: 'mimeType' });
    if (byLink && item.mimeType === VIDEO && mimeType === 'video/mp4')
      return { status: 200, headers: { 'content-type': mimeType }, bytes: emptyMp4() };
    if (!isExportable(item) || !item.document) throw googleError('fileNotExportable');
    if (!isCapable('canDownload', item, viewOf(call, this.store))) throw googleError('cannotExportFile');
    const bytes = exportDocument(item.document, item.name, mimeType, importsOf(this.store));
    // The links in `exportLinks` have no such limit.
    if (!byLink && bytes.length > this.store.limits.exportBytes) throw googleError('exportSizeLimitExceeded');
    return { status: 200, headers: { 'content-type': mimeType }, bytes };
  }

  /** A long-running operation; here it finishes immediately, and its result is available for a day. */
  startDownload(call: Call): Reply {
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
    const revision = this.revisionFor(call, item);
    // Only the name: the client appends it to `operations/` to poll the operation.
    const name = newId();
    const uri = item.content
      ? `${origin}/drive/v3/files/${item.id}${revision}?alt=media&supportsAllDrives=true`
      : `${origin}/export?id=${item.id}&exportFormat=${encodeURIComponent(target)}&supportsAllDrives=true`;
    for (const [id, { since }] of this.operations) {
      if (this.now() - since <= OPERATION_LIFE_MS) break;
      this.operations.delete(id);
    }
    this.operations.set(name, { email: call.caller.account.email, since: this.now(), uri });
    return answerOperation(call, name, uri);
  }

  /** The part of an address for `revisionId`: "only when downloading blob files, Google Docs, and Google Sheets". */
  private revisionFor(call: Call, item: Item): string {
    const id = call.exchange.query.get('revisionId');
    if (!id) return '';
    if (!item.content && item.mimeType !== GOOGLE_DOCUMENT && item.mimeType !== GOOGLE_SPREADSHEET)
      throw googleError('revisionNotDownloadable');
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
    const revision = findRevision(item, id);
    if (item.content) checkKept(revision);
    return `/revisions/${encodeURIComponent(id)}`;
  }

  /** Forgets all operations. */
  clear(): void {
    this.operations.clear();
  }

  operation(call: Call): Reply {
    const name = call.route.ids.name ?? '';
    const found = this.operations.get(name);
    if (!found || found.email !== call.caller.account.email || this.now() - found.since > OPERATION_LIFE_MS)
      throw googleError('operationNotFound', { name });
    return answerOperation(call, name, found.uri);
  }
}

const OPERATION_SCHEMA: Schema = { name: true, done: true, metadata: 'map', error: 'map', response: 'map' };

/** A finished operation (reference of `Operation`). */
function answerOperation(call: Call, name: string, downloadUri: string): Reply {
  // Exports and earlier contents have no ranges.
  const partialDownloadAllowed = downloadUri.includes('alt=media') && !downloadUri.includes('/revisions/');
  return answer(call, { name, done: true, response: { downloadUri, partialDownloadAllowed } }, OPERATION_SCHEMA, '*');
}

/** A minimal MP4 file: a `ftyp` box (ISO/IEC 14496-12, 4.3). */
function emptyMp4(): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('ftypmp42'), Buffer.alloc(4)]);
}

/** One `bytes=` range (RFC 9110, 14.1.2); several ranges or other units are ignored, as the RFC allows. */
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
