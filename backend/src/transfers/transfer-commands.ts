import type { LedgerRecords } from '../engine/ports/ledger/items.js';
import { Injectable } from '@nestjs/common';
import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { LinkMode } from '../engine/model/links.js';
import { type Command, LEADS_TO, sidesAtWork, statesFor, type TransferState } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { CommandedBy } from '../engine/ports/ledger/log.js';
import type { Advance } from '../engine/ports/ledger/states.js';
import { CHANGEABLE_AT_SOURCE } from '../engine/model/reasons.js';
import { recordsIn } from '../engine/model/records.js';
import { workBeforeStop } from '../engine/runs.js';
import { requireRecentSignIn } from '../session/recent-sign-in.js';
import type { Callers } from '../session/caller.service.js';
import { ScopeMissingError } from '../session/errors.js';
import { DRIVE_SCOPE, type Session } from '../session/session.port.js';
import {
  AccessWithdrawnError,
  CarryAccessRefusedError,
  ConsentMissingError,
  NothingToRetryError,
  RerunExpiredError,
  TransferStateError,
  UndoExpiredError,
  WrongAccountError,
} from './errors.js';
import {
  actionsOf,
  carryAccessBlocker,
  consentsFor,
  CONVERTIBLE_CODES,
  endedBefore,
  endedInPlanning,
  isBeingUndone,
  isHalfUndone,
  isRerunnable,
  helpedCodes,
  isAlreadyInEffect,
  recentSignInsFor,
  RERUN_DAYS,
  sidesOf,
  UNDO_DAYS,
  withdrawnSides,
} from './transfer-actions.js';
import type { Sharing } from './sharing-request.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferStore } from './transfer-store.port.js';
import { TransferLimits } from './transfer-limits.js';
import { TransferQueue } from './transfers.queue.js';

/** Participles for "a transfer that is … cannot be …". */
const DONE: Readonly<Record<Command, string>> = {
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  cancel: 'canceled',
  retry: 'retried',
  rerun: 'updated',
  links: 'searched for links',
  undo: 'undone',
};

/** The options of a retry, a rerun, and `links`. */
export interface CommandOptions {
  /** Only items with one of these reasons; default: all that a retry can fix. */
  readonly codes?: readonly string[] | undefined;
  /** These items may be converted, with loss. */
  readonly allowConversion?: boolean;
  /** The rerun also carries access over, for a transfer that has not done so. */
  readonly sharing?: Sharing | undefined;
  /** Of `links`; default: what the transfer did with its links before. */
  readonly links?: LinkMode | undefined;
}

/** Executes commands: each moves the ledger to a state and queues the step for that state. */
@Injectable()
export class TransferCommands {
  constructor(
    private readonly transfers: TransferStore,
    private readonly queue: TransferQueue,
    private readonly limits: TransferLimits,
    private readonly claims: TransferClaims,
  ) {}

  /**
   * Executes a command; does nothing if it is already in effect.
   * @param callers sessions of the request; each of their accounts thereby consents
   * @param options of a retry or rerun
   * @throws ConsentMissingError, WrongAccountError, ScopeMissingError, or the error of a refused token, if an account's
   *   consent is missing · ReauthenticationRequiredError · TransferStateError · NothingToRetryError · UndoExpiredError
   *   · CarryAccessRefusedError · RerunExpiredError · AccessWithdrawnError · TooManyTransfersError
   */
  async execute(command: Command, ledger: Ledger, callers: Callers, options: CommandOptions = {}): Promise<void> {
    const snapshot = await ledger.snapshot();
    const { state } = snapshot;
    const by = this.requireConsents(command, ledger.order, snapshot, callers);
    const isOther =
      (options.sharing !== undefined && !ledger.order.sharing) ||
      (options.links !== undefined && options.links !== ledger.order.links);
    if (isOther || !isAlreadyInEffect(command, snapshot)) {
      if (!statesFor(command).includes(state)) throw refusal(command, ledger.order, snapshot);
      for (const side of recentSignInsFor(command, ledger.order))
        requireRecentSignIn(callers.sessions.filter(isOf(ledger.order[side])), side);
      const atWork = command === 'links' ? sidesAtWork(ledger.order.mode, LEADS_TO.links) : SIDES;
      const held = atWork.filter((side) => isHeld(side, snapshot, by));
      try {
        await this.claims.holdWhile(ledger.order, held, () => this.carryOut(command, ledger, snapshot, by, options));
      } catch (error) {
        await this.claims.releaseUnneeded(ledger);
        throw error;
      }
    } else if (state === 'running') return; // its step is queued, or the maintenance job finds that it is missing
    // Also for a repeated command: the first call may have died before this line.
    await this.queue.next(ledger.order, await ledger.state());
  }

  /**
   * Checks the consent that a command needs.
   * @throws ConsentMissingError, WrongAccountError, ScopeMissingError, or the error of a refused token
   */
  requireConsents(command: Command, order: TransferOrder, snapshot: TransferSnapshot, callers: Callers): CommandedBy {
    const sides = SIDES.filter((side) => callers.sessions.some(isOf(order[side])));
    callers.parties = sides;
    const needed = consentsFor(command, order, snapshot);
    const consenting = sides.filter((side) => callers.sessions.some(consentsAs(side, order)));
    assertConsents(command, order, needed, callers, consenting);
    return { command, sides: needed.length > 0 ? consenting : sides };
  }

  private async carryOut(
    command: Command,
    ledger: Ledger,
    snapshot: TransferSnapshot,
    by: CommandedBy,
    { codes, allowConversion = false, sharing, links }: CommandOptions,
  ): Promise<void> {
    // Another caller may have been faster, with the same command or one that makes it impossible.
    const mustBeDone = async (done: boolean) => {
      const now = await ledger.snapshot();
      if (!done && !isAlreadyInEffect(command, now)) throw refusal(command, ledger.order, now);
    };
    const moveTo = async (state: TransferState, more?: Advance) =>
      mustBeDone(await ledger.advance(statesFor(command), state, { by, ...more }));
    switch (command) {
      case 'start':
        return mustBeDone(await this.transfers.start(ledger.order.id, by));
      case 'pause':
        return moveTo(LEADS_TO.pause);
      case 'cancel':
        if (isBeingUndone(snapshot)) throw refusal(command, ledger.order, snapshot);
        return moveTo(LEADS_TO.cancel);
      case 'resume':
        return mustBeDone(await ledger.resume({ by, needs: sidesOf(ledger.order, snapshot) }));
      case 'retry':
        return this.limits.inPlace(ledger.order, async () => {
          if (isHalfUndone(snapshot)) throw refusal(command, ledger.order, snapshot);
          if (endedInPlanning(snapshot)) return moveTo('planning');
          const looksAgain = await endedWhileUpdating(ledger, snapshot);
          // It copies all that has changed, like a rerun.
          if (looksAgain) assertRerun(ledger.order, snapshot);
          await ledger.reopen(await withFolders(ledger, codes ?? helpedCodes(allowConversion)), {
            skipped: reopenedSkips(codes, allowConversion),
            mayConvert: allowConversion,
          });
          if (looksAgain) return moveTo(LEADS_TO.rerun);
          if (openItems(await ledger.snapshot()) === 0)
            throw snapshot.state === 'completed' && !codes
              ? refusal(command, ledger.order, snapshot)
              : new NothingToRetryError(codes);
          return moveTo(LEADS_TO.retry);
        });
      case 'rerun': {
        if (!isRerunnable(snapshot)) throw refusal(command, ledger.order, snapshot);
        const blocker = sharing && carryAccessBlocker(ledger.order);
        if (blocker) throw new CarryAccessRefusedError(blocker);
        assertRerun(ledger.order, snapshot);
        return this.limits.inPlace(ledger.order, () => moveTo(LEADS_TO.rerun, sharing && { sharing }));
      }
      case 'links':
        return this.limits.inPlace(ledger.order, () => moveTo(LEADS_TO.links, links && { links }));
      case 'undo':
        if (endedBefore(snapshot, UNDO_DAYS, Date.now())) throw new UndoExpiredError(UNDO_DAYS);
        return this.limits.inPlace(ledger.order, () => moveTo(LEADS_TO.undo));
    }
  }
}

/** Reasons of skipped items that a retry reopens; never those that the options excluded. */
const reopenedSkips = (codes: readonly string[] | undefined, allowConversion: boolean): ItemCode[] => [
  'canceled',
  ...(codes ? CHANGEABLE_AT_SOURCE : allowConversion ? CONVERTIBLE_CODES : []),
];

/** @throws AccessWithdrawnError · RerunExpiredError */
function assertRerun(order: TransferOrder, snapshot: TransferSnapshot): void {
  for (const side of withdrawnSides(snapshot)) throw new AccessWithdrawnError(side, order[side].email);
  if (endedBefore(snapshot, RERUN_DAYS, Date.now())) throw new RerunExpiredError(RERUN_DAYS);
}

/**
 * Whether a delta run ended before its plan was complete: names of new items were not compared with those that exist, and
 * folders may be listed in part.
 */
const endedWhileUpdating = async (ledger: Ledger, { state, failedIn }: TransferSnapshot): Promise<boolean> =>
  (state === 'canceled' ? await workBeforeStop(ledger) : failedIn) === 'updating';

const isOf =
  ({ sub }: TransferOrder[Side]) =>
  ({ account }: Session): boolean =>
    account.sub === sub;

/**
 * Whether a session belongs to a side's account, whichever side it connected for, and allows what the transfer does
 * there. A session for copying only covers the source of a transfer that was created with such a session, even if the
 * account's credential allows more.
 */
const consentsAs =
  (side: Side, order: TransferOrder) =>
  (session: Session): boolean =>
    isOf(order[side])(session) &&
    (session.scopes.includes(DRIVE_SCOPE) || (side === 'source' && order.source.readOnly === true));

/** For `resume` one of the sides that must consent is enough: the others may use another browser. */
function assertConsents(
  command: Command,
  order: TransferOrder,
  needed: readonly Side[],
  { sessions, refused, sent }: Callers,
  sides: readonly Side[],
): void {
  const missing = needed.find((side) => !sides.includes(side));
  if (!missing || (command === 'resume' && needed.some((side) => sides.includes(side)))) return;
  const { email, sub } = order[missing];
  if (sessions.some(isOf(order[missing])))
    throw new ScopeMissingError(
      `This transfer may write to the Drive of ${email}, or trash items there, but the session was connected for copying only. Connect ${email} again with full access.`,
      missing,
    );
  if (refused[missing]) throw refused[missing];
  const other = sent[missing];
  throw other && other.account.sub !== sub
    ? new WrongAccountError(missing, email)
    : new ConsentMissingError(missing, email);
}

/**
 * Whether the transfer may keep the credential of a side: its account has consented and not withdrawn its access since.
 */
const isHeld = (side: Side, { unconfirmed }: TransferSnapshot, by: CommandedBy): boolean =>
  by.sides.includes(side) || !unconfirmed.includes(side);

const openItems = ({ counts }: TransferSnapshot): number => counts.waiting + counts.copying;

function refusal(command: Command, order: TransferOrder, snapshot: TransferSnapshot): TransferStateError {
  // Carrying access over is a rerun.
  const possible = actionsOf(order, snapshot).filter((action) => action !== command && action !== 'carry_access');
  return new TransferStateError(DONE[command], snapshot.state, possible);
}

/**
 * Adds the codes of failed folders to those of items in them, and the reverse: one without the other would fail again
 * at once.
 */
async function withFolders(ledger: LedgerRecords, codes: readonly string[]): Promise<string[]> {
  const wanted = new Set(codes);
  for await (const { kind, outcome } of recordsIn(ledger, ['failed'])) {
    if (kind !== 'folder' || !outcome.code) continue;
    if (codes.includes('folder_missing')) wanted.add(outcome.code);
    else if (codes.includes(outcome.code)) wanted.add('folder_missing');
  }
  return [...wanted];
}
