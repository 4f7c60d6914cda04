/** Receives events over Fluentd's forward protocol. */
import {
  Ack, BufferOverflowError, ByteAllowance, ConfigError, defineInput, emitUntilTaken, errorText, listenTcp, listenUdp, ObjectBatch, prepareTransport,
  type Connection, type EventsMessage, type Input, type LogEvent, type PluginContext, type StreamServer, type UdpServer, type Value,
} from '#logferry';
import { createComplaints } from './complaints.ts';
import { createDoorkeeper } from './doorkeeper.ts';
import { fields, type ForwardConfig } from './fields.ts';
import { Session, type SessionSettings } from './session.ts';

const MIB = 1024 * 1024;
/** Chunks of file buffers are up to 256 MiB by default; a message has some bytes around them. */
const DEFAULT_MAX_BYTES = 257 * MIB;
/** Unfinished messages of all connections together, at least; twice the largest message if that is more. */
const MIN_ALLOWANCE = 512 * MIB;
/** What a heartbeat over UDP is answered with. */
const HEARTBEAT = Buffer.from([0]);
const MAX_HEARTBEAT_BYTES = 128;

export default defineInput({
  type: 'forward',
  doc: 'Receives events over TCP or TLS from other agents and from client libraries that speak the forward protocol.',
  config: fields,

  create(config, context): Input {
    const resolveHostname = check(config, context);
    const transport = prepareTransport(config.transport, context);
    const doorkeeper = config.security && createDoorkeeper(config.security, !config.deny_keepalive, context);
    const ending = new AbortController();
    const settings = createSettings(config, context, doorkeeper, ending.signal);
    let server: StreamServer | undefined;
    let heartbeats: UdpServer | undefined;

    return {
      async start() {
        await doorkeeper?.prepare();
        const { bind: host, port, backlog, send_keepalive_packet: sendKeepalivePacket } = config;
        server = await listenTcp(
          context,
          { host, port, backlog, sendKeepalivePacket, resolveHostname, transport },
          (connection) => new Session(connection, settings),
        );
        const udp = await listenUdp(context, { host, port: server.port, maxBytes: MAX_HEARTBEAT_BYTES }, (packets) => {
          for (const packet of packets) udp.send(HEARTBEAT, packet);
        });
        heartbeats = udp;
        context.log.info('listening port', { port: server.port, bind: host });
      },
      async stop() {
        ending.abort();
        await Promise.all([server?.close(), heartbeats?.close(0)]);
      },
      status: () => ({ port: server?.port, connections: server?.connections.size ?? 0 }),
    };
  },
});

/** Throws a ConfigError; whether names of hosts are looked up. */
function check(config: ForwardConfig, context: PluginContext): boolean {
  const { source_hostname_key: hostnameKey, resolve_hostname: resolve } = config;
  if (hostnameKey !== undefined && resolve === false)
    throw new ConfigError('resolve_hostname must be true with source_hostname_key', context.place('resolve_hostname'), 'remove resolve_hostname');
  for (const name of ['tag', 'add_tag_prefix'] as const)
    if (config[name] === '') throw new ConfigError(`'${name}' parameter must not be empty`, context.place(name));
  if (config.send_keepalive_packet && config.deny_keepalive)
    throw new ConfigError("both 'send_keepalive_packet' and 'deny_keepalive' cannot be set to true", context.place('deny_keepalive'));
  return resolve ?? hostnameKey !== undefined;
}

function createSettings(
  config: ForwardConfig,
  context: PluginContext,
  doorkeeper: SessionSettings['doorkeeper'],
  ending: AbortSignal,
): SessionSettings {
  const { metrics, log, clock } = context;
  const maxBytes = config.chunk_size_limit ?? DEFAULT_MAX_BYTES;
  const dropped = (reason: string) => metrics.counter('input_dropped_lines_total', 'Lines or messages that were not emitted.', { reason });
  const lines = metrics.counter('input_lines_total', 'Events that arrived.');
  const [invalid, refusedByBuffer] = [dropped('invalid'), dropped('not_taken')];
  const complain = createComplaints(context);
  const addSource = createSourceFields(config);
  let pressure: Promise<void> | undefined;

  /** While one connection waits for the buffer no other one is read either: else each would add to what is in memory. */
  const press = (wait: Promise<void>): Promise<void> => {
    const mine: Promise<void> = wait.finally(() => {
      if (pressure === mine) pressure = undefined;
    });
    pressure = mine;
    return mine;
  };

  return {
    rules: { strict: config.skip_invalid_event, decompressionLimit: config.decompression_size_limit, inSlices: true, now: () => clock.time() },
    maxBytes,
    warnBytes: config.chunk_size_warn_limit,
    denyKeepalive: config.deny_keepalive,
    doorkeeper,
    allowance: new ByteAllowance(Math.max(MIN_ALLOWANCE, 2 * maxBytes)),
    complain,
    warn: (sentence, more) => log.warn(sentence, more),
    counts: {
      bytes: metrics.counter('input_bytes_total', 'Bytes that arrived.'),
      broken: dropped('broken'),
      tooLong: dropped('too_long'),
      refused: metrics.counter('forward_refused_clients_total', 'Clients that were refused in the handshake.'),
    },
    pressure: () => pressure,

    accept(message, connection) {
      const tag = tagOf(message, config);
      const usable = tag !== undefined || !config.skip_invalid_event;
      const events = usable ? message.events : [];
      const left = message.invalid + message.events.length - events.length;
      lines.add(message.events.length + message.invalid);
      if (left > 0) {
        invalid.add(left);
        const found = usable ? message.firstInvalid : 'a tag that is no text';
        complain('skip invalid event:', connection.remoteHost, { tag: message.tag, events: left, found });
      }
      addSource?.(events, connection);
      return { tag: tag ?? message.tag, events };
    },

    emit(tag, events, connection, answer) {
      const onDelivery = config.ack_on === 'delivery' && answer !== undefined;
      const release = onDelivery ? connection.hold() : undefined;
      const ack = onDelivery ? new Ack(() => {
        answer();
        release!();
      }) : undefined;
      const failed = (error: unknown): void => {
        refusedByBuffer.add(events.length);
        const sentence = answer ? 'events were not taken; their sender will send them again' : 'events were not taken and are lost';
        log.error(sentence, { tag, events: events.length, host: connection.remoteHost, error: errorText(error) });
        connection.close();
        release?.();
      };
      const wait = emitBatch(new ObjectBatch(tag, events, ack), context, ending);
      if (wait) return press(wait.then(onDelivery ? undefined : answer, failed));
      if (!onDelivery) answer?.();
      return undefined;
    },
  };
}

/** Emits; a full buffer is waited for. Rejects if the events were not taken. */
function emitBatch(batch: ObjectBatch, context: PluginContext, ending: AbortSignal): void | Promise<void> {
  const again = async (error: unknown): Promise<void> => {
    if (!(error instanceof BufferOverflowError) || !(await emitUntilTaken(context, batch, ending))) throw error;
  };
  try {
    return context.router.emit(batch)?.catch(again);
  } catch (error) {
    return again(error);
  }
}

/** Undefined if the message has no text as tag, and none is configured. */
function tagOf(message: EventsMessage, { tag, add_tag_prefix: prefix }: ForwardConfig): string | undefined {
  if (prefix !== undefined) return `${prefix}.${tag ?? message.tag}`;
  return tag ?? (message.isTagText ? message.tag : undefined);
}

function createSourceFields(config: ForwardConfig): ((events: readonly LogEvent[], connection: Connection) => void) | undefined {
  const { source_address_key: addressKey, source_hostname_key: hostnameKey } = config;
  if (addressKey === undefined && hostnameKey === undefined) return undefined;
  return (events, { remoteAddress, remoteHost }) => {
    for (const { record } of events) {
      // The records were made from the message and are nobody else's yet.
      const fresh = record as Map<string, Value>;
      if (addressKey !== undefined) fresh.set(addressKey, remoteAddress);
      if (hostnameKey !== undefined) fresh.set(hostnameKey, remoteHost);
    }
  };
}
