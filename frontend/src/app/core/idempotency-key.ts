/** A key for one request as it stands, so that sending it again after a lost answer does nothing twice: 128 random bits. */
export const idempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
