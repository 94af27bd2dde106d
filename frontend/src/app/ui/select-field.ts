import { Component, computed, input } from '@angular/core';
import { Field, FormField } from '@angular/forms/signals';

/** A choice of a form, with its label above. */
@Component({
  selector: 'cm-select-field',
  imports: [FormField],
  template: `
    <label>
      <span class="small muted">{{ label() }}</span>
      <select [formField]="field()">
        @for (option of options(); track option.value) {
          <option [value]="option.value">{{ option.text }}</option>
        }
      </select>
    </label>
  `,
  styles: `
    :host {
      min-width: 0;
    }
    label {
      display: grid;
      gap: 4px;
    }
  `,
})
export class SelectField<T extends string> {
  readonly label = input.required<string>();
  readonly field = input.required<Field<T>>();
  /** The label of each value, in the order of the list. */
  readonly choices = input.required<Readonly<Record<T, string>>>();

  protected readonly options = computed(() =>
    Object.entries<string>(this.choices()).map(([value, text]) => ({ value, text })),
  );
}
