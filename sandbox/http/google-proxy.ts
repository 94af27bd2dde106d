import { generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { issueCertificate } from './certificate.ts';

/** Google's hosts, for clients that have them built in. */
const GOOGLE_HOSTS = ['*.googleapis.com', '*.google.com', '*.googleusercontent.com'];
/** Host of the same TLS server, for clients with a configurable address. */
const DIRECT_HOST = 'localhost';
const DAY_MS = 86_400_000;

/**
 * A proxy in place of Google: unmodified programs with Google's hosts built in reach the sandbox through it, over TLS.
 * They need `HTTPS_PROXY` set to `url`, and must trust `authority`, which is created for each proxy and never stored.
 * Connections to other hosts are refused and recorded. Programs with a configurable address use `directUrl`, so that a
 * comparison includes TLS for both.
 */
export class GoogleProxy {
  readonly url: string;
  /** The sandbox over TLS, without a CONNECT. */
  readonly directUrl: string;
  /** Certificate of the authority that issued the proxy's certificate, PEM. */
  readonly authority: string;
  /** Google's hosts that clients requested. */
  readonly hosts = new Set<string>();
  /** Other hosts that clients requested; they were refused. */
  readonly refused = new Set<string>();
  private readonly stop: () => Promise<void>;

  private constructor(port: number, directPort: number, authority: string, stop: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}`;
    this.directUrl = `https://${DIRECT_HOST}:${directPort}`;
    this.authority = authority;
    this.stop = stop;
  }

  /** @param sandboxUrl receives all requests to Google */
  static async start(sandboxUrl: string): Promise<GoogleProxy> {
    const authorityKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const serverKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const issuer = { subject: 'Temporary authority of the sandbox', key: authorityKey };
    const validity = { notBefore: Date.now() - DAY_MS, notAfter: Date.now() + 30 * DAY_MS };
    const authority = issueCertificate({ ...issuer, ...validity, authority: true });
    const certificate = issueCertificate({
      subject: 'Sandbox in the place of Google',
      key: serverKey,
      issuer,
      ...validity,
      hosts: [...GOOGLE_HOSTS, DIRECT_HOST],
    });
    const key = serverKey.export({ type: 'pkcs8', format: 'pem' });
    const inner = createTlsServer({ key, cert: certificate }, (request, response) => {
      forward(sandboxUrl, request, response);
    });
    inner.requestTimeout = 0;
    const outer = createServer((_request, response) => response.writeHead(405).end());
    const direct = createTcpServer((socket) => inner.emit('connection', socket));
    const sockets = new Set<Socket>();
    for (const server of [outer, direct]) {
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        // A client may close its connection at any time.
        socket.on('error', () => socket.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    const [port, directPort] = [outer, direct].map((server) => (server.address() as AddressInfo).port);
    const proxy = new GoogleProxy(port ?? 0, directPort ?? 0, authority, async () => {
      const ended = [outer, direct].map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(ended);
    });
    outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const host = (request.url ?? '').replace(/:443$/, '');
      const isGoogle = GOOGLE_HOSTS.some((known) => host.endsWith(known.slice(1)));
      (isGoogle ? proxy.hosts : proxy.refused).add(host);
      if (!isGoogle) {
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      inner.emit('connection', socket);
    });
    return proxy;
  }

  async close(): Promise<void> {
    await this.stop();
  }
}

/** Forwards a request unchanged, with its original host, so that links in responses lead back through the proxy. */
function forward(sandboxUrl: string, request: IncomingMessage, response: ServerResponse): void {
  const onward = httpRequest(
    new URL(request.url ?? '/', sandboxUrl),
    { method: request.method ?? 'GET', headers: { ...request.headers, 'x-forwarded-proto': 'https' } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    },
  );
  onward.on('error', () => response.destroy());
  pipeline(request, onward, () => undefined);
}
