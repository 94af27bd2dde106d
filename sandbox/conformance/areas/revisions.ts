import { DAY, DOC, file, made, notFound, refused, type Request, type Scenario, share } from '../scenario.ts';

const media = (content: string, more = ''): Request => ({
  ask: `PATCH /upload/drive/v3/files/{a}?uploadType=media&fields=headRevisionId,quotaBytesUsed${more}`,
  headers: { 'content-type': 'text/plain' },
  body: content,
  status: 200,
  keep: { head: 'headRevisionId' },
});

const ONCE = { published: true, publishAuto: false, publishedOutsideDomain: false };
const ALWAYS = { ...ONCE, publishAuto: true };
const OUTSIDE = { ...ALWAYS, publishedOutsideDomain: true };
const publication = (ask: string, body: object | undefined, exactly: object): Request => ({
  ask: `${ask}?fields=published,publishAuto,publishedOutsideDomain`,
  ...(body ? { body } : {}),
  status: 200,
  exactly,
});

export const REVISIONS: Scenario[] = [
  {
    source: '§11',
    title: 'Revisions: earlier content can be read if pinned; pins use storage and cannot be removed',
    steps: [
      file('a', 'one'),
      { ask: 'GET files/{a}?fields=headRevisionId', status: 200, keep: { first: 'headRevisionId' } },
      refused('DELETE files/{a}/revisions/{first}', undefined, 'cannotDeleteOnlyRevision', 'alice'),
      media('second'),
      {
        ask: 'GET files/{a}/revisions?fields=kind,revisions(id,size,keepForever,md5Checksum)',
        status: 200,
        exactly: {
          kind: 'drive#revisionList',
          revisions: [
            { id: '{first}', size: '3', keepForever: false, md5Checksum: 'f97c5d29941bfb1b2fdab0874906ab82' },
            { id: '{head}', size: '6', keepForever: false, md5Checksum: 'a9f0e61a137d86aa9db53465e0801612' },
          ],
        },
      },
      { ask: 'GET files/{a}/revisions/{head}?alt=media', status: 200, text: 'second' },
      refused('GET files/{a}/revisions/{first}?alt=media', undefined, 'fileNotDownloadable', 'alice'),
      { ask: 'GET files/{a}?fields=quotaBytesUsed,size', status: 200, exactly: { quotaBytesUsed: '6', size: '6' } },
      {
        ask: 'PATCH files/{a}/revisions/{first}?fields=keepForever',
        body: { keepForever: true },
        status: 200,
        exactly: { keepForever: true },
      },
      { ask: 'GET files/{a}/revisions/{first}?alt=media', status: 200, text: 'one' },
      { ask: 'GET files/{a}?fields=quotaBytesUsed,size', status: 200, exactly: { quotaBytesUsed: '9', size: '6' } },
      { ask: 'GET about?fields=storageQuota/usage', status: 200, exactly: { storageQuota: { usage: '9' } } },
      refused('PATCH files/{a}/revisions/{first}', { keepForever: false }, 'fieldNotWritable', 'alice'),
      { ask: 'DELETE files/{a}/revisions/{first}', status: 204 },
      { ask: 'GET files/{a}/revisions/{first}', status: 404, error: notFound('revisionId') },
      { ask: 'GET about?fields=storageQuota/usage', status: 200, exactly: { storageQuota: { usage: '6' } } },
      share('a', 'reader', 'bob'),
      refused('GET files/{a}/revisions', undefined, 'insufficientFilePermissions'),
      { ask: 'GET files/root/revisions', status: 403, error: { reason: 'revisionsNotSupported' } },
    ],
  },
  {
    source: '§2',
    title:
      'Revisions: are deleted after 30 days, or if there are more than a hundred, unless pinned; at most 200 can be pinned',
    limits: { revisions: 2, pinnedRevisions: 1 },
    steps: [
      file('a', 'one'),
      media('two', '&keepRevisionForever=true'),
      media('three'),
      media('four'),
      {
        ask: 'GET files/{a}/revisions?fields=revisions(size)',
        status: 200,
        exactly: { revisions: [{ size: '3' }, { size: '5' }, { size: '4' }] },
      },
      {
        ask: 'PATCH files/{a}/revisions/{head}',
        body: { keepForever: true },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
      { advance: 31 * DAY },
      {
        ask: 'GET files/{a}/revisions?fields=revisions(size,keepForever)',
        status: 200,
        exactly: {
          revisions: [
            { size: '3', keepForever: true },
            { size: '4', keepForever: false },
          ],
        },
      },
    ],
  },
  {
    source: '§11',
    title: 'Revisions of documents: can be exported, and cannot be deleted',
    steps: [
      made('doc', { mimeType: DOC }),
      {
        ask: 'GET files/{doc}/revisions?fields=revisions(id,exportLinks)',
        status: 200,
        keep: { r: 'revisions>0>id', link: 'revisions>0>exportLinks>text/plain' },
      },
      { ask: 'GET {link}', status: 200 },
      refused('DELETE files/{doc}/revisions/{r}', undefined, 'revisionDeletionNotSupported', 'alice'),
      refused('GET files/{doc}/revisions/{r}?alt=media', undefined, 'fileNotDownloadable', 'alice'),
    ],
  },
  {
    source: '§18',
    title: 'files.download returns the revision that revisionId names: of blobs, Docs and Sheets only',
    steps: [
      file('a', 'one'),
      { ask: 'GET files/{a}?fields=headRevisionId', status: 200, keep: { first: 'headRevisionId' } },
      media('second'),
      refused('POST files/{a}/download?revisionId={first}', undefined, 'fileNotDownloadable', 'alice'),
      { ask: 'PATCH files/{a}/revisions/{first}', body: { keepForever: true }, status: 200 },
      { ask: 'POST files/{a}/download?revisionId={first}', status: 200, keep: { old: 'response>downloadUri' } },
      { ask: 'GET {old}', status: 200, text: 'one' },
      { ask: 'POST files/{a}/download?revisionId={head}', status: 200, keep: { new: 'response>downloadUri' } },
      { ask: 'GET {new}', status: 200, text: 'second' },
      { ask: 'POST files/{a}/download?revisionId=none', status: 404, error: notFound('revisionId') },
      made('doc', { mimeType: DOC }),
      { ask: 'GET files/{doc}/revisions', status: 200, keep: { r: 'revisions>0>id' } },
      { ask: 'POST files/{doc}/download?mimeType=text/plain&revisionId={r}', status: 200 },
      made('deck', { mimeType: 'application/vnd.google-apps.presentation' }),
      {
        ask: 'POST files/{deck}/download?mimeType=application/pdf&revisionId=1',
        status: 400,
        json: { error: { status: 'INVALID_ARGUMENT' } },
      },
    ],
  },
  {
    source: '§18',
    title: 'A document can be published on the web: a revision, or always the latest; a copy is not',
    steps: [
      made('doc', { mimeType: DOC }),
      publication('PATCH files/{doc}/revisions/head', {}, { published: false }),
      publication('PATCH files/{doc}/revisions/head', { published: true }, ONCE),
      { ask: 'PATCH files/{doc}', body: { name: 'new' }, status: 200 },
      publication('GET files/{doc}/revisions/head', undefined, { published: false }),
      publication('PATCH files/{doc}/revisions/head', { published: true, publishAuto: true }, ALWAYS),
      publication('PATCH files/{doc}/revisions/head', { publishedOutsideDomain: true }, OUTSIDE),
      { ask: 'PATCH files/{doc}', body: { name: 'newer' }, status: 200 },
      publication('GET files/{doc}/revisions/head', undefined, OUTSIDE),
      { ask: 'GET files/{doc}/revisions/head', status: 200, absent: ['publishedLink'] },
      {
        ask: 'GET files/{doc}/revisions/head?fields=publishedLink',
        status: 200,
        text: /https:\/\/docs\.google\.com\/document\/d\/e\/\S+\/pub/,
      },
      { ask: 'POST files/{doc}/copy', body: {}, status: 200, keep: { copy: 'id' } },
      publication('GET files/{copy}/revisions/head', undefined, { published: false }),
      publication('PATCH files/{doc}/revisions/head', { published: false }, { published: false }),
      refused('PATCH files/{doc}/revisions/head', { published: 'yes' }, 'invalid', 'alice', 400),
      // It has no effect on other files.
      file('a', 'x'),
      publication('PATCH files/{a}/revisions/head', { published: true }, {}),
    ],
  },
];
