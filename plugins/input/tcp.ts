/** Messages over TCP or TLS, divided by a delimiter; a parser makes events of them. */
import {
  AddressList, addressFields, ByteAllowance, compileParsedMessages, ConfigError, createIntake, cutByDelimiter, defineInput, encodeText, extractSection,
  handleMessages, listenTcp, owned, param, prepareTransport, section, sourceFields, tooLongFields, transportSection,
  type Connection, type ConnectionHandler, type Input, type StreamServer,
} from '#logferry';

export default defineInput({
  type: 'tcp',
  doc: 'Takes messages over TCP or TLS. Each ends with a delimiter, a line break by default; what a connection sends behind the last one is dropped.',
  legacy: ['parser'],
  config: {
    tag: param.string('The tag of the events.'),
    port: param.integer('The port to listen on.', { default: 5170 }),
    bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
    ...sourceFields('client'),
    message_length_limit: param.size('Messages with more bytes are dropped. 64 MiB if absent, which is the most.', { optional: true }),
    blocking_timeout: param.time('Has no meaning here: nothing blocks.', { default: 0.5, noEffect: 'nothing blocks' }),
    delimiter: param.string('What ends a message.', { default: '\n' }),
    send_keepalive_packet: param.bool('The system checks now and then that silent clients are still there.', { default: false }),
    transport: transportSection(['tcp', 'tls']),
    security: section('Who may connect; everybody if absent.', {
      client: section('A host or network that may connect.', addressFields, { multi: true, required: true }),
    }),
    parse: owned('parser', 'How a message becomes an event.', { required: true }),
    extract: extractSection,
  },

  create(config, context): Input {
    const transport = prepareTransport(config.transport, context);
    const parser = context.create(config.parse);
    const at = context.element.elements.find(({ name }) => name === 'security')?.at ?? context.element.at;
    const clients = config.security?.client.map((client) => new AddressList(client, at));
    if (config.delimiter === '') throw new ConfigError('delimiter: expected at least one character', context.place('delimiter'));
    const delimiter = encodeText(config.delimiter);
    const intake = createIntake(context);
    const messages = compileParsedMessages(config, parser, intake, context);
    const allowance = new ByteAllowance();
    const limit = config.message_length_limit;

    function onConnection(connection: Connection): ConnectionHandler | undefined {
      const { remoteAddress } = connection;
      if (clients && !clients.some((client) => client.includes(remoteAddress))) {
        intake.warn('denied', `anonymous client '${remoteAddress}' denied`);
        connection.destroy();
        return undefined;
      }
      const cutter = cutByDelimiter(delimiter, {
        maxBytes: limit,
        allowance,
        onTooLong(size, head) {
          intake.received(1, size);
          const fields = { limit, ...tooLongFields(size, head) };
          intake.dropped('too_long', { level: 'info', message: "The received data is larger than 'message_length_limit', dropped:", fields });
        },
      });
      return handleMessages(connection, cutter, intake, messages.take);
    }

    let server: StreamServer | undefined;
    return {
      async start() {
        for (const client of clients ?? []) await client.resolve(at);
        const { bind: host, port, send_keepalive_packet: sendKeepalivePacket } = config;
        server = await listenTcp(context, { host, port, transport, sendKeepalivePacket, resolveHostname: messages.resolveHostname }, onConnection);
        context.log.info('listening tcp socket', { bind: server.host, port: server.port });
      },
      async stop() {
        await server?.close();
        await intake.finish();
      },
      status: () => ({ port: server?.port, connections: server?.connections.size ?? 0 }),
    };
  },
});
