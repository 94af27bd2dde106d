import { DriveError, type DriveErrorCode, type Side } from '../../engine/errors.js';
import { parseBounded, SMALL_ANSWER } from './google-answers.js';

/** Google's error as it was sent. It stays in the adapters, as the `cause` of a DriveError. */
export class GoogleRefusal extends Error {
  constructor(
    readonly status: number,
    /**
     * The part of Google's error to branch on: `error.errors[0].reason` of Drive; of newer APIs that of `ErrorInfo`, or
     * the status (https://google.aip.dev/193).
     */
    readonly reason: string,
    message: string,
    /** Seconds from `Retry-After`. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'GoogleRefusal';
  }
}

/** The used parts of an error body; all optional, because a proxy may have written it. */
const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

/** Reads Google's error body. A body that is not JSON (a proxy's page) gives a usable refusal too. */
export function refusalOf(status: number, body: string | Buffer, retryAfterHeader?: string): GoogleRefusal {
  let parsed: unknown;
  try {
    parsed = parseBounded(typeof body === 'string' ? Buffer.from(body) : body, SMALL_ANSWER);
  } catch {
    // not Google's format: only the status counts
  }
  const error = property(parsed, 'error');
  const first = property(property(error, 'errors'), '0');
  const details = property(error, 'details');
  const infos = Array.isArray(details) ? details.map((each) => textIn(property(each, 'reason'))) : [];
  const reason =
    textIn(property(first, 'reason')) ??
    infos.find((each) => each !== undefined) ??
    textIn(property(error, 'status')) ??
    textIn(error) ??
    `http_${status}`;
  const message =
    textIn(property(error, 'message')) ?? textIn(property(parsed, 'error_description')) ?? `Google answered ${status}`;
  const short = message.slice(0, 300);
  const most = isDailyLimit({ status, reason, message: short }) ? MAX_DAILY_SECONDS : MAX_SECONDS;
  return new GoogleRefusal(status, reason.slice(0, 100), short, retryAfterOf(retryAfterHeader, most));
}

/**
 * Longest `Retry-After` that is respected. A daily limit ends within it; Google's other limits are per minute ("Usage
 * limits"). A larger value would park an account forever.
 */
const MAX_DAILY_SECONDS = 24 * 3_600;
const MAX_SECONDS = 3_600;

/** Seconds from a `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: string | undefined, most: number): number | undefined {
  const value = header?.trim() ?? '';
  if (!/^(\d+$|[A-Z][a-z]{2,8}[, ])/.test(value)) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), most);
}

/**
 * How to react to a refusal (Google, "Resolve errors"; retry classes like those of rclone and GAM). `pace`: slow the
 * account down and retry; `share`: the limit of sharing, retry or stop sharing alone; `retry`: the server failed, a
 * write may have arrived; `token`: renew the access token; `final`: do not retry.
 */
export type RefusalClass = 'pace' | 'share' | 'retry' | 'token' | 'final';

/**
 * Google reports the daily limit of 750 GB with the reason of a short-term limit; clients distinguish it by exactly
 * this message.
 */
const DAILY_MESSAGE = 'User rate limit exceeded.';
const DAILY_REASONS = new Set(['quotaExceeded', 'dailyLimitExceeded', 'downloadQuotaExceeded']);

export function isDailyLimit({
  status,
  reason,
  message,
}: Pick<GoogleRefusal, 'status' | 'reason' | 'message'>): boolean {
  return (
    DAILY_REASONS.has(reason) || (status === 403 && reason === 'userRateLimitExceeded' && message === DAILY_MESSAGE)
  );
}

export function classOf(refusal: GoogleRefusal): RefusalClass {
  if (refusal.status === 401) return 'token';
  if (isDailyLimit(refusal)) return 'final';
  // Sharing has a separate limit, which does not affect the account's other writes.
  if (refusal.reason === 'sharingRateLimitExceeded') return 'share';
  if (refusal.status === 429 || refusal.reason === 'userRateLimitExceeded' || refusal.reason === 'rateLimitExceeded')
    return 'pace';
  if (refusal.status >= 500 || refusal.status === 408) return 'retry';
  return 'final';
}

const CODE_OF_REASON: Readonly<Record<string, DriveErrorCode>> = {
  notFound: 'not_found',
  cannotCopyFile: 'cannot_copy',
  copyRequiresWriterPermission: 'cannot_copy',
  cannotDownloadFile: 'source_permission_denied',
  cannotDownloadAbusiveFile: 'source_flagged',
  downloadQuotaExceeded: 'quota_exceeded',
  exportSizeLimitExceeded: 'export_too_large',
  fileNotExportable: 'source_permission_denied',
  cannotExportFile: 'source_permission_denied',
  fileNotDownloadable: 'source_permission_denied',
  insufficientParentPermissions: 'destination_read_only',
  storageQuotaExceeded: 'destination_storage_full',
  teamDriveFileLimitExceeded: 'destination_storage_full',
  activeItemCreationLimitExceeded: 'destination_storage_full',
  numChildrenInNonRootLimitExceeded: 'folder_limit',
  myDriveHierarchyDepthLimitExceeded: 'folder_limit',
  teamDriveHierarchyTooDeep: 'folder_limit',
  quotaExceeded: 'quota_exceeded',
  dailyLimitExceeded: 'quota_exceeded',
  userRateLimitExceeded: 'rate_limited',
  rateLimitExceeded: 'rate_limited',
  sharingRateLimitExceeded: 'rate_limited',
  domainPolicy: 'domain_policy',
  appNotAuthorizedToFile: 'scope_missing',
  insufficientPermissions: 'scope_missing',
  invalidSharingRequest: 'sharing_refused',
  shareOutNotPermitted: 'sharing_refused',
  shareOutNotPermittedToUser: 'sharing_refused',
  shareInNotPermitted: 'sharing_refused',
  publishOutNotPermitted: 'sharing_refused',
  teamDriveDomainUsersOnlyRestriction: 'sharing_refused',
  teamDriveTeamMembersOnlyRestriction: 'sharing_refused',
  teamDrivesSharingRestrictionNotAllowed: 'sharing_refused',
  fileIdInUse: 'id_taken',
  insufficientFilePermissions: 'source_permission_denied',
};

/** A reason without a code of its own is classified by its status, and the report quotes it. */
const codeOfReason = (reason: string): DriveErrorCode | undefined =>
  Object.hasOwn(CODE_OF_REASON, reason) ? CODE_OF_REASON[reason] : undefined;

/**
 * Translates Google's refusal to an error of the engine; quotes Google's reason only if it has no code of its own.
 * @param retryAfter seconds, used if Google does not state them
 */
export function driveErrorOf(refusal: GoogleRefusal, side?: Side, retryAfter = refusal.retryAfter): DriveError {
  const code =
    (isDailyLimit(refusal) ? 'quota_exceeded' : codeOfReason(refusal.reason)) ??
    (refusal.status === 404 || refusal.status === 410 // an upload that Google no longer knows
      ? 'not_found'
      : refusal.status === 409
        ? 'id_taken'
        : refusal.status === 429
          ? 'rate_limited'
          : refusal.status >= 500 || refusal.status === 408
            ? 'google_unavailable'
            : 'google_refused');
  return new DriveError(code, {
    cause: refusal,
    side,
    retryAfter,
    ...(classOf(refusal) === 'share' && { limit: 'sharing' }),
    ...(code === 'google_refused' && { detail: `Its reason: ${refusal.reason}.` }),
  });
}
