import type { Reply } from '../http/exchange.ts';

export const NO_STORE = { 'cache-control': 'no-store' };

/**
 * Google's errors of OAuth, and the server errors of RFC 6749, with their status. Faults use it. Sources: RFC 6749, 5.2,
 * and "Using OAuth 2.0 for Web Server Applications".
 */
export const OAUTH_ERRORS: Readonly<Record<string, number | undefined>> = {
  invalid_request: 400,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_token: 400,
  unsupported_grant_type: 400,
  redirect_uri_mismatch: 400,
  admin_policy_enforced: 400,
  invalid_client: 401,
  deleted_client: 401,
  unauthorized_client: 401,
  org_internal: 403,
  access_denied: 403,
  server_error: 500,
  internal_failure: 500,
  temporarily_unavailable: 503,
};

/** An error in OAuth's format (RFC 6749, 5.2). */
export function oauthError(status: number, error: string, description: string): Reply {
  return { status, headers: NO_STORE, json: { error, error_description: description } };
}
