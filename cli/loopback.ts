import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError, EXIT, usageError } from './errors.ts';
import type { Side } from './sessions.ts';

/** The server ends a sign-in after this time. */
const PATIENCE_MS = 10 * 60_000;

/** What the exchange needs. */
export interface Code {
  code: string;
  codeVerifier: string;
}

export interface LoopbackOptions {
  /** Where browsers reach it. */
  server: string;
  side: Side;
  /** Further parameters of the sign-in. */
  parameters: Record<string, string>;
  /** 0: any free one. */
  port: number;
  /** Called with the address to open in a browser. */
  onAddress: (url: string) => void;
  signal: AbortSignal;
}

/**
 * Lets a person sign in with a browser, which returns to a port of this computer (RFC 8252 §7.3). PKCE ties the code
 * that it brings to this process, and the state ties it to this sign-in.
 * @throws CliError if it is refused, or takes too long
 */
export async function signInOnLoopback(options: LoopbackOptions): Promise<Code> {
  const { server: api, side, parameters, port, onAddress, signal } = options;
  const [state, codeVerifier] = [secret(), secret()];
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(usageError(`Port ${port} cannot be used: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const result = new Promise<Code>((resolve, reject) => {
      const stop = () => reject(signal.aborted ? new Error('It was stopped.') : refused(side, 'link_expired'));
      for (const each of [signal, patience]) each.addEventListener('abort', stop, { once: true });
      server.on('request', (request, response) => {
        const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
        // Something else on this computer, or an old tab: the sign-in goes on.
        if (query.get('state') !== state) return answer(response, 404, 'This page belongs to no sign-in that is open.');
        const code = query.get('code');
        if (code === null) {
          answer(response, 200, 'The account was not connected. The command line says why; you can close this page.');
          reject(refused(side, query.get('error') ?? 'sign_in_failed'));
        } else {
          answer(response, 200, `Connected as the ${side}. You can close this page and return to the command line.`);
          resolve({ code, codeVerifier });
        }
      });
    });
    const { port: taken } = server.address() as AddressInfo;
    const query = new URLSearchParams({
      ...parameters,
      loopback_port: String(taken),
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      client_state: state,
    });
    onAddress(`${api}/auth/${side}?${query.toString()}`);
    return await result;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const secret = () => randomBytes(32).toString('base64url');

function answer(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(`<!doctype html><html lang="en"><title>CloudMover</title><p>${text}</p></html>`);
}

/** Codes of a failed sign-in, in sentences. */
const REFUSALS: Record<string, string> = {
  access_denied: 'Access was not allowed on Google’s page.',
  scope_missing: 'Google gave no access to Drive: tick its box on the consent page.',
  link_expired: 'The sign-in took too long.',
  refresh_token_missing: 'Google did not grant offline access.',
  account_not_allowed: 'The operator of this server does not allow this account.',
  google_unavailable: 'Google is not responding.',
};

function refused(side: Side, code: string): CliError {
  return new CliError(`The ${side} was not connected (${code}). ${REFUSALS[code] ?? ''}`.trimEnd(), {
    exitCode: EXIT.person,
    code,
    details: { side },
  });
}
