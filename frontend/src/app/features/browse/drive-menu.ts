import { afterNextRender, Component, inject, input, signal, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatMenuModule, MatMenuTrigger } from '@angular/material/menu';
import { drives as listDrives } from '../../api/functions';
import { NamedPlace } from '../../api/models/named-place';
import { ApiClient } from '../../core/api-client';
import { Drive, MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';
import { Side } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

type Drives =
  | { readonly state: 'loading' }
  | { readonly state: 'failed' }
  | { readonly state: 'ready'; readonly drives: readonly NamedPlace[] };

/**
 * The button and the menu of drives: My Drive, what others shared, and the shared drives, which are fetched when it
 * opens. It is loaded when the menu is first wanted (`DrivePicker`), and opens.
 */
@Component({
  selector: 'cm-drive-menu',
  imports: [Icon, MatIconButton, MatMenuModule],
  template: `
    <button
      matIconButton
      type="button"
      class="trigger"
      [matMenuTriggerFor]="menu"
      [attr.aria-label]="t().drives.trigger"
      (menuOpened)="load()"
    >
      <cm-icon name="down" class="small" />
    </button>
    <mat-menu #menu="matMenu">
      @for (choice of fixed; track choice.drive) {
        <button
          mat-menu-item
          type="button"
          role="menuitemradio"
          [attr.aria-checked]="current() === choice.drive"
          (click)="choose()(choice.drive)"
        >
          <span class="choice"
            ><cm-icon [name]="choice.icon" class="small" />{{ t().drives[choice.text] }}
            @if (current() === choice.drive) {
              <cm-icon name="check" class="small now" />
            }
          </span>
        </button>
      }
      @let shown = list();
      @switch (shown.state) {
        @case ('loading') {
          <button mat-menu-item type="button" disabled>{{ t().drives.loading }}</button>
        }
        @case ('failed') {
          <button mat-menu-item type="button" (click)="again($event)">{{ t().drives.failed }}</button>
        }
        @case ('ready') {
          @for (drive of shown.drives; track drive.id) {
            <button
              mat-menu-item
              type="button"
              role="menuitemradio"
              [attr.aria-checked]="current() === drive.id"
              (click)="choose()(drive.id)"
            >
              <span class="choice"
                ><cm-icon name="drive" class="small" />{{ drive.name }}
                @if (current() === drive.id) {
                  <cm-icon name="check" class="small now" />
                }
              </span>
            </button>
          } @empty {
            <button mat-menu-item type="button" disabled>{{ t().drives.none }}</button>
          }
        }
      }
    </mat-menu>
  `,
  styleUrl: './drive-picker.scss',
})
export class DriveMenu {
  private readonly api = inject(ApiClient);
  protected readonly t = inject(Texts).browse;

  readonly side = input.required<Side>();
  readonly current = input.required<Drive>();
  readonly choose = input.required<(drive: Drive) => void>();

  private readonly trigger = viewChild.required(MatMenuTrigger);
  protected readonly list = signal<Drives>({ state: 'loading' });
  protected readonly fixed = [
    { drive: MY_DRIVE, text: 'my', icon: 'folder' },
    { drive: SHARED_WITH_ME, text: 'shared', icon: 'people' },
  ] as const;

  constructor() {
    afterNextRender(() => this.open());
  }

  open(): void {
    this.trigger().openMenu();
  }

  /** Loaded each time: drives come and go, and the menu is rarely opened. The last list stays meanwhile. */
  protected load(): void {
    this.api.request(listDrives, {}, this.side()).subscribe({
      next: ({ drives }) => this.list.set({ state: 'ready', drives }),
      error: () => this.list.update((list) => (list.state === 'ready' ? list : { state: 'failed' })),
    });
  }

  protected again(event: Event): void {
    // The menu stays open, so that what comes is seen.
    event.stopPropagation();
    this.list.set({ state: 'loading' });
    this.load();
  }
}
