// What the portal costs the browser that shows it, in Chromium on the product as it is built.
// Parts of it run in the page.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { withBrowser } from './browser.ts';
import { median, type Result, type Running } from './measure.ts';
import { call, connect } from '../../tools/api-client.ts';

declare global {
  interface Window {
    /** When the first row was seen, in milliseconds from the start of the page. */
    firstRowAt?: number;
  }
}

interface Portal {
  browser: Browser;
  url: string;
  tokens: string[];
}

/** What is read of an event of Chromium's trace; times in microseconds. */
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
/** A folder that nobody wants to scroll, and that must scroll all the same. */
const ROWS = 50_000;
const ROW_PX = 40;
const LOADS = 7;
/** A task that lasts longer is felt (W3C Long Tasks). */
const LONG_MS = 50;
/** Selecting everything may take this long; above it, an answer no longer feels immediate (RAIL, INP "good"). */
const SELECT_MS = 200;

/**
 * The first list after the page is opened, by a browser that has nothing kept; then a folder of 50,000 rows: while its
 * pages come in, and while all of it is scrolled. Times of tasks are the main thread's own CPU (the machine may be busy);
 * the longest by the clock stands beside.
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

/** A browser that has nothing kept but the two sign-ins. */
async function openPage({ browser, tokens }: Portal) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.addInitScript(
    ({ sides, values }) => {
      sides.forEach((side, index) => localStorage.setItem(`cloudmover.token.${side}`, values[index] ?? ''));
      const seen = new MutationObserver(() => {
        if (!document.querySelector('cm-file-grid [role=row][aria-rowindex="2"]')) return;
        seen.disconnect();
        // Drawn in the frame that comes; by then the time is that of what is seen.
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
    // The first one finds cold caches of the server's.
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

  // Repeatedly to the end of what is loaded, like an impatient user.
  const coming = await traced(portal.browser, page, async () => {
    while ((await grid.getAttribute('aria-rowcount')) === '-1') {
      await grid.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await sleep(20);
    }
  });
  report({ part: 'loading-50000', ...coming });

  // All of them at once, as Ctrl A does: more than a transfer takes, which is said at once, with the folder as the way out.
  await grid.focus();
  const selected = await traced(portal.browser, page, async () => {
    await page.keyboard.press('Control+a');
    await page.locator('.tray [role=status]', { hasText: '50,000' }).waitFor();
    await sleep(500); // what is put off until the browser is idle belongs to it
  });
  report({ part: 'select-50000', ...selected, aim_longest_ms: SELECT_MS });

  await grid.evaluate((element) => (element.scrollTop = 0));
  await sleep(500);
  const before = await elements();
  let most = before;
  for (const [part, pixels, frames] of [
    // As a wheel does it, and by the whole folder in twenty seconds: every frame has other rows.
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

/** Scrolls by so many pixels in each of so many frames. Runs in the page. */
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
  // Other renderers idle along.
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
