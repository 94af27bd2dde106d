import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../src/session/session.port.js';
import { SessionStore } from '../../src/session/session.port.js';
import { digest, newToken } from '../../src/session/token.js';
import { aSession } from '../support/builders.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { until } from '../../../tools/until.ts';

const OPERATOR = 'operator-key-of-at-least-32-characters';

/** Endpoints that intentionally require no credential. */
const PUBLIC = [
  'get /api/about',
  'get /api/unsubscribe/{token}',
  'get /auth/destination',
  'get /auth/destination/callback',
  'get /auth/general',
  'get /auth/general/callback',
  'get /auth/source',
  'get /auth/source/callback',
  'get /health/live',
  'get /health/ready',
  'get /metrics',
  // The link in a mail is the credential.
  'post /api/unsubscribe/{token}',
  'post /auth/exchange',
];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Scheme = 'bearer' | 'source' | 'destination' | 'operator';
type Headers = Record<string, string>;

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Operation {
  readonly security?: readonly Partial<Record<Scheme, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
}

/** The credentials that an endpoint requires, according to the contract. */
interface Endpoint {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  /** Alternatives; several schemes in one alternative are required together. */
  readonly ways: readonly (readonly Scheme[])[];
  readonly queries: readonly string[];
}

/** Every endpoint of the committed contract, so that new ones are tested automatically. */
const ENDPOINTS: readonly Endpoint[] = Object.entries(
  (
    JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
      paths: Record<string, Record<Method, Operation>>;
    }
  ).paths,
).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { security = [], parameters = [] }]) => ({
    name: `${method} ${path}`,
    method: method as Method,
    path,
    ways: security.map((way) => Object.keys(way) as Scheme[]),
    queries: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
  })),
);

const wants = ({ ways }: Endpoint, scheme: Scheme) => ways.some((way) => way.includes(scheme));
const GUARDED = ENDPOINTS.filter(({ ways }) => ways.length > 0);
/**
 * Endpoints that require sessions: one session; one for each side; or the consent of both accounts of a transfer, for
 * which one session is enough if one account is both.
 */
const OF_SESSIONS = GUARDED.filter((each) => wants(each, 'source') || wants(each, 'destination'));
const OF_SEVERAL = OF_SESSIONS.filter(({ ways }) => ways.some((way) => way.length > 1));
const OF_PARTIES = OF_SEVERAL.filter((each) => wants(each, 'bearer'));
const OF_BOTH = OF_SEVERAL.filter((each) => !OF_PARTIES.includes(each));
const OF_ONE = OF_SESSIONS.filter((each) => !OF_SEVERAL.includes(each));
const OF_OPERATOR = GUARDED.filter((each) => !OF_SESSIONS.includes(each));

/** The codes of refused credentials. */
const REFUSALS = ['token_missing', 'token_conflict', 'session_expired', 'wrong_side', 'operator_key_refused'];

const named = (endpoints: readonly Endpoint[]) => endpoints.map((each) => [each.name, each] as const);

describe('every endpoint against every credential', () => {
  let stack: Stack;
  let transfer: string;
  let preflight: string;
  let dead: readonly (readonly [string, string])[];
  let source: string;
  let destination: string;

  beforeAll(async () => {
    stack = await startStack({ OPERATOR_KEY: OPERATOR, RATE_LIMIT_OPERATOR_KEY: '1000000' });
    const [alice, bob] = [
      await connect(stack, 'source', 'alice@example.com'),
      await connect(stack, 'destination', 'bob@example.com'),
    ];
    const make = async (what: string) => {
      const { body } = await stack.api
        .post(`/api/${what}`)
        .set({ 'X-Source-Token': alice, 'X-Destination-Token': bob })
        .send({ items: ['anything'], mode: 'move' })
        .expect(202);
      return (body as { id: string }).id;
    };
    [transfer, preflight] = [await make('transfers'), await make('preflights')];
    [source, destination] = [alice, bob];
    const loggedOut = await connect(stack, 'source', 'alice@example.com');
    await stack.api.delete('/session/logout').set('X-Source-Token', loggedOut).expect(200);
    const soon = Date.now() + 500;
    dead = [
      ['malformed', 'not-a-token'],
      ['unknown', newToken()],
      ['expired', await tokenOf({ expiresAt: soon })],
      ['idle', await tokenOf({ endsAt: soon })],
      ['logged out', loggedOut],
      ['operator’s', OPERATOR],
    ];
    const store = stack.app.get(SessionStore);
    for (const ended of ['expired', 'idle'])
      await until(`the token is ${ended}`, async () => !(await store.find(digest(new Map(dead).get(ended)!))));
  });
  afterAll(() => stack.close());

  /** A token of a session without a sign-in. */
  async function tokenOf(parts: Partial<Session>): Promise<string> {
    const token = newToken();
    const session = aSession({ id: digest(token), ...parts });
    await stack.app.get(SessionStore).save(session);
    return token;
  }

  interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: { readonly code?: string };
    readonly text: string;
  }

  /** A call that is valid except for its parameters; injected without a socket, because there are thousands. */
  async function call({ method, path }: Endpoint, headers: Headers, query: Headers = {}): Promise<Answer> {
    const id = path.startsWith('/api/preflights') ? preflight : path.startsWith('/api/transfers') ? transfer : 'root';
    const url = path.replace('{id}', id).replace('{ordinal}', '0');
    const upperCase = method.toUpperCase() as Uppercase<Method>;
    const payload = method === 'patch' ? { name: 'A name' } : path.endsWith('/links') ? { mode: 'report' } : undefined;
    const {
      statusCode,
      headers: sent,
      body,
    } = await stack.app.inject({
      ...{ method: upperCase, url, headers, query },
      ...(payload && method !== 'get' && { payload }),
    });
    const isJson = /^application\/(problem\+)?json/.test(String(sent['content-type']));
    return { status: statusCode, headers: sent, body: isJson ? (JSON.parse(body) as Answer['body']) : {}, text: body };
  }

  function expectRefusal({ status, body, headers, text }: Answer, refusal: object, secrets: readonly string[] = []) {
    expect(body).toMatchObject({ ...refusal, status });
    expect(headers['content-type']).toContain('application/problem+json');
    if (status === 401) expect(headers['www-authenticate']).toContain('Bearer');
    for (const secret of secrets) expect(text).not.toContain(secret);
  }

  it('lists the endpoints that are open to everyone', () => {
    expect(
      ENDPOINTS.filter(({ ways }) => ways.length === 0)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(PUBLIC);
    expect([OF_ONE.length, OF_BOTH.length, OF_OPERATOR.length].every((count) => count > 0)).toBe(true);
    // No alternative is missing in this table.
    expect(OF_ONE.every(({ ways }) => ways.every((way) => way.length === 1))).toBe(true);
    expect(OF_BOTH.every(({ ways }) => ways.length === 1)).toBe(true);
    expect(OF_PARTIES.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).sort()).toEqual([
      'links',
      'rerun',
      'retry',
      'schedule',
      'start',
      'undo',
    ]);
    expect(OF_OPERATOR.every(({ ways }) => ways.flat().join() === 'operator')).toBe(true);
  });

  describe.each(named(OF_ONE))('%s', (_name, endpoint) => {
    /** Headers and queries that can contain a token. */
    const places: readonly (readonly [string, (token: string) => readonly [Headers, Headers]])[] = [
      ['as bearer', (token) => [{ Authorization: `Bearer ${token}` }, {}]],
      ['as source', (token) => [{ 'X-Source-Token': token }, {}]],
      ['as destination', (token) => [{ 'X-Destination-Token': token }, {}]],
      ...['token', 'source_token', 'dest_token']
        .filter((name) => endpoint.queries.includes(name))
        .map((name) => [`as ?${name}`, (token: string) => [{}, { [name]: token }] as const] as const),
    ];

    it('requires a token', async () => {
      expectRefusal(await call(endpoint, {}), { status: 401, code: 'token_missing' });
    });

    it('requires a token from the operator too, unless declared otherwise', async () => {
      const answer = await call(endpoint, { 'X-Operator-Key': OPERATOR });
      if (!wants(endpoint, 'operator')) {
        expectRefusal(answer, { status: 401, code: 'token_missing' });
        return;
      }
      // The key is accepted; resources with the invented ids of this spec do not exist.
      expect([200, 404]).toContain(answer.status);
      expect(REFUSALS).not.toContain(answer.body.code);
      for (const key of ['wrong', source])
        expectRefusal(await call(endpoint, { 'X-Operator-Key': key, 'X-Source-Token': source }), {
          status: 403,
          code: 'operator_key_refused',
        });
    });

    it.each(places)('refuses every invalid token %s', async (_place, put) => {
      for (const [, token] of dead)
        expectRefusal(await call(endpoint, ...put(token)), { status: 401, code: 'session_expired' }, [token]);
    });

    it('refuses a token in the header of the other side', async () => {
      expectRefusal(await call(endpoint, { 'X-Destination-Token': source }), {
        status: 403,
        code: 'wrong_side',
        side: 'destination',
      });
      expectRefusal(await call(endpoint, { 'X-Source-Token': destination }), {
        status: 403,
        code: 'wrong_side',
        side: 'source',
      });
    });

    it('refuses two different tokens for one side', async () => {
      const headers = { Authorization: `Bearer ${source}` };
      expectRefusal(await call(endpoint, headers, { token: destination }), { status: 400, code: 'token_conflict' });
    });

    const sides = (['source', 'destination'] as const).filter((side) => wants(endpoint, side));
    const [side] = sides.length === 1 ? sides : [];
    if (side) {
      it(`requires the token of the ${side}`, async () => {
        const other = side === 'source' ? destination : source;
        const places: readonly Headers[] = [
          { Authorization: `Bearer ${other}` },
          { 'X-Source-Token': other },
          { 'X-Destination-Token': other },
        ];
        for (const place of places) expectRefusal(await call(endpoint, place), { status: 403, code: 'wrong_side' });
      });
    }

    const { path } = endpoint;
    const what = /\/(transfer|preflight|session)s?\/\{id\}/.exec(path)?.[1];
    if (what) {
      it('returns 404 for another person’s resources', async () => {
        for (const type of ['source', 'destination', 'general'] as const) {
          const token = await tokenOf({ type, account: { sub: '7', email: 'eve@example.com', name: 'Eve' } });
          const answer = await call(endpoint, { Authorization: `Bearer ${token}` });
          expectRefusal(answer, { status: 404, code: `${what}_not_found` });
        }
        if (endpoint.method !== 'get' || path.endsWith('/events')) return;
        for (const owners of [{ 'X-Source-Token': source }, { 'X-Destination-Token': destination }] as Headers[])
          expect((await call(endpoint, owners)).body.code).not.toBe(`${what}_not_found`);
      });
    }

    it('accepts the right one', async () => {
      // The response of this endpoint is a stream without an end.
      if (endpoint.path === '/api/transfers/events') return;
      const token = await tokenOf({ type: sides[0]! });
      const { body } = await call(endpoint, { Authorization: `Bearer ${token}` });
      expect(REFUSALS).not.toContain((body as { code?: string }).code);
    });
  });

  describe.each(named(OF_BOTH))('%s', (_name, endpoint) => {
    const both = (from: string, to: string): Headers => ({ 'X-Source-Token': from, 'X-Destination-Token': to });
    const inQuery = (from: string, to: string): Headers => ({ source_token: from, dest_token: to });

    it('requires both tokens', async () => {
      const missing = (side: string) => ({ status: 401, code: 'token_missing', side });
      expectRefusal(await call(endpoint, {}), missing('source'));
      expectRefusal(await call(endpoint, { 'X-Operator-Key': OPERATOR }), missing('source'));
      expectRefusal(await call(endpoint, { Authorization: `Bearer ${source}` }), missing('source'));
      expectRefusal(await call(endpoint, { 'X-Source-Token': source }), missing('destination'));
      expectRefusal(await call(endpoint, { 'X-Destination-Token': destination }), missing('source'));
    });

    it('refuses every invalid token on either side', async () => {
      for (const [, token] of dead) {
        const expired = (side: string) => ({ status: 401, code: 'session_expired', side });
        expectRefusal(await call(endpoint, both(token, destination)), expired('source'), [token]);
        expectRefusal(await call(endpoint, both(source, token)), expired('destination'), [token]);
        expectRefusal(await call(endpoint, {}, inQuery(token, destination)), expired('source'), [token]);
        expectRefusal(await call(endpoint, {}, inQuery(source, token)), expired('destination'), [token]);
      }
    });

    it('refuses tokens of the other side, and two for one', async () => {
      const wrong = (side: string) => ({ status: 403, code: 'wrong_side', side });
      expectRefusal(await call(endpoint, both(destination, source)), wrong('source'));
      expectRefusal(await call(endpoint, both(source, source)), wrong('destination'));
      expectRefusal(await call(endpoint, {}, inQuery(destination, destination)), wrong('source'));
      expectRefusal(await call(endpoint, both(source, destination), { source_token: newToken() }), {
        status: 400,
        code: 'token_conflict',
      });
    });

    if (endpoint.path.includes('{id}')) {
      it('returns 404 for another person’s resources', async () => {
        const eve = { sub: '7', email: 'eve@example.com', name: 'Eve' };
        const token = await tokenOf({ type: 'general', account: eve });
        expectRefusal(await call(endpoint, both(token, token)), { status: 404, code: 'preflight_not_found' });
      });
    }

    it('accepts the right ones', async () => {
      const { body } = await call(endpoint, both(source, destination));
      expect(REFUSALS).not.toContain((body as { code?: string }).code);
    });
  });

  describe.each(named(OF_PARTIES))('%s', (_name, endpoint) => {
    const eve = { sub: '7', email: 'eve@example.com', name: 'Eve' };
    const both = (from: string, to: string): Headers => ({ 'X-Source-Token': from, 'X-Destination-Token': to });
    // Links are written in the destination alone, also after a move.
    const isNeeded = (side: string) => side === 'destination' || !endpoint.path.endsWith('/links');
    /** The token alone, in each possible place. */
    const alone = (side: 'source' | 'destination', token: string): readonly (readonly [Headers, Headers])[] => [
      [{ [side === 'source' ? 'X-Source-Token' : 'X-Destination-Token']: token }, {}],
      [{ Authorization: `Bearer ${token}` }, {}],
      [{}, { [side === 'source' ? 'source_token' : 'dest_token']: token }],
      [{}, { token }],
    ];

    it('requires a token', async () => {
      for (const headers of [{}, { 'X-Operator-Key': OPERATOR }] as Headers[])
        expectRefusal(await call(endpoint, headers), { status: 401, code: 'token_missing' });
    });

    it('requires every account that it concerns, and names the missing one, its side and what to send', async () => {
      for (const [side, token, other] of [
        ['source', source, 'destination'],
        ['destination', destination, 'source'],
      ] as const) {
        if (!isNeeded(other)) continue;
        for (const place of alone(side, token)) {
          const answer = await call(endpoint, ...place);
          expectRefusal(answer, { status: 401, code: 'token_missing', side: other });
          expect(answer.text).toContain(other === 'source' ? 'X-Source-Token' : 'X-Destination-Token');
          expect(answer.text).toContain(other === 'source' ? 'alice@example.com' : 'bob@example.com');
        }
      }
    });

    it('refuses every invalid token on either side, and names the side', async () => {
      for (const [, token] of dead) {
        const expired = (side: string) => ({ status: 401, code: 'session_expired', side });
        if (isNeeded('source'))
          expectRefusal(await call(endpoint, both(token, destination)), expired('source'), [token]);
        expectRefusal(await call(endpoint, both(source, token)), expired('destination'), [token]);
        const inQuery = { source_token: source, dest_token: token };
        expectRefusal(await call(endpoint, {}, inQuery), expired('destination'), [token]);
        expectRefusal(await call(endpoint, both(token, token)), { status: 401, code: 'session_expired' }, [token]);
      }
    });

    it('does not accept another account’s token for the missing one', async () => {
      const stranger = await tokenOf({ type: 'general', account: eve });
      const wrong = (side: string) => ({ status: 403, code: 'wrong_account', side });
      if (isNeeded('source')) expectRefusal(await call(endpoint, both(stranger, destination)), wrong('source'));
      expectRefusal(await call(endpoint, both(source, stranger)), wrong('destination'));
    });

    it('refuses tokens of the other side, and two for one', async () => {
      const wrong = (side: string) => ({ status: 403, code: 'wrong_side', side });
      expectRefusal(await call(endpoint, both(destination, source)), wrong('source'));
      expectRefusal(await call(endpoint, both(source, source)), wrong('destination'));
      const twice = await call(endpoint, both(source, destination), { source_token: newToken() });
      expectRefusal(twice, { status: 400, code: 'token_conflict' });
    });

    it('returns 404 for another person’s resources', async () => {
      const what = endpoint.path.endsWith('/start') ? 'preflight' : 'transfer'; // a preflight is what is started
      const token = await tokenOf({ type: 'general', account: eve });
      for (const headers of [both(token, token), { Authorization: `Bearer ${token}` }] as Headers[])
        expectRefusal(await call(endpoint, headers), { status: 404, code: `${what}_not_found` });
    });

    it('accepts the right ones, in each place, also as general sessions', async () => {
      const [alice, bob] = [
        await connect(stack, 'general', 'alice@example.com'),
        await connect(stack, 'general', 'bob@example.com'),
      ];
      for (const [headers, query] of [
        [both(source, destination), {}],
        [{}, { source_token: source, dest_token: destination }],
        [{ Authorization: `Bearer ${source}`, 'X-Destination-Token': destination }, {}],
        [both(alice, bob), {}],
        [both(bob, alice), {}],
      ] as [Headers, Headers][]) {
        const { body } = await call(endpoint, headers, query);
        expect([...REFUSALS, 'wrong_account']).not.toContain(body.code);
      }
    });
  });

  describe.each(named(OF_OPERATOR))('%s', (_name, endpoint) => {
    it('requires the operator key, and accepts nothing else', async () => {
      const refused = { status: 403, code: 'operator_key_refused' };
      expectRefusal(await call(endpoint, {}), refused);
      for (const key of ['wrong', `${OPERATOR}x`, OPERATOR.slice(1), source]) {
        expectRefusal(await call(endpoint, { 'X-Operator-Key': key }), refused, [key]);
        expectRefusal(await call(endpoint, { Authorization: `Bearer ${OPERATOR}` }), refused);
        expectRefusal(await call(endpoint, { 'X-Source-Token': source, 'X-Destination-Token': destination }), refused);
      }
    });

    it('accepts the right one', async () => {
      const { body } = await call(endpoint, { 'X-Operator-Key': OPERATOR });
      expect(REFUSALS).not.toContain((body as { code?: string }).code);
    });
  });

  it.each(named(OF_ONE.filter(({ queries }) => queries.join() === 'token')))(
    '%s names a parameter that it does not know',
    async (_name, endpoint) => {
      const token = await tokenOf({ type: 'general' });
      const answer = await call(endpoint, {}, { token, tokn: '1' });
      expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'tokn' }] });
    },
  );
});

describe('where QUERY_TOKENS is off', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ QUERY_TOKENS: 'off' });
  });
  afterAll(() => stack.close());

  it('no endpoint accepts a token from the address, and each names the fix; headers still work', async () => {
    const token = await connect(stack, 'source', 'alice@example.com');
    const places = OF_SESSIONS.flatMap(({ method, path, queries }) =>
      ['token', 'source_token', 'dest_token']
        .filter((name) => queries.includes(name))
        .map((name) => ({ method: method.toUpperCase() as Uppercase<Method>, path, name })),
    );
    expect(places.length).toBeGreaterThan(20);
    for (const { method, path, name } of places) {
      const url = path.replace('{id}', 'any').replace('{ordinal}', '0');
      // Beside a good one in its header: the address alone is refused.
      const headers = { 'x-source-token': token };
      const { statusCode, body } = await stack.app.inject({ method, url, headers, query: { [name]: token } });
      expect({ method, path, name, statusCode, body: JSON.parse(body) as object }).toMatchObject({
        statusCode: 400,
        body: { code: 'query_token_refused', detail: expect.stringContaining('X-Source-Token') as string },
      });
      expect(body).not.toContain(token);
    }
    await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200);
  });
});
