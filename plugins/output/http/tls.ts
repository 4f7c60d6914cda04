/** What of the configuration concerns TLS, as Node takes it. */
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions, type SecureVersion } from 'node:tls';
import { ConfigError, type PluginContext } from '#logferry';
import type { HttpConfig } from './fields.ts';

/** Suites of TLS 1.3 are not what tls_ciphers is about: without them Node would not offer 1.3 at all. */
const TLS_1_3_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/**
 * Reads the files of keys and certificates. Throws a ConfigError if one is missing or cannot be used.
 */
export function readTls(config: HttpConfig, context: PluginContext): ConnectionOptions {
  const read = (name: 'tls_ca_cert_path' | 'tls_client_cert_path' | 'tls_private_key_path'): string | undefined => {
    const path = config[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(context.path(path), 'utf8');
    } catch (error) {
      throw new ConfigError(`${name} is wrong: '${path}' cannot be read (${(error as Error).message})`, context.place(name));
    }
  };
  const ca = read('tls_ca_cert_path');
  const cert = read('tls_client_cert_path');
  const key = read('tls_private_key_path');
  if ((cert === undefined) !== (key === undefined)) {
    context.log.warn('tls_client_cert_path and tls_private_key_path only have an effect together: no certificate is shown to servers');
  }
  const version = config.tls_version.replace(/^TLSv?1_/, 'TLSv1.') as SecureVersion;
  const options: ConnectionOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key, passphrase: config.tls_private_key_passphrase }),
    rejectUnauthorized: config.tls_verify_mode === 'peer',
    minVersion: version,
    ...(context.element.params.has('tls_version') ? { maxVersion: version } : {}),
    ciphers: /(?:^|:)TLS_/.test(config.tls_ciphers) ? config.tls_ciphers : `${TLS_1_3_CIPHERS}:${config.tls_ciphers}`,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const hint = 'check the PEM files of tls_*_path, the passphrase, and tls_ciphers';
    throw new ConfigError(`the TLS settings cannot be used: ${(error as Error).message}`, context.element.at, hint);
  }
  return options;
}
