import { booleanAttribute, Component, input } from '@angular/core';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { Icon } from '../../ui/icon';

/** The operator's pages as one menu, where the bar has no room for each. `phone`: in the navigation at the bottom. */
@Component({
  selector: 'cm-operator-menu',
  imports: [Icon, MatMenuModule, RouterLink],
  template: `
    <button type="button" [matMenuTriggerFor]="menu" [class.active]="active()" [class.phone]="phone()">
      @if (phone()) {
        <cm-icon name="dots" />
      }
      {{ label() }}
      @if (!phone()) {
        <cm-icon name="down" class="small" />
      }
    </button>
    <mat-menu #menu="matMenu">
      @for (page of pages(); track page.path) {
        <a mat-menu-item [routerLink]="page.path">{{ page.label }}</a>
      }
    </mat-menu>
  `,
  styles: `
    :host {
      display: grid;
    }
    button {
      display: flex;
      align-items: center;
      gap: 4px;
      height: 100%;
      padding: 0 12px;
      border: 0;
      border-block: 2px solid transparent;
      background: none;
      color: var(--muted);
      font: inherit;
      font-weight: 500;
      white-space: nowrap;
      cursor: pointer;
    }
    button:hover {
      color: var(--ink);
    }
    .phone {
      flex-direction: column;
      justify-content: center;
      gap: 2px;
      padding: 0;
      font-size: 11px;
      line-height: 14px;
    }
    .active,
    .active:hover {
      color: var(--primary);
    }
    .active:not(.phone) {
      border-bottom-color: var(--primary);
    }
    @media (forced-colors: active) {
      button {
        border-block-color: Canvas;
      }
      .active {
        border-bottom-color: Highlight;
      }
    }
  `,
})
export class OperatorMenu {
  readonly label = input.required<string>();
  readonly pages = input.required<readonly { readonly path: string; readonly label: string }[]>();
  /** Whether one of the pages is open. */
  readonly active = input(false);
  readonly phone = input(false, { transform: booleanAttribute });
}
