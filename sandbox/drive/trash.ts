import type { Item } from './model.ts';

/** Items that were moved to the trash, oldest first, so that no request searches for those that are too old. */
export class Trash {
  private queue: { item: Item; at: number }[] = [];
  /** Where the queue begins: what is before it has been taken. */
  private start = 0;
  private isSorted = true;

  /** @param at when it was moved, in milliseconds */
  add(item: Item, at: number): void {
    if (at < (this.queue.at(-1)?.at ?? -Infinity)) this.isSorted = false;
    this.queue.push({ item, at });
  }

  /** Takes what was moved to the trash at a time or before, and has stayed there since. */
  takeUntil(time: number): Item[] {
    if (!this.isSorted) this.compact().sort((a, b) => a.at - b.at);
    this.isSorted = true;
    const taken: Item[] = [];
    for (let head = this.queue[this.start]; head && head.at <= time; head = this.queue[this.start]) {
      this.start++;
      const { item, at } = head;
      if (item.trashedExplicitly && item.trashedAt === at) taken.push(item);
    }
    if (this.start > 1000) this.compact();
    return taken;
  }

  private compact(): { item: Item; at: number }[] {
    this.queue = this.queue.slice(this.start);
    this.start = 0;
    return this.queue;
  }

  clear(): void {
    this.queue = [];
    this.start = 0;
    this.isSorted = true;
  }
}
