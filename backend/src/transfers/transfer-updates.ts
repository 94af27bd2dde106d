import { Injectable } from '@nestjs/common';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { type Poll, seenBy, type Watched } from '../http/event-streams.js';
import type { Session } from '../session/session.port.js';
import { SessionService } from '../session/session.service.js';
import { PollCache } from './poll-cache.js';
import { TransferStore } from './transfer-store.port.js';
import { transferView } from './transfer-view.js';
import type { TransferDto } from './transfers.dto.js';
import { isHeldBack, isOf, TransfersService } from './transfers.service.js';

/** Transfers whose updates one client gets: the newest of its accounts. */
const MAX_WATCHED = 100;
/** Polls after which those that have ended are polled as well. */
const REST_ROUNDS = 10;
const NOTHING_NEW = { news: [] } as const;

/** What the event streams of transfers send. */
@Injectable()
export class TransferUpdates {
  constructor(
    private readonly store: TransferStore,
    private readonly transfers: TransfersService,
    private readonly polls: PollCache,
    private readonly sessions: SessionService,
  ) {}

  /**
   * The updates of one transfer in detail: first as it is now, unless the client has seen that; over with its end.
   * @param lastEventId the revision that the client has seen
   * @throws TransferNotFoundError
   */
  async watch(id: string, callers: readonly Session[], lastEventId?: string): Promise<Watched<TransferDto>> {
    const ledger = await this.transfers.find(id, callers);
    return {
      type: 'transfer',
      poll: this.pollOf(ledger, seenBy(lastEventId)),
      idOf: ({ revision }) => revision,
      mayWatch: () => this.sessions.areLive(callers),
    };
  }

  private pollOf(ledger: Ledger, seen: number | undefined): Poll<TransferDto> {
    let sent = seen;
    let isFirst = true;
    return async () => {
      // The first poll also finds out whether there is anything to wait for. It bypasses the cache, which may be older than
      // what this client has seen.
      if (!isFirst && (await this.revision(ledger)) === sent) return NOTHING_NEW;
      const transfer = await (isFirst ? this.transfers.closely(ledger) : this.view(ledger, true));
      const isNews = isFirst ? transfer.revision !== sent : transfer.revision > sent!;
      isFirst = false;
      if (isNews || sent === undefined) sent = transfer.revision;
      return { news: isNews ? [transfer] : [], isOver: TERMINAL_STATES.includes(transfer.state) };
    };
  }

  /**
   * The updates of all the callers' transfers, without end: first those that have not ended and the one that is followed,
   * each as it is now, then each that changed.
   * @param closely id of one that is reported in detail
   * @param lastEventId `id:revision` of that one as the client has seen it: it is not sent again before it changes
   * @throws TransferNotFoundError
   */
  async watchAll(
    callers: readonly Session[],
    closely: string | undefined,
    lastEventId?: string,
  ): Promise<Watched<TransferDto>> {
    if (closely !== undefined) await this.transfers.find(closely, callers);
    const seen = lastEventId?.startsWith(`${closely}:`) ? lastEventId.slice(`${closely}:`.length) : undefined;
    return {
      type: 'transfer',
      poll: this.pollOfAll(callers, closely, seenBy(seen)),
      idOf: ({ id, revision }) => `${id}:${revision}`,
      mayWatch: () => this.sessions.areLive(callers),
    };
  }

  private pollOfAll(
    callers: readonly Session[],
    closely: string | undefined,
    seen: number | undefined,
  ): Poll<TransferDto> {
    const sent = new Map<string, number>();
    const atRest = new Set<string>();
    if (closely !== undefined && seen !== undefined) sent.set(closely, seen);
    const subs = callers.map(({ account }) => account.sub);
    const name = `list ${subs.join(' ')}`;
    let round = 0;
    return async () => {
      const isFirst = round === 0;
      const isForAll = round++ % REST_ROUNDS === 0;
      const listed = await this.polls.of(name, () => this.store.list(subs, undefined, MAX_WATCHED));
      const ids = listed.map(({ id }) => id);
      if (closely !== undefined && !ids.includes(closely)) ids.push(closely);
      const news: TransferDto[] = [];
      for (const id of ids) {
        const isClose = id === closely;
        // What has ended may resume by a retry: it is polled as well, but seldom.
        if (!isForAll && !isClose && atRest.has(id)) continue;
        const ledger = await this.polls.of(`ledger ${id}`, () => this.store.find(id));
        if (!ledger || !isOf(ledger, callers)) continue;
        const before = sent.get(id);
        if (!isFirst && before !== undefined && (await this.revision(ledger)) === before) continue;
        if (await isHeldBack(ledger)) continue;
        const transfer = await (!isFirst
          ? this.view(ledger, isClose)
          : isClose
            ? this.transfers.closely(ledger)
            : transferView(ledger));
        if (TERMINAL_STATES.includes(transfer.state)) atRest.add(id);
        else atRest.delete(id);
        // The cache may be older than what this client was sent.
        const isNews = isFirst || before === undefined ? transfer.revision !== before : transfer.revision > before;
        if (isNews) sent.set(id, transfer.revision);
        if (isNews && !(isFirst && !isClose && atRest.has(id))) news.push(transfer);
      }
      return { news };
    };
  }

  private revision(ledger: Ledger): Promise<number> {
    return this.polls.of(`revision ${ledger.order.id}`, () => ledger.revision());
  }

  /** The view that all clients share; `closely`: in detail. */
  private view(ledger: Ledger, closely: boolean): Promise<TransferDto> {
    const poll = () => (closely ? this.transfers.closely(ledger) : transferView(ledger));
    return this.polls.of(`${closely ? 'close ' : ''}view ${ledger.order.id}`, poll);
  }
}
