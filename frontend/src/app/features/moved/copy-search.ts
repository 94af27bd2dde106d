import { inject, Service } from '@angular/core';
import { lastValueFrom, map, tap, toArray } from 'rxjs';
import { transfersSearchCopies } from '../../api/functions';
import { Copy } from '../../api/models/copy';
import { ApiClient } from '../../core/api-client';
import { followPages } from '../../core/paged-resource';

/** Maximum number of ids per request of the API. */
const MAX_IDS = 500;

/** Finds the copies of originals in the transfers of the connected accounts. */
@Service()
export class CopySearch {
  private readonly api = inject(ApiClient);

  /** The copies by the id of their original. Fails with HttpErrorResponse. */
  async find(ids: Iterable<string>): Promise<ReadonlyMap<string, Copy>> {
    const found = new Map<string, Copy>();
    const all = [...new Set(ids)];
    for (let from = 0; from < all.length; from += MAX_IDS) {
      const copies = await this.findSome(all.slice(from, from + MAX_IDS));
      for (const copy of copies) found.set(copy.sourceId, copy);
    }
    return found;
  }

  /** A response may search only some of the transfers. The next request is for what is still missing. */
  private async findSome(ids: readonly string[]): Promise<readonly Copy[]> {
    const missing = new Set(ids);
    const search = (cursor: string | undefined) =>
      this.api.request(transfersSearchCopies, { body: { ids: [...missing], ...(cursor && { cursor }) } }, 'both').pipe(
        map(({ copies, nextCursor }) => ({ items: copies, next: nextCursor })),
        tap(({ items }) => {
          for (const { sourceId } of items) missing.delete(sourceId);
        }),
      );
    const pages = await lastValueFrom(followPages(search, () => missing.size > 0).pipe(toArray()));
    return pages.flatMap(({ items }) => items);
  }
}
