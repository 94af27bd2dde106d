import { computed, linkedSignal, Signal } from '@angular/core';
import { cannotBeCopied, DriveItem } from './drive-item';
import { SelectionChange } from './source-selection';

/** What a grid shows, and what its cursor changes. */
export interface GridRows {
  readonly items: Signal<readonly DriveItem[]>;
  /** What the list is of; when it changes, the current row is the first again. */
  readonly place: Signal<string>;
  readonly selectable: Signal<boolean>;
  readonly isChosen: (item: DriveItem) => boolean;
  readonly change: (change: SelectionChange) => void;
}

/** The current row of a list and what is marked from it: one item, a range, or all loaded rows. */
export class GridCursor {
  private readonly current = linkedSignal({ source: () => this.rows.place(), computation: () => 0 });
  /** The last row that was marked alone, or moved to: a range begins here. */
  private readonly anchor = linkedSignal({ source: () => this.rows.place(), computation: () => 0 });
  readonly index = computed(() => this.within(this.current()));
  readonly item = computed(() => this.rows.items()[this.index()]);
  private readonly choosable = computed(() => this.rows.items().filter((item) => !cannotBeCopied(item)));
  /** Whether all rows that can be marked are, or some. */
  readonly marks = computed(() => {
    const all = this.choosable();
    const chosen = all.filter((item) => this.rows.isChosen(item)).length;
    return { all: chosen > 0 && chosen === all.length, some: chosen > 0 && chosen < all.length };
  });

  constructor(private readonly rows: GridRows) {}

  /** The row to which a key moves; undefined for other keys. @param page how many rows are in view */
  destinationOf(key: string, page: () => number): number | undefined {
    const index = this.index();
    const last = this.rows.items().length - 1;
    if (key === 'PageUp') return index - page();
    if (key === 'PageDown') return index + page();
    const rows: Partial<Record<string, number>> = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: last };
    return rows[key];
  }

  /** Makes a row the current one. @param extend marks the rows up to it. @returns its index */
  moveTo(index: number, extend = false): number {
    const target = this.within(index);
    if (extend && this.rows.selectable()) this.markRange(target);
    else this.anchor.set(target);
    this.current.set(target);
    return target;
  }

  /** Marks the current row, or takes its mark off. */
  toggle(): void {
    const item = this.item();
    this.anchor.set(this.index());
    if (!item || !this.rows.selectable() || cannotBeCopied(item)) return;
    this.rows.change({ items: [item], chosen: !this.rows.isChosen(item) });
  }

  /** Marks all loaded rows, or takes the marks off. */
  markLoaded(chosen: boolean): void {
    this.rows.change({ items: this.choosable(), chosen });
  }

  private markRange(index: number): void {
    const [from, to] = [this.anchor(), index].sort((a, b) => a - b) as [number, number];
    const items = this.rows
      .items()
      .slice(from, to + 1)
      .filter((item) => !cannotBeCopied(item));
    this.rows.change({ items, chosen: true });
  }

  private within(index: number): number {
    return Math.max(0, Math.min(index, this.rows.items().length - 1));
  }
}
