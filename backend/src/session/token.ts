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

/** Name of a session for people and lists: derived from its id, yet the id cannot be had from it. */
export function handleOf(sessionId: string): string {
  return digest(`session handle ${sessionId}`).slice(0, 22);
}
