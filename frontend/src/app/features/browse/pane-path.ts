import { Component, computed, inject, input, viewChild } from '@angular/core';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { DrivePicker } from './drive-picker';
import { DriveSide } from './drive-side';

/** The path from the top of the drive to the folder, and the menu of drives. A phone shows the nearest parent only. */
@Component({
  selector: 'cm-pane-path',
  imports: [DrivePicker, Icon],
  template: `
    @let picker = store().status().state === 'connected';
    @let top = store().path()[0];
    <nav class="path" [attr.aria-label]="t().pane.way[store().side]">
      @if (store().parent(); as parent) {
        @if (top) {
          <button type="button" class="crumb not-on-phone" (click)="store().goToCrumb(top)">{{ top.name }}</button>
        }
        @if (picker) {
          <cm-drive-picker
            [side]="store().side"
            [current]="store().drive()"
            (chosen)="store().goTo({ drive: $event })"
          />
        }
        <cm-icon name="chevron" class="small not-on-phone muted" />
        @for (crumb of between(); track crumb.id) {
          <button type="button" class="crumb not-on-phone" (click)="store().goToCrumb(crumb)">{{ crumb.name }}</button>
          <cm-icon name="chevron" class="small not-on-phone muted" />
        }
        <button
          type="button"
          class="crumb phone-only"
          [attr.aria-label]="t().pane.up(parent.name)"
          (click)="store().goToCrumb(parent)"
        >
          <cm-icon name="up" class="small" />
        </button>
      }
      <span class="here cut" aria-current="location">
        {{ store().search() ? t().pane.searchIn(top?.name ?? '') : store().folderName() }}
      </span>
      @if (picker && !store().parent()) {
        <cm-drive-picker [side]="store().side" [current]="store().drive()" (chosen)="store().goTo({ drive: $event })" />
      }
    </nav>
  `,
  styleUrl: './pane-path.scss',
})
export class PanePath {
  protected readonly t = inject(Texts).browse;

  readonly store = input.required<DriveSide>();
  /** The folders between the top and the one that is shown. */
  protected readonly between = computed(() => this.store().path().slice(1, -1));
  private readonly picker = viewChild(DrivePicker);

  /** Opens the menu of drives. */
  chooseDrive(): void {
    void this.picker()?.open();
  }
}
