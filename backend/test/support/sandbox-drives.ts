import { SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { GoogleClient } from '../../src/adapters/google/google-client.js';
import { GoogleDrive } from '../../src/adapters/google/google-drive.adapter.js';
import { AccessTokens } from '../../src/session/credentials.port.js';
import type { RequestWatch } from '../../src/transfers/drives.port.js';
import { SkippingClock } from './run-transfer.js';

/** Ana's Drive as source, in a sandbox of its own. */
export const ANA = 'ana@example.com';

/**
 * Drives of Ana and of the last other account, over HTTP. Ana's presets share items with the first other account.
 * @param watch receives what happens to the requests
 */
export async function sandboxDrives(others: readonly string[], watch: RequestWatch = {}) {
  const ben = others.at(-1)!;
  const sandbox = await startSandbox({ accounts: [ANA, ...others], port: 0 });
  const control = new SandboxClient(sandbox.url);
  const tokens = new Map<string, string>();
  for (const account of [ANA, ben]) tokens.set(account, (await control.tokens(account)).access_token);
  class Tokens extends AccessTokens {
    override accessToken(credentialId: string): Promise<string> {
      return Promise.resolve(tokens.get(credentialId)!);
    }
  }
  const client = new GoogleClient(new Tokens(), { apiRoot: sandbox.url, backoffMs: 1 });
  const drive = (email: string, side: 'source' | 'destination') =>
    new GoogleDrive(client, email, { sub: email, email, readOnly: false }, side, watch);
  const drives = { source: drive(ANA, 'source'), destination: drive(ben, 'destination'), clock: new SkippingClock() };
  const close = async () => {
    await client.close();
    await sandbox.close();
  };
  return { drives, control, client, url: sandbox.url, close };
}
