import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { type Side, SIDES } from '../engine/errors.js';
import { InvalidRequestError, StoreUnavailableError, TooManyRequestsError } from '../http/errors.js';
import { RateLimits } from '../http/rate-limits.js';
import {
  AccountNotAllowedError,
  QueryTokenRefusedError,
  SessionExpiredError,
  TokenConflictError,
  TokenMissingError,
  WrongSideError,
} from './errors.js';
import { OperatorKey } from './operator-key.js';
import type { Session } from './session.port.js';
import { SessionService } from './session.service.js';

/**
 * Which tokens an endpoint requires: one of `any` kind; one for the `source` or the `destination`; `both` of them;
 * `either`: one or two, of which at least one must be valid; `parties`: like `either`, but the handler also checks that
 * all accounts whose consent it needs are among them.
 */
export type AccessRule = 'any' | 'source' | 'destination' | 'both' | 'either' | 'parties';

/** The valid sessions of a request, and why other tokens were refused. */
export interface Callers {
  readonly sessions: readonly Session[];
  /** The valid session from each side's own header or query parameter. */
  readonly sent: Readonly<Partial<Record<Side, Session>>>;
  /** Why a token in a side's own header or query parameter was refused. */
  readonly refused: Readonly<Partial<Record<Side, Error>>>;
  /** Set by the handler for the audit log: the sides of the transfer to which the sessions' accounts belong. */
  parties?: readonly Side[];
}

/** What an endpoint requires of its callers. */
export interface Requirement {
  readonly rule: AccessRule;
  readonly orOperator: boolean;
  /** The handler has no query parameters, so parameters other than the tokens are an error. */
  readonly queryFree: boolean;
}

/** The caller: the sessions of the request's tokens, or the operator. */
export interface Caller extends Callers {
  readonly operator: boolean;
}

/**
 * Headers of responses to requests with a token in the URL (RFC 9745): the day since which this is deprecated, and the
 * documentation.
 */
const QUERY_TOKEN_DEPRECATED = { deprecation: `@${Date.UTC(2026, 10, 27) / 1000}` };
const WHERE_TO_READ = { link: '</docs>; rel="deprecation"; type="text/html"' };

/** The tokens of a request by place; each place may contain one token, also repeatedly. */
interface Tokens {
  /** `?token=` or `Authorization: Bearer`. */
  readonly account?: string;
  readonly source?: string;
  readonly destination?: string;
  /** Whether one of them was in the URL. */
  readonly inQuery: boolean;
}

/** Query parameters that may contain a token, by rule; the endpoint validates all others. */
export const QUERY_TOKENS: { readonly [Rule in AccessRule]: readonly string[] } = {
  any: ['token'],
  source: ['token'],
  destination: ['token'],
  both: ['source_token', 'dest_token'],
  either: ['token', 'source_token', 'dest_token'],
  parties: ['token', 'source_token', 'dest_token'],
};

/** Identifies the caller of a request by its tokens or operator key. */
@Injectable()
export class CallerService {
  constructor(
    private readonly sessions: SessionService,
    private readonly operatorKey: OperatorKey,
    private readonly limits: RateLimits,
    @InjectConfig('http') private readonly http: Config['http'],
    @InjectConfig('session') private readonly sessionConfig: Config['session'],
  ) {}

  /**
   * Removes the tokens from a request, and returns their sessions if they are valid and for the right side. Reads Redis
   * once per token. A refused request counts against the limit of its address.
   * @throws TokenMissingError, TokenConflictError, QueryTokenRefusedError, SessionExpiredError, AccountNotAllowedError,
   *   WrongSideError, OperatorKeyRefusedError, TooManyRequestsError
   */
  async authenticate(request: FastifyRequest, reply: FastifyReply, requirement: Requirement): Promise<Caller> {
    try {
      const tokens = takeTokens(request, requirement.rule);
      if (tokens.inQuery) this.deprecate(reply);
      if (requirement.queryFree) refuseLeftovers(request.query as Record<string, unknown>);
      if (!requirement.orOperator || request.headers['x-operator-key'] === undefined)
        return await this.callerOf(requirement.rule, tokens);
      await this.operatorKey.admit(request);
      return { sessions: [], sent: {}, refused: {}, operator: true };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError || error instanceof TooManyRequestsError))
        await this.limits.take('address', request.ip);
      throw error;
    }
  }

  /** @throws QueryTokenRefusedError */
  private deprecate(reply: FastifyReply): void {
    if (!this.sessionConfig.queryTokens) throw new QueryTokenRefusedError();
    void reply.headers({ ...QUERY_TOKEN_DEPRECATED, ...(this.http.apiDocs && WHERE_TO_READ) });
  }

  private async callerOf(rule: AccessRule, tokens: Tokens): Promise<Caller> {
    if (rule === 'both') return this.bothCallers(tokens);
    if (rule === 'either' || rule === 'parties') return this.eitherCaller(tokens);

    const { token, side } = onlyToken(tokens);
    const session = await this.live(token, side ?? (rule === 'any' ? undefined : rule));
    if (rule !== 'any') assertSide(session, rule);
    return { sessions: [session], sent: {}, refused: {}, operator: false };
  }

  /** If one token is missing or invalid, the account of the other is known to `refusedAccountOf`. */
  private async bothCallers(tokens: Tokens): Promise<Caller> {
    const results = await Promise.allSettled(SIDES.map(async (side) => this.live(needed(tokens[side], side), side)));
    const [source, destination] = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    if (source && destination) {
      const sent = { source, destination };
      return { sessions: [source, destination], sent, refused: {}, parties: SIDES, operator: false };
    }
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    const error = errors.find((each) => each instanceof TokenMissingError) ?? errors[0]!;
    const valid = source ?? destination;
    if (valid && !(error instanceof StoreUnavailableError)) besideValid.set(error, valid.account.sub);
    throw error;
  }

  /** An invalid token does no harm if another one is valid: either may read a transfer. */
  private async eitherCaller(tokens: Tokens): Promise<Caller> {
    const presented = [
      ...(tokens.source ? [{ token: tokens.source, side: 'source' as const }] : []),
      ...(tokens.destination ? [{ token: tokens.destination, side: 'destination' as const }] : []),
      ...(tokens.account ? [{ token: tokens.account, side: undefined }] : []),
    ];
    if (presented.length === 0) throw new TokenMissingError(HOW_TO_SEND);
    const results = await Promise.allSettled(presented.map(({ token, side }) => this.live(token, side)));
    const sessions: Session[] = [];
    const sent: Partial<Record<Side, Session>> = {};
    const refused: Partial<Record<Side, Error>> = {};
    let refusal: SessionExpiredError | AccountNotAllowedError | undefined;
    for (const [index, result] of results.entries()) {
      const { side } = presented[index]!;
      if (result.status === 'fulfilled') {
        sessions.push(result.value);
        if (side) sent[side] = result.value;
      } else if (result.reason instanceof SessionExpiredError || result.reason instanceof AccountNotAllowedError) {
        refusal ??= result.reason;
        if (side) refused[side] = result.reason;
      } else throw result.reason;
    }
    if (sessions.length === 0 && refusal) throw refusal;
    return { sessions, sent, refused, operator: false };
  }

  private async live(token: string, side: Side | undefined): Promise<Session> {
    const session = await this.sessions.ofToken(token);
    if (!session) throw new SessionExpiredError(side);
    if (side) assertSide(session, side);
    return session;
  }
}

/** Refusals of a token, with the account of the valid one beside it. */
const besideValid = new WeakMap<Error, string>();

/** The account of a valid token in a request that was refused with this error, for the audit log. */
export function refusedAccountOf(error: unknown): string | undefined {
  if (error instanceof WrongSideError || error instanceof AccountNotAllowedError) return error.sub;
  return error instanceof Error ? besideValid.get(error) : undefined;
}

const HOW_TO_SEND =
  'Send a token: as `Authorization: Bearer`, in `X-Source-Token` or `X-Destination-Token`, or as query parameter `token`.';

function assertSide(session: Session, side: Side): void {
  if (session.type !== 'general' && session.type !== side) throw new WrongSideError(side, session.account.sub);
}

function needed(token: string | undefined, side: Side): string {
  if (token) return token;
  const [header, parameter] =
    side === 'source' ? ['X-Source-Token', 'source_token'] : ['X-Destination-Token', 'dest_token'];
  throw new TokenMissingError(
    `The ${side} token is missing: send it in ${header} or as query parameter ${parameter}.`,
    side,
  );
}

function onlyToken({ account, source, destination }: Omit<Tokens, 'inQuery'>): { token: string; side?: Side } {
  const distinct = new Set([account, source, destination].filter((token) => token !== undefined));
  if (distinct.size > 1) {
    throw new TokenConflictError(
      'This call concerns one account, but the request has two different tokens. Send one of them.',
    );
  }
  const token = source ?? destination ?? account;
  if (!token) throw new TokenMissingError(HOW_TO_SEND);
  return source ? { token, side: 'source' } : destination ? { token, side: 'destination' } : { token };
}

/** Reads the tokens and removes them from the query, so that validation and logs don't get them. */
function takeTokens(request: FastifyRequest, rule: AccessRule): Tokens {
  const query = request.query as Record<string, unknown>;
  const fromQuery: Record<string, unknown> = {};
  for (const name of QUERY_TOKENS[rule]) {
    fromQuery[name] = query[name];
    delete query[name];
  }
  const { headers } = request;
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const account = oneOf('token', fromQuery['token'], rule === 'both' ? undefined : bearer);
  const source = oneOf('source token', fromQuery['source_token'], headers['x-source-token']);
  const destination = oneOf('destination token', fromQuery['dest_token'], headers['x-destination-token']);
  const inQuery = Object.values(fromQuery).some((value) => value !== undefined);
  return { ...(account && { account }), ...(source && { source }), ...(destination && { destination }), inQuery };
}

function oneOf(what: string, ...values: unknown[]): string | undefined {
  const given = values.flat().filter((value) => typeof value === 'string' && value !== '') as string[];
  if (given.some((value) => value !== given[0])) {
    throw new TokenConflictError(`The request has two different values for the ${what}. Send one of them.`);
  }
  return given[0];
}

function refuseLeftovers(query: Record<string, unknown>): void {
  const names = Object.keys(query);
  if (names.length === 0) return;
  throw new InvalidRequestError(
    `Unknown query parameter: ${names.join(', ')}. Leave it out.`,
    names.map((parameter) => ({ parameter, detail: 'is not a parameter of this call' })),
  );
}
