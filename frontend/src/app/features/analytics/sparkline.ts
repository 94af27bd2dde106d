import { Component, computed, input } from '@angular/core';

const WIDTH = 120;
const HEIGHT = 28;
const EDGE = 2;

/** A small line without scales, beside figures that have them. */
@Component({
  selector: 'cm-sparkline',
  template: `
    <svg
      role="img"
      [attr.aria-label]="sentence()"
      [attr.viewBox]="'0 0 ' + width + ' ' + height"
      preserveAspectRatio="none"
    >
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
  protected readonly width = WIDTH;
  protected readonly height = HEIGHT;
  protected readonly points = computed(() => {
    const values = this.values();
    const most = Math.max(1, ...values);
    const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
    const y = (value: number) => HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE);
    return values.map((value, i) => `${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  });
}
