import type { SourceAccess } from '../model/sharing.js';
import type { ItemKind } from '../ports/drive.js';

/**
 * Finds the items whose permissions the source could not read. Items without stored access have that of their folder.
 * Add items in the order of their ordinals.
 */
export class UnreadableItems {
  private readonly folders = new Set<number>();

  /** @param source the stored access of the item */
  has(
    item: { readonly ordinal: number; readonly parent: number | null; readonly kind: ItemKind },
    source: SourceAccess | undefined,
  ): boolean {
    const isUnreadable = source ? !source.permissions : item.parent !== null && this.folders.has(item.parent);
    if (isUnreadable && item.kind === 'folder') this.folders.add(item.ordinal);
    return isUnreadable;
  }
}
