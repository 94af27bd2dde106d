import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { lingerAfterRefusedBodies } from './refused-bodies.js';

const LENGTH = 8_000_000;

describe('a response that refuses a body by its length', () => {
  let server: FastifyInstance;
  afterEach(() => server.close());

  /** Sends the head of a request to a server that lingers for so long. */
  async function begin(lingerMs: number): Promise<Socket> {
    server = Fastify({ bodyLimit: 1_000 });
    lingerAfterRefusedBodies(server, lingerMs);
    server.post('/', () => '');
    await server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1').pause();
    await once(socket, 'connect');
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${LENGTH}\r\n\r\n`);
    return socket;
  }

  it('reaches a client that reads only after it has sent everything', async () => {
    const socket = await begin(60_000);
    await new Promise((sent) => socket.end(Buffer.alloc(LENGTH), () => sent(undefined)));
    let text = '';
    socket.on('data', (part: string) => (text += part)).resume();
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 413 [^]*body is too large/);
  });

  it('is followed by the end of the connection, even if the client keeps sending', async () => {
    const socket = await begin(20);
    const sending = setInterval(() => socket.write('a'), 5);
    socket.on('error', () => undefined).resume();
    const isClosed = await new Promise((done) => socket.once('close', () => done(true)));
    clearInterval(sending);
    expect(isClosed).toBe(true);
  });
});
