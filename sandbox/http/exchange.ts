import type { IncomingMessage } from 'node:http';
import type { Fault } from '../faults/behavior.ts';
import type { Content } from '../drive/content.ts';
import { GoogleError, googleError } from './errors.ts';

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
  readonly method: string;
  /** What the client asks for, before the question mark, as it wrote it. */
  readonly path: string;
  /** What is to go wrong with this request. */
  fault?: Fault;
  /** Called with the length of every piece of the body. */
  onBytes: (length: number) => void = () => undefined;
  /** When set, the body breaks off after so many bytes, as if the network had failed. */
  cutBodyAfter?: number;
  /** If set, reads no more than this many bytes of the body, without reporting it. */
  stallBodyAfter?: number;
  private hangs = false;
  private readonly search: string;
  private parsedUrl?: URL;
  private parsedQuery?: URLSearchParams;
  private whole?: Promise<Buffer>;

  constructor(request: IncomingMessage) {
    this.request = request;
    this.method = request.method ?? 'GET';
    const target = request.url ?? '/';
    const at = target.indexOf('?');
    this.path = at < 0 ? target : target.slice(0, at);
    this.search = at < 0 ? '' : target.slice(at + 1);
    // Anything but a plain path is left to the parser, which is slow and knows all the rest.
    if (!PLAIN_PATH.test(this.path) || this.search.includes('#')) {
      this.path = this.url.pathname;
      this.search = this.url.search.slice(1);
    }
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
    const target = this.request.url ?? '/';
    // What is no address at all is answered like any other that does not exist.
    return (this.parsedUrl = URL.canParse(target, base) ? new URL(target, base) : new URL('/not-an-address', base));
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

  /** The body piece by piece. */
  async *stream(): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const piece of this.request) {
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
