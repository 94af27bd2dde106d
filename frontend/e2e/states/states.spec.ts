// Every state of every page, one row each: it shows what it must, passes axe in light and dark, cuts nothing off on a
// phone and at 200 % and 400 % zoom, logs no error and violates no policy. With SCREENSHOTS=1 in the environment, its
// screenshots are in `.states/`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { accessibilityProblems } from '../support/axe.ts';
import { startPortal, watch, type Portal } from '../support/portal.ts';
import { calm, NOW, type LeftMs } from './answers.ts';
import { DESK, PHONE } from './geometry.ts';
import { STATES } from './names.ts';
import type { Row, Sight } from './row.ts';
import { AXE_PATH, startStage, type Stage } from './stage.ts';

const HERE = import.meta.dirname;
const PICTURES = join(HERE, '../.states');
/** They take a third of the time, and prove nothing by themselves. */
const TAKES_PICTURES = process.env.SCREENSHOTS === '1';
/** The narrowest supported screen. */
const NARROWEST = { width: 320, height: 640 };
/** A desktop at 200 % and at 400 %. */
const ZOOMED = [
  { width: 640, height: 400 },
  { width: 320, height: 200 },
];
const HOUR_MS = 3_600_000;
/**
 * How many rows share a tab. A tab that has shown many pages becomes slow: all rows in one tab take twice the processor
 * time of a new tab for every 12.
 */
const ROWS_PER_TAB = 12;
/** The main journey. Its snapshots contain all that a screen reader says (`-u` updates them). */
const MAIN_JOURNEY = [
  'connect: both connected',
  'choose: selection',
  'review: ready',
  'transfer: running',
  'transfer: completed_with_failures',
  'transfers: every state',
];

const files = readdirSync(join(HERE, 'rows')).sort();
const pages = await Promise.all(
  files.map(async (name) => ({
    page: name.replace('.ts', ''),
    ...((await import(`./rows/${name}`)) as { rows: Row[] }),
  })),
);
const rows = pages.flatMap(({ page, rows }) => rows.map((row) => ({ page, ...row })));

const place = (page: Page, what: Sight) => {
  const all =
    typeof what === 'string' || what instanceof RegExp
      ? page.getByText(what, { exact: typeof what === 'string' })
      : page.getByRole(what[0], { name: what[1] });
  return all.filter({ visible: true }).first();
};

/** Elements that are wider than the screen, or cut off without an ellipsis. */
const lost = () =>
  [...document.body.querySelectorAll('*')]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      // Elements for screen readers only are one pixel wide on purpose.
      if (box.width <= 1 || box.height <= 1) return false;
      const isWide = box.right > innerWidth + 1;
      const overflows = element.scrollWidth > element.clientWidth + 1;
      const button = element.matches('.mdc-button__label') && element.parentElement?.getBoundingClientRect();
      // Styles take long to compute, and most elements are none of these.
      if (!isWide && !overflows && !button) return false;
      // An overlay’s box only positions it; the overlay is checked itself.
      if (element.closest('svg') || element.matches('.cdk-overlay-connected-position-bounding-box')) return false;
      const { overflowX, textOverflow } = getComputedStyle(element);
      const cut = overflows && ['hidden', 'clip'].includes(overflowX) && textOverflow !== 'ellipsis';
      // A label that is longer than its button has room for.
      const over =
        button && (box.top < button.top - 1 || box.bottom > button.bottom + 1 || box.right > button.right + 1);
      return cut || over || (isWide && !element.closest('[data-scrolls]'));
    })
    .map(
      (element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent?.trim().slice(0, 40)}`,
    );

/** The height of the bars that stay at the edges of the screen while the page scrolls, if it is more than a quarter. */
const crowding = () => {
  const barAt = (y: number) => {
    let element = document.elementFromPoint(innerWidth / 2, y);
    while (element && !['fixed', 'sticky'].includes(getComputedStyle(element).position))
      element = element.parentElement;
    // A dialog or a menu may cover the page.
    return element?.closest('.cdk-overlay-container') ? undefined : element?.getBoundingClientRect();
  };
  let top = 0;
  for (let bar; (bar = barAt(top + 1)) && bar.bottom > top;) top = bar.bottom;
  let bottom = innerHeight;
  for (let bar; (bar = barAt(bottom - 1)) && bar.top < bottom;) bottom = bar.top;
  const height = Math.round(top + innerHeight - bottom);
  return height > innerHeight / 4 ? [`${height} of ${innerHeight} px are bars`] : [];
};

/** What is wrong once the layout is stable: an open menu follows its button a few frames after a change of size. */
async function wrongNow(page: Page, measure: () => string[]) {
  let found = await page.evaluate(measure);
  for (let frame = 0; found.length > 0 && frame < 30; frame++) {
    await page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
    found = await page.evaluate(measure);
  }
  return found;
}

/** Running animations. With reduced motion there must be none. */
const moving = () =>
  document
    .getAnimations()
    // The style sheet turns animations off by cutting them to a hundredth of a millisecond.
    .filter(
      ({ playState, effect }) => playState === 'running' && Number(effect?.getComputedTiming().activeDuration) > 1,
    )
    .map((animation) =>
      animation instanceof CSSTransition ? animation.transitionProperty : (animation as CSSAnimation).animationName,
    );

/** Switches to German, whose words are longer, as if chosen in another tab. */
function inGerman() {
  const newValue = '{"language":"de"}';
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.ui', newValue }));
}

/** Sets a page's time to that of the screenshots; a test can advance it. `haste` in localStorage speeds up its timers. */
function stopwatch(now: number) {
  const Real = Date;
  let offset = now - Real.now();
  globalThis.letPass = (ms: number) => (offset += ms);
  globalThis.Date = new Proxy(Real, {
    construct: (_, parts: [number]) => new Real(...(parts.length > 0 ? parts : ([Real.now() + offset] as const))),
    get: (_, name) => (name === 'now' ? () => Real.now() + offset : (Reflect.get(Real, name) as unknown)),
  });
  const haste = Number(localStorage.getItem('haste') ?? 1);
  const faster = <T extends typeof setTimeout | typeof setInterval>(real: T): T =>
    new Proxy(real, {
      apply: (_, __, [act, ms, ...rest]: [TimerHandler, number]) =>
        Reflect.apply(real, undefined, [act, ms / haste, ...rest]) as number,
    });
  globalThis.setTimeout = faster(globalThis.setTimeout);
  globalThis.setInterval = faster(globalThis.setInterval);
}

it.each(pages.map(({ page }) => page))('the states of %s are those of the design', (page) => {
  const states = pages.filter((each) => each.page === page).flatMap(({ rows }) => rows.map(({ state }) => state));
  expect(states.toSorted()).toEqual(STATES[page]?.toSorted());
});

it('every page of the design has its file of rows', () => {
  expect(pages.map(({ page }) => page).sort()).toEqual(Object.keys(STATES).sort());
});

describe('a state', () => {
  let portal: Portal;
  let stage: Stage;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];
  let rowsInTab = 0;
  beforeAll(async () => {
    portal = await startPortal({ seedDemo: false });
    stage = await startStage(portal.url);
    context = await portal.browser.newContext({
      viewport: DESK,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    if (!TAKES_PICTURES) return;
    rmSync(PICTURES, { recursive: true, force: true });
    mkdirSync(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    await context?.close();
    await stage?.close();
    await portal?.close();
  });

  async function openTab() {
    await page?.close();
    page = await context.newPage();
    await page.addInitScript(stopwatch, Date.parse(NOW));
    page.setDefaultTimeout(100_000);
    problems = watch(page, [stage.url]);
  }

  async function enter(row: Row) {
    const left: LeftMs = row.left ?? { source: 20 * HOUR_MS, destination: 20 * HOUR_MS };
    const tokens = row.tokens ?? Object.keys(left);
    await context.setOffline(false);
    if (rowsInTab++ % ROWS_PER_TAB === 0) await openTab();
    // Leave the page of the previous row: its requests are not in this row's script.
    await page.goto(`${stage.url}/robots.txt`);
    problems.length = 0;
    stage.play({ ...calm(left), ...row.api });
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    await page.setViewportSize(DESK);
    await page.evaluate(
      ([tokens, stored, remembered]) => {
        localStorage.clear();
        sessionStorage.clear();
        for (const side of tokens) localStorage.setItem(`cloudmover.token.${side}`, `${side}-token`);
        for (const [key, value] of Object.entries(stored)) localStorage.setItem(key, value);
        for (const [key, value] of Object.entries(remembered)) sessionStorage.setItem(key, value);
      },
      [tokens, row.stored ?? {}, row.remembered ?? {}] as const,
    );
    await page.goto(stage.url + row.path, { waitUntil: 'domcontentloaded' });
    // The outline in `index.html` shows some of the same words before the page is complete.
    await page.locator('#shell').waitFor({ state: 'detached' });
    await row.arrange?.({ page, stage, context });
    for (const what of row.sees) await place(page, what).waitFor();
    for (const what of row.lacks ?? []) expect(await place(page, what).count()).toBe(0);
    await row.holds?.({ page });
  }

  const picture = (row: (typeof rows)[number], look: string) =>
    TAKES_PICTURES &&
    page.screenshot({
      path: join(PICTURES, `${row.page} ${row.state.replaceAll('/', ' ')} ${look}.png`),
      animations: 'disabled',
    });

  it.each(rows)('$page: $state', async (row) => {
    await enter(row);
    if (MAIN_JOURNEY.includes(`${row.page}: ${row.state}`))
      expect(await page.getByRole('main').ariaSnapshot()).toMatchSnapshot('what a screen reader says');
    const engine = AXE_PATH;
    const found: Record<string, string[]> = {};
    found.light = await accessibilityProblems(page, { except: row.except, engine });
    await picture(row, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    // All other rules were checked in light.
    found.dark = await accessibilityProblems(page, { only: ['color-contrast'], engine });
    await picture(row, 'dark');
    // Themes have the same sizes, and a change of theme takes as long as one of size.
    if (TAKES_PICTURES) await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(PHONE);
    await picture(row, 'phone');
    found.phone = await wrongNow(page, lost);
    for (const size of ZOOMED) {
      await page.setViewportSize(size);
      found[`${size.width} px`] = await wrongNow(page, lost);
      found[`bars at ${size.width} px`] = await wrongNow(page, crowding);
    }
    found.moving = await page.evaluate(moving);
    // Loading another language needs the server.
    if (!row.stored?.['cloudmover.ui'] && (await page.evaluate(() => navigator.onLine))) {
      await page.evaluate(inGerman);
      await page.locator('html[lang="de"]').waitFor({ state: 'attached' });
      for (const size of [NARROWEST, PHONE]) {
        await page.setViewportSize(size);
        found[`${size.width} px, German`] = await wrongNow(page, lost);
      }
    }
    found.faults = stage.faults();
    found.problems = problems;
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((key) => [key, []])));
  });
});
