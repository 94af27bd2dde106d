// What every journey needs: the product, a browser, a visitor who watches for trouble, and Google's consent page.
import { createRequire } from 'node:module';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { startStack } from '../../../tools/stack.ts';
import type { FilePage, TransferDto } from '../../src/app/api/models';

declare global {
  /** The engine of accessibility rules, once it is in the page. */
  var axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> } | undefined;
}

/** A rule that is broken, as axe reports it. */
interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

// The engine alone: its builder sends half a megabyte of it to the page each time it runs.
const require = createRequire(import.meta.url);
const { source: axeSource } = createRequire(require.resolve('@axe-core/playwright'))('axe-core') as {
  source: string;
};

const SOURCE = 'alice@example.com';
const DESTINATION = 'bob@example.com';
export const ACCOUNTS = { source: SOURCE, destination: DESTINATION };

export type Side = keyof typeof ACCOUNTS;
/** A product and a browser, as {@link startPortal} starts them. */
export type Portal = Awaited<ReturnType<typeof startPortal>>;
/** Where a page and its API are, and where Google's stand-in is. */
type Addresses = Pick<Portal, 'url' | 'sandboxUrl'>;
/** What a person sees and what went wrong, as {@link visitor} opens it. */
export type Visitor = Awaited<ReturnType<typeof visitor>>;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat(
  ['background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`),
);

/** Starts product and browser. */
export async function startPortal(options: Parameters<typeof startStack>[0] = {}) {
  const stack = await startStack({ portal: true, seedDemo: true, ...options });
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

/**
 * Somebody with a browser profile of their own.
 * `problems` collects what must never happen: script errors, violations of the content security policy, requests to
 * a host other than the portal's and Google's stand-in. Answers of 401 and 404 that a journey provokes are its own.
 */
export async function visitor(portal: Portal, options: BrowserContextOptions = {}) {
  const context = await portal.browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const problems = watch(page, [portal.url, portal.sandboxUrl], / (401|403|404) /);
  return { context, page, problems };
}

/**
 * Collects what must never happen on a page: script errors, warnings, violations of the content security policy, requests
 * to a host other than `origins`. Failed loads whose line matches `provoked` are the test's own doing.
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

/** Answers Google's consent page, on which the browser must be. */
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
 * Both accounts connected, as a profile that tests start from.
 * @param then what else that profile does first
 */
export async function signedInProfile(portal: Portal, then?: (page: Page) => Promise<unknown>) {
  const { context, page } = await visitor(portal);
  await connectBoth(portal, page);
  await then?.(page);
  const profile = await context.storageState();
  await context.close();
  return profile;
}
export type Profile = Awaited<ReturnType<typeof signedInProfile>>;

/** The heading of a transfer of which everything arrived. */
export const FINISHED = { level: 1, name: /^Finished: all \d+ items arrived and were verified$/ };

/** One side's card on the accounts page. */
export const card = (page: Page, side: Side) => page.getByRole('article', { name: side });

/** One side's pane on the page where one chooses. */
export const pane = (page: Page, side: Side) =>
  page.getByRole('region', { name: side === 'source' ? 'Source:' : 'Destination:' });

/** A row of a pane's list, by the whole name of its item. */
export const row = (page: Page, side: Side, name: string) =>
  pane(page, side)
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) });

/** Chooses a row of the source. */
export const tick = (page: Page, name: string) => row(page, 'source', name).getByRole('gridcell').first().click();

/**
 * From a selection to a running transfer: has it counted, and starts what was counted.
 * @param what how many were chosen, as the button says: "3 items"
 */
export async function reviewAndStart(page: Page, what: string) {
  await page.getByRole('button', { name: `Review ${what}` }).click();
  await page.waitForURL(/\/move\/review\/[\w-]+/);
  await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
}

/** The session's token of each side that the page's browser keeps. */
export const tokensOf = (page: Page): Promise<Record<Side, string>> =>
  page.evaluate(() => ({
    source: localStorage.getItem('cloudmover.token.source') ?? '',
    destination: localStorage.getItem('cloudmover.token.destination') ?? '',
  }));

/** Starts a transfer of items at the top of the source without the portal, in the name of the page's sign-ins. @returns its ID */
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
  return ((await started.json()) as TransferDto).id;
}

/** Starts a transfer as {@link startTransferOf} does, and opens its page. */
export async function watchTransferOf(portal: Addresses, page: Page, ...names: [string, ...string[]]) {
  await page.goto(`${portal.url}/transfers/${await startTransferOf(portal, page, ...names)}`);
  await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
  // Names come with the plan. What a test breaks then, it breaks in a transfer that is under way.
  await page.waitForFunction((name) => document.title.includes(name), names[0]);
}

/** Calls the sandbox's own interface, where what only Google could do is done. */
async function callSandbox(portal: Addresses, method: 'POST' | 'PUT', what: string, body: object) {
  const response = await fetch(`${portal.sandboxUrl}/__sandbox/${what}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the sandbox refused: ${await response.text()}`);
}

/** Does at Google's stand-in what only Google could do. */
export const asGoogle = (portal: Addresses, what: string, body: object) => callSandbox(portal, 'POST', what, body);

/** Ends a session behind the portal's back, as its expiry would. */
export async function endSession(portal: Addresses, page: Page, side: Side) {
  const token = (await tokensOf(page))[side];
  const response = await fetch(`${portal.url}/session/logout`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the session could not be ended: ${response.status}`);
}

/** Makes every call to Google's stand-in take this long, so that a transfer can be watched. */
export const slowGoogle = (portal: Addresses, latencyMs: number) => behave(portal, { latencyMs });

/** Sets how Google's stand-in behaves; what is left out goes back to calm. */
export const behave = (portal: Addresses, settings: object) => callSandbox(portal, 'PUT', 'behavior', settings);

/**
 * Rules of axe (WCAG A and AA, and good practice) that the page breaks, each with the first place where it does.
 * @param which rules to leave out, or the only ones to check
 */
export async function accessibilityProblems(
  page: Page,
  { except = [], only }: { except?: string[] | undefined; only?: string[] } = {},
) {
  // Colours are measured after fades, not during them.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
  );
  const rules = only
    ? { runOnly: { type: 'rule', values: only } }
    : { rules: Object.fromEntries(except.map((id) => [id, { enabled: false }])) };
  if (await page.evaluate(() => !globalThis.axe)) await page.evaluate(axeSource);
  // Passed rules are not described, and there are no frames to check.
  const { violations } = await page.evaluate((options) => globalThis.axe!.run(document, options), {
    ...rules,
    resultTypes: ['violations'],
    iframes: false,
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')} (${nodes.length})`);
}
