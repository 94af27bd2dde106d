import { CUSTOMERS_ENDPOINTS } from '../directory/customers-api.ts';
import { GROUPS_ENDPOINTS } from '../directory/groups-api.ts';
import { USERS_ENDPOINTS } from '../directory/users-api.ts';
import { ABOUT_ENDPOINTS } from '../drive/about-api.ts';
import { CHANGES_ENDPOINTS } from '../drive/changes-api.ts';
import { COMMENTS_ENDPOINTS } from '../drive/comments-api.ts';
import { DOWNLOADS_ENDPOINTS } from '../drive/downloads-api.ts';
import { DRIVES_ENDPOINTS } from '../drive/drives-api.ts';
import { FILE_LISTS_ENDPOINTS } from '../drive/file-lists-api.ts';
import { FILES_ENDPOINTS } from '../drive/files-api.ts';
import { PERMISSIONS_ENDPOINTS } from '../drive/permissions-api.ts';
import { REVISIONS_ENDPOINTS } from '../drive/revisions-api.ts';
import { UPLOADS_ENDPOINTS } from '../drive/uploads-api.ts';
import { SHEETS_ENDPOINTS } from '../documents/sheets/endpoints.ts';
import { DOCS_ENDPOINTS } from '../documents/docs-api.ts';
import { FORMS_ENDPOINTS } from '../documents/forms-api.ts';
import { SLIDES_ENDPOINTS } from '../documents/slides-api.ts';
import { COSTS } from '../faults/costs.ts';
import { OAUTH_ENDPOINTS } from '../oauth/oauth-endpoints.ts';
import { BATCH_ENDPOINTS } from './batch.ts';
import { apiOf, type ApiName } from './google-apis.ts';
import type { Endpoint, Endpoints } from './endpoint.ts';

/** All modelled endpoints of Google. If two match an address, the one with a fixed path or query takes precedence. */
export const ENDPOINTS: Endpoints = {
  ...OAUTH_ENDPOINTS,
  ...BATCH_ENDPOINTS,
  ...ABOUT_ENDPOINTS,
  ...FILE_LISTS_ENDPOINTS,
  ...DOWNLOADS_ENDPOINTS,
  ...FILES_ENDPOINTS,
  ...UPLOADS_ENDPOINTS,
  ...PERMISSIONS_ENDPOINTS,
  ...REVISIONS_ENDPOINTS,
  ...COMMENTS_ENDPOINTS,
  ...CHANGES_ENDPOINTS,
  ...DRIVES_ENDPOINTS,
  ...USERS_ENDPOINTS,
  ...GROUPS_ENDPOINTS,
  ...CUSTOMERS_ENDPOINTS,
  ...SHEETS_ENDPOINTS,
  ...DOCS_ENDPOINTS,
  ...SLIDES_ENDPOINTS,
  ...FORMS_ENDPOINTS,
};

/** The endpoint of a request, and the ids in its address. */
export interface Route {
  operation: string;
  endpoint: Endpoint;
  api: ApiName;
  ids: Readonly<Record<string, string>>;
}

interface Pattern {
  operation: string;
  endpoint: Endpoint;
  api: ApiName;
  parts: readonly Part[];
  query: readonly (readonly [name: string, value: Part])[];
}

/** A part of a template: fixed text, or the id that it holds (`{name}` or `{name}:verb`). */
type Part = string | { name: string; verb: string };

/** Fixed paths by method and path, others by method and number of parts; patterns with a query come first. */
const PATTERNS = new Map<string, Pattern[]>();
for (const [operation, endpoint] of Object.entries(ENDPOINTS)) {
  for (const template of [endpoint.at].flat()) {
    const [, methods = '', path = '', search = ''] = /^([A-Z|]+) (\/[^?]*)\??(.*)$/.exec(template) ?? [];
    const parts = path.split('/').slice(1);
    const query = [...new URLSearchParams(search)].map(([name, value]) => [name, partOf(value)] as const);
    for (const method of methods.split('|')) {
      const key = path.includes('{') ? `${method} ${parts.length}` : `${method} ${path}`;
      const pattern = { operation, endpoint, api: apiOf(path), parts: parts.map(partOf), query };
      const known = PATTERNS.get(key) ?? [];
      // `toSorted` is stable: patterns with a query keep the order of the table.
      PATTERNS.set(
        key,
        [...known, pattern].toSorted((a, b) => Math.sign(b.query.length) - Math.sign(a.query.length)),
      );
    }
  }
}

/** Finds the endpoint of a request; `undefined` for an address that is not modelled. */
export function routeOf(method: string, path: string, query: URLSearchParams): Route | undefined {
  const fixed = PATTERNS.get(`${method} ${path}`);
  const found = fixed && firstFit(fixed, [], query);
  if (found) return found;
  const raw = path.slice(1).split('/');
  const parts = path.includes('%') ? raw.map(decode) : raw;
  const patterns = PATTERNS.get(`${method} ${parts.length}`);
  return patterns && firstFit(patterns, parts, query);
}

/** @param parts empty for a fixed path, which is already known to match */
function firstFit(patterns: readonly Pattern[], parts: readonly string[], query: URLSearchParams): Route | undefined {
  const pattern = patterns.find(
    (each) =>
      parts.every((part, i) => isFit(each.parts[i]!, part)) &&
      each.query.every(([name, wanted]) => isFit(wanted, query.get(name))),
  );
  if (!pattern) return undefined;
  const ids: Record<string, string> = {};
  parts.forEach((part, i) => addId(ids, pattern.parts[i]!, part));
  for (const [name, template] of pattern.query) addId(ids, template, query.get(name) ?? '');
  return { operation: pattern.operation, endpoint: pattern.endpoint, api: pattern.api, ids };
}

/**
 * Whether a part of an address matches a template. A document's id has no colon: what follows one is a verb
 * (`Template` in google/api/http.proto). A range of cells has one.
 */
function isFit(template: Part, text: string | null): boolean {
  if (typeof template === 'string') return template === text;
  const { name, verb } = template;
  if (text === null || !text.endsWith(verb)) return false;
  return verb !== '' || name !== 'fileId' || !text.includes(':');
}

/** Adds the id in a part of an address, if the template has one. */
function addId(ids: Record<string, string>, template: Part, text: string): void {
  if (typeof template === 'string') return;
  const { name, verb } = template;
  ids[name] = text.slice(0, text.length - verb.length);
}

function partOf(template: string): Part {
  const end = template.indexOf('}');
  return template.startsWith('{') ? { name: template.slice(1, end), verb: template.slice(end + 1) } : template;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Drive's quota units for one call of an operation; other APIs count requests. */
export function unitsOf(operation: string): number {
  const endpoint = ENDPOINTS[operation];
  if (!endpoint) return 0;
  const { bucket, units } = COSTS[endpoint.cost];
  return bucket === 'drive' ? units : 0;
}
