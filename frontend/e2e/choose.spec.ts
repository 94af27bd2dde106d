import type { BrowserContextOptions, Page } from 'playwright-core';
import { accessibilityProblems } from './support/axe.ts';
import {
  ACCOUNTS,
  behave,
  holdGoogle,
  pane,
  reviewAndStart,
  row,
  signedInProfile,
  startPortal,
  tick,
  openPage,
  type Portal,
  type Profile,
} from './support/portal.ts';

const finished = (page: Page) => page.getByRole('heading', { level: 1, name: /^Finished: / }).waitFor();

/** Calls the sandbox's Drive API on behalf of an account. */
async function asAccount(portal: Portal, account: string, path: string, body: object) {
  const post = async (url: string, content: object, headers = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(content),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Record<'id' | 'access_token', string>;
  };
  const { access_token: token } = await post(`${portal.sandboxUrl}/__sandbox/tokens`, { account });
  return post(`${portal.sandboxUrl}/drive/v3/${path}`, body, { authorization: `Bearer ${token}` });
}

describe('choosing and reviewing', () => {
  let portal: Portal;
  let signedIn: Profile;
  beforeAll(async () => {
    portal = await startPortal();
    signedIn = await signedInProfile(portal);
  });
  afterAll(() => portal?.close());
  afterEach(() => portal && behave(portal, {}));

  const enter = async (address = '/move', options: BrowserContextOptions = {}) => {
    const entered = await openPage(portal, { storageState: signedIn, ...options });
    await entered.page.goto(portal.url + address);
    return entered;
  };

  it('sets the target folder when the selection is dropped on it', async () => {
    const { context, page, problems } = await enter();
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Dropped');
    await page.getByRole('button', { name: 'Create' }).click();
    await tick(page, 'Taxes');
    // Dragging an item that is not selected selects it; the selected items are dragged with it.
    await Promise.all([
      // This message disappears after some seconds.
      page.getByText('2 items will be copied to Dropped').waitFor(),
      row(page, 'source', 'Passport.pdf').dragTo(row(page, 'destination', 'Dropped')),
    ]);
    await page.getByText('2 items selected').waitFor();
    await page.getByText('Copies go to Dropped').waitFor();
    expect(new URL(page.url()).searchParams.get('dst')).toBeTruthy();
    await page.goBack();
    await page.getByText('Copies go to My Drive').waitFor();
    await page.goForward();
    await page.getByText('Copies go to Dropped').waitFor();
    await reviewAndStart(page, '2 items');
    await finished(page);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('transfers files on a phone, from the selection to the report', async () => {
    const { context, page, problems } = await enter('/move', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await row(page, 'source', 'Recipes').getByRole('gridcell').first().tap();
    await page.getByText('1 item selected').waitFor();
    // The other side is rendered, but inert until it is opened.
    await pane(page, 'destination').waitFor({ state: 'hidden' });
    await page.getByRole('radio', { name: /^To · / }).tap();
    await page.getByText('Copies go to My Drive').waitFor();
    await page.getByRole('radio', { name: /^From · 1/ }).tap();
    await pane(page, 'source').getByRole('button', { name: 'Search' }).tap();
    await page.getByLabel('Search the source by name').fill('Passport');
    // The folder's own list contains Passport.pdf too.
    await row(page, 'source', 'Recipes').waitFor({ state: 'detached' });
    await row(page, 'source', 'Passport.pdf').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Review 1 item' }).tap();
    await page.getByRole('heading', { level: 1, name: /can be copied$/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: /^Copy \d+ items$/ }).tap();
    await finished(page);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('copies from one shared drive to another, each with its drive in the address', async () => {
    const drive = (account: string, name: string) => asAccount(portal, account, `drives?requestId=${name}`, { name });
    const legal = await drive(ACCOUNTS.source, 'Legal');
    const vault = await drive(ACCOUNTS.destination, 'Vault');
    const folder = await asAccount(portal, ACCOUNTS.source, 'files?supportsAllDrives=true', {
      name: 'Cases',
      mimeType: 'application/vnd.google-apps.folder',
      parents: [legal.id],
    });
    await asAccount(portal, ACCOUNTS.source, 'files?supportsAllDrives=true', {
      name: 'First case',
      mimeType: 'application/vnd.google-apps.document',
      parents: [folder.id],
    });
    const { context, page, problems } = await enter();
    for (const [side, name] of [
      ['source', 'Legal'],
      ['destination', 'Vault'],
    ] as const) {
      await pane(page, side).getByRole('button', { name: 'Choose another drive' }).click();
      await page.getByRole('menuitemradio', { name }).click();
      await pane(page, side).getByRole('navigation').getByText(name).waitFor();
    }
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ srcDrive: legal.id, dstDrive: vault.id });
    await row(page, 'source', 'Cases').getByText('Cases').click();
    await row(page, 'source', 'First case').waitFor();
    await page.reload();
    const path = pane(page, 'source').getByRole('navigation');
    await path.getByText('Cases').waitFor();
    await path.getByRole('button', { name: 'Legal' }).click();
    await tick(page, 'Cases');
    await page.getByRole('checkbox', { name: 'in a new folder' }).uncheck();
    await page.getByText('Copies go to Vault').waitFor();
    await reviewAndStart(page, '1 item');
    await finished(page);
    await page.goto(`${portal.url}/move?dstDrive=${vault.id}`);
    await row(page, 'destination', 'Cases').waitFor();

    // A folder's ID in the address is enough to open its drive.
    await page.goto(`${portal.url}/move?src=${folder.id}`);
    await path.getByRole('button', { name: 'Legal' }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('keeps counting while another page is open, and can be stopped without losing the selection', async () => {
    const { context, page, problems } = await enter();
    for (const name of ['Photos', 'Work', 'Old computer']) await tick(page, name);
    await page.getByText('3 items selected').waitFor();
    await holdGoogle(portal, 'files.list', 2);
    await page.getByRole('button', { name: 'Review 3 items' }).click();
    await page.getByRole('progressbar').waitFor();
    expect(await page.title()).toMatch(/^Counting [\d,]+ · Review · CloudMover$/);
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await Promise.all([
      // This message disappears after some seconds.
      page.getByText('Counting stopped. Your selection is kept.').waitFor(),
      page.getByRole('button', { name: 'Stop counting' }).click(),
    ]);
    await page.waitForURL(`${portal.url}/move`);
    await page.getByText('3 items selected').waitFor();
    await behave(portal, {});
    await page.goto(address);
    await page.getByRole('heading', { level: 1, name: 'This count no longer exists' }).waitFor();
    await page.getByRole('link', { name: 'Back to selection' }).click();

    // A recount with other options replaces the count in the history.
    await page.getByRole('button', { name: 'Review 3 items' }).click();
    await page.getByRole('button', { name: 'Change the options' }).click();
    await page.getByLabel('Same name exists').selectOption('Leave what is there');
    const first = page.url();
    await page.getByRole('button', { name: 'Recount with these options' }).click();
    await page.waitForURL((url) => url.href !== first);
    await page.getByText('Leave what is there').waitFor();
    await page.goBack();
    await page.getByText('3 items selected').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('lists items whose owner forbids copying before the start, and copies the rest', async () => {
    const folderType = 'application/vnd.google-apps.folder';
    const asOwner = (path: string, body: object) => asAccount(portal, ACCOUNTS.destination, path, body);
    const handbook = await asOwner('files', { name: 'Handbook', mimeType: folderType });
    const inside = (name: string, parts: object) => asOwner('files', { name, parents: [handbook.id], ...parts });
    await inside('Salaries', { mimeType: 'application/vnd.google-apps.site', copyRequiresWriterPermission: true });
    await inside('Welcome', { mimeType: 'application/vnd.google-apps.document' });
    await asOwner(`files/${handbook.id}/permissions?sendNotificationEmail=false`, {
      role: 'reader',
      type: 'user',
      emailAddress: ACCOUNTS.source,
    });
    const { context, page, problems } = await enter('/move?srcDrive=shared-with-me');
    await row(page, 'source', 'Handbook').getByText('Copy only', { exact: true }).waitFor();
    await row(page, 'source', 'Handbook').getByText('Handbook').click();
    const salaries = row(page, 'source', 'Salaries');
    await salaries.getByText('Can’t copy', { exact: true }).waitFor();
    // Click it anyway.
    await salaries.getByRole('gridcell').first().click({ force: true });
    await page.getByText('Nothing selected').waitFor();
    await page.keyboard.press('Backspace');
    await tick(page, 'Handbook');
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    await page.getByRole('heading', { level: 1, name: '2 of 3 items can be copied' }).waitFor();
    await page.getByRole('button', { name: 'Checks' }).click();
    await page.getByText('3 items belong to someone else').waitFor();
    await page.getByRole('button', { name: 'See it' }).click();
    const list = page.getByRole('region', { name: 'Cannot be copied, item by item' });
    await list.getByText('Handbook/Salaries').waitFor();
    await list.getByText(/^Google offers no way to copy files of this type\./).waitFor();
    await page.getByRole('button', { name: 'Copy 2 items' }).click();
    await page.getByRole('heading', { level: 1, name: /^Finished: 2 items arrived and were verified/ }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });
});
