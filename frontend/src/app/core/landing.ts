import { InjectionToken } from '@angular/core';
import { Side } from './side';

/** The result of a sign-in, from the address. */
export type Landing =
  | { readonly kind: 'token'; readonly type: Side | 'general'; readonly token: string }
  | { readonly kind: 'error'; readonly type: Side | 'general'; readonly code: string };

/** The result of the sign-in that this page was loaded with, if any. */
export const LANDING = new InjectionToken<Landing | undefined>('LANDING', { factory: () => undefined });

const TYPES = ['source', 'destination', 'general'] as const;

/**
 * Removes `?type=…&token=…` or `?type=…&error=…` from the address and returns it. Call it before anything else runs, so
 * that the browser's history, referrers and scripts loaded later never contain a token.
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
