import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { DriveError, ReconnectNeededError, type Side } from '../../engine/errors.js';
import type { AccessTokens } from '../../session/grant.port.js';
import { classOf, driveError, driveErrorOf, type GoogleRefusal, refusalOf } from './google-errors.js';

export interface GoogleRequest {
  /** Whose access token signs the request. */
  readonly grantId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path on the API root (`/drive/v3/files`), or the absolute URL of an upload session. */
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
}

export interface GoogleResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Dispatcher.ResponseData['body'];
}

export interface GoogleClientOptions {
  /** Origin of the API: `https://www.googleapis.com`, or the sandbox's. */
  readonly apiRoot: string;
  /** Attempts in all, the first included. */
  readonly attempts?: number;
  /** First pause in milliseconds; it doubles, up to 32 s, each with up to as much again at random (Google, "Usage limits"). */
  readonly backoffMs?: number;
  /** Milliseconds that one call may take with all its pauses; a worker waits long, a person does not. */
  readonly patienceMs?: number;
  /** Milliseconds without an answer, or without a byte of a body. */
  readonly timeoutMs?: number;
}

const MAX_BACKOFF_MS = 32_000;

/**
 * The only way from here to Google's Drive API: signs, times out, retries what may be retried, slows an account down
 * that Google asks to slow down, and translates every refusal. Google's official client does neither resumable uploads
 * nor safe retries of writes.
 */
export class GoogleClient {
  private readonly agent: Agent;
  private readonly apiRoot: URL;
  private readonly attempts: number;
  private readonly backoffMs: number;
  private readonly patienceMs: number;
  /** Per grant: no request before this time (epoch ms), set by a rate error so that parallel requests wait together. */
  private readonly pausedUntil = new Map<string, number>();

  constructor(
    private readonly tokens: AccessTokens,
    options: GoogleClientOptions,
  ) {
    this.apiRoot = new URL(options.apiRoot);
    this.attempts = options.attempts ?? 7;
    this.backoffMs = options.backoffMs ?? 1_000;
    this.patienceMs = options.patienceMs ?? Infinity;
    const timeout = options.timeoutMs ?? 60_000;
    this.agent = new Agent({
      connections: 64,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      keepAliveTimeout: 30_000,
    });
  }

  /** Closes the connections; requests under way are cut. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /**
   * Sends a request and reads its JSON answer (`undefined` for an empty one).
   * @throws DriveError what Google refuses, translated · ReconnectNeededError when the grant is dead
   */
  async json<T>(request: GoogleRequest): Promise<T> {
    return this.attempt(request, async () => {
      const response = await this.open(request);
      const text = await response.body.text();
      return (text ? JSON.parse(text) : undefined) as T;
    });
  }

  /**
   * Sends a request whose answer is a stream of bytes. Only the opening is retried: whoever reads the body resumes it.
   * `identity` is asked for, so that byte counts and ranges are those of the stored content.
   */
  async stream(request: GoogleRequest): Promise<GoogleResponse> {
    return this.attempt(request, () => this.open(request, undefined, { 'accept-encoding': 'identity' }));
  }

  /**
   * Sends a body that can be read only once, so never again by itself. Any status that is not an error of Google's,
   * 308 among them, is an answer.
   */
  async send(request: GoogleRequest, body: Readable | Buffer | null): Promise<GoogleResponse> {
    return this.open(request, body);
  }

  /** Runs one exchange with the retry policy. Public because an upload, for instance, has its own way to repeat itself. */
  async attempt<T>(
    request: Pick<GoogleRequest, 'grantId' | 'method' | 'repeatable' | 'signal' | 'side'>,
    exchange: () => Promise<T>,
  ): Promise<T> {
    const repeatable = request.repeatable ?? request.method !== 'POST';
    const deadline = Date.now() + this.patienceMs;
    for (let attempt = 1; ; attempt++) {
      const wait = (this.pausedUntil.get(request.grantId) ?? 0) - Date.now();
      if (Date.now() + wait > deadline)
        throw driveError('rate_limited', {
          retryAfter: Math.ceil(wait / 1_000),
          ...(request.side && { side: request.side }),
        });
      if (wait > 0) await delay(wait, undefined, { signal: request.signal });
      try {
        return await exchange();
      } catch (error) {
        request.signal?.throwIfAborted();
        const verdict = this.verdictOn(error, request.side);
        if (verdict.unclear && !repeatable)
          throw driveError('ambiguous_write', { cause: error, ...(request.side && { side: request.side }) });
        if (!verdict.again || attempt >= this.attempts) throw verdict.error;
        const pause = this.pauseBefore(attempt, verdict.error.retryAfter);
        if (verdict.paced) this.pausedUntil.set(request.grantId, Date.now() + pause);
        if (Date.now() + pause > deadline) throw verdict.error;
        if (!verdict.paced) await delay(pause, undefined, { signal: request.signal });
      }
    }
  }

  private verdictOn(
    error: unknown,
    side?: Side,
  ): { error: DriveError; again: boolean; unclear: boolean; paced: boolean } {
    if (error instanceof DriveError) {
      const refusal = error.cause as GoogleRefusal | undefined;
      const kind = refusal && 'status' in refusal ? classOf(refusal) : 'final';
      return { error, again: kind === 'pace' || kind === 'retry', unclear: kind === 'retry', paced: kind === 'pace' };
    }
    if (isConnectionError(error))
      return {
        error: driveError('google_unavailable', { cause: error, ...(side && { side }) }),
        again: true,
        unclear: true,
        paced: false,
      };
    throw error;
  }

  private pauseBefore(attempt: number, retryAfter?: number): number {
    if (retryAfter !== undefined) return Math.min(retryAfter * 1_000, 120_000);
    const base = Math.min(this.backoffMs * 2 ** (attempt - 1), MAX_BACKOFF_MS);
    return base + Math.random() * Math.min(base, 1_000);
  }

  /** One exchange; a token that Google calls dead is refreshed once. */
  private async open(
    request: GoogleRequest,
    stream?: Readable | Buffer | null,
    extra?: Record<string, string>,
  ): Promise<GoogleResponse> {
    const token = await this.tokens.accessToken(request.grantId);
    const first = await this.exchange(request, token, stream, extra);
    if (first.status !== 401) return this.checked(first, request.side);
    const refusal = refusalOf(401, await first.body.text());
    const fresh = await this.tokens.accessToken(request.grantId, token);
    // A stream is spent: its owner finds out what arrived and goes on, with the fresh token.
    if (stream && !Buffer.isBuffer(stream))
      throw driveError('google_unavailable', { cause: refusal, ...(request.side && { side: request.side }) });
    const second = await this.exchange(request, fresh, stream, extra);
    if (second.status !== 401) return this.checked(second, request.side);
    await second.body.dump();
    throw new ReconnectNeededError(request.grantId, { cause: refusal, ...(request.side && { side: request.side }) });
  }

  private async exchange(
    request: GoogleRequest,
    token: string,
    stream: Readable | Buffer | null | undefined,
    extra?: Record<string, string>,
  ): Promise<GoogleResponse> {
    const url = new URL(request.path, this.apiRoot);
    // An upload's address comes from an answer: the token goes to Google's own origin and nowhere else.
    if (url.origin !== this.apiRoot.origin)
      throw driveError('google_refused', { detail: ' Its answer named another host.' });
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const json = request.body && JSON.stringify(request.body);
    const { statusCode, headers, body } = await this.agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json !== undefined && { 'content-type': 'application/json; charset=UTF-8' }),
        ...extra,
        ...request.headers,
      },
      body: json ?? stream ?? null,
      ...(request.signal && { signal: request.signal }),
    });
    return { status: statusCode, headers, body };
  }

  private async checked(response: GoogleResponse, side?: Side): Promise<GoogleResponse> {
    if (response.status < 400) return response;
    const retryAfter = response.headers['retry-after'];
    const text = await response.body.text();
    throw driveErrorOf(refusalOf(response.status, text, typeof retryAfter === 'string' ? retryAfter : undefined), side);
  }
}

/** A failure of the wire, not of the request: reset, refused, timed out, closed early, unreadable JSON. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof SyntaxError) return true; // a JSON answer that ended early
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^(UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH|RES_EXCEEDED_MAX_BODY_SIZE)|HPE_.*|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/.test(
    code,
  );
}
