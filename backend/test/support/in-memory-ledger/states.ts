import { type Side, SIDES } from '../../../src/engine/errors.js';
import type { Conclusion, TimelineStep } from '../../../src/engine/model/conclusion.js';
import type { TransferOrder } from '../../../src/engine/model/order.js';
import { itemCodeOf } from '../../../src/engine/model/reasons.js';
import type { Schedule, ScheduleSnapshot } from '../../../src/engine/model/schedule.js';
import type { TransferSnapshot } from '../../../src/engine/model/snapshot.js';
import {
  ACTIVE_STATES,
  AFTER_END_STATES,
  PARKED_STATES,
  RESUMABLE_STATES,
  sidesAtWork,
  TERMINAL_STATES,
  type TransferState,
  WORKING_STATES,
} from '../../../src/engine/model/states.js';
import {
  type CommandedBy,
  EVENTS_KEPT,
  type LedgerEvent,
  type LedgerLog,
  type UnannouncedState,
} from '../../../src/engine/ports/ledger/log.js';
import type { LedgerSchedule } from '../../../src/engine/ports/ledger/schedule.js';
import {
  type Advance,
  UNATTENDED_MS,
  type LedgerStates,
  LONGEST_WAIT_MS,
  type ParkReason,
} from '../../../src/engine/ports/ledger/states.js';

/** The state of a transfer, its schedule, its accounts' consents, and the log. */
export abstract class InMemoryStates implements LedgerStates, LedgerSchedule, LedgerLog {
  protected current: TransferState = 'planning';
  protected changes = 1;
  protected resumeState: TransferState | undefined;
  protected failedIn: TransferState | undefined;
  protected details: Partial<TransferSnapshot> = {};
  protected concluded: Conclusion | undefined;
  protected since: number;
  protected activeMs = 0;
  private attendedAt: number | undefined;
  protected unconfirmed = new Set<Side>();
  protected withdrawals: Partial<Record<Side, number>> = {};
  protected planned: ScheduleSnapshot | undefined;
  /** The scheduled run in progress, and the time of the delta run before it. */
  private scheduledRun: { at: number; before: number | undefined } | undefined;
  private consentedAt: Partial<Record<Side, number>> = {};
  private log: { event: LedgerEvent; number: number; held: boolean }[] = [];
  private noted = 0;
  private lastAnnounced = 0;

  constructor(public order: TransferOrder) {
    this.since = Date.now();
    this.planned = order.schedule;
    this.note({ kind: 'state', state: 'planning', by: { command: 'create', sides: SIDES } });
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    { problem, at = Date.now(), by, sharing, links, run }: Advance = {},
  ): Promise<boolean> {
    if (!from.includes(this.current) || (run && this.planned?.nextRunAt !== run.due)) return false;
    const open = run && SIDES.find((side) => this.unconfirmed.has(side));
    if (open) {
      const parked = await this.parkFrom(from, 'needs_reconnect', { side: open });
      this.resumeState = to;
      this.beginRun(run, at);
      return parked;
    }
    if (by?.command === 'resume' && this.details.limit === 'hours')
      this.planned = { ...this.planned!, ignoresHours: true };
    this.order = { ...this.order, ...(sharing && { sharing: sharing.options }), ...(links && { links }) };
    const details = problem && { problem: { ...problem, code: itemCodeOf(problem.code) } };
    const before = this.current;
    // The first pause or parking decides which state it returns to.
    if ((to === 'pausing' || PARKED_STATES.includes(to)) && !RESUMABLE_STATES.includes(before))
      this.resumeState = before;
    if (to === 'failed') this.failedIn = before;
    const { parked: _parked, resumeAt: _resumeAt, limit: _limit, step: _step, ...rest } = this.details;
    const { finishedAt } = rest;
    this.details = rest;
    if (TERMINAL_STATES.includes(before) || before === 'paused') {
      const { finishedAt: _finishedAt, problem: _problem, ...going } = this.details;
      this.details = going;
    }
    if (this.isActive()) this.activeMs += at - this.since;
    if (TERMINAL_STATES.includes(before)) {
      this.concluded = undefined;
      const { ranUntil = finishedAt ?? at, ...others } = this.details;
      const beganAt = Math.floor(Date.now() / 1_000) * 1_000;
      this.details = { ...others, ...(to === 'linking' && { ranUntil }), beganAt };
    }
    this.consent(by?.sides ?? []);
    this.current = to;
    this.details = {
      ...(to === 'running' && { startedAt: at }),
      ...this.details, // it started only once
      ...details,
      ...(TERMINAL_STATES.includes(to) && { finishedAt: at }),
    };
    this.since = at;
    if (run) this.beginRun(run, at);
    const changed = TERMINAL_STATES.includes(to) ? this.endRun(to) : undefined;
    if (to === 'undoing') this.changeSchedule({ nextRunAt: undefined });
    this.note({
      kind: 'state',
      state: to,
      ...(by && { by }),
      ...details?.problem,
      ...(changed !== undefined && { changed }),
    });
    this.changes++;
    return true;
  }

  /** Changes the schedule, if there is one; undefined removes a field. */
  private changeSchedule(changes: { [Field in keyof ScheduleSnapshot]?: ScheduleSnapshot[Field] | undefined }): void {
    if (!this.planned) return;
    const changed = Object.entries({ ...this.planned, ...changes }).filter(([, value]) => value !== undefined);
    this.planned = Object.fromEntries(changed) as unknown as ScheduleSnapshot;
  }

  private beginRun({ next }: NonNullable<Advance['run']>, at: number): void {
    this.changeSchedule({ nextRunAt: next });
    this.scheduledRun = { at, before: this.details.delta?.at };
  }

  /** @returns what the scheduled run that ends has changed; undefined if there is none */
  private endRun(state: TransferState): number | undefined {
    this.changeSchedule({ ignoresHours: undefined });
    if (!this.scheduledRun) return undefined;
    const { delta } = this.details;
    const changed = delta && delta.at !== this.scheduledRun.before ? delta.added + delta.changed + delta.renamed : 0;
    this.changeSchedule({ lastRun: { at: this.scheduledRun.at, changed, state } });
    this.scheduledRun = undefined;
    return changed;
  }

  async setSchedule(schedule: Schedule, nextRunAt: number | undefined, by: CommandedBy): Promise<boolean> {
    if (Object.keys(this.withdrawals).length > 0) return false;
    if (TERMINAL_STATES.includes(this.current)) this.consent(by.sides);
    const { lastRun, ignoresHours } = this.planned ?? {};
    this.planned = { timezone: 'UTC' };
    this.changeSchedule({ ...schedule, nextRunAt, lastRun, ignoresHours });
    this.note({ kind: 'schedule', by: { ...by, command: 'schedule' } });
    this.changes++;
    return true;
  }

  async stopSchedule(how: 'paused' | 'ended' | 'removed', by?: CommandedBy): Promise<void> {
    if (!this.planned || (how !== 'removed' && this.planned.nextRunAt === undefined)) return;
    this.changeSchedule({ nextRunAt: undefined, ...(how === 'paused' && { isPaused: true }) });
    if (how === 'removed') this.planned = this.scheduledRun = undefined;
    if (by)
      this.note({ kind: 'schedule', by: { ...by, command: how === 'paused' ? 'pause_schedule' : 'remove_schedule' } });
    this.changes++;
  }

  protected consent(sides: readonly Side[]): void {
    for (const side of sides) {
      this.unconfirmed.delete(side);
      this.consentedAt[side] = Date.now();
    }
  }

  protected isActive(): boolean {
    return this.details.startedAt !== undefined && ACTIVE_STATES.includes(this.current);
  }

  async park(state: 'waiting_quota' | 'needs_reconnect', why: ParkReason): Promise<boolean> {
    return this.parkFrom(WORKING_STATES, state, why);
  }

  async renew(): Promise<void> {
    // Nothing expires here.
  }

  protected async parkFrom(
    from: readonly TransferState[],
    state: 'waiting_quota' | 'needs_reconnect',
    why: ParkReason & { by?: CommandedBy },
  ): Promise<boolean> {
    if (why.side && why.since !== undefined && why.since < (this.consentedAt[why.side] ?? 0)) return false;
    if (!(await this.advance(from, state, { ...(why.by && { by: why.by }) }))) return false;
    if (why.side) this.unconfirmed.add(why.side);
    const { side } = why;
    const resumeAt = why.resumeAt && Math.min(why.resumeAt, Date.now() + LONGEST_WAIT_MS);
    this.details = {
      ...this.details,
      ...(why.side && { parked: { side: why.side, since: why.since ?? Date.now() } }),
      ...(resumeAt && { resumeAt }),
      ...(why.limit && { limit: why.limit }),
    };
    const last = this.log.at(-1)!;
    last.event = {
      ...last.event,
      ...(side && { side }),
      ...(resumeAt && { resumeAt }),
      ...(why.limit && { limit: why.limit }),
    };
    return true;
  }

  async resume({
    by,
    needs = SIDES,
    confirmed = by?.sides ?? [],
  }: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] } = {}): Promise<boolean> {
    if (this.resumeState === undefined || !RESUMABLE_STATES.includes(this.current)) return false;
    const asked = needs.filter((side) => this.unconfirmed.has(side));
    const open = asked.find((side) => !confirmed.includes(side));
    if (open && !asked.some((side) => confirmed.includes(side))) return false;
    this.consent(confirmed);
    if (by)
      this.withdrawals = Object.fromEntries(
        SIDES.flatMap((side) =>
          confirmed.includes(side) || !this.withdrawals[side] ? [] : [[side, this.withdrawals[side]]],
        ),
      );
    if (open) return this.parkFrom(RESUMABLE_STATES, 'needs_reconnect', { side: open, ...(by && { by }) });
    return this.advance(RESUMABLE_STATES, this.resumeState, { ...(by && { by }) });
  }

  async attend(): Promise<void> {
    const now = Date.now();
    const away = now - Math.max(this.attendedAt ?? now, this.since);
    this.attendedAt = now;
    if (!this.isActive() || away <= UNATTENDED_MS) return;
    this.activeMs -= away;
    this.changes++;
  }

  async withdrawAccess(side: Side, onlyIfEnded = false): Promise<void> {
    const hasEnded = TERMINAL_STATES.includes(this.current);
    const goesOnAs = (RESUMABLE_STATES.includes(this.current) && this.resumeState) || this.current;
    const isSpared = AFTER_END_STATES.includes(goesOnAs) && !sidesAtWork(this.order.mode, goesOnAs).includes(side);
    if (onlyIfEnded && (!(hasEnded || isSpared) || this.planned?.nextRunAt !== undefined)) return;
    const waits = this.current === 'waiting_quota';
    const work = (waits && this.resumeState) || this.current;
    const parks = (waits || WORKING_STATES.includes(this.current)) && sidesAtWork(this.order.mode, work).includes(side);
    if (this.withdrawals[side] && !parks && (hasEnded || this.unconfirmed.has(side))) return;
    this.withdrawals = { ...this.withdrawals, [side]: Date.now() };
    this.changeSchedule({ nextRunAt: undefined });
    if (!hasEnded) this.unconfirmed.add(side);
    this.note({ kind: 'withdrawn', side });
    this.changes++;
    if (parks) await this.parkFrom([this.current], 'needs_reconnect', { side });
  }

  async state(): Promise<TransferState> {
    return this.current;
  }

  async events(): Promise<LedgerEvent[]> {
    return this.log.map(({ event }) => event);
  }

  async unannounced(): Promise<UnannouncedState[]> {
    return this.log.flatMap(({ event: { kind, state, ...event }, number, held }) =>
      number > this.lastAnnounced && kind === 'state' && state
        ? [
            {
              id: String(number),
              at: event.at,
              state,
              held,
              ...(event.changed !== undefined && { changed: event.changed }),
            },
          ]
        : [],
    );
  }

  async announced(id: string): Promise<void> {
    this.lastAnnounced = Math.max(this.lastAnnounced, Number(id));
  }

  async noteStep(step: TimelineStep): Promise<void> {
    this.details = { ...this.details, step };
    this.changes++;
    this.note({ kind: 'step', step });
  }

  protected note(event: Omit<LedgerEvent, 'at'>): void {
    const held = this.order.held === true && this.details.startedAt === undefined;
    this.log.push({ event: { at: Date.now(), ...event }, number: ++this.noted, held });
    this.log.splice(0, this.log.length - EVENTS_KEPT);
  }
}
