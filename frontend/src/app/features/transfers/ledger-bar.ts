import { Component, computed, inject, input } from '@angular/core';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { BarCounts } from './bar-counts';

/** Every item found is in exactly one of these, so that the sum always closes. */
const TERMS: readonly Exclude<keyof BarCounts, 'found'>[] = [
  'undone',
  'kept',
  'verified',
  'unverified',
  'checking',
  'copying',
  'failed',
  'skipped',
  'waiting',
];

/** One bar in which each item has its place, and (unless small) the sum under it. */
@Component({
  selector: 'cm-ledger-bar',
  host: { '[class.small-bar]': 'small()' },
  template: `
    <div
      class="bar"
      [hidden]="!drawn()"
      [attr.role]="progress() === undefined ? 'img' : 'progressbar'"
      [attr.aria-label]="progress() === undefined ? words() : t().bar.label"
      [attr.aria-valuenow]="progress()"
      [attr.aria-valuemin]="progress() === undefined ? null : 0"
      [attr.aria-valuemax]="progress() === undefined ? null : 100"
      [attr.aria-valuetext]="progress() === undefined ? null : valueText()"
    >
      @for (term of terms(); track term.key) {
        @if (term.count > 0) {
          <i [class]="term.key" [style.flex-grow]="term.count"></i>
        }
      }
      @if (counts().found === 0) {
        <i class="waiting" [style.flex-grow]="1"></i>
      }
    </div>
    @if (!small()) {
      <div class="sum">
        <div>
          <b>{{ format(counts().found) }}</b><span>{{ t().terms.found }}</span>
        </div>
        @for (term of terms(); track term.key; let first = $first) {
          <div [attr.data-operator]="first ? '=' : '+'">
            <b>{{ format(term.count) }}</b>
            <span><i aria-hidden="true" [class]="term.key"></i>{{ term.label }}</span>
          </div>
        }
      </div>
    }
  `,
  styleUrl: './ledger-bar.scss',
})
export class LedgerBar {
  readonly counts = input.required<BarCounts>();
  readonly small = input(false);
  /** False: the sum alone, for paper. */
  readonly drawn = input(true);
  /** Percent, when the bar stands for progress rather than for a result. */
  readonly progress = input<number>();
  /** What else a listener should hear of the progress: "42 minutes left". */
  readonly remark = input('');

  protected readonly t = inject(Texts).transfers;
  /** The terms worth showing: those that are not zero, and always the one of success. */
  protected readonly terms = computed(() =>
    TERMS.map((key) => ({ key, label: this.t().terms[key], count: this.counts()[key] ?? 0 })).filter(
      ({ key, count }) => count > 0 || key === (this.counts().undone === undefined ? 'verified' : 'undone'),
    ),
  );
  /** The counts as words: "7,702 verified, 5 failed". */
  protected readonly words = computed(() =>
    this.terms()
      .map(({ count, label }) => `${formatCount(count)} ${label}`)
      .join(', '),
  );
  protected readonly valueText = computed(() => {
    const { verified, failed, undone } = this.counts();
    const progress = this.progress() ?? 0;
    if (undone !== undefined) return this.t().bar.undoing(progress, this.words());
    return this.t().bar.value(progress, verified, failed, this.remark());
  });
  protected readonly format = (count: number): string => formatCount(count);
}
