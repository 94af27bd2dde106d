import { File as DriveFile } from '../../api/models/file';
import { Drive, MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';

/** A file, folder, Google Doc or shortcut as a list shows it. */
export type DriveItem = DriveFile;

export const isFolder = (item: DriveItem): boolean => item.kind === 'folder';

/** Whether an item allows neither copying inside Google nor downloading. */
export const cannotBeCopied = (item: DriveItem): boolean =>
  item.kind !== 'folder' && item.kind !== 'shortcut' && !item.canCopy && !item.canDownload;

const SORTS = ['name', '-name', 'modifiedTime', '-modifiedTime', 'size', '-size'] as const;
/** The order of a list, as the API names it; folders always come first. */
export type Sort = (typeof SORTS)[number];

/** A column by which a list can be ordered. */
export type Column = 'name' | 'modifiedTime' | 'size';

export const columnOf = (sort: Sort): Column => sort.replace('-', '') as Column;

export const asSort = (value: string | undefined): Sort => SORTS.find((sort) => sort === value) ?? 'name';

/** The orders as a phone offers them. */
const ORDERS: readonly Sort[] = ['name', '-name', '-modifiedTime', 'modifiedTime', '-size', 'size'];

/** The orders that a phone offers. @param files whether the list contains files; folders have no size */
export const ordersOf = (files: boolean): readonly Sort[] =>
  files ? ORDERS : ORDERS.filter((each) => columnOf(each) !== 'size');

/** The direction in which a column orders the list, as a value of `aria-sort`. */
export const directionOf = (sort: Sort, column: Column): 'ascending' | 'descending' | 'none' =>
  columnOf(sort) !== column ? 'none' : sort === column ? 'ascending' : 'descending';

/** The order after a click on a column. Names start at A; dates and sizes start with the newest and largest. */
export function nextSort(sort: Sort, column: Column): Sort {
  const [first, second]: [Sort, Sort] = column === 'name' ? ['name', '-name'] : [`-${column}`, column];
  return sort === first ? second : first;
}

/** A transfer accepts at most this many selected items. A folder counts as one, whatever it contains. */
export const MAX_ITEMS = 1000;

/** The API's ID for everything in My Drive, which is selected as one item. */
export const EVERYTHING = 'root';

/** The folder that a pane shows. Without a folder: the top of the drive. */
export interface Location {
  readonly drive: Drive;
  readonly folder?: string;
}

/** The ID of a location's folder in the API; undefined for "Shared with me", which is not a folder. */
export const folderIdOf = ({ drive, folder }: Location): string | undefined =>
  folder ?? (drive === MY_DRIVE ? 'root' : drive === SHARED_WITH_ME ? undefined : drive);
