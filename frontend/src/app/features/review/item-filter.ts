import { ItemFilterDto } from '../../api/models/item-filter-dto';
import { formatBytes, formatDate } from '../../core/formats';
import { catalogue } from '../../texts/catalogue';

/** What’s included; all that is said must hold. */
export type ItemFilter = ItemFilterDto;
export type FilterType = NonNullable<ItemFilter['types']>[number];

/** The API's groups of types, in the order in which they are offered. */
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

/** As the API wants an owner that is not the account itself. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

/** In one order, with what says nothing left out: equal filters are equal texts. Undefined takes everything. */
export function canonical(filter: ItemFilter | undefined): ItemFilter | undefined {
  const { types = [], name, minSize, maxSize, modifiedAfter, modifiedBefore, owner } = filter ?? {};
  const chosen = FILTER_TYPES.filter((type) => types.includes(type));
  const moment = (time: string) => new Date(time).toISOString();
  const said: ItemFilter = {
    // All of them is no condition.
    ...(chosen.length > 0 && chosen.length < FILTER_TYPES.length && { types: chosen }),
    ...(name && { name }),
    ...(minSize !== undefined && minSize !== 0 && { minSize }),
    ...(maxSize !== undefined && { maxSize }),
    ...(modifiedAfter && { modifiedAfter: moment(modifiedAfter) }),
    ...(modifiedBefore && { modifiedBefore: moment(modifiedBefore) }),
    ...(owner !== undefined && { owner }),
  };
  return Object.keys(said).length > 0 ? said : undefined;
}

/** Why the API would refuse it, in the page's language, or nothing. */
export function filterProblem(filter: ItemFilter | undefined): string {
  const t = catalogue().review.filter.problems;
  const { minSize = 0, maxSize = Infinity, modifiedAfter, modifiedBefore, owner } = filter ?? {};
  if (Number.isNaN(minSize) || Number.isNaN(maxSize)) return t.size;
  if (minSize > maxSize) return t.sizes;
  if (modifiedAfter && modifiedBefore && modifiedAfter > modifiedBefore) return t.dates;
  return owner !== undefined && owner !== 'me' && !ADDRESS.test(owner) ? t.owner : '';
}

/** What it takes, in the page's language, each condition by itself. @param now for dates of this year */
export function filterInWords(filter: ItemFilter | undefined, now: number): string[] {
  const t = catalogue().review.filter;
  const { types, name, minSize, maxSize, modifiedAfter, modifiedBefore, owner } = canonical(filter) ?? {};
  return [
    ...(types ?? []).map((type) => t.types[type]),
    ...(name ? [t.says.name(name)] : []),
    ...(minSize !== undefined ? [t.says.min(formatBytes(minSize))] : []),
    ...(maxSize !== undefined ? [t.says.max(formatBytes(maxSize))] : []),
    ...(modifiedAfter ? [t.says.after(formatDate(modifiedAfter, now))] : []),
    ...(modifiedBefore ? [t.says.before(formatDate(modifiedBefore, now))] : []),
    ...(owner ? [owner === 'me' ? t.says.mine : t.says.owner(owner)] : []),
  ];
}
