/** The parameters of the forward output. */
import { owned, param, section, type Infer } from '#logferry';

const VERSIONS = ['TLSv1_1', 'TLSv1_2', 'TLSv1_3', 'TLS1_1', 'TLS1_2', 'TLS1_3'] as const;
const REMOVED = 'write a <server> section with host and port';

export const fields = {
  time_as_integer: param.bool('Times are sent as whole seconds, for receivers older than Fluentd 0.14.', { default: false }),
  slow_flush_log_threshold: param.float('A delivery that takes longer than this many seconds is logged.', { default: 20 }),
  transport: param.enum(['tcp', 'tls'], 'How connections are made.', { default: 'tcp' }),
  send_timeout: param.time('A server that takes no byte for so long is given up.', { default: 60 }),
  connect_timeout: param.time('Limit for making a connection; what the system says if absent.', { optional: true }),
  heartbeat_type: param.enum(
    ['transport', 'tcp', 'udp', 'none'],
    'How it is seen whether servers are there: a connection now and then, packets over UDP, or not at all. `tcp` is an old name of `transport`.',
    { default: 'transport' },
  ),
  heartbeat_interval: param.time('Time between two heartbeats.', { default: 1 }),
  recover_wait: param.time('For so long heartbeats have to succeed before a lost server is used again.', { default: 10 }),
  hard_timeout: param.time('A server without a heartbeat for so long is lost; also the limit of the handshake.', { default: 60 }),
  phi_threshold: param.integer('From this suspicion on the phi accrual failure detector takes a server for lost.', { default: 16 }),
  phi_failure_detector: param.bool('Whether the phi accrual failure detector is used besides hard_timeout.', { default: true }),
  require_ack_response: param.bool('A chunk is delivered when the server has acknowledged it; else when it was sent.', { default: false }),
  ack_response_timeout: param.time('A chunk that is not acknowledged within this time is sent again.', { default: 190 }),
  read_interval_msec: param.integer('Accepted for compatibility; answers are read as they arrive.', { default: 50, noEffect: 'answers are read as they arrive' }),
  read_length: param.size('Accepted for compatibility; answers are read as they arrive.', { default: 512, noEffect: 'answers are read as they arrive' }),
  expire_dns_cache: param.time('How long the address of a server is kept; 0 asks each time, absent keeps it until the server is lost.', { optional: true }),
  dns_round_robin: param.bool('Takes any address of a server that has several, not the first.', { default: false }),
  ignore_network_errors_at_startup: param.bool('Names of servers that cannot be resolved at the start are tried again later.', { default: false }),
  verify_connection_at_startup: param.bool('Does not start unless all servers can be reached.', { default: false }),
  compress: param.enum(['text', 'gzip', 'zstd'], 'How events are compressed; `text` is not at all. zstd needs Fluentd 1.19 or Logferry as receiver.', {
    default: 'text',
  }),
  tls_version: param.enum(VERSIONS, 'The one version of TLS that is used. If it is not written, 1.2 or any newer one.', { default: 'TLSv1_2' }),
  tls_ciphers: param.string('Cipher suites up to TLS 1.2, as OpenSSL writes them.', { default: 'ALL:!aNULL:!eNULL:!SSLv2' }),
  tls_insecure_mode: param.bool('Certificates of servers are not checked at all.', { default: false }),
  tls_allow_self_signed_cert: param.bool('Certificates that vouch for themselves are accepted.', { default: false }),
  tls_verify_hostname: param.bool('The certificate has to be one for the host (or for `name` if the host is an address).', { default: true }),
  tls_ca_cert_path: param.array('Files of CA certificates that vouch for servers, besides the well-known ones (PEM).', { optional: true, valueType: 'string' }),
  tls_cert_path: param.array('The same as tls_ca_cert_path, and wins over it.', { optional: true, valueType: 'string' }),
  tls_client_cert_path: param.string('File of the certificate that is shown to servers (PEM).', { optional: true }),
  tls_client_private_key_path: param.string('File of its private key (PEM).', { optional: true }),
  tls_client_private_key_passphrase: param.string('Passphrase of the private key.', { optional: true, secret: true }),
  tls_cert_thumbprint: param.string('Certificate in the store of Windows: a configuration error elsewhere.', { optional: true, secret: true }),
  tls_cert_logical_store_name: param.string('Store of Windows: a configuration error elsewhere.', { optional: true }),
  tls_cert_use_enterprise_store: param.bool('Accepted for compatibility; about the store of Windows.', { default: true, noEffect: 'only Windows has such a store' }),
  keepalive: param.bool('Connections are used again.', { default: false }),
  keepalive_timeout: param.time('A connection that was not used for so long is closed; never if absent.', { optional: true }),
  port: param.integer('Replaced by `<server>`.', { default: 24224, obsoleted: REMOVED }),
  host: param.string('Replaced by `<server>`.', { optional: true, obsoleted: REMOVED }),
  security: section('The handshake with servers that demand a key.', {
    self_hostname: param.string('Name of this host in the handshake; must differ from the server\'s.'),
    shared_key: param.string('The key.', { secret: true }),
  }),
  server: section('A server.', {
    host: param.string('Its name or address.'),
    name: param.string('Its name in logs, and in its certificate if host is an address.', { optional: true }),
    port: param.integer('Its port.', { default: 24224 }),
    shared_key: param.string('Its key, in place of the one of `<security>`.', { optional: true, secret: true }),
    username: param.string('User for servers with user_auth.', { default: '' }),
    password: param.string('Password of that user.', { default: '', secret: true }),
    standby: param.bool('Used only while others are lost.', { default: false }),
    weight: param.integer('Share of the chunks that it gets; 0 is none.', { default: 60 }),
  }, { multi: true }),
  service_discovery: owned('service_discovery', 'More servers, from a file, from DNS, ...', { multi: true }),
};

/** Values of {@link fields}. */
export type ForwardConfig = Infer<typeof fields>;
