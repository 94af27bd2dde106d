import { createHash } from 'node:crypto';

/** One of Google's APIs; projects enable and disable it, and quotas apply to it. */
interface GoogleApi {
  /** The service's name, in errors and in the console's addresses. */
  service: string;
  title: string;
  /** Prefixes of its paths. */
  paths: readonly string[];
  /**
   * `errors`: Drive's format, with `errors[0].reason`. `status`: the newer format, with a status word and `details` in
   * place of `errors` (https://google.aip.dev/193).
   */
  errorShape: 'errors' | 'status';
}

export const GOOGLE_APIS = {
  docs: {
    service: 'docs.googleapis.com',
    title: 'Google Docs API',
    paths: ['/v1/documents'],
    errorShape: 'status',
  },
  slides: {
    service: 'slides.googleapis.com',
    title: 'Google Slides API',
    paths: ['/v1/presentations'],
    errorShape: 'status',
  },
  sheets: {
    service: 'sheets.googleapis.com',
    title: 'Google Sheets API',
    paths: ['/v4/spreadsheets'],
    errorShape: 'status',
  },
  forms: {
    service: 'forms.googleapis.com',
    title: 'Google Forms API',
    paths: ['/v1/forms'],
    errorShape: 'status',
  },
  admin: { service: 'admin.googleapis.com', title: 'Admin SDK API', paths: ['/admin/'], errorShape: 'errors' },
  drive: { service: 'drive.googleapis.com', title: 'Google Drive API', paths: ['/'], errorShape: 'errors' },
} as const satisfies Record<string, GoogleApi>;

export type ApiName = keyof typeof GOOGLE_APIS;

/** The API that a path belongs to. */
export function apiOf(path: string): ApiName {
  for (const [name, { paths }] of Object.entries(GOOGLE_APIS))
    if (paths.some((beginning) => path.startsWith(beginning))) return name as ApiName;
  return 'drive';
}

/** The project number of an OAuth client; Google's client ids begin with it. */
export function projectNumberOf(clientId = ''): string {
  const digits = /^\d{6,}/.exec(clientId)?.[0];
  return digits ?? String(parseInt(createHash('sha256').update(clientId).digest('hex').slice(0, 10), 16));
}

/** Default status words by HTTP status (https://cloud.google.com/apis/design/errors). */
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** What the newer format shows of an error. */
interface StatusError {
  status: number;
  message: string;
  reason: string;
  details: {
    statusWord?: string;
    info?: Readonly<Record<string, string>>;
    help?: { description: string; url: string };
    fieldViolations?: readonly { field?: string; description: string }[];
  };
}

/** The `details` of an error in the newer format. */
export function detailsOf({ reason, details: { info, help, fieldViolations } }: StatusError): object[] {
  const type = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` });
  return [
    ...(info ? [{ ...type('ErrorInfo'), reason, domain: 'googleapis.com', metadata: info }] : []),
    ...(help ? [{ ...type('Help'), links: [help] }] : []),
    ...(fieldViolations ? [{ ...type('BadRequest'), fieldViolations }] : []),
  ];
}

/** The body of an error in the newer format. */
export function statusShape(error: StatusError): unknown {
  const details = detailsOf(error);
  return {
    error: {
      code: error.status,
      message: error.message,
      status: error.details.statusWord ?? STATUS_WORDS[error.status] ?? 'UNKNOWN',
      ...(details.length > 0 ? { details } : {}),
    },
  };
}
