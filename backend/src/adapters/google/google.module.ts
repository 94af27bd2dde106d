import { type BeforeApplicationShutdown, Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { GoogleSignIn } from '../../auth/auth.port.js';
import type { Config } from '../../config/config.js';
import { InjectConfig } from '../../config/config.module.js';
import { DriveBrowser } from '../../drive/drive.port.js';
import { CredentialKeeper, CredentialStore, CredentialImporter } from '../../session/credentials.port.js';
import { Insight } from '../../insight/insight.js';
import { DriveOpener } from '../../transfers/drives.port.js';
import { madeOf } from '../providers.js';
import { systemClock } from '../system-clock.js';
import { GoogleBrowserAdapter } from './google-browser.adapter.js';
import { GoogleClient } from './google-client.js';
import { GoogleDriveApi } from './google-drive-api.js';
import { GoogleCredentialKeeper } from './google-credential-keeper.js';
import { GoogleDriveOpener } from './google-drive-opener.js';
import { GoogleCredentialImporter } from './google-credential-importer.js';
import { GoogleAccessTokens } from './google-oauth-tokens.js';
import { GoogleOAuthAdapter } from './google-oauth.adapter.js';
import { DailyUnits, DailyUnitStore } from '../../pacing/daily-units.js';
import { PaceStore } from '../../pacing/pace-store.js';
import { Pacer } from '../../pacing/pacer.js';

/** People wait while they browse, so browsing fails within seconds; a transfer retries for minutes. */
const INTERACTIVE = { attempts: 4, backoffMs: 250, totalTimeoutMs: 8_000, timeoutMs: 15_000, urgent: true };

/** The objects that the adapters share. */
@Injectable()
class GoogleParts implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly oauth: GoogleOAuthAdapter;
  readonly client: GoogleClient;
  readonly browsing: GoogleClient;
  private readonly pacer: Pacer;
  private readonly dailyUnits: DailyUnits | undefined;

  constructor(
    readonly credentials: CredentialStore,
    @InjectConfig('google') readonly config: Config['google'],
    paces: PaceStore,
    units: DailyUnitStore,
    observer: Insight,
  ) {
    this.oauth = new GoogleOAuthAdapter(config);
    const pacer = (this.pacer = new Pacer(paces, { projectUnitsPerMinute: config.quotaUnitsPerMinute }));
    const tokens = new GoogleAccessTokens(credentials, this.oauth);
    if (config.unitsPerDay !== undefined) this.dailyUnits = new DailyUnits(units, config.unitsPerDay);
    const options = { apiRoot: config.apiRoot, pacer, observer, dailyUnits: this.dailyUnits };
    this.client = new GoogleClient(tokens, options);
    this.browsing = new GoogleClient(tokens, { ...options, ...INTERACTIVE });
  }

  /** Runs before the Redis connection closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.pacer.close(), this.dailyUnits?.close()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.browsing.close()]);
  }
}

const adapter = madeOf(GoogleParts);
const ADAPTERS = [
  adapter(GoogleSignIn, ({ oauth }) => oauth),
  adapter(CredentialKeeper, ({ credentials, oauth }) => new GoogleCredentialKeeper(credentials, oauth)),
  adapter(CredentialImporter, ({ oauth, config }) => new GoogleCredentialImporter(oauth, config)),
  adapter(DriveBrowser, ({ browsing }) => new GoogleBrowserAdapter(new GoogleDriveApi(browsing))),
  adapter(DriveOpener, ({ client }) => new GoogleDriveOpener(client, systemClock)),
];

@Global()
@Module({ providers: [GoogleParts, ...ADAPTERS], exports: ADAPTERS.map(({ provide }) => provide) })
export class GoogleModule {}
