import type { LedgerRecords } from '../engine/ports/ledger/items.js';
import { Injectable } from '@nestjs/common';
import type { TransferOrder } from '../engine/model/order.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { lossOf } from '../engine/model/google-types.js';
import type { ItemCode } from '../engine/errors.js';
import { reasonOf } from '../engine/model/reasons.js';
import { type Poll, seenBy, type Watched } from '../http/event-streams.js';
import type { Session } from '../session/session.port.js';
import { UnitsOfToday } from '../engine/ports/units-of-today.js';
import { SessionService } from '../session/session.service.js';
import { PreflightNotFoundError, TransferStateError } from './errors.js';
import { PollCache } from './poll-cache.js';
import { isPreflight, preflightState, preflightView } from './preflight-view.js';
import { accessPage, peoplePage, usageByLine } from './access-view.js';
import { KeptByRevision } from './kept-by-revision.js';
import type { AccessListDto, AccessListQueryDto, PeopleListDto, PeopleQueryDto } from './sharing.dto.js';
import type { FirstRunScheduleDto } from './schedule.dto.js';
import type { PreflightAgainDto, PreflightCreateDto } from './transfer-request.dto.js';
import type {
  ForeseenProblemDto,
  ForeseenProblemListDto,
  PreflightDto,
  ProblemListQueryDto,
} from './preflights.dto.js';
import { type Sharing, sharingOf } from './sharing-request.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferLookup } from './transfer-lookup.js';
import { TransferStore } from './transfer-store.port.js';
import { filterView } from './transfer-view.js';
import { type TransferRequest, TransfersService } from './transfers.service.js';
import { DAY_MS } from '../engine/times.js';

/** How many of an account's newest transfers are searched for one that shows the rate. */
export const TRANSFERS_SEARCHED = 10;
/** How long such a transfer must have run: a shorter one may be a burst, whose rate does not last. */
const MIN_SAMPLE_SECONDS = 60;

/** Shows what a transfer would do before it starts. A preflight is a transfer that waits to be started. */
@Injectable()
export class PreflightsService {
  private readonly usage = new KeptByRevision(usageByLine);

  constructor(
    private readonly store: TransferStore,
    private readonly transfers: TransfersService,
    private readonly lookup: TransferLookup,
    private readonly claims: TransferClaims,
    private readonly sessions: SessionService,
    private readonly units: UnitsOfToday,
    private readonly polls: PollCache,
  ) {}

  /** @throws PeopleMapInvalidError · what `TransfersService.create` throws */
  create(request: PreflightCreateDto, source: Session, destination: Session, key?: string): Promise<PreflightDto> {
    return this.hold({ ...request, sharing: sharingOf(request.sharing) }, source, destination, key);
  }

  private async hold(request: TransferRequest, source: Session, destination: Session, key?: string) {
    return this.view(await this.transfers.create(request, source, destination, key, true));
  }

  /** @throws PreflightNotFoundError */
  async get(id: string, callers: readonly Session[]): Promise<PreflightDto> {
    return this.view(await this.find(id, callers));
  }

  /** @throws PreflightNotFoundError also for other accounts' preflights, and for transfers that never were one */
  private async find(id: string, callers: readonly Session[]): Promise<Ledger> {
    const ledger = await this.lookup.ofCallers(id, callers);
    if (!ledger?.order.held) throw new PreflightNotFoundError(id);
    return ledger;
  }

  async view(ledger: Ledger): Promise<PreflightDto> {
    const snapshot = await ledger.snapshot();
    if (preflightState(snapshot) !== 'ready') return preflightView(ledger, snapshot);
    const [{ measured, movedToday }, room, unitsToday] = await Promise.all([
      this.measureEarlier(ledger.order),
      ledger.room(),
      this.units.read(),
    ]);
    return preflightView(ledger, snapshot, {
      ...{ movedToday, unitsToday },
      ...(measured !== undefined && { measured }),
      ...(room !== undefined && { room }),
    });
  }

  /**
   * Creates a preflight of the same items from the source as it is now, with the options in `changes`.
   * @throws PreflightNotFoundError if the sessions do not belong to its two accounts; what `create` throws
   */
  async recount(
    id: string,
    changes: PreflightAgainDto,
    source: Session,
    destination: Session,
    idempotencyKey?: string,
  ): Promise<PreflightDto> {
    const ledger = await this.find(id, [source, destination]);
    const { order } = ledger;
    const isOwn = order.source.sub === source.account.sub && order.destination.sub === destination.account.sub;
    if (!isOwn) throw new PreflightNotFoundError(order.id);
    const { mode, conflict, shortcuts, allowConversion, links, sourceIds: items, target } = order;
    const before = {
      ...{ items: [...items], target: { ...target }, mode, conflict, shortcuts, allowConversion },
      ...(order.filter && { filter: filterView(order.filter) }),
      ...(links && { links }),
      ...(order.schedule && { schedule: order.schedule as FirstRunScheduleDto }),
    };
    const { sharing, ...others } = changes;
    const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
    const request = { ...before, ...given, sharing: sharing ? sharingOf(sharing) : await sharedBy(ledger) };
    return this.hold(request, source, destination, idempotencyKey);
  }

  /**
   * Stops the count, and deletes its result.
   * @throws PreflightNotFoundError · TransferStateError if it was started
   */
  async remove(id: string, callers: readonly Session[]): Promise<void> {
    const ledger = await this.find(id, callers);
    if (await this.store.remove(id)) return this.claims.release(ledger.order);
    const left = await this.store.find(id);
    if (!left) return;
    const snapshot = await left.snapshot();
    if (!isPreflight(left.order, snapshot)) throw new TransferStateError('deleted', snapshot.state, ['cancel']);
  }

  /** The predicted problems one by one, in the order of the plan. @throws PreflightNotFoundError */
  async problems(id: string, callers: readonly Session[], query: ProblemListQueryDto): Promise<ForeseenProblemListDto> {
    const ledger = await this.find(id, callers);
    const after = query.cursor === undefined ? -1 : Number(query.cursor);
    const page = await ledger.foreseen(after, query.limit, query.code);
    const problems = await Promise.all(page.map(({ ordinal, code }) => problemView(ledger, ordinal, code)));
    const last = page.at(-1);
    return {
      problems: problems.flat(),
      ...(page.length === query.limit && last && { nextCursor: String(last.ordinal) }),
    };
  }

  /** Who can open the originals and could open the copies. @throws PreflightNotFoundError */
  async access(id: string, callers: readonly Session[], query: AccessListQueryDto): Promise<AccessListDto> {
    return accessPage(await this.find(id, callers), query);
  }

  /** The people map, in the order of its lines. @throws PreflightNotFoundError */
  async people(id: string, callers: readonly Session[], query: PeopleQueryDto): Promise<PeopleListDto> {
    const ledger = await this.find(id, callers);
    return peoplePage(ledger, query, await this.usage.of(ledger));
  }

  /**
   * Sends the current preflight, unless the client has seen it, then each change until counting ends or the preflight
   * is removed.
   * @param lastEventId the revision that the client has seen
   * @throws PreflightNotFoundError
   */
  async watch(id: string, callers: readonly Session[], lastEventId?: string): Promise<Watched<PreflightDto>> {
    await this.find(id, callers);
    return {
      type: 'preflight',
      poll: this.pollOf(id, seenBy(lastEventId)),
      idOf: ({ revision }) => revision,
      mayWatch: () => this.sessions.areLive(callers),
    };
  }

  private pollOf(id: string, seen: number | undefined): Poll<PreflightDto> {
    let sent = seen;
    let isFirst = true;
    return async () => {
      const current = await this.polls.of(`current preflight ${id}`, () => this.current(id));
      if (!current) return { news: [], isOver: true };
      const { ledger, revision } = current;
      // The first poll bypasses the cache, which may be older than what this client has seen.
      if (!isFirst && revision === sent) return { news: [] };
      const preflight = await (isFirst ? this.view(ledger) : this.polls.of(`preflight ${id}`, () => this.view(ledger)));
      const isNews = isFirst ? preflight.revision !== sent : preflight.revision > sent!;
      isFirst = false;
      if (isNews) sent = preflight.revision;
      return { news: isNews ? [preflight] : [], isOver: preflight.state !== 'counting' };
    };
  }

  /** Undefined once it is removed. */
  private async current(id: string): Promise<{ ledger: Ledger; revision: number } | undefined> {
    const ledger = await this.store.find(id);
    return ledger && { ledger, revision: await ledger.revision() };
  }

  /**
   * Measures earlier transfers to the same destination: the items per second of the newest one from this source that
   * ran long enough, and the bytes copied within 24 hours. The time of later runs, and that for access and links, does
   * not say how fast items are copied.
   */
  private async measureEarlier({
    source,
    destination,
  }: TransferOrder): Promise<{ measured?: number; movedToday: number }> {
    let measured: number | undefined;
    let movedToday = 0;
    for (const { id } of await this.store.list([destination.sub], undefined, TRANSFERS_SEARCHED)) {
      const ledger = await this.store.find(id);
      if (ledger?.order.destination.sub !== destination.sub) continue;
      const { startedAt, finishedAt, activeMs, counts, bytes, beganAt } = await ledger.snapshot();
      if (startedAt === undefined) continue;
      // Some bytes of a transfer that started earlier may be older; too high a figure is better than one too low.
      if ((finishedAt ?? Date.now()) > Date.now() - DAY_MS) movedToday += bytes.verified;
      if (measured !== undefined || finishedAt === undefined || ledger.order.source.sub !== source.sub) continue;
      const isPlainRun = beganAt === undefined && !ledger.order.sharing && !ledger.order.links;
      const seconds = activeMs / 1_000;
      if (isPlainRun && seconds >= MIN_SAMPLE_SECONDS && counts.verified > 0) measured = counts.verified / seconds;
    }
    return { movedToday, ...(measured !== undefined && { measured }) };
  }
}

/** What a preflight carries over. */
const sharedBy = async (ledger: Ledger): Promise<Sharing | undefined> =>
  ledger.order.sharing && { options: ledger.order.sharing, people: await ledger.people() };

async function problemView(ledger: LedgerRecords, ordinal: number, code: ItemCode): Promise<ForeseenProblemDto[]> {
  const item = await ledger.item(ordinal);
  if (!item) return []; // removed meanwhile
  const { title, advice } = reasonOf(code);
  const isLossy = code === 'lossy';
  return [
    {
      ordinal,
      path: item.path,
      name: item.name,
      kind: item.kind,
      mimeType: item.mimeType,
      size: item.size,
      sourceId: item.sourceId,
      code,
      sentence: title,
      advice,
      way: isLossy ? 'export' : 'none',
      ...(isLossy && { lossy: [...lossOf(item.mimeType)] }),
    },
  ];
}
