import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, effect, inject, input, output, untracked, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Connection } from '../../core/connection';
import { SHARED_WITH_ME } from '../../core/folder-path';
import { Remedy } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { otherSide, sideLabel } from '../../core/side';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Note } from '../../ui/note';
import { WaitingRows } from '../../ui/waiting-rows';
import { isSelectionDrag } from './drag';
import { DriveItem } from './drive-item';
import { DriveSide } from './drive-side';
import { FileGrid } from './file-grid';
import { PanePath } from './pane-path';
import { PaneSearch } from './pane-search';
import { SourceSelection } from './source-selection';

/** With more rows than this, the pane suggests a search. */
const MANY_ROWS = 1000;

/** The pane of one side's Drive, in all its states. When a sign-in ends, only the pane of its side shows it. */
@Component({
  selector: 'cm-drive-pane',
  imports: [EmptyState, FileGrid, MatButton, Note, PanePath, PaneSearch, ProblemNote, WaitingRows],
  templateUrl: './drive-pane.html',
  styleUrl: './drive-pane.scss',
  host: { 'data-moves-focus': '' },
})
export class DrivePane {
  private readonly sessions = inject(SessionStore);
  private readonly announcer = inject(LiveAnnouncer);
  protected readonly offline = inject(Connection).offline;
  /** How many items are selected; shown when a sign-in ends. */
  protected readonly kept = inject(Selection).count;
  protected readonly t = inject(Texts).browse;

  readonly store = input.required<DriveSide>();
  /** The selection; only for the source. */
  readonly selection = input<SourceSelection>();
  /** The folder on which the selection was dropped; undefined: the folder that the pane shows. */
  readonly dropped = output<DriveItem | undefined>();

  private readonly grid = viewChild(FileGrid);
  private readonly path = viewChild(PanePath);
  /** The element that had the focus when the next list started to load. */
  private focusedBefore: Element | null = null;

  protected readonly side = computed(() => this.store().side);
  protected readonly tag = computed(() => sideLabel(this.side()));
  protected readonly label = computed(() => {
    const { label, notConnected } = this.t().pane;
    return label[this.side()](this.sessions.account(this.side())?.email ?? notConnected);
  });
  protected readonly isOtherConnected = computed(
    () => this.sessions.status(otherSide(this.side())).state === 'connected',
  );
  protected readonly driveName = computed(() => this.store().path()[0]?.name ?? '');
  protected readonly gridLabel = computed(() => {
    const t = this.t().grid;
    const { search, folderName, chooses } = this.store();
    const where = search() ? t.results(search()) : folderName();
    return chooses() ? t.files(where) : t.folders(where);
  });
  protected readonly footer = computed(() => {
    const list = this.store().list();
    const t = this.t().pane;
    if (list.state === 'error') return '';
    if (list.state !== 'ready') return t.loadingFoot(this.store().folderName());
    return list.more === 'none' ? t.allLoaded(list.items.length) : t.stillMore(list.items.length);
  });
  /** What to do in an empty folder. */
  protected readonly emptyHint = computed(() => {
    const t = this.t().pane.empty;
    const { drive, path, chooses, readOnly } = this.store();
    if (drive() === SHARED_WITH_ME && path().length === 1) return t.shared;
    if (chooses()) return t.source;
    return readOnly() ? '' : t.destination;
  });
  protected readonly many = computed(() => {
    const { list, search } = this.store();
    const shown = list();
    return (
      !!this.selection() &&
      !search() &&
      shown.state === 'ready' &&
      shown.more !== 'none' &&
      shown.items.length > MANY_ROWS
    );
  });
  protected readonly moreFailed = computed(() => {
    const list = this.store().list();
    return list.state === 'ready' && typeof list.more === 'object';
  });
  protected readonly selected = computed(() => this.selection()?.ids() ?? new Set<string>());
  protected readonly included = computed(() => this.selection()?.included() ?? (() => false));
  protected readonly sizeOf = ({ id }: DriveItem) => this.store().sizes.of(id);

  constructor() {
    effect(() => {
      const list = this.store().list();
      if (list.state === 'ready') untracked(() => this.onLoaded(list.items.length));
      else this.focusedBefore ??= document.activeElement;
    });
    effect((onCleanup) => {
      const requests = this.store().focusRequests.subscribe(() => this.grid()?.focus());
      onCleanup(() => requests.unsubscribe());
    });
  }

  protected chooseDrive(): void {
    this.path()?.chooseDrive();
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'go_up' || remedy === 'choose_another') this.store().leave();
    else if (remedy === 'connect' || remedy === 'connect_again') this.store().connect();
    else this.store().retry();
  }

  protected allowDrop(event: DragEvent): void {
    if (!this.store().chooses() && !this.store().readOnly() && isSelectionDrag(event)) event.preventDefault();
  }

  protected acceptDrop(event: DragEvent): void {
    if (this.store().chooses() || !isSelectionDrag(event)) return;
    event.preventDefault();
    this.dropped.emit(undefined);
  }

  protected checkAgain(): void {
    void this.sessions.check();
  }

  private onLoaded(count: number): void {
    const before = this.focusedBefore ?? document.activeElement;
    this.focusedBefore = null;
    const focus = this.store().takeFocus();
    if (!focus) return;
    if (focus === 'first row') void this.announcer.announce(this.t().pane.announced(this.store().folderName(), count));
    // The rows are rendered in the next frame; an empty folder has no grid to focus.
    requestAnimationFrame(() => {
      // Removing the grid moved the focus to the body. Any other change was made by the person, and stays.
      if (document.activeElement !== before && document.activeElement !== document.body) return;
      if (focus === 'first row') this.grid()?.focusFirst();
      else this.grid()?.focusColumn(focus);
    });
  }
}
