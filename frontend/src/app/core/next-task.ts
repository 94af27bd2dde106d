import { Signal, signal } from '@angular/core';

/** Lets the browser paint and handle input before the next step. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Runs a loaded page in a new task: on a slow phone, reading its scripts and running it would be one long task. */
export async function inOwnTask<File>(loading: Promise<File>): Promise<File> {
  const file = await loading;
  await nextTask();
  return file;
}

/**
 * The stage of rendering: 0 in the first frame, then one more in each task, up to `stages`. Rendering a template in
 * stages avoids long tasks on a slow phone (ADR 0041). Needs no injection context.
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
