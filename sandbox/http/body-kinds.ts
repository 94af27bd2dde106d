import { invalidValue } from './errors.ts';
import { wrongTypes } from './query-types.ts';

type Kind = 'text' | 'flag' | 'object' | 'list';

/** What fields of bodies must be, where the code that reads them does not check it (discovery document, `schemas`). */
const KINDS = {
  file: {
    shortcutDetails: 'object',
    downloadRestrictions: 'object',
    contentHints: 'object',
    contentRestrictions: 'list',
  },
  permission: {
    ...{ type: 'text', role: 'text', emailAddress: 'text', domain: 'text', view: 'text' },
    ...{ allowFileDiscovery: 'flag', pendingOwner: 'flag' },
  },
  comment: { content: 'text', anchor: 'text', quotedFileContent: 'object' },
  reply: { content: 'text', action: 'text' },
  revision: { keepForever: 'flag', published: 'flag', publishAuto: 'flag', publishedOutsideDomain: 'flag' },
  drive: { name: 'text', colorRgb: 'text', themeId: 'text', restrictions: 'object', backgroundImageFile: 'object' },
} as const satisfies Record<string, Record<string, Kind>>;

/** The pairs of each resource, listed once and not for each request. */
const PAIRS = new Map(Object.entries(KINDS).map(([resource, kinds]) => [resource, Object.entries<Kind>(kinds)]));

/**
 * Checks the kinds of a body's fields; null is always allowed.
 * @throws GoogleError 400 `invalid`: for a list in the place of an object as it was recorded
 * (https://github.com/masbug/flysystem-google-drive-ext/issues/104), otherwise with the field as location: our guess
 */
export function checkKinds(body: Record<string, unknown>, resource: keyof typeof KINDS): Record<string, unknown> {
  for (const [name, kind] of PAIRS.get(resource)!) {
    const value = body[name];
    if (value === undefined || value === null || kindOf(value) === kind) continue;
    if (kind !== 'object' || !Array.isArray(value)) throw invalidValue(`${resource}.${name}`);
    const description = `Invalid value at 'payload' (Map), Cannot bind a list to map for field '${name}'.`;
    throw wrongTypes([{ field: 'payload', description }]);
  }
  return body;
}

function kindOf(value: unknown): Kind | undefined {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'flag';
  return typeof value === 'object' ? 'object' : undefined;
}
