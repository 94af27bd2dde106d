import { File as DriveFile } from '../../api/models/file';

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

/** A transfer takes at most this many chosen items (each folder is one, whatever it holds). */
export const MOST_ITEMS = 1000;

/** One step of the way from the top of a drive to a folder. */
export interface Crumb {
  readonly id: string;
  readonly name: string;
}
