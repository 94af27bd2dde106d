import type { Readable } from 'node:stream';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import { DriveError, type Side } from '../../engine/errors.js';
import { type AnswerBounds, AnswerTooLargeError } from './google-answers.js';
import { type CountedOptions, type OnBytes, SlowAnswers } from './slow-answers.js';
import type { UsageCounter } from '../../engine/model/quota-units.js';
import { editorOf } from './operations.js';

export interface GoogleRequest {
  /** The credential whose access token signs the request. */
  readonly credentialId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path of an API (`/drive/v3/files`), or the absolute URL of an upload session or an export. */
  readonly path: string;
  readonly query?: Record<string, string | number | boolean | undefined>;
  /** Body, sent as JSON. */
  readonly body?: object;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** The side of the account, for errors. */
  readonly side?: Side;
  /**
   * Whether sending it twice has the same effect as once. Default: true except for POST. A POST that creates an item
   * with a pre-generated id is repeatable (the second one returns 409). A request that is not repeatable fails with
   * `ambiguous_write` after an unclear response.
   */
  readonly repeatable?: boolean;
  /** Called when a refusal of this request slows the account down (see `PacedRequest`). */
  readonly onSlowDown?: (() => void) | undefined;
  /** Called with what this request uses; see `USAGE_COUNTERS`. */
  readonly count?: ((counter: UsageCounter, by: number) => void) | undefined;
}

/** A request body: a stream of parts, or all parts. */
export type Body = AsyncIterable<Buffer> | readonly Buffer[] | null;

export const isWhole = (body: AsyncIterable<Buffer> | readonly Buffer[]): body is readonly Buffer[] =>
  Array.isArray(body);

export const bytesIn = (parts: readonly Buffer[]): number => parts.reduce((sum, part) => sum + part.length, 0);

export interface GoogleResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * Bytes that a connection buffers, or a body reads ahead, before the other end must wait. undici's 16 KiB are one TLS
 * record, after each of which a relay waited for its socket. Larger buffers are garbage-collected too late, which costs
 * more.
 */
const AHEAD_BYTES = 256 * 1024;
/** A body with more bytes is read alone, so that many large documents at once do not fill the memory. */
const LARGE_BYTES = 8 * 1024 * 1024;
/** A whole body may take this many time-outs. */
const WHOLE_BODY_TIMEOUTS = 5;
/** Hosts from which Google's own API serves downloads. */
const GOOGLE_HOSTS = /^([\w-]+\.)*(googleusercontent|google|googleapis)\.com$/;

const isGoogle = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && hostname.endsWith('.googleapis.com');

/** The origin of the API that a path belongs to: the editors' are hosts of their own at Google. */
export function originOf(apiRoot: URL, path: string): string {
  const editor = isGoogle(apiRoot) ? editorOf(path) : undefined;
  return editor === undefined ? apiRoot.origin : `https://${editor}.googleapis.com`;
}

/** Sends requests to Google: connections, time-outs, bounded responses, and allowed hosts. Does not retry. */
export class GoogleTransport {
  private readonly agent: Agent;
  private readonly dispatcher: Dispatcher;
  private readonly apiRoot: URL;
  private readonly exportOrigin: string;
  private readonly isGoogle: boolean;
  private readonly timeoutMs: number;
  /** Resolves when no large body is being read. */
  private largeBodies = Promise.resolve();

  constructor(
    private readonly options: {
      readonly apiRoot: string;
      readonly exportOrigin: string | undefined;
      readonly totalTimeoutMs: number;
      readonly timeoutMs: number;
    },
  ) {
    this.apiRoot = new URL(options.apiRoot);
    this.isGoogle = isGoogle(this.apiRoot);
    this.exportOrigin = options.exportOrigin ?? (this.isGoogle ? 'https://docs.google.com' : this.apiRoot.origin);
    const timeout = (this.timeoutMs = options.timeoutMs);
    // The number of connections is not limited: in a limited pool, one stalled account would delay all others.
    this.agent = new Agent({
      connect: { highWaterMark: AHEAD_BYTES } as Partial<buildConnector.BuildOptions>,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      keepAliveTimeout: 30_000,
    });
    this.dispatcher = this.agent.compose(new SlowAnswers(timeout).interceptor);
  }

  /** Closes the connections; requests under way are cut. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** Whether a path belongs to the API, not to an export. */
  isApi(path: string): boolean {
    return new URL(path, this.apiRoot).origin === this.apiRoot.origin;
  }

  /** Reads a body of bounded size within a bounded time, because a server may send without end, or byte by byte. */
  async bytesOf({ body }: Pick<GoogleResponse, 'body'>, { bytes: most }: AnswerBounds): Promise<Buffer> {
    const longest = Math.min(
      WHOLE_BODY_TIMEOUTS * this.timeoutMs,
      Math.max(this.timeoutMs, this.options.totalTimeoutMs),
    );
    const end = performance.now() + longest;
    const parts: Buffer[] = [];
    let size = 0;
    let endTurn: (() => void) | undefined;
    try {
      // Leaving the loop cancels the body and its connection.
      for await (const part of body as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > most) throw new AnswerTooLargeError('The response is too large.');
        if (performance.now() > end)
          throw Object.assign(new Error('The response takes too long.'), { code: 'ETIMEDOUT' });
        parts.push(part);
        if (size <= LARGE_BYTES || endTurn) continue;
        const { promise, resolve } = Promise.withResolvers<void>();
        const turn = this.largeBodies;
        [this.largeBodies, endTurn] = [turn.then(() => promise), resolve];
        await turn;
      }
      return Buffer.concat(parts);
    } finally {
      endTurn?.();
    }
  }

  /**
   * Sends a request once and returns the response, including error responses.
   * @throws a connection error (see `isConnectionError`) · DriveError `google_refused` if Google named a host that must
   *   not receive the token
   */
  async exchange(
    request: GoogleRequest,
    token: string,
    stream: Body | undefined,
    extra?: Record<string, string>,
    onBytes?: OnBytes,
  ): Promise<GoogleResponse> {
    const apiOrigin = originOf(this.apiRoot, request.path);
    const url = URL.parse(request.path, apiOrigin);
    // The URL of an upload or an export comes from a response. The token is sent only to Google's own origins.
    if (!url || (url.origin !== apiOrigin && url.origin !== this.exportOrigin))
      throw new DriveError('google_refused', { detail: 'Its response named another host.' });
    const json = request.body && JSON.stringify(request.body);
    const sending = stream ? new Sending(stream, this.timeoutMs) : undefined;
    const signals = [request.signal, sending?.signal].filter((signal) => signal !== undefined);
    const options: CountedOptions<Dispatcher.RequestOptions> = {
      onBytes,
      origin: url.origin,
      path: url.pathname + searchOf(url.search, request.query),
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json !== undefined && { 'content-type': 'application/json; charset=UTF-8' }),
        ...(stream && isWhole(stream) && { 'content-length': String(bytesIn(stream)) }),
        ...extra,
        ...request.headers,
      },
      // undici accepts any iterable, although its types do not allow it.
      body: json ?? ((sending?.body ?? null) as Readable | null),
      highWaterMark: AHEAD_BYTES,
      ...(signals.length > 0 && { signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0]! }),
    };
    const { statusCode, headers, body } = await this.dispatcher.request(options).finally(() => sending?.end());
    const onward = headers['location'];
    if (url.origin === apiOrigin || ![302, 303, 307].includes(statusCode) || typeof onward !== 'string')
      return { status: statusCode, headers, body };
    // The export is on another host (googleusercontent.com). Its URL suffices, so the token is not sent.
    await body.dump();
    const there = URL.parse(onward, url);
    if (!there || !this.mayDownloadFrom(there, url))
      throw new DriveError('google_refused', { detail: 'Its response named another host.' });
    const download: CountedOptions<Dispatcher.RequestOptions> = {
      onBytes,
      origin: there.origin,
      path: there.pathname + there.search,
      method: 'GET',
      headers: { ...extra },
      ...(request.signal && { signal: request.signal }),
    };
    const reply = await this.dispatcher.request(download);
    return { status: reply.statusCode, headers: reply.headers, body: reply.body };
  }

  /**
   * Whether a download may be fetched from a URL: from Google's hosts over https or, with a sandbox, from its own
   * machine. So a server in Google's place can't make this machine send requests to others in its network.
   */
  private mayDownloadFrom(there: URL, from: URL): boolean {
    if (there.protocol !== from.protocol) return false;
    return this.isGoogle ? GOOGLE_HOSTS.test(there.hostname) : there.hostname === from.hostname;
  }
}

/** Adds parameters to a query. Does not use URLSearchParams, because its encoding is slow. */
function searchOf(search: string, query: GoogleRequest['query'] = {}): string {
  let all = search;
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) all += `${all ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
  return all;
}

/**
 * A request body in progress; aborted if the receiver accepts nothing for a while. The agent's own time-outs start only
 * after the body.
 */
class Sending {
  readonly body: AsyncIterable<Buffer>;
  private readonly stalled = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(content: AsyncIterable<Buffer> | readonly Buffer[], timeoutMs: number) {
    this.timer = setTimeout(() => {
      const error = Object.assign(new Error('The receiver stopped accepting the body.'), { code: 'ETIMEDOUT' });
      this.stalled.abort(error);
    }, timeoutMs);
    this.body = this.watched(content);
  }

  get signal(): AbortSignal {
    return this.stalled.signal;
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** The same parts. A request for the next part shows that the last one was accepted. */
  private watched(content: AsyncIterable<Buffer> | readonly Buffer[]): AsyncIterable<Buffer> {
    const parts = isWhole(content) ? content[Symbol.iterator]() : content[Symbol.asyncIterator]();
    const next = (): Promise<IteratorResult<Buffer>> => {
      this.timer.refresh();
      return Promise.resolve(parts.next());
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }
}

/** Whether the connection failed, not the request: reset, refused, timed out, closed early, unreadable JSON. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof SyntaxError) return true; // a JSON response that ended early or has another format
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^(UND_ERR_(SOCKET|HEADERS_OVERFLOW|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH)|HPE_.*|ECONNRESET|ECONNREFUSED|ECONNABORTED|EPROTO|ERR_SSL_.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/.test(
    code,
  );
}
