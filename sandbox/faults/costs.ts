import type { ApiName } from '../http/google-apis.ts';

/**
 * The cost of a call. A bucket is a separate limit per minute, for each account and for each project (OAuth client):
 * Drive has one that counts units, the editors' APIs have one for reads and one for writes.
 */
export interface Cost {
  bucket: Bucket;
  units: number;
  /** Counts against the limit of writes per second. */
  isWrite?: true;
}

/**
 * Buckets of requests per minute, each with the metric's name and Google's limits for a person and a project:
 * https://developers.google.com/workspace/docs/api/limits, …/sheets/api/limits, …/slides/api/limits and …/forms/api/limits;
 * https://developers.google.com/workspace/admin/directory/v1/limits has no limit for a project; here it is that of ten people.
 */
export const REQUEST_BUCKETS = {
  docsRead: { api: 'docs', metric: 'Read requests', perUser: 300, perProject: 3000 },
  docsWrite: { api: 'docs', metric: 'Write requests', perUser: 60, perProject: 600 },
  sheetsRead: { api: 'sheets', metric: 'Read requests', perUser: 60, perProject: 300 },
  sheetsWrite: { api: 'sheets', metric: 'Write requests', perUser: 60, perProject: 300 },
  slidesRead: { api: 'slides', metric: 'Read requests', perUser: 600, perProject: 3000 },
  slidesWrite: { api: 'slides', metric: 'Write requests', perUser: 60, perProject: 600 },
  formsRead: { api: 'forms', metric: 'Read requests', perUser: 390, perProject: 975 },
  directory: { api: 'admin', metric: 'Queries', perUser: 2400, perProject: 24_000 },
} as const satisfies Record<string, { api: ApiName; metric: string; perUser: number; perProject: number }>;

export type RequestBucket = keyof typeof REQUEST_BUCKETS;
export type Bucket = 'none' | 'drive' | RequestBucket;

/**
 * Costs by the name that endpoint rows use. Drive: get 5, list 100, download 200, edit 50, other 5
 * (https://developers.google.com/workspace/drive/api/guides/limits); the editors' APIs and the directory
 * count requests.
 */
export const COSTS = {
  free: { bucket: 'none', units: 0 },
  get: { bucket: 'drive', units: 5 },
  list: { bucket: 'drive', units: 100 },
  download: { bucket: 'drive', units: 200 },
  edit: { bucket: 'drive', units: 50, isWrite: true },
  other: { bucket: 'drive', units: 5 },
  directory: { bucket: 'directory', units: 1 },
  docsRead: { bucket: 'docsRead', units: 1 },
  docsWrite: { bucket: 'docsWrite', units: 1 },
  sheetsRead: { bucket: 'sheetsRead', units: 1 },
  sheetsWrite: { bucket: 'sheetsWrite', units: 1 },
  slidesRead: { bucket: 'slidesRead', units: 1 },
  slidesWrite: { bucket: 'slidesWrite', units: 1 },
  formsRead: { bucket: 'formsRead', units: 1 },
} as const satisfies Record<string, Cost>;

export type CostName = keyof typeof COSTS;
