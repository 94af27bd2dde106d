// Measurements for a row's `holds`, in CSS pixels.
import { expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** Waits for two frames: a page notices its width in the next one, and renders what depends on it in the one after. */
const draw = (page: Page) =>
  page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));

/** Changes the size of the page, and waits until it has adapted. */
export async function resize(page: Page, size: typeof DESK) {
  await page.setViewportSize(size);
  await draw(page);
}

/** Measures the page at a phone's size, and restores the desktop size afterwards. */
export async function onPhone(page: Page, look: () => Promise<void>) {
  await resize(page, PHONE);
  await look();
  await resize(page, DESK);
}

/** The position of an element, with its right and bottom edges and its vertical centre. */
export async function placeOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${String(locator)} is not visible`);
  const { x, y, width, height } = box;
  return { left: x, top: y, right: x + width, bottom: y + height, width, height, middle: y + height / 2 };
}

/** The size of the screen. */
export const sizeOf = (page: Page) => page.viewportSize() ?? DESK;

/** Expects an element to be entirely on the screen. */
export async function expectInSight(page: Page, locator: Locator) {
  const { width, height } = sizeOf(page);
  const { left, top, right, bottom } = await placeOf(locator);
  const isInside = left >= 0 && top >= 0 && right <= width && bottom <= height;
  expect({ isInside, left, top, right, bottom }).toMatchObject({ isInside: true });
}

/** Expects a dialog at the standard position, with buttons of the same size. */
export async function expectDialogInShape(page: Page, role: 'dialog' | 'alertdialog' = 'dialog') {
  const dialog = page.getByRole(role);
  await draw(page);
  expect((await placeOf(dialog)).top).toBe(96);
  const buttons = await dialog.locator('mat-dialog-actions > *').all();
  const sizes = new Set();
  for (const button of buttons) {
    const { width, height } = await placeOf(button);
    sizes.add(`${Math.round(width)} × ${Math.round(height)}`);
  }
  expect([...sizes]).toHaveLength(1);
}
