import { inject, Signal } from '@angular/core';
import { map } from 'rxjs';
import { driveListFiles } from '../../api/functions';
import { DriveListFiles$Params } from '../../api/fn/drive/drive-list-files';
import { ApiClient } from '../../core/api-client';
import { MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';
import { Page, PagedResource, pagedResource } from '../../core/paged-resource';
import { Side } from '../../core/side';
import { DriveItem, folderIdOf, Location, Sort } from './drive-item';

/** Which list to load. */
export interface Place extends Location {
  readonly side: Side;
  /** How often the side's account has changed: another account's list is another one. */
  readonly changes: number;
  /** A part of a name to search for in the whole drive; empty: the folder's own items. */
  readonly search: string;
  readonly sort: Sort;
}

interface FilePage extends Page<DriveItem> {
  /** Whether Google did not search everywhere. */
  readonly incomplete: boolean;
}

// The first page is small, so that it arrives early; the others are as large as Google allows.
const FIRST_PAGE = 200;
const NEXT_PAGE = 1000;

/** The list of a place. Needs an injection context. @param place undefined while nobody is connected */
export function listFilesOf(place: Signal<Place | undefined>): PagedResource<FilePage> {
  const api = inject(ApiClient);
  return pagedResource({
    query: place,
    load: (place: Place, cursor) => {
      const page = { page_size: cursor ? NEXT_PAGE : FIRST_PAGE, ...(cursor && { page_token: cursor }) };
      const params = { order_by: place.sort, ...page, ...whereOf(place) };
      return api.request(driveListFiles, params, place.side).pipe(
        map(({ files, nextPageToken, incompleteSearch }) => ({
          items: files,
          next: nextPageToken,
          incomplete: incompleteSearch,
        })),
      );
    },
  });
}

/** The API's parameters for a place. A search covers the whole drive. */
function whereOf(place: Place): Pick<DriveListFiles$Params, 'folder_id' | 'drive_id' | 'view' | 'search'> {
  const { drive, folder, search } = place;
  const driveId = drive === MY_DRIVE || drive === SHARED_WITH_ME ? undefined : drive;
  if (drive === SHARED_WITH_ME && (search || folder === undefined))
    return { view: 'shared_with_me', ...(search && { search }) };
  return {
    ...(search ? { search } : { folder_id: folderIdOf(place) }),
    ...(driveId && { drive_id: driveId }),
  };
}
