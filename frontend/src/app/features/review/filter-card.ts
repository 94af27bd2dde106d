import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Texts } from '../../texts/texts';
import { FilterForm } from './filter-form';
import { filterLabels } from './item-filter';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** The filter of the count, and the form that changes it. */
@Component({
  selector: 'cm-filter-card',
  imports: [FilterForm, MatButton, ReviewSection],
  template: `
    @let store = this.store();
    <cm-review-section name="filter" [sections]="store.sections" [heading]="t().heading" [result]="result()">
      <ng-template>
        <div class="body">
          <cm-filter-form [form]="store.options.form.filter" />
          <p class="small muted">{{ t().foldersHint }}</p>
          @if (store.options.filter()) {
            <button matButton type="button" (click)="store.options.clearFilter()">{{ t().clear }}</button>
          }
        </div>
      </ng-template>
    </cm-review-section>
  `,
  styles: `
    .body {
      display: grid;
      justify-items: start;
      gap: 12px;
    }
    cm-filter-form {
      width: 100%;
    }
  `,
})
export class FilterCard {
  private readonly texts = inject(Texts).review;
  protected readonly t = computed(() => this.texts().filter);

  readonly store = input.required<ReviewStore>();
  protected readonly result = computed(
    () => filterLabels(this.store().preflight()?.options.filter).join(', ') || this.t().everything,
  );
}
