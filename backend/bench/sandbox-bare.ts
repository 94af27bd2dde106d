// The references for the sandbox: a bare node:http server with a JSON route, a download, an upload into a file (PUT
// /file, deleted afterwards) and an upload that is discarded.
//   node backend/bench/sandbox-bare.ts BODY_BYTES   → {"url":"…"} over the IPC channel
// Any other address returns JSON with the length in its last part: `/json/600`.
import { createWriteStream, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [bodyBytes = '0'] = process.argv.slice(2);
/** Cached by address. */
const answers = new Map<string, string>();

function answerFor(url: string): string {
  const length = Number(url.split('/').at(-1)) || 600;
  const answer = answers.get(url) ?? JSON.stringify({ kind: 'bare', text: 'x'.repeat(Math.max(0, length - 25)) });
  answers.set(url, answer);
  return answer;
}

const FILE = join(tmpdir(), `sandbox-bare-${process.pid}`);
const CHUNK = Buffer.alloc(256 * 1024, 'bare');

function* body(): Generator<Buffer> {
  for (let left = Number(bodyBytes); left > 0; left -= CHUNK.length)
    yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/body') {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': Number(bodyBytes) });
    pipeline(Readable.from(body(), { highWaterMark: 2 }), response).catch(() => response.destroy());
    return;
  }
  const done = (): void => {
    const answer = answerFor(request.url ?? '/');
    response.writeHead(200, {
      'content-type': 'application/json; charset=UTF-8',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  };
  if (request.method === 'PUT' && request.url === '/file') {
    pipeline(request, createWriteStream(FILE)).then(
      () => {
        rmSync(FILE);
        done();
      },
      () => response.destroy(),
    );
    return;
  }
  request.resume();
  request.on('end', done);
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit(0));
