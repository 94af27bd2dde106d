import { jest } from '@jest/globals';
import { type ExecutionContext, Query } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RecordedAccountWork } from '../../test/support/account-work.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import type { Config } from '../config/config.js';
import { aSession } from '../../test/support/builders.js';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import {
  InMemoryIssuedKeyStore,
  InMemoryRateLimitStore,
  InMemorySessionStore,
  InMemoryIdempotencyStore,
} from '../../test/support/in-memory-stores.js';
import { StoreUnavailableError } from '../http/errors.js';
import { Idempotency } from '../http/idempotency.js';
import { RateLimits } from '../http/rate-limits.js';
import { CallerService } from './caller.service.js';
import { IssuedKeys } from './issued-keys.js';
import { OperatorKey } from './operator-key.js';
import { Access, refusedSubOf, SessionGuard } from './session.guard.js';
import type { SessionType } from './session.port.js';
import { SessionService } from './session.service.js';
import { digest, newToken } from './token.js';

const OPERATOR = 'o'.repeat(32);

class Endpoints {
  @Access('any') any() {}
  @Access('any') anyWithQuery(@Query() _query: unknown) {}
  @Access('source') source() {}
  @Access('destination') destination() {}
  @Access('both') both() {}
  @Access('either') either() {}
  @Access('any', { orOperator: true }) operator() {}
}

interface Request {
  query: Record<string, unknown>;
  headers: Record<string, string>;
}

/** More than these specs ask for. */
const rateLimits = { token: 1_000, account: 1_000, address: 1_000, 'sign-in': 1_000, 'operator-key': 1_000 };
const config = {
  general: { operatorKey: OPERATOR, allowedAccounts: [] as readonly string[] },
  http: { rateLimits, apiDocs: true },
  session: { ttlSeconds: 86_400, urlTokenTtlSeconds: 86_400, idleSeconds: 86_400, queryTokens: true },
} as Config;

describe('SessionGuard', () => {
  const limits = new RateLimits(new InMemoryRateLimitStore(), config.http);
  const store = new InMemorySessionStore();
  const keeper = aKeeper();
  const audit = new InMemoryAuditLog();
  const issued = new IssuedKeys(
    new InMemoryIssuedKeyStore(),
    audit,
    config.general,
    new Idempotency(new InMemoryIdempotencyStore()),
  );
  const guardWith = (given: Config) =>
    new SessionGuard(
      new CallerService(
        new SessionService(store, keeper, audit, given.general, given.session, new RecordedAccountWork()),
        new OperatorKey(given.general, limits, audit, issued),
        limits,
        given.http,
        given.session,
      ),
    );
  const guard = guardWith(config);
  const answered: Record<string, string> = {};
  const tokens: Record<SessionType, string> = { source: newToken(), destination: newToken(), general: newToken() };

  beforeAll(async () => {
    for (const type of ['source', 'destination', 'general'] as const) {
      const session = aSession({ type, id: digest(tokens[type]), lastUsedAt: Date.now() });
      await store.save(session);
    }
  });

  /** The last request. */
  let asked: object;
  /** Calls the guard. @returns the code of its refusal, or `passes` */
  async function ask(endpoint: keyof Endpoints, request: Partial<Request>, by = guard): Promise<string> {
    const routed = { method: 'GET', routeOptions: { url: `/${endpoint}` } };
    const whole = { query: {}, headers: {}, ip: '192.0.2.1', ...routed, ...request };
    asked = whole;
    const context = {
      switchToHttp: () => ({
        getRequest: () => whole,
        getResponse: () => ({ headers: (headers: object) => Object.assign(answered, headers) }),
      }),
      getHandler: () => Endpoints.prototype[endpoint],
    } as unknown as ExecutionContext;
    try {
      await by.canActivate(context);
      return 'passes';
    } catch (error) {
      const { code, side } = error as { code?: string; side?: string };
      if (!code) throw error;
      return side ? `${code} ${side}` : code;
    }
  }

  const source = { 'x-source-token': tokens.source };
  const destination = { 'x-destination-token': tokens.destination };
  const dead = newToken();

  it.each<[string, keyof Endpoints, Partial<Request>, string]>([
    ['a bearer token', 'any', { headers: { authorization: `Bearer ${tokens.source}` } }, 'passes'],
    ['a bearer token in lower case', 'any', { headers: { authorization: `bearer ${tokens.source}` } }, 'passes'],
    ['a query token', 'any', { query: { token: tokens.destination } }, 'passes'],
    ['a side header', 'any', { headers: source }, 'passes'],
    ['the same token twice', 'any', { query: { token: tokens.source }, headers: source }, 'passes'],
    ['no token', 'any', {}, 'token_missing'],
    ['another authorization scheme', 'any', { headers: { authorization: 'Basic abc' } }, 'token_missing'],
    ['an empty query token', 'any', { query: { token: '' } }, 'token_missing'],
    ['a malformed token', 'any', { query: { token: "' or 1=1" } }, 'session_expired'],
    ['an unknown token', 'any', { query: { token: dead } }, 'session_expired'],
    ['an unknown token of a side', 'any', { headers: { 'x-source-token': dead } }, 'session_expired source'],
    ['both side headers', 'any', { headers: { ...source, ...destination } }, 'token_conflict'],
    ['two query tokens', 'any', { query: { token: [tokens.source, tokens.general] } }, 'token_conflict'],
    ['a header and another query token', 'any', { query: { token: dead }, headers: source }, 'token_conflict'],
    [
      'a token in the other side’s header',
      'any',
      { headers: { 'x-source-token': tokens.destination } },
      'wrong_side source',
    ],
    ['a general token as source', 'any', { headers: { 'x-source-token': tokens.general } }, 'passes'],
    ['a parameter nobody knows', 'any', { query: { token: tokens.source, x: '1' } }, 'invalid_request'],
    ['a parameter the handler validates', 'anyWithQuery', { query: { token: tokens.source, x: '1' } }, 'passes'],
    ['the source for the source', 'source', { query: { token: tokens.source } }, 'passes'],
    ['the destination for the source', 'source', { query: { token: tokens.destination } }, 'wrong_side source'],
    ['the source for the destination', 'destination', { headers: source }, 'wrong_side destination'],
    ['the destination', 'destination', { headers: destination }, 'passes'],
    ['a general token for the destination', 'destination', { query: { token: tokens.general } }, 'passes'],
    ['both by header', 'both', { headers: { ...source, ...destination } }, 'passes'],
    ['both by query', 'both', { query: { source_token: tokens.source, dest_token: tokens.destination } }, 'passes'],
    ['one by query, one by header', 'both', { query: { source_token: tokens.source }, headers: destination }, 'passes'],
    [
      'a general token for both',
      'both',
      { query: { source_token: tokens.general, dest_token: tokens.general } },
      'passes',
    ],
    ['no source', 'both', { headers: destination }, 'token_missing source'],
    ['no destination', 'both', { headers: source }, 'token_missing destination'],
    [
      'sides exchanged',
      'both',
      { query: { source_token: tokens.destination, dest_token: tokens.source } },
      'wrong_side source',
    ],
    [
      'two sources',
      'both',
      { query: { source_token: dead }, headers: { ...source, ...destination } },
      'token_conflict',
    ],
    [
      'a dead destination',
      'both',
      { headers: { ...source, 'x-destination-token': dead } },
      'session_expired destination',
    ],
    [
      'a bearer token beside both',
      'both',
      { headers: { ...source, ...destination, authorization: `Bearer ${dead}` } },
      'passes',
    ],
    [
      'a query token for both',
      'both',
      { query: { token: tokens.general }, headers: { ...source, ...destination } },
      'invalid_request',
    ],
    ['one of two', 'either', { headers: destination }, 'passes'],
    ['a bearer token for either', 'either', { headers: { authorization: `Bearer ${tokens.source}` } }, 'passes'],
    ['a live and a dead one', 'either', { headers: { ...source, 'x-destination-token': dead } }, 'passes'],
    [
      'two dead ones',
      'either',
      { headers: { 'x-source-token': dead, 'x-destination-token': newToken() } },
      'session_expired source',
    ],
    ['none of two', 'either', {}, 'token_missing'],
    ['a wrong side of two', 'either', { headers: { 'x-source-token': tokens.destination } }, 'wrong_side source'],
    ['the operator key', 'operator', { headers: { 'x-operator-key': OPERATOR } }, 'passes'],
    ['a wrong operator key', 'operator', { headers: { 'x-operator-key': `${OPERATOR}x` } }, 'operator_key_refused'],
    [
      'a wrong operator key with a token',
      'operator',
      { headers: { ...source, 'x-operator-key': 'x' } },
      'operator_key_refused',
    ],
    ['no operator key', 'operator', {}, 'token_missing'],
    ['the operator key elsewhere', 'any', { headers: { 'x-operator-key': OPERATOR } }, 'token_missing'],
  ])('%s: %s returns %j with %s', async (_case, endpoint, request, expected) => {
    expect(await ask(endpoint, request)).toBe(expected);
  });

  it('removes the tokens from the query, so that nothing after it sees them', async () => {
    const query: Record<string, unknown> = { token: tokens.source, folder_id: 'root' };
    await ask('anyWithQuery', { query });
    expect(query).toEqual({ folder_id: 'root' });
  });

  it.each([
    ['no source', destination],
    ['a dead source', { 'x-source-token': dead, ...destination }],
    ['no destination', source],
    ['a source on the other side too', { ...source, 'x-destination-token': tokens.source }],
    ['a dead destination', { ...source, 'x-destination-token': dead }],
  ])('knows the account of the valid token beside %s', async (_case, headers) => {
    expect(await ask('both', { headers })).not.toBe('passes');
    expect(refusedSubOf(asked as unknown as FastifyRequest)).toBe('1001');
  });

  it('blames no account for an outage of the store', async () => {
    jest.spyOn(store, 'find').mockImplementationOnce(() => Promise.reject(new StoreUnavailableError()));
    expect(await ask('both', { headers: { ...source, ...destination } })).toBe('service_unavailable');
    expect(refusedSubOf(asked as unknown as FastifyRequest)).toBeUndefined();
  });

  it('reads the store once per token, and not for a malformed one', async () => {
    store.reads = 0;
    await ask('both', { headers: { ...source, ...destination } });
    expect(store.reads).toBe(2);
    await ask('any', { query: { token: 'short' } });
    expect(store.reads).toBe(2);
  });

  it('reports that a token in the address is deprecated, and refuses it if QUERY_TOKENS is off', async () => {
    for (const name of Object.keys(answered)) delete answered[name];
    for (const headers of [source, { authorization: `Bearer ${tokens.source}` }]) await ask('any', { headers });
    expect(answered).toEqual({});
    expect(await ask('any', { query: { token: tokens.source } })).toBe('passes');
    expect(answered).toEqual({
      deprecation: '@1795737600',
      link: expect.stringContaining('rel="deprecation"') as string,
    });

    const strict = guardWith({ ...config, session: { ...config.session, queryTokens: false } });
    expect(await ask('any', { query: { token: tokens.source } }, strict)).toBe('query_token_refused');
    expect(await ask('either', { query: { dest_token: dead }, headers: source }, strict)).toBe('query_token_refused');
    expect(await ask('any', { headers: source }, strict)).toBe('passes');
  });

  it('records what an operator reads, and each wrong key', async () => {
    audit.events.length = 0;
    for (const key of [OPERATOR, 'wrong']) await ask('operator', { headers: { 'x-operator-key': key } });
    const object = 'GET /operator';
    expect(audit.events).toEqual([
      { actor: 'operator', action: 'operator.read', object, outcome: 'done' },
      { actor: 'unknown', action: 'operator.key_refused', object, outcome: 'operator_key_refused' },
    ]);
  });

  const asking = (key: string, ip = '192.0.2.1', method = 'GET') =>
    ({ method, ip, headers: { 'x-operator-key': key }, routeOptions: { url: '/r' } }) as unknown as FastifyRequest;

  it('refuses wrong keys beyond the limit without recording them, and still accepts the right one', async () => {
    const few = { ...config, http: { rateLimits: { ...rateLimits, 'operator-key': 3 } } } as Config;
    const key = new OperatorKey(few.general, new RateLimits(new InMemoryRateLimitStore(), few.http), audit, issued);
    const ask = (text: string) => key.admit(asking(text, '192.0.2.9', 'POST'));
    audit.events.length = 0;
    for (let i = 0; i < 3; i++) await expect(ask('wrong')).rejects.toMatchObject({ code: 'operator_key_refused' });
    for (let i = 0; i < 12; i++) await expect(ask('wrong')).rejects.toMatchObject({ code: 'rate_limited' });
    await ask(OPERATOR);
    expect(audit.events).toHaveLength(3);
  });

  it('refuses every operator key when none is configured', async () => {
    const unconfigured = new OperatorKey({} as Config['general'], limits, audit, issued);
    const { text } = await issued.createMachineKey({ name: 'A program', scopes: ['audit'], expiresInDays: 1 });
    for (const key of ['', OPERATOR, text])
      await expect(unconfigured.admit(asking(key), { scope: 'audit' })).rejects.toThrow('was not accepted');
  });
});
