import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE } from '../support/transfers-api.js';

/** Real: the whole product, with the sandbox for sign-ins and another server in place of the Drive API. */
describe('invalid responses from Google', () => {
  let google: Server;
  let answer: string;
  let stack: Stack;
  let token: string;

  beforeAll(async () => {
    google = createServer((request, reply) => {
      request.resume().on('end', () => reply.setHeader('content-type', 'application/json').end(answer));
    });
    await once(google.listen(0, '127.0.0.1'), 'listening');
    const { port } = google.address() as AddressInfo;
    stack = await startStack({ GOOGLE_API_ROOT: `http://127.0.0.1:${port}` });
    token = await connect(stack, 'source', ALICE);
  });
  afterAll(async () => {
    await stack.close();
    google.closeAllConnections();
    google.close();
  });

  // Refused at once, or treated as empty, without a wait.
  it.each([
    '{}',
    '{"user":{"photoLink":"javascript:alert(1)"},"name":7,"id":7,"parents":[]}',
    '{"user":{"emailAddress":"x@example.com","photoLink":"javascript:alert(1)"}}',
  ])('%s is not reported as our error', async (text) => {
    answer = text;
    for (const path of ['/list-files', '/list-folders', '/drive-info', '/api/drives', '/api/folders/abcdefgh/path']) {
      const { status, body } = await stack.api.get(path).set('Authorization', `Bearer ${token}`);
      expect([path, status]).toEqual([path, status === 200 ? 200 : 502]);
      expect(JSON.stringify(body)).not.toContain('javascript:');
      if (status !== 200) expect(body).toMatchObject({ code: 'google_unavailable' });
    }
  });

  it('a list with values of wrong types is 502, not an internal error', async () => {
    answer = '{"files":[{"id":7,"name":{},"mimeType":[]}]}';
    const { status, body } = await stack.api.get('/list-files').set('Authorization', `Bearer ${token}`);
    expect([status, body]).toEqual([502, expect.objectContaining({ code: 'google_unavailable' })]);
  });
});
