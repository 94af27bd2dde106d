import { Behavior } from './behavior.ts';
import { multipart, TestSandbox, text } from '../testing/test-client.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the clock of the sandbox', () => {
  let test: TestSandbox;
  // Each look takes a millisecond, so that no pause of this process uses up a limit.
  let time = Date.now();
  beforeEach(async () => void (test = await TestSandbox.start({ now: () => time++ })));
  afterEach(() => test.close());

  const write = async (content = 'x') =>
    test.ask('POST', '/upload/drive/v3/files?uploadType=multipart', { token: test.alice, ...multipart({}, content) });
  const about = async (token = test.alice) => (await test.drive('GET', 'about?fields=kind', { token })).status;

  it('can be advanced, not set back, and restarts after a reset', async () => {
    const before = time;
    const { now, advancedMs } = await test.control.advance(DAY);
    expect(advancedMs).toBe(DAY);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before + DAY);
    const made = await test.drive('POST', 'files?fields=createdTime', { body: {} });
    // Tokens from an hour ago have expired.
    expect(made.status).toBe(401);
    await test.signIn();
    const file = await test.drive('POST', 'files?fields=createdTime', { body: {} });
    expect(Date.parse(text(file.json['createdTime']))).toBeGreaterThanOrEqual(before + DAY);
    for (const advanceMs of [-1, 'soon', null, 1e300])
      expect((await test.ask('POST', '/__sandbox/clock', { body: { advanceMs } })).status).toBe(400);
    await test.control.reset();
    expect((await test.ask('GET', '/__sandbox/clock')).json).toMatchObject({ advancedMs: 0 });
  });

  it('expires access tokens after an hour', async () => {
    await test.control.advance(3_590_000);
    expect(await about()).toBe(200);
    await test.control.advance(10_000);
    expect(await about()).toBe(401);
  });

  it('begins a new minute of quota, and refills the burst of writes', async () => {
    await test.control.behave({ quotas: { unitsPerMinute: 12 } });
    expect([await about(), await about(), await about()]).toEqual([200, 200, 403]);
    await test.control.advance(60_000);
    expect(await about()).toBe(200);

    await test.control.behave({ quotas: { writesPerSecond: 2, writeBurst: 3 } });
    const create = async () => (await test.drive('POST', 'files', { body: {} })).status;
    const several = async (count: number) => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push(await create());
      return all.filter((status) => status === 200).length;
    };
    expect(await several(3)).toBe(3);
    const refused = await test.drive('POST', 'files', { body: {} });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('User Rate Limit Exceeded. Rate of')]);
    expect(await about()).toBe(200);
    await test.control.advance(1000);
    expect(await several(2)).toBe(2);
    await test.control.advance(60_000);
    expect(await several(3)).toBe(3);
  });

  it('has a quota for the project and one for each user', async () => {
    for (const id of ['one', 'two']) await test.control.addClient(id, 'secret', []);
    const [alice, bob, other] = await Promise.all([
      test.token('alice@example.com', { clientId: 'one' }),
      test.token('bob@example.com', { clientId: 'one' }),
      test.token('bob@example.com', { clientId: 'two' }),
    ]);
    await test.control.behave({ quotas: { projectUnitsPerMinute: 10 } });
    expect([await about(alice), await about(bob)]).toEqual([200, 200]);
    const over = await test.drive('GET', 'about?fields=kind', { token: alice });
    expect(over.json['error']).toMatchObject({
      message: 'Rate Limit Exceeded',
      errors: [{ reason: 'rateLimitExceeded' }],
    });
    expect(await about(other)).toBe(200);
  });

  it('ends the 750 GB day after 24 hours', async () => {
    const source = await test.file('source', 'x');
    await test.control.useUpDay('alice@example.com');
    const refused = await write();
    expect(refused.json['error']).toMatchObject({
      code: 403,
      message: 'User rate limit exceeded.',
      errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }],
    });
    expect((await test.drive('POST', `files/${source}/copy`)).text).toContain('User rate limit exceeded.');
    // Reads, and writes without bytes, still work.
    expect((await test.drive('GET', `files/${source}?alt=media`)).status).toBe(200);
    expect((await test.drive('POST', 'files', { body: {} })).status).toBe(200);
    await test.control.advance(DAY - 60_000);
    await test.signIn();
    expect((await write()).status).toBe(403);
    await test.control.advance(60_000);
    expect((await write()).status).toBe(200);
  });

  it("has Google's quotas under the name `google`", async () => {
    const { quotas } = await test.control.behave({ quotas: 'google' });
    expect(quotas).toEqual({
      unitsPerMinute: 325_000,
      projectUnitsPerMinute: 1_000_000,
      writesPerSecond: 2,
      writeBurst: 100,
      bytesPerDay: 750e9,
      docsReadPerMinute: 300,
      docsWritePerMinute: 60,
      projectDocsReadPerMinute: 3000,
      projectDocsWritePerMinute: 600,
      sheetsReadPerMinute: 60,
      sheetsWritePerMinute: 60,
      projectSheetsReadPerMinute: 300,
      projectSheetsWritePerMinute: 300,
      slidesReadPerMinute: 600,
      slidesWritePerMinute: 60,
      projectSlidesReadPerMinute: 3000,
      projectSlidesWritePerMinute: 600,
      formsReadPerMinute: 390,
      projectFormsReadPerMinute: 975,
      directoryPerMinute: 2400,
      projectDirectoryPerMinute: 24_000,
    });
  });

  it('expires upload sessions after a week, and trash after thirty days', async () => {
    const start = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
      token: test.alice,
      body: {},
    });
    const address = text(start.headers['location']);
    const folder = await test.folder('rubbish');
    const inside = await test.file('inside', 'x', { parents: [folder] });
    await test.drive('PATCH', `files/${folder}`, { body: { trashed: true } });
    const state = async () =>
      (await test.ask('PUT', address, { headers: { 'content-range': 'bytes */*', 'content-length': '0' } })).status;
    await test.control.advance(7 * DAY - 60_000);
    expect(await state()).toBe(308);
    await test.control.advance(60_000);
    expect(await state()).toBe(404);
    await test.control.advance(22 * DAY);
    await test.signIn();
    expect((await test.drive('GET', `files/${inside}`)).status).toBe(200);
    await test.control.advance(DAY);
    await test.signIn();
    expect((await test.drive('GET', `files/${inside}`)).status).toBe(404);
  });

  it('fills a storage, and refuses files that are too large', async () => {
    const source = await test.file('source', 'twelve bytes');
    await test.control.fillStorage('alice@example.com');
    expect((await write()).text).toContain('storageQuotaExceeded');
    expect((await test.drive('POST', `files/${source}/copy`)).text).toContain('storageQuotaExceeded');
    const quota = (await test.drive('GET', 'about?fields=storageQuota')).json['storageQuota'];
    expect(quota).toMatchObject({ limit: '12', usage: '12' });
    await test.control.behave({ quotas: { storageBytes: 14 } });
    expect((await write('three')).text).toContain('storageQuotaExceeded');
    await test.control.behave({ limits: { copyBytes: 11, uploadBytes: 11 } });
    expect((await test.drive('POST', `files/${source}/copy`)).text).toContain('User rate limit exceeded.');
    expect((await write('twelve bytes')).status).toBe(413);
    expect((await write('eleven byte')).status).toBe(200);
  });

  it('changes only what a PATCH names', async () => {
    await test.control.behave({ quotas: { unitsPerMinute: 10 }, faults: [{ operation: 'about.get', nth: 3 }] });
    expect([await about(), await about()]).toEqual([200, 200]);
    expect(await test.control.adjust({ latencyMs: 1 })).toMatchObject({ latencyMs: 1, quotas: { unitsPerMinute: 10 } });
    // The third call also exceeds the minute, but faults come first.
    expect(await about()).toBe(403);
    expect((await test.control.stats()).faultsStruck).toEqual([1]);
    await test.control.adjust({ quotas: {} });
    expect(await about()).toBe(200);
  });
});

describe('realistic latency', () => {
  function sample(seed: number, count = 4000): number[] {
    const behavior = new Behavior(Date.now);
    behavior.set({ latencyMs: { 'files.copy': 'realistic' }, seed });
    return Array.from({ length: count }, () => behavior.latencyOf('files.copy'));
  }

  it('varies around a typical time with a heavy tail, and is the same for the same seed', () => {
    const times = sample(1);
    expect(sample(1)).toEqual(times);
    expect(sample(2)).not.toEqual(times);
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0;
    expect(at(0.5)).toBeGreaterThan(800);
    expect(at(0.5)).toBeLessThan(1000);
    expect(at(0.995) / at(0.5)).toBeGreaterThan(2.5);
    expect(at(0.95) / at(0.5)).toBeLessThan(2.5);
    expect(Math.min(...times)).toBeGreaterThan(100);
    const quick = new Behavior(Date.now);
    quick.set({ latencyMs: 'realistic', latencyScale: 0.1 });
    expect(quick.latencyOf('files.copy')).toBeLessThan(2000);
  });
});
