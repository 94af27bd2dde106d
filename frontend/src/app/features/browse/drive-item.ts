import { File as DriveFile } from '../../api/models/file';
import { Drive, MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';

/** A file, folder, Google Doc or shortcut as a list shows it. */
export type DriveItem = DriveFile;

export const isFolder = (item: DriveItem): boolean => item.kind === 'folder';

/** Neither copying inside Google nor downloading is allowed, so that there is no way to carry it. */
export const cannotBeCopied = (item: DriveItem): boolean =>
  item.kind !== 'folder' && item.kind !== 'shortcut' && !item.canCopy && !item.canDownload;

export const SORTS = ['name', '-name', 'modifiedTime', '-modifiedTime', 'size', '-size'] as const;
/** The order of a list, as the API names it; folders come first in any case. */
export type Sort = (typeof SORTS)[number];

/** What a list can be ordered by. */
export type Column = 'name' | 'modifiedTime' | 'size';

export const columnOf = (sort: Sort): Column => sort.replace('-', '') as Column;

export const asSort = (value: string | undefined): Sort => SORTS.find((sort) => sort === value) ?? 'name';

/** As people search: by name, then by age, then by size. */
const ORDERS: readonly Sort[] = ['name', '-name', '-modifiedTime', 'modifiedTime', '-size', 'size'];

/** What a list can be ordered by on a phone. @param files whether it is about files; folders have no size */
export const ordersOf = (files: boolean): readonly Sort[] =>
  files ? ORDERS : ORDERS.filter((each) => columnOf(each) !== 'size');

/** How a column orders the list, in the terms of `aria-sort`. */
export const directionOf = (sort: Sort, column: Column): 'ascending' | 'descending' | 'none' =>
  columnOf(sort) !== column ? 'none' : sort === column ? 'ascending' : 'descending';

/** The order after a click on a column. Names begin at A; of dates and sizes the newest and largest come first. */
export function nextSort(sort: Sort, column: Column): Sort {
  const [first, second]: [Sort, Sort] = column === 'name' ? ['name', '-name'] : [`-${column}`, column];
  return sort === first ? second : first;
}

/** A transfer takes at most this many chosen items (each folder is one, whatever it holds). */
export const MAX_ITEMS = 1000;

/** What the API calls all that lies in My Drive: chosen as one item, however much that is. */
export const EVERYTHING = 'root';

/** Where a pane is. Without a folder: at the top of the drive. */
export interface Location {
  readonly drive: Drive;
  readonly folder?: string;
}

/** The folder that the API knows the place by; undefined for what others shared, which is in no folder. */
export const folderIdOf = ({ drive, folder }: Location): string | undefined =>
  folder ?? (drive === MY_DRIVE ? 'root' : drive === SHARED_WITH_ME ? undefined : drive);
