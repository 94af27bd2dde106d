import { type SignIn, SignInStore } from '../../auth/auth.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { type Replicate, unreplicated } from './replicated-writes.js';

/** Replaces the record when its sign-in returns; it stays until the ten minutes are over. */
const USED = 'used';
const LIFE_SECONDS = 600;

/** Sign-ins in progress; encrypted, because they contain the PKCE verifier. */
export class RedisSignInStore extends SignInStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
  }

  override async begin(stateDigest: string, signIn: SignIn): Promise<void> {
    const key = keys.signIn(stateDigest);
    const sealed = this.cipher.seal(key, signIn);
    await this.replicate(key, () => answered(this.redis.set(key, sealed, 'EX', LIFE_SECONDS)));
  }

  override async isUnderWay(stateDigest: string): Promise<boolean> {
    const record = await answered(this.redis.get(keys.signIn(stateDigest)));
    return record !== null && record !== USED;
  }

  override async take(stateDigest: string): Promise<SignIn | 'used' | 'unknown'> {
    const key = keys.signIn(stateDigest);
    // One command reads and marks it, so that only one of two simultaneous callbacks gets the sign-in.
    const before = await answered(this.redis.call('SET', key, USED, 'XX', 'KEEPTTL', 'GET') as Promise<string | null>);
    if (before === null) return 'unknown';
    if (before === USED) return 'used';
    return this.cipher.open<SignIn>(key, before) ?? 'unknown';
  }
}
