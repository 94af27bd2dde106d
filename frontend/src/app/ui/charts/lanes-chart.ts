import { Component, input } from '@angular/core';

/** A row of periods. Positions are in percent of the width. */
export interface Lane {
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

/** Periods in lanes over one time axis, with marks. */
@Component({
  selector: 'cm-lanes-chart',
  template: `
    <div role="img" [attr.aria-label]="sentence()">
      @for (lane of lanes(); track $index) {
        <div class="row">
          <span>{{ lane.name }}</span>
          <span class="lane">
            @for (tick of axis().ticks; track tick.left) {
              <i class="tick" [style.left.%]="tick.left"></i>
            }
            @for (bar of lane.bars; track $index) {
              <i class="bar" [class]="lane.kind" [style.left.%]="bar.left" [style.width.%]="bar.width"></i>
            }
            @for (mark of lane.marks; track $index) {
              <i class="mark" [style.left.%]="mark"></i>
            }
          </span>
          <span class="number muted">{{ lane.value }}</span>
        </div>
      }
      <div class="row axis">
        <span></span>
        <span class="lane">
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
  styleUrl: './lanes-chart.scss',
})
export class LanesChart {
  readonly lanes = input.required<readonly Lane[]>();
  readonly axis = input.required<TimeAxis>();
  /** The chart as text, for screen readers. */
  readonly sentence = input.required<string>();
}
