import { inject, InjectionToken, Service } from '@angular/core';
import { Router } from '@angular/router';
import { RetryDto } from '../api/models/retry-dto';
import { SessionStore } from './sessions';
import { Side } from './side';

const RETURN_TO = 'cloudmover.returnTo';
const BEGUN = 'cloudmover.signIn';
/** How long the API waits for a sign-in to return. */
const SIGN_IN_MS = 10 * 60_000;

/** What a sign-in was started for: the transfer or preflight of that account to resume when it comes back. */
export interface Resumes {
  readonly id: string;
  /** E-mail of the account that it waits for: another one resumes nothing. */
  readonly account: string;
}

/** What needs a recent sign-in, to be done when the person returns. */
export interface StepUpAction {
  readonly command: 'start' | 'retry' | 'rerun' | 'undo' | 'withdraw';
  /** Of the transfer or preflight; of a withdrawal, which has none, empty. */
  readonly id: string;
  /** Of a retry: which items, and what is allowed for them. */
  readonly retry?: RetryDto;
  /** E-mail of the account that must return: with another one nothing is done. */
  readonly account: string;
}

/** How recent a proof of identity is requested from Google, which does not guarantee it. */
const RECENT_SECONDS = 3600;

/** Leaves the portal for another address in the same tab; a token so that tests can watch where it goes. */
export const LEAVE = new InjectionToken<(url: string) => void>('LEAVE', {
  providedIn: 'root',
  factory: () => (url) => location.assign(url),
});

/** Starts a sign-in at Google. It is a full navigation: Google's page cannot be framed, and a popup is often blocked. */
@Service()
export class SignIn {
  private readonly leave = inject(LEAVE);
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionStore);

  /**
   * @param returnTo the portal's own address to return to; the current one by default
   * @param account e-mail that Google should preselect
   * @param resumes what the return from Google confirms, because the person pressed **Reconnect** there
   * @param action what to do on return, because it needs a recent sign-in
   * @param access what a source must allow; the same as now by default
   */
  start(
    side: Side,
    {
      returnTo,
      account,
      resumes,
      action,
      access = this.sessions.isReadOnly(side) ? 'readonly' : 'full',
    }: {
      returnTo?: string;
      account?: string;
      resumes?: Resumes;
      action?: StepUpAction;
      access?: 'full' | 'readonly';
    } = {},
  ): void {
    sessionStorage.setItem(RETURN_TO, returnTo ?? this.router.url);
    sessionStorage.setItem(BEGUN, JSON.stringify({ side, at: Date.now(), resumes, action }));
    const query = [
      ...(account ? [`login_hint=${encodeURIComponent(account)}`] : []),
      ...(action ? [`max_age=${RECENT_SECONDS}`] : []),
      ...(side === 'source' && access === 'readonly' ? ['access=readonly'] : []),
    ].join('&');
    this.leave(`/auth/${side}${query && `?${query}`}`);
  }

  /**
   * The sign-in for the side that this tab began; returned once. A token that arrives without one comes from a link:
   * accepted silently, it could make a stranger's account the destination of a person's files.
   */
  takeBegun(side: Side): { readonly resumes?: Resumes; readonly action?: StepUpAction } | undefined {
    const stored = sessionStorage.getItem(BEGUN);
    sessionStorage.removeItem(BEGUN);
    try {
      const {
        side: began,
        at,
        resumes,
        action,
      } = JSON.parse(stored ?? '{}') as {
        side?: unknown;
        at?: unknown;
        resumes?: Partial<Resumes>;
        action?: Partial<StepUpAction>;
      };
      if (began !== side || typeof at !== 'number' || Date.now() - at >= SIGN_IN_MS) return undefined;
      const { id, account } = resumes ?? {};
      const isWhole = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && typeof account === 'string';
      const wanted = wholeAction(action);
      return { ...(isWhole && { resumes: { id, account } }), ...(wanted && { action: wanted }) };
    } catch {
      return undefined;
    }
  }

  /** The remembered address, once. Only one inside the portal is ever accepted. */
  takeReturnTo(): string | undefined {
    const stored = sessionStorage.getItem(RETURN_TO);
    sessionStorage.removeItem(RETURN_TO);
    return stored && /^\/(connect|move|transfers|sessions|analytics)([/?]|$)/.test(stored) ? stored : undefined;
  }
}

/** What was stored as an action, if it is one. */
function wholeAction(stored: Partial<StepUpAction> | undefined): StepUpAction | undefined {
  const { command, id, retry, account } = stored ?? {};
  const isWhole =
    typeof command === 'string' &&
    ['start', 'retry', 'rerun', 'undo', 'withdraw'].includes(command) &&
    typeof id === 'string' &&
    (command === 'withdraw' ? id === '' : /^[\w-]{1,64}$/.test(id)) &&
    typeof account === 'string' &&
    (retry === undefined || (typeof retry === 'object' && retry !== null && isRetry(retry)));
  return isWhole ? { command, id, account, ...(retry && { retry }) } : undefined;
}

const isRetry = ({ codes, allowConversion }: Partial<Record<keyof RetryDto, unknown>>): boolean =>
  (codes === undefined || (Array.isArray(codes) && codes.every((code) => typeof code === 'string'))) &&
  (allowConversion === undefined || typeof allowConversion === 'boolean');
