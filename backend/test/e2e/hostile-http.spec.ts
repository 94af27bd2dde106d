import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisServer } from '../support/redis-servers.js';
import { connect, startStack, type Stack } from '../support/stack.js';

// Requests that no client library would send, over raw sockets.

interface Problem {
  status: number;
  code: string;
  detail: string;
}

/** Without the portal, whose page would answer at every address outside the API. */
const NO_PORTAL = { PORTAL_DIR: '/no/such/portal' };

/** Of its own, because each further stack of this file empties the shared one, and with it the session. */
let redis: RedisServer;
let stack: Stack;
let port: number;
let token: string;
beforeAll(async () => {
  redis = await RedisServer.start({});
  stack = await startStack(NO_PORTAL, { env: { REDIS_URL: redis.url } });
  await stack.app.listen(0, '127.0.0.1');
  port = (stack.app.getHttpServer().address() as { port: number }).port;
  token = await connect(stack, 'destination', 'bob@example.com');
});
afterAll(async () => {
  await stack.close();
  await redis.stop();
});

async function open(to = port): Promise<Socket> {
  const socket = dial(to, '127.0.0.1').setEncoding('latin1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Reads everything until the server ends the connection. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  if (socket.closed) return text;
  socket.on('data', (part: string) => (text += part));
  // Not `once` of node:events, which rejects if a byte is written after the server has closed the connection.
  await new Promise((done) => socket.once('close', done));
  return text;
}

/** Sends bytes as they are, and reads until the server ends the connection. */
async function send(...parts: (string | Buffer)[]): Promise<string> {
  return sendTo(port, ...parts);
}

async function sendTo(to: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = await open(to);
  const answer = untilClosed(socket);
  for (const part of parts) socket.write(part);
  return answer;
}

const HOST = 'Host: mover.test\r\nConnection: close\r\n';
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const post = (headers: string, body: string | Buffer) =>
  Buffer.concat([
    Buffer.from(
      `POST /api/folders HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
const problemOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Problem;

/** Every operation of the committed description, with the statuses that it names. */
const OPERATIONS = Object.entries(
  (
    JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
      paths: Record<string, Record<string, { responses: object }>>;
    }
  ).paths,
).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { responses }]) => [method, path, responses] as const),
);
const JSON_TYPE = 'Content-Type: application/json\r\n';

describe('an invalid request', () => {
  it.each<[string, string | Buffer]>([
    ['words', 'good morning\r\n\r\n'],
    ['a TLS handshake', Buffer.from('1603010200010001fc0303', 'hex')],
    [
      'two lengths',
      `POST /api/folders HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a header cut by a bare CR', get('/api/about', 'X-A: a\rX-B: b\r\n')],
    ['a header folded over two lines', get('/api/about', 'X-A: a\n b\r\n')],
    ['a path in raw UTF-8', Buffer.from(get('/api/files/é'))],
    [
      'a chunk of no length',
      `POST /api/folders HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
  ])('is refused as a problem: %s', async (_what, bytes) => {
    const answer = await send(bytes);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toContain('\r\nContent-Type: application/problem+json');
    expect(answer).toContain('\r\nConnection: close');
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it.each([
    ['an expectation', get('/api/about', 'Expect: a-wonder\r\n'), 417, 'expectation_failed'],
    [
      'an expectation of a body’s reader',
      `POST /api/folders HTTP/1.1\r\n${HOST}${JSON_TYPE}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`,
      417,
      'expectation_failed',
    ],
    ['no Host', 'GET /api/about HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_request'],
  ])('gets a problem instead of Node’s bare response: %s', async (_what, bytes, status, code) => {
    const answer = await send(bytes);
    expect(statusOf(answer)).toBe(status);
    expect(answer).toMatch(/\r\ncontent-type: application\/problem\+json/i);
    expect(problemOf(answer)).toMatchObject({ status, code });
  });

  it('may announce a body with Expect and send it after 100 Continue', async () => {
    const body = '{"name":"x"}';
    const socket = await open();
    const answer = untilClosed(socket);
    socket.write(
      `POST /api/folders HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n${JSON_TYPE}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.write(body);
    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });

  it('does not affect the response to the request before it', async () => {
    const first = `GET /api/folders/root/path HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const answer = await send(`${first}GARBAGE\r\n\r\n`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('"My Drive"');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it.each([
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
    ['a way out of the folder', get('/../../etc/passwd')],
    ['the same in percent signs', get('/%2e%2e/%2e%2e/etc/passwd')],
    ['a backslash', get('/\\evil.example')],
    ['two slashes', get('//evil.example/%2e%2e')],
  ])('is not found: %s', async (_what, bytes) => {
    const answer = await send(bytes);
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'route_not_found' });
    expect(answer).not.toMatch(/\r\nlocation:/i);
  });
});

it('refuses TRACE, which would return what a proxy added', async () => {
  const answer = await send(`TRACE /api/about HTTP/1.1\r\n${HOST}Cookie: hidden\r\n\r\n`);
  expect(problemOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  expect(answer).not.toContain('hidden');
});

describe('a request that is too large', () => {
  it.each([
    ['an address', get(`/api/about?${'a'.repeat(20_000)}`)],
    ['a header', get('/api/about', `X-A: ${'a'.repeat(20_000)}\r\n`)],
    ['many headers', get('/api/about', 'X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(500))],
  ])('is refused with 431: %s', async (_what, bytes) => {
    const answer = await send(bytes);
    expect(statusOf(answer)).toBe(431);
    expect(problemOf(answer)).toMatchObject({ status: 431, code: 'headers_too_large' });
  });

  it.each([
    get(`/api/files/${'a'.repeat(501)}`),
    get(`/api/folders/${'a'.repeat(501)}/path`),
    get(`/nothing/${'a'.repeat(501)}.js`),
    `DELETE /session/${'a'.repeat(501)} HTTP/1.1\r\n${HOST}\r\n`,
  ])('is refused in the path: %.25s', async (bytes) => {
    const answer = await send(bytes);
    expect(problemOf(answer)).toMatchObject({ status: 414, code: 'address_too_long' });
    expect(problemOf(answer).detail).not.toContain('aaaa');
  });

  it('is not read to its end', async () => {
    const answer = await send(
      `POST /api/folders HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n${JSON_TYPE}Content-Length: 1000000000\r\n\r\n`,
    );
    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it.each(OPERATIONS)('is documented where it is refused: %s %s', async (method, path, responses) => {
    const address = path.replace(/\{\w+\}/g, 'x');
    const answer = await send(
      `${method.toUpperCase()} ${address} HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 1000000000\r\n\r\n`,
    );
    // GET ignores the body.
    expect(statusOf(answer) === 413).toBe(method !== 'get');
    expect('413' in responses).toBe(method !== 'get');
  });

  it('is cut off if its length was not announced', async () => {
    const chunk = `2000\r\n${'a'.repeat(0x2000)}\r\n`;
    const head = `POST /api/folders HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`;
    const answer = await send(head, ...Array<string>(13).fill(chunk));
    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});

describe('invalid bytes behind a response in progress', () => {
  it('do not leak memory, however many there are', async () => {
    const answers: ServerResponse[] = [];
    const server = stack.app.getHttpServer();
    server.once('request', (_request: IncomingMessage, answer: ServerResponse) => answers.push(answer));
    const socket = await open();
    socket.write(`GET /api/transfers/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await once(socket, 'data');
    const before = answers[0]!.listenerCount('finish');
    const peer = answers[0]!.socket!;
    for (let part = 0; part < 20 && !peer.destroyed; part++) {
      const end = peer.bytesRead + 'no request\r\n\r\n'.length;
      socket.write('no request\r\n\r\n');
      while (peer.bytesRead < end && !peer.destroyed) await new Promise(setImmediate);
    }
    expect(answers[0]!.listenerCount('finish') - before).toBeLessThanOrEqual(1);
    socket.destroy();
  });
});

describe('a request that is too slow', () => {
  /** Only for these requests: on a busy machine every other one may take as long. */
  let impatient: Awaited<ReturnType<Stack['startAnother']>>;
  beforeAll(async () => {
    impatient = await stack.startAnother('api');
    // Before it listens, because Node then fixes how often it checks connections.
    Object.assign(impatient.getHttpServer(), {
      connectionsCheckingInterval: 50,
      headersTimeout: 1_000,
      requestTimeout: 1_500,
    });
    await impatient.listen(0, '127.0.0.1');
  });
  afterAll(() => impatient.close());

  it.each([
    ['headers that never end', `GET /api/about HTTP/1.1\r\n${HOST}X-A: `],
    ['a body that never comes', `POST /api/folders HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 100\r\n\r\n{"name":`],
  ])('is ended with 408: %s', async (_what, beginning) => {
    const socket = await open((impatient.getHttpServer().address() as { port: number }).port);
    const answer = untilClosed(socket);
    socket.write(beginning);
    // One byte after the other, as slowloris does.
    const drip = setInterval(() => socket.write('a'), 50);
    const response = await answer.finally(() => clearInterval(drip));
    expect(problemOf(response)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('does not delay other requests', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => open()));
    for (const socket of slow) socket.write('GET /api/about HTTP/1.1\r\nX-A: ');
    await stack.api.get('/api/about').expect(200);
    for (const socket of slow) socket.destroy();
  });

  it('has a limited time in the product', async () => {
    const other = await stack.startAnother('api');
    expect(other.getHttpServer()).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
    });
    await other.close();
  });
});

describe('a body', () => {
  it.each([
    ['compressed', `${JSON_TYPE}Content-Encoding: gzip\r\n`, Buffer.from('1f8b0800', 'hex'), 'compressed'],
    [
      'in UTF-16',
      'Content-Type: application/json; charset=utf-16\r\n',
      Buffer.from('{"name":"x"}', 'utf16le'),
      'UTF-8',
    ],
    ['in Latin-1', 'Content-Type: application/json; charset="iso-8859-1"\r\n', '{"name":"x"}', 'UTF-8'],
    ['of bytes that are no UTF-8', JSON_TYPE, Buffer.from('{"name":"\xff\xfe"}', 'latin1'), 'UTF-8'],
    ['of a form', 'Content-Type: application/x-www-form-urlencoded\r\n', 'name=hello', 'application/json'],
    ['of plain text', 'Content-Type: text/plain\r\n', '{"name":"x"}', 'application/json'],
    ['of a multipart form', 'Content-Type: multipart/form-data; boundary=x\r\n', '--x--', 'application/json'],
    ['of no type', '', '{"name":"x"}', 'application/json'],
    ['of a broken type', 'Content-Type: ;;;\r\n', '{"name":"x"}', 'application/json'],
    ['that is empty', JSON_TYPE, '', 'empty'],
    ['with a prototype', JSON_TYPE, '{"name":"x","__proto__":{"isAdmin":true}}', 'JSON'],
    ['with a hidden prototype', JSON_TYPE, '{"name":"x","\\u005f_proto__":{"isAdmin":true}}', 'JSON'],
    ['with a constructor', JSON_TYPE, '{"name":"x","constructor":{"prototype":{"isAdmin":true}}}', 'JSON'],
    ['with a property of no meaning', JSON_TYPE, '{"name":"x","toString":1}', 'toString'],
    ['that is a list', JSON_TYPE, '[{"name":"x"}]', 'name'],
    ['that is null', JSON_TYPE, 'null', 'name'],
    ['that is a word', JSON_TYPE, '"name"', 'name'],
  ])('%s is refused', async (_what, headers, body, named) => {
    const problem = problemOf(await send(post(headers, body)));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.detail).toContain(named);
    expect({}).not.toHaveProperty('isAdmin');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'of type %s is read',
    async (type) => {
      const answer = await send(post(`Content-Type: ${type}\r\n`, '{"name":"Žluťoučký 🦊"}'));
      expect(statusOf(answer)).toBe(201);
      expect(Buffer.from(answer, 'latin1').toString()).toContain('Žluťoučký 🦊');
    },
  );
});

describe('a line break in disguise', () => {
  it('ends up in no header, and does not set the request id', async () => {
    const answer = await stack.api
      .get('/api/files/a%0d%0aSet-Cookie:%20evil=1')
      .set({ 'X-Request-Id': 'evil', 'User-Agent': 'x%0d%0aSet-Cookie: evil=1', Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(400);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(answer.body).toMatchObject({ instance: '/api/files/a%0d%0aSet-Cookie:%20evil=1' });
  });
});

describe('other sites', () => {
  const preflight = (of: Stack, origin: string) =>
    of.api.options('/api/transfers').set({
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-source-token',
    });

  it('may read nothing unless they are configured', async () => {
    const answer = await preflight(stack, 'https://tools.example.com').expect(405);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const read = await stack.api.get('/api/about').set('Origin', 'https://tools.example.com').expect(200);
    expect(read.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('may read if they are configured, without cookies', async () => {
    const open = await startStack({ CORS_ORIGINS: 'https://tools.example.com,https://other.example.com' });
    // Preflight requests succeed at every address, even if it does not exist.
    await open.api.put('/api/nothing').expect(404);
    const allowed = await preflight(open, 'https://tools.example.com').expect(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://tools.example.com',
      'access-control-allow-headers': expect.stringContaining('X-Source-Token') as string,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    });
    expect(allowed.headers).not.toHaveProperty('access-control-allow-credentials');
    const read = await open.api.get('/api/about').set('Origin', 'https://other.example.com').expect(200);
    expect(read.headers).toMatchObject({
      'access-control-allow-origin': 'https://other.example.com',
      'access-control-expose-headers': expect.stringContaining('RateLimit') as string,
    });
    for (const origin of [
      'https://evil.example',
      'https://tools.example.com.evil.example',
      'null',
      'http://tools.example.com',
    ]) {
      expect((await preflight(open, origin)).headers).not.toHaveProperty('access-control-allow-origin');
      const refused = await open.api.get('/session/validate').set('Origin', origin).expect(401);
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    }
    await open.close();
  });
});

describe('an address that points outside the portal', () => {
  it('does not redirect there', async () => {
    const portalDir = mkdtempSync(join(tmpdir(), 'cloudmover-portal-'));
    const page = '<p>The portal</p>';
    writeFileSync(join(portalDir, 'index.html'), page);
    const other = await startStack({ PORTAL_DIR: portalDir });
    await other.app.listen(0, '127.0.0.1');
    const { port: portalPort } = other.app.getHttpServer().address() as { port: number };
    for (const path of [
      ...['//evil.example', '//evil.example/%2e%2e', '/%2f%2fevil.example', '/\\evil.example', '/%5cevil.example'],
      ...['/../package.json', '/%2e%2e/package.json', '/..%2f..%2fpackage.json', '/https://evil.example'],
    ]) {
      const answer = await sendTo(portalPort, get(path));
      expect([200, 404]).toContain(statusOf(answer));
      expect(answer).not.toMatch(/\r\nlocation:/i);
      expect(statusOf(answer) === 404 || answer.endsWith(page)).toBe(true);
    }
    await other.close();
    rmSync(portalDir, { recursive: true });
  });
});

/** The default headers of `helmet` 8, except the content security policy, which is stricter here. */
const HELMET = [
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'content-security-policy',
];

describe('an answer', () => {
  it('has the headers of helmet, for success and errors', async () => {
    const secure = await startStack({ PUBLIC_URL: 'https://mover.example.com' });
    for (const path of ['/api/about', '/api/nothing', '/session/validate', '/docs', '/openapi.json', '/health/live']) {
      const { headers } = await secure.api.get(path);
      expect(HELMET.filter((name) => headers[name] === undefined)).toEqual([]);
    }
    await secure.close();
  });
});
