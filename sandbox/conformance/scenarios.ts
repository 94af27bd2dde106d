import { ABOUT } from './areas/about.ts';
import { BATCH } from './areas/batch.ts';
import { CHANGES } from './areas/changes.ts';
import { CLIENTS } from './areas/clients.ts';
import { COMMENTS } from './areas/comments.ts';
import { COPIES } from './areas/copies.ts';
import { DELEGATION } from './areas/delegation.ts';
import { DIRECTORY } from './areas/directory.ts';
import { DOCS } from './areas/docs.ts';
import { DOWNLOADS } from './areas/downloads.ts';
import { DRIVES } from './areas/drives.ts';
import { FILES } from './areas/files.ts';
import { FORMS } from './areas/forms.ts';
import { OAUTH } from './areas/oauth.ts';
import { OWNERS } from './areas/owners.ts';
import { PARAMETERS } from './areas/parameters.ts';
import { PERMISSIONS } from './areas/permissions.ts';
import { PLACES } from './areas/places.ts';
import { REVISIONS } from './areas/revisions.ts';
import { SEARCH } from './areas/search.ts';
import { SHARING } from './areas/sharing.ts';
import { SHEETS } from './areas/sheets.ts';
import { UNKNOWN } from './areas/unknown.ts';
import { SLIDES } from './areas/slides.ts';
import { UPLOADS } from './areas/uploads.ts';
import type { Scenario } from './scenario.ts';

/** All rows by area. */
export const AREAS: Readonly<Record<string, readonly Scenario[]>> = {
  oauth: OAUTH,
  about: ABOUT,
  parameters: PARAMETERS,
  search: SEARCH,
  downloads: DOWNLOADS,
  uploads: UPLOADS,
  files: FILES,
  copies: COPIES,
  permissions: PERMISSIONS,
  sharing: SHARING,
  owners: OWNERS,
  drives: DRIVES,
  places: PLACES,
  directory: DIRECTORY,
  delegation: DELEGATION,
  changes: CHANGES,
  comments: COMMENTS,
  revisions: REVISIONS,
  batch: BATCH,
  sheets: SHEETS,
  docs: DOCS,
  slides: SLIDES,
  forms: FORMS,
  clients: CLIENTS,
  unknown: UNKNOWN,
};

/** A row with its area; `name` is unique among all rows. */
export interface Row {
  area: string;
  name: string;
  scenario: Scenario;
}

export const ROWS: readonly Row[] = Object.entries(AREAS).flatMap(([area, scenarios]) =>
  scenarios.map((scenario) => ({ area, name: `${area}: ${scenario.title}`, scenario })),
);
