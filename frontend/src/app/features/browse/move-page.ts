import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import {
  Component,
  computed,
  DestroyRef,
  ElementRef,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { rxResource, takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { MatCheckbox } from '@angular/material/checkbox';
import { Router } from '@angular/router';
import { debounceTime, firstValueFrom, map, skip } from 'rxjs';
import { createPreflight, driveInfo } from '../../api/functions';
import { Clock } from '../../core/clock';
import { Command, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { Dialogs } from '../../core/dialogs';
import { Crumb, knownDriveName, MY_DRIVE } from '../../core/folder-path';
import { formatBytes, formatDay, formatItems } from '../../core/formats';
import { idempotencyKey } from '../../core/idempotency-key';
import { inParts } from '../../core/next-task';
import { Shortcuts } from '../../core/shortcuts';
import { PreferenceStore } from '../../core/preferences';
import { Selection } from '../../core/selection';
import { asSide, SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { BottomBar } from '../../ui/bottom-bar';
import { Icon } from '../../ui/icon';
import { Steps } from '../../ui/steps';
import { asSort, DriveItem, EVERYTHING, folderIdOf, Location, MAX_ITEMS, Sort } from './drive-item';
import { DrivePane } from './drive-pane';
import { SelectionChange } from './file-grid';
import type { Parent } from './new-folder-dialog';
import { PaneSplit } from './pane-split';

/** Changes of the selection are read out once they rest, not at every key. */
const SPEAK_AFTER_MS = 1000;

type Mode = 'copy' | 'move';

/** A folder among more than these is found by searching; its name need not be a command. */
const FOLDERS_BY_NAME = 200;

/**
 * Choose what goes (left) and where (right), and have it counted. Drives, folders, search and order live in the address,
 * so that back, forward, reload and a new sign-in find the same place: opening a folder is a step in the history, typing
 * is not.
 */
@Component({
  selector: 'cm-move-page',
  imports: [BottomBar, DrivePane, Icon, MatButton, MatButtonToggleModule, MatCheckbox, MatIconButton, PaneSplit, Steps],
  templateUrl: './move-page.html',
  styleUrl: './move-page.scss',
})
export class MovePage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly dialogs = inject(Dialogs);
  private readonly toasts = inject(Toasts);
  private readonly clock = inject(Clock);
  private readonly announcer = inject(LiveAnnouncer);
  protected readonly offline = inject(Connection).offline;
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly preferences = inject(PreferenceStore);
  protected readonly selection = inject(Selection);
  protected readonly phone = inject(Viewport).phone;
  protected readonly t = inject(Texts).browse;

  // The address' query.
  readonly src = input<string>();
  readonly srcDrive = input<string>();
  readonly q = input<string>();
  readonly sort = input<string>();
  readonly dst = input<string>();
  readonly dstDrive = input<string>();

  private readonly from = viewChild.required<DrivePane>('from');
  private readonly to = viewChild.required<DrivePane>('to');
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);

  protected readonly source = computed<Location>(() => ({ drive: this.srcDrive() ?? MY_DRIVE, folder: this.src() }));
  protected readonly target = computed<Location>(() => ({ drive: this.dstDrive() ?? MY_DRIVE, folder: this.dst() }));
  protected readonly search = computed(() => this.q() ?? '');
  protected readonly order = computed(() => asSort(this.sort()));
  /** Which pane a phone shows. */
  protected readonly shownSide = signal<Side>('source');
  /** How much is drawn: heading, switch, tray, one pane, and the other; that on a phone only once it is wanted. */
  protected readonly drawn = inParts(4);
  protected readonly toWasShown = linkedSignal<boolean, boolean>({
    source: () => !this.phone() || this.shownSide() === 'destination',
    computation: (shown, before) => shown || before?.value === true,
  });
  protected readonly sourceDrawn = computed(() => this.drawn() > 2);
  protected readonly targetDrawn = computed(() => this.drawn() > 3 && this.toWasShown());
  protected readonly share = this.preferences.paneShare;
  protected readonly widths = computed(() =>
    this.phone() ? null : `minmax(0, ${this.share()}fr) 12px minmax(0, ${1 - this.share()}fr)`,
  );

  /** The order of the right pane is a matter of the moment and not part of the address. */
  protected readonly targetOrder = signal<Sort>('name');

  protected readonly inNewFolder = signal(true);
  private readonly suggestedName = computed(() => {
    const taken = new Set(
      this.to()
        .items()
        .map((item) => item.name),
    );
    const t = this.t().landing;
    const account = this.sessions.account('source');
    const name = t.suggested(account?.name || account?.email || t.source, formatDay(this.clock.now()));
    // Google allows several folders of one name; a person could not tell them apart.
    for (let next = 2; ; next++) {
      const candidate = next === 2 ? name : `${name} (${next - 1})`;
      if (!taken.has(candidate)) return candidate;
    }
  });
  /** Follows the account and the target until the person writes a name of their own. */
  protected readonly newFolderName = linkedSignal<string, string>({
    source: () => this.suggestedName(),
    computation: (suggested, before) => (before && before.value !== before.source ? before.value : suggested),
  });

  private readonly chosenMode = signal<Mode>('copy');
  /** The source was connected only for reading: nothing in it can be trashed. */
  protected readonly copyOnly = computed(() => this.sessions.isReadOnly('source'));
  protected readonly mode = computed<Mode>(() => (this.copyOnly() ? 'copy' : this.chosenMode()));
  protected readonly asking = signal(false);

  protected readonly destinationAs = computed(() => {
    const status = this.sessions.status('destination');
    return status.state === 'connected' ? status.account.email : undefined;
  });
  private readonly drive = rxResource({
    // The source's list goes first: it is what a person waits for.
    params: () => (this.sourceDrawn() ? this.destinationAs() : undefined),
    stream: () => driveInfo(this.http, '', {}, asSide('destination')).pipe(map((response) => response.body)),
  });
  protected readonly space = computed(() => {
    if (!this.drive.hasValue()) return undefined;
    const t = this.t().landing;
    const { used, limit } = this.drive.value().storage;
    if (limit === null) return { percent: undefined, text: t.noLimit };
    const percent = limit > 0 ? Math.min(100, (used / limit) * 100) : 100;
    return { percent, text: t.free(formatBytes(Math.max(0, limit - used)), formatBytes(limit)) };
  });

  protected readonly count = this.selection.count;
  protected readonly limit = MAX_ITEMS;
  /** How many would have been selected, had it not been too many; until the selection, or the place, is another. */
  protected readonly refused = linkedSignal<unknown, { readonly would: number; readonly folder?: Crumb } | undefined>({
    source: () => [this.selection.items(), this.source(), this.search()],
    computation: () => undefined,
  });
  /** In how many folders it was chosen; undefined when that is not known of every item. */
  protected readonly places = computed(() => {
    const places = this.selection.items().map((item) => item.place);
    return places.length === 0 || places.includes(undefined) ? undefined : new Set(places).size;
  });
  /** All that lies in My Drive is chosen, and nothing beside it. */
  protected readonly everything = computed(() => this.count() === 1 && this.selection.ids().has(EVERYTHING));
  protected readonly heading = computed(() => {
    const t = this.t().tray;
    if (this.count() === 0) return t.nothing;
    return this.everything() ? t.everything : t.selected(this.count());
  });
  protected readonly reviewLabel = computed(() => {
    const t = this.t().tray;
    if (this.count() === 0) return t.review;
    return this.everything() ? t.reviewAll : t.reviewItems(this.count());
  });
  protected readonly selectionDetail = computed(() => {
    const t = this.t().tray;
    if (this.everything()) return t.everythingHint;
    const items = this.selection.items();
    const known = items.filter((item) => item.kind !== undefined);
    if (items.length === 0) return t.hint;
    if (known.length < items.length) return t.unknown;
    const folders = known.filter((item) => item.kind === 'folder').length;
    const files = known.length - folders;
    const bytes = known.reduce((sum, item) => sum + (item.size ?? 0), 0);
    return [
      files > 0 ? `${formatItems(files, 'file')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}` : '',
      folders > 0 ? t.foldersCounted(formatItems(folders, 'folder')) : '',
    ]
      .filter(Boolean)
      .join(' · ');
  });

  protected readonly canChooseEverything = computed(() => this.sessions.status('source').state === 'connected');

  /** Why it cannot be counted, or nothing. */
  protected readonly blockedReason = computed(() => {
    const t = this.t().blockedReason;
    if (this.offline()) return t.offline;
    const away = this.sessions.notConnected();
    if (away) return t[away.known ? 'notConnected' : 'notChecked'][away.side];
    if (this.count() > MAX_ITEMS) return t.tooMany(MAX_ITEMS);
    if (this.to().readOnly()) return t.readOnlyFolder(this.to().folderName());
    if (this.inNewFolder() && !this.newFolderName().trim()) return t.unnamed;
    if (this.drive.hasValue() && this.drive.value().readOnly) return t.readOnlyAccount;
    return '';
  });

  private readonly request = computed(() => ({
    items: this.selection.items().map((item) => item.id),
    target: {
      folderId: folderIdOf(this.target()) ?? 'root',
      ...(this.inNewFolder() && { newFolderName: this.newFolderName().trim() }),
    },
    mode: this.mode(),
  }));
  /** One key for each request as it stands, so that pressing again after a lost answer counts nothing twice. */
  private readonly requestKey = computed(() => {
    this.request();
    return idempotencyKey();
  });

  /** The frame in which a pane that a phone did not show takes the focus. */
  private shown?: number;

  /** Takes back the last offer: what it would do only makes sense on this page. */
  private withdrawOffer?: () => void;

  constructor() {
    inject(Shortcuts).bind({
      'Ctrl+Enter': () => void this.review(),
      '1': () => this.goToSide('source', () => this.from().focus()),
      '2': () => this.goToSide('destination', () => this.to().focus()),
      '/': () => this.goToSearch(),
    });
    inject(Commands).offer(this.offered);
    inject(DestroyRef).onDestroy(() => this.withdrawOffer?.());
    toObservable(this.count)
      .pipe(skip(1), debounceTime(SPEAK_AFTER_MS), takeUntilDestroyed())
      .subscribe((count) => void this.announcer.announce(this.t().tray.announced(count)));
  }

  protected openSource({ drive, folder }: Location): void {
    this.go({ srcDrive: drive || null, src: folder ?? null, q: null });
  }

  protected openTarget({ drive, folder }: Location): void {
    this.go({ dstDrive: drive || null, dst: folder ?? null });
  }

  protected searchFor(words: string): void {
    this.go({ q: words || null }, true);
  }

  protected orderBy(sort: Sort): void {
    this.go({ sort: sort === 'name' ? null : sort }, true);
  }

  protected resize(share: number): void {
    this.preferences.choose('paneShare', share);
  }

  /** What is in a chosen folder stays as it is; what would be too much is not added, so that the limit is known at once. */
  protected change({ items, chosen }: SelectionChange): void {
    const free = this.from().notIncluded(items);
    if (free.length === 0 && items.length > 0)
      return void this.announcer.announce(this.t().tray.included(this.from().chosenFolderName()));
    const ids = this.selection.ids();
    const would = ids.size + (chosen ? free.filter(({ id }) => !ids.has(id)).length : 0);
    if (chosen && would > MAX_ITEMS) {
      const here = this.search() ? undefined : this.from().path().at(-1);
      const folder = here && this.from().asChoice(here);
      return this.refused.set({ would, ...(folder?.id !== undefined && { folder }) });
    }
    this.selection.change(free, chosen, this.placeKey());
  }

  protected release(folderId: string): void {
    this.selection.change([{ id: folderId }], false);
  }

  /** The folder instead of those of its rows that are chosen. */
  protected chooseFolder({ id, name }: Crumb, loaded: readonly DriveItem[]): void {
    if (id === undefined) return;
    this.selection.change(loaded, false);
    this.selection.change([{ id, name, kind: 'folder', size: null }], true, this.placeKey());
  }

  /** All that lies in My Drive, in place of what was chosen of it one by one; what others shared stays out. */
  protected chooseEverything(): void {
    const t = this.t().tray;
    const before = this.count();
    const restore = this.selection.clear();
    const name = knownDriveName(MY_DRIVE) ?? '';
    this.selection.change(
      [{ id: EVERYTHING, name, kind: 'folder', size: null, ownedByMe: true }],
      true,
      `${MY_DRIVE}/`,
    );
    this.from().focus();
    if (before > 0) this.withdrawOffer = this.toasts.offer(t.everything, t.undo, restore);
  }

  protected learn(items: readonly DriveItem[]): void {
    this.selection.learn(items);
  }

  protected viewList(): void {
    const load = () => import('./selection-dialog').then((file) => file.SelectionDialog);
    void this.dialogs.open(load, { width: '560px', maxWidth: '96vw' });
  }

  protected clear(): void {
    const t = this.t().tray;
    const count = this.count();
    const restore = this.selection.clear();
    this.from().focus();
    this.withdrawOffer = this.toasts.offer(t.cleared(count), t.undo, () => {
      restore();
      this.from().focus();
    });
  }

  /** The selection was dropped on a folder of the destination: that is where it will land. */
  protected drop(folder: DriveItem | undefined): void {
    if (folder) {
      this.to().remember(folder);
      this.openTarget({ drive: this.to().drive(), folder: folder.id });
    }
    const words = this.t().dropped(this.count(), folder?.name ?? this.to().folderName());
    this.withdrawOffer = this.toasts.offer(words, this.t().tray.review, () => void this.review());
  }

  protected async newFolder(): Promise<void> {
    const parent: Parent = { id: folderIdOf(this.target()) ?? 'root', name: this.to().folderName() };
    const load = () => import('./new-folder-dialog').then((file) => file.NewFolderDialog);
    const folder = await this.dialogs.open<DriveItem>(load, { data: parent, width: '420px' });
    if (!folder) return;
    this.to().show(folder);
    const t = this.t().newFolder;
    this.withdrawOffer = this.toasts.offer(t.created(folder.name), t.open, () =>
      this.openTarget({ drive: this.to().drive(), folder: folder.id }),
    );
  }

  protected choose(mode: Mode): void {
    this.chosenMode.set(mode);
  }

  /** Asks Google for full access, so that originals can be moved. */
  protected allowMoving(): void {
    this.signIn.start('source', { account: this.sessions.account('source')?.email, access: 'full' });
  }

  /** Has the choice counted, and shows what the transfer would do. */
  protected async review(): Promise<void> {
    if (this.count() === 0 || this.blockedReason() || this.asking()) return;
    this.asking.set(true);
    try {
      const params = { 'Idempotency-Key': this.requestKey(), body: this.request() };
      const { body } = await firstValueFrom(createPreflight(this.http, '', params, asSide('both')));
      // The place goes along, so that the way back leads to it.
      await this.router.navigate(['/move/review', body.id], { queryParamsHandling: 'preserve' });
    } catch (error) {
      this.toasts.failed(error, {
        folder: this.to().folderName(),
        account: this.sessions.account('destination')?.email,
      });
    } finally {
      this.asking.set(false);
    }
  }

  private readonly offered = computed<readonly Command[]>(() => {
    const { commands, pane } = this.t();
    const count = this.count();
    const command = (id: string, label: string, run: () => void, keys?: readonly string[]): Command => ({
      id: `choose-${id}`,
      label,
      run,
      ...(keys && { keys }),
    });
    return [
      ...(count > 0 && !this.blockedReason()
        ? [command('review', this.reviewLabel(), () => void this.review(), ['Ctrl', 'Enter'])]
        : []),
      ...(count > 0
        ? [
            command('view', commands.view, () => this.viewList()),
            command('clear', commands.clear, () => this.clear()),
            ...(this.copyOnly()
              ? []
              : this.mode() === 'copy'
                ? [command('move', commands.move, () => this.choose('move'))]
                : [command('copy', commands.copy, () => this.choose('copy'))]),
          ]
        : []),
      ...(this.canChooseEverything() && !this.selection.ids().has(EVERYTHING)
        ? [command('everything', commands.everything, () => this.chooseEverything())]
        : []),
      command('search', commands.search, () => this.goToSearch(), ['/']),
      ...(this.destinationAs() && !this.to().readOnly()
        ? [command('new-folder', commands.newFolder, () => void this.newFolder())]
        : []),
      ...[this.from(), this.to()].flatMap((side) => {
        const parent = side.path().at(-2);
        const open = side.side() === 'source' ? commands.openSource : commands.openTarget;
        const folders = side.items().filter(({ kind }) => kind === 'folder');
        return [
          ...(parent ? [command(`up-${side.side()}`, pane.up(parent.name), () => side.goUp())] : []),
          ...folders
            .slice(0, FOLDERS_BY_NAME)
            .map((folder) => command(`${side.side()}-${folder.id}`, open(folder.name), () => side.open(folder))),
        ];
      }),
    ];
  });

  private goToSearch(): void {
    this.goToSide('source', () => this.host.nativeElement.querySelector<HTMLElement>('input[type="search"]')?.focus());
  }

  private goToSide(side: Side, focus: () => void): void {
    cancelAnimationFrame(this.shown ?? 0);
    this.shownSide.set(side);
    // A phone shows the other pane in the next frame, and what is not shown takes no focus.
    if (this.phone()) this.shown = requestAnimationFrame(focus);
    else focus();
  }

  private placeKey(): string {
    const { drive, folder } = this.source();
    return this.search() ? `?${this.search()}` : `${drive}/${folder ?? ''}`;
  }

  private go(query: Record<string, string | null>, replaceUrl = false): void {
    void this.router.navigate([], { queryParams: query, queryParamsHandling: 'merge', replaceUrl });
  }
}
