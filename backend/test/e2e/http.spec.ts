import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { connect, startStack, type Stack } from '../support/stack.js';

const UUID = /^[0-9a-f-]{36}$/;

describe('the HTTP side', () => {
  const portalDir = mkdtempSync(join(tmpdir(), 'cloudmover-portal-'));
  let stack: Stack;
  let token: string;
  beforeAll(async () => {
    writeFileSync(join(portalDir, 'index.html'), '<script nonce="__CSP_NONCE__" src="main-ABCDEF12.js"></script>');
    writeFileSync(join(portalDir, 'main-ABCDEF12.js'), 'portal');
    writeFileSync(join(portalDir, 'main-ABCDEF12.js.br'), brotliCompressSync('portal'));
    writeFileSync(join(portalDir, 'chunk-6_c4-gQO.js'), 'part');
    writeFileSync(join(portalDir, 'robots.txt'), 'robots');
    stack = await startStack({ PORTAL_DIR: portalDir });
    token = await connect(stack, 'destination', 'bob@example.com');
  });
  afterAll(async () => {
    await stack.close();
    rmSync(portalDir, { recursive: true });
  });

  it('returns each error as RFC 9457 defines, with the id of the request', async () => {
    const { body, headers } = await stack.api.get('/api/nothing?token=hidden').expect(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['x-request-id']).toMatch(UUID);
    expect(body).toEqual({
      type: '/problems/route_not_found',
      title: 'No such address',
      status: 404,
      detail: 'GET /api/nothing does not exist. Compare the method and path with the API description (openapi.json).',
      instance: '/api/nothing',
      code: 'route_not_found',
      traceId: headers['x-request-id'],
    });
    // The type is the address of a portal page (`frontend/src/app/features/problems`).
    const page = await stack.api.get((body as { type: string }).type).expect(200);
    expect(page.headers['content-type']).toContain('text/html');
  });

  const openapi = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, { summary?: string }>>;
  };
  it.each(Object.entries(openapi.paths))('names the allowed methods at %s for any other method', async (path, of) => {
    const methods = Object.keys(of).map((method) => method.toUpperCase());
    // Fastify answers HEAD where there is GET; the sign-in does not (`auth.controller.ts`).
    if (methods.includes('GET') && !path.startsWith('/auth/')) methods.push('HEAD');
    const address = path.replace('{type}', 'source').replaceAll(/\{\w+\}/g, 'some-id');
    const other = (['put', 'patch', 'delete'] as const).find((method) => !methods.includes(method.toUpperCase()))!;
    const { body, headers } = await stack.api[other](address).expect(405);
    expect(headers['allow']).toBe(methods.sort().join(', '));
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 405, code: 'method_not_allowed', instance: address });
    expect((body as { detail: string }).detail).toContain(headers['allow']);
  });

  it('sends the id with pages and files of the portal too, but not for missing ones', async () => {
    for (const path of ['/', '/transfers', '/robots.txt', '/main-ABCDEF12.js', '/health/live']) {
      const { headers } = await stack.api.post(path).expect(405);
      expect(headers['allow']).toBe('GET, HEAD');
    }
    // The address exists with another method, so it does not return the portal's page.
    expect((await stack.api.get('/session').expect(405)).headers['allow']).toBe('POST');
    expect((await stack.api.get('/session/some-id').expect(405)).headers['allow']).toBe('DELETE');
    for (const path of ['/api/nothing', '/api/transfers/id/nothing', '/missing-12345678.js']) {
      const { headers } = await stack.api.put(path).expect(404);
      expect(headers).not.toHaveProperty('allow');
    }
  });

  it('returns invalid_request for a body that is not JSON', async () => {
    const answer = await stack.api
      .post('/api/folders')
      .query({ token })
      .set('Content-Type', 'application/json')
      .send('{"name":')
      .expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request' });
  });

  it('returns invalid_request for another media type, naming the right one', async () => {
    const answer = await stack.api.post('/api/folders').query({ token }).type('text/csv').send('name').expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request' });
    expect((answer.body as { detail: string }).detail).toContain('application/json');
  });

  it('reads 100 kB and no more', async () => {
    const answer = await stack.api
      .post('/api/folders')
      .query({ token })
      .send({ name: 'x'.repeat(102_400) })
      .expect(413);
    expect(answer.body).toMatchObject({ code: 'body_too_large' });
    await stack.api
      .post('/api/folders')
      .query({ token })
      .send({ name: 'x'.repeat(102_300) })
      .expect(400);
  });

  it.each(['/api/preflights', '/api/preflights/some-id/recount', '/api/transfers'])(
    'reads 4 MB if a people map is possible: %s',
    async (path) => {
      const send = (bytes: number) => stack.api.post(path).send({ sharing: { people: 'x'.repeat(bytes) } });
      expect((await send(3_900_000).expect(401)).body).toMatchObject({ code: 'token_missing' });
      const { body } = await send(4_000_000).expect(413);
      expect(body).toMatchObject({ code: 'body_too_large', detail: expect.stringContaining('4000000 bytes') });
    },
  );

  it('accepts a people map as a file, and no file elsewhere', async () => {
    const send = (file: Buffer) => stack.api.post('/api/people-map').query({ token }).type('text/csv').send(file);
    const { body } = await send(
      Buffer.from('from;to\r\nmüller@old.example;\r\nben@old.example;ben\r\n', 'latin1'),
    ).expect(200);
    expect(body).toEqual({
      read: 2,
      valid: 1,
      errors: [{ line: 3, code: 'bad_to', detail: expect.stringContaining('“ben” is neither') as string }],
      lines: [{ line: 2, from: 'müller@old.example', to: null }],
    });
    await send(Buffer.alloc(3_900_000, 'x')).expect(200);
    await send(Buffer.alloc(4_000_001, 'x')).expect(413);
    await send(Buffer.from('x')).set('Content-Encoding', 'gzip').expect(400);
    const asJson = await stack.api.post('/api/people-map').query({ token }).send({ from: 'x' }).expect(400);
    expect((asJson.body as { detail: string }).detail).toContain('text/csv');
    await stack.api.post('/api/people-map').type('text/csv').send('x').expect(401);
    for (const type of ['text/csv', 'application/octet-stream'])
      await stack.api.post('/api/folders').query({ token }).type(type).send('name').expect(400);
  });

  it.each([
    ['in a list', '['.repeat(40_000) + ']'.repeat(40_000)],
    ['in a parameter', `{"name":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
  ])('refuses a body nested without end, %s', async (_where, text) => {
    const answer = await stack.api
      .post('/api/folders')
      .query({ token })
      .type('application/json')
      .send(text)
      .expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request' });
    expect((answer.body as { detail: string }).detail).toContain('nested');
  });

  it('waits half a minute for the end of a request', () => {
    // Checks the setting, because the server checks only every 30 s, and a real timeout would take a minute.
    expect(stack.app.getHttpServer()).toHaveProperty('requestTimeout', 30_000);
  });

  it('returns a problem for an address that cannot be decoded', async () => {
    const answer = await stack.api.get('/api/folders/%zz/path').query({ token }).expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request' });
  });

  it('forbids loading anything from an API response and storing it', async () => {
    const { headers } = await stack.api.get('/session/validate').query({ token }).expect(200);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  describe('operations', () => {
    it('reports that it is alive and ready', async () => {
      expect((await stack.api.get('/health/live').expect(200)).body).toEqual({ status: 'ok' });
      expect((await stack.api.get('/health/ready').expect(200)).body).toEqual({ status: 'ok' });
    });

    it('describes itself', async () => {
      const { body } = await stack.api.get('/api/about').expect(200);
      expect(body).toMatchObject({ sandbox: true, sandboxUrl: stack.sandbox.url, limits: { itemsPerTransfer: 1000 } });
      expect((body as { version: string }).version).toMatch(/^\d+\.\d+\.\d+/);
    });

    it('counts requests by route, never by path', async () => {
      await stack.api.get('/api/folders/some-folder/path').query({ token });
      const { text } = await stack.api.get('/metrics').expect(200);
      expect(text).toMatch(
        /cloudmover_http_request_duration_seconds_count\{method="GET",route="\/api\/folders\/:id\/path",status="404"\} 1/,
      );
      expect(text).toContain('process_cpu_seconds_total');
      expect(text).not.toContain('some-folder');
    });

    it('describes every endpoint, each with a unique name', async () => {
      const { body } = await stack.api.get('/openapi.json').expect(200);
      const { paths, components } = body as {
        paths: Record<string, Record<string, { operationId: string; security?: object[] }>>;
        components: { securitySchemes: object };
      };
      for (const path of [
        '/auth/source',
        '/auth/destination',
        '/auth/general',
        '/auth/source/callback',
        '/list-files',
        '/list-folders',
        '/drive-info',
        '/session/validate',
        '/session/active',
        '/session/logout',
        '/session/rotate',
        '/api/drives',
        '/api/folders',
        '/api/folders/{id}/path',
        '/api/about',
        '/health/live',
        '/health/ready',
        '/metrics',
      ]) {
        expect(Object.keys(paths)).toContain(path);
      }
      const operations = Object.values(paths).flatMap((each) => Object.values(each));
      expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
      // The build adds the summaries, from the doc comments; these tests run without it.
      expect(
        Object.values(openapi.paths)
          .flatMap((each) => Object.values(each))
          .filter(({ summary }) => !summary),
      ).toEqual([]);
      expect(Object.keys(components.securitySchemes).sort()).toEqual(['bearer', 'destination', 'operator', 'source']);
    });

    it('serves the API console with all files that its page loads', async () => {
      const { text, headers } = await stack.api.get('/docs').expect(200);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      const sources = [...text.matchAll(/(?:src|href)="\.\/(docs\/[^"]+)"/g)].map(([, path]) => `/${path}`);
      expect(sources.length).toBeGreaterThan(2);
      for (const path of sources) await stack.api.get(path).expect(200);
      // Keys that a person enters are not stored.
      expect((await stack.api.get('/docs/swagger-ui-init.js').expect(200)).text).not.toContain('persistAuthorization');
      expect(text).not.toMatch(/<script>[^<]*\S/);
    });
  });

  describe('the portal', () => {
    it.each(['/', '/connect', '/transfers/abc', '/moved', '/?type=source&token=x'])(
      'serves its page at %s',
      async (path) => {
        const { text, headers } = await stack.api.get(path).expect(200);
        const nonce = /nonce="([\w+/=]{20,})"/.exec(text)?.[1];
        expect(nonce).toBeDefined();
        expect(headers['content-security-policy']).toContain(`script-src 'self' 'nonce-${nonce}'`);
        expect(headers['cache-control']).toBe('no-store');
      },
    );

    it('gives every response a nonce of its own', async () => {
      const [first, second] = [await stack.api.get('/'), await stack.api.get('/')];
      expect(first.text).not.toBe(second.text);
    });

    it('serves its files, those with a digest in their name as immutable', async () => {
      for (const path of ['/main-ABCDEF12.js', '/chunk-6_c4-gQO.js'])
        expect((await stack.api.get(path).expect(200)).headers['cache-control']).toContain('immutable');
      expect((await stack.api.get('/robots.txt').expect(200)).headers['cache-control']).toBe('no-cache');
    });

    it('serves the compressed copy of a file to clients that accept it', async () => {
      const file = '/main-ABCDEF12.js';
      const packed = await stack.api.get(file).set('Accept-Encoding', 'gzip, br').expect(200);
      expect(packed.headers).toMatchObject({
        'content-encoding': 'br',
        'content-type': expect.stringContaining('javascript') as string,
        'content-length': String(brotliCompressSync('portal').length),
        'cache-control': expect.stringContaining('immutable') as string,
        vary: expect.stringContaining('accept-encoding') as string,
      });
      expect(packed.text).toBe('portal');
      for (const encodings of ['identity', 'gzip']) {
        const plain = await stack.api.get(file).set('Accept-Encoding', encodings).expect(200);
        expect(plain.headers['content-encoding']).not.toBe('br');
        expect(plain.text).toBe('portal');
      }
      await stack.api.get(`${file}.br`).expect(404);
    });

    it.each([
      '/api/nothing',
      '/auth/nothing',
      '/list-files/x',
      '/health/x',
      '/metrics/x',
      '/docs/x',
      '/openapi.json/x',
      '/transfer-file/x',
      '/drive-info/x',
      // MOVED_LINKS is off.
      '/moved/some-id',
      '/missing-12345678.js',
      '/..%2f..%2fpackage.json',
    ])('does not serve a page for %s', async (path) => {
      const { body } = await stack.api.get(path).expect(404);
      expect(body).toMatchObject({ code: 'route_not_found' });
    });
  });
});

describe('with API_DOCS=off', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ API_DOCS: 'off', PORTAL_DIR: '/no/such/portal' });
  });
  afterAll(() => stack.close());

  it.each(['/docs', '/docs/', '/docs/swagger-ui.css', '/docs-json', '/openapi.json', '/openapi.yaml', '/docs-yaml'])(
    'returns 404 at %s',
    async (path) => {
      const { body } = await stack.api.get(path).set('Accept', 'application/json').expect(404);
      expect(body).toMatchObject({ code: 'route_not_found' });
    },
  );

  it('links to none of them', async () => {
    const { body } = await stack.api.get('/api/about').expect(200);
    expect(body).toMatchObject({ apiDocs: false });
    const token = await connect(stack, 'source', 'alice@example.com');
    const answer = await stack.api.get('/session/validate').query({ token }).expect(200);
    expect(answer.headers).toHaveProperty('deprecation');
    expect(answer.headers).not.toHaveProperty('link');
  });
});

describe('without Redis', () => {
  it('returns 503 within seconds, never 500, and keeps running', async () => {
    // Nothing listens on port 1: connections are refused at once.
    const stack = await startStack({ REDIS_URL: 'redis://127.0.0.1:1' });
    const token = 'x'.repeat(43);
    for (const path of ['/health/ready', `/session/validate?token=${token}`, `/list-files?token=${token}`]) {
      const answer = await stack.api.get(path).expect(503);
      expect(answer.body).toMatchObject({ code: 'service_unavailable', retryAfter: 5 });
      expect(answer.headers['retry-after']).toBe('5');
    }
    await stack.api.get('/health/live').expect(200);
    await stack.api.get('/api/about').expect(200);
    expect((await stack.api.get('/auth/source').expect(503)).headers['retry-after']).toBe('5');
    const leaving = await stack.api.get('/auth/source').set('Accept', 'text/html,*/*;q=0.8').expect(302);
    expect(leaving.headers['location']).toBe('http://localhost:3000/?type=source&error=service_unavailable');
    await stack.close();
  });
});
