import type { MessageEvent } from '@nestjs/common';
import { concatMap, finalize, from, interval, map, merge, type Observable, Subject, takeUntil, takeWhile } from 'rxjs';

/** At most one update a second; a sign of life at least every ten. */
const UPDATE_MS = 1_000;
const HEARTBEAT_MS = 10_000;

/**
 * A stream of server-sent events: one for each version of a thing, its revision being the event's id, and heartbeats.
 * It ends with the versions, or when nobody may watch any more.
 * @param versions the thing now unless it is the one that `after` names, then at each change, at most once in `everyMs`
 * @param lastEventId what the client has seen last, as it says itself
 * @param idOf where a stream tells of several things, one revision would be taken for another's
 */
export function liveEvents<T extends { readonly revision: number }>(
  type: string,
  versions: (after: number | undefined, everyMs: number, signal: AbortSignal) => AsyncIterable<T>,
  lastEventId: string | undefined,
  mayWatch: () => Promise<boolean>,
  idOf: (version: T) => string = ({ revision }) => String(revision),
): Observable<MessageEvent> {
  const gone = new AbortController();
  // Either half ends the other one.
  const ended = new Subject<void>();
  const seen = /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : undefined;
  const updates = from(versions(seen, UPDATE_MS, gone.signal)).pipe(
    // Asked each time: nothing is told any more to whoever logged out a moment ago.
    concatMap(async (version) => ((await mayWatch()) ? version : undefined)),
    takeWhile((version) => version !== undefined),
    map((version): MessageEvent => ({
      type,
      id: idOf(version),
      data: version,
    })),
    takeUntil(ended),
    finalize(() => ended.next()),
  );
  const heartbeats = interval(HEARTBEAT_MS).pipe(
    concatMap(mayWatch),
    takeWhile((live) => live),
    map((): MessageEvent => ({ type: 'heartbeat', data: '' })),
    takeUntil(ended),
    finalize(() => ended.next()),
  );
  return merge(updates, heartbeats).pipe(finalize(() => gone.abort()));
}
