import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MAT_DIALOG_DATA, MatDialog, MatDialogModule } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';

/** A question before an action that is hard to undo. */
export interface Question {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** What the action affects, after the paragraphs. */
  readonly list?: readonly string[];
  /** A statement that must be selected first; without one, the action is enabled from the start. */
  readonly condition?: string;
  /** The label of the harmless button, which gets the focus. */
  readonly keep: string;
  readonly act: string;
  /** The action removes nothing, so its button is not red. */
  readonly harmless?: boolean;
}

/** The harmless button gets the focus, so that Enter alone never performs the action. */
@Component({
  selector: 'cm-confirm-dialog',
  imports: [MatDialogModule, MatButton, MatCheckbox],
  template: `
    <h2 matDialogTitle>{{ question.title }}</h2>
    <mat-dialog-content>
      @for (paragraph of question.paragraphs; track paragraph) {
        <p>{{ paragraph }}</p>
      }
      @if (question.list; as list) {
        <ul>
          @for (each of list; track $index) {
            <li>{{ each }}</li>
          }
        </ul>
      }
      @if (question.condition; as condition) {
        <mat-checkbox [checked]="agreed()" (change)="agreed.set($event.checked)">{{ condition }}</mat-checkbox>
      }
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="outlined" type="button" [matDialogClose]="false" cdkFocusInitial>{{ question.keep }}</button>
      <button
        matButton="filled"
        type="button"
        [class.danger]="!question.harmless"
        [matDialogClose]="true"
        [disabled]="!agreed()"
      >
        {{ question.act }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    p {
      margin-bottom: 12px;
    }
    ul {
      margin: -4px 0 12px;
      padding-left: 18px;
      color: var(--ink);
      list-style: disc;
      overflow-wrap: anywhere;
    }
    mat-checkbox {
      display: block;
      margin: 0 0 0 -10px;
    }
  `,
})
export class ConfirmDialog {
  protected readonly question = inject<Question>(MAT_DIALOG_DATA);
  protected readonly agreed = signal(this.question.condition === undefined);
}

/** `closed`: by Escape or a click beside the dialog. */
export type Answer = 'act' | 'keep' | 'closed';

/** Opens the question and waits for the answer. Closing it returns the focus. */
export async function ask(dialog: MatDialog, question: Question): Promise<Answer> {
  // A key pressed twice before the dialog has the focus must not open two.
  if (dialog.openDialogs.length > 0) return 'closed';
  const ref = dialog.open<ConfirmDialog, Question, boolean>(ConfirmDialog, {
    data: question,
    role: 'alertdialog',
    maxWidth: 520,
  });
  const acts = await firstValueFrom(ref.afterClosed());
  if (acts === undefined) return 'closed';
  return acts ? 'act' : 'keep';
}

/** Whether the person chose the action. */
export const confirm = async (dialog: MatDialog, question: Question): Promise<boolean> =>
  (await ask(dialog, question)) === 'act';
