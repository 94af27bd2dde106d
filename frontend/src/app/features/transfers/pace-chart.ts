import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Clock } from '../../core/clock';
import { formatTimeOfDay } from '../../core/formats';
import { Viewport } from '../../core/viewport';
import { locale } from '../../texts/language';
import { Texts } from '../../texts/texts';
import { Transfer } from '../../core/transfer-updates';

/** In the chart's own units, which are about pixels: a phone gets the same letters on a narrower chart. */
const WIDTH = { desk: 980, phone: 330 };
const HEIGHT = 150;
const LEFT = 34;
const TOP = 12;
const BOTTOM = 18;
/** So many times the highest rate, what Google accepts is still drawn. */
const SEEN_ABOVE = 3;

type Pace = NonNullable<Transfer['pace']>;

const rate = (value: number): string => new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);

/** The next round number above: 1, 2, 3, 4, 5, 6, 8, 10, 20 … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value) ?? 10) * power;
}

/** Into how many parts the axis up to such a number is divided, so that each is a round one too. */
function parts(top: number): number {
  const digit = Math.round(top / 10 ** Math.floor(Math.log10(top)));
  return digit === 3 || digit === 5 ? digit : 2;
}

/** Items copied per second over the last quarter of an hour, as a line, or the same numbers as a table. */
@Component({
  selector: 'cm-pace-chart',
  imports: [MatButton],
  template: `
    <div class="top">
      <h2>
        {{ t().pace.heading(minutes()) }} <span class="muted">{{ t().pace.unit }}</span>
      </h2>
      @if (points().length > 1) {
        <button matButton type="button" [attr.aria-pressed]="asTable()" (click)="asTable.set(!asTable())">
          {{ asTable() ? t().pace.asChart : t().pace.asTable }}
        </button>
      }
    </div>
    @if (points().length < 2) {
      <p class="muted none" [style.aspect-ratio]="width() / height">{{ t().pace.none }}</p>
    } @else if (asTable()) {
      <div class="rows" tabindex="0" role="group" [attr.aria-label]="t().pace.heading(minutes())">
        <table class="table" [attr.aria-label]="t().pace.heading(minutes())">
          <thead>
            <tr>
              <th scope="col">{{ t().pace.columns.time }}</th>
              <th scope="col" class="number">{{ t().pace.columns.rate }}</th>
            </tr>
          </thead>
          <tbody>
            @for (point of points(); track point.time) {
              <tr>
                <td>{{ timeOf(point.time) }}</td>
                <td class="number">{{ rate(point.value) }}</td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    } @else {
      <svg [attr.viewBox]="viewBox()" role="img" [attr.aria-label]="sentence()">
        @for (line of lines(); track line.y) {
          <line [attr.x1]="left" [attr.x2]="width()" [attr.y1]="line.y" [attr.y2]="line.y" class="grid" />
          <text [attr.x]="left - 6" [attr.y]="line.y + 4" class="end">{{ line.label }}</text>
        }
        <path [attr.d]="curve() + closing()" class="area" />
        <path [attr.d]="curve()" class="line" />
        @if (limit(); as limit) {
          <line [attr.x1]="left" [attr.x2]="width()" [attr.y1]="limit.y" [attr.y2]="limit.y" class="limit" />
          <text [attr.x]="width() - 4" [attr.y]="limit.textY" class="end">{{ limit.label }}</text>
        }
        <text [attr.x]="left" [attr.y]="height - 2">{{ timeOf(points()[0]?.time ?? 0) }}</text>
        @if (middle(); as middle) {
          <text [attr.x]="middle.x" [attr.y]="height - 2" class="middle">{{ timeOf(middle.time) }}</text>
        }
        <text [attr.x]="width()" [attr.y]="height - 2" class="end">{{ t().pace.now }}</text>
      </svg>
    }
  `,
  styles: `
    :host {
      display: block;
      padding: 16px;
    }
    .top {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 0 12px;
      min-height: 40px;
    }
    .top button {
      flex: none;
      margin-right: -12px;
    }
    h2 .muted {
      font-size: 14px;
      font-weight: 400;
    }
    // As high as the chart that takes its place.
    .none {
      width: 100%;
    }
    svg {
      display: block;
      width: 100%;
      overflow: visible;
    }
    text {
      fill: var(--muted);
      font-size: 12px;
    }
    .end {
      text-anchor: end;
    }
    .middle {
      text-anchor: middle;
    }
    .grid {
      stroke: var(--line);
    }
    .area {
      fill: var(--primary);
      opacity: 0.14;
    }
    .line {
      fill: none;
      stroke: var(--primary);
      stroke-width: 2;
      stroke-linejoin: round;
    }
    .limit {
      stroke: var(--outline);
      stroke-dasharray: 4 4;
    }
    .rows {
      max-height: 240px;
      overflow: auto;
    }
  `,
})
export class PaceChart {
  protected readonly t = inject(Texts).transfers;
  private readonly clock = inject(Clock);

  readonly pace = input.required<Pace>();
  /** Items a second that Google accepts now, where it is known. */
  readonly accepted = input<number>();
  protected readonly asTable = signal(false);

  protected readonly minutes = computed(() =>
    Math.max(1, Math.round((this.pace().items.length * this.pace().everySeconds) / 60)),
  );
  /** Rate of each span; the last one has only begun, and counts for as long as it lasts. */
  protected readonly points = computed(() => {
    const { from, everySeconds, items } = this.pace();
    return items.map((count, index) => {
      const time = Date.parse(from) + index * everySeconds * 1000;
      const last = index === items.length - 1;
      const seconds = last ? Math.min(everySeconds, Math.max(5, (this.clock.now() - time) / 1000)) : everySeconds;
      return { time, value: count / seconds };
    });
  });
  /** High enough for what Google accepts too, unless that is so far above that the line would lie flat. */
  private readonly top = computed(() => {
    const highest = Math.max(0.5, ...this.points().map(({ value }) => value));
    const accepted = this.accepted() ?? 0;
    return roundUp(accepted <= SEEN_ABOVE * highest ? Math.max(highest, accepted) : highest);
  });
  protected readonly limit = computed(() => {
    const accepted = this.accepted();
    if (accepted === undefined || accepted > this.top()) return undefined;
    const y = this.y(accepted);
    // Above the line, or below it where the chart ends.
    return { y, textY: y < TOP + 12 ? y + 15 : y - 6, label: this.t().pace.accepted(rate(accepted)) };
  });
  protected readonly lines = computed(() =>
    Array.from({ length: parts(this.top()) + 1 }, (_, part) => {
      const value = (part / parts(this.top())) * this.top();
      return { y: this.y(value), label: rate(value) };
    }),
  );
  /** A time between the ends, where there is room for one and it is another minute. */
  protected readonly middle = computed(() => {
    const points = this.points();
    const index = Math.floor((points.length - 1) / 2);
    const time = points[index]?.time ?? 0;
    const isOther = formatTimeOfDay(time) !== formatTimeOfDay(points[0]?.time ?? 0);
    return points.length > 2 && isOther ? { x: this.x(index), time } : undefined;
  });
  protected readonly curve = computed(() =>
    this.points()
      .map(({ value }, index) => `${index === 0 ? 'M' : 'L'}${this.x(index).toFixed(1)} ${this.y(value).toFixed(1)}`)
      .join(' '),
  );
  protected readonly closing = computed(
    () => ` L${this.x(this.points().length - 1).toFixed(1)} ${this.y(0)} L${this.x(0)} ${this.y(0)}Z`,
  );
  protected readonly sentence = computed(() => {
    const values = this.points().map(({ value }) => value);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const { sentence, acceptedSentence } = this.t().pace;
    const accepted = this.accepted();
    return [
      sentence(this.minutes(), rate(average), rate(Math.max(...values))),
      ...(accepted === undefined ? [] : [acceptedSentence(rate(accepted))]),
    ].join(' ');
  });

  private readonly phone = inject(Viewport).phone;
  protected readonly width = computed(() => (this.phone() ? WIDTH.phone : WIDTH.desk));
  protected readonly viewBox = computed(() => `0 0 ${this.width()} ${HEIGHT}`);
  protected readonly left = LEFT;
  protected readonly height = HEIGHT;
  protected readonly timeOf = formatTimeOfDay;
  protected readonly rate = rate;

  private x(index: number): number {
    return LEFT + (index / (this.points().length - 1)) * (this.width() - LEFT);
  }

  private y(value: number): number {
    return HEIGHT - BOTTOM - (value / this.top()) * (HEIGHT - BOTTOM - TOP);
  }
}
