/** Cuts a stream of bytes into lines, however it is divided into pieces; memory stays bounded. */

const NEWLINE = 0x0a;

export interface LineCutterOptions {
  /** Lines with more bytes than this are left out. */
  readonly maxBytes: number;
  /** Called for each line that was left out, with its length so far. */
  readonly onTooLong?: (byteLength: number) => void;
  /** The bytes that end a line; one line feed if absent. */
  readonly newline?: Buffer;
}

export class LineCutter {
  readonly #options: LineCutterOptions;
  readonly #newline: Buffer;
  /** The beginning of a line whose end has not come. */
  #rest: Buffer[] = [];
  #restLength = 0;
  /** The line is too long: all up to its end is left out. */
  #skips = false;

  constructor(options: LineCutterOptions) {
    this.#options = options;
    this.#newline = options.newline ?? Buffer.of(NEWLINE);
  }

  /** The lines that are complete now, without their line breaks. They may share memory with the piece. */
  push(piece: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    const newline = this.#newline;
    // A line break of several bytes may be divided between two pieces.
    const bytes = newline.length > 1 && this.#restLength > 0 ? this.#takeRest(piece) : piece;
    let from = 0;
    for (let at = this.#find(bytes, from); at >= 0; at = this.#find(bytes, from)) {
      this.#endLine(bytes.subarray(from, at), lines);
      from = at + newline.length;
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
    return lines;
  }

  /** What stands behind the last line break; the stream is over. */
  end(): Buffer[] {
    const lines: Buffer[] = [];
    if (this.#restLength > 0 || this.#skips) this.#endLine(Buffer.alloc(0), lines);
    return lines;
  }

  #find(bytes: Buffer, from: number): number {
    const newline = this.#newline;
    if (newline.length === 1) return bytes.indexOf(newline[0]!, from);
    // Of characters of several bytes: only where a character begins.
    for (let at = bytes.indexOf(newline, from); at >= 0; at = bytes.indexOf(newline, at + 1)) {
      if ((at - from) % newline.length === 0) return at;
    }
    return -1;
  }

  #takeRest(piece: Buffer): Buffer {
    const all = Buffer.concat([...this.#rest, piece]);
    this.#rest = [];
    this.#restLength = 0;
    return all;
  }

  #endLine(last: Buffer, lines: Buffer[]): void {
    const length = this.#restLength + last.length;
    if (this.#skips || length > this.#options.maxBytes) this.#options.onTooLong?.(length);
    else lines.push(this.#rest.length === 0 ? last : Buffer.concat([...this.#rest, last]));
    this.#rest = [];
    this.#restLength = 0;
    this.#skips = false;
  }

  #keep(bytes: Buffer): void {
    this.#restLength += bytes.length;
    if (this.#restLength > this.#options.maxBytes) {
      this.#skips = true;
      this.#rest = [];
      // Enough to see a line break that is divided.
      const odd = this.#restLength % this.#newline.length;
      if (odd > 0) this.#rest.push(Buffer.from(bytes.subarray(-odd)));
    } else this.#rest.push(Buffer.from(bytes));
  }
}
