import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Fault } from '../faults/fault.ts';
import type { Content } from '../drive/content.ts';
import { googleError } from './errors.ts';

/** An answer, before faults and the network have their say. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Exactly one of these, or nothing for an empty answer. */
  json?: unknown;
  html?: string;
  bytes?: Buffer;
  /** Text that is made while it is sent. */
  lines?: Iterable<string> | AsyncIterable<string>;
  /** A part of a file: `end` is excluded. */
  part?: { content: Content; start: number; end: number };
}

/** Bodies that are read whole (JSON, forms): Drive's metadata is never near this. */
const MAX_WHOLE_BODY = 8 * 1024 * 1024;

/** A host that means itself: in small letters, and with a port that is not the usual one. */
const PLAIN_HOST = /^[a-z0-9.-]*[a-z0-9](?::(?!80$)[1-9]\d{0,4})?$/;

/** A path that means itself: no dots to resolve, no host, nothing to be encoded. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w~!$&'()*+,;=:@%.-]+)+\/?$|^\/$/;

/** The connection ends here, without an answer: a fault asked for it, or the client has gone. */
export class ConnectionCut extends Error {}

/** One request: its address, and its body in the form a handler needs it. */
export class Exchange {
  readonly request: IncomingMessage;
  method: string;
  /** What the client asks for, before the question mark, as it wrote it. */
  path = '/';
  /** The number of the next change when the request came; parts of a batch never overlap with anything. */
  arrivedAt = Infinity;
  /** What is to go wrong with this request. */
  fault?: Fault;
  /** Bytes of the answer's body so far. */
  bytesSent = 0;
  /** Called with the length of every piece of the body. */
  onBytes: (length: number) => void = () => undefined;
  /** When set, the body breaks off after so many bytes, as if the network had failed. */
  cutBodyAfter?: number;
  /** If set, reads no more than this many bytes of the body, without reporting it. */
  stallBodyAfter?: number;
  private hangs = false;
  private target = '/';
  private search = '';
  private parsedUrl: URL | undefined;
  private parsedQuery: URLSearchParams | undefined;
  private reading: AsyncGenerator<Buffer> | undefined;
  private whole?: Promise<Buffer>;

  constructor(request: IncomingMessage) {
    this.request = request;
    this.method = request.method ?? 'GET';
    this.aim(request.url ?? '/');
  }

  private aim(target: string): void {
    this.target = target;
    const at = target.indexOf('?');
    this.path = at < 0 ? target : target.slice(0, at);
    this.search = at < 0 ? '' : target.slice(at + 1);
    // Anything but a plain path is left to the parser, which is slow and knows all the rest.
    if (!PLAIN_PATH.test(this.path) || this.search.includes('#')) {
      this.path = this.url.pathname;
      this.search = this.url.search.slice(1);
    }
  }

  /**
   * Turns a POST with `X-HTTP-Method-Override` into the request it stands for: clients send PATCH, PUT and DELETE so where
   * a firewall allows POST only ("Performance guide", patch), and a GET whose address would be too long, with the query
   * as a form in the body (`MAX_URI_LENGTH` in `googleapiclient/http.py`, `MethodOverride` of google-api-java-client).
   */
  async applyMethodOverride(): Promise<void> {
    this.method = (this.header('x-http-method-override') ?? this.method).trim().toUpperCase();
    if (this.method !== 'GET' || !/^application\/x-www-form-urlencoded/i.test(this.header('content-type') ?? ''))
      return;
    const form = (await this.bytes()).toString('utf8').trim();
    if (form === '') return;
    this.parsedUrl = this.parsedQuery = undefined;
    this.aim(`${this.target}${this.target.includes('?') ? '&' : '?'}${form}`);
  }

  get overridesMethod(): boolean {
    return this.method === 'POST' && !!this.request.headers['x-http-method-override'];
  }

  get query(): URLSearchParams {
    return (this.parsedQuery ??= new URLSearchParams(this.search));
  }

  get url(): URL {
    if (this.parsedUrl) return this.parsedUrl;
    // Behind something that ends TLS, links must start as the client's own request did.
    const scheme = this.header('x-forwarded-proto') === 'https' ? 'https' : 'http';
    const host = `${scheme}://${this.request.headers.host ?? 'localhost'}`;
    const base = URL.canParse(host) ? host : 'http://localhost';
    // What is no address at all is answered like any other that does not exist.
    return (this.parsedUrl = URL.canParse(this.target, base)
      ? new URL(this.target, base)
      : new URL('/not-an-address', base));
  }

  /** `http://host:port` as the client knows us: links we hand out start with it. */
  get origin(): string {
    const host = this.request.headers.host ?? 'localhost';
    const plain = PLAIN_HOST.test(host) && this.header('x-forwarded-proto') === undefined;
    return plain ? `http://${host}` : this.url.origin;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Ends a body that hangs: of a connection that is not read nobody learns that its other end is gone. */
  hangUp(): void {
    if (this.hangs) this.request.destroy();
  }

  /** Lets the rest of the body in and drops it: a client that is still sending reads the response only afterwards. */
  discard(): void {
    if (this.request.readableEnded) return;
    const done = this.reading ? this.reading.return(undefined) : Promise.resolve();
    done.then(
      () => this.request.resume(),
      // The connection broke.
      () => undefined,
    );
  }

  /** Bytes of the body, where the client says so beforehand: not of one that is compressed. */
  get bodyLength(): number | undefined {
    const length = this.header('content-length');
    return length === undefined || this.isCompressed ? undefined : Number(length);
  }

  /** Google's clients for Java and .NET compress what they send (`MediaHttpUploader`, `BaseClientService.GZipEnabled`). */
  private get isCompressed(): boolean {
    return /^(x-)?gzip$/i.test(this.header('content-encoding')?.trim() ?? '');
  }

  /** The body piece by piece. */
  stream(): AsyncGenerator<Buffer> {
    return (this.reading = this.isCompressed ? decompressed(this.pieces()) : this.pieces());
  }

  private async *pieces(): AsyncGenerator<Buffer> {
    let seen = 0;
    // Leaving the body unread must not close the connection: the response still has to reach the client.
    for await (const piece of this.request.iterator({ destroyOnReturn: false })) {
      let chunk = piece as Buffer;
      this.onBytes(chunk.length);
      const limit = this.cutBodyAfter ?? this.stallBodyAfter;
      if (limit !== undefined && seen + chunk.length > limit) {
        chunk = chunk.subarray(0, Math.max(0, limit - seen));
        if (chunk.length > 0) yield chunk;
        if (this.cutBodyAfter === undefined) {
          this.hangs = true;
          await new Promise((resolve) => this.request.once('close', resolve));
        }
        throw new ConnectionCut();
      }
      seen += chunk.length;
      yield chunk;
    }
  }

  /** The body as a whole; later calls get the same. */
  bytes(): Promise<Buffer> {
    return (this.whole ??= this.collect());
  }

  private async collect(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.stream()) {
      length += chunk.length;
      if (length > MAX_WHOLE_BODY) throw googleError('bodyTooLarge');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }

  /**
   * The body as a JSON object; no body is an empty one.
   * @throws GoogleError 400 `parseError`.
   */
  async json(): Promise<Record<string, unknown>> {
    const text = (await this.bytes()).toString('utf8');
    return parseObject(text);
  }

  async form(): Promise<URLSearchParams> {
    return new URLSearchParams((await this.bytes()).toString('utf8'));
  }
}

async function* decompressed(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const unzip = createGunzip();
  // Its failure ends the loop below.
  pipeline(chunks, unzip).catch(() => undefined);
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? googleError('notGzip') : error;
  }
}

/**
 * A JSON object; nothing at all is an empty one.
 * @throws GoogleError 400 `parseError`.
 */
export function parseObject(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    // Google's Go client sends it where there is nothing to change (rclone, moving a file).
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw googleError('parseError');
}
