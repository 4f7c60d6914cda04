/** Finds where a MessagePack value ends, without decoding it, over any number of pieces. */
import { ForwardError, MAX_DEPTH, type Scanner } from './scanner.ts';

/** What a length counts: bytes to pass over, or values. */
type Counted = 'bytes' | 'items' | 'pairs';

export class MsgpackScanner implements Scanner {
  /** Values still to come in each open list or map, outermost first. */
  readonly #open: number[] = [];
  /** Bytes of the value under way that are only passed over. */
  #skip = 0;
  /** Bytes of a length that is being read, and what it is the length of. */
  #lengthBytes = 0;
  #lengthValue = 0;
  #lengthOf: Counted = 'bytes';
  /** Bytes that follow a length besides those that it counts: the type of an extension. */
  #lengthExtra = 0;
  #inside = false;
  #values = 0;

  /** Values that were begun so far, those in lists and maps included. */
  get values(): number {
    return this.#values;
  }

  between(_bytes: Buffer, from: number): number {
    return from;
  }

  scan(bytes: Buffer, from: number): number {
    let at = from;
    while (true) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip > 0) return -1;
      }
      while (this.#lengthBytes > 0) {
        if (at === bytes.length) return -1;
        this.#lengthValue = this.#lengthValue * 256 + bytes[at++]!;
        if (--this.#lengthBytes === 0) this.#useLength();
      }
      if (this.#skip > 0) continue;
      if (this.#inside && this.#closed()) return at;
      if (at === bytes.length) return -1;
      this.#begin(bytes[at++]!);
    }
  }

  /** Closes what is complete; whether the whole value is. */
  #closed(): boolean {
    const open = this.#open;
    while (open.length > 0) {
      if (open[open.length - 1]! > 0) return false;
      open.pop();
    }
    this.#inside = false;
    return true;
  }

  #begin(type: number): void {
    this.#inside = true;
    this.#values++;
    const top = this.#open.length - 1;
    if (top >= 0) this.#open[top]!--;
    if (type < 0x80 || type >= 0xe0) return;
    if (type < 0x90) return this.#push((type & 0x0f) * 2);
    if (type < 0xa0) return this.#push(type & 0x0f);
    if (type < 0xc0) {
      this.#skip = type & 0x1f;
      return;
    }
    switch (type) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xd9:
        return this.#readLength(1, 'bytes');
      case 0xc5:
      case 0xda:
        return this.#readLength(2, 'bytes');
      case 0xc6:
      case 0xdb:
        return this.#readLength(4, 'bytes');
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#readLength(1 << (type - 0xc7), 'bytes', 1);
      case 0xca:
      case 0xce:
      case 0xd2:
        this.#skip = 4;
        return;
      case 0xcb:
      case 0xcf:
      case 0xd3:
        this.#skip = 8;
        return;
      case 0xcc:
      case 0xd0:
        this.#skip = 1;
        return;
      case 0xcd:
      case 0xd1:
        this.#skip = 2;
        return;
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        this.#skip = 1 + (1 << (type - 0xd4));
        return;
      case 0xdc:
        return this.#readLength(2, 'items');
      case 0xdd:
        return this.#readLength(4, 'items');
      case 0xde:
        return this.#readLength(2, 'pairs');
      case 0xdf:
        return this.#readLength(4, 'pairs');
      default:
        throw new ForwardError(`expected MessagePack, found the byte 0x${type.toString(16)}, which no value begins with`);
    }
  }

  #readLength(bytes: number, of: Counted, extra = 0): void {
    this.#lengthBytes = bytes;
    this.#lengthValue = 0;
    this.#lengthOf = of;
    this.#lengthExtra = extra;
  }

  #useLength(): void {
    if (this.#lengthOf === 'bytes') this.#skip = this.#lengthValue + this.#lengthExtra;
    else this.#push(this.#lengthOf === 'pairs' ? this.#lengthValue * 2 : this.#lengthValue);
  }

  #push(values: number): void {
    if (this.#open.length >= MAX_DEPTH) throw new ForwardError(`a message is nested more than ${MAX_DEPTH} deep`);
    this.#open.push(values);
  }
}
