import { HttpErrorResponse } from '@angular/common/http';
import { MailProblem } from '../api/models/mail-problem';
import { Catalogue, catalogue } from '../texts/catalogue';
import { ProblemSubject } from '../texts/en/problems';
import { Side } from './side';

/** An RFC 9457 problem from the API, or one created here when no response arrived. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly side?: Side;
  readonly traceId?: string;
  readonly errors?: readonly { parameter: string; detail: string }[];
  /** Why the mail server did not accept a mail. */
  readonly mail?: MailProblem;
}

/** Whether the server or its database cannot be reached, which ends without anybody's doing. */
export const isOutage = ({ code }: Problem): boolean => code === 'unreachable' || code === 'service_unavailable';

/** What a person can do about a problem. The page decides what its button does. */
export type Remedy = 'connect' | 'connect_again' | 'go_up' | 'choose_another' | 'copy_note' | 'try_again' | 'none';

export interface Explanation {
  readonly text: string;
  readonly remedy: Remedy;
  /** False for a code that this portal does not know; the code itself is then shown. */
  readonly known: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

const asSide = (value: unknown): Side | undefined =>
  value === 'source' || value === 'destination' ? value : undefined;

function asErrors(value: unknown): Problem['errors'] {
  if (!Array.isArray(value)) return undefined;
  return value
    .filter(isRecord)
    .map((error) => ({ parameter: asText(error['parameter']) ?? '', detail: asText(error['detail']) ?? '' }));
}

/** Converts an error of a request to a problem. Never throws; a failed connection becomes `unreachable`. */
export function toProblem(thrown: unknown): Problem {
  // A resource wraps values that are not an Error.
  const error = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  if (!(error instanceof HttpErrorResponse)) return { code: 'internal', title: '', status: 0 };
  const body = parseBody(error.error);
  const code = asText(body?.['code']);
  if (body && code)
    return {
      code,
      title: asText(body['title']) ?? code,
      status: error.status,
      detail: asText(body['detail']),
      side: asSide(body['side']),
      traceId: asText(body['traceId']),
      errors: asErrors(body['errors']),
      mail: isRecord(body['mail']) ? (body['mail'] as unknown as MailProblem) : undefined,
    };
  if (error.status === 0) return { code: 'unreachable', title: '', status: 0 };
  return { code: 'internal', title: `HTTP ${error.status}`, status: error.status };
}

/** The body of a problem. Downloads are requested as text or blobs, so theirs may arrive unparsed. */
function parseBody(body: unknown): Record<string, unknown> | undefined {
  if (isRecord(body)) return body;
  if (typeof body !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The values that an explanation mentions. */
export type Subject = Omit<ProblemSubject, 'traceId'>;

type KnownCode = keyof Catalogue['problems']['codes'];

/** The next step for each code. A missing row, or a missing text in any language, does not compile. */
const REMEDIES: Record<KnownCode, Remedy> = {
  session_expired: 'connect',
  token_missing: 'connect',
  reconnect_needed: 'connect',
  wrong_side: 'connect_again',
  wrong_account: 'connect_again',
  reauthentication_required: 'connect_again',
  link_expired: 'connect_again',
  access_denied: 'connect_again',
  scope_missing: 'connect_again',
  state_mismatch: 'connect_again',
  refresh_token_missing: 'connect_again',
  account_not_allowed: 'choose_another',
  sign_in_failed: 'connect_again',
  domain_policy: 'copy_note',
  not_found: 'go_up',
  destination_read_only: 'choose_another',
  destination_storage_full: 'none',
  source_permission_denied: 'none',
  source_not_found: 'none',
  source_changed: 'none',
  source_flagged: 'none',
  export_too_large: 'none',
  folder_limit: 'choose_another',
  checksum_mismatch: 'none',
  google_refused: 'try_again',
  quota_exceeded: 'none',
  rate_limited: 'try_again',
  google_unavailable: 'try_again',
  service_unavailable: 'try_again',
  unreachable: 'try_again',
  transfer_not_found: 'none',
  item_not_found: 'none',
  session_not_found: 'none',
  transfer_state: 'none',
  nothing_to_retry: 'none',
  undo_expired: 'none',
  rerun_expired: 'none',
  carry_access_refused: 'none',
  schedule_not_found: 'none',
  schedule_refused: 'none',
  access_withdrawn: 'none',
  preflight_not_found: 'none',
  preflight_not_ready: 'none',
  preflight_failed: 'none',
  preflight_blocked: 'none',
  too_many_transfers: 'none',
  too_many_preflights: 'none',
  operator_key_refused: 'none',
  metrics_key_refused: 'none',
  cannot_copy: 'none',
  sharing_refused: 'none',
  id_taken: 'try_again',
  not_transferred: 'try_again',
  ambiguous_write: 'none',
  refresh_token_rejected: 'connect_again',
  service_account_rejected: 'none',
  invalid_request: 'none',
  operator_key_needed: 'none',
  key_scope_missing: 'none',
  key_not_found: 'none',
  too_many_keys: 'none',
  webhook_not_found: 'none',
  delivery_not_found: 'none',
  address_refused: 'none',
  mail_off: 'none',
  mail_failed: 'none',
  too_many_webhooks: 'none',
  people_map_invalid: 'none',
  token_conflict: 'none',
  query_token_refused: 'connect_again',
  idempotency_in_progress: 'try_again',
  idempotency_conflict: 'none',
  route_not_found: 'none',
  method_not_allowed: 'none',
  request_timeout: 'try_again',
  body_too_large: 'none',
  expectation_failed: 'none',
  address_too_long: 'none',
  headers_too_large: 'none',
  internal: 'try_again',
};

const isKnown = (code: string): code is KnownCode => Object.hasOwn(REMEDIES, code);

/**
 * What happened, what is safe and what to do, in the page's language. An unknown code is explained by the problem's title.
 * @param subject what the page was doing; the problem's own `side` takes precedence
 */
export function explain(problem: Problem, subject: Subject = {}): Explanation {
  const { code, title, traceId } = problem;
  if (!isKnown(code)) return { text: title, remedy: 'try_again', known: false };
  const about = { ...subject, side: problem.side ?? subject.side, traceId };
  return { text: catalogue().problems.codes[code](about), remedy: REMEDIES[code], known: true };
}
