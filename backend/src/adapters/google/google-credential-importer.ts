import { createPrivateKey } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { DriveError } from '../../engine/errors.js';
import { RefreshTokenRejectedError, ServiceAccountRejectedError } from '../../session/errors.js';
import {
  type Credential,
  credentialIdOf,
  type HeadlessConnection,
  CredentialImporter,
  type ServiceAccount,
} from '../../session/credentials.port.js';
import { DRIVE_SCOPE } from '../../session/session.port.js';
import { type GoogleOAuthAdapter, type Refreshed, TokenEndpointError } from './google-oauth.adapter.js';

/** The long names, as an administrator lists them for a delegation. */
const IDENTITY_SCOPES = [
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
];

/** Imports credentials from a program. Checks them at Google immediately, so that the program gets the error. */
export class GoogleCredentialImporter extends CredentialImporter {
  constructor(
    private readonly oauth: Pick<GoogleOAuthAdapter, 'refresh' | 'assert' | 'identify'>,
    private readonly config: Config['google'],
  ) {
    super();
  }

  override async fromRefreshToken(refreshToken: string): Promise<HeadlessConnection> {
    let fresh: Refreshed;
    try {
      fresh = await this.oauth.refresh(refreshToken);
    } catch (error) {
      // invalid_request: the token is the text `undefined`, which the library treats as missing.
      if (isReason(error, 'invalid_grant', 'unauthorized_client', 'invalid_request'))
        throw new RefreshTokenRejectedError(error);
      throw otherRefusal(error);
    }
    return this.connection(this.config.clientId, fresh.scopes ?? [], { refreshToken, lent: true, ...fresh });
  }

  override async fromServiceAccount(serviceAccount: ServiceAccount): Promise<HeadlessConnection> {
    assertRsaKey(serviceAccount.privateKey);
    for (const drive of [DRIVE_SCOPE, `${DRIVE_SCOPE}.readonly`]) {
      const scopes = [...IDENTITY_SCOPES, drive];
      try {
        const fresh = await this.oauth.assert(serviceAccount, scopes);
        return await this.connection(serviceAccount.email, scopes, { serviceAccount, ...fresh });
      } catch (error) {
        if (isReason(error, 'unauthorized_client')) continue;
        if (isReason(error, 'invalid_grant', 'invalid_client'))
          throw new ServiceAccountRejectedError(
            'Google does not accept the service account: check that its key is still valid, that the subject is an address of the domain, and the clock of this machine.',
            error,
          );
        throw otherRefusal(error);
      }
    }
    throw new ServiceAccountRejectedError(
      `The service account may not act for the subject. In the domain's admin console (Security, API controls, Domain-wide delegation) allow its client id: ${[...IDENTITY_SCOPES, DRIVE_SCOPE].join(' ')}`,
    );
  }

  private async connection(
    client: string,
    scopes: readonly string[],
    credentials: Omit<Refreshed, 'scopes'> & Pick<Credential, 'serviceAccount' | 'lent'>,
  ): Promise<HeadlessConnection> {
    const account = await this.oauth.identify(credentials.accessToken);
    const { sub, email } = account;
    const credential = { ...credentials, id: credentialIdOf(client, sub), sub, email, connectedAt: Date.now(), scopes };
    return { credential, account };
  }
}

function isReason(error: unknown, ...reasons: string[]): error is TokenEndpointError {
  return error instanceof TokenEndpointError && reasons.includes(error.reason ?? '');
}

function otherRefusal(error: unknown): unknown {
  if (!(error instanceof TokenEndpointError)) return error;
  return new DriveError(error.isOutage ? 'google_unavailable' : 'google_refused', {
    cause: error,
    ...(!error.isOutage && { detail: `${error.message} Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.` }),
  });
}

function assertRsaKey(pem: string): void {
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return;
  } catch {
    // Reported below; the cause could quote the key.
  }
  throw new ServiceAccountRejectedError(
    'The private key of the service account is not an RSA key in PEM form. Send private_key of its key file unchanged.',
  );
}
