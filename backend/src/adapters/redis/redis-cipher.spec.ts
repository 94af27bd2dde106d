import { RedisCipher } from './redis-cipher.js';

const old = { id: 'old', key: Buffer.alloc(32, 1) };
const fresh = { id: 'fresh', key: Buffer.alloc(32, 2) };
const value = { account: 'ana@example.com', note: 'Grüße 🚚' };

describe('RedisCipher', () => {
  it('decrypts what it encrypted', () => {
    const cipher = new RedisCipher([fresh]);
    const sealed = cipher.seal('credentials:a', value);
    expect(sealed).not.toContain('ana@');
    expect(cipher.open('credentials:a', sealed)).toEqual(value);
  });

  it('never encrypts the same value to the same text', () => {
    const cipher = new RedisCipher([fresh]);
    expect(cipher.seal('a', value)).not.toBe(cipher.seal('a', value));
  });

  it('decrypts with an older key of the ring and encrypts with the first', () => {
    const sealed = new RedisCipher([old]).seal('a', value);
    const ring = new RedisCipher([fresh, old]);
    expect(ring.open('a', sealed)).toEqual(value);
    expect(ring.seal('a', value)).toMatch(/^fresh\./);
    expect(ring.isCurrent(sealed)).toBe(false);
    expect(ring.isCurrent(ring.seal('a', value))).toBe(true);
  });

  it('decrypts nothing when the key was removed from the ring', () => {
    expect(new RedisCipher([fresh]).open('a', new RedisCipher([old]).seal('a', value))).toBeUndefined();
  });

  it('decrypts nothing when the name of the key was replaced', () => {
    const twins = new RedisCipher([old, { ...old, id: 'twin' }]);
    const sealed = twins.seal('a', value);
    expect(twins.open('a', sealed.replace(/^old/, 'twin'))).toBeUndefined();
  });

  it('decrypts nothing that was moved to another Redis key', () => {
    const cipher = new RedisCipher([fresh]);
    expect(cipher.open('credentials:b', cipher.seal('credentials:a', value))).toBeUndefined();
  });

  it('decrypts nothing in which any bit was changed', () => {
    const cipher = new RedisCipher([fresh]);
    const [id, body] = cipher.seal('a', value).split('.') as [string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const altered = Buffer.from(bytes);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(cipher.open('a', `${id}.${altered.toString('base64url')}`)).toBeUndefined();
    }
  });

  it.each(['', '.', 'fresh', 'fresh.', 'fresh.AAAA', 'used', '{"a":1}'])('decrypts nothing in %p', (text) => {
    expect(new RedisCipher([fresh]).open('a', text)).toBeUndefined();
  });
});
