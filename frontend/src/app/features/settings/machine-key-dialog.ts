import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, maxLength, pattern, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { keysCreate } from '../../api/functions';
import { KeyScope } from '../../api/models/key-scope';
import { MachineKeyCreated } from '../../api/models/machine-key-created';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { OfflineNote } from '../../core/offline-note';
import { OperatorKey } from '../../core/operator-key';
import { Submission } from '../../core/submission';
import { Texts } from '../../texts/texts';
import { requireOne } from './require-one';

/** The scopes that open something. */
export const SCOPES = ['sessions:create', 'transfers', 'analytics', 'audit'] as const satisfies readonly KeyScope[];
const DAYS = [30, 90, 365] as const;
const MAX_NAME = 100;
/** The form at first. */
const EMPTY = {
  name: '',
  scopes: { 'sessions:create': false, transfers: false, analytics: false, audit: false },
  days: '90',
  key: '',
};

/**
 * Asks what a new machine key is for, and creates it. Closes with the key. Only the operator key itself creates one, so it
 * asks for that too if a session is used.
 */
@Component({
  selector: 'cm-machine-key-dialog',
  imports: [FormField, MatButton, MatCheckbox, MatDialogModule, OfflineNote],
  template: `
    <form (submit)="$event.preventDefault(); create()">
      <h2 matDialogTitle>{{ t().heading }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="key-name">{{ t().name }}</label>
        <div class="field">
          <input id="key-name" cdkFocusInitial autocomplete="off" [formField]="form.name" />
        </div>
        <fieldset>
          <legend class="small strong">{{ t().scopes }}</legend>
          @for (scope of all; track scope) {
            <mat-checkbox [formField]="form.scopes[scope]">
              <span class="mono">{{ scope }}</span>
              <span class="small muted">{{ t().opens[scope] }}</span>
            </mat-checkbox>
          }
        </fieldset>
        <label class="ends">
          <span class="small strong">{{ t().ends }}</span>
          <select [formField]="form.days">
            @for (each of choices; track each) {
              <option [value]="each">{{ t().days(each) }}</option>
            }
          </select>
        </label>
        @if (operator.isSession()) {
          <label class="small strong" for="key-again">{{ t().keyAgain }}</label>
          <div class="field">
            <input id="key-again" type="password" autocomplete="off" [formField]="form.key" />
          </div>
          <p class="small muted">{{ t().keyAgainWhy }}</p>
        }
        <p class="problem" role="alert">{{ submission.problem() }}</p>
        <cm-offline-note />
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button
          matButton="filled"
          type="submit"
          aria-describedby="offline"
          [disabled]="form().invalid() || submission.sending() || offline()"
          [disabledInteractive]="submission.sending() || offline()"
        >
          {{ submission.sending() ? t().creating : t().create }}
        </button>
      </mat-dialog-actions>
    </form>
  `,
  styles: `
    mat-dialog-content {
      display: grid;
      gap: 6px;
    }
    fieldset {
      display: grid;
      min-width: 0;
      margin: 8px 0 0;
      padding: 0;
      border: 0;
    }
    mat-checkbox {
      margin-left: -10px;
    }
    mat-checkbox .small {
      display: block;
    }
    .ends {
      display: grid;
      justify-items: start;
      gap: 4px;
      margin-bottom: 8px;
    }
    .problem {
      color: var(--bad);
    }
  `,
})
export class MachineKeyDialog {
  private readonly api = inject(ApiClient);
  protected readonly operator = inject(OperatorKey);
  private readonly dialog = inject<MatDialogRef<MachineKeyDialog, MachineKeyCreated>>(MatDialogRef);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().newKey);
  protected readonly all = SCOPES;
  protected readonly choices = DAYS;

  protected readonly offline = inject(Connection).offline;

  protected readonly form = form(signal(EMPTY), ({ name, scopes, key }) => {
    required(name);
    pattern(name, /\S/);
    maxLength(name, MAX_NAME);
    requireOne(scopes);
    required(key, { when: () => this.operator.isSession() });
  });
  protected readonly submission = new Submission();

  protected async create(): Promise<void> {
    if (this.form().invalid() || this.offline()) return;
    const { name, scopes, days, key } = this.form().value();
    const chosen = SCOPES.filter((scope) => scopes[scope]);
    const body = { name: name.trim(), scopes: chosen, expiresInDays: Number(days) };
    const byOperator = this.operator.isSession() ? key : (this.operator.value() ?? '');
    await this.submission.run(async () => {
      this.dialog.close(await this.api.call(keysCreate, { 'X-Operator-Key': byOperator, body }));
    });
  }
}
