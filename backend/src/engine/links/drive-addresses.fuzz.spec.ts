import { randomOf, type Random } from '../../../test/support/random.js';
import { findAddresses, parseAddress, replaceAddress, replaceAddresses } from './drive-addresses.js';

/*
 * Texts are composed of parts whose replacement is known when they are written, so that the expected text shares no code
 * with the parser.
 */

const TRIALS = Number(process.env['FUZZ_TRIALS'] ?? 400);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const idOf = ({ below }: Random, length: number) =>
  Array.from({ length }, () => ID_CHARACTERS[below(ID_CHARACTERS.length)]).join('');

interface Part {
  readonly before: string;
  readonly after: string;
}
const plain = (text: string): Part => ({ before: text, after: text });

const FRAGMENTS = [
  '',
  '',
  '#heading=h.1a2b',
  '#gid=0',
  '#gid=7&range=A1:B2',
  '#slide=id.g1_0_1',
  '#bookmark=id.kix.x',
  '#',
];
const PARAMETERS = [
  'usp=sharing',
  'tab=t.0',
  'gid=0',
  'slide=id.p',
  'ouid=1012',
  'rtpof=true',
  'sd',
  'x=%C3%BC%20y',
  'q=',
];
const PATHS = [
  ...['document', 'spreadsheets', 'presentation', 'forms', 'drawings'].flatMap((kind) => [
    `docs.google.com/${kind}/d/{}/edit`,
    `docs.google.com/${kind}/u/4/d/{}/edit`,
    `docs.google.com/a/school.example/${kind}/d/{}`,
    `DOCS.google.COM/${kind}/d/{}/`,
  ]),
  'drive.google.com/file/d/{}/view',
  'drive.google.com/drive/folders/{}',
  'drive.google.com/drive/u/0/folders/{}',
];
const BY_PARAMETER = ['drive.google.com/open', 'drive.google.com/uc', 'drive.google.com/u/1/open'];
const HOSTS_OF_OTHERS = [
  'docs.google.com.example',
  'notdocs.google.com',
  'drive.google.example',
  'example.com',
  'sites.google.com',
];

/** A query with keys at random places; `id` is one of its parameters if given. */
function query({ below, chance, oneOf }: Random, id?: Part): Part {
  const parameters: { part: Part; isKey: boolean }[] = Array.from({ length: below(4) }, () => {
    const isKey = chance(0.4);
    const text = isKey
      ? oneOf(['resourcekey=0-Ab_c', 'resourcekey=', 'resourcekey', 'resourceKey=0-x'])
      : oneOf(PARAMETERS);
    return { part: plain(text), isKey };
  });
  if (id) {
    const part = { before: `id=${id.before}`, after: `id=${id.after}` };
    parameters.splice(below(parameters.length + 1), 0, { part, isKey: false });
  }
  const separator = chance(0.2) ? '&amp;' : '&';
  const joined = (texts: string[]) => (texts.length > 0 ? '?' : '') + texts.join(separator);
  return {
    before: joined(parameters.map(({ part }) => part.before)),
    after: joined(parameters.flatMap(({ part, isKey }) => (isKey ? [] : [part.after]))),
  };
}

function address(random: Random, id: Part): Part {
  const { chance, oneOf } = random;
  const scheme = oneOf(['https://', 'https://', 'http://', 'HTTPS://', '']);
  const fragment = oneOf(FRAGMENTS);
  if (chance(0.3)) {
    const path = scheme + oneOf(BY_PARAMETER);
    const { before, after } = query(random, id);
    return { before: path + before + fragment, after: path + after + fragment };
  }
  const path = scheme + oneOf(PATHS);
  const { before, after } = query(random);
  return {
    before: path.replace('{}', id.before) + before + fragment,
    after: path.replace('{}', id.after) + after + fragment,
  };
}

const encoded = ({ before, after }: Part): Part => ({
  before: encodeURIComponent(before),
  after: encodeURIComponent(after),
});
const around = (start: string, { before, after }: Part, end: string): Part => ({
  before: start + before + end,
  after: start + after + end,
});

const WORDS = [
  'See',
  'the plan',
  '😀',
  'und',
  '。',
  '1.',
  '=SUM(A1)',
  'ana@docs.google.com',
  'https://',
  'docs.google.com',
  'd/',
  '%2F',
];
const CLOSED = [
  [' ', ' '],
  ['(', ')'],
  ['"', '"'],
  ['<', '>'],
  ['\n', '.'],
  [' ', ', '],
  ['=HYPERLINK("', '";"x")'],
  ['](', ')'],
  ["'", "'"],
];

function textOf(random: Random): { parts: Part[]; ids: ReadonlyMap<string, string> } {
  const { below, chance, oneOf } = random;
  const ids = new Map<string, string>();
  const known = (): Part => {
    const length = oneOf([19, 28, 33, 44]);
    const before = chance(0.3) && ids.size > 0 ? oneOf([...ids.keys()]) : idOf(random, length);
    if (!ids.has(before)) ids.set(before, idOf(random, length));
    return { before, after: ids.get(before)! };
  };
  const parts = Array.from({ length: 1 + below(8) }, (): Part => {
    const [start = '', end = ''] = oneOf(CLOSED);
    const kind = below(6);
    if (kind === 0) return plain(` ${oneOf(WORDS)} `);
    if (kind === 1) return around(start, plain(address(random, plain(idOf(random, 44))).before), end);
    if (kind === 2) {
      // The id that is mapped, at a host or in a parameter where it is no address of Drive.
      const other = `https://${oneOf(HOSTS_OF_OTHERS)}`;
      const inside = address(random, known()).before;
      const text = oneOf([
        `${other}/document/d/${known().before}/edit`,
        `${other}/?next=${inside}`,
        `${other}/${encodeURIComponent(inside)}`,
        `${other}/open?id=${known().before}`,
        `mailto:${known().before}@docs.google.com`,
        `ftp://docs.google.com/document/d/${known().before}/edit`,
      ]);
      return around(start, plain(text), end);
    }
    if (kind === 3)
      return around(`${start}https://www.google.com/url?q=`, encoded(address(random, known())), `&sa=D${end}`);
    return around(start, address(random, known()), end);
  });
  return { parts, ids };
}

const whole = (parts: readonly Part[], side: keyof Part) => parts.map((part) => part[side]).join(' ');

function eachTrial(check: (random: Random, seed: number) => void): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + TRIALS; seed++) check(randomOf(seed), seed);
}

describe('addresses in random texts', () => {
  it('change in nothing but the id and the key, and everything else stays', () => {
    eachTrial((random, seed) => {
      const { parts, ids } = textOf(random);
      const text = whole(parts, 'before');
      expect([seed, replaceAddresses(text, (id) => ids.get(id))]).toEqual([seed, whole(parts, 'after')]);
    });
  });

  it('are replaced once: a second time finds nothing to do', () => {
    eachTrial((random, seed) => {
      const { parts, ids } = textOf(random);
      const once = replaceAddresses(whole(parts, 'before'), (id) => ids.get(id));
      expect([seed, replaceAddresses(once, (id) => ids.get(id))]).toEqual([seed, once]);
    });
  });

  it('have the mapped id afterwards, no key, and the same fragment and other parameters', () => {
    eachTrial((random, seed) => {
      const [oldId, newId] = [idOf(random, 44), idOf(random, 33)];
      const { before } = address(random, plain(oldId));
      const after = replaceAddress(before, (id) => (id === oldId ? newId : undefined));
      expect([seed, parseAddress(before), parseAddress(after)]).toMatchObject([
        seed,
        { id: oldId },
        { id: newId, keys: [] },
      ]);
      const rest = (text: string, id: string) => {
        const url = new URL(
          text
            .replaceAll('&amp;', '&')
            .replace(/^(?!https?:)/i, 'https://')
            .replace(id, 'ID'),
        );
        const parameters = [...url.searchParams].filter(([name]) => name.toLowerCase() !== 'resourcekey');
        return [url.protocol, url.host, url.pathname, parameters, url.hash];
      };
      expect([seed, rest(after, newId)]).toEqual([seed, rest(before, oldId)]);
      expect(after).not.toMatch(/resourcekey/i);
    });
  });

  it('are found only at hosts of Drive, whatever a text consists of', () => {
    const id = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789';
    const PIECES = [
      ...[
        'https://',
        'http://',
        'docs.google.com',
        'drive.google.com',
        'www.google.com',
        '.',
        'example.com',
        ':443',
        '@',
        '//',
        '\\',
      ],
      ...[
        '/document',
        '/d/',
        '/e/',
        '/u/1',
        '/file',
        '/drive/folders/',
        '/open',
        '/url',
        '?id=',
        '?q=',
        '&',
        '=',
        '#',
        '/',
        'edit',
        'x',
        id,
      ],
      ...[
        ' ',
        '"',
        "'",
        '(',
        ')',
        ',',
        '%3F',
        '%2F',
        '%',
        '&amp;',
        'resourcekey=0-K',
        '?',
        '😀',
        '\n',
        'ü',
        '|',
        ';',
        '<',
        '>',
        'pub',
      ],
    ];
    const STARTS = [
      '',
      ...['/document/d/', '/open?id=', '/spreadsheets/u/1/d/'].map((path) => `https://docs.google.com${path}${id}`),
    ];
    const HOSTS = /^(docs|drive|www|script)\.google\.com$|^google\.com$|^drive\.usercontent\.google\.com$/;
    let count = 0;
    eachTrial((random, seed) => {
      for (let i = 0; i < 25; i++) {
        const start = random.oneOf(STARTS);
        const text = start + Array.from({ length: 1 + random.below(14) }, () => random.oneOf(PIECES)).join('');
        const found = findAddresses(text);
        let end = 0;
        for (const each of found) {
          const written = text.slice(each.start, each.end);
          expect([seed, text, each.start >= end]).toEqual([seed, text, true]);
          end = each.end;
          const url = new URL(written.replace(/^(?!https?:)/i, 'https://'));
          expect([seed, text, HOSTS.test(url.hostname), url.username]).toEqual([seed, text, true, '']);
          if ('id' in each) count++;
        }
        // Only the addresses change, each as if it were the whole text.
        const newIdOf = () => 'NEW-id-of-0123456789';
        const replaced = replaceAddresses(text, newIdOf);
        let from = 0;
        const expected = found.map(({ start, end: to }) => {
          const part = text.slice(from, start) + replaceAddress(text.slice(start, to), newIdOf);
          from = to;
          return part;
        });
        expect([seed, replaced]).toEqual([seed, expected.join('') + text.slice(from)]);
        for (const each of findAddresses(replaced))
          if ('id' in each) expect([seed, text, each.id]).toEqual([seed, text, 'NEW-id-of-0123456789']);
      }
    });
    expect(count).toBeGreaterThan(TRIALS);
  });
});
