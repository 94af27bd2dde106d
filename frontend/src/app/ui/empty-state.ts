import { Component, input } from '@angular/core';
import { Icon, IconName } from './icon';

/** States that there is nothing, why, and the next step (projected). */
@Component({
  selector: 'cm-empty-state',
  imports: [Icon],
  template: `
    <cm-icon [name]="icon()" class="large" />
    <h2>{{ heading() }}</h2>
    <p class="muted"><ng-content /></p>
    <ng-content select="[emptyAction]" />
  `,
  styles: `
    :host {
      display: grid;
      justify-items: center;
      gap: 6px;
      padding: 30px 24px;
      text-align: center;
    }
    cm-icon {
      margin-bottom: 4px;
      color: var(--outline);
    }
    h2 {
      font-size: 14px;
      line-height: 20px;
      overflow-wrap: anywhere;
    }
    p {
      max-width: 42ch;
      margin-bottom: 8px;
      text-wrap: pretty;
    }
  `,
})
export class EmptyState {
  readonly icon = input.required<IconName>();
  readonly heading = input.required<string>();
}
