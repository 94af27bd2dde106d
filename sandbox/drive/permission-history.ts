import type { Item, Permission } from './model.ts';

/** Number of changes kept: more than can overlap. */
const MAX_CHANGES = 1000;

interface PermissionChange {
  item: Item;
  /** The number of the change in the log of changes. */
  at: number;
  /** The permissions before the change. */
  before: Permission[];
}

/**
 * Permissions of items before recent changes. Google changes the permissions of an item as one list, so of overlapping
 * changes "the last write wins" and reverts the others
 * (https://developers.google.com/workspace/drive/api/guides/manage-sharing, "Update multiple permissions").
 */
export class PermissionHistory {
  private changes: PermissionChange[] = [];

  record(change: PermissionChange): void {
    this.changes.push(change);
    if (this.changes.length > 2 * MAX_CHANGES) this.changes = this.changes.slice(-MAX_CHANGES);
  }

  /** The permissions that a request which arrived at `since` has read; `undefined` if nothing has changed since. */
  asOf(item: Item, since: number): Permission[] | undefined {
    for (let i = this.changes.length - 1, found: Permission[] | undefined; ; i--) {
      const change = this.changes[i];
      if (!change || change.at < since) return found;
      if (change.item === item) found = change.before;
    }
  }
}
