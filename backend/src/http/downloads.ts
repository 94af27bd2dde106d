import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { StreamableFile } from '@nestjs/common';

/** Characters that are written together. A chunk of a line each would cost several times as much processor time. */
const CHUNK = 16_384;

/**
 * A text as a download, written while it is generated: a report of a million items needs little memory. Other requests
 * are processed between two chunks, although the text may come from memory.
 */
export const downloadOf = (parts: AsyncIterable<string>, type: string, filename: string): StreamableFile =>
  new StreamableFile(Readable.from(inChunks(parts), { objectMode: false }), {
    type: `${type}; charset=utf-8`,
    disposition: `attachment; filename="${filename}"`,
  });

async function* inChunks(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
    await setImmediate();
  }
  if (chunk) yield chunk;
}
