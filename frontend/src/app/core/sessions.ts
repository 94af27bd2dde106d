import { computed, inject, Service, signal, WritableSignal } from '@angular/core';
import { logout, validate } from '../api/functions';
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
      /** Only reading was allowed: it can be the source of copies, not of moves. */
      readonly readOnly: boolean;
      /** When the account signed in for this session, by the server's clock. */
      readonly connectedAt: number;
      readonly expiresAt: number;
      /** When Google ends the access, where it stated that. */
      readonly accessEndsAt?: number;
    }
  | {
      readonly state: 'ended';
      readonly code: 'session_expired' | 'reconnect_needed';
      readonly account?: Account;
      readonly readOnly?: boolean;
    }
  | { readonly state: 'unknown'; readonly problem: Problem };

const storageKey = (side: Side): string => `cloudmover.token.${side}`;

/**
 * The two sign-ins of this browser. Tokens are in localStorage, so that a reopened browser and other tabs keep them; the
 * server says whose they are, which is kept in memory only. An ended token stays stored (it authorises nothing) so that a
 * reload can say "ended" rather than "never connected".
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

  readonly source = this.statusOf('source');
  readonly destination = this.statusOf('destination');
  readonly bothConnected = computed(() => SIDES.every((side) => this.status(side).state === 'connected'));
  /** Why the server could not say whether some side is connected; undefined while no side's status is unknown. */
  readonly unknown = computed(() =>
    SIDES.map((side) => this.status(side)).find((status) => status.state === 'unknown'),
  );
  readonly anyConnected = computed(() => SIDES.some((side) => this.status(side).state === 'connected'));
  /** Neither side is being checked. */
  readonly settled = computed(() => SIDES.every((side) => this.status(side).state !== 'checking'));

  private checking?: Promise<void>;

  constructor() {
    addEventListener('online', () => {
      void this.checkUnknown();
    });
    addEventListener('storage', (event) => {
      const side = SIDES.find((candidate) => storageKey(candidate) === event.key);
      if (side) this.take(side, event.newValue);
    });
  }

  status(side: Side): SessionStatus {
    return side === 'source' ? this.source() : this.destination();
  }

  account(side: Side): Account | undefined {
    const status = this.status(side);
    return status.state === 'connected' || status.state === 'ended' ? status.account : undefined;
  }

  /** Whether a side's account is, or was until its session ended, connected only for reading. */
  isReadOnly(side: Side): boolean {
    const status = this.status(side);
    return (status.state === 'connected' || status.state === 'ended') && status.readOnly === true;
  }

  /** The token to send for a side, or undefined when there is none worth sending. */
  token(side: Side): string | undefined {
    return this.statuses[side]().state === 'ended' ? undefined : (this.tokens[side]() ?? undefined);
  }

  /**
   * The token that a new sign-in of a side replaces here: the server ends its session. None where the other side uses it
   * too.
   */
  replacedBy(side: Side): string | undefined {
    const earlier = this.tokens[side]();
    return earlier && earlier !== this.tokens[otherSide(side)]() ? earlier : undefined;
  }

  /** Checks every stored token that is not known to be valid; a second call joins the one in progress. */
  check(): Promise<void> {
    const open = SIDES.filter((side) => this.status(side).state !== 'connected');
    this.checking ??= Promise.all(open.map((side) => this.checkSide(side))).then(() => (this.checking = undefined));
    return this.checking;
  }

  /** Checks the sides whose status is unknown again; call it when the server responds again. */
  async checkUnknown(): Promise<void> {
    if (this.unknown()) await this.check();
  }

  /** Stores a new token and checks whose it is. */
  async connect(side: Side, token: string): Promise<void> {
    localStorage.setItem(storageKey(side), token);
    this.tokens[side].set(token);
    await this.checkSide(side);
  }

  /** Marks a side's token as refused; `token` guards against a late response to an older one. */
  markEnded(side: Side, code: 'session_expired' | 'reconnect_needed', token?: string): void {
    if (token !== undefined && token !== this.tokens[side]()) return;
    const account = this.account(side);
    this.statuses[side].set({ state: 'ended', code, ...(account && { account, readOnly: this.isReadOnly(side) }) });
  }

  /**
   * Ends a side's session on the server and forgets its token here.
   * @throws HttpErrorResponse when the server could not be reached; the token is then kept.
   */
  async disconnect(side: Side): Promise<void> {
    if (this.token(side))
      try {
        await this.api.call(logout, {}, side);
      } catch (error) {
        if (toProblem(error).status !== 401) throw error;
      }
    this.forget(side);
  }

  /** Forgets a side's token here, after its session has ended on the server. */
  forget(side: Side): void {
    localStorage.removeItem(storageKey(side));
    this.take(side, null);
  }

  private statusOf(side: Side) {
    return computed<SessionStatus>(() => {
      const status = this.statuses[side]();
      if (status.state !== 'connected' || status.expiresAt > this.clock.now()) return status;
      return { state: 'ended', code: 'session_expired', account: status.account, readOnly: status.readOnly };
    });
  }

  private take(side: Side, token: string | null): void {
    this.tokens[side].set(token);
    this.statuses[side].set({ state: token ? 'checking' : 'absent' });
    if (token) void this.checkSide(side);
  }

  private async checkSide(side: Side): Promise<void> {
    const token = this.tokens[side]();
    if (!token) return;
    this.statuses[side].set({ state: 'checking' });
    try {
      const body = await this.api.call(validate, {}, side);
      if (token !== this.tokens[side]()) return;
      this.clock.refresh();
      const { account, accessEndsAt: end } = body;
      this.statuses[side].set({
        state: 'connected',
        account,
        readOnly: body.readOnly,
        connectedAt: Date.parse(body.connectedAt),
        expiresAt: Date.parse(body.expiresAt),
        ...(end !== undefined && { accessEndsAt: Date.parse(end) }),
      });
    } catch (error) {
      // `sessionEndedInterceptor` has already marked a refused token.
      if (token === this.tokens[side]() && this.statuses[side]().state !== 'ended')
        this.statuses[side].set({ state: 'unknown', problem: toProblem(error) });
    }
  }
}
