import { readFileSync } from 'node:fs';
import { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { ApiDescription, type Operation } from '../support/fuzz/api-description.js';
import { RedisServer, slowTo } from '../support/redis-servers.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { until } from '../../../tools/until.ts';

// Real: the whole API with its own Redis, which the spec stops.

const OPERATOR_KEY = 'o'.repeat(40);
/** Endpoints that do not need Redis. */
const STANDS_ALONE = ['GET /metrics', 'GET /api/about', 'GET /health/live', 'GET /api/unsubscribe/{token}'];
/** They need no Redis either, but this server sends no mail, and the token is unknown. */
const REFUSED_OTHERWISE = ['POST /api/mail/test', 'POST /api/unsubscribe/{token}'];
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/folders': { name: 'New' },
  'POST /api/transfers': { items: ['x'] },
  'POST /api/copies/search': { ids: ['x'] },
  'POST /api/preflights': { items: ['x'] },
  'POST /api/transfers/{id}/links': { mode: 'report' },
  'PUT /api/transfers/{id}/schedule': { every: 'P1D' },
  // An address, so that no name must be resolved.
  'POST /api/webhooks': { url: 'https://8.8.8.8/hook', events: ['transfer.completed'] },
  'POST /api/keys': { name: 'A program', scopes: ['audit'] },
  'PATCH /api/webhooks/{id}': { enabled: true },
  'POST /api/mail/test': { to: 'admin@example.com' },
  'POST /auth/exchange': { code: 'x', codeVerifier: 'v'.repeat(43) },
};
const { operations } = new ApiDescription(
  JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as never,
);

describe('the API while Redis is down', () => {
  let redis: RedisServer;
  let stack: Stack;
  let source: string;
  let destination: string;
  let refreshToken: string;
  beforeAll(async () => {
    redis = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always' });
    stack = await startStack({ OPERATOR_KEY }, { env: { REDIS_URL: redis.url } });
    source = await connect(stack, 'source', 'alice@example.com');
    destination = await connect(stack, 'destination', 'bob@example.com');
    const client = { clientId: 'test-client' };
    const given = await stack.control<{ refresh_token: string }>('POST', 'tokens', {
      account: 'alice@example.com',
      ...client,
    });
    refreshToken = given.refresh_token;
  });
  afterAll(async () => {
    await stack.close();
    await redis.stop();
  });

  /** A call with valid parameters. */
  function call({ method, path, name, security, parameters }: Operation) {
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const request = stack.api[verb](path.replace('{ordinal}', '0').replace(/\{\w+\}/, 'q5Zt0c9hT2uKjH1xV3mW8w'));
    const schemes = security.flatMap((each) => Object.keys(each));
    if (schemes.includes('operator') && !schemes.includes('bearer')) void request.set('X-Operator-Key', OPERATOR_KEY);
    else if (schemes.includes('source') && schemes.includes('destination') && security.length === 1)
      void request.set({ 'X-Source-Token': source, 'X-Destination-Token': destination });
    else if (schemes.length > 0) void request.set('Authorization', `Bearer ${destination}`);
    for (const { name: parameter, required, in: place } of parameters)
      if (required && place === 'query') void request.query({ [parameter]: 'x' });
    const body = name === 'POST /session' ? { type: 'source', refreshToken } : BODIES[name];
    return body ? request.send(body) : request;
  }

  /** Restarts Redis, and waits until the product uses it. */
  async function restart(): Promise<void> {
    await redis.restart();
    await until('it is ready', async () => (await stack.api.get('/health/ready')).status === 200);
  }

  describe('after a crash of Redis', () => {
    beforeAll(() => redis.kill());
    afterAll(restart);

    it('makes every endpoint that needs it return 503 with Retry-After, and the process keeps running', async () => {
      const answers = await Promise.all(
        operations.map(async (operation) => {
          const { status, headers, body } = await call(operation);
          return { name: operation.name, status, retryAfter: headers['retry-after'] as unknown, body: body as object };
        }),
      );
      expect(
        answers
          .filter(({ status }) => status === 200)
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...STANDS_ALONE].sort());
      const refused = answers.filter(({ status, name }) => status !== 200 && !REFUSED_OTHERWISE.includes(name));
      expect(refused.filter(({ status, retryAfter }) => status !== 503 || !(Number(retryAfter) > 0))).toEqual([]);
      for (const { body } of refused) expect(body).toMatchObject({ code: 'service_unavailable' });
    });

    it('redirects a user who is signing in to the portal', async () => {
      const page = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
      for (const path of ['/auth/source', '/auth/source/callback?code=a&state=b']) {
        const led = await stack.api.get(path).set(page).expect(302);
        expect(led.headers['location']).toBe('http://localhost:3000/?type=source&error=service_unavailable');
      }
    });
  });

  it('works again when Redis does, with its sessions and limits, without a restart', async () => {
    const validate = () => stack.api.get('/session/validate').set('Authorization', `Bearer ${source}`);
    await redis.kill();
    await validate().expect(503);
    await restart();
    await until('the session is known', async () => (await validate()).status === 200);
    await until('it counts again', async () => (await validate()).headers['ratelimit'] !== undefined);
    await connect(stack, 'general', 'alice@example.com');
  });

  it('does not wait for a Redis that hangs, and works again when it responds', async () => {
    redis.freeze();
    try {
      await until('it is recognised as unavailable', async () => (await stack.api.get('/health/ready')).status === 503);
      await stack.api.get('/session/validate').set('Authorization', `Bearer ${source}`).expect(503);
      await stack.api.get('/auth/source').expect(503);
      await stack.api.get('/api/about').expect(200);
    } finally {
      redis.thaw();
    }
    await until('sign-ins are open', async () => (await stack.api.get('/auth/source')).status === 302);
    await connect(stack, 'source', 'alice@example.com');
  });
});

it('has a connection to Redis before the first request, which would wait only a second for one', async () => {
  const redis = await RedisServer.start({ appendonly: 'yes' });
  const slow = await slowTo(redis);
  const stack = await startStack({}, { env: { REDIS_URL: redis.url.replace(/\d+$/, String(slow.port)) } });
  try {
    expect(stack.app.get(RedisConnections).client.status).toBe('ready');
  } finally {
    await stack.close();
    slow.close();
    await redis.stop();
  }
});
