import { inject, signal } from '@angular/core';
import { paths } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { FolderPath, toFolderPath } from '../../core/folder-path';
import { Side } from '../../core/side';

/** As many as the API takes at once. */
const AT_ONCE = 50;

/** Where the folders of search results are: looked up only for rows in view, 50 at a time, each once. */
export class FolderPaths {
  private readonly api = inject(ApiClient);
  /** null: the account cannot see it. */
  private readonly found = signal<ReadonlyMap<string, FolderPath | null>>(new Map());
  private readonly wanted = new Set<string>();
  private looking = false;

  /** @param side whose Drive it is; needs an injection context */
  constructor(private readonly side: () => Side) {}

  /** Where a folder is; undefined while that is not known, null where the account cannot see it. */
  of(folderId: string): FolderPath | null | undefined {
    return this.found().get(folderId);
  }

  /** Looks up folders that are not known yet. @param known ways that need no question */
  want(folderIds: Iterable<string>, known: ReadonlyMap<string, FolderPath> = new Map()): void {
    const walked: [string, FolderPath][] = [];
    for (const id of folderIds) {
      const way = known.get(id);
      if (this.found().has(id)) continue;
      if (way) walked.push([id, way]);
      else this.wanted.add(id);
    }
    if (walked.length > 0) this.found.update((before) => new Map([...before, ...walked]));
    if (!this.looking) void this.lookUp();
  }

  private async lookUp(): Promise<void> {
    this.looking = true;
    try {
      while (this.wanted.size > 0) {
        const ids = [...this.wanted].slice(0, AT_ONCE);
        const body = await this.api.call(paths, { ids: ids.join(',') }, this.side());
        const ways = new Map(body.folders.map((folder) => [folder.path.at(-1)?.id ?? '', toFolderPath(folder)]));
        for (const id of ids) this.wanted.delete(id);
        this.found.update((before) => new Map([...before, ...ids.map((id) => [id, ways.get(id) ?? null] as const)]));
      }
    } catch {
      // The rows do without. The next ones that come into view ask again.
      this.wanted.clear();
    } finally {
      this.looking = false;
    }
  }
}
