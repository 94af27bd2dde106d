import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { isOperatorKeyRefused, OperatorKey } from './operator-key';
import { explain } from './problem';
import { Texts } from '../texts/texts';
import { Icon } from '../ui/icon';

/** Asks for the operator's key, on every page that needs it. */
@Component({
  selector: 'cm-key-form',
  imports: [FormField, Icon, MatButton, MatCheckbox],
  template: `
    <form class="card" (submit)="$event.preventDefault(); submit()">
      <h2>{{ t().heading }}</h2>
      <p class="muted">{{ t().text }}</p>
      <label class="small strong" for="operator-key">{{ t().label }}</label>
      <div class="field">
        <cm-icon name="key" class="small" />
        <input
          id="operator-key"
          type="password"
          autocomplete="off"
          [formField]="form.key"
          [attr.aria-invalid]="problem() ? true : null"
          [attr.aria-describedby]="problem() ? 'key-problem' : null"
        />
      </div>
      @if (problem(); as problem) {
        <p id="key-problem" class="wrong" role="alert">{{ problem }}</p>
      }
      <div>
        <mat-checkbox [formField]="form.keep">{{ t().keep }}</mat-checkbox>
        <p class="small muted">{{ t().keepMeans }}</p>
      </div>
      <div>
        <button matButton="filled" type="submit" [disabled]="operator.checking()">
          {{ operator.checking() ? t().checking : t().unlock }}
        </button>
      </div>
    </form>
  `,
  styles: `
    form {
      display: grid;
      gap: 10px;
      max-width: 560px;
      padding: 20px;
    }
    label {
      margin-top: 4px;
    }
    mat-checkbox {
      margin-left: -10px;
    }
    .wrong {
      color: var(--bad);
    }
  `,
})
export class KeyForm {
  protected readonly operator = inject(OperatorKey);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().key);
  protected readonly form = form(signal({ key: '', keep: false }), ({ key }) => required(key));
  protected readonly problem = computed(() => {
    const failure = this.operator.problem();
    if (!failure) return '';
    const { problem, ofSession } = failure;
    if (isOperatorKeyRefused(problem)) return ofSession ? this.t().ended : this.t().refused;
    const { text, known } = explain(problem);
    return known ? text : `${text} (${problem.code})`;
  });

  protected submit(): void {
    const { key, keep } = this.form().value();
    if (this.form().valid()) void this.operator.unlock(key, keep);
  }
}
