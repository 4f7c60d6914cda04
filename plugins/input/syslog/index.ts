/** Syslog over UDP, TCP or TLS: priorities become tags. */
import {
  ByteAllowance, compileSource, ConfigError, createIntake, cutByCount, cutByDelimiter, decodeText, defineInput, encodeText, errorText,
  handleMessages, listenTcp, listenUdp, owned, param, prepareTransport, TaggedEvents, tooLongFields, transportSection,
  type Connection, type ConnectionHandler, type Input, type Packet, type Parsed, type Sender, type StreamServer, type UdpServer, type Value,
} from '#logferry';
import { priorityOf, splitPriority } from './priority.ts';

/** Line breaks at the end of a packet. */
const LINE_END = /(?:\r\n|\n|\r)$/;

export default defineInput({
  type: 'syslog',
  doc: 'Takes syslog messages over UDP, TCP or TLS. The tag of an event is the one given here, its facility and its severity: `system.auth.crit`.',
  legacy: ['parser'],
  config: {
    port: param.integer('The port to listen on.', { default: 5140 }),
    bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
    tag: param.string('The beginning of the tags.'),
    protocol_type: param.enum(['tcp', 'udp'], 'How messages come.', { optional: true, deprecated: 'use transport directive' }),
    frame_type: param.enum(['traditional', 'octet_count'], 'How messages are divided on TCP and TLS: by a delimiter, or by their length in front of each (RFC 6587).', {
      default: 'traditional',
    }),
    include_source_host: param.bool('The address of the sender becomes a field.', {
      default: false,
      deprecated: 'use "source_hostname_key" or "source_address_key" instead.',
    }),
    source_host_key: param.string('The field of include_source_host.', { default: 'source_host' }),
    emit_unmatched_lines: param.bool('Messages that cannot be read are emitted too, as `unmatched_line`, with the tag given here and `.unmatched`.', { default: false }),
    source_hostname_key: param.string("The field for the sender's host name.", { optional: true }),
    resolve_hostname: param.bool('The names of hosts are looked up. On with source_hostname_key.', { optional: true }),
    send_keepalive_packet: param.bool('The system checks now and then that silent clients are still there (TCP and TLS).', { default: false }),
    source_address_key: param.string("The field for the sender's address.", { optional: true }),
    severity_key: param.string('The field for the severity, such as `crit`.', { optional: true, alias: 'priority_key' }),
    facility_key: param.string('The field for the facility, such as `auth`.', { optional: true }),
    message_length_limit: param.size('UDP: bytes of a packet behind these are cut off.', { default: 2048 }),
    blocking_timeout: param.time('Has no meaning here: nothing blocks.', { default: 0.5, noEffect: 'nothing blocks' }),
    delimiter: param.string('TCP and TLS: what ends a message.', { default: '\n' }),
    transport: transportSection(['tcp', 'udp', 'tls'], 'udp'),
    parse: owned('parser', 'How a message becomes an event.', { defaultType: 'syslog', defaults: { with_priority: true }, outer: ['with_priority'] }),
  },

  create(config, context): Input {
    const { clock, log } = context;
    const { severity_key: severityKey, facility_key: facilityKey } = config;
    const protocol = config.protocol_type ?? config.transport.protocol;
    const transport = prepareTransport({ ...config.transport, protocol }, context);
    const parser = context.create(config.parse);
    const parsesPriority = config.parse.type === 'syslog' && config.parse.config['with_priority'] === true;
    if (context.element.params.has('priority_key')) log.warn('priority_key is deprecated. Use severity_key instead');
    if (config.include_source_host && config.source_address_key !== undefined) {
      throw new ConfigError('specify either source_address_key or include_source_host', context.place('include_source_host'));
    }
    if (config.source_hostname_key !== undefined && config.resolve_hostname === false) {
      throw new ConfigError('resolve_hostname must be true with source_hostname_key', context.place('resolve_hostname'));
    }
    if (config.send_keepalive_packet && protocol === 'udp') {
      throw new ConfigError('send_keepalive_packet is available for tcp/tls', context.place('send_keepalive_packet'));
    }
    if (config.delimiter === '') throw new ConfigError('delimiter: expected at least one character', context.place('delimiter'));
    const resolveHostname = config.resolve_hostname ?? config.source_hostname_key !== undefined;
    const addSource = compileSource({
      source_address_key: config.include_source_host ? config.source_host_key : config.source_address_key,
      source_hostname_key: config.source_hostname_key,
    });
    const intake = createIntake(context);
    const allowance = new ByteAllowance();

    /** A message that cannot be read: an event of its own if that is wanted. */
    function refuse(data: string, sender: Sender, events: TaggedEvents, message: string, error?: unknown): void {
      const fields = error === undefined ? { data } : { data, error: errorText(error) };
      if (!config.emit_unmatched_lines) {
        intake.dropped('unparsed', { message, fields });
        return;
      }
      intake.warn('unparsed', message, fields);
      const record = new Map<string, Value>([['unmatched_line', data]]);
      addSource?.(record, sender);
      events.add(`${config.tag}.unmatched`, { time: clock.time(), record });
    }

    function add(parsed: Parsed, given: number | bigint | undefined, sender: Sender, events: TaggedEvents): void {
      const record = new Map<string, Value>(parsed.record);
      let priority = given;
      if (priority === undefined) {
        const found = record.get('pri');
        if (typeof found !== 'number' && typeof found !== 'bigint') throw new Error('the message has no priority');
        record.delete('pri');
        priority = found;
      }
      const { facility, severity } = priorityOf(priority);
      if (severityKey !== undefined) record.set(severityKey, severity);
      if (facilityKey !== undefined) record.set(facilityKey, facility ?? null);
      addSource?.(record, sender);
      events.add(`${config.tag}.${facility ?? ''}.${severity}`, { time: parsed.time!, record });
    }

    function take(data: string, sender: Sender, events: TaggedEvents): void {
      const split = parsesPriority ? undefined : splitPriority(data);
      if (!parsesPriority && !split) return refuse(data, sender, events, 'invalid syslog message');
      try {
        const found = parser.parse(split?.text ?? data, true);
        const all = Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
        if (all.length > 1) intake.received(all.length - 1, 0);
        for (const parsed of all) {
          if (parsed?.time === undefined) refuse(data, sender, events, 'failed to parse message');
          else add(parsed, split?.priority, sender, events);
        }
      } catch (error) {
        refuse(data, sender, events, 'invalid input', error);
      }
    }

    function onPackets(packets: readonly Packet[]): void | Promise<void> {
      const events = new TaggedEvents();
      for (const packet of packets) {
        intake.received(1, packet.bytes.length);
        take(decodeText(packet.bytes).replace(LINE_END, ''), packet, events);
      }
      return intake.emit(events);
    }

    const delimiter = encodeText(config.delimiter);
    function onConnection(connection: Connection): ConnectionHandler {
      const options = {
        allowance,
        onTooLong(size: number, head: Buffer): void {
          intake.received(1, size);
          intake.dropped('too_long', { message: 'a syslog message is too long, dropped', fields: tooLongFields(size, head) });
        },
      };
      const cutter = config.frame_type === 'octet_count' ? cutByCount(options) : cutByDelimiter(delimiter, options);
      return handleMessages(connection, cutter, intake, (message, sender, events) => {
        intake.received(1, message.length);
        take(decodeText(message), sender, events);
      });
    }

    let server: StreamServer | UdpServer | undefined;
    return {
      async start() {
        const { bind: host, port, send_keepalive_packet: sendKeepalivePacket, message_length_limit: maxBytes } = config;
        server = protocol === 'udp'
          ? await listenUdp(context, { host, port, maxBytes, receiveBufferSize: transport.receiveBufferSize, resolveHostname }, onPackets)
          : await listenTcp(context, { host, port, transport, sendKeepalivePacket, resolveHostname }, onConnection);
        log.info(`listening syslog socket on ${host}:${server.port} with ${protocol}`);
      },
      async stop() {
        await server?.close();
        await intake.finish();
      },
      status: () => ({ port: server?.port }),
    };
  },
});
