import type { FolderSizeDto } from './drive.dto.js';
import type { SizePage } from './drive.port.js';

/** Maximum number of items to count while a person waits; a preflight counts them all. */
export const MAX_SIZED_ITEMS = 20_000;
const MAX_SIZED_MS = 30_000;
/** Pages that are requested at the same time. */
const PARALLEL = 4;

/**
 * Counts the contents of a folder, and returns the counts after each round of requests.
 * @param page one page of a folder's items
 * @param now milliseconds of a clock that never goes back
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
        // Listings may repeat items that move between two pages.
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
