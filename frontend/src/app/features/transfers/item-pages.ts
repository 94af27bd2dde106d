import { HttpClient } from '@angular/common/http';
import { signal } from '@angular/core';
import { EMPTY, expand, Subscription, takeWhile } from 'rxjs';
import { items as listItems } from '../../api/functions';
import { Items$Params } from '../../api/fn/transfers/items';
import { ItemDto } from '../../api/models/item-dto';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';

const PAGE = 200;

export type ItemQuery = Omit<Items$Params, 'cursor' | 'limit'>;

/** Items of a transfer, page after page, in the order of the plan. What is loaded stays as it is until it is loaded anew. */
export class ItemPages {
  private readonly loaded = signal<readonly ItemDto[]>([]);
  private readonly cursor = signal<string | undefined>(undefined);
  private readonly underWay = signal(false);
  private readonly trouble = signal<Problem | undefined>(undefined);
  private query?: ItemQuery;
  private running?: Subscription;

  readonly items = this.loaded.asReadonly();
  readonly loading = this.underWay.asReadonly();
  readonly problem = this.trouble.asReadonly();
  /** Whether there are (or may be) more than those that are loaded. */
  readonly hasMore = () => this.cursor() !== undefined;

  constructor(private readonly http: HttpClient) {}

  /** Begins anew with the first page. */
  load(query: ItemQuery): void {
    this.query = query;
    this.loaded.set([]);
    this.cursor.set(undefined);
    this.fetch();
  }

  /** Loads the next page, unless one is on its way or there is none. */
  more(): void {
    if (this.hasMore() && !this.loading() && !this.problem()) this.fetch(this.cursor());
  }

  /** Tries again what failed. */
  again(): void {
    this.fetch(this.cursor());
  }

  stop(): void {
    this.running?.unsubscribe();
  }

  private fetch(cursor?: string): void {
    const { query } = this;
    if (!query) return;
    this.stop();
    this.trouble.set(undefined);
    this.underWay.set(true);
    const page = (from?: string) =>
      listItems(this.http, '', { ...query, limit: PAGE, ...(from && { cursor: from }) }, asSide('both'));
    // A search looks at so many items at a time: an answer may hold none and yet lead on.
    this.running = page(cursor)
      .pipe(
        expand(({ body }) => (body.items.length === 0 && body.nextCursor ? page(body.nextCursor) : EMPTY)),
        takeWhile(({ body }) => body.items.length === 0 && body.nextCursor !== undefined, true),
      )
      .subscribe({
        next: ({ body }) => {
          this.loaded.update((before) => [...before, ...body.items]);
          this.cursor.set(body.nextCursor);
        },
        error: (error: unknown) => {
          this.trouble.set(toProblem(error));
          this.underWay.set(false);
        },
        complete: () => this.underWay.set(false),
      });
  }
}
