import { InjectionToken } from '@angular/core';
import { Side } from './side';

/** What the sign-in brought back in the address. */
export type Landing =
  | { readonly kind: 'token'; readonly type: Side | 'general'; readonly token: string }
  | { readonly kind: 'error'; readonly type: Side | 'general'; readonly code: string };

/** What this page load brought back, if anything. */
export const LANDING = new InjectionToken<Landing | undefined>('LANDING', { factory: () => undefined });

const TYPES = ['source', 'destination', 'general'] as const;

/**
 * Takes `?type=…&token=…` or `?type=…&error=…` out of the address before anything else runs, so that neither the
 * browser's history nor a referrer nor a script loaded later sees a token. Call it first.
 */
export function takeLanding(address: Location, history: History): Landing | undefined {
  const query = new URLSearchParams(address.search);
  const token = query.get('token');
  const code = query.get('error');
  if (token === null && code === null) return undefined;
  history.replaceState(null, '', '/');
  const type = TYPES.find((candidate) => candidate === query.get('type'));
  if (!type) return { kind: 'error', type: 'general', code: 'link_expired' };
  if (code !== null) return { kind: 'error', type, code };
  return token ? { kind: 'token', type, token } : { kind: 'error', type, code: 'link_expired' };
}
