import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignInError } from '../../auth/errors.js';
import { DocumentRefusedError, DriveError } from '../../engine/errors.js';
import type { DocumentKind } from '../../engine/model/links.js';
import { AccessTokens } from '../../session/credentials.port.js';
import { GoogleBrowserAdapter } from './google-browser.adapter.js';
import { GoogleDriveApi } from './google-drive-api.js';
import { GoogleClient } from './google-client.js';
import { GoogleDrive } from './google-drive.adapter.js';
import { GoogleOAuthAdapter, TokenEndpointError } from './google-oauth.adapter.js';

// Puts wrong values into every field of every response. Each call must return a usable result or the error for a bad
// response, which the API reports as 502, but never an internal error, which is a 500.

class Tokens extends AccessTokens {
  override accessToken(): Promise<string> {
    return Promise.resolve('token');
  }
}

let server: Server;
let client: GoogleClient;
let answer: unknown;
let drive: GoogleDrive;
let browser: GoogleBrowserAdapter;
let apiRoot: string;
let oauth: GoogleOAuthAdapter;

beforeAll(async () => {
  server = createServer((request, reply) => {
    request.resume();
    reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new GoogleClient(new Tokens(), { apiRoot, attempts: 1 });
  drive = new GoogleDrive(client, 'g', { sub: '1', email: 'ana@example.com', readOnly: false }, 'source');
  browser = new GoogleBrowserAdapter(new GoogleDriveApi(client));
  oauth = new GoogleOAuthAdapter({
      clientId: 'id', clientSecret: 'secret', issuers: [], apiRoot, isSandbox: true, authUrl: apiRoot, tokenUrl: apiRoot,
      revokeUrl: apiRoot, userinfoUrl: apiRoot,
  }); // oxfmt-ignore
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

const FILE = {
  id: 'f', name: 'n', mimeType: 'text/plain', size: '1', md5Checksum: 'm', sha256Checksum: 's',
  createdTime: '2026-01-01T00:00:00Z', modifiedTime: '2026-01-01T00:00:00Z', description: 'd', starred: true,
  folderColorRgb: '#fff', properties: { a: 'b' }, shortcutDetails: { targetId: 't', targetMimeType: 'text/plain' },
  parents: ['p'], trashed: false, ownedByMe: true, owners: [{ emailAddress: 'ana@example.com', displayName: 'Ana' }],
  driveId: 'v', capabilities: { canCopy: true, canDownload: true, canAddChildren: true, canListChildren: true },
  headRevisionId: 'r', webViewLink: 'https://drive.google.com/x', shared: false,
}; // oxfmt-ignore
const PERMISSION = {
  id: 'a', type: 'user', role: 'writer', emailAddress: 'b@example.com', expirationTime: '2027-01-01T00:00:00Z',
  allowFileDiscovery: false, deleted: false, view: 'metadata', permissionDetails: [{ role: 'writer', inherited: false }],
}; // oxfmt-ignore
const ACCESS = {
  permissions: [PERMISSION], hasAugmentedPermissions: true, writersCanShare: false, copyRequiresWriterPermission: true,
  downloadRestrictions: { itemDownloadRestriction: { restrictedForReaders: true, restrictedForWriters: false } },
  contentRestrictions: [{ readOnly: true, reason: 'final' }],
}; // oxfmt-ignore
const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const LINK = { url: `https://docs.google.com/document/d/${OLD}/edit` };
const ELEMENTS = [
  { startIndex: 1, endIndex: 4, textRun: { content: 'it', textStyle: { link: LINK, foregroundColor: { color: {} }, underline: true }, suggestedInsertionIds: ['a'], suggestedTextStyleChanges: { a: { textStyle: { link: LINK } } } } },
  { startIndex: 4, endIndex: 5, richLink: { richLinkProperties: { uri: LINK.url, title: 't' } } },
  { startIndex: 5, endIndex: 6, inlineObjectElement: { inlineObjectId: 'i', textStyle: { link: LINK } } },
]; // oxfmt-ignore
const BODY = { content: [{ paragraph: { elements: ELEMENTS } }] };
const CHART = { title: 'c', linkedContentReference: { sheetsChartReference: { spreadsheetId: OLD } } };
const DOCUMENT = {
  revisionId: 'r', tabs: [{
    tabProperties: { tabId: 't', title: 'T' }, childTabs: [{ tabProperties: { tabId: 'c' } }],
    documentTab: {
      body: { content: [{ table: { tableRows: [{ tableCells: [BODY] }] } }] }, headers: { h: BODY },
      inlineObjects: { i: { inlineObjectProperties: { embeddedObject: CHART } } },
      positionedObjects: { p: { positionedObjectProperties: { embeddedObject: CHART } } },
    },
  }],
}; // oxfmt-ignore
const SHAPE_TEXT = {
  textElements: [{ startIndex: 0, endIndex: 2, textRun: { content: 'it', style: { link: LINK } } }],
};
const PRESENTATION = {
  revisionId: 'r', slides: [{
    pageElements: [
      { objectId: 'o', title: 't', shape: { text: SHAPE_TEXT, shapeProperties: { link: LINK } }, image: { imageProperties: { link: LINK } }, line: { lineProperties: { link: LINK } }, video: { source: 'DRIVE', id: OLD }, sheetsChart: { spreadsheetId: OLD, sheetsChartProperties: { chartImageProperties: { link: LINK } } } },
      { objectId: 'g', elementGroup: { children: [{ objectId: 'x', table: { tableRows: [{ tableCells: [{ location: { rowIndex: 0, columnIndex: 0 }, text: SHAPE_TEXT }] }] } }] } },
    ],
    slideProperties: { notesPage: { pageElements: [{ objectId: 'n', shape: { text: SHAPE_TEXT } }] } },
  }],
}; // oxfmt-ignore
const CELL = {
  userEnteredValue: { stringValue: `@ ${LINK.url}`, formulaValue: `=HYPERLINK("${LINK.url}")` }, hyperlink: LINK.url, note: LINK.url,
  textFormatRuns: [{ startIndex: 1, format: { bold: true, link: { uri: LINK.url } } }], chipRuns: [{ startIndex: 0, chip: { richLinkProperties: { uri: LINK.url } } }],
  userEnteredFormat: { textFormat: { link: { uri: LINK.url } } },
}; // oxfmt-ignore
const SPREADSHEET = {
  sheets: [{ properties: { sheetId: 0, title: 'T' }, data: [{ startRow: 0, startColumn: 0, rowData: [{ values: [CELL] }] }] }],
}; // oxfmt-ignore
const NOTED = [{ properties: { sheetId: 0, title: 'T' }, data: [{ rowData: [{ values: [{ note: LINK.url }] }] }] }];
const { signal } = new AbortController();
/** Reads a document and plans all that would be written. */
const linksOf = async (kind: DocumentKind) => {
  const document = await drive.documents.read('f', kind, signal);
  expect(document.links.length).toBeLessThan(50);
  return document.plan(() => 'n'.repeat(44));
};
const rewritten = async (kind: DocumentKind) => {
  const document = await drive.documents.read('f', kind, signal);
  const { links } = await document.rewrite(() => 'n'.repeat(44), signal);
  return links;
};
const account = { credentialId: 'g', side: 'source' as const };
const item = { name: 'n', mimeType: 'text/plain', parentId: 'p', id: 'f' };
const LIST = { folderId: 'p', orderBy: [], pageSize: 10, foldersOnly: false, sharedWithMe: false };

const CALLS: [string, unknown, () => Promise<unknown>][] = [
  ['files.get', FILE, () => drive.get('f', signal)],
  ['files.list', { files: [FILE], nextPageToken: 'n', incompleteSearch: false }, () => drive.children('p', 't', signal)],
  ['files.list of ids', { files: [{ id: 'a' }], nextPageToken: 'n' }, () => drive.childIds('p', 't', signal)],
  ['files.copy', FILE, () => drive.copy('o', item, signal)],
  ['files.create', FILE, () => drive.createFolder(item, signal)],
  ['upload', FILE, () => drive.create(item, [Buffer.from('x')], signal)],
  ['upload state', FILE, () => drive.resumeUpload(`${apiRoot}/u?upload_id=1`).state(1, signal)],
  ['generateIds', { ids: ['a'] }, () => drive.generateIds(1, 'file', signal)],
  ['permissions.list', { permissions: [{ id: 'a', type: 'user', emailAddress: 'b@example.com' }] }, () => drive.accessOf('f', 'b@example.com', signal)],
  ['permissions of an item', { permissions: [PERMISSION], nextPageToken: undefined }, () => drive.permissions('f', signal)],
  ['a permission given', PERMISSION, () => drive.grant('f', { grantee: { type: 'user', address: 'b@example.com' }, role: 'writer' }, signal)],
  ['a permission changed', PERMISSION, () => drive.changePermission('f', 'a', { role: 'writer' }, signal)],
  ['restrictions set', { id: 'f' }, () => drive.restrict('f', { isLimited: true }, signal)],
  ['access of an item', { ...FILE, ...ACCESS }, () => drive.get('f', signal, { access: true })],
  ['permissions.create', { id: 'a', expirationTime: '2027-01-01T00:00:00Z' }, () => drive.grantReading('f', 'b@example.com', signal)],
  ['changes.list', { changes: [{ fileId: 'f', removed: false, file: FILE }], newStartPageToken: 'n' }, () => drive.changes('t', undefined, signal)],
  ['startPageToken', { startPageToken: 'n' }, () => drive.changesStart(undefined, signal)],
  ['found by marker', { files: [FILE] }, () => drive.findMarked('m', signal)],
  ['about.get', { storageQuota: { limit: '1', usage: '1' } }, () => drive.space(signal)],
  ['documents.get', DOCUMENT, () => linksOf('document')],
  ['presentations.get', PRESENTATION, () => linksOf('presentation')],
  ['spreadsheets.get', SPREADSHEET, () => linksOf('spreadsheet')],
  ['forms.get', { linkedSheetId: OLD }, () => linksOf('form')],
  ['documents.batchUpdate', { revisionId: 'r', tabs: [{ documentTab: { body: BODY } }], writeControl: { requiredRevisionId: 's' } }, () => rewritten('document')],
  ['spreadsheets.batchUpdate', { version: '1', sheets: NOTED, updatedSpreadsheet: { sheets: NOTED } }, () => rewritten('spreadsheet')],
  ['browsing: list', { files: [FILE], nextPageToken: 'n' }, () => browser.list(account, LIST)],
  ['browsing: about', { user: { emailAddress: 'a', displayName: 'A', photoLink: 'https://x/' }, storageQuota: { limit: '1', usage: '1', usageInDrive: '1', usageInDriveTrash: '1' } }, () => browser.about(account)],
  ['browsing: drives', { drives: [{ id: 'a', name: 'A' }] }, () => browser.sharedDrives(account)],
  ['browsing: path', { ...FILE, parents: [] }, () => browser.placeOf(account, 'f')],
  ['browsing: entry', FILE, () => browser.entry(account, 'f')],
  ['oauth: code', { access_token: 'a', refresh_token: 'r', expires_in: 3_600, scope: 'a b', token_type: 'Bearer' }, () => oauth.exchange('c', 'v', 'http://x/')],
  ['oauth: refresh', { access_token: 'a', refresh_token: 'r2', expires_in: 3_600, scope: 'a b', token_type: 'Bearer' }, () => oauth.refresh('r')],
  ['oauth: userinfo', { sub: '1', email: 'ana@example.com', email_verified: true, name: 'Ana', picture: 'https://x/' }, () => oauth.identify('a')],
]; // oxfmt-ignore

const WRONG: readonly unknown[] = [null, 7, -1.5, 'x', '', true, [], {}, [null], { a: [1] }];

/** Replaces the response itself, and each value in it, with others. */
function* mutants(value: unknown, put: (other: unknown) => unknown): Generator<unknown> {
  for (const wrong of WRONG) yield put(wrong);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value))
    yield* mutants(inner, (other) => {
      const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
      copy[name] = other;
      return put(copy);
    });
}

const isBadAnswer = (error: unknown): boolean =>
  (error instanceof DriveError && ['google_unavailable', 'ambiguous_write'].includes(error.code)) ||
  error instanceof DocumentRefusedError ||
  error instanceof TokenEndpointError ||
  error instanceof SignInError;

it.each(CALLS)('%s: an invalid response is never reported as an internal error', async (_, good, call) => {
  answer = good;
  await call(); // the correct response is accepted
  for (const mutant of mutants(good, (other) => other)) {
    answer = mutant;
    const failure = await call().then(
      (result) => void JSON.stringify(result),
      (error: unknown) => error,
    );
    if (failure !== undefined && !isBadAnswer(failure)) throw new Error(JSON.stringify(mutant), { cause: failure });
  }
});
