/** Messages over UDP, one in each packet; a parser makes events of them. */
import {
  compileParsedMessages, createIntake, defineInput, extractSection, listenUdp, owned, param, prepareTransport, sourceFields, TaggedEvents, transportSection,
  type Input, type Packet, type UdpServer,
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
    ...sourceFields('sender'),
    body_size_limit: param.size('An old name of message_length_limit.', { optional: true, deprecated: 'use message_length_limit instead.' }),
    message_length_limit: param.size('Bytes of a packet behind these are cut off.', { default: 4096 }),
    remove_newline: param.bool('A line break at the end of a packet is removed.', { default: true }),
    receive_buffer_size: param.size('Bytes of the receive buffer of the socket.', {
      optional: true,
      deprecated: 'use receive_buffer_size in transport section instead.',
    }),
    blocking_timeout: param.time('Has no meaning here: nothing blocks.', { default: 0.5, noEffect: 'nothing blocks' }),
    transport: transportSection(['udp']),
    parse: owned('parser', 'How a message becomes an event.', { required: true }),
    extract: extractSection,
  },

  create(config, context): Input {
    const transport = prepareTransport(config.transport, context);
    const parser = context.create(config.parse);
    const intake = createIntake(context);
    const messages = compileParsedMessages(config, parser, intake, context);

    function onPackets(packets: readonly Packet[]): void | Promise<void> {
      const events = new TaggedEvents();
      for (const packet of packets) messages.take(config.remove_newline ? withoutNewline(packet.bytes) : packet.bytes, packet, events);
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
          resolveHostname: messages.resolveHostname,
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
