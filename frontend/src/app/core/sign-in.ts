import { inject, InjectionToken, Service } from '@angular/core';
import { Router } from '@angular/router';
import { Side } from './side';

const RETURN_TO = 'cloudmover.returnTo';

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
   */
  start(side: Side, { returnTo, account }: { returnTo?: string; account?: string } = {}): void {
    sessionStorage.setItem(RETURN_TO, returnTo ?? this.router.url);
    const hint = account ? `?login_hint=${encodeURIComponent(account)}` : '';
    this.leave(`/auth/${side}${hint}`);
  }

  /** The remembered address, once. Only one inside the portal is ever accepted. */
  takeReturnTo(): string | undefined {
    const stored = sessionStorage.getItem(RETURN_TO);
    sessionStorage.removeItem(RETURN_TO);
    return stored && /^\/(connect|move|transfers)([/?]|$)/.test(stored) ? stored : undefined;
  }
}
