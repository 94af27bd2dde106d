import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { from, map } from 'rxjs';
import { operationsGetSchedules } from '../../api/functions';
import { ScheduledTransfer } from '../../api/models/scheduled-transfer';
import { formatExact, formatMoment } from '../../core/formats';
import { OperatorKey } from '../../core/operator-key';
import { pagedResource } from '../../core/paged-resource';
import { ProblemNote } from '../../core/problem-note';
import { refreshEvery } from '../../core/refresh';
import { lastRunOf, nextRunOf, timesOf } from '../../core/schedule-labels';
import { StateChip } from '../../core/state-chip';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon, IconName } from '../../ui/icon';
import { WaitingRows } from '../../ui/waiting-rows';

const PAGE = 50;
const REFRESH_MS = 60_000;
const ICONS: Record<ScheduledTransfer['schedule']['state'], IconName> = {
  active: 'clock',
  paused: 'pause',
  ended: 'x-circle',
};

/** The transfers of all accounts that have a schedule. */
@Component({
  selector: 'cm-schedules-page',
  host: { class: 'stack' },
  imports: [EmptyState, Icon, MatButton, ProblemNote, RouterLink, StateChip, WaitingRows],
  template: `
    <div class="page-head">
      <div>
        <h1 tabindex="-1">{{ t().heading }}</h1>
        <p class="muted">{{ t().lead }}</p>
      </div>
    </div>
    @let state = list.state();
    @switch (state.state) {
      @case ('loading') {
        <div class="card"><cm-waiting-rows [label]="t().loading" /></div>
      }
      @case ('error') {
        <cm-problem-note [heading]="t().notLoaded" [problem]="state.problem" (remedy)="list.retry()" />
      }
      @case ('ready') {
        <section class="card" [attr.aria-label]="t().heading">
          @if (state.items.length === 0) {
            <cm-empty-state icon="sync" [heading]="t().empty.heading">{{ t().empty.text }}</cm-empty-state>
          } @else {
            <table class="table" [attr.aria-label]="t().heading">
              <thead>
                <tr>
                  <th scope="col">{{ t().transfer }}</th>
                  <th scope="col">{{ t().state }}</th>
                  <th scope="col">{{ t().runs }}</th>
                  <th scope="col">{{ t().next }}</th>
                  <th scope="col">{{ t().last }}</th>
                </tr>
              </thead>
              <tbody>
                @for (each of state.items; track each.id) {
                  <tr>
                    <td class="full">
                      <a class="name" [routerLink]="'/transfers/' + each.id">{{
                        t().between(each.source.email, each.destination.email)
                      }}</a>
                    </td>
                    <td class="full"><cm-state-chip [state]="each.state" [limitReached]="each.limitReached" /></td>
                    <td class="full muted">{{ times(each.schedule) }}</td>
                    <td class="full" [title]="each.schedule.nextRunAt ? exactly(each.schedule.nextRunAt) : ''">
                      <span class="next" [class]="each.schedule.state">
                        <cm-icon [name]="icons[each.schedule.state]" class="small" />
                        <span>
                          <span class="phone-only">{{ t().next }}:</span>
                          {{ next(each.schedule) || t().hoursOnly }}
                        </span>
                      </span>
                    </td>
                    <td class="full muted" [title]="each.schedule.lastRun ? exactly(each.schedule.lastRun.at) : ''">
                      <span class="phone-only">{{ t().last }}:</span>
                      @if (each.schedule.lastRun; as run) {
                        {{ moment(run.at) }}: {{ last(each.schedule) }}
                      } @else {
                        {{ t().never }}
                      }
                    </td>
                  </tr>
                }
              </tbody>
            </table>
            @if (list.hasMore() && !list.problem()) {
              <div class="body">
                <button matButton="outlined" type="button" [disabled]="list.loading()" (click)="list.more()">
                  {{ t().more }}
                </button>
              </div>
            }
          }
        </section>
        @if (list.problem(); as problem) {
          <cm-problem-note [heading]="t().notLoaded" [problem]="problem" (remedy)="list.retry()" />
        }
      }
    }
  `,
  styles: `
    .name {
      font-weight: 600;
      overflow-wrap: anywhere;
    }
    .next {
      display: inline-flex;
      align-items: center;
      gap: 6px;
    }
    .paused cm-icon {
      color: var(--warn);
    }
    .ended {
      color: var(--muted);
    }
  `,
})
export default class SchedulesPage {
  private readonly operator = inject(OperatorKey);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().schedules);

  protected readonly list = pagedResource({
    query: () => this.operator.value(),
    load: (_key, cursor) =>
      from(this.operator.call(operationsGetSchedules, { limit: PAGE, cursor })).pipe(
        map(({ schedules, nextCursor }) => ({ items: schedules, next: nextCursor })),
      ),
  });

  constructor() {
    // A list of several pages would lose the later ones.
    refreshEvery(REFRESH_MS, () => {
      if (this.list.pages().length <= 1) this.list.reload();
    });
  }

  protected readonly icons = ICONS;
  protected readonly times = timesOf;
  protected readonly next = nextRunOf;
  protected readonly last = lastRunOf;
  protected readonly moment = formatMoment;
  protected readonly exactly = formatExact;
}
