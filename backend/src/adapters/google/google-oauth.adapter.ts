import { CodeChallengeMethod, JWT, OAuth2Client } from 'google-auth-library';
import { createHash } from 'node:crypto';
import { SignInError } from '../../auth/errors.js';
import { type Consent, GoogleSignIn } from '../../auth/auth.port.js';
import type { Config } from '../../config/config.js';
import type { ServiceAccount } from '../../session/credentials.port.js';
import type { Account } from '../../session/session.port.js';
import { isObject } from './google-answers.js';
import { guardedFetch } from './guarded-fetch.js';

/** Milliseconds for one call with all its retries. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** A hundred years: a longer lifetime makes no difference, and could exceed the range of dates. */
const MAX_SECONDS = 100 * 366 * 86_400;

/** The response of Google's token endpoint to a refresh. */
export interface Refreshed {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  /** Only if Google replaced it (it usually does not). */
  readonly refreshToken?: string;
  /** See `Credential`. */
  readonly refreshTokenExpiresAt?: number;
  readonly scopes?: readonly string[];
}

/** A refusal of Google's token endpoint, without secrets. */
export class TokenEndpointError extends Error {
  override readonly name = 'TokenEndpointError';

  constructor(
    /** OAuth's error code (RFC 6749 §5.2), or undefined if there was no usable response. */
    readonly reason: string | undefined,
    readonly status: number | undefined,
  ) {
    super(`The token endpoint answered ${status ?? 'nothing'}${reason ? ` (${reason})` : ''}.`);
  }

  /** The endpoint is unreachable, slow or broken; it refused nothing. */
  get isOutage(): boolean {
    return this.status === undefined || this.status >= 500 || this.status === 429;
  }
}

/** Google's OAuth endpoints, or the sandbox's: the code flow, refreshing and revoking. */
export class GoogleOAuthAdapter extends GoogleSignIn {
  constructor(private readonly config: Config['google']) {
    super();
  }

  override consentUrl(request: {
    redirectUri: string;
    scopes: readonly string[];
    state: string;
    verifier: string;
    loginHint?: string;
    maxAge?: number;
    includeGranted?: boolean;
  }): string {
    return this.client().generateAuthUrl({
      redirect_uri: request.redirectUri,
      scope: [...request.scopes],
      state: request.state,
      code_challenge: createHash('sha256').update(request.verifier).digest('base64url'),
      code_challenge_method: CodeChallengeMethod.S256,
      access_type: 'offline',
      // Without it a second consent returns no refresh token ("Using OAuth 2.0 for Web Server Applications").
      prompt: 'consent',
      ...(request.loginHint && { login_hint: request.loginHint }),
      ...(request.maxAge !== undefined && { max_age: request.maxAge }),
      ...(request.includeGranted && { include_granted_scopes: true }),
    });
  }

  override async exchange(code: string, verifier: string, redirectUri: string): Promise<Consent> {
    try {
      const { tokens } = await this.client().getToken({ code, codeVerifier: verifier, redirect_uri: redirectUri });
      const { scopes = [], ...granted } = grantedIn(tokens);
      return { ...granted, scopes };
    } catch (error) {
      const cause = tokenEndpointError(error);
      if (cause.reason === 'invalid_grant') {
        throw new SignInError('link_expired', 'The code was used before or has expired.', { cause });
      }
      if (cause.isOutage) throw new SignInError('google_unavailable', cause.message, { cause });
      throw new SignInError(
        'sign_in_failed',
        `${cause.message} Check GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and the redirect URI registered for them.`,
        { cause },
      );
    }
  }

  override async identify(accessToken: string): Promise<Account> {
    const profile = await this.profile(accessToken);
    const { sub, email, email_verified: verified, name, picture } = profile;
    // A subject has at most 255 characters (OpenID Connect Core, 2), an address 254 (RFC 5321).
    const isText = (value: unknown, most: number): value is string =>
      typeof value === 'string' && value !== '' && value.length <= most;
    if (!isText(sub, 255) || !isText(email, 254)) {
      throw new SignInError(
        'scope_missing',
        'Google did not return the account’s id and e-mail address. Allow openid and email.',
      );
    }
    // Anyone can open a Google account with another person's address. Until it is confirmed it proves nothing, and
    // ALLOWED_ACCOUNTS relies on it (Google, "OpenID Connect", email_verified).
    if (verified === false || verified === 'false') {
      throw new SignInError('account_not_allowed', 'The e-mail address of the account is not confirmed at Google.');
    }
    return {
      sub,
      email,
      name: isText(name, MAX_NAME) ? name : email,
      ...(isText(picture, MAX_ADDRESS) && picture.startsWith('https://') && { photo: picture }),
    };
  }

  override async revoke(token: string): Promise<boolean> {
    try {
      // Does not use the library's method, which puts the token into the URL, where proxies log it.
      const response = await guardedFetch(this.config.revokeUrl, {
        method: 'POST',
        body: new URLSearchParams({ token }),
        signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      });
      // 400 `invalid_token`: it was revoked earlier, or has expired.
      return response.ok || response.status === 400;
    } catch {
      return false;
    }
  }

  /**
   * Requests a new access token.
   * @throws TokenEndpointError `invalid_grant` if the credential is no longer valid
   */
  async refresh(refreshToken: string): Promise<Refreshed> {
    const client = this.client();
    client.setCredentials({ refresh_token: refreshToken });
    // The library overwrites the refresh token that Google returned with the old one; its event fires before that.
    let answered: unknown;
    client.on('tokens', (tokens) => (answered = tokens.refresh_token));
    try {
      const { credentials } = await client.refreshAccessToken();
      const { refreshToken: fresh, ...granted } = grantedIn({ ...credentials, refresh_token: answered });
      return { ...granted, ...(fresh !== undefined && fresh !== refreshToken && { refreshToken: fresh }) };
    } catch (error) {
      throw tokenEndpointError(error);
    }
  }

  /**
   * Requests a service account's access token with an assertion (RFC 7523).
   * @throws TokenEndpointError `invalid_grant` or `unauthorized_client` if it may not act for the subject (any more)
   */
  async assert({ email, privateKey, subject }: ServiceAccount, scopes: readonly string[]): Promise<Refreshed> {
    const client = new JWT({
      email,
      key: privateKey,
      subject,
      scopes: [...scopes],
      // By itself the library uses Google's token URL only.
      additionalClaims: { aud: this.config.tokenUrl },
      transporterOptions: this.transport(),
    });
    try {
      const { accessToken, accessTokenExpiresAt } = grantedIn(await client.authorize());
      return { accessToken, accessTokenExpiresAt };
    } catch (error) {
      throw tokenEndpointError(error);
    }
  }

  private async profile(accessToken: string): Promise<Record<string, unknown>> {
    let status: number | undefined;
    try {
      const response = await guardedFetch(this.config.userinfoUrl, {
        headers: { authorization: `Bearer ${accessToken}` },
        signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      });
      status = response.status;
      if (response.ok) {
        const profile: unknown = await response.json();
        if (!isObject(profile)) throw new SyntaxError('No JSON object.');
        return profile;
      }
    } catch (error) {
      throw new SignInError('google_unavailable', "Google's userinfo endpoint does not answer.", { cause: error });
    }
    const code = status >= 500 || status === 429 ? 'google_unavailable' : 'sign_in_failed';
    throw new SignInError(code, `Google's userinfo endpoint answered ${status}.`);
  }

  /** One client per call: the library keeps the last credentials in it, which two accounts must not share. */
  private client(): OAuth2Client {
    const { clientId, clientSecret, authUrl, tokenUrl, revokeUrl } = this.config;
    return new OAuth2Client({
      clientId,
      clientSecret,
      endpoints: { oauth2AuthBaseUrl: authUrl, oauth2TokenUrl: tokenUrl, oauth2RevokeUrl: revokeUrl },
      transporterOptions: this.transport(),
    });
  }

  /** Limits what one client of the library sends: only to the token URL, and only for this long. */
  private transport(): { fetchImplementation: typeof fetch } {
    const signal = AbortSignal.timeout(TOKEN_TIMEOUT_MS);
    return {
      fetchImplementation: (_url, init) => guardedFetch(this.config.tokenUrl, { ...init, signal }),
    };
  }
}

/** Maximum length of a name and of a picture's URL in a session. */
const MAX_NAME = 1_000;
const MAX_ADDRESS = 2_048;
/** Maximum length of a token; Google states up to 2,048 ("Using OAuth 2.0 to Access Google APIs"). */
const MAX_TOKEN = 8_192;
/** Google's access tokens live an hour; the sandbox states the lifetime of its own, up to a day. */
const MAX_TOKEN_MS = 86_400_000;

/**
 * Checks the types in the token endpoint's response, because Google's library does not.
 * @throws TokenEndpointError if there is no usable access token
 */
function grantedIn(tokens: object): Refreshed {
  const { access_token, expiry_date, refresh_token, scope } = tokens as Record<string, unknown>;
  const isToken = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= MAX_TOKEN;
  if (!isToken(access_token)) throw new TokenEndpointError('no_access_token', 200);
  const now = Date.now();
  const end = typeof expiry_date === 'number' && Number.isFinite(expiry_date) ? expiry_date : now;
  return {
    accessToken: access_token,
    accessTokenExpiresAt: Math.min(end, now + MAX_TOKEN_MS),
    ...(isToken(refresh_token) && { refreshToken: refresh_token }),
    ...endOf(tokens),
    ...(typeof scope === 'string' && scope && { scopes: scope.split(' ') }),
  };
}

/**
 * When the refresh token expires, if Google states it: `refresh_token_expires_in` in seconds ("Using OAuth 2.0 for Web
 * Server Applications"). Ignores values that are not in the future.
 */
function endOf(answer: object): { refreshTokenExpiresAt?: number } {
  const { refresh_token_expires_in: seconds } = answer as { refresh_token_expires_in?: unknown };
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= MAX_SECONDS)) return {};
  return { refreshTokenExpiresAt: Date.now() + seconds * 1_000 };
}

/** Keeps only the reason and the status; the library's error contains the whole request with its secrets. */
function tokenEndpointError(error: unknown): TokenEndpointError {
  if (error instanceof TokenEndpointError) return error;
  const { response } = error as { response?: { status?: number; data?: { error?: unknown } } };
  const reason = response?.data?.error;
  return new TokenEndpointError(typeof reason === 'string' ? reason.slice(0, 64) : undefined, response?.status);
}
