import { DriveError, type DriveErrorCode, type Side } from '../../engine/errors.js';
import { parseBounded, SMALL_ANSWER } from './google-answers.js';

/** What Google answered, in its own words. It never leaves the adapters: it travels as the `cause` of a DriveError. */
export class GoogleRefusal extends Error {
  constructor(
    readonly status: number,
    /** `error.errors[0].reason`: the part of Google's error that is meant to be branched on. */
    readonly reason: string,
    message: string,
    /** Seconds, from `Retry-After`. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'GoogleRefusal';
  }
}

/** The parts of an error body that are used; all optional, because a proxy in between may have written it. */
const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

/** Reads Google's error body; a body that is no JSON (a proxy's page) still gives a usable refusal. */
export function refusalOf(status: number, body: string | Buffer, retryAfterHeader?: string): GoogleRefusal {
  let parsed: unknown;
  try {
    parsed = parseBounded(typeof body === 'string' ? Buffer.from(body) : body, SMALL_ANSWER);
  } catch {
    // not Google's shape: the status alone decides
  }
  const error = property(parsed, 'error');
  const first = property(property(error, 'errors'), '0');
  const reason = (textIn(property(first, 'reason')) ?? textIn(error) ?? `http_${status}`).slice(0, 100);
  const message =
    textIn(property(error, 'message')) ?? textIn(property(parsed, 'error_description')) ?? `Google answered ${status}`;
  const short = message.slice(0, 300);
  const most = isDailyLimit({ status, reason, message: short }) ? MOST_DAILY_SECONDS : MOST_SECONDS;
  return new GoogleRefusal(status, reason, short, retryAfterOf(retryAfterHeader, most));
}

/**
 * The longest that `Retry-After` is heeded: a limit of the day ends within it; all other limits of Google's are those of
 * a minute ("Usage limits"). A larger value would park an account forever.
 */
const MOST_DAILY_SECONDS = 24 * 3_600;
const MOST_SECONDS = 3_600;

/** Seconds from a `Retry-After`, which is a number of them or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: string | undefined, most: number): number | undefined {
  const value = header?.trim() ?? '';
  if (!/^(\d+$|[A-Z][a-z]{2,8}[, ])/.test(value)) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), most);
}

/**
 * How a refusal is to be met (Google, "Resolve errors"; retry classes as rclone and GAM use them):
 * `pace` slow the account down and try again; `wait` try this one again later; `retry` the server failed, a write may
 * have landed; `token` renew the access token; `final`.
 */
export type RefusalClass = 'pace' | 'wait' | 'retry' | 'token' | 'final';

/** The 750 GB of a day are refused with a short-term limit's reason; clients tell them apart by exactly these words. */
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
  // A limit of its own: how fast an account shares says nothing about its other writes.
  if (refusal.reason === 'sharingRateLimitExceeded') return 'wait';
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

/** Of a reason that has no code of its own the status decides, and the report quotes it. */
const codeOfReason = (reason: string): DriveErrorCode | undefined =>
  Object.hasOwn(CODE_OF_REASON, reason) ? CODE_OF_REASON[reason] : undefined;

/**
 * Google's refusal as the product's own error; Google's reason is kept only where we have no name for it.
 * @param retryAfter seconds, where Google itself does not say
 */
export function driveErrorOf(refusal: GoogleRefusal, side?: Side, retryAfter = refusal.retryAfter): DriveError {
  const code =
    (isDailyLimit(refusal) ? 'quota_exceeded' : codeOfReason(refusal.reason)) ??
    (refusal.status === 404 || refusal.status === 410 // an upload that Google forgot
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
    ...(code === 'google_refused' && { detail: `Its reason: ${refusal.reason}.` }),
  });
}
