import { Component, computed, input } from '@angular/core';

/** What `segments.scss` has a fill for. */
export type Segment =
  | 'undone'
  | 'kept'
  | 'verified'
  | 'unverified'
  | 'checking'
  | 'copying'
  | 'failed'
  | 'skipped'
  | 'waiting';

/** A total, or a term of it. */
export interface SumTerm {
  readonly key: string;
  readonly value: string;
  readonly label: string;
  /** Its colour and pattern, as in a bar beside the sum. */
  readonly segment?: Segment;
}

/** A total and the terms that it consists of, as figures: 217 = 209 + 3 + 5. */
@Component({
  selector: 'cm-sum',
  host: { '[attr.role]': 'label() ? "group" : null', '[attr.aria-label]': 'label()', '[class.stale]': 'stale()' },
  template: `
    @for (term of terms(); track term.key; let index = $index) {
      <div [attr.data-operator]="index === 0 ? null : index === 1 ? '=' : '+'">
        <b [style.min-width.ch]="digits()">{{ term.value }}</b>
        <span>
          @if (term.segment; as segment) {
            <i aria-hidden="true" [class]="segment"></i>
          }
          {{ term.label }}
        </span>
      </div>
    }
  `,
  styleUrls: ['./sum.scss', './segments.scss'],
})
export class Sum {
  readonly label = input<string>();
  /** The total first. */
  readonly terms = input.required<readonly SumTerm[]>();
  /** The figures are out of date. */
  readonly stale = input(false);

  /** The characters of the longest figure. Every column has room for it, so that growing figures move nothing. */
  protected readonly digits = computed(() => Math.max(...this.terms().map(({ value }) => value.length)));
}
