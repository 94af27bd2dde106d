import {
  ACCOUNTS,
  asGoogle,
  behave,
  connect,
  consent,
  endSession,
  FINISHED,
  holdCopies,
  holdGoogle,
  signIn,
  startPortal,
  openPage,
  watchTransferOf,
  type Portal,
  type OpenedPage,
} from './support/portal.ts';

describe('a failure during a transfer', () => {
  let portal: Portal;
  let context: OpenedPage['context'];
  let page: OpenedPage['page'];
  let problems: OpenedPage['problems'];
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.close());
  beforeEach(async () => {
    ({ context, page, problems } = await openPage(portal));
    await signIn(portal, page);
    await holdCopies(portal);
  });
  afterEach(async () => {
    await behave(portal, {});
    expect(problems).toEqual([]);
    await context.close();
  });

  it.each(['source', 'destination'] as const)(
    'Google withdraws the %s: the page asks for the same account, and the transfer continues',
    async (side) => {
      // Requests of that side wait until the access is withdrawn: the source's, which shares its files, and the copies.
      if (side === 'source') await holdGoogle(portal, 'permissions.create');
      await watchTransferOf(portal, page, 'Photos');
      await Promise.all([
        // It is announced at once. The next announcement replaces it.
        page.waitForFunction(() =>
          [...document.querySelectorAll('.cdk-live-announcer-element')].some(({ textContent }) =>
            textContent?.includes('Reconnect needed'),
          ),
        ),
        asGoogle(portal, 'grants/revoke', { account: ACCOUNTS[side] }).then(() => behave(portal, {})),
      ]);
      const alert = page.getByRole('alert').filter({ hasText: `Reconnect ${ACCOUNTS[side]}` });
      await alert.getByText(/items? copied, .* waiting/).waitFor();
      expect(await page.title()).toMatch(/^Reconnect needed \d+% · Photos · CloudMover$/);
      // The navigation counts it.
      await page
        .getByRole('link', { name: /^Transfers 1 needs attention$/ })
        .first()
        .waitFor();
      await alert.getByRole('button', { name: `Reconnect ${side}` }).click();
      await consent(page, ACCOUNTS[side]);
      await page.getByRole('heading', FINISHED).waitFor();
      await page.getByText('untouched (copy)').waitFor();
    },
  );

  it('both sign-ins end: the page keeps its data, and either account shows the rest', async () => {
    await watchTransferOf(portal, page, 'Photos');
    await page.getByText('Live', { exact: true }).waitFor();
    const address = page.url();
    await endSession(portal, page, 'source');
    await endSession(portal, page, 'destination');
    await page.reload();
    await page.getByText('Transfers kept running.', { exact: false }).first().waitFor();
    expect(page.url()).toBe(address);
    await behave(portal, {});
    await connect(portal, page, 'destination');
    await page.goto(address);
    await page.getByRole('heading', FINISHED).waitFor();
  });

  it('Google refuses for a day: the page states until when, and retries on request', async () => {
    await behave(portal, {
      latencyMs: 100,
      faults: [{ operation: 'files.copy', status: 403, reason: 'quotaExceeded', retryAfter: 600 }],
    });
    await watchTransferOf(portal, page, 'Recipes');
    await page.getByText(/Next try: .* \(in \d+ min/).waitFor();
    await behave(portal, {});
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('heading', FINISHED).waitFor();
  });

  it('two tabs show the same, even after a command in one of them, and a reload loses nothing', async () => {
    // Its first folder is not created before it is paused, so all files are left when it resumes.
    await holdGoogle(portal, 'files.create');
    await watchTransferOf(portal, page, 'Photos');
    const second = await context.newPage();
    await second.goto(page.url());
    await second.getByText('Live', { exact: true }).waitFor();
    const accepted = page.waitForResponse((response) => response.url().endsWith('/pause'));
    await page.getByRole('button', { name: 'Pause' }).click();
    await accepted;
    await holdCopies(portal);
    await second.getByRole('button', { name: 'Resume' }).waitFor();
    // Not the announcement for screen readers, which starts in the same way.
    await second
      .getByRole('main')
      .getByText(/^Paused, /)
      .waitFor();
    await page.reload();
    await page
      .getByRole('main')
      .getByText(/^Paused, /)
      .waitFor();
    await second.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await behave(portal, {});
    await page.getByRole('heading', FINISHED).waitFor();
    await second.getByRole('heading', FINISHED).waitFor();
  });

  it('the database is down for a while: nothing is lost, the page states what is safe, and everything resumes automatically', async () => {
    await watchTransferOf(portal, page, 'Photos');
    // What the person did: selected a tab, and typed a search.
    await page.getByRole('link', { name: /^Items/ }).click();
    const search = page.getByRole('searchbox');
    await search.fill('jpg');
    await page.waitForURL(/[?&]q=jpg/);
    await page.getByText('Live', { exact: true }).waitFor();
    const address = page.url();

    const startAgain = await portal.stopRedis();
    await page.getByText(/^Reconnecting in \d+ s$/).waitFor();
    const reason = page.getByText('CloudMover cannot reach its database. Nothing was changed.');
    await page
      .getByRole('status')
      .filter({ has: reason })
      .getByText(/everything already transferred is safe/)
      .waitFor();
    // A command fails with the same reason, and its button returns.
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('mat-snack-bar-container', { hasText: 'cannot reach its database' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    // Further attempts to reconnect do not change the page.
    for (let attempt = 0; attempt < 2; attempt++)
      await page.waitForResponse((response) => response.url().includes('/events') && response.status() >= 500);
    expect(page.url()).toBe(address);
    expect(await search.inputValue()).toBe('jpg');
    await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();

    await startAgain();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText(/everything already transferred is safe/).waitFor({ state: 'detached' });
    // The message about the failed command disappears when the outage ends.
    await page.locator('mat-snack-bar-container').waitFor({ state: 'detached' });
    await behave(portal, {});
    await page.getByRole('heading', FINISHED).waitFor();
    expect(page.url()).toBe(address);
    expect(await search.inputValue()).toBe('jpg');
    // Ignore the failed requests that this test provoked.
    for (const [i, text] of [...problems.entries()].reverse()) if (/ 50[0234] /.test(text)) problems.splice(i, 1);
  });
});
