import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf } from '../../test/support/random.js';
import type { ItemRecord } from './model/items.js';
import type { TransferOrder } from './model/order.js';
import type { Ledger } from './ports/ledger.js';
import { reportCsv } from './report.js';

/** Of a transfer that carries no sharing over. */
const order = {} as TransferOrder;
const [accessRecords, linkRecords] = [async () => [], async () => []];

const named = (...names: string[]): Pick<Ledger, 'items' | 'state' | 'order' | 'accessRecords' | 'linkRecords'> => ({
  order,
  accessRecords,
  linkRecords,
  state: () => Promise.resolve('completed'),
  items: (from, count) =>
    Promise.resolve(
      names
        .map(
          (name, ordinal) => ({ ordinal, name, path: name, state: 'verified', outcome: {} }) as unknown as ItemRecord,
        )
        .slice(from, from + count),
    ),
});

async function csvOf(names: readonly string[]): Promise<string> {
  let text = '';
  for await (const part of reportCsv(named(...names))) text += part;
  return text;
}

/**
 * Reads the file as any program may: quotes count only at the start of a cell, and text after a closing quote is kept.
 */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"')
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
    if (text[at] === '"') at++;
    while (at < text.length && text[at] !== separator && !/[\r\n]/.test(text[at]!)) cell += text[at++];
    rows.at(-1)!.push(cell);
    if (text[at] === separator) at++;
    else if (at < text.length) {
      if (text.startsWith('\r\n', at)) at++;
      at++;
      rows.push([]);
    }
  }
  return rows;
}

const SIGNS = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '−'];
const BLANKS = [
  '', ' ', '\u00A0', '\u2003', '\u3000', '\u200B', '\u2060', '\uFEFF', '\u202E', '\u00AD', '\u3164',
  '\u0000', '\u0001', '\u007F', '\u0085', '\u2028', '\v', '\f', ' \u200B\u0007 ',
]; // oxfmt-ignore
const IS_FORMULA = /^[\s\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}"]*[=+\-@＝＋－＠﹦−]/u;

async function expectHarmless(names: readonly string[]): Promise<void> {
  const text = await csvOf(names);
  for (const separator of [',', ';', '\t'])
    expect(cellsOf(text, separator).flat().filter((cell) => IS_FORMULA.test(cell))).toEqual([]); // oxfmt-ignore
}

/** Reads it like `npm run verify-report`. */
async function readBack(names: readonly string[]): Promise<string[]> {
  const tool = new URL('../../../cli/verify/report-file.ts', import.meta.url).href;
  const { readReport } = (await import(tool)) as { readReport: (file: string) => { items: { name?: string }[] } };
  const folder = await mkdtemp(join(tmpdir(), 'cloudmover-csv-'));
  try {
    await writeFile(join(folder, 'report.csv'), await csvOf(names));
    return readReport(join(folder, 'report.csv')).items.map(({ name }) => name ?? '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function linesOf(...names: string[]): Promise<string[]> {
  let text = '';
  for await (const part of reportCsv(named(...names))) text += part;
  return text.split('\r\n').slice(1, -1);
}

describe('the report as CSV', () => {
  it.each(SIGNS)('prevents every spreadsheet from treating a name with %j as a formula', async (sign) => {
    for (const before of BLANKS)
      for (const name of [
        `${before}${sign}SUM(A1)`,
        `a;${before}${sign}SUM(A1)`,
        `a\t${before}${sign}1`,
        `a\r\n${before}${sign}1`,
        `"${before}${sign}1`,
        `a;"${before}${sign}1"`,
        `a;${before}`,
        `'${before}${sign}1`,
      ])
        await expectHarmless([name, `${sign}next`]);
  });

  it('has no formula in any cell, whatever the separator and names, and can be read back exactly', async () => {
    const seed = Number(process.env['CSV_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = randomOf(seed);
    const pieces = [...SIGNS, ...BLANKS, ...';;\t\t,,""\'\'', '\r', '\n', '\r\n', 'a', 'é', '😀', '1', '||', '""'];
    const names = Array.from({ length: 3_000 }, () =>
      Array.from({ length: 1 + random.below(9) }, () => random.oneOf(pieces)).join(''),
    );
    try {
      await expectHarmless(names);
      expect(await readBack(names)).toEqual(names);
    } catch (error) {
      throw new Error(`CSV_SEED=${seed}`, { cause: error });
    }
  });

  it('takes time proportional to the length of a name', async () => {
    const [line] = await linesOf('\t'.repeat(200_000) + '=1');
    expect(line).toContain("\t'=1");
  });

  it.each([
    ['completed', 'done'],
    ['completed_with_failures', 'done'],
    ['canceled', 'none'],
    ['failed', 'none'],
    ['running', 'none'],
  ] as const)('states for arrived items whether there was a closing check: %s, %s', async (state, check) => {
    const [arrived, failed] = [{ destinationId: 'd' }, {}].map((outcome) => ({ name: 'a', outcome }));
    const items = (from: number) => Promise.resolve([arrived, failed].slice(from) as unknown as ItemRecord[]);
    let text = '';
    for await (const part of reportCsv({
      order,
      accessRecords,
      linkRecords,
      items,
      state: () => Promise.resolve(state),
    }))
      text += part;
    const [head = [], ...lines] = text.split('\r\n').map((line) => line.split(','));
    const column = head.indexOf('closing_check');
    expect(lines.slice(0, 2).map((line) => line[column])).toEqual([check, '']);
  });

  it('quotes characters that would end a field or a line', async () => {
    expect((await linesOf('a,b'))[0]).toMatch(/^"a,b","a,b",verified,/);
    expect((await linesOf('say "x"'))[0]).toMatch(/^"say ""x""",/);
    expect((await linesOf('plain'))[0]).toMatch(/^plain,plain,verified,/);
  });
});
