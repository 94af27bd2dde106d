import { Signal, signal } from '@angular/core';

/**
 * Lets the browser draw and hear the person before what comes next. The start takes several such breaths: on a slow
 * phone it would otherwise be one task of half a second.
 */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Files of a page that have come. Reading their scripts is enough for one task; what is made of them begins another. */
export async function inTurn<File>(coming: Promise<File>): Promise<File> {
  const file = await coming;
  await nextTask();
  return file;
}

/**
 * How many parts of something are to be drawn by now: 0 in the first picture, one more in each task after it, so that
 * none of them is long even on a slow phone.
 */
export function inParts(parts: number): Signal<number> {
  const drawn = signal(0);
  const goOn = async () => {
    while (drawn() < parts) {
      await nextTask();
      drawn.update((before) => before + 1);
    }
  };
  void goOn();
  return drawn.asReadonly();
}
