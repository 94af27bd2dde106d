import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoogleProxy } from '../http/google-proxy.ts';
import { routeOf } from '../http/routes.ts';
import { TestSandbox } from '../testing/test-client.ts';

const PYTHON = process.env['GOOGLE_PYTHON'];
const SCRIPT = join(import.meta.dirname, 'python');
const CLIENT = { clientId: 'python', clientSecret: 'not so secret', redirectUris: ['http://localhost/'] };
const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** Notifications, labels, proposals, apps, the former names of shared drives, and calls for operations. */
const NOT_MODELLED =
  /^(accessproposals|apps|channels|teamdrives)\.|\.(watch|listLabels|modifyLabels)$|^operations\.(cancel|delete|list)$/;

type Results = Record<string, { ok?: unknown; error?: string }>;

/**
 * Google's Python client from Debian, unmodified: if it disagrees with the sandbox, the sandbox
 * is wrong. The script runs once; the result of each of its steps is a test.
 */
(PYTHON ? describe : describe.skip)("Google's Python client (skipped without GOOGLE_PYTHON)", () => {
  let test: TestSandbox;
  let proxy: GoogleProxy;
  let folder: string;
  let results: Results;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'python-'));
    test = await TestSandbox.start({ clients: [CLIENT] });
    proxy = await GoogleProxy.start(test.sandbox.url);
    writeFileSync(join(folder, 'ca.pem'), proxy.authority);
    results = JSON.parse(await run(JSON.stringify(await given()))) as Results;
  });
  afterAll(async () => {
    await proxy?.close();
    await test?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Input of the script: tokens as from a sign-in, and a service account's key. */
  async function given(): Promise<object> {
    const tokens: Record<string, object> = {};
    for (const [name, account, scopes] of [
      ['alice', 'alice@example.com'],
      ['bob', 'bob@example.com'],
      ['reader', 'alice@example.com', [`${DRIVE_SCOPE}.readonly`]],
    ] as const) {
      const { json } = await test.ask('POST', '/__sandbox/tokens', {
        body: { account, clientId: CLIENT.clientId, ...(scopes && { scopes }) },
      });
      tokens[name] = { ...json, client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret };
    }
    const { json } = await test.ask('POST', '/__sandbox/service-accounts', {
      body: {
        email: 'mover@project.iam.gserviceaccount.com',
        generate: true,
        delegation: { domain: 'example.com', scopes: [DRIVE_SCOPE] },
      },
    });
    const key = { ...json['keyFile'], token_uri: 'https://oauth2.googleapis.com/token' };
    return { control: test.sandbox.url, folder, tokens, key };
  }

  function run(input: string): Promise<string> {
    const ca = join(folder, 'ca.pem');
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      HTTPS_PROXY: proxy.url,
      // For httplib2 and for requests.
      HTTPLIB2_CA_CERTS: ca,
      REQUESTS_CA_BUNDLE: ca,
      PYTHONDONTWRITEBYTECODE: '1',
    };
    return new Promise((resolve, reject) => {
      const options = { env, cwd: folder, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile(PYTHON ?? '', [SCRIPT], options, (error, out, log) =>
        error ? reject(new Error(`${error.message}\n${log}`)) : resolve(out),
      );
      child.stdin?.end(input);
    });
  }

  function ok(step: string): unknown {
    const { ok, error } = results[step] ?? { error: `There is no step ${step}.` };
    if (error !== undefined) throw new Error(error);
    return ok;
  }

  describe('uploads', () => {
    it('content alone, with the given type', () => {
      expect(ok('upload_media')).toMatchObject({ name: 'Untitled', size: '13', mimeType: 'text/plain' });
    });

    it('metadata and content in one body with lines that end in LF, byte for byte', () => {
      const kept = (name: string) => [name, 0, true, true];
      const names = ['text', 'empty', 'line break', 'both breaks', 'breaks around', 'carriage return'];
      const expected = [...names, 'noise', 'binary'].map((name) => [name, kept(name)]);
      expect(ok('upload_multipart')).toEqual(Object.fromEntries(expected));
      expect(ok('upload_multipart_unicode')).toEqual([true, 1]);
    });

    it('a local file, by its name or in a session', () => {
      const file = { size: '11', mimeType: 'text/plain' };
      expect(ok('upload_by_file_name')).toMatchObject([
        { name: 'by name', ...file },
        { name: 'by media', ...file },
      ]);
    });

    it('in a session: in chunks, as a whole, of nothing, without metadata', () => {
      expect(ok('upload_resumable')).toEqual({
        chunks: [786_433, true, 4],
        exact: [524_288, true, 2],
        one: [5, true, 1],
        empty: [0, true, 1],
        whole: [262_151, true, 1],
        'without metadata': 'Untitled',
      });
    });

    it('in a session of unknown length; the last range of whole chunks is refused, as at Google', () => {
      // https://github.com/googleapis/google-api-python-client/issues/1801
      const refused = { status: 400, reason: 'Bad Request', details: 'Failed to parse Content-Range header.' };
      expect(ok('upload_of_unknown_length')).toMatchObject([true, 3, refused]);
    });

    it('continues a session after an error and after a broken connection', () => {
      expect(ok('upload_resumed')).toEqual([503, true]);
      expect(ok('upload_broken_off')).toBe(true);
    });

    it('gets the reason of a refusal at the start of a session', () => {
      expect(ok('upload_refused')).toEqual([404, 'File not found: nowhere.', 'notFound']);
    });

    it('new content for a file, in all three ways, and new metadata alone', () => {
      const sizes = [
        ['updated', '6'],
        ['renamed', '6'],
        ['renamed', '7'],
        ['renamed', '7'],
      ];
      expect(ok('update_content')).toEqual([true, sizes, 'only this', 4, 'first']);
    });

    it('text that is converted into a document, which is exported whole and in chunks', () => {
      expect(ok('convert')).toEqual(['application/vnd.google-apps.document', true, '%PDF-']);
    });
  });

  it('downloads whole files, chunks and an empty file; the bytes of a document are refused', () => {
    expect(ok('download')).toEqual([true, [262_144, 524_288, 786_432, 786_437], true]);
    expect(ok('download_of_nothing')).toEqual([true, 0, '', '']);
    expect(ok('download_of_a_document')).toMatchObject({ status: 403, details: [{ reason: 'fileNotDownloadable' }] });
  });

  it('follows pages of files and of changes', () => {
    expect(ok('pages')).toEqual([
      [2, 2, 1],
      ['n4', 'n3', 'n2', 'n1', 'n0'],
    ]);
    expect(ok('changes')).toEqual([true, true]);
  });

  it('sends a long query as a form, and follows its pages', () => {
    const missing = { status: 404, reason: 'File not found: missing.' };
    expect(ok('long_query')).toMatchObject(['POST', ['täst 0', 'täst 1', 'täst 2'], 2, missing]);
  });

  describe('a batch', () => {
    it('has a response for each call, with the id of the call', () => {
      expect(ok('batch')).toEqual({
        get: { name: 'kept' },
        create: { name: 'Ünïcode\nline' },
        update: { description: 'd' },
        delete: '',
        missing: [404, 'File not found: missing.'],
        'list with spaces + <signs>': { files: [{ name: 'kept' }] },
        '1': { role: 'reader' },
        media: [302, 'Found'],
      });
      expect(ok('batch_of_a_hundred')).toBe(100);
    });

    it('is sent again with a new token after 401', () => {
      expect(ok('batch_refreshes')).toEqual([
        [`{'name': 'My Drive'}`, 'None'],
        [`{'user': {'emailAddress': 'alice@example.com'}}`, 'None'],
      ]);
    });
  });

  it('uses the account, permissions, comments, copies, shared drives and the trash', () => {
    expect(ok('about')).toEqual({
      user: { emailAddress: 'alice@example.com', me: true },
      storageQuota: { limit: '2199023255552' },
    });
    expect(ok('resources')).toEqual({
      permission: ['reader', 'writer', 2, ''],
      comment: ['Ä comment', { action: 'resolve' }],
      copy: { name: 'copy' },
      'own id': true,
      drive: ['team', ['team']],
      trash: [{ trashed: true }, ''],
    });
  });

  describe('errors', () => {
    const refused = (status: number, reason: string, location?: string) =>
      expect.objectContaining({
        status,
        reason: expect.any(String) as unknown,
        type: 'application/json; charset=UTF-8',
        details: [expect.objectContaining({ domain: 'global', reason, ...(location && { location }) })],
      }) as unknown;

    it('have their status, message and details', () => {
      expect(ok('errors')).toEqual({
        missing: refused(404, 'notFound', 'fileId'),
        query: refused(400, 'invalid', 'q'),
        fields: refused(400, 'invalidParameter', 'fields'),
        'blank fields': refused(400, 'required', 'fields'),
        'page token': refused(400, 'invalid', 'pageToken'),
        'read-only field': refused(403, 'fieldNotWritable'),
        'unknown grantee': refused(400, 'invalidSharingRequest'),
        'no rights': refused(404, 'notFound', 'fileId'),
        scope: refused(403, 'insufficientPermissions'),
        'no credentials': refused(403, 'forbidden'),
        'api key': refused(400, 'badRequest'),
      });
    });

    it('are retried for rate limits and servers, not for permissions', () => {
      expect(ok('retries')).toEqual({
        'rate limit': ['answered', 3],
        rights: ['insufficientFilePermissions', 1],
        server: ['answered', 3],
      });
    });
  });

  describe("Google's discovery document", () => {
    it('has no field that the sandbox refuses in a mask; malformed masks and other names are refused', () => {
      expect(ok('masks')).toEqual([[], true]);
    });

    it('has no method that the sandbox lacks, except those that it does not model', () => {
      const missing = (ok('methods') as [string, string, string][])
        .filter(([, method, path]) => {
          const address = `/drive/v3/${path.replace(/\{\w+\}/g, 'x')}`;
          return routeOf(method, address, new URLSearchParams()) === undefined;
        })
        .map(([id]) => id);
      expect(missing.filter((id) => !NOT_MODELLED.test(id))).toEqual([]);
    });
  });

  describe('OAuth', () => {
    it('refreshes an expired token, and one that is refused', () => {
      expect(ok('refresh_of_a_token_that_ended')).toEqual([true, true, true]);
      expect(ok('refresh_after_401')).toEqual([{ kind: 'drive#about' }, true]);
    });

    it('gets the reason for refusing a refresh, and does not repeat it', () => {
      expect(ok('refresh_refused')).toEqual({
        token: [{ error: 'invalid_grant', error_description: expect.any(String) as unknown }, false],
        secret: [{ error: 'invalid_client', error_description: 'Unauthorized' }, false],
        client: [{ error: 'invalid_client', error_description: 'The OAuth client was not found.' }, false],
      });
      expect(ok('refresh_with_scopes')).toMatchObject({ error: 'invalid_scope' });
    });

    it('acts as a service account, and as people of a domain that delegated to it', () => {
      const refused = { error: 'unauthorized_client', error_description: expect.any(String) as unknown };
      expect(ok('service_account')).toEqual({
        itself: 'mover@project.iam.gserviceaccount.com',
        bob: 'bob@example.com',
        outsider: refused,
        scope: refused,
      });
    });

    it('verifies id_tokens with the published certificates, and reads the account', () => {
      const [audience, issuer] = ['https://service.example', 'https://accounts.google.com'];
      expect(ok('service_account_id_token')).toEqual(['mover@project.iam.gserviceaccount.com', audience, issuer]);
      const email = 'alice@example.com';
      expect(ok('identity')).toEqual([email, [email, true, true], [email, true, true, CLIENT.clientId], email]);
    });
  });

  it('connects to no other host', () => {
    expect([...proxy.hosts].sort()).toEqual(['oauth2.googleapis.com', 'www.googleapis.com']);
    expect([...proxy.refused]).toEqual([]);
  });
});
