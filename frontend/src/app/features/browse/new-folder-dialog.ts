import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, maxLength, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { driveCreateFolder } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { idempotencyKey } from '../../core/idempotency-key';
import { OfflineNote } from '../../core/offline-note';
import { explain, toProblem } from '../../core/problem';
import { Texts } from '../../texts/texts';
import { DriveItem } from './drive-item';

/** The API's limit. */
const MAX_NAME = 1024;

/** The folder of the destination in which a new one is created. */
export interface Parent {
  readonly id: string;
  readonly name: string;
}

/** Asks for a name and creates the folder. Closes with the folder; stays open and explains if that failed. */
@Component({
  selector: 'cm-new-folder-dialog',
  imports: [FormField, MatButton, MatDialogModule, OfflineNote],
  template: `
    <form (submit)="$event.preventDefault(); create()">
      <h2 matDialogTitle>{{ t().heading(parent.name) }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="folder-name">{{ t().name }}</label>
        <div class="field">
          <input
            id="folder-name"
            cdkFocusInitial
            autocomplete="off"
            [formField]="name"
            [attr.aria-invalid]="problem() ? true : null"
            [attr.aria-describedby]="problem() ? 'folder-problem' : null"
          />
        </div>
        @if (problem(); as problem) {
          <p id="folder-problem" class="small" role="alert">{{ problem }}</p>
        }
        <cm-offline-note />
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button
          matButton="filled"
          type="submit"
          aria-describedby="offline"
          [disabled]="unnamed() || offline() || name().submitting()"
          [disabledInteractive]="offline() || name().submitting()"
        >
          {{ name().submitting() ? t().creating : t().create }}
        </button>
      </mat-dialog-actions>
    </form>
  `,
  styles: `
    .field {
      margin-top: 4px;
    }
    p {
      margin-top: 8px;
      color: var(--bad);
    }
  `,
})
export class NewFolderDialog {
  private readonly api = inject(ApiClient);
  protected readonly offline = inject(Connection).offline;
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.browse().newFolder);
  private readonly dialog = inject<MatDialogRef<NewFolderDialog, DriveItem>>(MatDialogRef);
  protected readonly parent = inject<Parent>(MAT_DIALOG_DATA);

  protected readonly name = form(signal(''), (path) => maxLength(path, MAX_NAME));
  private readonly trimmed = computed(() => this.name().value().trim());
  protected readonly unnamed = computed(() => this.trimmed() === '');
  /** Why the API rejected the name, until it is edited. */
  protected readonly problem = computed(
    () =>
      this.name()
        .errors()
        .find(({ kind }) => kind === 'refused')?.message,
  );

  /** The last request and its key, so that repeating it after a lost response does not create a second folder. */
  private lastRequest?: { readonly name: string; readonly key: string };

  protected async create(): Promise<void> {
    const name = this.trimmed();
    if (!name || this.offline() || this.name().submitting()) return;
    const action = async () => {
      if (this.lastRequest?.name !== name) this.lastRequest = { name, key: idempotencyKey() };
      try {
        const params = { 'Idempotency-Key': this.lastRequest.key, body: { name, parentId: this.parent.id } };
        const body = await this.api.call(driveCreateFolder, params, 'destination');
        this.dialog.close(body);
        return undefined;
      } catch (error) {
        const { text } = explain(toProblem(error), { side: 'destination', folder: this.parent.name });
        return { kind: 'refused', message: text };
      }
    };
    // The last rejection is an error of the field, which must not prevent another attempt.
    await submit(this.name, { action, ignoreValidators: 'all' });
  }
}
