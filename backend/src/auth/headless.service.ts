import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { isCoded } from '../engine/errors.js';
import { AuditLog } from '../insight/audit.port.js';
import { Insight } from '../insight/insight.js';
import {
  CredentialImporter,
  CredentialStore,
  type HeadlessConnection,
  type ServiceAccount,
} from '../session/credentials.port.js';
import type { Device, SessionType } from '../session/session.port.js';
import { type IssuedSession, SessionService } from '../session/session.service.js';
import { assertAdmitted } from './admission.js';

/** What a program has in place of a person at Google's consent page. */
export type HeadlessCredentials = { readonly refreshToken: string } | { readonly serviceAccount: ServiceAccount };

/** Opens sessions for programs, on the operator's word. */
@Injectable()
export class HeadlessSignIn {
  constructor(
    private readonly headless: CredentialImporter,
    private readonly credentials: CredentialStore,
    private readonly sessions: SessionService,
    private readonly config: Config,
    private readonly audit: AuditLog,
    private readonly insight: Insight,
  ) {}

  /**
   * Asks Google whose the credentials are and what they are good for, and opens a session that uses them.
   * @throws what CredentialImporter throws · SignInError `account_not_allowed`, `scope_missing`
   */
  async connect(type: SessionType, credentials: HeadlessCredentials, device: Device): Promise<IssuedSession> {
    const by = 'refreshToken' in credentials ? 'refresh_token' : 'service_account';
    try {
      const { credential, account } = await this.importedFrom(credentials);
      const { id: credentialId, scopes, refreshTokenExpiresAt: accessEndsAt } = credential;
      assertAdmitted(type, account, scopes, this.config);
      await this.credentials.save(credential);
      const connection = { type, account, credentialId, scopes, device, ...(accessEndsAt && { accessEndsAt }) };
      const issued = await this.sessions.open(connection, 'answer');
      this.insight.connected(type);
      this.audit.record({
        actor: 'operator',
        action: 'account.connected',
        object: `session:${issued.session.handle}`,
        outcome: 'done',
        detail: { type, by },
      });
      return issued;
    } catch (error) {
      const outcome = isCoded(error) ? error.code : 'internal';
      this.insight.connected(type, outcome);
      this.audit.record({
        actor: 'operator',
        action: 'account.connection_refused',
        outcome,
        detail: { type, by },
      });
      throw error;
    }
  }

  private importedFrom(credentials: HeadlessCredentials): Promise<HeadlessConnection> {
    return 'refreshToken' in credentials
      ? this.headless.fromRefreshToken(credentials.refreshToken)
      : this.headless.fromServiceAccount(credentials.serviceAccount);
  }
}
