import type { Page } from 'playwright-core';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem } from '../stage.ts';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456';
const NEW = '1ZyXwVuTsRqPoNmLkJiHgFeDcBa6543210';
const TEXT = `The plan: https://docs.google.com/document/d/${OLD}/edit#heading=h.3 and the answers: https://docs.google.com/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/viewform, and what nobody has copied: https://drive.google.com/file/d/1Other${OLD.slice(6)}/view`;
const FOUND = { copies: [{ sourceId: OLD, destinationId: NEW, name: 'Plan' }] };
const SEARCH = 'POST /api/copies/search';

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({ state, path: '/moved', sees, ...more });

const replace = async (page: Page) => {
  await page.getByRole('textbox', { name: 'Text with links' }).fill(TEXT);
  await page.getByRole('button', { name: 'Replace addresses' }).click();
};

export const rows: Row[] = [
  row('nobody connected', ['No account is connected', ['button', 'Connect destination']], { left: {} }),
  row('a text', [['heading', 'Links to moved files'], ['textbox', 'Text with links'], /^Your text stays/]),
  row(
    'addresses replaced',
    [
      '1 address replaced',
      /^1 address unchanged: no copy/,
      /^1 address unchanged: of a form/,
      ['button', 'Copy result'],
    ],
    { api: { [SEARCH]: FOUND }, arrange: ({ page }) => replace(page) },
  ),
  row('no address in the text', ['The text has no address of a file in Google Drive.'], {
    arrange: ({ page }) => page.getByRole('textbox', { name: 'Text with links' }).fill('No link.'),
  }),
  row(
    'could not search',
    [
      ['alert', ''],
      ['button', 'Replace addresses'],
    ],
    {
      api: { [SEARCH]: problem(429, 'rate_limited', 'Too many requests', { retryAfter: 20 }) },
      arrange: ({ page }) => replace(page),
    },
  ),
  row('a link without a copy', ['No copy found', ['link', 'Open the original']], {
    path: `/moved?id=${OLD}`,
    api: { [SEARCH]: { copies: [] } },
  }),
  row('a link, nobody connected', ['Connect an account to open the copy', ['link', 'Open the original']], {
    path: `/moved?id=${OLD}`,
    left: {},
  }),
];
