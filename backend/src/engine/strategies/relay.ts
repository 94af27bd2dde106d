import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CodedError, DriveError, isCoded } from '../errors.js';
import { HeldBytes } from './held-bytes.js';
import type { Clock } from '../ports/clock.js';
import type {
  ChecksumKind,
  Checksums,
  DestinationDrive,
  DriveItem,
  NewItem,
  SourceDrive,
  Upload,
  UploadState,
} from '../ports/drive.js';
import type { PlannedItem } from '../ports/ledger.js';
import { decisiveOf, isChanged } from '../verify.js';

/** Up to here a file goes in one request (Google advises 5 MB); above, in an upload that can be resumed. */
export const SINGLE_REQUEST_BYTES = 5 * 1024 * 1024;
/** Bytes that one request of a resumable upload carries; a multiple of the 256 KiB that Google asks for. */
export const CHUNK_BYTES = 256 * 1024 * 1024;
/** What may wait here to be sent: a piece or so, for the connection holds more. What waits long outlives the young generation. */
const READ_AHEAD_BYTES = 16 * 1024;
/** Failures in a row without a byte of progress, after which the file is given up for now. */
const FRUITLESS_TRIES = 6;
/** Uploads opened for one file, when Google forgets the one under way. */
const UPLOADS = 4;
/** Milliseconds that giving up an upload may take; one that is left behind ends by itself after a week. */
const ABANDON_MS = 10_000;

export interface RelayResult {
  readonly copy: DriveItem;
  /** Of the bytes that were sent; empty where the source states a checksum, and when an earlier process sent some of them. */
  readonly computed: Checksums;
}

/** Told how many bytes have passed. */
export type OnProgress = (bytes: number) => void;

/** Where an upload under way is written down, so that it survives the process. What is kept is as good as a password. */
export interface KeptUpload {
  /** What `keep` was given last, by this process or another: an address that `resumeUpload` takes. */
  readonly kept?: string;
  keep(upload: string): Promise<void>;
  drop(): Promise<void>;
  /**
   * Asked when the relay is stopped midway, with the signal's reason: whether for ever (a cancel), so that what has
   * arrived is given up, or until later (a restart, a pause). Without it: until later.
   */
  isOver?(reason: unknown): boolean | Promise<boolean>;
}

export interface RelayOptions {
  /** Bytes of one request; a multiple of 256 KiB. */
  readonly chunkBytes?: number;
  /** Without it nobody could go on with an upload later: it is given up whenever the relay ends without a copy. */
  readonly uploads?: KeptUpload;
}

interface Ends {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
  readonly clock: Clock;
}

/**
 * Streams a file from the source into the destination with bounded memory. After a failure on either side it asks the
 * destination how much arrived, reads the source from there by Range and goes on; so does another process, by the
 * address of the upload. Before it goes on, the source must still be what was planned: bytes of two versions never mix.
 * Where the source states a checksum, comparing it with the copy's proves the copy from end to end, so nothing is hashed
 * here: a hash of every byte costs more processor time than moving it. Where none is stated, the md5 of the bytes sent
 * is computed. An upload of another process can't be hashed: it is continued only where the source states a checksum.
 * @throws DriveError `source_changed` when the original is no longer what was planned
 */
export async function relay(
  item: PlannedItem & { size: number },
  target: NewItem,
  drives: Ends,
  onProgress: OnProgress,
  signal: AbortSignal,
  options: RelayOptions = {},
): Promise<RelayResult> {
  const { source, destination, clock } = drives;
  const { size, sourceId, checksums } = item;
  const kind: ChecksumKind | undefined = decisiveOf(checksums) ? undefined : 'md5';
  if (size <= SINGLE_REQUEST_BYTES) {
    const content =
      size === 0
        ? new HeldBytes() // a Range on an empty file answers 416
        : await readWhole(() => source.read(sourceId, 0, signal), size, clock, signal);
    if (content.length !== size) throw sourceChanged();
    const hash = kind && createHash(kind);
    if (hash) for (const part of content.parts) hash.update(part);
    const copy = await destination.create(target, content.parts, signal);
    content.release(); // the answer says that all of it has been read
    onProgress(size);
    return { copy, computed: kind && hash ? { [kind]: hash.digest('hex') } : {} };
  }
  const read = async (offset: number): Promise<Readable> => {
    if (offset > 0 && isChanged(item, await source.get(sourceId, signal))) throw sourceChanged();
    return source.read(sourceId, offset, signal);
  };
  const version = checksums.md5 || checksums.sha256 ? versionOf(item) : undefined;
  return new Crossing({ size, read, kind, version }, target, { destination, clock }, onProgress, signal, options).run();
}

/** Gives up an upload that a relay has kept: nobody will go on with it. */
export function abandonUpload(kept: string, destination: DestinationDrive, signal: AbortSignal): Promise<void> {
  return destination.resumeUpload(kept).abandon(signal);
}

/** Reads a stream to its end, but not much beyond `most` bytes; from the start again when it breaks off. */
export async function readWhole(
  open: () => Promise<Readable>,
  most: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<HeldBytes> {
  for (let attempt = 1; ; attempt++) {
    const content = new HeldBytes();
    try {
      const stream = await open();
      // By events: an iterator of the stream joins what has gathered, and so copies it.
      stream.on('data', (part: Buffer) => {
        content.add(part);
        if (content.length > most) stream.destroy();
      });
      await finished(stream).catch((error: unknown) => {
        if (content.length <= most) throw error;
      });
      return content;
    } catch (error) {
      content.release();
      signal.throwIfAborted();
      if (!isTransient(error) || attempt >= FRUITLESS_TRIES) throw error;
      await clock.sleep(Math.min(2 ** attempt, 32) * 250, signal);
    }
  }
}

/** What is sent. */
interface Original {
  readonly size: number;
  /** Its bytes from an offset to the end, and of the same version whenever it is called. */
  readonly read: (offset: number) => Promise<Readable>;
  /** The checksum to be computed; undefined: none. */
  readonly kind: ChecksumKind | undefined;
  /** Tells this content from every other, for another process; undefined: another process must not go on. */
  readonly version?: string | undefined;
  /** Of the bytes, where the destination is to convert them. */
  readonly mediaType?: string;
}

/** One file on its way through a resumable upload. */
export class Crossing {
  private upload: Upload | undefined;
  private hash: Hash | undefined;
  /** How far the hash has come. */
  private hashed = 0;
  /** The most that was ever confirmed: only beyond it is progress. */
  private furthest = 0;
  private fruitless = 0;
  private begun = 0;
  /** Whether the last byte was sent to this upload, so that the file may be there though no answer says so. */
  private sentAll = false;

  constructor(
    private readonly original: Original,
    private readonly target: NewItem,
    private readonly ends: Pick<Ends, 'destination' | 'clock'>,
    private readonly onProgress: OnProgress,
    private readonly signal: AbortSignal,
    private readonly options: RelayOptions,
  ) {}

  async run(): Promise<RelayResult> {
    try {
      let state = (await this.goOn()) ?? (await this.begin());
      while (!('done' in state)) state = await this.advance(state.confirmed);
      this.upload = undefined; // it has become the file
      await this.options.uploads?.drop();
      // A reply may be lost after the last byte: then some bytes were sent and not hashed anew, none the other way.
      const { kind, size } = this.original;
      const isWhole = kind && this.hash && this.hashed === size;
      return { copy: state.done, computed: isWhole ? { [kind]: this.hash!.digest('hex') } : {} };
    } catch (error) {
      await this.leave(error);
      throw error;
    }
  }

  private newHash(): Hash | undefined {
    return this.original.kind && createHash(this.original.kind);
  }

  /** Takes up the upload that an earlier process kept, if it is of the same content and still known. */
  private async goOn(): Promise<UploadState | undefined> {
    const { kept } = this.options.uploads ?? {};
    if (kept === undefined) return undefined;
    const upload = this.ends.destination.resumeUpload(kept);
    const { version } = this.original;
    if (version === undefined || !kept.endsWith(`#${version}`)) {
      await this.abandon(upload);
      return undefined;
    }
    this.upload = upload;
    try {
      const state = await upload.state(this.original.size, this.signal);
      this.hash = this.newHash(); // of use if nothing has arrived yet
      if ('confirmed' in state) this.furthest = state.confirmed;
      return state;
    } catch (error) {
      // Whatever Google has against it, a new one can be begun.
      if (error instanceof DriveError && (error.code === 'not_found' || error.code === 'google_refused'))
        return undefined;
      throw error;
    }
  }

  private async begin(): Promise<UploadState> {
    const { size, version, mediaType } = this.original;
    const upload = await this.ends.destination.beginUpload(this.target, size, this.signal, mediaType);
    try {
      await this.options.uploads?.keep(`${upload.address}#${version ?? ''}`);
    } catch (error) {
      await this.abandon(upload);
      throw error;
    }
    this.upload = upload;
    this.begun++;
    this.hash = this.newHash();
    this.hashed = this.furthest = 0;
    this.sentAll = false;
    return { confirmed: 0 };
  }

  /** Sends from an offset on as far as it goes; answers what the destination holds then. */
  private async advance(offset: number): Promise<UploadState> {
    const upload = this.upload!;
    let state: UploadState;
    let failure: unknown;
    try {
      state = await this.send(upload, offset).catch(async (error: unknown) => {
        this.signal.throwIfAborted();
        if (!isTransient(error) && !(error instanceof ChunkRefusedError)) throw error;
        failure = error;
        await this.pause();
        return ofUpload(upload.state(this.original.size, this.signal));
      });
    } catch (error) {
      if (!(error instanceof UploadGoneError) || this.begun >= UPLOADS) throw error;
      // Had this upload been finished unseen: a pre-made id is taken then, and without one there would be two copies.
      if (this.sentAll && !this.target.id)
        throw new DriveError('ambiguous_write', 'The answer to the last byte was lost.', {
          side: 'destination',
          cause: error,
        });
      return this.begin();
    }
    if ('done' in state) return state;
    if (state.confirmed > this.furthest) {
      this.furthest = state.confirmed;
      this.fruitless = 0;
    } else if (++this.fruitless >= FRUITLESS_TRIES) {
      throw failure instanceof Error
        ? failure
        : new DriveError('google_unavailable', 'The destination confirms less than it is sent, again and again.', {
            side: 'destination',
          });
    } else if (!failure) {
      await this.pause();
    }
    return state;
  }

  private async send(upload: Upload, from: number): Promise<UploadState> {
    const { size, read } = this.original;
    const { chunkBytes = CHUNK_BYTES } = this.options;
    if (from >= size) return ofUpload(upload.state(size, this.signal)); // all is stored, and the file not there yet
    const stream = await read(from);
    // Bytes that somebody else sent are missing in the hash.
    if (from > this.hashed) this.hash = undefined;
    const content = new Content(stream, from, this.hash, this.hashed, this.onProgress);
    try {
      for (let offset = from; ;) {
        const length = Math.min(chunkBytes, size - offset);
        if (offset + length === size) this.sentAll = true;
        const state = await ofChunk(upload.send(offset, length, size, content.next(length), this.signal));
        if ('done' in state || state.confirmed !== offset + length) return state; // less than was sent: read from there
        offset = state.confirmed;
        if (offset >= size) return state;
      }
    } finally {
      this.hashed = content.close();
    }
  }

  private pause(): Promise<void> {
    return this.ends.clock.sleep(Math.min(2 ** this.fruitless, 32) * 500, this.signal);
  }

  /** The relay ends without a copy: the upload stays for a later try, or what has arrived is given up. */
  private async leave(error: unknown): Promise<void> {
    const { uploads } = this.options;
    if (!this.upload || (uploads && !(await this.isOver(error, uploads)))) return;
    await this.abandon(this.upload);
    await uploads?.drop().catch(() => undefined); // the error under way says more
  }

  private async isOver(error: unknown, uploads: KeptUpload): Promise<boolean> {
    if (!this.signal.aborted) return !isTransient(error) && !(isCoded(error) && WAITING_CODES.has(error.code));
    try {
      return (await uploads.isOver?.(this.signal.reason)) ?? false;
    } catch {
      return false; // not to be found out now
    }
  }

  private async abandon(upload: Upload): Promise<void> {
    // The transfer's own signal may be what ended it. One that can't be given up ends by itself after a week.
    await upload.abandon(AbortSignal.timeout(ABANDON_MS)).catch(() => undefined);
  }
}

/** Errors after which the item waits for a later try. */
const WAITING_CODES: ReadonlySet<string> = new Set([
  'reconnect_needed',
  'quota_exceeded',
  'service_unavailable',
  'destination_storage_full',
]);

const sourceChanged = (): DriveError =>
  new DriveError('source_changed', 'It was edited while being copied. Retry it.', { side: 'source' });

/** The content of an item, as the plan knows it; it goes behind the address of an upload as its fragment. */
const versionOf = ({ size, revision, checksums }: PlannedItem): string =>
  encodeURIComponent([size, revision, checksums.md5, checksums.sha256].join(' '));

/** The destination no longer knows the upload (Google forgets one after a week, or sooner): a new one must be opened. */
class UploadGoneError extends DriveError {
  constructor(cause: unknown) {
    super('google_unavailable', 'Google forgot the upload again and again. Retry it.', { side: 'destination', cause });
  }
}

/**
 * The destination does not take these bytes now: another process, which this one took over from, may be sending too.
 * It is asked where it stands.
 */
class ChunkRefusedError extends DriveError {
  constructor(cause: DriveError) {
    super('google_refused', cause.message, { side: 'destination', cause });
  }
}

/** An answer of an upload; that it is not found concerns the upload, not the file. */
const ofUpload = (answer: Promise<UploadState>): Promise<UploadState> =>
  answer.catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'not_found' ? new UploadGoneError(error) : error;
  });

/** The same of a chunk that was sent. */
const ofChunk = (answer: Promise<UploadState>): Promise<UploadState> =>
  ofUpload(answer).catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'google_refused' ? new ChunkRefusedError(error) : error;
  });

/** Only what may pass by itself is tried again; a refusal is an answer. */
function isTransient(error: unknown): boolean {
  if (error instanceof UploadGoneError) return false; // that one is gone for good
  if (error instanceof CodedError)
    return error.code === 'google_unavailable' || error.code === 'rate_limited' || error.code === 'ambiguous_write';
  // Failures of a socket or a stream carry a system code; a fault of ours does not.
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^(UND_ERR_|HPE_|ERR_STREAM_|ERR_SSL_|E[A-Z]+$)/.test(code);
}

/** The source's stream, read ahead, cut into bodies of so many bytes, hashed as it passes, each byte once. */
class Content {
  /** What was read and not sent yet. */
  private readonly ahead: Buffer[] = [];
  private aheadBytes = 0;
  private ended = false;
  private failure: Error | undefined;
  /** Ends the wait for the next part. */
  private arrived = (): void => undefined;
  private position: number;
  private hashed: number;
  private closed = false;

  constructor(
    private readonly stream: Readable,
    offset: number,
    private readonly hash: Hash | undefined,
    hashed: number,
    private readonly onProgress: OnProgress,
  ) {
    this.position = offset;
    this.hashed = hashed;
    // By events: an iterator of the stream joins what has gathered, and so copies it.
    stream.on('data', (part: Buffer) => {
      this.ahead.push(part);
      this.aheadBytes += part.length;
      if (this.aheadBytes >= READ_AHEAD_BYTES) stream.pause();
      this.arrived();
    });
    stream.on('error', (error) => (this.failure = error));
    stream.on('close', () => {
      this.ended = true;
      this.arrived();
    });
  }

  /** Ends the reading; answers how far the hash has come. A piece that arrives later must not enter it. */
  close(): number {
    this.closed = true;
    this.ahead.length = 0;
    this.stream.destroy();
    this.arrived();
    return this.hashed;
  }

  /** The next bytes, as many as there are to be: the body of one request. No generator: each part passes here. */
  next(length: number): AsyncIterable<Buffer> {
    let left = length;
    const next = async (): Promise<IteratorResult<Buffer>> => {
      if (left > 0 && this.ahead.length === 0) await this.arrival();
      if (left === 0 || this.closed) return { done: true, value: undefined };
      const value = this.shift(left);
      left -= value.length;
      this.passes(value);
      return { value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  private async arrival(): Promise<void> {
    while (this.ahead.length === 0 && !this.closed) {
      if (this.failure) throw this.failure;
      if (this.ended) throw new DriveError('google_unavailable', 'The source ended early.', { side: 'source' });
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }

  /** The next part, cut to so many bytes at most. */
  private shift(most: number): Buffer {
    let part = this.ahead.shift()!;
    if (part.length > most) {
      this.ahead.unshift(part.subarray(most));
      part = part.subarray(0, most);
    }
    this.aheadBytes -= part.length;
    if (this.aheadBytes < READ_AHEAD_BYTES / 2 && this.stream.isPaused()) this.stream.resume();
    return part;
  }

  private passes(part: Buffer): void {
    this.position += part.length;
    // After a resumption some bytes pass a second time: they are in the hash already.
    if (this.position > this.hashed) {
      const fresh = this.position - this.hashed;
      this.hash?.update(fresh < part.length ? part.subarray(part.length - fresh) : part);
      this.hashed = this.position;
    }
    this.onProgress(this.position);
  }
}
