import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeCertificate, type CertificateRequest } from '../../../src/net/certificate.ts';

const request: CertificateRequest = {
  keyLength: 2048,
  subject: { country: 'DE', state: 'Hessen', locality: 'Köln', commonName: 'logs.example' },
  notAfter: Date.UTC(2055, 0, 2, 3, 4, 5) / 1000,
  digest: 'sha256',
};

it('a certificate that is signed by itself says what was asked for', async () => {
  const { cert, key } = await makeCertificate(request);
  const made = new X509Certificate(cert);
  expect(made.subject).toBe('C=DE\nST=Hessen\nL=Köln\nCN=logs.example');
  expect(made.issuer).toBe(made.subject);
  expect(made.validFrom).toBe('Jan  1 00:00:00 1970 GMT');
  expect(made.validTo).toBe('Jan  2 03:04:05 2055 GMT');
  expect(made.ca).toBe(false);
  expect(made.verify(made.publicKey)).toBe(true);
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

it('two certificates have different numbers', async () => {
  const [one, other] = [await makeCertificate({ ...request, digest: 'sha512' }), await makeCertificate({ ...request, digest: 'sha384' })];
  expect(new X509Certificate(one.cert).serialNumber).not.toBe(new X509Certificate(other.cert).serialNumber);
});

it('a CA signs a certificate, and one of its certificates can sign another', async () => {
  const authority = await makeCertificate(request);
  const { cert } = await makeCertificate({ ...request, subject: { ...request.subject, commonName: 'child' }, issuer: authority });
  const [made, parent] = [new X509Certificate(cert), new X509Certificate(authority.cert)];
  expect(made.issuer).toBe(parent.subject);
  expect(made.verify(parent.publicKey)).toBe(true);
  expect(made.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

it('a key that does not belong to the CA is an error', async () => {
  const authority = await makeCertificate(request);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await expect(makeCertificate({ ...request, issuer: { cert: authority.cert, key: other } })).rejects.toThrow(
    'the private key does not belong to the certificate of the CA',
  );
});
