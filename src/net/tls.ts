/** TLS of a listening socket: what of `<transport tls>` concerns it, as Node takes it. */
import { getFips } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls';
import { ConfigError, errorText, type Location } from '../errors.ts';
import type { PluginContext } from '../plugin.ts';
import { makeCertificate, type CertificateRequest } from './certificate.ts';
import type { TransportConfig } from './transport.ts';

/** Options for `tls.createServer`. */
export type ServerTls = TlsOptions;

/** Suites of TLS 1.3 are not what `ciphers` is about: without them Node would not offer 1.3 at all. */
const TLS_1_3_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
/** A client that has not finished the handshake by then is cut off. */
const HANDSHAKE_MS = 30_000;

interface Place {
  readonly section: Location | undefined;
  of(name: string): Location | undefined;
}

function placeIn(context: PluginContext): Place {
  const section = context.element.elements.find(({ name }) => name === 'transport');
  const fallback = section?.at ?? context.element.at;
  return { section: fallback, of: (name) => section?.params.get(name)?.at ?? fallback };
}

/** Whether the parameters make sense together; problems are reported with `context.problem`. Reads no file. */
export function checkTls(config: TransportConfig, context: PluginContext): void {
  const at = placeIn(context);
  const problem = (message: string, name: string, hint?: string) => context.problem({ message, at: at.of(name), hint });
  if (config.cert_path !== undefined) {
    if (config.private_key_path === undefined) problem('private_key_path is required when cert_path is specified', 'cert_path');
  } else if (config.ca_cert_path !== undefined) {
    if (config.ca_private_key_path === undefined) problem('ca_private_key_path is required when ca_cert_path is specified', 'ca_cert_path');
  } else if (!config.insecure) {
    problem("no valid cert options configured. specify either 'cert_path', 'ca_cert_path' or 'insecure'", 'cert_path');
  }
  if (config.cert_verifier !== undefined) {
    problem('cert_verifier is not supported: it is Ruby code', 'cert_verifier', 'client_cert_auth with ca_path decides who may connect');
  }
  const { min_version: oldest, max_version: newest } = config;
  if (oldest === undefined && newest !== undefined) problem('When you set max_version, must set min_version together', 'max_version');
  if (newest === undefined && oldest !== undefined) problem('When you set min_version, must set max_version together', 'min_version');
  if (config.ensure_fips && getFips() === 0) {
    problem('Cannot enable FIPS compliant mode. OpenSSL FIPS configuration is disabled', 'ensure_fips', 'start node with --enable-fips');
  }
}

/** Reads the files, or makes a certificate. Rejects with a ConfigError if anything cannot be used. */
export async function readTls(config: TransportConfig, context: PluginContext): Promise<ServerTls> {
  const at = placeIn(context);
  const read = (name: 'ca_path' | 'cert_path' | 'private_key_path' | 'ca_cert_path' | 'ca_private_key_path'): string | undefined => {
    const path = config[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(context.path(path), 'utf8');
    } catch (error) {
      throw new ConfigError(`${name}: '${path}' cannot be read (${errorText(error)})`, at.of(name));
    }
  };
  const options: ServerTls = {
    ...(await identity()),
    ...versions(config, at),
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: config.client_cert_auth,
    rejectUnauthorized: config.client_cert_auth,
    ...(config.ca_path === undefined ? {} : { ca: read('ca_path') }),
    ...(config.insecure ? {} : { ciphers: /(?:^|:)TLS_/.test(config.ciphers) ? config.ciphers : `${TLS_1_3_CIPHERS}:${config.ciphers}` }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new ConfigError(`the TLS settings cannot be used: ${errorText(error)}`, at.section, 'check the PEM files, the passphrase, and ciphers');
  }
  return options;

  async function identity(): Promise<Pick<TlsOptions, 'cert' | 'key' | 'passphrase'>> {
    const { log } = context;
    if (config.cert_path !== undefined) {
      if (config.private_key_passphrase === undefined) {
        log.warn('For security reason, setting private_key_passphrase is recommended when cert_path is specified');
      }
      const cert = read('cert_path')!;
      if (!cert.includes('-----BEGIN CERTIFICATE-----')) throw new ConfigError('cert_path does not contain a valid certificate', at.of('cert_path'));
      return { cert, key: read('private_key_path'), passphrase: config.private_key_passphrase };
    }
    if (config.ca_cert_path === undefined) {
      log.warn("insecure TLS communication server is configured (using 'insecure' mode)");
      return make();
    }
    if (config.ca_private_key_passphrase === undefined) {
      log.warn('For security reason, setting ca_private_key_passphrase is recommended when ca_cert_path is specified');
    }
    const issuer = { cert: read('ca_cert_path')!, key: read('ca_private_key_path')!, passphrase: config.ca_private_key_passphrase };
    return make(issuer);
  }

  async function make(issuer?: CertificateRequest['issuer']): Promise<Pick<TlsOptions, 'cert' | 'key'>> {
    try {
      return await makeCertificate({
        keyLength: config.generate_private_key_length,
        subject: {
          country: config.generate_cert_country,
          state: config.generate_cert_state,
          locality: config.generate_cert_locality,
          commonName: config.generate_cert_common_name ?? context.system.hostname,
        },
        notAfter: Math.floor(context.clock.now() / 1000 + config.generate_cert_expiration),
        digest: config.generate_cert_digest,
        issuer,
      });
    } catch (error) {
      const hint = issuer && 'check ca_cert_path, ca_private_key_path and the passphrase';
      throw new ConfigError(`no certificate can be made: ${errorText(error)}`, at.section, hint);
    }
  }
}

function versions(config: TransportConfig, at: Place): Pick<TlsOptions, 'minVersion' | 'maxVersion'> {
  const node = (name: string): SecureVersion => name.replace(/^TLSv?1_/, 'TLSv1.') as SecureVersion;
  if (config.min_version !== undefined && config.max_version !== undefined) {
    const [minVersion, maxVersion] = [node(config.min_version), node(config.max_version)];
    if (minVersion > maxVersion) {
      throw new ConfigError(`min_version ${config.min_version} is newer than max_version ${config.max_version}`, at.of('min_version'));
    }
    return { minVersion, maxVersion };
  }
  const version = node(config.version);
  // Written, it is the only one; else newer ones are welcome.
  return at.of('version') === at.section ? { minVersion: version, maxVersion: 'TLSv1.3' } : { minVersion: version, maxVersion: version };
}
