// The references for the sandbox: a bare node:http server with a download, an upload into a file (PUT /file, deleted
// afterwards), an upload that is discarded (PUT /nowhere), and a route for everything else.
//   node backend/bench/sandbox-bare.ts BODY_BYTES   → {"url":"…"} over the IPC channel
// The route reads the whole request and sends the answer that the parent process last sent over the channel
// ({"headers":…, "body":…}); each one is confirmed with {"ready":true}.
import { createWriteStream, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [bodyBytes = '0'] = process.argv.slice(2);
/** What the route sends. */
let answer = { headers: {}, body: '{}' };

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
    response.writeHead(200, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
    response.end(answer.body);
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
process.on('message', (message: typeof answer) => {
  answer = message;
  process.send?.({ ready: true });
});
process.on('disconnect', () => process.exit(0));
