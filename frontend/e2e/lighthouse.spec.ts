import { launch, type LaunchedChrome } from 'chrome-launcher';
import lighthouse, { type Config, type Flags } from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import { chromium } from 'playwright-core';
import { startStack, type Stack } from '../../tools/stack.ts';
import { FLAGS, signIn } from './support/portal.ts';

/** The lowest score of each category. Performance is left out, because it depends on the machine. */
const MIN_SCORES: Record<string, number> = { accessibility: 100, 'best-practices': 100, seo: 100 };

describe('Lighthouse', () => {
  let stack: Stack;
  let chrome: LaunchedChrome;
  beforeAll(async () => {
    stack = await startStack({ portal: true, seedDemo: true });
    chrome = await launch({
      chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      chromeFlags: ['--headless', ...FLAGS],
      // Half a second each.
      maxConnectionRetries: 200,
    });
  });
  afterAll(async () => {
    chrome?.kill();
    await stack?.close();
  });

  /** Connects both accounts in the browser that Lighthouse uses. */
  async function connectBoth() {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${chrome.port}`, { timeout: 100_000 });
    const page = await browser.contexts()[0]!.newPage();
    page.setDefaultTimeout(100_000);
    await signIn(stack, page);
    await page.close();
    await browser.close();
  }

  const onPhoneAndDesk = (
    signedIn: boolean,
    path: string,
  ): [signedIn: boolean, path: string, screen: string, config: Config | undefined][] => [
    [signedIn, path, 'a phone', undefined],
    [signedIn, path, 'a desk', desktop],
  ];

  it.each([
    ...onPhoneAndDesk(false, '/connect'),
    ...['/connect', '/move', '/transfers'].flatMap((path) => onPhoneAndDesk(true, path)),
  ])('scores well (signed in: %s) for %s on %s', async (signedIn, path, _, config) => {
    // Otherwise Lighthouse clears what the browser has stored.
    if (signedIn) await connectBoth();
    // A page with an event stream never finishes loading, but is complete much earlier.
    const options: Flags = {
      port: chrome.port,
      logLevel: 'error',
      onlyCategories: Object.keys(MIN_SCORES),
      maxWaitForLoad: 10_000,
      disableFullPageScreenshot: true,
      disableStorageReset: signedIn,
    };
    const measure = async () => {
      const run = await lighthouse(`${stack.url}${path}`, options, config);
      if (!run) throw new Error('Lighthouse returned no result.');
      return run.lhr;
    };
    let lhr = await measure();
    // Lighthouse gives the page one second to answer, and otherwise measures nothing. A busy machine may need longer.
    for (let again = 0; lhr.runtimeError?.code === 'PAGE_HUNG' && again < 4; again++) lhr = await measure();
    expect(new URL(lhr.finalDisplayedUrl).pathname).toBe(path);
    const scores = Object.values(lhr.categories).map(({ id, score }) => ({
      id,
      score: Math.round((score ?? 0) * 100),
    }));
    expect(scores.filter(({ id, score }) => score < MIN_SCORES[id]!)).toEqual([]);
  });
});
