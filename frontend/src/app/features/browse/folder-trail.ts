import { computed, inject, linkedSignal, Signal } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { map, of } from 'rxjs';
import { driveGetFolderPath as getFolderPath } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { Crumb, FolderPath, knownDriveName, MY_DRIVE, toFolderPath } from '../../core/folder-path';
import { valueOf } from '../../core/resource-parts';
import { Side } from '../../core/side';
import { Texts } from '../../texts/texts';
import { DriveItem, folderIdOf, Location } from './drive-item';

/** The folder that one side shows, and the way to it from the top of its drive. Needs an injection context. */
export class FolderTrail {
  private readonly api = inject(ApiClient);
  private readonly t = inject(Texts).browse;

  readonly folderId = computed(() => folderIdOf(this.location()));
  /** The paths of folders that were listed, by ID, so that opening one needs no request. */
  readonly known = linkedSignal({
    source: () => this.changes(),
    computation: () => new Map<string, FolderPath>(),
  });
  private readonly requested = rxResource({
    params: () => {
      const id = this.folderId();
      return this.canRequest() && id !== undefined && id !== 'root' ? { id, changes: this.changes() } : undefined;
    },
    stream: ({ params: { id } }) => {
      const known = this.known().get(id);
      if (known) return of(known);
      return this.api.request(getFolderPath, { id }, this.side()).pipe(map(toFolderPath));
    },
  });
  /** Undefined until it is known. */
  readonly folderPath = computed<FolderPath | undefined>(() => {
    const { drive, folder } = this.location();
    const top = { name: knownDriveName(drive) ?? '' };
    // The tops of My Drive and "Shared with me" need no request.
    if (folder === undefined && top.name) return { drive, path: [top], canAddChildren: drive === MY_DRIVE };
    return valueOf(this.requested);
  });
  /** The drive of the folder, once known; until then, that of the address. */
  readonly drive = computed(() => this.folderPath()?.drive ?? this.location().drive);
  /** From the top of the drive to the folder. Until a folder's path is known, it has a general name. */
  readonly path = computed<readonly Crumb[]>(() => {
    const known = this.folderPath();
    if (known) {
      const [top, ...rest] = known.path;
      // The language may have changed since the path was loaded.
      return [{ name: knownDriveName(known.drive) ?? top?.name ?? '' }, ...rest];
    }
    const { drive, folder } = this.location();
    const unknown = { id: folder, name: this.t().pane.thisFolder };
    const name = knownDriveName(drive);
    return folder !== undefined && name ? [{ name }, unknown] : [unknown];
  });

  /**
   * @param changes how often the account has changed; known paths are forgotten then
   * @param canRequest whether requests for this account are possible
   */
  constructor(
    private readonly side: () => Side,
    private readonly location: Signal<Location>,
    private readonly changes: Signal<number>,
    private readonly canRequest: Signal<boolean>,
  ) {}

  /** Stores the path of a folder that is listed in this one, so that opening it needs no request. */
  remember({ id, name, canAddChildren }: DriveItem): void {
    const here = this.folderPath();
    if (here) this.known().set(id, { drive: here.drive, path: [...here.path, { id, name }], canAddChildren });
  }

  /** Without its path, a folder has no name and no parent, and whether copies can be added to it is unknown. */
  retry(): void {
    if (this.requested.error()) this.requested.reload();
  }
}
