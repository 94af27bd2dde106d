import { createHash, randomBytes } from 'node:crypto';
import { TestSandbox, multipart, text } from '../testing/test-client.ts';
import { until } from '../../tools/until.ts';

describe('the behaviour of the sandbox', () => {
  let test: TestSandbox;
  /** Delays in milliseconds; each ends when `delayed` resolves. */
  const slept: number[] = [];
  let delayed = Promise.resolve();
  const sleep = (ms: number) => (slept.push(ms), delayed);
  beforeAll(async () => void (test = await TestSandbox.start({ sleep })));
  afterAll(() => test.close());
  afterEach(() => test.behave({}));

  async function statuses(count: number, path = 'about?fields=kind', token = test.alice): Promise<number[]> {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push((await test.drive('GET', path, { token })).status);
    return all;
  }

  it('fails the nth call and the next ones up to `times`', async () => {
    await test.behave({
      faults: [{ operation: 'about.get', nth: 2, times: 2, status: 429, reason: 'rateLimitExceeded', retryAfter: 3 }],
    });
    expect(await statuses(5)).toEqual([200, 429, 429, 200, 200]);
    await test.behave({
      faults: [
        { operation: 'about.get', status: 403, reason: 'userRateLimitExceeded', retryAfter: 7, message: 'Slow down' },
      ],
    });
    const answer = await test.drive('GET', 'about?fields=kind');
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.json['error']).toMatchObject({
      code: 403,
      message: 'Slow down',
      errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }],
    });
  });

  it('fails only calls with the given account, file or name', async () => {
    const a = await test.file('a.txt', 'x');
    const b = await test.file('b.txt', 'x');
    await test.behave({
      faults: [
        { operation: 'files.*', account: 'bob@example.com' },
        { operation: 'files.get', fileId: a },
        { operation: '*', name: 'bad.txt' },
      ],
    });
    expect(await statuses(1, 'files', test.bob)).toEqual([503]);
    expect(await statuses(1, `files/${a}`)).toEqual([503]);
    expect(await statuses(1, `files/${b}`)).toEqual([200]);
    expect((await test.drive('POST', 'files', { body: { name: 'bad.txt' } })).status).toBe(503);
    await expect(test.file('bad.txt', 'x')).rejects.toThrow('503');
    await test.file('good.txt', 'x');
    expect(await test.list("name='bad.txt'")).toEqual([]);
  });

  it('fails the same calls for the same seed', async () => {
    const settings = { seed: 5, faults: [{ operation: 'about.get', probability: 0.5 }] };
    await test.behave(settings);
    const first = await statuses(20);
    await test.behave(settings);
    expect(await statuses(20)).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 503]));
  });

  it('breaks the connection, before or after executing the request', async () => {
    await test.behave({
      faults: [
        { operation: 'files.create', kind: 'drop', nth: 1 },
        { operation: 'files.create', kind: 'failAfterWrite', nth: 2 },
      ],
    });
    await expect(test.drive('POST', 'files', { body: { name: 'dropped' } })).rejects.toThrow();
    await expect(test.drive('POST', 'files', { body: { name: 'landed' } })).rejects.toThrow();
    expect(await test.list("name='dropped' or name='landed'")).toMatchObject([{ name: 'landed' }]);
  });

  it('executes a write and reports a failure', async () => {
    const source = await test.file('source', 'x');
    await test.behave({
      faults: [
        { operation: ['files.copy', 'files.upload'], kind: 'failAfterWrite', status: 500, reason: 'internalError' },
      ],
    });
    expect((await test.drive('POST', `files/${source}/copy`, { body: { name: 'copied' } })).status).toBe(500);
    const upload = await test.ask('POST', '/upload/drive/v3/files?uploadType=multipart', {
      token: test.alice,
      ...multipart({ name: 'copied' }, 'y'),
    });
    expect(upload.status).toBe(500);
    expect(await test.list("name='copied'")).toHaveLength(2);
  });

  it('damages downloads: truncated, wrong, stalled', async () => {
    const data = randomBytes(600_000);
    const id = await test.file('data', data);
    const path = `files/${id}?alt=media`;
    await test.behave({ faults: [{ operation: 'files.download', kind: 'truncate', afterBytes: 1000 }] });
    await expect(test.drive('GET', path)).rejects.toThrow();
    await test.behave({ faults: [{ operation: 'files.download', kind: 'wrongBytes' }] });
    const wrong = (await test.drive('GET', path)).bytes;
    expect(wrong.length).toBe(data.length);
    expect([...wrong.keys()].filter((i) => wrong[i] !== data[i])).toEqual([300_000]);
    // Generated files share their bytes, so damage for one request must not affect the next.
    const tree = await test.ask('POST', '/__sandbox/trees', {
      body: { account: 'alice@example.com', files: 1, bytes: 5000 },
    });
    const [made] = await test.list(`'${text(tree.json['folderId'])}' in parents`, { fields: 'files(id,md5Checksum)' });
    await test.drive('GET', `files/${text(made?.['id'])}?alt=media`);
    await test.behave({ faults: [{ operation: 'files.download', kind: 'stall', times: 1 }] });
    await test.control.clearStats();
    let isOver = false;
    void test.drive('GET', path).then(
      () => (isOver = true),
      () => (isOver = true),
    );
    await until('half has been sent', async () => (await test.control.stats()).bytesOut > 0);
    // Later requests are answered.
    for (let call = 0; call < 2; call++) await test.drive('GET', path);
    expect(isOver).toBe(false);
    const again = (await test.drive('GET', `files/${text(made?.['id'])}?alt=media`)).bytes;
    expect(createHash('md5').update(again).digest('hex')).toBe(made?.['md5Checksum']);
    expect((await test.drive('GET', path)).bytes.equals(data)).toBe(true);
  });

  it('breaks an upload in the middle, and keeps whole quanta', async () => {
    const data = randomBytes(1_048_576);
    const start = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
      token: test.alice,
      body: { name: 'cut' },
    });
    const session = text(start.headers['location']);
    await test.behave({
      faults: [{ operation: 'files.upload.chunk', kind: 'drop', times: 1, name: 'cut', afterBytes: 600_000 }],
    });
    const headers = { 'content-range': `bytes 0-${data.length - 1}/${data.length}` };
    await expect(test.ask('PUT', session, { body: data, headers })).rejects.toThrow();
    const state = await test.ask('PUT', session, {
      headers: { 'content-range': `bytes */${data.length}`, 'content-length': '0' },
    });
    expect([state.status, state.headers['range']]).toEqual([308, 'bytes=0-524287']);
  });

  it('fails OAuth requests in the format of OAuth', async () => {
    await test.ask('POST', '/__sandbox/clients', { body: { clientId: 'c', clientSecret: 's', redirectUris: [] } });
    await test.behave({
      faults: [{ operation: 'oauth.token', account: 'alice@example.com', status: 400, reason: 'invalid_grant' }],
    });
    const made = await test.ask('POST', '/__sandbox/tokens', { body: { account: 'alice@example.com' } });
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'c',
      client_secret: 's',
      refresh_token: text(made.json['refresh_token']),
    });
    const answer = await test.ask('POST', '/token', { body });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
  });

  it('draws latencies that depend on the account and the file, not on who asks first', async () => {
    const id = await test.file('drawn', 'x');
    await test.share(id);
    const asks = [
      { path: 'about?fields=kind', token: test.alice },
      { path: 'about?fields=kind', token: test.bob },
      { path: `files/${id}`, token: test.alice },
      { path: `files/${id}`, token: test.bob },
      { path: 'files/nothing', token: test.alice },
    ];
    const delays = async (order: typeof asks): Promise<Map<(typeof asks)[0], number | undefined>> => {
      await test.behave({ latencyMs: 'realistic', seed: 3 });
      const found = new Map<(typeof asks)[0], number | undefined>();
      for (const each of order) {
        slept.length = 0;
        await test.drive('GET', each.path, { token: each.token });
        found.set(each, slept[0]);
      }
      return found;
    };
    const first = await delays(asks);
    const second = await delays([...asks].reverse());
    expect(asks.map((each) => second.get(each))).toEqual(asks.map((each) => first.get(each)));
    expect(new Set(first.values()).size).toBe(asks.length);
  });

  it('delays responses, the index and permissions', async () => {
    await test.behave({ latencyMs: { 'about.get': 120_000, '*': 0 } });
    slept.length = 0;
    for (const path of ['about?fields=kind', 'files']) await test.drive('GET', path);
    expect(slept).toEqual([120_000]);
    await test.behave({ indexLagMs: 60_000 });
    const id = await test.file('late', 'x');
    expect(await test.list("name='late'")).toEqual([]);
    expect((await test.drive('GET', `files/${id}`)).status).toBe(200);
    await test.behave({ permissionLagMs: 60_000 });
    await test.share(id);
    expect((await test.drive('GET', `files/${id}`, { token: test.bob })).status).toBe(404);
    await test.behave({});
    expect((await test.drive('GET', `files/${id}`, { token: test.bob })).status).toBe(200);
  });

  it('limits the rate if quotas are set', async () => {
    await test.behave({ quotas: { unitsPerMinute: 12 } });
    expect(await statuses(3)).toEqual([200, 200, 403]);
    await test.behave({ quotas: { bytesPerDay: 10 } });
    await test.file('ten', 'x'.repeat(10));
    const over = await test.ask('POST', '/upload/drive/v3/files?uploadType=multipart', {
      token: test.alice,
      ...multipart({}, 'x'),
    });
    expect(over.json['error']).toMatchObject({
      message: 'User rate limit exceeded.',
      errors: [{ reason: 'userRateLimitExceeded' }],
    });
  });

  it.each([
    [{ faults: [{}] }, 'faults[0] needs an operation'],
    [{ faults: [{ operation: '*', kind: 'explode' }] }, 'faults[0].kind must be one of error, slow, hold, drop'],
    [{ faults: [{ operation: '*', oops: 1 }] }, 'unknown property \\"oops\\"'],
    [{ faults: [{ operation: '*', status: 200 }] }, 'status must be between 400 and 599'],
    [{ faults: [{ operation: 'file.copy' }] }, 'unknown operation \\"file.copy\\"'],
    [{ faults: [{ operation: '*', nth: 0 }] }, 'nth must be a whole number from 1 on'],
    [{ faults: [{ operation: '*', kind: 'slow' }] }, 'slow needs delayMs'],
    [{ faults: [{ operation: 'files.get', kind: 'keepLess' }] }, 'keepLess applies to files.upload.chunk'],
    [{ faults: [{ operation: '*', reason: 'nonsense' }] }, 'faults[0].reason \\"nonsense\\" is unknown'],
    [{ faults: [{ operation: 'files.*', reason: 'invalid_grant' }] }, 'give faults[0].status as well'],
    [{ latencyMs: 'fast' }, 'or \\"realistic\\"'],
    [{ latency: 5 }, 'Unknown setting \\"latency\\"'],
    [{ latencyMs: -1 }, 'latencyMs must be a number, 0 or more'],
    [{ quotas: { oops: 1 } }, 'Unknown quota'],
  ])('refuses %j and says why', async (settings, message) => {
    const answer = await test.behave(settings);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });

  it('counts requests, and keeps credentials out of its log', async () => {
    await test.ask('DELETE', '/__sandbox/stats');
    await test.behave({ faults: [{ operation: 'files.list', nth: 1, kind: 'drop' }] });
    await expect(test.drive('GET', 'files')).rejects.toThrow();
    await test.drive('GET', `files?access_token=${test.alice}`);
    await test.drive('GET', 'files/nothing');
    const stats = (await test.ask('GET', '/__sandbox/stats')).json;
    expect(stats).toMatchObject({
      total: 3,
      requests: { 'files.list': { dropped: 1, 200: 1 }, 'files.get': { 404: 1 } },
      quotaUnits: 205,
      faultsStruck: [1],
    });
    await test.behave({ latencyMs: 50 });
    const { promise, resolve } = Promise.withResolvers<void>();
    [delayed, slept.length] = [promise, 0];
    const calls = Promise.all(Array.from({ length: 6 }, () => test.drive('GET', 'files/nothing')));
    await until('all of them are delayed', () => slept.length === 6);
    resolve();
    await calls;
    const after = (await test.ask('GET', '/__sandbox/stats')).json;
    // Requests that an earlier test left stalled are still running.
    expect(Number(after['peakConcurrency'])).toBe(6 + Number(after['running']));
    const log = await test.ask('GET', '/__sandbox/log');
    expect(log.text).not.toContain(test.alice);
    expect(log.text).toContain('access_token=…');
  });
});
