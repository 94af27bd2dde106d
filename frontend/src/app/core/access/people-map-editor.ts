import { CdkVirtualScrollViewport, ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, ElementRef, inject, input, viewChild } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { formatCount } from '../formats';
import { nextTask } from '../next-task';
import { Toasts } from '../toasts';
import { virtualRows } from '../virtual-rows';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { MapLine, PeopleMap } from './people-map';
import { importPeople } from './people-import-dialog';

/** Who becomes whom: a table whose fields can be edited, and the import of a CSV file. */
@Component({
  selector: 'cm-people-map-editor',
  imports: [Icon, MatButton, MatIconButton, ScrollingModule],
  templateUrl: './people-map-editor.html',
  styleUrl: './people-map-editor.scss',
})
export class PeopleMapEditor {
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly host: HTMLElement = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly texts = inject(Texts).access;
  protected readonly t = computed(() => this.texts().map);

  readonly map = input.required<PeopleMap>();

  private readonly scroller = viewChild(CdkVirtualScrollViewport);
  protected readonly lines = computed(() => this.map().lines() ?? []);
  protected readonly rows = virtualRows({ count: () => this.lines().length, row: 52, phoneRow: 152, inView: 8 });
  protected readonly byKey = (_: number, { key }: MapLine): number => key;
  protected readonly fields = ['from', 'to'] as const;
  protected readonly count = formatCount;
  /** The value of a field when it got the focus, for Escape. */
  private before = '';

  protected problem({ key }: MapLine) {
    return this.map().problems().get(key);
  }

  protected focused(value: string): void {
    this.before = value;
  }

  /**
   * Up, Down and Enter change the line, Escape takes the edit back, F8 goes to the next error. Escape without an edit is
   * left to the dialog around the table, which it closes.
   */
  protected pressed(event: KeyboardEvent, index: number, line: MapLine, field: 'from' | 'to'): void {
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Enter: index + 1 }[event.key];
    if (event.key === 'Escape') {
      if (line[field] === this.before) return;
      event.stopPropagation();
      this.map().edit(line.key, { [field]: this.before });
    } else if (event.key === 'F8') void this.nextError(index);
    else if (to !== undefined && event.key === 'Enter' && to === this.lines().length) void this.add();
    else if (to !== undefined) void this.focus(to, field);
    else return;
    event.preventDefault();
  }

  protected async add(): Promise<void> {
    this.map().add();
    await this.focus(this.lines().length - 1, 'from');
  }

  protected async remove({ key, from }: MapLine, index: number): Promise<void> {
    const undo = this.map().remove(key);
    this.toasts.offer(this.t().removed(from), this.t().undo, undo);
    // The focus must not be lost with the line.
    if (this.lines().length > 0) await this.focus(Math.min(index, this.lines().length - 1), 'from');
    else this.host.querySelector<HTMLElement>('.add')?.focus();
  }

  protected async import(): Promise<void> {
    const lines = await importPeople(this.dialog, this.lines().length);
    if (lines) this.map().replace(lines.map(({ from, to }) => ({ from, to: to ?? '' })));
  }

  private async nextError(after: number): Promise<void> {
    const lines = this.lines();
    const order = lines.map((_, offset) => (after + 1 + offset) % lines.length);
    const index = order.find((each) => this.problem(lines[each]!));
    if (index !== undefined) await this.focus(index, this.problem(lines[index]!)?.from ? 'from' : 'to');
  }

  private async focus(index: number, field: 'from' | 'to'): Promise<void> {
    if (index < 0 || index >= this.lines().length) return;
    const target = () => this.host.querySelector<HTMLInputElement>(`[data-field="${index} ${field}"]`);
    await nextTask();
    if (!target()) {
      this.scroller()?.scrollToIndex(index);
      await nextTask();
    }
    target()?.focus();
  }
}
