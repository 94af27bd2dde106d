import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Fault } from '../faults/fault.ts';
import type { Content } from '../drive/content.ts';
import { remembered } from '../remembered.ts';
import { googleError } from './errors.ts';

/** A response, before faults and network failures change it. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** At most one of the following; without any, the response is empty. */
  json?: unknown;
  html?: string;
  bytes?: Buffer;
  /** Text that is generated while it is sent. */
  lines?: Iterable<string> | AsyncIterable<string>;
  /** A range of a file; `end` is excluded. */
  part?: { content: Content; start: number; end: number };
}

/** Maximum bytes of a body that is read whole (JSON, forms); Drive's metadata never comes near it. */
export const MAX_WHOLE_BODY = 8 * 1024 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** A host that needs no normalisation: lower case, with a port other than the default. */
const PLAIN_HOST = /^[a-z0-9.-]*[a-z0-9](?::(?!80$)[1-9]\d{0,4})?$/;

/** A path that needs no normalisation: no dot segments, no host, nothing to encode. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w~!$&'()*+,;=:@%.-]+)+\/?$|^\/$/;

/** Longer queries are not repeated. */
const MAX_REPEATED_LENGTH = 2000;
/** Clients repeat a few queries, and parsing one takes longer than finding its endpoint. */
const parsedOnce = remembered(500, (text: string) => new URLSearchParams(text));

/** Parses a query; the same object for the same text, so it must not be changed. */
const queryOf = (text: string): URLSearchParams =>
  text.length > MAX_REPEATED_LENGTH ? new URLSearchParams(text) : parsedOnce(text);

/** The connection ends without a response, because of a fault or because the client has gone. */
export class ConnectionCut extends Error {}

/** One request: its address, and its body in the form that a handler needs. */
export class Exchange {
  readonly request: IncomingMessage;
  method: string;
  /** The address up to the question mark, as the client sent it. */
  path = '/';
  /** The number of the next change when the request arrived. Parts of a batch do not overlap with other requests. */
  arrivedAt = Infinity;
  /** The fault that applies to this request. */
  fault?: Fault;
  /** Bytes of the response's body sent so far. */
  bytesSent = 0;
  /** Called with the length of each chunk of the body. */
  onBytes: (length: number) => void = () => undefined;
  /** If set, the connection breaks after this many bytes of the body, as in a network failure. */
  cutBodyAfter?: number;
  /** If set, reads no more than this many bytes of the body, without reporting it. */
  stallBodyAfter?: number;
  private hangs = false;
  private target = '/';
  private search = '';
  private parsedUrl: URL | undefined;
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
    // Only a path that is not plain needs the URL parser, which is slow.
    if (!PLAIN_PATH.test(this.path) || this.search.includes('#')) {
      this.path = this.url.pathname;
      this.search = this.url.search.slice(1);
    }
  }

  /**
   * Turns a POST with `X-HTTP-Method-Override` into the request it stands for. Clients send PATCH, PUT and DELETE this way
   * where a firewall allows only POST ("Performance guide", patch), and a GET with a long address, with its query as a
   * form in the body (`MAX_URI_LENGTH` in `googleapiclient/http.py`, `MethodOverride` of google-api-java-client).
   */
  async applyMethodOverride(): Promise<void> {
    this.method = (this.header('x-http-method-override') ?? this.method).trim().toUpperCase();
    if (this.method !== 'GET' || !/^application\/x-www-form-urlencoded/i.test(this.header('content-type') ?? ''))
      return;
    const form = (await this.bytes()).toString('utf8').trim();
    if (form === '') return;
    this.parsedUrl = undefined;
    this.aim(`${this.target}${this.target.includes('?') ? '&' : '?'}${form}`);
  }

  get overridesMethod(): boolean {
    return this.method === 'POST' && !!this.request.headers['x-http-method-override'];
  }

  get query(): URLSearchParams {
    return queryOf(this.search);
  }

  get url(): URL {
    if (this.parsedUrl) return this.parsedUrl;
    // Behind a proxy that terminates TLS, links must have the scheme of the client's own request.
    const scheme = this.header('x-forwarded-proto') === 'https' ? 'https' : 'http';
    const host = `${scheme}://${this.request.headers.host ?? 'localhost'}`;
    const base = URL.canParse(host) ? host : 'http://localhost';
    // An invalid address gets the same response as one that does not exist.
    return (this.parsedUrl = URL.canParse(this.target, base)
      ? new URL(this.target, base)
      : new URL('/not-an-address', base));
  }

  /** `http://host:port` as the client addressed the sandbox; links in responses start with it. */
  get origin(): string {
    const host = this.request.headers.host ?? 'localhost';
    const plain = PLAIN_HOST.test(host) && this.header('x-forwarded-proto') === undefined;
    return plain ? `http://${host}` : this.url.origin;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /**
   * Waits for an event while the client stays connected.
   * @throws ConnectionCut once the client has closed the connection
   */
  async whileOpen(event: Promise<void>): Promise<void> {
    const { socket } = this.request;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(new ConnectionCut());
      };
      socket.once('close', leave);
    });
    await Promise.race([event, left]).finally(() => socket.off('close', leave));
  }

  /** Ends a body that hangs: while a connection is not read, Node does not report that the client has closed it. */
  hangUp(): void {
    if (this.hangs) this.request.destroy();
  }

  /** Reads the rest of the body and drops it: a client reads the response only after it has sent everything. */
  discard(): void {
    if (this.request.readableEnded) return;
    if (!this.reading) {
      this.request.resume();
      return;
    }
    this.reading.return(undefined).then(
      () => this.request.resume(),
      // The connection broke.
      () => undefined,
    );
  }

  /** Bytes of the body, if the client states them and the body is not compressed. */
  get bodyLength(): number | undefined {
    const length = this.header('content-length');
    return length === undefined || this.isCompressed ? undefined : Number(length);
  }

  /** Google's clients for Java and .NET compress what they send (`MediaHttpUploader`, `BaseClientService.GZipEnabled`). */
  private get isCompressed(): boolean {
    return /^(x-)?gzip$/i.test(this.header('content-encoding')?.trim() ?? '');
  }

  /** The body in chunks. */
  stream(): AsyncGenerator<Buffer> {
    return (this.reading = this.isCompressed ? decompressed(this.pieces()) : this.pieces());
  }

  private async *pieces(): AsyncGenerator<Buffer> {
    let seen = 0;
    // Leaving the body unread must not close the connection, because the response still has to be sent.
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

  /** The whole body; later calls return the same bytes. */
  bytes(): Promise<Buffer> {
    return (this.whole ??= this.collect());
  }

  private async collect(): Promise<Buffer> {
    // Node reads a small body together with the headers: after this turn it is complete.
    await Promise.resolve();
    const isPlain = !this.isCompressed && this.cutBodyAfter === undefined && this.stallBodyAfter === undefined;
    if (isPlain && !this.reading) {
      if (!this.request.complete) return this.plainBody();
      const whole = (this.request.read() as Buffer | null) ?? NO_BYTES;
      this.onBytes(whole.length);
      return whole;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.stream()) {
      length += chunk.length;
      if (length > MAX_WHOLE_BODY) throw googleError('bodyTooLarge');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }

  /** The rest of a body that is neither compressed nor broken by a fault. Without an iterator, which costs more than a small body. */
  private plainBody(): Promise<Buffer> {
    const { request } = this;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const settle = (): void => {
        request.off('data', take).off('end', end).off('error', fail).off('close', leave);
      };
      const take = (chunk: Buffer): void => {
        this.onBytes(chunk.length);
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_WHOLE_BODY) fail(googleError('bodyTooLarge'));
      };
      const end = (): void => {
        settle();
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      const leave = (): void => {
        fail(new ConnectionCut());
      };
      if (request.destroyed) leave();
      else request.on('data', take).on('end', end).on('error', fail).on('close', leave);
    });
  }

  /**
   * The body as a JSON object; without a body, an empty object.
   * @throws GoogleError 400 `parseError`.
   */
  async json(): Promise<Record<string, unknown>> {
    const bytes = await this.bytes();
    return bytes.length === 0 ? {} : parseObject(bytes.toString('utf8'));
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
 * Parses a JSON object; an empty text is an empty object.
 * @throws GoogleError 400 `parseError`.
 */
export function parseObject(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    // Google's Go client sends `null` when there is nothing to change (rclone, moving a file).
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw googleError('parseError');
}
