import { catalogue } from '../texts/catalogue';

/** A target as the API describes it. */
interface Target {
  readonly folderId: string;
  readonly folderName?: string;
  readonly newFolderName?: string;
}

/** The name of the folder that receives the copies. Google has only an English name for the top of a Drive. */
export const folderOf = ({ folderId, folderName }: Target): string =>
  folderId === 'root' ? catalogue().browse.drives.my : (folderName ?? '');

/** Where the copies are: the folder, and the new folder in it, if any. */
export const targetName = (target: Target): string =>
  [folderOf(target), target.newFolderName].filter(Boolean).join(' / ');

/** What a conversion loses, by the type of the original. @param fallback the server's own text */
export const lossLabel = (mimeType: string, fallback: readonly string[] = []): string =>
  catalogue().review.problems.losses[mimeType] ?? fallback.join('; ');
