import { coded, CodedError, type Side } from '../engine/errors.js';
import type { KeyScope } from './issued-keys.port.js';

/** No token came with the request. */
export class TokenMissingError extends coded('token_missing', (message: string, side?: Side) => ({ message, side })) {}

/** The request has two different tokens for one place. */
export class TokenConflictError extends coded('token_conflict', (message: string) => message) {}

/** The token is in the URL, which this installation does not allow. */
export class QueryTokenRefusedError extends coded(
  'query_token_refused',
  'This installation does not accept tokens in URLs, because URLs end up in logs and histories. Send it as `Authorization: Bearer`, in `X-Source-Token` or in `X-Destination-Token`.',
) {}

/** The token is unknown, was ended or has expired; the response does not show which. */
export class SessionExpiredError extends coded('session_expired', (side?: Side) => ({
  message: `The ${side ? `${side} ` : ''}session has ended or never existed. Connect again.`,
  side,
})) {}

/** ALLOWED_ACCOUNTS no longer contains the session's account. */
export class AccountNotAllowedError extends CodedError<'account_not_allowed'> {
  /** @param sub the account, for the audit log */
  constructor(
    side?: Side,
    readonly sub?: string,
  ) {
    super(
      'account_not_allowed',
      `The account of this ${side ? `${side} ` : ''}session is no longer in ALLOWED_ACCOUNTS. Connect one that is.`,
      side ? { side } : {},
    );
  }
}

/** The caller's account has no valid session with this id; other accounts' sessions are treated as unknown. */
export class SessionNotFoundError extends coded(
  'session_not_found',
  'You have no valid session with this ID. GET /session/active lists them.',
) {}

/** The session's sign-in is too old for the action. */
export class ReauthenticationRequiredError extends coded('reauthentication_required', (side?: Side) => ({
  message: `The ${side ? `${side} ` : ''}account signed in more than an hour ago. Connect it again with Google, then repeat the request with the new token.`,
  side,
})) {}

/** The token is for the other side. */
export class WrongSideError extends CodedError<'wrong_side'> {
  /** @param sub the token's account, for the audit log */
  constructor(
    needed: Side,
    readonly sub?: string,
  ) {
    const other = needed === 'source' ? 'destination' : 'source';
    super('wrong_side', `A ${needed} token is needed here, but this is a ${other} token. Send the ${needed} token.`, {
      side: needed,
    });
  }
}

/** The session's consent does not allow the action. */
export class ScopeMissingError extends coded('scope_missing', (message: string, side?: Side) => ({ message, side })) {}

/** An operator's endpoint was called without a valid key; the response does not show whether it ever was one. */
export class OperatorKeyRefusedError extends coded(
  'operator_key_refused',
  'The operator key was not accepted. Send the value of OPERATOR_KEY in X-Operator-Key, or a machine key or an operator session that has not ended.',
) {}

/** A machine key was used where none of its scopes applies. */
export class KeyScopeMissingError extends coded(
  'key_scope_missing',
  (needed: KeyScope | undefined, has: readonly KeyScope[]) =>
    needed
      ? `This machine key lacks the scope ${needed}; it has ${has.join(', ')}. Create one with that scope (POST /api/keys).`
      : 'No scope of a machine key opens this call. Send the operator key.',
) {}

/** An operator session was used for what only the operator key may do. */
export class OperatorKeyNeededError extends coded(
  'operator_key_needed',
  'An operator session cannot do this, because what it creates would outlive the session. Send the operator key itself.',
) {}

/** There is no machine key with this id. */
export class MachineKeyNotFoundError extends coded(
  'key_not_found',
  (id: string) => `There is no machine key ${id}. GET /api/keys lists them.`,
) {}

/** There are as many machine keys as this installation may have. */
export class TooManyKeysError extends coded(
  'too_many_keys',
  (most: number) => `There are ${most} machine keys, which is the maximum. End one that is no longer needed.`,
) {}

/** Google does not accept the refresh token that a program supplied. */
export class RefreshTokenRejectedError extends coded('refresh_token_rejected', (cause?: unknown) => ({
  message:
    'Google does not accept this refresh token: it has expired, was revoked, or was created for another OAuth client. Create a new one with GOOGLE_CLIENT_ID.',
  cause,
})) {}

/** The service account that a program supplied can't be used. */
export class ServiceAccountRejectedError extends coded(
  'service_account_rejected',
  (message: string, cause?: unknown) => ({ message, cause }),
) {}
