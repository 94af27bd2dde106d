import { until } from '../../tools/until.ts';
import {
  ACCOUNTS,
  behave,
  signedInProfile,
  holdCopies,
  holdGoogle,
  connectBoth,
  startPortal,
  openPage,
  watchTransferOf,
  type Portal,
  type Profile,
  type OpenedPage,
} from './support/portal.ts';

const KEY = 'a-key-that-only-this-test-knows-0123';

describe('the shell, the sessions and the analytics', () => {
  let portal: Portal;
  let context: OpenedPage['context'];
  let page: OpenedPage['page'];
  let problems: OpenedPage['problems'];
  let signedIn: Profile;
  beforeAll(async () => {
    portal = await startPortal({ env: { OPERATOR_KEY: KEY } });
    signedIn = await signedInProfile(portal);
  });
  afterAll(() => portal?.close());
  beforeEach(async () => {
    ({ context, page, problems } = await openPage(portal, { storageState: signedIn }));
    await page.goto(`${portal.url}/connect`);
    await page.getByText(ACCOUNTS.destination).last().waitFor();
  });
  afterEach(async () => {
    expect(problems).toEqual([]);
    await context.close();
  });

  /** Opens another browser that is signed in to the same accounts. */
  async function elsewhere() {
    const other = await openPage(portal);
    // On the pages, because the list of sessions names the browser.
    await connectBoth(portal, other.page);
    return other;
  }

  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });

  it('opens every page by keys and by name, with its title and focus on its heading', async () => {
    for (const [keys, title, name] of [
      ['gt', 'Transfers · CloudMover', 'Transfers'],
      ['gs', 'Sessions · CloudMover', 'Sessions and security'],
      ['gm', 'Choose · CloudMover', 'Choose what to transfer, and where'],
    ] as const) {
      // Both at once, because a pair is one only if its keys follow each other soon.
      await Promise.all([...keys].map((key) => page.keyboard.press(key)));
      await heading(name).waitFor();
      await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
      expect(await page.title()).toBe(title);
    }
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: 'What do you want to do?' });
    await box.waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    await page.keyboard.type('deut');
    await page.keyboard.press('Enter');
    await page.locator('html[lang="de"]').waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Sitzungen' }).first().waitFor();
    // The focus returns to where it was, not to the top of the page.
    await page.keyboard.press('Control+k');
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  });

  it('controls a transfer by named commands', async () => {
    await holdGoogle(portal, 'files.create');
    await watchTransferOf(portal, page, 'Photos');
    const runCommand = async (search: string) => {
      await page.keyboard.press('Control+k');
      await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
      await page.keyboard.type(search);
      await page.keyboard.press('Enter');
    };
    const accepted = page.waitForResponse((response) => response.url().endsWith('/pause'));
    await runCommand('pau');
    await accepted;
    await behave(portal, {});
    await page
      .getByRole('main')
      .getByText(/^Paused, /)
      .waitFor();
    await runCommand('show log');
    await page.getByRole('table', { name: 'Log' }).waitFor();
    await runCommand('cancel');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel transfer' }).click();
    await heading(/^Canceled: /).waitFor();
  });

  it('turns off single-key shortcuts in all tabs and after a reload', async () => {
    const second = await context.newPage();
    await second.goto(`${portal.url}/connect`);
    await second.getByText(ACCOUNTS.source).last().waitFor();
    await second.evaluate(() =>
      addEventListener('storage', ({ newValue }) => {
        if (newValue?.includes('"shortcutsOff":true')) document.documentElement.dataset['heard'] = '';
      }),
    );
    await page.keyboard.press('?');
    await page.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
    await page.getByRole('button', { name: 'Close' }).click();
    await second.locator('html[data-heard]').waitFor({ state: 'attached' });
    for (const tab of [page, second]) {
      await tab.keyboard.press('g');
      await tab.keyboard.press('t');
      await tab.keyboard.press('?');
    }
    await page.reload();
    await page.getByText(ACCOUNTS.source).last().waitFor();
    await page.keyboard.press('?');
    // In each tab, the dialog of a later key is the only one.
    for (const tab of [page, second]) {
      await tab.keyboard.press('Control+k');
      await tab.getByRole('dialog', { name: 'Commands' }).waitFor();
      expect(await tab.getByRole('dialog').count()).toBe(1);
    }
    expect(new URL(second.url()).pathname).toBe('/connect');
  });

  it('reports when the browser is offline, and is live again afterwards', async () => {
    await page.getByText('Live', { exact: true }).waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await page.getByText('Offline', { exact: true }).waitFor();
    await context.setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('You are offline').waitFor({ state: 'detached' });
    // Ignore the failed requests that this test provoked.
    for (const [i, text] of [...problems.entries()].reverse())
      if (/ERR_INTERNET_DISCONNECTED/.test(text)) problems.splice(i, 1);
  });

  it('ends another browser’s session, which shows that; this one stays', async () => {
    const other = await elsewhere();
    await page.goto(`${portal.url}/sessions`);
    const others = page.getByRole('table', { name: 'Your other sessions' });
    await others.getByText('Chrome on Linux').first().waitFor();
    const mine = others.getByRole('row').filter({ hasText: ACCOUNTS.source });
    await mine
      .getByRole('button', { name: /^End session/ })
      .first()
      .click();
    // The message disappears after some seconds, so the page presses its button as soon as it is there.
    await page.waitForFunction(() => {
      const message = [...document.querySelectorAll('mat-snack-bar-container')].find(({ textContent }) =>
        textContent?.includes('1 session ended. Transfers keep running.'),
      );
      const button = [...(message?.querySelectorAll('button') ?? [])].find(
        ({ textContent }) => textContent?.trim() === 'Dismiss',
      );
      button?.click();
      return button !== undefined;
    });
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End all others' }).click();
    await page.getByText('No other session of these accounts is open.').waitFor();
    await page
      .getByText(/^Ends tomorrow|^Ends today/)
      .first()
      .waitFor();
    await other.page.reload();
    await other.page.getByText('Your sign-ins ended').waitFor();
    await other.context.close();
    await page.reload();
    await page.getByText('No other session of these accounts is open.').waitFor();
  });

  it('shows an operator the activity, and forgets the key with the tab', async () => {
    await page.goto(`${portal.url}/analytics`);
    await page.getByLabel('Operator key').fill('not-the-key-not-the-key-not-the-key');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('That key is not valid.').waitFor();
    await page.getByLabel('Operator key').fill(KEY);
    await page.getByLabel('Operator key').press('Enter');
    await page.getByText('Live sessions').waitFor();
    await page.getByText('1, all responding').first().waitFor();
    const chart = page.getByRole('img', { name: /^(Items verified per minute over|No item was verified)/ });
    const line = chart.locator('path.line');
    await line.waitFor({ state: 'attached' });
    expect(await line.evaluate((path) => (path as SVGPathElement).getTotalLength())).toBeGreaterThan(0);
    await page.getByRole('link', { name: '7 d' }).click();
    await page.waitForURL(/range=7d/);
    await page.getByRole('link', { name: 'Analytics' }).first().waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.URL]));
    expect(kept).not.toContain(KEY);
    await page.reload();
    await page.getByLabel('Operator key').waitFor();

    // A session instead of the key outlives the tab, until it is locked.
    await page.getByLabel('Operator key').fill(KEY);
    await page.getByLabel('Keep me signed in').check();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Live sessions').waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(KEY);
    await page.reload();
    await page.getByText('Live sessions').waitFor();
    const token = await page.evaluate(() => localStorage.getItem('cloudmover.operator'));
    await page.getByRole('button', { name: 'Lock: forget the operator key' }).click();
    await page.getByLabel('Operator key').waitFor();
    const ended = () => fetch(`${portal.url}/api/keys`, { headers: { 'X-Operator-Key': token! } });
    await until('the session has ended', async () => (await ended()).status === 403);
  });

  it('names the transfer that stops, withdraws access, and the transfer then asks for the account', async () => {
    await holdCopies(portal);
    await watchTransferOf(portal, page, 'Photos');
    const transfer = page.url();
    await page.getByRole('link', { name: 'Sessions' }).first().click();
    await page
      .getByText(/1 unfinished transfer that uses it stops and waits/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: `Withdraw access to ${ACCOUNTS.source}` }).click();
    const question = page.getByRole('alertdialog', { name: `Withdraw access to ${ACCOUNTS.source}?` });
    await question.getByText(`Photos, from ${ACCOUNTS.source} to ${ACCOUNTS.destination}`).waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Keep access');
    await question.getByRole('button', { name: 'Withdraw access' }).click();
    await page.getByText(`Access to ${ACCOUNTS.source} is withdrawn. 1 transfer waits until you reconnect.`).waitFor();
    expect(await page.evaluate(() => localStorage.getItem('cloudmover.token.source'))).toBeNull();
    await page
      .getByRole('link', { name: /^Transfers 1 needs attention$/ })
      .first()
      .waitFor();
    await page.goto(transfer);
    await page.getByText(`Reconnect ${ACCOUNTS.source}`).first().waitFor();
    await behave(portal, {});
    // The withdrawal ended the sessions that the tests share.
    signedIn = await signedInProfile(portal);
  });
});
