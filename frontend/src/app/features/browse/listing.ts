import { HttpClient } from '@angular/common/http';
import { computed, effect, inject, signal, Signal, untracked } from '@angular/core';
import { map, Subscription } from 'rxjs';
import { listFiles } from '../../api/functions';
import { ListFiles$Params } from '../../api/fn/drive/list-files';
import { FilePage } from '../../api/models/file-page';
import { MY_DRIVE, SHARED_WITH_ME } from '../../core/folder-path';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';
import { Side } from '../../core/side';
import { DriveItem, folderIdOf, Location, Sort } from './drive-item';

/** Which list to load. */
export interface Place extends Location {
  readonly side: Side;
  /** Part of a name, looked for in the whole drive; empty: the folder's own items. */
  readonly search: string;
  readonly sort: Sort;
}

/** A list on its way from Google, page by page. Pages that follow the first keep `ready` and are told apart by `more`. */
export type ListState =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | {
      readonly state: 'ready';
      readonly items: readonly DriveItem[];
      readonly more: 'none' | 'waiting' | 'loading' | { readonly problem: Problem };
      /** Google did not look everywhere. */
      readonly incomplete: boolean;
    };

// The first page is small so that it comes soon; those that follow are as large as Google allows.
const FIRST_PAGE = 200;
const NEXT_PAGE = 1000;

/** Keeps the list of a place. Items are never thrown away while it stays, so that scrolling back costs nothing. */
export class Listing {
  private readonly http = inject(HttpClient);
  private readonly current = signal<ListState>({ state: 'loading' });
  private running?: Subscription;
  private nextPageToken?: string;

  readonly state = this.current.asReadonly();
  readonly items: Signal<readonly DriveItem[]> = computed(() => {
    const state = this.state();
    return state.state === 'ready' ? state.items : [];
  });

  /** @param place what to list; undefined while nobody is connected. Needs an injection context. */
  constructor(private readonly place: Signal<Place | undefined>) {
    effect((onCleanup) => {
      if (this.place()) untracked(() => this.load());
      onCleanup(() => this.running?.unsubscribe());
    });
  }

  /** Loads the place from the start. */
  load(): void {
    this.current.set({ state: 'loading' });
    this.nextPageToken = undefined;
    this.fetch(FIRST_PAGE, (page) =>
      this.current.set({
        state: 'ready',
        items: page.files,
        more: page.nextPageToken ? 'waiting' : 'none',
        incomplete: page.incompleteSearch,
      }),
    );
  }

  /** Loads the next page, unless it is on its way or there is none. */
  loadMore(): void {
    const before = this.current();
    if (before.state !== 'ready' || before.more === 'none' || before.more === 'loading') return;
    this.current.set({ ...before, more: 'loading' });
    this.fetch(NEXT_PAGE, (page) =>
      this.current.set({
        state: 'ready',
        items: before.items.concat(page.files),
        more: page.nextPageToken ? 'waiting' : 'none',
        incomplete: before.incomplete || page.incompleteSearch,
      }),
    );
  }

  /** Shows an item that was just made, at the top: Google's own list may not have it for some seconds. */
  add(item: DriveItem): void {
    this.current.update((state) => (state.state === 'ready' ? { ...state, items: [item, ...state.items] } : state));
  }

  private fetch(pageSize: number, take: (page: FilePage) => void): void {
    const place = this.place();
    if (!place) return;
    this.running?.unsubscribe();
    const params = {
      order_by: place.sort,
      page_size: pageSize,
      ...whereOf(place),
      ...(this.nextPageToken && { page_token: this.nextPageToken }),
    };
    this.running = listFiles(this.http, '', params, asSide(place.side))
      .pipe(map((response) => response.body))
      .subscribe({
        next: (page) => {
          this.nextPageToken = page.nextPageToken;
          take(page);
        },
        error: (error: unknown) => {
          const problem = toProblem(error);
          this.current.update((state) =>
            state.state === 'ready' ? { ...state, more: { problem } } : { state: 'error', problem },
          );
        },
      });
  }
}

/** What to list, in the API's words. A search is one of the whole drive. */
function whereOf(place: Place): Pick<ListFiles$Params, 'folder_id' | 'drive_id' | 'view' | 'search'> {
  const { drive, folder, search } = place;
  const driveId = drive === MY_DRIVE || drive === SHARED_WITH_ME ? undefined : drive;
  if (drive === SHARED_WITH_ME && (search || folder === undefined))
    return { view: 'shared_with_me', ...(search && { search }) };
  return {
    ...(search ? { search } : { folder_id: folderIdOf(place) }),
    ...(driveId && { drive_id: driveId }),
  };
}
