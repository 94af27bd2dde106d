import { HttpClient } from '@angular/common/http';
import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { createFolder } from '../../api/functions';
import { idempotencyKey } from '../../core/idempotency-key';
import { explain, Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { DriveItem } from './drive-item';

/** The folder of the destination in which a new one is made. */
export interface Parent {
  readonly id: string;
  readonly name: string;
}

/** Asks for a name and makes the folder; closes with it, and stays open with the reason when that failed. */
@Component({
  selector: 'cm-new-folder-dialog',
  imports: [MatDialogModule, MatButton],
  template: `
    <form (submit)="$event.preventDefault(); create()">
      <h2 matDialogTitle>{{ t().heading(parent.name) }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="folder-name">{{ t().name }}</label>
        <div class="field">
          <input
            #box
            id="folder-name"
            cdkFocusInitial
            autocomplete="off"
            maxlength="1024"
            [value]="name()"
            [attr.aria-invalid]="problem() ? true : null"
            [attr.aria-describedby]="problem() ? 'folder-problem' : null"
            (input)="name.set(box.value)"
          />
        </div>
        @if (problem(); as problem) {
          <p id="folder-problem" class="small" role="alert">{{ words() }}</p>
        }
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button matButton="filled" type="submit" [disabled]="!name().trim() || working()">
          {{ working() ? t().creating : t().create }}
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
  private readonly http = inject(HttpClient);
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.browse().newFolder);
  private readonly dialog = inject<MatDialogRef<NewFolderDialog, DriveItem>>(MatDialogRef);
  protected readonly parent = inject<Parent>(MAT_DIALOG_DATA);

  protected readonly name = signal('');
  protected readonly working = signal(false);
  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly words = computed(() => {
    const problem = this.problem();
    return problem ? explain(problem, { side: 'destination', folder: this.parent.name }).text : '';
  });

  /** What was asked for last: sent again after a lost response, it makes no second folder. */
  private asked?: { readonly name: string; readonly key: string };

  protected async create(): Promise<void> {
    const name = this.name().trim();
    if (!name || this.working()) return;
    this.working.set(true);
    this.problem.set(undefined);
    try {
      if (this.asked?.name !== name) this.asked = { name, key: idempotencyKey() };
      const params = { 'Idempotency-Key': this.asked.key, body: { name, parentId: this.parent.id } };
      const made = await firstValueFrom(createFolder(this.http, '', params, asSide('destination')));
      this.dialog.close(made.body);
    } catch (error) {
      this.problem.set(toProblem(error));
      this.working.set(false);
    }
  }
}
