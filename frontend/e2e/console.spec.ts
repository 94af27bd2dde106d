import type { Locator, Page } from 'playwright-core';
import type { FilePage, Transfer } from '../src/app/api/models';
import { signIn, startPortal, tokensOf, openPage, type Portal } from './support/portal.ts';

/** Makes a call in the console: opens its form, fills it in, sends it, and returns the response. */
async function call(page: Page, operation: string, fill: (block: Locator) => Promise<void>) {
  const [tag, action] = operation.split('.');
  // Swagger escapes the dot of the operation's name.
  const block = page.locator(`[id^="operations-${tag}-"][id$=".${action}"]`);
  await block.locator('.opblock-summary-control').click();
  await fill(block);
  await block.getByRole('button', { name: 'Execute' }).click();
  const response = block.locator('.live-responses-table tbody .response').first();
  await response.waitFor();
  return {
    status: Number((await response.locator('.response-col_status').innerText()).trim().split(/\s/)[0]),
    body: JSON.parse(
      await response.locator('.response-col_description .highlight-code code').first().innerText(),
    ) as unknown,
  };
}

describe('the console at /docs', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.close());

  it('accepts session tokens, lists files and starts a transfer', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    const tokens = await tokensOf(page);

    await page.goto(`${portal.url}/docs`);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const authorise = async (scheme: string, token: string) => {
      const form = page.locator('.auth-container', { hasText: scheme });
      await form.locator('input').fill(token);
      await form.getByRole('button', { name: 'Apply credentials' }).click();
      await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    };
    await authorise('X-Source-Token', tokens.source);
    await page.locator('.auth-btn-wrapper .btn-done').first().click();

    const listed = await call(page, 'drive.listFiles', async (block) => {
      await block.locator('tr[data-param-name="folder_id"] input').fill('root');
      await block.locator('tr[data-param-name="search"] input').fill('');
    });
    expect(listed.status).toBe(200);
    const passport = (listed.body as FilePage).files.find((file) => file.name === 'Passport.pdf');
    expect(passport).toBeDefined();

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await authorise('X-Destination-Token', tokens.destination);
    await page.locator('.auth-btn-wrapper .btn-done').first().click();
    const started = await call(page, 'transfers.create', async (block) => {
      await block.locator('textarea.body-param__text').fill(JSON.stringify({ items: [passport?.id] }));
    });
    expect(started.status).toBe(202);

    // The portal shows the same transfer.
    await page.goto(`${portal.url}/transfers/${(started.body as Transfer).id}`);
    await page.getByRole('heading', { level: 1, name: 'Finished: the item arrived and was verified' }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });
});
