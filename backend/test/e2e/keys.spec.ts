import { readFileSync } from 'node:fs';
import { KEY_SCOPES, type KeyScope } from '../../src/session/issued-keys.port.js';
import { startStack, type Stack } from '../support/stack.js';

const KEY = 'operator-key-of-thirty-two-or-more-characters';
const OPERATOR = { 'X-Operator-Key': KEY };
/** Every endpoint that a machine key opens. */
const OPENS: Readonly<Record<string, KeyScope>> = {
  'post /session': 'sessions:create',
  'get /session/analytics': 'analytics',
  'get /session/audit': 'audit',
  'get /api/schedules': 'transfers',
  'get /api/usage': 'analytics',
  'get /api/webhooks/{id}/deliveries': 'transfers',
  'get /api/webhooks/{id}/deliveries/{deliveryId}': 'transfers',
};
/** Endpoints that an operator session does not open. */
const KEY_ONLY = ['post /api/keys', 'post /session/operator'];

type Method = 'get' | 'post' | 'patch' | 'delete' | 'put';
const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<Method, { security?: Record<string, unknown>[] }>>;
};
const OF_OPERATOR = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([, { security = [] }]) => security.some((way) => 'operator' in way))
    .map(([method]) => ({ name: `${method} ${path}`, method: method as Method, path })),
);

interface MachineKey {
  readonly id: string;
  readonly key: string;
}
interface Session {
  readonly id: string;
  readonly token: string;
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ OPERATOR_KEY: KEY });
});
afterAll(() => stack.close());

const call = (method: Method, path: string, key: string, app = stack.app) =>
  app.inject({ method: method.toUpperCase() as Uppercase<Method>, url: path, headers: { 'x-operator-key': key } });
/** The code of a response, if it is a problem. */
const codeOf = ({ headers, body }: Awaited<ReturnType<typeof call>>): string | undefined =>
  /problem\+json/.test(String(headers['content-type'])) ? (JSON.parse(body) as { code: string }).code : undefined;

async function aKey(scopes: readonly KeyScope[], name = 'A program'): Promise<MachineKey> {
  const { body } = await stack.api.post('/api/keys').set(OPERATOR).send({ name, scopes }).expect(201);
  return body as MachineKey;
}
async function aSession(): Promise<Session> {
  return (await stack.api.post('/session/operator').set(OPERATOR).expect(201)).body as Session;
}

interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly endsAt: string;
  readonly lastUsedAt: string | null;
}
interface Entry {
  readonly actor: string;
  readonly action: string;
  readonly object?: string;
  readonly outcome: string;
}
const audited = async (): Promise<Entry[]> =>
  (await stack.api.get('/session/audit').set(OPERATOR).buffer().expect(200)).text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);

it.each(KEY_SCOPES)('a machine key with the scope %s opens what this says, and nothing else', async (scope) => {
  const { key, id } = await aKey([scope]);
  for (const { name, method, path } of OF_OPERATOR) {
    const answer = await call(method, path.replace(/\{\w+\}/g, 'x'), key);
    const [{ statusCode, body }, code] = [answer, codeOf(answer)];
    if (OPENS[name] === scope) expect([name, code === 'key_scope_missing']).toEqual([name, false]);
    else {
      expect([name, statusCode, code]).toEqual([name, 403, 'key_scope_missing']);
      const needed = OPENS[name];
      expect(body).toContain(needed ? `lacks the scope ${needed}; it has ${scope}` : 'Send the operator key');
      expect(body).not.toContain(key.split('.')[1]);
    }
  }
  const uses = (await audited()).filter(({ actor }) => actor === `key:${id}`);
  const opened = Object.entries(OPENS).filter(([, needed]) => needed === scope);
  expect(uses.filter(({ action, outcome }) => action === 'key.used' && outcome === 'done')).toHaveLength(opened.length);
  expect(uses).toContainEqual(expect.objectContaining({ object: 'POST /api/keys', outcome: 'key_scope_missing' }));
});

it('a machine key with all scopes creates no key, and its sessions name it in the audit log', async () => {
  const { key, id } = await aKey(KEY_SCOPES);
  const { refresh_token: refreshToken } = await stack.control<{ refresh_token: string }>('POST', 'tokens', {
    account: 'alice@example.com',
    clientId: 'test-client',
  });
  const asMachine = { 'X-Operator-Key': key };
  await stack.api.post('/session').set(asMachine).send({ type: 'source', refreshToken }).expect(201);
  await stack.api.post('/session').set(asMachine).send({ type: 'source', refreshToken: 'wrong' }).expect(400);
  for (const path of KEY_ONLY.map((name) => name.split(' ')[1]!)) {
    const { body } = await stack.api
      .post(path)
      .set(asMachine)
      .send({ name: 'It', scopes: ['audit'] })
      .expect(403);
    expect(body).toMatchObject({ code: 'key_scope_missing' });
  }
  const entries = (await audited()).filter(({ actor }) => actor === `key:${id}`);
  expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(
    expect.arrayContaining(['account.connected done', 'account.connection_refused refresh_token_rejected']),
  );
});

it('the key is shown once, with its last use, and ends at once in all processes', async () => {
  const other = await stack.startAnother('api');
  const { key, id, ...shown } = await aKey(['analytics'], 'Board');
  expect(shown).toMatchObject({ name: 'Board', scopes: ['analytics'], lastUsedAt: null });
  const path = '/session/analytics?range=1h';
  const before = Date.now();
  for (const app of [stack.app, other]) expect((await call('get', path, key, app)).statusCode).toBe(200);
  const list = await stack.api.get('/api/keys').set(OPERATOR).expect(200);
  expect(list.text).not.toContain(key.split('.')[1]);
  const listed = (list.body as { keys: { id: string; lastUsedAt: string | null }[] }).keys.find(
    (each) => each.id === id,
  )!;
  expect(Date.parse(listed.lastUsedAt!)).toBeGreaterThanOrEqual(before);
  await stack.api.delete(`/api/keys/${id}`).set(OPERATOR).expect(204);
  for (const app of [stack.app, other]) {
    const answer = await call('get', path, key, app);
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'operator_key_refused']);
  }
  await stack.api.delete(`/api/keys/${id}`).set(OPERATOR).expect(404);
  await other.close();
});

it('lists them page by page if asked to', async () => {
  await aKey(['audit'], 'One');
  await aKey(['audit'], 'Two');
  const page = async (query: object) =>
    (await stack.api.get('/api/keys').query(query).set(OPERATOR).expect(200)).body as {
      keys: { id: string }[];
      nextCursor?: string;
    };
  const all = await page({});
  expect(all.nextCursor).toBeUndefined();
  const first = await page({ limit: 1 });
  const rest = await page({ cursor: first.nextCursor });
  expect([...first.keys, ...rest.keys]).toEqual(all.keys);
  expect([first.keys.length, rest.nextCursor]).toEqual([1, undefined]);
  await stack.api.get('/api/keys').query({ limit: 0 }).set(OPERATOR).expect(400);
});

it.each([
  ['no scope', { name: 'It', scopes: [] }, 'scopes'],
  ['an unknown scope', { name: 'It', scopes: ['everything'] }, 'scopes'],
  ['a scope twice', { name: 'It', scopes: ['audit', 'audit'] }, 'scopes'],
  ['no name', { name: '', scopes: ['audit'] }, 'name'],
  ['no end', { name: 'It', scopes: ['audit'], expiresInDays: 367 }, 'expiresInDays'],
])('refuses a machine key with %s', async (_case, wanted, parameter) => {
  const { body } = await stack.api.post('/api/keys').set(OPERATOR).send(wanted).expect(400);
  expect(body).toMatchObject({ code: 'invalid_request', errors: [{ parameter }] });
});

it('an operator session opens what the operator key opens, except what would outlive it', async () => {
  const { token } = await aSession();
  for (const { name, method, path } of OF_OPERATOR) {
    const code = codeOf(await call(method, path.replace(/\{\w+\}/g, 'x'), token));
    if (KEY_ONLY.includes(name)) expect([name, code]).toEqual([name, 'operator_key_needed']);
    else expect(['operator_key_refused', 'operator_key_needed', 'key_scope_missing']).not.toContain(code);
  }
});

it('operator sessions are listed and ended like any other', async () => {
  const [{ token, id }, other] = [await aSession(), await aSession()];
  const active = async () => {
    const { body, text } = await stack.api.get('/session/active').set('X-Operator-Key', token).expect(200);
    expect(text).not.toContain(token.split('.')[1]);
    return (body as { operatorSessions: Listed[] }).operatorSessions;
  };
  const listed = await active();
  expect(listed.filter(({ current }) => current).map((each) => each.id)).toEqual([id]);
  expect(listed.map((each) => each.id)).toContain(other.id);
  const [own] = listed.filter(({ current }) => current);
  expect(Date.parse(own!.endsAt) - Date.parse(own!.createdAt)).toBe(7 * 24 * 3600_000);
  expect(Date.parse(own!.expiresAt) - Date.parse(own!.lastUsedAt!)).toBe(8 * 3600_000);
  await stack.api.delete(`/session/${other.id}`).set('X-Operator-Key', token).expect(200, { ended: true });
  expect((await active()).map((each) => each.id)).not.toContain(other.id);
  expect(codeOf(await call('get', '/api/keys', other.token))).toBe('operator_key_refused');
  await stack.api.delete(`/session/${id}`).set('X-Operator-Key', token).expect(200);
  await stack.api.get('/api/keys').set('X-Operator-Key', token).expect(403);
  const done = (await audited()).filter(({ object }) => object === `session:${id}`);
  expect(done.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
    'operator operator.signed_in',
    'operator session.ended',
  ]);
});
