import { Component, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

/** Asks for the operator's key. */
@Component({
  selector: 'cm-key-form',
  imports: [Icon, MatButton],
  template: `
    <form class="card" (submit)="$event.preventDefault(); submit()">
      <h2>{{ t().key.heading }}</h2>
      <p class="muted">{{ t().key.text }}</p>
      <label class="small strong" for="operator-key">{{ t().key.label }}</label>
      <div class="field">
        <cm-icon name="key" class="small" />
        <input
          #box
          id="operator-key"
          type="password"
          autocomplete="off"
          required
          [value]="key()"
          [attr.aria-invalid]="refused() ? true : null"
          [attr.aria-describedby]="refused() || problem() ? 'key-problem' : null"
          (input)="key.set(box.value)"
        />
      </div>
      @if (refused() || problem()) {
        <p id="key-problem" class="wrong" role="alert">{{ refused() ? t().key.refused : problem() }}</p>
      }
      <div>
        <button matButton="filled" type="submit" [disabled]="checking()">
          {{ checking() ? t().key.checking : t().key.show }}
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
    .wrong {
      color: var(--bad);
    }
  `,
})
export class KeyForm {
  protected readonly t = inject(Texts).analytics;
  /** The server did not accept the key. */
  readonly refused = input(false);
  /** Why the key could not be checked. */
  readonly problem = input('');
  /** The key is being checked. */
  readonly checking = input(false);
  readonly submitted = output<string>();
  protected readonly key = signal('');

  protected submit(): void {
    if (this.key()) this.submitted.emit(this.key());
  }
}
