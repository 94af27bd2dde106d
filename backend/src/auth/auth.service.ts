import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { CodedError } from '../engine/errors.js';
import { deviceOf } from '../session/device.js';
import { type AuditActor, AuditLog } from '../insight/audit.port.js';
import { InvalidRequestError } from '../http/errors.js';
import { Insight } from '../insight/insight.js';
import { type Credential, credentialIdOf, CredentialStore } from '../session/credentials.port.js';
import { type Account, DRIVE_READONLY_SCOPE, DRIVE_SCOPE, type SessionType } from '../session/session.port.js';
import { type IssuedSession, SessionService } from '../session/session.service.js';
import { digest } from '../session/token.js';
import { assertAdmitted } from './admission.js';
import { type Consent, GoogleSignIn, type LoopbackClient, type SignIn, SignInStore } from './auth.port.js';
import { SignInError } from './errors.js';

const IDENTITY_SCOPES = ['openid', 'email', 'profile'];

/** Time limit of a sign-in, and lifetime of the cookie that binds it to the browser. */
export const SIGN_IN_SECONDS = 600;

/** The parameters and cookie of a callback. */
export interface CallbackQuery {
  readonly cookie: string;
  readonly userAgent?: string;
  readonly code: unknown;
  readonly state: unknown;
  readonly error: unknown;
  /** The issuer, if stated (RFC 9207). */
  readonly issuer: unknown;
}

/** The parameters of `SourceSignInQueryDto`. */
export interface SignInOptions {
  readonly login_hint?: string;
  readonly max_age?: number;
  readonly access?: 'full' | 'readonly';
  readonly loopback_port?: number;
  readonly code_challenge?: string;
  readonly client_state?: string;
}

/** Where a sign-in redirects the browser. */
export interface SignInStep {
  readonly location: string;
  /** `Set-Cookie`. */
  readonly cookie?: string;
  /** Whether an account was connected. */
  readonly connected?: boolean;
}

/** The OAuth code flow, with state, PKCE and a cookie that binds both ends to one browser. */
@Injectable()
export class AuthService {
  private readonly logger = new Logger(AuthService.name);
  private readonly cookieName: string;
  private readonly cookieAttributes: string;

  constructor(
    private readonly google: GoogleSignIn,
    private readonly signIns: SignInStore,
    private readonly credentials: CredentialStore,
    private readonly sessions: SessionService,
    @InjectConfig('general') private readonly general: Config['general'],
    @InjectConfig('http') private readonly http: Config['http'],
    @InjectConfig('google') private readonly googleConfig: Config['google'],
    private readonly audit: AuditLog,
    private readonly insight: Insight,
  ) {
    // `__Host-` (RFC 6265bis §4.1.3.2) requires Secure and therefore https; it prevents other hosts of the domain from
    // setting the cookie.
    const secure = http.publicUrl.startsWith('https:');
    this.cookieName = secure ? '__Host-cloudmover-sign-in' : 'cloudmover-sign-in';
    this.cookieAttributes = `Path=/; Max-Age=${SIGN_IN_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  /**
   * Starts a sign-in.
   * @returns the URL to redirect to, and the cookie; failures redirect to the portal or the program
   * @throws InvalidRequestError for an incomplete description of the program
   */
  async begin(type: SessionType, options: SignInOptions, cookies: string): Promise<SignInStep> {
    const { login_hint: loginHint, max_age: maxAge, access } = options;
    const loopback = loopbackOf(options);
    const readOnly = access === 'readonly';
    // All tabs of a browser use the same secret, so that two simultaneous sign-ins do not interfere.
    const browser = this.browserSecret(cookies) ?? secret();
    const [state, verifier] = [secret(), secret()];
    try {
      await this.signIns.begin(digest(state), {
        type,
        verifier,
        browser: digest(browser),
        ...(readOnly && { readOnly }),
        ...(loopback && { loopback }),
      });
    } catch (error) {
      return { location: this.failed(type, error, { loopback }) };
    }
    return {
      cookie: `${this.cookieName}=${browser}; ${this.cookieAttributes}`,
      location: this.google.consentUrl({
        redirectUri: this.redirectUri(type),
        scopes: [...IDENTITY_SCOPES, readOnly ? DRIVE_READONLY_SCOPE : DRIVE_SCOPE],
        state,
        verifier,
        ...(loginHint && { loginHint }),
        ...(maxAge !== undefined && { maxAge }),
        ...(readOnly && { includeGranted: true }),
      }),
    };
  }

  /** Whether a callback's state belongs to a sign-in that started here and has not returned. Does not consume it. */
  async isUnderWay(state: unknown): Promise<boolean> {
    return typeof state === 'string' && (await this.signIns.isUnderWay(digest(state)));
  }

  /**
   * Completes a sign-in.
   * @returns whether an account was connected, and the portal's URL with the token or the error; or the program's, with
   *   a code
   */
  async complete(type: SessionType, query: CallbackQuery): Promise<SignInStep> {
    let who: AuditActor | undefined;
    let loopback: LoopbackClient | undefined;
    try {
      const signIn = await this.takeSignIn(query);
      who = 'unknown';
      this.assertOwn(type, signIn, query);
      loopback = signIn.loopback;
      const token = await this.connect(type, signIn, query, ({ sub }) => (who = { sub }));
      return {
        location: this.returnAddress({ type, [loopback ? 'code' : 'token']: token }, loopback),
        connected: true,
      };
    } catch (error) {
      return { location: this.failed(type, error, { who, loopback }), connected: false };
    }
  }

  /** Whether a sign-in returned with this code and nobody has exchanged it. */
  async isLiveCode(code: unknown): Promise<boolean> {
    return typeof code === 'string' && (await this.sessions.isLiveCode(code));
  }

  /**
   * Gives a program the first token of the session that its sign-in opened.
   * @throws SignInError `link_expired` for a code that is unknown, has ended, was used or belongs to another verifier
   */
  async exchange(code: string, codeVerifier: string): Promise<IssuedSession> {
    const issued = await this.sessions.exchange(code, codeVerifier);
    if (!issued)
      throw new SignInError('link_expired', 'The code is unknown, has expired, or was used before. Sign in again.');
    return issued;
  }

  /** @param onAccount called with the account that consented, before it is checked */
  private async connect(
    type: SessionType,
    signIn: SignIn,
    query: CallbackQuery,
    onAccount: (account: Account) => void,
  ): Promise<string> {
    // A code must only go to the token endpoint of the server that issued it (RFC 9700 §4.4).
    const { issuer } = query;
    if (issuer !== undefined && !(typeof issuer === 'string' && this.googleConfig.issuers.includes(issuer))) {
      throw new SignInError('sign_in_failed', 'The browser did not come back from Google.');
    }
    if (query.error !== undefined) {
      const denied = query.error === 'access_denied';
      throw denied
        ? new SignInError('access_denied', 'The person did not allow access.')
        : new SignInError('sign_in_failed', 'Google sent the browser back with an error.');
    }
    if (typeof query.code !== 'string' || query.code === '') {
      throw new SignInError('sign_in_failed', 'Google sent the browser back without a code.');
    }
    const consent = await this.google.exchange(query.code, signIn.verifier, this.redirectUri(type));
    const account = await this.google.identify(consent.accessToken);
    onAccount(account);
    const credentialId = credentialIdOf(this.googleConfig.clientId, account.sub);
    const scopes = signIn.readOnly ? consent.scopes.filter((scope) => scope !== DRIVE_SCOPE) : consent.scopes;
    try {
      assertAdmitted(type, account, scopes, this.general);
      const { refreshToken } = consent;
      if (!refreshToken) throw new SignInError('refresh_token_missing', 'Google gave no refresh token.');
    } catch (refusal) {
      await this.withdraw(consent, credentialId);
      throw refusal;
    }
    const now = Date.now();
    const credential: Credential = {
      id: credentialId,
      sub: account.sub,
      email: account.email,
      connectedAt: now,
      ...consent,
    };
    await this.credentials.save(credential);
    const device = deviceOf(query.userAgent);
    const { refreshTokenExpiresAt: accessEndsAt } = consent;
    const connection = {
      ...{ type, account, credentialId, scopes, device },
      ...(accessEndsAt && { accessEndsAt }),
      ...(signIn.loopback && { codeChallenge: signIn.loopback.codeChallenge }),
    };
    const issued = await this.sessions.open(connection, 'address');
    this.insight.connected(type);
    this.audit.record({
      actor: { sub: account.sub },
      action: 'account.connected',
      object: `session:${issued.session.handle}`,
      outcome: 'done',
      detail: { type, ...(signIn.readOnly && { readOnly: true }) },
    });
    this.logger.log(`Connected a ${type} account.`);
    return issued.token;
  }

  private async takeSignIn({ state }: CallbackQuery): Promise<SignIn> {
    const signIn = typeof state === 'string' ? await this.signIns.take(digest(state)) : 'unknown';
    if (signIn === 'used') throw new SignInError('link_expired', 'This sign-in has come back before.');
    if (signIn === 'unknown') throw stateMismatch();
    return signIn;
  }

  private assertOwn(type: SessionType, signIn: SignIn, { cookie }: CallbackQuery): void {
    const browser = this.browserSecret(cookie);
    if (signIn.type !== type || !browser || digest(browser) !== signIn.browser) throw stateMismatch();
  }

  /**
   * Revokes an unusable consent, unless another session of the account uses the credential: Google revokes the whole
   * credential ("Revoking a token", OAuth for web servers).
   */
  private async withdraw(consent: Consent, credentialId: string): Promise<void> {
    if (await this.credentials.find(credentialId)) return;
    await this.google.revoke(consent.refreshToken ?? consent.accessToken);
  }

  private browserSecret(cookieHeader: string): string | undefined {
    const entry = cookieHeader.split(/; */).find((each) => each.startsWith(`${this.cookieName}=`));
    const value = entry?.slice(this.cookieName.length + 1);
    return value && /^[\w-]{43}$/.test(value) ? value : undefined;
  }

  private redirectUri(type: SessionType): string {
    return `${this.http.publicUrl}/auth/${type}/callback`;
  }

  /**
   * @param who undefined if the callback's state does not belong to a sign-in that started here. Such failures are
   *   counted but not audited, because anyone could cause enough of them to push all other entries out of the log
   */
  private failed(
    type: SessionType,
    error: unknown,
    { who, loopback }: { who?: AuditActor | undefined; loopback?: LoopbackClient | undefined },
  ): string {
    const code = isCoded(error) ? error.code : 'sign_in_failed';
    // Expected failures are logged in one line; only unexpected ones have a stack. Neither contains a token or a code.
    if (isCoded(error)) this.logger.warn(`Sign-in of a ${type} account failed: ${code}. ${error.message}`);
    else this.logger.error(error);
    this.insight.connected(type, code);
    if (who) this.audit.record({ actor: who, action: 'account.connection_refused', outcome: code, detail: { type } });
    return this.returnAddress({ type, error: code }, loopback);
  }

  /** Where the browser goes at the end of a sign-in: the portal, or the program that waits on the same computer. */
  private returnAddress(parameters: Record<string, string>, loopback?: LoopbackClient): string {
    const query = new URLSearchParams({ ...parameters, ...(loopback && { state: loopback.state }) }).toString();
    return `${loopback ? `http://127.0.0.1:${loopback.port}` : this.http.portalUrl}/?${query}`;
  }
}

/** @throws InvalidRequestError unless all of its parameters are there, or none */
function loopbackOf(options: SignInOptions): LoopbackClient | undefined {
  const { loopback_port: port, code_challenge: codeChallenge, client_state: state } = options;
  if (port !== undefined && codeChallenge !== undefined && state !== undefined) return { port, codeChallenge, state };
  const missing = Object.entries({ loopback_port: port, code_challenge: codeChallenge, client_state: state }).flatMap(
    ([parameter, value]) => (value === undefined ? [{ parameter, detail: 'is missing' }] : []),
  );
  if (missing.length === 3) return undefined;
  throw new InvalidRequestError(
    'Send loopback_port, code_challenge and client_state together, or none of them.',
    missing,
  );
}

/** `instanceof` alone would leave the code's type `any`. */
function isCoded(error: unknown): error is CodedError {
  return error instanceof CodedError;
}

function stateMismatch(): SignInError {
  return new SignInError('state_mismatch', 'The state is unknown, expired or from another browser.');
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
