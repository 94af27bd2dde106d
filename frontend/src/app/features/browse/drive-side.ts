import { computed, effect, inject, linkedSignal, Signal, untracked } from '@angular/core';
import { Subject } from 'rxjs';
import { Connection } from '../../core/connection';
import { Crumb, MY_DRIVE, namesOf } from '../../core/folder-path';
import { isSameJson } from '../../core/same-json';
import { SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Texts } from '../../texts/texts';
import { Column, columnOf, DriveItem, Location, Sort } from './drive-item';
import { FolderPaths } from './folder-paths';
import { FolderSizes } from './folder-sizes';
import { FolderTrail } from './folder-trail';
import { listFilesOf, Place } from './listing';

/** What one side shows, as stored in the page's address, and how to change it. */
export interface SideAddress {
  readonly location: Signal<Location>;
  readonly search: Signal<string>;
  readonly sort: Signal<Sort>;
  readonly open: (location: Location) => void;
  readonly searchFor: (text: string) => void;
  readonly orderBy: (sort: Sort) => void;
}

/** The names of an item's folder and path. */
export interface Whereabouts {
  readonly folder: string;
  /** From the top of the drive to the folder. */
  readonly path: string;
}

/**
 * One side's Drive: the folder that is shown, its path, its items, and navigation. Items are searched and selected in the
 * source; in the destination, folders are opened. Needs an injection context.
 */
export class DriveSide {
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly connection = inject(Connection);
  private readonly t = inject(Texts).browse;

  readonly status = computed(() => this.sessions.status(this.side));
  /** Whether items are selected on this side. */
  readonly chooses = computed(() => this.side === 'source');
  readonly search = computed(() => this.address.search());
  readonly sort = computed(() => this.address.sort());

  /** Requests do not wait for the check of the session: it is usually valid, and the list appears earlier. */
  private readonly canRequest = computed(() => ['connected', 'checking'].includes(this.status().state));
  /** The account and how often it has changed; while a session is being checked, the previous ones. */
  private readonly reader = linkedSignal<string | undefined, { readonly email?: string; readonly changes: number }>({
    source: () => this.sessions.account(this.side)?.email,
    computation: (email, before) => {
      const { email: last, changes } = before?.value ?? { changes: 0 };
      return { email: email ?? last, changes: email && last && email !== last ? changes + 1 : changes };
    },
  });
  private readonly changes = computed(() => this.reader().changes);
  private readonly place = computed<Place | undefined>(
    () =>
      this.canRequest()
        ? {
            ...{ side: this.side, changes: this.changes() },
            ...{ ...this.address.location(), search: this.search(), sort: this.sort() },
          }
        : undefined,
    { equal: isSameJson },
  );
  readonly placeKey = computed(() => JSON.stringify(this.place() ?? null));
  private readonly files = listFilesOf(this.place);
  readonly list = this.files.state;
  /** Whether Google did not search everywhere. */
  readonly incomplete = computed(() => this.files.pages().some(({ incomplete }) => incomplete));
  /** The rows loaded so far. */
  readonly items = this.files.items;
  /** The paths of the folders of search results. */
  readonly paths = new FolderPaths(() => this.side);
  readonly sizes = new FolderSizes(() => this.side);

  private readonly trail = new FolderTrail(
    () => this.side,
    computed(() => this.address.location()),
    this.changes,
    this.canRequest,
  );
  readonly folderId = this.trail.folderId;
  readonly drive = this.trail.drive;
  readonly path = this.trail.path;
  readonly folderName = computed(() => this.path().at(-1)?.name ?? '');
  readonly parent = computed(() => this.path().at(-2));
  /** Whether nothing can be added to the folder. */
  readonly readOnly = computed(() => !this.chooses() && this.trail.folderPath()?.canAddChildren === false);
  /** Returns where a search result is; undefined if there is no search. */
  readonly whereIs = computed<((item: DriveItem) => Whereabouts | undefined) | undefined>(() => {
    if (!this.search() || !this.chooses()) return undefined;
    const { shared } = this.t().drives;
    return ({ parentId }) => {
      const path = parentId === undefined ? null : this.paths.of(parentId);
      if (path === undefined) return undefined;
      // The account cannot see the folder: only the item itself is shared.
      const names = path === null ? [shared] : namesOf(path);
      return { folder: names.at(-1) ?? '', path: names.join(' / ') };
    };
  });

  /** Requests to focus the list. The pane handles them synchronously, so that a later key cannot lose to an earlier one. */
  readonly focusRequests = new Subject<void>();
  /** What to focus when the next list is loaded. */
  private focusNext?: 'first row' | Column;

  constructor(
    readonly side: Side,
    private readonly address: SideAddress,
  ) {
    effect(() => {
      if (this.connection.recoveries() > 0) untracked(() => this.trail.retry());
    });
    // What one account sees must not be shown to another.
    effect(() => {
      if (this.changes() === 0) return;
      untracked(() => {
        this.paths.clear();
        this.sizes.clear();
      });
    });
  }

  focus(): void {
    this.focusRequests.next();
  }

  /** What to focus in the list that was just loaded: its first row after a change of folder, or the sorted column. */
  takeFocus(): 'first row' | Column | undefined {
    const focus = this.focusNext;
    this.focusNext = undefined;
    return focus;
  }

  goTo(location: Location): void {
    this.focusNext = 'first row';
    this.address.open(location);
  }

  open(folder: DriveItem): void {
    if (!this.search()) this.remember(folder);
    this.goTo({ drive: this.drive(), folder: folder.id });
  }

  goToCrumb({ id }: Crumb): void {
    this.goTo({ drive: this.drive(), folder: id });
  }

  /** Opens the parent folder; from search results, the folder. */
  goUp(): void {
    if (this.search()) return this.clearSearch();
    const parent = this.parent();
    if (parent) this.goToCrumb(parent);
    else if (this.list().state === 'error' && this.folderId() !== 'root') this.goTo({ drive: MY_DRIVE });
  }

  /** Opens the parent folder, or the top of My Drive if there is none. */
  leave(): void {
    const parent = this.parent();
    if (parent && this.trail.folderPath()) this.goToCrumb(parent);
    else this.goTo({ drive: this.folderId() === 'root' ? this.drive() : MY_DRIVE });
  }

  searchFor(text: string): void {
    if (text !== this.search()) this.address.searchFor(text);
  }

  clearSearch(): void {
    this.focusNext = 'first row';
    this.address.searchFor('');
  }

  orderBy(sort: Sort): void {
    this.focusNext = columnOf(sort);
    this.address.orderBy(sort);
  }

  retry(): void {
    this.files.retry();
    this.trail.retry();
  }

  loadMore(): void {
    this.files.more();
  }

  /** Shows a folder that was just created, before Google lists it. */
  show(folder: DriveItem): void {
    this.remember(folder);
    this.files.prepend(folder);
  }

  /** Stores the path of a listed folder, so that opening it needs no request. */
  remember(folder: DriveItem): void {
    this.trail.remember(folder);
  }

  /** Loads the paths of search results. */
  locate(items: readonly DriveItem[]): void {
    if (!this.whereIs()) return;
    this.paths.want(new Set(items.flatMap(({ parentId }) => parentId ?? [])), this.trail.known());
  }

  /** Opens Google's sign-in for this side. @param access `full`: request full access for an account that is read-only */
  connect(access?: 'full'): void {
    const account = this.sessions.account(this.side)?.email;
    this.signIn.start(this.side, { account, ...(access && { access }) });
  }
}
