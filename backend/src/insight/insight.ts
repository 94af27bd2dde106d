import { Injectable } from '@nestjs/common';
import type { ItemState, Outcome, PlannedItem } from '../engine/model/items.js';
import type { TransferOrder } from '../engine/model/order.js';
import { TERMINAL_STATES, type TransferState } from '../engine/model/states.js';
import { Activity } from './activity.js';
import type { Lane } from './activity.port.js';
import { AuditLog } from './audit.port.js';
import { Metrics } from './metrics.js';
import { Tracing } from './tracing.js';

/** An answer of this API, by what does not name anybody. */
export interface AnsweredRequest {
  readonly method: string;
  /** Its pattern (`/api/folders/:id/path`), never its path: that would make a series for each id. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Of the problem that it was answered with. */
  readonly code?: string | undefined;
}

/** An exchange with Google. */
export interface AnsweredExchange extends Lane {
  /** The operation: one of a few names. */
  readonly operation: string;
  /** HTTP status, or `none` when no answer came. */
  readonly status: number | 'none';
  readonly seconds: number;
  /** How long it was held back before, to keep the pace. */
  readonly waitedSeconds: number;
  /** Refused because the account, or the project, asks too fast. */
  readonly isTooFast: boolean;
}

const VALIDATION = '/session/validate';

/**
 * Where every module reports events. They become figures of this process (Prometheus) and figures over time of all of
 * them (`GET /session/analytics`). No call waits, fails or costs more than a few additions.
 */
@Injectable()
export class Insight {
  constructor(
    private readonly metrics: Metrics,
    private readonly activity: Activity,
    private readonly audit: AuditLog,
    private readonly tracing: Tracing,
  ) {}

  /** A request was answered. */
  answered({ method, route, status, seconds, code }: AnsweredRequest): void {
    this.metrics.requests.observe({ method, route, status }, seconds);
    this.activity.count('request');
    if (route === VALIDATION && status < 300) this.activity.count('validated');
    if (!code) return;
    this.metrics.problems.inc({ code });
    this.activity.countCode('problem', code);
    if (route === VALIDATION) this.activity.countCode('rejected', code);
  }

  /** A request came with a live token of this account (Google's `sub`). */
  saw(sub: string): void {
    this.activity.saw(sub);
  }

  /** An account was connected, or could not be for a reason. */
  connected(type: string, code?: string): void {
    this.metrics.connections.inc({ type, outcome: code ?? 'done' });
    if (code) this.activity.countCode('refused', code);
    else this.activity.count(`connected:${type}`);
  }

  /** Google answered, or did not. */
  exchanged({ credentialId, kind, operation, status, seconds, waitedSeconds, isTooFast }: AnsweredExchange): void {
    this.metrics.google.observe({ operation, status }, seconds);
    const failed = status === 'none' || status >= 400;
    this.tracing.exchanged(`google ${operation}`, seconds, { 'http.response.status_code': String(status) }, failed);
    this.metrics.waits.observe({ kind }, waitedSeconds);
    this.activity.count('google');
    if (isTooFast) {
      this.metrics.slowDowns.inc({ kind });
      this.activity.count('slowed');
    }
    this.activity.asked({ credentialId, kind }, isTooFast);
  }

  /** An item came into a state that it may keep. */
  settled({ size }: Pick<PlannedItem, 'size'>, state: ItemState, { way, code }: Outcome): void {
    this.metrics.items.inc({ state });
    this.activity.count(`item:${state}`);
    if (state === 'verified' && way) {
      this.activity.count(`way:${way}`);
      if (size) {
        this.metrics.bytes.inc({ way }, size);
        this.activity.count(`bytes:${way}`, size);
      }
    }
    if ((state === 'failed' || state === 'unverified') && code) {
      this.metrics.reasons.inc({ code });
      this.activity.countCode('reason', code);
    }
  }

  /** A transfer came into a state. */
  entered(state: TransferState, { id }: Pick<TransferOrder, 'id'>): void {
    this.metrics.entered.inc({ state });
    this.activity.count(`transfer:${state}`);
    if (!TERMINAL_STATES.includes(state)) return;
    const [actor, object] = ['cloudmover', `transfer:${id}`] as const;
    this.audit.record({ actor, action: 'transfer.ended', object, outcome: 'done', detail: { state } });
  }
}
