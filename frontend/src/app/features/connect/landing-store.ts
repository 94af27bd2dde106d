import { HttpClient, HttpHeaders } from '@angular/common/http';
import { inject, Injectable, signal } from '@angular/core';
import { Router } from '@angular/router';
import { firstValueFrom } from 'rxjs';
import { transfersResume } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { LANDING } from '../../core/landing';
import { Problem, toProblem } from '../../core/problem';
import { SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { Resumes, SignIn, StepUpAction } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';

export type LandingState =
  | { readonly step: 'working' }
  /** This tab started no sign-in: the token came from a link. */
  | { readonly step: 'unexpected'; readonly email: string }
  /** A sign-in for either side, but both sides are already connected. */
  | { readonly step: 'asking' }
  /** The network failed. The token, which is only in memory, is still valid. */
  | { readonly step: 'interrupted' }
  | { readonly step: 'refused'; readonly problem: Problem };

/**
 * Exchanges the token from the address for a new one, so that the one in the browser's history becomes useless; then
 * returns to the previous page.
 */
@Injectable()
export class LandingStore {
  private readonly http = inject(HttpClient);
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly landing = inject(LANDING);
  private readonly toasts = inject(Toasts);
  private readonly stepUp = inject(StepUp);

  private readonly current = signal<LandingState>({ step: 'working' });
  readonly state = this.current.asReadonly();
  /** The side of the sign-in; undefined: either. */
  readonly side = SIDES.find((side) => side === this.landing?.type);

  private accepted = false;
  /** The side that the person chose, if the portal had to ask. */
  private chosen: Side | undefined;
  /** What to resume, and which action to perform, after the sign-in. */
  private resumes: Resumes | undefined;
  private action: StepUpAction | undefined;
  private pending = this.landing?.kind === 'token' ? this.landing.token : undefined;

  constructor() {
    void this.begin();
  }

  /** Exchanges the token and leaves the page. @param chosen the side, if the person had to choose one */
  async exchange(chosen?: Side): Promise<void> {
    this.chosen = chosen ?? this.chosen;
    const token = this.pending;
    const side = this.chosen ?? this.side ?? this.emptySide();
    if (!token || !side) return;
    this.current.set({ step: 'working' });
    try {
      const headers = new HttpHeaders({ Authorization: `Bearer ${token}` });
      const replaces = this.sessions.replacedBy(side);
      const body = replaces ? { replaces } : null;
      const rotated = await firstValueFrom(this.http.post<{ token: string }>('/session/rotate', body, { headers }));
      this.pending = undefined;
      await this.sessions.connect(side, rotated.token);
      await this.resumeFor(side);
      const next = await this.performFor(side);
      if (next !== 'left') await this.leave(next);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Retries after a network failure: the question if it is not answered yet, otherwise the exchange. */
  again(): Promise<void> {
    return this.accepted || !this.pending ? this.exchange() : this.askAbout(this.pending);
  }

  /** Accepts the account: this tab started the sign-in, or the person has confirmed a link. */
  async accept(): Promise<void> {
    this.accepted = true;
    if (!this.side) {
      await this.sessions.check();
      if (!this.emptySide()) return this.current.set({ step: 'asking' });
    }
    await this.exchange();
    // The other side has not been checked yet.
    if (!this.sessions.settled()) await this.sessions.check();
  }

  async decline(): Promise<void> {
    this.pending = undefined;
    await this.router.navigateByUrl('/connect', { replaceUrl: true });
  }

  connectAgain(side: Side): void {
    const { resumes, action } = this.signIn.takeBegun(side) ?? {};
    this.signIn.start(side, {
      returnTo: this.signIn.takeReturnTo() ?? '/connect',
      ...(resumes && { resumes, account: resumes.account }),
      ...(action && { action, account: action.account }),
    });
  }

  /** Resumes what the person reconnected the account for by pressing **Reconnect**. Other sign-ins resume nothing. */
  private async resumeFor(side: Side): Promise<void> {
    const wanted = this.resumes;
    this.resumes = undefined;
    if (!wanted || wanted.account !== this.sessions.account(side)?.email) return;
    await this.api.call(transfersResume, { id: wanted.id }, side).catch((error: unknown) => this.toasts.failed(error));
  }

  /** Performs the action that needed the sign-in. @returns the address to open instead; `left` if Google opens again */
  private async performFor(side: Side): Promise<string | undefined> {
    const { action } = this;
    this.action = undefined;
    if (!action) return undefined;
    // The other side has not been checked yet.
    await this.sessions.check();
    try {
      return await this.stepUp.perform(action, side);
    } catch (error) {
      const returnTo = this.signIn.takeReturnTo() ?? '/transfers';
      // The undo of a move needs a recent sign-in of both accounts: the other one comes next.
      const { account: _account, accounts, ...again } = action;
      const answer = await this.stepUp.offer(error, again, accounts, returnTo);
      if (answer === 'other') this.toasts.failed(error);
      return answer === 'left' ? 'left' : returnTo;
    }
  }

  private async begin(): Promise<void> {
    if (!this.landing) return this.leave();
    if (this.landing.kind === 'error') {
      this.current.set({ step: 'refused', problem: { code: this.landing.code, title: this.landing.code, status: 0 } });
      return this.sessions.check();
    }
    const side = this.side;
    const begun = side && this.signIn.takeBegun(side);
    if (begun) {
      this.resumes = begun.resumes;
      this.action = begun.action;
      return this.accept();
    }
    await this.askAbout(this.landing.token);
  }

  /** Asks whether to connect the account of a token that came from a link. */
  private async askAbout(token: string): Promise<void> {
    try {
      const headers = new HttpHeaders({ Authorization: `Bearer ${token}` });
      const answer = this.http.get<{ account: { email: string } }>('/session/validate', { headers });
      this.current.set({ step: 'unexpected', email: (await firstValueFrom(answer)).account.email });
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    const problem = toProblem(error);
    if (problem.status === 0 || problem.status >= 500) return this.current.set({ step: 'interrupted' });
    // The server does not accept the token: it was used before, or is too old.
    const refused = problem.status === 401 ? { ...problem, code: 'link_expired' } : problem;
    this.current.set({ step: 'refused', problem: refused });
  }

  private emptySide(): Side | undefined {
    return SIDES.find((side) => this.sessions.status(side).state !== 'connected');
  }

  /** Leaves the page. @param address where to go instead of back */
  private async leave(address?: string): Promise<void> {
    const stored = this.landing && this.signIn.takeReturnTo();
    const remembered = address ?? stored;
    // The fallback depends on whether the stored sessions are still valid.
    if (!remembered) await this.sessions.check();
    const fallback = this.sessions.bothConnected() ? '/move' : '/connect';
    await this.router.navigateByUrl(remembered ?? fallback, { replaceUrl: true });
  }
}
