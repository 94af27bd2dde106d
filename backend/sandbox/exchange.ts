import type { IncomingMessage } from 'node:http';
import type { Content } from './content.ts';
import { GoogleError } from './errors.ts';

/** An answer, before faults and the network have their say. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Exactly one of these, or nothing for an empty answer. */
  json?: unknown;
  html?: string;
  bytes?: Buffer;
  /** Text that is made while it is sent. */
  lines?: AsyncIterable<string>;
  /** A part of a file: `end` is excluded. */
  part?: { content: Content; start: number; end: number };
}

/** Bodies that are read whole (JSON, forms): Drive's metadata is never near this. */
const MAX_WHOLE_BODY = 8 * 1024 * 1024;

/** The connection ends here, without an answer: a fault asked for it, or the client has gone. */
export class ConnectionCut extends Error {}

/** One request: its address, and its body in the form a handler needs it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly url: URL;
  readonly query: URLSearchParams;
  /** Called with the length of every piece of the body. */
  onBytes: (length: number) => void = () => undefined;
  /** When set, the body breaks off after so many bytes, as if the network had failed. */
  cutBodyAfter?: number;
  private whole?: Promise<Buffer>;

  constructor(request: IncomingMessage) {
    this.request = request;
    this.method = request.method ?? 'GET';
    const host = `http://${request.headers.host ?? 'localhost'}`;
    const base = URL.canParse(host) ? host : 'http://localhost';
    const target = request.url ?? '/';
    // What is no address at all is answered like any other that does not exist.
    this.url = URL.canParse(target, base) ? new URL(target, base) : new URL('/not-an-address', base);
    this.query = this.url.searchParams;
  }

  /** `http://host:port` as the client knows us: links we hand out start with it. */
  get origin(): string {
    return this.url.origin;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** The body piece by piece. */
  async *stream(): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const piece of this.request) {
      let chunk = piece as Buffer;
      this.onBytes(chunk.length);
      const limit = this.cutBodyAfter;
      if (limit !== undefined && seen + chunk.length > limit) {
        chunk = chunk.subarray(0, Math.max(0, limit - seen));
        if (chunk.length > 0) yield chunk;
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
      if (length > MAX_WHOLE_BODY) throw new GoogleError(413, 'uploadTooLarge', 'The request body is too large.');
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
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new GoogleError(400, 'parseError', 'Parse Error');
}
