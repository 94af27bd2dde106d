import { Component, computed, inject, input } from '@angular/core';
import { formatCount } from '../../core/formats';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { BarCounts } from './bar-counts';

/** Every item found is in exactly one of these, so the total always adds up. */
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

/** The smallest share of the bar that is still visible beside its gap: of a wide bar, of a phone's, of a list's row. */
const LEAST_SHARE = { wide: 0.006, phone: 0.015, small: 0.025 };

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
      @for (segment of segments(); track segment.key) {
        <i [class]="segment.key" [style.clip-path]="segment.clip"></i>
      }
    </div>
    @if (!small()) {
      <div class="sum">
        <div>
          <b [style.min-width.ch]="digits()">{{ format(counts().found) }}</b><span>{{ t().terms.found }}</span>
        </div>
        @for (term of terms(); track term.key; let first = $first) {
          <div [attr.data-operator]="first ? '=' : '+'">
            <b [style.min-width.ch]="digits()">{{ format(term.count) }}</b>
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
  /**
   * What each segment shows of the bar. All lie on top of each other over its whole length and are clipped, because a
   * segment that moved would count as a layout shift with every update.
   */
  protected readonly segments = computed(() => {
    const counted = this.terms().filter(({ count }) => count > 0);
    const terms = counted.length > 0 ? counted : [{ key: 'waiting', count: 1 } as const];
    const sum = terms.reduce((all, { count }) => all + count, 0);
    const least = LEAST_SHARE[this.phone() ? 'phone' : this.small() ? 'small' : 'wide'];
    const shares = terms.map(({ count }) => Math.max(least, count / sum));
    const whole = shares.reduce((all, share) => all + share, 0);
    // From an edge of the bar to a segment's, less half of the gap between two.
    const inset = (percent: number) => `calc(${percent.toFixed(2)}% + ${this.small() ? 0.5 : 1}px)`;
    let start = 0;
    return terms.map(({ key }, index) => {
      const from = start;
      start += (shares[index]! / whole) * 100;
      const isLast = index === terms.length - 1;
      return { key, clip: `inset(0 ${isLast ? 0 : inset(100 - start)} 0 ${index === 0 ? 0 : inset(from)})` };
    });
  });
  /** Characters of the largest number: every column has room for it, so that none moves as numbers grow. */
  protected readonly digits = computed(() => formatCount(this.counts().found).length);
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
