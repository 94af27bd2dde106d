import { connect } from 'node:net';
import { SILENCE_MS, TestSandbox, text } from '../testing/test-client.ts';

/** Bytes that are no HTTP, or that only just are, on a connection of their own. */
describe('a connection', () => {
  let test: TestSandbox;
  beforeAll(async () => {
    test = await TestSandbox.start();
  });
  afterAll(() => test.close());

  /** Sends bytes over a new connection, and returns everything received until its end. */
  const raw = (bytes: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(test.sandbox.port, '127.0.0.1', () => socket.write(bytes));
      let said = '';
      socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('no answer')));
      socket.on('data', (data: Buffer) => (said += data.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve(said));
    });

  it.each([
    ['not HTTP', 'hello\r\n\r\n', 400],
    ['bytes of TLS', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['an unknown method', 'NOPE /drive/v3/files HTTP/1.1\r\n\r\n', 400],
    ['an unknown version', 'GET /drive/v3/files HTTP/9.9\r\n\r\n', 400],
    ['a field without a colon', 'GET /drive/v3/files HTTP/1.1\r\nnope\r\n\r\n', 400],
    ['two lengths', 'POST /drive/v3/files HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
    ['an invalid length', 'POST /drive/v3/files HTTP/1.1\r\nContent-Length: -5\r\n\r\n', 400],
    ['a tunnel', 'CONNECT www.googleapis.com:443 HTTP/1.1\r\n\r\n', 400],
    ['an address that is too long', `GET /${'x'.repeat(70_000)} HTTP/1.1\r\n\r\n`, 414],
    ['a head that is too long', `GET / HTTP/1.1\r\nA: ${'x'.repeat(70_000)}\r\n\r\n`, 413],
  ])('with %s gets the page of the front end', async (_what, bytes, status) => {
    const said = await raw(bytes);
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(said).toMatch(/content-type: text\/html/i);
    expect(said).toContain(`Error ${status} (`);
  });

  it('with almost a request gets the response of the API', async () => {
    const close = 'Connection: close\r\n';
    const bodies = [
      `GET /drive/v3/about HTTP/1.1\r\n${close}\r\n`,
      `GET /drive/v3/about HTTP/1.1\r\nHost: [\r\n${close}\r\n`,
      `GET http://%zz/drive/v3/about HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
      `GET /drive/v3/about HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n${close}\r\n`,
      `POST /drive/v3/files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${close}\r\n0\r\n\r\n`,
    ];
    for (const bytes of bodies) expect(await raw(bytes)).toMatch(/^HTTP\/1.1 40\d [^]*"error"/);
  });

  it('ends at a broken body, and nothing else does', async () => {
    const head = `POST /upload/drive/v3/files?uploadType=media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${test.alice}\r\n`;
    for (const bytes of [
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloNOPE`,
    ])
      expect(await raw(bytes)).not.toMatch(/^HTTP\/1.1 [25]/);
    expect((await test.drive('GET', 'files?fields=*')).status).toBe(200);
  });

  it('serves the next request, however large the refused body before it', async () => {
    const large = 'x'.repeat(2_000_000);
    const lines = (path: string, type: string, body: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${test.alice}\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const session = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
      token: test.alice,
      body: {},
    });
    const { pathname, search } = new URL(text(session.headers['location']));
    for (const first of [
      lines('/upload/drive/v3/files?uploadType=multipart', 'multipart/related; boundary=b', `--b\r\n${large}`),
      lines('/upload/drive/v3/files?uploadType=multipart', 'multipart/related; boundary=b', `--b\r\n\r\n${large}`),
      lines('/upload/drive/v3/files/nowhere?uploadType=media', 'text/plain', large),
      lines('/drive/v3/files', 'text/plain', large),
      lines('/drive/v3/files', 'application/json', `"${large.repeat(5)}"`),
      lines('/batch/drive/v3', 'text/plain', large),
      lines('/drive/v3/files', 'application/json', large).replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n'),
      lines(pathname + search, 'text/plain', large).replace('\r\n\r\n', '\r\nContent-Range: bytes 5-9/10\r\n\r\n'),
    ]) {
      const next = 'GET /drive/v3/about?fields=kind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const answers = await raw(first + next);
      expect(answers).toMatch(/^HTTP\/1.1 4\d\d [^]*HTTP\/1.1 403 /);
    }
  });
});
