import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import { CliError, EXIT, type ExitCode, RedirectError, UnreachableError, usageError } from '../errors.ts';
import type { Side } from '../sessions.ts';
import { eventsIn } from './events.ts';
import type { paths } from './openapi.ts';

/** The body of a response of the API. */
type Answer<
  Path extends keyof paths,
  Method extends keyof paths[Path],
  Status extends number = 200,
> = paths[Path][Method] extends { responses: Record<Status, { content: { 'application/json': infer Body } }> }
  ? Body
  : never;

export type Transfer = Answer<'/api/transfers/{id}', 'get'>;
export type Preflight = Answer<'/api/preflights/{id}', 'get'>;
export type ReasonCode = NonNullable<Transfer['failureGroups'][number]['code']>;
export type DriveFile = Answer<'/api/files/{id}', 'get'>;
export type Schedule = Answer<'/api/transfers/{id}/schedule', 'get'>;
export type ScheduleChange = paths['/api/transfers/{id}/schedule']['put']['requestBody']['content']['application/json'];
export type TransferRequest = NonNullable<
  paths['/api/transfers']['post']['requestBody']
>['content']['application/json'];

/** The events of a stream of the API. */
export type EventOf<Path extends keyof paths> = paths[Path] extends {
  get: { responses: Record<200, { content: { 'text/event-stream': infer Event } }> };
}
  ? Event
  : never;

type Problem = Partial<{ code: string; title: string; detail: string; side: Side; retryAfter: number }> & {
  errors?: { parameter: string; detail: string }[];
};

/** How often a request that the server asked to repeat later is repeated, and how long it waits at most (seconds). */
const MAX_ATTEMPTS = 4;
const MAX_WAIT_SECONDS = 60;

/** Problems that a sign-in solves. */
const SIGN_IN = new Set(['session_expired', 'token_missing', 'reconnect_needed', 'reauthentication_required']);
/** Problems that the sign-in of another account, or with more access, solves: only if the problem names the side. */
const SIGN_IN_OF_SIDE = new Set(['scope_missing', 'wrong_account']);
/** Problems with the operator key, or the machine key, that a login was given. */
const WRONG_KEY = new Set(['operator_key_refused', 'key_scope_missing']);
/** Problems with the request itself. */
const WRONG_REQUEST = new Set([
  'invalid_request',
  'transfer_not_found',
  'preflight_not_found',
  'not_found',
  'people_map_invalid',
  'schedule_not_found',
  'wrong_side',
]);

export interface ApiOptions {
  /** Its address, without a path. */
  server: string;
  tokens: Partial<Record<Side, string>>;
  /** The command for a new sign-in. */
  loginCommand: (side: Side) => string;
  fetch?: typeof fetch;
  /** Of a person who stops the program. */
  signal?: AbortSignal;
}

/** CloudMover's API at one server, with the sessions of both sides. */
export class Api {
  readonly server: string;
  private readonly options: ApiOptions;
  private readonly request: (request: Request) => Promise<Response>;

  constructor(options: ApiOptions) {
    this.options = options;
    this.server = options.server;
    const send = options.fetch ?? fetch;
    this.request = async (request) => {
      for (let attempt = 1; ; attempt++) {
        let response;
        try {
          // A redirect would be followed with the tokens, and as a GET.
          const how = { redirect: 'manual', ...(options.signal && { signal: options.signal }) } as const;
          response = await send(request.clone(), how);
        } catch (error) {
          if (options.signal?.aborted) throw error;
          throw new UnreachableError(options.server, error);
        }
        const elsewhere = response.headers.get('location');
        if (response.status >= 300 && response.status < 400 && elsewhere !== null)
          throw new RedirectError(options.server, elsewhere);
        const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
        // A proxy, or a server that is something else, may send a page of its own.
        if (response.ok && response.headers.get('content-type')?.startsWith('text/html')) {
          void response.body?.cancel();
          throw new UnreachableError(options.server, new Error('a web page came instead of a response of the API'));
        }
        // 503 is sent while Redis changes its server, for example.
        const isLater = response.status === 429 || response.status === 503;
        if (!isLater || attempt === MAX_ATTEMPTS || !(wait <= MAX_WAIT_SECONDS)) return response;
        void response.body?.cancel();
        await sleep(wait * 1000, undefined, { ...(options.signal && { signal: options.signal }) });
      }
    };
  }

  /** Calls with the session of one side. @throws CliError (exit code 3) without one */
  as(side: Side) {
    return this.client({ authorization: `Bearer ${this.token(side)}` });
  }

  /** Calls about transfers, with the sessions that there are. @throws CliError (exit code 3) without any */
  get transfers() {
    const { source, destination } = this.options.tokens;
    if (!source && !destination) this.token('source');
    return this.client({
      ...(source && { 'x-source-token': this.token('source') }),
      ...(destination && { 'x-destination-token': this.token('destination') }),
    });
  }

  /** Calls that need the sessions of both sides. @throws CliError (exit code 3) unless there are both */
  get both() {
    return this.client({
      'x-source-token': this.token('source'),
      'x-destination-token': this.token('destination'),
    });
  }

  /** Calls without a session. */
  get anonymous() {
    return this.client({});
  }

  /**
   * The body of a response.
   * @throws CliError with the problem's code, and the exit code of its kind; UnreachableError if its body is cut off, or
   *   is not JSON
   */
  async answer<T>(
    call: Promise<{ data?: T; error?: unknown; response: Response }>,
    side?: Side,
  ): Promise<NonNullable<T>> {
    const { data, error, response } = await call.catch((error: unknown) => {
      throw this.asUnreachable(error);
    });
    if (!response.ok) throw this.problem(error ?? {}, response.status, side);
    return data as NonNullable<T>;
  }

  /**
   * The states of a transfer or preflight, as the server reports them: first the current one. Ends with the server's
   * stream, which is not always the end of the transfer.
   */
  updates(kind: 'transfers', id: string): AsyncGenerator<Transfer>;
  updates(kind: 'preflights', id: string): AsyncGenerator<Preflight>;
  async *updates(kind: 'transfers' | 'preflights', id: string): AsyncGenerator<Transfer | Preflight> {
    const { transfers: client } = this;
    const options = { params: { path: { id } }, parseAs: 'stream' } as const;
    const body = await (kind === 'transfers'
      ? this.answer(client.GET('/api/transfers/{id}/events', options))
      : this.answer(client.GET('/api/preflights/{id}/events', options)));
    try {
      for await (const { event, data } of eventsIn<EventOf<`/api/${typeof kind}/{id}/events`>>(body))
        if (event === 'transfer' || event === 'preflight') yield data;
    } catch (error) {
      throw this.asUnreachable(error);
    }
  }

  /** What a body that could not be read means; other errors, such as that of Ctrl-C, as they are. */
  private asUnreachable(error: unknown): unknown {
    if (this.options.signal?.aborted || error instanceof CliError) return error;
    const isNoJson = error instanceof SyntaxError;
    return new UnreachableError(this.server, isNoJson ? new Error('the response is not JSON') : error);
  }

  private token(side: Side): string {
    const token = this.options.tokens[side];
    if (token) return asHeader(token, `The token of the ${side} (CLOUDMOVER_${side.toUpperCase()}_TOKEN)`);
    const command = this.options.loginCommand(side);
    throw new CliError(`No account is connected as the ${side}. Run: ${command}`, {
      exitCode: EXIT.person,
      code: 'token_missing',
      details: { side, run: command },
    });
  }

  private client(headers: Record<string, string>) {
    return createClient<paths>({ baseUrl: this.server, headers, fetch: this.request });
  }

  private problem({ code = 'failed', title, detail, side, errors }: Problem, status: number, asked?: Side): CliError {
    const which = side ?? asked;
    const text = [title, detail].filter(Boolean).join(': ') || `The server replied with status ${status}.`;
    const lines = (errors ?? []).map(({ parameter, detail }) => `\n  ${parameter}: ${detail}`).join('');
    const needsSignIn = SIGN_IN.has(code) || (side !== undefined && SIGN_IN_OF_SIDE.has(code));
    const commands = needsSignIn ? (which ? [which] : (['source', 'destination'] as const)) : [];
    const run = commands.map((each) => this.options.loginCommand(each)).join(' or ');
    const isWrongKey = WRONG_KEY.has(code);
    const isWrong = isWrongKey || WRONG_REQUEST.has(code);
    const exitCode: ExitCode = needsSignIn ? EXIT.person : isWrong ? EXIT.usage : EXIT.failed;
    const key = isWrongKey ? '\nThe key is that of --operator-key-file or CLOUDMOVER_OPERATOR_KEY.' : '';
    return new CliError(`${text}${lines}${key}${run && `\nRun: ${run}`}`, {
      exitCode,
      code,
      details: { status, ...(which && { side: which }), ...(run && { run }), ...(errors && { errors }) },
    });
  }
}

/**
 * Checks that a secret can be the value of a header.
 * @param name of the secret, and where the person put it
 * @throws CliError that does not show the secret, which the error of `Headers` would
 */
export function asHeader(secret: string, name: string): string {
  if (/^[\x20-\x7e\xa0-\xff]+$/.test(secret)) return secret;
  throw usageError(`${name} has more than one line, or a character that no header can have.`);
}
