import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { until } from '../../../tools/until.js';
import { afterResponse } from './after-response.js';

describe('after a response', () => {
  const heard: string[] = [];
  let waiting: PromiseWithResolvers<void>;
  let entered: PromiseWithResolvers<void>;
  const server = fastify();
  afterResponse(server, ({ url }, { statusCode }) => void heard.push(`${url} ${statusCode}`));
  server.get('/at-once', () => ({}));
  server.get('/slow', async (_request, reply) => {
    entered.resolve();
    await waiting.promise;
    return reply.code(202).send({ done: true });
  });
  server.get('/fails', async () => {
    entered.resolve();
    await waiting.promise;
    throw new Error('broken');
  });

  beforeAll(() => server.listen({ port: 0, host: '127.0.0.1' }));
  afterAll(() => server.close());
  beforeEach(() => {
    heard.length = 0;
    [waiting, entered] = [Promise.withResolvers(), Promise.withResolvers()];
  });

  /** Sends a request, and leaves while it is handled. */
  async function leave(path: string): Promise<void> {
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    const closed = once(server.server, 'connection').then(([there]) => once(there as never, 'close'));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await entered.promise;
    socket.destroy();
    await closed;
    waiting.resolve();
  }

  it('is called once when the client has the response', async () => {
    const { port } = server.server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/at-once`);
    await answer.text();
    await until('it is heard', () => heard.length > 0);
    expect(heard).toEqual(['/at-once 200']);
  });

  it.each([
    ['/slow', '/slow 202'],
    ['/fails', '/fails 500'],
  ])('is called once for %s, whose client has left', async (path, expected) => {
    await leave(path);
    await until('it is heard', () => heard.length > 0);
    expect(heard).toEqual([expected]);
  });
});
