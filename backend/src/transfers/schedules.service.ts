import { Injectable } from '@nestjs/common';
import { SIDES } from '../engine/errors.js';
import type { Schedule, ScheduleSnapshot } from '../engine/model/schedule.js';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { InvalidRequestError, type ParameterError } from '../http/errors.js';
import type { Callers } from '../session/caller.service.js';
import type { Session } from '../session/session.port.js';
import {
  AccessWithdrawnError,
  RerunExpiredError,
  ScheduleNotFoundError,
  ScheduleRefusedError,
  TransferStateError,
} from './errors.js';
import type { ScheduleChangeDto, ScheduleDto } from './schedule.dto.js';
import { nextRunAfter } from './schedule-times.js';
import {
  actionsOf,
  endedBefore,
  isBeingUndone,
  isRerunnable,
  RERUN_DAYS,
  sidesOf,
  withdrawnSides,
} from './transfer-actions.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';
import { TransferLookup } from './transfer-lookup.js';
import { scheduleView } from './transfer-view.js';
import { TransferQueue } from './transfers.queue.js';

/** Sets, shows, pauses and removes the schedules of transfers. */
@Injectable()
export class SchedulesService {
  constructor(
    private readonly lookup: TransferLookup,
    private readonly commands: TransferCommands,
    private readonly claims: TransferClaims,
    private readonly queue: TransferQueue,
  ) {}

  /** @throws TransferNotFoundError · ScheduleNotFoundError */
  async get(id: string, callers: readonly Session[]): Promise<ScheduleDto> {
    return this.view(await this.lookup.find(id, callers));
  }

  /**
   * Sets the schedule of a transfer, replacing an earlier one. Its runs read and write without a further consent, so it
   * needs that of both accounts, as a rerun does.
   * @throws TransferNotFoundError · InvalidRequestError · what `TransferCommands.requireConsents` throws ·
   *   AccessWithdrawnError · ScheduleRefusedError · TransferStateError · RerunExpiredError
   */
  async set(id: string, callers: Callers, changes: ScheduleChangeDto, now = Date.now()): Promise<ScheduleDto> {
    const ledger = await this.lookup.find(id, callers.sessions);
    const { order } = ledger;
    const snapshot = await ledger.snapshot();
    const by = this.commands.requireConsents('rerun', order, snapshot, callers);
    const { schedule, nextRunAt } = scheduleOf(changes, now, snapshot.schedule);
    const hasEnded = TERMINAL_STATES.includes(snapshot.state);
    for (const side of withdrawnSides(snapshot)) throw new AccessWithdrawnError(side, order[side].email);
    if (nextRunAt !== undefined) {
      if (order.mode === 'move') throw new ScheduleRefusedError();
      if ((hasEnded && !isRerunnable(snapshot)) || isBeingUndone(snapshot))
        throw new TransferStateError('kept in sync', snapshot.state, actionsOf(order, snapshot));
    }
    if (endedBefore(snapshot, RERUN_DAYS, now)) throw new RerunExpiredError(RERUN_DAYS);
    const store = () => ledger.setSchedule(schedule, nextRunAt, by);
    // After its end only a due run needs the claims.
    if (!(await (nextRunAt === undefined ? store() : this.claims.holdWhile(order, SIDES, store)))) {
      await this.claims.releaseUnneeded(ledger);
      const [side = 'source'] = withdrawnSides(await ledger.snapshot());
      throw new AccessWithdrawnError(side, order[side].email);
    }
    if (nextRunAt === undefined) await this.queue.unschedule(id);
    else await this.queue.schedule(id, schedule, nextRunAt);
    // It waits for other hours: its next step parks it again if the new ones are not open.
    if (snapshot.limit === 'hours' && (await ledger.resume({ needs: sidesOf(order, snapshot) })))
      await this.queue.next(order, await ledger.state());
    return this.view(ledger);
  }

  /**
   * Starts no further run until the schedule is set again; one in progress continues.
   * @throws TransferNotFoundError · ScheduleNotFoundError
   */
  async pause(id: string, callers: Callers): Promise<ScheduleDto> {
    const ledger = await this.stop('paused', id, callers);
    return this.view(ledger);
  }

  /** Removes the schedule; a run in progress continues, without hours. Idempotent. @throws TransferNotFoundError */
  async remove(id: string, callers: Callers): Promise<void> {
    await this.stop('removed', id, callers);
  }

  private async stop(how: 'paused' | 'removed', id: string, callers: Callers): Promise<Ledger> {
    const ledger = await this.lookup.find(id, callers.sessions);
    const by = this.commands.requireConsents('pause', ledger.order, await ledger.snapshot(), callers);
    await ledger.stopSchedule(how, by);
    // The maintenance job releases the claims.
    await this.queue.unschedule(id);
    return ledger;
  }

  private async view(ledger: Ledger): Promise<ScheduleDto> {
    const { schedule } = await ledger.snapshot();
    if (!schedule) throw new ScheduleNotFoundError(ledger.order.id);
    return scheduleView(schedule);
  }
}

/** The next run of a schedule that only changes its hours or its end: new hours do not postpone a weekly run by a week. */
function keptRun(before: ScheduleSnapshot | undefined, { every, cron, timezone, until }: Schedule): number | undefined {
  if (before?.every !== every || before?.cron !== cron || before?.timezone !== timezone) return undefined;
  const { nextRunAt } = before ?? {};
  return nextRunAt !== undefined && nextRunAt <= (until ?? Infinity) ? nextRunAt : undefined;
}

/**
 * A schedule from its fields, with its next run.
 * @param before the schedule that it replaces
 * @throws InvalidRequestError for fields that do not fit each other
 */
export function scheduleOf(
  { every, cron, timezone, until, hours }: ScheduleChangeDto,
  now: number,
  before?: ScheduleSnapshot,
): { schedule: Schedule; nextRunAt: number | undefined } {
  const errors: ParameterError[] = [];
  const refuse = (parameter: string, detail: string) => errors.push({ parameter, detail });
  if (every === undefined && cron === undefined && !hours)
    refuse('every', 'must be sent, or cron for runs at certain times, or hours');
  if (every !== undefined && cron !== undefined) refuse('cron', 'cannot be combined with every; send one of them');
  const schedule: Schedule = {
    ...(every !== undefined && { every }),
    ...(cron !== undefined && { cron }),
    timezone,
    ...(until !== undefined && { until: Date.parse(until) }),
    ...(hours && { hours: { from: hours.from, to: hours.to } }),
  };
  const recurs = every !== undefined || cron !== undefined;
  const nextRunAt = keptRun(before, schedule) ?? nextRunAfter(schedule, now);
  if (until !== undefined && !recurs) refuse('until', 'needs every or cron');
  else if (recurs && nextRunAt === undefined) refuse('until', 'must be after the next run, which would be later');
  if (errors.length > 0)
    throw new InvalidRequestError(
      `${errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; ')}.`,
      errors,
    );
  return { schedule, nextRunAt };
}
