import { GoogleError, googleError } from './errors.ts';
import type { Item } from '../drive/drive-store.ts';
import { SCOPE, type Caller } from '../oauth/oauth.ts';

/** What a request to Drive asks for: Google's method id, and the ids in its address. */
export interface Route {
  operation: string;
  fileId?: string;
  permissionId?: string;
  driveId?: string;
  commentId?: string;
  replyId?: string;
  revisionId?: string;
  /** The name of a long-running operation. */
  name?: string;
  /** What the token must allow; a session's address is its own credential. */
  access: 'read' | 'metadata' | 'write' | 'session';
}

type IdName = 'fileId' | 'permissionId' | 'driveId' | 'commentId' | 'replyId' | 'revisionId' | 'name';
type Row = [method: string, path: string, operation: string, access: Route['access']];

/** Drive v3 below `/drive/v3/`; of two that match, the first is used. `alt` distinguishes media from metadata. */
const ROUTES: readonly Row[] = [
  ['GET', 'about', 'about.get', 'metadata'],
  ['GET', 'changes/startPageToken', 'changes.getStartPageToken', 'metadata'],
  ['GET', 'changes', 'changes.list', 'metadata'],
  ['GET', 'drives', 'drives.list', 'metadata'],
  ['POST', 'drives', 'drives.create', 'write'],
  ['GET', 'drives/{driveId}', 'drives.get', 'metadata'],
  ['PATCH', 'drives/{driveId}', 'drives.update', 'write'],
  ['DELETE', 'drives/{driveId}', 'drives.delete', 'write'],
  ['POST', 'drives/{driveId}/hide', 'drives.hide', 'write'],
  ['POST', 'drives/{driveId}/unhide', 'drives.unhide', 'write'],
  ['GET', 'operations/{name}', 'operations.get', 'read'],
  ['GET', 'files/generateIds', 'files.generateIds', 'write'],
  ['DELETE', 'files/trash', 'files.emptyTrash', 'write'],
  ['GET', 'files', 'files.list', 'metadata'],
  ['POST', 'files', 'files.create', 'write'],
  ['GET', 'files/{fileId}', 'files.get', 'metadata'],
  ['PATCH', 'files/{fileId}', 'files.update', 'write'],
  ['DELETE', 'files/{fileId}', 'files.delete', 'write'],
  ['POST', 'files/{fileId}/copy', 'files.copy', 'write'],
  ['GET', 'files/{fileId}/export', 'files.export', 'read'],
  ['POST', 'files/{fileId}/download', 'files.download.start', 'read'],
  ['GET', 'files/{fileId}/permissions', 'permissions.list', 'metadata'],
  ['POST', 'files/{fileId}/permissions', 'permissions.create', 'write'],
  ['GET', 'files/{fileId}/permissions/{permissionId}', 'permissions.get', 'metadata'],
  ['PATCH', 'files/{fileId}/permissions/{permissionId}', 'permissions.update', 'write'],
  ['DELETE', 'files/{fileId}/permissions/{permissionId}', 'permissions.delete', 'write'],
  ['GET', 'files/{fileId}/revisions', 'revisions.list', 'metadata'],
  ['GET', 'files/{fileId}/revisions/{revisionId}', 'revisions.get', 'metadata'],
  ['PATCH', 'files/{fileId}/revisions/{revisionId}', 'revisions.update', 'write'],
  ['DELETE', 'files/{fileId}/revisions/{revisionId}', 'revisions.delete', 'write'],
  ['GET', 'files/{fileId}/comments', 'comments.list', 'read'],
  ['POST', 'files/{fileId}/comments', 'comments.create', 'write'],
  ['GET', 'files/{fileId}/comments/{commentId}', 'comments.get', 'read'],
  ['PATCH', 'files/{fileId}/comments/{commentId}', 'comments.update', 'write'],
  ['DELETE', 'files/{fileId}/comments/{commentId}', 'comments.delete', 'write'],
  ['GET', 'files/{fileId}/comments/{commentId}/replies', 'replies.list', 'read'],
  ['POST', 'files/{fileId}/comments/{commentId}/replies', 'replies.create', 'write'],
  ['GET', 'files/{fileId}/comments/{commentId}/replies/{replyId}', 'replies.get', 'read'],
  ['PATCH', 'files/{fileId}/comments/{commentId}/replies/{replyId}', 'replies.update', 'write'],
  ['DELETE', 'files/{fileId}/comments/{commentId}/replies/{replyId}', 'replies.delete', 'write'],
];

/** The rows by method and number of parts, cut into parts: a request is compared with few. */
const BY_SHAPE = new Map<string, { parts: string[]; operation: string; access: Route['access'] }[]>();
for (const [method, path, operation, access] of ROUTES) {
  const parts = path.split('/');
  const shape = `${method} ${parts.length}`;
  BY_SHAPE.set(shape, [...(BY_SHAPE.get(shape) ?? []), { parts, operation, access }]);
}

/** Every method of Drive that the sandbox has, by Google's ids where Google has one. */
export const DRIVE_OPERATIONS: readonly string[] = [
  ...ROUTES.map(([, , operation]) => operation),
  'files.download',
  'revisions.download',
  'files.upload',
  'files.upload.start',
  'files.upload.chunk',
  'files.upload.cancel',
];

/** Finds the method a request is for; `undefined` for an address Drive does not have. */
export function routeDrive(method: string, path: string, query: URLSearchParams): Route | undefined {
  const parts = path.split('/').slice(1).map(decode);
  if (path.startsWith('/upload/drive/v3/files')) {
    const fileId = parts[4];
    if (parts.length > 5) return undefined;
    const withId = fileId === undefined ? {} : { fileId };
    if (query.has('upload_id') && (method === 'PUT' || method === 'POST' || method === 'PATCH'))
      return { operation: 'files.upload.chunk', access: 'session', ...withId };
    if (query.has('upload_id') && method === 'DELETE')
      return { operation: 'files.upload.cancel', access: 'session', ...withId };
    if (method !== (fileId === undefined ? 'POST' : 'PATCH')) return undefined;
    const resumable = query.get('uploadType') === 'resumable';
    return { operation: resumable ? 'files.upload.start' : 'files.upload', access: 'write', ...withId };
  }
  if (path === '/export') return { operation: 'files.export', access: 'read', fileId: query.get('id') ?? '' };
  if (parts[0] !== 'drive' || parts[1] !== 'v3') return undefined;
  const given = parts.slice(2);
  for (const { parts: wanted, operation, access } of BY_SHAPE.get(`${method} ${given.length}`) ?? []) {
    const ids: Partial<Record<IdName, string>> = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith('{')) return part === given[i];
      ids[part.slice(1, -1) as IdName] = given[i] ?? '';
      return true;
    });
    if (!fits) continue;
    const media = query.get('alt') === 'media';
    if (media && operation === 'files.get') return { operation: 'files.download', access: 'read', ...ids };
    if (media && operation === 'revisions.get') return { operation: 'revisions.download', access: 'read', ...ids };
    return { operation, access, ...ids };
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const ALLOWING: Record<Exclude<Route['access'], 'session'>, readonly string[]> = {
  write: [SCOPE.drive, SCOPE.file],
  read: [SCOPE.drive, SCOPE.file, SCOPE.readonly],
  metadata: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.metadata, SCOPE.metadataReadonly],
};

/**
 * Whether the token's scopes allow the call.
 * @throws GoogleError 403 `insufficientPermissions`.
 */
export function checkScopes(route: Route, caller: Caller): void {
  if (route.access === 'session' || ALLOWING[route.access].some((scope) => caller.scopes.has(scope))) return;
  throw googleError('insufficientPermissions');
}

/** `drive.file` opens only what the app itself made. */
export function fitsScopes(item: Item, { scopes, clientId }: Caller): boolean {
  if (!scopes.has(SCOPE.file) || scopes.has(SCOPE.drive) || scopes.has(SCOPE.readonly)) return true;
  return item.createdBy !== undefined && item.createdBy === clientId;
}
