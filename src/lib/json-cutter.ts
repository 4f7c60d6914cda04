/** Cuts a stream of bytes into JSON objects and lists that follow each other, with or without line breaks. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

export interface JsonCutterOptions {
  /** A value with more bytes is left out. */
  readonly maxBytes: number;
  readonly onTooLong?: (byteLength: number) => void;
}

/**
 * Gives the bytes of each value, whether or not they are good JSON: that is for its reader to say. What
 * stands outside of objects and lists is given line by line.
 */
export class JsonCutter {
  readonly #options: JsonCutterOptions;
  #rest: Buffer[] = [];
  #restLength = 0;
  /** How many brackets are open. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #skips = false;

  constructor(options: JsonCutterOptions) {
    this.#options = options;
  }

  /** The values that are complete now. They may share memory with the piece. */
  push(piece: Buffer): Buffer[] {
    const values: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inString = this.#depth > 0;
          break;
        case 0x5b: // [
        case 0x7b: // {
          this.#depth++;
          break;
        case 0x5d: // ]
        case 0x7d: // }
          if (this.#depth === 0 || --this.#depth > 0) break;
          this.#give(piece.subarray(from, at + 1), values);
          from = at + 1;
          break;
        case NEWLINE:
          if (this.#depth > 0) break;
          this.#give(piece.subarray(from, at), values);
          from = at + 1;
          break;
      }
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
    return values;
  }

  /** What is left: a value without its end. */
  end(): Buffer[] {
    const values: Buffer[] = [];
    if (this.#restLength > 0) this.#give(Buffer.alloc(0), values);
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    return values;
  }

  #give(last: Buffer, values: Buffer[]): void {
    const length = this.#restLength + last.length;
    if (this.#skips || length > this.#options.maxBytes) this.#options.onTooLong?.(length);
    else {
      const value = this.#rest.length === 0 ? last : Buffer.concat([...this.#rest, last]);
      if (!isBlank(value)) values.push(value);
    }
    this.#rest = [];
    this.#restLength = 0;
    this.#skips = false;
  }

  #keep(bytes: Buffer): void {
    this.#restLength += bytes.length;
    if (this.#restLength > this.#options.maxBytes) {
      this.#skips = true;
      this.#rest = [];
    } else this.#rest.push(Buffer.from(bytes));
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== NEWLINE) return false;
  return true;
}
