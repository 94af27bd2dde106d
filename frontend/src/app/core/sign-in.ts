import { inject, InjectionToken, Service } from '@angular/core';
import { Router } from '@angular/router';
import { Notify } from '../api/models/notify';
import { Retry } from '../api/models/retry';
import { isLanguage } from '../texts/language';
import { SessionStore } from './sessions';
import { Side, SIDES } from './side';

const RETURN_TO = 'cloudmover.returnTo';
const BEGUN = 'cloudmover.signIn';
/** How long the API waits for a sign-in to return. */
const SIGN_IN_MS = 10 * 60_000;

/** The transfer or preflight to resume when the person returns from Google. */
export interface Resumes {
  readonly id: string;
  /** The e-mail address of the account that it waits for. If another account signs in, nothing is resumed. */
  readonly account: string;
}

/** An action that needs a recent sign-in, to be performed when the person returns from Google. */
export interface StepUpAction {
  readonly command: 'start' | 'retry' | 'rerun' | 'undo' | 'withdraw';
  /** The ID of the transfer or preflight; empty for `withdraw`. */
  readonly id: string;
  /** For a retry: which items, and what is allowed for them. */
  readonly retry?: Retry;
  /** For a start: who gets an e-mail. */
  readonly notify?: Notify;
  /** The e-mail address of the account that must sign in. If another one does, nothing is done. */
  readonly account: string;
  /** That of each side of the action, if known: the account may be signed in here on the other side. */
  readonly accounts?: Partial<Readonly<Record<Side, string>>>;
}

/** The age limit for a sign-in that is requested from Google, which does not guarantee it. */
const RECENT_SECONDS = 3600;

/** Opens another address in this tab. An injection token, so that tests can observe it. */
export const LEAVE = new InjectionToken<(url: string) => void>('LEAVE', {
  providedIn: 'root',
  factory: () => (url) => location.assign(url),
});

/** Starts a sign-in at Google. It navigates this tab: Google's page cannot be framed, and popups are often blocked. */
@Service()
export class SignIn {
  private readonly leave = inject(LEAVE);
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionStore);

  /**
   * @param returnTo the portal's own address to return to; the current one by default
   * @param account the e-mail address that Google should preselect
   * @param resumes what to resume on return; the person selected **Reconnect** for it
   * @param action what to perform on return, because it needs a recent sign-in
   * @param access the access to request for a source; the current one by default
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
   * The sign-in for a side that this tab started; returned only once. A token without one comes from a link, and must not
   * be accepted silently: it could make a stranger's account the destination of a person's files.
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
      const isValid = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && typeof account === 'string';
      const wanted = validAction(action);
      return { ...(isValid && { resumes: { id, account } }), ...(wanted && { action: wanted }) };
    } catch {
      return undefined;
    }
  }

  /** The address to return to; returned only once. Only addresses of the portal are accepted. */
  takeReturnTo(): string | undefined {
    const stored = sessionStorage.getItem(RETURN_TO);
    sessionStorage.removeItem(RETURN_TO);
    return stored && /^\/(connect|move|moved|transfers|sessions|analytics)([/?]|$)/.test(stored) ? stored : undefined;
  }
}

/** The stored action, if it is valid. */
function validAction(stored: Partial<StepUpAction> | undefined): StepUpAction | undefined {
  const { command, id, retry, notify, account, accounts } = stored ?? {};
  const isValid =
    typeof command === 'string' &&
    ['start', 'retry', 'rerun', 'undo', 'withdraw'].includes(command) &&
    typeof id === 'string' &&
    (command === 'withdraw' ? id === '' : /^[\w-]{1,64}$/.test(id)) &&
    typeof account === 'string' &&
    (retry === undefined || (typeof retry === 'object' && retry !== null && isRetry(retry))) &&
    (notify === undefined || isNotify(notify)) &&
    (accounts === undefined || isAccounts(accounts));
  return isValid
    ? { command, id, account, ...(retry && { retry }), ...(notify && { notify }), ...(accounts && { accounts }) }
    : undefined;
}

const isAccounts = (accounts: unknown): boolean => {
  const of = Object(accounts) as Partial<Record<Side, unknown>>;
  return SIDES.every((side) => of[side] === undefined || typeof of[side] === 'string');
};

const isNotify = (notify: unknown): boolean => {
  const { mail, language } = Object(notify) as Partial<Record<keyof Notify, unknown>>;
  return Array.isArray(mail) && SIDES.some((side) => mail.includes(side)) && isLanguage(language);
};

const isRetry = ({ codes, allowConversion }: Partial<Record<keyof Retry, unknown>>): boolean =>
  (codes === undefined || (Array.isArray(codes) && codes.every((code) => typeof code === 'string'))) &&
  (allowConversion === undefined || typeof allowConversion === 'boolean');
