import type { Config } from '../config/config.js';
import type { Account } from './session.port.js';
import { domainOf } from '../engine/address.js';

/** Whether ALLOWED_ACCOUNTS contains an account's address or domain. */
export function isAllowed(
  { email }: Pick<Account, 'email'>,
  { allowedAccounts }: Pick<Config['general'], 'allowedAccounts'>,
) {
  if (allowedAccounts.length === 0) return true;
  const address = email.toLowerCase();
  return allowedAccounts.includes(address) || allowedAccounts.includes(domainOf(address));
}
