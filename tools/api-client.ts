// Acts like a user with a browser, for the demo, the measurements and the tests of the commands.
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from './workspace.ts';

/** A sign-in ended with a response that leads nowhere. */
class SignInStopped extends Problem {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * Does what a person does with a browser to sign in at the sandbox: follows each redirect with its cookies, and
 * consents on the sandbox's page.
 * @param address where the sign-in begins
 * @param account e-mail address
 * @param isEnd whether an address, which is not opened then, is where the sign-in leads back to
 * @param scope what is consented to instead of what is asked for
 * @returns that address
 */
export async function signIn(
  address: URL,
  account: string,
  isEnd: (address: URL) => boolean,
  scope?: string,
): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = address;
  for (let hops = 0; hops < 10; hops++) {
    // Cookies apply to a host with any port (RFC 6265), so API and sandbox share them; their names differ.
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name) cookies.set(name, value ?? '');
    }
    const location = response.headers.get('location');
    if (!location)
      throw new SignInStopped(
        `The sign-in stopped at ${next.origin}${next.pathname} with status ${response.status}: ${(await response.text()).slice(0, 300)}`,
        response.status,
      );
    await response.arrayBuffer();
    next = new URL(location, next);
    if (next.pathname === '/o/oauth2/v2/auth') {
      next.searchParams.set('sandbox_account', account);
      next.searchParams.set('sandbox_consent', 'allow');
      if (scope) next.searchParams.set('scope', scope);
    }
    if (isEnd(next)) return next;
  }
  throw new Problem(`The sign-in was redirected too often, last to ${next.origin}${next.pathname}.`);
}

/** How often a sign-in begins again after CloudMover was not ready, and the pause before, in milliseconds. */
const REPEATED = { times: 5, pauseMs: 2_000 };

/**
 * Connects a sandbox account to one side with the whole OAuth flow. If CloudMover is not ready (Redis does not respond),
 * the sign-in begins again, as the portal proposes.
 * @param url the API's address
 * @param account e-mail address
 * @param options.scope the scopes to consent to instead of the requested ones
 * @param options.pauseMs the pause before it begins again, in milliseconds
 * @returns the session's token
 * @throws {Problem} with the code that the portal would get
 */
export async function connect(
  url: string,
  side: 'source' | 'destination' | 'general',
  account: string,
  { scope, pauseMs = REPEATED.pauseMs }: { scope?: string; pauseMs?: number } = {},
): Promise<string> {
  const begin = new URL(`/auth/${side}?login_hint=${encodeURIComponent(account)}`, url);
  for (let repeated = 0; ; repeated++) {
    try {
      const { searchParams } = await signIn(begin, account, (address) => address.searchParams.has('type'), scope);
      const token = searchParams.get('token');
      if (token && searchParams.get('type') === side) return token;
      const error = searchParams.get('error');
      if (error !== 'service_unavailable' || repeated === REPEATED.times)
        throw new Problem(`Connecting ${side} was refused: ${error}.`);
    } catch (error) {
      // It could not even begin.
      if (!(error instanceof SignInStopped) || error.status !== 503 || repeated === REPEATED.times) throw error;
    }
    await sleep(pauseMs);
  }
}

/** The sessions of the two sides. */
export interface Tokens {
  source?: string;
  destination?: string;
}

/**
 * Calls the API (or the sandbox) with JSON.
 * @param options.tokens sessions of the two sides
 * @param options.bearer an access token, for the sandbox's Drive
 * @template T the type of the body, which is not checked
 * @returns the decoded body
 * @throws {Problem} with the problem's code and detail if the status is not 2xx
 */
export async function call<T = unknown>(
  address: string,
  {
    method = 'GET',
    body,
    tokens = {},
    bearer,
  }: { method?: string; body?: unknown; tokens?: Tokens; bearer?: string } = {},
): Promise<T> {
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(tokens.source && { 'x-source-token': tokens.source }),
    ...(tokens.destination && { 'x-destination-token': tokens.destination }),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
  };
  const response = await fetch(address, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok)
    throw new Problem(`${method} ${new URL(address).pathname} returned ${response.status}: ${text.slice(0, 500)}`);
  return (text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text) as T;
}

/** The states of a transfer that has ended. */
export const OVER = new Set(['completed', 'completed_with_failures', 'canceled', 'failed']);
