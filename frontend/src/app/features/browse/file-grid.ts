import { ListRange } from '@angular/cdk/collections';
import { ScrollingModule, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import {
  Component,
  computed,
  effect,
  ElementRef,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { renderInStages } from '../../core/next-task';
import { PreferenceStore } from '../../core/preferences';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { FolderSize } from '../../api/models/folder-size';
import { isSelectionDrag, dragSelection } from './drag';
import { cannotBeCopied, Column, directionOf, DriveItem, isFolder, nextSort, ordersOf, Sort } from './drive-item';
import { Whereabouts } from './drive-side';
import { GridCursor } from './grid-cursor';
import { ItemCells } from './item-cells';
import { SelectionChange } from './source-selection';

/** Heights of a row in pixels, as in the style sheets. */
const ROW = 40;
const COMPACT_ROW = 32;
const PHONE_ROW = 56;
/** The next page is loaded once this share of the loaded rows was in view. */
const PREFETCH_AT = 0.8;

let grids = 0;

/**
 * A virtual list of items that is one tab stop: the grid keeps the focus and refers to its current row, because only rows
 * in view exist. Arrow keys, Home, End and the page keys move; Space selects, with Shift a range; Ctrl A selects the
 * loaded rows; Enter opens a folder, Alt Enter counts its size; Backspace or Alt ↑ goes up; Escape clears the selection.
 */
@Component({
  selector: 'cm-file-grid',
  imports: [ScrollingModule, Icon],
  templateUrl: './file-grid.html',
  styleUrl: './file-grid.scss',
})
export class FileGrid {
  /** On a phone, owner and date have no column; the date is below the name. */
  protected readonly phone = inject(Viewport).phone;
  private readonly preferences = inject(PreferenceStore);
  protected readonly t = computed(() => this.texts.browse().grid);
  private readonly texts = inject(Texts);

  readonly label = input.required<string>();
  readonly items = input.required<readonly DriveItem[]>();
  /** Identifies the list. When it changes, the first row becomes the current one. */
  readonly place = input.required<string>();
  readonly selected = input<ReadonlySet<string>>(new Set<string>());
  /** Whether items can be selected; otherwise folders can only be opened. */
  readonly selectable = input(false);
  /** Whether nothing can be added to the folder that the list shows. */
  readonly readOnly = input(false);
  /** Whether all rows are loaded. Until then, their number is unknown. */
  readonly complete = input(true);
  readonly busy = input(false);
  readonly sort = input<Sort>('name');
  /** Whether an item is selected as part of a selected folder. */
  readonly included = input<(item: DriveItem) => boolean>(() => false);
  /** Where an item is, for a column in lists from many folders. */
  readonly whereIs = input<(item: DriveItem) => Whereabouts | undefined>();

  /** The size of a folder, as far as it is counted. */
  readonly sizeOf = input<(item: DriveItem) => FolderSize | undefined>(() => undefined);

  readonly opened = output<DriveItem>();
  /** A request to count the size of a folder, or to stop counting. */
  readonly measured = output<DriveItem>();
  readonly selectionChange = output<SelectionChange>();
  readonly sortChange = output<Sort>();
  readonly up = output<void>();
  readonly cleared = output<void>();
  readonly nearEnd = output<void>();
  /** The rows that came into view. */
  readonly inView = output<readonly DriveItem[]>();
  /** The folder on which the selection was dropped; undefined: beside any folder. Only if `selectable` is false. */
  readonly dropped = output<DriveItem | undefined>();

  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('grid');
  private readonly rows = viewChild(CdkVirtualScrollViewport);
  private readonly head = viewChild<ElementRef<HTMLElement>>('head');

  protected readonly id = `grid-${++grids}`;
  protected readonly rowId = (index: number): string => `${this.id}-row-${index}`;
  protected readonly rowHeight = computed(() => {
    if (this.phone()) return PHONE_ROW;
    return this.preferences.density() === 'compact' ? COMPACT_ROW : ROW;
  });
  /** Renders the head first, then the rows in view, then those beyond. */
  protected readonly stage = renderInStages(2);
  protected readonly columns = computed(() => (this.selectable() ? 5 : 2));
  protected readonly orders = computed(() => ordersOf(this.selectable()));
  protected readonly cells = new ItemCells(
    (item) => this.sizeOf()(item),
    (item) => this.whereIs()?.(item),
  );
  protected readonly cursor = new GridCursor({
    items: this.items,
    place: this.place,
    selectable: this.selectable,
    isChosen: (item) => this.isChosen(item),
    change: (change) => this.selectionChange.emit(change),
  });
  protected readonly activeId = computed(() => (this.items().length > 0 ? this.rowId(this.cursor.index()) : null));

  /** The row under the dragged selection; -1: the list itself; undefined: nothing is dragged over it. */
  protected readonly target = signal<number | undefined>(undefined);

  protected readonly sorted = (column: Column) => directionOf(this.sort(), column);
  protected readonly sortBy = (column: Column) => this.sortChange.emit(nextSort(this.sort(), column));
  protected readonly isFolder = isFolder;
  protected readonly iconOf = iconOf;
  protected readonly cannotBeCopied = cannotBeCopied;
  protected readonly trackById = (_: number, item: DriveItem): string => item.id;

  constructor() {
    // Load more near the end of the loaded rows, and if there are too few rows to scroll.
    effect((onCleanup) => {
      const loaded = this.items().length;
      const rows = this.rows();
      if (!rows) return;
      untracked(() => this.onRowsInView(rows.getRenderedRange(), loaded));
      const ranges = rows.renderedRangeStream.subscribe((range) => this.onRowsInView(range, loaded));
      onCleanup(() => ranges.unsubscribe());
    });
  }

  /** Moves the focus to the first row. */
  focusFirst(): void {
    this.cursor.moveTo(0);
    this.scroller().nativeElement.scrollTop = 0;
    this.focus();
  }

  focus(): void {
    this.scroller().nativeElement.focus({ preventScroll: true });
  }

  /** Moves the focus to the button that sorts by a column, or on a phone to the list of orders. */
  focusColumn(column: Column): void {
    this.head()?.nativeElement.querySelector<HTMLElement>(`[data-column=${column}], [data-order]`)?.focus();
  }

  /** Whether an item is selected, itself or as part of a selected folder. */
  protected isChosen(item: DriveItem): boolean {
    return this.selected().has(item.id) || this.included()(item);
  }

  protected onRowClick(event: MouseEvent, index: number): void {
    const item = this.items()[index];
    if (!item) return;
    const opens = (event.target as Element).closest('.open') !== null || !this.selectable();
    this.cursor.moveTo(index, event.shiftKey && !opens);
    if (opens && isFolder(item)) this.opened.emit(item);
    else if (!opens && !event.shiftKey) this.cursor.toggle();
  }

  /** Dragging a row drags all that is chosen; one that is not chosen yet is chosen by that. */
  protected onDragStart(event: DragEvent, index: number): void {
    const item = this.items()[index];
    if (!item || cannotBeCopied(item)) return event.preventDefault();
    const isNew = !this.selected().has(item.id);
    dragSelection(event, this.texts.browse().tray.selected(this.selected().size + (isNew ? 1 : 0)));
    // Not in this event: a change of the row would end the drag before it began.
    if (isNew) setTimeout(() => this.selectionChange.emit({ items: [item], chosen: true }));
  }

  protected onDragOver(event: DragEvent): void {
    if (this.selectable() || !isSelectionDrag(event)) return;
    const row = (event.target as Element).closest('[data-index]');
    const index = row ? Number(row.getAttribute('data-index')) : -1;
    const item = this.items()[index];
    const folder = item && isFolder(item) ? item : undefined;
    const accepts = folder ? folder.canAddChildren : !this.readOnly();
    if (accepts) event.preventDefault();
    this.target.set(accepts ? (folder ? index : -1) : undefined);
  }

  protected onDrop(event: DragEvent): void {
    const target = this.target();
    this.target.set(undefined);
    if (target === undefined || !isSelectionDrag(event)) return;
    event.preventDefault();
    this.dropped.emit(this.items()[target]);
  }

  protected onKey(event: KeyboardEvent): void {
    // Leave keys to the buttons in the head.
    if (event.target !== event.currentTarget) return;
    if (this.handled(event)) event.preventDefault();
  }

  private handled(event: KeyboardEvent): boolean {
    const { key, altKey, shiftKey } = event;
    const control = event.ctrlKey || event.metaKey;
    const item = this.cursor.item();
    const folder = item && isFolder(item) ? item : undefined;
    const to = this.cursor.destinationOf(key, () => this.rowsInView());
    if (key === 'Backspace' || (key === 'ArrowUp' && altKey)) this.up.emit();
    else if (to !== undefined) this.reveal(this.cursor.moveTo(to, shiftKey));
    // Ctrl Enter belongs to the page.
    else if (key === 'Enter' && !control) {
      if (folder) (altKey && this.selectable() ? this.measured : this.opened).emit(folder);
    } else if (key === ' ') this.cursor.toggle();
    else if (key === 'a' && control && this.selectable()) this.cursor.selectLoaded(true);
    else if (key === 'Escape' && this.selectable() && this.selected().size > 0) this.cleared.emit();
    else return false;
    return true;
  }

  private headHeight(): number {
    return this.head()?.nativeElement.offsetHeight ?? 0;
  }

  private rowsInView(): number {
    const height = this.scroller().nativeElement.clientHeight - this.headHeight();
    return Math.max(1, Math.floor(height / this.rowHeight()) - 1);
  }

  private reveal(index: number): void {
    const element = this.scroller().nativeElement;
    const top = index * this.rowHeight();
    const bottom = this.headHeight() + top + this.rowHeight();
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  }

  private onRowsInView({ start, end }: ListRange, loaded: number): void {
    this.inView.emit(this.items().slice(start, end));
    if (!this.complete() && loaded > 0 && end >= loaded * PREFETCH_AT) this.nearEnd.emit();
  }
}
