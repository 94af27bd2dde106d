import { HttpClient } from '@angular/common/http';
import { Component, inject, input, output, signal, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatMenuModule, MatMenuTrigger } from '@angular/material/menu';
import { drives as listDrives } from '../../api/functions';
import { NamedPlace } from '../../api/models/named-place';
import { asSide } from '../../core/sessions';
import { Side } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Drive, MY_DRIVE, SHARED_WITH_ME } from './drive-item';

type Drives =
  | { readonly state: 'loading' }
  | { readonly state: 'failed' }
  | { readonly state: 'ready'; readonly drives: readonly NamedPlace[] };

/** The menu of drives: My Drive, what others shared, and the shared drives, which are asked for when it opens. */
@Component({
  selector: 'cm-drive-picker',
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
          (click)="chosen.emit(choice.drive)"
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
              (click)="chosen.emit(drive.id)"
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
  styles: `
    :host {
      flex: none;
    }
    .trigger {
      --mat-icon-button-state-layer-size: 32px;
      display: inline-flex;
      align-items: center;
      justify-content: center;
      padding: 0;
      line-height: 1;
    }
    .choice {
      display: flex;
      align-items: center;
      gap: 10px;
    }
    .now {
      margin-left: auto;
    }
    @media (max-width: 719px) {
      .trigger {
        --mat-icon-button-state-layer-size: 44px;
      }
    }
  `,
})
export class DrivePicker {
  private readonly http = inject(HttpClient);
  protected readonly t = inject(Texts).browse;

  readonly side = input.required<Side>();
  readonly current = input.required<Drive>();
  readonly chosen = output<Drive>();

  private readonly trigger = viewChild.required(MatMenuTrigger);
  protected readonly list = signal<Drives>({ state: 'loading' });
  protected readonly fixed = [
    { drive: MY_DRIVE, text: 'my', icon: 'folder' },
    { drive: SHARED_WITH_ME, text: 'shared', icon: 'people' },
  ] as const;

  open(): void {
    this.trigger().openMenu();
  }

  /** Asked anew each time: drives come and go, and the menu is rarely opened. What was known stays meanwhile. */
  protected load(): void {
    listDrives(this.http, '', {}, asSide(this.side())).subscribe({
      next: ({ body }) => this.list.set({ state: 'ready', drives: body.drives }),
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
