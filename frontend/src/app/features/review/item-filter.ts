import { maxLength, SchemaPathTree, validate } from '@angular/forms/signals';
import { ItemFilter } from '../../api/models/item-filter';
import { currentTime } from '../../core/clock';
import { formatBytes, formatDate } from '../../core/formats';
import { catalogue } from '../../texts/catalogue';

export type FilterType = NonNullable<ItemFilter['types']>[number];

/** The API's groups of file types, in the order of the form. */
export const FILTER_TYPES: readonly FilterType[] = [
  'document',
  'spreadsheet',
  'presentation',
  'pdf',
  'image',
  'video',
  'audio',
  'archive',
  'other',
];

const MB = 1024 ** 2;
/** Enough decimals to state any number of bytes in megabytes. */
const MAX_DECIMALS = 9;
/** The API's limits of a name pattern and of an e-mail address. */
const MAX_NAME = 200;
const MAX_ADDRESS = 254;
const DAY = /^\d{4}-\d\d-\d\d$/;
/** The API accepts an owner in this form. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

/** A filter as the form holds it, as typed. */
export interface FilterFields {
  readonly types: Record<FilterType, boolean>;
  readonly name: string;
  /** Megabytes, "1.5" or "1,5"; empty for no limit. */
  readonly minSize: string;
  readonly maxSize: string;
  /** Days in the browser's time zone, as a date field has them: "2026-01-31". */
  readonly changedFrom: string;
  readonly changedTo: string;
  readonly owner: 'anyone' | 'me' | 'person';
  readonly address: string;
}

/** Rejects what the API would reject, with a message at each invalid field. */
export function filterSchema(path: SchemaPathTree<FilterFields>): void {
  const texts = () => catalogue().review.filter.problems;
  maxLength(path.name, MAX_NAME);
  maxLength(path.address, MAX_ADDRESS);
  for (const size of [path.minSize, path.maxSize])
    validate(size, ({ value }) =>
      Number.isNaN(bytesOf(value())) ? { kind: 'size', message: texts().size } : undefined,
    );
  validate(path.maxSize, ({ value, valueOf }) =>
    (bytesOf(valueOf(path.minSize)) ?? 0) > (bytesOf(value()) ?? Infinity)
      ? { kind: 'sizes', message: texts().sizes }
      : undefined,
  );
  for (const day of [path.changedFrom, path.changedTo])
    validate(day, ({ value }) => (!value() || DAY.test(value()) ? undefined : { kind: 'day', message: texts().day }));
  validate(path.changedTo, ({ value, valueOf }) =>
    value() && valueOf(path.changedFrom) > value() ? { kind: 'dates', message: texts().dates } : undefined,
  );
  validate(path.address, ({ value, valueOf }) =>
    valueOf(path.owner) === 'person' && !ADDRESS.test(value().trim())
      ? { kind: 'owner', message: texts().owner }
      : undefined,
  );
}

/** The fields for a filter; without one, fields that include everything. */
export function fieldsOf({
  types = [],
  name = '',
  minSize,
  maxSize,
  modifiedAfter,
  modifiedBefore,
  owner,
}: ItemFilter = {}): FilterFields {
  const chosen = Object.fromEntries(FILTER_TYPES.map((type) => [type, types.includes(type)]));
  return {
    types: chosen as Record<FilterType, boolean>,
    name,
    minSize: megabytesOf(minSize),
    maxSize: megabytesOf(maxSize),
    changedFrom: dayOf(modifiedAfter),
    changedTo: dayOf(modifiedBefore),
    owner: owner === undefined ? 'anyone' : owner === 'me' ? 'me' : 'person',
    address: owner === undefined || owner === 'me' ? '' : owner,
  };
}

/**
 * The filter of these fields; undefined if they include everything. Keys have a fixed order and conditions that exclude
 * nothing are left out, so that equal filters have equal JSON.
 * @param before the filter that the fields were made from: a day that was not changed keeps its exact time
 */
export function filterOf(fields: FilterFields, before: ItemFilter = {}): ItemFilter | undefined {
  const types = FILTER_TYPES.filter((type) => fields.types[type]);
  const name = fields.name.trim();
  const [minSize, maxSize] = [bytesOf(fields.minSize), bytesOf(fields.maxSize)];
  const modifiedAfter = momentOf(fields.changedFrom, '00:00:00', before.modifiedAfter);
  const modifiedBefore = momentOf(fields.changedTo, '23:59:59.999', before.modifiedBefore);
  const filter: ItemFilter = {
    // All types: no condition.
    ...(types.length > 0 && types.length < FILTER_TYPES.length && { types }),
    ...(name && { name }),
    ...(minSize && { minSize }),
    ...(maxSize !== undefined && { maxSize }),
    ...(modifiedAfter && { modifiedAfter }),
    ...(modifiedBefore && { modifiedBefore }),
    ...(fields.owner !== 'anyone' && { owner: fields.owner === 'me' ? 'me' : fields.address.trim() }),
  };
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** The conditions of a filter in the page's language, one label each. */
export function filterLabels(filter: ItemFilter = {}, now = currentTime()): string[] {
  const t = catalogue().review.filter;
  const { types = [], name, minSize, maxSize, modifiedAfter, modifiedBefore, owner } = filter;
  return [
    ...types.map((type) => t.types[type]),
    ...(name ? [t.conditions.name(name)] : []),
    ...(minSize ? [t.conditions.min(formatBytes(minSize))] : []),
    ...(maxSize !== undefined ? [t.conditions.max(formatBytes(maxSize))] : []),
    ...(modifiedAfter ? [t.conditions.after(formatDate(modifiedAfter, now))] : []),
    ...(modifiedBefore ? [t.conditions.before(formatDate(modifiedBefore, now))] : []),
    ...(owner ? [owner === 'me' ? t.conditions.mine : t.conditions.owner(owner)] : []),
  ];
}

/** Megabytes in bytes. NaN: not a size. Undefined: empty. */
function bytesOf(text: string): number | undefined {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return undefined;
  const bytes = Math.round(Number(typed) * MB);
  return /^\d*\.?\d*$/.test(typed) && Number.isSafeInteger(bytes) ? bytes : NaN;
}

/** The shortest number of megabytes that {@link bytesOf} converts back to these bytes. */
function megabytesOf(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  for (let decimals = 0; ; decimals++) {
    const text = String(Number((bytes / MB).toFixed(decimals)));
    if (decimals === MAX_DECIMALS || bytesOf(text) === bytes) return text;
  }
}

function dayOf(moment: string | undefined): string {
  if (!moment) return '';
  const date = new Date(moment);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Undefined without a complete day: while a year is being typed, the API would reject it. */
function momentOf(day: string, time: string, before: string | undefined): string | undefined {
  if (before && dayOf(before) === day) return new Date(before).toISOString();
  return DAY.test(day) ? new Date(`${day}T${time}`).toISOString() : undefined;
}
