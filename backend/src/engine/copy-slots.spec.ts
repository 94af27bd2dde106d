import { setImmediate } from 'node:timers/promises';
import { CopySlots, MIN_SLOTS } from './copy-slots.js';
import type { Clock } from './ports/clock.js';

/** A clock whose sleeps end when the test says so. */
function aClock() {
  let wake: (() => void) | undefined;
  const clock = {
    busy: true,
    isBusy: () => clock.busy,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    /** Ends the sleep, and waits until everything that follows has run. */
    async tick() {
      wake?.();
      wake = undefined;
      await setImmediate();
    },
  };
  return clock;
}

/** Asks for slots; each is held until the test ends the work. */
function ask(slots: CopySlots, items: number, signal: AbortSignal) {
  const ends: (() => void)[] = [];
  let ended = 0;
  const all = Array.from({ length: items }, () =>
    slots.run(signal, () => new Promise<void>((resolve) => ends.push(resolve))),
  );
  return {
    all,
    started: () => ends.length,
    end: (count: number) => {
      for (const end of ends.slice(ended, (ended += count))) end();
    },
  };
}

const { signal } = new AbortController();

it('starts few items while the process is busy, and one more for each that ends', async () => {
  const clock = aClock();
  const { started, end } = ask(new CopySlots(clock as unknown as Clock), 200, signal);
  await clock.tick();
  expect(started()).toBe(MIN_SLOTS);
  end(3);
  await clock.tick();
  expect(started()).toBe(MIN_SLOTS + 3);
});

it('starts more and more items while it is not, and fewer again once it is', async () => {
  const clock = aClock();
  clock.busy = false;
  const { started, end } = ask(new CopySlots(clock as unknown as Clock), 300, signal);
  for (const expected of [96, 128, 160]) {
    await clock.tick();
    expect(started()).toBe(expected);
  }
  clock.busy = true;
  for (let tick = 0; tick < 3; tick++) await clock.tick();
  end(96);
  await clock.tick();
  expect(started()).toBe(160);
  end(1);
  await clock.tick();
  expect(started()).toBe(161);
});

it('starts nothing any more once its work is stopped', async () => {
  const clock = aClock();
  const stop = new AbortController();
  const { started, all } = ask(new CopySlots(clock as unknown as Clock), MIN_SLOTS + 1, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(all.at(-1)).rejects.toThrow('stopped');
  await clock.tick();
  expect(started()).toBe(MIN_SLOTS);
});
