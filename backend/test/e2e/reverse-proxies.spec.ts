import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEOPLE_BODY_LIMIT_BYTES } from '../../src/http/limits.js';
import { someCertificates } from '../support/redis-servers.js';
import { startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';
import { freePort } from '../../../tools/processes.ts';
import { until } from '../../../tools/until.ts';

// Real: the proxies with the examples of docs/, with TLS, in front of the API.

const GUARDIAN = fileURLToPath(new URL('../../../tools/guardian.ts', import.meta.url));
const { NGINX = 'nginx', CADDY = 'caddy' } = process.env;
const example = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const ADDRESS_LIMIT = 80;

let stack: Stack;
let upstream: string;
beforeAll(async () => {
  stack = await startStack({ TRUST_PROXY: '1', CLOUDMOVER_ROLE: 'all', RATE_LIMIT_ADDRESS: String(ADDRESS_LIMIT) });
  await stack.app.listen(0, '127.0.0.1');
  upstream = new URL(await stack.app.getUrl()).host.replace('[::1]', '127.0.0.1');
});
afterAll(() => stack.close());

interface Proxy {
  readonly port: number;
  readonly plainPort: number;
  readonly log?: string;
  stop(): Promise<void>;
}

/** Each starts the program with its example, in which only ports, file names and the host name are replaced. */
const PROXIES = {
  nginx: async (): Promise<Proxy> => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudmover-nginx-'));
    const [port, plainPort] = [await freePort(), await freePort()];
    const { cert, key } = someCertificates();
    const log = join(folder, 'access.log');
    const server = replaced(example('nginx.conf'), {
      'listen 80;': `listen 127.0.0.1:${plainPort};`,
      'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
      '/etc/ssl/mover.pem': cert,
      '/etc/ssl/mover.key': key,
      '/var/log/nginx/mover.log': log,
      '127.0.0.1:3000': upstream,
    });
    writeFileSync(join(folder, 'mover.conf'), server);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn; events {}
       http { access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')} include ${folder}/mover.conf; }`,
    );
    return started([NGINX, '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
      port,
      plainPort,
      log,
      folder,
    });
  },
  Caddy: async (): Promise<Proxy> => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudmover-caddy-'));
    const [port, plainPort] = [await freePort(), await freePort()];
    const { cert, key } = someCertificates();
    const site = replaced(example('Caddyfile'), {
      'mover.example.com {': `localhost {\n\ttls ${cert} ${key}`,
      '127.0.0.1:3000': upstream,
    });
    const settings = `{\n\tadmin off\n\thttp_port ${plainPort}\n\thttps_port ${port}\n\tdefault_bind 127.0.0.1\n}\n`;
    writeFileSync(join(folder, 'Caddyfile'), settings + site);
    const home = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder };
    const command = [CADDY, 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    return started(command, { port, plainPort, folder }, home);
  },
};

describe.each(Object.entries(PROXIES))('behind %s, as configured in docs/', (name, start) => {
  let proxy: Proxy;
  let api: TransfersApi;
  beforeAll(async () => {
    proxy = await start();
    api = await TransfersApi.connect(stack);
  });
  afterAll(() => proxy.stop());
  const call = (path: string, options: Call = {}) => requestTo(proxy.port, path, options);

  it('serves portal and API over TLS, and redirects http to https', async () => {
    const page = await read(await call('/'));
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringMatching(/html/)]);
    const session = await read(
      await call('/session/validate', { headers: { 'X-Source-Token': api.tokens['X-Source-Token']! } }),
    );
    expect(session.status).toBe(200);
    const plain = plainRequest({
      host: '127.0.0.1',
      port: proxy.plainPort,
      path: '/transfers?x=1',
      headers: { host: 'localhost' },
    });
    plain.end();
    const [answer] = (await once(plain, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.headers.location).toMatch(/^https:\/\/localhost(:\d+)?\/transfers\?x=1$/);
  });

  it('delivers each event of a stream when it happens', async () => {
    const stream = await call('/api/transfers/events', { headers: { ...api.tokens, accept: 'text/event-stream' } });
    expect([stream.statusCode, stream.headers['content-type']]).toEqual([200, expect.stringMatching(/event-stream/)]);
    const { folderId } = await api.aTree({ folders: 1, files: 2, bytes: 2_000 });
    const { id } = await api.run({ items: [folderId], target: { folderId: 'root' } });
    let text = '';
    // The stream stays open, so events that a proxy buffered would never arrive.
    for await (const part of stream) {
      text += String(part);
      if (text.includes(id) && text.includes('"completed"')) break;
    }
    stream.destroy();
    expect(text).toMatch(/^(event|data|id|retry|:)/m);
  });

  it('counts a client by address, whatever X-Forwarded-For or X-Request-Id contain', async () => {
    const left = async (options: Call) => {
      const { headers } = await read(await call('/api/about', options));
      return Number(/^"address";r=(\d+);/.exec(String(headers['ratelimit']))?.[1]);
    };
    const claims = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'http',
      'x-request-id': 'chosen-by-the-visitor',
    };
    // Far more than a slow machine regains meanwhile; another address would have all but one request left.
    await Promise.all(Array.from({ length: 20 }, () => left({})));
    for (const forwarded of ['203.0.113.7', '203.0.113.8, 127.0.0.1'])
      expect(await left({ headers: { ...claims, 'x-forwarded-for': forwarded } })).toBeLessThan(ADDRESS_LIMIT - 5);
    // macOS has one loopback address. Each proxy needs its own: the other's may be counted in the same minute.
    const localAddress = name === 'nginx' ? '127.0.0.2' : '127.0.0.3';
    if (process.platform === 'linux') expect(await left({ localAddress })).toBe(ADDRESS_LIMIT - 1);
    const named = await read(await call('/api/about', { headers: claims }));
    expect(named.headers['x-request-id']).not.toBe(claims['x-request-id']);
    expect(named.headers['x-request-id']).toMatch(/^[\da-f-]{32,36}$/);
  });

  it('returns the API’s problem for a body that is too large', async () => {
    const body = JSON.stringify({ sharing: { people: 'x'.repeat(PEOPLE_BODY_LIMIT_BYTES) } });
    const headers = { ...api.tokens, 'content-type': 'application/json' };
    // Half a second after a response, Caddy closes a connection on which the body still arrives, as all servers in Go do. On
    // a busy machine the client has not read the response by then.
    const brokenOff = (error: NodeJS.ErrnoException): undefined => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
    };
    const answer = await until('a whole response arrives', () =>
      call('/api/transfers', { method: 'POST', headers, body }).then(read).catch(brokenOff),
    );
    expect([answer.status, answer.headers['content-type']]).toEqual([413, expect.stringMatching(/problem\+json/)]);
  });

  it('logs no query, which may contain tokens', async () => {
    await read(await call('/session/validate?session_token=very-secret-token'));
    if (proxy.log) {
      await until('the request is logged', () =>
        Promise.resolve(/"GET \/session\/validate" \d{3} /.test(readFileSync(proxy.log!, 'utf8'))),
      );
      expect(readFileSync(proxy.log, 'utf8')).not.toContain('very-secret-token');
    }
  });
});

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The address of this machine to call from. */
  readonly localAddress?: string;
}

async function requestTo(port: number, path: string, { body, ...options }: Call): Promise<IncomingMessage> {
  const ca = readFileSync(someCertificates().ca);
  const call = tlsRequest({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    ca,
    agent: false,
    ...options,
    headers: { host: 'localhost', ...options.headers },
  });
  // After the response, an error of the body that is still being sent has no other listener, and would end the test.
  call.on('error', () => undefined);
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}

async function read(
  answer: IncomingMessage,
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  let text = '';
  for await (const part of answer) text += String(part);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

/** @throws if the example does not contain a text to replace */
function replaced(text: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`The example has no "${from}".`);
    return now.replaceAll(from, to);
  }, text);
}

async function started(
  [program = '', ...args]: string[],
  { folder, ...proxy }: Omit<Proxy, 'stop'> & { folder: string },
  env: Record<string, string> = {},
): Promise<Proxy> {
  const guardian: ChildProcess = spawn(process.execPath, [GUARDIAN, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  guardian.stderr!.on('data', (data: Buffer) => (said += data.toString()));
  const [{ pid }] = (await once(guardian, 'message')) as [{ pid: number }];
  const ended = once(guardian, 'exit');
  const stop = async () => {
    if (guardian.exitCode === null && guardian.signalCode === null) process.kill(pid, 'SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${program} answers`, async () => {
      if (guardian.exitCode !== null) throw new Error(said);
      return requestTo(proxy.port, '/health/live', {}).then(
        (answer) => answer.resume().statusCode === 200,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${said}`, { cause: error });
  }
  return { ...proxy, stop };
}
