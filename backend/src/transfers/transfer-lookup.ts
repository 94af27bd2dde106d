import { Injectable, Logger } from '@nestjs/common';
import { conclude } from '../engine/conclusion.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { Paces } from '../insight/paces.port.js';
import type { Session } from '../session/session.port.js';
import { TransferNotFoundError } from './errors.js';
import { isPreflight } from './preflight-view.js';
import { cursorOf, positionOf } from './transfer-cursor.js';
import { type TransferPosition, TransferStore } from './transfer-store.port.js';
import { detailedView, scheduledView, viewOf } from './transfer-view.js';
import type { ScheduleListDto, TransferDto, TransferListDto } from './transfers.dto.js';

/** Transfers of a list that are read at the same time. */
const LISTED_AT_ONCE = 10;
/** Maximum number of conclusions that one process computes at once; each reads all items of a transfer once. */
const CONCLUDING_AT_ONCE = 2;

/** Finds, lists and shows transfers for their two accounts. */
@Injectable()
export class TransferLookup {
  private readonly logger = new Logger(TransferLookup.name);
  /** Ids of the transfers whose conclusion is being computed. */
  private readonly concluding = new Set<string>();

  constructor(
    private readonly transfers: TransferStore,
    private readonly paces: Paces,
  ) {}

  /** @throws TransferNotFoundError also for other accounts' transfers, and for preflights */
  async find(id: string, callers: readonly Session[]): Promise<Ledger> {
    const ledger = await this.ofCallers(id, callers);
    if (!ledger || (await isUnstartedPreflight(ledger))) throw new TransferNotFoundError(id);
    return ledger;
  }

  /** A transfer or preflight that belongs to one of the callers. */
  async ofCallers(id: string, callers: readonly Session[]): Promise<Ledger | undefined> {
    const ledger = await this.transfers.find(id);
    return ledger && isOf(ledger, callers) ? ledger : undefined;
  }

  async list(callers: readonly Session[], limit: number, cursor?: string): Promise<TransferListDto> {
    const subs = callers.map(({ account }) => account.sub);
    const page = await this.transfers.list(subs, cursor === undefined ? undefined : positionOf(cursor), limit);
    const { shown, ...next } = await this.shown(page, limit, viewOf);
    return { transfers: shown, ...next };
  }

  /** The transfers of all accounts that have a schedule, for the operator. */
  async scheduled(limit: number, cursor?: string): Promise<ScheduleListDto> {
    const page = await this.transfers.scheduled(cursor === undefined ? undefined : positionOf(cursor), limit);
    const { shown, ...next } = await this.shown(page, limit, scheduledView);
    return { schedules: shown.flat(), ...next };
  }

  /** The transfers of a page, without those that are preflights or no longer exist. */
  private async shown<View>(
    page: readonly TransferPosition[],
    limit: number,
    view: (order: TransferOrder, snapshot: TransferSnapshot) => View,
  ): Promise<{ shown: View[]; nextCursor?: string }> {
    const listed = async ({ id }: TransferPosition): Promise<View[]> => {
      const ledger = await this.transfers.find(id);
      if (!ledger) return [];
      const snapshot = await ledger.snapshot();
      return isPreflight(ledger.order, snapshot) ? [] : [view(ledger.order, snapshot)];
    };
    // A few at a time, so that other requests are served in between.
    const shown: View[] = [];
    for (let at = 0; at < page.length; at += LISTED_AT_ONCE)
      shown.push(...(await Promise.all(page.slice(at, at + LISTED_AT_ONCE).map(listed))).flat());
    const last = page.at(-1);
    return { shown, ...(page.length === limit && last && { nextCursor: cursorOf(last) }) };
  }

  /** The current state of a transfer in detail. @throws TransferNotFoundError */
  async get(id: string, callers: readonly Session[]): Promise<TransferDto> {
    return this.detailed(await this.find(id, callers));
  }

  /** The current state of a transfer in detail. */
  async detailed(ledger: Ledger): Promise<TransferDto> {
    const transfer = await detailedView(ledger, this.paces);
    if (lacksConclusion(transfer)) this.concludeLater(ledger);
    return transfer;
  }

  /** The current state of a transfer in detail, with its conclusion if it has ended; computes a missing one. */
  async concluded(ledger: Ledger): Promise<TransferDto> {
    const transfer = await detailedView(ledger, this.paces);
    if (!lacksConclusion(transfer)) return transfer;
    await conclude(ledger);
    return detailedView(ledger, this.paces);
  }

  /** Computes a missing conclusion once for all readers; the new revision notifies them. */
  private concludeLater(ledger: Ledger): void {
    const { id } = ledger.order;
    if (this.concluding.has(id) || this.concluding.size >= CONCLUDING_AT_ONCE) return;
    this.concluding.add(id);
    void conclude(ledger)
      .catch((error: unknown) =>
        this.logger.warn({ transferId: id, err: error }, 'Could not compute the conclusion of a transfer.'),
      )
      .finally(() => this.concluding.delete(id));
  }
}

/** Because it ended before this version, or its last items were settled after its end. */
const lacksConclusion = ({ state, reportSha256 }: TransferDto): boolean =>
  TERMINAL_STATES.includes(state) && !reportSha256;

/** Whether a transfer or preflight belongs to one of the callers. */
export const isOf = ({ order }: Ledger, callers: readonly Session[]): boolean =>
  callers.some(({ account: { sub } }) => sub === order.source.sub || sub === order.destination.sub);

/** Whether it is a preflight that was not started. */
export const isUnstartedPreflight = async (ledger: Ledger): Promise<boolean> =>
  ledger.order.held === true && isPreflight(ledger.order, await ledger.snapshot());
