import type { Device } from './session.port.js';

/** What a machine key can open; operator.guard.ts states where. `migrations` opens nothing yet. */
export const KEY_SCOPES = ['transfers', 'migrations', 'sessions:create', 'analytics', 'audit'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Times are milliseconds since 1970. */
interface Issued {
  /** Random; the public part of the key, for people and lists. It gives no access. */
  readonly id: string;
  /** base64url(SHA-256) of the key; the key itself is not stored. */
  readonly digest: string;
  readonly createdAt: number;
  /** When it ends even if it is used. */
  readonly expiresAt: number;
  /** Exact to a minute; missing until it was used. */
  readonly lastUsedAt?: number;
}

/** A key that the operator created for a program. */
export interface MachineKey extends Issued {
  readonly kind: 'machine';
  readonly name: string;
  readonly scopes: readonly KeyScope[];
}

/** A browser that the operator's key signed in. */
export interface OperatorSession extends Issued {
  readonly kind: 'session';
  readonly device: Device;
}

export interface IssuedKinds {
  readonly machine: MachineKey;
  readonly session: OperatorSession;
}
export type KeyKind = keyof IssuedKinds;
export const KEY_KINDS: readonly KeyKind[] = ['machine', 'session'];

/**
 * Machine keys and operator sessions. Keeps expired ones too; the reader decides. Every method throws
 * StoreUnavailableError if the store cannot be reached.
 */
export abstract class IssuedKeyStore {
  /**
   * Adds a new key, or replaces the one with its id, left by a process that died before it returned the key.
   * @param most maximum number of a kind
   * @returns false if there are as many already; of concurrent calls, no more than that succeed
   */
  abstract add(key: MachineKey | OperatorSession, most: number): Promise<boolean>;

  /** @returns undefined if it is unknown or was ended, or no current encryption key decrypts it */
  abstract find<Kind extends KeyKind>(kind: Kind, id: string): Promise<IssuedKinds[Kind] | undefined>;

  /** All of a kind, newest first. */
  abstract list<Kind extends KeyKind>(kind: Kind): Promise<IssuedKinds[Kind][]>;

  /** Records a use. No effect if it was ended meanwhile. */
  abstract touch(kind: KeyKind, id: string, usedAt: number): Promise<void>;

  /** Ends a key, for all processes at once. @returns false if there was none */
  abstract end(kind: KeyKind, id: string): Promise<boolean>;
}
