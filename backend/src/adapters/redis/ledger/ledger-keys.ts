import { keys, TRANSFER_PARTS, type TransferPart } from '../keys.js';

// Fields of the main hash: state, since (when it entered the state), resumeState (where a paused or parked one
// resumes), began (when this run did, ms; missing in the first one), step (that it noted since it entered the state),
// failedIn (the state before `failed`), active (ms in active states before that),
// revision, plan (number), base (unique, of the plan that the pages belong to), found, open (files and Docs not
// settled), n:<state byte> items, b:<what> bytes, w:<way>, p:<proof>, o:<original>, u:<undone>, x:<code> failures and
// items that could not be verified, y:<code> the latter among them, s:<code> skips, a:<outcome> permissions of copies,
// e:<code> those narrower or wider, r:<state> copies by their restrictions, l:<outcome> links in copies, f:<code> those
// that a person must change or that failed, d:read, d:<code> documents by whether they could be read,
// k:<kind> those whose API is off, held (a preflight that waits to be
// started), withdrawn:<side> (when its account withdrew its access), unconfirmed:<side> (its account must consent
// before it resumes), consented:<side> (when its account last did: what Google refused before that parks nothing),
// slowDowns (by Google), slowedAt (when, the last ones: seconds since 1970, joined by commas), title (by a person),
// notify (the language of mails and the sides that get them), notifySince (ms), schedule (JSON), nextRun (when
// the next run is due, ms; missing if none is), schedulePaused, run (the scheduled run in progress: when it started, a
// space, when the delta run before it was), lastRun (JSON), hoursLimit (it is parked for its hours), runNow (until its end they do not apply),
// sharesEnd (when its shares expire, ms), sharesStay (set if a share does not expire), announced (the last entry of
// the log that was reported to the outside).

export type LedgerKey = 'main' | TransferPart;
export type LedgerKeys = Readonly<Record<LedgerKey, string>>;

export const EVERY_KEY: readonly LedgerKey[] = ['main', ...TRANSFER_PARTS];

/** How long a transfer is kept after its last change of state. */
export const KEPT_SECONDS = 30 * 24 * 3600;

/** How long the list of an account's transfers is kept after the last one was created or reopened. */
export const LISTED_SECONDS = 2 * KEPT_SECONDS;

export function ledgerKeysOf(id: string): LedgerKeys {
  const parts = TRANSFER_PARTS.map((part) => [part, keys.transferPart(id, part)]);
  return { main: keys.transfer(id), ...(Object.fromEntries(parts) as Record<TransferPart, string>) };
}
