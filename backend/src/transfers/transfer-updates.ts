import { Injectable } from '@nestjs/common';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { type Poll, seenBy, type Watched } from '../http/event-streams.js';
import type { Session } from '../session/session.port.js';
import { SessionService } from '../session/session.service.js';
import { PollCache } from './poll-cache.js';
import { isPreflight } from './preflight-view.js';
import { isOf, TransferLookup } from './transfer-lookup.js';
import { TransferStore } from './transfer-store.port.js';
import { viewOf } from './transfer-view.js';
import type { TransferDto } from './transfers.dto.js';

/** Maximum number of transfers whose updates one client gets: the newest of its accounts. */
export const MAX_WATCHED = 100;
/** After every so many polls, ended transfers are polled too. */
const ENDED_POLL_ROUNDS = 10;
const NOTHING_NEW = { news: [] } as const;

/** The updates that the event streams of transfers send. */
@Injectable()
export class TransferUpdates {
  constructor(
    private readonly store: TransferStore,
    private readonly lookup: TransferLookup,
    private readonly polls: PollCache,
    private readonly sessions: SessionService,
  ) {}

  /**
   * The updates of one transfer in detail: first its current state, unless the client has seen it; they end when it
   * ends.
   * @param lastEventId the revision that the client has seen
   * @throws TransferNotFoundError
   */
  async watch(id: string, callers: readonly Session[], lastEventId?: string): Promise<Watched<TransferDto>> {
    const ledger = await this.lookup.find(id, callers);
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
      // The first poll also shows whether there is anything to wait for. It bypasses the cache, which may be older than
      // what this client has seen.
      if (!isFirst && (await this.revision(ledger)) === sent) return NOTHING_NEW;
      const transfer = await (isFirst ? this.lookup.detailed(ledger) : this.detailedView(ledger));
      const isNews = isFirst ? transfer.revision !== sent : transfer.revision > sent!;
      isFirst = false;
      if (isNews || sent === undefined) sent = transfer.revision;
      return { news: isNews ? [transfer] : [], isOver: TERMINAL_STATES.includes(transfer.state) };
    };
  }

  /**
   * The updates of all the callers' transfers, without end: first the current state of those that have not ended and of
   * the one in detail, then each change.
   * @param detailed id of the transfer to report in detail
   * @param lastEventId `id:revision` of that transfer as the client has seen it; it is not sent again until it changes
   * @throws TransferNotFoundError
   */
  async watchAll(
    callers: readonly Session[],
    detailed: string | undefined,
    lastEventId?: string,
  ): Promise<Watched<TransferDto>> {
    if (detailed !== undefined) await this.lookup.find(detailed, callers);
    const seen = lastEventId?.startsWith(`${detailed}:`) ? lastEventId.slice(`${detailed}:`.length) : undefined;
    return {
      type: 'transfer',
      poll: this.pollOfAll(callers, detailed, seenBy(seen)),
      idOf: ({ id, revision }) => `${id}:${revision}`,
      mayWatch: () => this.sessions.areLive(callers),
    };
  }

  private pollOfAll(
    callers: readonly Session[],
    detailed: string | undefined,
    seen: number | undefined,
  ): Poll<TransferDto> {
    const sent = new Map<string, number>();
    const ended = new Set<string>();
    if (detailed !== undefined && seen !== undefined) sent.set(detailed, seen);
    const subs = callers.map(({ account }) => account.sub);
    const name = `list ${subs.join(' ')}`;
    let round = 0;
    return async () => {
      const isFirst = round === 0;
      const isForAll = round++ % ENDED_POLL_ROUNDS === 0;
      const listed = await this.polls.of(name, () => this.store.list(subs, undefined, MAX_WATCHED));
      const ids = listed.map(({ id }) => id);
      if (detailed !== undefined && !ids.includes(detailed)) ids.push(detailed);
      const news: TransferDto[] = [];
      for (const id of ids) {
        const isDetailed = id === detailed;
        // A retry may resume ended transfers, so they are polled too, but seldom.
        if (!isForAll && !isDetailed && ended.has(id)) continue;
        const ledger = await this.polls.of(`ledger ${id}`, () => this.store.find(id));
        if (!ledger || !isOf(ledger, callers)) continue;
        const before = sent.get(id);
        if (!isFirst && before !== undefined && (await this.revision(ledger)) === before) continue;
        // What this client has seen is compared with the current state; all others come from the cache from the start.
        const transfer = await (!isDetailed
          ? this.view(ledger)
          : isFirst
            ? this.lookup.detailed(ledger)
            : this.detailedView(ledger));
        if (!transfer) continue;
        if (TERMINAL_STATES.includes(transfer.state)) ended.add(id);
        else ended.delete(id);
        // The cache may be older than what this client has received.
        const isNews = isFirst || before === undefined ? transfer.revision !== before : transfer.revision > before;
        if (isNews) sent.set(id, transfer.revision);
        if (isNews && !(isFirst && !isDetailed && ended.has(id))) news.push(transfer);
      }
      return { news };
    };
  }

  private revision(ledger: Ledger): Promise<number> {
    return this.polls.of(`revision ${ledger.order.id}`, () => ledger.revision());
  }

  /** The view that all clients share; undefined for a preflight. */
  private view(ledger: Ledger): Promise<TransferDto | undefined> {
    return this.polls.of(`view ${ledger.order.id}`, async () => {
      const snapshot = await ledger.snapshot();
      return isPreflight(ledger.order, snapshot) ? undefined : viewOf(ledger.order, snapshot);
    });
  }

  private detailedView(ledger: Ledger): Promise<TransferDto> {
    return this.polls.of(`detailed view ${ledger.order.id}`, () => this.lookup.detailed(ledger));
  }
}
