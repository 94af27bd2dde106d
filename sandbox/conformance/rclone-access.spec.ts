import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, md5, TestRclone } from '../testing/test-rclone.ts';

const MB = 1024 * 1024;

/** What Google grants rclone and what it refuses: credentials, links, limits, failures. See `rclone.spec.ts`. */
describe('rclone', () => {
  let rclone: TestRclone;
  let local: string;
  beforeAll(async () => {
    rclone = await TestRclone.start();
    local = rclone.local;
  });
  afterAll(() => rclone?.close());
  beforeEach(() => rclone.reset());

  it('refreshes a token whose hour is over, keeps the refresh token, and fails when the grant is withdrawn', async () => {
    await rclone.connect(new Date(Date.now() - 1000));
    const config = (): string => readFileSync(join(rclone.folder, 'rclone.conf'), 'utf8');
    const tokens = (): Record<string, string> =>
      JSON.parse(/token = (.*)/.exec(config())?.[1] ?? '{}') as Record<string, string>;
    const before = tokens();
    await rclone.test.ask('POST', '/__sandbox/tokens/expire', { body: { account: 'alice@example.com' } });
    await rclone.run(['lsf', 'alice:']);
    expect(await rclone.asked('oauth.token')).toBe(1);
    expect(tokens()['access_token']).not.toBe(before['access_token']);
    expect(tokens()['refresh_token']).toBe(before['refresh_token']);
    expect(before['refresh_token']).toBeTruthy();

    await rclone.test.ask('POST', '/__sandbox/grants/revoke', { body: { account: 'bob@example.com' } });
    const refused = await rclone.try(['lsf', 'bob:']);
    expect(refused.code).not.toBe(0);
    expect(refused.log).toContain('invalid_grant');
    expect([...rclone.proxy.hosts].sort()).toEqual(['oauth2.googleapis.com', 'www.googleapis.com']);
    expect([...rclone.proxy.refused]).toEqual([]);
  });

  it('acts for a person as a service account with delegation', async () => {
    const { json } = await rclone.test.ask('POST', '/__sandbox/service-accounts', {
      body: {
        email: 'mover@project.iam.gserviceaccount.com',
        generate: true,
        delegation: { domain: 'example.com', scopes: ['https://www.googleapis.com/auth/drive'] },
      },
    });
    const key = { ...json['keyFile'], token_uri: 'https://oauth2.googleapis.com/token' };
    writeFileSync(join(rclone.folder, 'key.json'), JSON.stringify(key));
    await rclone.test.folder('of Bob', 'root', rclone.test.bob);
    const remote = (who: string): string => `:drive,service_account_file=key.json,scope=drive${who}:`;
    expect(await rclone.run(['lsf', remote(',impersonate=bob@example.com')])).toBe('of Bob/\n');
    expect(await rclone.run(['lsf', remote('')])).toBe('');
    const stranger = await rclone.try(['lsf', remote(',impersonate=eve@example.org')]);
    expect(stranger.log).toContain('unauthorized_client');
  });

  it('shares by link, and fetches a file by its id', async () => {
    const id = await rclone.test.file('f', 'content');
    expect(await rclone.run(['link', 'alice:f'])).toContain(id);
    expect((await rclone.at('f')).permissions).toMatchObject([{ type: 'anyone', role: 'reader' }]);
    await rclone.run(['backend', 'copyid', 'bob:', id, `${local}/`]);
    expect(readFileSync(join(local, 'f'), 'utf8')).toBe('content');
  });

  it('gets through bad days: limits of a moment, failures, connections that break', async () => {
    const patient = ['--low-level-retries', '10'];
    const data = bytes(3 * MB, 'bad day');
    writeFileSync(join(local, 'f'), data);
    await rclone.test.behave({
      faults: [
        { operation: 'files.list', status: 403, reason: 'userRateLimitExceeded', times: 1 },
        { operation: 'files.upload.start', status: 403, reason: 'rateLimitExceeded', times: 1 },
        { operation: 'files.upload.chunk', kind: 'drop', nth: 2 },
        { operation: 'files.upload.chunk', status: 503, reason: 'backendError', nth: 4 },
        { operation: 'files.copy', status: 500, reason: 'internalError', times: 1 },
        { operation: 'files.download', status: 429, reason: 'rateLimitExceeded', times: 1 },
      ],
    });
    const chunked = ['--drive-upload-cutoff', '0', '--drive-chunk-size', '1M'];
    await rclone.run(['copy', ...patient, ...chunked, 'local', 'alice:']);
    await rclone.run(['copyto', ...patient, 'alice:f', 'alice:g']);
    await rclone.run(['copyto', ...patient, 'alice:g', join(local, 'g')]);
    expect(md5(readFileSync(join(local, 'g')))).toBe(md5(data));
    const { json } = await rclone.test.ask('GET', '/__sandbox/stats');
    expect(json['requests']).toMatchObject({
      'files.list': { 403: 1 },
      'files.upload.start': { 403: 1, 200: 1 },
      'files.upload.chunk': { dropped: 1, 503: 1, 308: 2, 200: 1 },
      'files.copy': { 500: 1, 200: 1 },
      'files.download': { 429: 1 },
    });
  });

  it('distinguishes the daily limit, short-term limits and a full storage', async () => {
    writeFileSync(join(local, 'f'), bytes(100_000, 'f'));
    const stopping = ['copy', '--low-level-retries', '10', '--drive-stop-on-upload-limit', 'local', 'alice:'];
    await rclone.test.behave({ quotas: { bytesPerDay: 50_000 } });
    const ended = await rclone.try(stopping);
    expect(ended.code).toBe(7);
    expect(ended.log).toContain('Received upload limit error: googleapi: Error 403: User rate limit exceeded.');
    await rclone.test.behave({ quotas: { storageBytes: 50_000 } });
    const full = await rclone.try(stopping);
    expect(full.code).not.toBe(0);
    expect(full.log).toContain('storageQuotaExceeded');
    await rclone.test.behave({});
    await rclone.run(stopping);

    await rclone.test.behave({
      faults: [{ operation: 'files.download', status: 403, reason: 'downloadQuotaExceeded', message: 'No more.' }],
    });
    const drained = await rclone.try(['cat', '--drive-stop-on-download-limit', 'alice:f']);
    expect(drained.log).toContain('Received download limit error');
    await rclone.test.behave({});
  });

  it('is kept from files that harm, unless the owner insists', async () => {
    const fileId = await rclone.test.file('harmful', 'content');
    await rclone.test.ask('POST', '/__sandbox/items', { body: { fileId, abusive: true } });
    const refused = await rclone.try(['cat', 'alice:harmful']);
    expect(refused.log).toContain('--drive-acknowledge-abuse');
    expect(await rclone.run(['cat', '--drive-acknowledge-abuse', 'alice:harmful'])).toBe('content');
  });

  it('finds what an old link opens only with the key of the link', async () => {
    const folder = await rclone.test.folder('linked');
    await rclone.test.file('f', 'content', { parents: [folder] });
    await rclone.test.drive('POST', `files/${folder}/permissions`, { body: { type: 'anyone', role: 'reader' } });
    await rclone.test.ask('POST', '/__sandbox/items', { body: { fileId: folder, resourceKey: '0-key' } });
    const remote = (more: string): string => `bob,root_folder_id=${folder}${more}:`;
    const locked = await rclone.try(['lsf', remote('')]);
    expect([locked.out, locked.code]).not.toEqual(['f\n', 0]);
    expect(locked.log).toContain('File not found');
    expect(await rclone.run(['lsf', remote(',resource_key=0-key')])).toBe('f\n');
    expect(await rclone.run(['cat', `${remote(',resource_key=0-key')}f`])).toBe('content');
  });
});
