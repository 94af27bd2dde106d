import type { ItemRecord, Ledger } from './ports/ledger.js';
import { reportCsv } from './report.js';

const named = (...names: string[]): Pick<Ledger, 'items' | 'state'> => ({
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

async function linesOf(...names: string[]): Promise<string[]> {
  let text = '';
  for await (const part of reportCsv(named(...names))) text += part;
  return text.split('\r\n').slice(1, -1);
}

describe('the report as CSV', () => {
  it.each(['=HYPERLINK("http://example.com")', '+1', '-1', '@SUM(A1)', '\tx'])(
    'keeps a spreadsheet from taking the name %j for a formula',
    async (name) => {
      const [line] = await linesOf(name);
      expect(line).toMatch(/^"?'/);
    },
  );

  it.each([
    ['completed', 'done'],
    ['completed_with_failures', 'done'],
    ['canceled', 'none'],
    ['failed', 'none'],
    ['running', 'none'],
  ] as const)('says of what arrived whether there was a closing check: %s, %s', async (state, check) => {
    const [arrived, failed] = [{ destinationId: 'd' }, {}].map((outcome) => ({ name: 'a', outcome }));
    const items = (from: number) => Promise.resolve([arrived, failed].slice(from) as unknown as ItemRecord[]);
    let text = '';
    for await (const part of reportCsv({ items, state: () => Promise.resolve(state) })) text += part;
    expect(text.split('\r\n').map((line) => line.split(',').at(-1))).toEqual(['closing_check', check, '', '']);
  });

  it('quotes what would end a field or a line', async () => {
    expect((await linesOf('a,b'))[0]).toMatch(/^"a,b","a,b",verified,/);
    expect((await linesOf('say "x"'))[0]).toMatch(/^"say ""x""",/);
    expect((await linesOf('plain'))[0]).toMatch(/^plain,plain,verified,/);
  });
});
