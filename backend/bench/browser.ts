// Runs Chromium with a separate stack. Loads Playwright lazily, because other measurements do not need it.
import type { Browser } from 'playwright-core';
import { useChromium } from '../../tools/chromium.ts';
import type { Stack } from '../../tools/stack.ts';
import { during, withStack, type Running } from './measure.ts';

export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

/** Runs `work` with a stack and a browser. */
export function withBrowser<T>(
  running: Running,
  options: Parameters<typeof withStack>[1],
  work: (stack: Stack, browser: Browser) => Promise<T>,
) {
  return withStack(running, options, async (stack) => {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath: await useChromium(), args: CHROMIUM_FLAGS });
    return during(
      running,
      () => browser.close(),
      () => work(stack, browser),
    );
  });
}
