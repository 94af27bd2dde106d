import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isTransient } from '../failures.js';
import type { Clock } from '../ports/clock.js';
import { FRUITLESS_TRIES } from './resumable-relay.js';

/** A small file needs one; a megabyte needs sixteen. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks that wait to be used again: 16 MB. */
const MAX_IDLE = 256;
const idle: Buffer[] = [];

/**
 * Bytes that are held whole, in blocks that are used again. As many small buffers, held until their file is sent, they
 * would outlive the garbage collector's young generation, and only a collection of the whole heap would free them. That
 * cost a relay of small files half of its processor time.
 */
export class HeldBytes {
  private readonly blocks: Buffer[] = [];
  private size = 0;

  get length(): number {
    return this.size;
  }

  /** In order; not to be used after `release`. */
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
   * Lets other files use the memory. Call it only once nothing reads `parts` any more. What a socket may still send, as
   * after a request that failed, is left to the garbage collector: it must not become another file's bytes.
   */
  release(): void {
    for (const block of this.blocks.splice(0)) if (idle.length < MAX_IDLE) idle.push(block);
    this.size = 0;
  }
}

/** Reads a stream to its end, but not far beyond `maxBytes`; from the start again when it breaks off. */
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
      // Events, not an iterator: that would join the parts that are buffered, and so copy them.
      stream.on('data', (part: Buffer) => {
        content.add(part);
        if (content.length > maxBytes) stream.destroy();
      });
      await finished(stream).catch((error: unknown) => {
        if (content.length <= maxBytes) throw error;
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
