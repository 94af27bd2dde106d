import type { Page } from 'playwright-core';
import { accessibilityProblems } from './support/axe.ts';
import {
  ACCOUNTS,
  behave,
  consent,
  endSession,
  holdCopies,
  pane,
  row,
  signedInProfile,
  signIn,
  startPortal,
  startTransferOf,
  openPage,
  type Portal,
  type Profile,
} from './support/portal.ts';

/** Presses Tab until an element with this name has the focus; fails if none gets it. */
async function tabTo(page: Page, name: string | RegExp) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
    });
    if (name instanceof RegExp ? name.test(label) : label === name) return;
  }
  throw new Error(`${String(name)} never got the focus`);
}

describe('accessibility', () => {
  let portal: Portal;
  let signedIn: Profile;
  beforeAll(async () => {
    portal = await startPortal();
    signedIn = await signedInProfile(portal, async (page) => {
      await page.goto(`${portal.url}/transfers/${await startTransferOf(portal, page, 'Recipes')}`);
      await page.getByRole('heading', { level: 1, name: /^Finished/ }).waitFor();
    });
  });
  afterAll(() => portal?.close());

  it.each(['light', 'dark'] as const)(
    'dialogs, menus, notices and a running transfer pass axe in the %s theme',
    async (scheme) => {
      const { context, page, problems } = await openPage(portal, { colorScheme: scheme });
      await signIn(portal, page);
      await page.goto(`${portal.url}/move`);
      await row(page, 'source', 'Photos').getByRole('gridcell').first().click();
      await page.getByText('1 item selected').waitFor();
      const violations: Record<string, string[]> = {};
      const check = async (what: string, options?: { except: string[] }) => {
        violations[what] = await accessibilityProblems(page, options);
      };
      await check('a selection');

      await page.getByRole('button', { name: 'New folder' }).click();
      await page.getByRole('dialog').waitFor();
      await check('new folder');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Theme' }).click();
      await page.getByRole('menu').waitFor();
      // A menu is above the page's regions and belongs to none.
      await check('menu', { except: ['region'] });
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });

      await page.getByRole('radio', { name: 'Move' }).click();
      await page.getByRole('button', { name: 'Review 1 item' }).click();
      await page.getByRole('button', { name: /^Move \d+ items$/ }).click();
      await page.getByRole('alertdialog').waitFor();
      await check('move');
      await page.getByRole('button', { name: 'Keep as copy' }).click();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });

      const copy = page.getByRole('button', { name: /^Copy \d+ items$/ });
      await copy.waitFor();
      await check('a count');
      await holdCopies(portal);
      await copy.click();
      await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
      await check('running');
      await behave(portal, {});

      await endSession(portal, page, 'destination');
      await page.goto(`${portal.url}/move`);
      await pane(page, 'destination').getByText('Your destination sign-in ended').waitFor();
      await check('a side that ended');
      expect(violations).toEqual(Object.fromEntries(Object.keys(violations).map((what) => [what, []])));
      expect(problems).toEqual([]);
      await context.close();
    },
  );

  it('completes a transfer with the keyboard only', async () => {
    const { context, page, problems } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await tabTo(page, 'Connect source');
    await page.keyboard.press('Enter');
    await consent(page, ACCOUNTS.source);
    await page.getByText(ACCOUNTS.source).last().waitFor();
    await tabTo(page, 'Connect destination');
    await page.keyboard.press('Enter');
    await consent(page, ACCOUNTS.destination);
    await page.getByText(ACCOUNTS.destination).last().waitFor();
    await tabTo(page, 'Choose files');
    await page.keyboard.press('Enter');

    // The heading has the focus first; the grid is one tab stop.
    await page.getByRole('heading', { level: 1, name: 'Choose what to transfer, and where' }).waitFor();
    await page.getByRole('row', { name: /Passport\.pdf/ }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await tabTo(page, /^Files in My Drive/);
    const current = () =>
      page.evaluate(async () => {
        // The effect of a key is rendered in the frame after the next.
        await new Promise((rendered) => requestAnimationFrame(() => requestAnimationFrame(rendered)));
        const id = document.activeElement?.getAttribute('aria-activedescendant');
        return (id && document.getElementById(id)?.querySelector('.name .cut')?.textContent) ?? '';
      });
    const first = await current();
    await page.keyboard.press('ArrowDown');
    expect(await current()).not.toBe(first);
    while ((await current()) !== 'Photos') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /2023 Lisbon/ }).waitFor();
    // Opening a folder moves the focus to its first row.
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Files in Photos'));
    expect(await current()).toBe('2023 Lisbon');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 items selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Nothing selected').waitFor();
    await page.keyboard.press('Space');
    await page.getByText('1 item selected').waitFor();
    await page.keyboard.press('Backspace');
    await page.getByRole('row', { name: /Passport\.pdf/ }).waitFor();
    await page.keyboard.press('2');
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'search');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('heading', { level: 1, name: /can be copied$/ }).waitFor();
    await tabTo(page, /^Copy \d+ items?$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Finished/ }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('applies the chosen theme over the system’s, also after a reload', async () => {
    const { context, page } = await openPage(portal, { colorScheme: 'dark' });
    await page.goto(`${portal.url}/connect`);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await page.getByRole('button', { name: 'Theme' }).click();
    await page.getByRole('menuitemradio', { name: 'Light' }).click();
    await page.locator('html[data-theme="light"]').waitFor();
    const light = await background();
    expect(light).not.toBe(dark);
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await background()).toBe(light);
    await context.close();
  });

  it('reports that the browser is offline and keeps the page', async () => {
    const { context, page } = await openPage(portal, { storageState: signedIn });
    await page.goto(`${portal.url}/transfers`);
    await page.getByRole('row', { name: /Recipes/ }).waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await page.getByRole('row', { name: /Recipes/ }).waitFor();
    await context.setOffline(false);
    await page.getByText('You are offline').waitFor({ state: 'detached' });
    await context.close();
  });
});
