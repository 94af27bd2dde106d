import type * as auth from '../auth/errors.js';
import type * as drive from '../drive/errors.js';
import type { CodedError, DriveErrorCode } from '../engine/errors.js';
import { type ItemCode, reasonOf } from '../engine/model/reasons.js';
import type * as mail from '../mail/errors.js';
import type * as operations from '../operations/errors.js';
import type * as session from '../session/errors.js';
import type * as transfers from '../transfers/errors.js';
import type * as webhooks from '../webhooks/errors.js';
import type * as http from './errors.js';

type CodesOf<Module> = {
  [Name in keyof Module]: Module[Name] extends new (...args: never[]) => CodedError<infer Code> ? Code : never;
}[keyof Module];

/** All problem codes of this API. */
export type ProblemCode =
  | CodesOf<typeof auth>
  | CodesOf<typeof drive>
  | DriveErrorCode
  | CodesOf<typeof http>
  | CodesOf<typeof mail>
  | CodesOf<typeof operations>
  | CodesOf<typeof session>
  | CodesOf<typeof transfers>
  | CodesOf<typeof webhooks>
  | 'internal'
  | 'reconnect_needed';

interface Problem {
  readonly status: number;
  readonly title: string;
}

/** A problem that items can have too: its title is the sentence of the reason code. */
const ofItem = (status: number, code: ItemCode): Problem => ({
  status,
  title: reasonOf(code).title.replace(/\.$/, ''),
});

/**
 * Status and title of each code; a missing code does not compile. Titles never depend on the occurrence (RFC 9457
 * §3.1.3); the detail does.
 */
export const PROBLEMS: { readonly [Code in ProblemCode]: Problem } = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  token_conflict: { status: 400, title: 'Two different tokens for one account' },
  query_token_refused: { status: 400, title: 'Tokens in addresses are switched off' },
  state_mismatch: { status: 400, title: 'The sign-in was started in another browser, or too long ago' },
  link_expired: { status: 400, title: 'The sign-in link has expired' },
  refresh_token_missing: { status: 400, title: 'Google did not grant offline access' },
  sign_in_failed: { status: 400, title: 'The sign-in did not succeed' },
  refresh_token_rejected: { status: 400, title: 'Google does not accept the refresh token' },
  service_account_rejected: { status: 400, title: 'The service account cannot be used' },
  token_missing: { status: 401, title: 'A token is missing' },
  session_expired: { status: 401, title: 'The session has ended' },
  reconnect_needed: { status: 401, title: 'Google asks for a new sign-in' },
  metrics_key_refused: { status: 401, title: 'The metrics need a key' },
  access_denied: { status: 403, title: 'Access was not allowed at Google' },
  account_not_allowed: { status: 403, title: 'This account may not connect here' },
  wrong_account: { status: 403, title: 'The token is for another account' },
  reauthentication_required: { status: 403, title: 'A recent sign-in is needed' },
  wrong_side: { status: 403, title: 'A token for the wrong side' },
  scope_missing: ofItem(403, 'scope_missing'),
  domain_policy: ofItem(403, 'domain_policy'),
  destination_read_only: ofItem(403, 'destination_read_only'),
  source_permission_denied: ofItem(403, 'source_permission_denied'),
  cannot_copy: ofItem(403, 'cannot_copy'),
  sharing_refused: ofItem(403, 'sharing_refused'),
  source_flagged: ofItem(403, 'source_flagged'),
  export_too_large: ofItem(403, 'export_too_large'),
  folder_limit: ofItem(403, 'folder_limit'),
  operator_key_refused: { status: 403, title: 'The operator key was refused' },
  operator_key_needed: { status: 403, title: 'Only the operator key can do this' },
  key_scope_missing: { status: 403, title: 'The machine key may not do this' },
  not_found: ofItem(404, 'not_found'),
  route_not_found: { status: 404, title: 'No such address' },
  method_not_allowed: { status: 405, title: 'This address does not support this method' },
  source_changed: ofItem(409, 'source_changed'),
  id_taken: ofItem(409, 'id_taken'),
  session_not_found: { status: 404, title: 'No such session' },
  transfer_not_found: { status: 404, title: 'No such transfer' },
  item_not_found: { status: 404, title: 'No such item in the transfer' },
  preflight_not_found: { status: 404, title: 'No such preflight' },
  key_not_found: { status: 404, title: 'No such machine key' },
  webhook_not_found: { status: 404, title: 'No such webhook' },
  delivery_not_found: { status: 404, title: 'The webhook has no such delivery' },
  schedule_not_found: { status: 404, title: 'The transfer has no schedule' },
  preflight_not_ready: { status: 409, title: 'The preflight is still counting' },
  preflight_failed: { status: 409, title: 'The preflight found that nothing can be started' },
  preflight_blocked: { status: 409, title: 'A check of the preflight blocks the start' },
  transfer_state: { status: 409, title: 'Not possible in this state' },
  nothing_to_retry: { status: 409, title: 'There is nothing left to retry' },
  rerun_expired: { status: 409, title: 'Too late to sync new changes' },
  schedule_refused: { status: 409, title: 'A move cannot be kept in sync by a schedule' },
  carry_access_refused: { status: 409, title: 'This transfer cannot carry sharing over afterwards' },
  access_withdrawn: { status: 409, title: 'An account has withdrawn its access' },
  undo_expired: { status: 409, title: 'Too late to undo' },
  not_transferred: { status: 409, title: 'The file could not be transferred' },
  too_many_keys: { status: 409, title: 'Too many machine keys' },
  mail_off: { status: 409, title: 'This server sends no e-mails' },
  too_many_webhooks: { status: 409, title: 'Too many webhooks' },
  address_refused: { status: 422, title: 'The address is inside a network that is not allowed' },
  people_map_invalid: { status: 422, title: 'Lines of the people map are not valid' },
  idempotency_conflict: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  idempotency_in_progress: { status: 409, title: 'A request with this Idempotency-Key is still being processed' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  body_too_large: { status: 413, title: 'The request is too large' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  address_too_long: { status: 414, title: 'The address is too long' },
  headers_too_large: { status: 431, title: 'Address or headers are too large' },
  too_many_transfers: { status: 429, title: 'Too many transfers at the same time' },
  too_many_preflights: { status: 429, title: 'Too many preflights at the same time' },
  rate_limited: ofItem(429, 'rate_limited'),
  quota_exceeded: ofItem(429, 'quota_exceeded'),
  internal: ofItem(500, 'internal'),
  mail_failed: { status: 502, title: 'The mail server did not accept the mail' },
  google_unavailable: ofItem(502, 'google_unavailable'),
  google_refused: ofItem(502, 'google_refused'),
  ambiguous_write: ofItem(502, 'ambiguous_write'),
  service_unavailable: { status: 503, title: 'CloudMover is not ready' },
  destination_storage_full: ofItem(507, 'destination_storage_full'),
};

/** Whether a text is a problem code. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
