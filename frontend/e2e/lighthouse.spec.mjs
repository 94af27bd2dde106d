import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import { startStack } from '../../tools/stack.mjs';

/** The lowest score of each category. Speed is left out: it is the machine's doing as much as the page's. */
const LEAST = { accessibility: 100, 'best-practices': 100, seo: 100 };

describe('Lighthouse', () => {
  let stack;
  let chrome;
  beforeAll(async () => {
    stack = await startStack({ portal: true });
    chrome = await launch({
      chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      chromeFlags: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
    });
  });
  afterAll(async () => {
    chrome?.kill();
    await stack?.close();
  });

  it.each([
    ['a phone', undefined],
    ['a desk', desktop],
  ])('finds the first page good on %s', async (_, config) => {
    const options = { port: chrome.port, logLevel: 'error', onlyCategories: Object.keys(LEAST) };
    const { lhr } = await lighthouse(`${stack.url}/connect`, options, config);
    const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]);
    expect(scores.filter(([id, score]) => score < LEAST[id])).toEqual([]);
  });
});
