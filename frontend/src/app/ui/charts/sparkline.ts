import { Component, computed, input } from '@angular/core';

/** A small line without axes, beside figures. */
@Component({
  selector: 'cm-sparkline',
  template: `
    <svg role="img" [attr.aria-label]="sentence()" viewBox="0 0 120 28" preserveAspectRatio="none">
      <polyline [attr.points]="points()" />
    </svg>
  `,
  styles: `
    svg {
      display: block;
      width: 120px;
      height: 28px;
      fill: none;
      stroke: var(--primary);
      stroke-width: 1.5;
      stroke-linejoin: round;
    }
  `,
})
export class Sparkline {
  readonly values = input.required<readonly number[]>();
  readonly sentence = input.required<string>();
  protected readonly points = computed(() => {
    const values = this.values();
    const highest = Math.max(1, ...values);
    const step = 120 / Math.max(1, values.length - 1);
    return values.map((value, i) => `${(i * step).toFixed(1)},${(26 - (value / highest) * 24).toFixed(1)}`).join(' ');
  });
}
