import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isTransient } from '../failures.js';
import type { Clock } from '../ports/clock.js';
import { countPassedBytes } from './passing-bytes.js';
import { MAX_TRIES_WITHOUT_PROGRESS } from './resumable-relay.js';

/** A small file needs one block; a megabyte needs sixteen. */
const BLOCK_BYTES = 64 * 1024;
/** Maximum number of unused blocks that are kept: 16 MB. */
const MAX_IDLE = 256;
const idle: Buffer[] = [];

/**
 * A whole file in memory, in reusable blocks. Many small buffers that live until their file is sent would outlive the
 * garbage collector's young generation, so that only a collection of the whole heap frees them. When relaying small
 * files, that costs noticeable processor time.
 */
export class HeldBytes {
  private readonly blocks: Buffer[] = [];
  private size = 0;

  get length(): number {
    return this.size;
  }

  /** The content in order; do not use it after `release`. */
  get parts(): readonly Buffer[] {
    return this.blocks.map((block, index) => block.subarray(0, Math.min(BLOCK_BYTES, this.size - index * BLOCK_BYTES)));
  }

  /** Copies the part. */
  add(part: Buffer): void {
    for (let from = 0; from < part.length;) {
      const at = this.size % BLOCK_BYTES;
      if (at === 0) this.blocks.push(idle.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
      const copied = part.copy(this.blocks.at(-1)!, at, from);
      from += copied;
      this.size += copied;
    }
  }

  /**
   * Returns the memory to other files. Call it only when nothing reads `parts` any more. If a socket may still send
   * them, as after a failed request, leave them to the garbage collector: another file's bytes must not replace them.
   */
  release(): void {
    for (const block of this.blocks.splice(0)) if (idle.length < MAX_IDLE) idle.push(block);
    this.size = 0;
  }
}

/** Reads a stream to its end, but not far beyond `maxBytes`. Starts again if the stream breaks off. */
export async function readWhole(
  open: () => Promise<Readable>,
  maxBytes: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<HeldBytes> {
  for (let attempt = 1; ; attempt++) {
    const content = new HeldBytes();
    try {
      const stream = await open();
      // Uses events, because an iterator would join the buffered parts and thereby copy them.
      stream.on('data', (part: Buffer) => {
        content.add(part);
        countPassedBytes(part.length);
        if (content.length > maxBytes) stream.destroy();
      });
      await finished(stream).catch((error: unknown) => {
        if (content.length <= maxBytes) throw error;
      });
      return content;
    } catch (error) {
      content.release();
      signal.throwIfAborted();
      if (!isTransient(error) || attempt >= MAX_TRIES_WITHOUT_PROGRESS) throw error;
      await clock.sleep(Math.min(2 ** attempt, 32) * 250, signal);
    }
  }
}
