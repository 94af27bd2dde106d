import { inject, Service } from '@angular/core';
import { transfersSearchCopies } from '../../api/functions';
import { Copy } from '../../api/models/copy';
import { ApiClient } from '../../core/api-client';

/** Most ids of one request of the API. */
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
      let missing = all.slice(from, from + MAX_IDS);
      // A response may search only some of the transfers.
      for (let cursor: string | undefined, isFirst = true; isFirst || (cursor && missing.length > 0); isFirst = false) {
        const body = { ids: missing, ...(cursor && { cursor }) };
        const { copies, nextCursor } = await this.api.call(transfersSearchCopies, { body }, 'both');
        for (const copy of copies) found.set(copy.sourceId, copy);
        missing = missing.filter((id) => !found.has(id));
        cursor = nextCursor;
      }
    }
    return found;
  }
}
