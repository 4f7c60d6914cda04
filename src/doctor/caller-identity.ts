/** Who the credentials belong to: GetCallerIdentity of AWS STS, which every identity may call. */
import { createHash, createHmac } from 'node:crypto';
import type http from 'node:http';
import type { AwsCredentials } from '../lib/fresh-credentials.ts';
import { callHttp } from './http-call.ts';

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

export interface IdentityCall {
  readonly url: URL;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly agent: http.Agent | undefined;
  readonly signal: AbortSignal;
}

export type CallerIdentity =
  | { readonly arn: string; readonly account: string; readonly error?: undefined }
  | { readonly error: string; readonly message: string };

/** The endpoint: as configured for STS, by the SDK's variables, or the one of the region. */
export function stsEndpoint(
  configured: string | undefined, region: string, env: Readonly<Record<string, string | undefined>> = process.env,
): URL {
  const variables = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true' ? undefined : env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL'];
  const fips = env['AWS_USE_FIPS_ENDPOINT'] === 'true' ? 'sts-fips' : 'sts';
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(configured ?? variables ?? `https://${fips}.${region}.${domain}`);
}

/** Rejects if there is no answer. */
export async function callerIdentity({ url, region, credentials, agent, signal }: IdentityCall): Promise<CallerIdentity> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const path = url.pathname;
  const signed = await signer.sign({
    method: 'POST', protocol: url.protocol, hostname: url.hostname, path, query: {}, body: BODY, headers,
  });
  const { status, body } = await callHttp(url, { method: 'POST', headers: signed.headers, body: BODY, agent, signal });
  const found = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  const arn = found('Arn');
  if (status === 200 && arn !== undefined) return { arn, account: found('Account') ?? '' };
  return { error: found('Code') ?? `HTTP ${status}`, message: found('Message') ?? 'the answer is not one of STS' };
}

/** The signer's interface to Node's hashes. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
