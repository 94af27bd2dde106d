// The costs of a tab that shows a transfer: memory after an hour, CPU at 500 items a second, and Lighthouse's figures
// for the first load.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Flags } from 'lighthouse';
import type * as Answers from '../../frontend/e2e/states/answers.ts';
import type * as Stages from '../../frontend/e2e/states/stage.ts';
import { useChromium } from '../../tools/chromium.ts';
import type { Stack } from '../../tools/stack.ts';
import { connect } from '../../tools/api-client.ts';
import { CHROMIUM_FLAGS, withBrowser } from './browser.ts';
import { during, type Result, type Running } from './measure.ts';

const SIDES = ['source', 'destination'] as const;
const HOUR_S = 3600;
/** An hour passes in a minute: the page's clock and timers run this much faster, and events arrive as often. */
const SPEED_UP = 60;
const CPU_S = 30;
const ITEMS_PER_SECOND = 500;

// Loaded lazily, because other measurements do not need these packages.
let aTransfer: typeof Answers.aTransfer;
let calm: typeof Answers.calm;
let stream: typeof Stages.stream;

/** @param running functions to call when the command ends */
export async function benchTab(running: Running, { report }: { report: (result: Result) => void }) {
  ({ aTransfer, calm } = await import('../../frontend/e2e/states/answers.ts'));
  const { startStage } = ({ stream } = await import('../../frontend/e2e/states/stage.ts'));
  await withBrowser(running, { portal: true, seedDemo: true }, async (stack, browser) => {
    const stage = await startStage(stack.url);
    await during(
      running,
      () => stage.close(),
      async () => {
        report(await memory(browser, stage));
        for (const [part, path] of [
          ['cpu-transfer', '/transfers/tr_7KQ2M9'],
          ['cpu-list', '/transfers'],
        ] as const)
          report({ part, ...(await cpu(browser, stage, path)) });
        for (const form of ['phone', 'desk'] as const) for (const row of await loadTime(stack, form)) report(row);
      },
    );
  });
}

/** A transfer of two million items after some seconds at the maximum rate. */
function after(seconds: number, parts: Answers.TransferParts = {}) {
  const verified = Math.min(1_900_000, seconds * ITEMS_PER_SECOND);
  const now = Date.now();
  return aTransfer({
    counts: { found: 2_000_000, verified, copying: 64, failed: Math.floor(seconds / 60) },
    startedAt: new Date(now - (seconds + 300) * 1000).toISOString(),
    bytes: { found: 2e12, verified: verified * 1e6, copying: 6.4e7 },
    rate: { itemsPerSecond: ITEMS_PER_SECOND - (seconds % 7), bytesPerSecond: 5e8 },
    etaSeconds: Math.max(0, 4000 - seconds),
    pace: {
      from: new Date(now - 900_000).toISOString(),
      everySeconds: 10,
      items: Array.from({ length: 90 }, (_, index) => 4900 + ((index + seconds) % 200)),
    },
    inFlight: Array.from({ length: 5 }, (_, index) => ({
      ordinal: seconds * 5 + index,
      path: `Folder ${seconds}/File ${index}.bin`,
      kind: 'file' as const,
      mimeType: 'application/octet-stream',
      size: 1_000_000,
      passed: (seconds * 7919) % 1_000_000,
    })),
    revision: seconds + 1,
    ...parts,
  });
}

/** A signed-in page with a scripted API, and a session of Chromium's DevTools protocol. */
async function open(browser: Browser, stage: Stages.Stage, path: string, { speedUp = 1 } = {}) {
  const left = { source: 1e9, destination: 1e9 };
  const transfer = after(0);
  stage.play({
    ...calm(left),
    'GET /session/validate': ({ headers }: Stages.Question) => ({
      valid: true,
      type: headers['x-source-token'] ? 'source' : 'destination',
      account: headers['x-source-token'] ? transfer.source : transfer.destination,
      expiresAt: new Date(Date.now() + 1e9).toISOString(),
      expiresIn: 1e6,
    }),
    'GET /api/transfers': { transfers: Array.from({ length: 20 }, (_, index) => after(0, { id: `tr${index}` })) },
    'GET /api/transfers/events': stream('Transfer', transfer),
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(
    ([sides, speedUp]) => {
      for (const side of sides) localStorage.setItem(`cloudmover.token.${side}`, 'token');
      const Real = Date;
      const began = Real.now();
      const now = () => began + (Real.now() - began) * speedUp;
      globalThis.Date = new Proxy(Real, {
        construct: (_, parts: [number]) => new Real(...(parts.length > 0 ? parts : ([now()] as const))),
        get: (_, name) => (name === 'now' ? now : (Reflect.get(Real, name) as unknown)),
      });
      const faster = <T extends typeof setTimeout | typeof setInterval>(real: T): T =>
        new Proxy(real, {
          apply: (_, __, [act, ms, ...rest]: [TimerHandler, number]) =>
            Reflect.apply(real, undefined, [act, ms / speedUp, ...rest]) as number,
        });
      globalThis.setTimeout = faster(globalThis.setTimeout);
      globalThis.setInterval = faster(globalThis.setInterval);
    },
    [SIDES, speedUp] as const,
  );
  await page.goto(stage.url + path);
  await page.getByText('Live', { exact: true }).waitFor();
  const cdp = await context.newCDPSession(page);
  return { context, page, cdp };
}

async function memory(browser: Browser, stage: Stages.Stage) {
  const { context, cdp } = await open(browser, stage, '/transfers/tr_7KQ2M9', { speedUp: SPEED_UP });
  const measure = async () => {
    for (let round = 0; round < 3; round++) await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
    return { heap: usedSize, nodes, listeners: jsEventListeners };
  };
  const sendUntil = async (from: number, to: number) => {
    for (let second = from; second < to; second++) {
      stage.send('Transfer', after(second));
      await sleep(1000 / SPEED_UP);
    }
  };
  // Not counted: the first minutes load and compile code.
  await sendUntil(1, 300);
  const before = await measure();
  await sendUntil(300, 300 + HOUR_S);
  const end = await measure();
  await context.close();
  const kb = (bytes: number) => (bytes / 1024).toFixed(0);
  return {
    part: 'memory-hour',
    events: HOUR_S,
    heap_before_kb: kb(before.heap),
    heap_after_kb: kb(end.heap),
    elements_before: before.nodes,
    elements_after: end.nodes,
    listeners_before: before.listeners,
    listeners_after: end.listeners,
  };
}

/** Main-thread CPU while every shown transfer gets 500 more items each second. */
async function cpu(browser: Browser, stage: Stages.Stage, path: string) {
  const { context, cdp } = await open(browser, stage, path);
  const ids = path === '/transfers' ? Array.from({ length: 20 }, (_, index) => `tr${index}`) : ['tr_7KQ2M9'];
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const used = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    return { task: of('TaskDuration'), script: of('ScriptDuration'), layouts: of('LayoutCount') };
  };
  await sleep(3000);
  const before = await used();
  const began = Date.now();
  for (let second = 1; second <= CPU_S; second++) {
    for (const id of ids) stage.send('Transfer', after(second, { id }));
    await sleep(Math.max(0, began + second * 1000 - Date.now()));
  }
  const end = await used();
  await context.close();
  const wall = (Date.now() - began) / 1000;
  return {
    transfers: ids.length,
    items_per_second: ITEMS_PER_SECOND * ids.length,
    main_thread_percent: (((end.task - before.task) / wall) * 100).toFixed(2),
    script_percent: (((end.script - before.script) / wall) * 100).toFixed(2),
    layouts_per_second: ((end.layouts - before.layouts) / wall).toFixed(1),
  };
}

/** Lighthouse's figures for the first load of some pages, signed in, a row for each. */
async function loadTime(stack: Stack, form: 'phone' | 'desk') {
  const [{ default: lighthouse }, { launch }, { default: desktop }, { chromium }] = await Promise.all([
    import('lighthouse'),
    import('chrome-launcher'),
    import('lighthouse/core/config/desktop-config.js'),
    import('playwright-core'),
  ]);
  const chrome = await launch({ chromePath: await useChromium(), chromeFlags: ['--headless', ...CHROMIUM_FLAGS] });
  try {
    const [source = '', destination = ''] = stack.accounts;
    const tokens = [
      ['source', await connect(stack.url, 'source', source)],
      ['destination', await connect(stack.url, 'destination', destination)],
    ] as const;
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${chrome.port}`);
    const page = await browser.contexts()[0]!.newPage();
    await page.goto(`${stack.url}/robots.txt`);
    await page.evaluate((tokens) => {
      for (const [side, token] of tokens) localStorage.setItem(`cloudmover.token.${side}`, token);
    }, tokens);
    await page.close();
    await browser.close();
    const rows: Result[] = [];
    for (const path of ['connect', 'move', 'transfers']) {
      // Lighthouse clears the browser but keeps the sign-ins.
      const options: Flags = { port: chrome.port, logLevel: 'error' };
      let run: Awaited<ReturnType<typeof lighthouse>>;
      // Retries, because sometimes the beginning of a trace is missing.
      for (let tries = 0; tries < 3 && !run?.lhr.categories.performance?.score; tries++)
        run = await lighthouse(`${stack.url}/${path}`, options, form === 'desk' ? desktop : undefined);
      if (!run) throw new Error(`Lighthouse has no result for ${path}.`);
      const { lhr } = run;
      const score = (id: string) => Math.round((lhr.categories[id]?.score ?? 0) * 100);
      const figure = (id: string) => lhr.audits[id]?.numericValue ?? NaN;
      const ms = (id: string) => figure(id).toFixed(0);
      rows.push({
        part: `lighthouse-${form}`,
        page: path,
        performance: score('performance'),
        accessibility: score('accessibility'),
        best_practices: score('best-practices'),
        first_paint_ms: ms('first-contentful-paint'),
        largest_paint_ms: ms('largest-contentful-paint'),
        blocked_ms: ms('total-blocking-time'),
        layout_shift: figure('cumulative-layout-shift').toFixed(3),
        // The machine's speed during the run; for Lighthouse, a good desktop has 1500 or more.
        machine: Math.round(lhr.environment.benchmarkIndex),
      });
    }
    return rows;
  } finally {
    chrome.kill();
  }
}
