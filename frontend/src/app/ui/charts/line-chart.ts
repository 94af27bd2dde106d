import { Component, computed, input } from '@angular/core';
import { formatDecimal } from '../../core/formats';
import { axisValues, roundUp, ticksOf } from './axis';

/** A line over time. */
export interface Line {
  readonly points: readonly { readonly label: string; readonly value: number }[];
  /** Words at some of the points. */
  readonly marks?: readonly { readonly index: number; readonly label: string }[];
  /** A value that the line is compared with. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** The label below the last point, such as "now". */
  readonly end?: string;
}

/** A limit is drawn up to this many times the highest value: further up it would press the line flat. */
const LIMIT_SHOWN_UP_TO = 3;
/** Percent of the width: labels nearer to the last one would touch it. */
const END_MARGIN = 12;
/** About a percent of the width of a chart beside others: how much a letter of a mark takes. */
const LETTER = 1;

/** A line with its area, axes, marks and a limit, in SVG and HTML: it follows the theme and any width by itself. */
@Component({
  selector: 'cm-line-chart',
  template: `
    <div role="img" [attr.aria-label]="sentence()">
      <div class="plot">
        @for (value of axis(); track value) {
          <i class="grid" [style.bottom.%]="heightOf(value)"></i>
          <span class="value" [style.bottom.%]="heightOf(value)">{{ format(value) }}</span>
        }
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path [attr.d]="curve() + 'V100H0Z'" class="area" />
          <path [attr.d]="curve()" class="line" />
        </svg>
        @if (limit(); as limit) {
          <i class="limit" [class.high]="heightOf(limit.value) > 85" [style.bottom.%]="heightOf(limit.value)">
            <span>{{ limit.label }}</span>
          </i>
        }
        @for (mark of marks(); track mark.index) {
          <i class="mark" [class.late]="mark.at > 60" [style.left.%]="mark.at">
            <span>{{ mark.label }}</span>
          </i>
        }
        @for (column of columns(); track $index) {
          <i class="column" [class.late]="column.left > 50" [style.left.%]="column.left" [style.width.%]="column.width">
            <span>{{ column.label }}</span>
          </i>
        }
      </div>
      <div class="times">
        @for (tick of ticks(); track tick.at) {
          <span [class.first]="tick.at === 0" [style.left.%]="tick.at">{{ tick.label }}</span>
        }
        @if (line().end; as end) {
          <span class="end">{{ end }}</span>
        }
      </div>
    </div>
  `,
  styleUrl: './line-chart.scss',
})
export class LineChart {
  readonly line = input.required<Line>();
  /** What the chart shows, for those who do not see it. */
  readonly sentence = input.required<string>();
  /** Labels on the time axis, at most. */
  readonly maxTicks = input(6);

  private readonly values = computed(() => this.line().points.map(({ value }) => value));
  private readonly top = computed(() => {
    const highest = Math.max(0.5, ...this.values());
    const limit = this.line().limit?.value ?? 0;
    return roundUp(limit <= LIMIT_SHOWN_UP_TO * highest ? Math.max(highest, limit) : highest);
  });
  protected readonly axis = computed(() => axisValues(this.top()));
  protected readonly limit = computed(() => {
    const { limit } = this.line();
    return limit && limit.value <= this.top() ? limit : undefined;
  });
  protected readonly curve = computed(() =>
    this.values()
      .map(
        (value, index) =>
          `${index === 0 ? 'M' : 'L'}${this.at(index).toFixed(2)} ${(100 - this.heightOf(value)).toFixed(2)}`,
      )
      .join(''),
  );
  /** Marks whose words would lie over those of the one before have none. */
  protected readonly marks = computed(() => {
    let free = 0;
    return (this.line().marks ?? []).map(({ index, label }) => {
      const at = this.at(index);
      const width = label.length * LETTER;
      const from = at > 60 ? at - width : at;
      if (from < free) return { index, at, label: '' };
      free = from + width;
      return { index, at, label };
    });
  });
  protected readonly ticks = computed(() => {
    const { points, end } = this.line();
    const labels = points.map(({ label }) => label);
    return ticksOf(labels, this.maxTicks())
      .map((index) => ({ at: this.at(index), label: labels[index] }))
      .filter(({ at }) => !end || at === 0 || at < 100 - END_MARGIN);
  });
  /** What the pointer finds at each point. */
  protected readonly columns = computed(() => {
    const { points } = this.line();
    const width = 100 / Math.max(1, points.length - 1);
    return points.map(({ label, value }, index) => ({
      left: this.at(index) - width / 2,
      width,
      label: `${label}: ${this.format(value)}`,
    }));
  });

  protected heightOf(value: number): number {
    return (value / this.top()) * 100;
  }

  protected readonly format = (value: number): string => formatDecimal(value, this.top() < 10 ? 1 : 0);

  private at(index: number): number {
    return (index / Math.max(1, this.line().points.length - 1)) * 100;
  }
}
