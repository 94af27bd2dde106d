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
      provide: DriveBrowser,
      inject: [GoogleClient],
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
  constructor(@Inject(GoogleClient) private readonly client: GoogleClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
