/**
 * Fluentd's forward protocol, version 1: what its inputs and outputs over TCP, TLS and unix sockets share.
 *
 * A connection carries MessagePack values one after the other, or JSON ones. Each is a message:
 *
 *   Message        [tag, time, record, option?]
 *   Forward        [tag, [[time, record], ...], option?]
 *   PackedForward  [tag, bytes of [time, record] one after the other, option?]
 *
 * The bytes may be compressed (option `compressed`: gzip, zstd). The option `chunk` asks for the answer
 * `{"ack": chunk}`. A time is a number of seconds or extension 0 (seconds and nanoseconds).
 * With a shared key the connection begins with HELO, PING, PONG.
 *
 * Specification: https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
 *
 * An input reads so; nothing that a peer sends throws:
 *
 *   const stream = new MessageStream({ maxBytes });
 *   for (const part of stream.push(bytes)) {
 *     if (part.kind === 'oversize') ...                 // dropped; the next message is fine
 *     else if (part.kind === 'unreadable') ...          // close the connection
 *     else {
 *       const message = readMessage(part, rules);
 *       if (message.kind === 'events') router.emit(new ObjectBatch(message.tag, message.events));
 *     }
 *   }
 */
export type { EventRules } from './event-collector.ts';
export {
  createHelo, createPing, createPong, digestsEqual, HELO_BYTES, readHelo, readPing, readPong, sharedKeyDigest, userDigest,
} from './handshake.ts';
export type { Helo, Ping, Pong } from './handshake.ts';
export { MessageStream } from './message-stream.ts';
export type { MessageStreamOptions, OversizeMessage, ReceivedMessage, StreamPart, UnreadableMessage } from './message-stream.ts';
export { readMessage, readValues } from './read-message.ts';
export type { BrokenMessage, EventsMessage, ForwardMessage } from './read-message.ts';
export { createStreamOutput, type StreamOutputOptions } from './stream-output.ts';
export { encodeAck, encodeAs, encodePackedForward, readAck } from './write-message.ts';
export type { PackedForward } from './write-message.ts';
