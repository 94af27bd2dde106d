import { Component, input } from '@angular/core';

/** A row of periods. Positions are in percent of the width. */
export interface PeriodRow {
  readonly name: string;
  readonly value: string;
  readonly kind: 'main' | 'waiting' | 'other';
  readonly bars: readonly { readonly left: number; readonly width: number }[];
  readonly marks: readonly number[];
}

export interface TimeAxis {
  readonly from: string;
  readonly to: string;
  readonly ticks: readonly { readonly left: number; readonly label: string }[];
}

/** Rows of periods over one time axis, with marks. */
@Component({
  selector: 'cm-periods-chart',
  template: `
    <div role="img" [attr.aria-label]="sentence()">
      @for (row of rows(); track $index) {
        <div class="row">
          <span>{{ row.name }}</span>
          <span class="track">
            @for (tick of axis().ticks; track tick.left) {
              <i class="tick" [style.left.%]="tick.left"></i>
            }
            @for (bar of row.bars; track $index) {
              <i class="bar" [class]="row.kind" [style.left.%]="bar.left" [style.width.%]="bar.width"></i>
            }
            @for (mark of row.marks; track $index) {
              <i class="mark" [style.left.%]="mark"></i>
            }
          </span>
          <span class="number muted">{{ row.value }}</span>
        </div>
      }
      <div class="row axis">
        <span></span>
        <span class="track">
          <span>{{ axis().from }}</span>
          @for (tick of axis().ticks; track tick.left) {
            <span class="at" [style.left.%]="tick.left">{{ tick.label }}</span>
          }
          <span class="last">{{ axis().to }}</span>
        </span>
        <span></span>
      </div>
    </div>
  `,
  styleUrl: './periods-chart.scss',
})
export class PeriodsChart {
  readonly rows = input.required<readonly PeriodRow[]>();
  readonly axis = input.required<TimeAxis>();
  /** The chart as text, for screen readers. */
  readonly sentence = input.required<string>();
}
