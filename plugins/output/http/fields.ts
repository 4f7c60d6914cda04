/** The parameters of the HTTP output. */
import { owned, param, section, type Infer } from '#logferry';

export const fields = {
  endpoint: param.string('URL that requests go to, `http://` or `https://`; may have placeholders, in its host only together with allowed_hosts.'),
  http_method: param.enum(['put', 'post'], 'Method of the requests.', { default: 'post' }),
  proxy: param.string(
    'URL of an HTTP proxy. If absent, HTTP_PROXY or http_proxy of the environment is used, but not for hosts that NO_PROXY or no_proxy lists.',
    { optional: true },
  ),
  content_type: param.string('Content-Type of the requests; the one of the format if absent.', { optional: true }),
  json_array: param.bool('The body is one JSON array instead of a JSON object on each line; for the json format only.', { default: false }),
  headers: param.hash('More headers, as JSON: `{"X-Token":"abc"}`.', { optional: true }),
  headers_from_placeholders: param.hash('More headers whose values have placeholders: `{"X-Tag":"${tag}"}`.', { optional: true }),
  compress: param.enum(['text', 'gzip'], 'How bodies are compressed; `text` is not at all.', { default: 'text' }),
  allowed_hosts: param.array('Where requests may go if the host of the endpoint has placeholders: names, or name:port.', {
    default: [],
  }),
  open_timeout: param.integer('Seconds that a connection may take to come about; 0: no limit. 60 if absent.', { optional: true }),
  read_timeout: param.integer('Seconds that a connection may stay silent during a request; 0: no limit. 60 if absent.', { optional: true }),
  ssl_timeout: param.integer('Seconds that the TLS handshake may take; 0: no limit. Within open_timeout if absent.', { optional: true }),
  reuse_connections: param.bool('Connections are kept open and used for later requests.', { default: false }),
  tls_ca_cert_path: param.string('File of the CA certificates that a server is checked with, instead of the built-in ones (PEM).', { optional: true }),
  tls_client_cert_path: param.string('File of the certificate that is shown to a server, and of those in between (PEM).', { optional: true }),
  tls_private_key_path: param.string('File of the private key of that certificate (PEM).', { optional: true }),
  tls_private_key_passphrase: param.string('Passphrase of the private key.', { optional: true, secret: true }),
  tls_verify_mode: param.enum(['none', 'peer'], 'Whether the certificate of a server is checked.', { default: 'peer' }),
  tls_version: param.enum(
    ['TLSv1_1', 'TLSv1_2', 'TLSv1_3', 'TLS1_1', 'TLS1_2', 'TLS1_3'],
    'The one version of TLS that is used. If it is not written, 1.2 or any newer one.',
    { default: 'TLSv1_2' },
  ),
  tls_ciphers: param.string('Cipher suites up to TLS 1.2, as OpenSSL writes them.', { default: 'ALL:!aNULL:!eNULL:!SSLv2' }),
  error_response_as_unrecoverable: param.bool(
    'After an answer that is neither a success nor in retryable_response_codes the chunk goes to the secondary or the backup folder; ' +
      'otherwise the answer is logged and the chunk is thrown away.',
    { default: true },
  ),
  retryable_response_codes: param.values('Status codes after which a chunk is sent again; 503 if absent.', { optional: true, valueType: 'integer' }),
  format: owned('formatter', 'Form of an event in the body.', { defaultType: 'json' }),
  auth: section('How requests are authenticated.', {
    method: param.enum(['basic', 'aws_sigv4'], 'Name and password, or a signature of AWS.', { default: 'basic' }),
    username: param.string('Name for `basic`.', { optional: true }),
    password: param.string('Password for `basic`.', { optional: true, secret: true }),
    aws_service: param.string('Service to sign for, such as `es` or `osis`.', { optional: true }),
    aws_region: param.string('Region to sign for, such as `eu-west-1`.', { optional: true }),
    aws_role_arn: param.string("Role to sign as; if absent the agent's own credentials are used.", { optional: true }),
  }),
};

export type HttpConfig = Infer<typeof fields>;
export type AuthConfig = NonNullable<HttpConfig['auth']>;
