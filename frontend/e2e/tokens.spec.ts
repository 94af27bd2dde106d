// A sign-in may end at any time: Google withdraws the access, the session is ended elsewhere, or it expires while the
// computer sleeps. The open page then names the side, keeps what the person did, and continues after a new sign-in.
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
  pane,
  row,
  signIn,
  startPortal,
  tick,
  openPage,
  watchTransferOf,
  type Portal,
  type Side,
  type OpenedPage,
} from './support/portal.ts';

const SIDES: Side[] = ['source', 'destination'];
const OTHER: Record<Side, Side> = { source: 'destination', destination: 'source' };
const HOUR_MS = 3_600_000;

describe('a sign-in that ends', () => {
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
  });
  afterEach(async () => {
    await behave(portal, {});
    expect(problems).toEqual([]);
    await context.close();
  });

  const withdraw = (side: Side) => asGoogle(portal, 'grants/revoke', { account: ACCOUNTS[side] });
  const reviewButton = () => page.getByRole('button', { name: 'Review 1 item' });

  async function choosing() {
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Recipes');
    await page.getByText('1 item selected').waitFor();
  }

  /** Expects a notice in the side's pane, and reconnects: folder and selection are kept. */
  async function reconnectInPane(side: Side) {
    const notice = pane(page, side).getByText(`Your ${side} sign-in ended`);
    await notice.waitFor();
    await pane(page, OTHER[side])
      .getByRole('grid')
      .or(pane(page, OTHER[side]).getByText('This folder is empty'))
      .waitFor();
    await page.getByText('1 item selected').waitFor();
    await page.getByRole('button', { name: 'Review 1 item', disabled: true }).waitFor();
    const address = page.url();
    await pane(page, side)
      .getByRole('button', { name: `Reconnect ${side}` })
      .click();
    await consent(page, ACCOUNTS[side]);
    await page.waitForURL(address);
    await page.getByText('1 item selected').waitFor();
    await row(page, 'source', 'Recipes').waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('button')].some((each) => /^Review 1 item$/.test(each.innerText) && !each.disabled),
    );
  }

  describe.each(SIDES)('of the %s', (side) => {
    it('while a folder is being listed', async () => {
      await signIn(portal, page);
      await choosing();
      await holdGoogle(portal, 'files.list');
      await page.reload({ waitUntil: 'commit' });
      await pane(page, side).getByText('Loading My Drive…').waitFor();
      await withdraw(side);
      await behave(portal, {});
      // Google may still have answered this request, but not the next one.
      await page.reload();
      await reconnectInPane(side);
    });

    it('by a session that is ended elsewhere while files are chosen', async () => {
      await signIn(portal, page);
      await choosing();
      await endSession(portal, page, side);
      await page.reload();
      await reconnectInPane(side);
    });

    it('while the selection is being counted', async () => {
      await signIn(portal, page);
      await choosing();
      await holdGoogle(portal, 'files.list');
      await reviewButton().click();
      await page.getByRole('heading', { level: 1, name: 'Counting what will be copied' }).waitFor();
      await withdraw(side);
      await behave(portal, {});
      const reconnect = page.getByRole('main').getByRole('button', { name: `Reconnect ${side}` });
      await reconnect.waitFor();
      const address = page.url();
      await reconnect.click();
      await consent(page, ACCOUNTS[side]);
      await page.waitForURL(address);
      await page.getByRole('heading', { level: 1, name: /items can be copied$/ }).waitFor();
      await page.getByRole('button', { name: /^Copy [\d,]+ items$/ }).click();
      await page.waitForURL(/\/transfers\/[\w-]+$/);
    });

    it('by a session that is ended elsewhere on the review page', async () => {
      await signIn(portal, page);
      await choosing();
      await reviewButton().click();
      await page.getByRole('heading', { level: 1, name: /items can be copied$/ }).waitFor();
      const address = page.url();
      await endSession(portal, page, side);
      // The page notices it with its next request.
      await page.getByRole('button', { name: /^Copy [\d,]+ items$/ }).click();
      const notice = page.getByRole('alert').filter({ hasText: `Your ${side} sign-in ended` });
      await notice.getByRole('button', { name: `Reconnect ${side}` }).click();
      await consent(page, ACCOUNTS[side]);
      await page.waitForURL(address);
      await page.getByRole('button', { name: /^Copy [\d,]+ items$/ }).click();
      await page.waitForURL(/\/transfers\/[\w-]+$/);
    });

    it('by a session that is ended elsewhere during a transfer: the other account shows it to its end', async () => {
      await signIn(portal, page);
      await holdCopies(portal);
      await watchTransferOf(portal, page, 'Recipes');
      await page.getByText('Live', { exact: true }).waitFor();
      await endSession(portal, page, side);
      await page.reload();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('link', { name: /^Accounts: .*sign-in ended/s }).waitFor();
      await behave(portal, {});
      await page.getByRole('heading', FINISHED).waitFor();
    });
  });

  describe('while the tab sleeps, on both sides', () => {
    /** Advances the clock by a day, as for a closed laptop; the server has ended both sessions in that time. */
    async function sleepForADay() {
      for (const side of SIDES) await endSession(portal, page, side);
      await page.clock.fastForward(25 * HOUR_MS);
    }
    beforeEach(async () => {
      await page.clock.install();
      await signIn(portal, page);
    });

    it('while files are chosen: both panes say so, and the selection is kept when they return', async () => {
      await choosing();
      await sleepForADay();
      for (const side of SIDES) await pane(page, side).getByText(`Your ${side} sign-in ended`).waitFor();
      await page.getByText('1 item selected').waitFor();
      await pane(page, 'source').getByRole('button', { name: 'Reconnect source' }).click();
      await page.clock.setSystemTime(Date.now());
      await consent(page, ACCOUNTS.source);
      await page.waitForURL(/\/move/);
      await row(page, 'source', 'Recipes').waitFor();
      await page.getByText('1 item selected').waitFor();
    });

    it('on the review page: it keeps its figures, names both, and does not start', async () => {
      await choosing();
      await reviewButton().click();
      await page.getByRole('heading', { level: 1, name: /items can be copied$/ }).waitFor();
      const address = page.url();
      await sleepForADay();
      for (const side of SIDES)
        await page
          .getByRole('alert')
          .filter({ hasText: `Your ${side} sign-in ended` })
          .waitFor();
      await page.getByRole('heading', { level: 1, name: /items can be copied$/ }).waitFor();
      await page.getByRole('button', { name: /^Copy [\d,]+ items$/, disabled: true }).waitFor();
      await page.getByRole('alert').getByRole('button', { name: 'Reconnect source' }).click();
      await page.clock.setSystemTime(Date.now());
      await consent(page, ACCOUNTS.source);
      await page.waitForURL(address);
      await page.getByRole('heading', { level: 1, name: /items can be copied$/ }).waitFor();
    });

    it('during a transfer: the page keeps its data, and updates again once either account returns', async () => {
      await holdCopies(portal);
      await watchTransferOf(portal, page, 'Recipes');
      await page.getByText('Live', { exact: true }).waitFor();
      await sleepForADay();
      await page.getByText('Transfers kept running.', { exact: false }).first().waitFor();
      await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
      const address = page.url();
      await behave(portal, {});
      await page.getByRole('link', { name: 'Connect an account' }).waitFor();
      await page.clock.setSystemTime(Date.now());
      await connect(portal, page, 'destination');
      await page.goto(address);
      await page.getByRole('heading', FINISHED).waitFor();
    });
  });
});
