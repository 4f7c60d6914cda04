/**
 * The form in which events wait in a memory buffer: the bytes of the request to come.
 *
 * Layout, little-endian, offsets in bytes:
 *
 *     0   u32  length of the texts
 *     4   u32  number of events
 *     8   the texts: for each event `{"timestamp":MS,"message":"..."},` as it stands in the body of a
 *         PutLogEvents request, one behind the other
 *     at the next multiple of 8: per event 24 bytes
 *         0  f64  timestamp, milliseconds since 1970
 *         8  u32  number of its destination (see `destinations.ts`)
 *        12  u32  length of the message in UTF-8, as the service counts it
 *        16  u32  start of its text, from the beginning of the texts
 *        20  u32  end of its text
 */

import type { BufferPool } from '#logferry';

const HEADER = 8;
const ENTRY = 24;
const TEXT_BEFORE = Buffer.from('{"timestamp":', 'latin1');

/** Milliseconds of a time, in the arithmetic of Fluentd's plugin: through a double, so that .999999999 is the next second. */
export function stampOf(sec: number, nsec: number): number {
  return Math.floor((sec + nsec / 1e9) * 1000);
}

/** Collects events of one batch; used again and again. */
export class PackWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  /** Where the next text byte goes. */
  at = HEADER;
  #stamps: Float64Array = new Float64Array(1024);
  #numbers: Uint32Array = new Uint32Array(4096);
  #count = 0;
  #messageBytes = 0;

  reset(): void {
    this.at = HEADER;
    this.#count = 0;
    this.#messageBytes = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** What counts against the chunk's limit: messages, and a little for each event's time and tag. */
  get size(): number {
    return this.#messageBytes + 16 * this.#count;
  }

  /** Room for that many more bytes of text. */
  room(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + length));
    this.bytes.copy(bigger, 0, 0, this.at);
    this.bytes = bigger;
  }

  /** Writes `{"timestamp":MS,"message":"`; milliseconds may be negative. Room must be there (64 bytes). */
  open(stampMs: number): void {
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < 13; i++) bytes[at + i] = TEXT_BEFORE[i]!;
    at += 13;
    if (stampMs >= 1e12 && stampMs < 1e13) {
      let rest = stampMs;
      for (let i = 12; i >= 0; i--) {
        const next = Math.floor(rest / 10);
        bytes[at + i] = 48 + (rest - next * 10);
        rest = next;
      }
      at += 13;
    } else at += bytes.write(String(stampMs), at, 'latin1');
    at += bytes.write(',"message":"', at, 'latin1');
    this.at = at;
  }

  /** Ends the event whose text began at `start`. Room must be there. */
  close(start: number, stampMs: number, destination: number, messageBytes: number): void {
    const { bytes } = this;
    bytes[this.at++] = 34;
    bytes[this.at++] = 125;
    bytes[this.at++] = 44;
    const i = this.#count++;
    if (i === this.#stamps.length) this.#grow();
    this.#stamps[i] = stampMs;
    const numbers = this.#numbers;
    numbers[4 * i] = destination;
    numbers[4 * i + 1] = messageBytes;
    numbers[4 * i + 2] = start - HEADER;
    numbers[4 * i + 3] = this.at - HEADER;
    this.#messageBytes += messageBytes;
  }

  /** One event whose message is a text. */
  add(stampMs: number, destination: number, message: string): void {
    const start = this.at;
    const escaped = JSON.stringify(message);
    this.room(escaped.length * 3 + 64);
    this.open(stampMs);
    this.at += this.bytes.write(escaped.slice(1, -1), this.at, 'utf8');
    this.close(start, stampMs, destination, Buffer.byteLength(message, 'utf8'));
  }

  /** What was collected, in a buffer of its own (of the pool; it may be longer than what is in it). */
  take(pool: BufferPool): Buffer {
    const textEnd = this.at;
    const index = (textEnd + 7) & ~7;
    const out = pool.take(index + this.#count * ENTRY);
    this.bytes.copy(out, 0, 0, textEnd);
    out.writeUInt32LE(textEnd - HEADER, 0);
    out.writeUInt32LE(this.#count, 4);
    const stamps = new Float64Array(out.buffer, out.byteOffset + index, this.#count * 3);
    const numbers = new Uint32Array(out.buffer, out.byteOffset + index, this.#count * 6);
    for (let i = 0; i < this.#count; i++) {
      stamps[3 * i] = this.#stamps[i]!;
      numbers[6 * i + 2] = this.#numbers[4 * i]!;
      numbers[6 * i + 3] = this.#numbers[4 * i + 1]!;
      numbers[6 * i + 4] = this.#numbers[4 * i + 2]!;
      numbers[6 * i + 5] = this.#numbers[4 * i + 3]!;
    }
    return out;
  }

  #grow(): void {
    const stamps = new Float64Array(this.#stamps.length * 2);
    stamps.set(this.#stamps);
    this.#stamps = stamps;
    const numbers = new Uint32Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

/** A packed batch, for reading. */
export class PackedEvents {
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #stamps: Float64Array;
  readonly #numbers: Uint32Array;

  constructor(bytes: Buffer) {
    const textEnd = HEADER + bytes.readUInt32LE(0);
    this.count = bytes.readUInt32LE(4);
    const index = bytes.byteOffset + ((textEnd + 7) & ~7);
    this.#bytes = bytes;
    this.#stamps = new Float64Array(bytes.buffer, index, this.count * 3);
    this.#numbers = new Uint32Array(bytes.buffer, index, this.count * 6);
  }

  stampMs(i: number): number {
    return this.#stamps[3 * i]!;
  }

  destination(i: number): number {
    return this.#numbers[6 * i + 2]!;
  }

  messageBytes(i: number): number {
    return this.#numbers[6 * i + 3]!;
  }

  /** The texts of events first..last, commas included; `last` is the last one, not the one behind it. */
  text(first: number, last: number): Buffer {
    return this.#bytes.subarray(HEADER + this.#numbers[6 * first + 4]!, HEADER + this.#numbers[6 * last + 5]!);
  }
}
