import type { Item } from './model.ts';

/** Items by the people and groups that they are shared with. */
export class GranteeIndex {
  private readonly items = new Map<string, Set<Item>>();

  /** Items shared with the grantee of a permission id. */
  of(id: string): Iterable<Item> {
    return this.items.get(id) ?? [];
  }

  /** Roots of shared drives are left out: members find them in their list of drives. */
  add(item: Item): void {
    if (item === item.owner.root) return;
    for (const { id, email } of item.permissions?.values() ?? []) {
      if (email === undefined) continue;
      const items = this.items.get(id);
      if (items) items.add(item);
      else this.items.set(id, new Set([item]));
    }
  }

  /** Takes a permission away from an item. */
  drop(item: Item, id: string): void {
    item.permissions?.delete(id);
    this.items.get(id)?.delete(item);
  }

  remove(item: Item): void {
    for (const id of item.permissions?.keys() ?? []) this.items.get(id)?.delete(item);
  }

  clear(): void {
    this.items.clear();
  }
}
