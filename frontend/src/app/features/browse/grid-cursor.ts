import { computed, linkedSignal, Signal } from '@angular/core';
import { cannotBeCopied, DriveItem } from './drive-item';
import { SelectionChange } from './source-selection';

/** The rows of a grid, and how its cursor changes the selection. */
export interface GridRows {
  readonly items: Signal<readonly DriveItem[]>;
  /** Identifies the list. When it changes, the first row becomes the current one. */
  readonly place: Signal<string>;
  readonly selectable: Signal<boolean>;
  readonly isChosen: (item: DriveItem) => boolean;
  readonly change: (change: SelectionChange) => void;
}

/** The current row of a list, and the selection from it: one item, a range, or all loaded rows. */
export class GridCursor {
  private readonly current = linkedSignal({ source: () => this.rows.place(), computation: () => 0 });
  /** The row where a range starts: the last one that was toggled or moved to. */
  private readonly anchor = linkedSignal({ source: () => this.rows.place(), computation: () => 0 });
  readonly index = computed(() => this.within(this.current()));
  readonly item = computed(() => this.rows.items()[this.index()]);
  private readonly choosable = computed(() => this.rows.items().filter((item) => !cannotBeCopied(item)));
  /** Whether all or some of the rows that can be selected are selected. */
  readonly loadedSelection = computed(() => {
    const all = this.choosable();
    const chosen = all.filter((item) => this.rows.isChosen(item)).length;
    return { all: chosen > 0 && chosen === all.length, some: chosen > 0 && chosen < all.length };
  });

  constructor(private readonly rows: GridRows) {}

  /** The row to which a key moves; undefined for other keys. @param page the number of rows in view */
  destinationOf(key: string, page: () => number): number | undefined {
    const index = this.index();
    const last = this.rows.items().length - 1;
    if (key === 'PageUp') return index - page();
    if (key === 'PageDown') return index + page();
    const rows: Partial<Record<string, number>> = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: last };
    return rows[key];
  }

  /** Makes a row the current one. @param extend also selects the rows up to it @returns its index */
  moveTo(index: number, extend = false): number {
    const target = this.within(index);
    if (extend && this.rows.selectable()) this.selectRange(target);
    else this.anchor.set(target);
    this.current.set(target);
    return target;
  }

  /** Selects or deselects the current row. */
  toggle(): void {
    const item = this.item();
    this.anchor.set(this.index());
    if (!item || !this.rows.selectable() || cannotBeCopied(item)) return;
    this.rows.change({ items: [item], chosen: !this.rows.isChosen(item) });
  }

  /** Selects or deselects all loaded rows. */
  selectLoaded(chosen: boolean): void {
    this.rows.change({ items: this.choosable(), chosen });
  }

  private selectRange(index: number): void {
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
