import { computed, inject, Signal } from '@angular/core';
import { Viewport } from './viewport';

/** The next page of a list is loaded once this share of the loaded rows was in view. */
const PREFETCH_AT = 0.8;

export interface VirtualRowsOptions {
  /** How many rows there are; of a list that is loaded page by page, how many are loaded. */
  readonly count: () => number;
  /** Heights of a row in pixels, as in the style sheet. */
  readonly row: number;
  readonly phoneRow: number;
  /** Rows that are in view at most. */
  readonly inView: number;
  /** Loads the next page. */
  readonly more?: () => void;
}

export interface VirtualRows {
  readonly rowHeight: Signal<number>;
  /** Of the list: as high as its rows, up to those in view. */
  readonly height: Signal<number>;
  /** Loads more when the end comes near. @param index of the topmost row in view */
  seen(index: number): void;
}

/** The sizes of a virtual list and the loading of its pages. Needs an injection context. */
export function virtualRows({ count, row, phoneRow, inView, more }: VirtualRowsOptions): VirtualRows {
  const { phone } = inject(Viewport);
  const rowHeight = computed(() => (phone() ? phoneRow : row));
  return {
    rowHeight,
    height: computed(() => Math.min(inView, count()) * rowHeight()),
    seen: (index) => {
      if (index + inView >= count() * PREFETCH_AT) more?.();
    },
  };
}
