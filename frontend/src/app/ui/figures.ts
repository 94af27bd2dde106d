import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

/** A figure with its name, and its meaning or basis. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly more: string;
  /** Leads to a tab of the page with the details. */
  readonly link?: { readonly label: string; readonly tab: string };
}

/** Up to four figures side by side, in two columns on a phone. */
@Component({
  selector: 'cm-figures',
  imports: [RouterLink],
  template: `
    <dl>
      @for (figure of figures(); track figure.name) {
        <div>
          <dt class="small muted">{{ figure.name }}</dt>
          <dd>
            <b>{{ figure.value }}</b>
            <span class="small muted">
              {{ figure.more }}
              @if (figure.link; as link) {
                <a [routerLink]="[]" [queryParams]="{ tab: link.tab }" [replaceUrl]="true">{{ link.label }}</a>
              }
            </span>
          </dd>
        </div>
      }
    </dl>
  `,
  styleUrl: './figures.scss',
})
export class Figures {
  readonly figures = input.required<readonly Figure[]>();
}
