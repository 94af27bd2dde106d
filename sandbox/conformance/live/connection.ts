import { send, type Answer, type Ask } from '../send.ts';
import type { Request } from '../scenario.ts';
import type { Account, Credential } from './credentials.ts';
import { RunProblem } from './problem.ts';

/** The clock of a run, which tests control. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or immediately if the run is interrupted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ConnectionOptions {
  /** Base address of all APIs and of OAuth; by default Google's hosts. */
  api?: string;
  credentials: Readonly<Record<Account, Credential>>;
  maxRequests: number;
  /** Milliseconds between the starts of two requests. */
  paceMs: number;
  clock: Clock;
  /** Interrupts the run: after the current request, only requests for cleaning up are sent. */
  signal: AbortSignal;
  /** Is called with the reason of a delay. */
  note: (text: string) => void;
}

/** Google's hosts by path. */
const HOSTS: readonly [RegExp, string][] = [
  [/^\/v1\/documents/, 'https://docs.googleapis.com'],
  [/^\/v4\/spreadsheets/, 'https://sheets.googleapis.com'],
  [/^\/v1\/presentations/, 'https://slides.googleapis.com'],
  [/^\/(token|tokeninfo|revoke)$/, 'https://oauth2.googleapis.com'],
  [/^\/v1\/userinfo/, 'https://openidconnect.googleapis.com'],
  [/^\/(\.well-known|o\/oauth2)\//, 'https://accounts.google.com'],
  [/^\//, 'https://www.googleapis.com'],
];
const GOOGLE = /(^|\.)(googleapis|google|googleusercontent)\.com$/;

/** Requests reserved for cleaning up, so that a run that reaches the maximum leaves nothing behind. */
export const RESERVE = 20;
const ATTEMPTS = 8;
const RATE_REASONS =
  /^(userRateLimitExceeded|rateLimitExceeded|sharingRateLimitExceeded|dailyLimitExceeded|quotaExceeded)$/;

/**
 * Requests of the two accounts, one at a time: counted, paced, and repeated if Google limits the rate. A bearer token
 * is sent only to Google's hosts and to the base address of `--api`.
 */
export class Connection {
  /** Number of requests so far, including repeated ones. */
  sent = 0;
  /** Set while cleaning up, which cannot be interrupted. */
  isCleaning = false;
  /** How often Google limited the rate, by value of `Retry-After`. */
  readonly limited: string[] = [];
  /** Requests of which it is not known what they created, because the connection broke or the server failed. */
  readonly unanswered: { by: Account; path: string; body: unknown }[] = [];
  /** Secrets that must not appear in output. */
  readonly secrets = new Set<string>();
  private readonly options: ConnectionOptions;
  private readonly tokens = new Map<Account, string>();
  private lastStart = -Infinity;

  constructor(options: ConnectionOptions) {
    this.options = options;
    for (const { accessToken, refresh } of Object.values(options.credentials))
      for (const secret of [accessToken, refresh?.clientSecret, refresh?.refreshToken])
        if (secret) this.secrets.add(secret);
  }

  /** @param expected the expected response, so that an expected refusal is not treated as a rate limit */
  async ask(
    as: Account | 'nobody',
    method: string,
    address: string,
    ask: Ask = {},
    expected: Pick<Request, 'status' | 'error'> = { status: 200 },
  ): Promise<Answer> {
    const url = this.urlOf(address);
    let isRefreshed = false;
    for (let attempt = 1; ;) {
      const token = as === 'nobody' ? undefined : await this.tokenOf(as);
      const answer = await this.once(method, url, { ...(token === undefined ? {} : { token }), ...ask });
      if (answer.status >= 500 && method === 'POST' && as !== 'nobody')
        this.unanswered.push({ by: as, path: url.pathname, body: ask.body });
      const reason = answer.status === expected.status ? undefined : reasonOf(answer);
      if (answer.status === 401 && expected.status !== 401 && as !== 'nobody' && !ask.headers?.['authorization']) {
        if (isRefreshed || !this.options.credentials[as].refresh)
          throw new RunProblem('credentials', `The access token of ${as} has expired or is invalid. Get a new one.`);
        isRefreshed = true;
        this.tokens.delete(as);
        continue;
      }
      if (reason === 'storageQuotaExceeded')
        throw new RunProblem('storageFull', `The storage of ${as} is full: the rows need about 10 MB.`);
      if (!isTemporary(answer, expected, reason)) return answer;
      const retryAfter = answer.headers['retry-after'];
      this.limited.push(`${answer.status} ${reason ?? ''}, Retry-After: ${String(retryAfter ?? 'none')}`);
      if (attempt === ATTEMPTS)
        throw new RunProblem(
          'rateOrMaximum',
          `Google still refuses after ${ATTEMPTS} attempts (${answer.status} ${reason ?? ''}). Try again later, or with a larger --pace.`,
        );
      const seconds = Math.max(Math.min(2 ** (attempt - 1), 64), Number(retryAfter) || 0);
      this.options.note(`${answer.status} ${reason ?? ''}: waiting ${seconds} s`);
      await this.options.clock.sleep(seconds * 1000, this.signal());
      attempt += 1;
    }
  }

  /** The scopes of an account's token; undefined if the server does not report them. */
  async scopesOf(account: Account): Promise<string[] | undefined> {
    const body = new URLSearchParams({ access_token: await this.tokenOf(account) });
    // In the body, because servers log addresses.
    const { status, json } = await this.once('POST', this.urlOf('/tokeninfo'), { body });
    const scope: unknown = json['scope'];
    if (status === 400 || status === 401)
      throw new RunProblem('credentials', `The access token of ${account} has expired or is invalid. Get a new one.`);
    return status === 200 && typeof scope === 'string' ? scope.split(' ') : undefined;
  }

  /** The full address, and whether a bearer token may be sent to it. */
  urlOf(address: string): URL {
    if (address.startsWith('/')) {
      const path = address.replace(/\?.*$/s, '');
      return new URL(address, this.options.api ?? HOSTS.find(([prefix]) => prefix.test(path))?.[1]);
    }
    const url = new URL(address);
    const isOurs =
      this.options.api === undefined
        ? url.protocol === 'https:' && GOOGLE.test(url.hostname)
        : url.origin === new URL(this.options.api).origin;
    if (!isOurs) throw new RunProblem('usage', `A response redirects to ${url.host}, which is not part of the server.`);
    return url;
  }

  private signal(): AbortSignal {
    return this.isCleaning ? new AbortController().signal : this.options.signal;
  }

  private async once(method: string, url: URL, ask: Ask): Promise<Answer> {
    const { clock, maxRequests, paceMs } = this.options;
    const wait = this.lastStart + paceMs - clock.now();
    if (wait > 0) await clock.sleep(wait, this.signal());
    if (!this.isCleaning && this.options.signal.aborted) throw new RunProblem('interrupted', 'Interrupted.');
    const weight = weightOf(url.pathname, ask.body);
    if (this.sent + weight > maxRequests - (this.isCleaning ? 0 : RESERVE))
      throw new RunProblem('rateOrMaximum', `The maximum of ${maxRequests} requests is reached (--max-requests).`);
    this.sent += weight;
    this.lastStart = clock.now();
    try {
      return await send(method, url, ask);
    } catch (error) {
      // A broken connection counts as one more temporary failure.
      const text = (error as Error).message;
      return { status: 503, headers: {}, text, bytes: Buffer.from(text), json: {} };
    }
  }

  private async tokenOf(account: Account): Promise<string> {
    const known = this.tokens.get(account);
    if (known !== undefined) return known;
    const { accessToken, refresh } = this.options.credentials[account];
    const token = refresh ? await this.refreshed(account, refresh) : accessToken;
    if (token === undefined) throw new RunProblem('credentials', `No credential for ${account}.`);
    this.secrets.add(token);
    this.tokens.set(account, token);
    return token;
  }

  private async refreshed(account: Account, refresh: NonNullable<Credential['refresh']>): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refresh.refreshToken,
      client_id: refresh.clientId,
      client_secret: refresh.clientSecret,
    });
    const { status, json } = await this.once('POST', this.urlOf('/token'), { body });
    const token: unknown = json['access_token'];
    if (status === 200 && typeof token === 'string') return token;
    const reason = typeof json['error'] === 'string' ? json['error'] : '';
    throw new RunProblem(
      'credentials',
      `The refresh token of ${account} yields no access token (${status} ${reason}). Sign in again.`,
    );
  }
}

function isTemporary(answer: Answer, expected: Pick<Request, 'status'>, reason: string | undefined): boolean {
  if (answer.status === expected.status || expected.status === 'any') return false;
  if (answer.status === 429 || answer.status >= 500) return answer.status !== 501;
  return answer.status === 403 && RATE_REASONS.test(reason ?? '');
}

/** How many requests a request counts as: each part of a batch counts, as at Google. */
export function weightOf(path: string, body: unknown): number {
  return path.includes('/batch/') && typeof body === 'string' ? 1 + (body.match(/^Content-ID:/gm)?.length ?? 0) : 1;
}

/** Google's reason in a response. */
export function reasonOf({ json }: Answer): string | undefined {
  const reason: unknown = (json['error']?.['errors'] as unknown as { reason?: unknown }[] | undefined)?.[0]?.reason;
  return typeof reason === 'string' ? reason : undefined;
}
