/** What of the configuration concerns TLS, as Node takes it, and the check of a server's certificate. */
import { readFileSync } from 'node:fs';
import { checkServerIdentity, createSecureContext, rootCertificates, type ConnectionOptions, type SecureVersion, type TLSSocket } from 'node:tls';
import { ConfigError, type PluginContext } from '#logferry';
import type { ForwardConfig } from './fields.ts';

/** Suites of TLS 1.3 are not what tls_ciphers is about: without them Node would not offer 1.3 at all. */
const TLS_1_3_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
/** What OpenSSL says of a certificate that vouches for itself. */
const SELF_SIGNED = 'DEPTH_ZERO_SELF_SIGNED_CERT';

/** How connections are secured. */
export interface ClientTls {
  readonly options: ConnectionOptions;
  /** What is wrong with the server's certificate; undefined if nothing is. */
  problem(socket: TLSSocket, hostname: string): string | undefined;
}

/** What can be said without reading a file; for `create`. Throws a ConfigError. */
export function checkTls(config: ForwardConfig, context: PluginContext): void {
  if (config.transport !== 'tls') return;
  for (const name of ['tls_cert_logical_store_name', 'tls_cert_thumbprint'] as const)
    if (config[name] !== undefined) throw new ConfigError(`${name}: This parameter is for only Windows`, context.place(name), 'use tls_cert_path');
  if (config.tls_insecure_mode) context.log.warn('TLS transport is configured in insecure way');
  if ((config.tls_client_cert_path === undefined) !== (config.tls_client_private_key_path === undefined))
    context.log.warn('tls_client_cert_path and tls_client_private_key_path only have an effect together: no certificate is shown to servers');
}

/** Reads the files of keys and certificates. Throws a ConfigError if one is missing or cannot be used. */
export function readTls(config: ForwardConfig, context: PluginContext): ClientTls | undefined {
  if (config.transport !== 'tls') return undefined;
  const read = (name: string, path: string): string => {
    try {
      return readFileSync(context.path(path), 'utf8');
    } catch (error) {
      throw new ConfigError(`${name} is wrong: '${path}' cannot be read (${(error as Error).message})`, context.place(name));
    }
  };
  const caName = config.tls_cert_path?.length ? 'tls_cert_path' : 'tls_ca_cert_path';
  const cas = (config[caName] ?? []).map((path) => read(caName, path));
  const { tls_client_cert_path: certPath, tls_client_private_key_path: keyPath, tls_client_private_key_passphrase: passphrase } = config;
  const version = config.tls_version.replace(/^TLSv?1_/, 'TLSv1.') as SecureVersion;
  const options: ConnectionOptions = {
    ...(cas.length > 0 && { ca: [...rootCertificates, ...cas] }),
    ...(certPath !== undefined && keyPath !== undefined && {
      cert: read('tls_client_cert_path', certPath),
      key: read('tls_client_private_key_path', keyPath),
      ...(passphrase !== undefined && { passphrase }),
    }),
    minVersion: version,
    ...(context.element.params.has('tls_version') && { maxVersion: version }),
    ciphers: /(?:^|:)TLS_/.test(config.tls_ciphers) ? config.tls_ciphers : `${TLS_1_3_CIPHERS}:${config.tls_ciphers}`,
  };
  let secureContext;
  try {
    secureContext = createSecureContext(options);
  } catch (error) {
    const hint = 'check the PEM files of tls_*_path, the passphrase, and tls_ciphers';
    throw new ConfigError(`the TLS settings cannot be used: ${(error as Error).message}`, context.element.at, hint);
  }
  const allowSelfSigned = config.tls_allow_self_signed_cert;
  const verifyHostname = config.tls_verify_hostname;
  return {
    // The certificate is checked by `problem`: Node knows no exception for self-signed ones.
    options: { secureContext, rejectUnauthorized: false, checkServerIdentity: () => undefined },
    problem(socket, hostname) {
      if (config.tls_insecure_mode) return undefined;
      const { authorizationError } = socket;
      const code = String((authorizationError as NodeJS.ErrnoException | null)?.code ?? authorizationError ?? '');
      if (code !== '' && !(allowSelfSigned && code === SELF_SIGNED)) return `its certificate is not trusted (${code})`;
      return verifyHostname ? checkServerIdentity(hostname, socket.getPeerCertificate())?.message : undefined;
    },
  };
}
