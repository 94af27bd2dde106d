import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DriveError } from '../errors.js';
import { isAccountWide, isTransient } from '../failures.js';
import type { ChecksumKind, Checksums, DriveItem, Drives, NewItem, Upload, UploadState } from '../ports/drive.js';
import { type OnProgress, StreamContent } from './stream-content.js';

/** Bytes that one request of a resumable upload carries; a multiple of the 256 KiB that Google asks for. */
export const CHUNK_BYTES = 256 * 1024 * 1024;
/** Failures in a row without progress, after which the file is given up for now. */
export const FRUITLESS_TRIES = 6;
/** Uploads opened for one file, when Google forgets the one in progress. */
const MAX_UPLOADS = 4;
/** Milliseconds that giving up an upload may take. One that is left behind expires after a week. */
const ABANDON_MS = 10_000;

export interface RelayResult {
  readonly copy: DriveItem;
  /** Of the bytes that were sent; empty where the source states a checksum, and when an earlier process sent some of them. */
  readonly computed: Checksums;
}

/** Where an upload in progress is recorded, so that it survives the process. The record is as good as a password. */
export interface KeptUpload {
  /** What `keep` was given last, by this process or another: an address that `resumeUpload` takes. */
  readonly kept?: string;
  keep(upload: string): Promise<void>;
  drop(): Promise<void>;
  /**
   * Called with the signal's reason when the relay is stopped midway: whether it will not continue (a cancel), so that
   * what has arrived is given up, or will (a restart, a pause). Without it: it will.
   */
  isOver?(reason: unknown): boolean | Promise<boolean>;
}

export interface RelayOptions {
  /** Bytes of one request; a multiple of 256 KiB. */
  readonly chunkBytes?: number;
  /** Without it no later attempt could resume an upload: it is given up whenever the relay ends without a copy. */
  readonly uploads?: KeptUpload;
}

export type RelayEndpoints = Drives;

/** What is sent. */
export interface Original {
  readonly size: number;
  /** Its bytes from an offset to the end, of the same version whenever it is called. */
  readonly read: (offset: number) => Promise<Readable>;
  /** The checksum to be computed; undefined: none. */
  readonly kind: ChecksumKind | undefined;
  /** Identifies this content for another process; undefined: another process must not resume. */
  readonly version?: string | undefined;
  /** Of the bytes, where the destination is to convert them. */
  readonly mediaType?: string;
}

/**
 * One file on its way through a resumable upload. After a failure on either side it asks the destination how much arrived,
 * reads the source from there by Range, and continues; so does another process, by the address of the upload.
 */
export class ResumableRelay {
  private upload: Upload | undefined;
  private hash: Hash | undefined;
  /** Bytes that are hashed. */
  private hashed = 0;
  /** The most bytes that were ever confirmed: only more is progress. */
  private furthest = 0;
  private fruitless = 0;
  private begun = 0;
  /** Whether the last byte was sent to this upload: the file may exist although no response confirms it. */
  private sentAll = false;

  constructor(
    private readonly original: Original,
    private readonly target: NewItem,
    private readonly endpoints: Pick<RelayEndpoints, 'destination' | 'clock'>,
    private readonly onProgress: OnProgress,
    private readonly signal: AbortSignal,
    private readonly options: RelayOptions,
  ) {}

  async run(): Promise<RelayResult> {
    try {
      let state = (await this.resume()) ?? (await this.begin());
      while (!('done' in state)) state = await this.advance(state.confirmed);
      this.upload = undefined; // it has become the file
      await this.options.uploads?.drop();
      // The response to the last byte may be lost: then every byte was sent, and perhaps not every byte was hashed.
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

  /** Resumes the upload that an earlier process kept, if it is of the same content and Google still knows it. */
  private async resume(): Promise<UploadState | undefined> {
    const { kept } = this.options.uploads ?? {};
    if (kept === undefined) return undefined;
    const upload = this.endpoints.destination.resumeUpload(kept);
    const { version } = this.original;
    if (version === undefined || !kept.endsWith(`#${version}`)) {
      await this.abandon(upload);
      return undefined;
    }
    this.upload = upload;
    try {
      const state = await upload.state(this.original.size, this.signal);
      this.hash = this.newHash(); // useful if nothing has arrived yet
      if ('confirmed' in state) this.furthest = state.confirmed;
      return state;
    } catch (error) {
      // Whatever the reason, a new upload can be begun.
      if (error instanceof DriveError && (error.code === 'not_found' || error.code === 'google_refused'))
        return undefined;
      throw error;
    }
  }

  private async begin(): Promise<UploadState> {
    const { size, version, mediaType } = this.original;
    const upload = await this.endpoints.destination.beginUpload(this.target, size, this.signal, mediaType);
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

  /** Sends from an offset until it fails or is done. @returns what the destination holds then */
  private async advance(offset: number): Promise<UploadState> {
    const upload = this.upload!;
    let state: UploadState;
    let failure: unknown;
    try {
      state = await this.send(upload, offset).catch(async (error: unknown) => {
        this.signal.throwIfAborted();
        if (!canResumeLater(error) && !(error instanceof ChunkRefusedError)) throw error;
        failure = error;
        await this.pause();
        return ofUpload(upload.state(this.original.size, this.signal));
      });
    } catch (error) {
      if (!(error instanceof UploadGoneError) || this.begun >= MAX_UPLOADS) throw error;
      // The upload may have become the file. A reserved id is in use then; without one there would be two copies.
      if (this.sentAll && !this.target.id)
        throw new DriveError('ambiguous_write', {
          detail: 'The response to the last byte was lost.',
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
        : new DriveError('google_unavailable', {
            detail: 'The destination repeatedly confirmed fewer bytes than it was sent.',
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
    if (from >= size) return ofUpload(upload.state(size, this.signal)); // all bytes have arrived, and the file does not exist yet
    const stream = await read(from);
    // Bytes that another process sent are missing in the hash.
    if (from > this.hashed) this.hash = undefined;
    const content = new StreamContent(stream, from, this.hash, this.hashed, this.onProgress);
    try {
      for (let offset = from; ;) {
        const length = Math.min(chunkBytes, size - offset);
        if (offset + length === size) this.sentAll = true;
        const state = await ofChunk(upload.send(offset, length, size, content.body(length), this.signal));
        if ('done' in state || state.confirmed !== offset + length) return state; // fewer than were sent: read from there
        offset = state.confirmed;
        if (offset >= size) return state;
      }
    } finally {
      this.hashed = content.close();
    }
  }

  private pause(): Promise<void> {
    return this.endpoints.clock.sleep(Math.min(2 ** this.fruitless, 32) * 500, this.signal);
  }

  /** The relay ends without a copy: the upload stays for a later attempt, or is given up. */
  private async leave(error: unknown): Promise<void> {
    const { uploads } = this.options;
    if (!this.upload || (uploads && !(await this.isOver(error, uploads)))) return;
    await this.abandon(this.upload);
    await uploads?.drop().catch(() => undefined); // the error being thrown says more
  }

  private async isOver(error: unknown, uploads: KeptUpload): Promise<boolean> {
    if (!this.signal.aborted) return !canResumeLater(error) && !isAccountWide(error);
    try {
      return (await uploads.isOver?.(this.signal.reason)) ?? false;
    } catch {
      return false; // unknown now
    }
  }

  private async abandon(upload: Upload): Promise<void> {
    // The transfer's own signal may be what ended it. An upload that can't be given up expires after a week.
    await upload.abandon(AbortSignal.timeout(ABANDON_MS)).catch(() => undefined);
  }
}

export const sourceChanged = (): DriveError => new DriveError('source_changed', { side: 'source' });

/** The destination no longer knows the upload (Google forgets one after a week, or sooner): a new one must be opened. */
class UploadGoneError extends DriveError {
  constructor(cause: unknown) {
    super('google_unavailable', { detail: 'Google repeatedly forgot the upload.', side: 'destination', cause });
  }
}

/**
 * The destination refuses these bytes now: another process, which this one replaced, may be sending too. The relay
 * requests the upload's state.
 */
class ChunkRefusedError extends DriveError {
  constructor(cause: DriveError) {
    super('google_refused', { message: cause.message, side: 'destination', cause });
  }
}

/** A response about an upload: "not found" refers to the upload, not to the file. */
const ofUpload = (answer: Promise<UploadState>): Promise<UploadState> =>
  answer.catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'not_found' ? new UploadGoneError(error) : error;
  });

/** The response to a chunk. */
const ofChunk = (answer: Promise<UploadState>): Promise<UploadState> =>
  ofUpload(answer).catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'google_refused' ? new ChunkRefusedError(error) : error;
  });

/** Whether a later attempt can send the same bytes to the same upload. */
const canResumeLater = (error: unknown): boolean => isTransient(error) && !(error instanceof UploadGoneError);
