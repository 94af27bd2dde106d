import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, output, signal, untracked, viewChild } from '@angular/core';
import { rxResource, takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { debounceTime, map, of } from 'rxjs';
import { path as folderPath } from '../../api/functions';
import { formatItems } from '../../core/formats';
import { Remedy } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { Side, sideLabel } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../ui/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { cannotBeCopied, Column, columnOf, Crumb, DriveItem, MOST_ITEMS, Sort } from './drive-item';
import { FileGrid, SelectionChange } from './file-grid';
import { Listing, Place } from './listing';

const TYPING_PAUSE_MS = 300;
const TOP: Crumb = { id: 'root', name: 'My Drive' };

/**
 * One side's Drive: the way to the folder, its items, and every state it can be in. The source is a list to choose
 * from and can be searched; in the destination folders are opened. Where it is belongs to the page's address, so the
 * pane only asks for changes. When a sign-in ends, this pane alone says so.
 */
@Component({
  selector: 'cm-drive-pane',
  imports: [EmptyState, FileGrid, Icon, MatButton, Note, ProblemNote, WaitingRows],
  host: { '[class]': 'side()' },
  templateUrl: './drive-pane.html',
  styleUrl: './drive-pane.scss',
})
export class DrivePane {
  private readonly http = inject(HttpClient);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly announcer = inject(LiveAnnouncer);

  readonly side = input.required<Side>();
  readonly folderId = input.required<string>();
  readonly search = input('');
  readonly sort = input<Sort>('name');
  readonly selected = input<ReadonlySet<string>>(new Set<string>());

  readonly folderChange = output<string>();
  readonly searchChange = output<string>();
  readonly sortChange = output<Sort>();
  readonly selectionChange = output<SelectionChange>();
  /** "All of this folder": the folder itself instead of the rows that happen to be loaded. */
  readonly folderChosen = output<Crumb>();
  readonly cleared = output<void>();
  /** What the list now shows, so that the page can learn about items it only knew by id. */
  readonly listed = output<readonly DriveItem[]>();

  private readonly grid = viewChild(FileGrid);

  protected readonly status = computed(() => this.sessions.status(this.side()));
  protected readonly tag = computed(() => sideLabel(this.side()));
  protected readonly chooses = computed(() => this.side() === 'source');
  protected readonly email = computed(() => this.sessions.account(this.side())?.email ?? 'not connected');

  private readonly place = computed<Place | undefined>(
    () =>
      this.status().state === 'connected'
        ? { side: this.side(), folderId: this.folderId(), search: this.search(), sort: this.sort() }
        : undefined,
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  protected readonly placeKey = computed(() => JSON.stringify(this.place() ?? null));
  protected readonly listing = new Listing(this.place);
  protected readonly list = this.listing.state;
  /** The rows loaded so far. */
  readonly items = this.listing.items;

  /** Ways already walked, by folder: opening a folder from a list needs no question. */
  private readonly walked = new Map<string, readonly Crumb[]>([[TOP.id, [TOP]]]);
  private readonly way = rxResource({
    params: () => (this.status().state === 'connected' ? this.folderId() : undefined),
    stream: ({ params: id }) => {
      const known = this.walked.get(id);
      if (known) return of(known);
      return folderPath(this.http, '', { id }, asSide(this.side())).pipe(
        map((response): readonly Crumb[] => response.body.path),
      );
    },
  });
  /** From the top to the folder. A folder whose way is not known (yet) has no name rather than a wrong one. */
  readonly path = computed<readonly Crumb[]>(() => {
    const way = this.way.hasValue() ? this.way.value() : [];
    if (way.length > 0) return way;
    return this.folderId() === TOP.id ? [TOP] : [TOP, { id: this.folderId(), name: 'this folder' }];
  });
  readonly folderName = computed(() => this.path().at(-1)?.name ?? TOP.name);
  protected readonly parents = computed(() => this.path().slice(0, -1));
  /** On the phone only the nearest parent is shown. */
  protected readonly parent = computed(() => this.path().at(-2));

  protected readonly typed = signal('');
  protected readonly searchShown = signal(false);

  protected readonly gridLabel = computed(() => {
    const where = this.search() ? `search results for ${this.search()}` : this.folderName();
    return this.chooses() ? `Files in ${where}, source` : `Folders in ${where}, destination`;
  });
  protected readonly footer = computed(() => {
    const list = this.list();
    if (list.state === 'loading') return `Loading ${this.folderName()}…`;
    if (list.state === 'error') return '';
    const count = formatItems(list.items.length);
    return list.more === 'none' ? `${count}, all loaded` : `${count} loaded, still more`;
  });
  protected readonly moreProblem = computed(() => {
    const list = this.list();
    return list.state === 'ready' && typeof list.more === 'object' ? list.more.problem : undefined;
  });
  /** Every loaded row is chosen, but there are more, or too many: the folder itself may be what is wanted. */
  protected readonly wholeFolder = computed(() => {
    const list = this.list();
    if (list.state !== 'ready' || this.search() || this.path().length < 2) return undefined;
    if (list.more === 'none' && list.items.length <= MOST_ITEMS) return undefined;
    const choosable = list.items.filter((item) => !cannotBeCopied(item));
    const all = choosable.length > 0 && choosable.every((item) => this.selected().has(item.id));
    return all ? this.path().at(-1) : undefined;
  });

  /** Set when the person changed the folder: then its first row takes the focus once it is there. */
  private focusWhenReady = false;
  /** Set when the person sorted: the list is loaded anew, and the button they pressed with it. */
  private columnWhenReady?: Column;

  constructor() {
    effect(() => {
      const list = this.list();
      if (list.state !== 'ready') return;
      untracked(() => {
        this.listed.emit(list.items);
        if (this.focusWhenReady) this.arrive(list.items.length);
        else if (this.columnWhenReady) this.returnToColumn(this.columnWhenReady);
        this.columnWhenReady = undefined;
      });
    });
    effect(() => this.typed.set(this.search()));
    toObservable(this.typed)
      .pipe(debounceTime(TYPING_PAUSE_MS), takeUntilDestroyed())
      .subscribe((words) => {
        if (words.trim() !== this.search()) this.searchChange.emit(words.trim());
      });
  }

  /** Shows a folder that was just made, before Google lists it. */
  show(folder: DriveItem): void {
    this.walked.set(folder.id, [...this.path(), { id: folder.id, name: folder.name }]);
    this.listing.add(folder);
  }

  focus(): void {
    this.grid()?.focus();
  }

  protected open(item: DriveItem): void {
    const base = this.search() ? undefined : this.path();
    if (base) this.walked.set(item.id, [...base, { id: item.id, name: item.name }]);
    this.goTo(item.id);
  }

  protected goTo(folderId: string): void {
    this.focusWhenReady = true;
    this.folderChange.emit(folderId);
  }

  protected orderBy(sort: Sort): void {
    this.columnWhenReady = columnOf(sort);
    this.sortChange.emit(sort);
  }

  protected goUp(): void {
    if (this.search()) return this.clearSearch();
    const parent = this.parent();
    if (parent) this.goTo(parent.id);
    else if (this.list().state === 'error' && this.folderId() !== TOP.id) this.goTo(TOP.id);
  }

  protected clearSearch(): void {
    this.focusWhenReady = true;
    this.typed.set('');
    this.searchChange.emit('');
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'go_up') this.goTo(this.parent()?.id ?? TOP.id);
    else if (remedy === 'connect' || remedy === 'connect_again') this.connect();
    else this.listing.load();
  }

  protected connect(): void {
    this.signIn.start(this.side(), { account: this.sessions.account(this.side())?.email });
  }

  protected checkAgain(): void {
    void this.sessions.check();
  }

  private returnToColumn(column: Column): void {
    requestAnimationFrame(() => this.grid()?.focusColumn(column));
  }

  private arrive(count: number): void {
    this.focusWhenReady = false;
    void this.announcer.announce(`${this.folderName()}, ${formatItems(count)} loaded`);
    // The rows are rendered in the next frame; an empty folder has no grid to focus.
    requestAnimationFrame(() => this.grid()?.focusFirst());
  }
}
