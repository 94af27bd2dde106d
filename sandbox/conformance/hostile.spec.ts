import { gzipSync } from 'node:zlib';
import { COMMON_ERRORS } from '../http/endpoint.ts';
import { ERRORS, type ErrorName, type ErrorRow } from '../http/error-catalogue.ts';
import { apiOf, GOOGLE_APIS } from '../http/google-apis.ts';
import { ENDPOINTS, routeOf } from '../http/routes.ts';
import { everythingIn } from '../testing/everything.ts';
import {
  BAD_FLAGS,
  BAD_IDS,
  BAD_JSON,
  BAD_QUERIES,
  BAD_TYPES,
  EVERYWHERE,
  FIELDS,
  FLAGS,
  VALID,
  VALUES,
} from '../testing/malformed.ts';
import { multipart, TestSandbox, text, type Answer, type Ask } from '../testing/test-client.ts';

/**
 * Malformed requests for every endpoint of the route table: each must get an error in Google's format, and leave the
 * sandbox unchanged. None may cause a 5xx, a broken connection or a hang. Malformed HTTP is in `hostile-bytes.spec.ts`.
 */

/** Every address as `METHOD /path/{id}?query`, including the kinds of uploads without a separate endpoint. */
const ADDRESSES: readonly string[] = Object.entries(ENDPOINTS).flatMap(([operation, { at }]) =>
  [at].flat().flatMap((template) => {
    const [, methods = '', path = ''] = /^(\S+) (.*)$/.exec(template) ?? [];
    const kinds = operation === 'files.upload' ? ['?uploadType=media', '?uploadType=multipart'] : [''];
    return methods.split('|').flatMap((method) => kinds.map((kind) => `${method} ${path}${kind}`));
  }),
);

const reasonOf = (name: ErrorName): string => (ERRORS[name] as ErrorRow)[2]?.reason ?? name;

describe('a malformed request', () => {
  let test: TestSandbox;
  let ids: Record<string, string>;
  /** Everything in the sandbox, while nothing has changed. */
  let everything: string | undefined;

  beforeAll(async () => {
    test = await TestSandbox.start({
      clients: [{ clientId: 'app', clientSecret: 'secret', redirectUris: ['http://localhost/'] }],
    });
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    everything = undefined;
    await test.ask('POST', '/__sandbox/reset', { body: {} });
    await test.signIn();
    const fileId = await test.file('file', 'content');
    const driveId = text((await test.drive('POST', 'drives?requestId=1', { body: { name: 'team' } })).json['id']);
    const post = async (path: string, body: object): Promise<string> =>
      text((await test.drive('POST', path, { body })).json['id']);
    const commentId = await post(`files/${fileId}/comments?fields=id`, { content: 'c' });
    ids = {
      fileId,
      driveId,
      commentId,
      replyId: await post(`files/${fileId}/comments/${commentId}/replies?fields=id`, { content: 'r' }),
      permissionId: await test.share(fileId),
      revisionId: 'none',
      name: 'none',
      session: '',
    };
  });

  const fill = (address: string, replaced: Record<string, string> = {}): [method: string, path: string] => {
    const [, method = '', path = ''] = /^(\w+) (.*)$/.exec(address) ?? [];
    return [method, path.replace(/\{(\w+)\}/g, (_all, name: string) => replaced[name] ?? ids[name] ?? 'none')];
  };

  /** Sends a request and checks that the response has Google's format. */
  async function ask(method: string, path: string, more: Ask = {}): Promise<Answer> {
    try {
      const before = (everything ??= everythingIn(test.sandbox.state));
      everything = undefined;
      const answer = await test.ask(method, path, { token: test.alice, ...more });
      if (answer.status >= 400) {
        checkUnchanged(before, answer);
        everything = before;
      }
      // The method that X-HTTP-Method-Override names.
      const meant = more.headers?.['x-http-method-override'];
      check((meant || method).toUpperCase(), path, answer);
      return answer;
    } catch (error) {
      const { headers, body } = more;
      (error as Error).message = [`${method} ${path}`, JSON.stringify({ headers, body }), (error as Error).message]
        .map((line) => line.slice(0, 300))
        .join('\n');
      throw error;
    }
  }

  /** A refusal changes nothing. */
  function checkUnchanged(before: string, { status, text: body }: Answer): void {
    const after = everythingIn(test.sandbox.state);
    if (after === before) return;
    const at = [...after].findIndex((char, i) => char !== before[i]);
    throw new Error(`${status}, but it was done: ${after.slice(Math.max(0, at - 150), at + 100)}\n${body}`);
  }

  function check(method: string, path: string, { status, headers, text: body }: Answer): void {
    if (status < 400 && status >= 200) return;
    const type = String(headers['content-type']);
    const wrong = new Error(`${status} ${type} ${body}`);
    if (status < 200 || status >= 500) throw wrong;
    const { pathname, searchParams } = new URL(path, 'http://localhost');
    const operation = routeOf(method, pathname, searchParams)?.operation ?? '';
    // The front end's page.
    if (operation === '' && (status === 404 || status === 400) && type.startsWith('text/html')) return;
    if (operation === 'oauth.authorize' && type.startsWith('text/html')) return;
    // The protocol of resumable uploads.
    if (operation === 'files.upload.chunk' && type.startsWith('text/plain') && body !== '') return;
    const json = JSON.parse(body) as { error: unknown; error_description?: unknown };
    if (typeof json.error === 'string') {
      if (!operation.startsWith('oauth.') || typeof json.error_description !== 'string') throw wrong;
      return;
    }
    const {
      code,
      message,
      errors,
      status: word,
      details,
    } = json.error as {
      code: unknown;
      message: unknown;
      errors?: { [name: string]: string | undefined }[];
      status?: unknown;
      details?: unknown;
    };
    if (!errors) {
      // The newer format: a status word instead of reasons.
      const isNewer = GOOGLE_APIS[apiOf(pathname)].errorShape === 'status';
      if (!isNewer || code !== status || typeof message !== 'string' || !/^[A-Z_]+$/.test(String(word))) throw wrong;
      return;
    }
    const [first] = errors;
    if (code !== status || typeof message !== 'string' || message === '' || !first?.['reason']) throw wrong;
    // Only wrong types have details, in place of a domain.
    if ((details === undefined) === (first['domain'] === undefined)) throw wrong;
    // Errors of credentials have a longer message at the top.
    if (first['message'] !== message && status !== 401) throw wrong;
    // The row of the endpoint must list every error that it returns.
    const rows = operation === '' ? [] : [...COMMON_ERRORS, ...ENDPOINTS[operation]!.errors];
    if (rows.length > 0 && !rows.some((name) => reasonOf(name) === first['reason']))
      throw new Error(`${operation} does not name ${first['reason']}: ${wrong.message}`);
  }

  /** All previous items still exist, and all their fields can be read. */
  async function isIntact(): Promise<void> {
    const { status, text: body } = await test.drive('GET', 'files?fields=*&pageSize=1000');
    if (status !== 200) throw new Error(body);
    for (const path of ['changes?pageToken=1&fields=*', 'drives?fields=*', 'about?fields=*']) {
      const answer = await test.drive('GET', path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    }
  }

  it.each(ADDRESSES.filter((each) => each.includes('{')))('%s: invalid ids', async (address) => {
    const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    for (const name of names)
      for (const bad of BAD_IDS) {
        const [method, path] = fill(address, { [name]: bad });
        await ask(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
      }
    await isIntact();
  });

  it.each(ADDRESSES)('%s: invalid parameters', async (address) => {
    for (const bad of BAD_QUERIES) {
      const [method, path] = fill(address);
      const separator = path.includes('?') ? '&' : '?';
      const hasBody = method !== 'GET' && method !== 'DELETE';
      await ask(method, `${path}${separator}${bad.replaceAll(' ', '%20')}`, hasBody ? { body: {} } : {});
    }
    await isIntact();
  });

  it.each(FLAGS)('%s: %j that are no booleans', async (address, flags) => {
    for (const flag of flags)
      for (const value of BAD_FLAGS) {
        const [method, path] = fill(address);
        const query = `${path.includes('?') ? '&' : '?'}${flag}=${value}`;
        const answer = await ask(method, path + query, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
        expect([query, answer.status, answer.text]).toEqual([query, 400, expect.stringContaining('(TYPE_BOOL)')]);
      }
    await isIntact();
  });

  it.each(ADDRESSES.filter((each) => !/^GET|^DELETE|^\S+ \/[^du]|upload_id/.test(each)))(
    '%s: an invalid mask of fields, with a valid body',
    async (address) => {
      const [method, path] = fill(address, { revisionId: 'head' });
      const name = address.split('?')[0]?.match(/.*\/(\w+)/)?.[1] ?? '';
      const resource = Object.keys(FIELDS).findLast((each) => address.includes(`/${each}`)) ?? '';
      const metadata = (name === 'copy' ? {} : VALID[`${method} ${resource}`]) ?? VALID[resource] ?? {};
      const separator = path.includes('?') ? '&' : '?';
      const refused = await ask(
        method,
        `${path}${separator}requestId=new&fields=nope`,
        address.includes('multipart') ? multipart(metadata, 'new') : { body: metadata },
      );
      expect(refused.json['error']).toMatchObject({ code: 400, errors: [{ location: 'fields' }] });
      // Only the mask is wrong.
      const done = await ask(
        method,
        `${path}${separator}requestId=new&fields=*`,
        address.includes('multipart') ? multipart(metadata, 'new') : { body: metadata },
      );
      expect(done.status).toBe(200);
    },
  );

  it.each(ADDRESSES.filter((each) => !each.startsWith('GET')))('%s: malformed bodies', async (address) => {
    const json = { 'content-type': 'application/json' };
    for (const body of BAD_JSON) await ask(...fill(address), { headers: json, body });
    for (const body of ['{}', '', gzipSync('{"name":"x"}').subarray(0, -6), gzipSync('{')])
      await ask(...fill(address), { headers: { ...json, 'content-encoding': 'gzip' }, body });
    for (const type of BAD_TYPES)
      await ask(...fill(address), { headers: { 'content-type': type }, body: '{"name":"x"}' });
    await isIntact();
  });

  it.each(ADDRESSES.filter((each) => /^(POST|PATCH|PUT) \/(drive|upload)/.test(each) && !each.includes('upload_id')))(
    '%s: fields of a wrong type',
    async (address) => {
      const json = { 'content-type': 'application/json' };
      const resource = Object.keys(FIELDS).findLast((name) => address.includes(`/${name}`));
      const fields = resource === undefined ? Object.values(FIELDS).flat() : (FIELDS[resource] ?? []);
      for (const field of [...fields, ...EVERYWHERE])
        for (const value of VALUES) await ask(...fill(address), { headers: json, body: `{"${field}":${value}}` });
      if (resource === 'permissions')
        for (const type of ['user', 'group', 'domain', 'anyone'])
          for (const field of ['emailAddress', 'domain', 'role', 'expirationTime'])
            for (const value of VALUES) {
              const rest = { type, role: 'reader', emailAddress: 'bob@example.com', domain: 'example.com' };
              const body = JSON.stringify({ ...rest, [field]: 0 }).replace(`"${field}":0`, `"${field}":${value}`);
              await ask(...fill(address), { headers: json, body });
            }
      await isIntact();
    },
  );

  it.each(ADDRESSES)('%s: unsupported methods, and invalid credentials', async (address) => {
    const [method, path] = fill(address);
    for (const other of ['PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'HEAD'])
      if (other !== method) {
        const answer = await test.ask(other, path, { token: test.alice });
        if (other === 'HEAD') expect([200, 404, 400]).toContain(answer.status);
        else check(other, path, answer);
      }
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer a b',
      'bearer nope',
      `Bearer ${'x'.repeat(4000)}`,
    ])
      await ask(method, path, { headers: { authorization }, ...(method === 'GET' ? {} : { body: {} }) });
    for (const override of ['', 'NOPE', 'GET', 'get', 'DELETE ME'])
      await ask('POST', path, {
        headers: { 'x-http-method-override': override, 'content-type': 'application/x-www-form-urlencoded' },
        body: '&&=%zz&%',
      });
    await isIntact();
  });

  it.each([
    ['POST /drive/v3/files', ['name', 'mimeType', 'description', 'originalFilename', 'folderColorRgb'], '7'],
    ['PATCH /drive/v3/files/{fileId}', ['name', 'mimeType', 'description', 'originalFilename'], '{}'],
    ['PATCH /drive/v3/files/{fileId}', ['starred', 'trashed', 'writersCanShare', 'modifiedTime'], '"perhaps"'],
    ['POST /drive/v3/files', ['parents', 'properties', 'appProperties', 'contentHints', 'downloadRestrictions'], '7'],
    ['POST /drive/v3/files', ['shortcutDetails', 'contentRestrictions', 'createdTime', 'viewedByMeTime'], '"x"'],
    ['POST /drive/v3/files/{fileId}/copy', ['name', 'parents', 'starred', 'properties'], '7'],
    [
      'POST /drive/v3/files/{fileId}/permissions',
      ['type', 'role', 'emailAddress', 'domain', 'allowFileDiscovery'],
      '7',
    ],
    ['PATCH /drive/v3/files/{fileId}/permissions/{permissionId}', ['role', 'pendingOwner'], '7'],
    ['POST /drive/v3/files/{fileId}/comments?fields=id', ['content', 'anchor', 'quotedFileContent'], '7'],
    ['POST /drive/v3/files/{fileId}/comments/{commentId}/replies?fields=id', ['content', 'action'], '7'],
    ['POST /drive/v3/drives?requestId=2', ['name', 'restrictions', 'colorRgb', 'themeId'], '7'],
  ] as [string, string[], string][])('%s refuses %j as %s', async (address, fields, value) => {
    for (const field of fields) {
      const rest = { type: 'user', role: 'reader', emailAddress: 'bob@example.com', content: 'x', name: 'x' };
      const body = JSON.stringify({ ...rest, [field]: 0 }).replace(`"${field}":0`, `"${field}":${value}`);
      const { status } = await ask(...fill(address), { headers: { 'content-type': 'application/json' }, body });
      expect([field, status]).toEqual([field, 400]);
    }
    await isIntact();
  });

  describe('an upload', () => {
    const start = async (headers: Record<string, string> = {}): Promise<string> => {
      const path = '/upload/drive/v3/files?uploadType=resumable';
      return text((await test.ask('POST', path, { token: test.alice, headers, body: {} })).headers['location']);
    };
    const pathOf = (address: string): string => new URL(address).pathname + new URL(address).search;

    it('with invalid parts', async () => {
      const part = '--b\r\nContent-Type: application/json\r\n\r\n{"name":"x"}\r\n';
      for (const body of [
        ...['', '\r\n', '--b', '--b--', '--b\r\n', 'x', '--c\r\n\r\n--c--', part, `${part}--b--`, `${part}--b\r\n`],
        ...[
          `${part}--b\r\n\r\ncontent`,
          `${part}--b\r\nContent-Type: text/plain\r\n`,
          `--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--`,
        ],
        ...[`--b\r\n${'x: y\r\n'.repeat(5000)}\r\n{}\r\n--b--`, `--b\r\n${'x'.repeat(40_000)}`],
        ...[part.replace('{"name":"x"}', '{"name":'), part.replace('{"name":"x"}', '[]')].map(
          (first) => `${first}--b\r\n\r\nx\r\n--b--`,
        ),
        `${part}--b\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b`,
      ])
        for (const type of ['multipart/related; boundary=b', 'multipart/related', 'multipart/related; boundary=""'])
          for (const method of ['POST', 'PATCH']) {
            const id = method === 'PATCH' ? `/${ids['fileId']}` : '';
            const path = `/upload/drive/v3/files${id}?uploadType=multipart`;
            const answer = await ask(method, path, { headers: { 'content-type': type }, body });
            expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code: 400 })]);
          }
      await isIntact();
    });

    it('whose metadata do not end', async () => {
      const headers = { 'content-type': 'multipart/related; boundary=b' };
      const body = `--b\r\nContent-Type: application/json\r\n\r\n{"name":"${'x'.repeat(9 * 1024 * 1024)}"}`;
      const answer = await ask('POST', '/upload/drive/v3/files?uploadType=multipart', { headers, body });
      expect(answer.status).toBe(413);
    });

    it('with invalid ranges', async () => {
      for (const range of [
        ...[
          '',
          'bytes',
          'bytes a-b/c',
          'bytes 0-0/0',
          'bytes 5-3/10',
          'bytes 0-4/2',
          'bytes -1-3/4',
          'bytes 0-4',
          '0-4/5',
        ],
        ...['bytes 0-99999999999999999999/*', 'bytes 99999999999999999999-99999999999999999999/99999999999999999999'],
        ...[
          'bytes 1-5/6',
          'bytes */-1',
          'bytes */x',
          'bytes 0-4/5, 5-9/10',
          'octets 0-4/5',
          'bytes 0.5-4/5',
          'bytes 0-4/1e9',
        ],
      ]) {
        const answer = await ask('PUT', pathOf(await start()), { headers: { 'content-range': range }, body: 'hello' });
        expect([range, answer.status]).toEqual([range, 400]);
      }
      for (const length of ['-1', 'x', '1.5', '1e9', '', ' '])
        expect(
          (
            await ask('POST', '/upload/drive/v3/files?uploadType=resumable', {
              headers: { 'x-upload-content-length': length },
              body: {},
            })
          ).status,
        ).toBe(400);
      for (const id of ['', 'x', '__proto__', 'a'.repeat(3000), '%ff'])
        for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'])
          await ask(method, `/upload/drive/v3/files?uploadType=resumable&upload_id=${id}`, { body: 'hello' });
      await isIntact();
    });
  });

  it('an address without end', async () => {
    for (const emailAddress of [`a@${'a'.repeat(1e6)} `, `${'a'.repeat(1e6)}@example.com`]) {
      const body = { type: 'user', role: 'reader', emailAddress };
      const answer = await ask('POST', `/drive/v3/files/${ids['fileId']}/permissions`, { body });
      expect(answer.status).toBe(400);
    }
  });

  it('a malformed batch, or malformed calls in it', async () => {
    const head = 'Content-Type: application/http\r\n\r\n';
    for (const part of [
      ...[
        '',
        '\r\n',
        head,
        'Content-Type: text/plain\r\n\r\nGET / HTTP/1.1',
        `${head}GET`,
        `${head}GET  HTTP/1.1`,
        `${head}GET http://[ HTTP/1.1`,
      ],
      ...[
        `${head}get /drive/v3/about HTTP/1.1`,
        `${head}GET /drive/v3/about?fields=kind HTTP/9.9`,
        `${head}GET /batch/drive/v3`,
      ],
      ...[`${head}POST /drive/v3/files HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name":`, `${head}\u0000`],
      ...[`${head}GET /__sandbox/state HTTP/1.1`, `${head}GET / HTTP/1.1`, `${head}POST /token HTTP/1.1\r\n\r\nx`],
      ...[`${head}GET /${'x'.repeat(9000)} HTTP/1.1`, `${head}GET /drive/v3/about HTTP/1.1\r\n: no name\r\nno colon`],
    ])
      for (const end of ['--', '', '\r\n']) {
        const headers = { 'content-type': 'multipart/mixed; boundary=b' };
        const answer = await test.ask('POST', '/batch/drive/v3', {
          token: test.alice,
          headers,
          body: `--b\r\n${part}\r\n--b${end}`,
        });
        expect([part, answer.status < 500, /HTTP\/1.1 5\d\d/.test(answer.text)]).toEqual([part, true, false]);
        if (answer.status !== 200) check('POST', '/batch/drive/v3', answer);
      }
    for (const type of ['', 'multipart/mixed', 'multipart/related; boundary=b', 'application/json'])
      await ask('POST', '/batch/drive/v3', { headers: { 'content-type': type }, body: '--b--' });
    await isIntact();
  });
});
