import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, maxLength, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { createFolder } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { idempotencyKey } from '../../core/idempotency-key';
import { explain, toProblem } from '../../core/problem';
import { Texts } from '../../texts/texts';
import { DriveItem } from './drive-item';

/** The API accepts no longer name. */
const MAX_NAME = 1024;

/** The folder of the destination in which a new one is created. */
export interface Parent {
  readonly id: string;
  readonly name: string;
}

/** Asks for a name and creates the folder; closes with it, and stays open with the reason when that failed. */
@Component({
  selector: 'cm-new-folder-dialog',
  imports: [FormField, MatButton, MatDialogModule],
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
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button matButton="filled" type="submit" [disabled]="unnamed() || name().submitting()">
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
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.browse().newFolder);
  private readonly dialog = inject<MatDialogRef<NewFolderDialog, DriveItem>>(MatDialogRef);
  protected readonly parent = inject<Parent>(MAT_DIALOG_DATA);

  protected readonly name = form(signal(''), (path) => maxLength(path, MAX_NAME));
  private readonly trimmed = computed(() => this.name().value().trim());
  protected readonly unnamed = computed(() => this.trimmed() === '');
  /** Why the API refused the name, until another one is typed. */
  protected readonly problem = computed(
    () =>
      this.name()
        .errors()
        .find(({ kind }) => kind === 'refused')?.message,
  );

  /** The last request: repeated after a lost response, it creates no second folder. */
  private asked?: { readonly name: string; readonly key: string };

  protected async create(): Promise<void> {
    const name = this.trimmed();
    if (!name || this.name().submitting()) return;
    const action = async () => {
      if (this.asked?.name !== name) this.asked = { name, key: idempotencyKey() };
      try {
        const params = { 'Idempotency-Key': this.asked.key, body: { name, parentId: this.parent.id } };
        const body = await this.api.call(createFolder, params, 'destination');
        this.dialog.close(body);
        return undefined;
      } catch (error) {
        const { text } = explain(toProblem(error), { side: 'destination', folder: this.parent.name });
        return { kind: 'refused', message: text };
      }
    };
    // The last refusal is an error of the field, and must not keep the person from repeating it.
    await submit(this.name, { action, ignoreValidators: 'all' });
  }
}
