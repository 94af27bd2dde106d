import { gzipSync } from 'node:zlib';
import { file, folder, made, type Request, type Scenario } from '../scenario.ts';

/**
 * Requests of other clients, byte for byte as recorded: their line endings, headers and workarounds. The
 * Python client is google-api-python-client 2.166; its sources are https://github.com/googleapis/google-api-python-client.
 */

/** The line ending of Python's `email` package. */
const lf = (...lines: string[]): string => lines.join('\n');

/** A form in place of an address, as clients send a long GET. */
function formInsteadOfAddress(path: string, form: string, more: Partial<Request> = {}): Request {
  return {
    ask: `POST ${path}`,
    headers: { 'x-http-method-override': 'GET', 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
    status: 200,
    ...more,
  };
}

/** A batch with lines that end in LF; `parts` include their headers. */
function pythonBatch(parts: string[], more: Partial<Request>): Request {
  return {
    ask: 'POST /batch/drive/v3',
    headers: { 'content-type': 'multipart/mixed; boundary="===============0429=="' },
    body: lf(...parts.flatMap((part) => ['--===============0429==', part, '']), '--===============0429==--', ''),
    status: 200,
    ...more,
  };
}

export const CLIENTS: readonly Scenario[] = [
  {
    source: 'https://github.com/googleapis/google-api-python-client/blob/main/googleapiclient/discovery.py',
    title: 'multipart: lines of a multipart upload may end in LF alone, as in the Python client',
    steps: [
      {
        ask: 'POST /upload/drive/v3/files?fields=name,size,md5Checksum,mimeType&alt=json&uploadType=multipart',
        headers: { 'content-type': 'multipart/related; boundary="===============0429=="' },
        body: lf(
          '--===============0429==',
          'Content-Type: application/json',
          'MIME-Version: 1.0',
          '',
          '{"name": "of Python", "parents": ["{home}"]}',
          '--===============0429==',
          'Content-Type: text/plain',
          'MIME-Version: 1.0',
          'Content-Transfer-Encoding: binary',
          '',
          'one\r\ntwo\r',
          '--===============0429==--',
          '',
        ),
        status: 200,
        // The CR at the end is part of the content.
        exactly: {
          name: 'of Python',
          mimeType: 'text/plain',
          size: '9',
          md5Checksum: '79cd044752ad6184fbd5d25e1fe98e24',
        },
      },
    ],
  },
  {
    source: 'https://github.com/googleapis/google-api-python-client/blob/main/googleapiclient/http.py',
    title: 'files.list: a GET with a long address can be sent as POST with X-HTTP-Method-Override and a form',
    steps: [
      folder('dir'),
      made('inside', { parents: ['{dir}'] }),
      formInsteadOfAddress(
        '/drive/v3/files',
        'q=%27{dir}%27+in+parents+and+name+%3D+%27inside%27&fields=files%28name%29&alt=json',
        { exactly: { files: [{ name: 'inside' }] } },
      ),
      formInsteadOfAddress('files/{dir}', 'fields=name', { exactly: { name: 'dir' } }),
      formInsteadOfAddress('files/nowhere', 'fields=name', { status: 404, error: { reason: 'notFound' } }),
      // A part of the query may stay in the address.
      formInsteadOfAddress('files/{dir}?alt=json', 'fields=id', { json: { id: '{dir}' } }),
    ],
  },
  {
    source: 'https://developers.google.com/workspace/drive/api/guides/performance#patch',
    title: 'PATCH files/{id}: PATCH, PUT and DELETE can be sent as POST with X-HTTP-Method-Override',
    steps: [
      folder('dir'),
      {
        ask: 'POST files/{dir}?fields=name',
        headers: { 'x-http-method-override': 'PATCH', 'content-type': 'application/json' },
        body: '{"name":"renamed"}',
        status: 200,
        exactly: { name: 'renamed' },
      },
      { ask: 'POST files/{dir}', headers: { 'x-http-method-override': 'DELETE' }, status: 204 },
      { ask: 'GET files/{dir}', status: 404 },
    ],
  },
  {
    source: 'https://github.com/google/google-api-objectivec-client-for-rest/issues/378',
    title:
      'POST batch/drive/v3: lines of a batch may end in LF; ids keep their brackets; an empty response has one header',
    switches: { deleteAnswer: 'noContent' },
    steps: [
      file('a', 'x'),
      pythonBatch(
        [
          lf(
            'Content-Type: application/http',
            'MIME-Version: 1.0',
            'Content-Transfer-Encoding: binary',
            'Content-ID: <6f1c + 1>',
            '',
            'PATCH /drive/v3/files/{a}?fields=name&alt=json HTTP/1.1',
            'Content-Type: application/json',
            'MIME-Version: 1.0',
            'accept: application/json',
            'Host: www.googleapis.com',
            'content-length: 19',
            '',
            '{"name": "renamed"}',
          ),
          lf('Content-Type: application/http', 'Content-ID: gtlr_1', '', 'DELETE /drive/v3/files/{a} HTTP/1.1', '', ''),
        ],
        {
          text: /Content-ID: <response-6f1c \+ 1>\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*{"name":"renamed"}[^]*Content-ID: response-gtlr_1\r\n\r\nHTTP\/1\.1 204 No Content\r\nDate: [^\r]*\r\n\r\n\r\n--/,
        },
      ),
    ],
  },
  {
    source: 'https://github.com/zigotto/googl',
    title:
      'badContent: as recorded from another API of Google: a body with another Content-Type than JSON, and an upload without uploadType, are refused',
    steps: [
      folder('dir'),
      ...['text/plain', 'application/x-www-form-urlencoded', 'image/jpeg'].flatMap((type): Request[] =>
        [
          'POST files',
          'PATCH files/{dir}',
          'POST /upload/drive/v3/files',
          'POST /upload/drive/v3/files?uploadType=resumable',
        ].map((ask) => ({
          ask,
          headers: { 'content-type': type },
          body: '{"name":"x"}',
          status: 400,
          error: { reason: 'badContent', message: `Unsupported content with type: ${type}` },
        })),
      ),
      {
        ask: 'PATCH /upload/drive/v3/files/{dir}?uploadType=multipart',
        headers: { 'content-type': 'multipart/related; boundary=b' },
        body: '--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--',
        status: 400,
        error: { reason: 'badContent', message: 'Unsupported content with type: text/html' },
      },
    ],
  },
  {
    source: 'https://github.com/brekkylab/backlot/blob/main/backlot/errors/google.py',
    title:
      'Errors: system parameters are checked before credentials; errors of credentials have a long message at the top and a short one in errors[0]',
    steps: [
      {
        as: 'nobody',
        ask: 'GET about?fields=kind&$.xgafv=9',
        status: 400,
        error: {
          reason: 'badRequest',
          message: "Invalid query parameters. Invalid value '9' for system query parameter : $.xgafv",
        },
      },
      { as: 'nobody', ask: 'GET about?fields=kind&callback=a%20b', status: 400, error: { reason: 'badRequest' } },
      {
        as: 'nobody',
        ask: 'GET about?fields=kind&alt=ZZZ',
        status: 400,
        error: { reason: 'badRequest', message: `Invalid value "ZZZ" for query parameter 'alt'` },
      },
      {
        as: 'nobody',
        ask: 'GET about?fields=kind&alt=Media',
        status: 400,
        error: { reason: 'badRequest', message: 'Unsupported alt type "media" for non byte stream request.' },
      },
      ...['JSON', ''].map((alt): Request => ({
        ask: `GET about?fields=kind&alt=${alt}`,
        status: 200,
        exactly: { kind: 'drive#about' },
      })),
      {
        as: 'nobody',
        ask: 'GET about?fields=kind',
        headers: { authorization: 'Bearer nope' },
        status: 401,
        error: { reason: 'authError', message: 'Invalid Credentials' },
        text: /"message":"Request had invalid authentication credentials\. Expected OAuth 2 access token/,
      },
      {
        as: 'nobody',
        ask: 'POST files',
        body: {},
        status: 401,
        error: { reason: 'required', message: 'Login Required.' },
        text: /"message":"Request is missing required authentication credential\./,
      },
      {
        as: 'nobody',
        ask: 'GET about?fields=kind&key=wrong',
        status: 400,
        error: { reason: 'badRequest', message: 'API key not valid. Please pass a valid API key.' },
      },
    ],
  },
  {
    source:
      'https://github.com/googleapis/google-api-java-client/blob/main/google-api-client/src/main/java/com/google/api/client/googleapis/media/MediaHttpUploader.java',
    title:
      'bodies can be compressed with gzip: metadata, multipart uploads and chunks of unknown length, with ranges that count uncompressed bytes',
    steps: [
      file('a', 'x'),
      {
        ask: 'PATCH files/{a}?fields=name',
        headers: { 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'gzip' },
        body: gzipSync('{"name":"of Java"}'),
        status: 200,
        exactly: { name: 'of Java' },
      },
      {
        ask: 'PATCH /upload/drive/v3/files/{a}?uploadType=multipart&fields=name,size',
        headers: { 'content-type': 'multipart/related; boundary=__END_OF_PART__429__', 'content-encoding': 'gzip' },
        body: gzipSync(
          [
            '--__END_OF_PART__429__',
            'Content-Length: 18',
            'Content-Type: application/json; charset=UTF-8',
            'content-transfer-encoding: binary',
            '',
            '{"name":"of Java"}',
            '--__END_OF_PART__429__',
            'Content-Type: text/plain',
            'content-transfer-encoding: binary',
            '',
            'content',
            '--__END_OF_PART__429__--',
            '',
          ].join('\r\n'),
        ),
        status: 200,
        exactly: { name: 'of Java', size: '7' },
      },
      {
        ask: 'PATCH /upload/drive/v3/files/{a}?uploadType=resumable&fields=size',
        headers: { 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'gzip' },
        body: gzipSync('{"name":"of Java"}'),
        status: 200,
        keep: { session: 'header:location' },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 0-262143/*', 'content-encoding': 'gzip' },
        body: gzipSync('a'.repeat(262_144)),
        status: 308,
        answers: { range: 'bytes=0-262143' },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 262144-262146/262147', 'content-encoding': 'gzip' },
        body: gzipSync('bcd'),
        status: 200,
        json: { size: '262147' },
      },
      {
        ask: 'PATCH files/{a}',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: '{"name":"plain"}',
        status: 400,
        error: { reason: 'badContent' },
      },
    ],
  },
  {
    source:
      'https://github.com/googleapis/google-api-java-client/blob/main/google-api-client/src/main/java/com/google/api/client/googleapis/MethodOverride.java',
    title: 'the Java client sends PATCH as POST if its transport has no PATCH, also to start an upload',
    steps: [
      file('a', 'x'),
      {
        ask: 'POST /upload/drive/v3/files/{a}?uploadType=resumable&fields=name,size',
        headers: {
          'x-http-method-override': 'PATCH',
          'content-type': 'application/json; charset=UTF-8',
          'x-upload-content-type': 'text/plain',
          'x-upload-content-length': '5',
        },
        body: '{"name":"renamed"}',
        status: 200,
        keep: { session: 'header:location' },
      },
      {
        as: 'nobody',
        ask: 'PUT {session}',
        headers: { 'content-range': 'bytes 0-4/5' },
        body: 'hello',
        status: 200,
        exactly: { name: 'renamed', size: '5' },
      },
    ],
  },
  {
    source:
      'https://github.com/googleapis/google-api-java-client/blob/main/google-api-client/src/main/java/com/google/api/client/googleapis/batch/HttpRequestContent.java',
    title: 'calls of a batch can have whole addresses, as in the Java client',
    steps: [
      file('a', 'x'),
      {
        ask: 'POST /batch/drive/v3',
        headers: { 'content-type': 'multipart/mixed; boundary=__END_OF_PART__429__' },
        body: [
          '--__END_OF_PART__429__',
          'Content-Length: 200',
          'Content-Type: application/http',
          'content-id: 1',
          'content-transfer-encoding: binary',
          '',
          'GET https://www.googleapis.com/drive/v3/files/{a}?fields=name HTTP/1.1',
          'Accept-Encoding: gzip',
          'x-goog-api-client: gl-java/17 gdcl/2.7.0',
          '',
          '',
          '--__END_OF_PART__429__--',
          '',
        ].join('\r\n'),
        status: 200,
        text: /Content-ID: response-1\r\n\r\nHTTP\/1\.1 200 OK[^]*{"name":"a"}/,
      },
    ],
  },
  {
    source: 'https://github.com/googleapis/google-api-go-client/blob/main/internal/gensupport/media.go',
    title: 'metadata can end with a line break, a part needs no type, and 308 can be sent as 200',
    steps: [
      {
        ask: 'POST /upload/drive/v3/files?alt=json&fields=name%2Csize%2CmimeType&prettyPrint=false&uploadType=multipart',
        headers: {
          'content-type': 'multipart/related; boundary=0a42c7',
          'user-agent': 'google-api-go-client/0.5',
          'x-goog-api-client': 'gl-go/1.24.0 gdcl/0.200.0',
        },
        body: [
          '--0a42c7',
          'Content-Type: application/json',
          '',
          '{"name":"of Go","parents":["{home}"]}\n',
          '--0a42c7',
          '',
          'content',
          '--0a42c7--',
          '',
        ].join('\r\n'),
        status: 200,
        exactly: { name: 'of Go', size: '7', mimeType: 'application/octet-stream' },
      },
      {
        ask: 'POST /upload/drive/v3/files?alt=json&fields=size&prettyPrint=false&uploadType=resumable',
        headers: { 'content-type': 'application/json', 'x-upload-content-type': 'text/plain; charset=utf-8' },
        body: '{"name":"of Go","parents":["{home}"]}\n',
        status: 200,
        keep: { session: 'header:location' },
      },
      {
        as: 'nobody',
        ask: 'POST {session}',
        headers: { 'content-range': 'bytes 0-262143/*', 'x-guploader-no-308': 'yes' },
        body: 'a'.repeat(262_144),
        status: 200,
        answers: { 'x-http-status-code-override': '308', range: 'bytes=0-262143' },
      },
      // The client found the end only after it had sent everything.
      {
        as: 'nobody',
        ask: 'POST {session}',
        headers: { 'content-range': 'bytes */262144', 'x-guploader-no-308': 'yes' },
        body: '',
        status: 200,
        exactly: { size: '262144' },
      },
    ],
  },
];
