import type { Side } from '../engine/errors.js';
import { ReauthenticationRequiredError } from './errors.js';
import type { Session } from './session.port.js';

/** How old a sign-in may be for actions that trash originals or withdraw access. */
export const RECENT_SIGN_IN_SECONDS = 3600;

/**
 * Requires that one of an account's sessions was opened within the last hour. Replacing its token does not renew a
 * session; only another sign-in with Google opens a new one. Sessions of programs (`POST /session`) are exempt, because
 * nobody can sign in there.
 * @param sessions all sessions of the request for this account
 * @param side whose sign-in is checked, for the error
 * @throws ReauthenticationRequiredError
 */
export function requireRecentSignIn(
  sessions: readonly Pick<Session, 'createdAt' | 'unattended'>[],
  side: Side | undefined,
  now = Date.now(),
): void {
  const isRecent = sessions.some(
    ({ createdAt, unattended }) => unattended || now - createdAt <= RECENT_SIGN_IN_SECONDS * 1000,
  );
  if (!isRecent) throw new ReauthenticationRequiredError(side);
}
