/** Writes messages and answers, and reads the answer to a message. */
import { jsonBytes } from '../lib/json.ts';
import { encodeValue, MsgpackWriter, type Unpacked } from '../lib/msgpack.ts';
import { isHash, type Value } from '../lib/value.ts';

/** A message whose entries are bytes already. */
export interface PackedForward {
  readonly tag: string;
  /** `[time, record]` one after the other, compressed as `compressed` says. */
  readonly entries: Buffer;
  /** Number of entries. */
  readonly size: number;
  readonly compressed: 'text' | 'gzip' | 'zstd';
  /** Asks for an answer with this. */
  readonly chunk?: string | undefined;
}

const STR32 = 0xdb;

/**
 * The bytes to send, in pieces: the entries are not copied. They go as `str` with a length of four bytes, which
 * every version of Fluentd takes.
 */
export function encodePackedForward({ tag, entries, size, compressed, chunk }: PackedForward): readonly Buffer[] {
  const head = new MsgpackWriter().arrayHeader(3).text(tag).take();
  const length = Buffer.allocUnsafe(5);
  length[0] = STR32;
  length.writeUInt32BE(entries.length, 1);
  const option = new Map<string, Value>([['size', size], ['compressed', compressed]]);
  if (chunk !== undefined) option.set('chunk', chunk);
  return [Buffer.concat([head, length]), entries, encodeValue(option)];
}

/** The answer to a message with the option `chunk`. */
export function encodeAck(chunk: Value, format: 'msgpack' | 'json'): Buffer {
  return encodeAs(new Map([['ack', chunk]]), format);
}

/** A value as the peer writes values itself. */
export function encodeAs(value: Value, format: 'msgpack' | 'json'): Buffer {
  return format === 'json' ? jsonBytes(value) : encodeValue(value);
}

/** What an answer acknowledges; undefined if it is none. */
export function readAck(answer: Unpacked): Value | undefined {
  return isHash(answer) ? (answer as ReadonlyMap<string, Value>).get('ack') : undefined;
}
