/** Messages over UDP, one in each packet; a parser makes events of them. */
import {
  compileExtract, compileSource, createIntake, defineInput, extractSection, listenUdp, owned, param, prepareTransport, TaggedEvents, transportSection,
  type Input, type Packet, type UdpServer, type Value,
} from '#logferry';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

export default defineInput({
  type: 'udp',
  doc: 'Takes messages over UDP, one in each packet.',
  legacy: ['parser'],
  config: {
    tag: param.string('The tag of the events.'),
    port: param.integer('The port to listen on.', { default: 5160 }),
    bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
    source_host_key: param.string("The field for the sender's host name.", { optional: true, deprecated: 'use source_hostname_key instead.' }),
    source_hostname_key: param.string("The field for the sender's host name.", { optional: true }),
    source_address_key: param.string("The field for the sender's address.", { optional: true }),
    body_size_limit: param.size('An old name of message_length_limit.', { optional: true, deprecated: 'use message_length_limit instead.' }),
    message_length_limit: param.size('Bytes of a packet behind these are cut off.', { default: 4096 }),
    remove_newline: param.bool('A line break at the end of a packet is removed.', { default: true }),
    receive_buffer_size: param.size('Bytes of the receive buffer of the socket.', {
      optional: true,
      deprecated: 'use receive_buffer_size in transport section instead.',
    }),
    blocking_timeout: param.time('Has no meaning here: nothing blocks.', { default: 0.5 }),
    transport: transportSection(['udp']),
    parse: owned('parser', 'How a message becomes an event.', { required: true }),
    extract: extractSection,
  },

  create(config, context): Input {
    const { clock } = context;
    const transport = prepareTransport(config.transport, context);
    const parser = context.create(config.parse);
    const hostKey = config.source_hostname_key ?? config.source_host_key;
    const addSource = compileSource({ source_address_key: config.source_address_key, source_hostname_key: hostKey });
    // Parsers give every event a time, or the message does not fit: so a time is never extracted, as in Fluentd.
    if (config.extract?.time_key !== undefined) {
      context.log.warn('<extract>: time_key has no effect here: the time is the one that <parse> finds, or the current one');
    }
    const extract = compileExtract(config.extract && { ...config.extract, time_key: undefined }, context);
    const intake = createIntake(context);

    function onPackets(packets: readonly Packet[]): void | Promise<void> {
      const events = new TaggedEvents();
      for (const packet of packets) {
        const message = config.remove_newline ? withoutNewline(packet.bytes) : packet.bytes;
        for (const { time, record } of intake.parse(parser, message)) {
          const fields = extract || addSource ? new Map<string, Value>(record) : record;
          const tag = extract?.(fields as Map<string, Value>).tag ?? config.tag;
          addSource?.(fields as Map<string, Value>, packet);
          events.add(tag, { time: time ?? clock.time(), record: fields });
        }
      }
      return intake.emit(events);
    }

    let server: UdpServer | undefined;
    return {
      async start() {
        server = await listenUdp(context, {
          host: config.bind,
          port: config.port,
          maxBytes: config.body_size_limit ?? config.message_length_limit,
          receiveBufferSize: config.receive_buffer_size ?? transport.receiveBufferSize,
          resolveHostname: hostKey !== undefined,
        }, onPackets);
        context.log.info('listening udp socket', { bind: server.host, port: server.port });
      },
      async stop() {
        await server?.close();
        await intake.finish();
      },
      status: () => ({ port: server?.port }),
    };
  },
});

/** As String#chomp. */
function withoutNewline(bytes: Buffer): Buffer {
  const last = bytes.at(-1);
  if (last === RETURN) return bytes.subarray(0, -1);
  if (last !== LINE_FEED) return bytes;
  return bytes.subarray(0, bytes.at(-2) === RETURN ? -2 : -1);
}
