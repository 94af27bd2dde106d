import { Component, computed, inject, input } from '@angular/core';
import { Viewport } from '../../core/viewport';
import { Segment } from '../sum';

/** A part of a bar, as large as its share of the sum. */
export interface Part {
  readonly segment: Segment;
  readonly count: number;
}

/** The smallest share of the bar that is visible beside its gap: in a wide bar, on a phone, in a row of a list. */
const MIN_SHARE = { wide: 0.006, phone: 0.015, small: 0.025 };

/** A bar whose segments add up. The page gives it a role and a label. */
@Component({
  selector: 'cm-stacked-bar',
  host: { class: 'bar', '[class.small-bar]': 'small()' },
  template: `
    @for (each of segments(); track each.segment) {
      <i [class]="each.segment" [style.clip-path]="each.clip"></i>
    }
  `,
  styleUrls: ['./stacked-bar.scss', '../segments.scss'],
})
export class StackedBar {
  readonly parts = input.required<readonly Part[]>();
  readonly small = input(false);

  private readonly phone = inject(Viewport).phone;
  /**
   * The part of the bar that each segment shows. All segments cover the whole bar and are clipped, because moving them
   * would count as a layout shift with every update.
   */
  protected readonly segments = computed(() => {
    const counted = this.parts().filter(({ count }) => count > 0);
    const parts = counted.length > 0 ? counted : [{ segment: 'waiting', count: 1 } as const];
    const sum = parts.reduce((all, { count }) => all + count, 0);
    const min = MIN_SHARE[this.phone() ? 'phone' : this.small() ? 'small' : 'wide'];
    const shares = parts.map(({ count }) => Math.max(min, count / sum));
    const whole = shares.reduce((all, share) => all + share, 0);
    // From an edge of the bar to that of a segment, plus half of the gap between two segments.
    const inset = (percent: number) => `calc(${percent.toFixed(2)}% + ${this.small() ? 0.5 : 1}px)`;
    let start = 0;
    return parts.map(({ segment }, index) => {
      const from = start;
      start += (shares[index]! / whole) * 100;
      const isLast = index === parts.length - 1;
      return { segment, clip: `inset(0 ${isLast ? 0 : inset(100 - start)} 0 ${index === 0 ? 0 : inset(from)})` };
    });
  });
}
