import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB } from '../support/transfers-api.js';

const OPERATOR = 'operator-key-of-at-least-32-characters';

/** Every POST of the committed description, and whether it creates something. Add new ones here. */
const CREATES: Readonly<Record<string, boolean>> = {
  '/api/folders': true,
  '/api/keys': true,
  '/api/webhooks': true,
  '/api/webhooks/{id}/rotate-secret': true,
  '/api/preflights': true,
  '/api/preflights/{id}/recount': true,
  '/api/transfers': true,
  '/api/transfers/{id}/links': true,
  '/api/transfers/{id}/rerun': true,
  '/session': true,
  '/session/operator': true,
  '/transfer-file': true,
  // These only read.
  '/api/copies/search': false,
  '/api/people-map': false,
  // These send a message again, on purpose.
  '/api/webhooks/{id}/deliveries/{deliveryId}/send': false,
  '/api/webhooks/{id}/test': false,
  // Sends another mail, on purpose.
  '/api/mail/test': false,
  // Its code is valid once.
  '/auth/exchange': false,
  // These change or end something; a repetition has no effect, or is refused.
  '/api/transfers/{id}/cancel': false,
  '/api/transfers/{id}/pause': false,
  '/api/transfers/{id}/resume': false,
  '/api/transfers/{id}/retry': false,
  '/api/transfers/{id}/schedule/pause': false,
  '/api/transfers/{id}/start': false,
  '/api/transfers/{id}/undo': false,
  '/api/unsubscribe/{token}': false,
  '/session/logout': false,
  '/session/logout-others': false,
  '/session/revoke': false,
  '/session/rotate': false,
};

describe('Idempotency-Key', () => {
  let stack: Stack;
  let tokens: Record<string, string>;
  beforeAll(async () => {
    stack = await startStack({ OPERATOR_KEY: OPERATOR, RATE_LIMIT_OPERATOR_KEY: '1000' });
    tokens = {
      'X-Source-Token': await connect(stack, 'source', ALICE),
      'X-Destination-Token': await connect(stack, 'destination', BOB),
    };
  });
  afterAll(() => stack.close());

  const post = (path: string, key: string, body?: object, query = {}) => {
    const request = stack.api.post(path).query(query).set('Idempotency-Key', key);
    if (path.startsWith('/session') || path === '/api/keys') void request.set('X-Operator-Key', OPERATOR);
    else if (path === '/api/folders') void request.set('X-Destination-Token', tokens['X-Destination-Token']!);
    else void request.set(tokens);
    return request.send(body);
  };
  const foldersOfBob = async () =>
    (await stack.control<string>('GET', `tree?account=${BOB}`)).split('\n').filter((line) => line.includes('.folder'));

  it('is described on every call that creates something, and on no other', () => {
    const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
      paths: Record<string, { post?: { parameters?: { name: string; in: string }[]; responses: object } }>;
    };
    const described = Object.entries(paths).flatMap(([path, { post: call }]) =>
      call
        ? [[path, call.parameters?.some((each) => each.name === 'Idempotency-Key' && each.in === 'header') ?? false]]
        : [],
    );
    expect(Object.fromEntries(described)).toEqual(CREATES);
    for (const [path, creates] of Object.entries(CREATES))
      if (creates) expect(Object.keys(paths[path]!.post!.responses)).toEqual(expect.arrayContaining(['409', '422']));
  });

  it('creates one folder for two requests, although two requests without it create two', async () => {
    const [key, body] = [randomUUID(), { name: 'Once' }];
    const before = (await foldersOfBob()).length;
    const first = await post('/api/folders', key, body).expect(201);
    const again = await post('/api/folders', key, { ...body, parentId: 'root' }).expect(201);
    expect(again.body).toEqual(first.body);
    expect((await foldersOfBob()).length).toBe(before + 1);
    const other = await post('/api/folders', key, { name: 'Twice' }).expect(422);
    expect(other.body).toMatchObject({ code: 'idempotency_conflict' });
    await post('/api/folders', randomUUID(), body).expect(201);
    expect((await foldersOfBob()).length).toBe(before + 2);
  });

  it('creates one folder for simultaneous requests, and for one whose response from Google was lost', async () => {
    const before = (await foldersOfBob()).length;
    const [many, lost] = [randomUUID(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/api/folders', many, { name: 'Many' })));
    for (const { status, body, headers } of answers) {
      expect([201, 409]).toContain(status);
      if (status === 409)
        expect([(body as { code: string }).code, headers['retry-after']]).toEqual(['idempotency_in_progress', '1']);
    }
    await post('/api/folders', many, { name: 'Many' }).expect(201);
    expect((await foldersOfBob()).length).toBe(before + 1);

    // More failures than the client retries.
    await stack.control('PUT', 'behavior', {
      faults: [{ operation: 'files.create', kind: 'failAfterWrite', status: 503, times: 20 }],
    });
    const { status } = await post('/api/folders', lost, { name: 'Lost' });
    await stack.control('PUT', 'behavior', { faults: [] });
    expect([201, 502]).toContain(status);
    await post('/api/folders', lost, { name: 'Lost' }).expect(201);
    expect((await foldersOfBob()).length).toBe(before + 2);
  });

  it('frees a key whose request was refused', async () => {
    const key = randomUUID();
    await post('/api/folders', key, { name: 'Nowhere', parentId: 'none-such' }).expect(404);
    await post('/api/folders', key, { name: 'Somewhere' }).expect(201);
  });

  it('opens one session for a repeated request, and returns its token to nobody else', async () => {
    const { refresh_token: refreshToken } = await stack.control<{ refresh_token: string }>('POST', 'tokens', {
      account: ALICE,
      clientId: 'test-client',
    });
    const key = randomUUID();
    const first = await post('/session', key, { type: 'source', refreshToken }).expect(201);
    const again = await post('/session', key, { type: 'source', refreshToken }).expect(201);
    expect(again.body).toEqual(first.body);
    await post('/session', key, { type: 'general', refreshToken }).expect(422);
    await stack.api
      .post('/session')
      .set({ 'X-Operator-Key': 'wrong', 'Idempotency-Key': key })
      .send({ type: 'source', refreshToken })
      .expect(403);
    const { token } = first.body as { token: string };
    await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200);
  });

  it('creates one machine key and one operator session, which work', async () => {
    for (const [path, body, changed] of [
      ['/api/keys', { name: 'CI', scopes: ['analytics'] }, { name: 'CI', scopes: ['audit'] }],
      ['/session/operator', {}, undefined],
    ] as const) {
      const key = randomUUID();
      const first = await post(path, key, body).expect(201);
      const again = await post(path, key, body).expect(201);
      expect(again.body).toEqual(first.body);
      if (changed) await post(path, key, changed).expect(422);
      const { key: text, token = text! } = first.body as { key?: string; token?: string };
      await stack.api.get('/session/analytics').set('X-Operator-Key', token).expect(200);
    }
    const { body } = await stack.api.get('/api/keys').set('X-Operator-Key', OPERATOR).expect(200);
    expect((body as { keys: unknown[] }).keys).toHaveLength(1);
  });

  it('creates one preflight, one recount and one transfer', async () => {
    const ids: string[] = [];
    for (const [path, body] of [
      ['/api/preflights', { items: ['any'] }],
      ['/api/transfers', { items: ['some'] }],
      ['/api/preflights/:id/recount', {}],
    ] as const) {
      const address: string = path.replace(':id', String(ids[0]));
      const key = randomUUID();
      const answers = [await post(address, key, body).expect(202), await post(address, key, body).expect(202)];
      const made = new Set(answers.map((answer) => (answer.body as { id: string }).id));
      expect(made.size).toBe(1);
      ids.push(...made);
      await post(address, key, { ...body, conflict: 'skip' }).expect(422);
    }
    expect(new Set(ids).size).toBe(3);

    const key = randomUUID();
    const query = { file_id: 'one', target_folder_id: 'root' };
    const waitFor = (changes = {}) =>
      post('/transfer-file', key, undefined, { ...query, ...changes }).set('Prefer', 'wait=0');
    const [one, same] = [await waitFor().expect(202), await waitFor().expect(202)];
    expect((same.body as { transferId: string }).transferId).toBe((one.body as { transferId: string }).transferId);
    await waitFor({ file_id: 'another' }).expect(422);
  });

  it('belongs to the transfer that a preflight started', async () => {
    const { body } = await post('/api/preflights', randomUUID(), { items: ['any'] }).expect(202);
    const { id: preflightId } = body as { id: string };
    const key = randomUUID();
    await post('/api/transfers', key, { items: ['other'] }).expect(202);
    const refused = await post('/api/transfers', key, { preflightId }).expect(422);
    expect(refused.body).toMatchObject({ code: 'idempotency_conflict' });
  });
});
