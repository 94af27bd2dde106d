import { routeOf, unitsOf } from '@cloudmover/drive-sandbox';
import { costOf, operationOf } from './operations.js';

it.each([
  ['GET', '/drive/v3/about', 'read'],
  ['GET', '/drive/v3/files', 'read'],
  ['GET', '/drive/v3/files/it', 'read'],
  ['GET', '/drive/v3/files/it?alt=media', 'read'],
  ['GET', '/drive/v3/files/it/export', 'read'],
  ['GET', '/drive/v3/files/generateIds', 'read'],
  ['GET', '/drive/v3/files/it/permissions', 'read'],
  ['GET', '/drive/v3/changes', 'read'],
  ['GET', '/drive/v3/changes/startPageToken', 'read'],
  ['GET', '/drive/v3/drives', 'read'],
  ['GET', '/drive/v3/drives/it', 'read'],
  ['POST', '/drive/v3/files', 'write'],
  ['PATCH', '/drive/v3/files/it', 'write'],
  ['POST', '/drive/v3/files/it/copy', 'write'],
  ['POST', '/drive/v3/files/it/permissions', 'write'],
  ['DELETE', '/drive/v3/files/it/permissions/me', 'write'],
  ['POST', '/upload/drive/v3/files', 'write'],
  ['PUT', '/upload/drive/v3/files?upload_id=x', 'write'],
])('%s %s has the cost and name that the sandbox gives it', (method, address, kind) => {
  const [path = '', query = ''] = address.split('?');
  const route = routeOf(method, path, new URLSearchParams(query));
  const isMedia = query === 'alt=media';
  const operation = operationOf(method, isMedia ? path : address, isMedia);
  expect(costOf(operation, method)).toEqual({
    kind,
    unitClass: route?.endpoint.cost,
    units: unitsOf(route?.operation ?? ''),
  });
  expect(operation).toBe(route?.operation);
});

it.each([
  ['GET', '/v1/documents/it', 'docs read'],
  ['POST', '/v1/documents/it:batchUpdate', 'docs write'],
  ['GET', '/v4/spreadsheets/it', 'sheets read'],
  ['POST', '/v4/spreadsheets/it:batchUpdate', 'sheets write'],
  ['GET', '/v1/presentations/it', 'slides read'],
  ['POST', '/v1/presentations/it:batchUpdate', 'slides write'],
  ['GET', '/v1/forms/it', 'forms read'],
])('%s %s uses no units of Drive, but has a limit of its own: %s', (method, path, limit) => {
  const route = routeOf(method, path, new URLSearchParams());
  const operation = operationOf(method, path, false);
  expect(operation).toBe(route?.operation);
  const [api, kind] = limit.split(' ');
  expect(route?.endpoint.cost).toBe(`${api}${kind === 'read' ? 'Read' : 'Write'}`);
  expect(costOf(operation, method)).toEqual({ kind, unitClass: 'editors', units: 0, limit });
});

it('treats an export link as a download', () => {
  const operation = operationOf('GET', 'https://docs.google.com/feeds/download/documents/export/Export?id=x', false);
  expect(operation).toBe('files.export');
  expect(costOf(operation, 'GET')).toEqual({ kind: 'read', unitClass: 'download', units: 200 });
});

it('has a name for unknown requests', () => {
  expect(operationOf('GET', '/drive/v3/people/ana@example.com', false)).toBe('other');
  expect(operationOf('GET', '/secret', false)).toBe('other');
  expect(operationOf('POST', '/v1/documents/it:other', false)).toBe('other');
});
