import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { issueCertificate } from './certificate.ts';

describe('a certificate', () => {
  const now = Date.UTC(2040, 0, 1);
  const authority = { subject: 'A temporary authority', key: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  const server = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const root = new X509Certificate(
    issueCertificate({
      subject: authority.subject,
      key: authority.key.privateKey,
      notBefore: now,
      notAfter: Date.UTC(2060, 5, 7, 8, 9, 10),
      authority: true,
    }),
  );
  const leaf = new X509Certificate(
    issueCertificate({
      subject: 'Sérver',
      key: server.publicKey,
      issuer: { subject: authority.subject, key: authority.key.privateKey },
      notBefore: now,
      notAfter: now + 86_400_000,
      hosts: ['*.example.com', 'example.org'],
    }),
  );

  it('is signed by its issuer and no other key', () => {
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(root.verify(authority.key.publicKey)).toBe(true);
    expect(leaf.verify(authority.key.publicKey)).toBe(true);
    expect(leaf.verify(server.publicKey)).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
  });

  it('contains the requested key, names and validity', () => {
    expect(leaf.publicKey.equals(server.publicKey)).toBe(true);
    expect(leaf.subject).toBe('CN=Sérver');
    expect(leaf.checkHost('www.example.com')).toBe('*.example.com');
    expect(leaf.checkHost('example.org')).toBe('example.org');
    expect(leaf.checkHost('example.com')).toBeUndefined();
    expect(leaf.validToDate.getTime()).toBe(now + 86_400_000);
    expect(root.validToDate.getTime()).toBe(Date.UTC(2060, 5, 7, 8, 9, 10));
  });
});
