import { setImmediate } from 'node:timers';
import { DriveError } from '../../engine/errors.js';
import type { DriveItem, ItemPage } from '../../engine/ports/drive.js';

/** Folders per request. rclone uses 50; with this number the URL stays below 2 kB. */
export const GROUP_SIZE = 32;
/** Maximum number of simultaneous requests for incomplete groups; meanwhile further folders wait to form groups. */
const PARTIAL_GROUPS = 2;

interface Asked {
  readonly folderId: string;
  readonly resolve: (page: ItemPage) => void;
  readonly reject: (error: unknown) => void;
}
interface Group {
  readonly asked: Asked[];
  readonly list: (folderIds: readonly string[], pageToken?: string) => Promise<ItemPage>;
  readonly pages: number;
}

/**
 * Lists several folders with one request to Google, which allows `'a' in parents or 'b' in parents` in a query ("Search
 * for files"). A folder gets its own request if the group's response is not certain for it:
 * - The group has more items than its pages hold, or Google did not search everything.
 * - An item names none of the folders as its parent, so its folder is unknown.
 * - Nothing was found: Google sometimes returns no items for several parents (issuetracker.google.com/149522397).
 * - Google refuses the group, because one of its folders is gone.
 */
export class GroupedListings {
  /** Groups that were not sent yet, by kind. */
  private readonly gathering = new Map<string, Group>();
  private underWay = 0;
  private isScheduled = false;

  /**
   * @param kind folders of one kind may share a request: the same fields, the same signal
   * @param list one request for a page of some folders; the first caller's is used for its group
   * @param pages of a group that are read at most, before each folder is listed by itself
   */
  firstPage(folderId: string, kind: string, list: Group['list'], pages = 1): Promise<ItemPage> {
    return new Promise((resolve, reject) => {
      const group = this.gathering.get(kind) ?? { asked: [], list, pages };
      this.gathering.set(kind, group);
      group.asked.push({ folderId, resolve, reject });
      if (group.asked.length >= GROUP_SIZE) this.send(kind, group);
      else this.schedule();
    });
  }

  /** Sends the groups after all callers that are ready now have added their folders. */
  private schedule(): void {
    if (this.isScheduled || this.underWay >= PARTIAL_GROUPS) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      for (const [kind, group] of this.gathering) if (this.underWay < PARTIAL_GROUPS) this.send(kind, group);
    });
  }

  private send(kind: string, group: Group): void {
    this.gathering.delete(kind);
    this.underWay++;
    void answer(group).finally(() => {
      this.underWay--;
      if (this.gathering.size > 0) this.schedule();
    });
  }
}

async function answer({ asked, list, pages: most }: Group): Promise<void> {
  const alone = ({ folderId, resolve, reject }: Asked) => list([folderId]).then(resolve, reject);
  let pages: ReadonlyMap<string, ItemPage> | undefined;
  if (asked.length > 1) {
    try {
      const folderIds = asked.map(({ folderId }) => folderId);
      pages = split(await itemsOf(list, folderIds, most), folderIds);
    } catch (error) {
      if (!(error instanceof DriveError && NOT_OF_ALL.has(error.code))) {
        for (const { reject } of asked) reject(error);
        return;
      }
    }
  }
  if (pages) for (const { folderId, resolve } of asked) resolve(pages.get(folderId)!);
  else await Promise.all(asked.map(alone));
}

/** Refusals of the whole group that one folder can cause. */
const NOT_OF_ALL: ReadonlySet<string> = new Set(['not_found', 'google_refused']);

/** All that a group holds, or nothing where it is more, or Google did not search everything. */
async function itemsOf(list: Group['list'], folderIds: readonly string[], most: number): Promise<DriveItem[]> {
  const items: DriveItem[] = [];
  for (let pages = 1, pageToken: string | undefined; pages <= most; pages++) {
    const page = await list(folderIds, pageToken);
    if (page.incomplete) break;
    items.push(...page.items);
    if (page.nextPageToken === undefined) return items;
    pageToken = page.nextPageToken;
  }
  return [];
}

/** The page of each folder, or undefined where the group's items do not show it for certain. */
function split(all: readonly DriveItem[], folderIds: readonly string[]): Map<string, ItemPage> | undefined {
  if (all.length === 0) return undefined;
  const items = new Map(folderIds.map((folderId) => [folderId, [] as DriveItem[]]));
  for (const item of all) {
    const owners = item.parents.filter((parent) => items.has(parent));
    if (owners.length === 0) return undefined;
    for (const owner of owners) items.get(owner)!.push(item);
  }
  return new Map([...items].map(([folderId, own]) => [folderId, { items: own, incomplete: false }]));
}
