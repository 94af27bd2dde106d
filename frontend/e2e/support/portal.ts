// What every journey needs: the product, a browser, a visitor who watches for trouble, and Google's consent page.
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { startStack } from '../../../tools/stack.ts';

// The engine alone: its builder sends half a megabyte of it to the page each time it is asked.
const require = createRequire(import.meta.url);
const { source: axeSource } = createRequire(require.resolve('@axe-core/playwright'))('axe-core');

const SOURCE = 'alice@example.com';
const DESTINATION = 'bob@example.com';
export const ACCOUNTS = { source: SOURCE, destination: DESTINATION };

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat(
  ['background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`),
);

/**
 * Starts product and browser.
 * @param {object} [options] what `startStack` takes
 */
export async function startPortal(options = {}) {
  const stack = await startStack({ portal: true, seedDemo: true, ...options });
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: FLAGS }).catch(async (error) => {
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
export async function visitor(portal, options = {}) {
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
export function watch(page, origins, provoked = /./) {
  const problems = [];
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
export async function consent(page, account, { allow = true, untick = [] } = {}) {
  await page.getByRole('radio', { name: account }).check();
  for (const permission of untick) await page.getByRole('checkbox', { name: permission }).uncheck();
  await page.getByRole('button', { name: allow ? 'Allow' : 'Cancel' }).click();
}

/** Connects one side, starting from the accounts page, and waits until it is shown as connected. */
export async function connect(portal, page, side) {
  if (new URL(page.url()).pathname !== '/connect') await page.goto(`${portal.url}/connect`);
  await page.getByRole('button', { name: `Connect ${side}` }).click();
  await consent(page, ACCOUNTS[side]);
  await page.waitForURL(`${portal.url}/connect`);
  await card(page, side).getByText(ACCOUNTS[side]).waitFor();
}

export async function connectBoth(portal, page) {
  await connect(portal, page, 'source');
  await connect(portal, page, 'destination');
}

/** One side's card on the accounts page. */
export const card = (page, side) => page.getByRole('article', { name: side });

/** One side's pane on the page where one chooses. */
export const pane = (page, side) => page.getByRole('region', { name: side === 'source' ? 'Source:' : 'Destination:' });

/** A row of a pane's list, by the whole name of its item. */
export const row = (page, side, name) =>
  pane(page, side)
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) });

/**
 * From a selection to a running transfer: has it counted, and starts what was counted.
 * @param {string} what how many were chosen, as the button says: "3 items"
 */
export async function reviewAndStart(page, what) {
  await page.getByRole('button', { name: `Review ${what}` }).click();
  await page.waitForURL(/\/move\/review\/[\w-]+/);
  await page.getByRole('button', { name: /^Copy [\d,]+ items?$/ }).click();
}

/**
 * Starts a transfer of items at the top of the source without the portal, in the name of the page's sign-ins, and opens
 * its page.
 */
export async function watchTransferOf(portal, page, ...names) {
  const headers = await page.evaluate(() => ({
    'X-Source-Token': localStorage.getItem('cloudmover.token.source'),
    'X-Destination-Token': localStorage.getItem('cloudmover.token.destination'),
  }));
  const list = await fetch(`${portal.url}/list-files?folder_id=root&page_size=1000`, {
    headers: { 'X-Source-Token': headers['X-Source-Token'] },
  });
  const { files } = await list.json();
  const started = await fetch(`${portal.url}/api/transfers`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ items: names.map((name) => files.find((file) => file.name === name).id) }),
  });
  if (!started.ok) throw new Error(`the transfer was not started: ${await started.text()}`);
  await page.goto(`${portal.url}/transfers/${(await started.json()).id}`);
  await page.getByRole('progressbar', { name: 'Items settled' }).waitFor();
  // Names come with the plan. What a test breaks then, it breaks in a transfer that is under way.
  await page.waitForFunction((name) => document.title.includes(name), names[0]);
}

/** Tells Google's stand-in something that only Google could do. */
export async function asGoogle(portal, what, body) {
  const response = await fetch(`${portal.sandboxUrl}/__sandbox/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the sandbox refused: ${await response.text()}`);
}

/** Ends a session behind the portal's back, as its expiry would. */
export async function endSession(portal, page, side) {
  const token = await page.evaluate((key) => localStorage.getItem(key), `cloudmover.token.${side}`);
  const response = await fetch(`${portal.url}/session/logout`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the session could not be ended: ${response.status}`);
}

/** Makes every call to Google's stand-in take this long, so that a transfer can be watched. */
export const slowGoogle = (portal, latencyMs) => behave(portal, { latencyMs });

/** Sets how Google's stand-in behaves; what is left out goes back to calm. */
export async function behave(portal, settings) {
  const response = await fetch(`${portal.sandboxUrl}/__sandbox/behavior`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  if (!response.ok) throw new Error(`the sandbox refused: ${await response.text()}`);
}

/**
 * Rules of axe (WCAG A and AA, and good practice) that the page breaks, each with the first place where it does.
 * @param {{ except?: string[], only?: string[] }} [which] rules to leave out, or the only ones to look at
 */
export async function accessibilityProblems(page, { except = [], only } = {}) {
  // Colours are measured after fades, not during them.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
  );
  const rules = only
    ? { runOnly: { type: 'rule', values: only } }
    : { rules: Object.fromEntries(except.map((id) => [id, { enabled: false }])) };
  if (await page.evaluate(() => !globalThis.axe)) await page.evaluate(axeSource);
  // What passes is not described, and there are no frames to look into.
  const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), {
    ...rules,
    resultTypes: ['violations'],
    iframes: false,
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target} (${nodes.length})`);
}
