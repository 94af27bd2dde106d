import { Component, input } from '@angular/core';

/** A figure with its name, and its meaning or basis. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}

/** Up to four figures side by side, in two columns on a phone. */
@Component({
  selector: 'cm-figures',
  template: `
    <dl>
      @for (figure of figures(); track figure.name) {
        <div>
          <dt class="small muted">{{ figure.name }}</dt>
          <dd>
            <b>{{ figure.value }}</b> <span class="small muted">{{ figure.more }}</span>
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
