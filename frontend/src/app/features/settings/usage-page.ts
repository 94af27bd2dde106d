import { Component, computed, inject, resource } from '@angular/core';
import { operationsGetUsage } from '../../api/functions';
import { DayUsage } from '../../api/models/day-usage';
import { formatCount, formatDate, formatExact, formatMoment, formatQuotaUnits, formatShare } from '../../core/formats';
import { OperatorKey } from '../../core/operator-key';
import { problemOf, valueOf } from '../../core/resource-parts';
import { ProblemNote } from '../../core/problem-note';
import { refreshEvery } from '../../core/refresh';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { Pair, PairsCard } from '../../ui/pairs-card';
import { WaitingRows } from '../../ui/waiting-rows';

const REFRESH_MS = 60_000;
/** Parts of uploads take no units. */
const CLASSES = ['edit', 'list', 'download', 'get', 'other'] as const;

/** Google's quota units by class and day, and the limit of a day. */
@Component({
  selector: 'cm-usage-page',
  host: { class: 'stack' },
  imports: [Note, PairsCard, ProblemNote, WaitingRows],
  template: `
    <div class="page-head">
      <div>
        <h1 tabindex="-1">{{ t().heading }}</h1>
        <p class="muted">{{ t().lead }}</p>
      </div>
    </div>
    @if (figures(); as figures) {
      @if (figures.waiting > 0) {
        <cm-note kind="warn" [heading]="t().waiting.heading(figures.waiting)">
          {{ t().waiting.text(figures.today ? moment(figures.today.endsAt) : '') }}
        </cm-note>
      }
      @if (figures.today) {
        <cm-pairs-card [heading]="t().today.heading" [pairs]="today()">
          <p class="small muted">{{ t().today.change }}</p>
        </cm-pairs-card>
      } @else {
        <cm-note kind="info" [heading]="t().noLimit.heading">{{ t().noLimit.text }}</cm-note>
      }
      <section class="card" aria-labelledby="days">
        <div class="head">
          <h2 id="days">{{ t().days }}</h2>
        </div>
        <table class="table" aria-labelledby="days">
          <thead>
            <tr>
              <th scope="col">{{ t().day }}</th>
              @for (name of classes; track name) {
                <th scope="col" class="number">{{ classNames()[name] }}</th>
              }
              <th scope="col" class="number">{{ t().all }}</th>
            </tr>
          </thead>
          <tbody>
            @for (day of figures.days; track day.date; let first = $first) {
              <tr>
                <th scope="row">{{ first ? t().isToday : dateOf(day) }}</th>
                @for (name of classes; track name) {
                  <td class="number" [class.not-on-phone]="unitsOf(day, name) === 0">
                    <span class="phone-only muted">{{ classNames()[name] }}:</span> {{ count(unitsOf(day, name)) }}
                  </td>
                }
                <td class="number strong">
                  <span class="phone-only">{{ t().all }}:</span> {{ count(day.units) }}
                </td>
              </tr>
            }
          </tbody>
        </table>
      </section>
    } @else if (problem(); as problem) {
      <cm-problem-note [heading]="t().notLoaded" [problem]="problem" (remedy)="usage.reload()" />
    } @else {
      <div class="card"><cm-waiting-rows [label]="t().loading" /></div>
    }
  `,
  styles: `
    tbody th {
      color: var(--ink);
      font-size: inherit;
    }
    tbody tr:last-child th {
      border-bottom: 0;
    }
    p.small {
      margin-top: 12px;
    }
    @media (max-width: 719px) {
      tbody :is(th, td) {
        grid-column: 1 / -1;
      }
      .number:not(.not-on-phone) {
        display: flex;
        justify-content: space-between;
      }
    }
  `,
})
export default class UsagePage {
  private readonly operator = inject(OperatorKey);
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.settings().usage);
  protected readonly classNames = computed(() => this.texts.analytics().usage.classes);
  protected readonly classes = CLASSES;

  protected readonly usage = resource({
    params: () => this.operator.value(),
    loader: () => this.operator.call(operationsGetUsage, {}),
  });
  protected readonly figures = computed(() => valueOf(this.usage));
  protected readonly problem = computed(() => problemOf(this.usage));
  protected readonly today = computed<Pair[]>(() => {
    const today = this.figures()?.today;
    if (!today) return [];
    const { limit, used, endsAt } = today;
    const t = this.t().today;
    return [
      { name: t.limit, value: formatQuotaUnits(limit), exact: formatCount(limit) },
      { name: t.used, value: t.share(formatQuotaUnits(used), formatShare(used / limit)), exact: formatCount(used) },
      { name: t.left, value: formatQuotaUnits(Math.max(0, limit - used)) },
      { name: t.ends, value: formatMoment(endsAt), exact: formatExact(endsAt) },
    ];
  });

  constructor() {
    refreshEvery(REFRESH_MS, () => this.usage.reload());
  }

  protected readonly count = formatCount;
  protected readonly moment = formatMoment;

  protected unitsOf({ byClass }: DayUsage, name: (typeof CLASSES)[number]): number {
    return byClass.find((each) => each.class === name)?.units ?? 0;
  }

  /** Google's day is a calendar date, whatever the time zone of the browser. */
  protected dateOf({ date }: DayUsage): string {
    return formatDate(`${date}T12:00:00`);
  }
}
