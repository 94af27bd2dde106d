import { computed, inject, linkedSignal, Signal } from '@angular/core';
import { apply, form } from '@angular/forms/signals';
import { map } from 'rxjs';
import { preflightsListPeople } from '../../api/functions';
import { PreflightAgain } from '../../api/models/preflight-again';
import { PeopleMap } from '../../core/access/people-map';
import { SharingFields, sharingFieldsOf, sharingRequest } from '../../core/access/sharing-fields';
import { ApiClient } from '../../core/api-client';
import { pagedResource } from '../../core/paged-resource';
import { isSameJson } from '../../core/same-json';
import { Texts } from '../../texts/texts';
import { FilterFields, fieldsOf, filterOf, filterSchema } from './item-filter';
import { Preflight } from '../../api/models/preflight';

/** Lines of the people map in one request: the API's limit. */
const PEOPLE_PAGE = 1000;

/** The options as chosen in the form. Where they differ from the count's, a start needs a recount. */
export interface OptionFields extends Required<
  Pick<PreflightAgain, 'mode' | 'conflict' | 'shortcuts' | 'allowConversion' | 'links'>
> {
  readonly filter: FilterFields;
  readonly sharing: SharingFields;
  readonly hours: HoursFields;
}

/** The hours in which the transfer may run. */
export interface HoursFields {
  readonly limited: boolean;
  readonly from: string;
  readonly to: string;
}

const hoursOf = (schedule: Preflight['schedule']): HoursFields => ({
  limited: schedule?.hours !== undefined,
  from: schedule?.hours?.from ?? '20:00',
  to: schedule?.hours?.to ?? '06:00',
});

const optionsOf = (preflight: Preflight | undefined): OptionFields => ({
  mode: preflight?.mode ?? 'copy',
  conflict: preflight?.options.conflict ?? 'keepBoth',
  shortcuts: preflight?.options.shortcuts ?? 'rebuild',
  allowConversion: preflight?.options.allowConversion ?? false,
  links: preflight?.links.mode ?? 'leave',
  filter: fieldsOf(preflight?.options.filter),
  sharing: sharingFieldsOf(preflight?.sharing),
  hours: hoursOf(preflight?.schedule),
});

/** The form of the options, including the filter and the people map. Another count resets it. Needs an injection context. */
export class ReviewOptions {
  private readonly api = inject(ApiClient);
  private readonly texts = inject(Texts).access;
  private readonly reviewTexts = inject(Texts).review;
  /** Loading the same count again changes nothing here, so that what was chosen stays. */
  private readonly counted = computed(() => ({ id: this.preflight()?.id, options: optionsOf(this.preflight()) }), {
    equal: isSameJson,
  });
  private readonly chosen = linkedSignal(() => this.counted().options);
  readonly form = form(this.chosen, (path) => apply(path.filter, filterSchema));
  readonly filter = computed(() => filterOf(this.chosen().filter, this.preflight()?.options.filter));

  /** The lines of the count's people map, all of them. Loaded once per count, at its end: then what each is for is known. */
  private readonly stored = pagedResource({
    query: () => {
      const preflight = this.preflight();
      return preflight?.state === 'ready' && preflight.sharing.lines > 0 ? { id: preflight.id } : undefined;
    },
    load: ({ id }, cursor) =>
      this.api
        .request(preflightsListPeople, { id, limit: PEOPLE_PAGE, ...(cursor && { cursor }) }, 'both')
        .pipe(map(({ lines, nextCursor }) => ({ items: lines, next: nextCursor }))),
    all: true,
  });
  readonly people = new PeopleMap(
    computed(
      () => {
        const count = this.preflight()?.sharing.lines ?? 0;
        const items = this.stored.items();
        return items.length < count ? undefined : items.map((line) => ({ ...line, to: line.to ?? '' }));
      },
      { equal: isSameJson },
    ),
    this.texts,
  );
  /** Why the people map could not be loaded. */
  readonly peopleProblem = this.stored.problem;
  /** Whether permissions are to be carried over. */
  readonly carries = computed(() => this.chosen().sharing.mode === 'carry');
  /** What is invalid; empty if nothing is. */
  readonly invalid = computed(() => {
    const [error] = this.form().errorSummary();
    if (error) return error.message ?? '';
    const { limited, from, to } = this.chosen().hours;
    if (limited && (!from || !to || from === to)) return this.reviewTexts().aside.hours.invalid;
    if (!this.carries()) return '';
    // A file can't be limited, so everyone who can open the shortcut's folder could open the copy.
    return this.chosen().shortcuts === 'follow' ? this.texts().followed : this.people.invalid();
  });
  /** Whether what was chosen about access differs from the count's. */
  readonly sharingChanged = computed(
    () =>
      !isSameJson(this.chosen().sharing, sharingFieldsOf(this.preflight()?.sharing)) ||
      (this.carries() && this.people.changed()),
  );
  /** Whether what was chosen about links differs from the count's. */
  readonly linksChanged = computed(() => this.chosen().links !== (this.preflight()?.links.mode ?? 'leave'));
  /** Whether the options differ from those of the count. */
  readonly changed = computed(() => {
    const { filter, sharing: _counted, hours, ...counted } = optionsOf(this.preflight());
    const { filter: _, sharing: _chosen, hours: wanted, ...chosen } = this.chosen();
    return (
      this.invalid() !== '' ||
      this.sharingChanged() ||
      !isSameJson(counted, chosen) ||
      // Hours that do not apply make no difference.
      ((hours.limited || wanted.limited) && !isSameJson(hours, wanted)) ||
      !isSameJson(filterOf(filter, this.preflight()?.options.filter), this.filter())
    );
  });

  constructor(private readonly preflight: Signal<Preflight | undefined>) {}

  /** Discards all changes. */
  reset(): void {
    this.chosen.set(optionsOf(this.preflight()));
    this.people.reset();
  }

  reloadPeople(): void {
    this.stored.retry();
  }

  clearFilter(): void {
    this.chosen.update((chosen) => ({ ...chosen, filter: fieldsOf() }));
  }

  /**
   * The options for a recount. The filter is always sent: without one, the API would keep the previous filter. Of the
   * access only what has changed, because a people map may be long.
   */
  request(): PreflightAgain {
    const { sharing, hours, ...others } = this.chosen();
    const timezone = this.preflight()?.schedule?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const { limited, from, to } = hours;
    return {
      ...others,
      filter: this.filter() ?? {},
      ...((limited || this.preflight()?.schedule) && { schedule: limited ? { timezone, hours: { from, to } } : {} }),
      ...(this.sharingChanged() && { sharing: sharingRequest(sharing, this.people) }),
    };
  }
}
