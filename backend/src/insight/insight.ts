import { Injectable } from '@nestjs/common';
import type { ItemState, Outcome, PlannedItem } from '../engine/model/items.js';
import type { LinkReason } from '../engine/model/links.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { AccessCode } from '../engine/model/sharing.js';
import { TERMINAL_STATES, type TransferState } from '../engine/model/states.js';
import { QUOTA_UNITS, type UsageCounter } from '../engine/model/quota-units.js';
import { Activity } from './activity.js';
import type { AccountActivity, SettledLink, SharingOutcome } from './activity.port.js';
import { AuditLog } from './audit.port.js';
import { Metrics } from './metrics.js';
import { Tracing } from './tracing.js';

/** A response of this API, without personal data. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern (`/api/folders/:id/path`), not its path, which would create a series for each id. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Problem code of the response. */
  readonly code?: string | undefined;
}

/** A request to Google and its response. */
export interface AnsweredExchange extends AccountActivity {
  /** Google's name of the method; there are a few dozen. */
  readonly operation: string;
  /** HTTP status, or `none` if there was no response. */
  readonly status: number | 'none';
  readonly seconds: number;
  /** How long the pacer delayed it. */
  readonly waitedSeconds: number;
  /** Refused because of a rate limit of the account or the project. */
  readonly isTooFast: boolean;
}

const VALIDATION = '/session/validate';

/**
 * Every module reports events here. They become metrics of this process (Prometheus) and figures over time of all
 * processes (`GET /session/analytics`). No call waits, fails or costs more than a few additions.
 */
@Injectable()
export class Insight {
  constructor(
    private readonly metrics: Metrics,
    private readonly activity: Activity,
    private readonly audit: AuditLog,
    private readonly tracing: Tracing,
  ) {}

  /** Reports a response. */
  answered({ method, route, status, seconds, code }: AnsweredRequest): void {
    this.metrics.requests.observe({ method, route, status }, seconds);
    this.activity.count('request');
    if (route === VALIDATION && status < 300) this.activity.count('validated');
    if (!code) return;
    this.metrics.problems.inc({ code });
    this.activity.countCode('problem', code);
    if (route === VALIDATION) this.activity.countCode('rejected', code);
  }

  /** Reports a request with a valid token of this account (Google's `sub`). */
  saw(sub: string): void {
    this.activity.saw(sub);
  }

  /** Reports that an account was connected, or why that failed. */
  connected(type: string, code?: string): void {
    this.metrics.connections.inc({ type, outcome: code ?? 'done' });
    if (code) this.activity.countCode('refused', code);
    else this.activity.count(`connected:${type}`);
  }

  /** Reports a request to Google. */
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

  /** Reports what a request to Google used. */
  used(counter: UsageCounter, by: number): void {
    if (counter === 'received' || counter === 'sent') this.metrics.googleBytes.inc({ direction: counter }, by);
    else this.metrics.googleUnits.inc({ class: counter }, by * QUOTA_UNITS[counter]);
    this.activity.count(`usage:${counter}`, by);
  }

  /** Reports that an item was settled. */
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

  /** Reports what came of permissions of copies, and why some are narrower or wider than wanted. */
  shared(outcomes: ReadonlyMap<SharingOutcome, number>, reasons: ReadonlyMap<AccessCode, number>): void {
    for (const [outcome, count] of outcomes) {
      this.metrics.permissions.inc({ outcome }, count);
      this.activity.count(`permission:${outcome}`, count);
    }
    for (const [code, count] of reasons) {
      this.metrics.permissionReasons.inc({ code }, count);
      this.activity.countCode('permission_reason', code, count);
    }
  }

  /** Reports what came of links in copied documents, and why some were not rewritten. */
  linked(outcomes: ReadonlyMap<SettledLink, number>, reasons: ReadonlyMap<LinkReason, number>): void {
    for (const [outcome, count] of outcomes) {
      this.metrics.links.inc({ outcome }, count);
      this.activity.count(`link:${outcome}`, count);
    }
    for (const [code, count] of reasons) {
      this.metrics.linkReasons.inc({ code }, count);
      this.activity.countCode('link_reason', code, count);
    }
  }

  /** Reports an attempt to deliver a message of a webhook. */
  attempted(outcome: 'delivered' | 'failed'): void {
    this.metrics.webhookAttempts.inc({ outcome });
  }

  /** Reports a mail: `failed`: it is tried again; `given_up`: it is not. */
  mailed(outcome: 'sent' | 'failed' | 'given_up'): void {
    this.metrics.mails.inc({ outcome });
  }

  /** Reports that a transfer entered a state. */
  entered(state: TransferState, { id }: Pick<TransferOrder, 'id'>): void {
    this.metrics.entered.inc({ state });
    this.activity.count(`transfer:${state}`);
    if (!TERMINAL_STATES.includes(state)) return;
    const [actor, object] = ['cloudmover', `transfer:${id}`] as const;
    this.audit.record({ actor, action: 'transfer.ended', object, outcome: 'done', detail: { state } });
  }
}
