import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { AccessTokens } from '../../session/credentials.port.js';
import { GoogleClient } from './google-client.js';
import { GoogleDrive } from './google-drive.adapter.js';

// Cases that the sandbox can't produce, because it has one origin, always respects a Range, shows a copy at once by its
// id, and returns no empty page before a full one. For exports over 10 MB the API states a link on another host, which
// redirects to a third.

const PDF = 'application/pdf';
const DOCUMENT = 'application/vnd.google-apps.document';
const { signal } = new AbortController();
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function aHost(handle: Handler): Promise<{ origin: string; authorizations: (string | undefined)[] }> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => void server.close(() => resolve())));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authorizations };
}

/** An API that refuses to export, and states a link. */
const anApi = (link: () => string) =>
  aHost(({ url = '' }, response) => {
    const tooLarge = { error: { code: 403, errors: [{ reason: 'exportSizeLimitExceeded', message: 'Too large.' }] } };
    response.writeHead(url.includes('/export') ? 403 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(url.includes('/export') ? tooLarge : { exportLinks: { [PDF]: link() } }));
  });

function driveOf(apiRoot: string, exportOrigin?: string): GoogleDrive {
  class Tokens extends AccessTokens {
    override accessToken(): Promise<string> {
      return Promise.resolve('the-token');
    }
  }
  const client = new GoogleClient(new Tokens(), { apiRoot, backoffMs: 1, ...(exportOrigin && { exportOrigin }) });
  open.unshift(() => client.close());
  return new GoogleDrive(client, 'grant', { sub: 'ana', email: 'ana@example.com', readOnly: false }, 'source');
}

const answers =
  (content: string, type = PDF): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(content);
  };

it('follows an export link to the content without sending the token', async () => {
  const bytes = await aHost(answers('the export'));
  const links = await aHost((_, response) => {
    response.writeHead(307, { location: `${bytes.origin}/export/1` });
    response.end();
  });
  const api = await anApi(() => `${links.origin}/feeds/download`);
  const content = await buffer(await driveOf(api.origin, links.origin).export('doc', PDF, signal));
  expect(content.toString()).toBe('the export');
  expect(links.authorizations).toEqual(['Bearer the-token']);
  expect(bytes.authorizations).toEqual([undefined]);
});

it('sends nothing to a host that is not Google’s for exports', async () => {
  const stranger = await aHost(answers('mine'));
  const api = await anApi(() => `${stranger.origin}/feeds/download`);
  await expect(driveOf(api.origin).export('doc', PDF, signal)).rejects.toMatchObject({ code: 'google_refused' });
  expect(stranger.authorizations).toEqual([]);
});

it('does not accept a sign-in page as the export', async () => {
  const links = await aHost(answers('<html>Sign in</html>', 'text/html; charset=utf-8'));
  const api = await anApi(() => `${links.origin}/feeds/download`);
  await expect(driveOf(api.origin, links.origin).export('doc', PDF, signal)).rejects.toMatchObject({
    code: 'export_too_large',
  });
});

it('rejects a download that starts at another byte', async () => {
  const api = await aHost(answers('all of it, from the start', 'text/plain'));
  await expect(driveOf(api.origin).read('file', 5, signal)).rejects.toMatchObject({ code: 'google_unavailable' });
});

it('requests only the required checksum', async () => {
  const asked: string[] = [];
  const api = await aHost((request, response) => {
    asked.push(`${request.method} ${new URL(request.url!, 'http://api').searchParams.get('fields')}`);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', location: `http://${request.headers.host}/upload` });
    response.end(JSON.stringify({ id: 'new', name: 'a', mimeType: 'text/plain', parents: ['p'] }));
  });
  const drive = driveOf(api.origin);
  const item = { id: 'new', name: 'a', mimeType: 'text/plain', parentId: 'p', checksum: 'sha256' as const };
  await drive.get('new', signal, { checksum: 'sha256' });
  await drive.children('p', undefined, signal, { checksum: 'sha256' });
  await drive.create(item, [Buffer.from('a')], signal);
  await drive.copy('old', { ...item, name: 'b' }, signal); // a second request sets its name
  await drive.beginUpload(item, 1, signal);
  expect(asked).toHaveLength(6);
  for (const fields of asked) expect(fields).toMatch(/^(?!.*md5Checksum).*sha256Checksum/);

  await drive.get('new', signal);
  expect(asked.at(-1)).toMatch(/md5Checksum,sha256Checksum/);
});

it('returns a copy although Google refuses to set what it lacks: thrown, the refusal would lead to a second copy', async () => {
  const refusals = { 404: 'notFound', 403: 'insufficientFilePermissions', 400: 'invalid' };
  for (const [status, reason] of Object.entries(refusals)) {
    const api = await aHost((request, response) => {
      request.resume();
      response.writeHead(request.method === 'POST' ? 200 : Number(status), { 'content-type': 'application/json' });
      const copy = { id: 'copy', name: 'Plan', mimeType: DOCUMENT, parents: ['p'] };
      response.end(JSON.stringify(request.method === 'POST' ? copy : { error: { errors: [{ reason }] } }));
    });
    const item = { name: 'Plan', mimeType: DOCUMENT, parentId: 'p', marker: 'm.1', description: 'Ours.' };
    expect(await driveOf(api.origin).copy('original', item, signal)).toMatchObject({ id: 'copy' });
    expect(api.authorizations).toHaveLength(2);
  }
});

it('finds a marked copy on a later page', async () => {
  const file = { id: 'copy', name: 'Plan', mimeType: DOCUMENT, parents: ['p'] };
  const api = await aHost(({ url = '' }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(url.includes('pageToken') ? { files: [file] } : { files: [], nextPageToken: 'next' }));
  });
  expect(await driveOf(api.origin).findMarked('m.1', signal)).toMatchObject([{ id: 'copy' }]);
});
