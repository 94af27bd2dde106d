import { computed, effect, Signal, signal, untracked } from '@angular/core';
import { EMPTY, expand, Observable, Subscription } from 'rxjs';
import { Problem, toProblem } from './problem';
import { isSameJson } from './same-json';

/** One page as the API returned it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; undefined on the last one. */
  readonly next?: string;
}

/** A list that is loaded page by page. After a failure, the loaded pages stay. */
export type PagedState<Item> =
  /** The query is undefined. */
  | { readonly state: 'idle' }
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | {
      readonly state: 'ready';
      readonly items: readonly Item[];
      readonly more: 'none' | 'available' | 'loading' | { readonly problem: Problem };
    };

export interface PagedOptions<Query, P> {
  /** What to list; undefined: nothing. Another value, compared as JSON, starts with an empty list. */
  readonly query: () => Query | undefined;
  /** Requests a page. @throws HttpErrorResponse */
  readonly load: (query: Query, cursor: string | undefined) => Observable<P>;
  /** Load all pages, one after another, without waiting for `more()`. */
  readonly all?: boolean;
  /** Changes when the list is out of date, and reloads it. It must not change often: each time only the first page stays. */
  readonly version?: () => string;
  /** Changes when the server has newer data, which the reader may load: no row moves while it is read. */
  readonly news?: () => string;
}

export interface PagedResource<P extends Page<unknown>, Item = P['items'][number]> {
  readonly state: Signal<PagedState<Item>>;
  readonly items: Signal<readonly Item[]>;
  /** The pages themselves, for their other fields. */
  readonly pages: Signal<readonly P[]>;
  /** Whether a request for a page is running. */
  readonly loading: Signal<boolean>;
  /** Why the last request failed. */
  readonly problem: Signal<Problem | undefined>;
  /** Whether there have been news since the list was requested. */
  readonly outdated: Signal<boolean>;
  /** Whether there are, or may be, more items than are loaded. */
  readonly hasMore: Signal<boolean>;
  /** Loads the next page, if there is one and its request is neither running nor failed. */
  more(): void;
  /** Loads the list again; the current items stay until its first page has arrived. */
  reload(): void;
  /** Repeats the failed request. */
  retry(): void;
  /** Adds an item at the top, such as a new one that the server may not list yet. */
  prepend(item: Item): void;
}

/**
 * Reads one page after another.
 * @param goesOn whether to read the page after this one, if there is one; by default, all are read
 * @param from the cursor of the first page
 */
export function followPages<P extends Page<unknown>>(
  load: (cursor: string | undefined) => Observable<P>,
  goesOn: (page: P, index: number) => boolean = () => true,
  from?: string,
): Observable<P> {
  return load(from).pipe(
    expand((page, index) => (page.next !== undefined && goesOn(page, index) ? load(page.next) : EMPTY)),
  );
}

/** Loads a list by cursor. Empty pages that have a cursor are skipped: a search examines a limited number of items each. */
export function pagedResource<Query, P extends Page<unknown>>({
  query,
  load,
  all = false,
  version,
  news,
}: PagedOptions<Query, P>): PagedResource<P> {
  type Item = P['items'][number];
  const wanted = computed(query, { equal: isSameJson });
  const pages = signal<readonly P[] | undefined>(undefined);
  const added = signal<readonly Item[]>([]);
  const request = signal<'none' | 'running' | { readonly problem: Problem }>('none');
  const requestedAt = signal<string | undefined>(undefined);
  let running: Subscription | undefined;
  /** Whether the next page to arrive is the first one. */
  let startsOver = true;

  const items = computed(() => [...added(), ...(pages() ?? []).flatMap((page) => page.items)]);
  const problem = computed(() => {
    const current = request();
    return typeof current === 'object' ? current.problem : undefined;
  });
  const hasMore = computed(() => pages()?.at(-1)?.next !== undefined);

  function fetch(): void {
    running?.unsubscribe();
    const current = wanted();
    if (current === undefined) return;
    request.set('running');
    if (startsOver) requestedAt.set(untracked(() => news?.()));
    const cursor = startsOver ? undefined : pages()?.at(-1)?.next;
    const goesOn = ({ items: { length } }: P) => all || length === 0;
    running = followPages((from) => load(current, from), goesOn, cursor).subscribe({
      next: (arrived) => {
        pages.update((before = []) => (startsOver ? [arrived] : [...before, arrived]));
        if (startsOver) added.set([]);
        startsOver = false;
      },
      error: (error: unknown) => request.set({ problem: toProblem(error) }),
      complete: () => request.set('none'),
    });
  }

  function reload(): void {
    startsOver = true;
    fetch();
  }

  effect((onCleanup) => {
    wanted();
    untracked(() => {
      pages.set(undefined);
      added.set([]);
      request.set('none');
      reload();
    });
    onCleanup(() => running?.unsubscribe());
  });
  let loaded: string | undefined;
  effect(() => {
    const current = version?.();
    if (loaded !== undefined && loaded !== current) untracked(reload);
    loaded = current;
  });

  return {
    state: computed<PagedState<Item>>(() => {
      if (wanted() === undefined) return { state: 'idle' };
      const failed = problem();
      if (pages() === undefined) return failed ? { state: 'error', problem: failed } : { state: 'loading' };
      const rest = hasMore() ? 'available' : 'none';
      return {
        state: 'ready',
        items: items(),
        more: failed ? { problem: failed } : request() === 'running' ? 'loading' : rest,
      };
    }),
    items,
    pages: computed(() => pages() ?? []),
    loading: computed(() => request() === 'running'),
    problem,
    outdated: computed(() => pages() !== undefined && requestedAt() !== news?.()),
    hasMore,
    more: () => {
      if (hasMore() && request() === 'none') fetch();
    },
    reload,
    retry: fetch,
    prepend: (item) => added.update((before) => [item, ...before]),
  };
}
