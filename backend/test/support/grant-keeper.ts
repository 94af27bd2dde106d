import { GoogleGrantKeeper } from '../../src/adapters/google/google-grant-keeper.js';
import type { GrantKeeper } from '../../src/session/grant.port.js';
import { InMemoryGrantStore } from './in-memory-stores.js';

/**
 * The keeper as it is, for specs that know its port alone.
 * @param revoke stands in for Google; true: it has confirmed
 */
export function aKeeper(
  grants = new InMemoryGrantStore(),
  revoke: (token: string) => Promise<boolean> = () => Promise.resolve(true),
): GrantKeeper {
  return new GoogleGrantKeeper(grants, { revoke });
}
