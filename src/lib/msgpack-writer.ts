/** Writes record values as MessagePack; see `msgpack.ts`. */
import type { EventTime } from '../event.ts';
import { encodeText } from './text.ts';
import { Float, type LogRecord, type Value } from './value.ts';

const UINT32_SIZE = 2 ** 32;
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Most text in logs is shorter than this and ASCII: copying it here beats the call into native code. */
const SHORT_TEXT = 24;
const FIRST_SIZE = 4096;

/** Collects values in one growing buffer; reusable after `take()` or `clear()`. */
export class MsgpackWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #length = 0;

  /** Bytes written since the last `take()` or `clear()`. */
  get byteLength(): number {
    return this.#length;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Buffer {
    const out = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return out;
  }

  clear(): void {
    this.#length = 0;
  }

  /** `[time, record]`, one event in a chunk or in a forward message. */
  entry(time: EventTime, record: LogRecord): this {
    this.#room(11);
    this.#bytes[this.#length++] = 0x92;
    return this.time(time).value(record);
  }

  value(value: Value): this {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return Number.isInteger(value) ? this.integer(value) : this.float(value);
    if (value === null) return this.#byte(0xc0);
    if (value instanceof Map) return this.#map(value);
    if (typeof value === 'boolean') return this.#byte(value ? 0xc3 : 0xc2);
    if (Array.isArray(value)) return this.#array(value);
    if (typeof value === 'bigint') return this.bigint(value);
    if (value instanceof Float) return this.float(value.value);
    throw new TypeError(`a value of type ${typeof value} has no MessagePack form`);
  }

  /** EventTime, extension type 0. */
  time(time: EventTime): this {
    this.#room(10);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = 0xd7;
    bytes[at + 1] = 0;
    bytes.writeUInt32BE(time.sec >>> 0, at + 2);
    bytes.writeUInt32BE(time.nsec, at + 6);
    this.#length = at + 10;
    return this;
  }

  /** Header of a list of `length` values, which the caller writes next. */
  arrayHeader(length: number): this {
    if (length < 16) return this.#byte(0x90 | length);
    return length < 0x10000 ? this.#header2(0xdc, length) : this.#header4(0xdd, length);
  }

  /** Header of `length` pairs of key and value, which the caller writes next. */
  mapHeader(length: number): this {
    if (length < 16) return this.#byte(0x80 | length);
    return length < 0x10000 ? this.#header2(0xde, length) : this.#header4(0xdf, length);
  }

  text(text: string): this {
    if (text.length < SHORT_TEXT && this.#shortAscii(text)) return this;
    if (!text.isWellFormed()) {
      const bytes = encodeText(text);
      return this.#textHeader(bytes.length).raw(bytes);
    }
    const length = Buffer.byteLength(text, 'utf8');
    this.#textHeader(length);
    this.#room(length);
    this.#bytes.write(text, this.#length, 'utf8');
    this.#length += length;
    return this;
  }

  /** Bytes of type `bin`. */
  binary(bytes: Uint8Array): this {
    if (bytes.length < 0x100) this.#header1(0xc4, bytes.length);
    else if (bytes.length < 0x10000) this.#header2(0xc5, bytes.length);
    else this.#header4(0xc6, bytes.length);
    return this.raw(bytes);
  }

  /** Bytes that are MessagePack already. */
  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A safe integer. */
  integer(value: number): this {
    if (value >= 0) {
      if (value < 0x80) return this.#byte(value);
      if (value < 0x100) return this.#header1(0xcc, value);
      if (value < 0x10000) return this.#header2(0xcd, value);
      if (value < UINT32_SIZE) return this.#header4(0xce, value);
      return this.#header8(0xcf, Math.floor(value / UINT32_SIZE), value % UINT32_SIZE);
    }
    if (value >= -0x20) return this.#byte(value & 0xff);
    if (value >= -0x80) return this.#header1(0xd0, value & 0xff);
    if (value >= -0x8000) return this.#header2(0xd1, value & 0xffff);
    if (value >= -0x80000000) return this.#header4(0xd2, value >>> 0);
    const high = Math.floor(value / UINT32_SIZE);
    return this.#header8(0xd3, high >>> 0, value - high * UINT32_SIZE);
  }

  /**
   * An integer beyond the safe ones. MessagePack ends at 64 bits, where Ruby raises and Fluentd
   * loses the event; such a number is written as the text of its digits.
   */
  bigint(value: bigint): this {
    if (value > UINT64_MAX || value < INT64_MIN) return this.text(value.toString());
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return this.integer(Number(value));
    const bits = BigInt.asUintN(64, value);
    return this.#header8(value < 0n ? 0xd3 : 0xcf, Number(bits >> 32n), Number(bits & 0xffffffffn));
  }

  float(value: number): this {
    this.#room(9);
    this.#bytes[this.#length] = 0xcb;
    this.#bytes.writeDoubleBE(value, this.#length + 1);
    this.#length += 9;
    return this;
  }

  #map(hash: ReadonlyMap<string, Value>): this {
    this.mapHeader(hash.size);
    for (const [key, value] of hash) this.text(key).value(value);
    return this;
  }

  #array(list: readonly Value[]): this {
    this.arrayHeader(list.length);
    for (const value of list) this.value(value);
    return this;
  }

  #shortAscii(text: string): boolean {
    const length = text.length;
    this.#room(length + 1);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c > 0x7f) return false;
      bytes[at + 1 + i] = c;
    }
    bytes[at] = 0xa0 | length;
    this.#length = at + 1 + length;
    return true;
  }

  #textHeader(length: number): this {
    if (length < 0x20) return this.#byte(0xa0 | length);
    if (length < 0x100) return this.#header1(0xd9, length);
    return length < 0x10000 ? this.#header2(0xda, length) : this.#header4(0xdb, length);
  }

  #byte(byte: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = byte;
    return this;
  }

  #header1(type: number, value: number): this {
    this.#room(2);
    this.#bytes[this.#length++] = type;
    this.#bytes[this.#length++] = value;
    return this;
  }

  #header2(type: number, value: number): this {
    this.#room(3);
    this.#bytes[this.#length] = type;
    this.#bytes.writeUInt16BE(value, this.#length + 1);
    this.#length += 3;
    return this;
  }

  #header4(type: number, value: number): this {
    this.#room(5);
    this.#bytes[this.#length] = type;
    this.#bytes.writeUInt32BE(value, this.#length + 1);
    this.#length += 5;
    return this;
  }

  #header8(type: number, high: number, low: number): this {
    this.#room(9);
    this.#bytes[this.#length] = type;
    this.#bytes.writeUInt32BE(high, this.#length + 1);
    this.#bytes.writeUInt32BE(low, this.#length + 5);
    this.#length += 9;
    return this;
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

const shared = new MsgpackWriter();

/** The bytes of `[time, record]`. */
export function encodeEntry(time: EventTime, record: LogRecord): Buffer {
  shared.clear();
  return shared.entry(time, record).take();
}

/** The bytes of one value. */
export function encodeValue(value: Value): Buffer {
  shared.clear();
  return shared.value(value).take();
}
