import { randomOf } from '../../../test/support/random.js';
import { MAX_PEOPLE_LINES, type PeopleLine } from '../model/sharing.js';
import { checkPeople, PeopleMap, readPeopleCsv, textOfCsv } from './people-map.js';

const pairs = (lines: readonly PeopleLine[]) => lines.map(({ from, to }) => [from, to]);
const errors = (reading: ReturnType<typeof checkPeople>) => reading.errors.map(({ line, code }) => [line, code]);
const mapOf = (...lines: [from: string, to: string | null][]) =>
  new PeopleMap(checkPeople(lines.map(([from, to]) => ({ from, to }))).lines);
const user = (address: string) => ({ type: 'user', address }) as const;

describe('the text of a CSV file', () => {
  const text = 'from,to\nmüller@old.example,mueller@new.example\n';

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with BOM', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, little endian', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16, big endian', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['Windows-1252', Buffer.from(text, 'latin1')],
  ])('is read from %s', (_, bytes) => {
    expect(readPeopleCsv(textOfCsv(bytes)).lines).toEqual([
      { line: 2, from: 'müller@old.example', to: 'mueller@new.example' },
    ]);
  });
});

describe('reading a people map in CSV', () => {
  const two = [
    ['ana@old.example', 'ana@new.example'],
    ['@old.example', '@new.example'],
  ];

  it.each([
    ['commas', 'ana@old.example,ana@new.example\n@old.example,@new.example\n'],
    ['semicolons, as Excel writes them in German', 'ana@old.example;ana@new.example\r\n@old.example;@new.example\r\n'],
    ['tabs', 'ana@old.example\tana@new.example\n@old.example\t@new.example'],
    ['a header', 'Old address,New address\nana@old.example,ana@new.example\n@old.example,@new.example\n'],
    ['line ends of old Macs', 'from,to\rana@old.example,ana@new.example\r@old.example,@new.example\r'],
    ['a stated separator', 'sep=;\r\nana@old.example;ana@new.example\r\n@old.example;@new.example'],
    ['a BOM before quotes', '\uFEFF"ana@old.example","ana@new.example"\n"@old.example","@new.example"'],
    ['capitals and blanks', ' Ana@OLD.example , ana@New.Example\u00A0\n @OLD.example,@new.example'],
    ['empty lines and cells', '\n\nana@old.example,ana@new.example,,\n,,,\n@old.example,@new.example,,\n\n'],
    ['named columns', 'Name,To,From\n"Doe, Ana",ana@new.example,ana@old.example\n,@new.example,@old.example'],
    ['apostrophes against formulas', "ana@old.example,ana@new.example\n'@old.example,'@new.example"],
    ['doubled quotes and lines in a cell', 'ana@old.example,ana@new.example,"a ""b""\nc"\n@old.example,@new.example'],
  ])('accepts %s', (_, text) => {
    const reading = readPeopleCsv(text);

    expect(reading.errors).toEqual([]);
    expect(pairs(reading.lines)).toEqual(two);
    expect(reading.read).toBe(2);
  });

  it('reads an empty field as nobody, and reports a missing one', () => {
    const reading = readPeopleCsv('from;to\ntemp@old.example;\nana@old.example\nben@old.example;""\nlast@old.example;');

    expect(pairs(reading.lines)).toEqual([
      ['temp@old.example', null],
      ['ben@old.example', null],
      ['last@old.example', null],
    ]);
    expect(errors(reading)).toEqual([[3, 'one_field']]);
    expect(reading.read).toBe(4);
  });

  it('numbers lines as an editor does, even after cells of several lines', () => {
    const reading = readPeopleCsv('from,to,note\n\na@old.example,b@new.example,"x\r\ny\nz"\nnonsense@,b@new.example\n');

    expect(reading.lines).toEqual([{ line: 3, from: 'a@old.example', to: 'b@new.example' }]);
    expect(errors(reading)).toEqual([[6, 'bad_from']]);
  });

  it('reports the line of a quotation mark that is never closed', () => {
    expect(errors(readPeopleCsv('a@old.example,b@new.example\nc@old.example,"d@new.example\ne@old.example,'))).toEqual([
      [2, 'quote_open'],
    ]);
  });

  it('does not treat a first line with domains without “@” as a header', () => {
    expect(errors(readPeopleCsv('old.example,new.example'))).toEqual([[1, 'bad_from']]);
  });

  it.each(['ana;ben', 'Ana,Ben\nana@old.example,ana@new.example', 'oldham\tanew'])(
    'reports the first line if it is neither a header nor a line of a map: %j',
    (text) => {
      expect(errors(readPeopleCsv(text))).toEqual([[1, 'bad_from']]);
    },
  );

  it.each(['From;To', 'Old address,New address', 'E-Mail alt;E-Mail neu', 'source\ttarget', 'Quelle;Ziel'])(
    'treats a first line with titles of columns as a header: %j',
    (text) => {
      expect(readPeopleCsv(text)).toEqual({ read: 0, lines: [], errors: [] });
    },
  );

  it('reads 20,000 lines, and refuses 20,001', () => {
    const csv = (count: number) =>
      `from;to\r\n${Array.from({ length: count }, (_, index) => `p${index}@old.example;p${index}@new.example\r\n`).join('')}`;
    expect(readPeopleCsv(csv(MAX_PEOPLE_LINES))).toMatchObject({ read: 20_000, errors: [] });
    expect(errors(readPeopleCsv(csv(MAX_PEOPLE_LINES + 1)))).toEqual([[20_002, 'too_many_lines']]);
  });

  it('reads no lines from an empty file', () => {
    for (const text of ['', '\uFEFF', '\n\n', 'from,to\n', 'sep=,\n'])
      expect(readPeopleCsv(text)).toEqual({ read: 0, lines: [], errors: [] });
  });

  it('counts each line once, as valid or with its error, whatever the text', () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? 7);
    const { below, oneOf } = randomOf(seed);
    const parts = [
      'a@x.example',
      '@x.example',
      'b@y.example',
      ',',
      ';',
      '\t',
      '"',
      '""',
      '\n',
      '\r\n',
      '\r',
      ' ',
      'x',
      '\0',
    ];
    for (let round = 0; round < 1_000; round++) {
      const text = Array.from({ length: below(30) }, () => oneOf(parts)).join('');
      const { read, lines, errors: found } = readPeopleCsv(text);
      const numbers = [...lines, ...found].map(({ line }) => line);
      expect({ text, seed, numbers: new Set(numbers).size, read }).toEqual({
        text,
        seed,
        numbers: read,
        read: numbers.length,
      });
    }
  });
});

describe('checking a people map', () => {
  it.each([
    ['no address', 'ana', 'bad_from'],
    ['a name beside the address', 'Ana <ana@old.example>', 'bad_from'],
    ['two addresses', 'ana@old.example ben@old.example', 'bad_from'],
    ['a domain without a dot', 'ana@localhost', 'bad_from'],
    ['an empty label', 'ana@old..example', 'bad_from'],
    ['a label that begins with a hyphen', '@-old.example', 'bad_from'],
    ['a pattern', '*@old.example', 'bad_from'],
    ['nothing', '', 'bad_from'],
    ['a local part of 65 characters', `${'a'.repeat(65)}@old.example`, 'bad_from'],
    ['an address of 255 characters', `${'a'.repeat(60)}@${'b.'.repeat(93)}examples`, 'bad_from'],
    ['an international domain', 'ana@müller.example', undefined],
  ])('judges %s', (_, from, code) => {
    expect(checkPeople([{ from, to: null }]).errors.map((error) => error.code)).toEqual(code ? [code] : []);
  });

  it('names the line and how to fix it', () => {
    const reading = checkPeople([
      { from: 'ana@old.example', to: 'ana@new.example' },
      { from: 'ben@old.example', to: 'ben' },
      { from: 'cid@old.example', to: '@new.example' },
      { from: 'Ana@old.example', to: 'other@new.example' },
    ]);

    expect(reading.lines).toEqual([{ line: 1, from: 'ana@old.example', to: 'ana@new.example' }]);
    expect(reading.errors).toEqual([
      {
        line: 2,
        code: 'bad_to',
        detail:
          '“ben” is neither an address, such as ana@old.example, nor a domain, such as @old.example. Leave it empty for nobody.',
      },
      {
        line: 3,
        code: 'kinds_differ',
        detail:
          '“cid@old.example” and “@new.example” must both be an address, or both “@” and a domain. Write a line for each address.',
      },
      {
        line: 4,
        code: 'two_targets',
        detail:
          '“ana@old.example” becomes “ana@new.example” on line 1 and “other@new.example” here. Remove one of the two lines.',
      },
    ]);
  });

  it('accepts a repeated line, and two people mapped to one', () => {
    const reading = checkPeople([
      { from: 'ana@old.example', to: 'ana@new.example' },
      { from: 'ana@old.example', to: 'ANA@new.example' },
      { from: 'ben@old.example', to: 'ana@new.example' },
    ]);

    expect(reading.errors).toEqual([]);
    expect(reading.lines).toHaveLength(3);
  });

  it.each<[string, [string, string | null][], number[]]>([
    [
      'two people mapped to each other',
      [
        ['a@x.example', 'b@x.example'],
        ['b@x.example', 'a@x.example'],
      ],
      [1, 2],
    ],
    [
      'three people in a circle',
      [
        ['a@x.example', 'b@x.example'],
        ['c@x.example', 'a@x.example'],
        ['b@x.example', 'c@x.example'],
      ],
      [1, 2, 3],
    ],
    [
      'two domains',
      [
        ['@x.example', '@y.example'],
        ['@y.example', '@x.example'],
      ],
      [1, 2],
    ],
    [
      'a person and a domain',
      [
        ['a@x.example', 'a@y.example'],
        ['@y.example', '@x.example'],
        ['b@x.example', 'a@x.example'],
      ],
      [1, 2],
    ],
    [
      'a chain',
      [
        ['a@x.example', 'b@x.example'],
        ['b@x.example', 'c@x.example'],
        ['c@x.example', null],
      ],
      [],
    ],
    [
      'a line to itself',
      [
        ['a@x.example', 'a@x.example'],
        ['@x.example', '@x.example'],
      ],
      [],
    ],
    [
      'a domain’s line with an exception for one address',
      [
        ['@x.example', '@y.example'],
        ['a@y.example', 'a@z.example'],
        ['b@y.example', 'b@x.example'],
      ],
      [1, 3],
    ],
    [
      'a loop that other lines lead to',
      [
        ['c@x.example', 'a@x.example'],
        ['a@x.example', 'b@x.example'],
        ['b@x.example', 'a@x.example'],
      ],
      [2, 3],
    ],
  ])('finds the loop in %s', (_, lines, looped) => {
    const reading = checkPeople(lines.map(([from, to]) => ({ from, to })));

    expect(errors(reading)).toEqual(looped.map((line) => [line, 'loop']));
    expect(reading.lines.map(({ line }) => line)).toEqual(
      lines.map((_each, index) => index + 1).filter((line) => !looped.includes(line)),
    );
  });

  it('names the lines of a loop', () => {
    expect(
      checkPeople([
        { from: 'a@x.example', to: 'b@x.example' },
        { from: 'b@x.example', to: 'a@x.example' },
      ]).errors[0]!.detail,
    ).toBe('Lines 1, 2 form a loop: “a@x.example” → “b@x.example” → “a@x.example”. Remove one of them.');
  });

  it('accepts 20,000 lines and refuses 20,001', () => {
    const lines = Array.from({ length: MAX_PEOPLE_LINES + 1 }, (_, index) => ({
      from: `p${index}@old.example`,
      to: `p${index}@new.example`,
    }));

    expect(checkPeople(lines.slice(1))).toMatchObject({ read: 20_000, errors: [] });
    const reading = checkPeople(lines);
    expect(reading).toMatchObject({ read: 20_001, lines: [], errors: [{ line: 20_001, code: 'too_many_lines' }] });
    expect(reading.errors[0]!.detail).toMatch(/^20,001 lines\. The maximum is 20,000\./);
  });
});

describe('a people map', () => {
  const map = mapOf(
    ['@old.example', '@new.example'],
    ['ana@old.example', 'boss@third.example'],
    ['temp@old.example', null],
    ['stay@old.example', 'stay@old.example'],
    ['ben@new.example', 'ben@third.example'],
    ['@gone.example', null],
  );

  it('prefers the line of an address to that of its domain', () => {
    expect(map.becomes(user('ana@old.example'))).toEqual(user('boss@third.example'));
    expect(map.becomes(user('cid@old.example'))).toEqual(user('cid@new.example'));
    expect(map.becomes(user('temp@old.example'))).toBeNull();
    expect(map.becomes(user('stay@old.example'))).toEqual(user('stay@old.example'));
  });

  it('treats a group as one grantee', () => {
    expect(map.becomes({ type: 'group', address: 'team@old.example' })).toEqual({
      type: 'group',
      address: 'team@new.example',
    });
  });

  it('maps a group by its own line to an address that may be a person’s', () => {
    const one = mapOf(['team@old.example', 'ana@new.example'], ['@old.example', '@new.example']);
    expect(one.becomes({ type: 'group', address: 'team@old.example' })).toEqual(user('ana@new.example'));
  });

  it('maps a domain by the line of the domain', () => {
    expect(map.becomes({ type: 'domain', address: 'old.example' })).toEqual({ type: 'domain', address: 'new.example' });
    expect(map.becomes({ type: 'domain', address: 'gone.example' })).toBeNull();
    expect(map.becomes({ type: 'domain', address: 'other.example' })).toEqual({
      type: 'domain',
      address: 'other.example',
    });
  });

  it('applies one line only, and does not chain lines', () => {
    expect(map.becomes(user('ben@old.example'))).toEqual(user('ben@new.example'));
  });

  it('does not apply the line of a domain to its subdomains', () => {
    expect(map.lineOf(user('ana@sub.old.example'))).toBeUndefined();
  });

  it('has no line for anyone', () => {
    expect(map.becomes({ type: 'anyone' })).toEqual({ type: 'anyone' });
  });
});
