import { Logger } from '@nestjs/common';
import { fastify } from 'fastify';
import { describeError, useRequestLog } from './logging.js';

describe('the request log', () => {
  const lines: { level: string; line: unknown }[] = [];
  const write = (level: string) => (line: unknown) => void lines.push({ level, line });

  beforeAll(() => {
    const [log, error, warn, debug] = [write('log'), write('error'), write('warn'), write('debug')];
    Logger.overrideLogger({ log, error, warn, debug });
  });
  beforeEach(() => {
    lines.length = 0;
  });

  const server = fastify({ genReqId: () => 'id-1' });
  useRequestLog(server, { logLevel: 'debug' });
  server.get('/session/validate', () => ({}));
  server.get('/health/live', () => ({}));
  server.get('/breaks', () => {
    throw new Error('broken');
  });
  afterAll(() => server.close());

  it('logs method, path, status and id, and nothing that may contain a token', async () => {
    await server.inject({
      url: '/session/validate?token=hidden-1&source_token=hidden-2',
      headers: { authorization: 'Bearer hidden-3', 'x-source-token': 'hidden-4', cookie: 'a=hidden-5' },
    });
    expect(lines).toEqual([
      {
        level: 'debug',
        line: {
          method: 'GET',
          path: '/session/validate',
          status: 200,
          ms: expect.any(Number) as number,
          traceId: 'id-1',
        },
      },
    ]);
  });

  it.each([43, 76, 83])('hides a token of %i characters in a path', async (length) => {
    const [token, document] = ['t'.repeat(length), 'd'.repeat(44)];
    await server.inject({ method: 'POST', url: `/api/unsubscribe/${token}/${document}` });
    expect(lines).toMatchObject([{ line: { path: `/api/unsubscribe/[token]/${document}` } }]);
  });

  it('logs a line break of an address escaped, so that nobody can forge a line', async () => {
    await server.inject('/a%0d%0a%7B%22level%22:60%7D');
    expect(lines).toMatchObject([{ line: { path: '/a%0d%0a%7B%22level%22:60%7D', status: 404 } }]);
  });

  it('logs changes and refusals at the default level', async () => {
    await server.inject({ method: 'POST', url: '/session/validate' });
    await server.inject('/nowhere');
    expect(lines).toMatchObject([
      { level: 'log', line: { method: 'POST' } },
      { level: 'log', line: { path: '/nowhere', status: 404 } },
    ]);
  });

  it('omits successful reads unless the level is debug', async () => {
    const quiet = fastify();
    useRequestLog(quiet, { logLevel: 'info' });
    quiet.get('/read', () => ({}));
    await quiet.inject('/read');
    await quiet.inject('/nowhere');
    await quiet.close();
    expect(lines).toMatchObject([{ line: { path: '/nowhere', status: 404 } }]);
  });

  it('logs our failures as errors, and omits health checks and assets', async () => {
    await server.inject('/breaks');
    await server.inject('/health/live');
    await server.inject('/main-ABCDEF12.js');
    expect(lines).toMatchObject([{ level: 'error', line: { path: '/breaks', status: 500 } }]);
  });
});

describe('describeError', () => {
  it('logs messages and causes, not properties that libraries add to errors', () => {
    const cause = Object.assign(new Error('reset'), { config: { headers: { authorization: 'hidden' } } });
    const error = Object.assign(new TypeError('failed', { cause }), { command: { args: ['hidden'] } });
    const described = describeError(error);
    expect(described).toMatchObject({ type: 'TypeError', message: 'failed', cause: { message: 'reset' } });
    expect(JSON.stringify(described)).not.toContain('hidden');
  });

  it('finds the error that another library wrapped', () => {
    expect(describeError({ type: 'Error', raw: new Error('inner') })).toMatchObject({ message: 'inner' });
  });

  it.each([undefined, null, 'hidden', { token: 'hidden' }])('describes %p as not an error', (thrown) => {
    expect(JSON.stringify(describeError(thrown))).not.toContain('hidden');
  });
});
