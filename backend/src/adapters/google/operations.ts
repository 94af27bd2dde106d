import { QUOTA_UNITS, type UnitClass } from '../../engine/model/quota-units.js';
import type { Cost } from '../../pacing/cost.js';

/** Google's APIs of the editors, by the resource in their paths. Each is a host, `docs.googleapis.com`. */
const EDITORS: Readonly<Record<string, string>> = {
  documents: 'docs',
  spreadsheets: 'sheets',
  presentations: 'slides',
  forms: 'forms',
};
const EDITOR_PATH = new RegExp(`^/v[14]/(${Object.keys(EDITORS).join('|')})/[^/:]+(?::(batchUpdate))?$`);

/** The name of the editor's API that a path belongs to; undefined for Drive's API. */
export function editorOf(path: string): string | undefined {
  return EDITORS[EDITOR_PATH.exec(path)?.[1] ?? ''];
}

/** The class of each method that is not an edit, by Google's name ("Usage limits"). */
const CLASSES: Readonly<Record<string, UnitClass>> = {
  'about.get': 'get',
  'changes.getStartPageToken': 'get',
  'changes.list': 'list',
  'comments.get': 'get',
  'comments.list': 'list',
  'drives.get': 'get',
  'drives.list': 'list',
  'files.download': 'download',
  'files.export': 'download',
  'files.generateIds': 'other',
  'files.get': 'get',
  'files.list': 'list',
  'files.upload.chunk': 'free',
  'permissions.get': 'get',
  'permissions.list': 'list',
  'replies.get': 'get',
  'replies.list': 'list',
  'revisions.download': 'download',
  'revisions.get': 'get',
  'revisions.list': 'list',
};

/**
 * Google's name of a request's method, for its cost and for metrics; there are a few dozen.
 * @param path of the API, or the URL of an export or an upload session
 * @param media whether content is requested (`alt=media`)
 */
export function operationOf(method: string, path: string, media: boolean): string {
  const [, editor, verb = 'get'] = EDITOR_PATH.exec(path) ?? [];
  if (editor !== undefined) return `${editor}.${verb}`;
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

/** The cost of a request. @param operation see `operationOf` */
export function costOf(operation: string, method: string): Cost {
  const kind = method === 'GET' ? 'read' : 'write';
  const editor = EDITORS[operation.split('.')[0] ?? ''];
  if (editor !== undefined)
    return { kind, unitClass: 'editors', units: QUOTA_UNITS.editors, limit: `${editor} ${kind}` };
  const unitClass = CLASSES[operation] ?? (kind === 'read' ? 'get' : 'edit');
  return { kind, unitClass, units: QUOTA_UNITS[unitClass] };
}
