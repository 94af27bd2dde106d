import { Component, computed, inject } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialog, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { catchError, map, of } from 'rxjs';
import { driveGetFile as readFile, transfersGetItem as readItem } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { formatBytes, formatExact, formatMoment } from '../../core/formats';
import { lossLabel } from '../../core/plan-labels';
import { problemOf, valueOf } from '../../core/resource-parts';
import { SessionStore } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { copyMethodOf, describeReason, originalOfItem, outcomeOfItem, undoOfItem } from './item-labels';

interface Place {
  readonly transferId: string;
  readonly ordinal: number;
}

/** The details of one item: its result, the attempts, and links to the original and the copy. */
@Component({
  selector: 'cm-item-drawer',
  imports: [Icon, MatButton, MatDialogModule, MatIconButton, ProblemNote, WaitingRows],
  template: `
    <div class="top">
      <h2 matDialogTitle>{{ item()?.name ?? t().items.columns.item }}</h2>
      <button matIconButton type="button" matDialogClose [aria-label]="t().item.close">
        <cm-icon name="x" />
      </button>
    </div>
    <mat-dialog-content>
      @if (problem(); as problem) {
        <cm-problem-note [heading]="t().item.failed" [problem]="problem" (remedy)="load.reload()" />
      } @else if (item(); as item) {
        <p class="path"><cm-icon class="type" [name]="iconOf(item)" />{{ item.path }}</p>
        <dl>
          @for (line of lines(); track line.name) {
            <dt>{{ line.name }}</dt>
            <dd [class.mono]="line.mono" [attr.title]="line.title">{{ line.value }}</dd>
          }
        </dl>
        @if (advice(); as advice) {
          <p class="muted">{{ advice }}</p>
        }
      } @else {
        <cm-waiting-rows [label]="t().item.loading" />
      }
    </mat-dialog-content>
    @if (item()?.webViewLink ?? original(); as _) {
      <mat-dialog-actions>
        @if (item()?.webViewLink; as link) {
          <a matButton="outlined" [href]="link" target="_blank" rel="noopener noreferrer">{{ t().item.openCopy }}</a>
        }
        @if (original(); as link) {
          <a matButton="outlined" [href]="link" target="_blank" rel="noopener noreferrer">{{
            t().item.openOriginal
          }}</a>
        }
      </mat-dialog-actions>
    }
  `,
  styles: `
    .top {
      display: flex;
      align-items: flex-start;
      padding: 8px 8px 0 0;

      h2 {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      button {
        margin-top: 6px;
      }
    }
    .path {
      display: flex;
      gap: 10px;
      margin-bottom: 16px;
      color: var(--ink);
      overflow-wrap: anywhere;
    }
    dl {
      display: grid;
      grid-template-columns: minmax(110px, max-content) minmax(0, 1fr);
      gap: 8px 16px;
      margin-bottom: 16px;
    }
    dd {
      color: var(--ink);
      overflow-wrap: anywhere;
    }
    mat-dialog-actions {
      gap: 8px;
      padding: 12px 24px 20px;
    }
  `,
})
export class ItemDrawer {
  private readonly api = inject(ApiClient);
  private readonly place = inject<Place>(MAT_DIALOG_DATA);
  private readonly sessions = inject(SessionStore);
  protected readonly t = inject(Texts).transfers;

  protected readonly load = rxResource({
    stream: () => {
      const { transferId, ordinal } = this.place;
      return this.api.request(readItem, { id: transferId, ordinal }, 'both');
    },
  });
  protected readonly item = computed(() => valueOf(this.load));
  protected readonly problem = computed(() => problemOf(this.load));
  /** The original's address. Only the source account can look it up, while it is connected. */
  private readonly found = rxResource({
    params: () => {
      const item = this.item();
      const isThere = item && item.code !== 'source_not_found' && this.sessions.status('source').state === 'connected';
      return isThere ? item.sourceId : undefined;
    },
    stream: ({ params: id }) =>
      this.api.request(readFile, { id }, 'source').pipe(
        map(({ webViewLink }) => webViewLink),
        catchError(() => of(undefined)),
      ),
  });
  protected readonly original = computed(() => valueOf(this.found));

  protected readonly iconOf = iconOf;
  protected readonly advice = computed(() => {
    const item = this.item();
    return item?.code ? describeReason({ code: item.code, title: '' }).advice : '';
  });
  protected readonly lines = computed(() => {
    const item = this.item();
    if (!item) return [];
    const words = this.t().item;
    const line = (name: string, value: string | undefined, more: { mono?: boolean; title?: string } = {}) =>
      value ? [{ name, value, mono: more.mono ?? false, title: more.title ?? null }] : [];
    const { checksum, size, kind } = item;
    return [
      ...line(words.state, this.t().items.states[item.state]),
      ...line(words.reason, item.reason || item.state === 'verified' ? outcomeOfItem(item) : undefined),
      ...line(words.code, item.code, { mono: true }),
      ...(kind === 'folder' || size === null
        ? []
        : line(words.size, formatBytes(size), { title: words.exactly(size) })),
      ...line(words.method, copyMethodOf(item)),
      ...line(words.attempts, String(item.attempts)),
      ...line(words.tried, item.triedAt && formatMoment(item.triedAt), {
        ...(item.triedAt && { title: formatExact(item.triedAt) }),
      }),
      ...line(words.original, originalOfItem(item)),
      ...line(words.undo, undoOfItem(item)),
      ...line(words.lossy, item.lossy && lossLabel(item.mimeType, item.lossy)),
      ...line(words.sourceId, item.sourceId, { mono: true }),
      ...line(words.destinationId, item.destinationId, { mono: true }),
      ...line(words.checksum, checksum && `${checksum.kind} ${checksum.destination}`, { mono: true }),
    ];
  });
}

/** Opens an item in a drawer beside its list. Closing it returns the focus. */
export const openItem = (dialog: MatDialog, place: Place): MatDialogRef<ItemDrawer> =>
  dialog.open(ItemDrawer, {
    data: place,
    panelClass: 'drawer',
    position: { top: '0', right: '0' },
    height: '100dvh',
    maxHeight: '100dvh',
    width: '480px',
    maxWidth: '100vw',
    autoFocus: 'dialog',
  });
