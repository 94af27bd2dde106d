import { Component, input } from '@angular/core';
import { Icon, IconName } from './icon';

/** A name and its value; `exact` is the full value, as a tooltip. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  readonly exact?: string;
  /** The name is a code of the API. */
  readonly isCode?: boolean;
}

let made = 0;

/** A card of names and values. Projected content follows them; `pairsEnd` is beside the heading. */
@Component({
  selector: 'cm-pairs-card',
  imports: [Icon],
  template: `
    <section class="card" [attr.aria-labelledby]="id">
      <div class="head">
        @if (icon(); as name) {
          <cm-icon [name]="name" />
        }
        <h2 [id]="id">{{ heading() }}</h2>
        <div class="end"><ng-content select="[pairsEnd]" /></div>
      </div>
      <div class="body">
        <dl class="pairs">
          @for (pair of pairs(); track pair.name) {
            <dt [class.mono]="pair.isCode">{{ pair.name }}</dt>
            <dd [attr.title]="pair.exact">{{ pair.value }}</dd>
          }
        </dl>
        <ng-content />
      </div>
    </section>
  `,
})
export class PairsCard {
  readonly heading = input.required<string>();
  readonly icon = input<IconName>();
  readonly pairs = input.required<readonly Pair[]>();
  protected readonly id = `pairs-${++made}`;
}
