import { inject, InjectionToken, Service } from '@angular/core';
import { Router } from '@angular/router';
import { Side } from './side';

const RETURN_TO = 'cloudmover.returnTo';
const BEGUN = 'cloudmover.signIn';
/** As long as the API waits for a sign-in to come back. */
const SIGN_IN_MS = 10 * 60_000;

/** What a sign-in was started for: the transfer or preflight of that account to resume when it comes back. */
export interface Resumes {
  readonly id: string;
  /** E-mail of the account that it waits for: another one resumes nothing. */
  readonly account: string;
}

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

  /**
   * @param returnTo the portal's own address to come back to; the current one unless told otherwise
   * @param account e-mail that Google should preselect
   * @param resumes what coming back from Google confirms, where the person pressed **Reconnect** at it
   */
  start(
    side: Side,
    { returnTo, account, resumes }: { returnTo?: string; account?: string; resumes?: Resumes } = {},
  ): void {
    sessionStorage.setItem(RETURN_TO, returnTo ?? this.router.url);
    sessionStorage.setItem(BEGUN, JSON.stringify({ side, at: Date.now(), resumes }));
    const hint = account ? `?login_hint=${encodeURIComponent(account)}` : '';
    this.leave(`/auth/${side}${hint}`);
  }

  /**
   * The sign-in for the side that this tab began a while ago; returned once. A token that arrives without it comes from
   * somebody's link: taken silently, it would make a stranger's account the destination of a person's files.
   */
  takeBegun(side: Side): { readonly resumes?: Resumes } | undefined {
    const stored = sessionStorage.getItem(BEGUN);
    sessionStorage.removeItem(BEGUN);
    try {
      const {
        side: began,
        at,
        resumes,
      } = JSON.parse(stored ?? '{}') as {
        side?: unknown;
        at?: unknown;
        resumes?: Partial<Resumes>;
      };
      if (began !== side || typeof at !== 'number' || Date.now() - at >= SIGN_IN_MS) return undefined;
      const { id, account } = resumes ?? {};
      const isWhole = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && typeof account === 'string';
      return isWhole ? { resumes: { id, account } } : {};
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
