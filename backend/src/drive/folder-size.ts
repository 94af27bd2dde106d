import type { FolderSizeDto } from './drive.dto.js';
import type { SizePage } from './drive.port.js';

/** As many as can be counted while a person waits; a review counts them all. */
export const MAX_SIZED_ITEMS = 20_000;
const MAX_SIZED_MS = 30_000;
/** Pages asked for at the same time. */
const PARALLEL = 4;

/**
 * Counts what is in a folder, and returns what it has found after each round of requests.
 * @param page one page of a folder's items
 * @param now milliseconds, growing
 */
export async function* sizeOf(
  folderId: string,
  page: (folderId: string, pageToken: string | undefined) => Promise<SizePage>,
  now: () => number = () => performance.now(),
): AsyncGenerator<FolderSizeDto, void> {
  const end = now() + MAX_SIZED_MS;
  const pending: { folderId: string; pageToken?: string }[] = [{ folderId }];
  const seen = new Set([folderId]);
  let [items, folders, bytes] = [0, 0, 0];
  for (;;) {
    const asked = pending.splice(0, PARALLEL);
    const pages = await Promise.all(asked.map((each) => page(each.folderId, each.pageToken)));
    for (const [index, { items: found, nextPageToken }] of pages.entries()) {
      for (const { id, kind, size } of found) {
        // Listings repeat items that move between two of their pages.
        if (seen.has(id)) continue;
        seen.add(id);
        items++;
        bytes += size ?? 0;
        if (kind !== 'folder') continue;
        folders++;
        pending.push({ folderId: id });
      }
      if (nextPageToken) pending.push({ folderId: asked[index]!.folderId, pageToken: nextPageToken });
    }
    const isMore = pending.length > 0 && (items >= MAX_SIZED_ITEMS || now() >= end);
    const done = isMore || pending.length === 0;
    yield { items, folders, bytes, done, isMore };
    if (done) return;
  }
}
