import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { GoogleSignIn } from '../../auth/auth.port.js';
import { Config } from '../../config/config.js';
import { DriveBrowser } from '../../drive/drive.port.js';
import { AccessTokens, GrantStore } from '../../session/grant.port.js';
import { DriveOpener } from '../../transfers/drives.port.js';
import { GoogleBrowserAdapter } from './google-browser.adapter.js';
import { GoogleClient } from './google-client.js';
import { GoogleDriveOpener } from './google-drive-opener.js';
import { GoogleAccessTokens } from './google-oauth-tokens.js';
import { GoogleOAuthAdapter } from './google-oauth.adapter.js';

/** Browsing is answered while somebody looks: it fails in seconds, where a transfer tries for minutes. */
const BROWSING = Symbol('BROWSING');
const WHILE_A_PERSON_WAITS = { attempts: 4, backoffMs: 250, patienceMs: 8_000, timeoutMs: 15_000 };

@Global()
@Module({
  providers: [
    { provide: GoogleOAuthAdapter, inject: [Config], useFactory: (config: Config) => new GoogleOAuthAdapter(config) },
    { provide: GoogleSignIn, useExisting: GoogleOAuthAdapter },
    {
      provide: AccessTokens,
      inject: [GrantStore, GoogleOAuthAdapter],
      useFactory: (grants: GrantStore, oauth: GoogleOAuthAdapter) => new GoogleAccessTokens(grants, oauth),
    },
    {
      provide: GoogleClient,
      inject: [AccessTokens, Config],
      useFactory: (tokens: AccessTokens, { google }: Config) => new GoogleClient(tokens, { apiRoot: google.apiRoot }),
    },
    {
      provide: BROWSING,
      inject: [AccessTokens, Config],
      useFactory: (tokens: AccessTokens, { google }: Config) =>
        new GoogleClient(tokens, { apiRoot: google.apiRoot, ...WHILE_A_PERSON_WAITS }),
    },
    {
      provide: DriveBrowser,
      inject: [BROWSING],
      useFactory: (client: GoogleClient) => new GoogleBrowserAdapter(client),
    },
    {
      provide: DriveOpener,
      inject: [GoogleClient],
      useFactory: (client: GoogleClient) => new GoogleDriveOpener(client),
    },
  ],
  exports: [GoogleSignIn, AccessTokens, GoogleClient, DriveBrowser, DriveOpener],
})
export class GoogleModule implements OnApplicationShutdown {
  constructor(
    @Inject(GoogleClient) private readonly client: GoogleClient,
    @Inject(BROWSING) private readonly browsing: GoogleClient,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.browsing.close()]);
  }
}
