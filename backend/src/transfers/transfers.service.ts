import { Injectable } from '@nestjs/common';
import { DriveError } from '../engine/errors.js';
import type { Notify } from '../engine/model/notify.js';
import type { ItemFilter, TransferOrder } from '../engine/model/order.js';
import type { Command } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { IdempotencyConflictError, InvalidRequestError } from '../http/errors.js';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import type { Callers } from '../session/caller.service.js';
import { requireRecentSignIn } from '../session/recent-sign-in.js';
import { DRIVE_SCOPE, type Session } from '../session/session.port.js';
import { newToken } from '../session/token.js';
import {
  ConsentMissingError,
  MailOffError,
  PreflightBlockedError,
  PreflightFailedError,
  PreflightNotFoundError,
  PreflightNotReadyError,
  TransferNotFoundError,
} from './errors.js';
import type { LinksDto } from './links.dto.js';
import { sentenceOf } from './preflight-sentences.js';
import { blockersOf, checksOf } from './preflight-verdict.js';
import { isPreflight, preflightState } from './preflight-view.js';
import { type Sharing, sharingOf } from './sharing-request.js';
import { TransferClaims } from './transfer-claims.js';
import { type CommandOptions, TransferCommands } from './transfer-commands.js';
import type { RerunDto, TransferChangeDto } from './transfer-commands.dto.js';
import { TransferLimits } from './transfer-limits.js';
import { isUnstartedPreflight, TransferLookup } from './transfer-lookup.js';
import type { PreflightCreateDto, TransferCreateDto } from './transfer-request.dto.js';
import { TransferStore } from './transfer-store.port.js';
import { transferView } from './transfer-view.js';
import type { TransferDto } from './transfers.dto.js';
import { TransferQueue } from './transfers.queue.js';

/** A request with all defaults. */
export type TransferRequest = Pick<
  PreflightCreateDto,
  'items' | 'target' | 'mode' | 'conflict' | 'shortcuts' | 'allowConversion' | 'filter' | 'schedule'
> &
  Partial<Pick<PreflightCreateDto, 'links'>> & {
    readonly sharing?: Sharing | undefined;
    readonly notify?: Notify | undefined;
  };

/** Creates and starts transfers, and executes the commands of their two accounts. */
@Injectable()
export class TransfersService {
  constructor(
    private readonly transfers: TransferStore,
    private readonly lookup: TransferLookup,
    private readonly queue: TransferQueue,
    private readonly limits: TransferLimits,
    private readonly commands: TransferCommands,
    private readonly claims: TransferClaims,
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
   * @param asPreflight whether to create a preflight
   * @throws IdempotencyConflictError · TooManyTransfersError · TooManyPreflightsError · DriveError `scope_missing` for
   *   a move from a read-only source · ReauthenticationRequiredError for a move · InvalidRequestError where shortcuts are
   *   followed and sharing is carried over
   */
  async create(
    request: TransferRequest,
    source: Session,
    destination: Session,
    idempotencyKey?: string,
    asPreflight = false,
  ): Promise<Ledger> {
    const order = orderOf(request, source, destination, asPreflight);
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
    if (order.mode === 'move' && !asPreflight)
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
    const ledger = await this.lookup.ofCallers(preflightId, callers.sessions);
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
    const ledger = await this.lookup.ofCallers(id, callers.sessions);
    const isParked = command === 'resume' && (await ledger?.state()) === 'needs_reconnect';
    if (!ledger || (!isParked && (await isUnstartedPreflight(ledger)))) throw new TransferNotFoundError(id);
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
    return transferView(await this.lookup.find(id, callers.sessions));
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
    const ledger = await this.lookup.find(id, callers);
    if (notify) await this.changeNotify(ledger, callers, notify);
    if (name !== undefined) await ledger.entitle(name ?? undefined);
    return this.lookup.detailed(ledger);
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
}

function orderOf(request: TransferRequest, source: Session, destination: Session, asPreflight: boolean): TransferOrder {
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
    ...(asPreflight && { held: true }),
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
