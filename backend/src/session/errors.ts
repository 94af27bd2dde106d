import { coded, CodedError, type Side } from '../engine/errors.js';

/** No token came with the request. */
export class TokenMissingError extends coded('token_missing', (message: string, side?: Side) => ({ message, side })) {}

/** Two different tokens for one place. */
export class TokenConflictError extends coded('token_conflict', (message: string) => message) {}

/** A token in the address, where this installation takes none from there. */
export class QueryTokenRefusedError extends coded(
  'query_token_refused',
  'This installation takes no token from an address, because addresses end up in logs and histories. Send it as `Authorization: Bearer`, in `X-Source-Token` or in `X-Destination-Token`.',
) {}

/** The token is unknown, ended or expired: these are not distinguished. */
export class SessionExpiredError extends coded('session_expired', (side?: Side) => ({
  message: `The ${side ? `${side} ` : ''}session has ended or never existed. Connect again.`,
  side,
})) {}

/** The session's account may not be used here any more: ALLOWED_ACCOUNTS was narrowed after it had connected. */
export class AccountNotAllowedError extends CodedError<'account_not_allowed'> {
  /** @param sub the account, for the audit log */
  constructor(
    side?: Side,
    readonly sub?: string,
  ) {
    super(
      'account_not_allowed',
      `The account of this ${side ? `${side} ` : ''}session is not in ALLOWED_ACCOUNTS any more. Connect one that is.`,
      side ? { side } : {},
    );
  }
}

/** No live session of the caller's account has this name; other people's are treated as unknown. */
export class SessionNotFoundError extends coded(
  'session_not_found',
  'You have no valid session with this ID. GET /session/active lists them.',
) {}

/** The sign-in of a session is too old for the requested action. */
export class ReauthenticationRequiredError extends coded('reauthentication_required', (side?: Side) => ({
  message: `The ${side ? `${side} ` : ''}account signed in more than an hour ago. Connect it again with Google, then repeat the request with the new token.`,
  side,
})) {}

/** A token of one side where the other is needed. */
export class WrongSideError extends CodedError<'wrong_side'> {
  /** @param sub the token's account, for the audit log */
  constructor(
    needed: Side,
    readonly sub?: string,
  ) {
    const other = needed === 'source' ? 'destination' : 'source';
    super('wrong_side', `A ${needed} token is needed here, and this is a ${other} token. Send the ${needed} token.`, {
      side: needed,
    });
  }
}

/** The session's consent does not cover the requested action. */
export class ScopeMissingError extends coded('scope_missing', (message: string, side?: Side) => ({ message, side })) {}

/** An operator's endpoint without the right key. */
export class OperatorKeyRefusedError extends coded(
  'operator_key_refused',
  'The operator key was not accepted. Send the value of OPERATOR_KEY in X-Operator-Key.',
) {}

/** A refresh token that a program handed in, and Google does not accept. */
export class RefreshTokenRejectedError extends coded('refresh_token_rejected', (cause?: unknown) => ({
  message:
    'Google does not accept this refresh token: it has ended, was withdrawn, or was made for another OAuth client. Make a new one with GOOGLE_CLIENT_ID.',
  cause,
})) {}

/** A service account that a program handed in, and that cannot be used. */
export class ServiceAccountRejectedError extends coded(
  'service_account_rejected',
  (message: string, cause?: unknown) => ({ message, cause }),
) {}
