import { QUOTA_UNITS, type UsageCounter } from '../../engine/model/quota-units.js';
import { type CodedError, DriveError, ReconnectNeededError, type Side } from '../../engine/errors.js';
import type { AccessTokens } from '../../session/credentials.port.js';
import {
  AnswerTooLargeError,
  type AnswerBounds,
  boundsOf,
  fileSize,
  isObject,
  parseBounded,
  type Reader,
  SMALL_ANSWER,
} from './google-answers.js';
import { classOf, driveErrorOf, GoogleRefusal, isDailyLimit, type RefusalClass, refusalOf } from './google-errors.js';
import type { DailyUnits } from '../../pacing/daily-units.js';
import { NoAccessTokenError } from './google-oauth-tokens.js';
import { Pacer } from '../../pacing/pacer.js';
import { LONG_PAUSE_MS, type Permit, WaitTooLongError } from '../../pacing/rate-limiter.js';
import { costOf, operationOf } from './operations.js';
import type { Cost, RequestKind } from '../../pacing/cost.js';
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

/** One request to Google and its response, for metrics. */
export interface GoogleExchange {
  readonly credentialId: string;
  readonly kind: RequestKind;
  /** See `operationOf`. */
  readonly operation: string;
  /** HTTP status; `none` if there was no response. */
  readonly status: number | 'none';
  /** From sending the request to the head of the response. */
  readonly seconds: number;
  /** How long the pacer delayed it. */
  readonly waitedSeconds: number;
  /** Google refused it because the account, or the project, sends too many requests. */
  readonly isTooFast: boolean;
}

/** Requests that withdraw access. A temporary share is read before. */
const WITHDRAWING: ReadonlySet<string> = new Set(['permissions.get', 'permissions.delete']);

export interface GoogleClientOptions {
  /** Origin of the API: `https://www.googleapis.com` or the sandbox's. */
  readonly apiRoot: string;
  /** Origin of export links: Google's for its own API, otherwise the API's. */
  readonly exportOrigin?: string;
  /** Attempts, including the first. */
  readonly attempts?: number;
  /**
   * First pause in milliseconds. Pauses double up to 32 s, each plus a random part of up to its own length (Google,
   * "Usage limits").
   */
  readonly backoffMs?: number;
  /** Milliseconds that one call may take with all its pauses: long for a worker, short for a person. */
  readonly totalTimeoutMs?: number;
  /** Whether a person waits: such requests go before others of the account that wait for the pacer. */
  readonly urgent?: boolean;
  /** Shared by the clients of a process. Default: a pacer of its own. */
  readonly pacer?: Pacer;
  /** Limits what all processes use in a day; default: no limit. */
  readonly dailyUnits?: DailyUnits | undefined;
  /** Milliseconds without a response, or without a byte of its body. */
  readonly timeoutMs?: number;
  /** Receives each completed request, and what it uses (see `USAGE_COUNTERS`). */
  readonly observer?: { exchanged(exchange: GoogleExchange): void; used(counter: UsageCounter, by: number): void };
}

/** How often one attempt renews the access token. */
const MAX_RENEWALS = 2;
/**
 * Attempts, each with renewed tokens, after which rejected access tokens count as a lost credential. A successful
 * refresh shows that the credential is valid: its tokens may have expired, or another process replaced them, at the
 * same time.
 */
const REJECTED_ATTEMPTS = 3;
const MAX_BACKOFF_MS = 32_000;
/**
 * How long nothing is shared after Google refused it in all attempts. Google publishes neither how much an account may
 * share nor for how long it then refuses ("Resolve errors": `sharingRateLimitExceeded`).
 */
const SHARING_PAUSE_SECONDS = 900;
/** The name of the limit of what an account shares, beside that of its requests. */
const SHARING = 'sharing';
/** The name under which the pacer knows an account, or a limit of its own (see `Cost.limit`). */
const paceName = (account: string, limit?: string): string => (limit === undefined ? account : `${account} ${limit}`);
/**
 * How the pacer counts a request to an API of the editors, whose quotas are 60 to 600 requests a minute. The rules of
 * the pace are tuned for units of Drive, of which accounts use as many with one edit.
 */
const EDITOR_UNITS = QUOTA_UNITS.edit;
/** A request fails after rate-limit refusals for this long, although the pacer slowed down. */
const REFUSED_MS = 300_000;

/**
 * All requests to Google's APIs go through this class: it signs them, keeps each account's pace, retries within the
 * account's budget, and translates every refusal. `GoogleTransport` sends a single request.
 */
export class GoogleClient {
  private readonly transport: GoogleTransport;
  private readonly attempts: number;
  private readonly backoffMs: number;
  private readonly totalTimeoutMs: number;
  private readonly urgent: boolean;
  private readonly pacer: Pacer;
  private readonly dailyUnits: DailyUnits | undefined;
  private readonly observer: GoogleClientOptions['observer'];

  constructor(
    private readonly tokens: AccessTokens,
    options: GoogleClientOptions,
  ) {
    this.attempts = options.attempts ?? 7;
    this.backoffMs = options.backoffMs ?? 1_000;
    this.totalTimeoutMs = options.totalTimeoutMs ?? Infinity;
    this.urgent = options.urgent ?? false;
    this.pacer = options.pacer ?? new Pacer();
    this.dailyUnits = options.dailyUnits;
    this.observer = options.observer;
    const { apiRoot, exportOrigin, timeoutMs = 60_000 } = options;
    this.transport = new GoogleTransport({ apiRoot, exportOrigin, timeoutMs, totalTimeoutMs: this.totalTimeoutMs });
  }

  /** Closes the connections and aborts requests in progress. */
  close(): Promise<void> {
    return this.transport.close();
  }

  /**
   * Sends a request and reads its JSON response.
   * @param read the schema of the response; not used for the empty response of a DELETE
   * @throws DriveError with the translated refusal, or `google_unavailable` if the response does not match the schema ·
   *   ReconnectNeededError if the credential is no longer valid
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
      // A copy counts towards the account's daily limit like an upload; the response states its size.
      if (request.method === 'POST' && request.path.endsWith('/copy'))
        this.pacer.wrote(request.credentialId, answer['size'] === undefined ? 0 : fileSize(answer['size'], 'size'));
      return result;
    });
  }

  /**
   * Sends a request whose response is a stream of bytes. Retries only until the response begins; the reader of the body
   * resumes it. Requests `identity`, so that byte counts and ranges are those of the stored content.
   */
  async stream(request: GoogleRequest): Promise<GoogleResponse> {
    return this.attempt(request, async () => {
      const response = await this.open(request, undefined, { 'accept-encoding': 'identity' });
      // The caller handles redirects of an export: if the sign-in is not valid there, Google redirects to its sign-in
      // page.
      if (response.status < 300 || !this.transport.isApi(request.path)) return response;
      response.body.on('error', () => undefined).destroy();
      throw new SyntaxError('Unexpected redirect.');
    });
  }

  /**
   * Reads the JSON object of a response to `send`.
   * @throws SyntaxError if it is not a JSON object; a connection error if it does not end or is too large
   */
  async objectOf<T>(response: GoogleResponse, read: Reader<T>): Promise<T> {
    const bounds = boundsOf('files.get');
    return read(objectIn(await this.transport.bytesOf(response, bounds), bounds));
  }

  /**
   * Sends a body once; does not retry, because a stream can be read only once. Returns every response that is not an
   * error of Google's, including 308.
   */
  async send(request: GoogleRequest, body: Body): Promise<GoogleResponse> {
    return this.open(request, body);
  }

  /**
   * Runs a request with the retry policy. Public for callers that repeat requests in their own way, such as an upload.
   */
  async attempt<T>(
    request: Pick<GoogleRequest, 'credentialId' | 'method' | 'path' | 'repeatable' | 'signal' | 'side'>,
    exchange: () => Promise<T>,
  ): Promise<T> {
    const repeatable = request.repeatable ?? request.method !== 'POST';
    const { kind, limit } = costOf(operationOf(request.method, request.path, false), request.method);
    const account = paceName(request.credentialId, limit);
    const began = this.pacer.now();
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await exchange();
        this.pacer.retriesOf(account).succeeded();
        return result;
      } catch (error) {
        request.signal?.throwIfAborted();
        const verdict = this.verdictOn(error, request.side);
        // A document that is too large is as large the next time.
        const isFinal = verdict.kind === 'final' || (limit !== undefined && error instanceof AnswerTooLargeError);
        if (verdict.unclear && !repeatable)
          throw new DriveError('ambiguous_write', { cause: error, side: request.side });
        const spent = this.pacer.now() - began;
        let pause = this.pauseBefore(attempt, verdict.error.retryAfter);
        if (verdict.kind === 'pace') {
          // No pause here: the next attempt waits in the pacer, with all others of the account.
          if (attempt >= this.attempts && spent > REFUSED_MS) throw verdict.error;
          if (this.pacer.holdsBack({ account, kind })) pause = this.pacer.pausedMs(account);
          if (spent + pause > this.totalTimeoutMs) throw withRetryAfter(verdict.error, pause);
        } else if (verdict.kind === 'share') {
          if (attempt >= this.attempts || pause > LONG_PAUSE_MS)
            throw await this.sharingStopped(account, verdict.error);
        } else {
          const isLast = attempt >= (verdict.kind === 'token' ? REJECTED_ATTEMPTS : this.attempts);
          // No other item would succeed either, so a transfer waits. A person who is waiting gets the error at once.
          const away = (seconds?: number) =>
            this.urgent ? verdict.error : tooManyRetries(error, request.side, seconds);
          if (isLast && error instanceof NoAccessTokenError) throw away();
          if (isFinal || isLast) throw verdict.error;
          if (verdict.kind === 'retry' && pause > LONG_PAUSE_MS) throw away(Math.ceil(pause / 1_000));
          if (!this.pacer.retriesOf(account).take()) throw away();
        }
        if (spent + pause > this.totalTimeoutMs || pause > LONG_PAUSE_MS) throw verdict.error;
        if (pause > 0) await this.pacer.sleep(pause, request.signal);
      }
    }
  }

  /** Lets nothing that shares be sent for an account, in any process; everything else continues. */
  private async sharingStopped(account: string, { cause, side, retryAfter }: CodedError): Promise<DriveError> {
    const seconds = retryAfter ?? SHARING_PAUSE_SECONDS;
    await this.pacer.pause(paceName(account, SHARING), seconds * 1_000);
    return driveErrorOf(cause as GoogleRefusal, side, seconds);
  }

  private verdictOn(
    error: unknown,
    side?: Side,
  ): {
    error: DriveError | ReconnectNeededError;
    kind: RefusalClass;
    /** Whether a write may have arrived. */
    unclear: boolean;
  } {
    const unavailable = (unclear: boolean) => ({
      error: new DriveError('google_unavailable', { cause: error, side }),
      kind: 'retry' as const,
      unclear,
    });
    if (error instanceof NoAccessTokenError) return unavailable(false);
    if (error instanceof DriveError || error instanceof ReconnectNeededError) {
      const kind = error.cause instanceof GoogleRefusal ? classOf(error.cause) : 'final';
      return { error, kind, unclear: kind === 'retry' };
    }
    if (isConnectionError(error)) return unavailable(true);
    throw error;
  }

  private pauseBefore(attempt: number, retryAfter?: number): number {
    if (retryAfter !== undefined) return retryAfter * 1_000;
    const base = Math.min(this.backoffMs * 2 ** (attempt - 1), MAX_BACKOFF_MS);
    return base + Math.random() * Math.min(base, 1_000);
  }

  /**
   * Sends a request once; refreshes a token that Google rejects. A token that another process has stored meanwhile may
   * be rejected too; only the third one is certainly fresh.
   */
  private async open(request: GoogleRequest, stream?: Body, extra?: Record<string, string>): Promise<GoogleResponse> {
    const { credentialId, side } = request;
    let rejected: string | undefined;
    for (let renewals = 0; ; renewals++) {
      // Read before the wait: a revoked credential shows at once, and no turn is used up while a token is refreshed.
      await this.tokens.accessToken(credentialId, rejected);
      const { response, token } = await this.paced(request, rejected, stream, extra);
      if (response.status !== 401) return response;
      const refusal = refusalOf(401, await this.transport.bytesOf(response, SMALL_ANSWER));
      if (renewals === MAX_RENEWALS) throw new ReconnectNeededError(credentialId, { cause: refusal, side });
      rejected = token;
      if (!stream || isWhole(stream)) continue;
      // A stream can't be sent twice: its owner finds out what arrived and continues with the fresh token.
      await this.tokens.accessToken(credentialId, rejected);
      throw new DriveError('google_unavailable', { cause: refusal, side });
    }
  }

  /** Waits for the pacer, sends, and reports Google's response to the pacer. Returns a 401; throws other errors. */
  private async paced(
    request: GoogleRequest,
    rejected: string | undefined,
    stream: Body | undefined,
    extra?: Record<string, string>,
  ): Promise<{ response: GoogleResponse; token: string }> {
    const media = request.query?.['alt'] === 'media';
    const operation = operationOf(request.method, request.path, media);
    const cost = costOf(operation, request.method);
    const askedAt = performance.now();
    // To take access back is not sharing: it never waits.
    if (cost.kind === 'write' && operation.startsWith('permissions.') && operation !== 'permissions.delete')
      (await this.turnOf(request, { ...cost, limit: SHARING })).allowed();
    const permit = await this.turnOf(request, cost);
    // The credential may have been revoked during a long wait, and Google may not know it yet.
    const token = await this.tokens.accessToken(request.credentialId, rejected).catch((error: unknown) => {
      permit.unclear();
      throw error;
    });
    const day = await this.takeUnits(request, operation, cost.units).catch((error: unknown) => {
      permit.unclear();
      throw error;
    });
    const sentAt = performance.now();
    const count = (counter: UsageCounter, by: number) => {
      request.count?.(counter, by);
      this.observer?.used(counter, by);
    };
    const report = (status: number | 'none', refusal?: RefusalClass) => {
      const isTooFast = refusal === 'pace';
      if (status !== 401 && !isTooFast && refusal !== 'share') count(cost.unitClass, 1);
      else if (day !== undefined) this.dailyUnits?.giveBack(cost.units, day);
      this.observer?.exchanged({
        credentialId: request.credentialId,
        kind: cost.kind,
        operation,
        status,
        seconds: (answeredAt - sentAt) / 1_000,
        waitedSeconds: (sentAt - askedAt) / 1_000,
        isTooFast,
      });
    };
    let answeredAt = sentAt;
    let response: GoogleResponse;
    try {
      response = await this.transport
        .exchange(request, token, stream, extra, count)
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

  /**
   * Waits until the pace of an account allows a request, or that of the limit that the cost names.
   * @throws DriveError `rate_limited` if that takes too long
   */
  private turnOf(
    { credentialId, side, signal, onSlowDown }: GoogleRequest,
    { kind, unitClass, limit, ...cost }: Cost,
  ): Promise<Permit> {
    const { urgent, totalTimeoutMs } = this;
    const account = paceName(credentialId, limit);
    const units = unitClass === 'editors' ? EDITOR_UNITS : cost.units;
    const request = { account, kind, units, isOfProject: limit === undefined, urgent, totalTimeoutMs, signal };
    return this.pacer.take({ ...request, onSlowDown }).catch((error: unknown) => {
      if (!(error instanceof WaitTooLongError)) throw error;
      const retryAfter = Math.ceil(error.ms / 1_000);
      throw new DriveError('rate_limited', { retryAfter, side, limit: limit === SHARING ? SHARING : undefined });
    });
  }

  /**
   * Takes the units of a request from those of the day. A person who browses, and the withdrawal of access (which reads
   * a permission and deletes it), never wait.
   * @returns the day, if its units are counted
   * @throws DriveError `quota_exceeded` if the day has no more
   */
  private async takeUnits({ side }: GoogleRequest, operation: string, units: number): Promise<string | undefined> {
    if (!this.dailyUnits) return undefined;
    if (this.urgent || WITHDRAWING.has(operation)) return this.dailyUnits.count(units);
    const taken = await this.dailyUnits.take(units);
    if ('day' in taken) return taken.day;
    throw new DriveError('quota_exceeded', { retryAfter: Math.ceil(taken.waitMs / 1_000), side, limit: 'units' });
  }

  /** @throws DriveError with Google's refusal */
  private async refuse(
    { credentialId, side }: GoogleRequest,
    { status, headers, body }: GoogleResponse,
    permit: Permit,
    report: (status: number, refusal?: RefusalClass) => void,
  ): Promise<never> {
    const header = headers['retry-after'];
    const answer = await this.transport.bytesOf({ body }, SMALL_ANSWER).catch((error: unknown) => {
      permit.unclear();
      report(status);
      throw error;
    });
    const refusal = refusalOf(status, answer, typeof header === 'string' ? header : undefined);
    const kind = classOf(refusal);
    report(status, kind);
    if (kind === 'pace') permit.refused((refusal.retryAfter ?? 0) * 1_000);
    else if (kind === 'retry') permit.unclear();
    else permit.allowed();
    if (!isDailyLimit(refusal) || refusal.retryAfter !== undefined) throw driveErrorOf(refusal, side);
    throw driveErrorOf(refusal, side, Math.ceil((await this.pacer.dayEndsInMs(credentialId)) / 1_000));
  }
}

/** @throws SyntaxError if there is no JSON object within the bounds */
function objectIn(bytes: Buffer, bounds: AnswerBounds): Record<string, unknown> {
  const value = parseBounded(bytes, bounds);
  if (!isObject(value)) throw new SyntaxError('No JSON object.');
  return value;
}

/** Concerns the account, not the item: during an outage all items wait, instead of failing one after the other. */
function tooManyRetries(cause: unknown, side?: Side, retryAfter = RETRIES_SPENT_SECONDS): DriveError {
  return new DriveError('rate_limited', { cause, retryAfter, side });
}

/** A refusal by rate, with the time that Google left out: each response with status 429 says when to repeat the request. */
function withRetryAfter(error: CodedError, ms: number): CodedError {
  const { cause, side, retryAfter } = error;
  if (retryAfter !== undefined || !(cause instanceof GoogleRefusal)) return error;
  return driveErrorOf(cause, side, Math.max(1, Math.ceil(ms / 1_000)));
}
