import { API_ERRORS } from './api-errors.ts';
import { SHEETS_ERRORS } from './sheets-errors.ts';
import { COMMON_ERRORS, type Endpoint } from './endpoint.ts';
import { ERRORS, type ErrorName } from './error-catalogue.ts';
import { errorOfReason } from './errors.ts';
import { ENDPOINTS, routeOf, unitsOf } from './routes.ts';

const COMPLETE = {
  at: 'GET /v1/documents/{fileId}',
  handle: () => ({ status: 200 }),
  scopes: 'read',
  cost: 'docsRead',
  typicalMs: 80,
  errors: ['fileNotFound'],
} as const satisfies Endpoint;

/** Each row lacks one part, so that the compiler reports an error if it accepts the row. */
export function incompleteRows(): Endpoint[] {
  const { at, handle, scopes, cost, typicalMs, errors } = COMPLETE;
  return [
    // @ts-expect-error: no address
    { handle, scopes, cost, typicalMs, errors },
    // @ts-expect-error: no handler
    { at, scopes, cost, typicalMs, errors },
    // @ts-expect-error: no scopes
    { at, handle, cost, typicalMs, errors },
    // @ts-expect-error: no cost
    { at, handle, scopes, typicalMs, errors },
    // @ts-expect-error: no latency
    { at, handle, scopes, cost, errors },
    // @ts-expect-error: no errors
    { at, handle, scopes, cost, typicalMs },
    // @ts-expect-error: an error that is not in the catalogue
    { ...COMPLETE, errors: ['fileIsSad'] },
    // @ts-expect-error: a cost that there is not
    { ...COMPLETE, cost: 'cheap' },
  ];
}

describe('the table of endpoints', () => {
  const asked = (method: string, address: string) => {
    const { pathname, searchParams } = new URL(address, 'http://localhost');
    const { operation, ids } = routeOf(method, pathname, searchParams) ?? {};
    return [operation, ids];
  };

  it.each([
    ['GET', '/drive/v3/files', 'files.list', {}],
    ['GET', '/drive/v3/files/abc', 'files.get', { fileId: 'abc' }],
    ['GET', '/drive/v3/files/abc?alt=media', 'files.download', { fileId: 'abc' }],
    ['GET', '/drive/v3/files/abc?alt=json', 'files.get', { fileId: 'abc' }],
    ['GET', '/drive/v3/files/generateIds', 'files.generateIds', {}],
    ['DELETE', '/drive/v3/files/trash', 'files.emptyTrash', {}],
    ['GET', '/drive/v3/files/a%2Fb', 'files.get', { fileId: 'a/b' }],
    ['GET', '/export?id=abc', 'files.export', { fileId: 'abc' }],
    ['POST', '/upload/drive/v3/files?uploadType=multipart', 'files.upload', {}],
    ['POST', '/upload/drive/v3/files?uploadType=resumable', 'files.upload.start', {}],
    ['POST', '/upload/drive/v3/files?uploadType=resumable&upload_id=u', 'files.upload.chunk', { uploadId: 'u' }],
    ['DELETE', '/upload/drive/v3/files/abc?upload_id=u', 'files.upload.cancel', { fileId: 'abc', uploadId: 'u' }],
    ['POST', '/o/oauth2/token', 'oauth.token', {}],
    ['POST', '/batch/drive/v3', 'batch', {}],
    ['PUT', '/drive/v3/files/abc', undefined, undefined],
    ['GET', '/drive/v2/files', undefined, undefined],
  ])('finds %s %s', (method, address, operation, ids) => {
    expect(asked(method, address)).toEqual([operation, ids]);
  });

  it('returns nothing for a request without an endpoint', () => {
    expect(unitsOf('page')).toBe(0);
    expect(unitsOf('files.copy')).toBe(50);
  });

  it('has no unused error in the catalogue', () => {
    const used = new Set<ErrorName>([
      ...COMMON_ERRORS,
      ...Object.values(ENDPOINTS).flatMap(({ errors }) => [...errors]),
    ]);
    const unused = (Object.keys(ERRORS) as ErrorName[]).filter((name) => !used.has(name));
    // Faults use rows by name. The pages for people are not endpoints.
    expect(
      unused.filter(
        (name) => !(name in API_ERRORS) && !(name in SHEETS_ERRORS) && errorOfReason(name)?.reason !== name,
      ),
    ).toEqual(['foreignForm']);
  });
});
