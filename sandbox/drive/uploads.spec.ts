import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { TestSandbox, multipart, type Answer, text } from '../testing/test-client.ts';
import { until } from '../../tools/until.ts';

const QUANTUM = 262_144;
const DATA = randomBytes(2 * QUANTUM + 1000);
const MD5 = createHash('md5').update(DATA).digest('hex');

/** "Upload file data", and what Google's Go client and rclone rely on. */
describe('uploads', () => {
  let test: TestSandbox;
  let time = Date.UTC(2026, 0, 1);
  beforeAll(async () => void (test = await TestSandbox.start({ now: () => time })));
  afterAll(() => test.close());
  // Tokens are valid for an hour of the sandbox's clock.
  beforeEach(() => test.signIn());

  async function begin(metadata: object = { name: 'up' }, headers: Record<string, string> = {}): Promise<string> {
    const answer = await test.ask(
      'POST',
      '/upload/drive/v3/files?uploadType=resumable&fields=id,name,size,md5Checksum,mimeType',
      {
        token: test.alice,
        body: metadata,
        headers,
      },
    );
    expect(answer.status).toBe(200);
    return text(answer.headers['location']);
  }

  function put(session: string, from: number, to: number, total: number | '*' = DATA.length): Promise<Answer> {
    return test.ask('PUT', session, {
      body: DATA.subarray(from, to),
      headers: { 'content-range': `bytes ${from}-${to - 1}/${total}` },
    });
  }

  function query(session: string, total: number | '*'): Promise<Answer> {
    return test.ask('PUT', session, { headers: { 'content-range': `bytes */${total}`, 'content-length': '0' } });
  }

  const whole = { name: 'up', size: String(DATA.length), md5Checksum: MD5 };

  describe('in chunks', () => {
    it('report the stored bytes, and end with the file', async () => {
      const session = await begin(
        { name: 'up' },
        { 'x-upload-content-length': String(DATA.length), 'x-upload-content-type': 'image/png' },
      );
      const none = await query(session, DATA.length);
      expect([none.status, none.headers['range']]).toEqual([308, undefined]);
      const first = await put(session, 0, QUANTUM);
      expect([first.status, first.headers['range'], first.text]).toEqual([308, `bytes=0-${QUANTUM - 1}`, '']);
      expect((await query(session, '*')).headers['range']).toBe(`bytes=0-${QUANTUM - 1}`);
      const last = await put(session, QUANTUM, DATA.length);
      expect(last.status).toBe(200);
      expect(last.json).toMatchObject({ ...whole, mimeType: 'image/png' });
      const { id } = last.json;
      expect((await test.drive('GET', `files/${text(id)}?alt=media`)).bytes.equals(DATA)).toBe(true);
      // A repeated query returns the same, because the first response may have been lost.
      expect((await query(session, DATA.length)).json).toEqual(last.json);
    });

    it('continue with the next request if the last one hangs', async () => {
      const session = await begin({ name: 'hung' }, { 'x-upload-content-length': String(DATA.length) });
      await test.behave({
        faults: [{ operation: 'files.upload.chunk', kind: 'stall', nth: 1, afterBytes: QUANTUM + 1000 }],
      });
      await test.control.clearStats();
      let isBroken = false;
      put(session, 0, DATA.length).catch(() => (isBroken = true));
      await test.received(QUANTUM + 1000);
      let state: Answer | undefined;
      await until('the query has ended the request that hangs', async () => {
        state = await query(session, DATA.length);
        return isBroken;
      });
      expect(state?.status).toBe(308);
      const kept = Number(/-(\d+)$/.exec(text(state?.headers['range'] ?? 'bytes=0--1'))?.[1] ?? -1) + 1;
      expect((await put(session, kept, DATA.length)).json).toMatchObject({ md5Checksum: whole.md5Checksum });
    });

    it('of unknown length end with the chunk that states the length', async () => {
      const session = await begin();
      expect((await put(session, 0, QUANTUM, '*')).status).toBe(308);
      expect((await put(session, QUANTUM, 2 * QUANTUM, '*')).status).toBe(308);
      expect((await put(session, 2 * QUANTUM, DATA.length)).json).toMatchObject(whole);
    });

    it('of unknown length that ended with a whole chunk are completed by a query', async () => {
      const session = await begin();
      await put(session, 0, QUANTUM, '*');
      expect((await query(session, QUANTUM)).json).toMatchObject({ size: String(QUANTUM) });
    });

    it('keep only whole quanta, and accept a repeated part', async () => {
      const session = await begin();
      // The part after the quantum differs the second time, and must replace the first.
      const body = Buffer.concat([DATA.subarray(0, QUANTUM), Buffer.alloc(500)]);
      const headers = { 'content-range': `bytes 0-${body.length - 1}/${DATA.length}` };
      const odd = await test.ask('PUT', session, { body, headers });
      expect([odd.status, odd.headers['range']]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
      expect((await put(session, 0, DATA.length)).json).toMatchObject(whole);
    });

    it('can be sent by POST, and return 200 with an override if the client does not support 308', async () => {
      const session = await begin();
      const answer = await test.ask('POST', session, {
        body: DATA.subarray(0, QUANTUM),
        headers: { 'content-range': `bytes 0-${QUANTUM - 1}/${DATA.length}`, 'x-guploader-no-308': 'yes' },
      });
      expect([answer.status, answer.headers['x-http-status-code-override'], answer.headers['range']]).toEqual([
        200,
        '308',
        `bytes=0-${QUANTUM - 1}`,
      ]);
      expect((await put(session, QUANTUM, DATA.length)).status).toBe(200);
    });

    it('continue from the confirmed bytes after a broken connection', async () => {
      const session = new URL(await begin());
      await test.control.clearStats();
      // Headers for the whole body, then only a part of it.
      await new Promise<void>((resolve) => {
        const socket = connect(Number(session.port), session.hostname, () => {
          socket.write(
            `PUT ${session.pathname}${session.search} HTTP/1.1\r\nHost: ${session.host}\r\nContent-Length: ${DATA.length}\r\n` +
              `Content-Range: bytes 0-${DATA.length - 1}/${DATA.length}\r\n\r\n`,
          );
          socket.write(Buffer.concat([DATA.subarray(0, QUANTUM), Buffer.alloc(7000)]));
          void test.received(QUANTUM + 7000).then(() => socket.destroy());
        });
        socket.on('close', () => resolve());
      });
      const state = await query(session.href, DATA.length);
      expect([state.status, state.headers['range']]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
      expect((await put(session.href, QUANTUM, DATA.length)).json).toMatchObject(whole);
    });

    it.each([
      ['a gap', `bytes ${QUANTUM}-${2 * QUANTUM - 1}/${DATA.length}`, QUANTUM, /exceeds already uploaded size of 0/],
      ['an invalid range', 'bytes 0--1/0', 0, /Failed to parse Content-Range/],
      ['a small chunk that is not the last', 'bytes 0-99/1000', 100, /equal or greater than 262144/],
      ['a body with another length than its range', `bytes 0-${QUANTUM - 1}/${DATA.length}`, 10, /names 262144 byte/],
      ['a chunk after the end', 'bytes 0-999/500', 1000, /^Invalid request\. {2}According [^]* behind the end/],
    ])('are refused for %s', async (_what, contentRange, length, message) => {
      const session = await begin();
      const answer = await test.ask('PUT', session, {
        body: DATA.subarray(0, length),
        headers: { 'content-range': contentRange },
      });
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(message);
    });

    it('are refused if their total differs from the announced one', async () => {
      const session = await begin({ name: 'up' }, { 'x-upload-content-length': '999' });
      expect((await put(session, 0, QUANTUM)).status).toBe(400);
    });
  });

  it.each(['one empty PUT', 'bytes */0'])('without bytes are completed by %s', async (how) => {
    const session = await begin({ name: 'nothing' });
    const headers = { 'content-length': '0', ...(how === 'bytes */0' ? { 'content-range': how } : {}) };
    const answer = await test.ask('PUT', session, { headers });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ size: '0', md5Checksum: 'd41d8cd98f00b204e9800998ecf8427e' });
  });

  it('in one request need no range', async () => {
    expect((await test.ask('PUT', await begin(), { body: DATA })).json).toMatchObject(whole);
  });

  it('expire after a week, or by the control API', async () => {
    const session = await begin();
    await test.ask('POST', '/__sandbox/uploads/expire', { body: {} });
    expect((await query(session, '*')).status).toBe(404);
    const other = await begin();
    time += 8 * 24 * 3600 * 1000;
    expect((await put(other, 0, DATA.length)).status).toBe(404);
  });

  it('hold nothing once they have expired, except the response of those that ended', async () => {
    await test.signIn();
    const { sessions } = test.sandbox.state.apis.uploads;
    const held = () => (sessions as unknown as { sessions: Map<string, object> }).sessions;
    await sessions.expire();
    const ended = await begin();
    expect((await put(ended, 0, DATA.length)).status).toBe(200);
    expect([...held().values()]).toEqual([expect.not.objectContaining({ writer: expect.anything() as unknown })]);
    expect((await query(ended, DATA.length)).json).toMatchObject(whole);
    await put(await begin(), 0, QUANTUM);
    time += 8 * 24 * 3600 * 1000;
    await test.signIn();
    await begin();
    expect(held().size).toBe(1);
  });

  it('check parent and id before the first byte, and again at the end', async () => {
    const ids = (await test.drive('GET', 'files/generateIds?count=1')).json['ids'] as unknown as string[];
    const first = await begin({ name: 'a', id: ids[0] });
    const second = await begin({ name: 'b', id: ids[0] });
    expect((await put(first, 0, DATA.length)).json).toMatchObject({ id: ids[0], name: 'a' });
    expect((await put(second, 0, DATA.length)).status).toBe(409);
    const third = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
      token: test.alice,
      body: { id: ids[0] },
    });
    expect(third.status).toBe(409);
    const lost = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
      token: test.alice,
      body: { parents: ['no'] },
    });
    expect(lost.status).toBe(404);
  });

  it('replace the content of a file', async () => {
    const id = await test.file('f', 'before');
    const start = await test.ask(
      'PATCH',
      `/upload/drive/v3/files/${id}?uploadType=resumable&fields=id,name,md5Checksum`,
      { token: test.alice, body: { name: 'g' } },
    );
    const done = await put(text(start.headers['location']), 0, DATA.length);
    expect(done.json).toEqual({ id, name: 'g', md5Checksum: MD5 });
    const media = await test.ask('PATCH', `/upload/drive/v3/files/${id}?uploadType=media&fields=size`, {
      token: test.alice,
      body: 'after',
      headers: { 'content-type': 'text/plain' },
    });
    expect(media.json).toEqual({ size: '5' });
    expect((await test.drive('GET', `files/${id}?alt=media`)).text).toBe('after');
  });

  it('need storage for what they add', async () => {
    await test.ask('POST', '/__sandbox/accounts', { body: { email: 'small@example.com', quotaBytes: 10 } });
    const token = await test.token('small@example.com');
    const replace = async (id: string, length: number, more = '') => {
      const answer = await test.ask('PATCH', `/upload/drive/v3/files/${id}?uploadType=media${more}`, {
        token,
        body: 'x'.repeat(length),
        headers: { 'content-type': 'text/plain' },
      });
      return text(answer.json['error']?.['errors']?.[0]?.['reason'] ?? String(answer.status));
    };
    const id = await test.file('f', 'x'.repeat(6), {}, token);
    expect([await replace(id, 11), await replace(id, 10), await replace(id, 6)]).toEqual([
      'storageQuotaExceeded',
      '200',
      '200',
    ]);
    // A pinned content stays beside the new one.
    expect(await replace(id, 6, '&keepRevisionForever=true')).toBe('200');
    expect([await replace(id, 5), await replace(id, 4)]).toEqual(['storageQuotaExceeded', '200']);
    // A document counts with its own size, whatever was uploaded.
    const DOC = 'application/vnd.google-apps.document';
    await expect(test.make({ mimeType: DOC }, token)).rejects.toThrow('storageQuotaExceeded');
    await expect(test.file('d', 'x', { mimeType: DOC }, token)).rejects.toThrow('storageQuotaExceeded');
  });

  describe('in one multipart request', () => {
    const path = '/upload/drive/v3/files?uploadType=multipart&fields=name,size,md5Checksum,mimeType';

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['line breaks and dashes', Buffer.from('\r\n--a-boundar\r\n--\r\n')],
      ['half a megabyte', DATA],
    ])('carry %s', async (_what, content) => {
      const answer = await test.ask('POST', path, {
        token: test.alice,
        ...multipart({ name: 'm' }, content, 'image/gif'),
      });
      expect(answer.json).toEqual({
        name: 'm',
        size: String(content.length),
        md5Checksum: createHash('md5').update(content).digest('hex'),
        mimeType: 'image/gif',
      });
    });

    it('carry base64', async () => {
      const body = `--b\r\nContent-Type: application/json\r\n\r\n{"name":"b"}\r\n--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('hello').toString('base64')}\r\n--b--`;
      const answer = await test.ask('POST', path, {
        token: test.alice,
        body,
        headers: { 'content-type': 'multipart/related; boundary=b' },
      });
      expect(answer.json).toMatchObject({ size: '5', md5Checksum: createHash('md5').update('hello').digest('hex') });
    });

    it.each([
      ['no boundary', 'multipart/related', ''],
      [
        'only one part',
        'multipart/related; boundary=b',
        '--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n',
      ],
      [
        'no closing boundary',
        'multipart/related; boundary=b',
        '--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\n\r\nabc',
      ],
      [
        'metadata that is not JSON',
        'multipart/related; boundary=b',
        '--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b\r\n\r\nabc\r\n--b--',
      ],
    ])('are refused with %s', async (_what, type, body) => {
      const answer = await test.ask('POST', path, { token: test.alice, body, headers: { 'content-type': type } });
      expect(answer.status).toBe(400);
    });
  });

  it('become Google documents on request, and can be exported again', async () => {
    const DOC = 'application/vnd.google-apps.document';
    const made = await test.ask('POST', '/upload/drive/v3/files?uploadType=multipart&fields=id,mimeType,md5Checksum', {
      token: test.alice,
      ...multipart({ name: 'd', mimeType: DOC }, 'First line\nSecond & &lt;last>', 'text/plain'),
    });
    expect(made.json).toEqual({ id: expect.any(String) as unknown, mimeType: DOC });
    const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const exported = await test.drive('GET', `files/${text(made.json['id'])}/export?mimeType=${docx}`);
    expect([exported.status, exported.headers['content-type']]).toEqual([200, docx]);
    const back = await test.ask('POST', '/upload/drive/v3/files?uploadType=multipart&fields=id', {
      token: test.alice,
      ...multipart({ name: 'e', mimeType: DOC }, exported.bytes, docx),
    });
    const plain = await test.drive('GET', `files/${text(back.json['id'])}/export?mimeType=text/plain`);
    expect(plain.text).toBe('\uFEFFFirst line\r\nSecond & &lt;last>\r\n');
    const nonsense = await test.ask('POST', '/upload/drive/v3/files?uploadType=multipart', {
      token: test.alice,
      ...multipart({ mimeType: DOC }, 'not a zip', docx),
    });
    expect(nonsense.status).toBe(400);
  });
});
