import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { fastify, type FastifyInstance } from 'fastify';
import { disconnectStalledClients } from './stalled-clients.js';

let server: FastifyInstance;
/** Whether the last response has ended, successfully or not. */
let ended: Promise<unknown>;

async function start(stallMs: number): Promise<void> {
  server = fastify();
  disconnectStalledClients(server, stallMs);
  server.addHook('onRequest', (_request, { raw }, done) => {
    ended = once(raw, 'close');
    done();
  });
  server.get('/endless', (_request, reply) =>
    reply.send(
      Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(64 * 1024);
        })(),
      ),
    ),
  );
  server.get('/slow', (_request, reply) =>
    reply.send(
      Readable.from(
        (async function* () {
          for (const part of ['a', 'b', 'c']) {
            yield part;
            // The client has read it, and then the source sends nothing for too long.
            while (reply.raw.writableLength > 0) await new Promise(setImmediate);
            reply.raw.emit('timeout');
          }
        })(),
      ),
    ),
  );
  await server.listen();
}
afterEach(() => server.close());

async function ask(path: string): Promise<Socket> {
  const client = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  await once(server.server, 'request');
  return client;
}

it('disconnects a client that reads nothing of a streamed response', async () => {
  await start(50);
  const client = await ask('/endless'); // which it does not read
  await ended;
  client.destroy();
});

it('waits for a slow source', async () => {
  await start(600_000);
  const client = await ask('/slow');
  const text = (await client.toArray()).join('');
  expect(text).toMatch(/\r\na\r\n.*\r\nb\r\n.*\r\nc\r\n0\r\n/s);
});
