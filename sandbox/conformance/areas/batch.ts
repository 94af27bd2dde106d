import { SCOPE } from '../../oauth/scopes.ts';
import { behave, control, file, PEOPLE, type Request, type Scenario } from '../scenario.ts';

/** A batch with the calls as they are sent. */
function batch(parts: readonly string[], more: Partial<Request> = {}): Request {
  const text = parts
    .map((part, i) => `--mark\r\nContent-Type: application/http\r\nContent-ID: <part-${i}>\r\n\r\n${part}\r\n`)
    .join('');
  return {
    ask: 'POST /batch/drive/v3',
    headers: { 'content-type': 'multipart/mixed; boundary=mark' },
    body: `${text}--mark--\r\n`,
    status: 200,
    ...more,
  };
}

/** Reads a person several times. */
function directoryBatch(times: number, more: Partial<Request>): Request {
  const read = `GET /admin/directory/v1/users/${PEOPLE.bob}?fields=primaryEmail`;
  const ask = 'POST /batch/admin/directory_v1';
  return batch(
    Array.from({ length: times }, () => read),
    { ask, scopes: [SCOPE.directoryUser], ...more },
  );
}

export const BATCH: Scenario[] = [
  {
    source: '§2',
    title:
      'POST batch/drive/v3: each call has its own response, by Content-ID; a failed call does not affect the others',
    steps: [
      file('a', 'x'),
      batch(
        [
          'GET /drive/v3/files/{a}?fields=name',
          'GET /drive/v3/files/nowhere HTTP/1.1',
          'PATCH /drive/v3/files/{a}?fields=name HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name":"renamed"}',
        ],
        {
          answers: { 'content-type': /^multipart\/mixed; boundary=/ },
          text: /Content-ID: <response-part-0>\r\n\r\nHTTP\/1\.1 200 OK[^]*{"name":"a"}[^]*<response-part-1>\r\n\r\nHTTP\/1\.1 404[^]*"notFound"[^]*<response-part-2>\r\n\r\nHTTP\/1\.1 200 OK[^]*{"name":"renamed"}/,
        },
      ),
      { ask: 'GET files/{a}?fields=name', status: 200, exactly: { name: 'renamed' } },
      // A part may have a bearer of its own.
      batch(['GET /drive/v3/files/{a}?fields=id HTTP/1.1\r\nAuthorization: Bearer nonsense'], {
        text: /HTTP\/1\.1 401 /,
      }),
      batch(['GET /drive/v3/files/{a}?fields=id'], { as: 'nobody', text: /HTTP\/1\.1 403 / }),
    ],
  },
  {
    source: '§2',
    title: 'Batch: each call counts and fails like a separate request',
    steps: [
      { as: 'nobody', ask: 'DELETE /__sandbox/stats', status: 204 },
      behave({ faults: [{ operation: 'about.get', nth: 2, status: 503, reason: 'backendError' }] }),
      batch(['GET /drive/v3/about?fields=kind', 'GET /drive/v3/about?fields=kind'], {
        text: /HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 503 [^]*"backendError"/,
      }),
      {
        as: 'nobody',
        ask: 'GET /__sandbox/stats',
        status: 200,
        json: { requests: { 'about.get': { '200': 1, '503': 1 }, batch: { '200': 1 } } },
      },
    ],
  },
  {
    source: '§2',
    title: 'Batch: at most a hundred calls, and no media',
    steps: [
      file('a', 'x'),
      batch(
        Array.from({ length: 101 }, () => 'GET /drive/v3/about?fields=kind'),
        { status: 400, error: { reason: 'badRequest' } },
      ),
      batch(
        Array.from({ length: 100 }, () => 'GET /drive/v3/about?fields=kind'),
        { text: /<response-part-99>/ },
      ),
      batch(['GET /drive/v3/files/{a}?alt=media'], { text: /HTTP\/1\.1 302 Found\r\nlocation: / }),
      batch(['POST /upload/drive/v3/files?uploadType=media'], { text: /HTTP\/1\.1 400 / }),
      batch([`GET /drive/v3/files?q=${'x'.repeat(8000)}`], { text: /HTTP\/1\.1 400 / }),
      { ask: 'POST /batch/drive/v3', body: {}, status: 400, error: { reason: 'badRequest' } },
    ],
  },
  {
    source: 'https://developers.google.com/admin-sdk/directory/v1/guides/batch',
    title: 'Batch of the Directory API: has an address of its own, and takes a thousand calls',
    needs: ['sandbox'],
    steps: [
      control('people', { email: PEOPLE.alice, admin: true }),
      directoryBatch(1, { text: /HTTP\/1\.1 200 OK[^]*"primaryEmail":"bob@example\.com"/ }),
      directoryBatch(101, { text: /<response-part-100>\r\n\r\nHTTP\/1\.1 200 OK/ }),
      directoryBatch(1001, { status: 400, error: { reason: 'badRequest' } }),
    ],
  },
];
