import { hash, randomBytes } from 'node:crypto';

/** 32 random bytes in base64url: 43 characters, 256 bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of a token; others need no look-up. */
export function isTokenShaped(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** base64url(SHA-256(text)): stored instead of a secret that is only compared. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** A random id of 22 characters (128 bits) for display. */
export function newHandle(): string {
  return randomBytes(16).toString('base64url');
}
