import { CodedError } from '../engine/errors.js';

/** Why a sign-in failed. The portal gets the code as `?error=`. */
export type SignInCode =
  | 'access_denied'
  | 'scope_missing'
  | 'state_mismatch'
  | 'link_expired'
  | 'refresh_token_missing'
  | 'account_not_allowed'
  | 'google_unavailable'
  | 'sign_in_failed';

/** A sign-in failed. */
export class SignInError extends CodedError<SignInCode> {
  constructor(code: SignInCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }
}
