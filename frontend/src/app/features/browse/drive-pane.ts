import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, output, signal, untracked, viewChild } from '@angular/core';
import { rxResource, takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { debounceTime, map, of } from 'rxjs';
import { path as folderPath } from '../../api/functions';
import { Connection } from '../../core/connection';
import {
  Crumb,
  FolderPath,
  knownDriveName,
  MY_DRIVE,
  namesOf,
  SHARED_WITH_ME,
  toFolderPath,
} from '../../core/folder-path';
import { Remedy } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { otherSide, Side, sideLabel } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { cannotBeCopied, Column, columnOf, DriveItem, EVERYTHING, folderIdOf, Location, Sort } from './drive-item';
import { DrivePicker } from './drive-picker';
import { carriesChoice } from './drag';
import { FileGrid, SelectionChange, Whereabouts } from './file-grid';
import { FolderSizes } from './folder-sizes';
import { FolderPaths } from './folder-paths';
import { Listing, Place } from './listing';

const TYPING_PAUSE_MS = 300;

/**
 * One side's Drive: the drive, the way to the folder, its items, and every state it can be in. The source is a list to
 * choose from and can be searched; in the destination folders are opened. Where it is belongs to the page's address, so
 * the pane only asks for changes. When a sign-in ends, this pane alone says so.
 */
@Component({
  selector: 'cm-drive-pane',
  imports: [DrivePicker, EmptyState, FileGrid, Icon, MatButton, Note, ProblemNote, WaitingRows],
  host: { '[class]': 'side()' },
  templateUrl: './drive-pane.html',
  styleUrl: './drive-pane.scss',
})
export class DrivePane {
  private readonly http = inject(HttpClient);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  protected readonly offline = inject(Connection).offline;
  private readonly announcer = inject(LiveAnnouncer);
  protected readonly t = inject(Texts).browse;

  readonly side = input.required<Side>();
  readonly location = input.required<Location>();
  readonly search = input('');
  readonly sort = input<Sort>('name');
  readonly selected = input<ReadonlySet<string>>(new Set<string>());
  /** Whether it may ask the API by now; what is wanted more may go first. */
  readonly askable = input(true);
  /** Whether it is drawn by now. What it knows does not wait for that. */
  readonly drawn = input(true);
  /** How many items are chosen, to be told when a sign-in ends. */
  readonly keptCount = input(0);

  readonly locationChange = output<Location>();
  readonly searchChange = output<string>();
  readonly sortChange = output<Sort>();
  readonly selectionChange = output<SelectionChange>();
  /** "All of this folder": the folder itself instead of the rows that happen to be loaded. */
  readonly folderChosen = output<Crumb>();
  readonly cleared = output<void>();
  /** A folder that was chosen as a whole is no longer to be. */
  readonly folderReleased = output<string>();
  /** What the list now shows, so that the page can learn about items it only knew by id. */
  readonly listed = output<readonly DriveItem[]>();
  /** Something chosen was dropped on a folder of this pane; undefined: on the folder that it shows. */
  readonly dropped = output<DriveItem | undefined>();

  private readonly grid = viewChild(FileGrid);
  private readonly picker = viewChild(DrivePicker);

  protected readonly status = computed(() => this.sessions.status(this.side()));
  protected readonly tag = computed(() => sideLabel(this.side()));
  protected readonly chooses = computed(() => this.side() === 'source');
  protected readonly label = computed(() => {
    const { label, notConnected } = this.t().pane;
    return label[this.side()](this.sessions.account(this.side())?.email ?? notConnected);
  });
  /** The other side's sign-in still lives. */
  protected readonly otherLives = computed(() => this.sessions.status(otherSide(this.side())).state === 'connected');

  /** While it is asked whether the sign-in lives, the list is asked for too: it mostly does, and one wait is saved. */
  private readonly asks = computed(() => this.askable() && ['connected', 'checking'].includes(this.status().state));
  private readonly place = computed<Place | undefined>(
    () =>
      this.asks() ? { side: this.side(), ...this.location(), search: this.search(), sort: this.sort() } : undefined,
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  protected readonly placeKey = computed(() => JSON.stringify(this.place() ?? null));
  protected readonly listing = new Listing(this.place);
  protected readonly list = this.listing.state;
  /** The rows loaded so far. */
  readonly items = this.listing.items;

  /** Ways already walked, by folder: opening a folder from a list needs no question. */
  private readonly walked = new Map<string, FolderPath>();
  private readonly asked = rxResource({
    params: () => {
      const id = folderIdOf(this.location());
      return this.asks() && id !== undefined && id !== 'root' ? id : undefined;
    },
    stream: ({ params: id }) => {
      const known = this.walked.get(id);
      if (known) return of(known);
      return folderPath(this.http, '', { id }, asSide(this.side())).pipe(
        map((response) => toFolderPath(response.body)),
      );
    },
  });
  private readonly way = computed(() => {
    const location = this.location();
    const top = { name: knownDriveName(location.drive) ?? '' };
    // Without a question: the tops of My Drive, and of what others shared.
    if (location.folder === undefined && top.name)
      return { drive: location.drive, path: [top], canAddChildren: location.drive === MY_DRIVE };
    return this.asked.hasValue() ? this.asked.value() : undefined;
  });
  /** Which drive it is: the one of the address, unless its folder turned out to lie in another. */
  readonly drive = computed(() => this.way()?.drive ?? this.location().drive);
  /** From the top to the folder. A folder whose way is not known (yet) has no name rather than a wrong one. */
  readonly path = computed<readonly Crumb[]>(() => {
    const way = this.way();
    if (way) {
      const [top, ...rest] = way.path;
      // The language may have changed since the way was walked.
      return [{ name: knownDriveName(way.drive) ?? top?.name ?? '' }, ...rest];
    }
    const unknown = { id: this.location().folder, name: this.t().pane.thisFolder };
    const known = knownDriveName(this.location().drive);
    return this.location().folder !== undefined && known ? [{ name: known }, unknown] : [unknown];
  });
  readonly folderName = computed(() => this.path().at(-1)?.name ?? '');
  protected readonly driveName = computed(() => this.path()[0]?.name ?? '');
  /** Without the top, which stands before the picker. */
  protected readonly parents = computed(() => this.path().slice(1, -1));
  /** On the phone only the nearest parent is shown. */
  protected readonly parent = computed(() => this.path().at(-2));
  /** Nothing can be added to the folder. */
  readonly readOnly = computed(() => !this.chooses() && this.way()?.canAddChildren === false);

  protected readonly typed = signal('');
  protected readonly searchShown = signal(false);

  protected readonly gridLabel = computed(() => {
    const t = this.t().grid;
    const where = this.search() ? t.results(this.search()) : this.folderName();
    return this.chooses() ? t.files(where) : t.folders(where);
  });
  protected readonly footer = computed(() => {
    const list = this.list();
    const t = this.t().pane;
    if (list.state === 'loading') return t.loadingFoot(this.folderName());
    if (list.state === 'error') return '';
    return list.more === 'none' ? t.allLoaded(list.items.length) : t.stillMore(list.items.length);
  });
  /** What to do in an empty folder. */
  protected readonly emptyWords = computed(() => {
    const t = this.t().pane.empty;
    if (this.drive() === SHARED_WITH_ME && this.path().length === 1) return t.shared;
    if (this.chooses()) return t.source;
    return this.readOnly() ? '' : t.destination;
  });
  /** So many that searching is the better way. */
  protected readonly many = computed(() => {
    const list = this.list();
    return (
      this.chooses() && !this.search() && list.state === 'ready' && list.more !== 'none' && list.items.length > 1000
    );
  });
  protected readonly moreProblem = computed(() => {
    const list = this.list();
    return list.state === 'ready' && typeof list.more === 'object' ? list.more.problem : undefined;
  });
  /** The folder that is chosen as a whole, of those on the way to this list: its rows are included. */
  protected readonly chosenFolder = computed(() => {
    if (this.search() || !this.chooses()) return undefined;
    return this.path()
      .map((crumb) => this.asChoice(crumb))
      .find(({ id }) => id !== undefined && this.selected().has(id));
  });
  private readonly paths = new FolderPaths(this.side);
  protected readonly sizes = new FolderSizes(this.side);
  protected readonly sizeOf = ({ id }: DriveItem) => this.sizes.of(id);
  protected readonly included = computed<(item: DriveItem) => boolean>(() => {
    if (this.chosenFolder()) return () => true;
    const selected = this.selected();
    if (!this.search() || selected.size === 0) return () => false;
    const isIn = (way: FolderPath) =>
      way.path.some(({ id = '' }) => selected.has(id)) || (way.drive === MY_DRIVE && selected.has(EVERYTHING));
    return ({ parentId }) => {
      if (parentId === undefined) return false;
      const way = this.paths.of(parentId);
      return selected.has(parentId) || (way ? isIn(way) : false);
    };
  });
  /** Where each search result is. */
  protected readonly whereIs = computed<((item: DriveItem) => Whereabouts | undefined) | undefined>(() => {
    if (!this.search() || !this.chooses()) return undefined;
    const { shared } = this.t().drives;
    return ({ parentId }) => {
      const way = parentId === undefined ? null : this.paths.of(parentId);
      if (way === undefined) return undefined;
      // The account has access to none of its folders: only the item itself is shared.
      const names = way === null ? [shared] : namesOf(way);
      return { folder: names.at(-1) ?? '', path: names.join(' / ') };
    };
  });
  /** Every loaded row is chosen, but there are more: the folder itself may be what is wanted. */
  protected readonly wholeFolder = computed(() => {
    const list = this.list();
    const here = this.path().at(-1);
    const folder = here && this.asChoice(here);
    if (list.state !== 'ready' || this.search() || folder?.id === undefined) return undefined;
    if (list.more === 'none' || this.chosenFolder()) return undefined;
    const choosable = list.items.filter((item) => !cannotBeCopied(item));
    const all = choosable.length > 0 && choosable.every((item) => this.selected().has(item.id));
    return all ? folder : undefined;
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

  /** A step of the way as something that can be chosen: the top of My Drive stands for all that lies in it. */
  asChoice(crumb: Crumb): Crumb {
    return crumb.id === undefined && this.drive() === MY_DRIVE ? { ...crumb, id: EVERYTHING } : crumb;
  }

  /** Shows a folder that was just made, before Google lists it. */
  show(folder: DriveItem): void {
    this.remember(folder);
    this.listing.add(folder);
  }

  /** Notes the way into a folder of the list, so that opening it needs no question. */
  remember(folder: DriveItem): void {
    const way = this.way();
    if (!way) return;
    const path = [...way.path, { id: folder.id, name: folder.name }];
    this.walked.set(folder.id, { drive: way.drive, path, canAddChildren: folder.canAddChildren });
  }

  focus(): void {
    this.grid()?.focus();
  }

  open(item: DriveItem): void {
    if (!this.search()) this.remember(item);
    this.goTo({ drive: this.drive(), folder: item.id });
  }

  /** Finds out where these are, as far as that is shown. */
  protected locate(items: readonly DriveItem[]): void {
    if (!this.whereIs()) return;
    this.paths.want(new Set(items.flatMap(({ parentId }) => parentId ?? [])), this.walked);
  }

  /** Of the folder that is chosen as a whole and that this list is in; empty for search results. */
  chosenFolderName(): string {
    return this.chosenFolder()?.name ?? '';
  }

  /** Those of the items that are not chosen along with a folder. */
  notIncluded(items: readonly DriveItem[]): readonly DriveItem[] {
    return items.filter((item) => !this.included()(item));
  }

  protected goTo(location: Location): void {
    this.focusWhenReady = true;
    this.locationChange.emit(location);
  }

  protected goToCrumb(crumb: Crumb): void {
    this.goTo({ drive: this.drive(), folder: crumb.id });
  }

  protected orderBy(sort: Sort): void {
    this.columnWhenReady = columnOf(sort);
    this.sortChange.emit(sort);
  }

  /** To the folder above; from what was found by searching, back to the folder. */
  goUp(): void {
    if (this.search()) return this.clearSearch();
    const parent = this.parent();
    if (parent) this.goToCrumb(parent);
    else if (this.list().state === 'error' && this.placeIsElsewhere()) this.goTo({ drive: MY_DRIVE });
  }

  protected clearSearch(): void {
    this.focusWhenReady = true;
    this.typed.set('');
    this.searchChange.emit('');
  }

  protected chooseDrive(): void {
    void this.picker()?.open();
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'go_up' || remedy === 'choose_another') this.leave();
    else if (remedy === 'connect' || remedy === 'connect_again') this.connect();
    else this.listing.load();
  }

  /** Up, or to the top of My Drive from where there is no up. */
  protected leave(): void {
    const parent = this.parent();
    if (parent && this.way()) this.goToCrumb(parent);
    else this.goTo({ drive: this.placeIsElsewhere() ? MY_DRIVE : this.drive() });
  }

  protected connect(): void {
    this.signIn.start(this.side(), { account: this.sessions.account(this.side())?.email });
  }

  protected allowDrop(event: DragEvent): void {
    if (!this.chooses() && !this.readOnly() && carriesChoice(event)) event.preventDefault();
  }

  protected acceptDrop(event: DragEvent): void {
    if (this.chooses() || !carriesChoice(event)) return;
    event.preventDefault();
    this.dropped.emit(undefined);
  }

  protected checkAgain(): void {
    void this.sessions.check();
  }

  private placeIsElsewhere(): boolean {
    return folderIdOf(this.location()) !== 'root';
  }

  private returnToColumn(column: Column): void {
    requestAnimationFrame(() => this.grid()?.focusColumn(column));
  }

  private arrive(count: number): void {
    this.focusWhenReady = false;
    void this.announcer.announce(this.t().pane.announced(this.folderName(), count));
    // The rows are rendered in the next frame; an empty folder has no grid to focus.
    requestAnimationFrame(() => this.grid()?.focusFirst());
  }
}
