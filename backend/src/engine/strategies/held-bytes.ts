/** A small file takes one; a megabyte is handed on in sixteen pieces. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks that wait to be used again: 16 MB. */
const MOST_IDLE = 256;
const idle: Buffer[] = [];

/**
 * Bytes that are held whole, in blocks that are used again: as many small buffers, held until their file is through, they
 * would outlive the young generation, and only collecting the whole heap would free them. That cost a relay of small files
 * half of its processor time.
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

  /** Takes a copy. */
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
   * Gives the memory to others: only once nothing reads `parts` any more. What may still be on its way into a socket, as
   * after a request that failed, is left to the garbage collector instead: it must not become another file's bytes.
   */
  release(): void {
    for (const block of this.blocks.splice(0)) if (idle.length < MOST_IDLE) idle.push(block);
    this.size = 0;
  }
}
