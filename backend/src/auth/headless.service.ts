import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { isCoded } from '../engine/errors.js';
import { InvalidRequestError } from '../http/errors.js';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { AuditLog } from '../insight/audit.port.js';
import { Insight } from '../insight/insight.js';
import {
  CredentialImporter,
  CredentialStore,
  type HeadlessConnection,
  type ServiceAccount,
} from '../session/credentials.port.js';
import type { Operator } from '../session/operator-key.js';
import type { Device, SessionType } from '../session/session.port.js';
import { type IssuedSession, SessionService } from '../session/session.service.js';
import { newHandle } from '../session/token.js';
import { assertAdmitted } from './admission.js';
import { SessionCreatedDto, type SessionCreateDto } from './headless.dto.js';

/** What a program supplies instead of a person's consent. */
type HeadlessCredentials = { readonly refreshToken: string } | { readonly serviceAccount: ServiceAccount };

/** Opens sessions for programs. */
@Injectable()
export class HeadlessSignIn {
  constructor(
    private readonly headless: CredentialImporter,
    private readonly credentials: CredentialStore,
    private readonly sessions: SessionService,
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly audit: AuditLog,
    private readonly insight: Insight,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Opens a session, once per idempotency key.
   * @param actor who asks, for the audit log
   * @throws InvalidRequestError unless there is exactly one kind of credentials · what `connect` and `Idempotency.once`
   *   throw
   */
  async open(
    request: SessionCreateDto,
    device: Device,
    actor: Operator['actor'],
    idempotencyKey?: string,
  ): Promise<SessionCreatedDto> {
    const { type } = request;
    const credentials = credentialsOf(request);
    return this.idempotency.once(
      keyedRequest([actor], idempotencyKey, { session: type, credentials }),
      newHandle,
      async () => SessionCreatedDto.of(await this.connect(type, credentials, device, actor)),
    );
  }

  /**
   * Reads the account and the scopes of the credentials from Google, and opens a session with them.
   * @throws what CredentialImporter throws · SignInError `account_not_allowed`, `scope_missing`
   */
  private async connect(
    type: SessionType,
    credentials: HeadlessCredentials,
    device: Device,
    actor: Operator['actor'],
  ): Promise<IssuedSession> {
    const by = 'refreshToken' in credentials ? 'refresh_token' : 'service_account';
    try {
      const { credential, account } = await this.importedFrom(credentials);
      const { id: credentialId, scopes, refreshTokenExpiresAt: accessEndsAt } = credential;
      assertAdmitted(type, account, scopes, this.general);
      await this.credentials.save(credential);
      const connection = { type, account, credentialId, scopes, device, ...(accessEndsAt && { accessEndsAt }) };
      const issued = await this.sessions.open(connection, 'answer');
      this.insight.connected(type);
      this.audit.record({
        actor,
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
        actor,
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

function credentialsOf({ refreshToken, serviceAccount }: SessionCreateDto): HeadlessCredentials {
  if (refreshToken !== undefined && serviceAccount === undefined) return { refreshToken };
  if (refreshToken === undefined && serviceAccount !== undefined) {
    const { clientEmail, privateKey, subject } = serviceAccount;
    return { serviceAccount: { email: clientEmail, privateKey, subject } };
  }
  throw new InvalidRequestError('Send either refreshToken or serviceAccount, not both.', [
    { parameter: refreshToken === undefined ? 'refreshToken' : 'serviceAccount', detail: 'one of the two is needed' },
  ]);
}
