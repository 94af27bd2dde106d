import { Agent, createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Interceptor, Moment } from './intercepted-call.ts';

/** The proxy reads bodies up to this size completely, to tell what kind of call they are. */
const READ_WHOLE = 64 * 1024;

/** A proxy between a process and the sandbox that classifies every request and can stop it. */
export class GoogleProxy {
  /** The number of requests by kind. */
  readonly seen = new Map<string, number>();
  /** Forwarded requests whose response is not yet returned completely. */
  inFlight = 0;
  interceptor: Interceptor = () => undefined;
  /** Counts the processes started behind the proxy, so that a stop affects only the process that was killed. */
  private generation = 0;
  private stoppedGeneration = -1;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server;
  private readonly target: URL;

  private constructor(target: string) {
    this.target = new URL(target);
    this.server = createServer((incoming, outgoing) => {
      // Saved here: Node removes the socket from a request that fails.
      const { socket } = incoming;
      this.pass(incoming, outgoing).then(
        (passed) => passed || socket.destroy(),
        () => socket.destroy(),
      );
    });
    this.server.requestTimeout = 0;
    this.server.keepAliveTimeout = 65_000;
  }

  static async start(target: string): Promise<GoogleProxy> {
    const proxy = new GoogleProxy(target);
    await new Promise<void>((done) => proxy.server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forwards traffic again, for the next process. */
  open(): void {
    this.generation++;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.agent.destroy();
    await new Promise((done) => this.server.close(done));
  }

  /** @returns whether the response was returned completely */
  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
    const { generation } = this;
    const length = Number(incoming.headers['content-length'] ?? 0);
    const isContent = /^\/upload\//.test(incoming.url ?? '') && !isResumableStart(incoming);
    const whole = !isContent && length <= READ_WHOLE ? await read(incoming) : undefined;
    const name = `google ${nameOf(incoming, whole)}`;
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    if (await this.isStopped(name, 'before', generation)) return false;

    const forwarded = ask(this.target, {
      agent: this.agent,
      method: incoming.method,
      path: incoming.url,
      // Keeps this proxy's Host header, so that upload addresses in responses point to the proxy.
      headers: incoming.headers,
    });
    this.inFlight++;
    try {
      const answered = new Promise<IncomingMessage>((done, fail) => {
        forwarded.once('response', done);
        forwarded.once('error', fail);
        outgoing.once('close', () => {
          if (!outgoing.writableFinished) forwarded.destroy(new Error('The process was killed.'));
        });
      });
      answered.catch(() => undefined); // reported by the await below
      if (whole) forwarded.end(whole);
      else if (length > 0 || incoming.headers['transfer-encoding']) {
        // The sandbox may respond before it has read the whole body; the rest is not needed then.
        void pipeline(incoming, this.interceptHalfway(name, length, generation), forwarded).catch(() => undefined);
      } else forwarded.end();
      const answer = await answered;
      // Streams downloads; reads other responses completely first, so that `after` means that the call was executed.
      const body =
        answer.headers['content-length'] !== undefined && isDownload(incoming) ? undefined : await read(answer);
      if (await this.isStopped(name, 'after', generation)) return false;
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      if (body) outgoing.end(body);
      else await pipeline(answer, outgoing);
      return true;
    } finally {
      this.inFlight--;
    }
  }

  /** Calls the interceptor when half of a body has been forwarded. */
  private interceptHalfway(name: string, length: number, generation: number): Transform {
    let passed = 0;
    let isIntercepted = false;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        passed += chunk.length;
        if (isIntercepted || passed * 2 < length) return done(null, chunk);
        isIntercepted = true;
        const half = chunk.subarray(0, chunk.length >> 1);
        this.isStopped(name, 'during', generation).then(
          (isStopped) => (isStopped ? done(new Error('The process was killed.'), half) : done(null, chunk)),
          done,
        );
      },
    });
  }

  private async isStopped(name: string, when: Moment, generation: number): Promise<boolean> {
    if (generation <= this.stoppedGeneration) return true;
    if ((await this.interceptor({ name, when })) === 'stop')
      this.stoppedGeneration = Math.max(this.stoppedGeneration, generation);
    return generation <= this.stoppedGeneration;
  }
}

function isResumableStart(incoming: IncomingMessage): boolean {
  return /uploadType=resumable/.test(incoming.url ?? '') && !/upload_id=/.test(incoming.url ?? '');
}

function isDownload(incoming: IncomingMessage): boolean {
  return /alt=media|\/export/.test(incoming.url ?? '');
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const RESTRICTIONS = [
  'inheritedPermissionsDisabled',
  'writersCanShare',
  'copyRequiresWriterPermission',
  'downloadRestrictions',
  'contentRestrictions',
];

/** The kind of a request, in a word or two. */
export function nameOf(incoming: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, body?: Buffer): string {
  const { method = 'GET' } = incoming;
  const url = new URL(incoming.url ?? '/', 'http://proxy');
  const path = url.pathname;
  if (path.startsWith('/upload/')) {
    if (url.searchParams.has('upload_id')) {
      if (method === 'DELETE') return 'upload cancel';
      return /^bytes \*/.test(String(incoming.headers['content-range'] ?? '')) ? 'upload state' : 'upload chunk';
    }
    return url.searchParams.get('uploadType') === 'resumable' ? 'upload begin' : 'multipart';
  }
  if (/^\/v[14]\/(documents|presentations|spreadsheets|forms)\//.test(path))
    return method === 'GET' ? 'document read' : 'document write';
  if (!path.startsWith('/drive/v3/')) return path.startsWith('/batch') ? 'batch' : 'oauth';
  if (/\/permissions(\/|$)/.test(path)) {
    // Requests for carried permissions ask for the origin of the permission; those for temporary shares do not.
    if (method === 'POST')
      return url.searchParams.get('fields')?.includes('permissionDetails') ? 'grant' : 'permission create';
    if (method === 'PATCH') return 'permission change';
    return method === 'DELETE' ? 'permission delete' : 'permission list';
  }
  if (path.endsWith('/generateIds')) return 'ids';
  if (path.endsWith('/copy')) return 'copy';
  const json = body?.length ? parsed(body) : {};
  if (method === 'POST') {
    if (json['mimeType'] === 'application/vnd.google-apps.folder') return 'folder';
    return json['mimeType'] === 'application/vnd.google-apps.shortcut' ? 'shortcut' : 'create';
  }
  if (method === 'PATCH') {
    if (RESTRICTIONS.some((field) => field in json)) return 'restrict';
    if ('trashed' in json) return json['trashed'] === true ? 'trash' : 'untrash';
    return 'modifiedTime' in json ? 'times' : 'update';
  }
  if (path === '/drive/v3/files') return 'list';
  if (/^\/drive\/v3\/files\/[^/]+$/.test(path)) {
    if (method === 'DELETE') return 'delete';
    return url.searchParams.get('alt') === 'media' ? 'download' : 'get';
  }
  return `${method} ${path.split('/').at(-1)}`;
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
