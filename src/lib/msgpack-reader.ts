/** Reads MessagePack; see `msgpack.ts`. */
import type { EventTime } from '../event.ts';
import { decodeText } from './text.ts';
import { toFloat, toInteger, type LogRecord, type Value } from './value.ts';

/** Bytes that are not MessagePack, or not what was asked for. */
export class MsgpackError extends Error {
  override name = 'MsgpackError';
}

/** A time that was packed as extension type 0. */
export class PackedTime implements EventTime {
  readonly sec: number;
  readonly nsec: number;
  constructor(sec: number, nsec: number) {
    this.sec = sec;
    this.nsec = nsec;
  }
}

/**
 * Anything that {@link MsgpackReader.item} gives: what stands in lists keeps its kind (times, bytes);
 * inside of maps, which are records or options, there are plain values.
 */
export type Unpacked = Value | PackedTime | Buffer | readonly Unpacked[];

export type MsgpackKind = 'nil' | 'boolean' | 'integer' | 'float' | 'text' | 'binary' | 'array' | 'map' | 'extension';

/** Deeper nesting is refused: no log has it, and a stack has an end. */
const MAX_DEPTH = 1000;
const UINT32_SIZE = 2 ** 32;
/** High halves below this make integers that are exact as a number. */
const SAFE_HIGH = 2 ** 21;
/** Keys up to this many bytes are kept, so that keys that come again need no new text. */
const KEPT_KEY_BYTES = 40;

/** Thrown where the bytes end within a value: more may follow. */
const INCOMPLETE = new MsgpackError('the data end within a value');

/** Reads one value after the other. Throws MsgpackError; `isIncomplete` tells whether more bytes would help. */
export class MsgpackReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #pos: number;
  #depth = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#pos = start;
    this.#end = end;
  }

  static isIncomplete(error: unknown): boolean {
    return error === INCOMPLETE;
  }

  /** Offset of the next value. */
  get position(): number {
    return this.#pos;
  }

  set position(offset: number) {
    this.#pos = offset;
    this.#depth = 0;
  }

  get atEnd(): boolean {
    return this.#pos >= this.#end;
  }

  /** The kind of the next value. */
  kind(): MsgpackKind {
    this.#need(1);
    const c = this.#bytes[this.#pos]!;
    if (c < 0x80 || c >= 0xe0) return 'integer';
    if (c < 0x90) return 'map';
    if (c < 0xa0) return 'array';
    if (c < 0xc0) return 'text';
    return KINDS[c - 0xc0]!;
  }

  /** The next value as a record holds it: times become their seconds, bytes become text. */
  value(): Value {
    return this.#read(true) as Value;
  }

  /** The next value as it is. */
  item(): Unpacked {
    return this.#read(false);
  }

  /** Length of the list whose header is next. */
  arrayLength(): number {
    const c = this.#byte();
    if ((c & 0xf0) === 0x90) return c & 0x0f;
    if (c === 0xdc) return this.#uint16();
    if (c === 0xdd) return this.#uint32();
    throw this.#unexpected('a list', c);
  }

  /** Number of pairs of the map whose header is next. */
  mapLength(): number {
    const c = this.#byte();
    if ((c & 0xf0) === 0x80) return c & 0x0f;
    if (c === 0xde) return this.#uint16();
    if (c === 0xdf) return this.#uint32();
    throw this.#unexpected('a map', c);
  }

  /** The bytes of a `str` or `bin`, not copied. */
  bytes(): Buffer {
    const c = this.#byte();
    const length = this.#byteLength(c);
    if (length < 0) throw this.#unexpected('text or bytes', c);
    return this.#take(length);
  }

  text(): string {
    return decodeText(this.bytes());
  }

  /** A record: a map with text keys. */
  record(): LogRecord {
    const c = this.#bytes[this.#pos];
    const value = this.value();
    if (!(value instanceof Map)) throw this.#unexpected('a record', c ?? 0);
    return value;
  }

  /** A time: an EventTime, or a number of seconds. */
  time(): EventTime {
    const at = this.#pos;
    const item = this.item();
    if (item instanceof PackedTime) return item;
    if (typeof item === 'number' || typeof item === 'bigint') return secondsToTime(Number(item));
    if (typeof item === 'object' && item !== null && 'value' in item) return secondsToTime(item.value);
    throw new MsgpackError(`expected a time at offset ${at}`);
  }

  /** Passes over the next value. */
  skip(): void {
    this.item();
  }

  #read(plain: boolean): Unpacked {
    const c = this.#byte();
    if (c < 0x80) return c;
    if (c >= 0xe0) return c - 0x100;
    if (c < 0x90) return this.#map(c & 0x0f);
    if (c < 0xa0) return this.#array(c & 0x0f, plain);
    if (c < 0xc0) return this.#text(c & 0x1f);
    switch (c) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const length = this.#byteLength(c);
        return plain ? this.#text(length) : this.#take(length);
      }
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(c === 0xc7 ? this.#byte() : c === 0xc8 ? this.#uint16() : this.#uint32(), plain);
      case 0xca:
        return toFloat(this.#bytes.readFloatBE(this.#skip(4)));
      case 0xcb:
        return toFloat(this.#bytes.readDoubleBE(this.#skip(8)));
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#uint64();
      case 0xd0:
        return this.#bytes.readInt8(this.#skip(1));
      case 0xd1:
        return this.#bytes.readInt16BE(this.#skip(2));
      case 0xd2:
        return this.#bytes.readInt32BE(this.#skip(4));
      case 0xd3:
        return toInteger(this.#bytes.readBigInt64BE(this.#skip(8)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (c - 0xd4), plain);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#byteLength(c));
      case 0xdc:
        return this.#array(this.#uint16(), plain);
      case 0xdd:
        return this.#array(this.#uint32(), plain);
      case 0xde:
        return this.#map(this.#uint16());
      case 0xdf:
        return this.#map(this.#uint32());
      default:
        throw this.#unexpected('a value', c);
    }
  }

  #map(length: number): ReadonlyMap<string, Value> {
    this.#enter(length * 2);
    const hash = new Map<string, Value>();
    for (let i = 0; i < length; i++) {
      const key = this.#key();
      hash.set(key, this.#read(true) as Value);
    }
    this.#depth--;
    return hash;
  }

  #array(length: number, plain: boolean): readonly Unpacked[] {
    this.#enter(length);
    const list: Unpacked[] = [];
    for (let i = 0; i < length; i++) list.push(this.#read(plain));
    this.#depth--;
    return list;
  }

  /** Refuses nesting without end, and lengths that the remaining bytes cannot hold. */
  #enter(values: number): void {
    if (values > this.#end - this.#pos) throw INCOMPLETE;
    if (++this.#depth > MAX_DEPTH) throw new MsgpackError(`nested more than ${MAX_DEPTH} deep`);
  }

  #key(): string {
    const c = this.#byte();
    const length = this.#byteLength(c);
    if (length >= 0) return length > 0 && length <= KEPT_KEY_BYTES ? this.#keptKey(length) : this.#text(length);
    this.#pos--;
    const key = this.#read(true);
    if (key === null || typeof key === 'object') throw new MsgpackError(`a map has a key that is not text`);
    return String(key);
  }

  #keptKey(length: number): string {
    const bytes = this.#bytes;
    const at = this.#skip(length);
    const slot = (length * 31 + bytes[at]! * 7 + bytes[at + length - 1]!) & 0xff;
    const kept = keptKeys[slot];
    if (kept !== undefined && kept.length === length && isAsciiAt(kept, bytes, at)) return kept;
    const key = decodeText(bytes, at, at + length);
    keptKeys[slot] = key;
    return key;
  }

  #text(length: number): string {
    const at = this.#skip(length);
    return decodeText(this.#bytes, at, at + length);
  }

  #extension(length: number, plain: boolean): Unpacked {
    const type = this.#byte();
    if (type !== 0 || length !== 8) {
      if (!plain) return this.#take(length);
      return this.#text(length);
    }
    const sec = this.#uint32();
    const nsec = this.#uint32();
    return plain ? sec : new PackedTime(sec, nsec);
  }

  /** Length of the text or bytes with header `c`; -1 if it is something else. */
  #byteLength(c: number): number {
    if ((c & 0xe0) === 0xa0) return c & 0x1f;
    if (c === 0xd9 || c === 0xc4) return this.#byte();
    if (c === 0xda || c === 0xc5) return this.#uint16();
    return c === 0xdb || c === 0xc6 ? this.#uint32() : -1;
  }

  #byte(): number {
    if (this.#pos >= this.#end) throw INCOMPLETE;
    return this.#bytes[this.#pos++]!;
  }

  #uint16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  #uint32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  #uint64(): number | bigint {
    const at = this.#skip(8);
    const high = this.#bytes.readUInt32BE(at);
    if (high < SAFE_HIGH) return high * UINT32_SIZE + this.#bytes.readUInt32BE(at + 4);
    return this.#bytes.readBigUInt64BE(at);
  }

  #take(length: number): Buffer {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Moves on by `length` bytes; the offset before. */
  #skip(length: number): number {
    const at = this.#pos;
    this.#need(length);
    this.#pos = at + length;
    return at;
  }

  #need(length: number): void {
    if (length > this.#end - this.#pos) throw INCOMPLETE;
  }

  #unexpected(wanted: string, found: number): MsgpackError {
    const code = `0x${found.toString(16).padStart(2, '0')}`;
    return new MsgpackError(`expected ${wanted} before offset ${this.#pos}, found type ${code}`);
  }
}

const keptKeys: (string | undefined)[] = new Array<string | undefined>(256).fill(undefined);

/** Kinds of the types 0xc0 to 0xdf. */
const KINDS: readonly MsgpackKind[] = [
  ...(['nil', 'nil', 'boolean', 'boolean', 'binary', 'binary', 'binary'] as const),
  ...(['extension', 'extension', 'extension', 'float', 'float'] as const),
  ...(['integer', 'integer', 'integer', 'integer', 'integer', 'integer', 'integer', 'integer'] as const),
  ...(['extension', 'extension', 'extension', 'extension', 'extension'] as const),
  ...(['text', 'text', 'text', 'array', 'array', 'map', 'map'] as const),
];

function isAsciiAt(text: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = bytes[at + i]!;
    if (c > 0x7f || text.charCodeAt(i) !== c) return false;
  }
  return true;
}

function secondsToTime(seconds: number): EventTime {
  const sec = Math.floor(seconds);
  return { sec, nsec: Math.floor((seconds - sec) * 1e9) };
}
