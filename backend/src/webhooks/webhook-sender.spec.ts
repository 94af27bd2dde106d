import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { newCertificates } from '../../test/support/redis-servers.js';
import { WebhookSender } from './webhook-sender.js';

const HERE = ['127.0.0.1/32', '::1/128'];
const SHORT_MS = 300;

let receiver: Server;
let url: string;
let answer: RequestListener;
let requests: number;
const senders: WebhookSender[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    requests++;
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((done) => void receiver.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  await Promise.all(senders.map((sender) => sender.onApplicationShutdown()));
  receiver.closeAllConnections();
  receiver.close();
});
beforeEach(() => (requests = 0));

function aSender(...args: ConstructorParameters<typeof WebhookSender>): WebhookSender {
  const sender = new WebhookSender(...args);
  senders.push(sender);
  return sender;
}
const allowing = (
  allowedNetworks: readonly string[] = HERE,
  resolve?: ConstructorParameters<typeof WebhookSender>[1],
  timeoutMs?: number,
) => aSender({ allowedNetworks: [...allowedNetworks], allowHttp: true }, resolve, timeoutMs);
const namedUrl = () => url.replace('127.0.0.1', 'receiver.example');
const resolvingTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

it('sends the message with its headers, and returns status, time and the beginning of the response', async () => {
  let got: unknown;
  answer = (request, response) => {
    got = { method: request.method, type: request.headers['content-type'], id: request.headers['webhook-id'] };
    response.writeHead(202).end('Thanks.');
  };
  const result = await allowing().send(url, { 'webhook-id': 'msg_1' }, '{}');
  expect(result).toEqual({ status: 202, latencyMs: expect.any(Number), reply: 'Thanks.' });
  expect(got).toEqual({ method: 'POST', type: 'application/json', id: 'msg_1' });
});

describe('an address inside the network', () => {
  it.each([
    ['an address', () => url],
    ['a decimal address', () => url.replace('127.0.0.1', '2130706433')],
    ['an octal address', () => url.replace('127.0.0.1', '0177.0.0.1')],
    ['a mapped address', () => url.replace('127.0.0.1', '[::ffff:127.0.0.1]')],
  ])('is refused as %s, without a connection', async (_what, target) => {
    answer = (_request, response) => response.end();
    const sender = allowing([]);
    expect(await sender.send(target(), {}, '{}')).toMatchObject({ error: 'address_refused' });
    expect(await sender.isAllowed(target())).toBe(false);
    expect(requests).toBe(0);
  });

  it('is refused behind a name, also if the name had a public address before', async () => {
    answer = (_request, response) => response.end();
    let lookups = 0;
    const sender = allowing([], async () => [{ address: lookups++ === 0 ? '93.184.216.34' : '127.0.0.1', family: 4 }]);
    expect(await sender.isAllowed(namedUrl())).toBe(true);
    expect(await sender.send(namedUrl(), {}, '{}')).toMatchObject({ error: 'address_refused' });
    expect(lookups).toBe(2);
    expect(requests).toBe(0);
  });

  it('is not connected to beside an allowed one of the same name', async () => {
    answer = (_request, response) => response.end();
    const sender = allowing(['127.0.0.1/32'], resolvingTo('10.0.0.1', '169.254.169.254', '127.0.0.1'));
    expect(await sender.send(namedUrl(), {}, '{}')).toMatchObject({ status: 200 });
  });

  it('is not reached by a redirect', async () => {
    let reached = false;
    const inside = createServer((_request, response) => {
      reached = true;
      response.end();
    });
    await new Promise<void>((done) => void inside.listen(0, '127.0.0.1', done));
    const location = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/`;
    answer = (_request, response) => response.writeHead(307, { location }).end();
    expect(await allowing().send(url, {}, '{}')).toMatchObject({ status: 307 });
    expect(reached).toBe(false);
    inside.close();
  });
});

describe('a hostile receiver', () => {
  /** Resolves when the receiver's connection is closed. */
  const closed = (response: ServerResponse) => new Promise<void>((done) => response.once('close', () => done()));

  it('that never responds, is left after the time-out', async () => {
    answer = () => undefined;
    expect(await allowing(HERE, undefined, SHORT_MS).send(url, {}, '{}')).toMatchObject({ error: 'timeout' });
  });

  it('that drips its headers, is left after the time-out', async () => {
    const sockets = new Set<Socket>();
    const dripping = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-drip: 1\r\n'), SHORT_MS / 10);
      socket.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((done) => void dripping.listen(0, '127.0.0.1', done));
    const target = `http://127.0.0.1:${(dripping.address() as AddressInfo).port}/`;
    expect(await allowing(HERE, undefined, SHORT_MS).send(target, {}, '{}')).toMatchObject({ error: 'timeout' });
    for (const socket of sockets) socket.destroy();
    dripping.close();
  });

  it('that sends a body without end, is cut off after the first kilobyte', async () => {
    let wrote = 0;
    let ended: Promise<void> | undefined;
    answer = (_request, response) => {
      ended = closed(response);
      response.writeHead(200);
      const part = Buffer.alloc(64 * 1024, 'x');
      const push = () => {
        while (!response.destroyed && response.write(part)) wrote += part.length;
      };
      response.on('drain', push);
      push();
    };
    const { status, reply } = await allowing().send(url, {}, '{}');
    expect(status).toBe(200);
    expect(reply).toBe('x'.repeat(1_024));
    await ended;
    expect(wrote).toBeLessThan(50 * 1024 * 1024);
  });

  it('that drips its body, counts by its status, and is not waited for', async () => {
    let ended: Promise<void> | undefined;
    answer = (_request, response) => {
      ended = closed(response);
      response.writeHead(200);
      response.write('a');
    };
    expect(await allowing().send(url, {}, '{}')).toMatchObject({ status: 200, reply: 'a' });
    await ended;
  });

  it('that sends too many headers or no HTTP, is an invalid response', async () => {
    answer = (_request, response) => response.writeHead(200, { 'x-large': 'x'.repeat(20_000) }).end();
    expect(await allowing().send(url, {}, '{}')).toMatchObject({ error: 'invalid_response' });
  });
});

it('sends nothing without encryption where that is not allowed', async () => {
  const sender = aSender({ allowedNetworks: HERE, allowHttp: false });
  expect(await sender.send(url, {}, '{}')).toEqual({ error: 'http_refused', latencyMs: 0 });
  expect(requests).toBe(0);
});

it('says that nothing listens, and that a name does not exist', async () => {
  const target = 'http://receiver.example:9/';
  expect(await allowing(HERE, resolvingTo('127.0.0.1')).send(target, {}, '{}')).toMatchObject({
    error: 'connection_failed',
  });
  const unknown = async () => {
    throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
  };
  const sender = allowing(HERE, unknown);
  expect(await sender.send(target, {}, '{}')).toMatchObject({ error: 'name_not_found' });
  // It may exist later; each connection is checked.
  expect(await sender.isAllowed(target)).toBe(true);
});

// As in production, where only https is allowed. The certificate is one of an authority of this test.
describe('over https', () => {
  let server: HttpsServer;
  let got: unknown[];
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    const { ca, cert, key } = newCertificates('DNS:receiver.example');
    server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      got.push((request.socket as TLSSocket).servername);
      request.resume();
      response.writeHead(204).end();
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    setDefaultCACertificates([...trusted, readFileSync(ca, 'utf8')]);
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => (got = []));

  const send = (host: string) => {
    const sender = aSender({ allowedNetworks: HERE, allowHttp: false }, resolvingTo('127.0.0.1'));
    return sender.send(`https://${host}:${(server.address() as AddressInfo).port}/hook`, {}, '{}');
  };

  it('sends to the name of the certificate, at the address that was checked', async () => {
    expect(await send('receiver.example')).toMatchObject({ status: 204 });
    expect(got).toEqual(['receiver.example']);
  });

  it('sends nothing to another name than that of the certificate', async () => {
    expect(await send('other.example')).toEqual({ error: 'tls_failed', latencyMs: expect.any(Number) });
    expect(got).toEqual([]);
  });

  it('sends nothing if nobody vouches for the certificate', async () => {
    const ours = getCACertificates('default');
    setDefaultCACertificates(trusted);
    try {
      expect(await send('receiver.example')).toMatchObject({ error: 'tls_failed' });
    } finally {
      setDefaultCACertificates(ours);
    }
    expect(got).toEqual([]);
  });

  it('sends nothing without TLS', async () => {
    const sender = aSender({ allowedNetworks: HERE, allowHttp: false });
    expect(await sender.send(url, {}, '{}')).toEqual({ error: 'http_refused', latencyMs: 0 });
  });
});
