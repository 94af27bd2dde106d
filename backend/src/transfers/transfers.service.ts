import { Readable } from 'node:stream';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { accessCsv } from '../engine/access-report.js';
import { conclude } from '../engine/conclusion.js';
import { DriveError } from '../engine/errors.js';
import { mapCsv } from '../engine/id-map.js';
import { linksCsv } from '../engine/links-report.js';
import type { Notify } from '../engine/model/notify.js';
import type { ItemRecord } from '../engine/model/items.js';
import type { ItemFilter, TransferOrder } from '../engine/model/order.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { type Command, TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { recordsIn, recordsOf } from '../engine/model/records.js';
import { reportBody, reportCsv } from '../engine/report.js';
import { usageCsv } from '../engine/usage-report.js';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { IdempotencyConflictError, InvalidRequestError } from '../http/errors.js';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { pageOf, type ShortListQueryDto } from '../http/page-query.dto.js';
import { Paces } from '../insight/paces.port.js';
import type { Callers } from '../session/caller.service.js';
import { requireRecentSignIn } from '../session/recent-sign-in.js';
import { DRIVE_SCOPE, type Session } from '../session/session.port.js';
import { newToken } from '../session/token.js';
import {
  ConsentMissingError,
  ItemNotFoundError,
  MailOffError,
  PreflightBlockedError,
  PreflightFailedError,
  PreflightNotFoundError,
  PreflightNotReadyError,
  TransferNotFoundError,
} from './errors.js';
import { blockersOf, checksOf, sentenceOf } from './preflight-verdict.js';
import { isPreflight, preflightState } from './preflight-view.js';
import { type Sharing, sharingOf } from './sharing-request.js';
import { TransferClaims } from './transfer-claims.js';
import { type CommandOptions, TransferCommands } from './transfer-commands.js';
import { TransferLimits } from './transfer-limits.js';
import type { PreflightCreateDto, TransferCreateDto } from './transfer-request.dto.js';
import { cursorOf, positionOf } from './transfer-cursor.js';
import { type TransferPosition, TransferStore } from './transfer-store.port.js';
import { detailedView, eventView, itemViews, scheduledView, transferView, viewOf } from './transfer-view.js';
import { accessPage, outcomesOf, peoplePage, usageByLine } from './access-view.js';
import { KeptByRevision } from './kept-by-revision.js';
import type { LinkListDto, LinkListQueryDto, LinksDto } from './links.dto.js';
import { linksPage } from './links-view.js';
import type { AccessListDto, PeopleListDto, PeopleQueryDto, TransferAccessQueryDto } from './sharing.dto.js';
import type { ItemDto, ItemListDto, ItemListQueryDto } from './items.dto.js';
import type {
  RerunDto,
  ScheduleListDto,
  TransferChangeDto,
  TransferDto,
  TransferListDto,
  TransferLogDto,
} from './transfers.dto.js';
import { TransferQueue } from './transfers.queue.js';

/** Transfers of a list that are read at the same time. */
const LISTED_AT_ONCE = 10;
/** Most records that one request for items reads, which takes about a second. */
const MAX_ITEMS_READ = 20_000;
/** Most conclusions that one process computes at the same time; each reads all items of a transfer once. */
const CONCLUDING_AT_ONCE = 2;
/** The CSV files beside the report, by the end of their name. */
const CSV_FILES = { access: accessCsv, links: linksCsv, map: mapCsv, usage: usageCsv };
/** States of items that have a reason. */
const WITH_REASON = ['failed', 'unverified', 'skipped'] as const;

/** A request with all defaults. */
export type TransferRequest = Pick<
  PreflightCreateDto,
  'items' | 'target' | 'mode' | 'conflict' | 'shortcuts' | 'allowConversion' | 'filter' | 'schedule'
> &
  Partial<Pick<PreflightCreateDto, 'links'>> & {
    readonly sharing?: Sharing | undefined;
    readonly notify?: Notify | undefined;
  };

/** Creates, starts and shows transfers for their two accounts. */
@Injectable()
export class TransfersService {
  private readonly logger = new Logger(TransfersService.name);
  /** Ids of the transfers whose conclusion is being computed. */
  private readonly concluding = new Set<string>();

  private readonly outcomes = new KeptByRevision(outcomesOf);
  private readonly usage = new KeptByRevision(usageByLine);

  constructor(
    private readonly transfers: TransferStore,
    private readonly queue: TransferQueue,
    private readonly limits: TransferLimits,
    private readonly commands: TransferCommands,
    private readonly claims: TransferClaims,
    private readonly paces: Paces,
    private readonly idempotency: Idempotency,
    @InjectConfig('mail') private readonly mail: Pick<Config['mail'], 'smtp'>,
  ) {}

  /**
   * Creates a transfer, or starts a preflight.
   * @param sent names of the fields that the client sent; the others have their defaults
   * @param callers the sessions of both sides
   * @throws what `create` and `start` throw · MailOffError · PeopleMapInvalidError · InvalidRequestError for other
   *   fields with `preflightId`
   */
  async createOrStart(
    { preflightId, items, ...options }: TransferCreateDto,
    sent: readonly string[],
    callers: Callers,
    key?: string,
  ): Promise<TransferDto> {
    const source = callers.sent.source!;
    const destination = callers.sent.destination!;
    this.requireMail(options.notify);
    if (preflightId === undefined)
      return transferView(
        await this.create(
          { ...options, items: items ?? [], sharing: sharingOf(options.sharing) },
          source,
          destination,
          key,
        ),
      );
    refuseBesidePreflight(sent);
    const { notify } = options;
    const content = { preflightId, ...(notify && { notify }) };
    const request = keyedRequest([source.account.sub, destination.account.sub], key, content);
    return this.idempotency.again(request, preflightId, async () =>
      transferView(await this.started(preflightId, callers, { notify })),
    );
  }

  /**
   * Stores a transfer and queues its first step.
   * @param idempotencyKey the same key with the same request returns the same transfer
   * @param held whether it is a preflight
   * @throws IdempotencyConflictError · TooManyTransfersError · TooManyPreflightsError · DriveError `scope_missing` for
   *   a move from a read-only source · ReauthenticationRequiredError for a move · InvalidRequestError where shortcuts are
   *   followed and sharing is carried over
   */
  async create(
    request: TransferRequest,
    source: Session,
    destination: Session,
    idempotencyKey?: string,
    held = false,
  ): Promise<Ledger> {
    const order = orderOf(request, source, destination, held);
    // Google cannot keep from a file who can open its folder, here that of the shortcut ("Limited and expansive access").
    if (order.sharing && order.shortcuts === 'follow')
      throw new InvalidRequestError(
        'Sharing cannot be carried over where shortcuts are followed: everyone who can open the folder of a shortcut could open what it points at. Set shortcuts to rebuild or skip, or leave out sharing.',
        [{ parameter: 'shortcuts', detail: 'cannot be follow where sharing is carried over' }],
      );
    if (order.mode === 'move' && order.source.readOnly)
      throw new DriveError('scope_missing', {
        side: 'source',
        detail: 'The source was connected for reading only, and a move trashes its originals. You can copy instead.',
      });
    if (order.mode === 'move' && !held)
      requireRecentSignIn(
        [source, destination].filter(({ account }) => account.sub === source.account.sub),
        'source',
      );
    const { id: _i, createdAt: _c, source: _s, destination: _d, sourceIds: items, target, ...options } = order;
    const people = request.sharing?.people ?? [];
    // Earlier versions computed digests from these fields in this order.
    const { notify } = request;
    const content = { ...options, items, target, ...(people.length > 0 && { people }), ...(notify && { notify }) };
    const idempotency = keyedRequest([source.account.sub, destination.account.sub], idempotencyKey, content);
    const { ledger, outcome } = await this.transfers.create(order, idempotency, this.limits.placesFor(order), people);
    if (outcome === 'conflict') throw new IdempotencyConflictError();
    if (outcome === 'full') throw this.limits.refusalOf(order);
    // Also for a repeated request: the first one may have failed before this line.
    if ((await ledger.state()) === 'planning') {
      if (notify) await ledger.setNotify(wanted(notify));
      await this.claims.hold(ledger.order);
      await this.queue.plan(ledger.order);
    }
    return ledger;
  }

  /**
   * Starts a preflight. If it was started already, returns the transfer.
   * @param again whether to execute the command again on a transfer that was started already, so that one that comes
   *   too late is refused
   * @throws PreflightNotFoundError · what `TransferCommands.requireConsents` throws · PreflightNotReadyError ·
   *   PreflightFailedError · PreflightBlockedError · TooManyTransfersError
   */
  async start(preflightId: string, callers: Callers, again = false): Promise<TransferDto> {
    return transferView(await this.started(preflightId, callers, { again }));
  }

  private async started(
    preflightId: string,
    callers: Callers,
    { again = false, notify }: { again?: boolean; notify?: Notify | undefined },
  ): Promise<Ledger> {
    const ledger = await this.ofCallers(preflightId, callers.sessions);
    if (!ledger) throw new PreflightNotFoundError(preflightId);
    const snapshot = await ledger.snapshot();
    this.commands.requireConsents('start', ledger.order, snapshot, callers);
    if (!isPreflight(ledger.order, snapshot)) {
      if (again) await this.commands.execute('start', ledger, callers);
      return ledger;
    }
    const state = preflightState(snapshot);
    if (state === 'failed') throw new PreflightFailedError(preflightId, snapshot.problem?.detail ?? 'it failed.');
    if (state !== 'ready') throw new PreflightNotReadyError(preflightId);
    const input = { order: ledger.order, snapshot, room: await ledger.room() };
    const blockers = blockersOf(checksOf(input));
    if (blockers.length > 0)
      throw new PreflightBlockedError(
        preflightId,
        blockers.map((check) => sentenceOf(check, input)),
      );
    // Before the start, so that no event precedes it.
    if (notify) await ledger.setNotify(wanted(notify));
    await this.limits.inPlace(ledger.order, () => this.commands.execute('start', ledger, callers));
    return ledger;
  }

  /**
   * Executes a command on a transfer; `resume` also on a preflight that waits for its account.
   * @throws TransferNotFoundError · what `TransferCommands.execute` throws
   */
  async execute(command: Command, id: string, callers: Callers, options?: CommandOptions): Promise<TransferDto> {
    const ledger = await this.ofCallers(id, callers.sessions);
    const isParked = command === 'resume' && (await ledger?.state()) === 'needs_reconnect';
    if (!ledger || (!isParked && (await isHeldBack(ledger)))) throw new TransferNotFoundError(id);
    await this.commands.execute(command, ledger, callers, options);
    return transferView(ledger);
  }

  /**
   * Syncs new changes, and with `sharing` carries access over for what was copied.
   * @param key the same key with the same request starts one run
   * @throws what `execute` throws · PeopleMapInvalidError · IdempotencyConflictError · IdempotencyInProgressError
   */
  async rerun(id: string, callers: Callers, { sharing }: RerunDto, key?: string): Promise<TransferDto> {
    return this.executeOnce('rerun', id, callers, { sharing: sharingOf(sharing) }, key);
  }

  /**
   * Lists or rewrites the links of a transfer that has ended.
   * @param key the same key with the same request does it once
   * @throws what `execute` throws · IdempotencyConflictError · IdempotencyInProgressError
   */
  async links(id: string, callers: Callers, { mode }: LinksDto, key?: string): Promise<TransferDto> {
    return this.executeOnce('links', id, callers, { links: mode }, key);
  }

  private async executeOnce(
    command: Command,
    id: string,
    callers: Callers,
    options: CommandOptions,
    key: string | undefined,
  ): Promise<TransferDto> {
    const subs = callers.sessions.map(({ account }) => account.sub).sort();
    await this.idempotency.once(
      keyedRequest(subs, key, { [command]: id, ...options }),
      () => id,
      async () => {
        await this.execute(command, id, callers, options);
        return { id };
      },
    );
    // Its order may have changed.
    return transferView(await this.find(id, callers.sessions));
  }

  /** @throws TransferNotFoundError also for other accounts' transfers, and for preflights */
  async find(id: string, callers: readonly Session[]): Promise<Ledger> {
    const ledger = await this.ofCallers(id, callers);
    if (!ledger || (await isHeldBack(ledger))) throw new TransferNotFoundError(id);
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
    // Missing if it ended before this version, or its last items were settled after its end.
    if (TERMINAL_STATES.includes(transfer.state) && !transfer.reportSha256) this.concludeLater(ledger);
    return transfer;
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

  /**
   * Sets the name of a transfer, or removes it (null), and who gets its mails.
   * @throws TransferNotFoundError · MailOffError · ConsentMissingError if an account is added without its token, so that
   *   nobody sends mails to others · InvalidRequestError
   */
  async update(id: string, callers: readonly Session[], { name, notify }: TransferChangeDto): Promise<TransferDto> {
    if (name === undefined && notify === undefined)
      throw new InvalidRequestError('Send what is to be changed: name or notify.', [
        { parameter: 'name', detail: 'is missing, and so is notify: send one of them' },
      ]);
    const ledger = await this.find(id, callers);
    if (notify) await this.changeNotify(ledger, callers, notify);
    if (name !== undefined) await ledger.entitle(name ?? undefined);
    return this.detailed(ledger);
  }

  private async changeNotify(ledger: Ledger, callers: readonly Session[], notify: Notify): Promise<void> {
    this.requireMail(notify);
    const before = (await ledger.notify())?.mail ?? [];
    for (const side of notify.mail.filter((each) => !before.includes(each))) {
      const { sub, email } = ledger.order[side];
      if (!callers.some(({ account }) => account.sub === sub)) throw new ConsentMissingError(side, email);
    }
    await ledger.setNotify(wanted(notify));
  }

  /** @throws MailOffError */
  private requireMail(notify: Notify | undefined): void {
    if (notify && notify.mail.length > 0 && !this.mail.smtp) throw new MailOffError();
  }

  /** Items in the order of the plan. With a state, reads only items in that state. */
  async items(id: string, callers: readonly Session[], query: ItemListQueryDto): Promise<ItemListDto> {
    const ledger = await this.find(id, callers);
    if (query.state === 'checking') return { items: [] };
    const text = query.q?.toLowerCase();
    const isWanted = (item: ItemRecord) =>
      (!query.state || item.state === query.state) &&
      (!query.reason || item.outcome.code === query.reason) &&
      (!text || item.path.toLowerCase().includes(text));
    const from = Number(query.cursor ?? 0);
    const states = query.state ? [query.state] : query.reason ? WITH_REASON : undefined;
    const items: ItemRecord[] = [];
    let read = 0;
    for await (const item of states ? recordsIn(ledger, states, from) : recordsOf(ledger, undefined, from)) {
      if (items.length === query.limit || read++ >= MAX_ITEMS_READ)
        return { items: await itemViews(ledger, items), nextCursor: String(item.ordinal) };
      if (isWanted(item)) items.push(item);
    }
    return { items: await itemViews(ledger, items) };
  }

  /** @throws TransferNotFoundError · ItemNotFoundError */
  async item(id: string, callers: readonly Session[], ordinal: string): Promise<ItemDto> {
    const ledger = await this.find(id, callers);
    const number = /^\d{1,15}$/.test(ordinal) ? Number(ordinal) : NaN;
    const item = Number.isNaN(number) ? undefined : await ledger.item(number);
    if (!item) throw new ItemNotFoundError(number);
    return (await itemViews(ledger, [item]))[0]!;
  }

  /** Who can open the originals and the copies. @throws TransferNotFoundError */
  async access(id: string, callers: readonly Session[], query: TransferAccessQueryDto): Promise<AccessListDto> {
    const ledger = await this.find(id, callers);
    return accessPage(ledger, query, await this.outcomes.of(ledger));
  }

  /** Links in the copied documents. @throws TransferNotFoundError */
  async listLinks(id: string, callers: readonly Session[], query: LinkListQueryDto): Promise<LinkListDto> {
    return linksPage(await this.find(id, callers), query);
  }

  /** A CSV file beside the report as a download. @throws TransferNotFoundError */
  async csv(id: string, callers: readonly Session[], name: keyof typeof CSV_FILES): Promise<StreamableFile> {
    const ledger = await this.find(id, callers);
    return new StreamableFile(Readable.from(CSV_FILES[name](ledger), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="cloudmover-${id}-${name}.csv"`,
    });
  }

  /** The people map, in the order of its lines. @throws TransferNotFoundError */
  async people(id: string, callers: readonly Session[], query: PeopleQueryDto): Promise<PeopleListDto> {
    const ledger = await this.find(id, callers);
    return peoplePage(ledger, query, await this.usage.of(ledger));
  }

  async log(id: string, callers: readonly Session[], query: ShortListQueryDto): Promise<TransferLogDto> {
    const ledger = await this.find(id, callers);
    const { page, next } = pageOf((await ledger.events()).flatMap(eventView), query);
    return { events: page, ...next };
  }

  /** The report as a download. @throws TransferNotFoundError */
  async report(id: string, callers: readonly Session[], format: 'json' | 'csv'): Promise<StreamableFile> {
    const ledger = await this.find(id, callers);
    return new StreamableFile(Readable.from(this.reportText(ledger, format), { objectMode: false }), {
      type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
      disposition: `attachment; filename="cloudmover-${id}.${format}"`,
    });
  }

  /** Yields the report in parts, so that a report of a million items needs little memory. */
  private async *reportText(ledger: Ledger, format: 'json' | 'csv'): AsyncGenerator<string> {
    if (format === 'csv') {
      yield* reportCsv(ledger);
      return;
    }
    let transfer = await detailedView(ledger, this.paces);
    if (TERMINAL_STATES.includes(transfer.state) && !transfer.reportSha256) {
      await conclude(ledger);
      transfer = await detailedView(ledger, this.paces);
    }
    // On one line: the fingerprint covers everything after the first line.
    yield `{"generatedAt":${JSON.stringify(new Date().toISOString())},"transfer":${JSON.stringify(transfer)},\n`;
    yield* reportBody(ledger, await ledger.snapshot());
  }
}

/** Whether a transfer or preflight belongs to one of the callers. */
export const isOf = ({ order }: Ledger, callers: readonly Session[]): boolean =>
  callers.some(({ account: { sub } }) => sub === order.source.sub || sub === order.destination.sub);

/** Whether it is a preflight that was not started. */
export const isHeldBack = async (ledger: Ledger): Promise<boolean> =>
  ledger.order.held === true && isPreflight(ledger.order, await ledger.snapshot());

function orderOf(request: TransferRequest, source: Session, destination: Session, held: boolean): TransferOrder {
  const filter = filterOf(request.filter);
  return {
    id: newToken().slice(0, 22),
    mode: request.mode,
    conflict: request.conflict,
    shortcuts: request.shortcuts,
    allowConversion: request.allowConversion,
    ...(filter && { filter }),
    ...(request.sharing && { sharing: request.sharing.options }),
    ...(request.links && request.links !== 'leave' && { links: request.links }),
    ...(request.schedule?.hours && { schedule: hoursOf(request.schedule) }),
    ...(held && { held }),
    sourceIds: request.items,
    target: {
      folderId: request.target.folderId,
      ...(request.target.newFolderName && { newFolderName: request.target.newFolderName }),
    },
    source: partyOf(source),
    destination: partyOf(destination),
    createdAt: Date.now(),
  };
}

const hoursOf = ({ timezone, hours }: NonNullable<TransferRequest['schedule']>): TransferOrder['schedule'] => ({
  timezone,
  ...(hours && { hours: { from: hours.from, to: hours.to } }),
});

/** Always in the same order, so that the same request has the same digest; undefined without conditions. */
function filterOf(filter: TransferRequest['filter']): ItemFilter | undefined {
  if (!filter) return undefined;
  const { types, name, minSize, maxSize, modifiedAfter, modifiedBefore, owner } = filter;
  const given = Object.entries({ types, name, minSize, maxSize, modifiedAfter, modifiedBefore, owner });
  const conditions = given.filter(([, value]) => value !== undefined);
  return conditions.length > 0 ? Object.fromEntries(conditions) : undefined;
}

function partyOf({ account, credentialId, scopes }: Session): TransferOrder['source'] {
  return {
    sub: account.sub,
    email: account.email,
    name: account.name,
    credentialId,
    readOnly: !scopes.includes(DRIVE_SCOPE),
  };
}

/** Undefined: nobody gets mails. */
const wanted = ({ mail, language }: Notify): Notify | undefined => (mail.length > 0 ? { mail, language } : undefined);

/** The preflight's own settings apply, so other fields would have no effect. */
function refuseBesidePreflight(sent: readonly string[]): void {
  const names = sent.filter((name) => name !== 'preflightId' && name !== 'notify');
  if (names.length === 0) return;
  throw new InvalidRequestError(
    `preflightId cannot be combined with other fields: leave out ${names.join(', ')}, or create a new preflight.`,
    names.map((parameter) => ({ parameter, detail: 'cannot be combined with preflightId' })),
  );
}
