/** Google limits what changes a Drive apart from what reads it. */
export type RequestKind = 'read' | 'write';

export interface Cost {
  readonly kind: RequestKind;
  /** Google's quota units. */
  readonly units: number;
}

/** "Usage limits": get 5, list 100, download 200, edit 50 (so create and copy), any other 5. */
const GET = 5;
const LIST = 100;
const DOWNLOAD = 200;
const EDIT = 50;

const LISTS = /\/(files|permissions|changes|drives|comments|replies|revisions)$/;

/**
 * What a request to Drive costs.
 * @param path of the API, or the address of an upload session, whose chunks cost nothing, or of an export
 * @param media whether content is asked for (`alt=media`)
 */
export function costOf(method: string, path: string, media: boolean): Cost {
  if (method !== 'GET') return { kind: 'write', units: path.includes('upload_id=') ? 0 : EDIT };
  if (media || path.endsWith('/export') || /^https?:/.test(path)) return { kind: 'read', units: DOWNLOAD };
  return { kind: 'read', units: LISTS.test(path) ? LIST : GET };
}
