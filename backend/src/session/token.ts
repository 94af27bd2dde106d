import { hash, randomBytes } from 'node:crypto';

/** 32 random bytes in base64url: 43 characters, 256 bits that nobody can guess. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text can be a token at all; anything else needs no look-up. */
export function isTokenShaped(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** base64url(SHA-256(text)): what is stored in place of a secret that is only ever compared. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** A random name of 22 characters (128 bits) for what people and lists name. */
export function newHandle(): string {
  return randomBytes(16).toString('base64url');
}
