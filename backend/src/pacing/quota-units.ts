import { QUOTA_UNITS } from '../config/quota-units.js';

/** Google limits writes and reads separately. */
export type RequestKind = 'read' | 'write';

export interface Cost {
  readonly kind: RequestKind;
  /** Google's quota units. */
  readonly units: number;
}

const LISTS = /\/(files|permissions|changes|drives|comments|replies|revisions)$/;

/** Google's name of a request's method, for metrics; there are a few dozen. */
export function operationOf(method: string, path: string, media: boolean): string {
  if (path.includes('upload_id=')) return 'files.upload.chunk';
  const [, upload, rest = ''] = /^(\/upload)?\/drive\/v3\/([\w/.-]*)/.exec(path) ?? [];
  if (path.endsWith('/export') || /^https?:/.test(path)) return 'files.export';
  const [collection = '', id, sub, subId] = rest.split('/');
  if (!COLLECTIONS.has(collection)) return 'other';
  if (upload) return 'files.upload';
  if (media) return `${collection}.download`;
  if (id === 'startPageToken') return 'changes.getStartPageToken';
  if (id !== undefined && VERBS.has(id)) return `${collection}.${id}`;
  if (sub !== undefined && VERBS.has(sub)) return `${collection}.${sub}`;
  if (sub !== undefined && COLLECTIONS.has(sub)) return `${sub}.${verbOf(method, subId !== undefined)}`;
  return `${collection}.${collection === 'about' ? 'get' : verbOf(method, id !== undefined)}`;
}

const COLLECTIONS = new Set(['about', 'files', 'permissions', 'changes', 'drives', 'comments', 'replies', 'revisions']);
const VERBS = new Set(['copy', 'export', 'generateIds']);

function verbOf(method: string, isOne: boolean): string {
  if (method === 'GET') return isOne ? 'get' : 'list';
  return method === 'POST' ? 'create' : method === 'DELETE' ? 'delete' : 'update';
}

/**
 * The cost of a request to Drive.
 * @param path of the API, or the URL of an export or an upload session (whose chunks cost nothing)
 * @param media whether content is requested (`alt=media`)
 */
export function costOf(method: string, path: string, media: boolean): Cost {
  if (method !== 'GET') return { kind: 'write', units: path.includes('upload_id=') ? 0 : QUOTA_UNITS.edit };
  if (media || path.endsWith('/export') || /^https?:/.test(path)) return { kind: 'read', units: QUOTA_UNITS.download };
  return { kind: 'read', units: LISTS.test(path) ? QUOTA_UNITS.list : QUOTA_UNITS.get };
}
