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
import { carriesChoice, carryChoice } from './drag';
import { cannotBeCopied, Column, directionOf, DriveItem, isFolder, nextSort, ordersOf, Sort } from './drive-item';
import { Whereabouts } from './drive-side';
import { GridCursor } from './grid-cursor';
import { ItemCells } from './item-cells';
import { SelectionChange } from './source-selection';

/** Heights of a row in pixels; the style sheets use the same ones. */
const ROW = 40;
const COMPACT_ROW = 32;
const PHONE_ROW = 56;
/** The next page is requested when this share of the loaded rows has been seen. */
const PREFETCH_AT = 0.8;

let grids = 0;

/**
 * A list of items as one keyboard stop: the grid keeps the focus and points at its current row, so that rows may come
 * and go while scrolling (only those in view exist). Arrow keys, Home, End and the page keys move; Space marks, with
 * Shift a range; Ctrl A marks the loaded rows; Enter opens, Alt Enter counts its size; Backspace or Alt ↑ goes up;
 * Escape empties the selection.
 */
@Component({
  selector: 'cm-file-grid',
  imports: [ScrollingModule, Icon],
  templateUrl: './file-grid.html',
  styleUrl: './file-grid.scss',
})
export class FileGrid {
  /** Where owner and date have no column; a date stands below the name. */
  protected readonly phone = inject(Viewport).phone;
  private readonly preferences = inject(PreferenceStore);
  protected readonly t = computed(() => this.texts.browse().grid);
  private readonly texts = inject(Texts);

  readonly label = input.required<string>();
  readonly items = input.required<readonly DriveItem[]>();
  /** What the list is of; when it changes, the current row is the first again. */
  readonly place = input.required<string>();
  readonly selected = input<ReadonlySet<string>>(new Set<string>());
  /** A list to choose from; otherwise one to open folders in. */
  readonly selectable = input(false);
  /** Whether all rows are loaded; until then their number is unknown. */
  readonly complete = input(true);
  readonly busy = input(false);
  readonly sort = input<Sort>('name');
  /** Whether a row is chosen along with a folder that it is in. */
  readonly included = input<(item: DriveItem) => boolean>(() => false);
  /** Where a row is, in a list from many folders; it then has a column. */
  readonly whereIs = input<(item: DriveItem) => Whereabouts | undefined>();

  /** What is known of the size of a folder. */
  readonly sizeOf = input<(item: DriveItem) => FolderSize | undefined>(() => undefined);

  readonly opened = output<DriveItem>();
  /** The size of a folder is to be counted, or no longer. */
  readonly measured = output<DriveItem>();
  readonly selectionChange = output<SelectionChange>();
  readonly sortChange = output<Sort>();
  readonly up = output<void>();
  readonly cleared = output<void>();
  readonly nearEnd = output<void>();
  /** The rows that came into view. */
  readonly inView = output<readonly DriveItem[]>();
  /** What was chosen elsewhere was dropped on a folder; undefined: beside every folder. Only where one opens folders. */
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
  /** Head, rows in view, rows beyond. */
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

  /** The row under what is being dragged; -1: the list itself; undefined: nothing is dragged here. */
  protected readonly target = signal<number | undefined>(undefined);

  protected readonly sorted = (column: Column) => directionOf(this.sort(), column);
  protected readonly sortBy = (column: Column) => this.sortChange.emit(nextSort(this.sort(), column));
  protected readonly isFolder = isFolder;
  protected readonly iconOf = iconOf;
  protected readonly cannotBeCopied = cannotBeCopied;
  protected readonly trackById = (_: number, item: DriveItem): string => item.id;

  constructor() {
    // Scrolling near the end of what is loaded asks for more; so does a list too short to scroll.
    effect((onCleanup) => {
      const loaded = this.items().length;
      const rows = this.rows();
      if (!rows) return;
      untracked(() => this.askForMore(rows.getRenderedRange(), loaded));
      const seen = rows.renderedRangeStream.subscribe((range) => this.askForMore(range, loaded));
      onCleanup(() => seen.unsubscribe());
    });
  }

  /** Puts the focus on the first row. */
  focusFirst(): void {
    this.cursor.moveTo(0);
    this.scroller().nativeElement.scrollTop = 0;
    this.focus();
  }

  focus(): void {
    this.scroller().nativeElement.focus({ preventScroll: true });
  }

  /** Puts the focus on what sorts by the column: its button, or on a phone the list of orders. */
  focusColumn(column: Column): void {
    this.head()?.nativeElement.querySelector<HTMLElement>(`[data-column=${column}], [data-order]`)?.focus();
  }

  /** Selected itself, or within a selected folder. */
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
    carryChoice(event, this.texts.browse().tray.selected(this.selected().size + (isNew ? 1 : 0)));
    // Not in this event: a change of the row would end the drag before it began.
    if (isNew) setTimeout(() => this.selectionChange.emit({ items: [item], chosen: true }));
  }

  protected onDragOver(event: DragEvent): void {
    if (this.selectable() || !carriesChoice(event)) return;
    event.preventDefault();
    const row = (event.target as Element).closest('[data-index]');
    const index = row ? Number(row.getAttribute('data-index')) : -1;
    const item = this.items()[index];
    this.target.set(item && isFolder(item) ? index : -1);
  }

  protected onDrop(event: DragEvent): void {
    const target = this.target();
    this.target.set(undefined);
    if (target === undefined || !carriesChoice(event)) return;
    event.preventDefault();
    this.dropped.emit(this.items()[target]);
  }

  protected onKey(event: KeyboardEvent): void {
    // Keys meant for the buttons in the head are theirs.
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
    else if (key === 'a' && control && this.selectable()) this.cursor.markLoaded(true);
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

  private askForMore({ start, end }: ListRange, loaded: number): void {
    this.inView.emit(this.items().slice(start, end));
    if (!this.complete() && loaded > 0 && end >= loaded * PREFETCH_AT) this.nearEnd.emit();
  }
}
