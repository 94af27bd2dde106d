import type { Side } from '../engine/errors.js';
import { ReauthenticationRequiredError } from './errors.js';
import type { Session } from './session.port.js';

/** How old the sign-in of a session may be for what trashes originals or withdraws an access. */
export const RECENT_SIGN_IN_SECONDS = 3600;

/**
 * Requires that one of an account's sessions was opened within the last hour. Replacing its token does not make a session
 * younger; only another return from Google opens a new one. Sessions of programs (`POST /session`) are exempt: nobody
 * could sign in there.
 * @param sessions all that came with the request for this account
 * @param side whose sign-in is too old, for the answer
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
