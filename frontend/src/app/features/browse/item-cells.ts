import { computed, inject } from '@angular/core';
import { FolderSize } from '../../api/models/folder-size';
import { formatBytes, formatDate, formatExact } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { DriveItem, isFolder } from './drive-item';
import { Whereabouts } from './drive-side';

/** The texts and tooltips of an item's cells. Needs an injection context. */
export class ItemCells {
  private readonly texts = inject(Texts);
  private readonly t = computed(() => this.texts.browse().grid);

  /** @param sizeOf the counted size of a folder @param whereIs where an item is, in lists from many folders */
  constructor(
    private readonly sizeOf: (item: DriveItem) => FolderSize | undefined,
    private readonly whereIs: (item: DriveItem) => Whereabouts | undefined,
  ) {}

  /** The tooltip of the name. */
  title(item: DriveItem): string {
    const path = this.whereIs(item)?.path;
    return path ? `${path} / ${item.name}` : item.name;
  }

  size(item: DriveItem): string {
    if (!isFolder(item)) return formatBytes(item.size);
    const size = this.sizeOf(item);
    if (!size) return formatBytes(null);
    return size.isMore ? this.t().more(formatBytes(size.bytes)) : formatBytes(size.bytes);
  }

  exactSize(item: DriveItem): string | null {
    if (!isFolder(item)) return item.size === null ? null : this.t().bytes(item.size);
    const size = this.sizeOf(item);
    return size ? this.t().sizeOfFolder(size.items, size.bytes, size.isMore) : null;
  }

  date({ modifiedTime }: DriveItem): string {
    return modifiedTime ? formatDate(modifiedTime) : '—';
  }

  exactDate({ modifiedTime }: DriveItem): string | null {
    return modifiedTime ? formatExact(modifiedTime) : null;
  }

  owner({ ownedByMe, owner }: DriveItem): string {
    return ownedByMe ? this.t().me : (owner?.email ?? this.t().someone);
  }
}
