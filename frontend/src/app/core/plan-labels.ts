import { catalogue } from '../texts/catalogue';

/** What the API says of a target. */
interface Target {
  readonly folderId: string;
  readonly folderName?: string;
  readonly newFolderName?: string;
}

/** The name of the folder that receives the copies; Google calls the top of every Drive by an English name. */
export const folderOf = ({ folderId, folderName }: Target): string =>
  folderId === 'root' ? catalogue().browse.drives.my : (folderName ?? '');

/** Where the copies lie: the folder, and the new one in it. */
export const targetName = (target: Target): string =>
  [folderOf(target), target.newFolderName].filter(Boolean).join(' / ');

/** What a conversion loses, by the type of the original. @param fallback what the server says */
export const lossLabel = (mimeType: string, fallback: readonly string[] = []): string =>
  catalogue().review.problems.losses[mimeType] ?? fallback.join('; ');
