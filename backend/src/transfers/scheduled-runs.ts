import { Injectable } from '@nestjs/common';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { STATE_RULES, statesFor, type TransferState } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { lastStep } from '../engine/runs.js';
import { TooManyTransfersError } from './errors.js';
import { closedUntil, nextRunAfter } from './schedule-times.js';
import { endedInPlanning } from './transfer-actions.js';
import { TransferLimits } from './transfer-limits.js';
import { TransferStore } from './transfer-store.port.js';
import { TransferQueue } from './transfers.queue.js';

/** How late a run may start that is due just before the end of its schedule (ms): jobs start some time after they are due. */
const PUNCTUAL_MS = 60_000;

/** Starts the runs that schedules have due, and parks transfers outside their allowed hours. */
@Injectable()
export class ScheduledRuns {
  constructor(
    private readonly transfers: TransferStore,
    private readonly queue: TransferQueue,
    private readonly limits: TransferLimits,
  ) {}

  /** For a job of the queue's scheduler. @param now epoch milliseconds, as below */
  async due(id: string, now: number): Promise<void> {
    const ledger = await this.transfers.find(id);
    const snapshot = await ledger?.snapshot();
    if (ledger && snapshot?.schedule?.nextRunAt !== undefined) await this.start(ledger, snapshot, now);
    else await this.queue.unschedule(id); // it was removed, paused or has ended
  }

  /**
   * Starts the next run of an ended transfer if it is due. A failed run is followed by the next one, because its cause,
   * such as an administrator's policy, may be resolved by now. One run makes up for all that were missed. While another
   * run is in progress nothing happens: the maintenance job calls this again at its end. If the schedule is over by
   * then, it ends.
   * @returns whether it started
   */
  async start(ledger: Ledger, { schedule, ...snapshot }: TransferSnapshot, now: number): Promise<boolean> {
    const due = schedule?.nextRunAt;
    if (due === undefined || due > now || !statesFor('rerun').includes(snapshot.state)) return false;
    const { until = Infinity } = schedule!;
    // If it was canceled, or failed, before anything was copied, there is nothing to keep in sync.
    if (endedInPlanning(snapshot) || now > Math.max(until, due + PUNCTUAL_MS)) {
      await ledger.stopSchedule('ended');
      await this.queue.unschedule(ledger.order.id);
      return false;
    }
    const next = nextRunAfter(schedule!, now, due);
    const started = await this.inPlace(ledger, () =>
      ledger.advance(statesFor('rerun'), 'updating', { at: now, durable: true, run: { due, next } }),
    );
    if (!started) return false;
    await this.queue.next(ledger.order, await ledger.state());
    if (next === undefined) await this.queue.unschedule(ledger.order.id);
    return true;
  }

  /** @returns false also if the account has no free place; then the run is still due */
  private async inPlace({ order }: Ledger, open: () => Promise<boolean>): Promise<boolean> {
    let isOpen = false;
    try {
      await this.limits.inPlace(order, async () => {
        isOpen = await open();
      });
    } catch (error) {
      if (!(error instanceof TooManyTransfersError)) throw error;
    }
    return isOpen;
  }

  /**
   * Parks a transfer that works, or is about to, outside its allowed hours. Not one that is checked, wraps up or is undone:
   * that is short, or a person waits for it.
   * @returns whether it is parked
   */
  async parkOutsideHours(ledger: Ledger, { state, schedule }: TransferSnapshot, now: number): Promise<boolean> {
    if (!schedule || schedule.ignoresHours) return false;
    const resumeAt = closedUntil(schedule, now);
    if (resumeAt === undefined || !(await isLong(ledger, state))) return false;
    return ledger.park('waiting_quota', { resumeAt, limit: 'hours' });
  }
}

/** Whether the work of a state may take hours. Google's limits can stretch that on access and links over days. */
async function isLong(ledger: Ledger, state: TransferState): Promise<boolean> {
  if (state !== 'finishing') return state === 'linking' || STATE_RULES[state].step === 'plan';
  const step = await lastStep(ledger);
  return step === 'links' || step === 'access';
}

/** Whether the allowed hours of a transfer are open. @param now epoch milliseconds */
export const isWithinHours = ({ schedule }: TransferSnapshot, now: number): boolean =>
  !schedule || closedUntil(schedule, now) === undefined;
