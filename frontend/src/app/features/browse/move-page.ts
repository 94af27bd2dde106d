import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, ElementRef, inject, linkedSignal, signal } from '@angular/core';
import { takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { MatIconButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { debounceTime, skip } from 'rxjs';
import { Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { renderInStages } from '../../core/next-task';
import { PreferenceStore } from '../../core/preferences';
import { Shortcuts } from '../../core/shortcuts';
import { Side } from '../../core/side';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { BottomBar } from '../../ui/bottom-bar';
import { Icon } from '../../ui/icon';
import { Steps } from '../../ui/steps';
import { DrivePane } from './drive-pane';
import { moveCommands } from './move-commands';
import { MoveStore } from './move-store';
import { PaneSplit } from './pane-split';
import { SelectionTray } from './selection-tray';
import { TargetFolder } from './target-folder';

/** Screen readers announce the selection once it has not changed for this time. */
const ANNOUNCE_AFTER_MS = 1000;

/** The page to choose what to transfer (left) and where (right). */
@Component({
  selector: 'cm-move-page',
  imports: [
    BottomBar,
    DrivePane,
    Icon,
    MatButtonToggleModule,
    MatIconButton,
    PaneSplit,
    SelectionTray,
    Steps,
    TargetFolder,
  ],
  providers: [MoveStore],
  templateUrl: './move-page.html',
  styleUrl: './move-page.scss',
})
export default class MovePage {
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  private readonly preferences = inject(PreferenceStore);
  protected readonly store = inject(MoveStore);
  protected readonly offline = inject(Connection).offline;
  protected readonly phone = inject(Viewport).phone;
  protected readonly t = inject(Texts).browse;

  /** The pane that a phone shows. */
  protected readonly shownSide = signal<Side>('source');
  /** Renders the heading, the switch, the tray, one pane, and then the other; on a phone only once it is opened. */
  protected readonly stage = renderInStages(4);
  protected readonly destinationWanted = linkedSignal<boolean, boolean>({
    source: () => !this.phone() || this.shownSide() === 'destination',
    computation: (shown, before) => shown || before?.value === true,
  });
  protected readonly share = this.preferences.paneShare;
  protected readonly widths = computed(() =>
    this.phone() ? null : `minmax(0, ${this.share()}fr) 12px minmax(0, ${1 - this.share()}fr)`,
  );

  /** The pending animation frame that moves the focus to the other pane of a phone. */
  private focusFrame?: number;

  constructor() {
    const { source, destination, selection } = this.store;
    inject(Shortcuts).bind({
      'Ctrl+Enter': () => void this.store.review(),
      '1': () => this.goToSide('source', () => source.focus()),
      '2': () => this.goToSide('destination', () => destination.focus()),
      '/': () => this.goToSearch(),
    });
    inject(Commands).offer(moveCommands(this.store, () => this.goToSearch()));
    const announcer = inject(LiveAnnouncer);
    toObservable(selection.count)
      .pipe(skip(1), debounceTime(ANNOUNCE_AFTER_MS), takeUntilDestroyed())
      .subscribe((count) => void announcer.announce(this.t().tray.announced(count)));
  }

  protected resize(share: number): void {
    this.preferences.choose('paneShare', share);
  }

  private goToSearch(): void {
    this.goToSide('source', () => this.host.nativeElement.querySelector<HTMLElement>('input[type="search"]')?.focus());
  }

  private goToSide(side: Side, focus: () => void): void {
    cancelAnimationFrame(this.focusFrame ?? 0);
    this.shownSide.set(side);
    // A phone shows the other pane in the next frame, and a hidden element cannot get the focus.
    if (this.phone()) this.focusFrame = requestAnimationFrame(focus);
    else focus();
  }
}
