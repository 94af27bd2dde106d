import type { PeopleLine, SharingOptions } from '../engine/model/sharing.js';
import { checkPeople, readPeopleCsv } from '../engine/sharing/people-map.js';
import { PeopleMapInvalidError } from './errors.js';
import type { SharingDto } from './sharing.dto.js';

/** The requested options of carrying sharing over. */
export interface Sharing {
  readonly options: SharingOptions;
  readonly people: readonly PeopleLine[];
}

/**
 * @returns undefined if no permissions are carried over
 * @throws PeopleMapInvalidError for an invalid map, even if nothing is carried over, so that a client can check a map
 */
export function sharingOf(request: SharingDto | undefined): Sharing | undefined {
  if (!request) return undefined;
  const { mode, people, unmapped, links, owner, outsiders, notify } = request;
  const { read, lines, errors } = typeof people === 'string' ? readPeopleCsv(people) : checkPeople(people);
  if (errors.length > 0) throw new PeopleMapInvalidError(read, errors);
  if (mode === 'none') return undefined;
  return { options: { unmapped, links, owner, outsiders, notify, lines: lines.length }, people: lines };
}
