import { applyMask, parseFields, type Schema } from './fields.ts';

const SCHEMA: Schema = {
  kind: true,
  nextPageToken: true,
  files: { id: true, name: true, owners: { emailAddress: true, me: true }, properties: 'map' },
};
const VALUE = {
  kind: 'list',
  nextPageToken: 'n',
  files: [
    { id: '1', name: 'a', owners: [{ emailAddress: 'x@example.com', me: true }], properties: { a: '1', b: '2' } },
  ],
};

describe('a partial response', () => {
  it.each([
    ['kind', { kind: 'list' }],
    ['kind,nextPageToken', { kind: 'list', nextPageToken: 'n' }],
    ['*', VALUE],
    ['files/id', { files: [{ id: '1' }] }],
    ['files(id,name)', { files: [{ id: '1', name: 'a' }] }],
    ['files(id),files(name)', { files: [{ id: '1', name: 'a' }] }],
    ['files/owners/me', { files: [{ owners: [{ me: true }] }] }],
    [
      'files(owners(emailAddress),id), kind',
      { kind: 'list', files: [{ owners: [{ emailAddress: 'x@example.com' }], id: '1' }] },
    ],
    ['files/*', { files: VALUE.files }],
    ['files(*)', { files: VALUE.files }],
    ['files/properties/b', { files: [{ properties: { b: '2' } }] }],
  ])('%s keeps exactly the named fields', (mask, expected) => {
    expect(applyMask(VALUE, parseFields(mask, SCHEMA))).toEqual(expected);
  });

  it.each([
    'nope',
    'files(nope)',
    'files/nope',
    'files(id',
    'files(id))',
    'kind(id)',
    'kind/id',
    ',kind',
    'kind,',
    'kind nextPageToken',
    'files()',
    'files(name,)',
    'files(name)kind',
    'files(name)(id)',
    'files//name',
    'files/(name)',
    '*/name',
    '(kind)',
    'files(properties())',
    'files(properties(a b))',
    'files/properties/a/b',
    'constructor',
    '',
  ])('refuses %p as Drive does', (mask) => {
    let refusal: unknown;
    try {
      parseFields(mask, SCHEMA);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ status: 400, reason: 'invalidParameter', details: { location: 'fields' } });
  });

  it('reads a mask with very many names in linear time', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `files/properties/p${i}`);
    expect(applyMask(VALUE, parseFields([...names, 'files/properties/a'].join(','), SCHEMA))).toEqual({
      files: [{ properties: { a: '1' } }],
    });
  });

  it('refuses a mask of any depth for a resource that contains itself', () => {
    const inner: Record<string, Schema> = { id: true };
    inner['table'] = inner;
    expect(parseFields(`${'table/'.repeat(90)}id`, inner)).toBeInstanceOf(Map);
    for (const mask of [`${'table/'.repeat(100_000)}id`, `${'table('.repeat(100_000)}id${')'.repeat(100_000)}`])
      expect(() => parseFields(mask, inner)).toThrow('Invalid field selection');
  });
});
