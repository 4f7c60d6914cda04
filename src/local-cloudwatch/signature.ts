/**
 * Request signatures: AWS Signature Version 4 in the Authorization header ('Create a signed AWS API
 * request', IAM user guide). Without credentials only the header's form is checked.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ServiceError } from './service-error.ts';

/** A key pair whose signatures are accepted. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Has to be sent as x-amz-security-token if it is given. */
  readonly sessionToken?: string | undefined;
}

/** The service allows this much difference between a request's date and its own clock. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

const HEADER = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/;

/**
 * Checks the signature of a request. Throws MissingAuthenticationTokenException if there is none,
 * IncompleteSignatureException if its form is wrong and, given credentials, UnrecognizedClientException
 * or InvalidSignatureException if it is not theirs.
 * @param body the body as it was sent, that is before it is unpacked
 * @param now milliseconds since 1970
 */
export function checkSignature(
  request: IncomingMessage, body: Buffer, credentials: Credentials | undefined, now: number,
): void {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const found = HEADER.exec(header);
  const scope = found?.[1].split('/');
  if (!found || scope?.length !== 5 || scope[3] !== 'logs' || scope[4] !== 'aws4_request') {
    throw new ServiceError(
      'IncompleteSignatureException',
      "The Authorization header has to be 'AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/logs/aws4_request, "
      + `SignedHeaders=..., Signature=...', found '${found ? `Credential=${found[1]}` : header.slice(0, 40)}'`,
    );
  }
  if (credentials) verify(request, body, credentials, now, scope, found[2], found[3]);
}

function verify(
  request: IncomingMessage, body: Buffer, credentials: Credentials, now: number,
  [accessKeyId, day, region, service, end]: readonly string[], signedHeaders: string, signature: string,
): void {
  const { headers } = request;
  const { accessKeyId: wanted, secretAccessKey, sessionToken } = credentials;
  if (accessKeyId !== wanted || (sessionToken !== undefined && headers['x-amz-security-token'] !== sessionToken)) {
    throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const names = signedHeaders.split(';');
  if (!names.includes('host')) throw invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-amz-') && !names.includes(name)) throw invalid(`'${name}' must be a signed header.`);
  }
  const date = headers['x-amz-date'];
  if (typeof date !== 'string' || !/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(day)) {
    throw invalid(`The date in the Credential scope does not fit the header x-amz-date: '${day}', '${String(date)}'.`);
  }
  const signedAt = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (!(Math.abs(signedAt - now) <= MAX_CLOCK_SKEW_MS)) {
    const clock = new Date(now).toISOString();
    throw invalid(`Signature expired or not yet current: ${date} is more than 5 minutes away from ${clock}.`);
  }
  const canonical = [
    request.method,
    canonicalPath(request.url ?? '/'),
    canonicalQuery(request.url ?? '/'),
    ...names.map((name) => `${name}:${String(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, [day, region, service, end].join('/'), sha256(canonical)].join('\n');
  let key = hmac(`AWS4${secretAccessKey}`, day);
  for (const part of [region, service, end]) key = hmac(key, part);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) {
    throw invalid(
      'The request signature we calculated does not match the signature you provided. '
      + 'Check your AWS Secret Access Key and signing method.',
    );
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidSignatureException', message);
}

function canonicalPath(url: string): string {
  const path = url.split('?', 1)[0] || '/';
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(url: string): string {
  const { searchParams } = new URL(url, 'http://localhost');
  return [...searchParams].map(([key, value]) => `${encode(key)}=${encode(value)}`).sort().join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
