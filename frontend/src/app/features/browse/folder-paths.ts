import { inject, signal } from '@angular/core';
import { driveGetFolderPaths } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { FolderPath, toFolderPath } from '../../core/folder-path';
import { Side } from '../../core/side';

/** The API's limit for one request. */
const MAX_IDS = 50;

/** The paths of folders, each loaded once and only when needed. */
export class FolderPaths {
  private readonly api = inject(ApiClient);
  /** null: the account cannot see the folder. */
  private readonly found = signal<ReadonlyMap<string, FolderPath | null>>(new Map());
  private wanted = new Set<string>();
  private isLoading = false;

  /** Needs an injection context. @param side the side of the Drive */
  constructor(private readonly side: () => Side) {}

  /** Forgets all paths, as when another account signs in. */
  clear(): void {
    this.wanted = new Set();
    this.found.set(new Map());
  }

  /** The path of a folder; undefined while it is not known, null if the account cannot see the folder. */
  of(folderId: string): FolderPath | null | undefined {
    return this.found().get(folderId);
  }

  /** Loads the paths of folders that are not known yet. @param known paths that need no request */
  want(folderIds: Iterable<string>, known: ReadonlyMap<string, FolderPath> = new Map()): void {
    const added: [string, FolderPath][] = [];
    for (const id of folderIds) {
      const path = known.get(id);
      if (this.found().has(id)) continue;
      if (path) added.push([id, path]);
      else this.wanted.add(id);
    }
    if (added.length > 0) this.found.update((before) => new Map([...before, ...added]));
    if (!this.isLoading) void this.load();
  }

  private async load(): Promise<void> {
    this.isLoading = true;
    try {
      while (this.wanted.size > 0) {
        const { wanted } = this;
        const ids = [...wanted].slice(0, MAX_IDS);
        const body = await this.api.call(driveGetFolderPaths, { ids: ids.join(',') }, this.side());
        if (wanted !== this.wanted) continue; // cleared meanwhile
        const found = new Map(body.folders.map((folder) => [folder.path.at(-1)?.id ?? '', toFolderPath(folder)]));
        for (const id of ids) wanted.delete(id);
        this.found.update((before) => new Map([...before, ...ids.map((id) => [id, found.get(id) ?? null] as const)]));
      }
    } catch {
      // These rows show no folder. The next rows that come into view try again.
      this.wanted.clear();
    } finally {
      this.isLoading = false;
    }
  }
}
