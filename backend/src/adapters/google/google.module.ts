import { type BeforeApplicationShutdown, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { GoogleSignIn } from '../../auth/auth.port.js';
import type { Config } from '../../config/config.js';
import { configOf } from '../../config/config.module.js';
import { DriveBrowser } from '../../drive/drive.port.js';
import { AccessTokens, CredentialKeeper, CredentialStore, CredentialImporter } from '../../session/credentials.port.js';
import { Insight } from '../../insight/insight.js';
import { DriveOpener } from '../../transfers/drives.port.js';
import { GoogleBrowserAdapter } from './google-browser.adapter.js';
import { GoogleClient } from './google-client.js';
import { GoogleDriveApi } from './google-drive-api.js';
import { GoogleCredentialKeeper } from './google-credential-keeper.js';
import { GoogleDriveOpener } from './google-drive-opener.js';
import { GoogleCredentialImporter } from './google-credential-importer.js';
import { GoogleAccessTokens } from './google-oauth-tokens.js';
import { GoogleOAuthAdapter } from './google-oauth.adapter.js';
import { PaceStore } from '../../pacing/pace-store.js';
import { Pacer } from '../../pacing/pacer.js';

/** Browsing is answered while somebody looks: it fails in seconds, where a transfer tries for minutes. */
const BROWSING = Symbol('BROWSING');
const WHILE_A_PERSON_WAITS = { attempts: 4, backoffMs: 250, patienceMs: 8_000, timeoutMs: 15_000, urgent: true };

@Global()
@Module({
  providers: [
    {
      provide: GoogleOAuthAdapter,
      inject: [configOf('google')],
      useFactory: (config: Config['google']) => new GoogleOAuthAdapter(config),
    },
    { provide: GoogleSignIn, useExisting: GoogleOAuthAdapter },
    {
      provide: AccessTokens,
      inject: [CredentialStore, GoogleOAuthAdapter],
      useFactory: (credentials: CredentialStore, oauth: GoogleOAuthAdapter) =>
        new GoogleAccessTokens(credentials, oauth),
    },
    {
      provide: CredentialKeeper,
      inject: [CredentialStore, GoogleOAuthAdapter],
      useFactory: (credentials: CredentialStore, oauth: GoogleOAuthAdapter) =>
        new GoogleCredentialKeeper(credentials, oauth),
    },
    {
      provide: CredentialImporter,
      inject: [GoogleOAuthAdapter, configOf('google')],
      useFactory: (oauth: GoogleOAuthAdapter, config: Config['google']) => new GoogleCredentialImporter(oauth, config),
    },
    {
      provide: Pacer,
      inject: [PaceStore, configOf('google')],
      useFactory: (store: PaceStore, { quotaUnitsPerMinute }: Config['google']) =>
        new Pacer(store, { projectUnitsPerMinute: quotaUnitsPerMinute }),
    },
    {
      provide: GoogleClient,
      inject: [AccessTokens, Pacer, configOf('google'), Insight],
      useFactory: (tokens: AccessTokens, pacer: Pacer, { apiRoot }: Config['google'], observer: Insight) =>
        new GoogleClient(tokens, { apiRoot, pacer, observer }),
    },
    {
      provide: BROWSING,
      inject: [AccessTokens, Pacer, configOf('google'), Insight],
      useFactory: (tokens: AccessTokens, pacer: Pacer, { apiRoot }: Config['google'], observer: Insight) =>
        new GoogleClient(tokens, { apiRoot, pacer, observer, ...WHILE_A_PERSON_WAITS }),
    },
    {
      provide: DriveBrowser,
      inject: [BROWSING],
      useFactory: (client: GoogleClient) => new GoogleBrowserAdapter(new GoogleDriveApi(client)),
    },
    {
      provide: DriveOpener,
      inject: [GoogleClient],
      useFactory: (client: GoogleClient) => new GoogleDriveOpener(client),
    },
  ],
  exports: [GoogleSignIn, CredentialImporter, CredentialKeeper, AccessTokens, GoogleClient, DriveBrowser, DriveOpener],
})
export class GoogleModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Pacer) private readonly pacer: Pacer,
    @Inject(GoogleClient) private readonly client: GoogleClient,
    @Inject(BROWSING) private readonly browsing: GoogleClient,
  ) {}

  /** Runs before the Redis connection closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.pacer.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.browsing.close()]);
  }
}
