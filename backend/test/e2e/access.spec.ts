import { newToken } from '../../src/session/token.js';
import { connect, startStack, type Stack } from '../support/stack.js';

type Method = 'get' | 'post' | 'delete';

/** Every guarded endpoint about one account, with what it needs beside a token. */
const ENDPOINTS: [Method, string, object?][] = [
  ['get', '/session/validate'],
  ['get', '/session/active'],
  ['post', '/session/rotate'],
  ['delete', '/session/logout'],
  ['post', '/session/logout'],
  ['get', '/list-files'],
  ['get', '/list-folders'],
  ['get', '/drive-info'],
  ['get', '/api/drives'],
  ['get', '/api/folders/root/path'],
  ['post', '/api/folders', { name: 'New' }],
];

describe('access', () => {
  let stack: Stack;
  let source: string;
  let destination: string;
  beforeAll(async () => {
    stack = await startStack();
    source = await connect(stack, 'source', 'alice@example.com');
    destination = await connect(stack, 'destination', 'bob@example.com');
  });
  afterAll(() => stack.close());

  const call = (method: Method, path: string, body?: object) =>
    body ? stack.api[method](path).send(body) : stack.api[method](path);

  describe.each(ENDPOINTS)('%s %s', (method, path, body) => {
    it('wants a token', async () => {
      const answer = await call(method, path, body).expect(401);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.body).toMatchObject({ code: 'token_missing', status: 401, type: '/problems/token_missing' });
    });

    it.each([
      ['a malformed', 'not-a-token'],
      ['an unknown', newToken()],
    ])('refuses %s token wherever it is', async (_kind, token) => {
      const inQuery = await call(method, path, body).query({ token }).expect(401);
      expect(inQuery.body).toMatchObject({ code: 'session_expired' });
      const asBearer = await call(method, path, body).set('Authorization', `Bearer ${token}`).expect(401);
      expect(asBearer.body).toMatchObject({ code: 'session_expired' });
      const ofSide = await call(method, path, body).set('X-Destination-Token', token).expect(401);
      expect(ofSide.body).toMatchObject({ code: 'session_expired', side: 'destination' });
      for (const { text } of [inQuery, asBearer, ofSide]) expect(text).not.toContain(token);
    });

    it('refuses the token of the other side', async () => {
      const answer = await call(method, path, body).set('X-Destination-Token', source).expect(403);
      expect(answer.body).toMatchObject({ code: 'wrong_side', side: 'destination' });
    });

    it('refuses two different tokens', async () => {
      const answer = await call(method, path, body)
        .set('X-Source-Token', source)
        .set('X-Destination-Token', destination)
        .expect(400);
      expect(answer.body).toMatchObject({ code: 'token_conflict' });
    });

    it('names a parameter it does not know', async () => {
      const answer = await call(method, path, body).query({ token: destination, tokn: '1' }).expect(400);
      expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'tokn' }] });
    });
  });

  it('makes no folder with a source token', async () => {
    const answer = await stack.api.post('/api/folders').query({ token: source }).send({ name: 'New' }).expect(403);
    expect(answer.body).toMatchObject({ code: 'wrong_side', side: 'destination' });
  });
});
