import { Component, computed, inject, input, linkedSignal, output, Signal } from '@angular/core';
import { MatCheckbox } from '@angular/material/checkbox';
import { Texts } from '../../texts/texts';
import { FILTER_TYPES, FilterType, ItemFilter } from './item-filter';

const MB = 1024 ** 2;

/** "1.5" or "1,5" megabytes in bytes; NaN for what is no size, undefined for nothing. */
function bytesOf(text: string): number | undefined {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return undefined;
  const bytes = Math.round(Number(typed) * MB);
  return /^\d*\.?\d*$/.test(typed) && Number.isSafeInteger(bytes) ? bytes : NaN;
}

const megabytesOf = (bytes: number | undefined): string =>
  bytes === undefined || Number.isNaN(bytes) ? '' : String(Number((bytes / MB).toFixed(6)));

/** A day of this browser's calendar, as a date field has it: "2026-01-31". */
function dayOf(moment: string | undefined): string {
  if (!moment) return '';
  const date = new Date(moment);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A date field's day as a moment. A year that is still being typed may be none the API knows. */
function momentOf(day: string, time: string): string | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T${time}`).toISOString() : undefined;
}

/** The conditions of a filter as fields. It keeps nothing: each change is told, and what is shown is what is given. */
@Component({
  selector: 'cm-filter-form',
  imports: [MatCheckbox],
  template: `
    <fieldset class="types">
      <legend class="small muted">{{ t().type }}</legend>
      @for (type of types; track type) {
        <mat-checkbox [checked]="filter().types?.includes(type) ?? false" (change)="choose(type, $event.checked)">
          {{ t().types[type] }}
        </mat-checkbox>
      }
    </fieldset>
    <label>
      <span class="small muted">{{ t().name }}</span>
      <span class="field">
        <input
          #name
          maxlength="200"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="filter-name-hint"
          [placeholder]="t().namePlaceholder"
          [value]="filter().name ?? ''"
          (input)="tell({ name: name.value.trim() || undefined })"
        />
      </span>
    </label>
    <p id="filter-name-hint" class="small muted hint">{{ t().nameHint }}</p>
    <fieldset class="pair">
      <legend class="small muted">{{ t().size }}</legend>
      <label>
        <span class="small muted">{{ t().from }}</span>
        <span class="field">
          <input
            #min
            inputmode="decimal"
            autocomplete="off"
            [value]="minText()"
            (input)="minText.set(min.value); tell({ minSize: bytesOf(min.value) })"
          />
        </span>
      </label>
      <label>
        <span class="small muted">{{ t().upTo }}</span>
        <span class="field">
          <input
            #max
            inputmode="decimal"
            autocomplete="off"
            [value]="maxText()"
            (input)="maxText.set(max.value); tell({ maxSize: bytesOf(max.value) })"
          />
        </span>
      </label>
      <p class="small muted">{{ t().sizeHint }}</p>
    </fieldset>
    <fieldset class="pair">
      <legend class="small muted">{{ t().changed }}</legend>
      <label>
        <span class="small muted">{{ t().from }}</span>
        <span class="field">
          <input
            #after
            type="date"
            max="9999-12-31"
            [value]="afterDay()"
            (input)="tell({ modifiedAfter: momentOf(after.value, '00:00:00') })"
          />
        </span>
      </label>
      <label>
        <span class="small muted">{{ t().upTo }}</span>
        <span class="field">
          <input
            #before
            type="date"
            max="9999-12-31"
            [value]="beforeDay()"
            (input)="tell({ modifiedBefore: momentOf(before.value, '23:59:59.999') })"
          />
        </span>
      </label>
    </fieldset>
    <div class="pair">
      <label>
        <span class="small muted">{{ t().owner }}</span>
        <select #owner (change)="tell({ owner: owners[owner.selectedIndex]?.value })">
          @for (choice of owners; track choice.name) {
            <option [selected]="choice.name === ownedBy()">{{ t().owners[choice.name] }}</option>
          }
        </select>
      </label>
      @if (ownedBy() === 'person') {
        <label>
          <span class="small muted">{{ t().address }}</span>
          <span class="field">
            <input
              #address
              type="email"
              maxlength="254"
              autocomplete="off"
              [value]="filter().owner"
              (input)="tell({ owner: address.value.trim() })"
            />
          </span>
        </label>
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
    select {
      width: 100%;
      height: 36px;
      padding: 0 8px;
      border: 1px solid var(--outline);
      border-radius: 6px;
      background: var(--surface);
      color: var(--ink);
      font: inherit;
    }
    @media (max-width: 719px) {
      select {
        height: 44px;
      }
    }
  `,
})
export class FilterForm {
  private readonly texts = inject(Texts).review;
  protected readonly t = computed(() => this.texts().filter);

  readonly filter = input.required<ItemFilter>();
  readonly filterChange = output<ItemFilter>();

  protected readonly types = FILTER_TYPES;
  protected readonly owners = [
    { name: 'anyone', value: undefined },
    { name: 'me', value: 'me' },
    { name: 'person', value: '' },
  ] as const;
  protected readonly ownedBy = computed(() => {
    const { owner } = this.filter();
    return owner === undefined ? 'anyone' : owner === 'me' ? 'me' : 'person';
  });
  protected readonly minText = this.typed(computed(() => this.filter().minSize));
  protected readonly maxText = this.typed(computed(() => this.filter().maxSize));
  protected readonly afterDay = computed(() => dayOf(this.filter().modifiedAfter));
  protected readonly beforeDay = computed(() => dayOf(this.filter().modifiedBefore));

  protected readonly bytesOf = bytesOf;
  protected readonly momentOf = momentOf;

  protected choose(type: FilterType, chosen: boolean): void {
    const others = (this.filter().types ?? []).filter((each) => each !== type);
    this.tell({ types: chosen ? [...others, type] : others });
  }

  protected tell(change: ItemFilter): void {
    this.filterChange.emit({ ...this.filter(), ...change });
  }

  /** A size as it was typed ("1." on the way to "1.5"), until another one is given. */
  private typed(bytes: Signal<number | undefined>) {
    return linkedSignal<number | undefined, string>({
      source: bytes,
      computation: (given, before) =>
        before && Object.is(bytesOf(before.value), given) ? before.value : megabytesOf(given),
    });
  }
}
