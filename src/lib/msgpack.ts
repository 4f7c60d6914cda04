/**
 * MessagePack as Fluentd's chunks and its forward protocol have it.
 *
 * An own codec, because a package would have to keep what records distinguish (Float 1.0 from
 * Integer 1, 64-bit integers, key order, invalid bytes) and give Ruby's exact bytes, and because
 * every buffered event passes here twice.
 *
 * Integers and headers take their shortest form, Floats are float64, strings are `str` even if
 * their bytes are not UTF-8. Times are extension type 0: seconds and nanoseconds, four bytes each.
 */
export { encodeEntry, encodeValue, MsgpackWriter } from './msgpack-writer.ts';
export { MsgpackError, MsgpackReader, PackedTime, type MsgpackKind, type Unpacked } from './msgpack-reader.ts';
export { decodeEntries, decodeMany } from './msgpack-sequence.ts';
