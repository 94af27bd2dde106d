import type { Readable } from 'node:stream';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import { DriveError, type Side } from '../../engine/errors.js';
import type { AnswerBounds } from './google-answers.js';
import { SlowAnswers } from './slow-answers.js';

export interface GoogleRequest {
  /** Whose access token signs the request. */
  readonly credentialId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path on the API root (`/drive/v3/files`), or the absolute URL of an upload session or an export. */
  readonly path: string;
  readonly query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Which account it is, for the error. */
  readonly side?: Side;
  /**
   * Whether sending it twice has the effect of sending it once. Default: all but POST. A POST that creates under a
   * pre-generated id is repeatable (a second one answers 409). What is not is never sent again after an unclear
   * answer: it fails as `ambiguous_write`.
   */
  readonly repeatable?: boolean;
  /** Called when its refusal is what the account is slowed down for (see `PacedRequest`). */
  readonly onSlowDown?: (() => void) | undefined;
}

/** What is sent: its pieces as they come, or all of them. */
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
 * Bytes that a connection takes, or a body reads ahead, before the other end must wait. undici's 16 KiB over TLS are one
 * record: after each of them a relay waited for its socket. Larger ones are collected too late, which costs more.
 */
const AHEAD_BYTES = 256 * 1024;
/** The whole of it may take so many times as long as one part. */
const TIMES_FOR_A_TEXT = 5;
const TOO_LARGE = 'UND_ERR_RES_EXCEEDED_MAX_BODY_SIZE';
/** Where Google's own API has downloads lie. */
const GOOGLES_HOSTS = /^([\w-]+\.)*(googleusercontent|google|googleapis)\.com$/;

/** How requests reach Google: connections, time-outs, bounded answers, and which hosts may be sent to. No retries. */
export class GoogleTransport {
  private readonly agent: Agent;
  private readonly dispatcher: Dispatcher;
  private readonly apiRoot: URL;
  private readonly exportOrigin: string;
  private readonly isGoogle: boolean;
  private readonly timeoutMs: number;

  constructor(
    private readonly options: {
      readonly apiRoot: string;
      readonly exportOrigin: string | undefined;
      readonly patienceMs: number;
      readonly timeoutMs: number;
    },
  ) {
    this.apiRoot = new URL(options.apiRoot);
    this.isGoogle = this.apiRoot.protocol === 'https:' && this.apiRoot.hostname.endsWith('.googleapis.com');
    this.exportOrigin = options.exportOrigin ?? (this.isGoogle ? 'https://docs.google.com' : this.apiRoot.origin);
    const timeout = (this.timeoutMs = options.timeoutMs);
    // As many connections as there are requests: in a pool with an end, an account that stalls would hold up all others.
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

  /** Whether a path is one of the API, not the address of an export. */
  isApi(path: string): boolean {
    return new URL(path, this.apiRoot).origin === this.apiRoot.origin;
  }

  /** Reads a body of a bounded size within a bounded time: a server may send without end, or byte by byte. */
  async bytesOf({ body }: Pick<GoogleResponse, 'body'>, { bytes: most }: AnswerBounds): Promise<Buffer> {
    const longest = Math.min(TIMES_FOR_A_TEXT * this.timeoutMs, Math.max(this.timeoutMs, this.options.patienceMs));
    const end = performance.now() + longest;
    const parts: Buffer[] = [];
    let size = 0;
    // Leaving the loop cancels the body, and with it the connection.
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > most) throw Object.assign(new Error('The answer is too large.'), { code: TOO_LARGE });
      if (performance.now() > end) throw Object.assign(new Error('The answer takes too long.'), { code: 'ETIMEDOUT' });
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /**
   * Sends a request once and returns whatever Google answers, errors included.
   * @throws an error of the connection (see `isConnectionError`) · DriveError `google_refused` where Google named a host that must not receive the token
   */
  async exchange(
    request: GoogleRequest,
    token: string,
    stream: Body | undefined,
    extra?: Record<string, string>,
  ): Promise<GoogleResponse> {
    const url = URL.parse(request.path, this.apiRoot);
    // The address of an upload or an export comes from an answer: the token goes to Google's own origins, nowhere else.
    if (!url || (url.origin !== this.apiRoot.origin && url.origin !== this.exportOrigin))
      throw new DriveError('google_refused', { detail: 'Its answer named another host.' });
    const json = request.body && JSON.stringify(request.body);
    const sending = stream ? new Sending(stream, this.timeoutMs) : undefined;
    const signals = [request.signal, sending?.signal].filter((signal) => signal !== undefined);
    const answer = this.dispatcher.request({
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
      // undici takes what can be iterated; only its types do not say so.
      body: json ?? ((sending?.body ?? null) as Readable | null),
      highWaterMark: AHEAD_BYTES,
      ...(signals.length > 0 && { signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0]! }),
    });
    const { statusCode, headers, body } = await answer.finally(() => sending?.end());
    const onward = headers['location'];
    if (url.origin === this.apiRoot.origin || ![302, 303, 307].includes(statusCode) || typeof onward !== 'string')
      return { status: statusCode, headers, body };
    // An export lies somewhere else yet (googleusercontent.com); its address suffices, and the token stays here.
    await body.dump();
    const there = URL.parse(onward, url);
    if (!there || !this.mayLeadTo(there, url))
      throw new DriveError('google_refused', { detail: 'Its answer named another host.' });
    const reply = await this.dispatcher.request({
      origin: there.origin,
      path: there.pathname + there.search,
      method: 'GET',
      headers: { ...extra },
      ...(request.signal && { signal: request.signal }),
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.body };
  }

  /**
   * Whether a download may be fetched from there: from Google's hosts, encrypted; with a stand-in for Google, from the
   * machine it runs on. So nobody who answers in Google's place has this machine ask another one of its network.
   */
  private mayLeadTo(there: URL, from: URL): boolean {
    if (there.protocol !== from.protocol) return false;
    return this.isGoogle ? GOOGLES_HOSTS.test(there.hostname) : there.hostname === from.hostname;
  }
}

/** Adds parameters to a query. Not with URLSearchParams, which encodes letter by letter what each request asks for. */
function searchOf(search: string, query: GoogleRequest['query'] = {}): string {
  let all = search;
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) all += `${all ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
  return all;
}

/** A body on its way: given up when nothing of it is taken for a while. The agent's own time-outs begin after it. */
class Sending {
  readonly body: AsyncIterable<Buffer>;
  private readonly stalled = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(content: AsyncIterable<Buffer> | readonly Buffer[], timeoutMs: number) {
    this.timer = setTimeout(() => {
      const error = Object.assign(new Error('Nothing of the body was taken.'), { code: 'ETIMEDOUT' });
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

  /** The same parts; who asks for the next one has taken the last. */
  private watched(content: AsyncIterable<Buffer> | readonly Buffer[]): AsyncIterable<Buffer> {
    const parts = isWhole(content) ? content[Symbol.iterator]() : content[Symbol.asyncIterator]();
    const next = (): Promise<IteratorResult<Buffer>> => {
      this.timer.refresh();
      return Promise.resolve(parts.next());
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }
}

/** A failure of the wire, not of the request: reset, refused, timed out, closed early, unreadable JSON. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof SyntaxError) return true; // a JSON answer that ended early, or is something else
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^(UND_ERR_(SOCKET|HEADERS_OVERFLOW|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH|RES_EXCEEDED_MAX_BODY_SIZE)|HPE_.*|ECONNRESET|ECONNREFUSED|ECONNABORTED|EPROTO|ERR_SSL_.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/.test(
    code,
  );
}
