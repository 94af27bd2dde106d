import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { keysCreate } from '../../api/functions';
import { KeyScope } from '../../api/models/key-scope';
import { MachineKeyCreated } from '../../api/models/machine-key-created';
import { ApiClient } from '../../core/api-client';
import { OperatorKey } from '../../core/operator-key';
import { Submission } from '../../core/submission';
import { Texts } from '../../texts/texts';

/** The scopes that open something. */
export const SCOPES = ['sessions:create', 'transfers', 'analytics', 'audit'] as const satisfies readonly KeyScope[];
const DAYS = [30, 90, 365] as const;
const MAX_NAME = 100;

/**
 * Asks what a new machine key is for, and creates it. Closes with the key. Only the operator key itself creates one, so it
 * asks for that too if a session is used.
 */
@Component({
  selector: 'cm-machine-key-dialog',
  imports: [MatButton, MatCheckbox, MatDialogModule],
  template: `
    <form (submit)="$event.preventDefault(); create()">
      <h2 matDialogTitle>{{ t().heading }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="key-name">{{ t().name }}</label>
        <div class="field">
          <input
            #box
            id="key-name"
            cdkFocusInitial
            autocomplete="off"
            required
            [maxLength]="maxName"
            [value]="name()"
            (input)="name.set(box.value)"
          />
        </div>
        <fieldset>
          <legend class="small strong">{{ t().scopes }}</legend>
          @for (scope of all; track scope) {
            <mat-checkbox [checked]="scopes().has(scope)" (change)="choose(scope, $event.checked)">
              <span class="mono">{{ scope }}</span>
              <span class="small muted">{{ t().opens[scope] }}</span>
            </mat-checkbox>
          }
        </fieldset>
        <label class="ends">
          <span class="small strong">{{ t().ends }}</span>
          <select #select (change)="days.set(+select.value)">
            @for (each of choices; track each) {
              <option [value]="each" [selected]="each === days()">{{ t().days(each) }}</option>
            }
          </select>
        </label>
        @if (operator.isSession()) {
          <label class="small strong" for="key-again">{{ t().keyAgain }}</label>
          <div class="field">
            <input
              #again
              id="key-again"
              type="password"
              autocomplete="off"
              required
              [value]="key()"
              (input)="key.set(again.value)"
            />
          </div>
          <p class="small muted">{{ t().keyAgainWhy }}</p>
        }
        <p class="problem" role="alert">{{ submission.problem() }}</p>
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button matButton="filled" type="submit" [disabled]="!complete() || submission.sending()">
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
  protected readonly maxName = MAX_NAME;

  protected readonly name = signal('');
  protected readonly scopes = signal<ReadonlySet<KeyScope>>(new Set());
  protected readonly days = signal<number>(90);
  protected readonly key = signal('');
  protected readonly submission = new Submission();
  protected readonly complete = computed(
    () => this.name().trim() !== '' && this.scopes().size > 0 && (!this.operator.isSession() || this.key() !== ''),
  );

  protected choose(scope: KeyScope, isChosen: boolean): void {
    this.scopes.update(
      (before) => new Set(isChosen ? [...before, scope] : [...before].filter((each) => each !== scope)),
    );
  }

  protected async create(): Promise<void> {
    if (!this.complete()) return;
    const key = this.operator.isSession() ? this.key() : (this.operator.value() ?? '');
    const body = { name: this.name().trim(), scopes: [...this.scopes()], expiresInDays: this.days() };
    await this.submission.run(async () => {
      this.dialog.close(await this.api.call(keysCreate, { 'X-Operator-Key': key, body }));
    });
  }
}
