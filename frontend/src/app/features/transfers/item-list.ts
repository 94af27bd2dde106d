import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, linkedSignal, output, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { debounceTime, map, Subject } from 'rxjs';
import { transfersListItems as listItems } from '../../api/functions';
import { REASON_CODE as REASON_CODES } from '../../api/models/reason-code-array';
import { Item } from '../../api/models/item';
import { ApiClient } from '../../core/api-client';
import { formatBytes, formatMoment } from '../../core/formats';
import { pagedResource } from '../../core/paged-resource';
import { ProblemNote } from '../../core/problem-note';
import { TYPING_PAUSE_MS, typedWords } from '../../ui/typed-words';
import { virtualRows } from '../../core/virtual-rows';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { UpdateList } from '../../ui/update-list';
import { WaitingRows } from '../../ui/waiting-rows';
import { storyOfItem } from './item-labels';

const PAGE = 200;

/** The API's states but `checking`, which no item has. */
const STATES = ['waiting', 'copying', 'verified', 'unverified', 'skipped', 'failed'] as const;

/** The reader's filter of the list. */
export interface ListFilter {
  readonly q?: string;
  readonly reason?: string;
  readonly state?: string;
}

/**
 * A virtual list of a transfer's items, all or those in one state, in the order of the plan. New and changed items of a
 * running transfer are held back until the reader loads them, so that no row moves while it is read.
 */
@Component({
  selector: 'cm-item-list',
  imports: [EmptyState, Icon, MatButton, ProblemNote, RouterLink, ScrollingModule, UpdateList, WaitingRows],
  templateUrl: './item-list.html',
  styleUrls: ['../../ui/table-rows.scss', './item-list.scss'],
})
export class ItemList {
  protected readonly t = inject(Texts).transfers;
  private readonly api = inject(ApiClient);

  readonly transferId = input.required<string>();
  readonly kind = input.required<'all' | 'failed' | 'skipped'>();
  /** How many items there are now; the list may hold fewer. */
  readonly total = input.required<number>();
  /** The reason codes to filter by, with their titles. */
  readonly reasons = input<readonly { code: string; title: string }[]>([]);
  readonly filter = input<ListFilter>({});
  /** Changes when the items that are shown are out of date, such as at the end of a transfer. */
  readonly version = input('');
  /** Changes when items have changed that may be shown. */
  readonly news = input('');

  readonly filtered = output<ListFilter>();

  protected readonly states = STATES;
  /** Not a signal: a search that a link has cleared can be typed again. */
  private readonly typed = new Subject<string>();
  /** Set before the address has them, so that its change does not undo what is typed meanwhile. */
  protected readonly words = typedWords(() => this.filter().q ?? '');
  private readonly reason = computed(() => REASON_CODES.find((each) => each === this.filter().reason));
  private readonly query = computed(() => {
    const { q, state } = this.filter();
    const reason = this.reason();
    const chosen = STATES.find((each) => each === state);
    const kind = this.kind();
    return {
      id: this.transferId(),
      ...(kind === 'all' ? chosen && { state: chosen } : { state: kind }),
      ...(q?.trim() && { q: q.trim() }),
      ...(reason && { reason }),
    };
  });
  protected readonly isFiltered = computed(() => {
    const { q, state } = this.filter();
    return Boolean(q?.trim() || this.reason() || (state && this.kind() === 'all'));
  });

  protected readonly list = pagedResource({
    query: this.query,
    version: this.version,
    news: this.news,
    load: (query, cursor) =>
      this.api
        .request(listItems, { ...query, limit: PAGE, ...(cursor && { cursor }) }, 'both')
        .pipe(map(({ items, nextCursor }) => ({ items, next: nextCursor }))),
  });
  protected readonly items = this.list.items;
  protected readonly complete = computed(() => !this.list.hasMore());
  private readonly loadedTotal = linkedSignal({
    source: () => ({ query: this.query(), version: this.version() }),
    computation: () => untracked(this.total),
  });
  /** How many items are newer than the list. */
  protected readonly fresh = computed(() =>
    this.kind() === 'all' ? 0 : Math.max(0, this.total() - this.loadedTotal()),
  );
  protected readonly rows = virtualRows({
    count: () => this.items().length,
    row: 40,
    phoneRow: 56,
    inView: 12,
    more: () => this.list.more(),
  });
  protected readonly foot = computed(() => {
    const { shown, loadedOf, loadedSoFar } = this.t().items;
    const loaded = this.items().length;
    if (this.complete()) return shown(loaded);
    return this.isFiltered() ? loadedSoFar(loaded) : loadedOf(loaded, this.total());
  });

  protected readonly iconOf = iconOf;
  protected readonly outcome = storyOfItem;
  protected readonly byOrdinal = (_: number, { ordinal }: Item): number => ordinal;

  constructor() {
    this.typed.pipe(debounceTime(TYPING_PAUSE_MS), takeUntilDestroyed()).subscribe((q) => {
      this.words.set(q);
      this.setFilter({ q });
    });
  }

  protected load(): void {
    this.loadedTotal.set(this.total());
    this.list.reload();
  }

  protected type(q: string): void {
    this.typed.next(q);
  }

  protected setFilter(change: ListFilter): void {
    this.filtered.emit({ ...this.filter(), ...change });
  }

  protected tried({ triedAt }: Item): string {
    return triedAt ? formatMoment(triedAt) : '';
  }

  protected size(item: Item): string {
    return formatBytes(item.kind === 'folder' ? null : item.size);
  }
}
