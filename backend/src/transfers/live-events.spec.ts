import type { MessageEvent } from '@nestjs/common';
import { lastValueFrom, toArray } from 'rxjs';
import { liveEvents } from './live-events.js';

it('tells nothing more once the watcher’s session has ended, and stops looking', async () => {
  let isLive = true;
  let isWatched = true;
  async function* versions(_after: number | undefined, _everyMs: number, signal: AbortSignal) {
    signal.addEventListener('abort', () => (isWatched = false));
    for (let revision = 1; revision < 5; revision++) {
      if (revision === 3) isLive = false;
      yield await Promise.resolve({ revision });
    }
  }
  const events = liveEvents('transfer', versions, undefined, () => Promise.resolve(isLive)).pipe(
    toArray<MessageEvent>(),
  );
  expect((await lastValueFrom(events)).map(({ id }) => id)).toEqual(['1', '2']);
  expect(isWatched).toBe(false);
});
