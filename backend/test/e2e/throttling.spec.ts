import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { digest, newToken } from '../../src/session/token.js';
import { connectAdmin, emptyRedis, forgetLimits } from '../support/redis.js';
import { comeBack, connect, consent, PUBLIC_URL, startStack, type Stack } from '../support/stack.js';

const ALICE = 'alice@example.com';
const OPERATOR = 'o'.repeat(40);
/** So few that none is renewed while a test uses them up. */
const LIMITS = {
  RATE_LIMIT_TOKEN: '6',
  RATE_LIMIT_ADDRESS: '4',
  RATE_LIMIT_SIGN_IN: '4',
  RATE_LIMIT_OPERATOR_KEY: '3',
  OPERATOR_KEY: OPERATOR,
};

describe('throttling', () => {
  let stack: Stack;
  let other: NestFastifyApplication;
  let token: string;
  beforeAll(async () => {
    stack = await startStack(LIMITS);
    other = await stack.startAnother('api');
  });
  beforeEach(async () => {
    await forgetLimits();
    token = await connect(stack, 'source', ALICE);
    await forgetLimits();
  });
  afterAll(async () => {
    await other.close();
    await stack.close();
  });

  const validate = (of = token, app = stack.app) =>
    request(app.getHttpServer()).get('/session/validate').set('Authorization', `Bearer ${of}`);
  /** Status codes of sequential calls. */
  async function statuses(times: number, call: () => request.Test): Promise<number[]> {
    const all: number[] = [];
    for (let i = 0; i < times; i++) all.push((await call()).status);
    return all;
  }

  it('states in each response how much is left', async () => {
    const first = await validate().expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"token";q=6;w=60');
    expect(first.headers['ratelimit']).toBe('"token";r=5;t=10');
    expect((await validate().expect(200)).headers['ratelimit']).toMatch(/^"token";r=4;t=(20|1\d)$/);
  });

  it('counts a new token as many requests, because the replaced one is kept', async () => {
    const rotate = request(stack.app.getHttpServer()).post('/session/rotate').set('Authorization', `Bearer ${token}`);
    expect((await rotate.expect(200)).headers['ratelimit']).toMatch(/^"token";r=0;/);
  });

  it('refuses with a problem, and states when to retry', async () => {
    expect(await statuses(6, validate)).toEqual(Array(6).fill(200));
    const { body, headers } = await validate().expect(429);
    const wait = Number(headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);
    expect(body).toMatchObject({
      code: 'rate_limited',
      detail: `Too many requests with this token. Try again in ${wait} s.`,
      retryAfter: wait,
    });
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['ratelimit']).toBe(`"token";r=0;t=${wait}`);
    expect(headers['ratelimit-policy']).toBe('"token";q=6;w=60');
  });

  it('counts for all processes together', async () => {
    const here = await statuses(3, () => validate());
    const there = await statuses(4, () => validate(token, other));
    expect([...here, ...there]).toEqual([...Array<number>(6).fill(200), 429]);
  });

  it('counts each token separately, whatever its address', async () => {
    const second = await connect(stack, 'destination', 'bob@example.com');
    await statuses(7, validate);
    await validate(second).expect(200);
  });

  it('also counts by account, so that a second session brings no second allowance', async () => {
    const second = await connect(stack, 'source', ALICE);
    expect(await statuses(4, validate)).toEqual(Array(4).fill(200));
    const answers = [];
    for (let call = 0; call < 3; call++) answers.push(await validate(second));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[1]!.headers['ratelimit']).toMatch(/^"account";r=0;/);
    expect(answers[2]!.headers).toMatchObject({
      'ratelimit-policy': '"account";q=6;w=60',
      'retry-after': expect.stringMatching(/^[1-9]\d?$/) as string,
    });
    expect(answers[2]!.body).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringMatching(/account/) as string,
    });
    await validate(await connect(stack, 'destination', 'bob@example.com')).expect(200);
  });

  const left = async (path: string) => {
    await forgetLimits();
    const answer = await stack.api.get(path).set('X-Source-Token', token);
    return Number(/;r=(\d+)/.exec(answer.headers['ratelimit']!)?.[1]);
  };

  it('counts a list by its length', async () => {
    expect(await left('/api/transfers?limit=1')).toBe(5);
    expect(await left('/api/transfers?limit=10')).toBe(3);
    expect(await left('/api/transfers')).toBe(1);
    expect(await left('/api/transfers?limit=100')).toBe(0);
    expect(await left('/api/transfers?limit=x')).toBe(1);
    expect(await left('/api/transfers/x/items?limit=300')).toBe(2);
  });

  it('counts a list that reads more than it returns as a search, and a stream of all transfers as a list', async () => {
    const transfer = '/api/transfers/x';
    expect(await left(`${transfer}/items?limit=1&state=failed`)).toBe(5);
    expect(await left('/api/preflights/x')).toBe(3);
    expect(await left('/session/active')).toBe(0);
    for (const path of [
      `${transfer}/items?limit=1&q=a`,
      `${transfer}/items?limit=1&reason=not_found`,
      `${transfer}/links?limit=1&outcome=failed`,
      `${transfer}/access?limit=1`,
      `${transfer}/people?limit=1`,
      '/api/preflights/x/access?limit=1&change=gains',
      '/api/preflights/x/people?limit=1',
      '/api/transfers/events?transfer=x',
    ])
      expect([path, await left(path)]).toEqual([path, 0]);
  });

  it('counts costly calls as more', async () => {
    const list = (query: object) => stack.api.get('/list-files').query(query).set('X-Source-Token', token);
    expect((await list({}).expect(200)).headers['ratelimit']).toMatch(/;r=5;/);
    expect((await list({ search: 'report' }).expect(200)).headers['ratelimit']).toMatch(/;r=0;/);
    const destination = await connect(stack, 'destination', 'bob@example.com');
    await stack.api
      .post('/api/preflights')
      .set({ 'X-Source-Token': token, 'X-Destination-Token': destination })
      .send({ items: ['x'] })
      .expect(429);
  });

  it('counts calls without a live token by address, also with made-up tokens', async () => {
    const answers = await statuses(6, () => validate(newToken()));
    expect(answers).toEqual([401, 401, 401, 401, 429, 429]);
    // The address can neither guess sessions nor affect a valid token.
    expect((await stack.api.get('/api/about').expect(429)).headers['ratelimit-policy']).toBe('"address";q=4;w=60');
    await stack.api.get('/session/validate').expect(429);
    await validate().expect(200);
  });

  it('does not limit health checks and metrics', async () => {
    await statuses(7, () => stack.api.get('/api/about'));
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect(new Set(await statuses(10, () => stack.api.get(path)))).toEqual(new Set([200]));
  });

  it('limits sign-ins and their callbacks by address', async () => {
    await stack.api.get('/auth/source').expect(302);
    await stack.api.get('/auth/destination/callback').expect(302);
    await statuses(2, () => stack.api.get('/auth/general'));
    const refused = await stack.api.get('/auth/source/callback?code=a&state=b').expect(429);
    expect(refused.body).toMatchObject({ code: 'rate_limited', detail: expect.stringMatching(/sign-ins/) as string });
    // A browser gets the portal's explanation.
    const led = await stack.api.get('/auth/source').set('Accept', 'text/html').expect(302);
    expect(led.headers['location']).toBe(`${PUBLIC_URL}/?type=source&error=rate_limited`);
    expect(led.headers).not.toHaveProperty('set-cookie');
    await validate().expect(200);
  });

  it('does not count the return of a sign-in in progress, and refunds its cost on success', async () => {
    const returning = await consent(stack, 'source', ALICE);
    await statuses(3, () => stack.api.get('/auth/source/callback?state=made-up'));
    await stack.api.get('/auth/source').expect(429);
    expect(await comeBack(stack, returning)).toHaveProperty('token');
    for (let visitors = 0; visitors < 9; visitors++) await connect(stack, 'source', ALICE);
  });

  it('does not count the exchange of a live code, and counts all others, and those that are refused', async () => {
    const verifier = 'v'.repeat(43);
    const program = { loopback_port: '53682', code_challenge: digest(verifier), client_state: 's'.repeat(22) };
    const { callback, cookie } = await consent(stack, 'source', ALICE, 'allow', program);
    const { headers } = await stack.api.get(callback).set('Cookie', cookie).expect(302);
    const code = new URL(headers['location']!).searchParams.get('code');
    await forgetLimits();
    const malformed = () => stack.api.post('/auth/exchange').send({ code, codeVerifier: 'short' });
    expect(await statuses(5, malformed)).toEqual([400, 400, 400, 400, 429]);
    await forgetLimits();
    const exchange = (of: string | null) => stack.api.post('/auth/exchange').send({ code: of, codeVerifier: verifier });
    expect(await statuses(5, () => exchange('made-up'))).toEqual([400, 400, 400, 400, 429]);
    await stack.api.get('/auth/source').expect(429);
    await exchange(code).expect(200);
    await exchange(code).expect(429);
  });

  it.each(['/session/active', '/session/analytics?range=1h', '/session/audit'])(
    'accepts the right operator key at %s, however many wrong ones and other calls come from its address',
    async (path) => {
      const ask = (key: string) => stack.api.get(path).set('X-Operator-Key', key);
      expect(await statuses(5, () => ask('x'.repeat(40)))).toEqual([403, 403, 403, 429, 429]);
      await statuses(6, () => stack.api.get('/api/about'));
      await stack.api.get('/api/about').expect(429);
      const { body } = await ask('y'.repeat(40)).expect(429);
      expect(body).toMatchObject({ code: 'rate_limited', detail: expect.stringMatching(/operator/) as string });
      await ask(OPERATOR).expect(200);
    },
  );

  it('limits guesses of machine keys and operator sessions with those of the operator key', async () => {
    const body = { name: 'It', scopes: ['audit'] };
    const created = await stack.api.post('/api/keys').set('X-Operator-Key', OPERATOR).send(body).expect(201);
    const { key } = created.body as { key: string };
    const ask = (text: string) => stack.api.get('/session/audit').set('X-Operator-Key', text);
    const guesses = [`${key.slice(0, 27)}${'x'.repeat(43)}`, `cmo_${'x'.repeat(22)}.${'x'.repeat(43)}`];
    expect(await statuses(5, () => ask(guesses.reverse()[0]!))).toEqual([403, 403, 403, 429, 429]);
    await ask(key).expect(200);
    // The key itself is limited as a session is.
    expect((await ask(key)).headers['ratelimit-policy']).toMatch(/^"token"/);
  });

  it('counts what a machine key or an operator session may not do by address', async () => {
    const app = request(stack.app.getHttpServer());
    const operator = { 'X-Operator-Key': OPERATOR };
    const made = await app
      .post('/api/keys')
      .set(operator)
      .send({ name: 'A job', scopes: ['sessions:create'] });
    await forgetLimits();
    const session = await app.post('/session/operator').set(operator).expect(201);
    const { key } = made.body as { key: string };
    const { token: sessionToken } = session.body as { token: string };
    await forgetLimits();
    const audit = () => app.get('/session/audit').set('X-Operator-Key', key);
    expect(await statuses(5, audit)).toEqual([403, 403, 403, 403, 429]);
    await forgetLimits();
    const another = () =>
      app
        .post('/api/keys')
        .set('X-Operator-Key', sessionToken)
        .send({ name: 'x', scopes: ['audit'] });
    expect(await statuses(5, another)).toEqual([403, 403, 403, 403, 429]);
  });

  it('keeps no address and no token in Redis', async () => {
    await validate().expect(200);
    await stack.api.get('/api/about').expect(200);
    const redis = await connectAdmin();
    const keys = await redis.keys('cloudmover:limit:*');
    redis.disconnect();
    expect(keys).toHaveLength(3); // of the session, of its account, of the address
    for (const key of keys) {
      expect(key).not.toContain('127.0.0.1');
      expect(key).not.toContain(token);
    }
  });
});

describe('throttling behind a proxy', () => {
  const limits = { RATE_LIMIT_ADDRESS: '2' };
  const about = (stack: Stack, address: string) => stack.api.get('/api/about').set('X-Forwarded-For', address);
  afterEach(emptyRedis);

  it('trusts forwarded addresses only if configured', async () => {
    const stack = await startStack(limits);
    await about(stack, '192.0.2.1').expect(200);
    await about(stack, '192.0.2.2').expect(200);
    await about(stack, '192.0.2.3').expect(429);
    await stack.close();
  });

  it('counts by the address that the proxy reports, and an IPv6 network as one client', async () => {
    const stack = await startStack({ ...limits, TRUST_PROXY: '1' });
    for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8:1:1::1', '2001:db8:1:1:ffff::2'])
      await about(stack, address).expect(200);
    await about(stack, '2001:db8:1:1::3').expect(429);
    await about(stack, '2001:db8:1:2::1').expect(200);
    await stack.close();
  });

  it('counts the /48 of an IPv6 address as well, and an address mapped from IPv4 as that', async () => {
    const stack = await startStack({ ...limits, TRUST_PROXY: '1' });
    const answers: number[] = [];
    for (let network = 0; network < 10; network++)
      answers.push((await about(stack, `2001:db8:7:${network}::1`)).status);
    expect(answers).toEqual([...Array<number>(8).fill(200), 429, 429]);
    await about(stack, '2001:db8:8::1').expect(200);
    await about(stack, '::ffff:192.0.2.9').expect(200);
    await about(stack, '192.0.2.9').expect(200);
    await about(stack, '::ffff:c000:209').expect(429);
    await stack.close();
  });
});
