import { Component, computed, inject, signal } from '@angular/core';
import { form } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { transfersRerun } from '../../api/functions';
import { PeopleMap } from '../../core/access/people-map';
import { sharingFieldsOf, sharingRequest } from '../../core/access/sharing-fields';
import { SharingOptions } from '../../core/access/sharing-options';
import { SharingRules } from '../../core/access/sharing-rules';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { idempotencyKey } from '../../core/idempotency-key';
import { OfflineNote } from '../../core/offline-note';
import { Submission } from '../../core/submission';
import { TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';

/** Carries access over for a transfer that ended without it. Its data is the ID; closes with true once it has started. */
@Component({
  selector: 'cm-carry-access-dialog',
  imports: [MatButton, MatDialogModule, OfflineNote, SharingOptions, SharingRules],
  template: `
    <h2 matDialogTitle>{{ t().heading }}</h2>
    <mat-dialog-content>
      <p>{{ t().text }}</p>
      <cm-sharing-rules [mails]="form.notify().value()" />
      <cm-sharing-options [form]="form" [people]="people" />
      <p class="problem" role="alert">{{ submission.problem() }}</p>
      <cm-offline-note />
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="outlined" type="button" matDialogClose cdkFocusInitial>{{ t().keep }}</button>
      <button
        matButton="filled"
        type="button"
        aria-describedby="offline"
        [disabled]="offline() || submission.sending() || people.invalid() !== ''"
        [disabledInteractive]="offline() || submission.sending()"
        [attr.aria-busy]="submission.sending()"
        (click)="carry()"
      >
        {{ submission.sending() ? t().acting : t().act }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    mat-dialog-content {
      display: grid;
      gap: 12px;
    }
    cm-sharing-options {
      border: 1px solid var(--line);
      border-radius: var(--radius);
      color: var(--ink);
    }
    .problem {
      color: var(--bad);

      &:empty {
        margin-top: -12px;
      }
    }
  `,
})
export class CarryAccessDialog {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  private readonly dialog = inject<MatDialogRef<CarryAccessDialog, true>>(MatDialogRef);
  private readonly id = inject<string>(MAT_DIALOG_DATA);
  private readonly texts = inject(Texts).access;
  protected readonly t = computed(() => this.texts().transfer.carry);

  private readonly chosen = signal(sharingFieldsOf({ mode: 'carry' }));
  protected readonly form = form(this.chosen);
  protected readonly people = new PeopleMap(signal([]), this.texts);
  protected readonly submission = new Submission();
  protected readonly offline = inject(Connection).offline;

  protected async carry(): Promise<void> {
    if (this.offline()) return;
    await this.submission.run(async () => {
      const body = { sharing: sharingRequest(this.chosen(), this.people) };
      const params = { id: this.id, 'Idempotency-Key': idempotencyKey(), body };
      this.updates.take(await this.api.call(transfersRerun, params, 'both'));
      this.dialog.close(true);
    });
  }
}
