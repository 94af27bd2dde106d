import { computed, inject, Service, signal } from '@angular/core';
import { keysList, sessionsEnd, sessionsSignInOperator } from '../api/functions';
import { ApiClient, Operation } from './api-client';
import { Problem, toProblem } from './problem';

const STORED = 'cloudmover.operator';
/** The token of an operator session contains the session's ID. */
const SESSION = /^cmo_([\w-]+)\./;

export const isOperatorKeyRefused = ({ code, status }: Problem): boolean =>
  code === 'operator_key_refused' || status === 401;

/**
 * The operator's key, in memory only: it is lost when the tab is reloaded or closed. Someone who wants to stay signed in
 * exchanges it for an operator session, whose token is in localStorage, for other tabs and a reopened browser.
 */
@Service()
export class OperatorKey {
  private readonly api = inject(ApiClient);
  private readonly current = signal(localStorage.getItem(STORED) ?? undefined);
  private readonly failure = signal<{ readonly problem: Problem; readonly ofSession: boolean } | undefined>(undefined);

  /** The key, or the token of the operator session. */
  readonly value = this.current.asReadonly();
  /** Whether it is the token of a session, which cannot do everything that the key can. */
  readonly isSession = computed(() => SESSION.test(this.current() ?? ''));
  /** Why there is no key. `ofSession`: a session has ended. */
  readonly problem = this.failure.asReadonly();
  /** Whether a key is being checked. */
  readonly checking = signal(false);

  constructor() {
    addEventListener('storage', ({ key, newValue }) => {
      if (key === STORED && (newValue !== null || this.isSession())) this.current.set(newValue ?? undefined);
    });
  }

  accept(key: string): void {
    this.current.set(key);
    this.failure.set(undefined);
  }

  /** Checks a key. Accepts it, or with `keep` the token of a new operator session. */
  async unlock(key: string, keep: boolean): Promise<void> {
    if (this.checking()) return;
    this.checking.set(true);
    try {
      if (keep) {
        const { token } = await this.api.call(sessionsSignInOperator, { 'X-Operator-Key': key });
        localStorage.setItem(STORED, token);
        this.accept(token);
      } else {
        await this.api.call(keysList, { 'X-Operator-Key': key });
        this.accept(key);
      }
    } catch (error) {
      this.failure.set({ problem: toProblem(error), ofSession: false });
    } finally {
      this.checking.set(false);
    }
  }

  /**
   * Calls an endpoint of the operator. A key that the server no longer accepts is forgotten.
   * @throws HttpErrorResponse
   */
  async call<Params, Body>(
    operation: Operation<Params, Body>,
    params: Omit<NonNullable<Params>, 'X-Operator-Key'>,
  ): Promise<Body> {
    const key = this.current();
    try {
      return await this.api.call(operation, { ...params, 'X-Operator-Key': key ?? '' } as Params);
    } catch (error) {
      const problem = toProblem(error);
      if (isOperatorKeyRefused(problem) && key === this.current()) {
        const ofSession = this.isSession();
        this.forget();
        this.failure.set({ problem, ofSession });
      }
      throw error;
    }
  }

  /** Forgets the key here, and ends the operator session. @throws HttpErrorResponse if the session could not be ended */
  async lock(): Promise<void> {
    const key = this.current();
    const id = SESSION.exec(key ?? '')?.[1];
    this.forget();
    if (key === undefined || id === undefined) return;
    try {
      await this.api.call(sessionsEnd, { id, 'X-Operator-Key': key });
    } catch (error) {
      // It had ended before.
      if (!isOperatorKeyRefused(toProblem(error))) throw error;
    }
  }

  private forget(): void {
    localStorage.removeItem(STORED);
    this.current.set(undefined);
    this.failure.set(undefined);
  }
}
