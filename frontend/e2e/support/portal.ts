// What every journey needs: the product, a browser whose pages are watched for problems, and Google's consent page.
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { connect as connectWithoutPages } from '../../../tools/api-client.ts';
import { startStack } from '../../../tools/stack.ts';
import { SHORT_LIVED_OBJECTS } from '../../../tools/test-programs.ts';
import type { FilePage, Transfer } from '../../src/app/api/models';

const SOURCE = 'alice@example.com';
const DESTINATION = 'bob@example.com';
export const ACCOUNTS = { source: SOURCE, destination: DESTINATION };

export type Side = keyof typeof ACCOUNTS;
/** The product and a browser, as {@link startPortal} starts them. */
export type Portal = Awaited<ReturnType<typeof startPortal>>;
/** The addresses of the portal with its API, and of the sandbox. */
type Addresses = Pick<Portal, 'url' | 'sandboxUrl'>;
/** A page and its problems, as {@link openPage} opens it. */
export type OpenedPage = Awaited<ReturnType<typeof openPage>>;

/**
 * Flags of V8. When all tests run, every processor is busy, and V8 gains nothing from helper threads: without them and
 * with a larger young generation, the states of the transfer page take a sixth less processor time in Chromium. The last
 * flag saves another tenth for states of the review and transfer pages: with a small heap, V8 marks live objects again
 * and again while a tab loads one page after another.
 */
const V8 = ['--single-threaded', ...SHORT_LIVED_OBJECTS, '--initial-heap-size=768'].join(' ');
/** Flags of Chromium. */
export const FLAGS = [`--js-flags=${V8}`, '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat(
  ['background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`),
);

/** Starts the product and a browser. */
export async function startPortal(options: Parameters<typeof startStack>[0] = {}) {
  const stack = await startStack({ portal: true, seedDemo: true, inMemory: true, ...options });
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: FLAGS }).catch(async (error: unknown) => {
    await stack.close();
    throw error;
  });
  return {
    ...stack,
    browser,
    async close() {
      await browser.close();
      await stack.close();
    },
  };
}

/** Opens a page with a new browser profile. `problems` is that of {@link watch}; a journey may provoke 401, 403 and 404. */
export async function openPage(portal: Portal, options: BrowserContextOptions = {}) {
  const context = await portal.browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    acceptDownloads: true,
    ...options,
  });
  // Playwright's 30 s are too few on a busy machine.
  context.setDefaultTimeout(100_000);
  const page = await context.newPage();
  const problems = watch(page, [portal.url, portal.sandboxUrl], / (401|403|404) /);
  return { context, page, problems };
}

/**
 * Collects what must never happen on a page: script errors, warnings, violations of the content security policy, requests
 * to hosts other than `origins`.
 * @param provoked matches the messages of failed loads that the test provokes
 */
export function watch(page: Page, origins: string[], provoked = /./) {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    const own = text.startsWith('Failed to load resource: ') && provoked.test(text);
    if (['error', 'warning'].includes(message.type()) && !own) problems.push(text);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && !origins.includes(origin))
      problems.push(`request to ${request.url()}`);
  });
  return problems;
}

/** Answers Google's consent page, which must be open. */
export async function consent(
  page: Page,
  account: string,
  { allow = true, untick = [] }: { allow?: boolean; untick?: string[] } = {},
) {
  await page.getByRole('radio', { name: account }).check();
  for (const permission of untick) await page.getByRole('checkbox', { name: permission }).uncheck();
  await page.getByRole('button', { name: allow ? 'Allow' : 'Cancel' }).click();
}

/** Connects one side, starting from the accounts page, and waits until it is shown as connected. */
export async function connect(portal: Addresses, page: Page, side: Side) {
  if (new URL(page.url()).pathname !== '/connect') await page.goto(`${portal.url}/connect`);
  await page.getByRole('button', { name: `Connect ${side}` }).click();
  await consent(page, ACCOUNTS[side]);
  await page.waitForURL(`${portal.url}/connect`);
  await card(page, side).getByText(ACCOUNTS[side]).waitFor();
}

export async function connectBoth(portal: Addresses, page: Page) {
  await connect(portal, page, 'source');
  await connect(portal, page, 'destination');
}

/**
 * Signs in to both accounts without the portal's pages, for journeys that begin later. This saves four page loads
 * compared with {@link connectBoth}. The page is at the portal's `/robots.txt` afterwards.
 */
export async function signIn({ url }: Addresses, page: Page) {
  const source = await connectWithoutPages(url, 'source', SOURCE);
  const destination = await connectWithoutPages(url, 'destination', DESTINATION);
  await page.goto(`${url}/robots.txt`);
  await page.evaluate(
    (tokens) => {
      for (const [side, token] of Object.entries(tokens)) localStorage.setItem(`cloudmover.token.${side}`, token);
    },
    { source, destination },
  );
}

/**
 * A browser profile in which both accounts are connected.
 * @param then what else to do in that profile
 */
export async function signedInProfile(portal: Portal, then?: (page: Page) => Promise<unknown>) {
  const { context, page } = await openPage(portal);
  await signIn(portal, page);
  await then?.(page);
  const profile = await context.storageState();
  await context.close();
  return profile;
}
export type Profile = Awaited<ReturnType<typeof signedInProfile>>;

/** The heading of a transfer of which all items arrived. */
export const FINISHED = { level: 1, name: /^Finished: all \d+ items arrived and were verified$/ };

/** One side's card on the accounts page. */
export const card = (page: Page, side: Side) => page.getByRole('article', { name: side });

/** One side's pane on the page to choose files. */
export const pane = (page: Page, side: Side) =>
  page.getByRole('region', { name: side === 'source' ? 'Source:' : 'Destination:' });

/** A row of a pane's list, by the full name of its item. */
export const row = (page: Page, side: Side, name: string) =>
  pane(page, side)
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) });

/** Selects a row of the source. */
export const tick = (page: Page, name: string) => row(page, 'source', name).getByRole('gridcell').first().click();

/**
 * Counts the selection, and starts the transfer.
 * @param what the number of selected items, as on the button: "3 items"
 */
export async function reviewAndStart(page: Page, what: string) {
  await page.getByRole('button', { name: `Review ${what}` }).click();
  await page.waitForURL(/\/move\/review\/[\w-]+/);
  await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
}

/** The session token of each side that the page's browser has stored. */
export const tokensOf = (page: Page): Promise<Record<Side, string>> =>
  page.evaluate(() => ({
    source: localStorage.getItem('cloudmover.token.source') ?? '',
    destination: localStorage.getItem('cloudmover.token.destination') ?? '',
  }));

/** Starts a transfer of items at the top of the source through the API, with the page's tokens. @returns its ID */
export async function startTransferOf(portal: Addresses, page: Page, ...names: string[]) {
  const tokens = await tokensOf(page);
  const headers = { 'X-Source-Token': tokens.source, 'X-Destination-Token': tokens.destination };
  const list = await fetch(`${portal.url}/list-files?folder_id=root&page_size=1000`, {
    headers: { 'X-Source-Token': tokens.source },
  });
  const { files } = (await list.json()) as FilePage;
  const started = await fetch(`${portal.url}/api/transfers`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ items: names.map((name) => files.find((file) => file.name === name)?.id) }),
  });
  if (!started.ok) throw new Error(`the transfer was not started: ${await started.text()}`);
  return ((await started.json()) as Transfer).id;
}

/** Starts a transfer as {@link startTransferOf} does, and opens its page. */
export async function watchTransferOf(portal: Addresses, page: Page, ...names: [string, ...string[]]) {
  await page.goto(`${portal.url}/transfers/${await startTransferOf(portal, page, ...names)}`);
  await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
  // The title has the names once the plan exists, so the transfer is running when the test continues.
  await page.waitForFunction((name) => document.title.includes(name), names[0]);
}

/** Calls the control API of the sandbox. @returns its response, if it has a body */
async function callSandbox<T>(portal: Addresses, method: 'GET' | 'POST' | 'PUT', what: string, body?: object) {
  const response = await fetch(`${portal.sandboxUrl}/__sandbox/${what}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox refused: ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Does in the sandbox what only Google could do. */
export const asGoogle = <T = unknown>(portal: Addresses, what: string, body: object) =>
  callSandbox<T>(portal, 'POST', what, body);

/** What the sandbox knows, without our own reports. */
export const askSandbox = <T = unknown>(portal: Addresses, what: string) => callSandbox<T>(portal, 'GET', what);

/** Ends a session without the portal, as its expiry would. */
export async function endSession(portal: Addresses, page: Page, side: Side) {
  const token = (await tokensOf(page))[side];
  const response = await fetch(`${portal.url}/session/logout`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the session could not be ended: ${response.status}`);
}

/** Lets requests of an operation wait, from the `from`th one on, until {@link behave} is called. */
export const holdGoogle = (portal: Addresses, operation: string, from = 1) =>
  behave(portal, { faults: [{ operation, kind: 'hold', nth: from, times: 1_000_000 }] });

/** Lets two copies happen and holds the others, so that no transfer ends before {@link behave} is called. */
export const holdCopies = (portal: Addresses) => holdGoogle(portal, 'files.copy', 3);

/** Sets the behavior of the sandbox; settings that are left out are reset. */
export const behave = (portal: Addresses, settings: object) => callSandbox(portal, 'PUT', 'behavior', settings);
