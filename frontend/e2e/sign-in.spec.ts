import type { Request } from 'playwright-core';
import {
  ACCOUNTS,
  card,
  connect,
  consent,
  endSession,
  pane,
  row,
  signIn,
  startPortal,
  tokensOf,
  openPage,
  type Portal,
} from './support/portal.ts';

/**
 * Gives the page the server's response after an hour, once. Playwright's `route` would pause all requests of the page,
 * also those of the sign-in that follows; on a busy machine, that can hang.
 */
function withdrawTooLate(problem: { status: number }) {
  const real = globalThis.fetch;
  globalThis.fetch = (...request) => {
    const { pathname } = new URL(new Request(...request).url);
    if (pathname !== '/session/revoke') return real(...request);
    globalThis.fetch = real;
    const headers = { 'content-type': 'application/problem+json' };
    return Promise.resolve(new Response(JSON.stringify(problem), { status: problem.status, headers }));
  };
}

describe('signing in', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.close());

  it('removes the token from the address and replaces it, so that the one in the history is useless', async () => {
    const { context, page, problems } = await openPage(portal);
    const requests: Request[] = [];
    page.on('request', (request) => requests.push(request));
    await connect(portal, page, 'source');

    const landing = requests.map((request) => new URL(request.url())).find((url) => url.searchParams.has('token'));
    const handedOver = landing?.searchParams.get('token') ?? '';
    const { source: kept } = await tokensOf(page);
    expect(handedOver).toBeTruthy();
    expect(kept).toBeTruthy();
    expect(kept).not.toBe(handedOver);
    expect(page.url()).toBe(`${portal.url}/connect`);
    const validate = (token: string) =>
      fetch(`${portal.url}/session/validate`, { headers: { Authorization: `Bearer ${token}` } });
    // It was exchanged: it is valid for ten more seconds for requests in progress, but not for another exchange.
    const exchange = { method: 'POST', headers: { Authorization: `Bearer ${handedOver}` } };
    expect((await fetch(`${portal.url}/session/rotate`, exchange)).status).toBe(401);
    expect((await validate(kept)).status).toBe(200);

    // The first call to the API exchanges the token, and none carries one in its address.
    const calls = requests.filter((request) => ['fetch', 'xhr'].includes(request.resourceType()));
    const after = calls.slice(calls.findIndex((request) => request.url().endsWith('/session/rotate')));
    expect(after[0]?.method()).toBe('POST');
    expect(calls.filter((request) => request.url().includes(kept) || request.url().includes(handedOver))).toEqual([]);
    await page.goBack();
    expect(page.url()).not.toContain('token');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('explains that access was refused at Google, and offers to try again', async () => {
    const { context, page, problems } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    await page.getByRole('button', { name: 'Connect destination' }).click();
    await consent(page, ACCOUNTS.destination, { allow: false });
    await page.getByText('You did not allow access at Google. Nothing was connected.').waitFor();
    expect(page.url()).toBe(`${portal.url}/`);
    await page.getByRole('button', { name: 'Connect destination again' }).click();
    await consent(page, ACCOUNTS.destination);
    await card(page, 'destination').getByText(ACCOUNTS.destination).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('explains that the Drive box was not ticked', async () => {
    const { context, page, problems } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    await page.getByRole('button', { name: 'Connect source' }).click();
    await consent(page, ACCOUNTS.source, { untick: ['See, edit, create and delete all of your Drive files'] });
    await page
      .getByText(
        'This account did not grant the access that this needs. Connect it again without “Copy only”, and keep the Drive box ticked.',
      )
      .waitFor();
    expect(await page.evaluate(() => localStorage.getItem('cloudmover.token.source'))).toBeNull();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('asks only the side whose sign-in ended to reconnect, and keeps place, selection and the other side', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await row(page, 'source', 'Photos').getByRole('gridcell').first().click();
    await row(page, 'source', 'Work').getByText('Work').click();
    await row(page, 'source', 'Clients').waitFor();
    const address = page.url();

    await endSession(portal, page, 'source');
    await row(page, 'source', 'Clients').getByText('Clients').click();
    await pane(page, 'source').getByText('Your source sign-in ended').waitFor();
    await pane(page, 'destination').getByText('This folder is empty').waitFor();
    await page.getByText('1 item selected').waitFor();
    await page.getByRole('button', { name: 'Review 1 item', disabled: true }).waitFor();
    await page.goBack();
    expect(page.url()).toBe(address);

    await pane(page, 'source').getByRole('button', { name: 'Reconnect source' }).click();
    await consent(page, ACCOUNTS.source);
    await page.waitForURL(address);
    await row(page, 'source', 'Clients').waitFor();
    await page.getByText('1 item selected').waitFor();
    await page.getByRole('button', { name: 'Review 1 item', disabled: false }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows the transfers of the remaining account when one sign-in has ended', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/connect`);
    await page.getByRole('link', { name: 'See transfers' }).click();
    await page.getByRole('heading', { name: 'No transfers yet' }).waitFor();
    await endSession(portal, page, 'source');
    // The files need the session that has ended; the transfers need only the other one.
    await page.getByRole('link', { name: 'Move files', exact: true }).click();
    await pane(page, 'source').getByText('Your source sign-in ended').waitFor();
    await page.getByRole('link', { name: 'Transfers', exact: true }).click();
    await page.getByRole('heading', { name: 'No transfers yet' }).waitFor();
    await page.getByRole('link', { name: /^Accounts: from.*sign-in ended.*to.*bob@example\.com/s }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('disconnects one side and keeps the other', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/connect`);
    const { source: token } = await tokensOf(page);
    await card(page, 'source').getByRole('button', { name: 'Disconnect' }).click();
    await card(page, 'source').getByRole('button', { name: 'Connect source' }).waitFor();
    await card(page, 'destination').getByText(ACCOUNTS.destination).waitFor();
    const response = await fetch(`${portal.url}/session/validate`, { headers: { Authorization: `Bearer ${token}` } });
    expect(response.status).toBe(401);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('keeps two tabs of a browser in sync', async () => {
    const { context, page } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    const second = await context.newPage();
    await second.goto(`${portal.url}/connect`);
    await connect(portal, page, 'source');
    await card(second, 'source').getByText(ACCOUNTS.source).waitFor();
    await context.close();
  });

  it('leaves no earlier session alive when the same browser signs in again', async () => {
    const { context, page } = await openPage(portal);
    await connect(portal, page, 'source');
    const { source: earlier } = await tokensOf(page);
    await card(page, 'source').getByRole('button', { name: 'Use another account' }).click();
    await consent(page, ACCOUNTS.source);
    await card(page, 'source').getByText(ACCOUNTS.source).waitFor();
    const { source: kept } = await tokensOf(page);
    const statusOf = async (path: string, token: string) =>
      (await fetch(`${portal.url}${path}`, { headers: { 'X-Source-Token': token } })).status;
    expect(await statusOf('/session/validate', earlier)).toBe(401);
    // The credential of the account is still valid.
    expect(await statusOf('/list-files', kept)).toBe(200);
    await context.close();
  });

  it('withdraws access after a new sign-in if the last one is too old', async () => {
    const { context, page } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/sessions`);
    await page.evaluate(withdrawTooLate, { status: 403, code: 'reauthentication_required', side: 'source' });
    await page.getByRole('button', { name: `Withdraw access to ${ACCOUNTS.source}` }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Withdraw access' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Sign in again to continue' });
    const leaving = page.waitForRequest((request) => request.url().includes('/auth/source?'));
    await dialog.getByRole('button', { name: 'Continue with Google' }).click();
    expect(new URL((await leaving).url()).searchParams.get('max_age')).toBe('3600');
    await consent(page, ACCOUNTS.source);
    await page.getByText(new RegExp(`Access to ${ACCOUNTS.source} is withdrawn`)).waitFor();
    await page.waitForURL(`${portal.url}/sessions`);
    expect(await page.evaluate(() => localStorage.getItem('cloudmover.token.source'))).toBeNull();
    await context.close();
  });

  it('connects a source as copy only: moving is off, and can be allowed', async () => {
    const { context, page, problems } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    await card(page, 'source').getByLabel('Copy only').check();
    await page.getByRole('button', { name: 'Connect source' }).click();
    await consent(page, ACCOUNTS.source);
    await card(page, 'source').getByText('Connected, copy only').waitFor();
    await card(page, 'source').getByRole('button', { name: 'Allow moving' }).click();
    await consent(page, ACCOUNTS.source);
    await card(page, 'source').getByText('Connected', { exact: true }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });
});
