import { Agent, createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Guard, Moment } from './crossing.ts';

/** Bodies up to this size are read whole, so that it is known what they ask for. */
const READ_WHOLE = 64 * 1024;

/** Stands between one process and the sandbox. Every request is named by what it does, and may be stopped. */
export class GoogleProxy {
  /** Requests that came, by name. */
  readonly seen = new Map<string, number>();
  /** Requests that were forwarded and whose answer has not gone back in whole. */
  underWay = 0;
  guard: Guard = () => undefined;
  /** Each process that is started behind the proxy begins one; a stop concerns that of the process it is for. */
  private era = 0;
  private stoppedEra = -1;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server;
  private readonly target: URL;

  private constructor(target: string) {
    this.target = new URL(target);
    this.server = createServer((incoming, outgoing) => {
      // Kept here: a request lets go of its socket when it breaks.
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

  /** Lets traffic through again after a stop, for the next process. */
  open(): void {
    this.era++;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.agent.destroy();
    await new Promise((done) => this.server.close(done));
  }

  /** Whether the exchange came to its end. */
  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
    const { era } = this;
    const length = Number(incoming.headers['content-length'] ?? 0);
    const isContent = /^\/upload\//.test(incoming.url ?? '') && !isResumableStart(incoming);
    const whole = !isContent && length <= READ_WHOLE ? await read(incoming) : undefined;
    const name = `google ${nameOf(incoming, whole)}`;
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    if (await this.halts(name, 'before', era)) return false;

    const forwarded = ask(this.target, {
      agent: this.agent,
      method: incoming.method,
      path: incoming.url,
      // The Host stays that of this proxy, so that addresses the sandbox hands out lead through it.
      headers: incoming.headers,
    });
    this.underWay++;
    try {
      const answered = new Promise<IncomingMessage>((done, fail) => {
        forwarded.once('response', done);
        forwarded.once('error', fail);
        outgoing.once('close', () => {
          if (!outgoing.writableFinished) forwarded.destroy(new Error('The process is gone.'));
        });
      });
      answered.catch(() => undefined); // reported by the await below
      if (whole) forwarded.end(whole);
      else if (length > 0 || incoming.headers['transfer-encoding']) {
        // An answer may come before the whole body was taken, and then the rest of it is of no use to anybody.
        void pipeline(incoming, this.amid(name, length, era), forwarded).catch(() => undefined);
      } else forwarded.end();
      const answer = await answered;
      // A download is passed on as it comes; what is small is held until it is whole, so that "after" means it landed.
      const body =
        answer.headers['content-length'] !== undefined && isDownload(incoming) ? undefined : await read(answer);
      if (await this.halts(name, 'after', era)) return false;
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      if (body) outgoing.end(body);
      else await pipeline(answer, outgoing);
      return true;
    } finally {
      this.underWay--;
    }
  }

  /** Half of a body has passed when the process dies in the middle of sending it. */
  private amid(name: string, length: number, era: number): Transform {
    let passed = 0;
    let asked = false;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        passed += chunk.length;
        if (asked || passed * 2 < length) return done(null, chunk);
        asked = true;
        const half = chunk.subarray(0, chunk.length >> 1);
        this.halts(name, 'amid', era).then(
          (halts) => (halts ? done(new Error('The process is gone.'), half) : done(null, chunk)),
          done,
        );
      },
    });
  }

  private async halts(name: string, when: Moment, era: number): Promise<boolean> {
    if (era <= this.stoppedEra) return true;
    if ((await this.guard({ name, when })) === 'stop') this.stoppedEra = Math.max(this.stoppedEra, era);
    return era <= this.stoppedEra;
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

/** What a request does, in a word or two. */
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
