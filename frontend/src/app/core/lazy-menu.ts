import { NgComponentOutlet } from '@angular/common';
import { booleanAttribute, Component, inject, input, signal, Type, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { Texts } from '../texts/texts';
import { Icon, IconName } from '../ui/icon';
import { Toasts } from './toasts';

/** A menu with its own button. It opens when it is created. */
export interface Menu {
  open(): void;
}

/** A button that loads a menu on its first click. The menu's own button then replaces this one. */
@Component({
  selector: 'cm-lazy-menu',
  imports: [Icon, MatIconButton, NgComponentOutlet],
  template: `
    @if (menu(); as menu) {
      <ng-container *ngComponentOutlet="menu; inputs: inputs()" />
    } @else {
      <button
        matIconButton
        type="button"
        aria-haspopup="menu"
        aria-expanded="false"
        [attr.aria-label]="label()"
        (click)="open()"
      >
        <cm-icon [name]="icon()" [class.small]="small()" />
      </button>
    }
  `,
  host: { '[class.small]': 'small()' },
  styles: `
    :host {
      display: flex; // as inline content, the line height would move the button down
      flex: none;
    }
    :host(.small) {
      --mat-icon-button-state-layer-size: 32px;

      @media (max-width: 719px) {
        --mat-icon-button-state-layer-size: 44px;
      }
    }
  `,
})
export class LazyMenu {
  private readonly toasts = inject(Toasts);
  private readonly shell = inject(Texts).shell;

  readonly icon = input.required<IconName>();
  readonly label = input.required<string>();
  readonly small = input(false, { transform: booleanAttribute });
  readonly load = input.required<() => Promise<Type<Menu>>>();
  /** The inputs of the menu. */
  readonly inputs = input.required<Record<string, unknown>>();

  protected readonly menu = signal<Type<Menu> | undefined>(undefined);
  private readonly opened = viewChild<NgComponentOutlet<Menu>>(NgComponentOutlet);

  /** Opens the menu; loads it first if necessary. */
  async open(): Promise<void> {
    const menu = this.opened()?.componentInstance;
    if (menu) return menu.open();
    try {
      this.menu.set(await this.load()());
    } catch {
      this.toasts.keep(this.shell().pageNotLoaded);
    }
  }
}
