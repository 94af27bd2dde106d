import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import type { Report } from '../src/app/api/models';
import { accessibilityProblems } from './support/axe.ts';
import {
  ACCOUNTS,
  asGoogle,
  askSandbox,
  behave,
  connectBoth,
  consent,
  FINISHED,
  holdCopies,
  holdGoogle,
  pane,
  reviewAndStart,
  row,
  signIn,
  startPortal,
  startTransferOf,
  tick,
  openPage,
  type Portal,
} from './support/portal.ts';

declare global {
  /** The largest burst of layout shifts of this page. */
  var shifts: { cls: number; moved: string };
  /** The browser's notifications, and the number of requests for permission. */
  var notified: { asked: number; shown: { title: string; body?: string }[]; click: () => void };
}

/** A layout shift, which is missing in TypeScript's DOM types. */
interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: Node }[];
}

/** An item of an account in the sandbox. */
interface SandboxItem {
  id: string;
  path: string;
  md5?: string;
  mimeType: string;
  trashed: boolean;
}

/** The items of an account with their paths, from the sandbox's control API. */
async function tree(portal: Portal, account: string) {
  const response = await fetch(`${portal.sandboxUrl}/__sandbox/tree?account=${account}`);
  const lines = (await response.text()).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as SandboxItem).filter((item) => !item.trashed);
}

async function saveReport(page: Page, format: string) {
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByRole('menuitem', { name: `As ${format}` }).click();
}

/**
 * Measures layout shifts that are not caused by input, as the CLS of Web Vitals: the largest sum of a burst of at most
 * five seconds, in which each shift follows within a second. Runs in the page.
 */
function countShifts() {
  globalThis.shifts = { cls: 0, moved: '' };
  let burst = { first: -Infinity, last: -Infinity, sum: 0, moved: [] as string[] };
  new PerformanceObserver((list) => {
    for (const { startTime, value, hadRecentInput, sources } of list.getEntries() as LayoutShift[]) {
      if (hadRecentInput) continue;
      if (startTime - burst.last > 1_000 || startTime - burst.first > 5_000)
        burst = { first: startTime, last: startTime, sum: 0, moved: [] };
      burst.last = startTime;
      burst.sum += value;
      const nodes = sources.map(({ node }) => (node instanceof Element ? node : node?.parentElement)?.className);
      burst.moved.push(`${value.toFixed(4)} by ${nodes.join(', ')}`);
      if (burst.sum > globalThis.shifts.cls) globalThis.shifts = { cls: burst.sum, moved: burst.moved.join('; ') };
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/**
 * Records the browser's own notifications. Runs in the page. Chromium without a window grants the permission when it is
 * asked, but its `Notification.permission` stays `denied`, so the answer takes its place.
 */
function recordNotifications() {
  const notified = { asked: 0, shown: [] as { title: string; body?: string }[], click: () => undefined as void };
  globalThis.notified = notified;
  let permission: NotificationPermission = 'default';
  globalThis.Notification = class extends Notification {
    static override get permission() {
      return permission;
    }
    static override async requestPermission() {
      notified.asked++;
      return (permission = await super.requestPermission());
    }
    constructor(title: string, options: NotificationOptions = {}) {
      super(title, options);
      notified.shown.push({ title, body: options.body });
      notified.click = () => void this.dispatchEvent(new Event('click'));
    }
  };
}

describe('moving files from one account to the other', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.close());
  afterEach(() => portal && behave(portal, {}));

  it('connects both, selects files and a folder, transfers, and reports that everything arrived', async () => {
    const { context, page, problems } = await openPage(portal);
    await connectBoth(portal, page);
    await page.getByRole('link', { name: 'Choose files' }).click();

    // A selection in two folders.
    await tick(page, 'Photos');
    await tick(page, 'Passport.pdf');
    await row(page, 'source', 'Recipes').getByText('Recipes').click();
    await page.waitForURL(/[?&]src=/);
    await tick(page, 'Grandma’s bread.md');
    await page.getByText('3 items selected').waitFor();

    // A new folder as the target.
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Archive');
    await page.getByRole('button', { name: 'Create' }).click();
    await row(page, 'destination', 'Archive').getByText('Archive').click();
    await page.getByText('Copies go to Archive').waitFor();
    await page.getByLabel('Name of the new folder').fill('From Alice');

    await reviewAndStart(page, '3 items');
    await page.waitForURL(/\/transfers\/[\w-]+$/);
    await page.getByRole('heading', { level: 1, name: /Finished: all \d+ items arrived and were verified/ }).waitFor();
    expect(await page.title()).toMatch(/^Completed · .*Photos.* · CloudMover$/);

    const [download] = await Promise.all([page.waitForEvent('download'), saveReport(page, 'JSON')]);
    expect(download.suggestedFilename()).toMatch(/^cloudmover-.*\.json$/);
    const report = JSON.parse(await readFile(await download.path(), 'utf8')) as Report;
    const found = report.transfer.counts.found;
    expect(report.transfer.counts.verified).toBe(found);
    expect(report.items).toHaveLength(found);

    const [csv] = await Promise.all([page.waitForEvent('download'), saveReport(page, 'CSV')]);
    // A header, and at least a line for each item (names may hold line breaks).
    expect((await readFile(await csv.path(), 'utf8')).trim().split('\n').length).toBeGreaterThan(found);

    // The destination has the same bytes, and the source still has the originals.
    const arrived = await tree(portal, ACCOUNTS.destination);
    const bread = (await tree(portal, ACCOUNTS.source)).find((item) => item.path.endsWith('Grandma’s bread.md'));
    expect(arrived.find((item) => item.path.endsWith('Archive/From Alice/Grandma’s bread.md'))?.md5).toBe(bread?.md5);
    expect(arrived.filter((item) => item.path.includes('From Alice/'))).toHaveLength(found);

    await page.getByRole('link', { name: 'Transfers' }).first().click();
    await page.getByRole('row', { name: /Completed Photos/ }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('does not shift its layout while a transfer runs or when it ends', async () => {
    const { context, page } = await openPage(portal);
    await page.addInitScript(countShifts);
    await signIn(portal, page);
    // The page follows the transfer from its first list of files on; the list before that finds the selected items.
    await holdGoogle(portal, 'files.list', 2);
    await page.goto(`${portal.url}/transfers/${await startTransferOf(portal, page, 'Photos', 'Recipes')}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await behave(portal, { latencyMs: { 'files.copy': 900, 'files.list': 1_200, 'permissions.create': 500 } });
    await page.getByRole('heading', { level: 1, name: /^Finished: all \d+ items arrived/ }).waitFor();
    await page.getByRole('heading', { name: 'What arrived, by kind' }).waitFor();
    const { cls, moved } = await page.evaluate(() => globalThis.shifts);
    if (cls >= 0.01) throw new Error(`The layout shifted by ${cls}: ${moved}.`);
    await context.close();
  });

  it('carries sharing over: shows who keeps access, sets it without an e-mail, and proves it', async () => {
    const CAROL = 'carol@example.com';
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await asGoogle(portal, 'accounts', { email: CAROL });
    const { access_token } = await asGoogle<{ access_token: string }>(portal, 'tokens', { account: ACCOUNTS.source });
    const photos = (await tree(portal, ACCOUNTS.source)).find(({ path }) => path.endsWith('Photos'));
    const shared = await fetch(
      `${portal.sandboxUrl}/drive/v3/files/${photos?.id}/permissions?sendNotificationEmail=false`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'user', role: 'writer', emailAddress: CAROL }),
      },
    );
    expect(shared.status).toBe(200);

    await page.goto(`${portal.url}/move`);
    await tick(page, 'Photos');
    await page.getByLabel('Name of the new folder').fill('Shared photos');
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    const access = page.getByRole('region', { name: 'Who will have access' });
    await access.getByRole('radio', { name: 'Carry over' }).click();
    await access.getByRole('button', { name: 'Recount with these settings' }).click();
    // It opens by itself: the owner of the originals loses access, as is the default.
    await access.getByText('Nobody gains access').waitFor();
    await access.getByRole('row', { name: /carol@example.com.*Keeps/ }).waitFor();

    await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
    await page.getByRole('heading', FINISHED).waitFor();
    await page.getByRole('link', { name: 'Access' }).click();
    await page.getByRole('row', { name: /carol@example.com.*As wanted/ }).waitFor();
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download access.csv' }).click(),
    ]);
    expect(await readFile(await csv.path(), 'utf8')).toContain(`${CAROL},writer`);

    // According to the sandbox, not to our own report.
    const copies = (await tree(portal, ACCOUNTS.destination)).filter(({ path }) => path.includes('Shared photos/'));
    expect(copies.length).toBeGreaterThan(1);
    for (const { id } of copies) {
      const { items } = await askSandbox<{ items: { people: { email: string; role: string }[] }[] }>(
        portal,
        `access?item=${id}`,
      );
      const roles = items.flatMap(({ people }) => people).map(({ email, role }) => `${email} ${role}`);
      expect(roles.sort()).toEqual([`${ACCOUNTS.destination} owner`, `${CAROL} writer`]);
    }
    expect(await askSandbox(portal, 'notifications')).toMatchObject({ notifications: [] });
    expect(problems).toEqual([]);
    await context.close();
  });

  it('rewrites links in documents: estimates them, rewrites them, and lists what became of each', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    const make = <T>(what: string, body: object) => asGoogle<T>(portal, what, { account: ACCOUNTS.source, ...body });
    const { folderId } = await make<{ folderId: string }>('trees', { name: 'Linked', folders: 1, files: 1, bytes: 10 });
    const target = (await tree(portal, ACCOUNTS.source)).find(
      ({ path, mimeType }) => path.startsWith('Linked/') && !mimeType.endsWith('.folder'),
    );
    const address = (id = '') => `https://drive.google.com/file/d/${id}/view?usp=sharing`;
    const content = [
      [{ text: 'the file', url: address(target?.id) }],
      [{ text: 'elsewhere', url: address('X'.repeat(33)) }],
    ];
    await make('documents', { name: 'Plan', parentId: folderId, document: { content } });

    await page.goto(`${portal.url}/move`);
    await tick(page, 'Linked');
    await page.getByLabel('Name of the new folder').fill('With links');
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    const links = page.getByRole('region', { name: 'Links in documents' });
    await links.getByRole('radio', { name: 'Rewrite' }).click();
    await page
      .getByRole('button', { name: /^Recount/ })
      .first()
      .click();
    await links.getByText('About 1 link to rewrite.').waitFor();
    await links.getByRole('button', { name: 'Links in documents' }).click();
    await links.getByRole('row', { name: /Docs.*1.*1/ }).waitFor();

    await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
    await page.getByRole('heading', FINISHED).waitFor();
    await page.getByRole('link', { name: /^Links/ }).click();
    await page.getByRole('button', { name: 'Rewritten 1' }).click();
    await page.getByRole('row', { name: /Linked\/Plan.*the file/ }).waitFor();
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'links.csv' }).click(),
    ]);
    expect(await readFile(await csv.path(), 'utf8')).toContain(address('X'.repeat(33)));

    // According to the sandbox: one link leads to the copy, the other is as before.
    const arrived = await tree(portal, ACCOUNTS.destination);
    const copyOf = (name?: string) => arrived.find(({ path }) => path.endsWith(`With links/Linked/${name}`))?.id ?? '';
    const plan = JSON.stringify(await askSandbox(portal, `documents?fileId=${copyOf('Plan')}`));
    expect(plan).toContain(address(copyOf(target?.path.slice('Linked/'.length))));
    expect(plan).toContain(address('X'.repeat(33)));
    expect(plan).not.toContain(target?.id);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows progress as it happens, survives leaving the page, and can be canceled', async () => {
    await holdCopies(portal);
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Photos');
    await tick(page, 'Work');
    await tick(page, 'Old computer');
    await reviewAndStart(page, '3 items');

    const bar = page.getByRole('progressbar', { name: 'Items settled' });
    await bar.waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('verified', { exact: true }).waitFor();

    // Leave the page and return to its address.
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await bar.waitFor();

    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const question = page.getByRole('alertdialog', { name: 'Cancel this transfer?' });
    // The harmless button has the focus, so that Enter alone does not cancel.
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Keep running');
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'detached' });
    await bar.waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const accepted = page.waitForResponse((response) => response.url().endsWith('/cancel'));
    await question.getByRole('button', { name: 'Cancel transfer' }).click();
    await accepted;
    // Copies that Google has begun are awaited, so that the report is complete.
    await behave(portal, {});
    await page.getByRole('heading', { level: 1, name: /^Canceled: / }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('notifies by the browser once that is selected, while the tab is in the background', async () => {
    await holdCopies(portal);
    const { context, page, problems } = await openPage(portal);
    await context.grantPermissions(['notifications'], { origin: portal.url });
    await page.addInitScript(recordNotifications);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Photos');
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    const choice = page.getByRole('checkbox', { name: 'In this browser' });
    await choice.waitFor();
    expect(await page.evaluate(() => globalThis.notified.asked)).toBe(0);
    await choice.click();
    await page.getByRole('checkbox', { name: 'In this browser', checked: true }).waitFor();
    expect(await page.evaluate(() => globalThis.notified.asked)).toBe(1);
    // This server sends no e-mails.
    expect(await page.getByRole('checkbox', { name: /^E-mail/ }).count()).toBe(0);
    await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
    await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
    const address = page.url();
    await page.getByRole('link', { name: 'Transfers', exact: true }).first().click();
    await page.waitForURL(/\/transfers$/);
    // As in another tab, but the stream stays open: else the page would ask only once a minute.
    await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }));
    await behave(portal, {});
    await page.waitForFunction(() => globalThis.notified.shown.length > 0);
    const [shown] = await page.evaluate(() => globalThis.notified.shown);
    expect(shown).toMatchObject({
      title: 'Photos',
      body: expect.stringMatching(/^Finished: all \d+ items arrived/) as string,
    });
    await page.evaluate(() => globalThis.notified.click());
    await page.waitForURL(address);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('updates again after the server was down, and the transfer continues too', async () => {
    await holdCopies(portal);
    const { context, page } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Taxes');
    await tick(page, 'Recipes');
    await reviewAndStart(page, '2 items');
    // The review page is live as well, so wait for the page of the transfer.
    await page.waitForURL(/\/transfers\/[^/]+$/);
    await page.getByText('Live', { exact: true }).waitFor();
    const reconnecting = page.getByText(/^Reconnecting in \d+ s$/).waitFor();
    await Promise.all([reconnecting, portal.restartApi()]);
    await behave(portal, {});
    await page.getByRole('heading', { level: 1, name: /Finished: all \d+ items arrived and were verified/ }).waitFor();
    await context.close();
  });

  it('reports what failed, why, and what arrived', async () => {
    const forbidden = { kind: 'error', status: 403, reason: 'cannotCopyFile', name: 'Grandma’s bread.md' };
    const unreadable = { kind: 'error', status: 403, reason: 'cannotDownloadFile', name: 'Grandma’s bread.md' };
    // A transfer that has ended before its page opens is not announced, so it ends only once the page follows it.
    await holdGoogle(portal, 'files.create');
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Recipes');
    await reviewAndStart(page, '1 item');
    await page.waitForURL(/\/transfers\/[^/]+$/);
    await page.getByText('Live', { exact: true }).waitFor();
    await behave(portal, {
      faults: [
        { operation: 'files.copy', ...forbidden },
        { operation: 'files.download', ...unreadable },
      ],
    });
    await page
      .getByRole('heading', { level: 1, name: /^Finished: \d+ items arrived and were verified, 1 failed$/ })
      .waitFor();
    await page.getByText('Completed with failures', { exact: true }).waitFor();
    // The end is announced to screen readers, and only to them.
    const spoken = page.locator('.cdk-live-announcer-element', { hasText: 'Finished: ' });
    await spoken.waitFor({ state: 'attached' });
    expect((await spoken.boundingBox())?.width).toBeLessThanOrEqual(1);
    await page.getByRole('table', { name: 'Failures by reason' }).getByText('source_permission_denied').waitFor();
    await page.getByRole('link', { name: /^Failed 1/ }).click();
    await page
      .getByRole('table', { name: 'Failed items' })
      .getByRole('row', { name: /Recipes\/Grandma’s bread\.md/ })
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('moves only after the checkbox in the dialog is selected, and moves the originals to the trash', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Letter to the landlord');
    await page.getByRole('radio', { name: 'Move' }).click();
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    await page.getByRole('heading', { level: 1, name: 'The item can be copied' }).waitFor();
    await page.getByRole('button', { name: 'Move 1 item' }).click();
    const question = page.getByRole('alertdialog');
    const act = question.getByRole('button', { name: 'Move 1 item' });
    await question.getByRole('button', { name: 'Move 1 item', disabled: true }).waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Keep as copy');
    await question.getByRole('checkbox').check();
    await act.click();
    await page.getByRole('heading', { level: 1, name: 'Finished: the item arrived and was verified' }).waitFor();
    await page.getByText('1 in the trash', { exact: true }).waitFor();
    const remaining = await tree(portal, ACCOUNTS.source);
    expect(remaining.some((item) => item.path.endsWith('Letter to the landlord'))).toBe(false);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('copies only what the filter of the review includes', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Recipes');
    await page.getByLabel('Name of the new folder').fill('Only Markdown');
    await page.getByRole('button', { name: 'Review 1 item' }).click();
    await page.getByRole('heading', { level: 1, name: /can be copied$/ }).waitFor();
    const filter = page.getByRole('region', { name: 'What’s included' });
    await filter.getByRole('button', { name: 'What’s included' }).click();
    await filter.getByRole('textbox', { name: 'Name' }).fill('*.MD');
    await page.getByRole('button', { name: 'Recount with these options' }).click();
    await filter.getByText('named *.MD').waitFor();
    await page.getByText(/The filter left out \d+ items?\./).waitFor();
    await page.getByRole('button', { name: /^Copy [\d,]+ items$/ }).click();
    await page
      .getByRole('heading', { level: 1, name: /^Finished: all \d+ items arrived and were verified$/ })
      .waitFor();
    const arrived = (await tree(portal, ACCOUNTS.destination)).filter((item) => item.path.includes('Only Markdown/'));
    const files = arrived.filter((item) => item.mimeType !== 'application/vnd.google-apps.folder');
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((item) => !item.path.endsWith('.md'))).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('keeps place and selection after back, forward and reload', async () => {
    const { context, page, problems } = await openPage(portal);
    await signIn(portal, page);
    await page.goto(`${portal.url}/move`);
    await tick(page, 'Taxes');
    await row(page, 'source', 'Work').getByText('Work').click();
    await row(page, 'source', 'Clients').getByText('Clients').click();
    const path = pane(page, 'source').getByRole('navigation', { name: 'Folder in the source' });
    await path.getByText('Clients').waitFor();
    await page.goBack();
    await row(page, 'source', 'Clients').waitFor();
    await page.goForward();
    await path.getByText('Clients').waitFor();
    await page.reload();
    await path.getByRole('button', { name: 'Work' }).waitFor();
    await page.getByText('1 item selected').waitFor();

    const search = page.getByLabel('Search the source by name');
    await search.fill('Passport');
    await row(page, 'source', 'Passport.pdf').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('Passport');
    await page.reload();
    await row(page, 'source', 'Passport.pdf').waitFor();
    await search.fill('no such name');
    await page.getByText('Nothing named “no such name” in My Drive').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows an unknown transfer as not found, inside the shell', async () => {
    const { context, page } = await openPage(portal);
    await page.goto(`${portal.url}/connect`);
    await page.getByRole('button', { name: 'Connect source' }).click();
    await consent(page, ACCOUNTS.source);
    await page.getByText(ACCOUNTS.source).first().waitFor();
    await page.goto(`${portal.url}/transfers/nosuchtransfer`);
    await page.getByRole('heading', { name: 'No such transfer for these accounts' }).waitFor();
    await page.getByRole('link', { name: 'All transfers' }).click();
    await page.getByRole('heading', { level: 1, name: 'Transfers' }).waitFor();
    await context.close();
  });
});
