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
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { rxResource, takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialog } from '@angular/material/dialog';
import { Router } from '@angular/router';
import { debounceTime, firstValueFrom, map, skip } from 'rxjs';
import { createPreflight, driveInfo } from '../../api/functions';
import { Clock } from '../../core/clock';
import { Connection } from '../../core/connection';
import { formatBytes, formatCount, formatItems } from '../../core/formats';
import { idempotencyKey } from '../../core/idempotency-key';
import { Selection } from '../../core/selection';
import { asSide, SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { Viewport } from '../../core/viewport';
import { Toasts } from '../../core/toasts';
import { Icon } from '../../ui/icon';
import { Steps } from '../../ui/steps';
import { asSort, Crumb, DriveItem, MOST_ITEMS, Sort } from './drive-item';
import { DrivePane } from './drive-pane';
import { SelectionChange } from './file-grid';
import { NewFolderDialog } from './new-folder-dialog';

/** Changes of the selection are read out once they rest, not at every key. */
const SPEAK_AFTER_MS = 1000;

type Mode = 'copy' | 'move';

/**
 * Choose what goes (left) and where (right), and have it counted. Folders, search and order live in the address, so that back,
 * forward, reload and a new sign-in find the same place: opening a folder is a step in the history, typing is not.
 */
@Component({
  selector: 'cm-move-page',
  imports: [DrivePane, Icon, MatButton, MatButtonToggleModule, MatCheckbox, MatIconButton, Steps],
  host: { '(document:keydown)': 'onKey($event)' },
  templateUrl: './move-page.html',
  styleUrl: './move-page.scss',
})
export class MovePage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly clock = inject(Clock);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly connection = inject(Connection);
  private readonly sessions = inject(SessionStore);
  protected readonly selection = inject(Selection);
  protected readonly phone = inject(Viewport).phone;

  // The address' query.
  readonly src = input<string>();
  readonly q = input<string>();
  readonly sort = input<string>();
  readonly dst = input<string>();

  private readonly from = viewChild.required<DrivePane>('from');
  private readonly to = viewChild.required<DrivePane>('to');
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);

  protected readonly sourceFolder = computed(() => this.src() ?? 'root');
  protected readonly targetFolder = computed(() => this.dst() ?? 'root');
  protected readonly search = computed(() => this.q() ?? '');
  protected readonly order = computed(() => asSort(this.sort()));
  /** Which pane a phone shows. */
  protected readonly shownSide = signal<Side>('source');

  /** The order of the right pane is a matter of the moment and not part of the address. */
  protected readonly targetOrder = signal<Sort>('name');

  protected readonly inNewFolder = signal(true);
  private readonly suggestedName = computed(() => {
    const taken = new Set(
      this.to()
        .items()
        .map((item) => item.name),
    );
    const account = this.sessions.account('source');
    const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(this.clock.now());
    const name = `From ${account?.name || account?.email || 'source'}, ${date}`;
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

  protected readonly mode = signal<Mode>('copy');
  protected readonly asking = signal(false);

  protected readonly destinationAs = computed(() => {
    const status = this.sessions.status('destination');
    return status.state === 'connected' ? status.account.email : undefined;
  });
  private readonly drive = rxResource({
    params: () => this.destinationAs(),
    stream: () => driveInfo(this.http, '', {}, asSide('destination')).pipe(map((response) => response.body)),
  });
  protected readonly space = computed(() => {
    if (!this.drive.hasValue()) return undefined;
    const { used, limit } = this.drive.value().storage;
    if (limit === null) return { percent: undefined, text: 'No storage limit' };
    const percent = limit > 0 ? Math.min(100, (used / limit) * 100) : 100;
    return { percent, text: `${formatBytes(Math.max(0, limit - used))} free of ${formatBytes(limit)}` };
  });

  protected readonly count = this.selection.count;
  protected readonly countWords = computed(() => formatItems(this.count()));
  protected readonly selectionDetail = computed(() => {
    const items = this.selection.items();
    const known = items.filter((item) => item.kind !== undefined);
    if (items.length === 0) return 'Tick what should go, in one folder or in several.';
    if (known.length < items.length) return 'Kept from before. Sizes are counted when the transfer starts.';
    const folders = known.filter((item) => item.kind === 'folder').length;
    const files = known.length - folders;
    const bytes = known.reduce((sum, item) => sum + (item.size ?? 0), 0);
    return [
      files > 0 ? `${formatItems(files, 'file')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}` : '',
      folders > 0 ? `${formatItems(folders, 'folder')} with all inside` : '',
    ]
      .filter(Boolean)
      .join(' · ');
  });

  /** Why it cannot be counted, or nothing. */
  protected readonly hindrance = computed(() => {
    if (this.connection.offline()) return 'You are offline.';
    if (this.sessions.status('source').state !== 'connected') return 'The source is not connected.';
    if (this.sessions.status('destination').state !== 'connected') return 'The destination is not connected.';
    if (this.count() > MOST_ITEMS)
      return `A transfer takes at most ${formatCount(MOST_ITEMS)} items. Select their folder instead.`;
    if (this.inNewFolder() && !this.newFolderName().trim()) return 'The new folder needs a name.';
    if (this.drive.hasValue() && this.drive.value().readOnly)
      return 'The destination is connected for reading only. Connect it again and keep the Drive box ticked.';
    return '';
  });

  private readonly request = computed(() => ({
    items: this.selection.items().map((item) => item.id),
    target: {
      folderId: this.targetFolder(),
      ...(this.inNewFolder() && { newFolderName: this.newFolderName().trim() }),
    },
    mode: this.mode(),
  }));
  /** One key for each request as it stands, so that pressing again after a lost answer counts nothing twice. */
  private readonly requestKey = computed(() => {
    this.request();
    return idempotencyKey();
  });

  /** Takes back the last offer: what it would do only makes sense on this page. */
  private withdrawOffer?: () => void;

  constructor() {
    inject(DestroyRef).onDestroy(() => this.withdrawOffer?.());
    toObservable(this.count)
      .pipe(skip(1), debounceTime(SPEAK_AFTER_MS), takeUntilDestroyed())
      .subscribe((count) => void this.announcer.announce(`${formatCount(count)} selected`));
  }

  protected openSource(folderId: string): void {
    this.go({ src: folderId === 'root' ? null : folderId, q: null });
  }

  protected openTarget(folderId: string): void {
    this.go({ dst: folderId === 'root' ? null : folderId });
  }

  protected searchFor(words: string): void {
    this.go({ q: words || null }, true);
  }

  protected orderBy(sort: Sort): void {
    this.go({ sort: sort === 'name' ? null : sort }, true);
  }

  protected change({ items, chosen }: SelectionChange): void {
    this.selection.change(items, chosen);
  }

  /** The folder instead of those of its rows that are chosen. */
  protected chooseFolder(folder: Crumb, loaded: readonly DriveItem[]): void {
    this.selection.change(loaded, false);
    this.selection.change([{ id: folder.id, name: folder.name, kind: 'folder', size: null }], true);
  }

  protected learn(items: readonly DriveItem[]): void {
    this.selection.learn(items);
  }

  protected clear(): void {
    const count = this.count();
    const restore = this.selection.clear();
    this.from().focus();
    this.withdrawOffer = this.toasts.offer(`Selection of ${formatItems(count)} cleared`, 'Undo', () => {
      restore();
      this.from().focus();
    });
  }

  protected async newFolder(parent: Crumb): Promise<void> {
    const ref = this.dialog.open<NewFolderDialog, Crumb, DriveItem>(NewFolderDialog, { data: parent, width: '420px' });
    const folder = await firstValueFrom(ref.afterClosed());
    if (!folder) return;
    this.to().show(folder);
    this.withdrawOffer = this.toasts.offer(`Folder ${folder.name} created`, 'Open', () => this.openTarget(folder.id));
  }

  /** Has the choice counted, and shows what the transfer would do. */
  protected async review(): Promise<void> {
    if (this.count() === 0 || this.hindrance() || this.asking()) return;
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

  protected onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      event.preventDefault();
      void this.review();
      return;
    }
    const target = event.target as HTMLElement;
    const writing = target.closest('input, textarea, [contenteditable], [role="dialog"], [role="alertdialog"]');
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '1') this.showSide('source');
    else if (event.key === '2') this.showSide('destination');
    else if (event.key === '/') this.host.nativeElement.querySelector<HTMLElement>('input[type="search"]')?.focus();
    else return;
    event.preventDefault();
  }

  private showSide(side: Side): void {
    this.shownSide.set(side);
    requestAnimationFrame(() => (side === 'source' ? this.from() : this.to()).focus());
  }

  private go(query: Record<string, string | null>, replaceUrl = false): void {
    void this.router.navigate([], { queryParams: query, queryParamsHandling: 'merge', replaceUrl });
  }
}
