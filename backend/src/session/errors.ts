import { CodedError, type Side } from '../engine/errors.js';

/** No token came with the request. */
export class TokenMissingError extends CodedError<'token_missing'> {
  constructor(message: string, side?: Side) {
    super('token_missing', message, side ? { side } : {});
  }
}

/** Two different tokens for one place. */
export class TokenConflictError extends CodedError<'token_conflict'> {
  constructor(message: string) {
    super('token_conflict', message);
  }
}

/** A token in the address, where this installation takes none from there. */
export class QueryTokenRefusedError extends CodedError<'query_token_refused'> {
  constructor() {
    super(
      'query_token_refused',
      'This installation takes no token from an address, because addresses end up in logs and histories. Send it as `Authorization: Bearer`, in `X-Source-Token` or in `X-Destination-Token`.',
    );
  }
}

/** The token is unknown, ended or expired: these are not distinguished. */
export class SessionExpiredError extends CodedError<'session_expired'> {
  constructor(side?: Side) {
    super('session_expired', `The ${side ? `${side} ` : ''}session has ended or never existed. Connect again.`, {
      ...(side ? { side } : {}),
    });
  }
}

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
export class SessionNotFoundError extends CodedError<'session_not_found'> {
  constructor() {
    super('session_not_found', 'You have no valid session with this ID. GET /session/active lists them.');
  }
}

/** The sign-in of a session is too old for the requested action. */
export class ReauthenticationRequiredError extends CodedError<'reauthentication_required'> {
  constructor(side?: Side) {
    super(
      'reauthentication_required',
      `The ${side ? `${side} ` : ''}account signed in more than an hour ago. Connect it again with Google, then repeat the request with the new token.`,
      side ? { side } : {},
    );
  }
}

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
export class ScopeMissingError extends CodedError<'scope_missing'> {
  constructor(message: string, side?: Side) {
    super('scope_missing', message, side ? { side } : {});
  }
}

/** An operator's endpoint without the right key. */
export class OperatorKeyRefusedError extends CodedError<'operator_key_refused'> {
  constructor() {
    super(
      'operator_key_refused',
      'The operator key was not accepted. Send the value of OPERATOR_KEY in X-Operator-Key.',
    );
  }
}

/** A refresh token that a program handed in, and Google does not accept. */
export class RefreshTokenRejectedError extends CodedError<'refresh_token_rejected'> {
  constructor(cause?: unknown) {
    super(
      'refresh_token_rejected',
      'Google does not accept this refresh token: it has ended, was withdrawn, or was made for another OAuth client. Make a new one with GOOGLE_CLIENT_ID.',
      { cause },
    );
  }
}

/** A service account that a program handed in, and that cannot be used. */
export class ServiceAccountRejectedError extends CodedError<'service_account_rejected'> {
  constructor(message: string, cause?: unknown) {
    super('service_account_rejected', message, { cause });
  }
}
