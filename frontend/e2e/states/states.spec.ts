// Every state of every page, one row each: it shows what it must, breaks no rule of axe in light and dark, loses nothing
// on a phone, at 320 px and at 200 % zoom, logs no error and violates no policy. The pictures are in `.states/`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { accessibilityProblems, startPortal, watch } from '../support/portal.ts';
import { calm, NOW } from './answers.ts';
import { DESK, PHONE } from './geometry.ts';
import { STATES } from './names.ts';
import { startStage } from './stage.ts';

const HERE = import.meta.dirname;
const PICTURES = join(HERE, '../.states');
/** The narrowest screen that must do, and a desk at 200 %. */
const NARROW = [
  { width: 320, height: 640 },
  { width: 640, height: 400 },
];
const HOUR_MS = 3_600_000;
/** The way that everybody goes, of which every word that a screen reader says is kept (`-u` writes it anew). */
const MAIN_WAY = [
  'connect: both connected',
  'choose: selection',
  'review: ready',
  'transfer: running',
  'transfer: completed_with_failures',
  'transfers: every state',
];

/**
 * A row: `{ state, path, api, sees }`, and where needed
 * - `left`: milliseconds that each side's session lasts (without a side: it has ended), both by default
 * - `tokens`: the sides of which this browser has a token, those of `left` by default
 * - `stored`: what else is in localStorage (`haste: '20'` lets twenty seconds pass in one); `remembered`: in sessionStorage
 * - `arrange({ page, stage })`: what a person does first
 * - `lacks`: what must not be seen
 * - `holds({ page })`: what no text shows, such as a colour; expects
 * - `except`: rules of axe that the state may break, with the reason beside it
 * What is seen is a text, a pattern, or `[role, name]`.
 */
const files = readdirSync(join(HERE, 'rows')).sort();
const pages = await Promise.all(
  files.map(async (name) => ({ page: name.replace('.ts', ''), ...(await import(`./rows/${name}`)) })),
);
const rows = pages.flatMap(({ page, rows }) => rows.map((row) => ({ page, ...row })));

const place = (page, what) => {
  const all = Array.isArray(what)
    ? page.getByRole(what[0], { name: what[1] })
    : page.getByText(what, { exact: typeof what === 'string' });
  return all.filter({ visible: true }).first();
};

/** What is wider than the screen, or cut off without dots. */
const lost = () =>
  [...document.body.querySelectorAll('*')]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      // What is there for listeners only is one pixel wide on purpose.
      if (box.width <= 1 || box.height <= 1 || element.closest('svg')) return false;
      // Only helps to place what floats; that is looked at itself.
      if (element.matches('.cdk-overlay-connected-position-bounding-box')) return false;
      const style = getComputedStyle(element);
      const cut =
        ['hidden', 'clip'].includes(style.overflowX) &&
        style.textOverflow !== 'ellipsis' &&
        element.scrollWidth > element.clientWidth + 1;
      // A label that is longer than its button has room for.
      const button = element.matches('.mdc-button__label') && element.parentElement.getBoundingClientRect();
      const over =
        button && (box.top < button.top - 1 || box.bottom > button.bottom + 1 || box.right > button.right + 1);
      return cut || over || (box.right > innerWidth + 1 && !element.closest('[data-scrolls]'));
    })
    .map(
      (element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`,
    );

/** What is lost once all is in its place: an open menu follows its button a few frames after the window has changed. */
async function lostNow(page) {
  let found = await page.evaluate(lost);
  for (let frame = 0; found.length > 0 && frame < 30; frame++) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
    found = await page.evaluate(lost);
  }
  return found;
}

/** Whoever asked for less motion gets none; what the style sheet cut down to a hundredth of a millisecond is none. */
const moving = () =>
  document
    .getAnimations()
    // A hundredth of a millisecond is how the style sheet says "none".
    .filter(({ playState, effect }) => playState === 'running' && effect.getComputedTiming().activeDuration > 1)
    .map((animation) => animation.animationName ?? animation.transitionProperty);

/** The longer words of the other language, as if chosen in another tab. */
function inGerman() {
  const newValue = '{"language":"de"}';
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.ui', newValue }));
}

/** Each page begins at the pictures' moment and can be told that time has passed; `haste` in localStorage makes its timers so many times faster. */
function stopwatch(now) {
  const Real = Date;
  let offset = now - Real.now();
  globalThis.letPass = (ms) => (offset += ms);
  globalThis.Date = class extends Real {
    constructor(...parts) {
      super(...(parts.length > 0 ? parts : [Real.now() + offset]));
    }
    static now() {
      return Real.now() + offset;
    }
  };
  const haste = Number(localStorage.getItem('haste') ?? 1);
  for (const name of ['setTimeout', 'setInterval']) {
    const real = globalThis[name];
    globalThis[name] = (act, ms, ...rest) => real(act, ms / haste, ...rest);
  }
}

it.each(pages.map(({ page }) => page))('the states of %s are those of the design', (page) => {
  const { rows, notYet = [] } = pages.find((each) => each.page === page);
  const told = [...rows.map(({ state }) => state), ...notYet];
  expect(told.toSorted()).toEqual(STATES[page].toSorted());
});

it('every page of the design has its file of rows', () => {
  expect(pages.map(({ page }) => page).sort()).toEqual(Object.keys(STATES).sort());
});

describe('a state', () => {
  let portal;
  let stage;
  let context;
  let page;
  let problems;
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
    page = await context.newPage();
    await page.addInitScript(stopwatch, Date.parse(NOW));
    page.setDefaultTimeout(30_000);
    problems = watch(page, [stage.url]);
    stage.play({});
    await page.goto(`${stage.url}/robots.txt`);
    rmSync(PICTURES, { recursive: true, force: true });
    mkdirSync(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    await context?.close();
    await stage?.close();
    await portal?.close();
  });

  async function enter(row) {
    const left = row.left ?? { source: 20 * HOUR_MS, destination: 20 * HOUR_MS };
    const tokens = row.tokens ?? Object.keys(left);
    await context.setOffline(false);
    // The page of the row before must not ask what this one's script does not know.
    await page.goto(`${stage.url}/robots.txt`);
    problems.length = 0;
    stage.play({ ...calm(left), ...row.api });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(DESK);
    await page.evaluate(
      ([tokens, stored, remembered]) => {
        localStorage.clear();
        sessionStorage.clear();
        for (const side of tokens) localStorage.setItem(`cloudmover.token.${side}`, `${side}-token`);
        for (const [key, value] of Object.entries(stored)) localStorage.setItem(key, value);
        for (const [key, value] of Object.entries(remembered)) sessionStorage.setItem(key, value);
      },
      [tokens, row.stored ?? {}, row.remembered ?? {}],
    );
    await page.goto(stage.url + row.path, { waitUntil: 'domcontentloaded' });
    await row.arrange?.({ page, stage, context });
    for (const what of row.sees) await place(page, what).waitFor();
    for (const what of row.lacks ?? []) expect(await place(page, what).count()).toBe(0);
    await row.holds?.({ page });
  }

  const picture = (row, look) =>
    page.screenshot({
      path: join(PICTURES, `${row.page} ${row.state.replaceAll('/', ' ')} ${look}.png`),
      animations: 'disabled',
    });

  it.each(rows)('$page: $state', async (row) => {
    await enter(row);
    if (MAIN_WAY.includes(`${row.page}: ${row.state}`))
      expect(await page.getByRole('main').ariaSnapshot()).toMatchSnapshot('what a screen reader says');
    const found = { light: await accessibilityProblems(page, { except: row.except }) };
    await picture(row, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    // All else was the same in light.
    found.dark = await accessibilityProblems(page, { only: ['color-contrast'] });
    await picture(row, 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(PHONE);
    await picture(row, 'phone');
    found.phone = await lostNow(page);
    for (const size of NARROW) {
      await page.setViewportSize(size);
      found[`${size.width} px`] = await lostNow(page);
    }
    found.moving = await page.evaluate(moving);
    // Another language is loaded when it is wanted, which needs the server.
    if (!row.stored?.['cloudmover.ui'] && (await page.evaluate(() => navigator.onLine))) {
      await page.setViewportSize(NARROW[0]);
      await page.evaluate(inGerman);
      await page.locator('html[lang="de"]').waitFor({ state: 'attached' });
      for (const size of [NARROW[0], PHONE]) {
        await page.setViewportSize(size);
        found[`${size.width} px, German`] = await lostNow(page);
      }
    }
    found.faults = stage.faults();
    found.problems = problems;
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((key) => [key, []])));
  });
});
