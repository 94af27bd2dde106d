import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatDialogModule } from '@angular/material/dialog';
import { catchError, from, map, mergeMap, of } from 'rxjs';
import { driveGetFile } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { namesOf } from '../../core/folder-path';
import { formatBytes } from '../../core/formats';
import { toProblem } from '../../core/problem';
import { Chosen, Selection } from '../../core/selection';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { FolderPaths } from './folder-paths';

/** After a reload only the IDs are known; the names of this many are loaded, a few at a time. */
const MAX_LOADED = 200;
const CONCURRENCY = 4;
const ROW = 44;

/** Lists the selected items of all folders, with their sizes, and removes single items. */
@Component({
  selector: 'cm-selection-dialog',
  imports: [Icon, MatButton, MatDialogModule, MatIconButton, ScrollingModule],
  template: `
    <h2 matDialogTitle>{{ t().heading(items().length) }}</h2>
    <mat-dialog-content>
      <cdk-virtual-scroll-viewport
        [itemSize]="rowHeight"
        [style.height.px]="height()"
        tabindex="0"
        role="list"
        [attr.aria-label]="t().heading(items().length)"
      >
        <div *cdkVirtualFor="let item of items(); trackBy: trackById" class="row" role="listitem">
          <cm-icon class="type" [name]="icon(item)" />
          <span class="lines">
            <span class="cut" [title]="title(item)">{{ name(item) }}</span>
            @if (folder(item); as folder) {
              <span class="muted small cut">{{ folder }}</span>
            }
          </span>
          <span class="muted small nowrap">{{ detail(item) }}</span>
          <button matIconButton type="button" [attr.aria-label]="t().remove(name(item))" (click)="remove(item)">
            <cm-icon name="x" class="small" />
          </button>
        </div>
      </cdk-virtual-scroll-viewport>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="filled" type="button" matDialogClose cdkFocusInitial>{{ t().close }}</button>
    </mat-dialog-actions>
  `,
  styles: `
    .row {
      display: flex;
      align-items: center;
      gap: 10px;
      height: 44px;
      contain: inline-size; // its names do not widen the list
      border-bottom: 1px solid var(--line);
      color: var(--ink);

      .lines {
        display: flex;
        flex: 1;
        flex-direction: column;
        min-width: 0;
      }
    }
  `,
})
export class SelectionDialog {
  private readonly api = inject(ApiClient);
  private readonly selection = inject(Selection);
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.browse().list);

  protected readonly items = this.selection.items;
  private readonly gone = signal<ReadonlySet<string>>(new Set<string>());
  protected readonly rowHeight = ROW;
  protected readonly height = computed(() => Math.min(8, Math.max(1, this.items().length)) * ROW);
  protected readonly trackById = (_: number, item: Chosen): string => item.id;

  private readonly paths = new FolderPaths(() => 'source');

  constructor() {
    // Folders distinguish items with the same name.
    effect(() => {
      const parents = this.items().flatMap(({ parentId }) => parentId ?? []);
      untracked(() => this.paths.want(new Set(parents.slice(0, MAX_LOADED))));
    });
    const unknown = this.items().filter((item) => item.name === undefined);
    from(unknown.slice(0, MAX_LOADED))
      .pipe(
        mergeMap(
          ({ id }) =>
            this.api.request(driveGetFile, { id }, 'source').pipe(
              map((found) => this.selection.addDetails([found])),
              catchError((error: unknown) => {
                if (toProblem(error).code === 'not_found') this.gone.update((ids) => new Set([...ids, id]));
                return of(undefined);
              }),
            ),
          CONCURRENCY,
        ),
        takeUntilDestroyed(),
      )
      .subscribe();
  }

  protected name(item: Chosen): string {
    return item.name ?? this.t().unnamed;
  }

  /** The name of the item's folder, if known. */
  protected folder({ parentId }: Chosen): string {
    return this.pathOf(parentId).at(-1) ?? '';
  }

  protected title(item: Chosen): string {
    return [...this.pathOf(item.parentId), this.name(item)].join(' / ');
  }

  private pathOf(folderId: string | undefined): readonly string[] {
    const path = folderId === undefined ? undefined : this.paths.of(folderId);
    return path ? namesOf(path) : [];
  }

  protected detail(item: Chosen): string {
    if (this.gone().has(item.id)) return this.t().gone;
    if (item.kind === undefined) return '';
    return item.kind === 'folder' ? this.t().folder : formatBytes(item.size ?? null);
  }

  protected icon({ kind = 'file', mimeType = '' }: Chosen) {
    return iconOf({ kind, mimeType });
  }

  protected remove(item: Chosen): void {
    this.selection.change([item], false);
  }
}
