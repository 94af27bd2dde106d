import { type Side, SIDES } from '../../../src/engine/errors.js';
import type { Conclusion, TimelineStep } from '../../../src/engine/model/conclusion.js';
import type { TransferOrder } from '../../../src/engine/model/order.js';
import { itemCodeOf } from '../../../src/engine/model/reasons.js';
import type { TransferSnapshot } from '../../../src/engine/model/snapshot.js';
import {
  ACTIVE_STATES,
  PARKED_STATES,
  RESUMABLE_STATES,
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
import {
  type Advance,
  type LedgerStates,
  LONGEST_WAIT_MS,
  type ParkReason,
} from '../../../src/engine/ports/ledger/states.js';

/** The state of a transfer, its accounts' consents, and the log. */
export abstract class InMemoryStates implements LedgerStates, LedgerLog {
  protected current: TransferState = 'planning';
  protected changes = 1;
  protected resumeState: TransferState | undefined;
  protected details: Partial<TransferSnapshot> = {};
  protected concluded: Conclusion | undefined;
  protected since: number;
  protected activeMs = 0;
  protected unconfirmed = new Set<Side>();
  protected withdrawals: Partial<Record<Side, number>> = {};
  private consentedAt: Partial<Record<Side, number>> = {};
  private log: { event: LedgerEvent; number: number; held: boolean }[] = [];
  private noted = 0;
  private lastAnnounced = 0;

  constructor(public order: TransferOrder) {
    this.since = Date.now();
    this.note({ kind: 'state', state: 'planning', by: { command: 'create', sides: SIDES } });
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    { problem, at = Date.now(), by, sharing }: Advance = {},
  ): Promise<boolean> {
    if (!from.includes(this.current)) return false;
    if (sharing) this.order = { ...this.order, sharing: sharing.options };
    const details = problem && { problem: { ...problem, code: itemCodeOf(problem.code) } };
    const before = this.current;
    // The first pause or parking decides which state it returns to.
    if ((to === 'pausing' || PARKED_STATES.includes(to)) && !RESUMABLE_STATES.includes(before))
      this.resumeState = before;
    const { parked: _parked, resumeAt: _resumeAt, limit: _limit, ...rest } = this.details;
    this.details = rest;
    if (TERMINAL_STATES.includes(before) || before === 'paused') {
      const { finishedAt: _finishedAt, problem: _problem, ...going } = this.details;
      this.details = going;
    }
    if (this.isActive()) this.activeMs += at - this.since;
    if (TERMINAL_STATES.includes(before)) this.concluded = undefined;
    this.consent(by?.sides ?? []);
    this.current = to;
    this.details = {
      ...(to === 'running' && { startedAt: at }),
      ...this.details, // it started only once
      ...details,
      ...(TERMINAL_STATES.includes(to) && { finishedAt: at }),
    };
    this.since = at;
    this.note({ kind: 'state', state: to, ...(by && { by }), ...details?.problem });
    this.changes++;
    return true;
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
    last.event = { ...last.event, ...(side && { side }), ...(resumeAt && { resumeAt }) };
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
        SIDES.flatMap((side) => (confirmed.includes(side) ? [] : [[side, this.withdrawals[side]]])),
      );
    if (open) return this.parkFrom(RESUMABLE_STATES, 'needs_reconnect', { side: open, ...(by && { by }) });
    return this.advance(RESUMABLE_STATES, this.resumeState, { ...(by && { by }) });
  }

  async withdrawAccess(side: Side, onlyIfEnded = false): Promise<void> {
    const hasEnded = TERMINAL_STATES.includes(this.current);
    if (onlyIfEnded && !hasEnded) return;
    const isSpared = this.current === 'undoing' && this.order.mode === 'copy' && side === 'source';
    const parks = [...WORKING_STATES, 'waiting_quota'].includes(this.current) && !isSpared;
    if (this.withdrawals[side] && !parks && (hasEnded || this.unconfirmed.has(side))) return;
    this.withdrawals = { ...this.withdrawals, [side]: Date.now() };
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
    return this.log.flatMap(({ event: { at, kind, state }, number, held }) =>
      number > this.lastAnnounced && kind === 'state' && state ? [{ id: String(number), at, state, held }] : [],
    );
  }

  async announced(id: string): Promise<void> {
    this.lastAnnounced = Math.max(this.lastAnnounced, Number(id));
  }

  async noteStep(step: TimelineStep): Promise<void> {
    this.note({ kind: 'step', step });
  }

  protected note(event: Omit<LedgerEvent, 'at'>): void {
    const held = this.order.held === true && this.details.startedAt === undefined;
    this.log.push({ event: { at: Date.now(), ...event }, number: ++this.noted, held });
    this.log.splice(0, this.log.length - EVENTS_KEPT);
  }
}
