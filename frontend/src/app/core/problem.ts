import { HttpErrorResponse } from '@angular/common/http';
import { Side } from './side';

/** An RFC 9457 problem as the API sends it, or one made here when no answer came at all. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly side?: Side;
  readonly traceId?: string;
  readonly errors?: readonly { parameter: string; detail: string }[];
}

/** What a person can do about a problem; the page decides what the button then does. */
export type Remedy = 'connect' | 'connect_again' | 'go_up' | 'choose_another' | 'try_again' | 'none';

export interface Explanation {
  readonly text: string;
  readonly remedy: Remedy;
  /** False when the code is one this portal does not know: then the code itself is shown. */
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

/** Turns whatever a request threw into a problem. Never throws; a failed connection becomes `unreachable`. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof HttpErrorResponse)) return { code: 'internal', title: 'The portal had a problem', status: 0 };
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
    };
  if (error.status === 0) return { code: 'unreachable', title: 'CloudMover cannot be reached', status: 0 };
  return { code: 'internal', title: `CloudMover answered ${error.status}`, status: error.status };
}

/** Downloads are asked for as text or blobs, so that their problems may arrive unparsed. */
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

/** What fills the gaps of an explanation; each has a general word in reserve. */
export interface Subject {
  readonly side?: Side;
  readonly account?: string;
  readonly folder?: string;
}

/**
 * What happened, what is safe and what to do, by code. A code that is not listed reads as the problem's own title.
 * `subject` names what the page was doing; the problem's own `side` goes before it.
 */
export function explain(problem: Problem, subject: Subject = {}): Explanation {
  const side = problem.side ?? subject.side;
  const text = (words: string, remedy: Remedy): Explanation => ({ text: words, remedy, known: true });
  switch (problem.code) {
    case 'session_expired':
    case 'token_missing':
      return text(`Your ${side ?? 'Google'} sign-in ended. Your selection is kept.`, 'connect');
    case 'reconnect_needed':
      return text(
        `Google no longer lets CloudMover into the ${side ?? 'connected'} account. Your selection is kept.`,
        'connect',
      );
    case 'wrong_side':
      return text(`This sign-in was made for the other side. Connect the ${side ?? 'account'} again.`, 'connect_again');
    case 'link_expired':
      return text('This sign-in link has ended. Nothing was connected.', 'connect_again');
    case 'access_denied':
      return text('You did not allow access at Google. Nothing was connected.', 'connect_again');
    case 'scope_missing':
      return text('Google did not give access to Drive. Keep its box ticked.', 'connect_again');
    case 'state_mismatch':
      return text('That sign-in began elsewhere or too long ago. Nothing was connected.', 'connect_again');
    case 'refresh_token_missing':
      return text('Google gave no lasting access. Connect again and allow it once more.', 'connect_again');
    case 'account_not_allowed':
      return text('Whoever runs this installation has not allowed that account.', 'choose_another');
    case 'sign_in_failed':
      return text('Google could not complete the sign-in. Nothing was connected.', 'connect_again');
    case 'domain_policy':
      return text('The organisation of this account does not allow Drive apps. Ask its administrator.', 'none');
    case 'not_found':
      return text('This item is gone or no longer shared.', 'go_up');
    case 'destination_read_only':
      return text(`You cannot add files to ${subject.folder ?? 'this folder'}.`, 'choose_another');
    case 'destination_storage_full':
      return text(`${subject.account ?? 'The destination'} is full. Free space there, then start again.`, 'none');
    case 'source_permission_denied':
      return text('Copying and downloading are forbidden by the owner.', 'none');
    case 'source_not_found':
      return text('Deleted or unshared after the count.', 'none');
    case 'source_changed':
      return text('Edited while being copied. Transfer it again.', 'none');
    case 'source_flagged':
      return text('Google flags it as harmful; only its owner may fetch it.', 'none');
    case 'export_too_large':
      return text('Too large to convert (Google’s limit). Download it by hand.', 'none');
    case 'folder_limit':
      return text('The folder is full or over 100 levels deep.', 'choose_another');
    case 'checksum_mismatch':
      return text('The copy differed. It went to the destination’s trash.', 'none');
    case 'google_refused':
      return text('Google refused this. Nothing was changed.', 'try_again');
    case 'quota_exceeded':
      return text('Google refuses writes for now. Transfers wait and go on by themselves.', 'none');
    case 'rate_limited':
      return text('That was too much at once. Wait a moment.', 'try_again');
    case 'google_unavailable':
      return text('Google does not answer at the moment. Nothing was changed.', 'try_again');
    case 'service_unavailable':
      return text('CloudMover cannot reach its database. Nothing was changed.', 'try_again');
    case 'unreachable':
      return text('CloudMover cannot be reached. Running transfers go on without this browser.', 'try_again');
    case 'transfer_not_found':
      return text('No such transfer for these accounts.', 'none');
    case 'transfer_state':
      return text('The transfer has moved on; that is no longer possible.', 'none');
    case 'nothing_to_retry':
      return text('Nothing is left to try again.', 'none');
    case 'undo_expired':
      return text('Its end is too long ago to take it back. Remove the copies by hand.', 'none');
    case 'preflight_not_found':
      return text('No such count for these accounts. Counts are kept for an hour: count again.', 'none');
    case 'preflight_not_ready':
      return text('It is still being counted. Start it when the count is complete.', 'none');
    case 'preflight_failed':
      return text('The count found something that stands in the way of a start.', 'none');
    case 'too_many_transfers':
      return text(
        'This account has too many transfers that have not ended. Wait until one ends, or cancel one.',
        'none',
      );
    case 'too_many_preflights':
      return text('Too many counts at once. Wait until one is complete, or stop one.', 'none');
    case 'internal':
      return text(
        problem.traceId
          ? `CloudMover had a problem. Files are untouched. Quote ${problem.traceId}.`
          : 'CloudMover had a problem. Files are untouched.',
        'try_again',
      );
    default:
      return { text: problem.title, remedy: 'try_again', known: false };
  }
}
