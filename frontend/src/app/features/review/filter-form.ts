import { Component, computed, inject, input } from '@angular/core';
import { FieldTree, FormField } from '@angular/forms/signals';
import { MatCheckbox } from '@angular/material/checkbox';
import { Texts } from '../../texts/texts';
import { SelectField } from '../../ui/select-field';
import { FILTER_TYPES, FilterFields } from './item-filter';

/** The conditions of a filter as form fields, each with its error message. */
@Component({
  selector: 'cm-filter-form',
  imports: [FormField, MatCheckbox, SelectField],
  template: `
    <fieldset class="types">
      <legend class="small muted">{{ t().type }}</legend>
      @for (type of types; track type) {
        <mat-checkbox [formField]="form().types[type]">{{ t().types[type] }}</mat-checkbox>
      }
    </fieldset>
    <label>
      <span class="small muted">{{ t().name }}</span>
      <span class="field">
        <input
          [formField]="form().name"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="filter-name-hint"
          [placeholder]="t().namePlaceholder"
        />
      </span>
    </label>
    <p id="filter-name-hint" class="small muted hint">{{ t().nameHint }}</p>
    @for (range of ranges(); track range.type) {
      <fieldset class="pair">
        <legend class="small muted">{{ range.label }}</legend>
        @for (each of range.fields; track each.label) {
          <label>
            <span class="small muted">{{ each.label }}</span>
            <span class="field">
              <input
                [formField]="each.field"
                [type]="range.type"
                [attr.inputmode]="range.type === 'text' ? 'decimal' : null"
                autocomplete="off"
                [attr.aria-invalid]="each.problem ? true : null"
                [attr.aria-describedby]="each.problem ? 'filter-' + range.type : null"
              />
            </span>
          </label>
        }
        @if (range.problem) {
          <p [id]="'filter-' + range.type" class="small warning">{{ range.problem }}</p>
        }
        @if (range.hint) {
          <p class="small muted">{{ range.hint }}</p>
        }
      </fieldset>
    }
    <div class="pair">
      <cm-select-field [label]="t().owner" [field]="form().owner" [choices]="t().owners" />
      @if (form().owner().value() === 'person') {
        @let problem = form().address().touched() ? problemOf(form().address) : '';
        <label>
          <span class="small muted">{{ t().address }}</span>
          <span class="field">
            <input
              [formField]="form().address"
              type="email"
              autocomplete="off"
              [attr.aria-invalid]="problem ? true : null"
              [attr.aria-describedby]="problem ? 'filter-address' : null"
            />
          </span>
        </label>
        @if (problem) {
          <p id="filter-address" class="small warning">{{ problem }}</p>
        }
      }
    </div>
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }
    fieldset {
      min-width: 0;
      margin: 0;
      padding: 0;
      border: 0;
    }
    legend {
      padding: 0;
    }
    label {
      display: grid;
      align-content: start;
      gap: 4px;
      min-width: 0;
    }
    .hint {
      margin-top: -12px;
    }
    .pair > .warning {
      grid-column: 1 / -1;
      margin: 0;
    }
    .types {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr));
      gap: 4px 16px;

      p {
        grid-column: 1 / -1;
      }
    }
  `,
})
export class FilterForm {
  private readonly texts = inject(Texts).review;
  protected readonly t = computed(() => this.texts().filter);

  readonly form = input.required<FieldTree<FilterFields>>();

  protected readonly types = FILTER_TYPES;
  /** The conditions that have a lower and an upper end. */
  protected readonly ranges = computed(() => {
    const { minSize, maxSize, changedFrom, changedTo } = this.form();
    const { size, sizeHint, changed } = this.t();
    return [this.range('text', size, minSize, maxSize, sizeHint), this.range('date', changed, changedFrom, changedTo)];
  });

  protected problemOf(field: FieldTree<string>): string {
    return field().errors()[0]?.message ?? '';
  }

  private range(type: 'text' | 'date', label: string, from: FieldTree<string>, to: FieldTree<string>, hint = '') {
    const fields = [
      { label: this.t().from, field: from, problem: this.problemOf(from) },
      { label: this.t().upTo, field: to, problem: this.problemOf(to) },
    ];
    return { type, label, hint, fields, problem: fields.map(({ problem }) => problem).find(Boolean) };
  }
}
