import type { Account } from '../session/session.port.js';

/** The response of Google's token endpoint to a code. */
export interface Consent {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  /** Missing if Google granted no offline access. */
  readonly refreshToken?: string;
  /** See Credential. */
  readonly refreshTokenExpiresAt?: number;
  /** The granted scopes; may be fewer than requested. */
  readonly scopes: readonly string[];
}

/** Google's side of the OAuth code flow. */
export abstract class GoogleSignIn {
  /**
   * URL of Google's consent page.
   * @param verifier PKCE code verifier (RFC 7636); the URL contains only its SHA-256
   */
  abstract consentUrl(request: {
    redirectUri: string;
    scopes: readonly string[];
    state: string;
    verifier: string;
    loginHint?: string;
    /** See `max_age` of OpenID Connect, in seconds. */
    maxAge?: number;
    /** Includes previously granted scopes, so that the account's stored credential loses no access. */
    includeGranted?: boolean;
  }): string;

  /** @throws SignInError `link_expired` for a used or stale code, `google_unavailable`, `sign_in_failed` */
  abstract exchange(code: string, verifier: string, redirectUri: string): Promise<Consent>;

  /** The account that consented. @throws SignInError `google_unavailable`, `sign_in_failed` */
  abstract identify(accessToken: string): Promise<Account>;

  /**
   * Revokes a credential. Never throws. @returns true if Google confirmed it or does not know the token (any more);
   * false if it should be retried
   */
  abstract revoke(token: string): Promise<boolean>;
}

/**
 * The program on the person's own computer that began a sign-in (RFC 8252 §7.3). It waits at 127.0.0.1, so that no
 * address of a client's choice is ever redirected to.
 */
export interface LoopbackClient {
  readonly port: number;
  /** PKCE's S256 code challenge: only the program has the verifier that the code can be exchanged with. */
  readonly codeChallenge: string;
  /** Returned unchanged, so that the program recognises its sign-in. */
  readonly state: string;
}

/** A sign-in in progress, between the redirect to Google and the callback. */
export interface SignIn {
  readonly type: string;
  readonly verifier: string;
  /** Digest of the secret in the browser's cookie. */
  readonly browser: string;
  /** Read access only: the session gets no more, whatever else the account has granted. */
  readonly readOnly?: true;
  /** Gets the result instead of the portal. */
  readonly loopback?: LoopbackClient;
}

/**
 * Stores sign-ins in progress for ten minutes. Every method throws StoreUnavailableError if the store cannot be
 * reached.
 */
export abstract class SignInStore {
  abstract begin(stateDigest: string, signIn: SignIn): Promise<void>;
  /** Whether a state belongs to a sign-in that has started and not returned. Does not consume it. */
  abstract isUnderWay(stateDigest: string): Promise<boolean>;
  /** Returns a sign-in once; later calls return `used`, and unknown or expired states `unknown`. */
  abstract take(stateDigest: string): Promise<SignIn | 'used' | 'unknown'>;
}
