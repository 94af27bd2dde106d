import type { Reply } from '../http/exchange.ts';

export const NO_STORE = { 'cache-control': 'no-store' };

/** An error in OAuth's format (RFC 6749, 5.2). */
export function oauthError(status: number, error: string, description: string): Reply {
  return { status, headers: NO_STORE, json: { error, error_description: description } };
}
