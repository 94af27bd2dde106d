import { afterNextRender, computed, DestroyRef, inject, Injectable, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { preflightsCreate, preflightsDelete } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { blockedReason } from '../../core/blocked-reason';
import { Dialogs } from '../../core/dialogs';
import { driveStorage } from '../../core/drive-storage';
import { Drive, MY_DRIVE } from '../../core/folder-path';
import { formatBytes } from '../../core/formats';
import { idempotencyKey } from '../../core/idempotency-key';
import { valueOf } from '../../core/resource-parts';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { asSort, DriveItem, MAX_ITEMS, Sort } from './drive-item';
import { DriveSide } from './drive-side';
import { NewFolder } from './new-folder';
import type { Parent } from './new-folder-dialog';
import { Offer, SourceSelection } from './source-selection';

export type Mode = 'copy' | 'move';

/**
 * The state and commands of the page. Drives, folders, search, order and mode are in the address, so that back, forward,
 * reload and a new sign-in return to them, and so is the new folder once there is a review to return from. Mode and new
 * folder are those of a selection: without one, they start over. Opening a folder adds a history entry; typing does not.
 */
@Injectable()
export class MoveStore {
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly dialogs = inject(Dialogs);
  private readonly toasts = inject(Toasts);
  private readonly accountsBlock = blockedReason();
  private readonly sessions = inject(SessionStore);
  private readonly selected = inject(Selection);
  private readonly t = inject(Texts).browse;

  /** Removes the last offer, which makes sense only on this page. */
  private removeOffer?: () => void;
  private readonly offer: Offer = (message, action, act) => {
    this.removeOffer = this.toasts.offer(message, action, act);
  };

  private readonly query = toSignal(this.route.queryParamMap, { requireSync: true });
  /** What was chosen for the selection. Without one, its transfer has started, and the next one is another choice. */
  private readonly chosenBefore = untracked(() => (this.selected.count() > 0 ? this.query() : undefined));
  private readonly destinationSort = signal<Sort>('name');
  readonly source = new DriveSide('source', {
    location: this.locationOf('srcDrive', 'src'),
    search: computed(() => this.query().get('q') ?? ''),
    sort: computed(() => asSort(this.query().get('sort') ?? undefined)),
    open: ({ drive, folder }) => void this.go({ srcDrive: drive || null, src: folder ?? null, q: null }),
    searchFor: (words) => void this.go({ q: words || null }, true),
    orderBy: (sort) => void this.go({ sort: sort === 'name' ? null : sort }, true),
  });
  readonly destination = new DriveSide('destination', {
    location: this.locationOf('dstDrive', 'dst'),
    search: signal(''),
    sort: this.destinationSort,
    open: ({ drive, folder }) => void this.go({ dstDrive: drive || null, dst: folder ?? null }),
    searchFor: () => undefined,
    orderBy: (sort) => this.destinationSort.set(sort),
  });
  readonly selection = new SourceSelection(this.source, this.offer);

  private readonly folder = new NewFolder(this.destination.items, this.chosenBefore?.get('into'));
  readonly newFolder = this.folder.form;

  /** Going back to an address from before the choice does not change it. */
  private readonly chosenMode = signal<Mode>(this.chosenBefore?.get('mode') === 'move' ? 'move' : 'copy');
  /** The source was connected read-only, so its originals cannot be moved to the trash. */
  readonly copyOnly = computed(() => this.sessions.isReadOnly('source'));
  readonly mode = computed<Mode>(() => (this.copyOnly() ? 'copy' : this.chosenMode()));
  /** Whether a count is being requested. */
  readonly requesting = signal(false);

  private readonly storage = driveStorage(signal('destination'));
  /** The free storage of the destination. */
  readonly space = computed(() => {
    const storage = this.storage.storage();
    const { noLimit, free } = this.t().landing;
    if (!storage) return undefined;
    const { used, limit, percent } = storage;
    return {
      percent,
      text: limit === null ? noLimit : free(formatBytes(Math.max(0, limit - used)), formatBytes(limit)),
    };
  });
  readonly canCreateFolder = computed(
    () => this.sessions.status('destination').state === 'connected' && !this.destination.readOnly(),
  );

  /** Why the selection cannot be counted; empty if it can. */
  readonly blockedReason = computed(() => {
    const t = this.t().blockedReason;
    if (this.accountsBlock()) return this.accountsBlock();
    if (this.selection.count() > MAX_ITEMS) return t.tooMany(MAX_ITEMS);
    if (this.destination.readOnly()) return t.readOnlyFolder(this.destination.folderName());
    if (this.newFolder().invalid()) return t.unnamed;
    if (valueOf(this.storage.drive)?.readOnly) return t.readOnlyAccount;
    return '';
  });
  readonly reviewLabel = computed(() => {
    const t = this.t().tray;
    if (this.selection.count() === 0) return t.review;
    return this.selection.everything() ? t.reviewAll : t.reviewItems(this.selection.count());
  });

  private readonly request = computed(() => ({
    items: this.selection.items().map(({ id }) => id),
    target: {
      folderId: this.destination.folderId() ?? 'root',
      ...(this.folder.name() !== undefined && { newFolderName: this.folder.name() }),
    },
    mode: this.mode(),
  }));
  /** One key for each version of the request, so that repeating it after a lost response does not start a second count. */
  private readonly requestKey = computed(() => {
    this.request();
    return idempotencyKey();
  });

  private isLeft = false;

  constructor() {
    const isOver = !this.chosenBefore && untracked(this.query).keys.some((key) => ['mode', 'into'].includes(key));
    // Otherwise a reload would find the old choice again, with the next selection.
    if (isOver) afterNextRender(() => void this.go({ mode: null, into: null }, true));
    inject(DestroyRef).onDestroy(() => {
      this.isLeft = true;
      this.removeOffer?.();
    });
  }

  choose(mode: Mode): void {
    this.chosenMode.set(mode);
    void this.go(this.modeQuery(), true);
  }

  /** Makes a folder the target, because the selection was dropped on it. @param folder undefined: the one that is shown */
  drop(folder: DriveItem | undefined): void {
    if (folder) {
      this.destination.remember(folder);
      this.openInDestination(folder, this.destination.drive());
    }
    const dropped = this.t().dropped[this.mode()];
    const words = dropped(this.selection.count(), folder?.name ?? this.destination.folderName());
    this.offer(words, this.t().tray.review, () => void this.review());
  }

  async createFolder(): Promise<void> {
    const parent: Parent = { id: this.destination.folderId() ?? 'root', name: this.destination.folderName() };
    const load = () => import('./new-folder-dialog').then((file) => file.NewFolderDialog);
    const folder = await this.dialogs.open<DriveItem>(load, { data: parent, width: '420px' });
    if (!folder) return;
    this.destination.show(folder);
    const t = this.t().newFolder;
    // By the time it is opened, another folder or drive may be shown.
    const drive = this.destination.drive();
    this.offer(t.created(folder.name), t.open, () => this.openInDestination(folder, drive));
  }

  viewSelection(): void {
    const load = () => import('./selection-dialog').then((file) => file.SelectionDialog);
    void this.dialogs.open(load, { width: '560px', maxWidth: '96vw' });
  }

  /** Starts a count of the selection, and opens its review. */
  async review(): Promise<void> {
    if (this.selection.count() === 0 || this.blockedReason() || this.requesting()) return;
    this.requesting.set(true);
    try {
      const request = this.request();
      const params = { 'Idempotency-Key': this.requestKey(), body: request };
      const body = await this.api.call(preflightsCreate, params, 'both');
      if (this.isLeft) {
        // Nobody gets to this count.
        this.api.request(preflightsDelete, { id: body.id }, 'both').subscribe({ error: () => undefined });
        return;
      }
      this.selected.noteCount(body.id, request.items);
      // Going back, also with the browser's button, opens the same folders and keeps what was chosen.
      await this.go({ ...this.modeQuery(), into: this.folder.toAddress() }, true);
      await this.router.navigate(['/move/review', body.id], { queryParamsHandling: 'preserve' });
    } catch (error) {
      const account = this.sessions.account('destination')?.email;
      this.toasts.failed(error, { folder: this.destination.folderName(), account });
    } finally {
      this.requesting.set(false);
    }
  }

  private readonly modeQuery = () => ({ mode: this.chosenMode() === 'move' ? 'move' : null });

  /** Opens a folder without moving the focus. */
  private openInDestination({ id }: DriveItem, drive: Drive): void {
    void this.go({ dstDrive: drive || null, dst: id });
  }

  private locationOf(drive: string, folder: string) {
    return computed(() => ({
      drive: this.query().get(drive) ?? MY_DRIVE,
      folder: this.query().get(folder) ?? undefined,
    }));
  }

  private go(query: Record<string, string | null>, replaceUrl = false): Promise<boolean> {
    return this.router.navigate([], { queryParams: query, queryParamsHandling: 'merge', replaceUrl });
  }
}
