/** `<auth>`: the headers that prove who sends a request. */
import { createHash, createHmac } from 'node:crypto';
import { ConfigError, createSigningCredentials, encodeText, type PluginContext } from '#logferry';
import type { Target } from './endpoint.ts';
import type { AuthConfig } from './fields.ts';
import type { Headers } from './headers.ts';
import type { Answer } from './transport.ts';

/** A request as far as a signature covers it. */
export interface Signable {
  readonly method: string;
  readonly target: Target;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Proves who sends a request. */
export interface Authenticate {
  /** Headers to add to it. */
  headers(request: Signable): Promise<Headers>;
  /** Whether the request is worth another try after this answer, with new credentials. */
  mayRetry?(answer: Pick<Answer, 'status' | 'text'>): Promise<boolean>;
}

/** How services say that it is the credentials that are wrong, in the body of a 401 or 403. */
const REFUSAL = /ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|security token/i;

/** As AWS's STS shows it in its logs; Fluentd's name. */
const ROLE_SESSION_NAME = 'fluentd';

/** What the section says; loads the SDK only when the result is called. Throws a ConfigError. */
export function compileAuth(config: AuthConfig | undefined, context: PluginContext): (() => Promise<Authenticate>) | undefined {
  if (config === undefined) return undefined;
  if (config.method === 'basic') {
    const value = `Basic ${encodeText(`${config.username ?? ''}:${config.password ?? ''}`).toString('base64')}`;
    return () => Promise.resolve({ headers: () => Promise.resolve({ Authorization: value }) });
  }
  const at = context.element.elements.find(({ name }) => name === 'auth')?.at;
  const { aws_service: service, aws_region: region, aws_role_arn: role } = config;
  if (service === undefined) throw new ConfigError('aws_service is required for aws_sigv4 auth', at, 'such as aws_service es');
  if (region === undefined) throw new ConfigError('aws_region is required for aws_sigv4 auth', at, 'such as aws_region eu-west-1');
  return () => createSigner(service, region, role);
}

async function createSigner(service: string, region: string, role: string | undefined): Promise<Authenticate> {
  const [{ SignatureV4 }, credentials] = await Promise.all([
    import('@smithy/signature-v4'),
    createSigningCredentials({ region, role, sessionName: ROLE_SESSION_NAME }),
  ]);
  // S3 is the one service whose paths are not encoded a second time.
  const signer = new SignatureV4({ service, region, credentials: () => credentials.current(), sha256: Sha256, uriEscapePath: service !== 's3' });
  return {
    async headers({ method, target, contentType, body }) {
      const [path, query] = splitQuery(target.path);
      const signed = await signer.sign({
        method, protocol: target.secure ? 'https:' : 'http:', hostname: target.host, port: target.port, path, query, body,
        headers: { host: target.hostHeader, 'content-type': contentType },
      });
      return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name === 'authorization' || name.startsWith('x-amz-')));
    },
    mayRetry: async ({ status, text }) => (status === 401 || status === 403) && REFUSAL.test(text) && credentials.refused(),
  };
}

/** Decoded names and values of the query: the signer encodes them in its own way. */
function splitQuery(target: string): [path: string, query: Record<string, string | string[]>] {
  const at = target.indexOf('?');
  if (at < 0) return [target, {}];
  const query = new Map<string, string[]>();
  for (const pair of target.slice(at + 1).split('&')) {
    if (pair === '') continue;
    const [, name, value] = /^([^=]*)=?(.*)$/s.exec(pair)!;
    const key = decode(name!);
    query.set(key, [...(query.get(key) ?? []), decode(value!)]);
  }
  return [target.slice(0, at), Object.fromEntries(query)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The signer's interface to Node's hashes. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
