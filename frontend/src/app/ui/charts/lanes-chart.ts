import { Component, input } from '@angular/core';

/** A row of stretches of time. Positions are percent of the width. */
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

/** Stretches of time in lanes over one axis, with marks. */
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
  styles: `
    :host {
      display: block;
    }
    .row {
      display: grid;
      grid-template-columns: 152px minmax(0, 1fr) 84px;
      align-items: center;
      gap: 12px;
      min-height: 28px;
      font-size: 13px;
    }
    .lane {
      position: relative;
      height: 28px;
      border: solid var(--line);
      border-width: 0 1px;
    }
    .lane i {
      position: absolute;
    }
    .tick {
      top: 0;
      width: 1px;
      height: 100%;
      background: var(--line);
    }
    .bar {
      top: 8px;
      bottom: 8px;
      min-width: 4px;
      max-width: 100%;
      border-radius: 3px;
      background: var(--seg-checking);

      &.main {
        background: var(--seg-verified);
      }
      &.waiting {
        background: var(--seg-skipped);
      }
    }
    .mark {
      top: 5px;
      width: 2px;
      height: 18px;
      background: var(--seg-unverified);
    }
    .axis {
      min-height: 16px;
      color: var(--muted);
      font-size: 11px;
      line-height: 14px;

      .lane {
        height: 14px;
        border: 0;
      }
      .lane span {
        position: absolute;
        white-space: nowrap;
      }
      .at {
        transform: translateX(-50%);
      }
      .last {
        right: 0;
      }
    }
    @media (forced-colors: active) {
      .bar,
      .mark {
        background: CanvasText;
        forced-color-adjust: none;
      }
      .mark {
        background: Highlight;
      }
    }
    @media (max-width: 719px) {
      .row {
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 12px;
        padding: 4px 0;
      }
      .lane {
        grid-row: 2;
        grid-column: 1 / -1;
      }
      .axis .at,
      .axis > span:not(.lane) {
        display: none;
      }
    }
  `,
})
export class LanesChart {
  readonly lanes = input.required<readonly Lane[]>();
  readonly axis = input.required<TimeAxis>();
  /** What the chart shows, for those who do not see it. */
  readonly sentence = input.required<string>();
}
