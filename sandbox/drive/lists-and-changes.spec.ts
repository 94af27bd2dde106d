import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestSandbox, text } from '../testing/test-client.ts';

describe('listings and changes', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start()));
  afterAll(() => test.close());

  it('of an earlier state are refused after a reset, not answered with an empty last page', async () => {
    await test.file('a', 'x');
    await test.file('b', 'x');
    const { nextPageToken } = (await test.drive('GET', 'files?pageSize=1')).json;
    await test.ask('POST', '/__sandbox/reset', { body: {} });
    await test.signIn();
    const answer = await test.drive('GET', `files?pageSize=1&pageToken=${encodeURIComponent(text(nextPageToken))}`);
    expect(answer.status).toBe(400);
  });

  it('continue after a restart with the token of before, and refuse one of changes to come', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-changes-'));
    let kept = await TestSandbox.start({ dataDir });
    try {
      await kept.file('before', 'x');
      const token = text((await kept.drive('GET', 'changes/startPageToken')).json['startPageToken']);
      await kept.close();
      kept = await TestSandbox.start({ dataDir });
      const next = await kept.drive('GET', `changes?pageToken=${token}`);
      expect([next.status, next.json['changes'], next.json['newStartPageToken']]).toEqual([200, [], token]);
      const id = await kept.file('after', 'x');
      const changes = await kept.drive('GET', `changes?pageToken=${token}`);
      expect(changes.json['changes']).toMatchObject([{ fileId: id }]);
      const later = Number(changes.json['newStartPageToken']) + 1;
      expect((await kept.drive('GET', `changes?pageToken=${later}`)).status).toBe(400);
    } finally {
      await kept.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('do not name what anybody may open who has its link', async () => {
    const { startPageToken } = (await test.drive('GET', 'changes/startPageToken', { token: test.bob })).json;
    const id = await test.file('secret', 'x');
    await test.drive('POST', `files/${id}/permissions`, { body: { type: 'anyone', role: 'reader' } });
    const changes = () => test.drive('GET', `changes?pageToken=${text(startPageToken)}`, { token: test.bob });
    expect((await changes()).json['changes']).toEqual([]);
    const body = { type: 'user', role: 'reader', emailAddress: 'bob@example.com' };
    await test.drive('POST', `files/${id}/permissions?sendNotificationEmail=false`, { body });
    expect((await changes()).json['changes']).toMatchObject([{ fileId: id, file: { name: 'secret' } }]);
  });

  it('say that a file is gone for those who could read it only in the folder that it was in', async () => {
    const body = { type: 'user', role: 'reader', emailAddress: 'bob@example.com' };
    const folder = await test.folder('shared');
    await test.drive('POST', `files/${folder}/permissions?sendNotificationEmail=false`, { body });
    const id = await test.file('inside', 'x', { parents: [folder] });
    const { startPageToken } = (await test.drive('GET', 'changes/startPageToken', { token: test.bob })).json;
    await test.drive('PATCH', `files/${id}?addParents=root&removeParents=${folder}`, { body: {} });
    const changes = await test.drive('GET', `changes?pageToken=${text(startPageToken)}`, { token: test.bob });
    expect(changes.json['changes']).toMatchObject([{ fileId: id, removed: true }]);
  });

  it('are sorted by the bytes that count, with earlier contents', async () => {
    const [small, large] = [await test.file('small', 'x'.repeat(10)), await test.file('large', 'x'.repeat(100))];
    const upload = (bytes: number) =>
      test.ask('PATCH', `/upload/drive/v3/files/${small}?uploadType=media&keepRevisionForever=true`, {
        token: test.alice,
        body: Buffer.alloc(bytes, 'x'),
      });
    await upload(1000);
    await upload(10);
    const q = encodeURIComponent("name = 'small' or name = 'large'");
    const answer = await test.drive('GET', `files?q=${q}&orderBy=quotaBytesUsed+desc&fields=files(id,quotaBytesUsed)`);
    expect(answer.json['files']).toMatchObject([{ id: small }, { id: large }]);
  });

  it('of units count for each client of an account', async () => {
    await test.ask('PATCH', '/__sandbox/behavior', { body: { quotas: { unitsPerMinute: 12 } } });
    const other = { clientId: 'other', clientSecret: 's', redirectUris: [] };
    expect((await test.ask('POST', '/__sandbox/clients', { body: other })).status).toBeLessThan(300);
    const id = (await test.drive('GET', 'files/root?fields=id')).json['id'];
    const get = (token: string) => test.drive('GET', `files/${text(id)}?fields=id`, { token });
    await get(test.alice);
    expect((await get(test.alice)).status).toBe(403);
    expect((await get(await test.token('alice@example.com', { clientId: 'other' }))).status).toBe(200);
    await test.ask('PATCH', '/__sandbox/behavior', { body: { quotas: {} } });
  });

  it('lead to no contents of a revision that Google calls abusive', async () => {
    const id = await test.file('bad', 'x');
    await test.ask('POST', '/__sandbox/items', { body: { fileId: id, abusive: true } });
    const get = (more = '') => test.drive('GET', `files/${id}/revisions/head?alt=media${more}`);
    expect((await get()).status).toBe(403);
    expect((await get('&acknowledgeAbuse=true')).status).toBe(200);
  });

  it('of calls in a batch may not be larger than other bodies', async () => {
    const part = `--b\r\ncontent-type: application/http\r\n\r\nGET /drive/v3/files/x\r\n\r\n${'x'.repeat(9 * 1024 * 1024)}\r\n--b--`;
    const headers = { 'content-type': 'multipart/mixed; boundary=b' };
    const answer = await test.ask('POST', '/batch/drive/v3', { token: test.alice, body: Buffer.from(part), headers });
    expect(answer.status).toBe(413);
  });
});
