import { Component, computed, input } from '@angular/core';
import { formatDecimal } from '../../core/formats';
import { axisValues, roundUp, ticksOf } from './axis';

/** Values over time. */
export interface Line {
  readonly points: readonly { readonly label: string; readonly value: number }[];
  /** Labels at some of the points. */
  readonly marks?: readonly { readonly index: number; readonly label: string }[];
  /** A value to compare the line with. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** The label below the last point, such as "now". */
  readonly end?: string;
}

/** A limit is shown up to this many times the highest value: a higher one would flatten the line. */
const MAX_LIMIT_RATIO = 3;
/** The distance (percent of the width) that labels keep from the last one. */
const END_MARGIN = 12;
/** The approximate width of a letter of a mark, in percent of a chart that is beside others. */
const LETTER_WIDTH = 1;

/** A line chart with axes, marks and a limit, in SVG and HTML, so that it adapts to the theme and the width. */
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
  /** The chart as text, for screen readers. */
  readonly sentence = input.required<string>();
  /** The maximum number of labels on the time axis. */
  readonly maxTicks = input(6);

  private readonly values = computed(() => this.line().points.map(({ value }) => value));
  private readonly top = computed(() => {
    const highest = Math.max(0.5, ...this.values());
    const limit = this.line().limit?.value ?? 0;
    return roundUp(limit <= MAX_LIMIT_RATIO * highest ? Math.max(highest, limit) : highest);
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
  /** A mark has no label where it would overlap the previous one. */
  protected readonly marks = computed(() => {
    let free = 0;
    return (this.line().marks ?? []).map(({ index, label }) => {
      const at = this.at(index);
      const width = label.length * LETTER_WIDTH;
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
  /** The areas that show the value of each point on hover. */
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
