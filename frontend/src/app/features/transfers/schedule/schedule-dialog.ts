import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { transfersDeleteSchedule, transfersGet, transfersSetSchedule } from '../../../api/functions';
import { ApiClient } from '../../../core/api-client';
import { Connection } from '../../../core/connection';
import { OfflineNote } from '../../../core/offline-note';
import { explain } from '../../../core/problem';
import { hasTime, HowOften, localZone } from '../../../core/schedule-labels';
import { Submission } from '../../../core/submission';
import { Transfer, TransferUpdates } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { SelectField } from '../../../ui/select-field';
import { fieldsOf, scheduleOf } from './schedule-fields';

/** Sets, changes or removes the schedule of a transfer, which is its data. */
@Component({
  selector: 'cm-schedule-dialog',
  imports: [FormField, MatButton, MatDialogModule, OfflineNote, SelectField],
  template: `
    <h2 matDialogTitle>{{ t().heading }}</h2>
    <mat-dialog-content>
      <p>{{ t().text(transfer.source.email, transfer.destination.email) }}</p>
      <div class="line">
        <cm-select-field [label]="t().howOften" [field]="form.often" [choices]="choices()" />
        @if (hasTime(form.often().value())) {
          <label>
            <span class="small muted">{{ t().at }}</span>
            <span class="field"><input type="time" [formField]="form.at" /></span>
          </label>
        }
      </div>
      <label class="check"><input type="checkbox" [formField]="form.limited" />{{ t().limited }}</label>
      @if (form.limited().value()) {
        <div class="line">
          <label>
            <span class="small muted">{{ t().from }}</span>
            <span class="field"><input type="time" [formField]="form.from" /></span>
          </label>
          <label>
            <span class="small muted">{{ t().to }}</span>
            <span class="field"><input type="time" [formField]="form.to" /></span>
          </label>
        </div>
      }
      @if (form.often().value() !== 'none') {
        <label>
          <span class="small muted">{{ t().until }}</span>
          <span class="field"><input type="date" [formField]="form.until" /></span>
        </label>
      }
      <p class="small muted">{{ t().zone(zone) }}</p>
      <p class="problem" role="alert">{{ isEmpty() ? t().nothing : submission.problem() }}</p>
      <cm-offline-note />
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      @if (transfer.schedule) {
        <button
          matButton
          type="button"
          class="remove"
          aria-describedby="offline"
          [disabled]="offline() || submission.sending()"
          [disabledInteractive]="offline() || submission.sending()"
          (click)="remove()"
        >
          {{ t().remove }}
        </button>
      }
      <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
      <button
        matButton="filled"
        type="button"
        aria-describedby="offline"
        [disabled]="offline() || submission.sending() || !complete()"
        [disabledInteractive]="offline() || submission.sending()"
        [attr.aria-busy]="submission.sending()"
        (click)="save()"
      >
        {{ submission.sending() ? t().saving : t().save }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    mat-dialog-content {
      display: grid;
      gap: 12px;
    }
    .line {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
      gap: 12px;
    }
    label {
      display: grid;
      gap: 4px;
    }
    .check {
      grid-template-columns: auto 1fr;
      align-items: center;
      gap: 8px;
      min-height: 44px;
    }
    .remove {
      margin-right: auto;
    }
    .problem {
      color: var(--bad);

      &:empty {
        margin-top: -12px;
      }
    }
  `,
})
export class ScheduleDialog {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  protected readonly offline = inject(Connection).offline;
  private readonly dialog = inject<MatDialogRef<ScheduleDialog>>(MatDialogRef);
  protected readonly transfer = inject<Transfer>(MAT_DIALOG_DATA);
  private readonly texts = inject(Texts).finished;
  protected readonly t = computed(() => this.texts().sync.dialog);
  protected readonly zone = this.transfer.schedule?.timezone ?? localZone();
  protected readonly hasTime = hasTime;

  private readonly chosen = signal(fieldsOf(this.transfer.schedule));
  protected readonly form = form(this.chosen);
  /** `custom` only where it is that, and `none` where there is a schedule: it may have only hours, as that of a move. */
  protected readonly choices = computed<Readonly<Record<HowOften, string>>>(() => {
    const { custom, none, ...usual } = this.texts().sync.often;
    const { mode, schedule } = this.transfer;
    const isCustom = fieldsOf(schedule).often === 'custom';
    return {
      ...(mode === 'copy' && usual),
      ...(isCustom && { custom }),
      ...(schedule && { none }),
    } as Readonly<Record<HowOften, string>>;
  });
  /** Neither runs nor hours: the API has no such schedule. */
  protected readonly isEmpty = computed(() => this.chosen().often === 'none' && !this.chosen().limited);
  protected readonly complete = computed(() => {
    const { often, at, limited, from, to } = this.chosen();
    return !this.isEmpty() && (!hasTime(often) || at !== '') && (!limited || (from !== '' && to !== ''));
  });
  // The server knows when the first run would be.
  protected readonly submission = new Submission((problem) => {
    const { untilTooEarly, neverOpen } = this.t();
    const parameters = problem.errors?.map(({ parameter }) => parameter);
    if (parameters?.includes('until')) return untilTooEarly;
    return parameters?.includes('hours.to') ? neverOpen : explain(problem).text;
  });

  protected async save(): Promise<void> {
    const body = scheduleOf(this.chosen(), this.transfer.schedule);
    await this.send(() => this.api.call(transfersSetSchedule, { id: this.transfer.id, body }, 'both'));
  }

  protected async remove(): Promise<void> {
    await this.send(() => this.api.call(transfersDeleteSchedule, { id: this.transfer.id }, 'both'));
  }

  private async send(change: () => Promise<unknown>): Promise<void> {
    if (this.offline()) return;
    await this.submission.run(async () => {
      await change();
      this.updates.take(await this.api.call(transfersGet, { id: this.transfer.id }, 'both'));
      this.dialog.close();
    });
  }
}
