import type { Account } from '../session/session.port.js';

/** What Google's token endpoint gave for a code. */
export interface Consent {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  /** Absent when Google granted no offline access. */
  readonly refreshToken?: string;
  /** See Credential. */
  readonly refreshTokenExpiresAt?: number;
  /** What the user actually granted; may be less than what was requested. */
  readonly scopes: readonly string[];
}

/** Google's side of the OAuth code flow. */
export abstract class GoogleSignIn {
  /**
   * Address of Google's consent page.
   * @param verifier PKCE code verifier (RFC 7636); only its SHA-256 goes into the address
   */
  abstract consentUrl(request: {
    redirectUri: string;
    scopes: readonly string[];
    state: string;
    verifier: string;
    loginHint?: string;
    /** See `max_age` of OpenID Connect, in seconds. */
    maxAge?: number;
    /** Includes what the account granted before, so that the one stored credential loses no access. */
    includeGranted?: boolean;
  }): string;

  /** @throws SignInError `link_expired` for a used or stale code, `google_unavailable`, `sign_in_failed` */
  abstract exchange(code: string, verifier: string, redirectUri: string): Promise<Consent>;

  /** Whose consent it is. @throws SignInError `google_unavailable`, `sign_in_failed` */
  abstract identify(accessToken: string): Promise<Account>;

  /**
   * Withdraws a credential; true when Google confirmed it, or knows no such token (any more). Never throws: false says that it
   * may be tried again.
   */
  abstract revoke(token: string): Promise<boolean>;
}

/** A sign-in in progress, between the redirect to Google and the callback. */
export interface SignIn {
  readonly type: string;
  readonly verifier: string;
  /** Digest of the secret in the browser's cookie. */
  readonly browser: string;
  /** Only for reading: the session gets no more, whatever the account has granted besides. */
  readonly readOnly?: true;
}

/** Keeps sign-ins in progress for ten minutes. Every method throws StoreUnavailableError when the store is away. */
export abstract class SignInStore {
  abstract begin(stateDigest: string, signIn: SignIn): Promise<void>;
  /** Whether a state belongs to a sign-in that has started and not returned. Does not consume it. */
  abstract isUnderWay(stateDigest: string): Promise<boolean>;
  /** Returns a sign-in once; later calls get `used`, unknown or expired ones `unknown`. */
  abstract take(stateDigest: string): Promise<SignIn | 'used' | 'unknown'>;
}
