import { FolderPath as ApiFolderPath } from '../api/models/folder-path';
import { catalogue } from '../texts/catalogue';

/** A drive as the address names it: one of the two below, or the ID of a shared drive. */
export type Drive = string;
export const MY_DRIVE: Drive = '';
export const SHARED_WITH_ME: Drive = 'shared-with-me';

/** One folder of a path; the top of a drive has no ID. */
export interface Crumb {
  readonly id?: string;
  readonly name: string;
}

/** Where a folder is, and whether copies can be added to it. */
export interface FolderPath {
  readonly drive: Drive;
  /** From the top of the drive down to the folder. */
  readonly path: readonly Crumb[];
  readonly canAddChildren: boolean;
}

/** The name of a drive that needs no request; undefined for shared drives. */
export function knownDriveName(drive: Drive): string | undefined {
  const { my, shared } = catalogue().browse.drives;
  return drive === MY_DRIVE ? my : drive === SHARED_WITH_ME ? shared : undefined;
}

/** Converts the API's path: in the portal, the top of each drive has no ID, and My Drive has a translated name. */
export function toFolderPath({ path, top, driveId, canAddChildren }: ApiFolderPath): FolderPath {
  const crumbs: Crumb[] = path.map(({ id, name }) => ({ id, name }));
  switch (top) {
    case 'my_drive':
      return { drive: MY_DRIVE, path: [{ name: '' }, ...crumbs.slice(1)], canAddChildren };
    case 'shared_drive':
      return { drive: driveId ?? '', path: [{ name: crumbs[0]?.name ?? '' }, ...crumbs.slice(1)], canAddChildren };
    case 'shared_with_me':
      return { drive: SHARED_WITH_ME, path: [{ name: '' }, ...crumbs], canAddChildren };
  }
}

/** The names of the folders on a path, in the page's language. */
export const namesOf = ({ drive, path }: FolderPath): string[] =>
  path.map(({ name }, index) => (index === 0 ? (knownDriveName(drive) ?? name) : name));
