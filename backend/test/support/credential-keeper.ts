import { GoogleCredentialKeeper } from '../../src/adapters/google/google-credential-keeper.js';
import type { CredentialKeeper } from '../../src/session/credentials.port.js';
import { InMemoryCredentialStore } from './in-memory-stores.js';

/**
 * The real keeper, for specs of its port.
 * @param revoke stands in for Google; true: confirmed
 */
export function aKeeper(
  credentials = new InMemoryCredentialStore(),
  revoke: (token: string) => Promise<boolean> = () => Promise.resolve(true),
): CredentialKeeper {
  return new GoogleCredentialKeeper(credentials, { revoke });
}
