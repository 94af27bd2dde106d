import { Injectable } from '@nestjs/common';
import { copiesOf } from '../engine/id-map.js';
import { PLAN_PAGE } from '../engine/ports/ledger/plan.js';
import type { Session } from '../session/session.port.js';
import type { CopyDto, CopyLookupDto, CopyLookupResultDto } from './copies.dto.js';
import { cursorOf, positionOf } from './transfer-cursor.js';
import { type TransferPosition, TransferStore } from './transfer-store.port.js';

/** Items of which one response searches the plans, which takes about a tenth of a second; always one transfer. */
const MAX_ITEMS_SEARCHED = 200_000;
/** Transfers of a page of the list. */
const LISTED = 100;

/**
 * Finds the copies of originals in the transfers of the callers' accounts. It reads nothing of other transfers, so
 * neither the response nor its time depends on whether somebody else copied an original.
 */
@Injectable()
export class CopyLookup {
  constructor(private readonly transfers: TransferStore) {}

  /**
   * Searches the newest transfers first: of several copies of an original, the newest wins.
   * @returns what it found, and a cursor if older transfers may have the rest
   */
  async find(callers: readonly Session[], { ids, cursor }: CopyLookupDto): Promise<CopyLookupResultDto> {
    const subs = callers.map(({ account }) => account.sub);
    const missing = new Set(ids);
    const copies: CopyDto[] = [];
    let after = cursor === undefined ? undefined : positionOf(cursor);
    let searched = 0;
    for (let page: TransferPosition[] | undefined; !page || page.length === LISTED;) {
      page = await this.transfers.list(subs, after, LISTED);
      for (const position of page) {
        if (missing.size === 0) return { copies };
        if (after && searched >= MAX_ITEMS_SEARCHED) return { copies, nextCursor: cursorOf(after) };
        after = position;
        const ledger = await this.transfers.find(position.id);
        if (!ledger) continue;
        for (const copy of await copiesOf(ledger, missing)) {
          copies.push(copy);
          missing.delete(copy.sourceId);
        }
        // Many small transfers take time too.
        searched += Math.max(PLAN_PAGE, (await ledger.snapshot()).found);
      }
    }
    return { copies };
  }
}
