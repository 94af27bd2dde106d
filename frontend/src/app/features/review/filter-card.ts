import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Texts } from '../../texts/texts';
import { FilterForm } from './filter-form';
import { filterLabels } from './item-filter';
import { ReviewStore } from './review-store';

/** The filter of the count, and the form that changes it. */
@Component({
  selector: 'cm-filter-card',
  imports: [FilterForm, MatButton],
  template: `
    @let store = this.store();
    <section class="card" aria-labelledby="included">
      <div class="head">
        <h2 id="included">{{ t().heading }}</h2>
        <div class="end">
          <button
            matButton="outlined"
            type="button"
            aria-controls="filter"
            [attr.aria-expanded]="store.filterShown()"
            (click)="store.filterShown.set(!store.filterShown())"
          >
            {{ store.filterShown() ? t().hide : t().change }}
          </button>
        </div>
      </div>
      <p class="body included">
        @for (label of labels(); track label) {
          <span class="tag">{{ label }}</span>
        } @empty {
          <span class="muted">{{ t().everything }}</span>
        }
      </p>
      <div id="filter" class="body filter" [hidden]="!store.filterShown()">
        @if (store.filterShown()) {
          <cm-filter-form [form]="store.options.form.filter" />
          <p class="small muted">{{ t().foldersHint }}</p>
          @if (store.options.filter()) {
            <button matButton type="button" (click)="store.options.clearFilter()">{{ t().clear }}</button>
          }
        }
      </div>
    </section>
  `,
  styles: `
    .included {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;

      .tag {
        overflow-wrap: anywhere;
      }
    }
    .filter:not([hidden]) {
      display: grid;
      justify-items: start;
      gap: 12px;
      border-top: 1px solid var(--line);

      cm-filter-form {
        width: 100%;
      }
    }
  `,
})
export class FilterCard {
  private readonly texts = inject(Texts).review;
  protected readonly t = computed(() => this.texts().filter);

  readonly store = input.required<ReviewStore>();
  protected readonly labels = computed(() => filterLabels(this.store().preflight()?.options.filter));
}
