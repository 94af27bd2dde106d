// What a tab costs that watches a transfer: its memory after an hour, its CPU while 500 items a second arrive, and what
// Lighthouse says of the first load.
/* global localStorage -- parts of it run in the page */
import { setTimeout as sleep } from 'node:timers/promises';
import { useChromium } from '../../tools/chromium.ts';
import { startStack } from '../../tools/stack.ts';
import { connect } from '../../tools/api-client.ts';

const SIDES = ['source', 'destination'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const HOUR_S = 3600;
/** An hour passes in a minute: the page's clock and its timers run so much faster, and so many events come. */
const HASTE = 60;
const CPU_S = 30;
const ITEMS_PER_SECOND = 500;

// Brought when they are needed: what measures other things needs none of their packages.
let aTransfer;
let calm;
let stream;

/** @param running what is to be ended when the command is */
export async function benchTab(running, { report }) {
  const stack = await startStack({ portal: true, seedDemo: true });
  running.add(stack.close);
  const { chromium } = await import('playwright-core');
  ({ aTransfer, calm } = await import('../../frontend/e2e/states/answers.ts'));
  const { startStage } = ({ stream } = await import('../../frontend/e2e/states/stage.ts'));
  const browser = await chromium.launch({ executablePath: await useChromium(), args: FLAGS });
  const stage = await startStage(stack.url);
  const close = () => Promise.all([browser.close(), stage.close()]);
  running.add(close);
  try {
    report(await memory(browser, stage));
    for (const [part, path] of [
      ['cpu-transfer', '/transfers/tr_7KQ2M9'],
      ['cpu-list', '/transfers'],
    ])
      report({ part, ...(await cpu(browser, stage, path)) });
    for (const form of ['phone', 'desk']) for (const row of await loadTime(stack, form)) report(row);
  } finally {
    await close();
    await stack.close();
    running.delete(close);
    running.delete(stack.close);
  }
}

/** A transfer of two million items after so many seconds at the full pace. */
function after(seconds: number, parts = {}) {
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
      kind: 'file',
      mimeType: 'application/octet-stream',
      size: 1_000_000,
      passed: (seconds * 7919) % 1_000_000,
    })),
    revision: seconds + 1,
    ...parts,
  });
}

/** A signed-in page on the stage, and Chromium's own instruments for it. */
async function open(browser, stage, path: string, { haste = 1 } = {}) {
  const left = { source: 1e9, destination: 1e9 };
  const transfer = after(0);
  stage.play({
    ...calm(left),
    'GET /session/validate': ({ headers }) => ({
      valid: true,
      type: headers['x-source-token'] ? 'source' : 'destination',
      account: headers['x-source-token'] ? transfer.source : transfer.destination,
      expiresAt: new Date(Date.now() + 1e9).toISOString(),
      expiresIn: 1e6,
    }),
    'GET /api/transfers': { transfers: Array.from({ length: 20 }, (_, index) => after(0, { id: `tr${index}` })) },
    'GET /api/transfers/events': stream('TransferDto', transfer),
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(
    ([sides, haste]) => {
      for (const side of sides) localStorage.setItem(`cloudmover.token.${side}`, 'token');
      const Real = Date;
      const began = Real.now();
      const now = () => began + (Real.now() - began) * haste;
      globalThis.Date = class extends Real {
        constructor(...parts) {
          super(...(parts.length > 0 ? parts : [now()]));
        }
        static now() {
          return now();
        }
      };
      for (const name of ['setTimeout', 'setInterval']) {
        const real = globalThis[name];
        globalThis[name] = (act, ms: number, ...rest) => real(act, ms / haste, ...rest);
      }
    },
    [SIDES, haste],
  );
  await page.goto(stage.url + path);
  await page.getByText('Live', { exact: true }).waitFor();
  const cdp = await context.newCDPSession(page);
  return { context, page, cdp };
}

async function memory(browser, stage) {
  const { context, cdp } = await open(browser, stage, '/transfers/tr_7KQ2M9', { haste: HASTE });
  const measure = async () => {
    for (let round = 0; round < 3; round++) await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
    return { heap: usedSize, nodes, listeners: jsEventListeners };
  };
  const tell = async (from: string, to: string) => {
    for (let second = from; second < to; second++) {
      stage.tell('TransferDto', after(second));
      await sleep(1000 / HASTE);
    }
  };
  // What is loaded and compiled on the way belongs to the first minutes.
  await tell(1, 300);
  const before = await measure();
  await tell(300, 300 + HOUR_S);
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
async function cpu(browser, stage, path: string) {
  const { context, cdp } = await open(browser, stage, path);
  const ids = path === '/transfers' ? Array.from({ length: 20 }, (_, index) => `tr${index}`) : ['tr_7KQ2M9'];
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const used = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name).value;
    return { task: of('TaskDuration'), script: of('ScriptDuration'), layouts: of('LayoutCount') };
  };
  await sleep(3000);
  const before = await used();
  const began = Date.now();
  for (let second = 1; second <= CPU_S; second++) {
    for (const id of ids) stage.tell('TransferDto', after(second, { id }));
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

/** What Lighthouse says of the first load of some pages, signed in: a row for each. */
async function loadTime(stack, form) {
  const [{ default: lighthouse }, { launch }, { default: desktop }, { chromium }] = await Promise.all([
    import('lighthouse'),
    import('chrome-launcher'),
    import('lighthouse/core/config/desktop-config.js'),
    import('playwright-core'),
  ]);
  const chrome = await launch({ chromePath: await useChromium(), chromeFlags: ['--headless', ...FLAGS] });
  try {
    const tokens = [];
    for (const [index, side] of SIDES.entries()) tokens.push(await connect(stack.url, side, stack.accounts[index]));
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${chrome.port}`);
    const page = await browser.contexts()[0].newPage();
    await page.goto(`${stack.url}/robots.txt`);
    await page.evaluate(
      ([sides, values]) =>
        sides.forEach((side, index) => localStorage.setItem(`cloudmover.token.${side}`, values[index])),
      [SIDES, tokens],
    );
    await page.close();
    await browser.close();
    const rows = [];
    for (const path of ['connect', 'move', 'transfers']) {
      // Its own way of clearing the browser leaves what is signed in, and nothing of the pages before.
      const options = { port: chrome.port, logLevel: 'error' };
      let lhr;
      // Sometimes a trace lacks its beginning and is of no use.
      for (let tries = 0; tries < 3 && !lhr?.categories.performance.score; tries++)
        ({ lhr } = await lighthouse(`${stack.url}/${path}`, options, form === 'desk' ? desktop : undefined));
      const score = (id: string) => Math.round(lhr.categories[id].score * 100);
      const ms = (id: string) => lhr.audits[id].numericValue.toFixed(0);
      rows.push({
        part: `lighthouse-${form}`,
        page: path,
        performance: score('performance'),
        accessibility: score('accessibility'),
        best_practices: score('best-practices'),
        first_paint_ms: ms('first-contentful-paint'),
        largest_paint_ms: ms('largest-contentful-paint'),
        blocked_ms: ms('total-blocking-time'),
        layout_shift: lhr.audits['cumulative-layout-shift'].numericValue.toFixed(3),
        // Of this machine, just then; Lighthouse takes 1500 and more for a good desk.
        machine: Math.round(lhr.environment.benchmarkIndex),
      });
    }
    return rows;
  } finally {
    chrome.kill();
  }
}
