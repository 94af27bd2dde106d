// A page in the few colours that a system puts in place of its own, as the contrast themes of Windows do.
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** What is visible of elements but for their texts: fill, edges and outline. Selectors may end with `::after`. */
const looksOf = (selectors: string[]) => {
  const canvas = getComputedStyle(document.body).backgroundColor;
  const isVisible = (color: string) => color !== canvas && !/^rgba.*, 0\)$/.test(color);
  return selectors.map((selector) => {
    if (!selector) return '';
    const [element = '', pseudo] = selector.split('::');
    const found = document.querySelector(element);
    if (!found) throw new Error(`There is no ${element}`);
    const style = getComputedStyle(found, pseudo && `::${pseudo}`);
    const looks = isVisible(style.backgroundColor) ? [style.backgroundColor] : [];
    if (style.backgroundImage !== 'none') looks.push(style.backgroundImage);
    for (const line of ['border-top', 'border-right', 'border-bottom', 'border-left', 'outline']) {
      const [width, kind, color = ''] = ['width', 'style', 'color'].map((part) =>
        style.getPropertyValue(`${line}-${part}`),
      );
      if (width !== '0px' && kind !== 'none' && isVisible(color)) looks.push(`${line} ${width} ${kind} ${color}`);
    }
    return looks.join(', ');
  });
};

/**
 * Expects that what colours say is also visible in forced colours.
 * @param pairs selectors of elements, each with one from which it must differ; with an empty one, it must be visible at all
 */
export async function expectVisibleInForcedColors(page: Page, pairs: Record<string, string>) {
  await page.emulateMedia({ forcedColors: 'active' });
  const looks = await page.evaluate(looksOf, Object.keys(pairs));
  const others = await page.evaluate(looksOf, Object.values(pairs));
  await page.emulateMedia({ forcedColors: 'none' });
  expect(Object.keys(pairs).filter((_, pair) => looks[pair] === others[pair])).toEqual([]);
}
