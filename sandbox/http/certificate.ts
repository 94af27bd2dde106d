import { createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';

/** The contents of a certificate; times in milliseconds. */
export interface CertificateRequest {
  /** Common name of the key's owner. */
  subject: string;
  /** The key to certify; of a private key, its public half. */
  key: KeyObject;
  /** Without it, the certificate is self-signed. */
  issuer?: { subject: string; key: KeyObject };
  notBefore: number;
  notAfter: number;
  /** May issue certificates. */
  authority?: boolean;
  /** DNS names of a server, `*.example.com` included. */
  hosts?: readonly string[];
}

// ASN.1 tags (X.690) of the parts of a certificate.
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `[n]` of a structure, and `[2]` of a DNS name. */
const context = (number: number): number => 0xa0 | number;
const DNS_NAME = 0x82;

// Object ids, already encoded.
const SHA256_WITH_RSA = '2a864886f70d01010b';
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const SUBJECT_ALT_NAME = '551d11';
const KEY_USAGE = '551d0f';

/**
 * Issues an X.509 certificate (RFC 5280) over an RSA key, signed with RSA and SHA-256, as PEM. node:crypto reads
 * certificates but cannot create them, and the few lines needed here (for the keys that Google publishes as
 * certificates, and an authority for tests over TLS) are less than a dependency.
 */
export function issueCertificate(request: CertificateRequest): string {
  const issuer = request.issuer ?? { subject: request.subject, key: request.key };
  const publicKey = request.key.type === 'private' ? createPublicKey(request.key) : request.key;
  // Positive and of fixed length, as RFC 5280 (4.1.2.2) wants serial numbers.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const algorithm = der(SEQUENCE, objectId(SHA256_WITH_RSA), der(NULL));
  const body = der(
    SEQUENCE,
    der(context(0), der(INTEGER, Buffer.from([2]))), // version 3
    der(INTEGER, serial),
    algorithm,
    nameOf(issuer.subject),
    der(SEQUENCE, time(request.notBefore), time(request.notAfter)),
    nameOf(request.subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(context(3), der(SEQUENCE, ...extensions(request))),
  );
  const signature = sign('sha256', body, issuer.key);
  const whole = der(SEQUENCE, body, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extensions({ authority = false, hosts = [] }: CertificateRequest): Buffer[] {
  const critical = der(BOOLEAN, Buffer.from([0xff]));
  const extension = (id: string, value: Buffer, ...flags: Buffer[]): Buffer =>
    der(SEQUENCE, objectId(id), ...flags, der(OCTET_STRING, value));
  // Bits from the left: digitalSignature is the first, keyCertSign the sixth; the first byte counts unused bits.
  const usage = authority ? Buffer.from([2, 0x04]) : Buffer.from([7, 0x80]);
  return [
    extension(BASIC_CONSTRAINTS, der(SEQUENCE, ...(authority ? [critical] : [])), critical),
    extension(KEY_USAGE, der(BIT_STRING, usage), critical),
    ...(hosts.length > 0
      ? [extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...hosts.map((host) => der(DNS_NAME, Buffer.from(host)))))]
      : []),
  ];
}

function nameOf(commonName: string): Buffer {
  return der(
    SEQUENCE,
    der(SET, der(SEQUENCE, objectId(COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName, 'utf8')))),
  );
}

/** Two-digit years up to 2049, four afterwards (RFC 5280, 4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(0, 14);
  return digits < '2050'
    ? der(UTC_TIME, Buffer.from(`${digits.slice(2)}Z`))
    : der(GENERALIZED_TIME, Buffer.from(`${digits}Z`));
}

function objectId(encoded: string): Buffer {
  return der(OBJECT_ID, Buffer.from(encoded, 'hex'));
}

/** One element: tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const hex = length.toString(16);
  const size = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, content]);
}
