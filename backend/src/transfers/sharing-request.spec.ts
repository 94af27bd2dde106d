import { validationPipe } from '../http/validation.js';
import { SharingDto } from './sharing.dto.js';
import { sharingOf } from './sharing-request.js';
import { PreflightCreateDto } from './transfer-request.dto.js';

const request = (parts: Partial<SharingDto> = {}) => Object.assign(new SharingDto(), { mode: 'carry' }, parts);

it('carries nothing over unless requested', () => {
  expect(sharingOf(undefined)).toBeUndefined();
  expect(sharingOf(new SharingDto())).toBeUndefined();
});

it('keeps everybody, and gives the owner of an original nothing by default', () => {
  expect(sharingOf(request())).toEqual({
    options: { unmapped: 'keep', links: 'keep', owner: 'drop', outsiders: 'keep', notify: false, lines: 0 },
    people: [],
  });
});

it.each([
  [
    'a list',
    [
      { from: 'Ana@Old.example', to: 'ana@new.example' },
      { from: '@old.example', to: null },
    ],
  ],
  ['a CSV text', 'Ana@Old.example,ana@new.example\n@old.example,\n'],
])('reads the people map from %s', (_form, people) => {
  expect(sharingOf(request({ people }))).toMatchObject({
    options: { lines: 2 },
    people: [
      { line: 1, from: 'ana@old.example', to: 'ana@new.example' },
      { line: 2, from: '@old.example', to: null },
    ],
  });
});

const errorOf = (people: SharingDto['people']) => {
  try {
    sharingOf(request({ people }));
  } catch (error) {
    return error as Error & { code: string; errors: { parameter: string; detail: string }[] };
  }
  throw new Error('The request was accepted.');
};

it('refuses an invalid map, with the number of each wrong line and the fix', () => {
  const error = errorOf('from,to\nana,ana@new.example\nben@old.example,ben@new.example\n');
  expect(error).toMatchObject({
    code: 'people_map_invalid',
    message: expect.stringContaining('1 of 2 lines') as string,
    errors: [{ parameter: 'sharing.people', detail: expect.stringMatching(/^line 2: “ana” is neither/) as string }],
  });
  expect(error.message).toContain('Line 2: “ana” is neither an address');
});

it('lists at most a hundred wrong lines, with their total', () => {
  const error = errorOf(Array.from({ length: 150 }, (_, index) => ({ from: `x${index}`, to: null })));
  expect(error.errors).toHaveLength(100);
  expect(error.message).toContain('150 of 150 lines');
});

it('refuses more lines than the maximum', () => {
  const people = Array.from({ length: 20_001 }, (_, index) => ({ from: `p${index}@old.example`, to: null }));
  expect(errorOf(people)).toMatchObject({
    code: 'people_map_invalid',
    message: expect.stringContaining('20,001 lines') as string,
  });
});

describe('a list of lines in a request', () => {
  const validated = async (people: unknown) =>
    (await validationPipe().transform(
      { items: ['1a2B3cD4eF5gH6iJ7kL8mN9oP0'], sharing: { mode: 'carry', ...(people !== undefined && { people }) } },
      { type: 'body', metatype: PreflightCreateDto },
    )) as PreflightCreateDto;

  it('is checked as it was sent: copying 20,000 lines into objects of a class takes a second', async () => {
    const people = [
      { from: 'ana@old.example', to: 'ana@new.example' },
      { from: '@old.example', to: null },
    ];
    const { sharing } = await validated(people);
    expect(sharing).toBeInstanceOf(SharingDto);
    expect(sharing!.people).toBe(people);
    expect((await validated('a@old.example,\n')).sharing!.people).toBe('a@old.example,\n');
    expect((await validated(undefined)).sharing!.people).toEqual([]);
  });

  it.each([
    ['no list', 5],
    ['null', null],
    ['a line without `to`', [{ from: 'ana@old.example' }]],
    ['a line of a text', ['ana@old.example']],
    ['a line with another field', [{ from: 'ana@old.example', to: null, name: 'Ana' }]],
    ['a line of a list', [['ana@old.example', null]]],
    ['null as a line', [null]],
  ])('is refused as %s', async (_what, people) => {
    await expect(validated(people)).rejects.toMatchObject({
      errors: [{ parameter: 'sharing.people', detail: expect.stringContaining('must be a list of lines') as string }],
    });
  });
});
