import { HttpClient, HttpHeaders } from '@angular/common/http';
import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { firstValueFrom } from 'rxjs';
import { resume } from '../../api/functions';
import { AdministratorNote } from '../../core/administrator-note';
import { LANDING } from '../../core/landing';
import { explain, Problem, toProblem } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { otherSide, Side, SIDES } from '../../core/side';
import { Resumes, SignIn, StepUpAction } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';

type State =
  | { readonly step: 'working' }
  /** This tab began no sign-in: somebody's link brought the token. */
  | { readonly step: 'unexpected'; readonly email: string }
  /** A sign-in for either side, and both sides are taken. */
  | { readonly step: 'asking' }
  /** The network failed: the token is still good and only in memory. */
  | { readonly step: 'interrupted' }
  | { readonly step: 'refused'; readonly problem: Problem };

/**
 * Where a sign-in comes back to. The token that arrived in the address is exchanged for another one at once, so that
 * what the browser's history has seen is worthless; then the portal goes on where the person was.
 */
@Component({
  selector: 'cm-landing-page',
  imports: [EmptyState, MatButton, RouterLink],
  template: `
    <div class="page narrow">
      @switch (state().step) {
        @case ('working') {
          <h1 tabindex="-1">{{ t().connecting }}</h1>
          <p class="lead" role="status">{{ t().finishing }}</p>
        }
        @case ('unexpected') {
          <h1 tabindex="-1">{{ t().unexpected.heading(email()) }}</h1>
          <cm-empty-state icon="key" [heading]="t().unexpected.reason" role="alert">
            {{ t().unexpected.text(email(), side()) }}
            <span emptyAction class="row-of">
              <button matButton="filled" type="button" (click)="decline()">{{ t().unexpected.decline }}</button>
              <button matButton="outlined" type="button" (click)="accept()">
                {{ t().unexpected.accept(email()) }}
              </button>
            </span>
          </cm-empty-state>
        }
        @case ('asking') {
          <h1 tabindex="-1">{{ t().which.heading }}</h1>
          <p class="lead">{{ t().which.text }}</p>
          <p class="row-of choice">
            @for (side of sides; track side) {
              <button matButton="outlined" type="button" (click)="exchange(side)">{{ t().which.use[side] }}</button>
            }
          </p>
        }
        @case ('interrupted') {
          <h1 tabindex="-1">{{ t().interrupted.heading }}</h1>
          <cm-empty-state icon="cloud-off" [heading]="t().interrupted.reason" role="alert">
            {{ t().interrupted.text }}
            <button emptyAction matButton="filled" type="button" (click)="again()">{{ t().interrupted.again }}</button>
          </cm-empty-state>
        }
        @case ('refused') {
          <h1 tabindex="-1">{{ t().refused.heading }}</h1>
          <cm-empty-state icon="key" [heading]="refusal().text" role="alert">
            @if (!refusal().known) {
              <span class="mono">{{ code() }}</span>
            }
            {{ otherSideWords() }}
            <span emptyAction class="row-of">
              @if (refusal().remedy === 'copy_note') {
                <button matButton="filled" type="button" (click)="note.copy()">{{ copyNote() }}</button>
              }
              @if (side(); as side) {
                <button
                  [matButton]="refusal().remedy === 'copy_note' ? 'outlined' : 'filled'"
                  type="button"
                  (click)="connectAgain(side)"
                >
                  {{ t().refused.again[side] }}
                </button>
              }
              <a matButton="outlined" routerLink="/connect">{{ t().refused.accounts }}</a>
            </span>
          </cm-empty-state>
        }
      }
    </div>
  `,
  styles: `
    .lead {
      margin-top: 4px;
    }
    .choice {
      margin-top: 20px;
    }
  `,
})
export class LandingPage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly landing = inject(LANDING);
  private readonly toasts = inject(Toasts);
  private readonly stepUp = inject(StepUp);

  protected readonly note = inject(AdministratorNote);

  private readonly texts = inject(Texts).connect;
  private readonly problemTexts = inject(Texts).problems;
  protected readonly copyNote = computed(() => this.problemTexts().remedies.copyNote);
  protected readonly t = computed(() => this.texts().landing);
  protected readonly sides = SIDES;
  private readonly current = signal<State>({ step: 'working' });
  protected readonly state = this.current.asReadonly();
  protected readonly side = computed<Side | undefined>(() => {
    const type = this.landing?.type;
    return type === 'source' || type === 'destination' ? type : undefined;
  });
  private readonly problem = computed(() => {
    const state = this.state();
    return state.step === 'refused' ? state.problem : undefined;
  });
  protected readonly email = computed(() => {
    const state = this.state();
    return state.step === 'unexpected' ? state.email : '';
  });
  protected readonly code = computed(() => this.problem()?.code ?? '');
  protected readonly refusal = computed(() =>
    explain(this.problem() ?? { code: 'internal', title: '', status: 0 }, { side: this.side() }),
  );
  protected readonly otherSideWords = computed(() => {
    const side = this.side();
    const other = side && otherSide(side);
    return other && this.sessions.status(other).state === 'connected' ? this.t().refused.otherStays[other] : '';
  });

  /** A second landing in one page load is a mistake of the browser's "back": the token is used only once. */
  private accepted = false;
  /** What this sign-in was started for. */
  private resumes: Resumes | undefined;
  private action: StepUpAction | undefined;
  private pending = this.landing?.kind === 'token' ? this.landing.token : undefined;

  constructor() {
    void this.begin();
  }

  /** Exchanges the token and goes on. @param chosen the side, when the person had to choose one */
  protected async exchange(chosen?: Side): Promise<void> {
    const token = this.pending;
    const side = chosen ?? this.side() ?? this.emptySide();
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
      if (next !== 'left') await this.goOn(next);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 0 || problem.status >= 500) return this.current.set({ step: 'interrupted' });
      // The server knows nothing of this token: used before, or too old.
      const refused = problem.status === 401 ? { ...problem, code: 'link_expired' } : problem;
      this.current.set({ step: 'refused', problem: refused });
    }
  }

  /** After the network failed: the question, if it was not answered yet, or the exchange. */
  protected again(): Promise<void> {
    return this.accepted || !this.pending ? this.exchange() : this.question(this.pending);
  }

  /** This tab began the sign-in, or the person wants the account that a link brought. */
  protected async accept(): Promise<void> {
    this.accepted = true;
    if (!this.side()) {
      await this.sessions.check();
      if (!this.emptySide()) return this.current.set({ step: 'asking' });
    }
    await this.exchange();
    // The side that was not just connected has not been asked about yet.
    if (!this.sessions.settled()) await this.sessions.check();
  }

  protected async decline(): Promise<void> {
    this.pending = undefined;
    await this.router.navigateByUrl('/connect', { replaceUrl: true });
  }

  protected connectAgain(side: Side): void {
    const { resumes, action } = this.signIn.takeBegun(side) ?? {};
    this.signIn.start(side, {
      returnTo: this.signIn.takeReturnTo() ?? '/connect',
      ...(resumes && { resumes, account: resumes.account }),
      ...(action && { action, account: action.account }),
    });
  }

  /**
   * Pressing **Reconnect** on a transfer and signing in confirms that it is to resume. Any other sign-in
   * resumes nothing.
   */
  private async resumeFor(side: Side): Promise<void> {
    const wanted = this.resumes;
    this.resumes = undefined;
    if (!wanted || wanted.account !== this.sessions.account(side)?.email) return;
    await firstValueFrom(resume(this.http, '', { id: wanted.id }, asSide(side))).catch((error: unknown) =>
      this.toasts.failed(error),
    );
  }

  /** Runs the action that needed the sign-in. @returns where to go instead of back; `left` if Google opens again */
  private async performFor(side: Side): Promise<string | undefined> {
    const { action } = this;
    this.action = undefined;
    if (!action) return undefined;
    // Whose the other side is, which has not been asked about yet.
    await this.sessions.check();
    try {
      return await this.stepUp.perform(action, side);
    } catch (error) {
      const returnTo = this.signIn.takeReturnTo() ?? '/transfers';
      // The undo of a move needs both accounts: now the other one.
      const { account: _account, ...again } = action;
      const answer = await this.stepUp.offer(error, again, {}, returnTo);
      if (answer === 'other') this.toasts.failed(error);
      return answer === 'left' ? 'left' : returnTo;
    }
  }

  private async begin(): Promise<void> {
    if (!this.landing) return this.goOn();
    if (this.landing.kind === 'error') {
      this.current.set({ step: 'refused', problem: { code: this.landing.code, title: this.landing.code, status: 0 } });
      return this.sessions.check();
    }
    const side = this.side();
    const begun = side && this.signIn.takeBegun(side);
    if (begun) {
      this.resumes = begun.resumes;
      this.action = begun.action;
      return this.accept();
    }
    await this.question(this.landing.token);
  }

  /** Shows whose account it is before anything is done with it. */
  private async question(token: string): Promise<void> {
    try {
      const headers = new HttpHeaders({ Authorization: `Bearer ${token}` });
      const answer = this.http.get<{ account: { email: string } }>('/session/validate', { headers });
      this.current.set({ step: 'unexpected', email: (await firstValueFrom(answer)).account.email });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 0 || problem.status >= 500) return this.current.set({ step: 'interrupted' });
      this.current.set({ step: 'refused', problem: { ...problem, code: 'link_expired' } });
    }
  }

  private emptySide(): Side | undefined {
    return SIDES.find((side) => this.sessions.status(side).state !== 'connected');
  }

  private async goOn(address?: string): Promise<void> {
    const stored = this.landing && this.signIn.takeReturnTo();
    const remembered = address ?? stored;
    // Stored tokens may have ended since: only then is there nothing to choose from.
    if (!remembered) await this.sessions.check();
    const fallback = this.sessions.bothConnected() ? '/move' : '/connect';
    await this.router.navigateByUrl(remembered ?? fallback, { replaceUrl: true });
  }
}
