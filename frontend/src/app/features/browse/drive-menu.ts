import { afterNextRender, Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatMenuModule, MatMenuTrigger } from '@angular/material/menu';
import { driveListSharedDrives as listDrives } from '../../api/functions';
import { NamedPlace } from '../../api/models/named-place';
import { ApiClient } from '../../core/api-client';
import { Drive, MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';
import { Menu } from '../../core/lazy-menu';
import { Side } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

/** The menu of drives with its button: My Drive, "Shared with me", and the shared drives, which are loaded on opening. */
@Component({
  selector: 'cm-drive-menu',
  imports: [Icon, MatIconButton, MatMenuModule],
  template: `
    <button
      matIconButton
      type="button"
      [matMenuTriggerFor]="menu"
      [attr.aria-label]="t().drives.trigger"
      (menuOpened)="load()"
    >
      <cm-icon name="down" class="small" />
    </button>
    <mat-menu #menu="matMenu">
      @for (choice of choices(); track choice.drive) {
        <button
          mat-menu-item
          type="button"
          role="menuitemradio"
          [attr.aria-checked]="current() === choice.drive"
          (click)="choose()(choice.drive)"
        >
          <span class="choice"
            ><cm-icon [name]="choice.icon" class="small" />{{ choice.name }}
            @if (current() === choice.drive) {
              <cm-icon name="check" class="small now" />
            }
          </span>
        </button>
      }
      @if (shared() === 'failed') {
        <button mat-menu-item type="button" (click)="again($event)">{{ t().drives.failed }}</button>
      } @else if (shared() === 'loading') {
        <button mat-menu-item type="button" disabled>{{ t().drives.loading }}</button>
      } @else if (shared().length === 0) {
        <button mat-menu-item type="button" disabled>{{ t().drives.none }}</button>
      }
    </mat-menu>
  `,
  styleUrl: './drive-menu.scss',
})
export class DriveMenu implements Menu {
  private readonly api = inject(ApiClient);
  protected readonly t = inject(Texts).browse;

  readonly side = input.required<Side>();
  readonly current = input.required<Drive>();
  readonly choose = input.required<(drive: Drive) => void>();

  private readonly trigger = viewChild.required(MatMenuTrigger);
  /** The shared drives. */
  protected readonly shared = signal<readonly NamedPlace[] | 'loading' | 'failed'>('loading');
  protected readonly choices = computed(() => {
    const { my, shared } = this.t().drives;
    const drives = this.shared();
    return [
      { drive: MY_DRIVE, name: my, icon: 'folder' as const },
      { drive: SHARED_WITH_ME, name: shared, icon: 'people' as const },
      ...(typeof drives === 'string' ? [] : drives).map(({ id, name }) => ({
        drive: id,
        name,
        icon: 'drive' as const,
      })),
    ];
  });

  constructor() {
    afterNextRender(() => this.open());
  }

  open(): void {
    this.trigger().openMenu();
  }

  /** Loads the shared drives each time the menu opens, because they may change. The previous list stays until then. */
  protected load(): void {
    this.api.request(listDrives, {}, this.side()).subscribe({
      next: ({ drives }) => this.shared.set(drives),
      error: () => this.shared.update((before) => (typeof before === 'string' ? 'failed' : before)),
    });
  }

  protected again(event: Event): void {
    // The menu stays open to show the result.
    event.stopPropagation();
    this.shared.set('loading');
    this.load();
  }
}
