import { createHash, randomBytes } from 'node:crypto';
import { ERRORS } from '../http/error-catalogue.ts';
import { errorOfReason } from '../http/errors.ts';
import type { Fault } from './fault.ts';
import { until } from '../../tools/until.ts';
import { multipart, TestSandbox, text, type Answer } from '../testing/test-client.ts';

const QUANTUM = 262_144;

describe('the faults of the sandbox', () => {
  let test: TestSandbox;
  /** Delays in milliseconds, none of which takes time. */
  const slept: number[] = [];
  const sleep = (ms: number) => Promise.resolve(slept.push(ms));
  beforeAll(async () => void (test = await TestSandbox.start({ sleep })));
  afterAll(() => test.close());
  afterEach(async () => {
    await test.control.behave({});
    await test.signIn();
  });

  const setFault = (fault: Omit<Fault, 'kind'> & { kind?: Fault['kind'] }) =>
    test.control.behave({ faults: [{ times: 1, ...fault }] });

  const upload = (name: string, data: Buffer | string): Promise<Answer> =>
    test.ask('POST', '/upload/drive/v3/files?uploadType=multipart&fields=id,md5Checksum,size', {
      token: test.alice,
      ...multipart({ name }, data),
    });

  async function session(name: string): Promise<string> {
    const start = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable&fields=id,md5Checksum', {
      token: test.alice,
      body: { name },
    });
    return text(start.headers['location']);
  }

  const chunk = (address: string, data: Buffer, start: number, total: number | '*'): Promise<Answer> =>
    test.ask('PUT', address, {
      body: data,
      headers: { 'content-range': `bytes ${start}-${start + data.length - 1}/${total}` },
    });

  const sumOf = (data: Buffer | string): string => createHash('md5').update(data).digest('hex');
  const exists = async (name: string): Promise<boolean> => (await test.list(`name='${name}'`)).length > 0;

  it.each(Object.keys(ERRORS))('answers %s as the sandbox itself does', async (reason) => {
    const known = errorOfReason(reason);
    // A row of the catalogue that is named otherwise is one of several sentences for its reason.
    if (known?.reason === reason) expect(known.message).not.toContain('{');
    await setFault({ operation: 'files.list', reason });
    const answer = await test.drive('GET', 'files');
    expect(answer.status).toBe(known?.status);
    if (known?.details.plainText) expect(answer.text).toBe(known.message);
    else expect(answer.json).toEqual(known?.toJSON());
    expect(answer.headers).toMatchObject(known?.details.headers ?? {});
    expect((await test.drive('GET', 'files')).status).toBe(200);
  });

  it.each([
    ['forbidden', 403],
    ['limitExceeded', 403],
    ['supportsTeamDrivesRequired', 403],
    ['duplicate', 409],
    ['deleted', 410],
    ['RATE_LIMIT_EXCEEDED', 429],
    ['SERVICE_DISABLED', 403],
    ['failedPrecondition', 400],
    ['notImplemented', 501],
  ])('knows the reason %s, which several errors share', async (reason, status) => {
    await setFault({ operation: 'files.list', reason });
    const answer = await test.drive('GET', 'files');
    expect([answer.status, answer.json['error']?.['errors']?.[0]?.['reason']]).toEqual([status, reason]);
    expect(answer.text).not.toContain('{parameter}');
  });

  it('knows the status of an error of OAuth', async () => {
    for (const [reason, status] of [
      ['invalid_grant', 400],
      ['invalid_client', 401],
      ['backendError', 503],
    ] as const) {
      await setFault({ operation: 'oauth.token', reason });
      const { status: got, json } = await test.ask('POST', '/token', { body: new URLSearchParams({}) });
      expect([got, json['error']]).toEqual([status, reason]);
    }
  });

  it('answers with the status and the message of a fault instead of its own', async () => {
    await setFault({ operation: 'files.list', reason: 'authError', status: 403, message: 'Other' });
    const { status, json, headers } = await test.drive('GET', 'files');
    expect([status, json]).toEqual([
      403,
      {
        error: {
          code: 403,
          message: 'Other',
          errors: [
            {
              message: 'Other',
              domain: 'global',
              reason: 'authError',
              location: 'Authorization',
              locationType: 'header',
            },
          ],
        },
      },
    ]);
    expect(headers['www-authenticate']).toBeUndefined();
  });
  it('asks for patience in a header', async () => {
    await setFault({ operation: 'files.copy', reason: 'userRateLimitExceeded', retryAfter: 17 });
    const answer = await test.drive('POST', `files/${await test.file('patient', 'x')}/copy`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([403, '17']);
  });

  it('drops the connection of an upload before, in the middle of and after its body', async () => {
    const data = randomBytes(1_000_000);
    for (const [name, afterBytes, landed] of [
      ['before', 0, false],
      ['middle', 500_000, false],
      ['after', 10_000_000, true],
    ] as const) {
      await setFault({ operation: 'files.upload', kind: 'drop', afterBytes });
      await expect(upload(name, data)).rejects.toThrow();
      expect([name, await exists(name)]).toEqual([name, landed]);
    }
  });

  it('drops an answer before its body', async () => {
    const id = await test.file('headless', 'hello');
    await setFault({ operation: 'files.download', kind: 'truncate', afterBytes: 0 });
    await expect(test.drive('GET', `files/${id}?alt=media`)).rejects.toThrow();
  });

  it('stalls in the middle of an upload', async () => {
    await setFault({ operation: 'files.upload', kind: 'stall', afterBytes: 100_000 });
    await test.control.clearStats();
    let isOver = false;
    void upload('stalled', randomBytes(1_000_000)).then(
      () => (isOver = true),
      () => (isOver = true),
    );
    await test.received(100_000);
    // Others, which come later and are as large, are answered.
    for (const name of ['second', 'third']) expect((await upload(name, randomBytes(1_000_000))).status).toBe(200);
    expect(isOver).toBe(false);
    expect(await exists('stalled')).toBe(false);
  });

  it('is slow once', async () => {
    await setFault({ operation: 'about.get', kind: 'slow', delayMs: 90_000 });
    slept.length = 0;
    for (let call = 0; call < 2; call++) expect((await test.drive('GET', 'about?fields=kind')).status).toBe(200);
    expect(slept).toEqual([90_000]);
  });

  it('holds a request until the faults are next set', async () => {
    const id = await test.file('held', 'x');
    await setFault({ operation: 'files.copy', kind: 'hold' });
    const copying = test.drive('POST', `files/${id}/copy`, { body: { name: 'copy of held' } });
    await test.faultApplied();
    expect((await test.drive('GET', 'about?fields=kind')).status).toBe(200);
    expect(await exists('copy of held')).toBe(false);
    await test.control.behave({});
    expect((await copying).status).toBe(200);
    expect(await exists('copy of held')).toBe(true);
  });

  it('does not execute a held request whose client has left', async () => {
    const id = await test.file('left', 'x');
    await setFault({ operation: 'files.copy', kind: 'hold' });
    const left = new AbortController();
    const copying = fetch(`${test.sandbox.url}/drive/v3/files/${id}/copy`, {
      method: 'POST',
      headers: { authorization: `Bearer ${test.alice}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'copy of left' }),
      signal: left.signal,
    });
    await test.faultApplied();
    left.abort();
    await expect(copying).rejects.toThrow();
    await until(
      'the sandbox has noticed',
      async () => (await test.control.log({ contains: id, status: 'dropped' })).length === 1,
    );
    await test.control.behave({});
    expect(await exists('copy of left')).toBe(false);
  });

  it('sends a short body whose length looks right', async () => {
    const data = randomBytes(600_000);
    const id = await test.file('short', data);
    await setFault({ operation: 'files.download', kind: 'shortBody', afterBytes: 1234 });
    const answer = await test.drive('GET', `files/${id}?alt=media`);
    expect([answer.status, answer.headers['content-length'], answer.bytes.length]).toEqual([200, '1234', 1234]);
    expect(answer.bytes.equals(data.subarray(0, 1234))).toBe(true);
  });

  it('answers byte by byte', async () => {
    const id = await test.file('dripping', 'abc');
    await setFault({ operation: 'files.download', kind: 'drip', delayMs: 60_000 });
    const answer = await test.drive('GET', `files/${id}?alt=media`);
    expect([answer.status, answer.headers['content-length'], answer.bytes.toString()]).toEqual([200, '3', 'abc']);
  });

  it('sends the response that the fault defines', async () => {
    await setFault({ operation: 'files.list', kind: 'replaceBody', body: '{"files":7}' });
    const answer = await test.drive('GET', 'files');
    expect([answer.status, answer.json]).toEqual([200, { files: 7 }]);
    await expect(test.control.behave({ faults: [{ operation: '*', kind: 'replaceBody' }] })).rejects.toThrow(/body/);
  });

  it('leads a list from page to page and back', async () => {
    await test.control.behave({ faults: [{ operation: 'files.list', kind: 'loopPages' }] });
    const tokens: unknown[] = [];
    for (let token = ''; tokens.length < 4; token = String(tokens.at(-1)))
      tokens.push((await test.drive('GET', `files${token && `?pageToken=${token}`}`)).json['nextPageToken']);
    expect(tokens).toEqual(['loop-a', 'loop-b', 'loop-a', 'loop-b']);
  });

  it('lets copies and uploads land with other content', async () => {
    const data = randomBytes(50_000);
    const id = await test.file('right', data);
    const fault = { operation: ['files.copy', 'files.upload', 'files.upload.chunk'], kind: 'wrongContent' as const };
    await test.control.behave({ faults: [fault] });
    const copied = await test.drive('POST', `files/${id}/copy?fields=id,md5Checksum,size`);
    const uploaded = await upload('right', data);
    const resumed = await chunk(await session('right'), data, 0, data.length);
    for (const { status, json } of [copied, uploaded, resumed]) {
      expect([status, json['size'] ?? '50000']).toEqual([200, '50000']);
      expect(text(json['md5Checksum'])).toMatch(/^[0-9a-f]{32}$/);
      expect(json['md5Checksum']).not.toBe(sumOf(data));
      const there = (await test.drive('GET', `files/${text(json['id'])}?alt=media`)).bytes;
      expect([there.length, sumOf(there)]).toEqual([50_000, json['md5Checksum']]);
    }
    expect((await test.drive('GET', `files/${id}?alt=media`)).bytes.equals(data)).toBe(true);
  });

  it('ends an upload session in its middle', async () => {
    const address = await session('over');
    const data = randomBytes(2 * QUANTUM);
    expect((await chunk(address, data.subarray(0, QUANTUM), 0, data.length)).status).toBe(308);
    await setFault({ operation: 'files.upload.chunk', kind: 'expireSession' });
    expect((await chunk(address, data.subarray(QUANTUM), QUANTUM, data.length)).status).toBe(404);
    expect((await chunk(address, data.subarray(QUANTUM), QUANTUM, data.length)).status).toBe(404);
  });

  it('keeps less of a chunk than was sent, the last one too', async () => {
    const address = await session('less');
    const data = randomBytes(4 * QUANTUM);
    await test.control.behave({ faults: [{ operation: 'files.upload.chunk', kind: 'keepLess', times: 2 }] });
    const first = await chunk(address, data.subarray(0, 2 * QUANTUM), 0, data.length);
    expect([first.status, first.headers['range']]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
    const second = await chunk(address, data.subarray(QUANTUM), QUANTUM, data.length);
    expect([second.status, second.headers['range']]).toEqual([308, `bytes=0-${2 * QUANTUM - 1}`]);
    const last = await chunk(address, data.subarray(2 * QUANTUM), 2 * QUANTUM, data.length);
    expect([last.status, last.json['md5Checksum']]).toEqual([200, sumOf(data)]);
  });

  it('lists what was an hour ago', async () => {
    const folder = await test.folder('stale');
    await test.file('old', 'x', { parents: [folder] });
    await test.control.advance(3_600_001);
    await test.signIn();
    await test.file('new', 'x', { parents: [folder] });
    await setFault({ operation: 'files.list', kind: 'staleList' });
    const names = async () => (await test.list(`'${folder}' in parents`)).map(({ name }) => name).sort();
    expect(await names()).toEqual(['old']);
    expect(await names()).toEqual(['new', 'old']);
  });

  it('repeats entries on the next page, or leaves some out', async () => {
    const folder = await test.folder('pages');
    for (let i = 0; i < 6; i++) await test.file(`${i}`, 'x', { parents: [folder] });
    const all = async (): Promise<string> => {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({ q: `'${folder}' in parents`, pageSize: '3', orderBy: 'name' });
        if (token !== undefined) query.set('pageToken', token);
        const { json } = await test.drive('GET', `files?${query.toString()}`);
        names.push(...(json['files'] as unknown as { name: string }[]).map(({ name }) => name));
        token = json['nextPageToken'] as string | undefined;
      } while (token !== undefined);
      return names.join('');
    };
    await setFault({ operation: 'files.list', kind: 'duplicateEntries', nth: 2, entries: 2 });
    expect(await all()).toBe('01212345');
    await setFault({ operation: 'files.list', kind: 'missingEntries', nth: 2 });
    expect(await all()).toBe('01245');
    expect(await all()).toBe('012345');
  });

  it('lets a fresh share take its time, by the clock', async () => {
    await test.control.behave({ permissionLagMs: 60_000 });
    const id = await test.file('shared late', 'x');
    await test.share(id);
    expect((await test.drive('GET', `files/${id}`, { token: test.bob })).status).toBe(404);
    await test.control.advance(60_000);
    expect((await test.drive('GET', `files/${id}`, { token: test.bob })).status).toBe(200);
  });

  it('ends tokens in mid-run, or the whole grant', async () => {
    await test.control.addClient('mid', 'secret', ['http://localhost/back']);
    const refresh = async (token: string) =>
      (
        await test.ask('POST', '/token', {
          body: new URLSearchParams({
            grant_type: 'refresh_token',
            client_id: 'mid',
            client_secret: 'secret',
            refresh_token: token,
          }),
        })
      ).json;
    const tokens = await test.control.tokens('alice@example.com', { clientId: 'mid' });
    const ask = async (token: string) => (await test.drive('GET', 'about?fields=kind', { token })).status;
    await setFault({ operation: 'about.get', kind: 'expireToken', nth: 2 });
    expect([await ask(tokens.access_token), await ask(tokens.access_token), await ask(tokens.access_token)]).toEqual([
      200, 401, 401,
    ]);
    const fresh = text((await refresh(tokens.refresh_token))['access_token']);
    expect(await ask(fresh)).toBe(200);
    await setFault({ operation: 'about.get', kind: 'revokeGrant' });
    expect(await ask(fresh)).toBe(401);
    expect((await refresh(tokens.refresh_token))['error']).toBe('invalid_grant');
  });

  it('changes a file while it is copied, or read', async () => {
    const data = randomBytes(300_000);
    const id = await test.file('moving', data);
    const sum = async () => (await test.drive('GET', `files/${id}?fields=md5Checksum`)).json['md5Checksum'];
    await setFault({ operation: 'files.copy', kind: 'changeFile' });
    const copied = await test.drive('POST', `files/${id}/copy?fields=md5Checksum`);
    expect(copied.json['md5Checksum']).toBe(sumOf(data));
    const changed = await sum();
    expect(changed).not.toBe(sumOf(data));
    await setFault({ operation: 'files.download', kind: 'changeFile' });
    const read = await test.drive('GET', `files/${id}?alt=media`);
    expect(sumOf(read.bytes)).toBe(changed);
    expect(await sum()).not.toBe(changed);
  });

  it('runs the same way from the same seed, whatever happens at the same time', async () => {
    const ids: [string, string][] = [];
    for (let i = 0; i < 12; i++) ids.push([`dice ${i}`, await test.file(`dice ${i}`, 'x')]);
    const run = async (seed: number, order: [string, string][]): Promise<string> => {
      await test.control.behave({
        seed,
        faults: [{ operation: 'files.get', probability: 0.4, reason: 'backendError' }],
      });
      const seen = await Promise.all(
        order.map(async ([name, id]) => {
          const first = (await test.drive('GET', `files/${id}`)).status;
          const second = (await test.drive('GET', `files/${id}`)).status;
          return `${name}: ${first} ${second}`;
        }),
      );
      return seen.sort().join('\n');
    };
    const first = await run(7, ids);
    expect(await run(7, [...ids].reverse())).toBe(first);
    expect(await run(8, ids)).not.toBe(first);
    expect(first).toContain('503');
  });

  it('logs what became of each request', async () => {
    await test.control.clearStats();
    const id = await test.file('logged', 'x');
    await setFault({ operation: 'files.copy', reason: 'rateLimitExceeded' });
    await test.drive('POST', `files/${id}/copy`);
    await test.drive('POST', `files/${id}/copy`, { token: test.bob });
    await setFault({ operation: 'files.get', kind: 'drop' });
    await expect(test.drive('GET', `files/${id}`)).rejects.toThrow();
    const verdicts = async (filter: object) =>
      (await test.control.log(filter)).map(
        ({ operation, verdict, fault }) => `${operation} ${verdict} ${fault ?? '-'}`,
      );
    expect(await verdicts({})).toEqual([
      'files.upload ok -',
      'files.copy rateLimitExceeded error',
      'files.copy notFound -',
      'files.get dropped drop',
    ]);
    expect(await verdicts({ operation: 'files.copy', account: 'bob@example.com' })).toEqual(['files.copy notFound -']);
    expect(await verdicts({ fault: 'any', limit: 1 })).toEqual(['files.get dropped drop']);
    expect(await verdicts({ status: '4xx', contains: id })).toHaveLength(2);
    expect(await verdicts({ verdict: 'ok' })).toHaveLength(1);
    await expect(test.control.log({ status: 'bad' })).rejects.toThrow('status must be like 403');
    expect((await test.ask('GET', '/__sandbox/log?oops=1')).text).toContain(
      'There is no field oops; there is operation, account',
    );
  });
});
