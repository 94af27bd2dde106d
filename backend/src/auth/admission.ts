import type { Config } from '../config/config.js';
import { explain } from '../engine/model/reasons.js';
import { isAllowed } from '../session/allowed-accounts.js';
import { type Account, DRIVE_READONLY_SCOPE, DRIVE_SCOPE, type SessionType } from '../session/session.port.js';
import { SignInError } from './errors.js';

/**
 * Checks before every new session, whatever the origin of its credential, that the account may connect here
 * (ALLOWED_ACCOUNTS), and that its scopes are enough for the side. A source may be connected for reading only.
 * @throws SignInError `account_not_allowed`, `scope_missing`
 */
export function assertAdmitted(
  type: SessionType,
  account: Account,
  scopes: readonly string[],
  config: Pick<Config['general'], 'allowedAccounts'>,
): void {
  if (!isAllowed(account, config))
    throw new SignInError('account_not_allowed', 'The account is not in ALLOWED_ACCOUNTS.');
  if (scopes.includes(DRIVE_SCOPE)) return;
  if (!scopes.includes(DRIVE_READONLY_SCOPE)) throw new SignInError('scope_missing', explain('scope_missing').reason);
  if (type !== 'source')
    throw new SignInError(
      'scope_missing',
      `Google gave access for reading only, but a ${type} session writes. Allow ${DRIVE_SCOPE}, or connect it as a source.`,
    );
}
