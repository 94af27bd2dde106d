/** What Google puts beside a message: `location` names the parameter, `reason` is what clients branch on. */
export interface GoogleErrorDetails {
  domain?: 'global' | 'usageLimits';
  location?: string;
  locationType?: 'parameter' | 'header';
  /** The canonical status word; Google sends it for credential and type failures only. */
  statusWord?: string;
  headers?: Record<string, string>;
}

const QUOTA_REASONS = /(RateLimit|dailyLimit|quota|^storageQuota|downloadQuota)/i;

/**
 * An answer of Drive's that is an error, in the one shape all of Google's older APIs share
 * ("Resolve errors" in the Drive API guides): `{error:{code, message, errors:[{domain, reason, message}]}}`.
 */
export class GoogleError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: GoogleErrorDetails;

  constructor(status: number, reason: string, message: string, details: GoogleErrorDetails = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }

  /** The JSON body to answer with. */
  toJSON(): unknown {
    const { domain, location, locationType, statusWord } = this.details;
    const entry: Record<string, string> = {
      message: this.message,
      domain: domain ?? (QUOTA_REASONS.test(this.reason) ? 'usageLimits' : 'global'),
      reason: this.reason,
    };
    if (location) {
      entry['location'] = location;
      entry['locationType'] = locationType ?? 'parameter';
    }
    return {
      error: {
        code: this.status,
        message: this.message,
        errors: [entry],
        ...(statusWord ? { status: statusWord } : {}),
      },
    };
  }
}

/** 404 as Drive gives it for a file that is missing, or that the caller may not see. */
export function fileNotFound(id: string): GoogleError {
  return new GoogleError(404, 'notFound', `File not found: ${id}.`, { location: 'fileId' });
}

/** 403 for a caller who sees the file but may not do this to it. */
export function insufficientFilePermissions(): GoogleError {
  return new GoogleError(
    403,
    'insufficientFilePermissions',
    'The user does not have sufficient permissions for this file.',
  );
}

/** 400 for a parameter or body field whose value makes no sense. */
export function invalidValue(location: string, message = 'Invalid Value'): GoogleError {
  return new GoogleError(400, 'invalid', message, { location });
}

/** 400 for something that must be there and is not. */
export function required(location: string, message: string): GoogleError {
  return new GoogleError(400, 'required', message, { location });
}

/** A mistake in the use of the sandbox (command line or control side), with a message for its user. */
export class SandboxUsageError extends Error {}
