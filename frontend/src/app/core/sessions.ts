import { computed, effect, inject, Service, signal, untracked, WritableSignal } from '@angular/core';
import { sessionsLogOut, sessionsValidate } from '../api/functions';
import { ApiClient } from './api-client';
import { Clock } from './clock';
import { Problem, toProblem } from './problem';
import { otherSide, Side, SIDES } from './side';

export interface Account {
  readonly email: string;
  readonly name: string;
}

/** What is known about one side's sign-in. */
export type SessionStatus =
  | { readonly state: 'absent' }
  | { readonly state: 'checking' }
  | {
      readonly state: 'connected';
      readonly account: Account;
      /** The account allowed only reading: it can be the source of copies, but not of moves. */
      readonly readOnly: boolean;
      /** When the account signed in, by the server's clock; epoch milliseconds, like the times below. */
      readonly connectedAt: number;
      readonly expiresAt: number;
      /** When Google ends the access, if it stated that. */
      readonly accessEndsAt?: number;
    }
  | {
      readonly state: 'ended';
      readonly code: 'session_expired' | 'reconnect_needed';
      readonly account?: Account;
      readonly readOnly?: boolean;
    }
  | { readonly state: 'unknown'; readonly problem: Problem };

/** With less time than this left (milliseconds), the end of a session is worth a warning. */
export const ENDS_SOON_MS = 60 * 60_000;

/** How often the portal asks whether a session has ended, once its known end has passed. */
const CHECK_END_MS = 15_000;

const storageKey = (side: Side): string => `cloudmover.token.${side}`;

/**
 * The two sign-ins of this browser. Their tokens are in localStorage, for other tabs and a reopened browser; the accounts
 * are in memory only. A token stays stored after its session has ended (it authorises nothing), so that a reload can
 * still distinguish "ended" from "never connected".
 */
@Service()
export class SessionStore {
  private readonly api = inject(ApiClient);
  private readonly clock = inject(Clock);

  private readonly tokens: Record<Side, WritableSignal<string | null>> = {
    source: signal(localStorage.getItem(storageKey('source'))),
    destination: signal(localStorage.getItem(storageKey('destination'))),
  };
  private readonly statuses: Record<Side, WritableSignal<SessionStatus>> = {
    source: signal<SessionStatus>({ state: this.tokens.source() ? 'checking' : 'absent' }),
    destination: signal<SessionStatus>({ state: this.tokens.destination() ? 'checking' : 'absent' }),
  };

  readonly source = this.statuses.source.asReadonly();
  readonly destination = this.statuses.destination.asReadonly();
  readonly bothConnected = computed(() => SIDES.every((side) => this.status(side).state === 'connected'));
  /** Why it is not known whether a side is connected; undefined if it is known for both. */
  readonly unknown = computed(() =>
    SIDES.map((side) => this.status(side)).find((status) => status.state === 'unknown'),
  );
  readonly anyConnected = computed(() => SIDES.some((side) => this.status(side).state === 'connected'));
  /** Whether neither side is being checked. */
  readonly settled = computed(() => SIDES.every((side) => this.status(side).state !== 'checking'));

  private checking?: Promise<void>;
  /** When the end of each side's session was last checked. */
  private readonly endCheckedAt: Record<Side, number> = { source: 0, destination: 0 };

  constructor() {
    addEventListener('online', () => {
      void this.checkUnknown();
    });
    addEventListener('storage', (event) => {
      const side = SIDES.find((candidate) => storageKey(candidate) === event.key);
      if (side) this.take(side, event.newValue);
    });
    effect(() => {
      const now = this.clock.now();
      untracked(() => SIDES.forEach((side) => this.checkEnd(side, now)));
    });
  }

  status(side: Side): SessionStatus {
    return side === 'source' ? this.source() : this.destination();
  }

  account(side: Side): Account | undefined {
    const status = this.status(side);
    return status.state === 'connected' || status.state === 'ended' ? status.account : undefined;
  }

  /** Whether a side's account is connected for reading only, or was until its session ended. */
  isReadOnly(side: Side): boolean {
    const status = this.status(side);
    return (status.state === 'connected' || status.state === 'ended') && status.readOnly === true;
  }

  /** The token to send for a side; undefined if there is none or its session has ended. */
  token(side: Side): string | undefined {
    return this.statuses[side]().state === 'ended' ? undefined : (this.tokens[side]() ?? undefined);
  }

  /**
   * The token that a new sign-in of a side replaces, so that the server can end its session. Undefined if the other side
   * uses the same one.
   */
  replacedBy(side: Side): string | undefined {
    const earlier = this.tokens[side]();
    return earlier && earlier !== this.tokens[otherSide(side)]() ? earlier : undefined;
  }

  /** Checks the stored tokens of the sides that are not connected; a second call joins a running check. */
  check(): Promise<void> {
    const open = SIDES.filter((side) => this.status(side).state !== 'connected');
    this.checking ??= Promise.all(open.map((side) => this.checkSide(side))).then(() => (this.checking = undefined));
    return this.checking;
  }

  /** Checks again if the status of a side is unknown. Call it when the server responds again. */
  async checkUnknown(): Promise<void> {
    if (this.unknown()) await this.check();
  }

  /** Stores a new token and checks it. */
  async connect(side: Side, token: string): Promise<void> {
    localStorage.setItem(storageKey(side), token);
    this.tokens[side].set(token);
    await this.checkSide(side);
  }

  /** Marks a side's session as ended. @param token the token of the request; ignored if it is no longer the current one */
  markEnded(side: Side, code: 'session_expired' | 'reconnect_needed', token?: string): void {
    if (token !== undefined && token !== this.tokens[side]()) return;
    const account = this.account(side);
    this.statuses[side].set({ state: 'ended', code, ...(account && { account, readOnly: this.isReadOnly(side) }) });
  }

  /**
   * Ends a side's session on the server and removes its token here.
   * @throws HttpErrorResponse if the server could not be reached; the token is then kept
   */
  async disconnect(side: Side): Promise<void> {
    if (this.token(side))
      try {
        await this.api.call(sessionsLogOut, {}, side);
      } catch (error) {
        if (toProblem(error).status !== 401) throw error;
      }
    this.forget(side);
  }

  /** Removes a side's token here, after its session has ended on the server. */
  forget(side: Side): void {
    localStorage.removeItem(storageKey(side));
    this.take(side, null);
  }

  private take(side: Side, token: string | null): void {
    this.tokens[side].set(token);
    this.statuses[side].set({ state: token ? 'checking' : 'absent' });
    if (token) void this.checkSide(side);
  }

  /**
   * Asks the server at the known end of a session, because each use moves the end. `sessionEndedInterceptor` sets the
   * status if it has ended; without an answer, the session stays connected and is checked again.
   */
  private checkEnd(side: Side, now: number): void {
    const status = this.status(side);
    if (status.state !== 'connected' || status.expiresAt > now || now - this.endCheckedAt[side] < CHECK_END_MS) return;
    this.endCheckedAt[side] = now;
    this.validate(side).catch(() => undefined);
  }

  private async checkSide(side: Side): Promise<void> {
    const token = this.tokens[side]();
    if (!token) return;
    this.statuses[side].set({ state: 'checking' });
    try {
      await this.validate(side);
      this.clock.refresh();
    } catch (error) {
      // For a rejected token, `sessionEndedInterceptor` has already set the status.
      if (token === this.tokens[side]() && this.statuses[side]().state !== 'ended')
        this.statuses[side].set({ state: 'unknown', problem: toProblem(error) });
    }
  }

  /** Requests what is known about a side's session. @throws HttpErrorResponse */
  private async validate(side: Side): Promise<void> {
    const token = this.tokens[side]();
    const body = await this.api.call(sessionsValidate, {}, side);
    if (token !== this.tokens[side]()) return;
    const { account, accessEndsAt: end } = body;
    this.statuses[side].set({
      state: 'connected',
      account,
      readOnly: body.readOnly,
      connectedAt: Date.parse(body.connectedAt),
      expiresAt: Date.parse(body.expiresAt),
      ...(end !== undefined && { accessEndsAt: Date.parse(end) }),
    });
  }
}
