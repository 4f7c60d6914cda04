/** The parameters of the forward input. */
import { addressFields, param, section, transportSection, type Infer } from '#logferry';

export const fields = {
  port: param.integer('TCP port to listen on; heartbeats come by UDP on the same one.', { default: 24224 }),
  bind: param.string('Address to listen on.', { default: '0.0.0.0' }),
  backlog: param.integer('How many connections wait to be accepted; what the system says if absent.', { optional: true }),
  linger_timeout: param.integer('Accepted for compatibility; connections always send what is left.', {
    optional: true,
    deprecated: 'use transport directive',
    noEffect: 'closed connections always send what is left, and never delay anything',
  }),
  blocking_timeout: param.time('Accepted for compatibility; nothing blocks here.', { default: 0.5, noEffect: 'nothing blocks' }),
  resolve_hostname: param.bool('Looks up the names of senders for logs and source_hostname_key; true if that is there.', { optional: true }),
  deny_keepalive: param.bool('Closes a connection after each message.', { default: false }),
  send_keepalive_packet: param.bool('The system checks now and then that silent senders are still there.', { default: false }),
  chunk_size_warn_limit: param.size('A message of more bytes is logged.', { optional: true }),
  chunk_size_limit: param.size('A message of more bytes is dropped; 257 MiB if absent.', { optional: true }),
  decompression_size_limit: param.size('A compressed message that would get larger than this is refused.', { default: 256 * 1024 * 1024 }),
  skip_invalid_event: param.bool('Events whose time or record is of a wrong kind are left out, logged and counted.', { default: true }),
  source_address_key: param.string('Field that gets the address of the sender.', { optional: true }),
  source_hostname_key: param.string('Field that gets the host name of the sender.', { optional: true }),
  tag: param.string('Tag of all events, in place of the one that was sent.', { optional: true }),
  add_tag_prefix: param.string('Put before tags, with a dot.', { optional: true }),
  ack_on: param.enum(
    ['emit', 'delivery'],
    'When a message is acknowledged to a sender that asks for it: when the events were taken (as Fluentd does: they are safe then ' +
      'if the buffers are files), or when they are delivered or in a file. With memory buffers `delivery` loses nothing in a crash, ' +
      'but senders need an ack_response_timeout that is longer than flush intervals and retries.',
    { default: 'emit', extra: true },
  ),
  transport: transportSection(['tcp', 'tls']),
  security: section('Senders have to know a key, and maybe a user.', {
    self_hostname: param.string('Name of this host in the handshake.'),
    shared_key: param.string('Key that senders have to know.', { secret: true }),
    user_auth: param.bool('Senders have to give a user and its password, too.', { default: false }),
    allow_anonymous_source: param.bool('Whether addresses without a `<client>` may send.', { default: true }),
    user: section('A user of user_auth.', {
      username: param.string('Name of the user.'),
      password: param.string('Password of the user.', { secret: true }),
    }, { multi: true }),
    client: section('Hosts that may send.', {
      ...addressFields,
      shared_key: param.string('Their key, in place of the common one.', { optional: true, secret: true }),
      users: param.array('Names of the users that they may give; all if empty.', { default: [] }),
    }, { multi: true }),
  }),
};

/** Values of {@link fields}. */
export type ForwardConfig = Infer<typeof fields>;
/** Values of `<security>`. */
export type SecurityConfig = NonNullable<ForwardConfig['security']>;
