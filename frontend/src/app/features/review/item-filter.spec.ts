import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { form } from '@angular/forms/signals';
import { formatDate } from '../../core/formats';
import { ItemFilter } from '../../api/models/item-filter';
import { FilterFields, fieldsOf, filterLabels, filterOf, filterSchema } from './item-filter';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const fields = (parts: Partial<FilterFields>): FilterFields => ({ ...fieldsOf(), ...parts });
const moment = (local: string) => new Date(local).toISOString();

it.each<ItemFilter>([
  {},
  { types: ['pdf', 'image'] },
  { name: '*.pdf' },
  { minSize: 1 },
  { minSize: 104_858, maxSize: 9_007_199_254_740_991 },
  { modifiedAfter: '2026-01-31T11:12:13.000Z', modifiedBefore: '2026-02-01T01:02:03.456Z' },
  { owner: 'me' },
  { owner: 'liam@example.com' },
])('a filter survives its form unchanged: %j', (filter) => {
  expect(filterOf(fieldsOf(filter), filter) ?? {}).toEqual(filter);
});

it('accepts either decimal sign, spaces around words, and whole days', () => {
  expect(
    filterOf(
      fields({ name: ' *.pdf ', minSize: '1,5', maxSize: '2.5', changedFrom: '2026-01-31', changedTo: '2026-02-01' }),
    ),
  ).toEqual({
    name: '*.pdf',
    minSize: 1.5 * 1024 ** 2,
    maxSize: 2.5 * 1024 ** 2,
    modifiedAfter: moment('2026-01-31T00:00:00'),
    modifiedBefore: moment('2026-02-01T23:59:59.999'),
  });
});

it('treats conditions that exclude nothing as no filter: no type, every type, no smallest size', () => {
  const every = Object.fromEntries(Object.keys(fieldsOf().types).map((type) => [type, true]));
  expect(filterOf(fields({}))).toBeUndefined();
  expect(filterOf(fields({ types: every as FilterFields['types'], minSize: '0' }))).toBeUndefined();
});

it.each<[keyof FilterFields, Partial<FilterFields>, string]>([
  ['minSize', { minSize: 'ten' }, 'size'],
  ['maxSize', { maxSize: '-1' }, 'size'],
  ['maxSize', { minSize: '10', maxSize: '2' }, 'sizes'],
  ['changedFrom', { changedFrom: '12026-01-01' }, 'day'],
  ['changedTo', { changedFrom: '2026-02-02', changedTo: '2026-02-01' }, 'dates'],
  ['address', { owner: 'person', address: 'liam' }, 'owner'],
  ['name', { name: 'x'.repeat(201) }, 'maxLength'],
])('the field %s explains what is wrong with %j', (name, parts, kind) => {
  const tree = TestBed.runInInjectionContext(() => form(signal(fields(parts)), filterSchema));
  expect(tree().valid()).toBe(false);
  expect(tree[name]().errors()).toEqual([expect.objectContaining({ kind })]);
  expect(tree().errorSummary()).toHaveLength(1);
});

it('names each condition', () => {
  const filter: ItemFilter = {
    types: ['pdf'],
    name: 'A*',
    minSize: 1024,
    maxSize: 2048,
    modifiedAfter: moment('2026-01-31T00:00:00'),
    modifiedBefore: moment('2025-02-01T23:59:59'),
    owner: 'me',
  };
  expect(filterLabels(filter, NOW)).toEqual([
    'PDF',
    'named A*',
    '1 KB or more',
    '2 KB or less',
    `changed on ${formatDate(filter.modifiedAfter!, NOW)} or later`,
    `changed on ${formatDate(filter.modifiedBefore!, NOW)} or earlier`,
    'owned by the source account',
  ]);
  expect(filterLabels(undefined, NOW)).toEqual([]);
});
