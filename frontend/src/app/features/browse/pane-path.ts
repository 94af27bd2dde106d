import { Component, computed, inject, input, viewChild } from '@angular/core';
import { Drive } from '../../core/folder-path';
import { LazyMenu } from '../../core/lazy-menu';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { DriveSide } from './drive-side';

/** The path from the top of the drive to the folder, and the menu of drives. A phone shows only the parent folder. */
@Component({
  selector: 'cm-pane-path',
  imports: [Icon, LazyMenu],
  template: `
    @let picker = store().status().state === 'connected';
    @let top = store().path()[0];
    <nav class="path" [attr.aria-label]="t().pane.path[store().side]">
      @if (store().parent(); as parent) {
        @if (top) {
          <button type="button" class="crumb not-on-phone" (click)="store().goToCrumb(top)">{{ top.name }}</button>
        }
        @if (picker) {
          <cm-lazy-menu icon="down" small [label]="t().drives.trigger" [load]="loadMenu" [inputs]="drives()" />
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
        <cm-lazy-menu icon="down" small [label]="t().drives.trigger" [load]="loadMenu" [inputs]="drives()" />
      }
    </nav>
  `,
  styleUrl: './pane-path.scss',
})
export class PanePath {
  protected readonly t = inject(Texts).browse;

  readonly store = input.required<DriveSide>();
  /** The folders between the top and the current folder. */
  protected readonly between = computed(() => this.store().path().slice(1, -1));
  /** The inputs of the menu of drives. */
  protected readonly drives = computed(() => {
    const store = this.store();
    return { side: store.side, current: store.drive(), choose: (drive: Drive) => store.goTo({ drive }) };
  });
  protected readonly loadMenu = () => import('./drive-menu').then(({ DriveMenu }) => DriveMenu);
  private readonly menu = viewChild(LazyMenu);

  /** Opens the menu of drives. */
  chooseDrive(): void {
    void this.menu()?.open();
  }
}
