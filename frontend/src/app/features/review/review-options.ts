import { computed, linkedSignal, Signal } from '@angular/core';
import { apply, form } from '@angular/forms/signals';
import { PreflightAgainDto } from '../../api/models/preflight-again-dto';
import { isSameJson } from '../../core/same-json';
import { FilterFields, fieldsOf, filterOf, filterSchema } from './item-filter';
import { Preflight } from './preflight-feed';

/** The options as chosen in the form. Where they differ from the count's, a start needs a recount. */
export interface OptionFields extends Required<
  Pick<PreflightAgainDto, 'mode' | 'conflict' | 'shortcuts' | 'allowConversion'>
> {
  readonly filter: FilterFields;
}

const optionsOf = (preflight: Preflight | undefined): OptionFields => ({
  mode: preflight?.mode ?? 'copy',
  conflict: preflight?.options.conflict ?? 'keepBoth',
  shortcuts: preflight?.options.shortcuts ?? 'rebuild',
  allowConversion: preflight?.options.allowConversion ?? false,
  filter: fieldsOf(preflight?.options.filter),
});

/** The form of the options, including the filter. Another count resets it. Needs an injection context. */
export class ReviewOptions {
  private readonly chosen = linkedSignal(() => optionsOf(this.preflight()));
  readonly form = form(this.chosen, (path) => apply(path.filter, filterSchema));
  readonly filter = computed(() => filterOf(this.chosen().filter, this.preflight()?.options.filter));
  /** What is invalid; empty if nothing is. */
  readonly invalid = computed(() => this.form().errorSummary()[0]?.message ?? '');
  /** Whether the options differ from those of the count. */
  readonly changed = computed(() => {
    const { filter, ...counted } = optionsOf(this.preflight());
    const { filter: _, ...chosen } = this.chosen();
    return (
      this.invalid() !== '' ||
      !isSameJson(counted, chosen) ||
      !isSameJson(filterOf(filter, this.preflight()?.options.filter), this.filter())
    );
  });

  constructor(private readonly preflight: Signal<Preflight | undefined>) {}

  /** Discards all changes. */
  reset(): void {
    this.chosen.set(optionsOf(this.preflight()));
  }

  clearFilter(): void {
    this.chosen.update((chosen) => ({ ...chosen, filter: fieldsOf() }));
  }

  /** The options for a recount. The filter is always sent: without one, the API would keep the previous filter. */
  request(): PreflightAgainDto {
    return { ...this.chosen(), filter: this.filter() ?? {} };
  }
}
