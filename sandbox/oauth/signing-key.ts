import { createPublicKey, generateKeyPair, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { issueCertificate } from '../http/certificate.ts';

/** Issuer of the self-signed certificates in which Google publishes its keys. */
const CERTIFICATE_NAME = 'federated-signon.system.gserviceaccount.com';
const DAY_MS = 86_400_000;

/** A JSON web token (RFC 7519), parsed but not verified. */
export interface ParsedToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** The text that is signed. */
  signed: string;
  signature: Buffer;
}

/** Parses a token; `undefined` if the text is not one. */
export function parseToken(token: string): ParsedToken | undefined {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  if (signature === '' || rest.length > 0) return undefined;
  const part = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  try {
    const header = part(head);
    const claims = part(body);
    if (!isObject(header) || !isObject(claims)) return undefined;
    return { header, claims, signed: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
  } catch {
    return undefined;
  }
}

/** Whether a key signed a token with RS256. All other algorithms are refused, above all `none`. */
export function isSignedBy(token: ParsedToken, publicKey: KeyObject | string): boolean {
  return token.header['alg'] === 'RS256' && verify('sha256', Buffer.from(token.signed), publicKey, token.signature);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The RSA key that signs id_tokens, and the two formats in which Google publishes its public half. */
export class SigningKey {
  readonly kid = randomBytes(20).toString('hex');
  private readonly now: () => number;
  private pair?: Promise<KeyObject>;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Signs a token with these claims. */
  async issue(claims: Record<string, unknown>): Promise<string> {
    const key = await this.key();
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', kid: this.kid, typ: 'JWT' })}.${part(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  /** The claims of a token that this key signed and that has not expired; otherwise `undefined`. */
  async claimsOf(text: string): Promise<Record<string, unknown> | undefined> {
    const token = parseToken(text);
    if (!token || !isSignedBy(token, createPublicKey(await this.key()))) return undefined;
    return Number(token.claims['exp']) * 1000 > this.now() ? token.claims : undefined;
  }

  /** As `/oauth2/v3/certs` gives it (RFC 7517). */
  async jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    const jwk = createPublicKey(await this.key()).export({ format: 'jwk' });
    return { keys: [{ ...jwk, kid: this.kid, use: 'sig', alg: 'RS256' }] };
  }

  /** As `/oauth2/v1/certs` gives it: certificates by key id. Google's Node library verifies with these. */
  async certificates(): Promise<Record<string, string>> {
    const time = this.now();
    const validity = { notBefore: time - DAY_MS, notAfter: time + 15 * DAY_MS };
    return { [this.kid]: issueCertificate({ subject: CERTIFICATE_NAME, key: await this.key(), ...validity }) };
  }

  private key(): Promise<KeyObject> {
    // Created on first use: an RSA key takes a while, and most tests do not sign in.
    return (this.pair ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then((pair) => pair.privateKey));
  }
}
