import { GoogleError } from './errors.ts';
import type { Item } from './drive-store.ts';
import { SCOPE, type Caller } from './oauth.ts';

/** What a request to Drive asks for: Google's method id, and the ids in its address. */
export interface Route {
  operation: string;
  fileId?: string;
  permissionId?: string;
  /** What the token must allow; a session's address is its own credential. */
  access: 'read' | 'metadata' | 'write' | 'session';
}

/** Finds the method a request is for; `undefined` for an address Drive does not have. */
export function routeDrive(method: string, path: string, query: URLSearchParams): Route | undefined {
  const parts = path.split('/').slice(1).map(decode);
  if (path.startsWith('/upload/drive/v3/files')) {
    const fileId = parts[4];
    if (parts.length > 5) return undefined;
    const withId = fileId === undefined ? {} : { fileId };
    if (query.has('upload_id') && (method === 'PUT' || method === 'POST' || method === 'PATCH'))
      return { operation: 'files.upload.chunk', access: 'session', ...withId };
    if (method !== (fileId === undefined ? 'POST' : 'PATCH')) return undefined;
    const resumable = query.get('uploadType') === 'resumable';
    return { operation: resumable ? 'files.upload.start' : 'files.upload', access: 'write', ...withId };
  }
  if (path === '/export') return { operation: 'files.export', access: 'read', fileId: query.get('id') ?? '' };
  if (parts[0] !== 'drive' || parts[1] !== 'v3') return undefined;
  const [, , collection, id, sub, subId] = parts;
  const key = `${method} ${[collection, ...parts.slice(3).map((_, i) => (i % 2 === 0 ? ':id' : parts[3 + i]))].join('/')}`;
  switch (collection) {
    case 'about':
      return key === 'GET about' ? { operation: 'about.get', access: 'metadata' } : undefined;
    case 'changes':
      if (method !== 'GET' || sub !== undefined) return undefined;
      if (id === 'startPageToken') return { operation: 'changes.getStartPageToken', access: 'metadata' };
      return id === undefined ? { operation: 'changes.list', access: 'metadata' } : undefined;
    case 'drives':
      if (method !== 'GET' || sub !== undefined) return undefined;
      return id === undefined
        ? { operation: 'drives.list', access: 'metadata' }
        : { operation: 'drives.get', access: 'metadata', fileId: id };
    case 'files':
      break;
    default:
      return undefined;
  }
  if (id === 'generateIds' && method === 'GET') return { operation: 'files.generateIds', access: 'write' };
  if (id === 'trash' && method === 'DELETE') return { operation: 'files.emptyTrash', access: 'write' };
  const fileId = id ?? '';
  switch (key) {
    case 'GET files':
      return { operation: 'files.list', access: 'metadata' };
    case 'POST files':
      return { operation: 'files.create', access: 'write' };
    case 'GET files/:id':
      return query.get('alt') === 'media'
        ? { operation: 'files.download', access: 'read', fileId }
        : { operation: 'files.get', access: 'metadata', fileId };
    case 'PATCH files/:id':
      return { operation: 'files.update', access: 'write', fileId };
    case 'DELETE files/:id':
      return { operation: 'files.delete', access: 'write', fileId };
    case 'POST files/:id/copy':
      return { operation: 'files.copy', access: 'write', fileId };
    case 'GET files/:id/export':
      return { operation: 'files.export', access: 'read', fileId };
    case 'GET files/:id/permissions':
      return { operation: 'permissions.list', access: 'metadata', fileId };
    case 'POST files/:id/permissions':
      return { operation: 'permissions.create', access: 'write', fileId };
  }
  if (sub === 'permissions' && subId !== undefined && parts.length === 6) {
    const withIds = { fileId, permissionId: subId };
    if (method === 'GET') return { operation: 'permissions.get', access: 'metadata', ...withIds };
    if (method === 'PATCH') return { operation: 'permissions.update', access: 'write', ...withIds };
    if (method === 'DELETE') return { operation: 'permissions.delete', access: 'write', ...withIds };
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
  throw new GoogleError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.', {
    statusWord: 'PERMISSION_DENIED',
  });
}

/** `drive.file` opens only what the app itself made. */
export function fitsScopes(item: Item, { scopes, clientId }: Caller): boolean {
  if (!scopes.has(SCOPE.file) || scopes.has(SCOPE.drive) || scopes.has(SCOPE.readonly)) return true;
  return item.createdBy !== undefined && item.createdBy === clientId;
}
