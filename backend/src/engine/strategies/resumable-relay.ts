import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DriveError } from '../errors.js';
import { isAccountWide, isTransient } from '../failures.js';
import type { ChecksumKind, Checksums, DriveItem, Drives, NewItem, Upload, UploadState } from '../ports/drive.js';
import { type OnProgress, StreamContent } from './stream-content.js';

/** Bytes per request of a resumable upload; a multiple of 256 KiB, as Google requires. */
export const CHUNK_BYTES = 256 * 1024 * 1024;
/** Consecutive failures without progress after which this attempt ends. */
export const MAX_TRIES_WITHOUT_PROGRESS = 6;
/** Maximum number of uploads started for one file, if Google forgets the current one. */
const MAX_UPLOADS = 4;
/** Milliseconds that canceling an upload may take. An upload that is not canceled expires after a week. */
const ABANDON_MS = 10_000;

export interface RelayResult {
  readonly copy: DriveItem;
  /**
   * Checksums of the bytes sent; empty if the source states a checksum, or an earlier process sent some of the bytes.
   */
  readonly computed: Checksums;
}

/** Records an upload in progress, so that another process can resume it. The record works like a password. */
export interface KeptUpload {
  /** The URL that was last passed to `keep`, by this process or another; `resumeUpload` accepts it. */
  readonly kept?: string;
  keep(upload: string): Promise<void>;
  drop(): Promise<void>;
  /**
   * Called with the signal's reason when the relay is stopped midway. True: it will not continue (a cancel), so the
   * upload is canceled. False, or missing: it will (a restart, a pause).
   */
  isOver?(reason: unknown): boolean | Promise<boolean>;
}

export interface RelayOptions {
  /** Bytes per request; a multiple of 256 KiB. */
  readonly chunkBytes?: number;
  /** Without it no later attempt can resume an upload, so it is canceled whenever the relay ends without a copy. */
  readonly uploads?: KeptUpload;
}

export type RelayEndpoints = Drives;

/** The content to send. */
export interface Original {
  readonly size: number;
  /** Its bytes from an offset to the end, always of the same version. */
  readonly read: (offset: number) => Promise<Readable>;
  /** The kind of checksum to compute; undefined: none. */
  readonly kind: ChecksumKind | undefined;
  /** Identifies this content to another process; undefined: another process must not resume. */
  readonly version?: string | undefined;
  /** Media type of the bytes, if the destination should convert them. */
  readonly mediaType?: string;
}

/**
 * Sends one file through a resumable upload. After a failure on either side it asks the destination how many bytes
 * arrived, reads the source from there with a Range request, and continues. Another process can do the same with the
 * upload's URL.
 */
export class ResumableRelay {
  private upload: Upload | undefined;
  private hash: Hash | undefined;
  /** Number of bytes hashed so far. */
  private hashed = 0;
  /** Highest number of bytes that the destination has confirmed; only a higher one is progress. */
  private furthest = 0;
  private triesWithoutProgress = 0;
  private begun = 0;
  /** Whether the last byte was sent to this upload. Then the file may exist although no response confirms it. */
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
      this.upload = undefined; // the upload has become the file
      await this.options.uploads?.drop();
      // If only the response to the last byte was lost, every byte was sent, but perhaps not every byte was hashed.
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

  /** Resumes the upload that an earlier process recorded, if it has the same content and Google still knows it. */
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
      this.hash = this.newHash(); // usable if nothing has arrived yet
      if ('confirmed' in state) this.furthest = state.confirmed;
      return state;
    } catch (error) {
      // Whatever the reason, a new upload can be started.
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

  /** Sends from an offset until it fails or is done. @returns what the destination has then */
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
      // The upload may have become the file. A reserved id would then be in use; without one, another upload would make
      // a second copy.
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
      this.triesWithoutProgress = 0;
    } else if (++this.triesWithoutProgress >= MAX_TRIES_WITHOUT_PROGRESS) {
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
    if (from >= size) return ofUpload(upload.state(size, this.signal)); // all bytes have arrived, but the file does not exist yet
    const stream = await read(from);
    // The hash lacks the bytes that another process sent.
    if (from > this.hashed) this.hash = undefined;
    const content = new StreamContent(stream, from, this.hash, this.hashed, this.onProgress);
    try {
      for (let offset = from; ;) {
        const length = Math.min(chunkBytes, size - offset);
        if (offset + length === size) this.sentAll = true;
        const state = await ofChunk(upload.send(offset, length, size, content.body(length), this.signal));
        if ('done' in state || state.confirmed !== offset + length) return state; // fewer bytes than were sent: read from there
        offset = state.confirmed;
        if (offset >= size) return state;
      }
    } finally {
      this.hashed = content.close();
    }
  }

  private pause(): Promise<void> {
    return this.endpoints.clock.sleep(Math.min(2 ** this.triesWithoutProgress, 32) * 500, this.signal);
  }

  /** The relay ends without a copy. Keeps the upload for a later attempt, or cancels it. */
  private async leave(error: unknown): Promise<void> {
    const { uploads } = this.options;
    if (!this.upload || (uploads && !(await this.isOver(error, uploads)))) return;
    await this.abandon(this.upload);
    await uploads?.drop().catch(() => undefined); // the error being thrown is more useful
  }

  private async isOver(error: unknown, uploads: KeptUpload): Promise<boolean> {
    if (!this.signal.aborted) return !canResumeLater(error) && !isAccountWide(error);
    try {
      return (await uploads.isOver?.(this.signal.reason)) ?? false;
    } catch {
      return false; // its address is unknown now
    }
  }

  private async abandon(upload: Upload): Promise<void> {
    // The transfer's own signal may have ended it. An upload that can't be canceled expires after a week.
    await upload.abandon(AbortSignal.timeout(ABANDON_MS)).catch(() => undefined);
  }
}

export const sourceChanged = (): DriveError => new DriveError('source_changed', { side: 'source' });

/**
 * The destination no longer knows the upload (Google forgets it after a week, or sooner), so a new one must be started.
 */
class UploadGoneError extends DriveError {
  constructor(cause: unknown) {
    super('google_unavailable', { detail: 'Google repeatedly forgot the upload.', side: 'destination', cause });
  }
}

/**
 * The destination refuses these bytes: a process that this one replaced may still be sending. The relay requests the
 * upload's state.
 */
class ChunkRefusedError extends DriveError {
  constructor(cause: DriveError) {
    super('google_refused', { message: cause.message, side: 'destination', cause });
  }
}

/** Translates errors about an upload: "not found" refers to the upload, not to the file. */
const ofUpload = (answer: Promise<UploadState>): Promise<UploadState> =>
  answer.catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'not_found' ? new UploadGoneError(error) : error;
  });

/** Translates errors about a chunk. */
const ofChunk = (answer: Promise<UploadState>): Promise<UploadState> =>
  ofUpload(answer).catch((error: unknown) => {
    throw error instanceof DriveError && error.code === 'google_refused' ? new ChunkRefusedError(error) : error;
  });

/** Whether a later attempt can resume this upload. */
const canResumeLater = (error: unknown): boolean => isTransient(error) && !(error instanceof UploadGoneError);
