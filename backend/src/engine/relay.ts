import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CodedError, DriveError } from './errors.js';
import type { Clock } from './ports/clock.js';
import type { DestinationDrive, DriveItem, NewItem, SourceDrive, UploadState } from './ports/drive.js';
import type { PlannedItem } from './ports/ledger.js';

/** Up to here a file goes in one request (Google advises 5 MB); above, in an upload that can be resumed. */
export const SINGLE_REQUEST_BYTES = 5 * 1024 * 1024;
/** Bytes that one request of a resumable upload carries; a multiple of the 256 KiB that Google asks for. */
export const CHUNK_BYTES = 64 * 1024 * 1024;
/** Failures in a row without a byte of progress, after which the file is given up for now. */
const FRUITLESS_TRIES = 6;
/** Uploads opened for one file, when Google forgets the one under way. */
const UPLOADS = 4;

export interface RelayResult {
  readonly copy: DriveItem;
  /** Of the bytes that were sent. */
  readonly computed: { md5?: string; sha256?: string };
}

/** Told how many bytes have passed; answers false to stop. */
export type OnProgress = (bytes: number) => void;

/**
 * Streams a file from the source into the destination with bounded memory. After a failure on either side it asks the
 * destination how much arrived, reads the source from there by Range and goes on. The checksum is that of the bytes
 * sent: sha256 where the source states one (it is the quicker to compute), md5 otherwise.
 */
export async function relay(
  item: PlannedItem & { size: number },
  target: NewItem,
  drives: { source: SourceDrive; destination: DestinationDrive; clock: Clock },
  onProgress: OnProgress,
  signal: AbortSignal,
  chunkBytes = CHUNK_BYTES,
): Promise<RelayResult> {
  const kind = item.checksums.sha256 ? 'sha256' : 'md5';
  if (item.size <= SINGLE_REQUEST_BYTES) {
    const content = await readWhole(item, drives, signal);
    const digest = createHash(kind).update(content).digest('hex');
    const copy = await drives.destination.create(target, content, signal);
    onProgress(content.length);
    return { copy, computed: { [kind]: digest } };
  }

  let upload = await drives.destination.beginUpload(target, item.size, signal);
  let hash = createHash(kind);
  let hashed = 0;
  let offset = 0;
  /** The most that was ever confirmed: only beyond it is progress. */
  let furthest = 0;
  let fruitless = 0;
  for (let sessions = 1; ;) {
    let state: UploadState | undefined;
    let failure: unknown;
    let content: Content | undefined;
    try {
      if (offset >= item.size) {
        state = await ofUpload(upload.state(item.size, signal)); // all is stored, and the file not there yet
      } else {
        const stream = await drives.source.read(item.sourceId, offset, signal);
        content = new Content(stream, offset, hash, hashed, onProgress);
        while (offset < item.size) {
          const length = Math.min(chunkBytes, item.size - offset);
          state = await ofUpload(upload.send(offset, length, item.size, content.next(length), signal));
          if ('done' in state || state.confirmed !== offset + length) break; // less than was sent: read from there
          offset = state.confirmed;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error) && !(error instanceof UploadGoneError)) throw error;
      failure = error;
    } finally {
      if (content) hashed = content.close();
    }
    try {
      if (failure instanceof UploadGoneError) throw failure;
      if (failure) {
        await drives.clock.sleep(Math.min(2 ** fruitless, 32) * 500, signal);
        state = await ofUpload(upload.state(item.size, signal));
      }
    } catch (error) {
      if (!(error instanceof UploadGoneError) || ++sessions > UPLOADS) throw error;
      // Another upload, from the start. Had this one been finished unseen, its id is taken, and the copy is found there.
      upload = await drives.destination.beginUpload(target, item.size, signal);
      hash = createHash(kind);
      hashed = offset = furthest = 0;
      continue;
    }
    if (state && 'done' in state) {
      // A reply may be lost after the last byte: then some bytes were sent and not hashed anew, none the other way.
      return { copy: state.done, computed: hashed === item.size ? { [kind]: hash.digest('hex') } : {} };
    }
    if (state) offset = state.confirmed;
    if (offset > furthest) {
      furthest = offset;
      fruitless = 0;
    } else if (++fruitless >= FRUITLESS_TRIES) {
      throw failure instanceof Error
        ? failure
        : new DriveError('google_unavailable', 'The destination confirms less than it is sent, again and again.', {
            side: 'destination',
          });
    } else if (!failure) {
      await drives.clock.sleep(Math.min(2 ** fruitless, 32) * 500, signal);
    }
  }
}

/** The destination no longer knows the upload (Google forgets one after a week, or sooner): a new one must be opened. */
class UploadGoneError extends DriveError {
  constructor(cause: unknown) {
    super('google_unavailable', 'Google forgot the upload again and again. Retry it.', { side: 'destination', cause });
  }
}

/** An answer of an upload; that it is not found concerns the upload, not the file. */
const ofUpload = (answer: Promise<UploadState>): Promise<UploadState> =>
  answer.catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'not_found' ? new UploadGoneError(error) : error;
  });

/** Only what may pass by itself is tried again; a refusal is an answer. */
function isTransient(error: unknown): boolean {
  if (error instanceof CodedError)
    return error.code === 'google_unavailable' || error.code === 'rate_limited' || error.code === 'ambiguous_write';
  // Failures of a socket or a stream carry a system code; a fault of ours does not.
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^(UND_ERR_|HPE_|ERR_STREAM_|E[A-Z]+$)/.test(code);
}

async function readWhole(
  item: PlannedItem & { size: number },
  drives: { source: SourceDrive; clock: Clock },
  signal: AbortSignal,
): Promise<Buffer> {
  if (item.size === 0) return Buffer.alloc(0); // a Range on an empty file answers 416
  for (let attempt = 1; ; attempt++) {
    try {
      const stream = await drives.source.read(item.sourceId, 0, signal);
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of stream as AsyncIterable<Buffer>) {
        parts.push(part);
        length += part.length;
      }
      if (length === item.size) return Buffer.concat(parts, length);
      throw new DriveError('source_changed', 'It was edited while being copied. Retry it.', { side: 'source' });
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error) || attempt >= FRUITLESS_TRIES) throw error;
      await drives.clock.sleep(Math.min(2 ** attempt, 32) * 250, signal);
    }
  }
}

/** The source's stream, cut into bodies of so many bytes, hashed as it passes, each byte once. */
class Content {
  private readonly parts: AsyncIterator<Buffer>;
  private rest: Buffer | undefined;
  private position: number;
  private hashed: number;
  private closed = false;

  constructor(
    private readonly stream: Readable,
    offset: number,
    private readonly hash: Hash,
    hashed: number,
    private readonly onProgress: OnProgress,
  ) {
    this.parts = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.position = offset;
    this.hashed = hashed;
  }

  next(length: number): Readable {
    return Readable.from(this.take(length), { objectMode: false });
  }

  /** Ends the reading; answers how far the hash has come. A piece that arrives later must not enter it. */
  close(): number {
    this.closed = true;
    this.stream.destroy();
    return this.hashed;
  }

  private async *take(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      let part = this.rest;
      this.rest = undefined;
      if (!part) {
        const read = await this.parts.next();
        if (read.done) throw new DriveError('google_unavailable', 'The source ended early.', { side: 'source' });
        part = read.value;
      }
      if (this.closed) return;
      if (part.length > left) {
        this.rest = part.subarray(left);
        part = part.subarray(0, left);
      }
      left -= part.length;
      this.position += part.length;
      // After a resumption some bytes pass a second time: they are in the hash already.
      if (this.position > this.hashed) {
        this.hash.update(
          this.position - this.hashed < part.length ? part.subarray(part.length - (this.position - this.hashed)) : part,
        );
        this.hashed = this.position;
      }
      this.onProgress(this.position);
      yield part;
    }
  }
}
