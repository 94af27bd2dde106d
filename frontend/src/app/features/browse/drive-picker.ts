import { NgComponentOutlet } from '@angular/common';
import { Component, inject, input, output, signal, Type, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { Drive } from '../../core/folder-path';
import { Side } from '../../core/side';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import type { DriveMenu } from './drive-menu';

/** The button beside a drive's name that leads to other drives. Its menu comes with the first click, in its place. */
@Component({
  selector: 'cm-drive-picker',
  imports: [Icon, MatIconButton, NgComponentOutlet],
  template: `
    @if (menu(); as menu) {
      <ng-container *ngComponentOutlet="menu; inputs: { side: side(), current: current(), choose }" />
    } @else {
      <button
        matIconButton
        type="button"
        class="trigger"
        aria-haspopup="menu"
        aria-expanded="false"
        [attr.aria-label]="texts.browse().drives.trigger"
        (click)="open()"
      >
        <cm-icon name="down" class="small" />
      </button>
    }
  `,
  styleUrl: './drive-picker.scss',
})
export class DrivePicker {
  private readonly toasts = inject(Toasts);
  protected readonly texts = inject(Texts);

  readonly side = input.required<Side>();
  readonly current = input.required<Drive>();
  readonly chosen = output<Drive>();

  protected readonly menu = signal<Type<DriveMenu> | undefined>(undefined);
  private readonly opened = viewChild<NgComponentOutlet<DriveMenu>>(NgComponentOutlet);
  protected readonly choose = (drive: Drive): void => this.chosen.emit(drive);

  /** Opens the menu, from elsewhere as well. */
  async open(): Promise<void> {
    const there = this.opened()?.componentInstance;
    if (there) return there.open();
    try {
      this.menu.set((await import('./drive-menu')).DriveMenu);
    } catch {
      this.toasts.keep(this.texts.shell().pageNotLoaded);
    }
  }
}
