import { Signal, signal } from '@angular/core';

/** Lets the browser paint and handle input before what comes next. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Gives a page's file a task after the one in which its scripts were read: on a slow phone both together are long. */
export async function inOwnTask<File>(loading: Promise<File>): Promise<File> {
  const file = await loading;
  await nextTask();
  return file;
}

/**
 * The stage of rendering: 0 in the first frame, one more in each task after it, up to `stages`. A template that renders
 * its parts by stages has no long task even on a slow phone (ADR 0041). Needs no injection context.
 */
export function renderInStages(stages: number): Signal<number> {
  const stage = signal(0);
  const advance = async () => {
    while (stage() < stages) {
      await nextTask();
      stage.update((before) => before + 1);
    }
  };
  void advance();
  return stage.asReadonly();
}
