import type { PeopleLine, SharingOptions } from '../engine/model/sharing.js';
import { checkPeople, readPeopleCsv } from '../engine/sharing/people-map.js';
import { PeopleMapInvalidError } from './errors.js';
import type { SharingDto } from './sharing.dto.js';

/** What a transfer carries over, as it was requested. */
export interface Sharing {
  readonly options: SharingOptions;
  readonly people: readonly PeopleLine[];
}

/**
 * @returns undefined where no permissions are carried over
 * @throws PeopleMapInvalidError also where they are not, so that a client can have a map checked
 */
export function sharingOf(request: SharingDto | undefined): Sharing | undefined {
  if (!request) return undefined;
  const { mode, people, unmapped, links, owner, outsiders, notify } = request;
  const { read, lines, errors } = typeof people === 'string' ? readPeopleCsv(people) : checkPeople(people);
  if (errors.length > 0) throw new PeopleMapInvalidError(read, errors);
  if (mode === 'none') return undefined;
  return { options: { unmapped, links, owner, outsiders, notify, lines: lines.length }, people: lines };
}
