import { Component, input } from '@angular/core';

/** A figure with its name, and what it means or is based on. */
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
  styles: `
    dl {
      display: grid;
      grid-template-columns: repeat(4, 1fr);
      border-top: 1px solid var(--line);
    }
    div {
      min-width: 0;
      padding: 14px 16px;
      overflow-wrap: break-word;
    }
    div + div {
      border-left: 1px solid var(--line);
    }
    b {
      display: block;
      font-size: 20px;
      line-height: 28px;
      font-weight: 600;
    }
    @media (max-width: 719px) {
      dl {
        grid-template-columns: 1fr 1fr;
      }
      div {
        padding-inline: 12px;
      }
      b {
        font-size: 17px;
      }
      div:nth-child(odd) {
        border-left: 0;
      }
      div:nth-child(n + 3) {
        border-top: 1px solid var(--line);
      }
    }
    @media (max-width: 359px) {
      dl {
        grid-template-columns: 1fr;
      }
      div {
        border-left: 0;
      }
      div + div {
        border-top: 1px solid var(--line);
      }
    }
  `,
})
export class Figures {
  readonly figures = input.required<readonly Figure[]>();
}
