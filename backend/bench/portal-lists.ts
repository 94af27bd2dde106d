// The costs of the built portal in Chromium. Parts of this file run in the page.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { withBrowser } from './browser.ts';
import { median, type Result, type Running } from './measure.ts';
import { call, connect } from '../../tools/api-client.ts';

declare global {
  interface Window {
    /** When the first row was visible, in milliseconds from the start of the page. */
    firstRowAt?: number;
  }
}

interface Portal {
  browser: Browser;
  url: string;
  tokens: string[];
}

/** The used fields of an event in Chromium's trace; times in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

const SIDES = ['source', 'destination'] as const;
/** Rows of a very large folder. */
const ROWS = 50_000;
const ROW_PX = 40;
const LOADS = 7;
/** Longer tasks are noticeable (W3C Long Tasks). */
const LONG_MS = 50;
/** Maximum time to select everything; longer responses do not feel immediate (RAIL, INP "good"). */
const SELECT_MS = 200;

/**
 * Measures the first list after opening the page with an empty cache, then a folder of 50,000 rows: while its pages
 * load, and while it is scrolled. Times of tasks are CPU times of the main thread, because the machine may be busy; the
 * longest is also reported by the clock.
 */
export async function benchPortal(running: Running, { report }: { report: (result: Result) => void }) {
  await withBrowser(running, { portal: true }, async (stack, browser) => {
    const { folderId } = await call<{ folderId: string }>(`${stack.sandboxUrl}/__sandbox/trees`, {
      method: 'POST',
      body: { account: stack.accounts[0], folders: 0, files: ROWS, bytes: ROWS * 1024, seed: 1 },
    });
    const tokens: string[] = [];
    for (const [index, side] of SIDES.entries())
      tokens.push(await connect(stack.url, side, stack.accounts[index] ?? ''));
    const portal = { browser, url: stack.url, tokens };
    report(await firstList(portal, folderId));
    await scrolling(portal, folderId, report);
  });
}

/** Opens a page in a browser with the two sign-ins and an empty cache. */
async function openPage({ browser, tokens }: Portal) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.addInitScript(
    ({ sides, values }) => {
      sides.forEach((side, index) => localStorage.setItem(`cloudmover.token.${side}`, values[index] ?? ''));
      const seen = new MutationObserver(() => {
        if (!document.querySelector('cm-file-grid [role=row][aria-rowindex="2"]')) return;
        seen.disconnect();
        // The row is drawn in the next frame, so this is the time when it becomes visible.
        requestAnimationFrame(() => (window.firstRowAt = performance.now()));
      });
      seen.observe(document, { childList: true, subtree: true });
    },
    { sides: SIDES, values: tokens },
  );
  return { context, page };
}

async function firstList(portal: Portal, folderId: string) {
  const times: number[] = [];
  for (let round = 0; round <= LOADS; round++) {
    const { context, page } = await openPage(portal);
    await page.goto(`${portal.url}/move?src=${folderId}`);
    const at = await (await page.waitForFunction(() => window.firstRowAt)).jsonValue();
    // Not the first round, because the server's caches are cold.
    if (round > 0) times.push(at ?? NaN);
    await context.close();
  }
  return {
    part: 'first-list',
    loads: LOADS,
    median_ms: median(times).toFixed(0),
    worst_ms: Math.max(...times).toFixed(0),
  };
}

async function scrolling(portal: Portal, folderId: string, report: (result: Result) => void) {
  const { context, page } = await openPage(portal);
  await page.goto(`${portal.url}/move?src=${folderId}`);
  await page.waitForFunction(() => window.firstRowAt);
  const grid = page.locator('cm-drive-pane.source .grid');
  const elements = () => page.evaluate(() => document.querySelectorAll('*').length);

  // Repeatedly to the end of the loaded rows, like an impatient user.
  const coming = await traced(portal.browser, page, async () => {
    while ((await grid.getAttribute('aria-rowcount')) === '-1') {
      await grid.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await sleep(20);
    }
  });
  report({ part: 'loading-50000', ...coming });

  // Selects all, like Ctrl+A: more than a transfer accepts, so the portal suggests to select the folder.
  await grid.focus();
  const selected = await traced(portal.browser, page, async () => {
    await page.keyboard.press('Control+a');
    await page.locator('.tray [role=status]', { hasText: '50,000' }).waitFor();
    await sleep(500); // includes work that waits for an idle browser
  });
  report({ part: 'select-50000', ...selected, aim_longest_ms: SELECT_MS });

  await grid.evaluate((element) => (element.scrollTop = 0));
  await sleep(500);
  const before = await elements();
  let most = before;
  for (const [part, pixels, frames] of [
    // Like a wheel, and through the whole folder in twenty seconds, with other rows in every frame.
    ['scroll-wheel', 3 * ROW_PX, 600],
    ['scroll-50000', (ROWS * ROW_PX) / 1200, 1200],
  ] as const) {
    const scrolled = await traced(portal.browser, page, () =>
      grid.evaluate(scroll, [pixels, frames] as [number, number]),
    );
    most = Math.max(most, await elements());
    report({ part, frames, ...scrolled, elements_before: before, elements_after: most });
  }
  await context.close();
}

/** Scrolls by `pixels` in each of `frames` frames. Runs in the page. */
function scroll(element: Element, [pixels, frames]: [number, number]) {
  element.scrollTop = 0;
  return new Promise<void>((resolve) => {
    let left = frames;
    const step = () => {
      element.scrollTop += pixels;
      if (left-- > 0) requestAnimationFrame(step);
      else resolve();
    };
    requestAnimationFrame(step);
  });
}

/** The tasks of the page's main thread while `act` runs. */
async function traced(browser: Browser, page: Page, act: () => Promise<void>) {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return tasksOf(trace.traceEvents);
}

function tasksOf(events: TraceEvent[]) {
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const threads = new Map<string, { cpu: number; longestCpu: number; longest: number; long: number }>();
  for (const { name, ph, pid, tid, dur = 0, tdur = 0 } of events) {
    if (name !== 'RunTask' || ph !== 'X' || !main.has(`${pid}/${tid}`)) continue;
    const sums = threads.get(`${pid}/${tid}`) ?? { cpu: 0, longestCpu: 0, longest: 0, long: 0 };
    sums.cpu += tdur;
    sums.longestCpu = Math.max(sums.longestCpu, tdur);
    sums.longest = Math.max(sums.longest, dur);
    if (tdur > LONG_MS * 1000) sums.long++;
    threads.set(`${pid}/${tid}`, sums);
  }
  // Other renderers are idle.
  const busiest = [...threads.values()].sort((a, b) => b.cpu - a.cpu)[0]!;
  const ms = (micros: number) => (micros / 1000).toFixed(1);
  return {
    longest_task_cpu_ms: ms(busiest.longestCpu),
    longest_task_clock_ms: ms(busiest.longest),
    tasks_over_50_ms_cpu: busiest.long,
    aim_longest_ms: LONG_MS,
    sum_cpu_ms: ms(busiest.cpu),
  };
}
