import type { Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DriveError } from '../errors.js';
import { countPassedBytes } from './passing-bytes.js';

/**
 * Maximum number of bytes to read ahead: about one part, because the connection buffers more. Parts that wait long
 * outlive the garbage collector's young generation.
 */
const READ_AHEAD_BYTES = 16 * 1024;

/** Called with the number of bytes sent so far. */
export type OnProgress = (bytes: number) => void;

/** Reads the source's stream ahead and cuts it into request bodies. Hashes each byte once as it passes. */
export class StreamContent {
  /** Parts that were read but not sent yet. */
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
    // Events, not an iterator: that would join the parts that are buffered, and so copy them.
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

  /** Stops reading. @returns how many bytes are hashed; parts that arrive later are not hashed */
  close(): number {
    this.closed = true;
    this.ahead.length = 0;
    this.stream.destroy();
    this.arrived();
    return this.hashed;
  }

  /** The next `length` bytes, as the body of one request. Not a generator, because that costs time for each part. */
  body(length: number): AsyncIterable<Buffer> {
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
      if (this.ended) throw new DriveError('google_unavailable', { side: 'source', detail: 'The source ended early.' });
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }

  /** The next part, of at most `max` bytes. */
  private shift(max: number): Buffer {
    let part = this.ahead.shift()!;
    if (part.length > max) {
      this.ahead.unshift(part.subarray(max));
      part = part.subarray(0, max);
    }
    this.aheadBytes -= part.length;
    if (this.aheadBytes < READ_AHEAD_BYTES / 2 && this.stream.isPaused()) this.stream.resume();
    return part;
  }

  private passes(part: Buffer): void {
    this.position += part.length;
    // After a resumption some bytes pass a second time, and are hashed already.
    if (this.position > this.hashed) {
      const fresh = this.position - this.hashed;
      this.hash?.update(fresh < part.length ? part.subarray(part.length - fresh) : part);
      this.hashed = this.position;
    }
    this.onProgress(this.position);
    countPassedBytes(part.length);
  }
}
