import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { debounceTime, Subscription } from 'rxjs';
import { items as listItems } from '../../api/functions';
import { ItemDto } from '../../api/models/item-dto';
import { formatBytes, formatCount } from '../../core/formats';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { ProblemNote } from '../../ui/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';

const PAGE = 200;
const TYPING_PAUSE_MS = 300;

const ITEM_STATES: Record<ItemDto['state'], string> = {
  waiting: 'Waiting',
  copying: 'Copying',
  checking: 'Being checked',
  verified: 'Verified',
  unverified: 'Could not be verified',
  skipped: 'Skipped',
  failed: 'Failed',
};

const CHECKSUMS = { md5: 'MD5', sha256: 'SHA-256' } as const;

type ListState =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly items: readonly ItemDto[]; readonly nextCursor?: string };

/**
 * A transfer's items, all or those in one state, in the order of the plan, page after page. The list keeps still while a transfer runs: it is
 * loaded again only when asked, so that nothing moves under the reader.
 */
@Component({
  selector: 'cm-item-list',
  imports: [Icon, MatButton, ProblemNote, WaitingRows],
  templateUrl: './item-list.html',
  styleUrl: './item-list.scss',
})
export class ItemList {
  private readonly http = inject(HttpClient);

  readonly transferId = input.required<string>();
  /** Only items in this state; without it all, each with what became of it. */
  readonly state = input<'failed' | 'unverified' | 'skipped'>();
  readonly heading = input.required<string>();
  /** How many there are by now; more than are shown means that new ones wait. */
  readonly total = input.required<number>();
  /** The reason codes there are, with their words. */
  readonly reasons = input<readonly { code: string; title: string }[]>([]);

  protected readonly typed = signal('');
  private readonly words = toSignal(toObservable(this.typed).pipe(debounceTime(TYPING_PAUSE_MS)), { initialValue: '' });
  protected readonly reason = signal('');
  private readonly current = signal<ListState>({ state: 'loading' });
  protected readonly list = this.current.asReadonly();
  private readonly loadedTotal = signal(0);
  /** Items that came after the list was loaded. */
  protected readonly fresh = computed(() => Math.max(0, this.total() - this.loadedTotal()));
  protected readonly filtered = computed(() => this.reason() !== '' || this.words().trim() !== '');
  private readonly query = computed(() => ({
    id: this.transferId(),
    limit: PAGE,
    ...(this.state() && { state: this.state() }),
    ...(this.words().trim() && { q: this.words().trim() }),
    ...(this.reason() && { reason: this.reason() }),
  }));
  private running?: Subscription;

  protected readonly iconOf = iconOf;
  protected readonly formatCount = (value: number): string => formatCount(value);

  constructor() {
    effect((onCleanup) => {
      this.query();
      untracked(() => this.load());
      onCleanup(() => this.running?.unsubscribe());
    });
  }

  protected load(): void {
    this.current.set({ state: 'loading' });
    this.loadedTotal.set(this.total());
    this.fetch([]);
  }

  protected loadMore(cursor: string): void {
    const list = this.list();
    this.fetch(list.state === 'ready' ? list.items : [], cursor);
  }

  /** What became of an item, and what that rests on. */
  protected outcome(item: ItemDto): string {
    if (item.reason) return item.reason;
    const proof = item.checksum ? `${CHECKSUMS[item.checksum.kind]} equal` : 'read back';
    const original = item.original ? `, original ${item.original === 'trashed' ? 'in the trash' : 'kept'}` : '';
    return item.state === 'verified' ? `Verified, ${proof}${original}` : ITEM_STATES[item.state];
  }

  protected size(item: ItemDto): string {
    return formatBytes(item.kind === 'folder' ? null : item.size);
  }

  private fetch(before: readonly ItemDto[], cursor?: string): void {
    this.running?.unsubscribe();
    const query = { ...this.query(), ...(cursor && { cursor }) };
    this.running = listItems(this.http, '', query, asSide('both')).subscribe({
      next: ({ body }) =>
        this.current.set({ state: 'ready', items: [...before, ...body.items], nextCursor: body.nextCursor }),
      error: (error: unknown) => this.current.set({ state: 'error', problem: toProblem(error) }),
    });
  }
}
