import { Component, input } from '@angular/core';

/** A total, or a term of it. */
export interface SumTerm {
  readonly key: string;
  readonly value: string;
  readonly label: string;
}

/** A total and the terms that it consists of, as figures: 217 = 209 + 3 + 5. */
@Component({
  selector: 'cm-sum',
  host: { '[class.stale]': 'stale()' },
  template: `
    <dl [attr.aria-label]="label()">
      @for (term of terms(); track term.key; let index = $index) {
        <div [attr.data-operator]="index === 0 ? null : index === 1 ? '=' : '+'">
          <dd>{{ term.value }}</dd>
          <dt>{{ term.label }}</dt>
        </div>
      }
    </dl>
  `,
  styles: `
    dl {
      display: flex;
      flex-wrap: wrap;
      gap: 8px 28px;

      > div {
        position: relative;
        display: grid;
      }
    }
    [data-operator]::before {
      position: absolute;
      left: -18px;
      color: var(--muted);
      content: attr(data-operator);
    }
    dd {
      order: -1;
      font-size: 20px;
      line-height: 26px;
      font-weight: 600;
    }
    dt {
      color: var(--muted);
      font-size: 12px;
    }
    :host(.stale) dd {
      color: var(--muted);
    }
    @media (max-width: 719px) {
      :host {
        width: 100%;
      }
      dl {
        display: grid;
        grid-template-columns: 1fr 1fr;
      }
      [data-operator]::before {
        display: none;
      }
    }
  `,
})
export class Sum {
  readonly label = input.required<string>();
  /** The total first. */
  readonly terms = input.required<readonly SumTerm[]>();
  /** The figures are out of date. */
  readonly stale = input(false);
}
