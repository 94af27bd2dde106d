import { Component, computed, inject, input } from '@angular/core';
import { formatCount } from '../../core/formats';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
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

/** The smallest share of the bar that is visible beside its gap: in a wide bar, on a phone, in a row of a list. */
const MIN_SHARE = { wide: 0.006, phone: 0.015, small: 0.025 };

/** A bar whose segments add up to all items found, and (unless small) the sum as figures. */
@Component({
  selector: 'cm-ledger-bar',
  host: { '[class.small-bar]': 'small()' },
  imports: [Sum],
  template: `
    @if (showsBar()) {
      <div
        class="bar"
        [attr.role]="progress() === undefined ? 'img' : 'progressbar'"
        [attr.aria-label]="progress() === undefined ? summary() : t().bar.label"
        [attr.aria-valuenow]="progress()"
        [attr.aria-valuemin]="progress() === undefined ? null : 0"
        [attr.aria-valuemax]="progress() === undefined ? null : 100"
        [attr.aria-valuetext]="progress() === undefined ? null : valueText()"
      >
        @for (segment of segments(); track segment.key) {
          <i [class]="segment.key" [style.clip-path]="segment.clip"></i>
        }
      </div>
    }
    @if (!small()) {
      <cm-sum [terms]="sum()" />
    }
  `,
  styleUrls: ['./ledger-bar.scss', '../../ui/segments.scss'],
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

  private readonly phone = inject(Viewport).phone;
  protected readonly t = inject(Texts).transfers;
  /** The terms that are not zero, and always `verified`. */
  protected readonly terms = computed(() =>
    TERMS.map((key) => ({ key, label: this.t().terms[key], count: this.counts()[key] ?? 0 })).filter(
      ({ key, count }) => count > 0 || key === (this.counts().undone === undefined ? 'verified' : 'undone'),
    ),
  );
  protected readonly sum = computed<SumTerm[]>(() => [
    { key: 'found', value: formatCount(this.counts().found), label: this.t().terms.found },
    ...this.terms().map(({ key, label, count }) => ({ key, segment: key, value: formatCount(count), label })),
  ]);
  /**
   * The part of the bar that each segment shows. All segments cover the whole bar and are clipped, because moving them
   * would count as a layout shift with every update.
   */
  protected readonly segments = computed(() => {
    const counted = this.terms().filter(({ count }) => count > 0);
    const terms = counted.length > 0 ? counted : [{ key: 'waiting', count: 1 } as const];
    const sum = terms.reduce((all, { count }) => all + count, 0);
    const min = MIN_SHARE[this.phone() ? 'phone' : this.small() ? 'small' : 'wide'];
    const shares = terms.map(({ count }) => Math.max(min, count / sum));
    const whole = shares.reduce((all, share) => all + share, 0);
    // From an edge of the bar to that of a segment, plus half of the gap between two segments.
    const inset = (percent: number) => `calc(${percent.toFixed(2)}% + ${this.small() ? 0.5 : 1}px)`;
    let start = 0;
    return terms.map(({ key }, index) => {
      const from = start;
      start += (shares[index]! / whole) * 100;
      const isLast = index === terms.length - 1;
      return { key, clip: `inset(0 ${isLast ? 0 : inset(100 - start)} 0 ${index === 0 ? 0 : inset(from)})` };
    });
  });
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
