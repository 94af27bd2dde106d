import { spawnSync } from 'node:child_process';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import { RedisRateLimitStore } from '../../src/adapters/redis/redis-rate-limit.store.js';
import { connectedTo, type RedisTopology, startCluster, startSentinel, startSingle } from '../support/redis-servers.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// Real: the whole product on Redis servers of this spec, with their users and TLS, and the sandbox.

const { VALKEY_SERVER: VALKEY = 'valkey-server' } = process.env;
const hasValkey = spawnSync(VALKEY, ['--version']).status === 0;
if (!hasValkey)
  process.stderr.write(`Not tested on Valkey: there is no ${VALKEY} here (Debian: apt-get install valkey-server).\n`);

/** Variables that have no default. */
const REQUIRED = {
  GOOGLE_CLIENT_ID: 'client',
  GOOGLE_CLIENT_SECRET: 'secret',
  CREDENTIALS_KEYS: `k1:${'A'.repeat(43)}=`,
};
const OPERATOR_KEY = 'o'.repeat(40);

const topologies: [string, () => Promise<RedisTopology>][] = [
  ['a single Redis', () => startSingle()],
  ['a master found through Sentinel', () => startSentinel({ encrypted: true })],
  ['a Cluster of three masters', () => startCluster({ encrypted: true })],
  ...(hasValkey
    ? [['a single Valkey', () => startSingle({ program: VALKEY })] as [string, () => Promise<RedisTopology>]]
    : []),
];

describe.each(topologies)('the product on %s', (_name, startRedis) => {
  let redis: RedisTopology;
  let stack: Stack;

  beforeAll(async () => {
    redis = await startRedis();
    const env = { CLOUDMOVER_ROLE: 'all', OPERATOR_KEY, WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1' };
    stack = await startStack(env, redis);
  });
  afterAll(async () => {
    await stack.close();
    await redis.stop();
  });

  it('is ready, and reports no problem', async () => {
    await stack.api.get('/health/ready').expect(200, { status: 'ok' });
    const { refusals, remarks } = await AppModule.prepareStore(readConfig({ ...REQUIRED, ...redis.env }));
    expect({ refusals, remarks }).toEqual({ refusals: [], remarks: [] });
  });

  it('signs in, keeps the session, replaces its token and ends it', async () => {
    const account = 'carol@example.com'; // has no other session
    await stack.control('POST', 'accounts', { email: account });
    const first = await connect(stack, 'source', account);
    const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', first).expect(200);
    const { token } = body as { token: string };
    expect(token).not.toBe(first);
    const { body: valid } = await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200);
    expect(valid).toMatchObject({ valid: true, type: 'source', account: { email: account } });
    const { body: active } = await stack.api.get('/session/active').set('X-Source-Token', token).expect(200);
    expect((active as { sessions: unknown[] }).sessions).toHaveLength(1);
    await stack.api.post('/session/logout').set('X-Source-Token', token).expect(200, { ended: true });
    await stack.api.get('/session/validate').set('X-Source-Token', token).expect(401);
  });

  it('shares its limits on requests between processes', async () => {
    const others = await Promise.all([1, 2].map(() => connectedTo(redis.env)));
    try {
      const stores = others.map(({ client }) => new RedisRateLimitStore(client));
      const take = (turn: number) => stores[turn % 2]!.take('test', 'somebody', { units: 3, windowMs: 60_000 }, 1);
      const allowed = [];
      for (let turn = 0; turn < 4; turn++) allowed.push((await take(turn)).allowed);
      expect(allowed).toEqual([true, true, true, false]);
    } finally {
      for (const each of others) each.close();
    }
    const limited = await stack.api
      .get('/session/validate')
      .set('X-Source-Token', await connect(stack, 'source', ALICE));
    expect(limited.headers['ratelimit']).toMatch(/^"token";r=/);
  });

  it('completes a transfer, reports its end to a webhook, and keeps both after a restart', async () => {
    const api = await TransfersApi.connect(stack);
    // Nothing listens there.
    const hook = { url: 'http://127.0.0.1:9/', events: ['transfer.completed'] };
    const asOperator = { 'X-Operator-Key': OPERATOR_KEY };
    const { body: webhook } = await stack.api.post('/api/webhooks').set(asOperator).send(hook).expect(201);
    const deliveries = async () => {
      const { id } = webhook as { id: string };
      const { body } = await stack.api.get(`/api/webhooks/${id}/deliveries`).set(asOperator).expect(200);
      return (body as { deliveries: { type: string; attempts: { error?: string }[] }[] }).deliveries;
    };
    const { folderId } = await api.aTree({ files: 30 });
    const { id } = await api.start({ items: [folderId] });
    await until('the transfer has ended', async () => (await api.get(id)).state === 'completed');
    const expected = await api.shape(ALICE);
    expect(expected.length).toBeGreaterThan(30);
    expect(await api.shape(BOB)).toEqual(expected);

    const attempts = () => deliveries().then(([first]) => (first?.attempts.length ? first : undefined));
    expect(await until('its end was reported', attempts)).toMatchObject({
      type: 'transfer.completed',
      attempts: [{ error: 'connection_failed' }],
    });

    await stack.restart();
    expect(await deliveries()).toHaveLength(1);
    const { state, counts } = await api.get(id);
    expect({ state, verified: counts.verified }).toEqual({ state: 'completed', verified: counts.found });
  });
});
