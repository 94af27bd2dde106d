import { DriveError, ReconnectNeededError, type Side } from '../../engine/errors.js';
import type { AccessTokens } from '../../session/credentials.port.js';
import {
  type AnswerBounds,
  boundsOf,
  fileSize,
  isObject,
  parseBounded,
  type Reader,
  SMALL_ANSWER,
} from './google-answers.js';
import { classOf, driveErrorOf, GoogleRefusal, isDailyLimit, type RefusalClass, refusalOf } from './google-errors.js';
import { Pacer } from '../../pacing/pacer.js';
import { LONG_PAUSE_MS, type Permit, WaitTooLongError } from '../../pacing/rate-limiter.js';
import { costOf, operationOf, type RequestKind } from '../../pacing/quota-units.js';
import { RETRIES_SPENT_SECONDS } from '../../pacing/retry-budget.js';
import {
  type Body,
  bytesIn,
  type GoogleRequest,
  type GoogleResponse,
  GoogleTransport,
  isConnectionError,
  isWhole,
} from './google-transport.js';

/** One exchange with Google, for figures. */
export interface GoogleExchange {
  readonly credentialId: string;
  readonly kind: RequestKind;
  /** See `operationOf`. */
  readonly operation: string;
  /** HTTP status; `none` when no answer came. */
  readonly status: number | 'none';
  /** From the sending to the head of the answer. */
  readonly seconds: number;
  /** How long it was held back before, to keep the pace. */
  readonly waitedSeconds: number;
  /** Google refused it because the account, or the project, asks too fast. */
  readonly isTooFast: boolean;
}

export interface GoogleClientOptions {
  /** Origin of the API: `https://www.googleapis.com`, or the sandbox's. */
  readonly apiRoot: string;
  /** Origin that export links point at: Google's for its own API, else the API's. */
  readonly exportOrigin?: string;
  /** Attempts in all, the first included. */
  readonly attempts?: number;
  /** First pause in milliseconds; it doubles, up to 32 s, each with up to as much again at random (Google, "Usage limits"). */
  readonly backoffMs?: number;
  /** Milliseconds that one call may take with all its pauses; a worker waits long, a person does not. */
  readonly patienceMs?: number;
  /** Whether a person waits: requests then go before others of the account that wait for their turn. */
  readonly urgent?: boolean;
  /** Shared by the clients of a process. Default: one that paces by itself. */
  readonly pacer?: Pacer;
  /** Milliseconds without an answer, or without a byte of a body. */
  readonly timeoutMs?: number;
  /** Receives each completed request. */
  readonly observer?: { exchanged(exchange: GoogleExchange): void };
}

/** Access tokens that one attempt renews. */
const MAX_RENEWALS = 2;
/**
 * Attempts, each with renewed tokens, before rejected access tokens count as a lost credential. A refresh that succeeds
 * says that the credential is alive: its tokens may only have ended, or another process replaced them, at the same time.
 */
const REJECTED_ATTEMPTS = 3;
const MAX_BACKOFF_MS = 32_000;
/** A request that was refused as too fast for so long, while the pacer slowed down, is given up. */
const REFUSED_MS = 300_000;

/**
 * The only way to Google's Drive API: signs requests, keeps each account's pace, retries what may be retried within the
 * account's budget, and translates every refusal. `GoogleTransport` makes the single exchange.
 */
export class GoogleClient {
  private readonly transport: GoogleTransport;
  private readonly attempts: number;
  private readonly backoffMs: number;
  private readonly patienceMs: number;
  private readonly urgent: boolean;
  private readonly pacer: Pacer;
  private readonly observer: GoogleClientOptions['observer'];

  constructor(
    private readonly tokens: AccessTokens,
    options: GoogleClientOptions,
  ) {
    this.attempts = options.attempts ?? 7;
    this.backoffMs = options.backoffMs ?? 1_000;
    this.patienceMs = options.patienceMs ?? Infinity;
    this.urgent = options.urgent ?? false;
    this.pacer = options.pacer ?? new Pacer();
    this.observer = options.observer;
    const { apiRoot, exportOrigin, timeoutMs = 60_000 } = options;
    this.transport = new GoogleTransport({ apiRoot, exportOrigin, timeoutMs, patienceMs: this.patienceMs });
  }

  /** Closes the connections; requests under way are cut. */
  close(): Promise<void> {
    return this.transport.close();
  }

  /**
   * Sends a request and reads its JSON answer.
   * @param read what the answer must be; not called for the empty one of a DELETE
   * @throws DriveError what Google refuses, translated; `google_unavailable` too where the answer is not what it must be ·
   *   ReconnectNeededError when the credential is dead
   */
  async json<T>(request: GoogleRequest, read: Reader<T>): Promise<T> {
    const bounds = boundsOf(operationOf(request.method, request.path, false));
    return this.attempt(request, async () => {
      const response = await this.open(request);
      const bytes = await this.transport.bytesOf(response, bounds);
      if (bytes.length === 0 && request.method === 'DELETE') return undefined as T;
      const answer = objectIn(bytes, bounds);
      const token = request.query?.['pageToken'];
      if (token !== undefined && answer['nextPageToken'] === token)
        throw new SyntaxError('Google repeated the page token.');
      const result = read(answer);
      // A copy counts for the account's day like an upload; how much it was, the answer says.
      if (request.method === 'POST' && request.path.endsWith('/copy'))
        this.pacer.wrote(request.credentialId, answer['size'] === undefined ? 0 : fileSize(answer['size'], 'size'));
      return result;
    });
  }

  /**
   * Sends a request whose response is a stream of bytes. Only the opening is retried: the reader of the body resumes it.
   * It requests `identity`, so that byte counts and ranges are those of the stored content.
   */
  async stream(request: GoogleRequest): Promise<GoogleResponse> {
    return this.attempt(request, async () => {
      const response = await this.open(request, undefined, { 'accept-encoding': 'identity' });
      // The caller handles redirects of an export: without a valid sign-in there, Google redirects to its sign-in page.
      if (response.status < 300 || !this.transport.isApi(request.path)) return response;
      response.body.on('error', () => undefined).destroy();
      throw new SyntaxError('Unexpected redirect.');
    });
  }

  /**
   * Reads the JSON object of an answer to `send`.
   * @throws SyntaxError when it is none; an error of the connection when it does not end, or is too large
   */
  async objectOf<T>(response: GoogleResponse, read: Reader<T>): Promise<T> {
    const bounds = boundsOf('files.get');
    return read(objectIn(await this.transport.bytesOf(response, bounds), bounds));
  }

  /**
   * Sends a body, never again by itself: a stream can be read only once. Any status that is not an error of Google's,
   * 308 among them, is an answer.
   */
  async send(request: GoogleRequest, body: Body): Promise<GoogleResponse> {
    return this.open(request, body);
  }

  /** Runs one exchange with the retry policy. Public because an upload, for instance, has its own way to repeat itself. */
  async attempt<T>(
    request: Pick<GoogleRequest, 'credentialId' | 'method' | 'repeatable' | 'signal' | 'side'>,
    exchange: () => Promise<T>,
  ): Promise<T> {
    const repeatable = request.repeatable ?? request.method !== 'POST';
    const account = request.credentialId;
    const began = this.pacer.now();
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await exchange();
        this.pacer.retriesOf(account).succeeded();
        return result;
      } catch (error) {
        request.signal?.throwIfAborted();
        const verdict = this.verdictOn(error, request.side);
        if (verdict.unclear && !repeatable)
          throw new DriveError('ambiguous_write', { cause: error, side: request.side });
        const spent = this.pacer.now() - began;
        let pause = this.pauseBefore(attempt, verdict.error.retryAfter);
        if (verdict.kind === 'pace') {
          // Its time is the pacer's: the next attempt waits there, with all others of the account.
          if (attempt >= this.attempts && spent > REFUSED_MS) throw verdict.error;
          if (this.pacer.holdsBack({ account, ...this.kindOf(request) })) pause = this.pacer.pausedMs(account);
        } else {
          if (verdict.kind === 'final' || attempt >= (verdict.kind === 'token' ? REJECTED_ATTEMPTS : this.attempts))
            throw verdict.error;
          if (!this.pacer.retriesOf(account).take())
            throw this.urgent ? verdict.error : tooManyRetries(error, request.side);
        }
        if (spent + pause > this.patienceMs || pause > LONG_PAUSE_MS) throw verdict.error;
        if (pause > 0) await this.pacer.sleep(pause, request.signal);
      }
    }
  }

  private kindOf({ method }: Pick<GoogleRequest, 'method'>): { kind: 'read' | 'write' } {
    return { kind: method === 'GET' ? 'read' : 'write' };
  }

  private verdictOn(
    error: unknown,
    side?: Side,
  ): {
    error: DriveError | ReconnectNeededError;
    kind: RefusalClass;
    /** Whether a write may have landed. */
    unclear: boolean;
  } {
    if (error instanceof DriveError || error instanceof ReconnectNeededError) {
      const kind = error.cause instanceof GoogleRefusal ? classOf(error.cause) : 'final';
      return { error, kind, unclear: kind === 'retry' };
    }
    if (isConnectionError(error))
      return {
        error: new DriveError('google_unavailable', { cause: error, side }),
        kind: 'retry',
        unclear: true,
      };
    throw error;
  }

  private pauseBefore(attempt: number, retryAfter?: number): number {
    if (retryAfter !== undefined) return retryAfter * 1_000;
    const base = Math.min(this.backoffMs * 2 ** (attempt - 1), MAX_BACKOFF_MS);
    return base + Math.random() * Math.min(base, 1_000);
  }

  /**
   * One exchange; a token that Google calls dead is refreshed. What another process has stored meanwhile may be dead, too:
   * only the third one is as fresh as it can be.
   */
  private async open(request: GoogleRequest, stream?: Body, extra?: Record<string, string>): Promise<GoogleResponse> {
    const { credentialId, side } = request;
    let rejected: string | undefined;
    for (let renewals = 0; ; renewals++) {
      // Before the wait: whose credential has ended learns it at once, and nobody's turn passes while a token is refreshed.
      await this.tokens.accessToken(credentialId, rejected);
      const { response, token } = await this.paced(request, rejected, stream, extra);
      if (response.status !== 401) return response;
      const refusal = refusalOf(401, await this.transport.bytesOf(response, SMALL_ANSWER));
      if (renewals === MAX_RENEWALS) throw new ReconnectNeededError(credentialId, { cause: refusal, side });
      rejected = token;
      if (!stream || isWhole(stream)) continue;
      // A stream cannot be sent twice: its owner finds out what arrived and continues, with the fresh token.
      await this.tokens.accessToken(credentialId, rejected);
      throw new DriveError('google_unavailable', { cause: refusal, side });
    }
  }

  /** Waits for its turn, and reports Google's response to the pacer. Returns a 401; throws other errors. */
  private async paced(
    request: GoogleRequest,
    rejected: string | undefined,
    stream: Body | undefined,
    extra?: Record<string, string>,
  ): Promise<{ response: GoogleResponse; token: string }> {
    const media = request.query?.['alt'] === 'media';
    const cost = costOf(request.method, request.path, media);
    const askedAt = performance.now();
    const permit = await this.pacer
      .take({
        ...cost,
        account: request.credentialId,
        urgent: this.urgent,
        patienceMs: this.patienceMs,
        signal: request.signal,
        onSlowDown: request.onSlowDown,
      })
      .catch((error: unknown) => {
        if (!(error instanceof WaitTooLongError)) throw error;
        const { side } = request;
        throw new DriveError('rate_limited', { retryAfter: Math.ceil(error.ms / 1_000), side });
      });
    // The wait may have been long, and the credential withdrawn meanwhile: Google may not have heard of that yet.
    const token = await this.tokens.accessToken(request.credentialId, rejected).catch((error: unknown) => {
      permit.unclear();
      throw error;
    });
    const sentAt = performance.now();
    const report = (status: number | 'none', isTooFast = false) =>
      this.observer?.exchanged({
        credentialId: request.credentialId,
        kind: cost.kind,
        operation: operationOf(request.method, request.path, media),
        status,
        seconds: (answeredAt - sentAt) / 1_000,
        waitedSeconds: (sentAt - askedAt) / 1_000,
        isTooFast,
      });
    let answeredAt = sentAt;
    let response: GoogleResponse;
    try {
      response = await this.transport
        .exchange(request, token, stream, extra)
        .finally(() => (answeredAt = performance.now()));
    } catch (error) {
      permit.unclear();
      report('none');
      throw error;
    }
    if (response.status >= 400 && response.status !== 401) return this.refuse(request, response, permit, report);
    permit.allowed();
    report(response.status);
    if (response.status === 401) return { response, token };
    if (stream && isWhole(stream)) this.pacer.wrote(request.credentialId, bytesIn(stream));
    else if (stream) this.pacer.wrote(request.credentialId, Number(request.headers?.['content-length'] ?? 0));
    return { response, token };
  }

  /** @throws DriveError what Google refused */
  private async refuse(
    { credentialId, side }: GoogleRequest,
    { status, headers, body }: GoogleResponse,
    permit: Permit,
    report: (status: number, isTooFast: boolean) => void,
  ): Promise<never> {
    const header = headers['retry-after'];
    const answer = await this.transport.bytesOf({ body }, SMALL_ANSWER).catch((error: unknown) => {
      permit.unclear();
      report(status, false);
      throw error;
    });
    const refusal = refusalOf(status, answer, typeof header === 'string' ? header : undefined);
    const kind = classOf(refusal);
    report(status, kind === 'pace');
    if (kind === 'pace') permit.refused((refusal.retryAfter ?? 0) * 1_000);
    else if (kind === 'retry') permit.unclear();
    else permit.allowed();
    if (!isDailyLimit(refusal) || refusal.retryAfter !== undefined) throw driveErrorOf(refusal, side);
    throw driveErrorOf(refusal, side, Math.ceil((await this.pacer.dayEndsInMs(credentialId)) / 1_000));
  }
}

/** @throws SyntaxError where there is no JSON object within the bounds */
function objectIn(bytes: Buffer, bounds: AnswerBounds): Record<string, unknown> {
  const value = parseBounded(bytes, bounds);
  if (!isObject(value)) throw new SyntaxError('No JSON object.');
  return value;
}

/** It concerns the account, not the item: during an outage all items wait, instead of failing one after the other. */
function tooManyRetries(cause: unknown, side?: Side): DriveError {
  return new DriveError('rate_limited', { cause, retryAfter: RETRIES_SPENT_SECONDS, side });
}
