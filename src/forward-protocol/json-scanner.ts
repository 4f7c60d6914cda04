/** Finds where a JSON list or object ends, without parsing it, over any number of pieces. */
import { ForwardError, MAX_DEPTH, type Scanner } from './scanner.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export class JsonScanner implements Scanner {
  #depth = 0;
  #inText = false;
  #escaped = false;

  /** Blanks and line breaks. */
  between(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && isBlank(bytes[at]!)) at++;
    if (at < bytes.length && bytes[at] !== OPEN_LIST && bytes[at] !== OPEN_OBJECT)
      throw new ForwardError(`expected a JSON list, found the byte 0x${bytes[at]!.toString(16).padStart(2, '0')}`);
    return at;
  }

  scan(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const c = bytes[at]!;
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (c === BACKSLASH) this.#escaped = true;
        else if (c === QUOTE) this.#inText = false;
      } else if (c === QUOTE) this.#inText = true;
      else if (c === OPEN_LIST || c === OPEN_OBJECT) {
        if (++this.#depth > MAX_DEPTH) throw new ForwardError(`a message is nested more than ${MAX_DEPTH} deep`);
      } else if ((c === CLOSE_LIST || c === CLOSE_OBJECT) && --this.#depth === 0) return at + 1;
    }
    return -1;
  }
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}
