import { coded, CodedError, type Side } from '../engine/errors.js';

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

/** An operator's endpoint was called without the right key. */
export class OperatorKeyRefusedError extends coded(
  'operator_key_refused',
  'The operator key was not accepted. Send the value of OPERATOR_KEY in X-Operator-Key.',
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
