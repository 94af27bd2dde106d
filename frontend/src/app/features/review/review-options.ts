import { computed, linkedSignal, Signal } from '@angular/core';
import { apply, form } from '@angular/forms/signals';
import { PreflightAgainDto } from '../../api/models/preflight-again-dto';
import { FilterFields, fieldsOf, filterOf, filterSchema } from './item-filter';
import { Preflight } from './preflight-feed';

/** The options as the person wants them; other ones than the count’s are counted again before anything can start. */
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

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The form of the options, filter included. Follows the count; needs an injection context. */
export class ReviewOptions {
  private readonly wanted = linkedSignal(() => optionsOf(this.preflight()));
  readonly form = form(this.wanted, (path) => apply(path.filter, filterSchema));
  readonly filter = computed(() => filterOf(this.wanted().filter, this.preflight()?.options.filter));
  /** Why it cannot be counted with the options, or nothing. */
  readonly wrong = computed(() => this.form().errorSummary()[0]?.message ?? '');
  /** Whether other options are wanted than those of the count. */
  readonly changed = computed(() => {
    const { filter, ...counted } = optionsOf(this.preflight());
    const { filter: _, ...wanted } = this.wanted();
    return (
      this.wrong() !== '' ||
      !isSame(counted, wanted) ||
      !isSame(filterOf(filter, this.preflight()?.options.filter), this.filter())
    );
  });

  constructor(private readonly preflight: Signal<Preflight | undefined>) {}

  /** Takes back every change. */
  reset(): void {
    this.wanted.set(optionsOf(this.preflight()));
  }

  clearFilter(): void {
    this.wanted.update((wanted) => ({ ...wanted, filter: fieldsOf() }));
  }

  /** The options for a new count. The filter is always stated: without one, the API would keep that of the count. */
  request(): PreflightAgainDto {
    return { ...this.wanted(), filter: this.filter() ?? {} };
  }
}
