import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { transfersGet, transfersPauseSchedule, transfersSetSchedule } from '../../../api/functions';
import { ApiClient } from '../../../core/api-client';
import { currentTime } from '../../../core/clock';
import { Connection } from '../../../core/connection';
import { Consents } from '../../../core/consents';
import { formatExact } from '../../../core/formats';
import { hasRuns, lastRunOf, nextRunOf, timesOf } from '../../../core/schedule-labels';
import { Toasts } from '../../../core/toasts';
import { Transfer, TransferUpdates } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';
import { ScheduleDialog } from './schedule-dialog';
import { changeOf } from './schedule-fields';

/** Whether and when a transfer is kept in sync, and what came of the last run. */
@Component({
  selector: 'cm-schedule-card',
  imports: [Icon, MatButton],
  host: { class: 'card not-on-paper', '[hidden]': '!isShown()' },
  template: `
    @if (isShown()) {
      <div class="head">
        <h2 id="keep-in-sync">{{ t().heading }}</h2>
      </div>
      <div class="body">
        <cm-icon name="sync" class="muted" />
        <div>
          @if (lines(); as lines) {
            <div class="strong">{{ lines.when }}</div>
            <div class="small muted" [title]="lines.exact">{{ lines.more }}</div>
          } @else {
            <div class="muted">{{ t().off }}</div>
          }
        </div>
        <div class="acts">
          <!-- One button for both, and not disabled while it sends: otherwise the focus would be lost. -->
          @if (toggles(); as command) {
            <button
              matButton="outlined"
              type="button"
              [disabled]="isBusy() || (command === 'resume' && needs() !== '')"
              [disabledInteractive]="sending()"
              (click)="toggle(command)"
            >
              {{ t()[command] }}
            </button>
          }
          <button matButton="outlined" type="button" [disabled]="isBusy() || needs() !== ''" (click)="change()">
            {{ transfer().schedule ? t().change : t().setUp }}
          </button>
        </div>
        @if (needs(); as needs) {
          <p class="small muted needs">{{ needs }}</p>
        }
      </div>
    }
  `,
  styles: `
    :host([hidden]) {
      display: none;
    }
    .body {
      display: grid;
      grid-template-columns: 24px minmax(0, 1fr);
      gap: 8px 10px;
    }
    .needs {
      grid-column: 2;
    }
    .acts {
      grid-column: 2;
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
    }
  `,
})
export class ScheduleCard {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly offline = inject(Connection).offline;
  private readonly consents = inject(Consents);
  private readonly texts = inject(Texts).finished;
  private readonly words = inject(Texts).transfers;
  protected readonly t = computed(() => this.texts().sync);

  readonly transfer = input.required<Transfer>();

  protected readonly sending = signal(false);
  protected readonly isBusy = computed(() => this.sending() || this.offline());
  /** What can be done with the runs now. */
  protected readonly toggles = computed<'pause' | 'resume' | undefined>(() => {
    const { schedule } = this.transfer();
    if (schedule?.state === 'paused') return 'resume';
    return schedule?.state === 'active' && hasRuns(schedule) ? 'pause' : undefined;
  });
  /** A move trashes originals, so it has no scheduled runs. */
  protected readonly isShown = computed(() => {
    const { mode, schedule, allowedActions } = this.transfer();
    return schedule !== undefined || (mode === 'copy' && allowedActions.includes('rerun'));
  });
  protected readonly lines = computed(() => {
    const { schedule } = this.transfer();
    if (!schedule) return undefined;
    const { nextRunAt, state } = schedule;
    const { next, last } = this.t();
    const [planned, ended] = [nextRunOf(schedule), lastRunOf(schedule)];
    const more = [planned && (state === 'active' ? next(planned) : `${planned}.`), ended && last(ended)];
    return {
      when: timesOf(schedule),
      more: more.filter(Boolean).join(' '),
      exact: nextRunAt ? formatExact(nextRunAt) : '',
    };
  });

  /** The account that a new or changed schedule needs, if it is not signed in here. */
  protected readonly needs = computed(() => {
    const [missing] = this.consents.missing(this.transfer(), 'schedule');
    if (!missing) return '';
    const labels = [
      this.toggles() === 'resume' ? this.t().resume : '',
      this.t()[this.transfer().schedule ? 'change' : 'setUp'],
    ];
    return this.words().page.needs(labels.filter(Boolean), missing.email);
  });

  protected change(): void {
    this.dialog.open(ScheduleDialog, { data: this.transfer() });
  }

  protected async toggle(command: 'pause' | 'resume'): Promise<void> {
    if (this.isBusy()) return;
    const { id, schedule } = this.transfer();
    // The API refuses an end that has passed: a person chooses another one.
    if (command === 'resume' && Date.parse(schedule?.until ?? '') <= currentTime()) return this.change();
    this.sending.set(true);
    try {
      if (command === 'pause') await this.api.call(transfersPauseSchedule, { id }, 'both');
      else await this.api.call(transfersSetSchedule, { id, body: changeOf(schedule!) }, 'both');
      this.updates.take(await this.api.call(transfersGet, { id: this.transfer().id }, 'both'));
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.sending.set(false);
    }
  }
}
