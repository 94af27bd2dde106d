import { afterNextRender, Component, input, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatMenuModule, MatMenuTrigger } from '@angular/material/menu';
import { Menu } from '../../core/lazy-menu';
import { Icon } from '../../ui/icon';

/** A setting and its choices. */
export interface ChoiceGroup {
  readonly name: string;
  readonly choices: readonly {
    readonly label: string;
    readonly chosen: boolean;
    readonly choose: () => void;
    /** The language of the label, if it is not that of the page. */
    readonly lang: string | null;
  }[];
}

/** The menu for theme, language and row height, with its button. */
@Component({
  selector: 'cm-appearance-menu',
  imports: [Icon, MatIconButton, MatMenuModule],
  template: `
    <button matIconButton type="button" [matMenuTriggerFor]="menu" [attr.aria-label]="label()">
      <cm-icon name="theme" />
    </button>
    <mat-menu #menu="matMenu">
      @for (group of groups(); track group.name) {
        <div class="group" role="group" [attr.aria-label]="group.name">
          <div class="small muted" aria-hidden="true">{{ group.name }}</div>
          @for (choice of group.choices; track choice.label) {
            <button
              mat-menu-item
              type="button"
              role="menuitemradio"
              [attr.aria-checked]="choice.chosen"
              [attr.lang]="choice.lang"
              (click)="choice.choose()"
            >
              <span class="choice">
                <span class="mark">
                  @if (choice.chosen) {
                    <cm-icon name="check" class="small" />
                  }
                </span>
                {{ choice.label }}
              </span>
            </button>
          }
        </div>
      }
    </mat-menu>
  `,
  styles: `
    .group > div {
      padding: 8px 16px 2px;
    }
    .choice {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    .mark {
      width: 16px;
      height: 20px;
    }
  `,
})
export class AppearanceMenu implements Menu {
  readonly label = input.required<string>();
  readonly groups = input.required<readonly ChoiceGroup[]>();
  private readonly trigger = viewChild.required(MatMenuTrigger);

  constructor() {
    afterNextRender(() => this.open());
  }

  open(): void {
    this.trigger().openMenu();
  }
}
