/**
 * Makes X.509 v3 certificates (RFC 5280) for a TLS server: signed by themselves or by a given CA. Written in
 * DER by hand, as node:crypto has keys and signatures but no certificates.
 */
import { createPrivateKey, generateKeyPair, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export interface CertificateRequest {
  /** Bits of the RSA key. */
  readonly keyLength: number;
  readonly subject: { readonly country: string; readonly state: string; readonly locality: string; readonly commonName: string };
  /** Seconds since 1970. */
  readonly notAfter: number;
  readonly digest: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** The CA, as PEM texts; absent: signed by itself. */
  readonly issuer?: { readonly cert: string; readonly key: string; readonly passphrase?: string | undefined } | undefined;
}

/** PEM texts. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
}

const generate = promisify(generateKeyPair);

/** Makes a key and a certificate for it. Rejects if the CA's files cannot be used. */
export async function makeCertificate(request: CertificateRequest): Promise<MadeCertificate> {
  const { issuer, digest } = request;
  const authority = issuer && new X509Certificate(issuer.cert);
  const authorityKey = issuer && createPrivateKey({ key: issuer.key, ...(issuer.passphrase === undefined ? {} : { passphrase: issuer.passphrase }) });
  if (authority && !authority.checkPrivateKey(authorityKey!)) throw new Error('the private key does not belong to the certificate of the CA');
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: request.keyLength });
  const subject = distinguishedName(request.subject);
  const signingKey = authorityKey ?? privateKey;
  const algorithm = signatureAlgorithm(signingKey, digest);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // version 3
    integer(positive(randomBytes(10))),
    algorithm,
    authority ? subjectOf(authority) : subject,
    sequence(time(0), time(request.notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(issuer !== undefined))),
  );
  const der = sequence(body, algorithm, bitString(sign(digest, body, signingKey)));
  const lines = der.toString('base64').match(/.{1,64}/g)!.join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** What Fluentd's certificates say: a server's, not a CA's. */
function extensions(isSigned: boolean): Buffer[] {
  const basic = extension('2.5.29.19', sequence());
  const netscapeServer = extension('2.16.840.1.113730.1.1', bitString(Buffer.from([0x40]), 6));
  if (!isSigned) return [basic, netscapeServer];
  const digitalSignatureAndEncipherment = extension('2.5.29.15', bitString(Buffer.from([0xa0]), 5));
  const serverAuthentication = extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1')));
  return [basic, netscapeServer, digitalSignatureAndEncipherment, serverAuthentication];
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}

const RSA_ALGORITHMS = {
  sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12', sha512: '1.2.840.113549.1.1.13',
} as const;
const ECDSA_ALGORITHMS = {
  sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3', sha512: '1.2.840.10045.4.3.4',
} as const;

function signatureAlgorithm(key: KeyObject, digest: CertificateRequest['digest']): Buffer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return sequence(objectId(RSA_ALGORITHMS[digest]), tagged(0x05));
    case 'ec':
      return sequence(objectId(ECDSA_ALGORITHMS[digest]));
    default:
      throw new Error(`a key of the CA has to be RSA or EC, found ${key.asymmetricKeyType ?? key.type}`);
  }
}

/** The bytes of the subject, as they stand in the certificate. */
function subjectOf(certificate: X509Certificate): Buffer {
  const body = inner(inner(certificate.raw));
  let rest = body;
  // version (optional), serial number, algorithm, issuer, validity come before it
  if (rest[0] === 0xa0) rest = after(rest);
  for (let i = 0; i < 4; i++) rest = after(rest);
  return rest.subarray(0, rest.length - after(rest).length);
}

/** Where the content of a structure begins, and its length. */
function header(bytes: Buffer): { readonly start: number; readonly length: number } {
  const first = bytes[1]!;
  if (first < 0x80) return { start: 2, length: first };
  const count = first & 0x7f;
  return { start: 2 + count, length: bytes.readUIntBE(2, count) };
}

function inner(bytes: Buffer): Buffer {
  const { start, length } = header(bytes);
  return bytes.subarray(start, start + length);
}

function after(bytes: Buffer): Buffer {
  const { start, length } = header(bytes);
  return bytes.subarray(start + length);
}

function distinguishedName({ country, state, locality, commonName }: CertificateRequest['subject']): Buffer {
  const part = (id: string, text: string, type = 0x0c) => tagged(0x31, sequence(objectId(id), tagged(type, Buffer.from(text))));
  // A country is a PrintableString, the others are UTF8Strings.
  return sequence(part('2.5.4.6', country, 0x13), part('2.5.4.8', state), part('2.5.4.7', locality), part('2.5.4.3', commonName));
}

/** UTCTime up to 2049, GeneralizedTime later. */
function time(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  return Number(digits.slice(0, 4)) < 2050 ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

/** The same bytes, with a first bit that does not stand for a sign. */
function positive(bytes: Buffer): Buffer {
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes;
}

function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.from([unusedBits]), bytes);
}

function objectId(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number);
  const bytes = [40 * first! + second!];
  for (const part of rest) {
    const groups = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}
