import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialog, MatDialogModule } from '@angular/material/dialog';
import { Texts } from '../../texts/texts';

/** A secret that the server does not show again. */
export interface ShownSecret {
  readonly title: string;
  readonly text: string;
  readonly secret: string;
}

@Component({
  selector: 'cm-secret-dialog',
  imports: [MatButton, MatDialogModule],
  template: `
    <h2 matDialogTitle>{{ shown.title }}</h2>
    <mat-dialog-content>
      <p>{{ shown.text }}</p>
      <p class="mono secret">{{ shown.secret }}</p>
      <p class="small" role="status">{{ said() }}</p>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="outlined" type="button" cdkFocusInitial (click)="copy()">{{ t().copy }}</button>
      <button matButton="filled" type="button" matDialogClose>{{ t().done }}</button>
    </mat-dialog-actions>
  `,
  styles: `
    .secret {
      margin: 12px 0;
      padding: 12px;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--raised);
      color: var(--ink);
      overflow-wrap: anywhere;
      user-select: all;
    }
  `,
})
class SecretDialog {
  private readonly clipboard = inject(Clipboard);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().secret);
  protected readonly shown = inject<ShownSecret>(MAT_DIALOG_DATA);
  private readonly copied = signal<boolean | undefined>(undefined);
  protected readonly said = computed(() => {
    const { copied, notCopied } = this.t();
    const done = this.copied();
    return done === undefined ? '' : done ? copied : notCopied;
  });

  protected copy(): void {
    this.copied.set(this.clipboard.copy(this.shown.secret));
  }
}

/** Shows a secret until its button is selected: a click beside the dialog must not lose it. */
export function showSecret(dialog: MatDialog, shown: ShownSecret): void {
  dialog.open(SecretDialog, { data: shown, disableClose: true, maxWidth: 520 });
}
