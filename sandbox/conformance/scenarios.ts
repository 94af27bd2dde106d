import { ABOUT_AND_IDS } from './areas/about.ts';
import { BATCH } from './areas/batch.ts';
import { CHANGES } from './areas/changes.ts';
import { CLIENT_SCENARIOS } from './areas/clients.ts';
import { COMMENTS } from './areas/comments.ts';
import { COPIES } from './areas/copies.ts';
import { DOWNLOADS } from './areas/downloads.ts';
import { DRIVES } from './areas/drives.ts';
import { FILES } from './areas/files.ts';
import { OAUTH } from './areas/oauth.ts';
import { OWNERS } from './areas/owners.ts';
import { PERMISSIONS } from './areas/permissions.ts';
import { REVISIONS } from './areas/revisions.ts';
import { SEARCH } from './areas/search.ts';
import { UPLOADS } from './areas/uploads.ts';
import type { Scenario } from './scenario.ts';

/** All that the sandbox models, area by area. */
export const SCENARIOS: readonly Scenario[] = [
  ...OAUTH,
  ...ABOUT_AND_IDS,
  ...SEARCH,
  ...DOWNLOADS,
  ...UPLOADS,
  ...FILES,
  ...COPIES,
  ...PERMISSIONS,
  ...OWNERS,
  ...DRIVES,
  ...CHANGES,
  ...COMMENTS,
  ...REVISIONS,
  ...BATCH,
  ...CLIENT_SCENARIOS,
];
