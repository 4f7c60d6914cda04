/** The `<transport>` section of inputs: its declaration, and TLS settings made of it. */
import { param, section, type Infer } from '../config/params.ts';
import type { PluginContext } from '../plugin.ts';
import { checkTls, readTls, type ServerTls } from './tls.ts';

const VERSIONS = ['TLSv1_1', 'TLSv1_2', 'TLSv1_3', 'TLS1_1', 'TLS1_2', 'TLS1_3'] as const;

/** Fluentd's parameters of every `<transport>` section of an input. */
const transportFields = {
  receive_buffer_size: param.size('Bytes of the receive buffer of a UDP socket. Has no effect on TCP and TLS.', { optional: true }),
  linger_timeout: param.integer('Accepted for compatibility: closed connections always send what is left, and never delay anything.', {
    default: 0,
    noEffect: 'closed connections always send what is left, and never delay anything',
  }),
  version: param.enum(VERSIONS, 'The one version of TLS that is used. If it is not written, 1.2 or any newer one.', { default: 'TLSv1_2' }),
  min_version: param.enum(VERSIONS, 'The oldest version of TLS; together with max_version.', { optional: true }),
  max_version: param.enum(VERSIONS, 'The newest version of TLS; together with min_version.', { optional: true }),
  ciphers: param.string('Cipher suites up to TLS 1.2, as OpenSSL writes them.', { default: 'ALL:!aNULL:!eNULL:!SSLv2' }),
  insecure: param.bool('TLS with a certificate that is made up at the start and that no client can check.', { default: false }),
  ensure_fips: param.bool('Refuses to start unless OpenSSL is in FIPS mode.', { default: false }),
  ca_path: param.string('File of the CA certificates that clients are checked with (PEM).', { optional: true }),
  cert_path: param.string('File of the certificate that is shown to clients, and of those in between (PEM).', { optional: true }),
  private_key_path: param.string('File of the private key of that certificate (PEM).', { optional: true }),
  private_key_passphrase: param.string('Passphrase of the private key.', { optional: true, secret: true }),
  client_cert_auth: param.bool('Clients must show a certificate that ca_path vouches for.', { default: false }),
  ca_cert_path: param.string('File of the certificate of a CA that signs a certificate made at the start (PEM).', { optional: true }),
  ca_private_key_path: param.string('File of the private key of that CA (PEM).', { optional: true }),
  ca_private_key_passphrase: param.string('Passphrase of the private key of that CA.', { optional: true, secret: true }),
  cert_verifier: param.string('Ruby code that checks certificates of clients. Not supported: a configuration error.', { optional: true }),
  generate_private_key_length: param.integer('Bits of the RSA key of a certificate made at the start.', { default: 2048 }),
  generate_cert_country: param.string('Country in a certificate made at the start.', { default: 'US' }),
  generate_cert_state: param.string('State in a certificate made at the start.', { default: 'CA' }),
  generate_cert_locality: param.string('Locality in a certificate made at the start.', { default: 'Mountain View' }),
  generate_cert_common_name: param.string('Common name in a certificate made at the start; the host name if absent.', { optional: true }),
  generate_cert_expiration: param.time('How long a certificate made at the start is valid.', { default: 315_360_000 }),
  generate_cert_digest: param.enum(['sha1', 'sha256', 'sha384', 'sha512'], 'Digest of the signature of a certificate made at the start.', {
    default: 'sha256',
  }),
};

/** Values of a {@link transportSection}. */
export type TransportConfig<P extends string = string> = Infer<typeof transportFields> & { readonly protocol: P };

/**
 * Declares the section: `transport: transportSection(['tcp', 'tls'])` among a plugin's fields. The first protocol is the
 * default unless another one is given.
 */
export function transportSection<const P extends string>(protocols: readonly P[], byDefault: NoInfer<P> = protocols[0]!) {
  const protocol = param.enum(protocols, 'How data travel.', { default: byDefault });
  return section('How data travel: `<transport tls>`.', transportFields, { init: true, argument: { protocol } });
}

/** A checked `<transport>`; reads no file before `readTls`. */
export interface Transport<P extends string = string> {
  readonly protocol: P;
  readonly receiveBufferSize: number | undefined;
  /** Reads the keys and certificates, or makes them; undefined without TLS. Rejects with a ConfigError. */
  readTls(): Promise<ServerTls | undefined>;
}

/** Checks the section; for `create`. Problems are reported with `context.problem`. */
export function prepareTransport<P extends string>(config: TransportConfig<P>, context: PluginContext): Transport<P> {
  const isTls = config.protocol === 'tls';
  if (isTls) checkTls(config, context);
  if (config.receive_buffer_size !== undefined && config.protocol !== 'udp') {
    context.log.warn('receive_buffer_size has no effect on TCP and TLS: the system adapts these buffers itself');
  }
  return {
    protocol: config.protocol,
    receiveBufferSize: config.receive_buffer_size,
    readTls: () => (isTls ? readTls(config, context) : Promise.resolve(undefined)),
  };
}
