/** Events over a Unix domain socket, in the form of the forward protocol without its handshake. */
import {
  ByteAllowance, createIntake, defineInput, listenUnix, MessageStream, param, readMessage, TaggedEvents,
  type Connection, type ConnectionHandler, type EventRules, type Input, type StreamServer,
} from '#logferry';

/** A message with more bytes is left out. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Compressed entries may become so many bytes. */
const DECOMPRESSION_LIMIT = 256 * 1024 * 1024;

export default defineInput({
  type: 'unix',
  doc: 'Takes events over a Unix domain socket, in the form of the forward protocol: MessagePack or JSON. Nothing is acknowledged.',
  config: {
    path: param.string('The path of the socket. A file that is there is removed.', { default: '/var/run/fluent/fluent.sock' }),
    backlog: param.integer('How many connections may wait to be accepted.', { optional: true }),
    tag: param.string('The tag of all events, in place of those that are sent.', { optional: true }),
  },
  singleWorker: true,

  create(config, context): Input {
    const { log, clock } = context;
    const intake = createIntake(context);
    const allowance = new ByteAllowance();
    const rules: EventRules = { strict: false, decompressionLimit: DECOMPRESSION_LIMIT, now: () => clock.time() };

    function onConnection(connection: Connection): ConnectionHandler {
      const stream = new MessageStream({ maxBytes: MAX_MESSAGE_BYTES });
      let held = 0;
      const hold = (bytes: number): void => {
        if (!allowance.change(bytes - held)) {
          throw new Error(`messages that are not complete take more than ${allowance.limit} bytes on all connections together`);
        }
        held = bytes;
      };
      const take = (bytes: Buffer, events: TaggedEvents): void => {
        for (const part of stream.push(bytes)) {
          if (part.kind === 'unreadable') throw new Error(part.problem);
          if (part.kind === 'oversize') {
            intake.received(1, part.byteLength);
            intake.dropped('too_long', { message: 'a message is too long, dropped', fields: { size: part.byteLength, limit: MAX_MESSAGE_BYTES } });
            continue;
          }
          const message = readMessage(part, rules);
          switch (message.kind) {
            case 'nothing':
              break;
            case 'broken':
              intake.received(1, part.bytes.length);
              intake.dropped('broken', { message: 'incoming data is broken', fields: { problem: message.problem } });
              if (message.fatal) throw new Error(message.problem);
              break;
            case 'events':
              intake.received(message.events.length + message.invalid, part.bytes.length);
              if (message.invalid > 0) {
                const fields = { tag: message.tag, events: message.invalid, first: message.firstInvalid };
                intake.dropped('invalid', { message: 'events without a time or a record are left out', fields }, message.invalid);
              }
              for (const event of message.events) events.add(config.tag ?? message.tag, event);
          }
        }
      };
      return {
        data(bytes) {
          const events = new TaggedEvents();
          try {
            take(bytes, events);
            hold(stream.pendingBytes);
          } catch (error) {
            intake.broken(connection, error, `unexpected error in ${stream.format ?? 'msgpack'} payload`);
          }
          return intake.emit(events);
        },
        close() {
          if (stream.pendingBytes > 0) {
            intake.received(1, stream.pendingBytes);
            intake.dropped('incomplete', { level: 'info', message: 'a connection ended within a message', fields: { size: stream.pendingBytes } });
          }
          allowance.change(-held);
          held = 0;
        },
      };
    }

    let server: StreamServer | undefined;
    return {
      async start() {
        const path = context.path(config.path);
        server = await listenUnix(context, { path, backlog: config.backlog }, onConnection);
        log.info(`listening fluent socket on ${path}`);
      },
      async stop() {
        await server?.close();
        await intake.finish();
      },
      status: () => ({ path: config.path, connections: server?.connections.size ?? 0 }),
    };
  },
});
