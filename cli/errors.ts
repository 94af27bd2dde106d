/** The exit codes, on which scripts depend. */
export const EXIT = {
  /** Everything was verified. */
  done: 0,
  /** Something failed. */
  failed: 1,
  /** The command cannot be understood, or names something that is not there. */
  usage: 2,
  /** A person has to sign in or to confirm. */
  person: 3,
  /** Ctrl-C: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected failure: its message names what is wrong and the fix, and is shown without a stack. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** Stable, for programs: one of the API's problem codes, or one of ours. */
  readonly code: string;
  /** Further fields for `--json`. */
  readonly details: Record<string, unknown>;

  constructor(
    message: string,
    {
      exitCode = EXIT.failed,
      code = 'failed',
      details = {},
      cause,
    }: { exitCode?: ExitCode; code?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.code = code;
    this.details = details;
  }
}

/** Wrong arguments, or a path that leads nowhere. */
export const usageError = (message: string, code = 'usage', details: Record<string, unknown> = {}) =>
  new CliError(message, { exitCode: EXIT.usage, code, details });

/** Google did not search everything, so an item that is there may be missing. */
export const incompleteList = (side: string) =>
  new CliError(`Google listed a folder of the ${side} incompletely. Try again.`, { code: 'incomplete_list' });

/** The server did not respond; a later attempt may succeed. */
export class UnreachableError extends CliError {
  constructor(server: string, cause: unknown) {
    super(
      `CloudMover does not respond at ${server} (${reasonOf(cause)}). Is it running there? Choose another server with --server or CLOUDMOVER_SERVER.`,
      { code: 'unreachable', cause },
    );
  }
}

/** The address is not the server's own, so no token is sent further. */
export class RedirectError extends CliError {
  /** @param location where the response leads, relative to the server */
  constructor(server: string, location: string) {
    const to = URL.canParse(location, server) ? new URL(location, server).origin : undefined;
    const isElsewhere = to !== undefined && to !== 'null' && to !== server;
    const advice = isElsewhere
      ? `redirects to ${to}. If that is your server, name it with --server or CLOUDMOVER_SERVER.`
      : 'redirects requests of its API, so it is not CloudMover. Choose another server with --server or CLOUDMOVER_SERVER.';
    super(`${server} ${advice}`, {
      exitCode: EXIT.usage,
      code: 'redirected',
      details: { server, ...(isElsewhere && { to }) },
    });
  }
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the host name could not be resolved',
  ECONNRESET: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
};

/** Why a request got no response; `fetch` wraps the reason. */
export function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : undefined;
    if (code) return REASONS[code] ?? code;
    if (at.cause === undefined) return at.message;
  }
  return String(error);
}
