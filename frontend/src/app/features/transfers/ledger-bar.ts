import { Component, computed, inject, input } from '@angular/core';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { StackedBar } from '../../ui/charts/stacked-bar';
import { Segment, Sum, SumTerm } from '../../ui/sum';
import { BarCounts } from './bar-counts';

/** Every item found is in exactly one of these, so the total always adds up. */
const TERMS: readonly (Segment & keyof BarCounts)[] = [
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

/** A bar whose segments add up to all items found, and (unless small) the sum as figures. */
@Component({
  selector: 'cm-ledger-bar',
  imports: [StackedBar, Sum],
  template: `
    @if (showsBar()) {
      <cm-stacked-bar
        [parts]="terms()"
        [small]="small()"
        [attr.role]="progress() === undefined ? 'img' : 'progressbar'"
        [attr.aria-label]="progress() === undefined ? summary() : t().bar.label"
        [attr.aria-valuenow]="progress()"
        [attr.aria-valuemin]="progress() === undefined ? null : 0"
        [attr.aria-valuemax]="progress() === undefined ? null : 100"
        [attr.aria-valuetext]="progress() === undefined ? null : valueText()"
      />
    }
    @if (!small()) {
      <cm-sum [terms]="sum()" />
    }
  `,
  styles: `
    cm-stacked-bar + cm-sum {
      margin-top: 14px;
    }
  `,
})
export class LedgerBar {
  readonly counts = input.required<BarCounts>();
  readonly small = input(false);
  /** False: only the sum, for print. */
  readonly showsBar = input(true);
  /** Percent, if the bar shows progress and not a result. */
  readonly progress = input<number>();
  /** What screen readers add to the progress: "42 minutes left". */
  readonly remark = input('');

  protected readonly t = inject(Texts).transfers;
  /** The terms that are not zero, and always `verified`. */
  protected readonly terms = computed(() =>
    TERMS.map((segment) => ({
      segment,
      label: this.t().terms[segment],
      count: this.counts()[segment] ?? 0,
    })).filter(
      ({ segment, count }) => count > 0 || segment === (this.counts().undone === undefined ? 'verified' : 'undone'),
    ),
  );
  protected readonly sum = computed<SumTerm[]>(() => [
    { key: 'found', value: formatCount(this.counts().found), label: this.t().terms.found },
    ...this.terms().map(({ segment, label, count }) => ({
      key: segment,
      segment,
      value: formatCount(count),
      label,
    })),
  ]);
  /** The counts as text: "7,702 verified, 5 failed". */
  protected readonly summary = computed(() =>
    this.terms()
      .map(({ count, label }) => `${formatCount(count)} ${label}`)
      .join(', '),
  );
  protected readonly valueText = computed(() => {
    const { verified, failed, undone } = this.counts();
    const progress = this.progress() ?? 0;
    if (undone !== undefined) return this.t().bar.undoing(progress, this.summary());
    return this.t().bar.value(progress, verified, failed, this.remark());
  });
}
