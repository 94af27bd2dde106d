import { computed, effect, inject, linkedSignal, untracked } from '@angular/core';
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Crumb, FolderPath, knownDriveName, MY_DRIVE } from '../../core/folder-path';
import { formatBytes, formatItems } from '../../core/formats';
import { Chosen, Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { cannotBeCopied, DriveItem, EVERYTHING, MAX_ITEMS } from './drive-item';
import { DriveSide } from './drive-side';

/** Items to select (`chosen`) or to deselect. */
export interface SelectionChange {
  readonly items: readonly DriveItem[];
  readonly chosen: boolean;
}

/** Its details are the same in every account, and Google does not know it by this ID. */
const everythingInMyDrive = (): Chosen => ({
  id: EVERYTHING,
  name: knownDriveName(MY_DRIVE) ?? '',
  kind: 'folder',
  size: null,
  ownedByMe: true,
});

/** Shows a message with an action for a few seconds. */
export type Offer = (message: string, action: string, act: () => void) => void;

/**
 * The selection in the source, with the rules of the page: an item in a selected folder is included and cannot be
 * selected itself; all of My Drive is one item; more items than a transfer accepts are rejected, and their folder is
 * offered instead. Needs an injection context.
 */
export class SourceSelection {
  private readonly announcer = inject(LiveAnnouncer);
  private readonly selection = inject(Selection);
  private readonly sessions = inject(SessionStore);
  private readonly t = inject(Texts).browse;

  readonly ids = this.selection.ids;
  readonly items = this.selection.items;
  readonly count = this.selection.count;

  /** The selected folder on the current path, if any: all rows are included in it. */
  readonly chosenFolder = computed(() => {
    if (this.source.search()) return undefined;
    return this.source
      .path()
      .map((crumb) => this.asChoice(crumb))
      .find(({ id }) => id !== undefined && this.ids().has(id));
  });
  /** Whether an item is included in a selected folder. */
  readonly included = computed<(item: DriveItem) => boolean>(() => {
    if (this.chosenFolder()) return () => true;
    const selected = this.ids();
    if (!this.source.search() || selected.size === 0) return () => false;
    const isIn = ({ path, drive }: FolderPath) =>
      path.some(({ id = '' }) => selected.has(id)) || (drive === MY_DRIVE && selected.has(EVERYTHING));
    return ({ parentId }) => {
      if (parentId === undefined) return false;
      const path = this.source.paths.of(parentId);
      return selected.has(parentId) || (path ? isIn(path) : false);
    };
  });
  /** The folder to offer instead: every loaded row is selected, but there are more. */
  readonly wholeFolder = computed(() => {
    const list = this.source.list();
    const folder = this.here();
    if (list.state !== 'ready' || list.more === 'none' || folder?.id === undefined) return undefined;
    if (this.source.search() || this.chosenFolder()) return undefined;
    const choosable = list.items.filter((item) => !cannotBeCopied(item));
    return choosable.length > 0 && choosable.every(({ id }) => this.ids().has(id)) ? folder : undefined;
  });
  /** How many items would have been too many, until the selection or the place changes. */
  readonly refused = linkedSignal<unknown, { readonly would: number; readonly folder?: Crumb } | undefined>({
    source: () => [this.items(), this.source.placeKey()],
    computation: () => undefined,
  });

  /** Whether all of My Drive is selected, and nothing else. */
  readonly everything = computed(() => this.count() === 1 && this.ids().has(EVERYTHING));
  readonly canChooseEverything = computed(() => this.sessions.status('source').state === 'connected');
  /** The number of folders in which items were selected; undefined if it is not known for each. */
  readonly places = computed(() => {
    const places = this.items().map(({ place }) => place);
    return this.everything() || places.length === 0 || places.includes(undefined) ? undefined : new Set(places).size;
  });
  readonly heading = computed(() => {
    const t = this.t().tray;
    if (this.count() === 0) return t.nothing;
    return this.everything() ? t.everything : t.selected(this.count());
  });
  readonly detail = computed(() => {
    const t = this.t().tray;
    if (this.everything()) return t.everythingHint;
    const items = this.items();
    if (items.length === 0) return t.hint;
    if (items.some(({ kind }) => kind === undefined)) return t.unknown;
    const folders = items.filter(({ kind }) => kind === 'folder').length;
    const files = items.length - folders;
    const bytes = items.reduce((sum, { size }) => sum + (size ?? 0), 0);
    return [
      files > 0 ? `${formatItems(files, 'file')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}` : '',
      folders > 0 ? t.foldersCounted(formatItems(folders, 'folder')) : '',
    ]
      .filter(Boolean)
      .join(' · ');
  });

  constructor(
    private readonly source: DriveSide,
    private readonly offer: Offer,
  ) {
    // After a reload only IDs are known, until a list contains the items.
    effect(() => {
      const items = source.items();
      untracked(() => this.selection.addDetails([...items, everythingInMyDrive()]));
    });
  }

  /** Selects or deselects items. Items in a selected folder do not change; if they would be too many, none does. */
  change({ items, chosen }: SelectionChange): void {
    const free = items.filter((item) => !this.included()(item));
    if (free.length === 0 && items.length > 0)
      return void this.announcer.announce(this.t().tray.included(this.chosenFolder()?.name ?? ''));
    const ids = this.ids();
    const would = ids.size + (chosen ? free.filter(({ id }) => !ids.has(id)).length : 0);
    if (!chosen || would <= MAX_ITEMS) return this.selection.change(free, chosen, this.placeKey());
    const folder = this.source.search() ? undefined : this.here();
    this.refused.set({ would, ...(folder?.id !== undefined && { folder }) });
  }

  /** Selects a folder in place of those of its rows that are selected. */
  chooseFolder({ id, name }: Crumb): void {
    if (id === undefined) return;
    this.selection.change(this.source.items(), false);
    this.selection.change([{ id, name, kind: 'folder', size: null }], true, this.placeKey());
  }

  release({ id = '' }: Crumb): void {
    this.selection.change([{ id }], false);
  }

  /** Selects all of My Drive instead of its single items, without items shared by others. */
  chooseEverything(): void {
    const t = this.t().tray;
    const before = this.count();
    const restore = this.selection.clear();
    this.selection.change([everythingInMyDrive()], true, `${MY_DRIVE}/`);
    this.source.focus();
    if (before > 0) this.offer(t.everything, t.undo, restore);
  }

  clear(): void {
    const t = this.t().tray;
    const count = this.count();
    const restore = this.selection.clear();
    this.source.focus();
    this.offer(t.cleared(count), t.undo, () => {
      restore();
      this.source.focus();
    });
  }

  /** The current folder as a choice: the top of My Drive means everything in it. */
  private here(): Crumb | undefined {
    const here = this.source.path().at(-1);
    return here && this.asChoice(here);
  }

  private asChoice(crumb: Crumb): Crumb {
    return crumb.id === undefined && this.source.drive() === MY_DRIVE ? { ...crumb, id: EVERYTHING } : crumb;
  }

  /** Identifies the current folder or search. */
  private placeKey(): string {
    const search = this.source.search();
    return search ? `?${search}` : `${this.source.drive()}/${this.source.path().at(-1)?.id ?? ''}`;
  }
}
